//! One rule, ready to be followed.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::dockerignore::DockerIgnore;
use crate::manifest::WatchAction;

/// Names of files that editors keep only for the moment of saving.
const OF_EDITORS: [&str; 2] = ["4913", ".DS_Store"];

/// What is watched, and what happens when it changes.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The watched folder, absolute, links resolved; of a single file, the folder that holds it.
    pub root: PathBuf,
    /// The name of the file, where a single file is watched.
    pub file: Option<String>,
    /// The path as users know it.
    pub shown: String,
    /// Where it lies in the container: an absolute path without a slash at the end. Empty for rules that copy nothing.
    pub target: String,
    /// The service.
    pub service: String,
    /// What happens.
    pub action: WatchAction,
    /// Who says so.
    pub origin: Origin,
    /// What is left out.
    pub ignores: Ignores,
}

/// Where a rule was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// `watch:` in tap.yml.
    Manifest,
    /// `develop.watch` in the compose file.
    Compose,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Manifest => "tap.yml",
            Self::Compose => "the compose file",
        })
    }
}

/// Patterns of what is left out.
#[derive(Debug, Clone, Default)]
pub struct Ignores {
    /// `ignore` of the rule, relative to its folder.
    pub own: DockerIgnore,
    /// `.dockerignore` of a build context, and the context's folder.
    pub context: Option<(PathBuf, DockerIgnore)>,
}

impl Rule {
    /// `path` (absolute) as the rule names it: relative to its folder, with `/`. `None` for what the rule is not about
    /// and for names that are not UTF-8, which the engine cannot be told.
    pub fn relative(&self, path: &Path) -> Option<String> {
        let relative = path.strip_prefix(&self.root).ok()?.to_str()?;
        match &self.file {
            Some(file) => (relative == file).then(|| relative.to_owned()),
            None => Some(relative.to_owned()),
        }
    }

    /// Whether `relative` is left out.
    pub fn is_ignored(&self, relative: &str) -> bool {
        if relative.is_empty() {
            return false;
        }
        if relative.split('/').any(|name| name == ".git" || name == crate::state::FOLDER) || is_of_editor(relative) {
            return true;
        }
        // Who names a single file means it.
        self.file.is_none()
            && (self.ignores.own.is_ignored(relative)
                || self.in_context(relative).is_some_and(|(path, ignore)| ignore.is_ignored(&path)))
    }

    /// Whether an ignored folder may hold what an exception brings back.
    pub fn may_hold_exception(&self, folder: &str) -> bool {
        let by_name = folder.split('/').any(|name| name == ".git" || name == crate::state::FOLDER);
        let closed = |ignore: &DockerIgnore, path: &str| ignore.is_ignored(path) && !ignore.may_hold_exception(path);
        !by_name
            && !closed(&self.ignores.own, folder)
            && !self.in_context(folder).is_some_and(|(path, ignore)| closed(ignore, &path))
    }

    /// The path in the build context, if it lies there.
    fn in_context(&self, relative: &str) -> Option<(String, &DockerIgnore)> {
        let (context, ignore) = self.ignores.context.as_ref()?;
        if ignore.is_empty() {
            return None;
        }
        let path = self.root.join(relative);
        let path = path.strip_prefix(context).ok()?.to_str()?;
        (!path.is_empty()).then(|| (path.to_owned(), ignore))
    }

    /// The folder in the container that names are relative to, and what stands for `relative` there.
    pub fn place(&self, relative: &str) -> (&str, String) {
        match &self.file {
            None => (self.folder(), relative.to_owned()),
            Some(_) => (self.folder(), self.target.rsplit('/').next().unwrap_or_default().to_owned()),
        }
    }

    /// The folder in the container that is written to.
    pub fn folder(&self) -> &str {
        match &self.file {
            None => non_empty(&self.target),
            Some(_) => non_empty(self.target.rsplit_once('/').map_or("", |(folder, _)| folder)),
        }
    }

