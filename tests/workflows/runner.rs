//! Runs the scripts of workflows as GitHub's runner does: bash with the options of `shell: bash`, variables of the
//! step, and files for outputs and the PATH.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{Run, Workspace};

pub struct Runner<'a> {
    workspace: &'a Workspace,
    /// The event's variables.
    pub variables: BTreeMap<String, String>,
    /// What expressions in variables of steps give.
    pub values: BTreeMap<String, String>,
    /// What steps have written to GITHUB_OUTPUT.
    pub outputs: BTreeMap<String, String>,
    /// The scripts that have been run.
    pub ran: BTreeSet<String>,
}

impl<'a> Runner<'a> {
    pub fn new(workspace: &'a Workspace) -> Self {
        let (variables, values) = (BTreeMap::new(), BTreeMap::new());
        Self { workspace, variables, values, outputs: BTreeMap::new(), ran: BTreeSet::new() }
    }

    /// What has happened: the event's name, the reference it is about, and GitHub's document.
    pub fn event(&mut self, name: &str, reference: &str, payload: &Value) -> &mut Self {
        let file = self.workspace.outside("runner").join("event.json");
        std::fs::write(&file, payload.to_string()).unwrap();
        let head = self.workspace.git(["rev-parse", "HEAD"]).trim().to_owned();
        let short = reference.rsplit('/').next().unwrap();
        self.variables = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", file.to_str().unwrap()),
            ("GITHUB_REF", reference),
            ("GITHUB_REF_NAME", short),
            ("GITHUB_SHA", &head),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        self
    }

    pub fn value(&mut self, expression: &str, value: &str) -> &mut Self {
        self.values.insert(expression.to_owned(), value.to_owned());
        self
    }

    /// All scripts of a job, one after the other; each must succeed.
    pub fn job(&mut self, workflow: &Value, job: &str, except: &[&str]) {
        for step in workflow["jobs"][job]["steps"].as_array().unwrap() {
            if step.get("run").is_some() && !except.contains(&step["name"].as_str().unwrap()) {
                self.step(workflow, job, step).success();
            }
        }
    }

    /// One script, as it stands in the workflow.
    pub fn step(&mut self, workflow: &Value, job: &str, step: &Value) -> Run {
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "an expression stands in a script: {script}");
        assert_eq!(workflow["defaults"]["run"]["shell"], "bash");
        let folder = self.workspace.outside("runner");
        let (file, output, path) = (folder.join("script.sh"), folder.join("output"), folder.join("path"));
        std::fs::write(&file, script).unwrap();
        std::fs::write(&output, "").unwrap();
        let mut bash = self.workspace.program("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&file).envs(&self.variables);
        if let Some(folder) = step["working-directory"].as_str() {
            bash.current_dir(self.workspace.path(folder));
        }
        bash.env("GITHUB_OUTPUT", &output).env("GITHUB_PATH", &path);
        bash.env("GITHUB_STEP_SUMMARY", folder.join("summary.md"));
        let added = std::fs::read_to_string(&path).unwrap_or_default();
        let mut search: Vec<&str> = added.lines().collect();
        search.reverse();
        let inherited = self.workspace.settings().variables.get("PATH").unwrap().to_owned();
        search.push(&inherited);
        bash.env("PATH", search.join(":"));
        for variables in [&workflow["jobs"][job]["env"], &step["env"]] {
            for (name, value) in variables.as_object().into_iter().flatten() {
                bash.env(name, self.evaluated(value.as_str().unwrap()));
            }
        }
        let run = Run::of(bash, "");
        self.ran.insert(script.to_owned());
        for line in std::fs::read_to_string(&output).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap();
            self.outputs.insert(name.to_owned(), value.to_owned());
        }
        run
    }

    fn evaluated(&self, text: &str) -> String {
        let Some(expression) = text.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}")) else {
            assert!(!text.contains("${{"), "{text}");
            return text.to_owned();
        };
        if let Some(value) = self.values.get(expression) {
            return value.clone();
        }
        let output = expression.strip_prefix("steps.plan.outputs.").and_then(|name| self.outputs.get(name));
        output.unwrap_or_else(|| panic!("nothing says what `{expression}` is")).clone()
    }
}
