//! Images go to a registry and come back.

use std::sync::{Arc, Mutex};

use keg::border::credentials::Credential;
use keg::event::{Event, Events};
use keg::reference::Reference;

use super::folder::{Folder, build, engine, happened, own_words};
use crate::support::{self, Registry, RegistryOptions};

const PASSWORD: &str = "x~~~y~~??>>";

fn login() -> Option<Credential> {
    Some(Credential::Basic { username: "me".into(), password: PASSWORD.into() })
}

fn protected() -> Registry {
    Registry::start_with(RegistryOptions {
        htpasswd: Some(("me".into(), PASSWORD.into())),
        ..RegistryOptions::default()
    })
}

/// The bytes done and in all, as they were told.
fn transfers(events: &[Event]) -> Vec<(u64, u64)> {
    let transfers = events.iter().filter_map(|event| match event {
        Event::Transfer { step, done, total } => {
            assert_eq!(step, "push web");
            Some((*done, *total))
        }
        _ => None,
    });
    transfers.collect()
}

#[tokio::test]
async fn an_image_goes_up_and_comes_down() {
    let folder = Folder::new();
    let registry = protected();
    let engine = engine();
    let reference = Reference::parse(&format!("{}/team/a/{}:keg-1", registry.host(), folder.name)).unwrap();
    // Not a build: its cache would keep the layer on the engine.
    let write = "head -c 12000000 /dev/urandom > /random";
    support::docker(["run", "--name", &folder.name, &folder.root.to_string(), "sh", "-c", write]).success();
    support::docker(["commit", &folder.name, &reference.to_string()]).success();
    support::docker(["rm", &folder.name]).success();

    let (events, receiver) = Events::channel();
    let digest = engine.push(&reference, login(), "push web", &events).await.unwrap();
    let told = transfers(&happened(receiver));
    let (done, total) = *told.last().unwrap();
    assert!(done == total && total > 12_000_000, "{told:?}");
    assert!(told.iter().all(|(done, total)| done <= total), "{told:?}");
    assert_eq!(registry.manifest(reference.path(), "keg-1").unwrap().0, digest);
    assert_eq!(engine.push(&reference, login(), "push web", &Events::none()).await.unwrap(), digest);

    engine.remove_image(&reference.to_string()).await.unwrap();
    let (events, receiver) = Events::channel();
    engine.pull(&reference, None, login(), "push web", &events).await.unwrap();
    let told = transfers(&happened(receiver));
    assert!(told.iter().any(|(_, total)| *total > 12_000_000), "{told:?}");
    let pulled = engine.inspect(&reference.to_string()).await.unwrap().unwrap();
    assert_eq!(pulled.repo_digests, [format!("{}@{digest}", reference.repository())]);
    let by_digest = Reference::parse(&reference.repository()).unwrap().with_digest(&digest);
    engine.untag(&reference).await.unwrap();
    engine.pull(&by_digest, Some("linux/amd64"), login(), "push web", &Events::none()).await.unwrap();
    assert!(engine.inspect(&by_digest.to_string()).await.unwrap().is_some());
    engine.remove_image(&pulled.id).await.unwrap();
}

#[tokio::test]
async fn a_refused_transfer_says_how_to_log_in() {
    let folder = Folder::new();
    let registry = protected();
    let engine = engine();
    let reference = Reference::parse(&format!("{}/{}:1", registry.host(), folder.name)).unwrap();
    engine.tag(&folder.root.to_string(), &reference).await.unwrap();
    let wrong = Credential::Basic { username: "me".into(), password: "wrong".into() };
    let help = format!("keg login {}", registry.host());
    for credential in [None, Some(wrong)] {
        let error = engine.push(&reference, credential.clone(), "push", &Events::none()).await.unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert!(error.remedy().is_some_and(|remedy| remedy.contains(&help)), "{error:?}");
        let error = engine.pull(&reference, None, credential, "pull", &Events::none()).await.unwrap_err();
        assert!(error.remedy().is_some_and(|remedy| remedy.contains(&help)), "{error:?}");
    }
    let missing = reference.with_tag("missing");
    let error = engine.pull(&missing, None, login(), "pull", &Events::none()).await.unwrap_err();
    assert!(error.remedy().is_some_and(|remedy| remedy.contains("was it pushed?")), "{error:?}");
    let error = engine.push(&missing, login(), "push", &Events::none()).await.unwrap_err();
    assert!(error.remedy().is_some_and(|remedy| remedy.contains("build it")), "{error:?}");

    drop(registry);
    for error in [
        engine.push(&reference, login(), "push", &Events::none()).await.unwrap_err(),
        engine.pull(&reference, None, login(), "pull", &Events::none()).await.unwrap_err(),
    ] {
        assert_eq!(error.exit_code(), 3, "{error:?}");
        assert!(error.message().contains(reference.domain()), "{error:?}");
    }
    engine.untag(&reference).await.unwrap();
}

#[tokio::test]
async fn a_private_base_image_is_pulled_with_the_credential_of_its_registry() {
    let folder = Folder::new();
    let registry = protected();
    let engine = engine();
    let base = Reference::parse(&format!("{}/{}:1", registry.host(), folder.name)).unwrap();
    engine.tag(&folder.root.to_string(), &base).await.unwrap();
    engine.push(&base, login(), "push", &Events::none()).await.unwrap();
    engine.untag(&base).await.unwrap();

    let dockerfile = format!("ARG BASE\nFROM ${{BASE}}\nRUN echo {} > /who\n", folder.name);
    let mut request = folder.bare_request(&dockerfile);
    request.build_args = vec![("BASE".into(), base.to_string())];
    let error = build(request.clone()).await.0.unwrap_err();
    assert_eq!(error.exit_code(), 1);
    let shown = own_words(&folder.shown(&error)).replace(&registry.host(), "<registry>");
    insta::assert_snapshot!(shown, @r"
     × build web: <registry>/<name>:1 does not exist, or <registry> does not give it to you
      ╭─[hub/web/Dockerfile:2:6]
    1 │ ARG BASE
    2 │ FROM ${BASE}
      ·      ───┬───
      ·         ╰── this image
    3 │ RUN echo <name> > /who
      ╰────
     help: if it exists, log in with an account that may use it: `keg login <registry>`
    ");

    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    request.credentials = Arc::new(move |host| {
        noted.lock().unwrap().push(host.to_owned());
        login()
    });
    build(request.clone()).await.0.unwrap();
    assert_eq!(folder.run("test", "cat /who"), format!("{}\n", folder.name));
    assert!(asked.lock().unwrap().iter().all(|host| *host == registry.host()), "{asked:?}");
    support::docker(["image", "rm", "--force", &base.to_string()]);
}
