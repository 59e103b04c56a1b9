use super::*;
use crate::border::engine::address::Address;
use crate::cli::Global;
use crate::env_vars::Variables;

/// A folder with Docker's client configuration in `docker` and keg's in `keg.yml`.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn context(&self, name: &str, host: &str, with_certificates: bool) -> &Self {
        let meta = serde_json::json!({
            "Name": name, "Metadata": {}, "Endpoints": { "docker": { "Host": host, "SkipTLSVerify": false } },
        });
        self.file(&format!("docker/contexts/meta/{}/meta.json", identity(name)), &meta.to_string());
        if with_certificates {
            self.file(&format!("docker/contexts/tls/{}/docker/ca.pem", identity(name)), "");
        }
        self
    }

    fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn found(&self, flag: Option<&str>, pairs: &[(&str, &str)]) -> Result<Endpoint> {
        let path = |name: &str| self.0.path().join(name).display().to_string();
        let mut all = vec![("DOCKER_CONFIG".to_owned(), path("docker")), ("KEG_CONFIG".to_owned(), path("keg.yml"))];
        all.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let flags = Global { context: flag.map(str::to_owned), ..Global::default() };
        Endpoint::of(&Settings::resolve(&flags, all.into_iter().collect::<Variables>()).unwrap())
    }

    fn address(&self, pairs: &[(&str, &str)]) -> Result<String> {
        Ok(Address::of(&self.found(None, pairs)?)?.to_string())
    }
}

#[test]
fn who_names_an_engine_in_which_order() {
    let place = Place::new();
    for (name, host) in [("a", "tcp://a"), ("b", "tcp://b"), ("c", "tcp://c"), ("d", "tcp://d")] {
        place.context(name, host, false);
    }
    let told = |flag, pairs: &[_]| {
        let found = place.found(flag, pairs).unwrap();
        format!("{} by {}", found.host, found.origin)
    };
    assert_eq!(told(None, &[]), "unix:///var/run/docker.sock by default");
    place.file("docker/config.json", "{\"currentContext\": \"d\"}");
    assert_eq!(told(None, &[]), "tcp://d by Docker's current context d");
    place.file("keg.yml", "context: c\n");
    assert_eq!(told(None, &[]), "tcp://c by context c of the user config");
    let variable = ("DOCKER_CONTEXT", "b");
    assert_eq!(told(None, &[variable]), "tcp://b by DOCKER_CONTEXT=b");
    let host = ("DOCKER_HOST", "tcp://h");
    assert_eq!(told(None, &[variable, host]), "tcp://h by DOCKER_HOST");
    assert_eq!(told(Some("a"), &[variable, host]), "tcp://a by --context a");
    assert_eq!(told(Some("default"), &[variable]), "unix:///var/run/docker.sock by --context default");
}

#[test]
fn a_mistyped_key_of_the_user_config_does_not_choose_another_engine() {
    let place = Place::new();
    let error = place.file("keg.yml", "contex: a\n").found(None, &[]).unwrap_err();
    assert_eq!((error.exit_code(), error.remedy()), (2, Some("Did you mean `context`?")));
    assert!(error.message().ends_with("keg.yml: `contex` is no key here"), "{error}");
    place.file("keg.yml", "theme: dark\n# nothing else\n").found(None, &[]).unwrap();
}

#[test]
fn a_context_that_is_not_there_tells_which_are() {
    let place = Place::new();
    let error = place.context("team-box", "ssh://box", false).found(Some("team-bux"), &[]).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert_eq!(error.message(), "there is no context `team-bux`, which --context team-bux names");
    assert_eq!(error.remedy(), Some("did you mean team-box? There are: default, team-box"));
    place.file(&format!("docker/contexts/meta/{}/meta.json", identity("x")), "{");
    assert!(place.found(Some("x"), &[]).unwrap_err().message().contains("x cannot be used"));
    place.file(&format!("docker/contexts/meta/{}/meta.json", identity("x")), "{\"Name\": \"x\"}");
    assert!(place.found(Some("x"), &[]).unwrap_err().message().contains("names no Docker engine"));
}

#[test]
fn other_programs_are_sent_to_the_engine_of_a_context() {
    let place = Place::new();
    place.context("safe", "tcp://box:2376", true).context("plain", "tcp://box", false);
    let variables = |name| place.found(Some(name), &[]).unwrap().variables();
    let certificates = place.0.path().join("docker/contexts/tls").join(identity("safe")).join("docker");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        variables("safe"),
        [
            pair("DOCKER_HOST", "tcp://box:2376"),
            pair("DOCKER_CONTEXT", ""),
            pair("DOCKER_TLS_VERIFY", "1"),
            pair("DOCKER_CERT_PATH", certificates.to_str().unwrap()),
        ]
    );
    let plain = [pair("DOCKER_HOST", "tcp://box"), pair("DOCKER_CONTEXT", ""), pair("DOCKER_TLS_VERIFY", "")];
    assert_eq!(variables("plain"), plain);
    assert_eq!(place.found(None, &[("DOCKER_HOST", "tcp://h")]).unwrap().variables(), []);
}

#[test]
fn addresses() {
    let place = Place::new();
    assert_eq!(place.address(&[]).unwrap(), "unix:///var/run/docker.sock");
    for (host, shown) in [
        ("unix:///run/x.sock", "unix:///run/x.sock"),
        ("tcp://box", "tcp://box:2375"),
        ("box:99", "tcp://box:99"),
        ("tcp://[::1]/", "tcp://[::1]:2375"),
        ("ssh://me@box:22", "ssh://me@box:22"),
    ] {
        assert_eq!(place.address(&[("DOCKER_HOST", host)]).unwrap(), shown);
    }
    let tls = [("DOCKER_HOST", "tcp://box"), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/certs")];
    assert_eq!(place.address(&tls).unwrap(), "tcp://box:2376");
    assert_eq!(place.found(None, &tls).unwrap().certificates, Some("/certs".into()));
    for wrong in ["unix://relative", "npipe:////./pipe/x", "ssh://", "ssh://me:secret@box"] {
        let error = place.address(&[("DOCKER_HOST", wrong)]).unwrap_err();
        assert_eq!((error.exit_code(), error.message().contains("DOCKER_HOST=")), (2, true), "{wrong}");
    }
}
