//! A real registry: the CNCF distribution program on a port of its own.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::certificates;
use super::http::{Answer, Request};
use super::process::{command, run};
use super::set_up;
use super::token_service::TokenService;

const MANIFESTS: &str = "application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";

/// How a registry is set up.
#[derive(Debug, Clone, Default)]
pub struct RegistryOptions {
    /// User name and password that everyone must give.
    pub htpasswd: Option<(String, String)>,
    /// HTTPS with a certificate from an authority of its own.
    pub tls: bool,
    /// Whether manifests may be deleted.
    pub delete: bool,
    /// The token service that everyone must go to, as with ghcr.io and Docker Hub.
    pub token_service: Option<Arc<TokenService>>,
}

/// A running registry; ends when dropped.
#[derive(Debug)]
pub struct Registry {
    child: Child,
    port: u16,
    options: RegistryOptions,
    folder: TempDir,
}

impl Registry {
    /// An open registry without TLS that allows deletion.
    pub fn start() -> Self {
        Self::start_with(RegistryOptions { delete: true, ..RegistryOptions::default() })
    }

    /// A registry set up by `options`, once it answers.
    pub fn start_with(options: RegistryOptions) -> Self {
        set_up::ensure("the program `docker-registry`", || set_up::has_program("docker-registry"));
        let folder = tempfile::Builder::new().prefix("kegtest-registry").tempdir().unwrap();
        if options.tls {
            certificates::write(folder.path());
        }
        if let Some((user, password)) = &options.htpasswd {
            set_up::ensure("the program `htpasswd`", || set_up::has_program("htpasswd"));
            let entry = run(command("htpasswd").args(["-iBn", user]), password.as_bytes()).success();
            std::fs::write(folder.path().join("htpasswd"), entry).unwrap();
        }
        // Another process may take the port between its choice and its use.
        for _ in 0..5 {
            let port = free_port();
            let mut child = spawn(folder.path(), &config(&options, port, folder.path()));
            if listens(&mut child, folder.path()) {
                return Self { child, port, options, folder };
            }
        }
        panic!("no registry: {}", read_log(folder.path()));
    }

    /// `127.0.0.1:<port>`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate file of the authority to trust; only with TLS.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// The digest and text of a manifest; `None` where the registry has none.
    pub fn manifest(&self, repository: &str, tag: &str) -> Option<(String, Value)> {
        let mut request = self.request(&format!("{repository}/manifests/{tag}"));
        request.accept = Some(MANIFESTS);
        let answer = found(request.answer().unwrap())?;
        Some((answer.headers["docker-content-digest"].clone(), answer.json()))
    }

    /// The labels of the image under a tag; `None` where the registry has none.
    pub fn labels(&self, repository: &str, tag: &str) -> Option<Value> {
        let (_, manifest) = self.manifest(repository, tag)?;
        let digest = manifest["config"]["digest"].as_str().unwrap();
        let answer = found(self.request(&format!("{repository}/blobs/{digest}")).answer().unwrap())?;
        Some(answer.json()["config"]["Labels"].clone())
    }

    /// The tags of a repository, sorted; none where the registry does not have it.
    pub fn tags(&self, repository: &str) -> Vec<String> {
        let answer = found(self.request(&format!("{repository}/tags/list")).answer().unwrap());
        answer.map_or_else(Vec::new, |answer| texts(&answer.json()["tags"]))
    }

    /// All repositories, sorted.
    pub fn catalog(&self) -> Vec<String> {
        texts(&self.request("_catalog").answer().unwrap().json()["repositories"])
    }

