//! Taps in other repositories: `keg tap link`, `unlink` and `list`.

use std::path::{Path, PathBuf};

use crate::start::parts::{Generation, Taps, get, server};
use crate::start::with_both;
use crate::support::{Registry, Run, Workspace, docker, run};

mod keg_cli;
mod names;

/// A workspace on the branch `main` with an image that taps start from, and a repository beside it.
struct Scene {
    taps: Taps,
    elsewhere: PathBuf,
}

impl Scene {
    fn new(generation: Generation) -> Self {
        let mut scene = Self::of(Taps::new(generation));
        let base = format!("FROM {}\nRUN echo first > /from-workspace\n", scene.taps.workspace.root_image());
        scene.taps.workspace.file("hub/base/Dockerfile", base);
        let keg = format!("tap_base: {}\nlayout: {{hub: [hub/*], taps: [taps/*]}}\n", scene.base());
        scene.taps.workspace.file("keg.yml", keg).file("hub/base/image.yml", format!("name: {}\n", scene.base()));
        scene.taps.workspace.commit();
        scene
    }

    fn of(taps: Taps) -> Self {
        let elsewhere = taps.workspace.outside("elsewhere");
        Self { taps, elsewhere }
    }

    fn base(&self) -> String {
        self.taps.workspace.name("base")
    }

    fn workspace(&self) -> &Workspace {
        &self.taps.workspace
    }

    /// A repository on `branch` with a tap, whose image is called `name` with the prefix of the workspace.
    fn repository(&self, folder: &str, branch: &str, name: &str, manifest: &str) -> PathBuf {
        let path = self.elsewhere.join(folder);
        let full = self.workspace().name(name);
        write(&path, "container/tap.yml", &format!("name: {full}\n{manifest}"));
        write(&path, "container/Dockerfile", "ARG KEG_BASE_IMAGE\nFROM ${KEG_BASE_IMAGE}\nCOPY page /page\n");
        write(&path, "container/page", "linked\n");
        let serve = server("app", "    ports: [\"127.0.0.1::80\"]\n").replace("echo page >", "cat /page >");
        write(&path, "container/compose.yml", &format!("services:\n{serve}"));
        self.git(&path, &["init", "--quiet", &format!("--initial-branch={branch}")]);
        self.git(&path, &["add", "--all"]);
        let person = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"];
        self.git(&path, &[&person[..], &["commit", "--quiet", "--message", "A tap"]].concat());
        path
    }

    fn git(&self, folder: &Path, arguments: &[&str]) {
        run(self.workspace().program("git").current_dir(folder).args(arguments), b"").success();
    }

