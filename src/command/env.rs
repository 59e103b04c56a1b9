//! `keg env`

use serde_json::{Map, Value, json};

use crate::command::variables::{self, TapVariables};
use crate::command::{App, selection};
use crate::error::Result;
use crate::layers::Variable;
use crate::observe;
use crate::settings::Format;
use crate::ui::looks_secret;

/// Arguments of `keg env`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Later ones win: env: of keg.yml; .env and .env.NAME of the workspace; env: of tap.yml; .env and
.env.NAME of the tap; .env.local of both; the environment of the process; --env.

Examples:
  keg env web                             each variable of web, where it is set, and what that hides
  keg env web --environment staging       with .env.staging
  eval \"$(keg env web --format shell)\"    sets them in this shell"
)]
pub struct Args {
    /// Name or alias
    #[arg(value_name = "TAP", add = selection::tap_completer())]
    pub tap: String,
    /// Sets a variable; NAME alone takes the value that keg has
    #[arg(long = "env", short, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Shows values that look like secrets
    #[arg(long)]
    pub secrets: bool,
}

/// Runs `keg env`.
///
/// # Errors
/// No such tap, an env file that cannot be read.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = app.workspace()?;
    let tap = workspace.image(selection::tap(&workspace, &args.tap)?);
    let branch = observe::branch_of_image(&workspace, &app.settings, tap)?;
    let own = variables::own(app, &workspace, Some(tap), &branch, None);
    let read = TapVariables::read(app, &workspace, Some(tap), &args.env)?.with_own(own);
    if args.secrets {
        app.ui.reveal();
    }
    let mut shown = read.layers().variables();
    shown.sort_by_key(|variable| variable.name);
    // A secret may stand in another value, as in an address with a password.
    let is_hidden =
        |variable: &Variable<'_>| !args.secrets && (looks_secret(variable.name) || app.ui.hides(variable.value));
    match app.settings.format {
        Format::Json => {
            let value = |variable: &Variable<'_>| as_json(variable, !args.secrets && looks_secret(variable.name));
            let entries = shown.iter().map(|variable| (variable.name.to_owned(), value(variable)));
            app.ui.print_json(&Value::Object(entries.collect::<Map<_, _>>()))
        }
        Format::Dotenv => app.ui.print(&lines(&shown, is_hidden, dotenv)),
        Format::Shell => app.ui.print(&lines(&shown, is_hidden, shell)),
        _ => {
            let row = |variable| row(variable, !args.secrets);
            app.ui.print_table(&["variable", "value", "from", "hides"], shown.iter().map(row).collect())
        }
    }
}

fn row(variable: &Variable<'_>, masks: bool) -> Vec<String> {
    let value = |value: &str| match masks && looks_secret(variable.name) {
        true => MASK.to_owned(),
        // Line ends and other control characters would tear the table.
        false => value
            .chars()
            .flat_map(|char| if char.is_control() { char.escape_debug().collect() } else { vec![char] })
            .collect(),
    };
    let hidden = variable.hides.iter().map(|(source, hidden)| format!("{} ({source})", value(hidden)));
    let hidden = hidden.collect::<Vec<_>>().join(", ");
    vec![variable.name.to_owned(), value(variable.value), variable.source.to_string(), hidden]
}

const MASK: &str = "***";

/// Masked by name: values of fewer than four characters are not masked by themselves.
fn as_json(variable: &Variable<'_>, is_masked: bool) -> Value {
    let value = |value: &str| if is_masked { MASK.to_owned() } else { value.to_owned() };
    let hides =
        variable.hides.iter().map(|(source, hidden)| json!({ "value": value(hidden), "from": source.to_string() }));
    json!({
        "value": value(variable.value),
        "from": variable.source.to_string(),
        "hides": hides.collect::<Vec<_>>(),
    })
}

/// One line a variable. A secret is left out with a word about it: a mask would be taken for its value.
fn lines(
    variables: &[Variable<'_>],
    is_hidden: impl Fn(&Variable<'_>) -> bool,
    line: fn(&str, &str) -> Option<String>,
) -> String {
    let mut text = String::new();
    for variable in variables {
        match line(variable.name, variable.value) {
            Some(_) if is_hidden(variable) => {
                text.push_str(&format!("# {} has a secret: --secrets shows it\n", variable.name));
            }
            Some(line) => text.push_str(&line),
            None => text.push_str(&format!("# {} cannot be written here\n", variable.name.escape_debug())),
        }
    }
    text
}

/// In single quotes nothing is interpolated; a quote in them is escaped, and then so must no backslash stand before it.
fn dotenv(name: &str, value: &str) -> Option<String> {
    if !value.contains(['\'', '\\']) {
        return Some(format!("{name}='{value}'\n"));
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$");
    Some(format!("{name}=\"{escaped}\"\n"))
}

fn shell(name: &str, value: &str) -> Option<String> {
    let is_name = name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
        && !name.starts_with(|char: char| char.is_ascii_digit());
    is_name.then(|| format!("export {name}='{}'\n", value.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::envfile;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in "[a-z \\\\'\"$#{}\n\t=:!`]{0,12}|\\PC{0,12}") {
            let line = dotenv("A", &value).unwrap();
            let read = envfile::parse(".env", &line, &|_| None).unwrap();
            prop_assert_eq!(read.get("A"), Some(&value), "{}", line);
        }
    }

    #[test]
    fn shells_get_the_value_and_nothing_to_run() {
        assert_eq!(shell("A", "it's $(x) `y`").unwrap(), "export A='it'\\''s $(x) `y`'\n");
        assert_eq!(shell("A-B", "1"), None);
        assert_eq!(shell("A;x", "1"), None);
        assert_eq!(shell("1A", "1"), None);
    }
}
