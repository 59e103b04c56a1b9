use std::fs;

use tempfile::TempDir;

use crate::error::Error;

use super::*;

/// A repository in a temporary folder, worked on by the real git.
pub(super) struct Work(TempDir);

impl Work {
    fn empty() -> Self {
        let work = Self(TempDir::new().unwrap());
        work.git(&["init", "--quiet", "--initial-branch=main"]);
        work
    }

    pub fn with_commit() -> Self {
        let work = Self::empty();
        work.write("web/Dockerfile", "FROM scratch\n");
        work.write("db/Dockerfile", "FROM scratch\n");
        work.commit();
        work
    }

    pub fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=x"]);
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        git(self.0.path(), arguments)
    }

    pub fn found(&self) -> Repository {
        self.found_from("")
    }

    fn found_from(&self, folder: &str) -> Repository {
        discover(&self.0.path().join(folder), &Variables::default()).unwrap().unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "the real git makes what keg reads")]
fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = std::process::Command::new("git")
        .args(["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn no_variables() -> Variables {
    Variables::default()
}

#[test]
fn reads_branch_and_commit() {
    let work = Work::with_commit();
    work.git(&["branch", "feature/x"]);
    let repository = work.found_from("web");
    assert_eq!(repository.root, work.path());
    assert_eq!(repository.head, Head::Branch("main".into()));
    assert_eq!(repository.revision, Some(work.git(&["rev-parse", "HEAD"])));
    assert_eq!(repository.branches, ["feature/x", "main"]);
    assert_eq!((repository.exact_tag, repository.origin_head), (None, None));
    work.git(&["switch", "--quiet", "feature/x"]);
    assert_eq!(work.found().head, Head::Branch("feature/x".into()));
}

#[test]
fn reads_detached_and_unborn_heads() {
    let work = Work::with_commit();
    work.git(&["checkout", "--quiet", "--detach"]);
    let repository = work.found();
    assert_eq!(repository.head, Head::Detached);
    assert_eq!(repository.revision, Some(work.git(&["rev-parse", "HEAD"])));
    work.git(&["switch", "--quiet", "--orphan", "fresh/start"]);
    let repository = work.found();
    assert_eq!((repository.head, repository.revision), (Head::Unborn("fresh/start".into()), None));
    assert_eq!(Work::empty().found().head, Head::Unborn("main".into()));
}

#[test]
fn reads_the_highest_tag_on_head() {
    let work = Work::with_commit();
    work.git(&["tag", "v1.9.0"]);
    work.git(&["tag", "--annotate", "v1.10.0", "--message=x"]);
    work.git(&["tag", "nightly"]);
    assert_eq!(work.found().exact_tag.as_deref(), Some("v1.10.0"));
    work.git(&["pack-refs", "--all"]);
    assert_eq!(work.found().exact_tag.as_deref(), Some("v1.10.0"));
    work.git(&["tag", "release/2", "--annotate", "--message=x", "v1.10.0"]);
    work.git(&["tag", "--delete", "v1.10.0", "v1.9.0", "nightly"]);
    assert_eq!(work.found().exact_tag.as_deref(), Some("release/2"));
    work.write("web/x", "");
    work.commit();
    assert_eq!(work.found().exact_tag, None);
}

#[test]
fn no_repository_is_no_error() {
    let folder = TempDir::new().unwrap();
    assert!(discover(folder.path(), &no_variables()).unwrap().is_none());
    git(folder.path(), &["init", "--quiet", "--bare", "bare.git"]);
    assert!(discover(&folder.path().join("bare.git"), &no_variables()).unwrap().is_none());
}

#[test]
fn stops_at_ceilings() {
    let work = Work::with_commit();
    let ceilings =
        |folder: &Path| [(GIT_CEILING_DIRECTORIES, folder.to_str().unwrap())].into_iter().collect::<Variables>();
    assert!(discover(&work.path().join("web"), &ceilings(&work.path())).unwrap().is_none());
    assert!(discover(&work.path().join("web"), &ceilings(work.path().parent().unwrap())).unwrap().is_some());
    assert!(discover(&work.path(), &ceilings(&work.path())).unwrap().is_some());
}

#[test]
fn reads_worktrees_submodules_and_shallow_clones() {
    let origin = Work::with_commit();
    origin.write("web/more", "");
    origin.commit();
    origin.git(&["branch", "develop"]);
    let url = format!("file://{}", origin.path().display());
    let folder = TempDir::new().unwrap();
    git(folder.path(), &["clone", "--quiet", "--depth=1", &url, "shallow"]);
    let shallow = discover(&folder.path().join("shallow/web"), &no_variables()).unwrap().unwrap();
    assert_eq!(shallow.revision, Some(origin.git(&["rev-parse", "HEAD"])));
    assert_eq!(shallow.origin_head.as_deref(), Some("main"));
    assert!(!shallow.dirty().unwrap());

    let tree = folder.path().canonicalize().unwrap().join("tree");
    origin.git(&["worktree", "add", "--quiet", tree.to_str().unwrap(), "develop"]);
    let worktree = discover(&tree.join("web"), &no_variables()).unwrap().unwrap();
    assert_eq!((worktree.head.clone(), worktree.root.clone()), (Head::Branch("develop".into()), tree.clone()));
    fs::write(tree.join("web/new"), "").unwrap();
    assert!(worktree.is_dirty(&tree.join("web")).unwrap());
    assert!(!origin.found().dirty().unwrap());

    let parent = Work::with_commit();
    parent.git(&["submodule", "--quiet", "add", &url, "taps/sub"]);
    parent.commit();
    let submodule = parent.found_from("taps/sub/web");
    assert_eq!(submodule.root, parent.path().join("taps/sub"));
    assert_eq!(submodule.revision, Some(origin.git(&["rev-parse", "HEAD"])));
    assert!(!parent.found().dirty().unwrap());
    parent.write("taps/sub/web/new", "");
    assert!(parent.found().is_dirty(&parent.path().join("taps")).unwrap());
    assert!(!parent.found().is_dirty(&parent.path().join("web")).unwrap());
}

#[test]
fn dirt_belongs_to_its_folder() {
    let dirty = |work: &Work| {
        let repository = work.found();
        ["web", "db", "we"].map(|folder| repository.is_dirty(&work.path().join(folder)).unwrap())
    };
    let work = Work::with_commit();
    assert_eq!(dirty(&work), [false; 3]);
    work.write("web/new/file", "");
    assert_eq!(dirty(&work), [true, false, false]);
    work.commit();
    work.write("web/Dockerfile", "FROM other\n");
    assert_eq!(dirty(&work), [true, false, false]);
    work.git(&["add", "--all"]);
    assert_eq!(dirty(&work), [true, false, false]);
    work.commit();
    fs::remove_file(work.path().join("db/Dockerfile")).unwrap();
    assert_eq!(dirty(&work), [false, true, false]);
    work.git(&["checkout", "--quiet", "."]);
    work.write(".gitignore", "*.log\n");
    work.commit();
    work.write("web/x.log", "");
    assert_eq!(dirty(&work), [false; 3]);
    assert!(!work.found().is_dirty(Path::new("/")).unwrap());
    let unborn = Work::empty();
    unborn.write("web/Dockerfile", "");
    assert_eq!(dirty(&unborn), [true, false, false]);
}

#[test]
fn finds_ignored_files_as_git_does() {
    let work = Work::with_commit();
    work.write(".gitignore", "*.log\n/out/\ntarget\n!keep.log\ncache/*\n!cache/kept\n");
    work.write("web/.gitignore", "/local\n*.tmp\n");
    work.write("web/tracked.log", "");
    work.write("out/tracked", "");
    work.git(&["add", "--force", "--all"]);
    work.git(&["commit", "--quiet", "--message=x"]);
    let files = [
        "web/a.log",
        "web/tracked.log",
        "web/keep.log",
        "web/local",
        "web/sub/local",
        "web/sub/x.tmp",
        "db/x.tmp",
        "out/a",
        "out/keep.log",
        "out/tracked",
        "db/out/a",
        "db/target/deep/er/a",
        "target/keep.log",
        "cache/a",
        "cache/kept",
        "cache/b/kept",
        "web/new",
        "web/ä.log",
        "web/with space.log",
    ];
    for file in files {
        if !work.path().join(file).exists() {
            work.write(file, "");
        }
    }
    std::os::unix::fs::symlink("nowhere", work.path().join("web/link.log")).unwrap();
    let mut paths: Vec<PathBuf> = files.iter().map(|file| work.path().join(file)).collect();
    paths.push(work.path().join("web/link.log"));
    paths.push(PathBuf::from("/elsewhere/a.log"));
    let repository = work.found();
    let found = repository.ignored(&paths).unwrap();
    let found: Vec<&str> = found.iter().map(|path| path.strip_prefix(work.path()).unwrap().to_str().unwrap()).collect();
    let told = work.git(&["-c", "core.quotePath=false", "ls-files", "--others", "--ignored", "--exclude-standard"]);
    let mut sorted = found.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, told.lines().collect::<Vec<_>>());
    assert!(found.contains(&"web/link.log") && found.contains(&"target/keep.log") && !found.contains(&"out/tracked"));
}

