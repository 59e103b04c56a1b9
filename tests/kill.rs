//! `keg build --push` killed at random moments: a set is published as a whole or not at all, nothing is left behind,
//! and the next run completes it without doing anything twice.

use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::support::trees::Family;
use crate::support::{docker, everything};

const WORKERS: usize = 3;

#[test]
#[expect(clippy::print_stdout, reason = "the figures are worth a look")]
fn a_killed_run_leaves_no_half_set_and_nothing_else() {
    let count = if everything() { 100 } else { 9 };
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    println!("seed {seed}");
    let random = Mutex::new(seed);
    let left = AtomicUsize::new(count);
    let moved = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS.min(count) {
            scope.spawn(|| {
                let mut family = Family::start();
                let temporary = family.workspace.outside("temporary");
                family.workspace.env("TMPDIR", temporary.to_str().unwrap());
                let begin = Instant::now();
                family.change();
                family.workspace.keg(["build", "--push"]).success();
                let usual = begin.elapsed();
                while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                    let part = next(&mut random.lock().unwrap());
                    let has_moved = killed_after(&mut family, usual.mul_f64(part));
                    moved.fetch_add(usize::from(has_moved), Ordering::SeqCst);
                }
            });
        }
    });
    println!("{count} runs were killed, {moved:?} of them after the tags had moved");
}

/// A number between 0 and 1 (xorshift).
fn next(state: &mut u64) -> f64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 11) as f64 / (1_u64 << 53) as f64
}

/// Kills a run after this time, and gives whether its tags had moved.
fn killed_after(family: &mut Family, after: Duration) -> bool {
    family.change();
    let keys = family.keys();
    let before = family.tags("main");
    let mut command = family.workspace.keg_command(["build", "--push"]);
    let mut run = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    run.kill().unwrap();
    run.wait().unwrap();
    // Tags that are moving are moved by a process of its own, which goes on for a moment.
    wait_until_alone(&family.workspace.home());
    let has_moved = family.tags("main") != before;
    if has_moved {
        family.all_right("main", &keys).unwrap_or_else(|problem| panic!("killed after {after:?}: {problem}"));
    }
    let uploaded = family.uploaded(&keys);
    family.completes("main", &keys, &uploaded).unwrap_or_else(|problem| panic!("killed after {after:?}: {problem}"));
    nothing_is_left(family);
    has_moved
}

/// Waits until no process runs with this home folder.
fn wait_until_alone(home: &Path) {
    let variable = format!("HOME={}", home.display());
    let deadline = Instant::now() + Duration::from_secs(60);
    let runs = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let environments = processes.filter_map(|process| std::fs::read(process.path().join("environ")).ok());
        environments.into_iter().any(|text| text.split(|byte| *byte == 0).any(|part| part == variable.as_bytes()))
    };
    while runs() {
        assert!(Instant::now() < deadline, "a process of keg's does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn nothing_is_left(family: &Family) {
    let workspace = &family.workspace;
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let expected = [".gitignore", "hashes", "records"];
    let state = names(&workspace.path(".keg"));
    assert!(state.iter().all(|name| expected.contains(&name.as_str())), "{state:?}");
    let untracked = workspace.git(["ls-files", "--others", "--exclude-standard"]);
    assert!(untracked.lines().all(|name| name == "keg.lock"), "{untracked}");
    assert_eq!(names(&workspace.home().join(".local/state/keg/locks")), [""; 0]);
    assert_eq!(names(&workspace.outside("temporary")), [""; 0]);
    let home = names(&workspace.home());
    assert!(home.iter().all(|name| [".cache", ".local"].contains(&name.as_str())), "{home:?}");
    let mine = format!("label=org.opencontainers.image.revision={}", workspace.git(["rev-parse", "HEAD"]).trim());
    assert_eq!(docker(["ps", "--all", "--quiet", "--filter", &mine]).success(), "");
    assert_eq!(docker(["images", "--quiet", "--filter", "dangling=true", "--filter", &mine]).success(), "");
}
