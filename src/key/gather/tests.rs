use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

struct Scene(TempDir);

impl Scene {
    /// A workspace with the image `web`, and these files beside.
    fn new(files: &[&str]) -> Self {
        let scene = Self(tempfile::tempdir().unwrap());
        scene.write("keg.yml", "");
        scene.write("taps/web/Dockerfile", "FROM debian\n");
        scene.write("taps/web/app.py", "1");
        for file in files {
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
        self.0.path().join(path)
    }

    fn try_inputs(&self) -> Result<Inputs> {
        let workspace = Workspace::load(self.0.path())?;
        let cache = HashCache::load(&workspace.root);
        let image = workspace.image(ImageIndex(0));
        let ignore = Context::load_ignore(&image.context, &image.dockerfile.path)?;
        let context = Context::walk(&image.context, &ignore)?;
        CommonInputs::read(&workspace, &cache)?.of_image(&workspace, ImageIndex(0), &context, &cache)
    }

    fn names(&self) -> Vec<String> {
        self.try_inputs().unwrap().iter().map(|(name, _)| name.to_owned()).collect()
    }
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
    let scene = Scene::new(&["taps/web/README.md", "taps/web/docs/a/b.txt", "common/README.md", "common/x"]);
    scene.write("keg.yml", "ignore: ['**/README.md', ./taps/*/docs/]\nrebuild_all: [common/**]\n");
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
    let scene = Scene::new(&["taps/web/docs/README.md"]);
    scene.write("keg.yml", "ignore: ['**/README.md']\n");
    assert_eq!(scene.names(), ["dockerfile", "file Dockerfile", "file app.py"]);
}

#[test]
fn rebuild_all_goes_into_every_key() {
    let scene = Scene::new(&["tests_common/a/b.py", ".git/config", "tests_common/.keg/x", "images/spec.yml"]);
    let without = scene.try_inputs().unwrap().key();
    scene.write("keg.yml", "rebuild_all: [keg.yml, tests_common, images/*.yml, none/**]\n");
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
    scene.write("keg.yml", "env: {A: b}\n");
    assert_eq!(scene.try_inputs().unwrap().key(), before);
}

#[test]
fn extra_inputs_may_lie_anywhere() {
    let scene = Scene::new(&["renv.lock", "taps/web/conda-lock.yml", "envs/a", "envs/b/c"]);
    scene.write("taps/web/tap.yml", "inputs: [../../renv.lock, conda-lock.yml, ../../envs]\n");
    scene.write("taps/web/.dockerignore", "*\n!app.py");
    assert_eq!(
        scene.names(),
        [
            "dockerfile",
            "file app.py",
            "input envs/a",
            "input envs/b/c",
            "input renv.lock",
            "input taps/web/conda-lock.yml",
        ]
    );
}

#[test]
fn an_input_that_is_missing_is_an_error() {
    let scene = Scene::new(&["a.lock"]);
    scene.write("taps/web/tap.yml", "inputs: [../../a.lock]\n");
    let workspace = Workspace::load(scene.0.path()).unwrap();
    let cache = HashCache::load(&workspace.root);
    fs::remove_file(scene.path("a.lock")).unwrap();
    let context = Context::walk(&workspace.images[0].context, &DockerIgnore::default()).unwrap();
    let common = CommonInputs::read(&workspace, &cache).unwrap();
    let error = common.of_image(&workspace, ImageIndex(0), &context, &cache).unwrap_err();
    assert!(error.message().contains("a.lock does not exist") && error.remedy().is_some(), "{error}");
}

#[test]
fn arguments_target_and_platforms_count_and_secrets_do_not() {
    let scene = Scene::new(&[]);
    let build = "build: {args: {PY: '3.11'}, target: dev, platforms: [linux/arm64], secrets: [npm]}\n";
    scene.write("taps/web/tap.yml", build);
    scene.write("taps/web/Dockerfile", "FROM debian AS dev\n");
    scene.write("taps/web/.dockerignore", "*\n!app.py");
    assert_eq!(scene.names(), ["build-arg PY", "dockerfile", "file app.py", "platform", "target"]);
}

#[test]
fn the_plan_counts_where_there_is_one() {
    let scene = Scene::new(&[]);
    let without = scene.try_inputs().unwrap();
    assert!(without.iter().all(|(name, _)| name != "plan"));
    scene.write("keg.yml", "plans: {}\n");
    assert_eq!(scene.try_inputs().unwrap().key(), without.key());
    scene.write("keg.yml", "plans: {gpu: {args: {A: 1}}}\n");
    let with = scene.try_inputs().unwrap();
    assert!(with.iter().any(|input| input == ("plan", "gpu")));
    assert!(with.iter().any(|input| input == ("build-arg A", "1")));
    // The prefix is only a name.
    scene.write("keg.yml", "plans: {gpu: {tag_prefix: x, args: {A: 1}}}\n");
    assert_eq!(scene.try_inputs().unwrap().key(), with.key());
}

#[test]
fn the_place_of_the_workspace_does_not_count() {
    let one = Scene::new(&["a"]);
    let other = Scene::new(&["b"]);
    assert_eq!(one.try_inputs().unwrap().key(), other.try_inputs().unwrap().key());
}

#[test]
fn a_wrong_glob_is_an_error() {
    let error = globs("ignore", &["a{b".to_owned()]).unwrap_err();
    assert!(error.message().contains("`a{b` under `ignore`"), "{error}");
}

#[test]
fn inputs_that_are_files_lead_back_to_them() {
    let scene = Scene::new(&["hub/x/a", "env/one.lock", "env.lock", "spec.yml"]);
    scene.write("keg.yml", "rebuild_all: [spec.yml]\n");
    scene.write("taps/web/tap.yml", "inputs: [../../env, ../../env.lock]\nbuild: {args: {A: '1'}}\n");
    let workspace = Workspace::load(scene.0.path()).unwrap();
    let file = |input: &str| file_of_input(&workspace, ImageIndex(0), input);
    assert_eq!(file("file app.py"), Some(scene.path("taps/web/app.py")));
    assert_eq!(file("workspace spec.yml"), Some(scene.path("spec.yml")));
    assert_eq!(file("input env/one.lock"), Some(scene.path("env/one.lock")));
    assert_eq!(file("input env.lock"), Some(scene.path("env.lock")));
    for input in ["input other", "input env.lock2", "dockerfile", "build-arg A", "parent debian", "target"] {
        assert_eq!(file(input), None, "{input}");
    }
    // Every file among the inputs is found by its name.
    let inputs = scene.try_inputs().unwrap();
    let files: Vec<PathBuf> = inputs.iter().filter_map(|(name, _)| file(name)).collect();
    assert_eq!(files.len(), 6, "{files:?}");
    assert!(files.iter().all(|file| file.is_file()), "{files:?}");
}
