use super::*;
use crate::workspace::tests::{Tree, summary};

/// The proposal, then what loading it gives, then the notes; the proposal must load as it is.
#[expect(clippy::panic, reason = "the report says why the test fails")]
fn proposed(files: &[(&str, &str)]) -> String {
    let files: Vec<(String, &str)> = files.iter().map(|(path, text)| (format!("Repository/{path}"), *text)).collect();
    let tree = Tree::new(&files.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>());
    let root = tree.root().join("Repository");
    let scan = scan(&root, None).unwrap();
    std::fs::write(root.join(KEG_FILE), &scan.keg_yml).unwrap();
    let workspace = Workspace::load(&root).unwrap_or_else(|error| panic!("{}\n{}", scan.keg_yml, error.one_line()));
    let found: Vec<_> = workspace
        .images
        .iter()
        .map(|image| (image.name.clone(), workspace.shown(&image.dockerfile.path).to_owned()))
        .collect();
    let mut expected: Vec<_> =
        scan.images.iter().map(|image| (image.name.clone(), image.folder.join(&image.dockerfile))).collect();
    expected.sort();
    assert_eq!(found, expected);
    let notes: String = scan.notes.iter().map(|note| format!("note: {note}\n")).collect();
    format!("{}---\n{}{notes}", scan.keg_yml, summary(&workspace))
}

