//! The `keg` program: everything is in the library.

use std::process::ExitCode;

/// A look at a large workspace makes a million small texts, which this allocator gives and takes in half the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(clippy::disallowed_methods, reason = "the one place that reads the arguments")]
fn main() -> ExitCode {
    ExitCode::from(keg::run(std::env::args_os().collect()))
}
