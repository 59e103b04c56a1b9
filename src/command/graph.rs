//! `keg graph`

use std::collections::BTreeMap;

use crate::command::plans::Plans;
use crate::command::{App, status};
use crate::docs;
use crate::error::{Error, Result};
use crate::graph;
use crate::graph::svg::Use;
use crate::markup::address;
use crate::settings::Format;

/// Arguments of `keg graph`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg graph                                    a tree
  keg graph --format svg > graph.svg           a picture, for browsers
  keg graph --format svg --stale > graph.svg   the same, with what is to be built marked
  keg graph --format dot | dot -Tsvg > graph.svg
  keg graph --format mermaid                   for Markdown pages")]
pub struct Args {
    /// Which variants.
    #[command(flatten)]
    pub plans: Plans,
    /// Asks the engine, and marks the images that are to be built; with --format svg
    #[arg(long)]
    pub stale: bool,
}

/// Runs `keg graph`.
///
/// # Errors
/// A workspace that does not load; with `--stale`, an engine that is out of reach.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let format = app.settings.format;
    if args.stale && format != Format::Svg {
        return Err(Error::request("--stale marks boxes of a picture")
            .help("write keg graph --stale --format svg, or keg status for a table"));
    }
    let workspace = args.plans.of(app.workspace()?.without_links(), &[])?;
    match format {
        Format::Text | Format::Dotenv | Format::Shell | Format::Github => app.ui.print(&graph::text_tree(&workspace)),
        Format::Dot => app.ui.print(&graph::dot(&workspace)),
        Format::Mermaid => app.ui.print(&graph::mermaid(&workspace)),
        Format::Json => app.ui.print_json(&graph::json(&workspace)),
        Format::Svg => {
            let stale = if args.stale { docs::stale(&status::look(app, &workspace).await?.1) } else { BTreeMap::new() };
            let picture = graph::picture::picture(&workspace, &stale);
            app.ui.print(&graph::svg::svg(
                &picture,
                &Use { link: &|name| format!("#{}", address(name)), is_inline: false },
            ))
        }
    }
}
