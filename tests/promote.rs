//! `keg promote` with a real registry; the engine has no part in it.

use serde_json::json;

use crate::support::{Fault, Proxy, Registry, Workspace, image_names};

/// The images api and web of a workspace that publishes to `host`, in the namespace `team`.
fn workspace(host: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.file("keg.yml", format!("registry: {host}/team\nlayout: [images/*]\n"));
    for image in ["api", "web"] {
        workspace.file(format!("images/{image}/Dockerfile"), "FROM scratch\n");
    }
    workspace
}

/// Puts an index of images for two platforms under `tag` and gives its digest.
fn put_index(registry: &Registry, repository: &str, tag: &str) -> String {
    let platforms = ["amd64", "arm64"];
    let manifests = platforms.map(|architecture| {
        let digest = registry.put_image(repository, &format!("{tag}-{architecture}"), &[("for", architecture)]);
        let (_, manifest) = registry.manifest(repository, &digest).unwrap();
        json!({
            "mediaType": manifest["mediaType"], "digest": digest, "size": manifest.to_string().len(),
            "platform": { "os": "linux", "architecture": architecture },
        })
    });
    let kind = "application/vnd.oci.image.index.v1+json";
    let index = json!({ "schemaVersion": 2, "mediaType": kind, "manifests": manifests });
    registry.put_manifest(repository, tag, &index)
}

fn digest(registry: &Registry, image: &str, tag: &str) -> Option<String> {
    registry.manifest(&format!("team/{image}"), tag).map(|(digest, _)| digest)
}

#[test]
fn every_image_gets_the_tag_and_no_layer_is_sent() {
    let registry = Registry::start();
    let proxy = Proxy::before(&registry);
    let workspace = workspace(&proxy.host());
    let api = registry.put_image("team/api", "2026.3-fix-a-b", &[("a", "1")]);
    let web = put_index(&registry, "team/web", "2026.3-fix-a-b");
    registry.put_image("team/api", "stable", &[("a", "old")]);

    workspace.keg(["promote", "2026.3-fix-a-b", "stable", "--dry-run"]).success().says("publish 2 images");
    assert_eq!(digest(&registry, "web", "stable"), None);
    assert_ne!(digest(&registry, "api", "stable"), Some(api.clone()));

    proxy.take_requests();
    let before = proxy.received();
    workspace.keg(["promote", "2026.3-fix-a-b", "stable"]).success().says("promoted");
    assert_eq!(digest(&registry, "api", "stable"), Some(api.clone()));
    // The very index, so all its platforms.
    assert_eq!(digest(&registry, "web", "stable"), Some(web.clone()));
    let (_, index) = registry.manifest("team/web", "stable").unwrap();
    assert_eq!(index["manifests"].as_array().unwrap().len(), 2, "{index}");
    // Two manifests and nothing else was sent.
    let requests = proxy.take_requests();
    assert!(!requests.iter().any(|request| request.contains("/blobs/")), "{requests:?}");
    let mut sent: Vec<_> = requests.iter().filter(|request| !request.starts_with(['G', 'H'])).collect();
    sent.sort();
    assert_eq!(sent, ["PUT /v2/team/api/manifests/stable", "PUT /v2/team/web/manifests/stable"]);
    let manifests = ["api", "web"].map(|image| registry.manifest(&format!("team/{image}"), "stable").unwrap().1);
    let sizes: u64 = manifests.iter().map(|manifest| manifest.to_string().len() as u64).sum();
    assert_eq!(proxy.received() - before, sizes);

    workspace.keg(["promote", "2026.3-fix-a-b", "stable"]).success().says("nothing to do");
    let requests = proxy.take_requests();
    assert!(requests.iter().all(|request| request.starts_with("HEAD ") || request == "GET /v2/"), "{requests:?}");
    let json = workspace.keg(["promote", "2026.3-fix-a-b", "stable", "--format", "json"]).success().json();
    assert_eq!(json["images"][1]["result"], "there already");
    assert_eq!(json["images"][1]["digest"], web.as_str());
}

