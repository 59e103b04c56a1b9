//! Locks between the keg processes of one user, so that none builds or uploads what another one is at.
//!
//! A lock is a file that a process holds through the kernel: however the process ends, the lock ends with it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::settings::Settings;

/// How long a lock that another process holds is left alone before it is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// The locks of a user; where no folder for them can be written, all of them count as free.
#[derive(Debug, Clone)]
pub struct Locks {
    folder: Option<PathBuf>,
}

/// A lock that is held until this value is dropped.
#[derive(Debug)]
pub struct Lock {
    held: Option<(File, PathBuf)>,
}

impl Locks {
    /// The locks in the user's state folder, or in `fallback` where that cannot be written. Files that a killed process
    /// left are removed.
    pub fn new(settings: &Settings, fallback: &Path) -> Self {
        let folders = [settings.state_folder().join("locks"), fallback.join("locks")];
        let folder = folders.into_iter().find(|folder| is_writable(folder));
        if let Some(folder) = &folder {
            sweep(folder);
        }
        Self { folder }
    }

    /// Takes the lock of `name`, as soon as no other process has it. `waiting` is called once if there is one that has
    /// it.
    ///
    /// # Errors
    /// The file cannot be opened or locked.
    pub async fn take(&self, name: &str, waiting: impl FnOnce()) -> io::Result<Lock> {
        let Some(folder) = &self.folder else { return Ok(Lock { held: None }) };
        let digest = Sha256::digest(name.as_bytes());
        let path = folder.join(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>());
        let mut waiting = Some(waiting);
        loop {
            let file = open(&path)?;
            match file.try_lock() {
                // The one who had it may have removed the file between its opening and locking here.
                Ok(()) if is_at(&file, &path) => return Ok(Lock { held: Some((file, path)) }),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting();
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                // Not every file system has locks. Without them two processes may do the same work, and no harm.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Lock { held: None });
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

impl Lock {
    /// Has programs that are started from now on hold the lock too, for as long as they run: also when this process is
    /// killed.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn share_with_programs(&self) -> io::Result<()> {
        let Some((file, _)) = &self.held else { return Ok(()) };
        Ok(rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty())?)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is still held: whoever opened it before sees that it is gone, and opens a new one.
        if let Some((_, path)) = &self.held {
            std::fs::remove_file(path).ok();
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(file), Ok(there)) => (file.dev(), file.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

fn is_writable(folder: &Path) -> bool {
    std::fs::create_dir_all(folder).is_ok() && tempfile::tempfile_in(folder).is_ok()
}

/// Removes the files of locks that nobody holds.
fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(file) = open(&path) else { continue };
        if file.try_lock().is_ok() && is_at(&file, &path) {
            std::fs::remove_file(&path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locks(folder: &Path) -> Locks {
        Locks { folder: Some(folder.to_owned()) }
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn one_at_a_time_and_nothing_left() {
        let folder = tempfile::tempdir().unwrap();
        run(async {
            let one = locks(folder.path()).take("a", || unreachable!("nobody has it")).await.unwrap();
            let other = locks(folder.path()).take("b", || unreachable!("nobody has it")).await.unwrap();
            assert_eq!(files(folder.path()), 2);
            let mut waited = false;
            let again = locks(folder.path());
            let second = again.take("a", || waited = true);
            let release = async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                drop(one);
            };
            let (second, ()) = tokio::join!(second, release);
            drop((second.unwrap(), other));
            assert!(waited);
        });
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn many_that_want_one_get_it_one_after_another() {
        let folder = tempfile::tempdir().unwrap();
        let inside = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    run(async {
                        let lock = locks(folder.path()).take("a", || {}).await.unwrap();
                        assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        tokio::time::sleep(Duration::from_millis(5)).await;
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        drop(lock);
                    });
                });
            }
        });
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_is_held_stays() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("left"), "").unwrap();
        let held = run(locks(folder.path()).take("a", || {})).unwrap();
        sweep(folder.path());
        assert_eq!(files(folder.path()), 1);
        drop(held);
    }
}
