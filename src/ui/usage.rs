//! What is said before there are settings: help, and words that the command line does not take.

use super::stream::Stream;
use crate::error::Error;

/// Prints help and version to stdout, and usage errors to stderr. Gives the exit code.
pub fn print_usage(error: &clap::Error) -> u8 {
    // clap knows which of the two it is, and whether there may be colours.
    error.print().ok();
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// Prints an error for which there are no settings yet. Gives the exit code.
pub fn print_early_error(error: &Error) -> u8 {
    let help = error.remedy().map(|help| format!("help: {help}\n")).unwrap_or_default();
    Stream::new(std::io::stderr(), false, None).write_or_forget(&format!("{}\n{help}", error.one_line()));
    error.exit_code()
}
