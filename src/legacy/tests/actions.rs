//! Actions and the tasks that they become.

use insta::assert_snapshot;

use super::*;

fn run_of(actions: &'static str, name: &str) -> String {
    let (file, _) = Tap::of(actions).converted();
    let task = &file.tasks[name];
    assert_eq!(task.place, crate::manifest::TaskPlace::Container);
    let crate::manifest::CommandLine::Shell(text) = &task.run else { return "no text".to_owned() };
    text.clone()
}

#[test]
fn actions_become_tasks_of_the_container() {
    let (file, notes) = Tap::of(
        "actions:\n  tap:\n    build: {cmds: [yarn build]}\n    start: {cmd: yarn start}\n  core:\n    install: {location: /keg/core, cmds: \
         [yarn install]}\n  lint: {cmd: yarn lint, description: Looks for mistakes}\n  start: {cmd: x}\n",
    )
    .converted();
    let names: Vec<&str> = file.tasks.keys().map(String::as_str).collect();
    // A task cannot have the name of a verb.
    assert_eq!(names, ["tap.build", "tap.start", "core.install", "lint"]);
    assert_eq!(file.tasks["lint"].description.as_deref(), Some("Looks for mistakes"));
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn commands_run_one_after_the_other_in_their_folder() {
    assert_eq!(run_of("actions: {a: {x: {cmd: ls -l}}}", "a.x"), "ls -l");
    assert_eq!(run_of("actions: {a: {x: {cmd: ls, location: /keg/tap}}}", "a.x"), "cd /keg/tap && ls");
    assert_eq!(run_of("actions: {a: {x: {cmd: ls, workdir: /w, location: /l}}}", "a.x"), "cd /w && ls");
    assert_eq!(run_of("actions: {a: {x: {cmd: ls, location: \"/a b/it's\"}}}", "a.x"), "cd '/a b/it'\\''s' && ls");
    assert_eq!(run_of("actions: {a: {x: {cmd: one; two, location: /l}}}", "a.x"), "set -e\ncd /l\none; two");
    assert_eq!(run_of("actions: {a: {x: {cmd: zero, cmds: [one, two]}}}", "a.x"), "set -e\nzero\none\ntwo");
    assert_eq!(run_of("actions: {a: {x: {cmds: one two}}}", "a.x"), "one two");
    assert_eq!(run_of("actions: {a: {x: {cmd: 'echo {{ envs.A }}'}}}\nenv: {A: 1}", "a.x"), "echo 1");
}

#[test]
fn what_actions_cannot_say_here_is_listed_once() {
    let (file, notes) = Tap::of(
        "actions:\n  a:\n    x: {cmd: one, privileged: true, detach: true}\n    y: {cmd: two, privileged: true, detached: true}\n    z: \
         {cmds: []}\n    u: {cmd: x, user: root}\n    v: {cmd: x, detach: false, privileged: false}\n  b: nothing\nvolumes: {a: b}\n",
    )
    .converted();
    assert_eq!(file.tasks.len(), 4);
    assert_snapshot!(notes.join("\n"), @r#"
    container/values.yml:9: `volumes` is left out
    container/values.yml:3: the action a.z is left out: it has no command
    container/values.yml:3: `user` of the action a.u is left out
    container/values.yml:8: actions: `b` is no action
    container/values.yml: `privileged` is left out: tasks have the rights of their container (2 actions)
    container/values.yml: `detach` is left out: tasks run to their end (a.x, a.y)
    "#);
}

#[test]
fn actions_of_both_files_are_there_and_values_win() {
    let tap = Tap {
        mutagen: "actions: {tap: {build: {cmd: second}, att: {cmd: bash}}}",
        ..Tap::of("actions: {tap: {build: {cmd: first}}}")
    };
    let (file, _) = tap.converted();
    assert_eq!(file.tasks.keys().collect::<Vec<_>>(), ["tap.build", "tap.att"]);
    assert_eq!(file.tasks["tap.build"].run, crate::manifest::CommandLine::Shell("first".into()));
}