    /// Puts an image of one layer with these labels under `tag` and gives its digest.
    pub fn put_image(&self, repository: &str, tag: &str, labels: &[(&str, &str)]) -> String {
        let labels: serde_json::Map<String, Value> =
            labels.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        let layer = self.put_blob(repository, repository.as_bytes());
        let config = serde_json::json!({
            "architecture": "amd64", "os": "linux", "config": { "Labels": labels },
            "rootfs": { "type": "layers", "diff_ids": [layer["digest"]] },
        });
        let mut config = self.put_blob(repository, config.to_string().as_bytes());
        config["mediaType"] = "application/vnd.docker.container.image.v1+json".into();
        let manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": config, "layers": [layer],
        });
        self.put_manifest(repository, tag, &manifest)
    }

    /// Puts a manifest under `tag` and gives its digest.
    pub fn put_manifest(&self, repository: &str, tag: &str, manifest: &Value) -> String {
        let kind = match manifest["mediaType"].as_str() {
            Some("application/vnd.oci.image.index.v1+json") => "application/vnd.oci.image.index.v1+json",
            _ => "application/vnd.docker.distribution.manifest.v2+json",
        };
        let mut request = self.request(&format!("{repository}/manifests/{tag}"));
        request.send = Some(("PUT", kind, manifest.to_string().into_bytes()));
        let answer = request.answer().unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.headers["docker-content-digest"].clone()
    }

    /// Deletes a manifest by its digest, with all its tags.
    pub fn delete(&self, repository: &str, digest: &str) {
        let mut request = self.request(&format!("{repository}/manifests/{digest}"));
        request.send = Some(("DELETE", "", Vec::new()));
        assert_eq!(request.answer().unwrap().status, 202);
    }

    /// Uploads a blob and gives its descriptor.
    fn put_blob(&self, repository: &str, content: &[u8]) -> Value {
        let digest = digest(content);
        let mut begin = self.request(&format!("{repository}/blobs/uploads/"));
        begin.send = Some(("POST", "", Vec::new()));
        let mut finish = self.request("");
        finish.url = format!("{}&digest={digest}", begin.answer().unwrap().headers["location"]);
        finish.send = Some(("PUT", "application/octet-stream", content.to_vec()));
        assert_eq!(finish.answer().unwrap().status, 201);
        let kind = "application/vnd.docker.image.rootfs.diff.tar.gzip";
        serde_json::json!({ "mediaType": kind, "size": content.len(), "digest": digest })
    }

    fn request(&self, path: &str) -> Request {
        let scheme = if self.options.tls { "https" } else { "http" };
        let mut request = Request::get(format!("{scheme}://127.0.0.1:{}/v2/{path}", self.port));
        request.login = self.options.htpasswd.clone();
        request.token = self.options.token_service.as_ref().map(|service| service.token_for_everything());
        request.authority = self.options.tls.then(|| self.ca_file());
        request
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn config(options: &RegistryOptions, port: u16, folder: &Path) -> Value {
    let mut config = serde_json::json!({
        "version": "0.1",
        "log": { "level": "info" },
        "storage": {
            "filesystem": { "rootdirectory": folder.join("storage") },
            "delete": { "enabled": options.delete },
        },
        "http": { "addr": format!("127.0.0.1:{port}") },
    });
    if options.tls {
        config["http"]["tls"] =
            serde_json::json!({ "certificate": folder.join("server.crt"), "key": folder.join("server.key") });
    }
    if let Some(service) = &options.token_service {
        config["auth"] = service.registry_settings(folder);
    }
    if options.htpasswd.is_some() {
        config["auth"] = serde_json::json!({ "htpasswd": { "realm": "test", "path": folder.join("htpasswd") } });
    }
    config
}

fn spawn(folder: &Path, config: &Value) -> Child {
    // JSON is YAML.
    std::fs::write(folder.join("config.yml"), config.to_string()).unwrap();
    let log = File::create(folder.join("log")).unwrap();
    command("docker-registry")
        .arg("serve")
        .arg(folder.join("config.yml"))
        .env_clear()
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Waits until the program says that it listens; `false` when it has ended instead.
fn listens(child: &mut Child, folder: &Path) -> bool {
    let deadline = Instant::now() + Duration::from_secs(30);
    while child.try_wait().unwrap().is_none() {
        // The log tells this registry from another one that took the port.
        if read_log(folder).contains("listening on") {
            return true;
        }
        assert!(Instant::now() < deadline, "the registry does not listen: {}", read_log(folder));
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

fn read_log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

fn found(answer: Answer) -> Option<Answer> {
    match answer.status {
        200 => Some(answer),
        404 => None,
        _ => panic!("unexpected answer: {answer:?}"),
    }
}

fn texts(list: &Value) -> Vec<String> {
    let mut texts: Vec<String> =
        list.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect();
    texts.sort();
    texts
}

/// A port that nothing listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The digest of `content`: `sha256:…`.
pub fn digest(content: &[u8]) -> String {
    let hexadecimal: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hexadecimal}")
}
