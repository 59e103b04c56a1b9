//! What lies in an image's folder: its Dockerfiles and its manifest.

use std::path::{Path, PathBuf};

/// Names of Dockerfiles that need no mention, in the order in which they are preferred.
const PLAIN: [&str; 3] = ["Dockerfile", "Containerfile", "dockerfile"];
/// Ends of names that begin as a Dockerfile's but are none: ignore files, backups, templates, notes.
const NO_DOCKERFILE: [&str; 13] =
    ["dockerignore", "bak", "orig", "rej", "old", "swp", "tmp", "md", "j2", "in", "template", "tmpl", "tpl"];
/// Names of manifests.
const MANIFESTS: [&str; 4] = ["image.yml", "tap.yml", "image.yaml", "tap.yaml"];
/// Folders that `**` and `*` do not enter, beside hidden ones.
const NOT_ENTERED: [&str; 2] = ["node_modules", "target"];

/// Dockerfiles of one folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dockerfiles {
    /// The plain one: `Dockerfile` or `Containerfile`.
    pub plain: Option<String>,
    /// Others with their suffix: `Dockerfile.dev` and `dev.Dockerfile` have the suffix `dev`. Sorted.
    pub suffixed: Vec<(String, String)>,
}

impl Dockerfiles {
    /// The Dockerfiles in `folder`.
    pub fn of(folder: &Path) -> Self {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            // Nobody knows what is in it: an error is better than an image that is quietly missing. Whoever reads the
            // Dockerfile gets it.
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Self::among(std::iter::once("Dockerfile".to_owned()));
            }
            Err(_) => return Self::default(),
        };
        let files = entries.filter_map(Result::ok).filter(is_file);
        Self::among(files.filter_map(|entry| entry.file_name().into_string().ok()))
    }

    /// The Dockerfiles among the names of files.
    pub fn among(names: impl Iterator<Item = String>) -> Self {
        let mut found = Self::default();
        let mut plain: Vec<String> = Vec::new();
        for name in names {
            if PLAIN.contains(&name.as_str()) {
                plain.push(name);
            } else if let Some(suffix) = suffix(&name) {
                found.suffixed.push((name.clone(), suffix.to_owned()));
            }
        }
        found.plain = PLAIN.iter().find(|name| plain.iter().any(|found| found == *name)).map(|name| (*name).to_owned());
        found.suffixed.sort();
        found
    }

    /// The one that a folder stands for: the plain one, or the only one.
    pub fn main(&self) -> Option<&str> {
        match (&self.plain, self.suffixed.as_slice()) {
            (Some(plain), _) => Some(plain),
            (None, [(only, _)]) => Some(only),
            _ => None,
        }
    }
}

/// Whether it is a file, or a link to one; only of links the disk is asked.
fn is_file(entry: &std::fs::DirEntry) -> bool {
    match entry.file_type() {
        Ok(kind) if !kind.is_symlink() => kind.is_file(),
        _ => entry.path().is_file(),
    }
}

/// The suffix of `Dockerfile.<suffix>` or `<suffix>.Dockerfile`.
pub(super) fn suffix(name: &str) -> Option<&str> {
    let lower = name.to_lowercase();
    let suffix = ["dockerfile", "containerfile"].iter().find_map(|word| {
        let after = lower.strip_prefix(word).filter(|rest| rest.starts_with('.')).map(|_| &name[word.len() + 1..]);
        let before = || lower.strip_suffix(word).filter(|rest| rest.ends_with('.')).map(|rest| &name[..rest.len() - 1]);
        after.or_else(before)
    })?;
    let end = suffix.rsplit('.').next().unwrap_or(suffix).to_lowercase();
    let is_one =
        !suffix.is_empty() && !suffix.starts_with('.') && !NO_DOCKERFILE.contains(&end.as_str()) && !end.ends_with('~');
    is_one.then_some(suffix)
}

/// Manifests in `folder`: `image.yml`, `tap.yml`.
pub(super) fn manifests(folder: &Path) -> Vec<PathBuf> {
    MANIFESTS.iter().map(|name| folder.join(name)).filter(|file| file.is_file()).collect()
}

/// Whether a file of this name is a manifest.
pub(super) fn is_manifest_name(name: &str) -> bool {
    MANIFESTS.contains(&name)
}

/// Whether wildcards leave out a folder of this name.
pub(super) fn is_left_out(name: &str) -> bool {
    name.starts_with('.') || NOT_ENTERED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes() {
        for (name, expected) in [
            ("Dockerfile.dev", Some("dev")),
            ("Dockerfile.CUDA", Some("CUDA")),
            ("dev.Dockerfile", Some("dev")),
            ("web.dockerfile", Some("web")),
            ("Containerfile.x", Some("x")),
            ("Dockerfile.dockerignore", None),
            ("Dockerfile.dev.dockerignore", None),
            ("Dockerfile.bak", None),
            ("Dockerfile.j2", None),
            ("Dockerfile.", None),
            ("Dockerfile~", None),
            ("MyDockerfile", None),
            ("README.md", None),
            (".Dockerfile", None),
        ] {
            assert_eq!(suffix(name), expected, "{name}");
        }
    }

    #[test]
    fn a_folder_stands_for_its_plain_or_only_dockerfile() {
        let of = |names: &[&str]| Dockerfiles::among(names.iter().map(|name| (*name).to_owned()));
        assert_eq!(of(&["Dockerfile", "Dockerfile.dev"]).main(), Some("Dockerfile"));
        assert_eq!(of(&["Containerfile"]).main(), Some("Containerfile"));
        assert_eq!(of(&["Dockerfile.dev"]).main(), Some("Dockerfile.dev"));
        assert_eq!(of(&["Dockerfile.dev", "Dockerfile.prod"]).main(), None);
        assert_eq!(of(&["x.txt"]).main(), None);
    }
}
