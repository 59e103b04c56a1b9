//! Sets the machine up for the tests when a real part is missing.

use std::fs::File;
use std::sync::Mutex;

use super::process::{command, run};

/// Makes sure that `is_there`. When it is not, runs `tests/support/setup.sh`, once for all test processes, and
/// fails loudly when the part is missing still: tests never pass by skipping.
pub fn ensure(part: &str, is_there: impl Fn() -> bool) {
    ensure_with(part, &[], is_there);
}

/// As [`ensure`], for a part that comes with Debian packages which not every test needs.
pub fn ensure_with(part: &str, packages: &[&str], is_there: impl Fn() -> bool) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    if is_there() {
        return;
    }
    let _guard = ONE_AT_A_TIME.lock();
    let lock = File::create(std::env::temp_dir().join("kegtest-setup.lock")).unwrap();
    lock.lock().unwrap();
    if is_there() {
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/setup.sh");
    let finished = run(command("bash").arg(script).args(packages), b"");
    assert!(is_there(), "{part} is needed, and {script} did not bring it: {finished:#?}");
}

/// Whether a program is on the PATH.
pub fn has_program(name: &str) -> bool {
    which::which(name).is_ok()
}
