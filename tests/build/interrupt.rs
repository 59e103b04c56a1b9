//! Ctrl-C in the middle of a parallel build.

use std::time::{Duration, Instant};

use crate::support::{Workspace, command, docker, end, image_names, run};

/// Processes on this machine whose command line holds `word`.
fn processes(word: &str) -> Vec<String> {
    let listed = run(command("ps").args(["-eo", "args"]), b"").success();
    listed.lines().filter(|line| line.contains(word) && !line.contains("keg build")).map(str::to_owned).collect()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn leaves_nothing_behind() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    workspace.file("keg.yml", "layout: [images/*]\n");
    // A length of sleep that no other test uses tells these processes from others.
    let length = format!("5{}", std::process::id());
    for image in ["one", "two"] {
        let folder = format!("images/{}", workspace.name(image));
        workspace.file(format!("{folder}/Dockerfile"), format!("FROM {root}\nRUN echo {image} && sleep {length}\n"));
    }
    let mut child = workspace.keg_command(["build", "--jobs", "2", "--report", "run.html"]).spawn().unwrap();
    wait_until("both builds run", || processes(&format!("sleep {length}")).len() >= 2);
    run(command("kill").args(["-INT", &child.id().to_string()]), b"").success();
    let status = end(&mut child);
    assert_eq!(status.code(), Some(130));
    let report = workspace.read("run.html");
    assert!(report.contains("interrupted") && report.contains("2 cancelled"), "{report}");
    wait_until("the builds end", || processes(&format!("sleep {length}")).is_empty());
    let mine: Vec<_> = image_names().into_iter().filter(|name| name.contains(&workspace.name(""))).collect();
    assert!(mine.is_empty(), "{mine:?}");
    let containers = docker(["ps", "--all", "--format", "{{.Names}} {{.Image}} {{.Command}}"]).success();
    assert!(!containers.contains(&workspace.name("")) && !containers.contains(&length), "{containers}");
}
