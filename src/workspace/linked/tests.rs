use std::fs;

use insta::assert_snapshot;
use tempfile::TempDir;

use super::*;
use crate::workspace::{ParentImage, converted};

/// A workspace with the images base, tap and web, and repositories beside it.
struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        let scene = Self(tempfile::tempdir().unwrap());
        scene.file("w/keg.yml", "registry: localhost:5000/acme\n");
        scene.file("w/base/Dockerfile", "FROM scratch\n").file("w/hub/tap/Dockerfile", "FROM base\n");
        scene.file("w/taps/web/Dockerfile", "FROM tap\n").file("w/taps/web/tap.yml", "alias: w\n");
        scene
    }

    fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn links(&self, links: &[(&str, &str)]) -> Links {
        let link = |(name, path): &(&str, &str)| Link {
            name: (*name).to_owned(),
            path: self.0.path().join(path),
            workspace: Some(self.0.path().join("w")),
        };
        links.iter().map(link).fold(Links::default(), Links::with)
    }

    fn load(&self, links: &[(&str, &str)]) -> Workspace {
        self.load_for(links, &[], &Overrides::default())
    }

    fn load_for(&self, links: &[(&str, &str)], words: &[&str], overrides: &Overrides) -> Workspace {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut workspace = Workspace::load_overridden(&self.0.path().join("w"), &words, overrides).unwrap();
        workspace.add_links(&self.links(links), |_| true, &words, overrides);
        workspace
    }

    /// Why the only link leads nowhere.
    fn refused(&self, link: (&str, &str)) -> String {
        let workspace = self.load(&[link]);
        assert_eq!(workspace.images.len(), 3);
        let error = workspace.links[0].image.clone().unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let text = format!("{} | {}", error.one_line(), error.remedy().unwrap_or_default());
        text.replace(&self.0.path().display().to_string(), "")
    }
}

fn parents(workspace: &Workspace, word: &str) -> Vec<String> {
    let image = workspace.image(workspace.find(word).unwrap());
    let shown = |parent: &ParentImage| match parent {
        ParentImage::Workspace(index) => workspace.image(*index).name.clone(),
        ParentImage::Outside(reference) => reference.familiar(),
    };
    image.parents.iter().map(|parent| shown(&parent.image)).collect()
}

#[test]
fn a_linked_tap_comes_last_and_is_built_on_the_workspaces_images() {
    let scene = Scene::new();
    scene.file("evf/container/Dockerfile", "ARG KEG_BASE_IMAGE\nFROM $KEG_BASE_IMAGE\n");
    scene.file("evf/container/tap.yml", "name: an-app\nalias: app\ndepends_on: [web]\n");
    let workspace = scene.load(&[("evf", "evf")]);
    let names: Vec<&str> = workspace.images.iter().map(|image| image.name.as_str()).collect();
    assert_eq!(names, ["base", "tap", "web", "an-app"]);
    for word in ["evf", "EVF", "an-app", "app"] {
        assert_eq!(workspace.find(word), Some(ImageIndex(3)), "{word}");
    }
    assert_eq!(parents(&workspace, "evf"), ["tap", "web"]);
    let image = &workspace.images[3];
    assert_eq!((image.kind, image.context.ends_with("evf/container"), image.tap.is_some()), (Kind::Tap, true, true));
    assert_eq!(workspace.repository(ImageIndex(3)).to_string(), "localhost:5000/acme/an-app");
    assert_eq!(workspace.place(ImageIndex(3)), scene.0.path().join("evf"));
    assert!(workspace.is_own(ImageIndex(2)) && !workspace.is_own(ImageIndex(3)));
    let own = workspace.without_links();
    assert_eq!((own.images.len(), own.links.len(), own.find("evf")), (3, 0, None));
}

#[test]
fn a_linked_tap_has_the_plans_of_the_workspace() {
    let scene = Scene::new();
    scene.file("w/keg.yml", "registry: localhost:5000/acme\nplans: {cpu: {}, gpu: {args: {A: 1}}}\n");
    scene.file("evf/Dockerfile", "FROM tap\n").file("zed/Dockerfile", "FROM tap\n");
    scene.file("evf/tap.yml", "skip_plans: [cpu]\n");
    let workspace = scene.load(&[("evf", "evf"), ("zed", "zed"), ("shop", "w/taps/web")]);
    let names: Vec<String> = workspace.images[6..].iter().map(Image::full_name).collect();
    assert_eq!(names, ["evf [gpu]", "zed [cpu]", "zed [gpu]"]);
    let parent = workspace.parents_in_workspace(ImageIndex(8)).next().unwrap();
    assert_eq!(workspace.image(parent).full_name(), "tap [gpu]");
    let own: Vec<usize> =
        workspace.iter().map(|(index, _)| index.0).filter(|at| workspace.is_own(ImageIndex(*at))).collect();
    assert_eq!(own, [0, 1, 2, 3, 4, 5]);
    assert_eq!(workspace.clone().without_links().images.len(), 6);

    let gpu = workspace.clone().in_plans(&["gpu".to_owned()], &["evf".to_owned()]).unwrap();
    let found = |workspace: &Workspace, word| workspace.image(workspace.find(word).unwrap()).full_name();
    for (word, name) in [("evf", "evf [gpu]"), ("zed", "zed [gpu]"), ("shop", "web [gpu]")] {
        assert_eq!(found(&gpu, word), name);
    }
    let cpu = workspace.in_plans(&["cpu".to_owned()], &[]).unwrap();
    assert_eq!((cpu.find("evf"), found(&cpu, "zed").as_str()), (None, "zed [cpu]"));
    assert!(cpu.clone().in_plans(&["cpu".to_owned()], &["evf".to_owned()]).is_ok());
}

