use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::dockerfile::Dockerfile;
use crate::workspace::{Kind, Options};

struct Scene {
    folder: TempDir,
    workspace: Workspace,
}

impl Scene {
    fn new(files: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let image = Image {
            name: "web".to_owned(),
            alias: None,
            kind: Kind::Tap,
            folder: root.join("taps/web"),
            dockerfile: Dockerfile::parse(&root.join("taps/web/Dockerfile"), "FROM tap\n").unwrap(),
            context: root.join("taps/web"),
            build_args: Default::default(),
            target: None,
            secrets: Vec::new(),
            platforms: Vec::new(),
            inputs: Vec::new(),
            parents: Vec::new(),
            tap: None,
            manifest: Default::default(),
            manifest_file: None,
        };
        let workspace = Workspace { root, options: Options::default(), images: vec![image] };
        let scene = Self { folder, workspace };
        for file in ["taps/web/Dockerfile", "taps/web/app.py", "keg.yml"].iter().chain(files) {
            scene.write(file, "1");
        }
        scene
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn try_inputs(&self) -> Result<Inputs> {
        let cache = HashCache::load(&self.workspace.root);
        let image = self.workspace.image(ImageIndex(0));
        let ignore = Context::load_ignore(&image.context, &image.dockerfile.path)?;
        let context = Context::walk(&image.context, &ignore)?;
        CommonInputs::read(&self.workspace, &cache)?.of_image(&self.workspace, ImageIndex(0), &context, &cache)
    }

    fn names(&self) -> Vec<String> {
        self.try_inputs().unwrap().iter().map(|(name, _)| name.to_owned()).collect()
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn the_plain_image_has_dockerfile_and_files() {
    let scene = Scene::new(&["hub/x/a", "README.md"]);
    assert_eq!(scene.names(), ["dockerfile", "file Dockerfile", "file app.py"]);
}

#[test]
fn dockerignore_takes_files_out_but_not_the_dockerfile() {
    let scene = Scene::new(&["taps/web/node_modules/x"]);
    scene.write("taps/web/.dockerignore", "node_modules\nDockerfile\n.dockerignore\n");
    assert_eq!(scene.names(), ["dockerfile", "file app.py"]);
}

#[test]
fn ignored_globs_change_nothing() {
    let mut scene = Scene::new(&["taps/web/README.md", "taps/web/docs/a/b.txt", "common/README.md", "common/x"]);
    scene.workspace.options.ignore = strings(&["**/README.md", "./taps/*/docs/"]);
    scene.workspace.options.rebuild_all = strings(&["common/**"]);
    assert_eq!(scene.names(), ["dockerfile", "file Dockerfile", "file app.py", "workspace common/x"]);
    let before = scene.try_inputs().unwrap().key();
    scene.write("taps/web/README.md", "2");
    scene.write("common/README.md", "2");
    assert_eq!(scene.try_inputs().unwrap().key(), before);
    scene.write("taps/web/app.py", "2");
    assert_ne!(scene.try_inputs().unwrap().key(), before);
}

#[test]
fn a_folder_whose_files_are_all_ignored_is_no_input() {
    let mut scene = Scene::new(&["taps/web/docs/README.md"]);
    scene.workspace.options.ignore = strings(&["**/README.md"]);
    assert_eq!(scene.names(), ["dockerfile", "file Dockerfile", "file app.py"]);
}

#[test]
fn rebuild_all_goes_into_every_key() {
    let mut scene = Scene::new(&["tests_common/a/b.py", ".git/config", "tests_common/.keg/x", "images/spec.yml"]);
    let without = scene.try_inputs().unwrap().key();
    scene.workspace.options.rebuild_all = strings(&["keg.yml", "tests_common", "images/*.yml", "none/**"]);
    assert_eq!(scene.names()[3..], ["workspace images/spec.yml", "workspace keg.yml", "workspace tests_common/a/b.py"]);
    let with = scene.try_inputs().unwrap().key();
    assert_ne!(with, without);
    scene.write("tests_common/a/b.py", "2");
    assert_ne!(scene.try_inputs().unwrap().key(), with);
}

#[test]
fn keg_yml_counts_only_when_it_is_listed() {
    let scene = Scene::new(&[]);
    let before = scene.try_inputs().unwrap().key();
    scene.write("keg.yml", "2");
    assert_eq!(scene.try_inputs().unwrap().key(), before);
}

#[test]
fn extra_inputs_may_lie_anywhere() {
    let mut scene = Scene::new(&["renv.lock", "taps/web/conda-lock.yml", "envs/a", "envs/b/c"]);
    let inputs = ["renv.lock", "taps/web/conda-lock.yml", "envs"];
    scene.workspace.images[0].inputs = inputs.iter().map(|path| scene.path(path)).collect();
    assert_eq!(
        scene.names(),
        [
            "dockerfile",
            "file Dockerfile",
            "file app.py",
            "file conda-lock.yml",
            "input envs/a",
            "input envs/b/c",
            "input renv.lock",
            "input taps/web/conda-lock.yml",
        ]
    );
    scene.workspace.images[0].inputs = vec![scene.path("none.lock")];
    let error = scene.try_inputs().unwrap_err();
    assert!(error.message().contains("none.lock does not exist") && error.remedy().is_some(), "{error}");
}

#[test]
fn arguments_target_and_platforms_count() {
    let mut scene = Scene::new(&[]);
    scene.workspace.images[0].build_args.insert("PY".to_owned(), "3.11".to_owned());
    scene.workspace.images[0].target = Some("dev".to_owned());
    scene.workspace.images[0].platforms = strings(&["linux/arm64"]);
    scene.workspace.images[0].secrets = strings(&["npm"]);
    assert_eq!(scene.names(), ["build-arg PY", "dockerfile", "file Dockerfile", "file app.py", "platform", "target"]);
}

#[test]
fn the_place_of_the_workspace_does_not_count() {
    let one = Scene::new(&["a"]);
    let other = Scene::new(&["b"]);
    assert_eq!(one.try_inputs().unwrap().key(), other.try_inputs().unwrap().key());
}

#[test]
fn a_wrong_glob_is_an_error() {
    let mut scene = Scene::new(&[]);
    scene.workspace.options.ignore = strings(&["a{b"]);
    let error = scene.try_inputs().unwrap_err();
    assert!(error.message().contains("`a{b` under `ignore`"), "{error}");
}
