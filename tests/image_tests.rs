//! Tests of images with the real engine: what runs where, how failures read, what is left behind. `image_tests::sets`
//! is about what they mean for publishing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Registry, Workspace, command, docker, end, run};

mod sets;

/// Lines of keg.yml for a namespace of the workspace's own. Nothing is published to it unless a registry is there.
fn keg_yml(workspace: &Workspace, host: &str, keys: &str) -> String {
    format!("registry: {host}/{}team\nlayout: [images/*]\ndefault_branch: main\n{keys}", workspace.name(""))
}

/// base → web, with these tests.
fn family(base: &str, web: &str, keys: &str) -> Workspace {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    workspace.file("keg.yml", keg_yml(&workspace, "127.0.0.1:1", keys));
    workspace.file("images/base/Dockerfile", format!("FROM {root}\nRUN echo base > /base\nENV GREETING=hello\n"));
    workspace.file("images/web/Dockerfile", "FROM base\nWORKDIR /www\nRUN echo page > index.html\n");
    for image in ["base", "web"] {
        workspace.file(format!("images/{image}/.dockerignore"), "image.yml\ntest\n");
    }
    workspace.file("images/base/image.yml", format!("tests:\n{base}"));
    workspace.file("images/web/image.yml", format!("tests:\n{web}"));
    workspace.commit();
    workspace.keg(["build", "--offline"]).success();
    workspace
}

/// Puts an executable file into the workspace.
fn script(workspace: &Workspace, path: &str, text: &str) {
    workspace.file(path, format!("#!/bin/sh\n{text}\n"));
    run(command("chmod").arg("+x").arg(workspace.path(path)), b"").success();
}

/// The outcomes of a run: image, test and result of each.
fn outcomes(json: &Value) -> Vec<String> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let rows = json["tests"].as_array().unwrap().iter();
    rows.map(|row| format!("{} {} {}", text(row, "image"), text(row, "test"), text(row, "result"))).collect()
}

/// Containers that live as long as a test, of this workspace.
fn containers(workspace: &Workspace) -> String {
    let label = format!("label=dev.keg.workspace={}", workspace.root().display());
    docker(["ps", "--all", "--quiet", "--filter", "label=dev.keg.one-off", "--filter", &label]).success()
}

#[test]
fn common_inherited_and_own_tests_run_in_fresh_containers() {
    let base = "  - {name: file, run: 'test $GREETING = hello && cat /base; touch /base2', expect: ^base$}\n";
    let web = "  - {name: fresh, run: 'test ! -e /base2; pwd', expect: ^/www$}\n  - {name: list, run: [test, $X, =, $X]}\n  \
               - {name: env, run: 'echo $COLOR', expect: green, env: {COLOR: green}}\n";
    let workspace = family(base, web, "common_tests: checks\n");
    workspace.file("checks/tests.yml", "tests: [{name: shell, run: 'true'}, {name: look, run: x, kind: manual}]\n");
    workspace.file("checks/data", "from the folder\n");
    script(&workspace, "checks/reads", "cat $(dirname $0)/data && ! touch /keg-test/new");
    script(&workspace, "images/web/test/page", "grep page index.html");
    let json = workspace.keg(["test", "--format", "json"]).success().json();
    assert_eq!(
        outcomes(&json),
        [
            "base shell passed",
            "base look manual",
            "base reads passed",
            "base file passed",
            "web shell passed",
            "web look manual",
            "web reads passed",
            "web file passed",
            "web fresh passed",
            "web list passed",
            "web env passed",
            "web page passed",
        ]
    );
    let row = &json["tests"][7];
    assert_eq!((&row["defined"], &row["inherited_from"]), (&"images/base/image.yml:2".into(), &"base".into()));
    // The engine does not keep the order of what goes to stdout and to stderr.
    assert!(workspace.read(".keg/tests/logs/web/reads.log").lines().any(|line| line == "from the folder"));
    assert!(!workspace.path("checks/new").exists());
    assert_eq!(containers(&workspace), "");
    // What is listed is what runs.
    let listed = workspace.keg(["test", "--list", "--format", "json", "web"]).success().json();
    assert_eq!(listed["tests"].as_array().unwrap().len(), 8);
    workspace.keg(["test", "--list"]).success().says("by hand").says("images/base/image.yml:2");
    workspace
        .keg(["test", "web", "--dry-run"])
        .success()
        .says("test web: page (page): defined in images/web/test/page");
}

