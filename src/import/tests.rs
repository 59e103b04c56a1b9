use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::*;

/// Files and folders by path.
struct Tree(BTreeMap<&'static str, &'static str>);

impl Folders for Tree {
    fn is_folder(&self, path: &str) -> bool {
        self.0.keys().any(|file| file.starts_with(&format!("{path}/")))
    }

    fn is_executable(&self, path: &str) -> bool {
        self.0.get(path).is_some_and(|text| text.starts_with("#!"))
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let inside = self.0.keys().filter_map(|file| file.strip_prefix(folder)?.strip_prefix('/'));
        let mut names: Vec<String> = inside.filter_map(|path| path.split('/').next()).map(str::to_owned).collect();
        names.dedup();
        names
    }

    fn text(&self, path: &str) -> Option<String> {
        self.0.get(path).map(|text| (*text).to_owned())
    }
}

fn tree() -> Tree {
    Tree(BTreeMap::from([
        ("images/lab/Dockerfile", "ARG PY=3\nFROM quay.io/jupyter/minimal-notebook:$PY\n"),
        ("images/stats/Dockerfile", "ARG BASE_TAG=latest\nFROM ghcr.io/team/lab:${BASE_TAG}\n"),
        ("images/gpu/Dockerfile", "ARG BASE\nFROM $BASE\n"),
        ("images/tests_common/helpers.py", ""),
        ("images/conftest.py", ""),
    ]))
}

fn imported(text: &str, change_ignore: Option<&str>) -> Result<Import> {
    imported_from(&tree(), text, change_ignore)
}

fn imported_from(tree: &Tree, text: &str, change_ignore: Option<&str>) -> Result<Import> {
    import(&Source { path: "images/spec.yml", text, change_ignore, registry: None }, tree)
}

fn shown(import: &Import) -> String {
    let files: String = import.files.iter().map(|(path, text)| format!("--- {path}\n{text}")).collect();
    files + "--- notes\n" + &import.notes.join("\n")
}

