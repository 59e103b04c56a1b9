//! Names and values that a careless program would execute, expand or let out of their place.

use super::parts::{Taps, get, server};
use super::with_both;
use crate::support::docker;

/// A branch name that git takes, and that a shell would run.
const BRANCH: &str = "feature/$(touch${IFS}pwned);`touch${IFS}pwned`&&$HOME'\"<x>";
/// A value that a shell or Compose would change.
const VALUE: &str = "$HOME ${HOME} $$ `touch pwned` $(touch pwned) 'a' \"b\" ; # \\ {{x}}\nsecond line";
/// A value whose name makes it a secret.
const SECRET: &str = "very-secret-$1-`x`-value";

fn assert_nothing_was_run(taps: &Taps, place: &str) {
    let root = taps.workspace.root();
    for folder in [root.clone(), root.join("taps/web"), root.join("hub"), taps.workspace.home()] {
        assert!(!folder.join("pwned").exists(), "{place}: a name was run in {}", folder.display());
    }
}

#[test]
fn names_and_values_are_data() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let compose = format!("services:\n{}", server("web", "    ports: [\"127.0.0.1::80\"]\n"));
        let hooks = "before_start: 'printf %s \"$KEG_BRANCH\" > before.log', after_stop: 'printf %s \"$KEG_BRANCH\" > \
                     after.log'";
        let tasks = "show: {in: container, run: 'printf %s \"$VALUE\"'}, here: {run: 'printf %s \"$VALUE\"'}";
        let web = taps.tap("web", &compose, &format!("hooks: {{{hooks}}}\ntasks: {{{tasks}}}\nenv: {{VALUE: x}}\n"));
        taps.workspace.file(".gitignore", ".keg/\n*.log\n").commit();
        taps.workspace.branch(BRANCH);
        let config = taps.workspace.keg(["config", "--format", "json"]).success().json();
        let of = |name: &str| {
            let row = config.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
            row["value"].as_str().unwrap().to_owned()
        };
        assert_eq!(of("branch"), BRANCH);
        let tag = of("tag");
        assert!(tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)), "{tag}");
        taps.local_image(&web, &tag);

        let given = ["--env", &format!("VALUE={VALUE}")].map(str::to_owned);
        let arguments = ["start".to_owned(), web.clone()].into_iter().chain(given.clone());
        let started = taps.workspace.keg(arguments.chain(["--format".to_owned(), "json".to_owned()])).success().json();
        assert_eq!(get(started["services"][0]["urls"][0].as_str().unwrap()), "page\n");
        let container = docker(["ps", "--quiet", "--filter", &format!("label=dev.keg.tap={web}")]).success();
        let label = docker(["inspect", "--format", "{{index .Config.Labels \"dev.keg.branch\"}}", container.trim()]);
        assert_eq!(label.success().trim_end(), BRANCH);
        assert_eq!(taps.workspace.read("taps/web/before.log"), BRANCH);
        // The container itself knows nothing of what its compose file does not ask for; a task gets what it is told.
        let told = format!("VALUE={VALUE}");
        for task in ["show", "here"] {
            let run = taps.workspace.keg(["run", "--env", &told, &web, task]).success();
            assert_eq!(run.stdout, VALUE, "{task}");
        }
        taps.workspace
            .keg(["exec", &web, "--", "printf", "%s|", VALUE, "--", ";", ""])
            .success()
            .says(&format!("{VALUE}|--|;||"));
        taps.workspace.keg(["logs", &web]).success();
        let environment = taps.workspace.keg(["env", &web, "--env", &told, "--format", "json"]).success().json();
        assert_eq!(environment["VALUE"]["value"], VALUE);
        taps.workspace.keg(["stop", &web]).success();
        assert_eq!(taps.workspace.read("taps/web/after.log"), BRANCH);
        assert_nothing_was_run(&taps, "start to stop");
    });
}

