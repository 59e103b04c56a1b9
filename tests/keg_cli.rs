//! The table of README that shows the Keg CLI's commands beside keg's: each row is run, from top to bottom, in a
//! workspace and a linked tap as the Keg CLI has them.

use std::process::Stdio;
use std::time::Duration;

use crate::start::parts::{Generation, Taps, get};
use crate::start::watch::program::eventually;
use crate::support::{Registry, RegistryOptions, Run, command, docker, free_port, root_folder, run};

const PASSWORD: &str = "a password with $ and `";

/// keg's side of the table, in its order.
fn rows() -> Vec<String> {
    let readme = std::fs::read_to_string(root_folder().join("README.md")).unwrap();
    let table = readme.split("| Keg CLI | keg |\n").nth(1).unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.rsplit('`').nth(1).unwrap_or_else(|| panic!("{row}: two commands in backquotes")).to_owned())
        .collect()
}

struct Scene {
    taps: Taps,
    registry: Registry,
    namespace: String,
}

impl Scene {
    fn new() -> Self {
        let registry = Registry::start_with(RegistryOptions {
            htpasswd: Some(("me".into(), PASSWORD.into())),
            ..RegistryOptions::default()
        });
        let taps = Taps::new(Generation::Two);
        let workspace = &taps.workspace;
        let namespace = format!("{}/{}", registry.host(), workspace.name("team"));
        let layout = "layout: {base: [base], hub: [hub/*], taps: [taps/*]}";
        workspace.file("keg.yml", format!("registry: {namespace}\ndefault_tag: develop\n{layout}\n"));
        workspace.file("base/Dockerfile", format!("FROM {}\nRUN echo base > /base\n", taps.root));
        for name in ["core", "components", "tap"] {
            workspace.file(format!("hub/{name}/Dockerfile"), format!("FROM base:develop\nRUN echo {name} > /{name}\n"));
        }
        workspace.branch("main").commit();
        let scene = Self { taps, registry, namespace };
        scene.tap();
        scene
    }

