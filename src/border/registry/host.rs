//! One registry host: its address, how it is asked, and what comes back.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LINK, LOCATION};
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde_json::Value;

use super::authorization::{Authorization, refused_login};
use super::failure::{self, Trouble};
use super::request::Request;
use super::{address, retry, trust};
use crate::border::credentials::Credential;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// Far more than any manifest, list or image settings take.
const LARGEST_ANSWER: usize = 32 << 20;

/// A registry host. Clones are the same host.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    name: String,
    root: Url,
    client: Client,
    authorization: Authorization,
    settings: Settings,
}

impl Host {
    /// Finds out how the host is reached. Only a host on this machine is spoken to for that.
    pub async fn connect(settings: &Settings, name: &str, credential: Option<Credential>) -> Result<Self> {
        let scheme = if address::is_loopback(name) { scheme_of_loopback(settings, name).await? } else { "https" };
        let client = if scheme == "http" { trust::plain_client()? } else { trust::secure_client(settings, name)? };
        Ok(Self(Arc::new(Inner {
            name: name.to_owned(),
            root: address::root(scheme, name)?,
            client,
            authorization: Authorization::new(settings, name, credential),
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
    pub async fn send(&self, request: &Request) -> Result<Response> {
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
            let response = retry::send(build).await.map_err(|error| self.lost(request, &error))?;
            let is_refused = response.status() == StatusCode::UNAUTHORIZED;
            if !(first && is_refused) {
                return Ok(response);
            }
            first = false;
            if !inner.authorization.learn(response.headers(), &request.scopes, header.is_some()).await? {
                return Ok(response);
            }
        }
    }

    /// The content of an answer.
    pub async fn body(&self, request: &Request, mut response: Response) -> Result<Bytes> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(request, &error))? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_ANSWER {
                return Err(Error::failed(format!("{}: {} sends too much", request.doing, self.0.name)));
            }
        }
        Ok(body.freeze())
    }

    /// The error of an answer that is no success.
    pub async fn refused(&self, request: &Request, response: Response) -> Error {
        let status = response.status();
        let body = self.body(request, response).await.unwrap_or_default();
        failure::refused(&request.doing, &self.0.name, status, &body, self.0.authorization.has_login())
    }

    /// All pages of a list; `None` where the registry does not know what to list.
    pub async fn list(&self, mut request: Request, key: &str) -> Result<Option<Vec<String>>> {
        let mut names = Vec::new();
        loop {
            let response = self.send(&request).await?;
            match response.status() {
                StatusCode::NOT_FOUND if names.is_empty() => return Ok(None),
                status if !status.is_success() => return Err(self.refused(&request, response).await),
                _ => {}
            }
            let next = self.next_page(&response);
            let body = self.body(&request, response).await?;
            let page: Value = serde_json::from_slice(&body).map_err(|error| {
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
    fn next_page(&self, response: &Response) -> Option<Url> {
        let links = response.headers().get_all(LINK).iter().filter_map(|link| link.to_str().ok());
        let next = links
            .flat_map(|links| links.split(", <"))
            .find(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))?;
        let target = next.trim_start_matches('<').split('>').next()?;
        self.own(response, target)
    }

    /// The address that an answer points at, if it is of this host.
    pub fn location(&self, response: &Response) -> Option<Url> {
        self.own(response, response.headers().get(LOCATION)?.to_str().ok()?)
    }

    fn own(&self, response: &Response, target: &str) -> Option<Url> {
        response.url().join(target).ok().filter(|url| url.origin() == self.0.root.origin())
    }

    /// Sees whether a registry answers.
    pub async fn ping(&self) -> Result<()> {
        let request = self.root_request(format!("asking for the registry {}", self.0.name));
        let response = self.send(&request).await?;
        match response.status() {
            status if status.is_success() => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(()),
            StatusCode::NOT_FOUND => Err(Error::unreachable(format!("what answers at {} is no registry", self.0.name))
                .help("see whether the address is right (`registry:` in keg.yml)")),
            _ => Err(self.refused(&request, response).await),
        }
    }

    /// Tries the login that this host was connected with.
    pub async fn check_login(&self) -> Result<()> {
        let request = self.root_request(format!("logging in at {}", self.0.name));
        let response = self.send(&request).await?;
        match response.status() {
            status if status.is_success() => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(refused_login(&self.0.name)),
            StatusCode::NOT_FOUND => Err(Error::request(format!("what answers at {} is no registry", self.0.name))),
            _ => Err(self.refused(&request, response).await),
        }
    }

    fn root_request(&self, doing: String) -> Request {
        Request::new(Method::GET, self.0.root.clone(), doing)
    }

    fn lost(&self, request: &Request, error: &reqwest::Error) -> Error {
        failure::out_of_reach(&self.0.settings, &request.doing, &self.0.name, failure::trouble(error))
    }
}

/// Whether a registry on this machine speaks plain HTTP or HTTPS. HTTP is tried first: nothing secret is sent, and
/// it is what registries on developers' machines speak.
async fn scheme_of_loopback(settings: &Settings, name: &str) -> Result<&'static str> {
    let doing = format!("asking for the registry {name}");
    let plain = trust::plain_client()?.get(address::root("http", name)?).send().await;
    match plain.as_ref().map(Response::status).map_err(failure::trouble) {
        // Servers that expect HTTPS answer plain HTTP with 400, or send on to `https://`, which fails here.
        Ok(status) if status != StatusCode::BAD_REQUEST && !status.is_redirection() => return Ok("http"),
        Err(trouble @ (Trouble::Refused | Trouble::UnknownHost | Trouble::Silent)) => {
            return Err(failure::out_of_reach(settings, &doing, name, trouble));
        }
        _ => {}
    }
    match trust::secure_client(settings, name)?.get(address::root("https", name)?).send().await {
        Ok(_) => Ok("https"),
        Err(error) => match failure::trouble(&error) {
            Trouble::NoTls if plain.is_ok() => Ok("http"),
            trouble => Err(failure::out_of_reach(settings, &doing, name, trouble)),
        },
    }
}
