//! A workspace in a temporary folder, with git, its own settings, and keg to run in it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::engine::{RootImage, docker, image_names, root_image};
use super::process::{Finished, command, run};
use super::registry::Registry;
use super::unique;

/// Longer than anything in a test may take; a keg that hangs fails the test.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// A workspace under construction or in use. When it is dropped, what its programs made on the engine goes:
/// containers and networks labelled with its folder, and everything with its name prefix.
#[derive(Debug)]
pub struct Workspace {
    folder: TempDir,
    prefix: String,
    variables: Vec<(String, String)>,
    root_image: Option<RootImage>,
}

impl Workspace {
    /// An empty git repository on the branch `main`, without a commit; home and Docker's settings are empty folders
    /// of its own.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("kegtest-workspace").tempdir().unwrap();
        let workspace = Self { prefix: unique(""), folder, variables: Vec::new(), root_image: None };
        for folder in [workspace.root(), workspace.home(), workspace.docker_config()] {
            std::fs::create_dir(folder).unwrap();
        }
        workspace.git(["init", "--quiet", "--initial-branch=main"]);
        workspace.git(["config", "user.name", "Test"]);
        workspace.git(["config", "user.email", "test@example.invalid"]);
        workspace
    }

    /// The root image to write into a `FROM`; stays on the engine as long as this workspace.
    pub fn root_image(&mut self) -> String {
        self.root_image.get_or_insert_with(root_image).to_string()
    }

    /// The workspace's folder.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    /// The home folder of programs that run in it.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The folder of Docker's settings for programs that run in it.
    pub fn docker_config(&self) -> PathBuf {
        self.folder.path().join("docker")
    }

    /// A folder beside the workspace, made empty when it is new.
    pub fn outside(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// The name of an image that is this workspace's own: `<prefix>web`.
    pub fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A path in the workspace.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file, with its folders.
    pub fn file(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// Removes a file or folder.
    pub fn remove(&self, path: impl AsRef<Path>) -> &Self {
        let path = self.path(path);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
        self
    }

    /// Reads a file.
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        let path = self.path(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Switches to a branch, which is made when it is new.
    pub fn branch(&self, name: &str) -> &Self {
        let exists = self.run_git(["rev-parse", "--verify", "--quiet", &format!("refs/heads/{name}")]).code == Some(0);
        if exists {
            self.git(["switch", "--quiet", name]);
        } else {
            self.git(["switch", "--quiet", "--create", name]);
        }
        self
    }

    /// Commits everything and gives the commit.
    pub fn commit(&self) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", "A change"]);
        self.git(["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Runs git in the workspace; it must succeed.
    pub fn git<A: AsRef<str>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        self.run_git(arguments).success()
    }

    fn run_git<A: AsRef<str>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        let mut git = self.program("git");
        git.env("GIT_CONFIG_NOSYSTEM", "1").args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        run(&mut git, b"")
    }

    /// Puts an executable script on the PATH of the programs that run in the workspace.
    pub fn script(&mut self, name: &str, text: &str) -> &mut Self {
        let folder = self.outside("bin");
        // Another process writes it: a file that this one has open for writing, even through a fork of another test,
        // could not be run.
        let path = folder.join(name);
        let write = ["-c", "cat > \"$1\" && chmod 755 \"$1\"", "sh", path.to_str().unwrap()];
        run(command("sh").args(write), text.as_bytes()).success();
        let inherited: Vec<String> = inherited().filter(|(name, _)| name == "PATH").map(|(_, path)| path).collect();
        self.env("PATH", format!("{}:{}", folder.display(), inherited.join(":")))
    }

    /// Sets a variable for all programs that run in the workspace.
    pub fn env(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Stores a login in Docker's settings of this workspace.
    pub fn log_in(&self, host: &str, user: &str, password: &str) -> &Self {
        use base64::Engine;
        let auth = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        let config = serde_json::json!({ "auths": { host: { "auth": auth } } });
        std::fs::write(self.docker_config().join("config.json"), config.to_string()).unwrap();
        self
    }

    /// Makes programs of this workspace trust a registry's own authority, as Docker's client does.
    pub fn trust(&self, registry: &Registry) -> &Self {
        let folder = self.docker_config().join("certs.d").join(registry.host());
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(registry.ca_file(), folder.join("ca.crt")).unwrap();
        self
    }

    /// A program that runs in the workspace with a clean environment: no variables of CI, no terminal.
    pub fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = command(program);
        command.current_dir(self.root()).env_clear().envs(inherited()).env("HOME", self.home());
        command.env("DOCKER_CONFIG", self.docker_config());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The settings that keg would run with in this workspace, for tests of the library.
    pub fn settings(&self) -> keg::settings::Settings {
        let own = [("HOME", self.home()), ("DOCKER_CONFIG", self.docker_config())];
        let own = own.map(|(name, folder)| (name.to_owned(), folder.to_str().unwrap().to_owned()));
        keg::settings::Settings {
            current_folder: self.root(),
            workspace: None,
            branch: None,
            environment: None,
            context: None,
            format: keg::settings::Format::Text,
            verbosity: keg::settings::Verbosity::Normal,
            color: false,
            stderr_is_terminal: false,
            interactive: false,
            registry_timeout: Duration::from_secs(60),
            variables: inherited().chain(own).chain(self.variables.clone()).collect(),
        }
    }

    /// keg with these arguments, not yet started: for a terminal, another folder or other variables.
    pub fn keg_command<A: AsRef<str>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_keg"));
        command.args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        command
    }

    /// Runs keg in the workspace.
    pub fn keg<A: AsRef<str>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.keg_with_input(arguments, "")
    }

    /// Runs keg in the workspace with `input` on its standard input.
    pub fn keg_with_input<A: AsRef<str>>(&self, arguments: impl IntoIterator<Item = A>, input: &str) -> Run {
        Run::of(self.keg_command(arguments), input)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if !super::engine::in_use() {
            return;
        }
        let label = format!("label=dev.keg.workspace={}", self.root().display());
        remove(&["ps", "--all", "--quiet", "--filter", &label], &["rm", "--force", "--volumes"]);
        let names = docker(["ps", "--all", "--format", "{{.ID}} {{.Names}} {{.Image}}"]).stdout;
        for line in names.lines().filter(|line| line.contains(&self.prefix)) {
            docker(["rm", "--force", "--volumes", line.split(' ').next().unwrap()]);
        }
        remove(&["network", "ls", "--quiet", "--filter", &label], &["network", "rm"]);
        remove(&["network", "ls", "--quiet", "--filter", &format!("name={}", self.prefix)], &["network", "rm"]);
        remove(
            &["volume", "ls", "--quiet", "--filter", &format!("name={}", self.prefix)],
            &["volume", "rm", "--force"],
        );
        let mine = image_names().into_iter().filter(|name| name.contains(&self.prefix)).collect::<Vec<_>>();
        if !mine.is_empty() {
            docker(["image", "rm", "--force"].into_iter().map(str::to_owned).chain(mine));
        }
        // Images that lost their name to a newer build are known by their label alone.
        let unnamed =
            docker(["image", "ls", "--quiet", "--filter", "dangling=true", "--filter", "label=dev.keg.image"]);
        let format = "{{.Id}} {{index .Config.Labels \"dev.keg.image\"}}";
        let labels = docker(["image", "inspect", "--format", format].into_iter().chain(unnamed.stdout.lines()));
        for line in labels.stdout.lines().filter(|line| line.contains(&self.prefix)) {
            docker(["image", "rm", "--force", line.split(' ').next().unwrap()]);
        }
    }
}

/// Removes what `list` lists.
fn remove(list: &[&str], remove: &[&str]) {
    let listed = docker(list.iter().copied()).stdout;
    let ids: Vec<&str> = listed.lines().collect();
    if !ids.is_empty() {
        docker(remove.iter().copied().chain(ids));
    }
}

/// What programs get of the environment of the tests.
#[expect(clippy::disallowed_methods, reason = "tests decide what the programs that they run inherit")]
fn inherited() -> impl Iterator<Item = (String, String)> {
    std::env::vars().filter(|(name, _)| matches!(name.as_str(), "PATH" | "DOCKER_HOST" | "LLVM_PROFILE_FILE"))
}

/// How a run of keg ended.
#[derive(Debug)]
pub struct Run {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The results.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
}

impl Run {
    /// Runs a command made by [`Workspace::keg_command`] to its end.
    pub fn of(command: Command, input: &str) -> Self {
        assert_cmd::Command::from_std(command).timeout(TIME_LIMIT).write_stdin(input).output().unwrap().into()
    }

    /// It ended with 0.
    #[track_caller]
    pub fn success(self) -> Self {
        self.code(0)
    }

    /// It ended with this code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Its results say `text`.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "`{text}` is missing in\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Its errors and progress say `text`, whatever the line breaks.
    #[track_caller]
    pub fn complains(self, text: &str) -> Self {
        assert!(words(&self.stderr).contains(&words(text)), "`{text}` is missing in\n{}", self.stderr);
        self
    }

    /// Its results as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON: {error}:\n{}", self.stdout))
    }
}

impl From<std::process::Output> for Run {
    fn from(output: std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The words of a text: reports are wrapped and framed.
fn words(text: &str) -> String {
    text.split(|character: char| character.is_whitespace() || "│├╰─▶·╭".contains(character))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
