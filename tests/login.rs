//! `keg login` and `keg logout`

use std::os::unix::fs::PermissionsExt;

use expectrl::{Expect, Session};

use crate::support::{Registry, RegistryOptions, TokenService, Workspace};

/// A registry for `user` with the password `pass word`.
fn registry(tls: bool) -> Registry {
    let htpasswd = Some(("user".to_owned(), "pass word".to_owned()));
    Registry::start_with(RegistryOptions { htpasswd, tls, ..RegistryOptions::default() })
}

/// Logs `user` in with this password.
fn login(workspace: &Workspace, host: &str, password: &str) -> crate::support::Run {
    workspace.keg_with_input(["login", host, "--username", "user", "--password-stdin"], password)
}

fn config(workspace: &Workspace) -> String {
    std::fs::read_to_string(workspace.docker_config().join("config.json")).unwrap_or_default()
}

/// A real credential helper: it keeps logins as files in `folder`, and answers as Docker's own helpers do.
fn helper(folder: &std::path::Path) -> String {
    format!(
        r#"#!/bin/sh
cd {} || exit 1
file() {{ echo "$1" | tr -c 'a-z0-9\n' _; }}
case $1 in
get) read -r key; cat "$(file "$key")" 2>/dev/null || {{ echo "credentials not found in native keychain"; exit 1; }} ;;
store) text=$(cat); key=$(echo "$text" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/'); echo "$text" > "$(file "$key")" ;;
erase) read -r key; rm "$(file "$key")" ;;
esac
"#,
        folder.display()
    )
}

#[test]
fn a_login_serves_keg_and_docker() {
    let (registry, workspace) = (registry(false), Workspace::new());
    let host = registry.host();
    let text = "{\n\t\"psFormat\": \"table\",\n\t\"auths\": {\n\t\t\"other.example\": {\n\t\t\t\"auth\": \"dTpw\"\n\t\t}\n\t},\n\t\"currentContext\": \"default\"\n}\n";
    std::fs::write(workspace.docker_config().join("config.json"), text).unwrap();

    login(&workspace, &host, "pass word\n").success().says(&format!("logged in at {host} as user"));
    let kept = config(&workspace);
    let expected = text.replace(
        "\"dTpw\"\n\t\t}\n",
        &format!("\"dTpw\"\n\t\t}},\n\t\t\"{host}\": {{\n\t\t\t\"auth\": \"dXNlcjpwYXNzIHdvcmQ=\"\n\t\t}}\n"),
    );
    assert_eq!(kept, expected);
    let mode = std::fs::metadata(workspace.docker_config().join("config.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    workspace.keg(["logout", &host]).success().says("logged out of");
    assert_eq!(config(&workspace), text);
    workspace.keg(["logout", &host]).success().says("no login");
}

#[test]
fn a_wrong_password_is_not_stored() {
    let (registry, workspace) = (registry(false), Workspace::new());
    let run = login(&workspace, &registry.host(), "hunter2\n").code(2).complains("refuses this user name or password");
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    assert_eq!(config(&workspace), "");
    login(&workspace, &registry.host(), "\n").code(2).complains("the password is empty");
}

#[test]
fn tls_is_checked_before_the_password_is_sent() {
    let (registry, other, workspace) = (registry(true), self::registry(true), Workspace::new());
    let host = registry.host();
    login(&workspace, &host, "pass word").code(3).complains("is not trusted").complains("certs.d");
    workspace.trust(&registry);
    login(&workspace, &host, "pass word").success();

    let certificate = workspace.docker_config().join("certs.d").join(&host).join("ca.crt");
    std::fs::copy(other.ca_file(), certificate).unwrap();
    login(&workspace, &host, "pass word").code(3).complains("is not trusted");
}

#[test]
fn a_credential_helper_keeps_the_login() {
    let (registry, mut workspace) = (registry(false), Workspace::new());
    let host = registry.host();
    let text = "{\"credsStore\": \"files\"}";
    std::fs::write(workspace.docker_config().join("config.json"), text).unwrap();
    login(&workspace, &host, "pass word").code(2).complains("docker-credential-files");

    let logins = workspace.outside("logins");
    workspace.script("docker-credential-files", &helper(&logins));
    login(&workspace, &host, "pass word").success().says("docker-credential-files keeps the login");
    assert_eq!(config(&workspace), text);
    assert_eq!(std::fs::read_dir(&logins).unwrap().count(), 1);

    workspace.keg(["logout", &host]).success().says("logged out of");
    assert_eq!(std::fs::read_dir(&logins).unwrap().count(), 0);
    workspace.keg(["logout", &host]).success().says("no login");
}

#[test]
fn token_services_check_logins() {
    let service = TokenService::start();
    let options = RegistryOptions { token_service: Some(service.clone()), ..RegistryOptions::default() };
    let (registry, workspace) = (Registry::start_with(options), Workspace::new());
    login(&workspace, &registry.host(), "hunter2").code(2).complains("refuses this user name or password");
    login(&workspace, &registry.host(), TokenService::PASSWORD).success();
    assert!(config(&workspace).contains("dXNlcjpwYXNz"));
    assert_eq!(service.take_requests().last().unwrap(), "GET service=registry account=user");
}

#[test]
fn the_workspace_says_where_to_log_in() {
    let (registry, workspace) = (registry(false), Workspace::new());
    let host = registry.host();
    workspace.file("keg.yml", format!("registry: {host}/team\n"));
    workspace.file("base/Dockerfile", "FROM scratch\n");
    let run = workspace
        .keg_with_input(["--format", "json", "login", "--username", "user", "--password-stdin"], "pass word\r\n")
        .success();
    let result = run.json();
    assert_eq!((&result["registry"], &result["username"]), (&host.clone().into(), &"user".into()));
    assert!(result["stored"]["file"].as_str().unwrap().ends_with("config.json"));
    assert_eq!(workspace.keg(["--format", "json", "logout"]).success().json()["erased"], true);
}

#[test]
fn what_is_missing_is_said() {
    let workspace = Workspace::new();
    workspace.keg(["login", "localhost:1"]).code(2).complains("the user name is missing").complains("--password-stdin");
    workspace.keg(["login", "localhost:1", "--username", "u"]).code(2).complains("the password is missing");
    workspace.keg(["login", "a b", "--username", "u"]).code(2).complains("is not a registry host");
    workspace.keg(["login", "web", "--username", "u"]).code(2).complains("is not a registry host");
    login(&workspace, "localhost:1", "p").code(3).complains("nothing listens at localhost:1");
    let broken = workspace.docker_config().join("config.json");
    std::fs::write(&broken, "{ \"auths\": ").unwrap();
    workspace.keg(["logout", "ghcr.io"]).code(2).complains("config.json");
    assert_eq!(config(&workspace), "{ \"auths\": ");
}

#[test]
fn a_terminal_is_asked() {
    let (registry, workspace) = (registry(false), Workspace::new());
    let mut command = workspace.keg_command(["login", &registry.host()]);
    command.env("TERM", "xterm");
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(std::time::Duration::from_secs(30)));
    session.expect("User name").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    session.send_line("user").unwrap();
    session.expect("Password").unwrap();
    // What is typed before the terminal hides it is thrown away, so that nobody's password is shown by chance.
    std::thread::sleep(std::time::Duration::from_millis(500));
    session.send_line("pass word").unwrap();
    let shown = session.expect("logged in at").unwrap();
    assert!(!String::from_utf8_lossy(shown.before()).contains("pass word"));
    session.expect(expectrl::Eof).unwrap();
    assert!(config(&workspace).contains("dXNlcjpwYXNzIHdvcmQ="));
}
