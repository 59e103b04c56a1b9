//! One registry host: its address, how it is asked, and what comes back.

use std::sync::Arc;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LINK};
use reqwest::{Client, Method, StatusCode, Url};
use serde_json::Value;

use super::authorization::{Authorization, refused_login};
use super::failure::{self, Trouble};
use super::pace::Pace;
use super::request::Request;
use super::retry::{self, Answer};
use super::{address, trust};
use crate::border::credentials::Credential;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// A registry host. Clones are the same host.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    name: String,
    root: Url,
    client: Client,
    authorization: Authorization,
    pace: Pace,
    settings: Settings,
}

impl Host {
    /// Finds out how the host is reached. Only a host on this machine is spoken to for that.
    pub async fn connect(settings: &Settings, name: &str, credential: Option<Credential>) -> Result<Self> {
        let (scheme, client) = match address::is_loopback(name) {
            true => reach_loopback(settings, name).await?,
            false => ("https", trust::secure_client(settings, name)?),
        };
        Ok(Self(Arc::new(Inner {
            name: name.to_owned(),
            root: address::root(scheme, name)?,
            client,
            authorization: Authorization::new(settings, name, credential),
            pace: Pace::new(),
            settings: settings.clone(),
        })))
    }

    /// The host as references name it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// An address below `/v2/`.
    pub fn url(&self, path: &str) -> Result<Url> {
        Url::parse(&format!("{}{path}", self.0.root))
            .map_err(|error| Error::request(format!("`{path}` cannot be asked for at {}", self.0.name)).cause(error))
    }

    /// Sends a request, with a login or token where the host wants one, and gives its answer, whatever its status.
    pub async fn send(&self, request: &Request) -> Result<Answer> {
        let inner = &*self.0;
        let mut first = true;
        loop {
            let header = inner.authorization.header(&inner.client, &request.scopes).await?;
            let build = || {
                let mut built = inner.client.request(request.method.clone(), request.url.clone());
                built = built.header(ACCEPT, request.accept);
                if let Some(header) = &header {
                    built = built.header(AUTHORIZATION, header.clone());
                }
                match &request.body {
                    Some((media_type, bytes)) => built.header(CONTENT_TYPE, media_type).body(bytes.clone()),
                    None => built,
                }
            };
            let answer = retry::send(&inner.pace, build)
                .await
                .map_err(|trouble| failure::out_of_reach(&inner.settings, &request.doing, &inner.name, trouble))?;
            let is_refused = answer.status == StatusCode::UNAUTHORIZED;
            if !(first && is_refused) {
                return Ok(answer);
            }
            first = false;
            if !inner.authorization.learn(&answer.headers, &request.scopes, header.is_some()).await? {
                return Ok(answer);
            }
        }
    }

    /// The error of an answer that is no success.
    pub fn refused(&self, request: &Request, answer: &Answer) -> Error {
        let has_login = self.0.authorization.has_login();
        failure::refused(&request.doing, &self.0.name, answer, has_login)
    }

    /// All pages of a list; `None` where the registry does not know what to list.
    pub async fn list(&self, mut request: Request, key: &str) -> Result<Option<Vec<String>>> {
        let mut names = Vec::new();
        loop {
            let answer = self.send(&request).await?;
            match answer.status {
                StatusCode::NOT_FOUND if names.is_empty() => return Ok(None),
                status if !status.is_success() => return Err(self.refused(&request, &answer)),
                _ => {}
            }
            let next = self.next_page(&answer);
            let page: Value = serde_json::from_slice(&answer.body).map_err(|error| {
                Error::failed(format!("{}: what {} answers is no list", request.doing, self.0.name)).cause(error)
            })?;
            let known = names.len();
            names.extend(page[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
            match next {
                // A page without anything new would go on for ever.
                Some(next) if names.len() > known => request.url = next,
                _ => return Ok(Some(names)),
            }
        }
    }

    /// The address of the next page (<https://www.rfc-editor.org/rfc/rfc8288>); other hosts are not followed.
    fn next_page(&self, answer: &Answer) -> Option<Url> {
        let links = answer.headers.get_all(LINK).iter().filter_map(|link| link.to_str().ok());
        let next = links
            .flat_map(|links| links.split(", <"))
            .find(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))?;
        let target = next.trim_start_matches('<').split('>').next()?;
        self.own(answer, target)
    }

    fn own(&self, answer: &Answer, target: &str) -> Option<Url> {
        answer.url.join(target).ok().filter(|url| url.origin() == self.0.root.origin())
    }

    /// Sees whether a registry answers.
    pub async fn ping(&self) -> Result<()> {
        let request = self.root_request(format!("asking for the registry {}", self.0.name));
        let answer = self.send(&request).await?;
        match answer.status {
            status if status.is_success() => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(()),
            StatusCode::NOT_FOUND => Err(Error::unreachable(format!("what answers at {} is no registry", self.0.name))
                .help("see whether the address is right (`registry:` in keg.yml)")),
            _ => Err(self.refused(&request, &answer)),
        }
    }

    /// Tries the login that this host was connected with.
    pub async fn check_login(&self) -> Result<()> {
        let request = self.root_request(format!("logging in at {}", self.0.name));
        let answer = self.send(&request).await?;
        match answer.status {
            status if status.is_success() => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(refused_login(&self.0.name)),
            StatusCode::NOT_FOUND => Err(Error::request(format!("what answers at {} is no registry", self.0.name))),
            _ => Err(self.refused(&request, &answer)),
        }
    }

    fn root_request(&self, doing: String) -> Request {
        Request::new(Method::GET, self.0.root.clone(), doing)
    }
}

/// Whether a registry on this machine speaks plain HTTP or HTTPS, and the client that has found out: its connection
/// serves the requests that follow. HTTP is tried first: nothing secret is sent, and it is what registries on
/// developers' machines speak.
async fn reach_loopback(settings: &Settings, name: &str) -> Result<(&'static str, Client)> {
    let doing = format!("asking for the registry {name}");
    let plain_client = trust::plain_client(settings)?;
    let plain = match plain_client.get(address::root("http", name)?).send().await {
        // A connection is free for the next request once its answer was read.
        Ok(answer) => {
            let status = answer.status();
            answer.bytes().await.map(|_| status)
        }
        Err(error) => Err(error),
    };
    match plain.as_ref().map_err(failure::trouble) {
        // Servers that expect HTTPS answer plain HTTP with 400, or send on to `https://`, which fails here.
        Ok(status) if *status != StatusCode::BAD_REQUEST && !status.is_redirection() => {
            return Ok(("http", plain_client));
        }
        Err(trouble @ (Trouble::Refused | Trouble::UnknownHost | Trouble::Silent)) => {
            return Err(failure::out_of_reach(settings, &doing, name, trouble));
        }
        _ => {}
    }
    let secure_client = trust::secure_client(settings, name)?;
    match secure_client.get(address::root("https", name)?).send().await {
        Ok(_) => Ok(("https", secure_client)),
        Err(error) => match failure::trouble(&error) {
            Trouble::NoTls if plain.is_ok() => Ok(("http", plain_client)),
            trouble => Err(failure::out_of_reach(settings, &doing, name, trouble)),
        },
    }
}
