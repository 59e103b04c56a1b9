//! `keg.lock`: the digest of each outside image that images are built on. It is committed, so that everybody builds
//! on the same.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::reference::{Reference, is_digest};
use crate::yaml::{self, Located};

/// The file's name in the workspace's folder.
pub const FILE: &str = "keg.lock";

const HEADER: &str = "# The digests of the images outside this workspace that its images are built on.
# Written by keg; `keg update` refreshes it. Commit it with your changes.
";

/// References with their digests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock(BTreeMap<Reference, String>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    images: BTreeMap<String, Located<String>>,
}

impl Lock {
    /// Reads the text of a lock file; `name` is the path that errors show.
    ///
    /// # Errors
    /// Names each place where the file is wrong: syntax, references, digests, one image under two spellings.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let file: File = yaml::parse(name, text)?;
        let mut lock = Self::default();
        let mut errors = Vec::new();
        for (written, digest) in &file.images {
            let line = text[..digest.span.start.min(text.len())].rfind(written.as_str());
            let at_reference = line.map_or(digest.span.clone(), |start| start..start + written.len());
            let wrong = |message: String, span, label: &str| {
                Error::request(format!("reading {name}: {message}"))
                    .place(name, text, span, label)
                    .help("undo the change to the file, or remove the line: the next build writes it anew")
            };
            match Reference::parse(written) {
                Err(error) => errors.push(wrong(error.to_string(), at_reference, "this reference")),
                Ok(reference) if reference.digest().is_some() => {
                    let message = format!("`{written}` has its digest in its name and needs no lock");
                    errors.push(wrong(message, at_reference, "this reference"));
                }
                Ok(_) if !is_digest(&digest.value) => {
                    let message = format!("`{}` is no digest: `sha256:` and 64 digits are expected", digest.value);
                    errors.push(wrong(message, digest.span.clone(), "this digest"));
                }
                Ok(reference) => {
                    if lock.0.insert(reference.with_default_tag(), digest.value.clone()).is_some() {
                        let message = format!("`{written}` is locked twice, under two spellings");
                        errors.push(wrong(message, at_reference, "this is the same image"));
                    }
                }
            }
        }
        Error::all(errors).map_or(Ok(lock), Err)
    }

    /// The digest that `reference` is locked to; the one that it names itself comes first.
    pub fn get<'a>(&'a self, reference: &'a Reference) -> Option<&'a str> {
        reference.digest().or_else(|| self.0.get(&reference.with_default_tag()).map(String::as_str))
    }

    /// Locks `reference` to `digest`. A reference that names a digest itself is not locked.
    pub fn set(&mut self, reference: &Reference, digest: &str) {
        if reference.digest().is_none() {
            self.0.insert(reference.with_default_tag(), digest.to_owned());
        }
    }

    /// Removes what is locked and not among `references`.
    pub fn keep_only<'a>(&mut self, references: impl IntoIterator<Item = &'a Reference>) {
        let kept: Vec<Reference> = references.into_iter().map(Reference::with_default_tag).collect();
        self.0.retain(|reference, _| kept.contains(reference));
    }

    /// References, each with a tag, and their digests, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&Reference, &str)> {
        self.0.iter().map(|(reference, digest)| (reference, digest.as_str()))
    }

    /// The text of the file: the same for the same lock, one image a line.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}images:");
        if self.0.is_empty() {
            text.push_str(" {}");
        }
        text.push('\n');
        let mut lines: Vec<String> =
            self.iter().map(|(reference, digest)| format!("  {}: {digest}\n", reference.familiar())).collect();
        lines.sort();
        text.extend(lines);
        text
    }

    /// Reads `keg.lock` of the workspace at `root`; empty where there is none.
    ///
    /// # Errors
    /// A file that cannot be read or is wrong.
    pub fn read(root: &Path) -> Result<Self> {
        let file = root.join(FILE);
        match fs::read_to_string(&file) {
            Ok(text) => Self::parse(FILE, &text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::request(format!("cannot read {}", file.display())).cause(error)),
        }
    }

    /// Writes `keg.lock` of the workspace at `root`, whole or not at all, and says whether it did: a file that says the
    /// same already stays as it is, and an empty lock makes no file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_if_changed(&self, root: &Path) -> Result<bool> {
        if Self::read(root).is_ok_and(|current| current == *self) {
            return Ok(false);
        }
        let file = root.join(FILE);
        let write = || -> std::io::Result<()> {
            // A link stays one: what it points at is written.
            let file = fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
            let folder = file.parent().unwrap_or(root);
            let mut new = tempfile::Builder::new()
                .prefix(".keg.lock.")
                .permissions(fs::Permissions::from_mode(0o666))
                .tempfile_in(folder)?;
            new.write_all(self.to_text().as_bytes())?;
            new.as_file().sync_all()?;
            new.persist(&file)?;
            Ok(())
        };
        match write() {
            Ok(()) => Ok(true),
            Err(error) => Err(Error::failed(format!("cannot write {}", file.display()))
                .cause(error)
                .help("make the workspace's folder writable, or use `--locked` where nothing may change")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn digest(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    fn reference(text: &str) -> Reference {
        Reference::parse(text).unwrap()
    }

    fn lock() -> Lock {
        let mut lock = Lock::default();
        lock.set(&reference("python:3.12"), &digest('b'));
        lock.set(&reference("debian"), &digest('a'));
        lock.set(&reference("localhost:5000/a/b:x"), &digest('c'));
        lock
    }

    #[test]
    fn text_is_sorted_and_reads_back() {
        let (a, b, c) = (digest('a'), digest('b'), digest('c'));
        let text = format!("{HEADER}images:\n  debian:latest: {a}\n  localhost:5000/a/b:x: {c}\n  python:3.12: {b}\n");
        assert_eq!(lock().to_text(), text);
        assert_eq!(Lock::parse(FILE, &text).unwrap(), lock());
        assert_eq!(Lock::parse(FILE, &Lock::default().to_text()).unwrap(), Lock::default());
        for empty in ["", "# nothing\n", "images: {}\n", "{}"] {
            assert_eq!(Lock::parse(FILE, empty).unwrap(), Lock::default(), "{empty}");
        }
    }

    #[test]
    fn spellings_of_one_reference_are_one() {
        let lock = lock();
        for spelling in ["debian", "debian:latest", "docker.io/debian", "docker.io/library/debian:latest"] {
            assert_eq!(lock.get(&reference(spelling)), Some(digest('a').as_str()), "{spelling}");
        }
        assert_eq!(lock.get(&reference("debian:12")), None);
    }

    #[test]
    fn a_digest_in_the_reference_wins() {
        let mut lock = lock();
        let fixed = reference(&format!("debian@{}", digest('f')));
        assert_eq!(lock.get(&fixed), Some(digest('f').as_str()));
        lock.set(&fixed, &digest('e'));
        assert_eq!(lock, self::lock());
    }

    #[test]
    fn what_nothing_needs_can_go() {
        let mut lock = lock();
        lock.keep_only(&[reference("docker.io/library/debian"), reference("other")]);
        assert_eq!(lock.iter().map(|(reference, _)| reference.familiar()).collect::<Vec<_>>(), ["debian:latest"]);
    }

    #[test]
    fn wrong_files_are_located() {
        let good = digest('a');
        for (text, message, place) in [
            (format!("images:\n  Debian: {good}\n"), "must be lower case", "Debian"),
            ("images:\n  debian: sha256:12\n".to_owned(), "is no digest", "sha256:12"),
            (format!("images:\n  debian: {good}\n  debian:latest: {good}\n"), "locked twice", "debian:latest"),
            (format!("images:\n  debian@{good}: {good}\n"), "needs no lock", "debian@"),
            (format!("image:\n  debian: {good}\n"), "image", "image"),
            ("images:\n  debian: [1]\n".to_owned(), "reading keg.lock", "["),
            ("<<<<<<< HEAD\nimages: {}\n".to_owned(), "reading keg.lock", ""),
        ] {
            let error = Lock::parse(FILE, &text).unwrap_err();
            assert!(error.message().contains(message), "{text}: {error}");
            let label = miette::Diagnostic::labels(&error).and_then(|mut labels| labels.next());
            let offset = label.unwrap_or_else(|| unreachable!("{error} has no place")).offset();
            assert!(text[offset..].starts_with(place), "{text}: {error} points at {:?}", &text[offset..]);
        }
        let two = Lock::parse(FILE, "images:\n  A: x\n  b: y\n").unwrap_err();
        assert_eq!(miette::Diagnostic::related(&two).unwrap().count(), 1);
    }

    #[test]
    fn it_is_written_only_when_it_differs() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(Lock::read(root).unwrap(), Lock::default());
        assert!(!Lock::default().write_if_changed(root).unwrap());
        assert!(!root.join(FILE).exists());
        assert!(lock().write_if_changed(root).unwrap());
        assert_eq!(Lock::read(root).unwrap(), lock());
        let with_comment = format!("# mine\n{}", lock().to_text());
        fs::write(root.join(FILE), &with_comment).unwrap();
        assert!(!lock().write_if_changed(root).unwrap());
        assert_eq!(fs::read_to_string(root.join(FILE)).unwrap(), with_comment);
        assert!(Lock::default().write_if_changed(root).unwrap());
        assert_eq!(fs::read_dir(root).unwrap().count(), 1, "no temporary file is left");
        assert_ne!(fs::metadata(root.join(FILE)).unwrap().permissions().mode() & 0o444, 0o400, "others may read it");
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("shared")).unwrap();
        fs::write(folder.path().join("shared/lock"), "").unwrap();
        symlink("shared/lock", folder.path().join(FILE)).unwrap();
        assert!(lock().write_if_changed(folder.path()).unwrap());
        assert!(folder.path().join(FILE).is_symlink());
        assert_eq!(fs::read_to_string(folder.path().join("shared/lock")).unwrap(), lock().to_text());
    }

    #[test]
    fn a_lock_that_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FILE)).unwrap();
        let error = lock().write_if_changed(folder.path()).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert!(Lock::read(folder.path()).is_err());
    }
}
