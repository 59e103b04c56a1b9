//! Which running taps the words of a command mean.

use std::collections::BTreeSet;

use crate::border::compose::overlay::{LABEL_TAP, LABEL_WORKSPACE};
use crate::border::engine::Engine;
use crate::command::{App, selection};
use crate::error::{Error, Result};
use crate::observe;
use crate::settings::Format;
use crate::start::running::{self, Running, Which};
use crate::workspace::Workspace;

/// The running taps of a workspace, and what is known about it. The workspace may have changed since they were
/// started, and may not even load any more: what runs can still be found.
pub struct Found {
    /// What runs.
    pub running: Vec<Running>,
    /// The workspace as it is now, if it loads.
    pub workspace: Result<Workspace>,
}

/// Looks up what runs of the current workspace. Where there is none, what the command names is looked for in all of
/// them: the link of a tap may have gone while it runs.
///
/// # Errors
/// There is no workspace and nothing of that name runs, or the engine is out of reach.
pub async fn find(app: &App, engine: &Engine) -> Result<Found> {
    let root = match app.workspace_root() {
        Ok(root) => root,
        Err(error) => return find_unlinked(app, engine, error).await,
    };
    let labels = [LABEL_TAP.to_owned(), format!("{LABEL_WORKSPACE}={}", root.display())];
    let running = running::running(engine.containers(&labels).await?);
    Ok(Found { running, workspace: app.workspace() })
}

async fn find_unlinked(app: &App, engine: &Engine, error: Error) -> Result<Found> {
    let mut running = if app.words.is_empty() { Vec::new() } else { find_everywhere(engine).await? };
    running.retain(|running| app.words.contains(&running.tap));
    let workspaces: BTreeSet<&str> = running.iter().map(|running| running.workspace.as_str()).collect();
    match workspaces.len() {
        0 => Err(error),
        1 => Ok(Found { running, workspace: Err(error) }),
        _ => {
            let all: Vec<&str> = workspaces.into_iter().collect();
            let message = format!("{} runs in several workspaces: {}", app.words.join(", "), all.join(", "));
            Err(Error::request(message).help("say which one is meant with --workspace"))
        }
    }
}

/// Looks up what runs of any workspace.
///
/// # Errors
/// The engine is out of reach.
pub async fn find_everywhere(engine: &Engine) -> Result<Vec<Running>> {
    Ok(running::running(engine.containers(&[LABEL_TAP.to_owned()]).await?))
}

impl Found {
    /// The name of the tap that `word` means: by the workspace as it is, else by what runs.
    ///
    /// # Errors
    /// Neither knows it.
    pub fn tap(&self, word: &str) -> Result<String> {
        let by_workspace = match &self.workspace {
            Ok(workspace) => selection::tap(workspace, word).map(|index| workspace.image(index).name.clone()),
            Err(error) => Err(error.clone()),
        };
        let runs = self.running.iter().any(|running| running.tap == word);
        by_workspace.or_else(|error| if runs { Ok(word.to_owned()) } else { Err(error) })
    }

    /// The branches of `tap` that are meant: all, `--branch`'s, or the only one, else the current one.
    ///
    /// # Errors
    /// Several run, and nothing says which is meant.
    pub fn choose(&self, app: &App, tap: &str, all: bool) -> Result<Vec<&Running>> {
        let current = self.current_branch(app, tap);
        running::choose(&self.running, tap, which(app, current.as_deref(), all))
    }

    /// The one branch of `tap` that is meant.
    ///
    /// # Errors
    /// None runs, or several do and nothing says which is meant.
    pub fn choose_one(&self, app: &App, tap: &str) -> Result<&Running> {
        let current = self.current_branch(app, tap);
        running::choose_one(&self.running, tap, which(app, current.as_deref(), false))
    }

    /// The branch of the repository that holds the tap now. That there is none is no error here.
    fn current_branch(&self, app: &App, tap: &str) -> Option<String> {
        let workspace = self.workspace.as_ref().ok()?;
        let folder = match workspace.find(tap) {
            Some(index) => &workspace.image(index).folder,
            None => &workspace.root,
        };
        observe::branch_of(workspace, &app.settings, folder).ok().map(|branch| branch.name)
    }
}

fn which<'a>(app: &'a App, current: Option<&'a str>, all: bool) -> Which<'a> {
    match &app.settings.branch {
        _ if all => Which::All,
        Some(branch) => Which::Branch(branch),
        None => Which::Current(current),
    }
}

/// Where the ports that containers publish are reached.
///
/// # Errors
/// An engine address that cannot be understood.
pub fn host(app: &App) -> Result<String> {
    Ok(running::host(&app.borders()?.engine.address()))
}

/// The tap that is meant where none is named: that of the current folder, else the only one that runs, else the one
/// that the user chooses.
///
/// # Errors
/// None runs, or several do and nobody can be asked.
pub fn tap_here(app: &App, found: &Found, question: &str) -> Result<String> {
    let workspace = found.workspace.as_ref().map_err(Clone::clone)?;
    let here = workspace.images.iter().filter(|image| app.settings.current_folder.starts_with(&image.folder));
    let here = here.filter(|image| image.tap.is_some()).max_by_key(|image| image.folder.as_os_str().len());
    if let Some(tap) = here {
        return Ok(tap.name.clone());
    }
    let mut running: Vec<String> = found.running.iter().map(|one| one.tap.clone()).collect();
    running.retain(|tap| workspace.find(tap).is_some());
    running.dedup();
    match running.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Error::request("no tap runs, and none is named").help("start one with `keg start TAP`, or name it")),
        _ if app.settings.interactive && app.settings.format != Format::Json => {
            let place = app.ui.choose(question, &running)?;
            running.get(place).cloned().ok_or_else(|| Error::request("no tap was chosen"))
        }
        several => Err(Error::request("several taps run, and none is named")
            .help(format!("name one of them: {}", several.join(", ")))),
    }
}
