//! Which process is the proxy, as the kernel knows it.
//!
//! The proxy holds a lock of the kind whose holder the kernel names (`fcntl`), as long as it lives. So a record that a
//! killed proxy has left means nothing, and a process that has got its number since is never taken for it.

use std::fs::{File, OpenOptions};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use rustix::process::{Flock, FlockType, Pid};
use serde::{Deserialize, Serialize};

use super::Runs;
use crate::error::{Error, Result};

/// How long a proxy may take from its lock to its record: it asks the engine in between.
const RECORD_LIMIT: Duration = Duration::from_secs(10);

/// What is known of a proxy that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Where it listens.
    pub address: SocketAddr,
    /// The address of the engine that it follows.
    pub engine: String,
    /// What runs it.
    #[serde(flatten)]
    pub runs: Runs,
}

/// The folder of the proxy's state.
#[derive(Debug, Clone)]
pub(super) struct State {
    folder: PathBuf,
}

/// The proxy's lock; it ends with the process or this value.
#[derive(Debug)]
pub(super) struct Held {
    state: State,
    _lock: File,
}

impl State {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder, made if it is not there.
    pub(super) fn folder(&self) -> Result<PathBuf> {
        std::fs::create_dir_all(&self.folder).map_err(|error| self.unusable(error))?;
        Ok(self.folder.clone())
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The process that holds the lock.
    pub(super) fn holder(&self) -> Result<Option<Pid>> {
        let file = match File::options().read(true).write(true).open(self.lock_file()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unusable(error)),
        };
        let lock = rustix::process::fcntl_getlk(&file, &Flock::from(FlockType::WriteLock));
        Ok(lock.map_err(|error| self.unusable(error.into()))?.and_then(|lock| lock.pid))
    }

    /// What runs; waits a little for one that is just starting.
    pub(super) async fn running(&self) -> Result<Option<Record>> {
        let deadline = tokio::time::Instant::now() + RECORD_LIMIT;
        loop {
            let Some(holder) = self.holder()? else { return Ok(None) };
            let holder = u32::try_from(holder.as_raw_nonzero().get()).unwrap_or_default();
            if let Some(record) = self.record().filter(|record| record.is_process(holder)) {
                return Ok(Some(record));
            }
            if tokio::time::Instant::now() > deadline {
                return Err(Error::failed(format!("the proxy (process {holder}) does not come up"))
                    .help(format!("what it says is in {}", self.log().display())));
            }
            tokio::time::sleep(super::INTERVAL).await;
        }
    }

    /// Takes the lock; `None` where another process has it.
    pub(super) fn hold(&self) -> Result<Option<Held>> {
        self.folder()?;
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(self.lock_file());
        let file = open.map_err(|error| self.unusable(error))?;
        match rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::ACCESS | Errno::AGAIN) => return Ok(None),
            Err(error) => return Err(self.unusable(error.into())),
        }
        self.forget();
        Ok(Some(Held { state: self.clone(), _lock: file }))
    }

    pub(super) fn forget(&self) {
        std::fs::remove_file(self.record_file()).ok();
    }

    fn record(&self) -> Option<Record> {
        serde_json::from_slice(&std::fs::read(self.record_file()).ok()?).ok()
    }

    fn record_file(&self) -> PathBuf {
        self.folder.join("running.json")
    }

    fn lock_file(&self) -> PathBuf {
        self.folder.join("lock")
    }

    fn unusable(&self, error: io::Error) -> Error {
        Error::request(format!("the proxy's folder {} cannot be used", self.folder.display())).cause(error)
    }
}

impl Held {
    /// Says where the proxy listens, whole or not at all.
    pub(super) fn write(&self, record: &Record) -> Result<()> {
        let text = serde_json::to_vec_pretty(record).unwrap_or_default();
        let written = || -> io::Result<()> {
            let file = tempfile::NamedTempFile::new_in(&self.state.folder)?;
            std::fs::write(file.path(), text)?;
            file.persist(self.state.record_file())?;
            Ok(())
        };
        written().map_err(|error| self.state.unusable(error))
    }

    pub(super) fn forget(&self) {
        self.state.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn a_record_without_a_holder_means_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::new(folder.path().join("proxy"));
        assert_eq!(run(state.running()).unwrap(), None);
        let record = Record {
            address: "127.0.0.1:8080".parse().unwrap(),
            engine: "unix:///x".to_owned(),
            // A process that runs, and is no proxy.
            runs: Runs::Builtin { process: std::process::id() },
        };
        let held = state.hold().unwrap().unwrap();
        held.write(&record).unwrap();
        assert_eq!(state.record(), Some(record));
        // The kernel asks about other processes: whoever holds the lock itself sees none.
        drop(held);
        assert_eq!(run(state.running()).unwrap(), None);
        assert!(state.record().is_some());
        state.forget();
        assert!(state.record().is_none());
    }
}
