//! `keg login`

use serde_json::json;
use tokio::io::AsyncReadExt;

use crate::border::credentials::{self, Credential, Stored};
use crate::border::registry::Registry;
use crate::command::App;
use crate::error::{Error, Result};
use crate::reference::{DEFAULT_DOMAIN, Reference};
use crate::settings::Format;

/// Arguments of `keg login`. There is none for the password: every user of the machine can read arguments.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The registry, as ghcr.io or localhost:5000 [default: the workspace's registry, else docker.io]
    #[arg(value_name = "REGISTRY")]
    pub registry: Option<String>,
    /// The user name; asked for on a terminal
    #[arg(long, short, value_name = "NAME")]
    pub username: Option<String>,
    /// Reads the password or access token from standard input; else asked for on a terminal
    #[arg(long)]
    pub password_stdin: bool,
}

/// Runs `keg login`: tries the login, and stores it where Docker keeps its own when the registry accepts it.
///
/// # Errors
/// The registry is out of reach or refuses the login, or it cannot be stored.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let host = host(args.registry.as_deref(), app)?;
    let username = username(args, app, &host)?;
    let password = password(args, app, &host).await?;
    app.ui.hide(password.as_str());
    let credential = Credential::Basic { username: username.clone(), password };
    Registry::new(&app.settings).check_login(&host, &credential).await?;
    let stored = credentials::store(&app.settings, &host, &credential).await?;
    if app.settings.format == Format::Json {
        let place = match &stored {
            Stored::Helper(program) => json!({ "helper": program }),
            Stored::File(file) => json!({ "file": file }),
        };
        return app.ui.print_json(&json!({ "registry": host, "username": username, "stored": place }));
    }
    app.ui.print(&match stored {
        Stored::Helper(program) => format!("logged in at {host} as {username}; {program} keeps the login"),
        Stored::File(file) => {
            format!("logged in at {host} as {username}; the login is kept, not encrypted, in {}", file.display())
        }
    })
}

/// The registry host that the argument means, else the workspace's, else Docker Hub.
///
/// # Errors
/// The argument is no host, or the workspace does not load.
pub fn host(given: Option<&str>, app: &App) -> Result<String> {
    let Some(given) = given else {
        let registry = match app.workspace_root() {
            Ok(_) => app.workspace()?.options.registry,
            Err(error) if app.settings.workspace.is_some() => return Err(error),
            Err(_) => None,
        };
        return match registry {
            Some(registry) => host_of(&registry),
            None => Ok(DEFAULT_DOMAIN.to_owned()),
        };
    };
    let rest = given.strip_prefix("https://").or_else(|| given.strip_prefix("http://")).unwrap_or(given);
    host_of(rest.split('/').next().unwrap_or(rest))
}

/// The host of `host[:port]` or `host[:port]/namespace`.
fn host_of(registry: &str) -> Result<String> {
    let wrong = || {
        Error::request(format!("`{registry}` is not a registry host"))
            .help("name it as in image references: docker.io, ghcr.io, localhost:5000")
    };
    let reference = Reference::parse(&format!("{registry}/x")).map_err(|error| wrong().cause(error))?;
    let written = registry.split('/').next().unwrap_or(registry);
    let is_hub = reference.domain() == DEFAULT_DOMAIN;
    // A word without dot and port means a repository at Docker Hub.
    if is_hub && ![DEFAULT_DOMAIN, "index.docker.io", "registry-1.docker.io"].contains(&written) {
        return Err(wrong());
    }
    Ok(if written == "registry-1.docker.io" { DEFAULT_DOMAIN.to_owned() } else { reference.domain().to_owned() })
}

fn username(args: &Args, app: &App, host: &str) -> Result<String> {
    let username = match &args.username {
        Some(username) => username.clone(),
        None if app.settings.interactive && !args.password_stdin => app.ui.ask(&format!("User name at {host}"))?,
        None => return Err(Error::request(format!("logging in at {host}: the user name is missing")).help(usage(host))),
    };
    // Basic authentication ends the name at the first colon.
    if username.is_empty() || username.contains(':') {
        return Err(Error::request(format!("`{username}` is not a user name")).help("it has no colon and is not empty"));
    }
    Ok(username)
}

async fn password(args: &Args, app: &App, host: &str) -> Result<String> {
    let password = if args.password_stdin {
        let mut text = String::new();
        tokio::io::stdin()
            .read_to_string(&mut text)
            .await
            .map_err(|error| Error::request("the password cannot be read from standard input").cause(error))?;
        text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line)).to_owned()
    } else if app.settings.interactive {
        app.ui.ask_secret(&format!("Password or access token at {host}"))?
    } else {
        let message = format!("logging in at {host}: the password is missing, and there is no terminal to ask on");
        return Err(Error::request(message).help(usage(host)));
    };
    if password.is_empty() {
        return Err(Error::request(format!("logging in at {host}: the password is empty")).help(usage(host)));
    }
    Ok(password)
}

fn usage(host: &str) -> String {
    format!("in scripts: keg login {host} --username NAME --password-stdin < FILE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read() {
        for (registry, expected) in [
            ("ghcr.io", "ghcr.io"),
            ("ghcr.io/org/team", "ghcr.io"),
            ("localhost:5000", "localhost:5000"),
            ("localhost", "localhost"),
            ("index.docker.io", "docker.io"),
            ("registry-1.docker.io", "docker.io"),
            ("docker.io/me", "docker.io"),
        ] {
            assert_eq!(host_of(registry).unwrap(), expected);
        }
        for registry in ["", "web", "a b", "ghcr.io:x", "://"] {
            assert_eq!(host_of(registry).unwrap_err().exit_code(), 2, "{registry}");
        }
    }
}
