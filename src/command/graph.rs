//! `keg graph`

use crate::command::App;
use crate::command::plans::Plans;
use crate::error::Result;
use crate::graph;
use crate::settings::Format;

/// Arguments of `keg graph`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg graph                                    a tree
  keg graph --format dot | dot -Tsvg > graph.svg
  keg graph --format mermaid                   for Markdown pages")]
pub struct Args {
    /// Which variants.
    #[command(flatten)]
    pub plans: Plans,
}

/// Runs `keg graph`.
///
/// # Errors
/// A workspace that does not load.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = args.plans.of(app.workspace()?.without_links(), &[])?;
    match app.settings.format {
        Format::Text | Format::Dotenv | Format::Shell => app.ui.print(&graph::text_tree(&workspace)),
        Format::Dot => app.ui.print(&graph::dot(&workspace)),
        Format::Mermaid => app.ui.print(&graph::mermaid(&workspace)),
        Format::Json => app.ui.print_json(&graph::json(&workspace)),
    }
}
