//! Checks the watch rules of tap.yml.

use std::path::Path;

use super::source::{SourceFile, joined, shown};
use crate::dockerignore::DockerIgnore;
use crate::error::Error;
use crate::manifest::WatchRule;
use crate::yaml::Located;

/// Finds rules that cannot be followed. Which services there are is known only once the compose file is read.
pub(super) fn check(
    root: &Path,
    folder: &Path,
    source: &SourceFile,
    rules: &[Located<WatchRule>],
    errors: &mut Vec<Error>,
) {
    for rule in rules {
        let path = joined(folder, &rule.path);
        if !path.exists() {
            let message = format!("watch: there is no file or folder `{}`", *rule.path);
            errors.push(
                source
                    .error(&rule.path, message, "not found")
                    .help(format!("Paths are relative to the tap's folder, so this is {}.", shown(root, &path))),
            );
        }
        match &rule.target {
            Some(target) if !target.starts_with('/') => {
                let message = format!("watch: the target `{}` is not an absolute path", **target);
                errors.push(source.error(target, message, "where in the container?").help(format!(
                    "Write the whole path in the container, as `/{}`.",
                    target.trim_start_matches("./")
                )));
            }
            None if rule.action.copies() => {
                let message = format!("watch: the rule for `{}` has no target", *rule.path);
                errors.push(source.error(&rule.path, message, "where in the container?").help(format!(
                    "Add a path in the container, as `target: /app/{}`; only `restart` and `rebuild` do without.",
                    rule.path.trim_start_matches("./")
                )));
            }
            _ => {}
        }
        for pattern in &rule.ignore {
            if let Err(error) = DockerIgnore::parse("tap.yml", pattern) {
                let message = format!("watch: `{}` is no pattern", **pattern);
                let reason =
                    error.message().rsplit_once(" is no pattern: ").map_or("not a pattern", |(_, reason)| reason);
                errors.push(source.error(pattern, message, reason).help("Patterns are those of .dockerignore."));
            }
        }
    }
}