#[test]
fn what_is_no_name_is_refused() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let web = taps.tap("web", &format!("services:\n{}", server("web", "")), "");
        taps.workspace.commit();
        taps.local_image(&web, "main");
        let before = std::fs::read_dir(taps.workspace.root().parent().unwrap()).unwrap().count();
        for name in ["../x", "..", "/x", "a/../../x", "$(touch pwned)", "a b", "a\nb", "-x", "", "x;touch pwned", "é"]
        {
            for words in
                [["tap", "new", "--", name], ["start", "--dry-run", "--", name], ["stop", "--dry-run", "--", name]]
            {
                let run = taps.workspace.keg(words).code(2);
                assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
            }
        }
        let newline = "a\nb";
        for words in [
            ["build", "--dry-run", "--tag", newline],
            ["start", "--dry-run", &web, "--from=web:a\nb"],
            ["start", "--dry-run", &web, "--from=$(touch pwned)"],
            ["promote", "--dry-run", "main", newline],
            ["promote", "--dry-run", newline, "main"],
        ] {
            taps.workspace.keg(words).code(2);
        }
        // Any text can be the name of a branch; its tag is a tag.
        let run = taps.workspace.keg(["--branch", "$(touch pwned)\nb", "config", "--format", "json"]).success().json();
        let tag = run.as_array().unwrap().iter().find(|row| row["name"] == "tag").unwrap().clone();
        assert_eq!(tag["value"], "touch-pwned-b");
        assert_nothing_was_run(&taps, "names");
        let after = std::fs::read_dir(taps.workspace.root().parent().unwrap()).unwrap().count();
        assert_eq!(before, after, "something was made outside the workspace");
    });
}

/// A secret is in the container that needs it, and nowhere else: no list of processes, no file, label or output.
#[test]
fn secrets_stay_secret() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let lines = "    environment: [API_TOKEN]\n";
        let compose = format!("services:\n{}", server("web", lines));
        // The hook sees what every user of the machine sees of keg and of Compose.
        let hooks = "before_start: 'ps -eo args > before.log', after_start: 'ps -eo args > after.log; cat /proc/*/cmdline \
                     2>/dev/null | tr \"\\0\" \" \" >> after.log'";
        let web = taps.tap("web", &compose, &format!("hooks: {{{hooks}}}\n"));
        taps.workspace.file(".gitignore", ".keg/\n*.log\n.env*\n").commit();
        taps.workspace.file("taps/web/.env", format!("API_TOKEN='{SECRET}'\n"));
        taps.local_image(&web, "main");
        let start = taps.workspace.keg(["start", &web, "--verbose"]).success();
        let length = taps.workspace.keg(["exec", &web, "sh", "-c", "printf %s ${#API_TOKEN}"]).success();
        assert_eq!(length.stdout, SECRET.len().to_string());
        let mut said = vec![("start".to_owned(), start.stdout), ("start".to_owned(), start.stderr)];
        for words in [vec!["env", &web], vec!["ps"], vec!["ps", "--format", "json"], vec!["logs", &web]] {
            let run = taps.workspace.keg(words.clone()).success();
            said.push((words.join(" "), run.stdout + &run.stderr));
        }
        let container = docker(["ps", "--quiet", "--filter", &format!("label=dev.keg.tap={web}")]).success();
        said.push((
            "labels".into(),
            docker(["inspect", "--format", "{{json .Config.Labels}}", container.trim()]).success(),
        ));
        for file in ["taps/web/before.log", "taps/web/after.log"] {
            said.push((file.into(), taps.workspace.read(file)));
        }
        let mut files = Vec::new();
        for entry in walkdir(&taps.workspace.path(".keg")) {
            use std::os::unix::fs::PermissionsExt;
            let text = std::fs::read(&entry).unwrap();
            said.push((entry.display().to_string(), String::from_utf8_lossy(&text).into_owned()));
            if entry.components().any(|part| part.as_os_str() == "compose") {
                assert_eq!(
                    std::fs::metadata(&entry).unwrap().permissions().mode() & 0o777,
                    0o600,
                    "{}",
                    entry.display()
                );
                files.push(entry);
            }
        }
        assert!(!files.is_empty());
        for (place, text) in said {
            assert!(!text.contains("very-secret"), "{place} shows the secret: {text}");
        }
        taps.workspace.keg(["stop", &web]).success();
        assert!(files.iter().all(|file| !file.exists()), "{files:?} are left after the stop");
    });
}

/// All files below a folder.
fn walkdir(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { files.extend(walkdir(&path)) } else { files.push(path) }
    }
    files
}