#[test]
fn thirty_images_are_thirty_manifests_read_and_written() {
    let registry = Registry::start();
    let proxy = Proxy::before(&registry);
    let workspace = Workspace::new();
    workspace.file("keg.yml", format!("registry: {}/a/b/c\nlayout: [images/*]\n", proxy.host()));
    let images: Vec<String> = (1..=30).map(|number| format!("image-{number:02}")).collect();
    for image in &images {
        workspace.file(format!("images/{image}/Dockerfile"), "FROM scratch\n");
        registry.put_image(&format!("a/b/c/{image}"), "2026.3-fix-a-b", &[("image", image)]);
    }
    workspace.commit();
    proxy.take_requests();
    workspace.keg(["promote", "2026.3-fix-a-b", "stable"]).success();
    let requests = proxy.take_requests();
    let of = |method: &str| {
        let start = format!("{method} /v2/a/b/c/");
        let mut found: Vec<&str> = requests.iter().filter_map(|request| request.strip_prefix(&start)).collect();
        found.sort_unstable();
        found
    };
    let puts: Vec<String> = images.iter().map(|image| format!("{image}/manifests/stable")).collect();
    assert_eq!(of("PUT"), puts);
    let gets = of("GET");
    assert_eq!(gets.len(), 30, "{gets:?}");
    for (get, image) in gets.iter().zip(&images) {
        assert!(get.starts_with(&format!("{image}/manifests/sha256:")), "{get}");
    }
    // No layer goes anywhere, and the engine has no part in it.
    assert!(!requests.iter().any(|request| request.contains("/blobs/")), "{requests:?}");
    assert!(!image_names().iter().any(|name| name.starts_with(&proxy.host())));
    for image in &images {
        let digest = |tag: &str| registry.manifest(&format!("a/b/c/{image}"), tag).map(|(digest, _)| digest);
        assert_eq!(digest("stable"), digest("2026.3-fix-a-b"), "{image}");
        assert!(digest("stable").is_some());
    }
    // Who, when, from what and to what.
    let folder = workspace.path(".keg/promotions");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(&files[0]).unwrap()).unwrap();
    assert!(record["who"].as_str().unwrap().contains("Test"), "{record}");
    let when = record["when"].as_str().unwrap();
    assert!(when.len() == 20 && when.ends_with('Z'), "{when}");
    let promoted = record["images"].as_array().unwrap();
    assert_eq!(promoted.len(), 30);
    assert_eq!((&promoted[0]["from"], &promoted[0]["to"]), (&json!("2026.3-fix-a-b"), &json!("stable")));
    assert_eq!(promoted[0]["name"], "image-01");
    let first = registry.manifest("a/b/c/image-01", "stable").unwrap().0;
    assert_eq!(promoted[0]["digest"], first.as_str());
    workspace.keg(["promote", "2026.3-fix-a-b", "stable"]).success().says("nothing to do");
}

#[test]
fn only_the_named_images_are_asked_about() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    let web = registry.put_image("team/web", "keg-0123456789ab", &[]);
    workspace.keg(["promote", "keg-0123456789ab", "previous", "web"]).success();
    workspace.keg(["web", "promote", "previous", "older", "--quiet"]).success();
    for tag in ["previous", "older"] {
        assert_eq!(digest(&registry, "web", tag), Some(web.clone()));
    }
    assert_eq!(registry.catalog(), ["team/web"]);
}

#[test]
fn one_image_lacks_it_and_nothing_moves() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    registry.put_image("team/api", "fix", &[]);
    let promote = ["promote", "fix", "stable"];
    workspace.keg(promote).code(1).complains("nothing at all of web").complains("keg build web --push");
    registry.put_image("team/web", "fax", &[]);
    workspace.keg(promote).code(1).complains("no `fix` of web").complains("did you mean `fax`?");
    workspace.keg(["promote", "none", "stable", "--dry-run"]).code(1).complains("no `none` of web");
    assert_eq!(registry.tags("team/api"), ["fix"]);
    assert_eq!(registry.tags("team/web"), ["fax"]);
}

#[test]
fn words_that_are_no_tags() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    workspace.keg(["promote", "main", "keg-0123456789ab"]).code(2).complains("content tags");
    workspace.keg(["promote", "main", "feature/x"]).code(2).complains("it has `/`");
    workspace.keg(["promote", "a:b", "stable"]).code(2).complains("`a:b` is not a tag");
    workspace.keg(["promote", "feature/x", "stable"]).code(2).complains("did you mean `feature-x`?");
    workspace.keg(["promote", "main"]).code(2).complains("<TO-TAG>");
    workspace.keg(["promote", "main", "web"]).code(2).complains("`web` is an image").complains("main TO-TAG web");
    workspace.keg(["promote", "main", "stable", "wbe"]).code(2).complains("did you mean `web`?");
    workspace.file("keg.yml", "layout: [images/*]\n");
    workspace.keg(["promote", "main", "stable"]).code(2).complains("registry:");
}

#[test]
fn a_failure_in_the_middle_leaves_everything_as_it_was() {
    let registry = Registry::start();
    let proxy = Proxy::before(&registry);
    let workspace = workspace(&proxy.host());
    for image in ["team/api", "team/web"] {
        registry.put_image(image, "fix", &[("a", "new")]);
    }
    let old = registry.put_image("team/api", "stable", &[("a", "old")]);
    for refused in ["PUT /v2/team/web/manifests/stable", "PUT /v2/team/api/manifests/stable"] {
        // Once, and for each time that it is tried again.
        for _ in 0..4 {
            proxy.fail(refused, Fault::Status(500, ""));
        }
        workspace.keg(["promote", "fix", "stable"]).code(3).says("failed").complains("500");
        assert_eq!(digest(&registry, "api", "stable"), Some(old.clone()), "{refused}");
        assert_eq!(digest(&registry, "web", "stable"), None, "{refused}");
    }
    workspace.keg(["promote", "fix", "stable"]).success();
    assert_eq!(digest(&registry, "web", "stable"), digest(&registry, "web", "fix"));
    assert_eq!(digest(&registry, "api", "stable"), digest(&registry, "api", "fix"));
}

#[test]
fn a_registry_that_is_off_is_exit_code_3() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    drop(registry);
    workspace.keg(["promote", "main", "stable"]).code(3).complains("nothing listens");
}