#[test]
fn a_failure_names_image_test_definition_and_output() {
    let base = "  - {name: one, run: 'echo of $0 >&2; exit 3'}\n  - {name: other, run: echo a, expect: ^b$}\n";
    let workspace = family(base, "  - {name: fine, run: 'true'}\n", "");
    let run = workspace.keg(["test", "web", "--junit", "out/tests.xml"]).code(1).says("failed");
    let run = run.complains("test `one` of web (images/base/image.yml:2, inherited from base): it ended with code 3");
    let run = run.complains("of /bin/sh").complains("the whole output: .keg/tests/logs/web/one.log");
    run.complains(
        "test `other` of web (images/base/image.yml:3, inherited from base): it prints nothing that matches `^b$`",
    );
    let xml = workspace.read("out/tests.xml");
    assert!(xml.contains(r#"<testsuite name="web" tests="3" skipped="0" errors="0" failures="2">"#), "{xml}");
    assert!(xml.contains("images/base/image.yml:2") && xml.contains("of /bin/sh"), "{xml}");
    // So it is for what all images have, for files, and for what runs on this machine.
    workspace.file("keg.yml", format!("{}common_tests: checks\n", workspace.read("keg.yml")));
    workspace.file("checks/tests.yml", "tests:\n  - {name: all, run: 'echo of the workspace; exit 4'}\n");
    script(&workspace, "images/base/test/file", "echo from a file; exit 5");
    let on_host = "  - {name: outside, run: 'echo of $KEG_IMAGE; exit 6', in: host}\n";
    workspace.file("images/base/image.yml", format!("tests:\n{on_host}"));
    workspace.file("images/web/Dockerfile", "FROM base\nCMD [\"sh\", \"-c\", \"echo in the container; sleep 300\"]\n");
    workspace.keg(["build", "--offline"]).success();
    let run = workspace.keg(["test", "web"]).code(1).complains("of the workspace").complains("from a file");
    let run =
        run.complains("test `all` of web (checks/tests.yml:2, inherited from the workspace): it ended with code 4");
    let run = run.complains("test `file` of web (images/base/test/file, inherited from base): it ended with code 5");
    let run =
        run.complains("test `outside` of web (images/base/image.yml:2, inherited from base): it ended with code 6");
    run.complains("/web:keg-").complains("--- what the container of web printed: in the container");
    workspace.keg(["test", "--only", "FINE"]).success().complains("1 test passed");
    workspace.keg(["test", "-k", "fien"]).code(2).complains("did you mean `fine`?");
    workspace.file("images/web/new", "x");
    workspace.keg(["test"]).code(2).complains("cannot test what is not built: web").complains("keg build web --test");
}

#[test]
fn limits_retries_and_secrets() {
    let long = seconds(301);
    let web = "  - {name: slow, run: 'echo begun; sleep 300', timeout: 1s}\n  \
               - {name: host, run: 'sleep LONG | cat; echo never', in: host, timeout: 1s}\n  \
               - {name: token, run: 'echo my $API_TOKEN; exit 1', env: {API_TOKEN: hunter22}}\n  \
               - {name: flaky, run: 'ls /first', retries: 2}\n"
        .replace("LONG", &long);
    let workspace = family("  - run: 'true'\n", &web, "");
    workspace.file("images/web/Dockerfile", "FROM base\nCMD [\"sleep\", \"300\"]\n");
    // Passes at the second try: the host remembers what no container does.
    let flaky = "    in: host\n    retries: 2\n    run: 'test -e tried || { touch tried; exit 1; }'\n";
    workspace.file("images/web/image.yml", format!("tests:\n{web}  - name: second\n{flaky}"));
    workspace.keg(["build", "--offline"]).success();
    let run = workspace.keg(["test", "web", "--format", "json"]).code(1);
    let json = run.json();
    assert_eq!(
        outcomes(&json)[1..],
        ["web slow failed", "web host failed", "web token failed", "web flaky failed", "web second passed"]
    );
    let rows = json["tests"].as_array().unwrap();
    assert_eq!([&rows[1]["tries"], &rows[4]["tries"], &rows[5]["tries"]], [1, 3, 2]);
    assert!(rows[1]["error"].as_str().unwrap().ends_with("it did not end within 1 s"), "{}", rows[1]);
    assert_eq!(workspace.read(".keg/tests/logs/web/slow.log"), "begun\n");
    assert_eq!(workspace.read(".keg/tests/logs/web/token.log"), "my ***\n");
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("hunter22"), "{}", run.stderr);
    assert_eq!(containers(&workspace), "");
    assert_eq!(sleepers(&long), [""; 0], "a test that ran out of time left a process behind");
}

/// A number of seconds to sleep that tells this process's programs from others.
fn seconds(number: u32) -> String {
    format!("{number}.{}", std::process::id())
}

/// The processes that sleep for so long.
fn sleepers(seconds: &str) -> Vec<String> {
    let command_line = format!("sleep\u{0}{seconds}\u{0}");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let sleeps = |process: &std::fs::DirEntry| {
        std::fs::read_to_string(process.path().join("cmdline")).is_ok_and(|text| text == command_line)
    };
    processes.filter(sleeps).map(|process| process.file_name().into_string().unwrap()).collect()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn nothing_is_left_when_keg_is_interrupted_or_killed() {
    let long = seconds(303);
    let web = format!("  - {{name: slow, run: sleep 302}}\n  - {{name: host, run: sleep {long} | cat, in: host}}\n");
    let workspace = family("  - run: 'true'\n", &web, "");
    workspace.file("images/web/Dockerfile", "FROM base\nCMD [\"sleep\", \"300\"]\n");
    workspace.keg(["build", "--offline"]).success();
    let start = || {
        let mut keg = workspace.keg_command(["test", "web", "--jobs", "3"]);
        keg.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let both_run = || containers(&workspace).lines().count() >= 2 && !sleepers(&long).is_empty();
    let mut keg = start();
    wait_until("the tests do not begin", both_run);
    run(command("kill").args(["-INT", &keg.id().to_string()]), b"").success();
    assert_eq!(end(&mut keg).code(), Some(130));
    assert_eq!(containers(&workspace), "");
    wait_until("a command on the host goes on", || sleepers(&long).is_empty());

    let mut keg = start();
    wait_until("the tests do not begin", both_run);
    keg.kill().unwrap();
    end(&mut keg);
    assert_ne!(containers(&workspace), "", "nothing is left that the next run could remove");
    workspace.keg(["test", "base"]).success();
    assert_eq!(containers(&workspace), "");
    // Nobody can end the programs on the host of a process that was killed.
    run(command("kill").args(sleepers(&long)), b"");
}

#[test]
fn twelve_services_are_tested_at_once_from_the_host() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    workspace.file("keg.yml", keg_yml(&workspace, "127.0.0.1:1", ""));
    workspace.file("images/server/Dockerfile", format!("FROM {root}\nEXPOSE 8080\nRUN mkdir /www\n"));
    let ask = "for port in $KEG_PORT_8080 $KEG_PORT_9090; do busybox wget -q -O - http://$KEG_HOST:$port/; done; echo \
               $KEG_CONTAINER";
    let health = "HEALTHCHECK --interval=1s --timeout=5s CMD wget -q -O /dev/null http://127.0.0.1:9090/\n";
    for number in 0..12 {
        let folder = format!("images/web{number}");
        workspace.file(
            format!("{folder}/Dockerfile"),
            format!(
                "FROM server\nRUN echo page of web{number} > /www/index.html\n{health}\
                 CMD httpd -p 8080 -h /www && sleep 1 && exec httpd -f -p 9090 -h /www\n"
            ),
        );
        let expect = format!("(?s)^page of web{number}\\n.*^page of web{number}\\n[0-9a-f]{{64}}");
        let test = serde_json::json!({ "name": "page", "run": ask, "in": "host", "ports": [9090], "expect": expect });
        workspace.file(format!("{folder}/image.yml"), format!("tests: [{test}]\n"));
    }
    workspace.commit();
    workspace.keg(["build", "--offline"]).success();
    let test = ["test", "--jobs", "12", "--format", "json"];
    let json = workspace.keg(test).success().json();
    let passed = outcomes(&json).iter().filter(|line| line.ends_with(" page passed")).count();
    assert_eq!(passed, 12, "{json}");
    assert_eq!(containers(&workspace), "");
    // One of them is another page: it is named with what it answered, and the others have passed all the same.
    let dockerfile = workspace.read("images/web7/Dockerfile").replace("page of web7", "page of nobody");
    workspace.file("images/web7/Dockerfile", dockerfile);
    workspace.keg(["build", "--offline"]).success();
    let run = workspace.keg(test).code(1);
    let failed: Vec<String> = outcomes(&run.json()).into_iter().filter(|line| !line.ends_with(" passed")).collect();
    assert_eq!(failed, ["web7 page failed"]);
    let run = run.complains("test `page` of web7 (images/web7/image.yml:1): it prints nothing that matches");
    run.complains("page of nobody").complains("the whole output: .keg/tests/logs/web7/page.log");
    assert_eq!(containers(&workspace), "");
}

#[test]
fn a_container_that_cannot_be_tested_from_the_host_is_explained() {
    let workspace = family("  - {name: none, run: sleep 2, in: host}\n", "  - {name: none, run: [nothing]}\n", "");
    workspace.file("images/web/Dockerfile", "FROM base\nCMD [\"sh\", \"-c\", \"echo my last words; exit 7\"]\n");
    workspace.keg(["build", "--offline"]).success();
    let run = workspace.keg(["test"]).code(1).complains("`in: host` needs one that goes on");
    let run = run.complains(
        "test `none` of web (images/base/image.yml:2, inherited from base): the image's own command \
                             ended with code",
    );
    run.complains("my last words").complains("test `none (2)` of web (images/web/image.yml:2):");
    assert_eq!(containers(&workspace), "");
}

/// Listens on a port and passes everything on to the engine's socket.
fn engine_elsewhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let pump = |mut from: Box<dyn Read + Send>, mut to: Box<dyn Write + Send>| {
        // That one side has closed its connection is passed on to nobody, as by some relays.
        std::thread::spawn(move || std::io::copy(&mut from, &mut to).ok());
    };
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (client, engine) = (client.unwrap(), UnixStream::connect("/var/run/docker.sock").unwrap());
            let other: (TcpStream, UnixStream) = (client.try_clone().unwrap(), engine.try_clone().unwrap());
            pump(Box::new(client), Box::new(engine));
            pump(Box::new(other.1), Box::new(other.0));
        }
    });
    address
}

