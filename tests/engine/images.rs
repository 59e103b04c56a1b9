//! Images and containers as the engine lists them.

use super::folder::{Folder, build, engine};
use crate::support;

#[tokio::test]
async fn images_are_listed_named_and_removed() {
    let folder = Folder::new();
    let engine = engine();
    let mut request = folder.request("RUN echo 1 > /one\n");
    request.labels.insert("dev.keg.image".into(), folder.name.clone());
    let id = build(request).await.0.unwrap().image_id;
    engine.tag(&id, &folder.reference("second")).await.unwrap();
    let listed = engine.images().await.unwrap();
    let image = listed.iter().find(|image| image.id == id).unwrap();
    let mut tags = image.tags.clone();
    tags.sort();
    assert_eq!(tags, ["second", "test"].map(|tag| folder.reference(tag).familiar()));
    assert_eq!(image.labels["dev.keg.image"], folder.name);
    // Some engines give an image its digest when it is built, others when it is uploaded.
    assert!(image.repo_digests.iter().all(|digest| digest.starts_with(&folder.name)), "{image:?}");
    assert!(image.size > 1_000_000 && image.created > 1_700_000_000, "{image:?}");
    let inspected = engine.inspect(&folder.reference("second").to_string()).await.unwrap().unwrap();
    assert_eq!((&inspected.id, inspected.created, &inspected.labels), (&image.id, image.created, &image.labels));

    engine.untag(&folder.reference("test")).await.unwrap();
    engine.untag(&folder.reference("test")).await.unwrap();
    assert_eq!(engine.inspect(&folder.reference("test").to_string()).await.unwrap(), None);
    engine.tag(&id, &folder.reference("third")).await.unwrap();
    engine.remove_image(&folder.reference("third").to_string()).await.unwrap();
    engine.remove_image(&id).await.unwrap();
    assert_eq!(engine.inspect(&id).await.unwrap(), None);
    let error = engine.tag(&id, &folder.reference("fourth")).await.unwrap_err();
    assert!(error.one_line().contains("No such image"), "{error:?}");
}

#[tokio::test]
async fn containers_are_found_by_their_labels() {
    let folder = Folder::new();
    let engine = engine();
    let root = folder.root.to_string();
    let label = format!("dev.keg.tap={}", folder.name);
    let one = format!("{}-one", folder.name);
    let script = "echo wrong >&2; sleep 0.2; for i in $(seq 30); do echo line $i; done; sleep 60";
    let health = ["--health-cmd", "true", "--health-interval", "1s"];
    let common = ["run", "--detach", "--init", "--label", &label, "--publish", "127.0.0.1::80", "--name", &one];
    support::docker([&common[..], &health[..], &[&root, "sh", "-c", script]].concat()).success();
    let two = format!("{}-two", folder.name);
    support::docker(["create", "--label", &label, "--label", "x=y", "--name", &two, &root]).success();

    let mut found = engine.containers(std::slice::from_ref(&label)).await.unwrap();
    while found.iter().any(|container| container.health.as_deref() == Some("starting")) {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        found = engine.containers(std::slice::from_ref(&label)).await.unwrap();
    }
    let log = engine.logs_tail(&found[1].id, 3).await.unwrap();
    let whole_log = engine.logs_tail(&found[1].id, 100).await.unwrap();
    support::docker(["rm", "--force", &one, &two]).success();

    let told = |index: usize| {
        let container = &found[index];
        (container.name.as_str(), container.state.as_str(), container.health.as_deref())
    };
    assert_eq!((told(0), told(1)), ((two.as_str(), "created", None), (one.as_str(), "running", Some("healthy"))));
    assert_eq!(found[1].image, root);
    assert_eq!(found[1].labels["dev.keg.tap"], folder.name);
    let port = &found[1].ports[0];
    assert_eq!((port.host_ip.as_str(), port.container_port, port.protocol.as_str()), ("127.0.0.1", 80, "tcp"));
    assert!(port.host_port > 0);
    assert_eq!(found[0].ports, []);
    assert_eq!(log, ["line 28", "line 29", "line 30"]);
    assert_eq!((whole_log.len(), whole_log[0].as_str()), (31, "wrong"));
    assert_eq!(engine.containers(&[label, "x=y".into()]).await.unwrap(), []);
}

#[tokio::test]
async fn the_engine_tells_its_version() {
    let version = engine().version().await.unwrap();
    let told =
        support::docker(["version", "--format", "{{.Server.Os}}/{{.Server.Arch}} {{.Server.Version}}"]).success();
    assert_eq!(format!("{} {}\n", version.platform, version.version), told);
    assert!(version.api_version.starts_with("1."), "{version:?}");
}
