//! Registries as keg's border sees them: real ones, and ones that fail on purpose.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::time::Instant;

use keg::border::credentials::{self, Credential};
use keg::border::registry::Registry as Client;
use keg::error::Kind;
use keg::reference::Reference;

use crate::support::{Fault, Proxy, Registry, RegistryOptions, TokenService, Workspace};

fn reference(host: &str, rest: &str) -> Reference {
    Reference::parse(&format!("{host}/{rest}")).unwrap()
}

fn basic(username: &str, password: &str) -> Credential {
    Credential::Basic { username: username.to_owned(), password: password.to_owned() }
}

fn with_password() -> RegistryOptions {
    RegistryOptions { htpasswd: Some(("user".to_owned(), "pass".to_owned())), ..RegistryOptions::default() }
}

#[tokio::test]
async fn manifests_are_read_and_retagged_as_they_are() {
    let (registry, workspace) = (Registry::start(), Workspace::new());
    let digest = registry.put_image("a/b", "one", &[("dev.keg.key", "k")]);
    let client = Client::new(&workspace.settings());
    let one = reference(&registry.host(), "a/b:one");

    let head = client.head(&one).await.unwrap().unwrap();
    let manifest = client.manifest(&one).await.unwrap().unwrap();
    assert_eq!((&head.digest, &manifest.digest), (&digest, &digest));
    assert_eq!(head.size, manifest.bytes.len() as u64);
    assert_eq!(head.media_type, manifest.media_type);
    assert_eq!(client.head(&one.with_digest(&digest)).await.unwrap(), Some(head));

    let two = one.with_tag("two");
    assert_eq!(client.put_manifest(&two, &manifest).await.unwrap(), digest);
    assert_eq!(registry.manifest("a/b", "two").unwrap().0, digest);
    assert_eq!(client.tags(&one).await.unwrap().unwrap(), ["one", "two"]);
    assert_eq!(client.repositories(&registry.host()).await.unwrap(), ["a/b"]);
    assert_eq!(client.config_labels(&two).await.unwrap().unwrap()["dev.keg.key"], "k");
}

#[tokio::test]
async fn what_is_missing_is_none() {
    let (registry, workspace) = (Registry::start(), Workspace::new());
    registry.put_image("a", "one", &[]);
    let client = Client::new(&workspace.settings());
    let digest = format!("sha256:{}", "0".repeat(64));
    let missing = reference(&registry.host(), "a:two");
    for missing in [&missing, &missing.with_digest(&digest), &reference(&registry.host(), "none:one")] {
        assert_eq!(client.head(missing).await.unwrap(), None);
        assert_eq!(client.manifest(missing).await.unwrap(), None);
        assert_eq!(client.config_labels(missing).await.unwrap(), None);
    }
    assert_eq!(client.tags(&reference(&registry.host(), "none")).await.unwrap(), None);
    client.ping(&registry.host()).await.unwrap();
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let (registry, workspace) = (Registry::start(), Workspace::new());
    let names = ["a", "b", "c", "d", "e"];
    for name in names {
        registry.put_image(name, "one", &[]);
    }
    // As a registry does that allows no more than two names a page.
    let proxy = Proxy::before(&registry);
    proxy.replace("n=1000", "n=2");
    let client = Client::new(&workspace.settings());
    assert_eq!(client.repositories(&proxy.host()).await.unwrap(), names);
    let pages = proxy.take_requests().into_iter().filter(|request| request.contains("_catalog"));
    assert_eq!(pages.count(), 3);
}

#[tokio::test]
async fn an_index_has_the_labels_of_its_image() {
    let (registry, workspace) = (Registry::start(), Workspace::new());
    registry.put_image("a", "image", &[("color", "red")]);
    let (digest, manifest) = registry.manifest("a", "image").unwrap();
    let architecture = if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" };
    let index = serde_json::json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{
            "mediaType": manifest["mediaType"], "digest": digest, "size": manifest.to_string().len(),
            "platform": { "os": "linux", "architecture": architecture },
        }],
    });
    let digest = registry.put_manifest("a", "index", &index);
    let client = Client::new(&workspace.settings());
    let index = reference(&registry.host(), "a:index");
    assert_eq!(client.head(&index).await.unwrap().unwrap().digest, digest);
    assert_eq!(client.config_labels(&index).await.unwrap().unwrap()["color"], "red");
}

#[tokio::test]
async fn manifests_are_deleted_by_digest() {
    let (registry, workspace) = (Registry::start(), Workspace::new());
    let digest = registry.put_image("a", "one", &[]);
    let client = Client::new(&workspace.settings());
    let one = reference(&registry.host(), "a:one");
    assert_eq!(client.delete_manifest(&one).await.unwrap_err().kind(), Kind::Request);
    assert!(client.delete_manifest(&one.with_digest(&digest)).await.unwrap());
    assert!(!client.delete_manifest(&one.with_digest(&digest)).await.unwrap());
    assert_eq!(registry.manifest("a", "one"), None);

    let fixed = Registry::start_with(RegistryOptions::default());
    let digest = fixed.put_image("a", "one", &[]);
    let error = client.delete_manifest(&reference(&fixed.host(), "a").with_digest(&digest)).await.unwrap_err();
    assert!(error.message().contains("does not allow"), "{error:?}");
    assert!(fixed.manifest("a", "one").is_some());
}

