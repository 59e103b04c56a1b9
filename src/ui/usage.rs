//! What is said before there are settings: help, and words that the command line does not take.

use std::io::IsTerminal;
use std::path::Path;

use crate::env_vars::{NO_COLOR, TERM, Variables};
use crate::error::Error;

use super::secrets::Secrets;
use super::stream::Stream;

/// Prints help and version to stdout, and usage errors to stderr. Gives the exit code.
pub fn print_usage(error: &clap::Error) -> u8 {
    // clap knows which of the two it is, and whether there may be colours.
    error.print().ok();
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// Prints the report of an error for which there are no settings yet. Gives the exit code.
pub fn print_early_error(error: &Error) -> u8 {
    let variables = Variables::of_process();
    let on_terminal = std::io::stderr().is_terminal();
    let color = on_terminal && variables.get(NO_COLOR).is_none() && variables.get(TERM) != Some("dumb");
    let columns = on_terminal.then(|| comfy_table::Table::new().use_stderr().width()).flatten().map(usize::from);
    let text = super::error::as_text(error, &Secrets::default(), columns, color, Path::new("/"));
    Stream::new(std::io::stderr(), color, columns).write_or_forget(&text);
    error.exit_code()
}
