//! `.keg`, the folder of local state in a workspace: digests of files, records of builds. git ignores it.
//!
//! Several keg processes may work in one workspace. Whoever writes `keg.lock` or a file of this folder holds the folder
//! locked, and what a killed writer has left is removed by the next one.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The folder's name.
pub const FOLDER: &str = ".keg";
/// A writer holds the folder for milliseconds, so one that holds it longer than this was stopped or hangs.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How often a locked folder is tried.
const INTERVAL: Duration = Duration::from_millis(5);
/// What the names of unfinished files end with.
const UNFINISHED: &str = ".new";
/// What the names of folders for work in between begin with.
const SCRATCH: &str = "scratch.";

/// Makes the folder of local state of the workspace at `root`, with a `.gitignore` that keeps it out of git.
///
/// # Errors
/// The folder cannot be made or written.
pub fn folder(root: &Path) -> io::Result<PathBuf> {
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let ignore = folder.join(".gitignore");
    if !ignore.exists() {
        fs::write(ignore, "*\n")?;
    }
    Ok(folder)
}

/// While this lives, no other keg process writes the workspace's lock file or state.
#[derive(Debug)]
pub struct Exclusive {
    folder: PathBuf,
    /// Holds the lock until it is closed; the operating system closes it when the process is killed.
    _held: File,
    /// Whether the file system knows locks, so that an unfinished file is certainly nobody's.
    is_alone: bool,
}

impl Exclusive {
    /// Waits until no other process holds the folder of the workspace at `root`, and removes what killed writers have
    /// left in it.
    ///
    /// # Errors
    /// The folder cannot be made or opened, or another process does not let it go.
    pub fn wait(root: &Path) -> io::Result<Self> {
        let folder = folder(root)?;
        let held = File::open(&folder)?;
        let deadline = Instant::now() + LONGEST_WAIT;
        let is_alone = loop {
            match held.try_lock() {
                Ok(()) => break true,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(INTERVAL),
                Err(TryLockError::WouldBlock) => {
                    let message = format!("another keg process has held {} for too long", folder.display());
                    return Err(io::Error::new(ErrorKind::TimedOut, message));
                }
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => break false,
                Err(TryLockError::Error(error)) => return Err(error),
            }
        };
        let exclusive = Self { folder, _held: held, is_alone };
        exclusive.sweep_all(&exclusive.folder);
        Ok(exclusive)
    }

    /// The folder of local state.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes `file` whole or not at all: to a new file beside it, which then takes its place.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut new = tempfile::Builder::new()
            .prefix(&self.prefix(file))
            .suffix(UNFINISHED)
            .permissions(fs::Permissions::from_mode(0o666))
            .tempfile_in(folder)?;
        new.write_all(bytes)?;
        if !folder.starts_with(&self.folder) {
            // State can be made anew; what users commit must not be empty after a power cut.
            new.as_file().sync_all()?;
        }
        new.persist(file)?;
        Ok(())
    }

    /// Removes what killed writers of `file` have left beside it.
    pub fn sweep(&self, file: &Path) {
        let prefix = self.prefix(file);
        self.sweep_where(file.parent().unwrap_or(Path::new("")), |name| name.starts_with(&prefix));
    }

    fn sweep_where(&self, folder: &Path, is_meant: impl Fn(&str) -> bool) {
        if !self.is_alone {
            return;
        }
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| name.ends_with(UNFINISHED) && is_meant(name)) {
                // Whoever cannot remove it leaves it for the next.
                fs::remove_file(entry.path()).ok();
            }
        }
    }

    /// Removes what killed writers have left in `folder`, all of whose files are keg's own.
    pub fn sweep_all(&self, folder: &Path) {
        self.sweep_where(folder, |_| true);
    }

    /// What the names of unfinished files begin with; they are hidden where users look.
    fn prefix(&self, file: &Path) -> String {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let dot = if file.starts_with(&self.folder) { "" } else { "." };
        format!("{dot}{name}.")
    }
}

/// Whether there is only time to lose: the workspace cannot be written, or another process does not let it go.
pub fn is_read_only(error: &io::Error) -> bool {
    use ErrorKind::{NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem, TimedOut};
    matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem | NotFound | NotADirectory | TimedOut)
}

/// A folder for work in between; goes when it is dropped, or where its process was killed, with the next one.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    /// As long as it is open, the folder is somebody's.
    _held: File,
}

impl Scratch {
    /// A folder in the state of the workspace at `root`, or in the system's own where that cannot be written.
    ///
    /// # Errors
    /// Neither can be written.
    pub fn new(root: &Path) -> io::Result<Self> {
        let exclusive = Exclusive::wait(root).ok();
        let folder = match &exclusive {
            Some(exclusive) => {
                sweep_scratch(exclusive.folder());
                tempfile::Builder::new().prefix(SCRATCH).tempdir_in(exclusive.folder()).or_else(|_| TempDir::new())
            }
            None => TempDir::new(),
        }?;
        let held = File::open(folder.path())?;
        // Where the file system knows no locks, nobody sweeps either.
        held.try_lock().ok();
        Ok(Self { folder, _held: held })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn sweep_scratch(state: &Path) {
    for entry in fs::read_dir(state).into_iter().flatten().flatten() {
        let is_scratch = entry.file_name().to_str().is_some_and(|name| name.starts_with(SCRATCH));
        let Ok(held) = File::open(entry.path()) else { continue };
        if is_scratch && held.try_lock().is_ok() {
            fs::remove_dir_all(entry.path()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_writer_leaves_nothing_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let (state, lock) = (root.join(".keg/hashes"), root.join("keg.lock"));
        fs::create_dir(root.join(".keg")).unwrap();
        for left in [".keg/hashes.a1B2c3.new", ".keg.lock.a1B2c3.new"] {
            fs::write(root.join(left), "half").unwrap();
        }
        for other in [".keg/hashes.mine", ".keg.lock.mine", "keg.lock.a1B2c3.new"] {
            fs::write(root.join(other), "a user's own").unwrap();
        }
        let exclusive = Exclusive::wait(root).unwrap();
        for file in [&state, &lock] {
            exclusive.sweep(file);
            exclusive.write(file, b"whole").unwrap();
            assert_eq!(fs::read(file).unwrap(), b"whole");
        }
        let names = |folder: &Path| {
            let mut names: Vec<String> =
                fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        assert_eq!(names(root), [".keg", ".keg.lock.mine", "keg.lock", "keg.lock.a1B2c3.new"]);
        assert_eq!(names(&root.join(".keg")), [".gitignore", "hashes", "hashes.mine"]);
    }

    #[test]
    fn scratch_folders_go_when_nobody_uses_them() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(".keg/scratch.left");
        fs::create_dir_all(left.join("files")).unwrap();
        let scratch = Scratch::new(folder.path()).unwrap();
        assert!(!left.exists());
        let other = Scratch::new(folder.path()).unwrap();
        assert!(scratch.path().is_dir() && other.path().is_dir());
        let path = scratch.path().to_owned();
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn writers_come_one_after_another() {
        let folder = tempfile::tempdir().unwrap();
        let (root, count) = (folder.path(), folder.path().join("count"));
        fs::write(&count, "0").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let exclusive = Exclusive::wait(root).unwrap();
                        let number: u32 = fs::read_to_string(&count).unwrap().parse().unwrap();
                        exclusive.write(&count, (number + 1).to_string().as_bytes()).unwrap();
                    }
                });
            }
        });
        assert_eq!(fs::read_to_string(&count).unwrap(), "160");
    }
}