#[tokio::test]
async fn a_password_is_used_where_it_is_wanted() {
    let (registry, workspace) = (Registry::start_with(with_password()), Workspace::new());
    let digest = registry.put_image("a", "one", &[]);
    let one = reference(&registry.host(), "a:one");

    let error = Client::new(&workspace.settings()).head(&one).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Request);
    assert!(error.remedy().unwrap().contains(&format!("keg login {}", registry.host())), "{error:?}");

    workspace.log_in(&registry.host(), "user", "pass");
    let client = Client::new(&workspace.settings());
    assert_eq!(client.head(&one).await.unwrap().unwrap().digest, digest);
    let manifest = client.manifest(&one).await.unwrap().unwrap();
    client.put_manifest(&one.with_tag("two"), &manifest).await.unwrap();

    workspace.log_in(&registry.host(), "user", "hunter2");
    let error = Client::new(&workspace.settings()).manifest(&one).await.unwrap_err();
    assert!(error.message().contains("stored login"), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");

    client.check_login(&registry.host(), &basic("user", "pass")).await.unwrap();
    let error = client.check_login(&registry.host(), &basic("user", "hunter2")).await.unwrap_err();
    assert!(error.message().contains("refuses this user name or password"), "{error:?}");
    client.ping(&registry.host()).await.unwrap();
}

#[tokio::test]
async fn tokens_are_got_once_for_each_repository() {
    let service = TokenService::start();
    let options = RegistryOptions { token_service: Some(service.clone()), delete: true, ..RegistryOptions::default() };
    let (registry, workspace) = (Registry::start_with(options), Workspace::new());
    let digest = registry.put_image("a", "one", &[]);
    let one = reference(&registry.host(), "a:one");

    // Nobody may read, but not write.
    let nobody = Client::new(&workspace.settings());
    let manifest = nobody.manifest(&one).await.unwrap().unwrap();
    assert_eq!(nobody.head(&one).await.unwrap().unwrap().digest, digest);
    assert_eq!(service.take_requests(), ["GET service=registry scope=repository:a:pull"]);
    let error = nobody.put_manifest(&one.with_tag("two"), &manifest).await.unwrap_err();
    assert!(error.message().contains("wants a login"), "{error:?}");
    service.take_requests();

    // The user with a password.
    workspace.log_in(&registry.host(), TokenService::USER, TokenService::PASSWORD);
    let user = Client::new(&workspace.settings());
    let (two, three) = (one.with_tag("two"), one.with_tag("three"));
    let (first, second) = tokio::join!(user.put_manifest(&two, &manifest), user.put_manifest(&three, &manifest));
    assert_eq!((first.unwrap(), second.unwrap()), (digest.clone(), digest.clone()));
    assert_eq!(service.take_requests(), ["GET service=registry scope=repository:a:pull,push account=user"]);
    assert_eq!(user.repositories(&registry.host()).await.unwrap(), ["a"]);
    assert!(user.delete_manifest(&one.with_digest(&digest)).await.unwrap());
    service.take_requests();

    // A token in place of the password.
    let token = Credential::IdentityToken(TokenService::REFRESH_TOKEN.to_owned());
    credentials::store(&workspace.settings(), &registry.host(), &token).await.unwrap();
    assert_eq!(Client::new(&workspace.settings()).tags(&one).await.unwrap(), Some(Vec::new()));
    let asked = service.take_requests().join("\n");
    assert!(asked.starts_with("POST grant_type=refresh_token service=registry client_id=keg"), "{asked}");

    // Logins are tried before they are stored.
    user.check_login(&registry.host(), &basic(TokenService::USER, TokenService::PASSWORD)).await.unwrap();
    user.check_login(&registry.host(), &token).await.unwrap();
    let error = user.check_login(&registry.host(), &basic("user", "hunter2")).await.unwrap_err();
    assert!(error.message().contains("refuses this user name or password"), "{error:?}");
}

#[tokio::test]
async fn own_authorities_are_trusted_for_their_host() {
    let options = RegistryOptions { tls: true, ..with_password() };
    let (registry, other) = (Registry::start_with(options.clone()), Registry::start_with(options));
    let mut workspace = Workspace::new();
    let digest = registry.put_image("a", "one", &[]);
    let one = reference(&registry.host(), "a:one");
    workspace.log_in(&registry.host(), "user", "pass");

    let error = Client::new(&workspace.settings()).head(&one).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.message().contains("not trusted"), "{error:?}");
    assert!(error.remedy().unwrap().contains("certs.d"), "{error:?}");

    workspace.trust(&registry);
    assert_eq!(Client::new(&workspace.settings()).head(&one).await.unwrap().unwrap().digest, digest);

    // The authority of another registry does not count.
    let certificate = workspace.docker_config().join("certs.d").join(registry.host()).join("ca.crt");
    std::fs::copy(other.ca_file(), &certificate).unwrap();
    Client::new(&workspace.settings()).head(&one).await.unwrap_err();
    std::fs::write(&certificate, "no certificate").unwrap();
    let error = Client::new(&workspace.settings()).head(&one).await.unwrap_err();
    assert!(error.message().contains("ca.crt is no certificate"), "{error:?}");
    std::fs::remove_file(&certificate).unwrap();

    workspace.env("SSL_CERT_FILE", registry.ca_file().to_str().unwrap());
    assert_eq!(Client::new(&workspace.settings()).head(&one).await.unwrap().unwrap().digest, digest);
}

