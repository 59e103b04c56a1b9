//! What images are compared with, and what is said where there is nothing to compare with.

use super::{data_hub, selected};
use crate::support::trees::change;
use crate::support::{Run, Workspace};

/// A clone of the workspace's repository, made with these further arguments.
struct Clone<'a> {
    workspace: &'a Workspace,
    folder: String,
}

impl<'a> Clone<'a> {
    fn new(workspace: &'a Workspace, name: &str, arguments: &[&str]) -> Self {
        let folder = workspace.outside(name).display().to_string();
        // Only of an address are shallow clones made.
        let address = format!("file://{}", workspace.root().display());
        workspace.git([&["clone", "--quiet"], arguments, &[&address, &folder]].concat());
        Self { workspace, folder }
    }

    fn git(&self, arguments: &[&str]) -> String {
        let user = ["-c", "user.name=x", "-c", "user.email=x@example.invalid"];
        self.workspace.git([&["-C", &self.folder], &user[..], arguments].concat())
    }

    fn keg(&self, arguments: &[&str]) -> Run {
        let mut command = self.workspace.keg_command(arguments);
        command.current_dir(&self.folder);
        Run::of(command, "")
    }

    fn selected(&self, arguments: &[&str]) -> Vec<String> {
        let run = self.keg(&[&["status", "--offline", "--format", "json"], arguments].concat()).success();
        let name = |row: &serde_json::Value| row["image"].as_str().unwrap().to_owned();
        run.json()["images"].as_array().unwrap().iter().map(name).collect()
    }

    fn change(&self, image: &str, text: &str) {
        std::fs::write(format!("{}/images/{image}/{image}", self.folder), text).unwrap();
    }
}

/// `main` goes on after `dev` has parted from it; `dev` changes rstudio.
fn parted() -> Workspace {
    crate::support::engine();
    let workspace = data_hub("127.0.0.1:9");
    change(&workspace, "rstudio", "2\n");
    workspace.commit();
    workspace.branch("main");
    change(&workspace, "ds", "2\n");
    workspace.commit();
    workspace
}

#[test]
fn the_default_branch_is_that_of_the_remote() {
    let workspace = parted();
    let clone = Clone::new(&workspace, "clone", &["--branch", "dev"]);
    // The clone has no branch main of its own.
    assert_eq!(clone.git(&["branch", "--format", "%(refname:short)"]).trim(), "dev");
    assert_eq!(clone.selected(&["--changed"]), ["rstudio"]);
    clone.keg(&["status", "--changed"]).success().complains("since origin/main (commit");
    assert_eq!(clone.selected(&["--changed", "main"]), ["rstudio"]);
    // One that is behind does not count.
    clone.git(&["branch", "main", "HEAD~1"]);
    clone.git(&["reset", "--quiet", "--hard", "origin/main"]);
    assert_eq!(clone.selected(&["--changed"]), [""; 0]);
    assert_eq!(clone.selected(&["--changed", "main"]), ["ds"]);
    // Unless there is no other.
    clone.git(&["remote", "remove", "origin"]);
    assert_eq!(clone.selected(&["--changed"]), ["ds"]);
}

#[test]
fn a_detached_head_is_a_commit_as_any() {
    let workspace = parted();
    workspace.git(["checkout", "--quiet", "--detach", "dev"]);
    assert_eq!(selected(&workspace, &["--changed"]), ["rstudio: inputs changed: rstudio"]);
    // As CI checks out a pull request: the merge of both.
    workspace.git(["checkout", "--quiet", "--detach", "main"]);
    workspace.git(["merge", "--quiet", "--no-edit", "dev"]);
    assert_eq!(selected(&workspace, &["--changed"]), ["rstudio: inputs changed: rstudio"]);
    assert_eq!(selected(&workspace, &["--changed", "HEAD^2"]), ["ds: inputs changed: ds"]);
    assert_eq!(selected(&workspace, &["--changed", "HEAD"]), [""; 0]);
}

