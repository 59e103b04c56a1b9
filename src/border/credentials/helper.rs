//! Credential helpers: programs `docker-credential-<name>` that keep logins in the system's own store
//! (<https://github.com/docker/docker-credential-helpers>).

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::Credential;
use super::config_file::ConfigFile;
use crate::border::process::{self, Finished, Options};
use crate::env_vars;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// Longer than it takes to unlock a key store by hand.
const TIME_LIMIT: Duration = Duration::from_secs(120);
/// The user name that stands for an identity token.
const TOKEN_USER: &str = "<token>";

/// The helper that keeps the login for one host.
#[derive(Debug)]
pub struct Helper {
    program: PathBuf,
    key: String,
    config: PathBuf,
    env: Vec<(String, String)>,
}

/// What a helper answers; an empty answer is one without a login.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

impl Helper {
    /// The helper that Docker's settings name for the host with these keys; `None` where they name none.
    pub fn find(settings: &Settings, file: &ConfigFile, keys: &[String]) -> Result<Option<Self>> {
        let Some((key, name)) = file.helper(keys) else { return Ok(None) };
        let program = format!("docker-credential-{name}");
        let path = settings.variables.get(env_vars::PATH).unwrap_or_default();
        let Ok(found) = which::which_in(&program, Some(path), &settings.current_folder) else {
            let error = file.error(format!("the credential helper `{program}` is not installed, and it is named"));
            return Err(error.help(format!(
                "install `{program}`, or remove `{name}` from `credsStore` and `credHelpers` there and log in again"
            )));
        };
        let env = settings.variables.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Some(Self { program: found, key, config: file.path().to_owned(), env }))
    }

    /// The program's name.
    pub fn program(&self) -> String {
        self.program.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The login that it keeps.
    pub async fn get(&self, host: &str) -> Result<Option<Credential>> {
        let finished = self.run("get", self.key.clone()).await?;
        if !finished.is_success() {
            return match complaint(&finished) {
                None => Ok(None),
                Some(complaint) => Err(self.failed("give the login", host, &complaint)),
            };
        }
        let answer: Answer = serde_json::from_str(&finished.stdout)
            .map_err(|_| self.failed("give the login", host, "what it answered is no login"))?;
        Ok(match (answer.username, answer.secret) {
            (username, secret) if username.is_empty() && secret.is_empty() => None,
            (username, secret) if username == TOKEN_USER => Some(Credential::IdentityToken(secret)),
            (username, password) => Some(Credential::Basic { username, password }),
        })
    }

    /// Lets it keep a login.
    pub async fn store(&self, host: &str, credential: &Credential) -> Result<()> {
        let (username, secret) = match credential {
            Credential::Basic { username, password } => (username.as_str(), password),
            Credential::IdentityToken(token) => (TOKEN_USER, token),
        };
        let message = json!({ "ServerURL": self.key, "Username": username, "Secret": secret }).to_string();
        let finished = self.run("store", message).await?;
        self.succeeded(&finished, "store the login", host)
    }

    /// Lets it forget the login.
    pub async fn erase(&self, host: &str) -> Result<()> {
        let finished = self.run("erase", self.key.clone()).await?;
        self.succeeded(&finished, "erase the login", host)
    }

    async fn run(&self, verb: &str, input: String) -> Result<Finished> {
        let options = Options {
            stdin: input.into_bytes(),
            timeout: Some(TIME_LIMIT),
            env: self.env.clone(),
            ..Options::default()
        };
        process::run(&self.program, [verb], &options).await
    }

    fn succeeded(&self, finished: &Finished, verb: &str, host: &str) -> Result<()> {
        if finished.is_success() {
            return Ok(());
        }
        let complaint = complaint(finished).unwrap_or_else(|| "it knows no such login".to_owned());
        Err(self.failed(verb, host, &complaint))
    }

    fn failed(&self, verb: &str, host: &str, complaint: &str) -> Error {
        Error::request(format!("the credential helper `{}` did not {verb} for {host}", self.program()))
            .because(complaint.to_owned())
            .help(format!("see whether `{} list` works; {} names it", self.program(), self.config.display()))
    }
}

/// What a helper that failed complained of; `None` when it only says that it has no such login. Helpers complain
/// on standard output.
fn complaint(finished: &Finished) -> Option<String> {
    let (stdout, stderr) = (&finished.stdout, &finished.stderr);
    if [stdout, stderr].iter().any(|text| text.to_lowercase().contains("credentials not found")) {
        return None;
    }
    let text = if stderr.trim().is_empty() { stdout } else { stderr };
    // What looks like an answer may hold the secret.
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).filter(|line| !line.starts_with('{'));
    Some(line.unwrap_or("it did not say why").chars().take(200).collect())
}
