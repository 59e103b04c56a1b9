//! Manifests and image settings that were read before, in the user's cache folder. What a digest names never changes,
//! so that only digests have to be asked for.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::content::digest_of;
use crate::settings::Settings;

/// What was read longer ago than this is read again.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// More than this is not kept: none of what is kept is that large but by mistake.
const LARGEST: usize = 1 << 20;

/// A store of content by digest. What cannot be read or written is not there: that only costs time.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    swept: Once,
}

impl Store {
    /// The store of this user.
    pub fn new(settings: &Settings) -> Self {
        Self { folder: settings.cache_folder().join("registry"), swept: Once::new() }
    }

    /// The content of this digest.
    pub fn get(&self, digest: &str) -> Option<Bytes> {
        let bytes = fs::read(self.file(digest)?).ok()?;
        (digest_of(&bytes) == digest).then(|| bytes.into())
    }

    /// Keeps the content of this digest.
    pub fn put(&self, digest: &str, bytes: &[u8]) {
        if let Some(file) = self.file(digest).filter(|_| bytes.len() <= LARGEST) {
            self.swept.call_once(|| self.sweep());
            self.write(&file, bytes).ok();
        }
    }

    /// For the user's eyes alone: the settings of an image can say more than everybody should read. A file that is
    /// half written, now or since its writer was killed, does not have its digest and counts as missing.
    fn write(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?.write_all(bytes)
    }

    fn file(&self, digest: &str) -> Option<PathBuf> {
        let digits = digest.strip_prefix("sha256:")?;
        let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| self.folder.join(digits))
    }

    /// Removes what is old.
    fn sweep(&self) {
        let now = SystemTime::now();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let age = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            let age = age.and_then(|modified| now.duration_since(modified).ok()).unwrap_or_default();
            if age > KEPT {
                fs::remove_file(entry.path()).ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn store(folder: &Path) -> Store {
        Store { folder: folder.join("registry"), swept: Once::new() }
    }

    #[test]
    fn content_is_kept_and_checked() {
        let folder = tempfile::tempdir().unwrap();
        let digest = digest_of(b"content");
        assert_eq!(store(folder.path()).get(&digest), None);
        store(folder.path()).put(&digest, b"content");
        assert_eq!(store(folder.path()).get(&digest).unwrap(), &b"content"[..]);
        let file = store(folder.path()).file(&digest).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&file, "torn").unwrap();
        assert_eq!(store(folder.path()).get(&digest), None);
        store(folder.path()).put(&digest, b"content");
        assert_eq!(store(folder.path()).get(&digest).unwrap(), &b"content"[..]);
        assert_eq!(store(folder.path()).get("sha256:../../x"), None);
    }

    #[test]
    fn what_is_old_goes() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (digest_of(b"old"), digest_of(b"new"));
        store(folder.path()).put(&old, b"old");
        let file = fs::File::open(store(folder.path()).file(&old).unwrap()).unwrap();
        file.set_modified(SystemTime::now() - KEPT - Duration::from_secs(1)).unwrap();
        store(folder.path()).put(&new, b"new");
        assert_eq!(store(folder.path()).get(&old), None);
        assert_eq!(fs::read_dir(folder.path().join("registry")).unwrap().count(), 1);
    }
}
