//! The `keg` program: everything is in the library.

use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "the one place that reads the arguments")]
fn main() -> ExitCode {
    ExitCode::from(keg::run(std::env::args_os().collect()))
}
