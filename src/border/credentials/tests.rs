use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::*;
use crate::env_vars::Variables;
use crate::error::Kind;

/// A folder of Docker's settings and a folder of programs.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(config: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(place.folder.path().join("bin")).unwrap();
        if !config.is_empty() {
            std::fs::write(place.config(), config).unwrap();
        }
        place
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("config.json")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.config()).unwrap()
    }

    fn settings(&self) -> Settings {
        let path = format!("{}:/usr/bin:/bin", self.folder.path().join("bin").display());
        let folder = self.folder.path().to_str().unwrap();
        let variables: Variables = [("DOCKER_CONFIG", folder), ("PATH", &path)].into_iter().collect();
        settings(self.folder.path(), variables)
    }

    /// A real helper program that keeps logins as files, and answers as Docker's own helpers do.
    async fn with_helper(self, name: &str) -> Self {
        let logins = self.folder.path().join("logins");
        std::fs::create_dir(&logins).unwrap();
        let script = format!(
            r#"#!/bin/sh
cd {} || exit 1
file() {{ echo "$1" | tr -c 'a-z0-9\n' _; }}
case $1 in
get) read -r key; cat "$(file "$key")" 2>/dev/null || {{ echo "credentials not found in native keychain"; exit 1; }} ;;
store) text=$(cat); key=$(echo "$text" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/'); echo "$text" > "$(file "$key")" ;;
erase) read -r key; rm "$(file "$key")" ;;
esac
"#,
            logins.display()
        );
        self.with_program(&format!("docker-credential-{name}"), &script).await
    }

    /// Another process writes it: a file that this one has open for writing, even through a fork of another test,
    /// could not be run.
    async fn with_program(self, name: &str, script: &str) -> Self {
        let program = self.folder.path().join("bin").join(name);
        let write = ["-c", "cat > \"$1\" && chmod 755 \"$1\"", "sh", program.to_str().unwrap()];
        let options = crate::border::process::Options { stdin: script.as_bytes().to_vec(), ..Default::default() };
        assert!(crate::border::process::run("sh", write, &options).await.unwrap().is_success());
        self
    }
}

fn settings(folder: &Path, variables: Variables) -> Settings {
    Settings {
        current_folder: folder.to_owned(),
        workspace: None,
        branch: None,
        environment: None,
        context: None,
        format: crate::settings::Format::Text,
        verbosity: crate::settings::Verbosity::Normal,
        color: false,
        stderr_is_terminal: false,
        interactive: false,
        registry_timeout: std::time::Duration::from_secs(60),
        variables,
    }
}

fn basic(username: &str, password: &str) -> Credential {
    Credential::Basic { username: username.to_owned(), password: password.to_owned() }
}

#[tokio::test]
async fn no_settings_mean_no_login() {
    for config in
        ["", "{}", r#"{"auths": {"ghcr.io": {}}}"#, r#"{"auths": {"ghcr.io": {"auth": ""}}, "credsStore": ""}"#]
    {
        let place = Place::new(config);
        assert_eq!(lookup(&place.settings(), "ghcr.io").await.unwrap(), None, "{config}");
        assert!(!erase(&place.settings(), "quay.io").await.unwrap());
    }
}

#[tokio::test]
async fn logins_in_the_file_are_found_under_all_their_names() {
    let place = Place::new(
        r#"{"auths": {
            "https://index.docker.io/v1/": {"auth": "dTpw"},
            "https://ghcr.io": {"auth": "dTpwOnE="},
            "localhost:5000": {"identitytoken": "secret"}}}"#,
    );
    for host in ["docker.io", "index.docker.io", "registry-1.docker.io"] {
        assert_eq!(lookup(&place.settings(), host).await.unwrap(), Some(basic("u", "p")), "{host}");
    }
    assert_eq!(lookup(&place.settings(), "ghcr.io").await.unwrap(), Some(basic("u", "p:q")));
    let token = lookup(&place.settings(), "localhost:5000").await.unwrap();
    assert_eq!(token, Some(Credential::IdentityToken("secret".to_owned())));
    assert_eq!(lookup(&place.settings(), "localhost:5001").await.unwrap(), None);
}

