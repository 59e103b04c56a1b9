//! `keg build --push` through a registry that fails on purpose: whatever goes wrong at whatever request, a set of
//! images is published as a whole or not at all, and the next run completes it.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::trees::Family;
use crate::support::{Fault, Run, everything};

const FAULTS: [(&str, Fault); 8] = [
    ("401", Fault::Status(401, "WWW-Authenticate: Basic realm=\"x\"\r\n")),
    ("403", Fault::Status(403, "")),
    ("404", Fault::Status(404, "")),
    ("429", Fault::Status(429, "Retry-After: 1\r\n")),
    ("500", Fault::Status(500, "")),
    ("reset", Fault::Reset),
    ("truncated", Fault::Truncated),
    ("stall", Fault::Stall),
];
/// Most of the time is waiting: the engine tries uploads again after seconds.
const WORKERS: usize = 8;

/// One failure: at this request, of this kind, on a branch whose tags exist already or not.
#[derive(Debug, Clone, Copy)]
struct Cell {
    request: usize,
    fault: usize,
    is_new: bool,
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are worth a look")]
fn a_set_is_published_as_a_whole_or_not_at_all() {
    let requests = Family::start().requests();
    let cells: VecDeque<Cell> = if everything() {
        let all = (1..=requests).flat_map(|request| (0..FAULTS.len()).map(move |fault| (request, fault)));
        all.flat_map(|(request, fault)| [true, false].map(|is_new| Cell { request, fault, is_new })).collect()
    } else {
        // Every second request fails once, and every kind of failure meets requests of all phases.
        let cell = |request| Cell { request, fault: request / 2 * 3 % FAULTS.len(), is_new: request % 4 == 0 };
        (2..=requests).step_by(2).map(cell).collect()
    };
    let (count, cells) = (cells.len(), Mutex::new(cells));
    let codes: [AtomicUsize; 4] = Default::default();
    let missed = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let mut family = Family::start();
                while let Some(cell) = { cells.lock().unwrap().pop_front() } {
                    match family.try_out(cell) {
                        Ok((code, was_hit)) => {
                            codes[code].fetch_add(1, Ordering::SeqCst);
                            missed.fetch_add(usize::from(!was_hit), Ordering::SeqCst);
                        }
                        Err(failure) => {
                            failures.lock().unwrap().push(failure);
                            family = Family::start();
                        }
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    println!("{count} failures in {requests} requests, ended with {codes:?}; {missed:?} came after the last request");
    assert!(failures.is_empty(), "{} of {count} cells:\n{}", failures.len(), failures.join("\n\n"));
    assert!(codes[0].load(Ordering::SeqCst) > 0 && codes[1].load(Ordering::SeqCst) > 0);
}

impl Family {
    /// Builds and publishes with this failure, and then without one. Gives the exit code of the first run, and whether
    /// the run got as far as the failure.
    fn try_out(&mut self, cell: Cell) -> Result<(usize, bool), String> {
        self.change();
        let branch = if cell.is_new { format!("branch-{}", self.version) } else { "main".to_owned() };
        let before = self.tags(&branch);
        let (name, fault) = FAULTS[cell.fault];
        let keys = self.keys();
        self.proxy.fail_at(cell.request, fault);
        let run = self.workspace.keg(["build", "--push", "--branch", &branch]);
        let hit = self.proxy.stop_failing();
        let judge = |problem: String, run: &Run| {
            format!(
                "{cell:?}: {name} at {hit:?}: {problem}\ncode {:?}\nbefore {before:?}\nnow {:?}\n{}\n{}",
                run.code,
                self.tags(&branch),
                run.stdout,
                run.stderr
            )
        };
        let code = match run.code {
            Some(code @ 0..=3) => usize::try_from(code).unwrap(),
            _ => return Err(judge("no exit code of keg's".into(), &run)),
        };
        if code == 0 {
            self.all_right(&branch, &keys).map_err(|problem| judge(problem, &run))?;
        } else if self.tags(&branch) != before {
            return Err(judge("a failed run moved tags".into(), &run));
        }
        let uploaded = self.uploaded(&keys);
        self.completes(&branch, &keys, &uploaded).map_err(|problem| judge(problem, &run))?;
        Ok((code, hit.is_some()))
    }
}