#[test]
fn full_names_of_siblings() {
    insta::assert_snapshot!(proposed(&[
        ("images/base/Dockerfile", "FROM debian:bookworm\nCOPY x /x\n"),
        ("images/scipy/Dockerfile", "FROM ghcr.io/acme/base:1.0\n"),
        ("images/ml/Dockerfile", "FROM ghcr.io/acme/scipy:1.0\nCOPY --from=ghcr.io/astral-sh/uv:1 /uv /uv\n"),
        ("images/tests_common/test_x.py", ""),
        ("scripts/run.py", ""),
        (".github/Dockerfile", "FROM x"),
        ("node_modules/p/Dockerfile", "FROM x"),
    ]), @r#"
    # yaml-language-server: $schema=.keg/schema/keg.yml.json
    # The workspace: what keg has to know about this repository as a whole.

    # Where images are published.
    registry: ghcr.io/acme

    # Folders with a Dockerfile, and Dockerfiles with other names. What an image is built on decides its kind.
    layout:
      - "images/*"
    ---
    base base <- docker.io/library/debian:bookworm [debian:bookworm] images/base/Dockerfile:1
    tap ml <- scipy [ghcr.io/acme/scipy:1.0] images/ml/Dockerfile:1 <- ghcr.io/astral-sh/uv:1 [ghcr.io/astral-sh/uv:1] images/ml/Dockerfile:2
    hub scipy <- base [ghcr.io/acme/base:1.0] images/scipy/Dockerfile:1
    "#);
}

#[test]
fn build_args_with_defaults() {
    insta::assert_snapshot!(proposed(&[
        ("datascience-notebook/Dockerfile", "ARG BASE_TAG=latest\nFROM jupyter/base-notebook:${BASE_TAG}\n"),
        ("rstudio-notebook/Dockerfile", "ARG BASE_TAG=latest\nFROM ghcr.io/ucsd-ets/datascience-notebook:${BASE_TAG}\n"),
        ("scipy-ml-notebook/Dockerfile", "ARG BASE_TAG\nARG REGISTRY=ghcr.io/ucsd-ets\nFROM ${REGISTRY}/datascience-notebook:${BASE_TAG:-latest}\n"),
        ("broken/Dockerfile", "ARG BASE\nFROM $BASE\n"),
        ("template/Dockerfile.j2", "FROM {{ base }}\n"),
    ]), @r#"
    # yaml-language-server: $schema=.keg/schema/keg.yml.json
    # The workspace: what keg has to know about this repository as a whole.

    # Where images are published.
    registry: ghcr.io/ucsd-ets

    # Folders with a Dockerfile, and Dockerfiles with other names. What an image is built on decides its kind.
    layout:
      - datascience-notebook
      - rstudio-notebook
      - scipy-ml-notebook
      # left out: broken/Dockerfile:2: FROM $BASE has no value
    ---
    base datascience-notebook <- docker.io/jupyter/base-notebook:latest [jupyter/base-notebook:${BASE_TAG}] datascience-notebook/Dockerfile:2
    tap rstudio-notebook <- datascience-notebook [ghcr.io/ucsd-ets/datascience-notebook:${BASE_TAG}] rstudio-notebook/Dockerfile:2
    tap scipy-ml-notebook <- datascience-notebook [${REGISTRY}/datascience-notebook:${BASE_TAG:-latest}] scipy-ml-notebook/Dockerfile:3
    note: left out: broken/Dockerfile:2: FROM $BASE has no value
    "#);
}

#[test]
fn any_depth_upper_case_and_suffixes() {
    insta::assert_snapshot!(proposed(&[
        ("analyses/Hello-R/Dockerfile", "FROM rocker/r-ver:4\n"),
        ("analyses/hello-python/Dockerfile", "FROM continuumio/miniconda3\n"),
        ("analyses/deep/er/module/Dockerfile", "FROM hello-r\n"),
        ("services/web/docker/Dockerfile", "FROM node:20\n"),
        ("services/web/docker/Dockerfile.dev", "FROM web-docker\n"),
        ("services/api/docker/Dockerfile", "FROM node:20\n"),
        ("services/api/docker/Dockerfile.dev", "FROM node:20\n"),
        ("My Tool/Dockerfile", "FROM node:20\n"),
        ("tools/lint.Dockerfile", "FROM alpine\n"),
        ("tools/lint.Dockerfile.dockerignore", "x\n"),
        ("Dockerfile", "FROM alpine\n"),
    ])
, @r#"
        # yaml-language-server: $schema=.keg/schema/keg.yml.json
        # The workspace: what keg has to know about this repository as a whole.

        # Where images are published, as host[:port]/namespace. Without it keg works on the engine's own image
        # store.
        # registry: ghcr.io/your-name

        # Folders with a Dockerfile, and Dockerfiles with other names. What an image is built on decides its kind.
        layout:
          - "."
          - "My Tool"
          - "analyses/*"
          - analyses/deep/er/module
          - "services/*/docker"
          - "services/*/docker/Dockerfile.dev"
          - tools

        # Names for images whose folder's name is taken or is no name for an image.
        names:
          "My Tool": my-tool
          services/api/docker: api-docker
          services/api/docker/Dockerfile.dev: api-docker-dev
          services/web/docker: web-docker
          services/web/docker/Dockerfile.dev: web-docker-dev
        ---
        base api-docker <- docker.io/library/node:20 [node:20] services/api/docker/Dockerfile:1
        base api-docker-dev <- docker.io/library/node:20 [node:20] services/api/docker/Dockerfile.dev:1
        base hello-python <- docker.io/continuumio/miniconda3 [continuumio/miniconda3] analyses/hello-python/Dockerfile:1
        base hello-r <- docker.io/rocker/r-ver:4 [rocker/r-ver:4] analyses/Hello-R/Dockerfile:1
        tap module <- hello-r [hello-r] analyses/deep/er/module/Dockerfile:1
        base my-tool <- docker.io/library/node:20 [node:20] My Tool/Dockerfile:1
        base repository <- docker.io/library/alpine [alpine] Dockerfile:1
        base tools <- docker.io/library/alpine [alpine] tools/lint.Dockerfile:1
        base web-docker <- docker.io/library/node:20 [node:20] services/web/docker/Dockerfile:1
        tap web-docker-dev <- web-docker [web-docker] services/web/docker/Dockerfile.dev:1
        "#);
}

#[test]
fn folders_of_folders() {
    let text = proposed(&[
        ("shop/web/cart/Dockerfile", "FROM alpine\n"),
        ("shop/web/desk/Dockerfile", "FROM alpine\n"),
        ("shop/jobs/mail/Dockerfile", "FROM alpine\n"),
        ("shop/jobs/bill/Dockerfile", "FROM alpine\n"),
        ("other/x/a/b/Dockerfile", "FROM alpine\n"),
        ("other/x/c/d/Dockerfile", "FROM alpine\n"),
        ("other/y/a/one/Dockerfile", "FROM alpine\n"),
        ("other/y/a/two/Dockerfile", "FROM alpine\n"),
        ("other/y/b/one-b/Dockerfile", "FROM alpine\n"),
        ("other/y/b/two-b/Dockerfile", "FROM alpine\n"),
        ("other/y/b/left/out/Dockerfile", "FROM alpine\n"),
    ]);
    let layout: Vec<&str> = text.lines().filter(|line| line.starts_with("  - ")).collect();
    insta::assert_snapshot!(layout.join("\n"), @r#"
      - other/x/a/b
      - other/x/c/d
      - "other/y/*/*"
      - other/y/b/left/out
      - "shop/*/*"
    "#);
}

#[test]
fn a_folder_called_as_an_outside_image() {
    insta::assert_snapshot!(proposed(&[
        ("images/web/Dockerfile", "FROM python:3.11\n"),
        ("images/api/Dockerfile", "FROM python:3.11\n"),
        ("images/python/README.md", ""),
    ]), @r"
        # yaml-language-server: $schema=.keg/schema/keg.yml.json
        # The workspace: what keg has to know about this repository as a whole.

        # Where images are published, as host[:port]/namespace. Without it keg works on the engine's own image
        # store.
        # registry: ghcr.io/your-name

        # Folders with a Dockerfile, and Dockerfiles with other names. What an image is built on decides its kind.
        layout:
          - images/api
          - images/web
        ---
        base api <- docker.io/library/python:3.11 [python:3.11] images/api/Dockerfile:1
        base web <- docker.io/library/python:3.11 [python:3.11] images/web/Dockerfile:1
        ");
}

#[test]
fn nothing_to_find() {
    let tree = Tree::new(&[("src/main.rs", "")]);
    assert!(scan(tree.root(), None).unwrap().images.is_empty());
    let tree = Tree::new(&[("a/Dockerfile", "ARG X\nFROM $X")]);
    let error = scan(tree.root(), None).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.one_line().contains("left out: a/Dockerfile:2: FROM $X has no value"));
}
