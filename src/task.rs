//! Which task words mean, what runs before it, and the arguments that its program gets. Pure.

use crate::error::{Error, Result, nearest};
use crate::manifest::{CommandLine, Task};
use crate::workspace::{Image, Workspace};

/// The tasks that can be run for a tap: its own, and those of keg.yml that it does not replace. Without a tap only
/// those of keg.yml.
#[derive(Debug, Clone, Copy)]
pub struct Tasks<'a> {
    workspace: &'a Workspace,
    tap: Option<&'a Image>,
}

impl<'a> Tasks<'a> {
    /// The tasks of a tap, or of the workspace.
    pub fn of(workspace: &'a Workspace, tap: Option<&'a Image>) -> Self {
        Self { workspace, tap }
    }

    /// The task of this name.
    pub fn get(&self, name: &str) -> Option<&'a Task> {
        let own = self.tap.and_then(|tap| tap.manifest.tasks.get(name));
        own.or_else(|| self.workspace.options.file.tasks.get(name)).map(|task| &task.value)
    }

    /// All names: the tap's own first, each part in the order of its file.
    pub fn names(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> =
            self.tap.iter().flat_map(|tap| tap.manifest.tasks.keys()).map(String::as_str).collect();
        let shared = self.workspace.options.file.tasks.keys().map(String::as_str);
        names.extend(shared.filter(|name| self.tap.is_none_or(|tap| !tap.manifest.tasks.contains_key(*name))));
        names
    }

    /// The task `name` with what it depends on, each once, in the order in which they run.
    ///
    /// # Errors
    /// There is no such task, or one that another depends on is missing or depends on itself.
    pub fn order(&self, name: &str) -> Result<Vec<(&'a str, &'a Task)>> {
        let mut order = Vec::new();
        self.visit(name, &mut Vec::new(), &mut order)?;
        Ok(order)
    }

    fn visit(&self, name: &str, path: &mut Vec<String>, order: &mut Vec<(&'a str, &'a Task)>) -> Result<()> {
        if order.iter().any(|(done, _)| *done == name) {
            return Ok(());
        }
        path.push(name.to_owned());
        if path.iter().filter(|one| *one == name).count() > 1 {
            return Err(Error::request(format!("tasks wait for each other: {}", path.join(" → ")))
                .help("take one of them out of `depends_on`"));
        }
        let Some((name, task)) = self.names().into_iter().find(|known| *known == name).zip(self.get(name)) else {
            return Err(self.unknown(name, path.len().checked_sub(2).and_then(|parent| path.get(parent))));
        };
        for needed in &task.depends_on {
            self.visit(needed, path, order)?;
        }
        path.pop();
        order.push((name, task));
        Ok(())
    }

    fn unknown(&self, name: &str, parent: Option<&String>) -> Error {
        let whose = self.tap.map_or_else(|| "keg.yml".to_owned(), |tap| tap.name.clone());
        let error = Error::request(match parent {
            Some(parent) => format!("the task `{parent}` depends on `{name}`, which is no task of {whose}"),
            None => format!("there is no task `{name}` of {whose}"),
        });
        let names = self.names();
        match nearest(name, names.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None if names.is_empty() => error.help("write it under `tasks:` of tap.yml or keg.yml"),
            None => error.help(format!("the tasks are: {}", names.join(", "))),
        }
    }
}

/// The program of a task and its arguments. A shell sees `further` as its arguments and never as its words: a command
/// that uses `$@`, `$*` or `$1` says itself where they go, all others get them at their end. Without any it is left as
/// it is: not every command may be followed by words, as `if …; fi`.
pub fn arguments(name: &str, command: &CommandLine, further: &[String]) -> Vec<String> {
    let mut arguments = match command {
        CommandLine::Arguments(arguments) => arguments.clone(),
        CommandLine::Shell(script) => {
            let script = script.trim_end();
            let script = match takes_arguments(script) || further.is_empty() {
                true => script.to_owned(),
                false => format!("{script} \"$@\""),
            };
            vec!["sh".to_owned(), "-c".to_owned(), script, name.to_owned()]
        }
    };
    arguments.extend_from_slice(further);
    arguments
}