    /// keg in a folder that lies in no workspace.
    fn outside<A: AsRef<str>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.keg_in(&self.elsewhere, arguments)
    }

    fn keg_in<A: AsRef<str>>(&self, folder: &Path, arguments: impl IntoIterator<Item = A>) -> Run {
        let mut keg = self.workspace().keg_command(arguments);
        keg.current_dir(folder);
        Run::of(keg, "")
    }

    fn links(&self) -> String {
        std::fs::read_to_string(self.workspace().home().join(".config/keg/config.yml")).unwrap_or_default()
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A repository on one branch, a workspace on another: built on the workspace's image, tagged with its own branch,
/// started from a third folder, and found when the link is gone.
#[test]
fn a_linked_tap_is_built_started_and_stopped_from_anywhere() {
    with_both(|generation| {
        let scene = Scene::new(generation);
        let workspace = scene.workspace();
        let app = workspace.name("app");
        let manifest = "alias: lnk\ntasks: { where: { run: cat /from-workspace, in: container } }\n";
        let repository = scene.repository("lnk", "feature/x", "app", manifest);
        workspace.keg(["tap", "link", repository.to_str().unwrap()]).success().says("linked lnk to");

        // Only the workspace's own images, unless it is named.
        let all = workspace.keg(["build", "--dry-run", "--format", "json"]).success().json();
        assert!(!all.to_string().contains(&app), "{all}");
        let built = scene.outside(["lnk", "build", "--format", "json"]).success().json();
        assert_eq!(built["images"].as_array().unwrap().len(), 2, "{built}");
        let format = "{{index .Config.Labels \"dev.keg.branch\"}} {{index .RepoTags 0}}";
        let label = docker(["image", "inspect", "--format", format, &format!("{app}:feature-x")]).success();
        assert!(label.starts_with("feature/x "), "{label}");

        let started = scene.outside(["start", "lnk", "--format", "json"]).success().json();
        assert_eq!(
            (&started["branch"], &started["services"][0]["image"]),
            (&"feature/x".into(), &format!("{app}:feature-x").into())
        );
        assert_eq!(get(started["services"][0]["urls"][0].as_str().unwrap()), "linked\n");
        assert_eq!(scene.outside(["lnk", "where"]).success().stdout, "first\n");
        assert_eq!(scene.keg_in(&repository, ["run", "where"]).success().stdout, "first\n");
        scene.outside(["logs", "lnk"]).success();

        // A parent that changes makes it stale, as any image of the workspace.
        let state =
            || scene.outside(["status", "lnk", "--format", "json"]).success().json()["images"][0]["state"].clone();
        assert_eq!(state(), "fresh");
        let base = workspace.read("hub/base/Dockerfile").replace("first", "second");
        workspace.file("hub/base/Dockerfile", base);
        assert_eq!(state(), "to build");

        scene.outside(["tap", "unlink", "lnk"]).success().complains(&format!("keg stop {app} stops it"));
        assert_eq!(scene.links(), "");
        scene.outside(["stop", "lnk"]).code(2).complains("there is no keg.yml");
        scene.outside(["stop", &app]).success();
        let running = docker(["ps", "--quiet", "--filter", &format!("label=dev.keg.tap={app}")]).success();
        assert_eq!(running, "");
    });
}

/// It goes to the registry of its workspace, and others can start it from there.
#[test]
fn a_linked_tap_is_published_with_its_workspace() {
    let registry = Registry::start();
    let scene = Scene::new(Generation::Two);
    let workspace = scene.workspace();
    let namespace = format!("{}ns", workspace.name(""));
    let keg = workspace.read("keg.yml");
    workspace.file("keg.yml", format!("registry: {}/{namespace}\n{keg}", registry.host()));
    let repository = scene.repository("lnk", "feature/x", "app", "alias: lnk\n");
    workspace.keg(["tap", "link", repository.to_str().unwrap()]).success();
    let published = format!("{namespace}/{}", workspace.name("app"));
    workspace.keg(["build", "--push"]).success();
    assert!(registry.tags(&published).is_empty());
    scene.outside(["lnk", "build", "--push"]).success();
    assert!(registry.tags(&published).contains(&"feature-x".to_owned()), "{:?}", registry.tags(&published));
    let labels = registry.labels(&published, "feature-x").unwrap();
    assert_eq!(labels["dev.keg.branch"], "feature/x");
    docker(["image", "rm", "--force", &format!("{}/{published}:feature-x", registry.host())]).success();
    let started = scene.outside(["start", "lnk", "--format", "json"]).success().json();
    assert_eq!(
        (&started["pulled"], get(started["services"][0]["urls"][0].as_str().unwrap())),
        (&true.into(), "linked\n".into())
    );
    scene.outside(["stop", "lnk"]).success();
    // What is cleaned up without a name is the workspace's own.
    let pruned = workspace.keg(["prune", "--dry-run", "--older-than", "0", "--keep", "1"]).success();
    assert!(!pruned.stdout.contains(&workspace.name("app")), "{}", pruned.stdout);
}

/// What changed since the last build is known of linked taps too, though their commits are those of another repository.
#[test]
fn why_explains_a_linked_tap() {
    let scene = Scene::new(Generation::Two);
    let repository = scene.repository("lnk", "main", "app", "");
    scene.workspace().keg(["tap", "link", "lnk", repository.to_str().unwrap()]).success();
    scene.outside(["build", "lnk"]).success();
    write(&repository, "container/page", "changed\n");
    scene.outside(["why", "lnk"]).success().says("page");
}

/// A tap that belongs to no workspace has nothing but itself, and keg writes nothing into its repository.
#[test]
fn a_tap_outside_of_all_workspaces_works_alone() {
    let scene = Scene::of(Taps::new(Generation::Two));
    let name = scene.workspace().name("alone");
    let path = scene.repository("alone", "solo", "alone", "alias: solo\n");
    write(&path, "container/Dockerfile", &format!("FROM {}\nCOPY page /page\n", scene.taps.root));
    scene.keg_in(&path, ["tap", "link"]).success().says("linked solo to");
    assert_eq!(scene.outside(["tap", "list", "--format", "json"]).success().json()["taps"][0]["branch"], "solo");
    scene.outside(["solo", "build"]).success();
    scene.outside(["build", "solo"]).success();
    scene.outside(["status", "solo"]).success().says("fresh");
    write(&path, "container/page", "linked\nand changed\n");
    scene.outside(["why", "solo"]).success().says("page");
    write(&path, "container/page", "linked\n");
    let started = scene.outside(["solo", "start", "--format", "json"]).success().json();
    assert_eq!(get(started["services"][0]["urls"][0].as_str().unwrap()), "linked\n");
    assert_eq!(started["services"][0]["image"], format!("{name}:solo"));
    scene.keg_in(&path, ["ps", "--format", "json"]).success().says(&name);
    scene.outside(["stop", "solo"]).success();
    assert_eq!(docker(["ps", "--quiet", "--filter", &format!("label=dev.keg.tap={name}")]).success(), "");
    let mut entries: Vec<_> = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    entries.sort();
    assert_eq!(entries, [".git", "container"]);
}

#[test]
fn processes_that_link_at_once_lose_nothing() {
    let scene = Scene::of(Taps::new(Generation::Two));
    write(&scene.workspace().home(), ".config/keg/config.yml", "# mine\nother: {a: [1, 2]} # stays\n");
    let names: Vec<String> = (0..8).map(|number| format!("tap{number}")).collect();
    for name in &names {
        scene.repository(name, "main", name, "base: busybox:1\n");
    }
    let all_at_once = |arguments: &(dyn Fn(&str) -> Vec<String> + Sync)| {
        std::thread::scope(|scope| {
            let runs: Vec<_> =
                names.iter().map(|name| scope.spawn(|| scene.outside(arguments(name)).success())).collect();
            runs.into_iter().for_each(|run| drop(run.join().unwrap()));
        });
    };
    all_at_once(&|name| ["tap", "link", name, name].map(str::to_owned).to_vec());
    let listed = scene.outside(["tap", "list", "--format", "json"]).success().json();
    let mut linked: Vec<_> =
        listed["taps"].as_array().unwrap().iter().map(|tap| tap["link"].as_str().unwrap().to_owned()).collect();
    linked.sort();
    assert_eq!(linked, names);
    assert!(scene.links().starts_with("# mine\nother: {a: [1, 2]} # stays\ntaps:\n"), "{}", scene.links());
    all_at_once(&|name| ["tap", "unlink", name].map(str::to_owned).to_vec());
    assert_eq!(scene.links(), "# mine\nother: {a: [1, 2]} # stays\n");
    let left: Vec<_> = std::fs::read_dir(scene.workspace().home().join(".config/keg")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

/// The shell of a user completes the names of links in any folder.
#[test]
fn names_of_links_are_completed() {
    let scene = Scene::of(Taps::new(Generation::Two));
    scene.repository("lnk", "main", "app", "base: busybox:1\n");
    scene.outside(["tap", "link", "lnk", "lnk"]).success();
    let complete = |words: &[&str]| {
        let mut keg = scene.workspace().keg_command(["--", "keg"].iter().chain(words));
        keg.current_dir(&scene.elsewhere).env("COMPLETE", "bash").env("_CLAP_IFS", "\n");
        keg.env("_CLAP_COMPLETE_INDEX", words.len().to_string());
        run(&mut keg, b"").success()
    };
    assert!(complete(&["ln"]).lines().any(|line| line.starts_with("lnk")));
    assert!(complete(&["lnk", "sta"]).lines().any(|line| line.starts_with("start")));
    assert!(complete(&["start", "ln"]).lines().any(|line| line == "lnk"));
    assert!(complete(&["tap", "unlink", ""]).lines().any(|line| line == "lnk"));
}

/// A glob never means a linked tap, and what has changed in another repository is not looked for.
#[test]
fn linked_taps_are_selected_by_their_names_alone() {
    let scene = Scene::new(Generation::Two);
    let path = scene.repository("evf", "main", "evf", "");
    scene.workspace().keg(["tap", "link", "evf", path.to_str().unwrap()]).success();
    let names = |words: &[&str]| {
        let arguments = [&["status", "--offline", "--format", "json"], words].concat();
        let rows = scene.workspace().keg(arguments).success().json()["images"].clone();
        rows.as_array().unwrap().iter().map(|row| row["image"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let full = scene.workspace().name("evf");
    assert_eq!(names(&["*"]), [scene.base()]);
    assert_eq!(names(&["hub/*", "--and-dependents"]), [scene.base()]);
    assert_eq!(names(&["evf", "--and-parents"]), [scene.base(), full.clone()]);
    scene.workspace().keg(["status", "e*"]).code(2).complains("matches no image");
    let run = scene.workspace().keg(["status", "evf", "--changed"]).code(2);
    run.complains(&format!("{full} is a linked tap: it lies in another repository")).complains("leave --changed out");
}
