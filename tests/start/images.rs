//! Which image is started, and when it is pulled.

use super::parts::{Generation, Taps, server};
use crate::support::{Registry, docker};

fn started(taps: &Taps, arguments: &[&str]) -> serde_json::Value {
    let arguments = ["start"].iter().chain(arguments).chain(&["--format", "json"]);
    taps.workspace.keg(arguments).success().json()
}

/// Publishes an image with a label of its own under a tag, and removes it from the engine. Gives its id.
fn publish(taps: &Taps, reference: &str, label: &str) -> String {
    taps.build(&format!("FROM {}\nLABEL number={label}\n", taps.root), reference);
    docker(["push", "--quiet", reference]).success();
    let id = docker(["image", "inspect", "--format", "{{.Id}}", reference]).success().trim().to_owned();
    docker(["image", "rm", reference]).success();
    id
}

/// Which image is started, with and without the registry, and that the newest image is pulled.
#[test]
fn the_registry_decides_what_is_newest() {
    let registry = Registry::start();
    let taps = Taps::with(Generation::Two, &format!("registry: {}/team\ndefault_tag: develop\n", registry.host()));
    let web = taps.tap("web", &format!("services:\n{}", server("web", "    pull_policy: always\n")), "alias: evf\n");
    taps.workspace.commit();
    let host = registry.host();
    let reference = |tag: &str| format!("{host}/team/{web}:{tag}");

    let run = taps.workspace.keg(["start", &web]).code(2);
    run.complains("does not exist in the registry or on this engine").complains("`keg build");

    let first = publish(&taps, &reference("develop"), "1");
    let answer = started(&taps, &[&web]);
    assert_eq!((&answer["pulled"], &answer["image"]), (&true.into(), &reference("develop").into()));
    assert_eq!(taps.image_of(&format!("{web}-develop")), first);
    assert_eq!(started(&taps, &[&web])["pulled"], false);
    let of_project = format!("label=com.docker.compose.project={web}-develop");
    let containers = || docker(["ps", "--quiet", "--filter", &of_project]).success();
    let before = containers();

    // A newer image under the same tag is pulled, and the container replaced.
    docker(["tag", &reference("develop"), &format!("{web}-kept:1")]).success();
    let second = publish(&taps, &reference("develop"), "2");
    docker(["tag", &format!("{web}-kept:1"), &reference("develop")]).success();
    assert_eq!(started(&taps, &[&web, "--pull", "missing"])["pulled"], false);
    assert_eq!(taps.image_of(&format!("{web}-develop")), first);
    assert_eq!(started(&taps, &[&web])["pulled"], true);
    assert_eq!(taps.image_of(&format!("{web}-develop")), second);
    assert_ne!(containers(), before);

    // A branch without an image falls back to the default tag; an explicit one does not.
    taps.workspace.branch("feature/z");
    let run = taps.workspace.keg(["start", &web, "--dry-run"]).success();
    run.says("there is no").says("with the tag `feature-z`: starting").says("the default tag");
    taps.workspace
        .keg(["start", "evf", "--from", "evf:none"])
        .code(2)
        .complains("(--from) does not exist")
        .complains("develop");
    let third = publish(&taps, &reference("try"), "3");
    taps.workspace.keg(["start", "evf", "--from", "evf:try"]).success();
    assert_eq!(taps.image_of(&format!("{web}-feature-z")), third);
    assert_eq!(taps.image_of(&format!("{web}-develop")), second, "what runs on main is another project");
    let listed = taps.workspace.keg(["ps", "--format", "json"]).success().json();
    let images: Vec<_> = listed.as_array().unwrap().iter().map(|row| row["image"].as_str().unwrap()).collect();
    assert_eq!(images, [reference("try"), reference("develop")]);

    // Without the registry, what the engine has is started.
    drop(registry);
    taps.workspace.branch("main");
    taps.workspace.keg(["start", &web]).success().complains("the registry is out of reach");
    taps.workspace.keg(["start", &web, "--pull", "always"]).code(3);
    let run = taps.workspace.keg(["start", &web, "--from", "evf:absent"]).code(3);
    run.complains(&reference("absent"));
    taps.workspace.keg(["stop", "--all"]).success();
}

/// What the environment and the tap's own variables say of the image.
#[test]
fn the_image_can_be_named_in_many_places() {
    let mut taps = Taps::new(Generation::Two);
    let web = taps.tap("web", &format!("services:\n{}", server("web", "")), "");
    let planned = |taps: &Taps, arguments: &[&str]| {
        let arguments = ["start", &web, "--dry-run", "--format", "json"].into_iter().chain(arguments.iter().copied());
        let plan = taps.workspace.keg(arguments).success().json();
        (
            plan["image"].as_str().unwrap().rsplit(':').next().unwrap().to_owned(),
            plan["from"].as_str().unwrap().to_owned(),
        )
    };
    taps.workspace
        .file("taps/web/tap.yml", format!("name: {web}\ncompose: compose.yml\nfrom: {web}:manifest\n"))
        .commit();
    for tag in ["manifest", "file", "environment", "flag"] {
        taps.local_image(&web, tag);
    }
    assert_eq!(planned(&taps, &[]), ("manifest".into(), "from in tap.yml".into()));
    taps.workspace.file("taps/web/.env", format!("KEG_IMAGE_FROM=\"{web}:file\"\r\n"));
    assert_eq!(planned(&taps, &[]).0, "file");
    taps.workspace.env("KEG_IMAGE_FROM", format!("{web}:environment"));
    assert_eq!(planned(&taps, &[]).0, "environment");
    assert_eq!(planned(&taps, &["--from", &format!("{web}:flag")]), ("flag".into(), "--from".into()));
}