#[test]
fn todays_form() {
    let text = r#"
root: lab
images:
  lab:
    image_name: ghcr.io/team/lab
    build_args: { PY: 3.10, HUB: 4.1.5 }
    info_cmds: [PY_VER]
  stats:
    image_name: ghcr.io/team/stats
    depend_on: lab
    integration_tests: true
    prune: true
  gpu:
    image_name: ghcr.io/other/gpu-lab
    depend_on: stats
    prepull: false
    colour: red
tag:
  prefix: 2026.10
all_info_cmds:
  PY_VER: { description: Python Version, command: python --version }
  CUDA: { command: bash -c 'conda list | grep "cuda\|cudnn"' }
"#;
    let ignored = r#"{"ChangeIgnore": ["README.md"], "BuildAll": ["tests_common", "spec.yml", "conftest.py"]}"#;
    assert_snapshot!(shown(&imported(text, Some(ignored)).unwrap()), @r#"
    --- keg.yml
    # yaml-language-server: $schema=.keg/schema/keg.yml.json
    # Made from images/spec.yml by keg init.

    registry: ghcr.io/team
    layout:
      - images/lab
      - images/stats
      - images/gpu
    tag_prefix: "2026.10"
    tags: ["{prefix}-{branch}"]
    rebuild_all:
      - "images/tests_common/**"
      - images/conftest.py
    ignore:
      - images/README.md
    common_tests: images/tests_common
    info:
      PY_VER:
        description: "Python Version"
        run: "python --version"
      CUDA:
        run: "bash -c 'conda list | grep \"cuda\\|cudnn\"'"
    --- images/lab/image.yml
    # Made from images/spec.yml by keg init.
    build:
      args:
        PY: "3.10"
        HUB: "4.1.5"
    info:
      - PY_VER
    --- images/gpu/image.yml
    # Made from images/spec.yml by keg init.
    name: gpu-lab
    depends_on: [stats]
    --- notes
    images/spec.yml: images.gpu.colour: "red" is not known, and was left out
    images/spec.yml: gpu: published to ghcr.io/other so far, and to ghcr.io/team from now: write `FROM name` where a Dockerfile names one of them
    images/spec.yml: prune of stats has no counterpart: `keg prune` removes what nothing needs
    images/spec.yml: prepull of gpu-lab has no counterpart: keg pulls just what a build needs
    images/tests_common: no file there is one that pytest takes for tests (test_*.py, *_test.py)
    images/spec.yml: integration_tests of stats is true, and images/stats has no folder of that name
    images/gpu/Dockerfile: no FROM names stats, on which images/spec.yml says that gpu depends: `depends_on` keeps the order; `FROM stats` would build it on that image
    images/spec.yml and change_ignore.json beside it are read no more: what it said is in keg.yml and the image.yml files, and an image is built anew when what it is built from has changed
    "#);
}

#[test]
fn the_older_form_with_plans() {
    let text = r#"
images:
  lab:
    image_name: team/lab
    dbuild_env:
      common: { PLACE: x }
      OLD: { PY: python-3.8.8, SHORT: '3.8' }
      NEW: { PY: python-3.9.5, SHORT: '3.9' }
    manifests: [PY_VER]
  stats:
    image_name: team/stats
    depend_on: lab
    skip_plans: ["NEW"]
plans:
  NEW: { tag_prefix: 2021.30, tag_stable_postfix: -stable }
  OLD: { tag_prefix: 2021.2, tag_stable_postfix: -stable }
manifests:
  PY_VER: { description: Python Version, command: python --version }
"#;
    assert_snapshot!(shown(&imported(text, None).unwrap()), @r#"
    --- keg.yml
    # yaml-language-server: $schema=.keg/schema/keg.yml.json
    # Made from images/spec.yml by keg init.

    registry: docker.io/team
    layout:
      - images/lab
      - images/stats
    common_tests: images/tests_common
    plans:
      NEW: { tag_prefix: "2021.30" }
      OLD: { tag_prefix: "2021.2" }
    info:
      PY_VER:
        description: "Python Version"
        run: "python --version"
    --- images/lab/image.yml
    # Made from images/spec.yml by keg init.
    build:
      args:
        PLACE: "x"
    plans:
      OLD:
        args:
          PY: "python-3.8.8"
          SHORT: "3.8"
      NEW:
        args:
          PY: "python-3.9.5"
          SHORT: "3.9"
    info:
      - PY_VER
    --- images/stats/image.yml
    # Made from images/spec.yml by keg init.
    depends_on: [lab]
    skip_plans:
      - NEW
    --- notes
    images/gpu has a Dockerfile, and images/spec.yml does not name it: it was left out of `layout`
    images/spec.yml: tag_stable_postfix `-stable` has no counterpart: `keg promote TAG STABLE-TAG` names both tags
    images/tests_common: no file there is one that pytest takes for tests (test_*.py, *_test.py)
    images/stats/Dockerfile: no FROM names lab, on which images/spec.yml says that stats depends: `depends_on` keeps the order; `FROM lab` would build it on that image
    images/spec.yml is read no more: what it said is in keg.yml and the image.yml files, and an image is built anew when what it is built from has changed
    "#);
}

#[test]
fn tests_are_taken_over() {
    let mut tree = tree();
    tree.0.extend([
        ("images/conftest.py", "import docker\n    ports={\"8888/tcp\": 8888},\n"),
        ("images/tests_common/test_all.py", ""),
        ("images/lab/test/__init__.py", ""),
        ("images/lab/test/deep/test_lab.py", "ports = {'80/tcp': None}"),
        ("images/lab/test/look.sh", "#!/bin/sh"),
        ("images/lab/integration_tests/test_page.py", ""),
        ("images/lab/old_tests/x.R", ""),
        ("images/stats/test/test_r.R", ""),
        ("images/stats/integration_tests/ui_test.py", ""),
        ("images/stats/workflow_tests/test_gpu.py", ""),
        ("images/stats/manual_tests/a.ipynb", ""),
        ("images/stats/manual_tests/b.ipynb", ""),
        ("images/it's/test/test_it.py", ""),
        ("images/it's/Dockerfile", "FROM ghcr.io/team/stats\n"),
    ]);
    let text = "images:\n  lab: {image_name: ghcr.io/team/lab, integration_tests: true}\n  stats: {image_name: ghcr.io/team/stats, \
                depend_on: lab}\n  it's: {image_name: ghcr.io/team/its, depend_on: stats, basic_tests: false, \
                integration_tests: true}\n";
    let import = imported_from(&tree, text, None).unwrap();
    assert_snapshot!(shown(&import), @r#"
    --- keg.yml
    # yaml-language-server: $schema=.keg/schema/keg.yml.json
    # Made from images/spec.yml by keg init.

    registry: ghcr.io/team
    layout:
      - images/lab
      - images/stats
      - "images/it's"
    common_tests: images/tests_common
    --- images/tests_common/tests.yml
    # Made from images/spec.yml by keg init.
    tests:
      - name: "tests_common"
        in: host
        run: "cd \"$KEG_WORKSPACE\" && TEST_IMAGE=\"$KEG_IMAGE\" python3 -m pytest -p no:cacheprovider images/tests_common"
        env: {PYTHONDONTWRITEBYTECODE: "1"}
        timeout: 1h
    --- images/lab/image.yml
    # Made from images/spec.yml by keg init.
    tests:
      - name: "lab/test"
        in: host
        run: "cd \"$KEG_WORKSPACE\" && TEST_IMAGE=\"$KEG_IMAGE\" python3 -m pytest -p no:cacheprovider images/lab/test"
        env: {PYTHONDONTWRITEBYTECODE: "1"}
        timeout: 1h
      - name: "lab/integration_tests"
        in: host
        run: "cd \"$KEG_WORKSPACE\" && TEST_IMAGE=\"$KEG_IMAGE\" python3 -m pytest -p no:cacheprovider images/lab/integration_tests"
        env: {PYTHONDONTWRITEBYTECODE: "1"}
        timeout: 1h
    --- images/stats/image.yml
    # Made from images/spec.yml by keg init.
    tests:
      - name: "stats/integration_tests"
        in: host
        run: "cd \"$KEG_WORKSPACE\" && TEST_IMAGE=\"$KEG_IMAGE\" python3 -m pytest -p no:cacheprovider images/stats/integration_tests"
        env: {PYTHONDONTWRITEBYTECODE: "1"}
        timeout: 1h
        kind: manual
      - name: "stats/workflow_tests"
        in: host
        run: "docker run --rm --volume \"$PWD/workflow_tests:/workflow_tests:ro\" \"$KEG_IMAGE\" python3 -m pytest -p no:cacheprovider /workflow_tests"
        timeout: 1h
        kind: manual
      - name: "stats/manual_tests"
        run: "try by hand images/stats/manual_tests/a.ipynb, images/stats/manual_tests/b.ipynb"
        kind: manual
    --- images/it's/image.yml
    # Made from images/spec.yml by keg init.
    name: its
    tests:
      - name: "its/test"
        in: host
        run: "cd \"$KEG_WORKSPACE\" && TEST_IMAGE=\"$KEG_IMAGE\" python3 -m pytest -p no:cacheprovider \"images/it's/test\""
        env: {PYTHONDONTWRITEBYTECODE: "1"}
        timeout: 1h
        kind: manual
    --- notes
    images/gpu has a Dockerfile, and images/spec.yml does not name it: it was left out of `layout`
    images/lab/integration_tests: these tests run with the others, before any tag moves
    images/lab/old_tests: nothing runs what is there: keg knows test, integration_tests, workflow_tests, manual_tests
    images/lab/test/look.sh is executable: keg runs it in the image, as a test of its own; chmod -x where it is none
    images/spec.yml: integration_tests of stats is not true: images/stats/integration_tests is listed, and not run
    images/stats/test: no file there is one that pytest takes for tests (test_*.py, *_test.py)
    images/stats/workflow_tests: listed, and not run; the entry in images/stats/image.yml is ready to run when `kind: manual` goes out of it
    images/spec.yml: basic_tests of its is false: images/it's/test is listed, and not run
    images/spec.yml: integration_tests of its is true, and images/it's has no folder of that name
    the tests run with this machine's python3, which needs pytest and what they import; beside each, keg runs a container of the image, whose own command has to go on
    images/lab: its tests are run in what is built on it too: stats, its
    a fixed port can be had by one test at a time: let Docker choose one (None in place of the number), or run the tests one by one with --jobs 1: images/conftest.py:2
    images/spec.yml is read no more: what it said is in keg.yml and the image.yml files, and an image is built anew when what it is built from has changed
    "#);
    for (path, text) in &import.files {
        match path.rsplit('/').next().unwrap() {
            "tests.yml" => drop(crate::yaml::parse::<crate::manifest::TestsFile>(path, text).unwrap()),
            "image.yml" => drop(crate::yaml::parse::<crate::manifest::ImageFile>(path, text).unwrap()),
            _ => drop(crate::yaml::parse::<crate::manifest::KegFile>(path, text).unwrap()),
        }
    }
}

#[test]
fn what_is_not_known_is_told() {
    let text = r#"
root: labs
images:
  lab: { info_cmds: [PY, GONE], skip_plans: [OLD, NONE], colour: red }
tags:
  - OLD: { tag_prefix: 2021.30, size: 1 }
  - NEW: { tag_prefix: 2021.4 }
tag: { suffix: x }
all_info_cmds: { PY: { command: python --version, shell: bash } }
owner: me
"#;
    let import = imported(text, Some(r#"{"BuildAll": ["spec.yml"], "BuildNone": ["x"]}"#)).unwrap();
    assert_snapshot!(shown(&import), @r#"
    --- keg.yml
    # yaml-language-server: $schema=.keg/schema/keg.yml.json
    # Made from images/spec.yml by keg init.

    layout:
      - images/lab
    common_tests: images/tests_common
    plans:
      OLD: { tag_prefix: "2021.30" }
      NEW: { tag_prefix: "2021.4" }
    info:
      PY:
        run: "python --version"
    --- images/lab/image.yml
    # Made from images/spec.yml by keg init.
    skip_plans:
      - OLD
    info:
      - PY
    --- notes
    images/spec.yml: owner: "me" is not known, and was left out
    images/spec.yml: tag.suffix: "x" is not known, and was left out
    images/spec.yml: images.lab.colour: "red" is not known, and was left out
    images/spec.yml: tags.OLD.size: 1 is not known, and was left out
    images/spec.yml: all_info_cmds.PY.shell: "bash" is not known, and was left out
    images/spec.yml: skip_plans of lab names `NONE`, which is no plan: it was left out
    images/spec.yml: info_cmds of lab names `GONE`, which is no command of all_info_cmds: it was left out
    images/gpu has a Dockerfile, and images/spec.yml does not name it: it was left out of `layout`
    images/stats has a Dockerfile, and images/spec.yml does not name it: it was left out of `layout`
    images/spec.yml: root: `labs` is no image of this file, and was left out
    images/change_ignore.json: BuildNone: ["x"] is not known, and was left out
    images/tests_common: no file there is one that pytest takes for tests (test_*.py, *_test.py)
    images/spec.yml and change_ignore.json beside it are read no more: what it said is in keg.yml and the image.yml files, and an image is built anew when what it is built from has changed
    "#);
}

#[test]
fn what_is_wrong_has_its_place() {
    let error = |text: &str| imported(text, None).unwrap_err().one_line();
    assert!(error("images: {lab: {depend_on: labs}}").contains("`labs` is no image of this file"));
    assert!(error("images: {nowhere: {}}").contains("images/nowhere/Dockerfile is not there"));
    assert!(error("pictures: {}").contains("describes no images"));
    assert!(error("images: [a, b]").contains("images/spec.yml"));
    // A circle is told when the graph is made, and does no harm here.
    let mut circle = tree();
    circle.0.insert("images/lab/test/test_lab.py", "");
    let text = "images: {lab: {depend_on: stats}, stats: {depend_on: lab}}";
    let notes = imported_from(&circle, text, None).unwrap().notes;
    assert!(notes.contains(&"images/lab: its tests are run in what is built on it too: stats".to_owned()), "{notes:?}");
    assert!(imported("images: {lab: {}}", Some("{")).unwrap_err().one_line().contains("images/change_ignore.json"));
}

#[test]
fn a_hidden_parent_is_seen() {
    let is_named = |line: &str| names_in_from(line, "lab", Some("ghcr.io/team"));
    assert!(is_named("FROM ghcr.io/team/lab:${TAG} AS x\n") && is_named("FROM ghcr.io/team/lab$TAG\n"));
    assert!(is_named("from lab@sha256:0\n") && is_named("FROM --platform=linux/amd64 lab\n"));
    assert!(!is_named("FROM ghcr.io/team/lab2:1\n# FROM lab\nRUN echo FROM lab\n"));
    assert!(!is_named("FROM ghcr.io/other/lab\n") && !is_named("FROM $BASE\n") && !is_named("FROM \n"));
    assert!(names_in_from("FROM localhost:5000/a/b/lab:${TAG}\n", "lab", Some("localhost:5000/a/b")));
    assert!(
        names_in_from("FROM team/lab\n", "lab", Some("docker.io/team")) && !names_in_from("FROM a/lab", "lab", None)
    );
}
