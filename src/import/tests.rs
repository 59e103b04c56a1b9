use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::*;

/// Files and folders by path.
struct Tree(BTreeMap<&'static str, &'static str>);

impl Folders for Tree {
    fn is_folder(&self, path: &str) -> bool {
        self.0.keys().any(|file| file.starts_with(&format!("{path}/")))
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
        ("images/tests_common/test_all.py", ""),
        ("images/conftest.py", ""),
    ]))
}

fn imported(text: &str, change_ignore: Option<&str>) -> Result<Import> {
    import(&Source { path: "images/spec.yml", text, change_ignore, registry: None }, &tree())
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
    images/spec.yml is read no more: what it said is in keg.yml and the image.yml files, and an image is built anew when what it is built from has changed
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
    skip_plans:
      - NEW
    --- notes
    images/spec.yml: tag_stable_postfix `-stable` has no counterpart: `keg promote TAG STABLE-TAG` names both tags
    images/spec.yml is read no more: what it said is in keg.yml and the image.yml files, and an image is built anew when what it is built from has changed
    "#);
}

#[test]
fn what_is_wrong_has_its_place() {
    let error = |text: &str| imported(text, None).unwrap_err().one_line();
    assert!(error("images: {lab: {depend_on: labs}}").contains("`labs` is no image of this file"));
    assert!(error("images: {nowhere: {}}").contains("images/nowhere/Dockerfile is not there"));
    assert!(error("pictures: {}").contains("describes no images"));
    assert!(error("images: [a, b]").contains("images/spec.yml"));
    assert!(imported("images: {lab: {}}", Some("{")).unwrap_err().one_line().contains("images/change_ignore.json"));
}

#[test]
fn a_hidden_parent_is_seen() {
    assert!(names_in_from("FROM ghcr.io/team/lab:${TAG} AS x\n", "lab"));
    assert!(names_in_from("from lab@sha256:0\n", "lab"));
    assert!(!names_in_from("FROM ghcr.io/team/lab2:1\n# FROM lab\nRUN echo FROM lab\n", "lab"));
}