#[tokio::test]
async fn storing_keeps_everything_else() {
    let place = Place::new(
        "{\n\t\"psFormat\": \"x\",\n\t\"auths\": {\n\t\t\"z\": {}\n\t},\n\t\"a\": [1, {\"y\": 1, \"b\": 2}]\n}\n",
    );
    std::fs::set_permissions(place.config(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let stored = store(&place.settings(), "ghcr.io", &basic("u", "p")).await.unwrap();
    assert_eq!(stored, Stored::File(place.config()));
    let expected = "{\n\t\"psFormat\": \"x\",\n\t\"auths\": {\n\t\t\"z\": {},\n\t\t\"ghcr.io\": {\n\t\t\t\"auth\": \"dTpw\"\n\t\t}\n\t},\n\t\"a\": [\n\t\t1,\n\t\t{\n\t\t\t\"y\": 1,\n\t\t\t\"b\": 2\n\t\t}\n\t]\n}\n";
    assert_eq!(place.text(), expected);
    assert_eq!(std::fs::metadata(place.config()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(lookup(&place.settings(), "ghcr.io").await.unwrap(), Some(basic("u", "p")));

    assert!(erase(&place.settings(), "ghcr.io").await.unwrap());
    assert!(!erase(&place.settings(), "ghcr.io").await.unwrap());
    assert!(!place.text().contains("ghcr.io") && place.text().contains("psFormat"));
}

#[tokio::test]
async fn storing_makes_the_folder_and_follows_links() {
    let place = Place::new("");
    let folder = place.folder.path().join("a/b");
    let variables = [("DOCKER_CONFIG", folder.to_str().unwrap())].into_iter().collect();
    store(&settings(place.folder.path(), variables), "docker.io", &basic("u", "p")).await.unwrap();
    let text = std::fs::read_to_string(folder.join("config.json")).unwrap();
    assert!(text.contains("https://index.docker.io/v1/"), "{text}");

    std::os::unix::fs::symlink(folder.join("config.json"), place.config()).unwrap();
    store(&place.settings(), "quay.io", &Credential::IdentityToken("t".to_owned())).await.unwrap();
    assert!(place.config().is_symlink());
    let text = std::fs::read_to_string(folder.join("config.json")).unwrap();
    assert!(text.contains("quay.io") && text.contains("https://index.docker.io/v1/"), "{text}");
}

#[tokio::test]
async fn helpers_keep_logins_out_of_the_file() {
    for config in [r#"{"credsStore": "files"}"#, r#"{"credHelpers": {"ghcr.io": "files", "docker.io": "files"}}"#] {
        let place = Place::new(config).with_helper("files").await;
        let settings = place.settings();
        for host in ["ghcr.io", "docker.io"] {
            assert_eq!(lookup(&settings, host).await.unwrap(), None);
            assert!(!erase(&settings, host).await.unwrap());
            let stored = store(&settings, host, &basic("u", "p\"q")).await.unwrap();
            assert_eq!(stored, Stored::Helper("docker-credential-files".to_owned()));
            assert_eq!(lookup(&settings, host).await.unwrap(), Some(basic("u", "p\"q")));
            let token = Credential::IdentityToken("t".to_owned());
            store(&settings, host, &token).await.unwrap();
            assert_eq!(lookup(&settings, host).await.unwrap(), Some(token));
            assert!(erase(&settings, host).await.unwrap());
            assert_eq!(lookup(&settings, host).await.unwrap(), None);
        }
        assert_eq!(place.text(), config);
    }
}

#[tokio::test]
async fn what_is_broken_is_explained_without_secrets() {
    let place = Place::new(r#"{"credsStore": "gone"}"#);
    let error = lookup(&place.settings(), "ghcr.io").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Request);
    assert!(error.message().contains("docker-credential-gone"), "{error:?}");
    assert!(error.remedy().is_some());

    let place = Place::new(r#"{"credsStore": "bad"}"#)
        .with_program("docker-credential-bad", "#!/bin/sh\necho '{\"Secret\": \"hunter2\"}'\nexit 1\n")
        .await;
    let error = lookup(&place.settings(), "ghcr.io").await.unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");

    for config in ["\"hunter2\"", "{\"auths\": {\"ghcr.io\": {\"auth\": \"hunter2", "[]"] {
        let error = lookup(&Place::new(config).settings(), "ghcr.io").await.unwrap_err();
        assert!(error.one_line().contains("config.json"), "{error:?}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    let place = Place::new(r#"{"auths": {"ghcr.io": {"auth": "***"}}}"#);
    let error = lookup(&place.settings(), "ghcr.io").await.unwrap_err();
    assert_eq!(error.remedy(), Some("store it anew: keg login ghcr.io"));
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?} {:?}", basic("user", "hunter2"), Credential::IdentityToken("hunter2".to_owned()));
    assert!(shown.contains("user") && !shown.contains("hunter2"), "{shown}");
}
