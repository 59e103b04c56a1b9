//! Containers of all kinds.

use super::program::{Watching, container, eventually, inside};
use super::{Generation, Taps, served, with_both};
use crate::support::{command, docker, run};

/// The text of a file in a container that may have no programs.
fn copied_out(container: &str, path: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file");
    let mut copy = command("docker");
    copy.args(["cp", &format!("{container}:{path}"), to.to_str().unwrap()]);
    (run(&mut copy, b"").code == Some(0)).then(|| std::fs::read_to_string(&to).unwrap())
}

/// Nothing in the image but a program: no shell, no `tar`, no `rm`.
#[test]
fn an_empty_container_gets_its_files() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let rules = "watch: [{ path: src, target: /deep/in/it }]\n";
        let web = taps.tap("web", "services: {web: {init: true}}\n", rules);
        std::fs::create_dir_all(taps.workspace.path("taps/web/src")).unwrap();
        std::fs::copy("/bin/busybox", taps.workspace.path("taps/web/sleep")).unwrap();
        let dockerfile = "FROM scratch\nCOPY sleep /sleep\nCMD [\"/sleep\", \"1000\"]\n";
        taps.workspace.file("taps/web/Dockerfile", dockerfile).file("taps/web/src/a", "1\n").commit();
        taps.workspace.keg(["build", &web]).success();
        taps.workspace.keg(["start", &web]).success();
        let watching = Watching::start(&taps, &["watch", &web]);
        let at = container(&web);
        let has = |path: &str, text: &str| copied_out(&at, &format!("/deep/in/it/{path}")).as_deref() == Some(text);
        eventually("the first files", || has("a", "1\n"));
        taps.workspace.file("taps/web/src/a", "2\n").file("taps/web/src/d/b", "3\n");
        eventually("changes", || has("a", "2\n") && has("d/b", "3\n"));
        taps.workspace.remove("taps/web/src/a");
        eventually("the word about rm", || watching.told().contains("has no `rm`"));
        taps.workspace.remove("taps/web/src/d").file("taps/web/src/c", "4\n");
        eventually("later changes", || has("c", "4\n"));
        assert!(has("a", "2\n"), "it cannot be deleted");
        assert_eq!(watching.interrupt().1.matches("has no `rm`").count(), 1);
        taps.workspace.keg(["stop", &web]).success();
    });
}

/// Folders of the host and temporary ones are left alone; volumes, links and the container's own user are respected.
#[test]
fn mounts_links_and_users() {
    let taps = Taps::new(Generation::Two);
    let lines = "    user: \"1234:staff\"\n    command: sleep 1000\n    volumes: [./src:/srv, data:/data]\n    tmpfs: [/fast]\n\
                 volumes: {data: }\n";
    let compose = format!("services:\n  web:\n    init: true\n{lines}");
    let rules = "watch:\n  - { path: src, target: /srv }\n  - { path: src, target: /fast }\n  \
                 - { path: src, target: /data/src }\n  - { path: src, target: /linked/to }\n  \
                 - { path: one.conf, target: /etc/other.conf }\n";
    let web = taps.tap("web", &compose, rules);
    let dockerfile = format!(
        "FROM {}\nRUN mkdir -p /real/place /data /linked && ln -s /real/place /linked/to && echo staff:x:50: >> /etc/group\n",
        taps.root
    );
    taps.workspace.file("taps/web/Dockerfile", dockerfile);
    taps.workspace.file("taps/web/one.conf", "1\n").file("taps/web/src/a", "1\n").commit();
    taps.workspace.keg(["build", &web]).success();
    taps.workspace.keg(["start", &web]).success();
    let watching = Watching::start(&taps, &["watch", &web]);
    let at = container(&web);
    taps.workspace.file("taps/web/one.conf", "2\n").file("taps/web/src/b", "2\n");
    let shown =
        "cat /data/src/b /real/place/b /etc/other.conf; stat -c %u:%g /real/place/b; ls /fast; readlink /linked/to";
    eventually("the changes", || inside(&at, shown) == "2 2 2 1234:50 /real/place");
    let told = watching.interrupt().1;
    assert!(told.contains("this machine is mounted at /srv") && told.contains("mounted at /fast"), "{told}");
    taps.workspace.keg(["stop", &web]).success();
}

/// Only a volume can be written.
#[test]
fn a_read_only_container() {
    let taps = Taps::new(Generation::Two);
    let web = served(&taps, "web", "    read_only: true\n    volumes: [data:/srv]\nvolumes: {data: }\n", "");
    let manifest = taps.workspace.read("taps/web/tap.yml") + "  - { path: src, target: /elsewhere }\n";
    taps.workspace.file("taps/web/tap.yml", manifest).commit();
    taps.workspace.keg(["build", &web]).success();
    taps.workspace.keg(["start", &web]).success();
    let watching = Watching::start(&taps, &["watch", &web]);
    eventually("the refusal", || watching.told().contains("the container is read-only"));
    taps.workspace.file("taps/web/src/index.html", "changed\n");
    eventually("a change", || inside(&container(&web), "cat /srv/index.html") == "changed");
    watching.interrupt();
    taps.workspace.keg(["stop", &web]).success();
}

/// More than is packed in memory.
#[test]
fn a_large_file_is_copied_whole() {
    let taps = Taps::new(Generation::Two);
    let web = served(&taps, "web", "", "");
    taps.workspace.keg(["start", &web]).success();
    let watching = Watching::start(&taps, &["watch", &web]);
    let content: Vec<u8> = (0..40_000_000_u32).map(|number| (number % 251) as u8).collect();
    taps.workspace.file("taps/web/src/large", &content);
    let path = taps.workspace.path("taps/web/src/large");
    let sum = run(command("md5sum").arg(path), b"").success();
    let sum = sum.split_whitespace().next().unwrap();
    eventually("40 MB", || inside(&container(&web), "md5sum /srv/large").starts_with(sum));
    watching.interrupt();
    docker(["rm", "--force", &container(&web)]).success();
}
