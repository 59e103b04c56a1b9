//! Files of this machine in a container, and the folder in which its command runs.

use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};

/// What `--mount` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind<'a> {
    /// The folder or file of this machine, as it was written.
    pub source: &'a str,
    /// Where the container has it, absolute; `None` means: where this machine has it.
    pub target: Option<&'a str>,
    /// Whether the container may only read it.
    pub read_only: bool,
}

/// A folder or file of this machine, and where a container has it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Mounted {
    /// The folder or file, absolute.
    pub source: PathBuf,
    /// Where the container has it, absolute.
    pub target: PathBuf,
    /// Whether the container may only read it.
    pub read_only: bool,
}

/// Reads `FOLDER`, `FOLDER:PATH`, `FOLDER:ro` or `FOLDER:PATH:ro`.
///
/// # Errors
/// It is something else.
pub fn bind(text: &str) -> Result<Bind<'_>> {
    let (rest, read_only) = match text.rsplit_once(':') {
        Some((rest, "ro")) => (rest, true),
        Some((rest, "rw")) => (rest, false),
        _ => (text, false),
    };
    let (source, target) = match rest.split_once(':') {
        Some((source, target)) => (source, Some(target)),
        None => (rest, None),
    };
    let wrong = |reason: &str| {
        Err(Error::request(format!("--mount {text}: {reason}"))
            .help("write --mount FOLDER, --mount FOLDER:/path/in/the/container, and :ro after it if it is only read"))
    };
    match target {
        _ if source.is_empty() => wrong("no folder is named"),
        Some(target) if !target.starts_with('/') => wrong("the path in the container does not begin with `/`"),
        Some(target) if target.contains(':') => wrong("there are too many colons"),
        _ => Ok(Bind { source, target, read_only }),
    }
}

/// Whether the engine can do all of it.
///
/// # Errors
/// Two mounts in one place, or one in place of all files of the container.
pub fn check(mounts: &[Mounted]) -> Result<()> {
    for (place, mount) in mounts.iter().enumerate() {
        let target = plain(&mount.target);
        if target == Path::new("/") {
            return Err(Error::request(format!(
                "{} cannot be mounted in place of all files of the container",
                mount.source.display()
            ))
            .help("say where it is to be, as --mount FOLDER:/work, or mount nothing: --no-mount"));
        }
        if let Some(other) = mounts[..place].iter().find(|other| plain(&other.target) == target) {
            return Err(Error::request(format!(
                "{} and {} cannot both be mounted at {}",
                other.source.display(),
                mount.source.display(),
                target.display()
            ))
            .help("give one of them another place, as --mount FOLDER:/work"));
        }
    }
    Ok(())
}

/// The folder of the container in which the command runs: that which the container has of the `current` folder, else
/// the first of `mounts`, which are folders; `asked`, if it is relative, counts from there. `None` leaves it to the image.
///
/// # Errors
/// A relative folder with nothing that it could count from.
pub fn folder(asked: Option<&str>, current: &Path, mounts: &[Mounted]) -> Result<Option<PathBuf>> {
    let holding = mounts.iter().filter(|mount| current.starts_with(&mount.source));
    let here = holding.max_by_key(|mount| mount.source.components().count());
    let rest = |mount: &Mounted| current.strip_prefix(&mount.source).unwrap_or(Path::new("")).to_owned();
    let here = here.or(mounts.first()).map(|mount| mount.target.join(rest(mount)));
    match (asked, here) {
        (Some(asked), here) if asked.starts_with('/') || here.is_some() => {
            Ok(Some(plain(&here.unwrap_or_default().join(asked))))
        }
        (Some(asked), _) => Err(Error::request(format!("--workdir {asked} counts from a mounted folder, and none is"))
            .help("write a path of the container that begins with `/`")),
        (None, here) => Ok(here.map(|here| plain(&here))),
    }
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounted(source: &str, target: &str) -> Mounted {
        Mounted { source: source.into(), target: target.into(), read_only: false }
    }

    #[test]
    fn mounts_are_read_as_they_are_written() {
        let read = |text| bind(text).map(|bind| (bind.source, bind.target, bind.read_only));
        assert_eq!(read(".").unwrap(), (".", None, false));
        assert_eq!(read("a b:/data").unwrap(), ("a b", Some("/data"), false));
        assert_eq!(read("x:ro").unwrap(), ("x", None, true));
        assert_eq!(read("/x:/y:ro").unwrap(), ("/x", Some("/y"), true));
        assert_eq!(read("/x:/y:rw").unwrap(), ("/x", Some("/y"), false));
        for (text, reason) in [
            ("", "no folder is named"),
            (":/x", "no folder is named"),
            ("x:y", "does not begin with `/`"),
            ("x:", "does not begin with `/`"),
            ("x:/y:z", "too many colons"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.message().contains(reason), "{text}: {error}");
            assert_eq!(error.exit_code(), 2);
        }
    }

    #[test]
    fn the_command_runs_where_its_caller_stands() {
        let own = [mounted("/home/me/repo", "/home/me/repo")];
        let shown = |asked, current: &str, mounts: &[Mounted]| {
            folder(asked, Path::new(current), mounts).unwrap().map(|path| path.display().to_string())
        };
        assert_eq!(shown(None, "/home/me/repo/a/b", &own).unwrap(), "/home/me/repo/a/b");
        assert_eq!(shown(Some("../c/./d"), "/home/me/repo/a/b", &own).unwrap(), "/home/me/repo/a/c/d");
        assert_eq!(shown(Some("/opt"), "/home/me/repo", &own).unwrap(), "/opt");
        assert_eq!(shown(None, "/elsewhere", &own).unwrap(), "/home/me/repo");
        // The mount that is nearest to the current folder.
        let both = [mounted("/home/me/repo", "/all"), mounted("/home/me/repo/a", "/a")];
        assert_eq!(shown(None, "/home/me/repo/a/b", &both).unwrap(), "/a/b");
        assert_eq!(shown(None, "/home/me/repo/b", &both).unwrap(), "/all/b");
        assert_eq!(shown(None, "/home", &[]), None);
        assert_eq!(shown(Some("/opt"), "/home", &[]).unwrap(), "/opt");
        assert!(folder(Some("opt"), Path::new("/home"), &[]).is_err());
    }

    #[test]
    fn what_the_engine_cannot_do_is_refused() {
        assert!(check(&[mounted("/a", "/a"), mounted("/b", "/b")]).is_ok());
        let error = check(&[mounted("/a", "/x"), mounted("/b", "/x/")]).unwrap_err();
        assert_eq!(error.message(), "/a and /b cannot both be mounted at /x");
        let error = check(&[mounted("/", "/x/..")]).unwrap_err();
        assert!(error.message().contains("in place of all files"), "{error}");
    }
}