#[tokio::test]
async fn what_does_not_answer_is_out_of_reach() {
    let workspace = Workspace::new();
    let client = Client::new(&workspace.settings());
    let registry = Registry::start();
    let gone = registry.host();
    drop(registry);
    let error = client.ping(&gone).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.message().contains("nothing listens"), "{error:?}");
    let error = client.ping("registry.invalid").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.message().contains("registry.invalid"), "{error:?}");
}

#[tokio::test]
async fn the_proxy_of_the_environment_is_used() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://user:hunter2@127.0.0.1:{}", listener.local_addr().unwrap().port());
    let proxy = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(client.try_clone().unwrap()).read_line(&mut line).unwrap();
        client.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").unwrap();
        line
    });
    let mut workspace = Workspace::new();
    workspace.env("HTTPS_PROXY", address);
    let error = Client::new(&workspace.settings()).ping("registry.invalid").await.unwrap_err();
    assert_eq!(proxy.join().unwrap(), "CONNECT registry.invalid:443 HTTP/1.1\r\n");
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.remedy().unwrap().contains("HTTPS_PROXY"), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");

    // The proxy has gone: who is no exception fails at it.
    let error = Client::new(&workspace.settings()).ping("registry.invalid").await.unwrap_err();
    assert!(error.message().contains("nothing listens at the proxy"), "{error:?}");
    workspace.env("NO_PROXY", "other.example,.invalid");
    let error = Client::new(&workspace.settings()).ping("registry.invalid").await.unwrap_err();
    assert!(error.message().contains("there is no host"), "{error:?}");
    let registry = Registry::start();
    Client::new(&workspace.settings()).ping(&registry.host()).await.unwrap();
}

#[tokio::test]
async fn a_bad_moment_of_the_registry_is_waited_for() {
    let (registry, workspace) = (Registry::start(), Workspace::new());
    let digest = registry.put_image("a", "one", &[]);
    let proxy = Proxy::before(&registry);
    let client = Client::new(&workspace.settings());
    let one = reference(&proxy.host(), "a:one");
    client.ping(&proxy.host()).await.unwrap();
    proxy.take_requests();

    proxy.fail("GET", Fault::Status(503, "")).fail("GET", Fault::Reset);
    let manifest = client.manifest(&one).await.unwrap().unwrap();
    assert_eq!(manifest.digest, digest);
    assert_eq!(proxy.take_requests(), ["GET /v2/a/manifests/one"; 3]);

    proxy.fail("PUT", Fault::Status(429, "Retry-After: 1\r\n"));
    let begin = Instant::now();
    let before = proxy.received();
    client.put_manifest(&one.with_tag("two"), &manifest).await.unwrap();
    assert!(begin.elapsed().as_millis() >= 1000);
    assert!(proxy.received() > before);
    assert_eq!(registry.tags("a"), ["one", "two"]);
    proxy.take_requests();

    // Too many requests at once: all are held up, and all are answered.
    for _ in 0..48 {
        proxy.fail("HEAD", Fault::Status(429, "Retry-After: 1\r\n"));
    }
    let heads = futures_util::future::join_all((0..64).map(|_| client.head(&one))).await;
    assert!(heads.iter().all(|head| head.as_ref().is_ok_and(Option::is_some)), "{heads:?}");
    assert_eq!(proxy.take_requests().len(), 64 + 48);

    for _ in 0..4 {
        proxy.fail("HEAD", Fault::Status(500, ""));
    }
    let error = client.head(&one).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.message().contains("500"), "{error:?}");
    assert_eq!(proxy.take_requests().len(), 4);

    // One that asks to be asked again at once gets time all the same.
    for _ in 0..2 {
        proxy.fail("HEAD", Fault::Status(429, "Retry-After: 0\r\n"));
    }
    let begin = Instant::now();
    assert!(client.head(&one).await.unwrap().is_some());
    assert!(begin.elapsed().as_millis() >= 250 + 500);
    assert_eq!(proxy.take_requests().len(), 3);

    // One that asks for more time than anybody waits is left alone.
    proxy.fail("HEAD", Fault::Status(429, "Retry-After: 3600\r\n"));
    let error = client.head(&one).await.unwrap_err();
    let remedy = error.remedy().unwrap();
    assert!(remedy.contains("wait 3600 seconds"), "{error:?}");
    assert_eq!(proxy.take_requests().len(), 1);

    // A registry without HEAD.
    proxy.fail("HEAD", Fault::Status(405, ""));
    assert_eq!(client.head(&one).await.unwrap().unwrap().digest, digest);
}
