//! `keg --move-tags`: what a run that publishes leaves to a process of its own; see [`execute`].

use std::io::Read;

use crate::command::App;
use crate::error::{Error, Result};
use crate::execute;
use crate::interrupt;

/// Carries out the order that stands on stdin.
///
/// # Errors
/// What stands on stdin is no order. Tags that cannot be moved are told on stdout.
pub async fn run(app: &App) -> Result<()> {
    // Half an order would be worse than a late end.
    let _handled = interrupt::handled();
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input).map_err(|error| Error::request("reading the order").cause(error))?;
    let answer = execute::carry_out_moves(&app.borders()?.registry, &input).await?;
    app.ui.print_json(&serde_json::json!(answer))
}
