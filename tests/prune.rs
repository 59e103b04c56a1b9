//! `keg prune` with the real engine, registries and git.

mod engine;
mod race;

use serde_json::{Value, json};

use crate::support::{Fault, Proxy, Registry, RegistryOptions, Workspace};

/// The images base, api and web of a workspace that publishes to `host`, in the namespace `team`; on the branch `main`.
fn workspace(host: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.file("keg.yml", format!("registry: {host}/team\nlayout: [images/*]\n"));
    workspace.file("images/base/Dockerfile", "FROM scratch\n");
    for image in ["api", "web"] {
        workspace.file(format!("images/{image}/Dockerfile"), "FROM base\n");
    }
    workspace.commit();
    workspace
}

fn key(number: u8) -> String {
    format!("{number:02x}").repeat(32)
}

fn content_tag(number: u8) -> String {
    format!("keg-{}", &key(number)[..12])
}

/// Puts an image that keg made on a branch under its content tag and `tags`, and gives its digest. It has no time, so
/// it is old. `parents` are references as in its label.
fn put(registry: &Registry, image: &str, number: u8, branch: &str, parents: &str, tags: &[&str]) -> String {
    let repository = format!("team/{image}");
    let key = key(number);
    let labels =
        [("dev.keg.image", image), ("dev.keg.key", &key), ("dev.keg.branch", branch), ("dev.keg.parent", parents)];
    let digest = registry.put_image(&repository, &content_tag(number), &labels);
    for tag in tags {
        retag(registry, image, &content_tag(number), tag);
    }
    digest
}

/// Puts what one tag names under another one.
fn retag(registry: &Registry, image: &str, from: &str, to: &str) {
    let repository = format!("team/{image}");
    let (digest, manifest) = registry.manifest(&repository, from).unwrap();
    assert_eq!(registry.put_manifest(&repository, to, &manifest), digest);
}

fn tags(registry: &Registry, image: &str) -> Vec<String> {
    registry.tags(&format!("team/{image}"))
}

/// The requests that changed something.
fn changes(proxy: &Proxy) -> Vec<String> {
    let requests = proxy.take_requests().into_iter();
    // It is asked whether it lets anything be deleted, too.
    let nothing = "0".repeat(64);
    requests.filter(|request| !request.starts_with(['G', 'H']) && !request.contains(&nothing)).collect()
}

#[test]
fn a_branch_that_is_gone_leaves_the_registry() {
    let registry = Registry::start();
    let proxy = Proxy::before(&registry);
    let workspace = workspace(&proxy.host());
    workspace.git(["branch", "feature/here"]);
    let base = format!("{}/team/base:{}", proxy.host(), content_tag(1));
    put(&registry, "base", 1, "gone/too", "", &["feature-x"]);
    let main = put(&registry, "web", 2, "main", &base, &["main", "feature-x", "stable"]);
    let gone = put(&registry, "web", 3, "feature/x", &base, &[]);
    put(&registry, "api", 4, "feature/x", &base, &["feature-x"]);
    put(&registry, "api", 5, "feature/here", &base, &["feature-here"]);
    // What is no work of keg's, or of another image, has nothing to fear.
    registry.put_image("team/web", "feature-x-by-hand", &[]);
    registry.put_image("team/api", "gone", &[("dev.keg.image", "base"), ("dev.keg.key", &key(6))]);
    registry.put_image("team/other", "feature-x", &[("dev.keg.image", "other"), ("dev.keg.key", &key(7))]);

    let prune = ["prune", "--remote", "--keep", "0"];
    let list = ["web     feature-x", "web     keg-030303030303", "api     feature-x", "api     keg-040404040404"];
    let run = workspace.keg([&prune[..], &["--dry-run"]].concat()).success();
    let listed = run.stdout.replace("registry", "").split_whitespace().collect::<Vec<_>>().join(" ");
    for line in list {
        assert!(listed.contains(&line.split_whitespace().collect::<Vec<_>>().join(" ")), "{line}:\n{}", run.stdout);
    }
    workspace.keg(prune).code(2).says("branch feature/x is gone").complains("--yes");
    assert_eq!(changes(&proxy), [""; 0]);

    workspace.keg([&prune[..], &["--yes"]].concat()).success();
    // base is needed by what is kept; only its tag goes.
    assert_eq!(tags(&registry, "base"), [content_tag(1)]);
    assert_eq!(
        tags(&registry, "web"),
        ["feature-x-by-hand".to_owned(), content_tag(2), "main".into(), "stable".into()]
    );
    assert_eq!(registry.manifest("team/web", "main").unwrap().0, main);
    assert_eq!(registry.manifest("team/web", &gone), None);
    assert_eq!(tags(&registry, "api"), ["feature-here".to_owned(), "gone".into(), content_tag(5)]);
    assert_eq!(tags(&registry, "other"), ["feature-x"]);
    proxy.take_requests();
    workspace.keg([&prune[..], &["--yes"]].concat()).success().says("nothing to remove");
    assert_eq!(changes(&proxy), [""; 0]);
}