fn takes_arguments(script: &str) -> bool {
    script.match_indices('$').any(|(place, _)| {
        let rest = &script[place + 1..];
        rest.strip_prefix('{')
            .unwrap_or(rest)
            .starts_with(|char: char| "@*#".contains(char) || ('1'..='9').contains(&char))
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use tempfile::TempDir;

    use super::*;

    fn workspace(keg: &str, tap: &str) -> (TempDir, Workspace) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("taps/web")).unwrap();
        std::fs::write(folder.path().join("keg.yml"), format!("layout: {{taps: [taps/*]}}\n{keg}")).unwrap();
        std::fs::write(folder.path().join("taps/web/Dockerfile"), "FROM scratch\n").unwrap();
        std::fs::write(folder.path().join("taps/web/tap.yml"), tap).unwrap();
        let workspace = Workspace::load(folder.path()).unwrap();
        (folder, workspace)
    }

    fn order(tasks: Tasks<'_>, name: &str) -> Result<Vec<String>> {
        Ok(tasks.order(name)?.into_iter().map(|(name, _)| name.to_owned()).collect())
    }

    #[test]
    fn a_taps_own_tasks_come_before_those_of_all() {
        let keg = "tasks: { lint: { run: all }, seed: { run: all } }\n";
        let (_folder, workspace) =
            workspace(keg, "tasks: { seed: { run: own }, all: { run: x, depends_on: [seed, lint] } }\n");
        let tasks = Tasks::of(&workspace, workspace.images.first());
        assert_eq!(tasks.names(), ["seed", "all", "lint"]);
        assert_eq!(tasks.get("seed").unwrap().run, CommandLine::Shell("own".into()));
        assert_eq!(order(tasks, "all").unwrap(), ["seed", "lint", "all"]);
        let shared = Tasks::of(&workspace, None);
        assert_eq!(shared.get("seed").unwrap().run, CommandLine::Shell("all".into()));
        assert!(shared.get("all").is_none());
    }

    #[test]
    fn what_cannot_be_ordered_is_said() {
        let tap = "tasks:\n  a: { run: x, depends_on: [b] }\n  b: { run: x, depends_on: [c, a] }\n  c: { run: x }\n  d: { run: x, depends_on: [e] }\n";
        let (_folder, workspace) = workspace("", tap);
        let tasks = Tasks::of(&workspace, workspace.images.first());
        assert_snapshot!(order(tasks, "a").unwrap_err().message(), @"tasks wait for each other: a → b → a");
        assert_snapshot!(order(tasks, "d").unwrap_err().message(), @"the task `d` depends on `e`, which is no task of web");
        assert_snapshot!(order(tasks, "x").unwrap_err().message(), @"there is no task `x` of web");
    }

    #[test]
    fn arguments_are_never_words_of_a_shell() {
        let further = ["a b".to_owned(), "$(touch x); \"'".to_owned()];
        let shell = |script: &str| arguments("seed", &CommandLine::Shell(script.into()), &further);
        assert_eq!(shell("npm test\n"), ["sh", "-c", "npm test \"$@\"", "seed", "a b", "$(touch x); \"'"]);
        for script in ["echo \"$@\" | cat", "echo $1", "echo ${1:-x}", "echo $#", "echo ${@}"] {
            assert_eq!(shell(script)[2], script);
        }
        assert_eq!(shell("echo $HOME $0")[2], "echo $HOME $0 \"$@\"");
        // Without arguments nothing is added, which not every command would take.
        let alone = |script: &str| arguments("seed", &CommandLine::Shell(script.into()), &[]);
        assert_eq!(alone("if true; then echo yes; fi\n"), ["sh", "-c", "if true; then echo yes; fi", "seed"]);
        let list = arguments("seed", &CommandLine::Arguments(vec!["npm".into(), "test".into()]), &further);
        assert_eq!(list, ["npm", "test", "a b", "$(touch x); \"'"]);
    }
}