    /// A tap of the Keg CLI in a repository of its own, on the branch my-branch.
    fn tap(&self) {
        let folder = self.taps.workspace.root().parent().unwrap().join("evf");
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "container/values.yml",
            "env:\n  IMAGE: evf\n  CONTAINER_NAME: evf\n  KEG_BASE_IMAGE: tap:develop\n  DOC_APP_PATH: /keg/tap\n  \
             KEG_PROXY_PORT: 8000\n",
        );
        write(
            "container/mutagen.yml",
            "sync:\n  tap:\n    alpha: /keg/tap\n    beta: docker://tap/keg/tap\nactions:\n  tap:\n    hello:\n      \
             location: /keg/tap\n      cmds: [cat src/index.html]\n",
        );
        let serve = "command: [sh, -c, \"echo serving; exec httpd -f -p 8000 -h /keg/tap/src\"]";
        let ports = "ports: [\"127.0.0.1::8000\"]";
        write(
            "container/docker-compose.yml",
            &format!("services:\n  tap:\n    init: true\n    {serve}\n    {ports}\n"),
        );
        write(
            "container/Dockerfile",
            "ARG KEG_BASE_IMAGE\nFROM $KEG_BASE_IMAGE\nWORKDIR /keg/tap\nCOPY src src\nSTOPSIGNAL SIGKILL\n",
        );
        write("src/index.html", "from the tap\n");
        write(".dockerignore", ".git\n");
        let person = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"];
        for words in [
            vec!["init", "--quiet", "--initial-branch=my-branch"],
            vec!["add", "--all"],
            [&person[..], &["commit", "--quiet", "--message", "A tap"]].concat(),
        ] {
            run(self.taps.workspace.program("git").current_dir(&folder).args(words), b"").success();
        }
    }

    fn keg(&self, words: &[&str]) -> Run {
        self.taps.workspace.keg(words)
    }

    /// What the running tap serves.
    fn page(&self) -> String {
        let rows = self.keg(&["ps", "--format", "json"]).success().json();
        get(rows[0]["urls"][0].as_str().unwrap())
    }

    /// Runs a command that goes on until Ctrl-C, and presses it once `done` holds.
    fn until(&self, words: &[&str], done: impl Fn(&str) -> bool) {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut keg = self.taps.workspace.keg_command(words);
        keg.stdin(Stdio::null()).stdout(log.reopen().unwrap()).stderr(log.reopen().unwrap());
        let mut child = keg.spawn().unwrap();
        eventually(&words.join(" "), || done(&std::fs::read_to_string(log.path()).unwrap()));
        // A Ctrl-C that comes before keg listens may be nobody's, so it is pressed again.
        eventually("Ctrl-C ends it", || {
            run(command("kill").args(["-INT", &child.id().to_string()]), b"");
            std::thread::sleep(Duration::from_millis(500));
            child.try_wait().unwrap().is_some()
        });
    }

    /// Runs a row and looks at what it has done.
    fn row(&self, row: &str) {
        let words: Vec<&str> = row.split_whitespace().skip(1).collect();
        let with = |further: &[&str]| self.keg(&[&words[..], further].concat()).success();
        let tags = |image: &str| self.registry.tags(&format!("{}/{image}", self.taps.workspace.name("team")));
        match words.as_slice() {
            ["docker", "login", _] => {
                let host = self.registry.host();
                let login = ["docker", "login", &host, "--username", "me", "--password-stdin"];
                self.taps.workspace.keg_with_input(login, PASSWORD).success();
            }
            ["core", "build"] => {
                with(&["--push"]);
                assert!(tags("core").contains(&"develop".to_owned()));
            }
            ["evf", "build", ..] => {
                // What it is built on is not published yet.
                with(&[]);
                let tags = tags("evf");
                assert!(
                    ["my-branch", "my-changes-tag"].iter().all(|tag| tags.contains(&(*tag).to_owned())),
                    "{tags:?}"
                );
            }
            ["evf", "start", ..] => {
                with(&[]).says("http://");
                assert_eq!(self.page(), "from the tap\n");
            }
            ["evf", "tap.hello"] => assert_eq!(with(&[]).stdout, "from the tap\n"),
            ["evf", "exec", ..] => drop(with(&[]).says("keg")),
            ["evf", "attach"] => {
                // Ctrl-C ends the look wherever it comes.
                self.until(&["evf", "attach", "--no-signals"], |_| true);
                assert_eq!(self.page(), "from the tap\n");
            }
            ["evf", "watch"] => {
                let file = self.taps.workspace.root().parent().unwrap().join("evf/src/index.html");
                self.until(&words, |told| {
                    let watches = told.contains("watching");
                    if watches {
                        std::fs::write(&file, "changed\n").unwrap();
                    }
                    watches && self.page() == "changed\n"
                });
            }
            ["evf", "package"] => {
                with(&[]);
                let image = format!("{}/evf:my-branch", self.namespace);
                let page = ["run", "--rm", &image, "cat", "src/index.html"];
                docker(["pull", "--quiet", &image]);
                assert_eq!(docker(page).success(), "changed\n");
                // The work tree is as it was built again.
                let file = self.taps.workspace.root().parent().unwrap().join("evf/src/index.html");
                std::fs::write(file, "from the tap\n").unwrap();
            }
            ["proxy", "start"] => drop(with(&["--port", &free_port().to_string()])),
            ["evf", "open"] => {
                let address = with(&["--print"]).stdout;
                assert!(address.starts_with("http://evf-my-branch.localhost:"), "{address}");
            }
            ["package", "run", ..] => {
                with(&["--detach"]);
                let running = docker(["ps", "--format", "{{.Names}}"]).success();
                assert!(running.lines().any(|name| name == "package-evf-my-changes-tag"), "{running}");
                self.keg(&["stop", "--all"]).success();
            }
            ["prune"] => drop(with(&["--dry-run"])),
            ["tap", "list"] => drop(with(&[]).says("evf").says("my-branch")),
            ["evf", "tag", "--tag", tag] => {
                with(&["--push"]);
                assert!(tags("evf").contains(&(*tag).to_owned()));
            }
            ["tap", "unlink", "evf"] => {
                with(&[]);
                self.keg(&["evf", "status"]).code(2);
            }
            _ => drop(with(&[])),
        }
    }
}

#[test]
fn each_row_of_the_table_works() {
    let scene = Scene::new();
    let rows = rows();
    assert!(rows.len() >= 25, "{rows:?}");
    for row in &rows {
        scene.row(row);
    }
    scene.keg(&["proxy", "stop"]).success();
}