#[test]
fn json_says_all() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    let digest = put(&registry, "web", 1, "feature/x", "", &["feature-x"]);
    put(&registry, "web", 2, "main", "", &["main"]);
    let prune = ["prune", "--remote", "--keep", "0", "--format", "json"];
    let json = workspace.keg([&prune[..], &["--dry-run"]].concat()).success().json();
    assert_eq!(json["removed"][0]["tag"], "feature-x");
    assert_eq!(json["removed"][0]["digest"], digest.as_str());
    assert_eq!(json["removed"][1]["tag"], content_tag(1));
    let kept: Vec<_> = json["kept"].as_array().unwrap().iter().map(|kept| kept["tag"].as_str().unwrap()).collect();
    assert_eq!(kept, [content_tag(2).as_str(), "main"]);
    // Manifest and settings of the one; the layer is the other's too.
    let manifest = registry.manifest("team/web", "feature-x").unwrap().1;
    let settings = manifest["config"]["size"].as_u64().unwrap();
    assert_eq!(json["frees"]["registry"].as_u64().unwrap(), settings + manifest.to_string().len() as u64);
    let run = workspace.keg(prune).code(2);
    assert_eq!(run.json()["removed"], json["removed"]);
    let done = workspace.keg([&prune[..], &["--yes"]].concat()).success().json();
    assert_eq!(
        done["steps"],
        json!([{
            "image": "web", "action": "delete", "result": "done", "reason": "not needed any more",
        }])
    );
    assert_eq!(tags(&registry, "web"), [content_tag(2), "main".into()]);
}

/// Puts an index of two images for `tag`, made on a branch, and gives the digests of the images.
fn put_index(registry: &Registry, tag: &str, branch: &str) -> Vec<String> {
    let manifests: Vec<Value> = (1..=2)
        .map(|number| {
            let digest = put(registry, "web", number, branch, "", &[]);
            let manifest = registry.manifest("team/web", &digest).unwrap().1;
            json!({
                "mediaType": manifest["mediaType"], "digest": digest, "size": manifest.to_string().len(),
                "platform": { "os": "linux", "architecture": if number == 1 { "amd64" } else { "arm64" } },
            })
        })
        .collect();
    let kind = "application/vnd.oci.image.index.v1+json";
    let index = json!({ "schemaVersion": 2, "mediaType": kind, "manifests": manifests });
    registry.put_manifest("team/web", tag, &index);
    manifests.iter().map(|manifest| manifest["digest"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_index_keeps_its_images_and_takes_them_along() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    let images = put_index(&registry, "feature-x", "feature/x");
    retag(&registry, "web", "feature-x", "stable");
    let prune = ["prune", "--remote", "--keep", "0", "--yes"];
    workspace.keg(prune).success();
    // The second image is part of what `stable` names, and so is the tag of its key that names the whole.
    assert!(!tags(&registry, "web").contains(&"feature-x".to_owned()));
    for image in &images {
        assert!(registry.manifest("team/web", image).is_some());
    }
    retag(&registry, "web", "stable", "feature-x");
    let index = registry.manifest("team/web", "stable").unwrap().0;
    registry.delete("team/web", &index);
    let images = put_index(&registry, "feature-x", "feature/x");
    workspace.keg(prune).success();
    assert_eq!(tags(&registry, "web"), [""; 0]);
    for image in images {
        assert_eq!(registry.manifest("team/web", &image), None);
    }
}

#[test]
fn only_the_named_images_are_cleaned_up() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    let base = format!("{}/team/base:{}", registry.host(), content_tag(1));
    put(&registry, "base", 1, "gone", "", &["gone"]);
    put(&registry, "base", 2, "gone", "", &[]);
    put(&registry, "web", 3, "gone", &base, &["gone"]);
    workspace.keg(["base", "prune", "--remote", "--keep", "0", "--yes"]).success();
    // web is not cleaned up, so it still needs the base that it is built on.
    assert_eq!(tags(&registry, "base"), [content_tag(1)]);
    assert_eq!(tags(&registry, "web"), ["gone".to_owned(), content_tag(3)]);
}

#[test]
fn tags_that_somebody_set_are_kept_unless_they_are_asked_for() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    put(&registry, "web", 1, "gone", "", &["production", "demo-1", "demo-2"]);
    let prune = ["prune", "--remote", "--keep", "0", "--yes"];
    workspace.keg(prune).success().says("nothing to remove").complains("demo-1, demo-2, production");
    workspace.keg([&prune[..], &["--tag", "demo-*"]].concat()).success();
    assert_eq!(tags(&registry, "web"), [content_tag(1), "production".into()]);
}