#[test]
fn paths_through_a_symbolic_link_count() {
    let work = Work::with_commit();
    work.write(".gitignore", "*.log\n");
    work.write("web/a.log", "");
    work.write("web/new", "");
    let elsewhere = TempDir::new().unwrap();
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(work.path(), &link).unwrap();
    let repository = discover(&link.join("web"), &no_variables()).unwrap().unwrap();
    assert_eq!(repository.root, work.path());
    assert!(repository.is_dirty(&link.join("web")).unwrap());
    let files = [link.join("web/a.log"), link.join("web/new")];
    assert_eq!(repository.ignored(&files).unwrap(), [link.join("web/a.log")]);
}

#[test]
fn ignored_is_quick_on_many_files() {
    let work = Work::with_commit();
    work.write(".gitignore", "*.log\nnode_modules/\n");
    for number in 0..10_000 {
        work.write(&format!("web/{}/{number}", number % 100), "");
        work.write(&format!("web/node_modules/{}/{number}", number % 100), "");
    }
    let files: Vec<PathBuf> = (0..10_000)
        .flat_map(|number| {
            let folder = number % 100;
            [format!("web/{folder}/{number}"), format!("web/node_modules/{folder}/{number}")]
        })
        .map(|file| work.path().join(file))
        .collect();
    let repository = work.found();
    let start = std::time::Instant::now();
    assert_eq!(repository.ignored(&files).unwrap().len(), 10_000);
    let took = start.elapsed();
    assert!(took.as_secs() < 5, "{took:?}");
}

