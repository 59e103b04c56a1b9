//! The templates and what they may ask for.

use std::time::Duration;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::history;
use crate::ui::{human_duration, human_size};

/// Templates; values in them are escaped, since their names end with `.html`.
const TEMPLATES: [(&str, &str); 6] = [
    ("layout.html", include_str!("templates/layout.html")),
    ("timeline.html", include_str!("templates/timeline.html")),
    ("run.html", include_str!("templates/run.html")),
    ("report.html", include_str!("templates/report.html")),
    ("index.html", include_str!("templates/index.html")),
    ("image.html", include_str!("templates/image.html")),
];
/// The looks of every page.
const STYLE: &str = include_str!("templates/style.css");
/// What keg's own pages have, so that no other file is overwritten.
pub(super) const GENERATOR: &str = "<meta name=\"generator\" content=\"keg\">";

/// The templates, ready for use.
///
/// # Errors
/// A template that is no template.
pub(super) fn environment() -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|error| broken("syntax", &error))?);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).map_err(|error| broken(name, &error))?;
    }
    environment.add_global("style", Value::from_safe_string(STYLE.to_owned()));
    environment.add_global("generator", Value::from_safe_string(GENERATOR.to_owned()));
    environment.add_global("version", env!("CARGO_PKG_VERSION"));
    environment.add_filter("size", human_size);
    environment
        .add_filter("seconds", |seconds: f64| human_duration(Duration::try_from_secs_f64(seconds).unwrap_or_default()));
    environment.add_filter("moment", |moment: &str| moment.replace('T', " ").replace('Z', " UTC"));
    environment.add_filter("short", |digest: &str| {
        history::short(digest.strip_prefix("sha256:").unwrap_or(digest)).to_owned()
    });
    Ok(environment)
}

/// A page from its template and values.
///
/// # Errors
/// A template that asks for a value that it does not get.
pub(super) fn render(environment: &Environment<'_>, template: &str, values: Value) -> Result<String> {
    let rendered = environment.get_template(template).and_then(|template| template.render(values));
    rendered.map_err(|error| broken(template, &error))
}

fn broken(template: &str, error: &minijinja::Error) -> Error {
    Error::failed(format!("the template {template} of keg's pages is broken")).because(format!("{error:#}"))
}

/// Something that templates can look into.
pub(super) fn value(of: impl Serialize) -> Value {
    Value::from(Serde(of))
}
