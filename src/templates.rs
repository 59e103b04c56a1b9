//! The files that `keg tap new` starts a tap from.
//!
//! They lie in `templates/tap/<name>/` and are part of the program. In them `[= name =]` is a value and `[% if alias %]`
//! a condition: neither clashes with Dockerfiles, shells, Compose (`${…}`) or GitHub's workflows (`${{ … }}`).

use std::path::PathBuf;

use include_dir::{Dir, DirEntry, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use crate::error::{Error, Result, nearest};

pub mod ci;
mod workspace;
mod write;

pub use workspace::{workspace, write_missing, write_new};
pub use write::{Replacement, replace_all_or_nothing, write_all_or_nothing};

/// A file that a template gives: path in its folder, text, and whether it is executable.
pub type Rendered = (PathBuf, String, bool);

static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/templates/tap");

/// What a template says about the tap that is made from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateValues {
    /// The image's name.
    pub name: String,
    /// A second name for the command line.
    pub alias: Option<String>,
    /// The image that the tap is built on, name and tag.
    pub base: String,
}

/// The names of all templates, sorted.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = TEMPLATES.dirs().filter_map(|folder| folder.path().to_str()).collect();
    names.sort_unstable();
    names
}

/// The files of `template` with `values` put in: path in the tap's folder, text, and whether it is executable
/// (what starts with `#!`). Sorted by path.
///
/// # Errors
/// A request error when there is no such template.
pub fn render(template: &str, values: &TemplateValues) -> Result<Vec<(PathBuf, String, bool)>> {
    let folder =
        TEMPLATES.get_dir(template).filter(|_| names().contains(&template)).ok_or_else(|| unknown(template))?;
    // Compose allows no slash in the name of a service, and an image's name may have some.
    let service = values.name.rsplit('/').next().unwrap_or_default();
    let context = context! { name => &values.name, alias => &values.alias, base => &values.base, service };
    render_folder(template, folder, context)
}

/// The files below `folder`, by path.
fn render_folder(template: &str, folder: &'static Dir<'static>, context: minijinja::Value) -> Result<Vec<Rendered>> {
    let environment = environment().map_err(|error| broken(template, &error))?;
    let mut files = Vec::new();
    for file in files_in(folder) {
        let path = file.path().strip_prefix(folder.path()).unwrap_or(file.path()).to_owned();
        let source = file.contents_utf8().ok_or_else(|| Error::failed(format!("template {template} is not text")))?;
        let text = environment
            .render_named_str(&file.path().to_string_lossy(), source, &context)
            .map_err(|error| broken(template, &error))?;
        let executable = text.starts_with("#!");
        files.push((path, text, executable));
    }
    files.sort();
    Ok(files)
}

fn files_in(folder: &'static Dir<'static>) -> Vec<&'static include_dir::File<'static>> {
    let mut files = Vec::new();
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(folder) => files.extend(files_in(folder)),
            DirEntry::File(file) => files.push(file),
        }
    }
    files
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .variable_delimiters("[=", "=]")
        .block_delimiters("[%", "%]")
        .comment_delimiters("[#", "#]")
        .trim_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.add_filter("yaml", yaml);
    Ok(environment)
}

/// A scalar that YAML reads as this very text: `null`, `1e3` and the like get quotes.
fn yaml(text: &str) -> Result<String, minijinja::Error> {
    serde_saphyr::to_string(&text).map(|scalar| scalar.trim_end().to_owned()).map_err(|error| {
        minijinja::Error::new(minijinja::ErrorKind::BadSerialization, "cannot be written as YAML").with_source(error)
    })
}

fn unknown(template: &str) -> Error {
    let error = Error::request(format!("there is no template `{template}`"));
    match nearest(template, names()) {
        Some(name) => error.help(format!("did you mean `{name}`?")),
        None => error.help(format!("the templates are {}", names().join(", "))),
    }
}

fn broken(template: &str, error: &minijinja::Error) -> Error {
    Error::failed(format!("could not fill in the template `{template}`")).because(format!("{error:#}"))
}

#[cfg(test)]
mod tests;
