//! `keg env`, and that containers get just what it shows.

use super::parts::Taps;
use super::with_both;
use crate::support::{Workspace, command, run};

/// A compose file whose service gets these variables by interpolation.
fn compose(image: &str, names: &[&str]) -> String {
    let variables: String = names.iter().map(|name| format!("      GOT_{name}: \"${{{name}-unset}}\"\n")).collect();
    format!(
        "services:\n  web:\n    image: {image}\n    init: true\n    command: sleep 1000\n    environment:\n{variables}"
    )
}

#[test]
fn every_layer_counts_and_containers_get_what_is_shown() {
    let names = ["A", "B", "C", "D", "E", "F", "G", "H", "ODD", "BELOW", "NONE"];
    let odd = "it's $HOME `id` \"x\"; a\\nb";
    with_both(|generation| {
        let mut taps = Taps::new(generation);
        let web = taps.tap("web", &compose(&taps.root.to_string(), &names), "env: {D: tap, E: tap}\n");
        let layers: String = names[..8].iter().map(|name| format!("  {name}: keg\n")).collect();
        let keg_file = taps.workspace.read("keg.yml") + "env:\n" + &layers;
        taps.workspace.file("keg.yml", keg_file);
        let file = |path: &str, names: &[&str], value: &str, more: &str| {
            let lines: String = names.iter().map(|name| format!("{name}={value}\n")).collect();
            taps.workspace.file(path, lines + more);
        };
        file(".env", &["B", "C", "D", "E", "F", "G", "H"], "workspace", "");
        file(".env.staging", &["C", "D", "E", "F", "G", "H"], "workspace-staging", "");
        let odd_line = format!("ODD=\"{}\"\n", odd.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$"));
        file("taps/web/.env", &["E", "F", "G", "H"], "file", &format!("{odd_line}BELOW=${{A}}/${{E}}\n"));
        file("taps/web/.env.staging", &["F", "G", "H"], "file-staging", "");
        file("taps/web/.env.local", &["G", "H"], "local", "");
        taps.workspace.commit();
        taps.local_image(&web, "main");
        taps.workspace.env("H", "process");

        let shown = taps.workspace.keg(["env", &web, "--environment", "staging", "--format", "json"]).success().json();
        let value = |name: &str| shown[name]["value"].as_str().map(str::to_owned);
        let values: Vec<_> = names.iter().map(|name| value(name)).collect();
        let expected = [
            "keg",
            "workspace",
            "workspace-staging",
            "tap",
            "file",
            "file-staging",
            "local",
            "process",
            odd,
            "keg/file",
        ];
        assert_eq!(values[..10], expected.map(|value| Some(value.to_owned())));
        assert_eq!(shown["G"]["from"], "taps/web/.env.local");
        let hidden: Vec<_> = shown["G"]["hides"].as_array().unwrap().iter().map(|one| one["value"].as_str()).collect();
        let hides = ["file-staging", "file", "workspace-staging", "workspace", "keg"];
        assert_eq!(hidden, hides.map(Some));
        assert_eq!(shown["KEG_BRANCH"]["value"], "main");

        taps.workspace.keg(["start", &web, "--environment", "staging", "--env", "A=flag"]).success();
        for (name, value) in names.iter().zip(values) {
            let value = match *name {
                "A" => "flag".to_owned(),
                // Without a process to set it, what stands in keg.yml is what lies below the file.
                _ => value.unwrap_or_else(|| "unset".to_owned()),
            };
            let script = format!("printf '%s\\n' \"$GOT_{name}\"");
            let got = taps.workspace.keg(["exec", &web, "sh", "-c", &script]).success();
            assert_eq!(got.stdout, format!("{value}\n"), "{name}");
        }
        taps.workspace.keg(["stop", &web]).success();
    });
}

#[test]
fn secrets_are_shown_to_those_who_ask() {
    let workspace = Workspace::new();
    workspace.file("keg.yml", "layout: {taps: [taps/*]}\nenv: {NPM_TOKEN: abcdef123}\n");
    workspace.file("taps/web/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    workspace
        .file("taps/web/.env", "NPM_TOKEN=\"it's\"\nPIN_SECRET=12\nURL=http://me:hunter22@host\nPASSWORD=hunter22\n");
    workspace.commit();
    for format in ["text", "json", "dotenv", "shell"] {
        let run = workspace.keg(["env", "web", "--format", format]).success();
        let all = run.stdout + &run.stderr;
        for secret in ["it's", "abcdef123", "hunter22", "12\n", "\"12\""] {
            assert!(!all.contains(secret), "{format}: {secret} in {all}");
        }
        workspace.keg(["env", "web", "--format", format, "--secrets"]).success().says("hunter22").says("it");
    }
    // What is left out is said, and what is written works.
    workspace.keg(["env", "web", "--format", "shell"]).success().says("# URL has a secret").says("KEG_BRANCH='main'");
    let lines = workspace.keg(["env", "web", "--format", "shell", "--secrets"]).success().stdout;
    let script = format!("{lines}printf '%s' \"$NPM_TOKEN|$URL\"");
    assert_eq!(run(command("sh").args(["-c", &script]), b"").success(), "it's|http://me:hunter22@host");
}

#[test]
fn what_is_wrong_is_said() {
    let mut workspace = Workspace::new();
    workspace.file("keg.yml", "layout: {taps: [taps/*]}\n").file(".env.staging", "A=1\n");
    workspace.file("taps/web/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n").commit();
    workspace.keg(["env", "wep"]).code(2).complains("did you mean `web`?");
    let run = workspace.keg(["env", "web", "--environment", "stagin"]).code(2);
    run.complains("there is no file .env.stagin").complains("did you mean the environment `staging`?");
    workspace.keg(["env", "web", "--environment", "../x"]).code(2).complains("names no environment");
    workspace.keg(["env", "web", "--env", "=x"]).code(2).complains("--env has no name");
    workspace.keg(["env", "web", "--format", "dot"]).code(2).complains("only keg graph draws");
    workspace.keg(["graph", "--format", "shell"]).code(2).complains("only keg env");
    // Set for many taps, of which not all have such files.
    workspace.env("KEG_ENV", "production");
    workspace.keg(["env", "web"]).success();
    workspace.file("taps/web/.env", "A=1\nB=\"x\n").commit();
    workspace.keg(["env", "web"]).code(2).complains("line 2 of taps/web/.env");
}
