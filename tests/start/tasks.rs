//! `keg run`: tasks on the host and in containers.

use super::parts::Taps;
use super::with_both;
use crate::support::Workspace;

/// What no shell may take for its own.
const HOSTILE: [&str; 6] = ["a b", "$(touch pwned)", "`touch pwned`; touch pwned", "it's \"q\"", "", "-x\n*"];

/// A command that prints each of its arguments in brackets.
const SHOW: &str = "for one in \"$@\"; do printf '[%s]' \"$one\"; done";

fn shown(arguments: &[&str]) -> String {
    arguments.iter().map(|argument| format!("[{argument}]")).collect()
}

#[test]
fn tasks_run_in_containers_as_on_the_host() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let compose = format!(
            "services:\n  web:\n    init: true\n    command: sleep 1000\n  db:\n    image: {}\n    init: true\n    command: sleep \
             1000\n    environment: {{NAME: database}}\n",
            taps.root
        );
        let manifest = format!(
            "service: web\nenv: {{COLOR: red}}\ntasks:\n  \
             show: {{ in: container, run: '{}' }}\n  \
             list: {{ in: container, run: [sh, -c, '{}', name] }}\n  \
             where: {{ in: container, service: db, run: 'echo $NAME $WORD $0', env: {{WORD: of task}} }}\n  \
             code: {{ in: container, run: 'echo $COLOR; exit 7' }}\n  \
             lost: {{ in: container, service: dbb, run: 'true' }}\n  \
             deaf: {{ in: container, interactive: false, run: 'cat; echo end' }}\n",
            SHOW.replace('\'', "''"),
            SHOW.replace('\'', "''")
        );
        let web = taps.tap("web", &compose, &manifest);
        taps.workspace.commit();
        taps.local_image(&web, "main");
        taps.workspace.keg(["run", &web, "show"]).code(2).complains("does not run");
        taps.workspace.keg(["start", &web]).success();
        for task in ["show", "list"] {
            let run = taps.workspace.keg(["run", &web, task].iter().chain(&HOSTILE)).success();
            assert_eq!(run.stdout, shown(&HOSTILE), "{task}");
        }
        taps.workspace.keg([&web, "where"]).success().says("database of task where");
        taps.workspace.keg(["run", "--env", "WORD=of flag", &web, "where"]).success().says("database of flag");
        taps.workspace.keg([&web, "code"]).code(7).says("red");
        taps.workspace.keg([&web, "lost"]).code(2).complains("Did you mean `db`?");
        assert_eq!(taps.workspace.keg_with_input([&web, "deaf"], "heard").success().stdout, "end\n");
        assert!(!taps.workspace.path("pwned").exists() && !taps.workspace.path("taps/web/pwned").exists());
        taps.workspace.keg(["stop", &web]).success();
    });
}

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.file(
        "keg.yml",
        "layout: {taps: [taps/*]}\nenv: {COLOR: red}\ntasks:\n  \
         lint: { run: 'echo lint $KEG_TAP $COLOR $KEG_BRANCH', description: Looks for mistakes }\n  \
         where: { run: pwd }\n",
    );
    workspace.file("taps/web/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    workspace.file(
        "taps/web/tap.yml",
        format!(
            "alias: w\ntasks:\n  seed: {{ run: 'echo seed', depends_on: [make, lint] }}\n  make: {{ run: 'echo make $COLOR', env: \
             {{COLOR: blue}} }}\n  show: {{ run: '{}' }}\n  list: {{ run: [printf, '[%s]'] }}\n  fails: {{ run: [sh, -c, 'exit \
             9'] }}\n  after: {{ run: echo never, depends_on: [fails] }}\n  both: {{ run: echo web }}\n  talks: {{ run: echo \
             x, interactive: true }}\n",
            SHOW.replace('\'', "''")
        ),
    );
    workspace.file("taps/api/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    workspace.file("taps/api/tap.yml", "tasks: { both: { run: echo api }, seed: { run: echo api } }\n").commit();
    workspace
}

#[test]
fn tasks_of_the_host_get_variables_arguments_and_a_folder() {
    let mut workspace = workspace();
    workspace.keg(["run", "web", "seed"]).success();
    assert_eq!(workspace.keg(["w", "seed"]).success().stdout, "make blue\nlint web red main\nseed\n");
    for task in ["show", "list"] {
        for words in [vec!["run", "web", task], vec!["run", task], vec!["web", task], vec![task]] {
            let run = workspace.keg(words.iter().chain(&HOSTILE)).success();
            assert_eq!(run.stdout, shown(&HOSTILE), "{words:?}");
        }
    }
    assert!(!workspace.path("pwned").exists() && !workspace.path("taps/web/pwned").exists());
    // Flags after the task are the task's.
    assert_eq!(workspace.keg(["run", "web", "list", "--", "--dry-run"]).success().stdout, "[--dry-run]");
    assert_eq!(workspace.keg(["web", "list", "--format", "json"]).success().stdout, "[--format][json]");
    workspace.keg(["run", "web", "fails"]).code(9);
    assert_eq!(workspace.keg(["run", "web", "after"]).code(9).stdout, "");
    workspace.keg(["run", "web", "talks"]).code(2).complains("needs a terminal");
    let root = workspace.root().display().to_string();
    assert_eq!(workspace.keg(["run", "where"]).success().stdout, format!("{root}\n"));
    assert_eq!(workspace.keg(["run", "web", "where"]).success().stdout, format!("{root}/taps/web\n"));
    workspace.env("COLOR", "green");
    assert_eq!(workspace.keg(["run", "web", "make"]).success().stdout, "make green\n");
    assert_eq!(workspace.keg(["run", "--env", "COLOR=pink", "web", "make"]).success().stdout, "make pink\n");
    let run = workspace.keg(["run", "--dry-run", "web", "seed", "a b"]).success();
    assert!(run.stdout.ends_with("seed (host): sh -c 'echo seed \"$@\"' seed 'a b'\n"), "{}", run.stdout);
}

#[test]
fn what_is_meant_is_found_or_said() {
    let workspace = workspace();
    // In the folder of a tap its own task comes first.
    let mut here = workspace.keg_command(["run", "both"]);
    here.current_dir(workspace.path("taps/api"));
    assert_eq!(crate::support::run(&mut here, b"").success(), "api\n");
    workspace.keg(["run", "both"]).code(2).complains("keg run api both, keg run web both");
    workspace.keg(["run", "lnt"]).code(2).complains("did you mean `lint`?");
    workspace.keg(["web", "shw"]).code(2).complains("did you mean `keg web show`?");
    workspace.keg(["run", "api", "show"]).code(2).complains("there is no task `show` of api");
    workspace.keg(["run"]).success().says("Looks for mistakes").says("seed");
    let listed = workspace.keg(["run", "api", "--format", "json"]);
    assert_eq!(listed.code, Some(2), "what follows a tap is a task: {}", listed.stdout);
    let listed = workspace.keg(["run", "--format", "json", "api"]).success().json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|row| row["task"].as_str().unwrap()).collect();
    assert_eq!(names, ["both", "seed", "lint", "where"]);
    workspace.file("taps/api/tap.yml", "tasks: { build: { run: x } }\n").commit();
    workspace.keg(["run"]).code(2).complains("keg has that command itself");
    workspace.file("taps/api/tap.yml", "tasks: { empty: { run: [] } }\n").commit();
    workspace.keg(["run"]).code(2).complains("the command is empty");
}
