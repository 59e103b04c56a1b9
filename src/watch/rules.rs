//! From what tap.yml and the compose file say to rules.

use std::path::{Path, PathBuf};

use crate::border::compose::model::ModelWatch;
use crate::dockerignore::DockerIgnore;
use crate::error::{Error, Result, nearest};
use crate::manifest::{WatchAction, WatchRule};
use crate::watch::{Ignores, Origin, Rule};
use crate::yaml::Located;

/// What has to be known to make rules.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The tap's name.
    pub tap: &'a str,
    /// The tap's folder: where paths of tap.yml begin.
    pub folder: &'a Path,
    /// The service that runs the tap's image.
    pub main_service: &'a str,
    /// All services.
    pub services: &'a [String],
    /// tap.yml as users know it, and its text.
    pub manifest: Option<(&'a str, &'a str)>,
}

/// A rule of tap.yml. `root` and `file` are found on the disk: see [`Rule`].
///
/// # Errors
/// A service that is not there.
pub fn of_manifest(
    rule: &WatchRule,
    (root, file): (PathBuf, Option<String>),
    context: Option<(PathBuf, DockerIgnore)>,
    around: Surroundings<'_>,
) -> Result<Rule> {
    let service = match &rule.service {
        Some(service) if around.services.contains(service) => service.value.clone(),
        Some(service) => return Err(no_such_service(service, around)),
        None => around.main_service.to_owned(),
    };
    let patterns: Vec<&str> = rule.ignore.iter().map(|pattern| pattern.as_str()).collect();
    Ok(Rule {
        target: target(rule.action, rule.target.as_deref().map(String::as_str), file.as_deref()),
        root,
        file,
        shown: rule.path.value.clone(),
        service,
        action: rule.action,
        origin: Origin::Manifest,
        ignores: Ignores { own: DockerIgnore::parse("tap.yml", &patterns.join("\n"))?, context },
    })
}

/// A rule of `develop.watch`, and `None` for an action that keg does not know.
///
/// # Errors
/// Patterns that are none.
pub fn of_compose(
    rule: &ModelWatch,
    service: &str,
    (root, file): (PathBuf, Option<String>),
    context: Option<(PathBuf, DockerIgnore)>,
    around: Surroundings<'_>,
) -> Result<Option<Rule>> {
    let Some(action) = WatchAction::named(&rule.action) else { return Ok(None) };
    let path = Path::new(&rule.path);
    let shown = path.strip_prefix(around.folder).unwrap_or(path).display().to_string();
    Ok(Some(Rule {
        target: target(action, rule.target.as_deref(), file.as_deref()),
        root,
        file,
        shown: if shown.is_empty() { ".".to_owned() } else { shown },
        service: service.to_owned(),
        action,
        origin: Origin::Compose,
        ignores: Ignores { own: DockerIgnore::parse("develop.watch", &rule.ignore.join("\n"))?, context },
    }))
}

/// The target without `.`, `..` and a slash at the end. A file whose target ends in a slash lies in that folder.
fn target(action: WatchAction, written: Option<&str>, file: Option<&str>) -> String {
    let Some(written) = written.filter(|_| action.copies()) else { return String::new() };
    let mut names: Vec<&str> = Vec::new();
    for name in written.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    names.extend(file.filter(|_| written.ends_with('/')));
    names.iter().map(|name| format!("/{name}")).collect()
}

fn no_such_service(service: &Located<String>, around: Surroundings<'_>) -> Error {
    let message = format!("watch: there is no service `{}` in {}", service.value, around.tap);
    let error = match around.manifest {
        Some((shown, text)) => service.error(shown, text, message, "not a service"),
        None => Error::request(message),
    };
    let list = around.services.join(", ");
    error.help(match nearest(service, around.services.iter().map(String::as_str)) {
        Some(near) => format!("Did you mean `{near}`? The services are: {list}."),
        None => format!("The services are: {list}."),
    })
}

/// The error for a tap that has no rules, with what could be written.
pub fn none(tap: &str, manifest: &str) -> Error {
    Error::request(format!("{tap} has no rules that say which files its container gets"))
        .because("neither `watch:` in tap.yml nor `develop.watch` in the compose file is there")
        .help(format!("write in {manifest}, for example:\nwatch:\n  - {{ path: src, target: /app/src }}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(services: &[String]) -> Surroundings<'_> {
        Surroundings {
            tap: "web",
            folder: Path::new("/w/web"),
            main_service: "web",
            services,
            manifest: Some(("taps/web/tap.yml", "watch: [{ path: src, target: /app, service: dbb }]\n")),
        }
    }

    fn written(path: &str, target: Option<&str>, service: Option<&str>) -> WatchRule {
        WatchRule {
            path: path.to_owned().into(),
            target: target.map(|target| target.to_owned().into()),
            ignore: vec!["*.log".to_owned().into(), "!keep.log".to_owned().into()],
            action: WatchAction::Sync,
            service: service.map(|service| Located { value: service.to_owned(), span: 41..44, line: 1 }),
        }
    }

    #[test]
    fn of_tap_yml() {
        let services = ["web".to_owned(), "db".to_owned()];
        let found = ("/w/web/src".into(), None);
        let rule =
            of_manifest(&written("src", Some("/app/./x/../src/"), None), found, None, around(&services)).unwrap();
        assert_eq!((rule.target.as_str(), rule.service.as_str()), ("/app/src", "web"));
        assert_eq!(rule.summary(), "sync src → /app/src in web");
        assert!(rule.is_ignored("x.log") && !rule.is_ignored("keep.log"));
        let found = || ("/w/web".into(), Some("a.conf".to_owned()));
        for (target, expected) in [("/etc/b.conf", "/etc/b.conf"), ("/etc/", "/etc/a.conf"), ("/", "/a.conf")] {
            let rule =
                of_manifest(&written("a.conf", Some(target), Some("db")), found(), None, around(&services)).unwrap();
            assert_eq!((rule.target.as_str(), rule.service.as_str()), (expected, "db"));
        }
    }

    #[test]
    fn an_unknown_service_is_shown_where_it_stands() {
        let services = ["web".to_owned(), "db".to_owned()];
        let found = ("/w/web/src".into(), None);
        let error =
            of_manifest(&written("src", Some("/app"), Some("dbb")), found, None, around(&services)).unwrap_err();
        assert_eq!(error.message(), "watch: there is no service `dbb` in web");
        assert_eq!(error.remedy(), Some("Did you mean `db`? The services are: web, db."));
        assert_eq!(error.places()[0].line_and_column(), (1, 42));
    }

    #[test]
    fn of_a_compose_file() {
        let services = ["web".to_owned()];
        let rule = |action: &str, path: &str| {
            let rule = ModelWatch {
                path: path.to_owned(),
                action: action.to_owned(),
                target: Some("/app".to_owned()),
                ignore: vec!["node_modules/".to_owned()],
            };
            of_compose(&rule, "web", (path.into(), None), None, around(&services)).unwrap()
        };
        assert_eq!(rule("sync", "/w/web/src").unwrap().summary(), "sync src → /app in web");
        assert_eq!(rule("sync", "/w/web").unwrap().shown, ".");
        assert_eq!(rule("sync+restart", "/w/other").unwrap().summary(), "sync+restart /w/other → /app in web");
        assert_eq!(rule("rebuild", "/w/web/x").unwrap().target, "");
        assert!(rule("rebuild", "/w/web/x").unwrap().is_ignored("node_modules/a"));
        assert!(rule("sync+exec", "/w/web/src").is_none());
    }
}
