//! What the operating system reports about files.
//!
//! Each folder is watched by itself, so that ignored ones (`node_modules`) use up none of the watches that a user may
//! have. Where a system watches whole trees at no cost, it does that. notify's own debouncers are not used: they
//! report path by path, while a change of branch has to be judged as a whole before its first file is copied.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{AccessKind, AccessMode};
use notify::{ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _, WatcherKind};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::error::{Error, Result};

/// Something that may have happened.
#[derive(Debug)]
pub enum Hint {
    /// At this path.
    Path(PathBuf),
    /// Anywhere: reports were lost.
    Anywhere,
    /// No more reports come of a part of the tree.
    Failed(Error),
}

/// Watches folders. Cheap to clone; ends with its last clone.
#[derive(Debug, Clone)]
pub struct Watcher(Arc<Mutex<RecommendedWatcher>>);

impl Watcher {
    /// A watcher that watches nothing yet, and what it will report.
    ///
    /// # Errors
    /// The system has none left for this user.
    pub fn new() -> Result<(Self, UnboundedReceiver<Hint>)> {
        let (sender, receiver) = unbounded_channel();
        let watcher = notify::recommended_watcher(move |event| report(event, &sender));
        let watcher = watcher.map_err(|error| explain(error, None))?;
        Ok((Self(Arc::new(Mutex::new(watcher))), receiver))
    }

    /// Watches a folder at the top of a tree.
    ///
    /// # Errors
    /// There are no watches left for this user, or the folder cannot be watched.
    pub fn watch_root(&self, root: &Path) -> Result<()> {
        let watches_trees = RecommendedWatcher::kind() != WatcherKind::Inotify;
        self.watch(root, if watches_trees { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive })
    }

    /// Watches a folder of a tree whose top is watched.
    ///
    /// # Errors
    /// As [`watch_root`](Self::watch_root). That the folder has gone is none.
    pub fn watch_folder(&self, folder: &Path) -> Result<()> {
        if RecommendedWatcher::kind() != WatcherKind::Inotify {
            return Ok(());
        }
        self.watch(folder, RecursiveMode::NonRecursive)
    }

    fn watch(&self, folder: &Path, mode: RecursiveMode) -> Result<()> {
        let mut watcher = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match watcher.watch(folder, mode) {
            Ok(()) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(explain(error, Some(folder))),
        }
    }
}

fn report(event: notify::Result<notify::Event>, sender: &UnboundedSender<Hint>) {
    // Who would hear of it has gone when sending fails.
    let send = |hint| sender.send(hint).ok();
    match event {
        Err(error) => {
            send(Hint::Failed(explain(error, None)));
        }
        Ok(event) if event.need_rescan() => {
            send(Hint::Anywhere);
        }
        // That a file was read says nothing; keg itself reads what it copies.
        Ok(event) if matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write)) => {}
        Ok(event) => event.paths.into_iter().for_each(|path| {
            send(Hint::Path(path));
        }),
    }
}

fn is_missing(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => error.kind() == io::ErrorKind::NotFound,
        _ => false,
    }
}

fn explain(error: notify::Error, folder: Option<&Path>) -> Error {
    let place = folder.or(error.paths.first().map(PathBuf::as_path));
    let what = place.map_or_else(|| "files".to_owned(), |place| place.display().to_string());
    let message = format!("watching {what} for changes");
    // EMFILE: no instances of inotify are left, or no file descriptors.
    let no_instances = matches!(&error.kind, ErrorKind::Io(error) if error.raw_os_error() == Some(24));
    match &error.kind {
        ErrorKind::MaxFilesWatch => Error::failed(message)
            .because("this user may not watch more folders (fs.inotify.max_user_watches)")
            .help("raise the limit: sudo sysctl fs.inotify.max_user_watches=1048576; or leave folders out, with `ignore:` or in .dockerignore"),
        _ if no_instances => Error::failed(message)
            .because("this user may not run more programs that watch files (fs.inotify.max_user_instances)")
            .help("end one of them; or raise the limit: sudo sysctl fs.inotify.max_user_instances=1024"),
        _ => Error::failed(message).cause(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_a_remedy() {
        let error = explain(notify::Error::new(ErrorKind::MaxFilesWatch), Some(Path::new("/w/src")));
        assert!(error.one_line().starts_with("watching /w/src for changes: this user may not watch more folders"));
        assert!(error.remedy().is_some_and(|help| help.contains("max_user_watches=")));
        let error = explain(notify::Error::io(io::Error::from_raw_os_error(24)), None);
        assert!(error.remedy().is_some_and(|help| help.contains("max_user_instances=")));
    }
}
