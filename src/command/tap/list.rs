//! `keg tap list`

use serde::Serialize;

use crate::command::App;
use crate::command::home::Home;
use crate::error::{Error, Result};
use crate::links::{Link, Links};
use crate::observe;
use crate::settings::Format;
use crate::workspace::{ImageIndex, Overrides, Workspace};

/// Arguments of `keg tap list`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// A tap of the workspace, or a link.
#[derive(Debug, Serialize)]
struct Row {
    name: Option<String>,
    alias: Option<String>,
    link: Option<String>,
    branch: Option<String>,
    folder: String,
    workspace: Option<String>,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ready,
    /// The folder is not there.
    Missing,
    /// The tap cannot be read, or its name is taken.
    Broken,
}

/// Runs `keg tap list`.
///
/// # Errors
/// A workspace that does not load, a configuration file that cannot be understood.
pub fn run(_: &Args, app: &App) -> Result<()> {
    let links = app.links()?;
    let mut rows = Vec::new();
    let here = match app.workspace_here() {
        Ok(_) => Some(app.workspace()?),
        Err(error) if app.settings.workspace.is_some() => return Err(error),
        Err(_) => None,
    };
    if let Some(workspace) = &here {
        let taps = workspace.named().filter(|(index, image)| image.tap.is_some() && workspace.is_own(*index));
        rows.extend(taps.map(|(index, _)| row(app, workspace, index)));
    }
    for link in links.iter() {
        match load(link, &links, here.as_ref(), app) {
            // It stands in the list already.
            Ok((workspace, index)) if workspace.is_own(index) && is_here(&workspace, here.as_ref()) => {}
            Ok((workspace, index)) => rows.push(row(app, &workspace, index)),
            Err(error) => rows.push(broken(app, link, &error)),
        }
    }
    if app.settings.format == Format::Json {
        return app.ui.print_json(&serde_json::json!({ "taps": rows }));
    }
    if rows.is_empty() {
        return app.ui.print("no taps yet: keg tap new NAME makes one, keg tap link links one of another repository\n");
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let cells = rows.iter().map(|row| {
        let name = row.name.as_ref().or(row.link.as_ref());
        let state = serde_json::to_value(row.state).ok().and_then(|state| Some(state.as_str()?.to_owned()));
        vec![
            name.cloned().unwrap_or_default(),
            text(&row.alias),
            text(&row.link),
            text(&row.branch),
            row.folder.clone(),
            text(&row.workspace),
            state.unwrap_or_default(),
        ]
    });
    app.ui.print_table(&["tap", "alias", "link", "branch", "folder", "workspace", "state"], cells.collect())
}

/// The workspace of a link, and the image that it stands for.
fn load(link: &Link, links: &Links, here: Option<&Workspace>, app: &App) -> Result<(Workspace, ImageIndex)> {
    let home = Home::of_link(link, &app.settings)?;
    let workspace = match here.filter(|here| here.root == home.root) {
        Some(here) => here.clone(),
        None => home.load(links, &app.settings, &[], &Overrides::default())?,
    };
    let linked = workspace.linked_as(&link.name).map(|linked| linked.image.clone());
    let index = linked.unwrap_or_else(|| Err(Error::request(format!("the link {} leads nowhere", link.name))))?;
    Ok((workspace, index))
}

fn is_here(workspace: &Workspace, here: Option<&Workspace>) -> bool {
    here.is_some_and(|here| here.root == workspace.root)
}

fn row(app: &App, workspace: &Workspace, index: ImageIndex) -> Row {
    let image = workspace.image(index);
    let linked = workspace.link_of(index);
    let is_bare =
        workspace.options.file == crate::manifest::KegFile::default() && !workspace.root.join("keg.yml").is_file();
    Row {
        name: Some(image.name.clone()),
        alias: image.alias.clone(),
        link: linked.map(|linked| linked.link.name.clone()),
        branch: observe::branch_of(workspace, &app.settings, &image.folder).ok().map(|branch| branch.name),
        folder: workspace.shown(workspace.place(index)).display().to_string(),
        workspace: (!is_bare).then(|| workspace.root.display().to_string()),
        state: State::Ready,
        error: None,
    }
}

fn broken(app: &App, link: &Link, error: &Error) -> Row {
    if app.settings.format != Format::Json {
        app.ui.warn(error.one_line(), error.remedy().map(Into::into));
    }
    Row {
        name: None,
        alias: None,
        link: Some(link.name.clone()),
        branch: None,
        folder: link.path.display().to_string(),
        workspace: link.workspace.as_ref().map(|root| root.display().to_string()),
        state: if link.path.is_dir() { State::Broken } else { State::Missing },
        error: Some(error.one_line()),
    }
}
