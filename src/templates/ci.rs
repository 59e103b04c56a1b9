//! The templates of CI workflows, which share steps.

use include_dir::{Dir, include_dir};
use minijinja::Value;

use super::{broken, environment, files_in};
use crate::error::Result;

static WORKFLOWS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/templates/ci");

/// Fills in a template of `templates/ci/`.
///
/// # Errors
/// Never for templates that the tests have rendered.
pub fn render(template: &str, context: &Value) -> Result<String> {
    let fill = || -> Result<String, minijinja::Error> {
        let mut environment = environment()?;
        environment.add_filter("quoted", quoted);
        for file in files_in(&WORKFLOWS) {
            let (Some(name), Some(text)) = (file.path().to_str(), file.contents_utf8()) else { continue };
            environment.add_template(name, text)?;
        }
        environment.get_template(template)?.render(context)
    };
    fill().map_err(|error| broken(template, &error))
}

/// A text in single quotes, as YAML has them.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
