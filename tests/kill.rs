//! `keg build --push` killed at random moments: a set is published as a whole or not at all, nothing is left behind,
//! and the next run completes it without doing anything twice.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use keg::border::locks::Locks;

use crate::support::trees::Family;
use crate::support::{Fault, command, docker, end, everything, run};

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
    end(&mut run);
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
    wait_until("a process of keg's does not end", || running(home).is_empty());
}

/// The ids of the processes that run with this home folder.
fn running(home: &Path) -> Vec<String> {
    let variable = format!("HOME={}", home.display());
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|process| process.path());
    let is_one = |process: &PathBuf| {
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|part| part == variable.as_bytes())
    };
    processes.filter(is_one).filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
}

fn nothing_is_left(family: &Family) {
    let workspace = &family.workspace;
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let expected = [".gitignore", "hashes", "records", "runs"];
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

/// A machine that shuts down, or a CI that cancels, ends all processes: also the one that moves the tags.
#[test]
fn tags_that_are_moving_are_all_moved_whoever_asks_to_stop() {
    let mut family = Family::start();
    let keys = family.keys();
    family.workspace.env("KEG_REGISTRY_TIMEOUT", "60");
    family.proxy.take_requests();
    family.proxy.fail("PUT", Fault::Status(429, "Retry-After: 2\r\n"));
    let mut publishing = start(&family, "other");
    // All but the one that is to wait.
    let mut puts = 0;
    wait_until("the tags move", || {
        puts += family.proxy.take_requests().iter().filter(|request| request.starts_with("PUT")).count();
        puts >= keys.len()
    });
    let processes = running(&family.workspace.home());
    assert!(processes.len() >= 2, "keg and the process that moves tags: {processes:?}");
    for process in &processes {
        run(command("kill").args(["-TERM", process]), b"");
    }
    end(&mut publishing);
    wait_until_alone(&family.workspace.home());
    family.all_right("other", &keys).unwrap();
}

#[test]
fn one_process_moves_tags_at_a_time_and_who_waits_can_be_stopped() {
    let mut family = Family::start();
    family.change();
    let (keys, before) = (family.keys(), family.tags("main"));
    let locks = Locks::new(&family.workspace.settings(), &family.workspace.path(".keg"));
    let name = format!("publish {}/{}", family.proxy.host(), family.namespace);
    let lock = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(locks.take(&name, || unreachable!("nobody else has it")))
        .unwrap();
    let mut publishing = start(&family, "main");
    wait_until("everything is uploaded", || family.uploaded(&keys).len() == keys.len());
    std::thread::sleep(Duration::from_millis(300));
    assert!(publishing.try_wait().unwrap().is_none(), "it waits for the other process");
    run(command("kill").args(["-INT", &publishing.id().to_string()]), b"");
    assert_eq!(end(&mut publishing).code(), Some(130));
    assert_eq!(family.tags("main"), before);
    drop(lock);
    let uploaded = family.uploaded(&keys);
    family.completes("main", &keys, &uploaded).unwrap();
}

fn start(family: &Family, branch: &str) -> Child {
    let mut command = family.workspace.keg_command(["build", "--push", "--branch", branch]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
