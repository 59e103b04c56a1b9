//! How requests to one registry prove who asks
//! (<https://distribution.github.io/distribution/spec/auth/token/> and `oauth/` beside it).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::address::is_loopback;
use super::challenge::Challenge;
use super::pace::Pace;
use super::{failure, retry};
use crate::border::credentials::{self, Credential, login_command};
use crate::error::{Error, Result};
use crate::settings::Settings;

/// How long a token is good for when its service does not say.
const SHORTEST_LIFE: u64 = 60;
/// A token this near to its end is not used any more.
const MARGIN: Duration = Duration::from_secs(10);

/// What is known about how one registry wants to be asked.
pub struct Authorization {
    host: String,
    settings: Settings,
    challenge: Mutex<Option<Challenge>>,
    /// The login, looked up when the registry asks for one: a credential helper may ask the user.
    credential: OnceCell<Option<Credential>>,
    tokens: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Token>>>>>,
    /// That of the token service, which may be another server than the registry.
    pace: Pace,
}

struct Token {
    header: HeaderValue,
    until: Instant,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

impl Authorization {
    /// For a host; with `credential` given, the stored login does not count.
    pub fn new(settings: &Settings, host: &str, credential: Option<Credential>) -> Self {
        Self {
            host: host.to_owned(),
            settings: settings.clone(),
            challenge: Mutex::default(),
            credential: credential.map_or_else(OnceCell::new, |credential| OnceCell::new_with(Some(Some(credential)))),
            tokens: Mutex::default(),
            pace: Pace::new(),
        }
    }

    /// Whether a login is in use.
    pub fn has_login(&self) -> bool {
        matches!(self.credential.get(), Some(Some(_)))
    }

    /// The header for a request that needs these scopes; `None` as long as the registry has not asked for one, or
    /// there is no login for it.
    pub async fn header(&self, client: &Client, scopes: &[String]) -> Result<Option<HeaderValue>> {
        let challenge = self.challenge.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match challenge {
            None => Ok(None),
            Some(Challenge::Basic) => Ok(match self.credential().await? {
                Some(Credential::Basic { username, password }) => Some(basic(username, password)),
                _ => None,
            }),
            Some(Challenge::Bearer { realm, service }) => {
                let token = self.token_of(scopes);
                let mut token = token.lock().await;
                if let Some(token) = token.as_ref().filter(|token| token.until > Instant::now() + MARGIN) {
                    return Ok(Some(token.header.clone()));
                }
                let fetched = self.fetch(client, &realm, service.as_deref(), scopes).await?;
                Ok(Some(token.insert(fetched).header.clone()))
            }
        }
    }

    /// Learns from a refusal how the registry wants to be asked. `used` tells whether the request had a header.
    /// Gives whether it makes sense to ask again.
    pub async fn learn(&self, headers: &HeaderMap, scopes: &[String], used: bool) -> Result<bool> {
        let Some(challenge) = Challenge::of(headers) else { return Ok(false) };
        let is_basic = challenge == Challenge::Basic;
        *self.challenge.lock().unwrap_or_else(PoisonError::into_inner) = Some(challenge);
        if is_basic {
            return Ok(!used && matches!(self.credential().await?, Some(Credential::Basic { .. })));
        }
        if used {
            *self.token_of(scopes).lock().await = None;
        }
        Ok(true)
    }

    async fn credential(&self) -> Result<&Option<Credential>> {
        self.credential.get_or_try_init(|| credentials::lookup(&self.settings, &self.host)).await
    }

    fn token_of(&self, scopes: &[String]) -> Arc<tokio::sync::Mutex<Option<Token>>> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tokens.entry(scopes.join(" ")).or_default())
    }

    /// Asks the token service.
    async fn fetch(&self, client: &Client, realm: &str, service: Option<&str>, scopes: &[String]) -> Result<Token> {
        let doing = format!("getting a token for {}", self.host);
        let realm = self.realm(realm)?;
        let credential = self.credential().await?;
        let build = || token_request(client, &realm, service, scopes, credential.as_ref());
        let host = realm.host_str().unwrap_or(&self.host);
        let server = realm.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let lost = |trouble| failure::out_of_reach(&self.settings, &doing, &server, trouble);
        let answer = retry::send(&self.pace, build).await.map_err(lost)?;
        if credential.is_some()
            && matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        {
            return Err(refused_login(&self.host));
        }
        if !answer.status.is_success() {
            return Err(failure::refused(&doing, &self.host, &answer, credential.is_some()));
        }
        let no_token = || Error::failed(format!("{doing}: what {server} answers is no token"));
        let answer: TokenAnswer = serde_json::from_slice(&answer.body).map_err(|_| no_token())?;
        let token = answer.token.or(answer.access_token).filter(|token| !token.is_empty()).ok_or_else(no_token)?;
        let mut header = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| no_token())?;
        header.set_sensitive(true);
        let life = Duration::from_secs(answer.expires_in.unwrap_or(SHORTEST_LIFE).clamp(SHORTEST_LIFE, 86_400));
        Ok(Token { header, until: Instant::now() + life })
    }

    /// The token service's address; a login never travels to it in the clear over the network.
    fn realm(&self, realm: &str) -> Result<Url> {
        let url = Url::parse(realm).ok().filter(|url| {
            // Nor does a registry elsewhere get to name a service on this machine.
            let is_local = is_loopback(&self.host) && url.host_str().is_some_and(is_loopback);
            url.scheme() == "https" || (url.scheme() == "http" && is_local)
        });
        url.ok_or_else(|| {
            Error::request(format!("{} sends logins to a token service without HTTPS, which keg does not", self.host))
                .because(format!("the service is {realm}"))
                .help("see the `realm` in the registry's settings")
        })
    }
}

fn token_request(
    client: &Client,
    realm: &Url,
    service: Option<&str>,
    scopes: &[String],
    credential: Option<&Credential>,
) -> RequestBuilder {
    let mut url = realm.clone();
    if let Some(Credential::IdentityToken(token)) = credential {
        let mut form = Url::clone(realm);
        let mut pairs = form.query_pairs_mut();
        pairs
            .clear()
            .append_pair("grant_type", "refresh_token")
            .append_pair("service", service.unwrap_or_default())
            .append_pair("client_id", "keg")
            .append_pair("refresh_token", token);
        if !scopes.is_empty() {
            pairs.append_pair("scope", &scopes.join(" "));
        }
        drop(pairs);
        let body = form.query().unwrap_or_default().to_owned();
        return client
            .request(Method::POST, url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
    }
    {
        let mut query = url.query_pairs_mut();
        if let Some(service) = service {
            query.append_pair("service", service);
        }
        for scope in scopes {
            query.append_pair("scope", scope);
        }
        if let Some(Credential::Basic { username, .. }) = credential {
            query.append_pair("account", username);
        }
    }
    let request = client.request(Method::GET, url);
    match credential {
        Some(Credential::Basic { username, password }) => request.header(AUTHORIZATION, basic(username, password)),
        _ => request,
    }
}

fn basic(username: &str, password: &str) -> HeaderValue {
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
    let mut header = HeaderValue::try_from(format!("Basic {encoded}")).unwrap_or(HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

/// The error of a login that a registry refuses.
pub fn refused_login(host: &str) -> Error {
    Error::request(format!("{host} refuses this user name or password"))
        .help(format!("{}; some registries want an access token in place of the password", login_command(host)))
}
