//! Taps of the Keg CLI, as they are and converted.

use super::*;
use crate::start::watch::program::{Watching, eventually};

/// As the Keg CLI's own script: without `KEG_DOCKER_EXEC` the container only waits.
const RUN: &str = "[ -z \"$KEG_DOCKER_EXEC\" ] && exec sleep 1000\necho serving $KEG_EXEC_CMD\nexec httpd -f -p $KEG_PROXY_PORT -h \
                   $DOC_APP_PATH/src\n";

const MUTAGEN: &str = "sync:\n  app:\n    alpha: /keg/tap\n    beta: docker://tap/keg/tap\n    mode: one-way-replica\n    ignore:\n      \
                       vcs: true\n      paths: [node_modules, /.*]\nactions:\n  app:\n    show:\n      location: /keg/tap/src\n      \
                       privileged: true\n      cmds: [cat index.html]\n";

/// The files of a tap of the Keg CLI, on its own branch.
fn tap(scene: &Scene, folder: &str, branch: &str) -> PathBuf {
    let path = scene.elsewhere.join(folder);
    let (name, base) = (scene.workspace().name("app"), scene.base());
    let values = format!(
        "actions:\n  tap:\n    where:\n      cmds:\n        - echo {{{{ envs.DOC_APP_PATH }}}}\n        - cat /from-workspace\nenv:\n  \
         COMPONENTS_PATH: \"{{{{ cli.taps.components.path }}}}\"\n  KEG_CONTEXT_PATH: \"{{{{ cli.taps.app.path }}}}\"\n  KEG_DOCKER_FILE: \
         \"{{{{ cli.taps.app.path }}}}/container/Dockerfile\"\n  KEG_BASE_IMAGE: {base}:develop\n  DOC_APP_PATH: /keg/tap\n  KEG_PROXY_PORT: \
         8000\n  KEG_EXEC_CMD: tap:start\n  IMAGE: {name}\n  CONTAINER_NAME: {name}\n"
    );
    write(&path, "container/values.yml", &values);
    write(&path, "container/mutagen.yml", MUTAGEN);
    let compose = "version: \"3.8\"\nservices:\n  app:\n    init: true\n    build:\n      context: ${KEG_CONTEXT_PATH}\n      dockerfile: \
                   ${KEG_DOCKER_FILE}\n      args: [DOC_APP_PATH]\n    environment: [DOC_APP_PATH, KEG_EXEC_CMD, KEG_DOCKER_EXEC, \
                   KEG_PROXY_PORT]\n    ports: [\"127.0.0.1::${KEG_PROXY_PORT}\"]\n  helper:\n    image: ${HELPER}\n    init: true\n    \
                   command: sleep 1000\n";
    write(&path, "container/docker-compose.yml", compose);
    write(&path, "container/.env", &format!("HELPER={}\n", scene.taps.root));
    let dockerfile = "ARG KEG_BASE_IMAGE\nFROM $KEG_BASE_IMAGE\nARG DOC_APP_PATH\nWORKDIR $DOC_APP_PATH\nCOPY src src\nCOPY \
                      container/run.sh container/run.sh\nCMD [\"sh\", \"container/run.sh\"]\n";
    write(&path, "container/Dockerfile", dockerfile);
    write(&path, "container/run.sh", RUN);
    write(&path, "src/index.html", "from the tap\n");
    write(&path, ".dockerignore", ".git\ntap.yml\n");
    scene.git(&path, &["init", "--quiet", &format!("--initial-branch={branch}")]);
    scene.git(&path, &["add", "--all"]);
    let person = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"];
    scene.git(&path, &[&person[..], &["commit", "--quiet", "--message", "A tap"]].concat());
    path
}

/// Starts it from another folder, and looks at what runs.
fn starts_and_works(scene: &Scene, name: &str) {
    let started = scene.outside(["start", "app", "--format", "json"]).success().json();
    let services = started["services"].as_array().unwrap();
    let app = services.iter().find(|service| service["service"] == "app").unwrap();
    assert_eq!(app["image"], format!("{name}:feature-x"));
    assert_eq!(get(app["urls"][0].as_str().unwrap()), "from the tap\n");
    assert_eq!(scene.outside(["app", "tap.where"]).success().stdout, "/keg/tap\nfirst\n");
    assert_eq!(scene.outside(["run", "app", "app.show"]).success().stdout, "from the tap\n");
    scene.outside(["logs", "app", "app"]).success().says("serving tap:start");
    scene.outside(["stop", "app"]).success();
}