#[test]
fn an_engine_elsewhere_gets_copies_of_the_files() {
    let web = "  - {name: page, in: host, run: 'busybox wget -q -O - http://$KEG_HOST:$KEG_PORT/', expect: ^page$}\n";
    let mut workspace = family("  - run: 'true'\n", web, "");
    let health = "HEALTHCHECK --interval=1s CMD wget -q -O /dev/null http://127.0.0.1:8080/";
    let server = format!("FROM base\nEXPOSE 8080\nRUN echo page > /index.html\n{health}\nCMD httpd -f -p 8080 -h /\n");
    workspace.file("images/web/Dockerfile", server).file("images/web/test/lib/data", "from a folder\n");
    script(&workspace, "images/web/test/reads", "cat $(dirname $0)/lib/data");
    workspace.keg(["build", "--offline"]).success();
    workspace.env("DOCKER_HOST", engine_elsewhere());
    workspace.keg(["test", "web"]).success();
    assert_eq!(workspace.read(".keg/tests/logs/web/reads.log"), "from a folder\n");
    assert_eq!(containers(&workspace), "");
}

#[test]
fn an_image_that_only_the_registry_has_is_pulled() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    workspace.file("keg.yml", keg_yml(&workspace, &registry.host(), ""));
    workspace.file("images/web/Dockerfile", format!("FROM {root}\nRUN echo page > /page\n"));
    workspace.file("images/web/image.yml", "tests: [{run: cat /page, expect: page}]\n").commit();
    workspace.keg(["build", "--push"]).success();
    let repository = format!("{}/{}team/web", registry.host(), workspace.name(""));
    let ids = docker(["images", "--quiet", "--no-trunc", &repository]).success();
    docker(["image", "rm", "--force", ids.lines().next().unwrap()]).success();
    workspace.keg(["test"]).success().says("passed");
    let tags = docker(["images", "--format", "{{.Tag}}", &repository]).success();
    assert!(tags.starts_with("keg-") && tags.lines().count() == 1, "a test gives no tag that people use: {tags}");
}