#[test]
fn a_name_follows_from_the_linked_folder() {
    let scene = Scene::new();
    scene.file("My Repo/container/Dockerfile", "FROM tap\n").file("plain/Dockerfile", "FROM tap\n");
    let workspace = scene.load(&[("one", "My Repo"), ("two", "plain")]);
    let name = |word| workspace.image(workspace.find(word).unwrap()).name.clone();
    assert_eq!((name("one"), name("two")), ("my-repo".to_owned(), "plain".to_owned()));
    assert_eq!(Workspace::linked_name(&workspace.links[0].link, &Links::default()).unwrap(), None);
}

#[test]
fn the_workspace_does_not_depend_on_links() {
    let scene = Scene::new();
    scene.file("evf/Dockerfile", "FROM tap\n").file("other/Dockerfile", "FROM evf\n");
    scene.file("w/taps/web/Dockerfile", "FROM localhost:5000/acme/evf:develop\n");
    let workspace = scene.load(&[("evf", "evf"), ("other", "other")]);
    assert_eq!(parents(&workspace, "web"), ["localhost:5000/acme/evf:develop"]);
    assert_eq!(parents(&workspace, "other"), ["evf"]);
    assert_eq!(workspace.parents_in_workspace(workspace.find("other").unwrap()).count(), 0);
}

#[test]
fn overrides_are_for_the_tap_that_is_named() {
    let scene = Scene::new();
    scene.file("evf/Dockerfile", "ARG KEG_BASE_IMAGE\nFROM $KEG_BASE_IMAGE\n");
    let overrides = Overrides { base: Some("base".to_owned()), ..Overrides::default() };
    for (word, parent) in [("evf", "base"), ("EVF", "base"), ("web", "tap")] {
        let workspace = scene.load_for(&[("evf", "evf")], &[word], &overrides);
        assert_eq!(parents(&workspace, "evf"), [parent], "{word}");
    }
}

#[test]
fn an_image_of_the_workspace_can_have_one_more_name() {
    let scene = Scene::new();
    let workspace = scene.load(&[("shop", "w/taps/web"), ("w", "w/taps/web")]);
    assert_eq!(
        (workspace.images.len(), workspace.find("shop"), workspace.find("w")),
        (3, workspace.find("web"), workspace.find("web"))
    );
    assert!(workspace.links.iter().all(|linked| linked.is_own && linked.image.is_ok()));
    assert_eq!(workspace.without_links().links.len(), 2);
    assert!(scene.load(&[("tap", "w/taps/web")]).links[0].image.is_err());
}

#[test]
fn what_is_wrong_with_a_link_harms_nothing_else() {
    let scene = Scene::new();
    scene.file("x/Dockerfile", "FROM tap\n").file("nothing/README.md", "");
    scene.file("named/tap.yml", "name: web\n").file("named/Dockerfile", "FROM tap\n");
    scene.file("alias/tap.yml", "alias: w\n").file("alias/Dockerfile", "FROM tap\n");
    scene.file("verb/tap.yml", "alias: start\n").file("verb/Dockerfile", "FROM tap\n");
    scene.file("typo/tap.yml", "nmae: x\n").file("typo/Dockerfile", "FROM tap\n");
    scene.file("lost/Dockerfile", "FROM tap\n").file("lost/tap.yml", "depends_on: [wbe]\n");
    scene.file("empty/tap.yml", "name: x\n");
    assert_snapshot!(scene.refused(("gone", "gone")), @"the tap gone is linked to /gone, which is not there | if it has moved: keg tap link gone NEW-PATH; if it has gone: keg tap unlink gone");
    assert_snapshot!(scene.refused(("nothing", "nothing")), @"there is no tap in /nothing, to which nothing is linked | it needs a tap.yml or a Dockerfile there or in container/; if the tap lies elsewhere: keg tap link nothing PATH");
    assert_snapshot!(scene.refused(("web", "x")), @"`web` means two images: web in /w/taps/web, and the linked one in /x | rename the image, or link the tap under another name: keg tap link OTHER-NAME /x, and keg tap unlink web if that is linked");
    assert_snapshot!(scene.refused(("x", "named")), @"`web` means two images: web in /w/taps/web, and the linked one in /named | give it another name or alias in the tap.yml of /named");
    assert_snapshot!(scene.refused(("x", "alias")), @"`w` means two images: web in /w/taps/web, and the linked one in /alias | give it another name or alias in the tap.yml of /alias");
    assert_snapshot!(scene.refused(("x", "verb")), @"the alias `start` of the linked tap in /verb is a command of keg | choose another alias in its tap.yml");
    assert_snapshot!(scene.refused(("x", "typo")), @"reading /typo/tap.yml: `nmae` is no key here | Did you mean `name`? Keys here: name, alias, base, build, inputs, depends_on, tests, info, tags, inherit_tags, plans, skip_plans, ci, from, compose, service, ports, env, tasks, hooks, watch, proxy.");
    assert_snapshot!(scene.refused(("x", "lost")), @"depends_on: no image is called `wbe` | Did you mean `web`?");
    assert_snapshot!(scene.refused(("x", "empty")), @"/empty has tap.yml but no Dockerfile | Add /empty/Dockerfile, or remove the file if this is no image.");
}

