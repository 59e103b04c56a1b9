//! `keg tap link`

use std::path::{Path, PathBuf};

use crate::border::user_config::{self, Change};
use crate::command::{App, home::Home, selection};
use crate::error::{Error, Result};
use crate::links::{Link, Links, check_name};
use crate::settings::Format;
use crate::workspace::{ImageIndex, Overrides, Workspace, names};

/// Arguments of `keg tap link`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The link stands in the user's configuration file; keg config shows where that is. The tap belongs
to the workspace in which it is linked, or of --workspace: it is built on that workspace's
images. Linked outside of any, it belongs to the workspace around its folder, or to none. Its
own repository gives its branch.

Examples:
  keg tap link                   links the tap in the current folder
  keg tap link evf ../evf        links that in ../evf: keg evf start now works in any folder
  keg tap link evf ~/code/evf    says where it lies now, after it has moved"
)]
pub struct Args {
    /// The word for the command line [default: alias or name of its tap.yml, else the folder's name]
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// The tap's folder, with tap.yml in it or in its folder container [default: the current folder]
    #[arg(value_name = "PATH", value_hint = clap::ValueHint::DirPath)]
    pub path: Option<PathBuf>,
    /// Shows what would be linked, and writes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `keg tap link`.
///
/// # Errors
/// There is no tap in the folder, or its name is taken: by a command of keg, an image of the workspace, another link.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let (name, path) = name_and_path(args);
    let path = folder(&app.settings.current_folder.join(path), name)?;
    let workspace = match (app.workspace_here(), &app.settings.workspace) {
        (Ok(root), _) => Some(root),
        (Err(error), Some(_)) => return Err(error),
        (Err(_), None) => None,
    };
    let links = app.links()?;
    let link = link(name, path, workspace, &links)?;
    check_free(&links, &link)?;
    let (workspace, index) = load(&links, &link, app)?;
    for note in workspace.linked_as(&link.name).iter().flat_map(|linked| &linked.notes) {
        app.ui.note(note);
    }
    if !args.dry_run {
        let change = |links: &Links| check_free(links, &link).map(|()| Change::Set(link.clone()));
        user_config::change(&app.settings, change).await?;
    }
    print(args, app, &link, &workspace, index)
}

/// One argument that looks like a path is the path.
fn name_and_path(args: &Args) -> (Option<&str>, &Path) {
    match (args.name.as_deref(), args.path.as_deref()) {
        (Some(word), None) if word.contains('/') || [".", ".."].contains(&word) => (None, Path::new(word)),
        (name, path) => (name, path.unwrap_or(Path::new(""))),
    }
}

fn folder(path: &Path, name: Option<&str>) -> Result<PathBuf> {
    match std::fs::canonicalize(path) {
        Ok(folder) if folder.is_dir() => Ok(folder),
        Ok(file) => Err(Error::request(format!("{} is no folder", file.display())).help("name the tap's folder")),
        Err(error) => {
            let named = name
                .map(|name| format!("keg tap link {name} PATH"))
                .unwrap_or_else(|| "keg tap link NAME PATH".to_owned());
            Err(Error::request(format!("looking for the tap in {}", path.display())).cause(error).help(named))
        }
    }
}

/// The link with its name and workspace: those that are given, else those of the link that it replaces.
fn link(name: Option<&str>, path: PathBuf, workspace: Option<PathBuf>, links: &Links) -> Result<Link> {
    let known = |link: &&Link| link.path == path;
    let name = match name {
        Some(name) => name.to_owned(),
        None => match links.iter().find(known) {
            Some(link) => link.name.clone(),
            None => default_name(&path, workspace.as_ref(), links)?,
        },
    };
    check_name(&name)?;
    let workspace = workspace.or_else(|| links.get(&name).and_then(|link| link.workspace.clone()));
    Ok(Link { name, path, workspace })
}

/// Alias or name of the tap, else the name of its folder.
fn default_name(path: &Path, workspace: Option<&PathBuf>, links: &Links) -> Result<String> {
    let folder = path.file_name().map(|name| names::proposed_name(&name.to_string_lossy())).unwrap_or_default();
    let link = Link { name: folder, path: path.to_owned(), workspace: workspace.cloned() };
    Ok(Workspace::linked_name(&link, links)?.unwrap_or(link.name))
}

/// Refuses to take a name from another tap that is still there.
fn check_free(links: &Links, link: &Link) -> Result<()> {
    let Some(other) = links.get(&link.name).filter(|other| other.path != link.path && other.path.is_dir()) else {
        return Ok(());
    };
    let (name, place, path) = (&other.name, other.path.display(), link.path.display());
    Err(Error::request(format!("`{name}` is linked to {place} already, and now should be to {path}")).help(format!(
        "choose another name: keg tap link OTHER-NAME {path}; or unlink the first: keg tap unlink {name}"
    )))
}

/// The workspace with the new link in it, and the image that it stands for.
fn load(links: &Links, link: &Link, app: &App) -> Result<(Workspace, ImageIndex)> {
    let home = Home::of_link(link, &app.settings)?;
    // Last, so that it is this one that gets the blame for a name that is taken.
    let all = links.clone().without(&link.name).with(link.clone());
    let workspace = home.load(&all, &app.settings, &[], &Overrides::default())?;
    let index = selection::tap(&workspace, &link.name)?;
    Ok((workspace, index))
}

fn print(args: &Args, app: &App, link: &Link, workspace: &Workspace, index: ImageIndex) -> Result<()> {
    let image = workspace.image(index);
    if app.settings.format == Format::Json {
        return app.ui.print_json(&serde_json::json!({
            "link": link.name,
            "name": image.name,
            "folder": link.path,
            "workspace": link.workspace,
            "dry_run": args.dry_run,
        }));
    }
    let (name, path) = (&link.name, link.path.display());
    let tap = if image.name == *name { String::new() } else { format!(", the tap {}", image.name) };
    let place = match &link.workspace {
        Some(root) => format!(" with the images of {}", root.display()),
        None => String::new(),
    };
    let verb = if args.dry_run { "would link" } else { "linked" };
    app.ui.print(&format!("{verb} {name} to {path}{tap}{place}\n"))
}
