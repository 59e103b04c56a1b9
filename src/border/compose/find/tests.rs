use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::env_vars::Variables;
use crate::settings::{Format, Verbosity};

fn settings(folder: &Path, variables: &[(&str, String)]) -> Settings {
    Settings {
        current_folder: folder.to_owned(),
        workspace: None,
        branch: None,
        environment: None,
        context: None,
        format: Format::Text,
        verbosity: Verbosity::Normal,
        color: false,
        stderr_is_terminal: false,
        interactive: false,
        registry_timeout: std::time::Duration::from_secs(60),
        variables: variables.iter().map(|(name, value)| (*name, value.clone())).collect::<Variables>(),
    }
}

fn program(path: &Path, text: &str) -> String {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_string_lossy().into_owned()
}

fn plugins_are_installed() -> bool {
    PLUGIN_FOLDERS.iter().any(|folder| Path::new(folder).join("docker-compose").exists())
}

#[tokio::test]
async fn a_plugin_is_used_without_being_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = program(&folder.path().join("config/cli-plugins/docker-compose"), "#!/bin/false\n");
    let settings = settings(folder.path(), &[("DOCKER_CONFIG", "config".into())]);
    assert_eq!(Compose::find(&settings).await.unwrap(), Compose::at(file, Flavor::Two));
}

#[tokio::test]
async fn programs_on_the_path_are_told_apart() {
    if plugins_are_installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bin");
    let settings = settings(folder.path(), &[("PATH", path.to_string_lossy().into_owned())]);
    assert_eq!(Compose::find(&settings).await.unwrap_err().exit_code(), 3);

    let file = program(&path.join("docker-compose"), "#!/usr/bin/python3\n");
    assert_eq!(Compose::find(&settings).await.unwrap(), Compose::at(file, Flavor::One));
    let file = program(&path.join("docker-compose"), "#!/bin/sh\necho v2.26.1\n");
    assert_eq!(Compose::find(&settings).await.unwrap(), Compose::at(file, Flavor::Two));
    let file = program(&path.join("docker-compose"), "#!/bin/sh\necho 1.29.2\n");
    assert_eq!(Compose::find(&settings).await.unwrap(), Compose::at(&file, Flavor::One));

    program(&path.join("docker"), "#!/bin/sh\nexit 1\n");
    assert_eq!(Compose::find(&settings).await.unwrap(), Compose::at(file, Flavor::One));
    let docker = program(&path.join("docker"), "#!/bin/sh\necho 2.26.1\n");
    let found = Compose::find(&settings).await.unwrap();
    assert_eq!((found.program, found.leading, found.flavor), (docker, vec!["compose".to_owned()], Flavor::Two));
}