#[test]
fn two_links_to_taps_of_one_name_name_both() {
    let scene = Scene::new();
    for folder in ["one", "two"] {
        scene.file(&format!("{folder}/Dockerfile"), "FROM tap\n").file(&format!("{folder}/tap.yml"), "name: app\n");
    }
    let workspace = scene.load(&[("first", "one"), ("second", "two")]);
    assert!(workspace.links[0].image.is_ok());
    let message = workspace.links[1].image.clone().unwrap_err().one_line();
    assert!(message.contains("/one") && message.contains("/two"), "{message}");
}

/// A tap of the Keg CLI is the same image before and after its files were converted.
#[test]
fn a_converted_tap_is_the_same_image() {
    let scene = Scene::new();
    let values = "env: {IMAGE: evf, KEG_BASE_IMAGE: \"localhost:5000/acme/tap:develop\", KEG_IMAGE_FROM: \"evf:develop\", DOC_APP_PATH: \
                  /keg/tap, PORT: 80, CORE: \"{{ cli.taps.core.path }}\"}\nactions: {tap: {build: {cmds: [a, \"b {{ envs.PORT }}\"]}}}\n";
    scene.file("evf/container/values.yml", values);
    scene.file("evf/container/mutagen.yml", "sync: {evf: {ignore: {vcs: true, paths: [node_modules]}}}\n");
    scene.file("evf/container/docker-compose.yml", "services: {evf: {}, db: {image: x}}\n");
    let dockerfile = "ARG KEG_BASE_IMAGE\nFROM $KEG_BASE_IMAGE\nARG DOC_APP_PATH\nCOPY . .\n";
    scene.file("evf/container/Dockerfile", dockerfile).file("core/Dockerfile", "FROM tap\n");
    let links = [("evf", "evf"), ("core", "core")];
    let image = || {
        let workspace = scene.load(&links);
        assert_eq!(parents(&workspace, "evf"), ["tap"]);
        (workspace.image(workspace.find("evf").unwrap()).clone(), workspace.links[0].notes.clone())
    };
    let (before, notes) = image();
    assert_eq!(notes, Vec::<String>::new());
    let folder = scene.0.path().join("evf");
    assert_eq!((&before.folder, &before.context), (&folder, &folder));
    assert_eq!(before.dockerfile.path, folder.join("container/Dockerfile"));
    assert_eq!(before.tap.as_ref().unwrap().compose, Some(folder.join("container/docker-compose.yml")));
    assert_eq!(before.build_args["DOC_APP_PATH"], "/keg/tap");
    assert!(converted::is_unconverted(&folder));
    let conversion = converted::conversion(&folder, "evf", &scene.links(&links)).unwrap();
    scene.file("evf/tap.yml", &conversion.text);
    assert!(!converted::is_unconverted(&folder));
    let (after, _) = image();
    assert_eq!(after.manifest_file, Some(folder.join("tap.yml")));
    // All but the file that says so.
    let shown = |image: &Image| {
        let mut image = image.clone();
        image.manifest_file = None;
        for parent in &mut image.parents {
            parent.edge.file = folder.clone();
        }
        format!("{image:#?}")
    };
    assert_eq!(shown(&before), shown(&after));
}

#[test]
fn faults_of_the_keg_clis_files_are_those_of_the_link() {
    let scene = Scene::new();
    scene.file("evf/container/values.yml", "env: {IMAGE: evf, KEG_IMAGE_FROM: A B}\n");
    assert_snapshot!(scene.refused(("evf", "evf")), @"the tap of the Keg CLI in /evf has no Dockerfile | it belongs into container/");
    scene.file("evf/container/Dockerfile", "FROM tap\n");
    assert_snapshot!(scene.refused(("evf", "evf")), @"KEG_IMAGE_FROM: `A B` names no image | Write it as `registry/name:tag`.");
    scene.file("evf/container/values.yml", "env: {IMAGE: web}\n");
    assert_snapshot!(scene.refused(("evf", "evf")), @"`web` means two images: web in /w/taps/web, and the linked one in /evf | give it another name or alias in the tap.yml of /evf");
}
