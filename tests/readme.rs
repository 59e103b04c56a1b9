//! Every command that README.md shows is run, in a copy of this repository.

use std::path::Path;

use crate::support::{Registry, Workspace, command, docker, root_folder, run};

/// Commands of `sh` blocks: what they need is elsewhere, and so is their test.
const ELSEWHERE: &[(&str, &str)] = &[
    ("cargo install", "needs the published repository; `make install` builds the same program"),
    ("make demo", "tests/demo.sh, which is run by hand and by the project's own workflow"),
    ("make test", "runs this test"),
    ("keg init --registry ghcr.io/my-team", "init::finds_what_a_repository_has"),
    ("keg init --from images/spec.yml", "init::takes_over_the_description_of_a_stack"),
    ("keg build analysis --secret id=ca", "below: with the machine's own certificates"),
    ("keg exec hello  ", "start::terminal::a_shell_has_a_real_terminal"),
    ("keg attach hello", "start::terminal::the_main_process_can_be_joined_and_left"),
    ("keg login ghcr.io", "login::*"),
    ("keg promote my-branch stable", "promote::*"),
    ("keg registry start", "local_registry::*"),
    ("keg proxy start", "proxy::*"),
    ("keg start hello", "commands_do_what_they_say, and proxy::* with the proxy"),
    ("keg open hello", "proxy::open::*"),
    ("keg tap link", "tap_link::*"),
    ("keg tap convert", "tap_link::keg_cli::*"),
    ("keg update", "lock::*"),
    ("keg build --builder farm", "builder::*"),
    ("keg build --push --builder farm", "builder::*"),
    ("keg ci init --install", "workflows::*"),
    ("git add .github", "git's own"),
    ("keg ci init --style per-image", "workflows::init::workflows_of_images_are_activated_one_by_one"),
    ("keg ci activate analysis", "workflows::init::workflows_of_images_are_activated_one_by_one"),
    ("keg ci deactivate analysis", "workflows::init::workflows_of_images_are_activated_one_by_one"),
    ("keg ci check", "workflows::check::*"),
    ("keg --context build-box", "remote::*"),
    ("docker context use", "Docker's own"),
    ("keg deploy", "deploy::*"),
    ("keg ", "no other command stands in a `sh` block"),
];

/// The fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    text.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The repository's files as git has them, committed in a workspace of their own that publishes to `registry`.
fn copy(workspace: &Workspace, registry: &Registry) {
    let files = run(command("git").current_dir(root_folder()).args(["ls-files", "-z"]), b"").success();
    for file in files.split('\0').filter(|file| !file.is_empty() && Path::new(file).is_relative()) {
        let from = root_folder().join(file);
        let is_part = ["base/", "hub/", "taps/", "tests_common/", "keg.", ".gitignore"];
        if is_part.iter().any(|part| file.starts_with(part)) && from.is_file() {
            let to = workspace.path(file);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(from, to).unwrap();
        }
    }
    let namespace = format!("{}/{}", registry.host(), workspace.name("readme"));
    workspace.file("keg.yml", format!("registry: {namespace}\n{}", workspace.read("keg.yml")));
    workspace.branch("main").commit();
    // Taps run under names of their branch, of which an engine has one, whoever else runs these tests.
    workspace.branch(&workspace.name("readme"));
}

#[test]
fn commands_do_what_they_say() {
    let readme = std::fs::read_to_string(root_folder().join("README.md")).unwrap();
    let script = root_folder().join("tests/support/root-image.sh");
    crate::support::engine();
    run(&mut command(script), b"").success();

    let registry = Registry::start();
    let mut workspace = Workspace::new();
    copy(&workspace, &registry);
    // A build that fetches packages through a proxy with its own authority needs that authority's certificate.
    let authorities = "/etc/ssl/certs/ca-certificates.crt";
    let with_secret = format!("id=ca,src={authorities}");
    workspace.env("KEG", env!("CARGO_BIN_EXE_keg"));
    workspace.keg(["build", "--secret", &with_secret]).success();

    let mut commands = 0;
    for block in blocks(&readme, "console") {
        for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            let keg = line.strip_prefix("keg ").unwrap_or_else(|| panic!("no keg command: {line}"));
            let run = workspace.keg(shell_words(keg));
            assert_eq!(run.code, Some(0), "`{line}`\n{}{}", run.stdout, run.stderr);
            commands += 1;
        }
    }
    assert!(commands >= 20, "{commands}");
    // What the commands have left: published tags, and no container.
    let repository = format!("{}/hello", workspace.name("readme"));
    assert!(registry.tags(&repository).contains(&workspace.name("readme")), "{:?}", registry.tags(&repository));
    let label = format!("label=dev.keg.workspace={}", workspace.root().display());
    assert_eq!(docker(["ps", "--quiet", "--filter", &label]).success(), "");
}

#[test]
fn no_command_is_forgotten() {
    let readme = std::fs::read_to_string(root_folder().join("README.md")).unwrap();
    for line in blocks(&readme, "sh").iter().flat_map(|block| block.lines()) {
        let known = ELSEWHERE.iter().find(|(start, _)| line.starts_with(start));
        let place = known.unwrap_or_else(|| panic!("no test runs `{line}`")).1;
        assert_ne!(place, "no other command stands in a `sh` block", "{line}");
    }
}

/// The words of a command line; README uses no quotes.
fn shell_words(line: &str) -> Vec<String> {
    assert!(!line.contains(['"', '\'', '|', '>']), "{line}");
    line.split_whitespace().map(str::to_owned).collect()
}