#[test]
fn a_tap_of_the_keg_cli_works_as_it_is_and_converted() {
    with_both(|generation| {
        let scene = Scene::new(generation);
        let name = scene.workspace().name("app");
        let path = tap(&scene, "app", "feature/x");
        let shown = path.to_str().unwrap();
        let linked = scene.workspace().keg(["tap", "link", "app", shown]).success();
        linked.complains("COMPONENTS_PATH is left out").complains("`privileged` is left out");
        // Once is enough.
        let built = scene.outside(["app", "build"]).success();
        assert!(!built.stderr.contains("left out"), "{}", built.stderr);
        docker(["image", "inspect", &format!("{name}:feature-x")]).success();
        starts_and_works(&scene, &name);

        let text = scene.outside(["tap", "convert", "app", "--dry-run"]).success().stdout;
        assert!(!path.join("tap.yml").exists());
        scene.outside(["tap", "convert", "app"]).success().says("tap.yml");
        assert_eq!(std::fs::read_to_string(path.join("tap.yml")).unwrap(), text);
        assert!(!text.contains(shown), "a path of this machine: {text}");
        scene.outside(["tap", "convert", "app"]).code(2).complains("already");
        // The same image, which need not be built again, and the same tap.
        let status = scene.outside(["status", "app", "--format", "json"]).success().json();
        assert_eq!(status["images"][0]["state"], "fresh", "{status}");
        starts_and_works(&scene, &name);
    });
}

/// `KEG_IMAGE_FROM` is what starts, whatever was built.
#[test]
fn the_image_to_start_is_that_of_values() {
    let scene = Scene::new(Generation::Two);
    let name = scene.workspace().name("app");
    let path = tap(&scene, "app", "feature/x");
    scene.workspace().keg(["tap", "link", "app", path.to_str().unwrap()]).success();
    scene.outside(["app", "build", "--tag", "shared"]).success();
    let values = std::fs::read_to_string(path.join("container/values.yml")).unwrap();
    write(&path, "container/values.yml", &format!("{values}  KEG_IMAGE_FROM: {name}:shared\n"));
    scene.outside(["app", "start", "--dry-run"]).success().says(&format!("{name}:shared (from in tap.yml)"));
    write(&path, "container/values.yml", &format!("{values}  KEG_IMAGE_FROM: '{{{{ envs.NOTHING }}}}'\n"));
    scene
        .outside(["app", "start", "--dry-run"])
        .code(2)
        .complains("values.yml")
        .complains("`{{ envs.NOTHING }}` is not known");
    // Others do not suffer.
    scene.workspace().keg(["build", "--dry-run"]).success();
}

#[test]
fn templates_name_other_links() {
    let scene = Scene::new(Generation::Two);
    let path = tap(&scene, "app", "main");
    let components = scene.repository("components", "main", "components", "base: busybox:1\n");
    scene.outside(["tap", "link", "components", "components"]).success();
    let linked = scene.workspace().keg(["tap", "link", "app", path.to_str().unwrap()]).success();
    assert!(!linked.stderr.contains("COMPONENTS_PATH"), "{}", linked.stderr);
    scene.outside(["env", "app"]).success().says(components.to_str().unwrap());
    // The first path is that of the current folder; a folder without such files says so.
    scene
        .keg_in(&path, ["tap", "convert", "--dry-run", "--format", "json"])
        .success()
        .says("container/docker-compose.yml");
    scene.outside(["tap", "convert", "components"]).code(2).complains("already");
    scene.workspace().keg(["tap", "convert"]).code(2).complains("no tap of the Keg CLI");
    scene.workspace().keg(["tap", "convert", "nothing"]).code(2).complains("neither a linked tap nor a folder");
}

/// The sync rules of mutagen.yml keep a running tap up to date.
#[test]
fn sync_rules_are_watched() {
    let scene = Scene::new(Generation::Two);
    let path = tap(&scene, "app", "feature/x");
    scene.workspace().keg(["tap", "link", "app", path.to_str().unwrap()]).success();
    scene.outside(["app", "build"]).success();
    let started = scene.outside(["start", "app", "--format", "json"]).success().json();
    let services = started["services"].as_array().unwrap();
    let app = services.iter().find(|service| service["service"] == "app").unwrap();
    let url = app["urls"][0].as_str().unwrap().to_owned();
    let watching = Watching::start(&scene.taps, &["watch", "app"]);
    write(&path, "src/node_modules/x", "left out\n");
    write(&path, "src/index.html", "changed\n");
    eventually("the change", || get(&url) == "changed\n");
    scene.outside(["exec", "app", "test", "-e", "/keg/tap/src/node_modules"]).code(1);
    watching.interrupt();
    scene.outside(["stop", "app"]).success();
}
