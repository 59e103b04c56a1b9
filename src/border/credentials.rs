//! Docker's stored logins: read, written and erased where Docker's own client keeps them, so that one login serves
//! both (<https://docs.docker.com/reference/cli/docker/login/#credential-stores>).

mod config_file;
mod helper;

use std::fmt;

use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential_from_reader};
use serde_json::{Map, Value, json};

pub use self::config_file::ConfigFile;
use self::helper::Helper;
use crate::error::Result;
use crate::reference::DEFAULT_DOMAIN;
use crate::settings::Settings;

/// The names under which a login at Docker Hub is kept; the first is the one that Docker's client writes.
const DOCKER_HUB_KEYS: [&str; 4] =
    ["https://index.docker.io/v1/", DEFAULT_DOMAIN, "index.docker.io", "registry-1.docker.io"];

/// What proves to a registry who asks.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A user name and a password or access token.
    Basic {
        /// The user name.
        username: String,
        /// The password or access token.
        password: String,
    },
    /// A token that the registry's token service exchanges for access tokens.
    IdentityToken(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic { username, .. } => write!(f, "Basic {{ username: {username:?}, password: *** }}"),
            Self::IdentityToken(_) => f.write_str("IdentityToken(***)"),
        }
    }
}

/// The stored login for a registry host (`docker.io`, `ghcr.io`, `localhost:5000`); `None` where there is none.
///
/// # Errors
/// Docker's settings cannot be read, or the credential helper is missing or fails.
pub async fn lookup(settings: &Settings, host: &str) -> Result<Option<Credential>> {
    let file = ConfigFile::read(settings)?;
    let keys = keys(host);
    if let Some(helper) = Helper::find(settings, &file, &keys)? {
        return helper.get(host).await;
    }
    // An entry without content is what Docker's client leaves behind when a helper keeps the login.
    let auths: Map<String, Value> =
        file.auths().into_iter().filter(|(_, entry)| entry.get("auth").is_none_or(|auth| auth != "")).collect();
    match get_credential_from_reader(json!({ "auths": auths }).to_string().as_bytes(), &keys[0]) {
        Ok(DockerCredential::UsernamePassword(username, password)) => {
            Ok(Some(Credential::Basic { username, password }))
        }
        Ok(DockerCredential::IdentityToken(token)) => Ok(Some(Credential::IdentityToken(token))),
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        Err(_) => Err(file
            .error(format!("the login for {host} is damaged"))
            .help(format!("store it anew: {}", login_command(host)))),
    }
}

/// Stores a login: with the credential helper where Docker's settings name one for this host, else in the settings
/// file itself, which is readable by its owner only.
///
/// # Errors
/// Docker's settings cannot be read or written, or the credential helper is missing or fails.
pub async fn store(settings: &Settings, host: &str, credential: &Credential) -> Result<Stored> {
    let mut file = ConfigFile::read(settings)?;
    let keys = keys(host);
    if let Some(helper) = Helper::find(settings, &file, &keys)? {
        helper.store(host, credential).await?;
        return Ok(Stored::Helper(helper.program()));
    }
    let entry = match credential {
        Credential::Basic { username, password } => {
            use base64::Engine;
            json!({ "auth": base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}")) })
        }
        Credential::IdentityToken(token) => json!({ "identitytoken": token }),
    };
    file.auths_mut()?.insert(keys[0].clone(), entry);
    file.write()?;
    Ok(Stored::File(file.path().to_owned()))
}

/// Where [`store`] put a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// With this credential helper's program.
    Helper(String),
    /// In this file, where it is not encrypted.
    File(std::path::PathBuf),
}

/// Erases the login for a host and says whether there was one.
///
/// # Errors
/// As [`store`].
pub async fn erase(settings: &Settings, host: &str) -> Result<bool> {
    let mut file = ConfigFile::read(settings)?;
    let keys = keys(host);
    let mut erased = false;
    if let Some(helper) = Helper::find(settings, &file, &keys)? {
        // Helpers differ in what they do when there is nothing to erase, so that is asked first.
        if helper.get(host).await?.is_some() {
            helper.erase(host).await?;
            erased = true;
        }
    }
    if file.auths().keys().any(|key| is_of(key, &keys)) {
        let auths = file.auths_mut()?;
        let kept: Map<String, Value> =
            std::mem::take(auths).into_iter().filter(|(key, _)| !is_of(key, &keys)).collect();
        *auths = kept;
        file.write()?;
        erased = true;
    }
    Ok(erased)
}

/// The names under which a host's login may be kept, the usual one first.
fn keys(host: &str) -> Vec<String> {
    if DOCKER_HUB_KEYS.contains(&host) {
        return DOCKER_HUB_KEYS.map(str::to_owned).to_vec();
    }
    vec![host.to_owned(), format!("https://{host}"), format!("http://{host}")]
}

/// Whether a key of the settings' `auths` means one of these: scheme and path do not matter.
fn is_of(key: &str, keys: &[String]) -> bool {
    let host = |key: &str| {
        let rest = key.strip_prefix("https://").or(key.strip_prefix("http://")).unwrap_or(key);
        rest.split('/').next().unwrap_or(rest).to_owned()
    };
    keys.iter().any(|known| known == key || host(known) == host(key))
}

/// What to type to log in.
pub fn login_command(host: &str) -> String {
    if DOCKER_HUB_KEYS.contains(&host) { "keg login docker.io".to_owned() } else { format!("keg login {host}") }
}

#[cfg(test)]
#[path = "credentials/tests.rs"]
mod tests;
