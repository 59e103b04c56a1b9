//! `keg tap unlink`

use crate::border::user_config::{self, Change};
use crate::command::home::Home;
use crate::command::{App, running, selection};
use crate::error::{Error, Result, nearest};
use crate::links::{Link, Links};
use crate::settings::Format;
use crate::workspace::Overrides;

/// Arguments of `keg tap unlink`.
#[derive(Debug, clap::Args)]
#[command(after_help = "The tap's folder stays as it is, and what runs of it goes on running.")]
pub struct Args {
    /// The link's name
    #[arg(value_name = "NAME", add = selection::link_completer())]
    pub name: String,
    /// Shows what would be unlinked, and writes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `keg tap unlink`.
///
/// # Errors
/// There is no such link.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let link = find(&app.links()?, &args.name)?;
    let runs = still_runs(&link, app).await;
    if !args.dry_run {
        user_config::change(&app.settings, |links| find(links, &args.name).map(|link| Change::Remove(link.name)))
            .await?;
    }
    if app.settings.format == Format::Json {
        let document = serde_json::json!({ "link": link.name, "folder": link.path, "dry_run": args.dry_run });
        return app.ui.print_json(&document);
    }
    let verb = if args.dry_run { "would unlink" } else { "unlinked" };
    app.ui.print(&format!("{verb} {} from {}\n", link.name, link.path.display()))?;
    if let Some(tap) = runs {
        app.ui.note(format!("{tap} goes on running; keg stop {tap} stops it"));
    }
    Ok(())
}

/// The tap's name, if it runs. Whether the engine can be asked does not matter here.
async fn still_runs(link: &Link, app: &App) -> Option<String> {
    let home = Home::of_link(link, &app.settings).ok()?;
    let workspace = home.load(&app.links().ok()?, &app.settings, &[], &Overrides::default()).ok()?;
    let index = workspace.linked_as(&link.name)?.image.clone().ok()?;
    let name = workspace.image(index).name.clone();
    let running = running::find_everywhere(&app.borders().ok()?.engine).await.ok()?;
    let root = home.root.display().to_string();
    running.iter().any(|running| running.tap == name && running.workspace == root).then_some(name)
}

fn find(links: &Links, name: &str) -> Result<Link> {
    links.get(name).cloned().ok_or_else(|| {
        let error = Error::request(format!("there is no link `{name}`"));
        match nearest(name, links.iter().map(|link| link.name.as_str())) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("keg tap list shows the links"),
        }
    })
}