#[test]
fn branches_of_the_remote_are_kept_whether_they_were_fetched_or_not() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    let upstream = workspace.outside("upstream.git");
    workspace.git(["init", "--quiet", "--bare", upstream.to_str().unwrap()]);
    workspace.git(["remote", "add", "origin", upstream.to_str().unwrap()]);
    // A colleague's branch and release, of which this clone knows nothing.
    workspace.git(["push", "--quiet", upstream.to_str().unwrap(), "main:refs/heads/theirs", "main:refs/tags/v1"]);
    put(&registry, "web", 1, "theirs", "", &["theirs"]);
    put(&registry, "api", 2, "v1", "", &["v1"]);
    let prune = ["prune", "--remote", "--keep", "0", "--yes"];
    workspace.keg(prune).success().says("nothing to remove");

    workspace.git(["remote", "add", "dead", "/no/such/repository"]);
    workspace.keg(prune).code(3).complains("`dead`").complains("--fetched");
    assert_eq!(tags(&registry, "web").len() + tags(&registry, "api").len(), 4);
    workspace.keg([&prune[..], &["--fetched"]].concat()).success();
    assert_eq!(tags(&registry, "web").len() + tags(&registry, "api").len(), 0);
}

#[test]
fn a_registry_that_lets_nobody_delete_is_left_alone() {
    let registry = Registry::start_with(RegistryOptions::default());
    let workspace = workspace(&registry.host());
    put(&registry, "web", 1, "gone", "", &["gone"]);
    let prune = ["prune", "--keep", "0", "--yes"];
    crate::support::engine();
    workspace
        .keg(prune)
        .success()
        .complains("does not let")
        .complains("storage.delete.enabled")
        .says("nothing to remove");
    workspace.keg([&prune[..], &["--remote"]].concat()).code(2).complains("storage.delete.enabled");
    assert_eq!(tags(&registry, "web").len(), 2);
}

#[test]
fn one_failure_does_not_stop_the_others() {
    let registry = Registry::start();
    let proxy = Proxy::before(&registry);
    let workspace = workspace(&proxy.host());
    for (number, image) in [(1, "base"), (2, "web"), (3, "web"), (4, "api")] {
        put(&registry, image, number, "gone", "", &[]);
    }
    let doomed = registry.manifest("team/web", &content_tag(2)).unwrap().0;
    let request: &'static str = format!("DELETE /v2/team/web/manifests/{doomed}").leak();
    let prune = ["prune", "--remote", "--keep", "0", "--yes"];
    for _ in 0..10 {
        proxy.fail(request, Fault::Status(403, ""));
    }
    workspace.keg(prune).code(2).says("failed").complains(&doomed[..19]);
    assert_eq!(tags(&registry, "web"), [content_tag(2)]);
    assert!(tags(&registry, "base").is_empty() && tags(&registry, "api").is_empty());
}

#[test]
fn each_image_is_read_once() {
    let registry = Registry::start();
    let proxy = Proxy::before(&registry);
    let workspace = workspace(&proxy.host());
    put(&registry, "web", 1, "main", "", &["main", "stable", "latest"]);
    // The same settings under another manifest.
    let (_, mut manifest) = registry.manifest("team/web", "main").unwrap();
    manifest["annotations"] = json!({ "a": "b" });
    registry.put_manifest("team/web", "twin", &manifest);
    workspace.keg(["prune", "--remote", "--dry-run"]).success();
    let requests = proxy.take_requests();
    let count = |start: &str| requests.iter().filter(|request| request.starts_with(start)).count();
    assert_eq!(count("GET /v2/team/web/tags/list"), 1, "{requests:?}");
    assert_eq!(count("HEAD /v2/team/web/manifests/"), 5, "{requests:?}");
    assert_eq!(count("GET /v2/team/web/manifests/"), 2, "{requests:?}");
    assert_eq!(count("GET /v2/team/web/blobs/"), 1, "{requests:?}");
}

#[test]
fn a_registry_that_is_off() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    drop(registry);
    crate::support::engine();
    workspace.keg(["prune", "--yes"]).code(3).complains("nothing listens").complains("--local");
    workspace.keg(["prune", "--local", "--yes"]).success();
    workspace.file("keg.yml", "layout: [images/*]\n");
    workspace.keg(["prune", "--remote"]).code(2).complains("registry:");
}