#[test]
fn says_what_to_do_about_unreadable_repositories() {
    let folder = TempDir::new().unwrap();
    let refusal = |name: &str| {
        let error = discover(&folder.path().join(name), &no_variables()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        format!("{}\n{}", error.one_line(), error.remedy().unwrap_or_default())
    };
    git(folder.path(), &["init", "--quiet", "sha256"]);
    git(&folder.path().join("sha256"), &["config", "core.repositoryFormatVersion", "1"]);
    git(&folder.path().join("sha256"), &["config", "extensions.objectFormat", "sha256"]);
    assert!(refusal("sha256").contains("SHA-256 object names"), "{}", refusal("sha256"));
    git(folder.path(), &["init", "--quiet", "reftable"]);
    let config = folder.path().join("reftable/.git/config");
    let text =
        fs::read_to_string(&config).unwrap().replace("repositoryformatversion = 0", "repositoryformatversion = 1");
    fs::write(&config, text + "[extensions]\n\trefStorage = reftable\n").unwrap();
    assert!(refusal("reftable").contains("git refs migrate"), "{}", refusal("reftable"));
    git(folder.path(), &["init", "--quiet", "broken"]);
    fs::write(folder.path().join("broken/.git/HEAD"), "rubbish").unwrap();
    assert!(refusal("broken").contains("cannot read the git repository"), "{}", refusal("broken"));
}

#[test]
fn a_repository_of_another_user_can_be_trusted() {
    let refusal = |error: Error| {
        assert_eq!(error.exit_code(), 2);
        assert!(error.message().contains("belongs to another user"), "{error}");
        error.remedy().unwrap_or_default().to_owned()
    };
    let explained = |path: &str| {
        let message = format!("repository path '{path}' is not owned by current user");
        let error = git2::Error::new(ErrorCode::Owner, git2::ErrorClass::Config, message);
        refusal(failure::explain(&Path::new(path).join("web"), &error))
    };
    assert!(explained("/srv/repo/").ends_with("`git config --global --add safe.directory /srv/repo`"));
    assert!(explained("/srv/it's here/").ends_with(r"safe.directory '/srv/it'\''s here'`"));
    let work = Work::with_commit();
    // Only root can give a folder away.
    if std::os::unix::fs::chown(work.path(), Some(12345), None).is_ok() {
        let help = refusal(discover(&work.path().join("web"), &no_variables()).unwrap_err());
        assert!(help.contains(&format!("safe.directory {}`", work.path().display())), "{help}");
    }
}

#[test]
fn files_of_a_commit_are_written_as_they_were() {
    let work = Work::with_commit();
    let script = work.path().join("web/run.sh");
    work.write("web/run.sh", "#!/bin/sh\n");
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("run.sh", work.path().join("web/link")).unwrap();
    work.write("web/[odd] *.txt", "odd\n");
    work.commit();
    let revision = work.found().revision.unwrap();
    fs::remove_file(&script).unwrap();
    work.write("web/later", "later\n");
    work.commit();
    work.write("web/Dockerfile", "changed\n");
    work.git(&["add", "web/Dockerfile"]);
    let status = work.git(&["status", "--porcelain"]);

    let repository = work.found();
    let commit = repository.commit(&revision).unwrap().unwrap();
    let files: Vec<_> = commit.files().unwrap().into_iter().map(|file| (file.path, file.link)).collect();
    let file = |path: &str| (path.to_owned(), None);
    assert_eq!(
        files,
        [
            file("db/Dockerfile"),
            file("web/Dockerfile"),
            file("web/[odd] *.txt"),
            ("web/link".to_owned(), Some("run.sh".to_owned())),
            file("web/run.sh"),
        ]
    );
    let into = TempDir::new().unwrap();
    commit.write([], into.path()).unwrap();
    assert_eq!(fs::read_dir(into.path()).unwrap().count(), 0);
    commit.write(["web/Dockerfile", "web/[odd] *.txt", "web/link", "web/run.sh", "no/such"], into.path()).unwrap();
    let read = |path: &str| fs::read_to_string(into.path().join(path)).unwrap();
    assert_eq!((read("web/Dockerfile"), read("web/[odd] *.txt")), ("FROM scratch\n".into(), "odd\n".into()));
    assert_eq!(fs::read_link(into.path().join("web/link")).unwrap(), Path::new("run.sh"));
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(into.path().join("web/run.sh")).unwrap());
    assert_eq!(mode & 0o111, 0o111);
    assert!(!into.path().join("db").exists() && !into.path().join("web/later").exists());
    // Work tree and index stay as they are.
    assert_eq!(work.git(&["status", "--porcelain"]), status);
    assert!(work.path().join("web/later").exists());
    for unknown in ["", "1234", &"0".repeat(40), "HEAD", "not hexadecimal"] {
        assert!(repository.commit(unknown).unwrap().is_none(), "{unknown}");
    }
}