    /// What users read: `sync src → /srv in web`.
    pub fn summary(&self) -> String {
        let (action, path, service) = (self.action, &self.shown, &self.service);
        match action {
            WatchAction::Sync | WatchAction::SyncRestart => {
                format!("{action} {path} → {} in {service}", non_empty(&self.target))
            }
            WatchAction::Restart => format!("{action} {service} when {path} changes"),
            WatchAction::Rebuild => format!("{action} when {path} changes"),
        }
    }
}

/// The root of the container has no name.
fn non_empty(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}

/// Files that stand only between an editor and the file that it saves.
fn is_of_editor(relative: &str) -> bool {
    let name = relative.rsplit('/').next().unwrap_or_default();
    let is_swap = name.starts_with('.') && [".swp", ".swx", ".swo"].iter().any(|ending| name.ends_with(ending));
    OF_EDITORS.contains(&name)
        || is_swap
        || name.ends_with('~')
        || name.starts_with(".#")
        || name.ends_with("___jb_tmp___")
        || name.ends_with("___jb_old___")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn rule(root: &str, target: &str) -> Rule {
        Rule {
            root: root.into(),
            file: None,
            shown: "src".to_owned(),
            target: target.to_owned(),
            service: "web".to_owned(),
            action: WatchAction::Sync,
            origin: Origin::Manifest,
            ignores: Ignores::default(),
        }
    }

    fn ignore(text: &str) -> DockerIgnore {
        DockerIgnore::parse("x", text).unwrap()
    }

    #[test]
    fn both_lists_of_patterns_count_from_their_own_folders() {
        let mut rule = rule("/w/tap/src", "/app");
        rule.ignores = Ignores {
            own: ignore("*.log"),
            context: Some(("/w/tap".into(), ignore("src/build\n**/*.pyc\n!src/a.pyc"))),
        };
        for (path, expected) in [
            ("a.py", false),
            ("x.log", true),
            ("deep/x.log", false),
            ("build", true),
            ("build/x", true),
            ("deep/x.pyc", true),
            ("a.pyc", false),
            (".git", true),
            ("deep/.git/HEAD", true),
            (".keg/x", true),
            ("a.py~", true),
            (".a.py.swp", true),
            ("4913", true),
            ("", false),
        ] {
            assert_eq!(rule.is_ignored(path), expected, "{path}");
        }
        assert!(!rule.may_hold_exception("build"));
        assert!(!rule.may_hold_exception(".git"));
    }

    #[test]
    fn a_context_within_the_folder_has_its_own_patterns() {
        let mut rule = rule("/w", "/app");
        rule.ignores.context = Some(("/w/tap".into(), ignore("*\n!src")));
        assert!(!rule.is_ignored("other/x") && rule.is_ignored("tap/x") && !rule.is_ignored("tap/src/x"));
        assert!(!rule.is_ignored("tap"));
    }

    #[test]
    fn places_in_the_container() {
        let mut folder = rule("/w/src", "/app/src");
        assert_eq!(folder.place("a/b"), ("/app/src", "a/b".to_owned()));
        folder.target = String::new();
        assert_eq!(folder.place("a"), ("/", "a".to_owned()));
        let mut file = rule("/w", "/etc/app.conf");
        file.file = Some("my.conf".to_owned());
        assert_eq!(file.place("my.conf"), ("/etc", "app.conf".to_owned()));
        assert_eq!(file.relative(Path::new("/w/my.conf")).as_deref(), Some("my.conf"));
        assert_eq!(file.relative(Path::new("/w/other")), None);
        file.target = "/x".to_owned();
        assert_eq!(file.place("my.conf"), ("/", "x".to_owned()));
    }

    #[test]
    fn relative_paths() {
        let rule = rule("/w/src", "/app");
        assert_eq!(rule.relative(Path::new("/w/src/a/b")).as_deref(), Some("a/b"));
        assert_eq!(rule.relative(Path::new("/w/src")).as_deref(), Some(""));
        assert_eq!(rule.relative(Path::new("/w/srcs/a")), None);
    }
}
