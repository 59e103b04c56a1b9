//! Containers become images that run by themselves.

use expectrl::Expect;

use super::parts::{Generation, Taps, get};
use super::with_both;
use crate::support::{Registry, docker, end};

/// The image of a tap that serves a page, whose container is told more than the image says.
const DOCKERFILE: &str = "\
RUN mkdir /www && echo built > /www/index.html
ENV WORD=image
LABEL own=label
EXPOSE 8080
WORKDIR /www
CMD [\"sh\", \"-c\", \"exec httpd -f -p 80 -h /www\"]
";

const COMPOSE: &str = "\
services:
  web:
    init: true
    ports: [\"127.0.0.1::80\"]
    environment: {WORD: compose, API_TOKEN: $API_TOKEN}
    volumes: [\"data:/data\", \"./files:/files\", /unnamed]
    tmpfs: [/scratch]
volumes: {data: }
";

fn tap(taps: &Taps, compose: &str) -> String {
    let web = taps.tap("web", compose, "alias: w\nservice: web\nenv: {FROM_MANIFEST: s3cret-manifest}\n");
    taps.workspace.file("taps/web/Dockerfile", format!("FROM {}\n{DOCKERFILE}", taps.root));
    taps.workspace.file("taps/web/.env", "API_TOKEN=s3cret-token\n");
    taps.workspace.file("taps/web/.dockerignore", "*\n").file("taps/web/files/x", "");
    web
}

fn inspect(image: &str) -> serde_json::Value {
    let text = docker(["image", "inspect", image]).success();
    serde_json::from_str::<serde_json::Value>(&text).unwrap()[0].clone()
}

/// What answers at a container's port.
fn page(run: &crate::support::Run) -> String {
    let answer = run.json();
    get(answer["services"][0]["urls"][0].as_str().unwrap())
}

/// Start, change, package, remove everything, run: the same answer; also on another machine.
#[test]
fn what_was_changed_runs_anywhere() {
    with_both(|generation| {
        let registry = Registry::start();
        let taps = Taps::with(generation, &format!("registry: {}/team\n", registry.host()));
        let web = tap(&taps, COMPOSE);
        taps.workspace.commit();
        taps.workspace.branch("feature/x");
        let host = registry.host();
        let reference = |tag: &str| format!("{host}/team/{web}:{tag}");
        taps.workspace.keg(["build", &web, "--push"]).success();
        let built = inspect(&reference("feature-x"));
        let started = taps.workspace.keg(["start", "w", "--format", "json"]).success();
        assert_eq!(page(&started), "built\n");
        let change = "echo changed > /www/index.html; echo lost > /data/x; rm /bin/vi";
        taps.workspace.keg(["exec", "w", "sh", "-c", change]).success();

        // The branch that counts is the one that the tap was started on.
        taps.workspace.branch("other");
        let run = taps.workspace.keg(["package", "w", "--tag", "demo-{branch}", "--dry-run"]).success();
        let run = run.says("1. package").says("(feature-x, demo-feature-x)").says("2. upload").says("3. publish");
        run.says("was started on the branch feature/x");
        let run = taps.workspace.keg(["dpg", "w", "--tag", "demo-{branch}", "--message", "Try a colour"]).success();
        let run = run.complains("the volume").complains("_data at /data").complains("of this machine at /files");
        run.complains("the unnamed volume at /unnamed").complains("in memory at /scratch");

        // The image has the settings of the one that it was made from, and no secret anywhere.
        let packaged = inspect(&reference("feature-x"));
        for setting in ["Env", "Cmd", "Entrypoint", "ExposedPorts", "WorkingDir", "Volumes", "Healthcheck", "User"] {
            assert_eq!(packaged["Config"][setting], built["Config"][setting], "{setting}");
        }
        let text = packaged.to_string() + &docker(["history", "--no-trunc", &reference("feature-x")]).success();
        assert!(!text.contains("s3cret") && !text.contains("API_TOKEN") && !text.contains("compose"), "{text}");
        assert!(text.contains("Try a colour"), "{text}");
        let labels = packaged["Config"]["Labels"].as_object().unwrap();
        let was = built["Config"]["Labels"].as_object().unwrap();
        assert_eq!(labels.get("dev.keg.key"), None);
        assert_eq!(labels["dev.keg.packaged.key"], was["dev.keg.key"]);
        assert_eq!(labels["dev.keg.branch"], "feature/x");
        assert_eq!((&labels["dev.keg.image"], &labels["own"]), (&web.as_str().into(), &"label".into()));
        assert_eq!(labels["org.opencontainers.image.revision"], was["org.opencontainers.image.revision"]);
        assert!(labels["dev.keg.packaged"].as_str().unwrap().starts_with("20"));
        let further = labels.keys().filter(|label| !was.contains_key(*label)).collect::<Vec<_>>();
        assert_eq!(further, ["dev.keg.packaged", "dev.keg.packaged.key", "dev.keg.packaged.ports"]);
        let repository = format!("team/{web}");
        let digest = |tag: &str| registry.manifest(&repository, tag).unwrap().0;
        assert_eq!(digest("feature-x"), digest("demo-feature-x"));
        assert!(registry.labels(&repository, "feature-x").unwrap()["dev.keg.packaged"].is_string());
        let label = format!("label=dev.keg.image={web}");
        let unnamed = docker(["images", "--quiet", "--filter", "dangling=true", "--filter", &label]).success();
        assert_eq!(unnamed, "", "what was made on the way is gone");

        // Another machine has nothing of it.
        taps.workspace.keg(["stop", "--all"]).success();
        let mine = crate::support::image_names().into_iter().filter(|name| name.contains(&format!("team/{web}")));
        docker(["image", "rm", "--force"].into_iter().map(str::to_owned).chain(mine)).success();
        docker(["volume", "rm", &format!("{web}-feature-x_data")]).success();

        let name = format!("package-{web}-feature-x");
        for words in [&["w", "package", "run"][..], &["w", "dpg", "run"], &["docker", "package", "run", "w:feature-x"]]
        {
            let shown = taps.workspace.keg([words, &["--branch", "feature/x", "--dry-run"]].concat()).success();
            shown.says(&format!("run {} as {name}\n", reference("feature-x")));
        }
        let run = taps.workspace.keg(["package", "run", "w:feature-x", "--detach", "--format", "json"]).success();
        assert_eq!(page(&run), "changed\n");
        taps.workspace.keg(["package", "run", "w:feature-x", "--detach"]).code(2).complains("runs already");
        let listed = taps.workspace.keg(["ps", "--format", "json"]).success().json();
        assert_eq!((&listed[0]["tap"], &listed[0]["branch"]), (&name.as_str().into(), &"feature/x".into()));
        let echo = "echo $WORD $API_TOKEN $FROM_MANIFEST; test -e /bin/vi || echo gone; ls -A /data | wc -l";
        let inside = taps.workspace.keg(["exec", &name, "sh", "-c", echo]);
        inside.says("compose s3cret-token s3cret-manifest\ngone\n0\n");
        taps.workspace.keg(["stop", &name]).success();
        assert_eq!(docker(["ps", "--all", "--quiet", "--filter", &format!("name={name}")]).success(), "");
    });
}

/// What a tag is that holds a packaged image.
#[test]
fn a_packaged_image_is_never_fresh() {
    let registry = Registry::start();
    let taps = Taps::with(Generation::Two, &format!("registry: {}/team\n", registry.host()));
    let web = tap(&taps, COMPOSE);
    taps.workspace.commit();
    taps.workspace.keg(["build", &web, "--push"]).success();
    taps.workspace.keg(["start", &web]).success();
    taps.workspace.keg(["exec", &web, "sh", "-c", "echo changed > /www/index.html"]).success();
    let built = registry.manifest(&format!("team/{web}"), "main").unwrap().0;
    taps.workspace.keg(["package", "--no-push"]).success().complains("main is the default tag");
    assert_eq!(registry.manifest(&format!("team/{web}"), "main").unwrap().0, built);
    taps.workspace.keg(["package"]).success();

    let status = taps.workspace.keg(["status", &web, "--format", "json"]).success().json();
    let row = &status["images"][0];
    assert_eq!((&row["state"], &row["published"]), (&"fresh".into(), &"packaged".into()), "{row}");
    assert!(row["reason"].as_str().unwrap().contains("main is packaged"), "{row}");
    taps.workspace.keg(["why", &web]).success().says("is unchanged since").says("packaged on");
    // What runs is what was packaged, also after a restart.
    let restarted = taps.workspace.keg(["restart", &web, "--format", "json"]).success();
    assert_eq!(page(&restarted), "changed\n");
    // A branch that has gone takes its packaged images along.
    taps.workspace.branch("feature/gone");
    taps.workspace.keg(["start", &web]).success();
    taps.workspace.keg(["package", &web]).success();
    taps.workspace.keg(["stop", "--all"]).success();
    taps.workspace.branch("main");
    taps.workspace.git(["branch", "--delete", "--force", "feature/gone"]);
    let pruned = taps.workspace.keg(["prune", "--older-than", "0s", "--yes", "--keep", "1"]).success();
    pruned.says("feature-gone");
    assert!(!registry.tags(&format!("team/{web}")).contains(&"feature-gone".to_owned()));
    assert!(registry.labels(&format!("team/{web}"), "main").unwrap()["dev.keg.packaged"].is_string());

    // The next build gives the tag back to what is built, and says so.
    let run = taps.workspace.keg(["build", &web, "--push"]).success();
    run.complains("was packaged on").complains("goes back to the built image");
    assert_eq!(registry.manifest(&format!("team/{web}"), "main").unwrap().0, built);
    let started = taps.workspace.keg(["start", &web, "--format", "json"]).success();
    assert_eq!(page(&started), "built\n");
    taps.workspace.keg(["stop", "--all"]).success();
}

/// In the foreground the container's output and exit code are keg's, and nothing stays.
#[test]
fn a_run_in_the_foreground_leaves_nothing() {
    let taps = Taps::new(Generation::Two);
    let job = taps.workspace.name("job");
    let command = "echo out $A; echo err >&2; exit 7";
    taps.build(&format!("FROM {}\nCMD [\"sh\", \"-c\", \"{command}\"]\n", taps.root), &format!("{job}:1.0"));
    // No workspace is needed.
    let outside = |arguments: &[&str]| {
        let mut command = taps.workspace.keg_command([&["package", "run"], arguments].concat());
        command.current_dir(taps.workspace.outside("elsewhere"));
        crate::support::Run::of(command, "")
    };
    let run = outside(&[&format!("{job}:1.0"), "--env", "A=b c"]).code(7);
    assert_eq!((run.stdout.as_str(), run.stderr.contains("err\n")), ("out b c\n", true), "{run:?}");
    let left = |name: &str| docker(["ps", "--all", "--quiet", "--filter", &format!("name={name}")]).success();
    assert_eq!(left(&job), "");
    outside(&[&format!("{job}:2"), "--pull", "never"]).code(2).complains("These tags exist: 1.0");
    outside(&[&format!("{job}:1.0"), "--name=-x"]).code(2).complains("no name");

    // What runs without a workspace is found without one.
    let elsewhere = |arguments: &[&str]| {
        let mut command = taps.workspace.keg_command(arguments);
        command.current_dir(taps.workspace.outside("elsewhere"));
        crate::support::Run::of(command, "")
    };
    let sleeper = format!("{job}:sleeps");
    taps.build(&format!("FROM {}\nEXPOSE 80\nCMD [\"sleep\", \"1000\"]\n", taps.root), &sleeper);
    outside(&[&sleeper, "--detach"]).success().says("http://localhost:");
    let name = format!("package-{job}-sleeps");
    elsewhere(&["exec", &name, "true"]).success();
    elsewhere(&["stop", &name]).success();
    assert_eq!(left(&job), "");

    // Ctrl-C stops and removes; a port that is taken is given up.
    let web = taps.tap_without_compose("web", "ports: [\"127.0.0.1:PORT:80\"]\n");
    let port = super::parts::free_port();
    let manifest = taps.workspace.read("taps/web/tap.yml").replace("PORT", &port.to_string());
    taps.workspace.file("taps/web/tap.yml", manifest).commit();
    taps.local_server(&web, "main");
    taps.workspace.keg(["start", &web]).success();
    let mut command = taps.workspace.keg_command(["package", "run", &web, "--name", &format!("{web}-mine")]);
    let mut child = command.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let mut said = || lines.next().unwrap().unwrap();
    assert!(said().contains(&format!("port {port} is taken")));
    let line = said();
    let url = line.split_once("http://").unwrap().1.split(' ').next().unwrap();
    assert_eq!(get(&format!("http://{url}")), "page\n");
    crate::support::run(crate::support::command("kill").args(["-INT", &child.id().to_string()]), b"").success();
    assert_eq!(end(&mut child).code(), Some(130));
    assert_eq!(left(&format!("{web}-mine")), "");
    taps.workspace.keg(["stop", "--all"]).success();
}

/// Which container, which tag: errors that name the choices.
#[test]
fn what_is_unclear_is_asked() {
    let registry = Registry::start();
    let taps = Taps::with(Generation::Two, &format!("registry: {}/team\n", registry.host()));
    let scaled = COMPOSE.replace("    init: true\n", "    init: true\n    scale: 2\n");
    let web = tap(
        &taps,
        &(scaled + "  ")
            .replace(
                "volumes: {data: }",
                "  db:\n    image: ROOT\n    init: true\n    command: sleep 1000\nvolumes: {data: }",
            )
            .replace("ROOT", &taps.root),
    );
    taps.workspace.commit();
    taps.workspace.branch("feature/x");
    taps.workspace.keg(["package", &web]).code(2).complains("does not run");
    taps.workspace.keg(["package"]).code(2).complains("no tap runs");
    taps.workspace.keg(["build", &web]).success();
    taps.workspace.keg(["start", &web]).success();
    let project = format!("{web}-feature-x");
    let run = taps.workspace.keg(["package", &web]).code(2).complains("which container");
    run.complains(&format!("{project}-web-1 (web), {project}-web-2 (web)"));
    // On a terminal keg asks.
    let mut command = taps.workspace.keg_command(["package", &web, "--dry-run"]);
    command.env("TERM", "xterm");
    let mut session = expectrl::Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(std::time::Duration::from_secs(30)));
    session.expect("Which container").unwrap();
    session.expect("web-2 (web)").unwrap();
    session.send("\u{1b}[B\r").unwrap();
    session.expect("1. package").unwrap();
    session.expect(expectrl::Eof).unwrap();
    taps.workspace.keg(["package", &web, "--service", "db"]).code(2).complains("which is not the image of");
    taps.workspace.keg(["package", &web, "--service", "dbb"]).code(2).complains("Did you mean `db`?");
    taps.workspace.keg(["package", &web, "--tag", "keg-111111111111"]).code(2);

    // The tag of another branch, on the engine and in the registry.
    let second = format!("{project}-web-2");
    let package = ["package", &web, "--service", &second];
    let repository = format!("team/{web}");
    registry.put_image(&repository, "feature-x", &[("dev.keg.branch", "feature-x")]);
    taps.workspace.keg(package).code(2).complains("was made by branch `feature-x`").complains("--force");
    taps.workspace.keg([&package[..], &["--force"]].concat()).success();
    let labels = registry.labels(&repository, "feature-x").unwrap();
    assert_eq!(labels["dev.keg.branch"], "feature/x");
    // Without the registry nothing is committed.
    let before =
        docker(["image", "inspect", "--format", "{{.Id}}", &format!("{}/{repository}:feature-x", registry.host())]);
    drop(registry);
    taps.workspace.keg(package).code(3);
    let after =
        docker(["images", "--quiet", "--no-trunc", "--filter", &format!("label=dev.keg.image={web}")]).success();
    assert!(after.contains(before.success().trim()));
    taps.workspace.keg([&package[..], &["--no-push"]].concat()).success();
    taps.workspace.keg(["stop", "--all"]).success();
}
