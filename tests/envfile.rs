//! `.env` files mean to keg what they mean to Compose v2: each text below is read by both.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::support::{self, Workspace};

/// Set in Compose's environment and given to keg's reader.
const PROCESS: (&str, &str) = ("FROM_PROCESS", "of the process");

const TEXTS: &[&str] = &[
    "A=1\nB=two.three:4\n\n# comment\n  C=x\n",
    "A=\nB=",
    "A=1\nA=2\n",
    "\u{feff}A=1\r\nB=\"x\"\r\nC='y'\r\nD=a b\r\nE=\r\n",
    "A = b c  # comment\nB=a#b\nC=a #b\nD=# x\nE= # x\nF=a\t# x\n",
    "A='x # y' # z\nB=\"x # y\" # z\nC=\"x\"# z\n",
    "A='$X ${Y:-z} \\n'\nB=\"it's\"\nC='a\"b'\nD=\"\"\nE=''\n",
    "A='it\\'s'\nB=\"say \\\"so\\\"\"\n",
    "A=x\"y\"z\nB=it's\n",
    "A=\"one\ntwo\n\nthree\"\nB='one\ntwo'\n",
    "A=\"x\"B=y\n",
    "A=\"a\\nb\\t\\\\n \\$X \\c \\z \\a\\b\\f\\r\\v\"\n",
    "A=\"\\0123|\\08|\\0999|\\0377|\\012\"\n",
    "A=a\\nb\\\\c\n",
    "A=1\nB=$A${A}\nC=${X:-d}\nD=\"${A:+set}\"\nE=${A+set}${X+set}|\n",
    "A=pa$$word\nB=\"pa$$word\"\nC='pa$$word'\nD=$$$$\nE=a$ b$\n",
    "E=\nA=${E:-x}\nB=${E-x}\nC=${E:+x}\nD=${E+x}\n",
    "A=${X:-${Y:-z}}\nB=${X:-a{b}c}d\nC=\"${X:-a b}\"\nD=${X:-}|\n",
    "A=${X:-$FROM_PROCESS}\nB=$FROM_PROCESS\nFROM_PROCESS=file\nC=$FROM_PROCESS\n",
    "A=${FROM_PROCESS:?needed}\nB=${FROM_PROCESS?}\n",
    "A=${A:-own}\nB=$B\n",
    "export A=1\nexport\tB=2\nexported=3\n",
    "A: b\nB:c\nC : d\n",
    "C.D-E=f\nÜ=g\n",
    "FROM_PROCESS\nNONE\nA=1\n",
    "A=p@ss w0rd!%^&*()[]{};<>,?/~`|\n",
    "A=a=b==\nB==\n",
    "A={\"json\": [1, \"x\"]}\n",
    "A=ünïcödé 日本\nB=\"日本\"\n",
    "A=$1 $é ${X}y\n",
    "A=a\\$b\nB=\\\\\n",
    "A=\u{a0}x\u{a0}\n\u{a0}B=y\n",
    "A=x\u{b}y\u{c}\n",
    "#A=1\n   # B=2\nC=3#\n",
    "A=\"multi\n${FROM_PROCESS}\n#no comment\"\n",
    "A=\"${X:-\\\"q\\\"}\"\n",
    "A=\"x\\\ny\"\n",
];

const WRONG: &[&str] = &[
    "A B=1\n",
    "A;B=1\n",
    "A=\"x\n",
    "A='x\\'\n",
    "A=${\n",
    "A=${}\n",
    "A=${B\n",
    "A=${B:?needed}\n",
    "A=${B?}\n",
    "A=${1}\n",
    "{\"a\": 1}\n",
    "A=1\nLAST",
    "=x\n",
    ": x\n",
    "A='a'\\''b'\n",
    "A=\"${X:-a\n}\"\n",
];

struct Scene {
    workspace: Workspace,
    compose: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let mut workspace = Workspace::new();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tools.sh");
        let tools = support::run(&mut workspace.program(script), b"").success();
        let tools = Path::new(tools.trim());
        symlink(tools.join("cli-plugins"), workspace.docker_config().join("cli-plugins")).unwrap();
        workspace.env(PROCESS.0, PROCESS.1);
        Self { compose: tools.join("usr/bin/docker"), workspace }
    }

    /// The environment of the one service, as Compose resolves it.
    fn compose(&self) -> Result<IndexMap<String, String>, String> {
        let mut config = self.workspace.program(&self.compose);
        config.args(["compose", "config", "--format", "json"]);
        let finished = support::run(&mut config, b"");
        if finished.code != Some(0) {
            return Err(finished.stderr);
        }
        let config: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
        let environment = config["services"]["web"]["environment"].as_object().cloned().unwrap_or_default();
        Ok(environment.into_iter().map(|(name, value)| (name, value.as_str().unwrap().replace("$$", "$"))).collect())
    }

    /// As the file that Compose reads for a service.
    fn as_env_file(&self, text: &str) -> Result<IndexMap<String, String>, String> {
        self.workspace.file(".env", "").file("web.env", text);
        self.workspace.file("compose.yml", "services: {web: {image: web, env_file: web.env}}\n");
        self.compose()
    }

    /// As the file that Compose interpolates with.
    fn as_dot_env(&self, text: &str, names: &[&str]) -> Result<IndexMap<String, String>, String> {
        let lines: String = names.iter().map(|name| format!("      {name}: \"${{{name}-(unset)}}\"\n")).collect();
        self.workspace.file(".env", text);
        self.workspace.file("compose.yml", format!("services:\n  web:\n    image: web\n    environment:\n{lines}"));
        self.compose()
    }
}

fn lookup(name: &str) -> Option<String> {
    (name == PROCESS.0).then(|| PROCESS.1.to_owned())
}

fn sorted(variables: IndexMap<String, String>) -> Vec<(String, String)> {
    let mut variables: Vec<_> = variables.into_iter().collect();
    variables.sort();
    variables
}

#[test]
fn values_are_those_of_compose() {
    let scene = Scene::new();
    let mut wrong = Vec::new();
    for text in TEXTS {
        let ours = keg::envfile::parse(".env", text, &lookup).unwrap();
        match scene.as_env_file(text) {
            Ok(theirs) if sorted(theirs.clone()) == sorted(ours.clone()) => {}
            theirs => wrong.push(format!("{text:?} as env_file:\n  Compose {theirs:?}\n  keg     {ours:?}")),
        }
        let is_name = |name: &str| name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
        let mut names: Vec<&str> = ours.keys().map(String::as_str).filter(|name| is_name(name)).collect();
        if !ours.contains_key("NONE") {
            names.push("NONE");
        }
        let expected = names.iter().map(|name| {
            let value = lookup(name).or_else(|| ours.get(*name).cloned()).unwrap_or_else(|| "(unset)".to_owned());
            ((*name).to_owned(), value)
        });
        match scene.as_dot_env(text, &names) {
            Ok(theirs) if sorted(theirs.clone()) == sorted(expected.collect()) => {}
            theirs => wrong.push(format!("{text:?} as .env:\n  Compose {theirs:?}\n  keg     {ours:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_compose_refuses_keg_refuses() {
    let scene = Scene::new();
    for text in WRONG {
        scene.as_dot_env(text, &["A"]).unwrap_err();
        let error = keg::envfile::parse(".env", text, &lookup).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{text:?}");
    }
}