#[test]
fn a_shallow_clone_says_how_to_get_the_rest() {
    let workspace = parted();
    let clone = Clone::new(&workspace, "shallow", &["--branch", "dev", "--depth", "1", "--no-single-branch"]);
    let run = clone.keg(&["build", "--changed", "--dry-run"]).code(2);
    run.complains("HEAD and `origin/main` have no commit in common")
        .complains("git fetch --unshallow")
        .complains("fetch-depth: 0");
    let single = Clone::new(&workspace, "single", &["--branch", "dev", "--depth", "1"]);
    let run = single.keg(&["build", "--changed", "--dry-run"]).code(2);
    run.complains("the default branch `main` is not in the clone").complains("fetch-depth: 0");
    let run = single.keg(&["build", "--changed", "HEAD~1", "--dry-run"]).code(2);
    run.complains("there is no commit, branch or tag `HEAD~1`").complains("git fetch --unshallow");
    // What it says helps.
    clone.git(&["fetch", "--quiet", "--unshallow"]);
    assert_eq!(clone.selected(&["--changed"]), ["rstudio"]);
    // A clone that is deep enough needs no more.
    let deep = Clone::new(&workspace, "deep", &["--branch", "dev", "--depth", "2", "--no-single-branch"]);
    assert_eq!(deep.selected(&["--changed"]), ["rstudio"]);
    deep.change("scipy", "2\n");
    assert_eq!(deep.selected(&["--changed"]), ["rstudio", "scipy"]);
}

#[test]
fn unknown_revisions_are_refused() {
    let workspace = parted();
    let build = |revision: &str| workspace.keg(["build", "--dry-run", "--changed", revision]).code(2);
    build("mian").complains("there is no commit, branch or tag `mian`").complains("git branch --all");
    build("0123456789012345678901234567890123456789").complains("there is no commit");
    build("main..dev").complains("`main..dev` is no commit").complains("name one commit");
    build("HEAD:images").complains("is no commit");
    // An option takes the word that follows it.
    build("scipy").complains("`scipy` after --changed is no commit").complains("keg build scipy --changed");
    workspace.git(["checkout", "--quiet", "--orphan", "alone"]);
    workspace.commit();
    workspace.keg(["status", "--changed"]).code(2).complains("no commit in common").complains("unrelated");
    // Other verbs refuse as well.
    for verb in ["status", "test", "push", "why", "tag --tag x", "pull", "manifest"] {
        workspace.keg(verb.split(' ').chain(["--changed", "mian"])).code(2).complains("`mian`");
    }
}

#[test]
fn without_a_repository_or_a_commit_there_is_nothing_to_compare_with() {
    crate::support::engine();
    let workspace = Workspace::new();
    workspace.file("keg.yml", "layout: [images/*]\n").file("images/web/Dockerfile", "FROM scratch\n");
    let run = workspace.keg(["build", "--changed", "--dry-run"]).code(2);
    run.complains("has no commit yet").complains("commit first");
    workspace.remove(".git");
    let run = workspace.keg(["build", "--changed", "--dry-run"]).code(2);
    run.complains("is in no git repository").complains("name images instead of --changed");
    workspace.keg(["build", "--dry-run"]).success().says("build web");
}

#[test]
fn the_default_branch_may_be_anything() {
    crate::support::engine();
    let workspace = data_hub("127.0.0.1:9");
    let keg = workspace.read("keg.yml");
    workspace.branch("trunk").file("keg.yml", keg.replace("default_branch: main", "default_branch: trunk")).commit();
    workspace.branch("topic");
    change(&workspace, "ds", "2\n");
    assert_eq!(selected(&workspace, &["--changed"]), ["ds: inputs changed: ds"]);
    workspace.keg(["status", "--changed"]).success().complains("since trunk (commit");
    workspace.file("keg.yml", keg.replace("default_branch: main", "default_branch: gone"));
    let run = workspace.keg(["status", "--changed"]).code(2);
    run.complains("the default branch `gone` is not in the clone").complains("default_branch in keg.yml");
    // Without a word main is tried.
    workspace.file("keg.yml", keg.replace("default_branch: main\n", ""));
    workspace.keg(["status", "--changed"]).success().complains("since main (commit");
}
