//! Moves images between the engine and registries.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::Engine;
use super::stream::{Message, StreamError, with_query};
use crate::border::credentials::Credential;
use crate::error::{Error, Result};
use crate::event::{Event, Events};
use crate::reference::Reference;

mod failure;

/// How often a transfer is tried again.
const RETRIES: u32 = 3;
/// The wait before it is tried again; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The engine tries layers again by itself, for more than a minute: a transfer that took longer than this is not
/// repeated.
const LONGEST_REPEATED: Duration = Duration::from_secs(30);

pub(super) use self::failure::{OUT_OF_REACH_HELP, is_out_of_reach, is_unauthorised};

impl Engine {
    /// Uploads `reference`, and gives the digest of its manifest. `step` names it in the events.
    ///
    /// # Errors
    /// The engine has no such image, the registry refuses it, or one of them is out of reach.
    pub async fn push(
        &self,
        reference: &Reference,
        credential: Option<Credential>,
        step: &str,
        events: &Events,
    ) -> Result<String> {
        let reference = reference.with_default_tag();
        let path = format!("/images/{}/push", reference.repository());
        let path = with_query(&path, &[("tag", reference.tag().unwrap_or_default())]);
        let transfer = Transfer { engine: self, reference: &reference, doing: "uploading", step, events };
        let digest = transfer.run(&path, credential).await?;
        digest.ok_or_else(|| {
            Error::failed(format!("uploading {}: the engine did not say its digest", reference.familiar()))
        })
    }

    /// Downloads `reference`, for `platform` where one is given, as `linux/arm64`.
    ///
    /// # Errors
    /// The registry has no such image or refuses to give it, or it or the engine is out of reach.
    pub async fn pull(
        &self,
        reference: &Reference,
        platform: Option<&str>,
        credential: Option<Credential>,
        step: &str,
        events: &Events,
    ) -> Result<()> {
        let reference = reference.with_default_tag();
        // A digest goes in the place of the tag, and wins over it.
        let which = reference.digest().or(reference.tag()).unwrap_or_default();
        let repository = reference.repository();
        let mut query = vec![("fromImage", repository.as_str()), ("tag", which)];
        query.extend(platform.map(|platform| ("platform", platform)));
        let transfer = Transfer { engine: self, reference: &reference, doing: "pulling", step, events };
        transfer.run(&with_query("/images/create", &query), credential).await.map(|_| ())
    }
}

/// Why a transfer did not come to its end.
enum TransferError {
    /// The engine says so, or went away.
    Stream(StreamError),
    /// The engine has said nothing for too long: it waits for the registry, for ever if it has to.
    Silent,
}

impl From<StreamError> for TransferError {
    fn from(error: StreamError) -> Self {
        Self::Stream(error)
    }
}

impl From<Elapsed> for TransferError {
    fn from(_: Elapsed) -> Self {
        Self::Silent
    }
}

/// One push or pull that is under way.
struct Transfer<'a> {
    engine: &'a Engine,
    reference: &'a Reference,
    doing: &'static str,
    step: &'a str,
    events: &'a Events,
}

impl Transfer<'_> {
    /// Carries it out, again after what may pass, and gives the digest if the engine told it.
    async fn run(&self, path: &str, credential: Option<Credential>) -> Result<Option<String>> {
        let authority = registry_auth(self.reference.domain(), credential);
        let mut wait = FIRST_WAIT;
        for _ in 0..RETRIES {
            let begin = Instant::now();
            match self.follow(path, &authority).await {
                Err(TransferError::Stream(StreamError::Refused(message)))
                    if failure::may_pass(&message) && begin.elapsed() < LONGEST_REPEATED => {}
                ended => return ended.map_err(|error| self.report(error)),
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        self.follow(path, &authority).await.map_err(|error| self.report(error))
    }

    fn report(&self, error: TransferError) -> Error {
        match error {
            TransferError::Stream(StreamError::Refused(message)) => {
                failure::report(self.doing, self.reference, &message)
            }
            TransferError::Stream(StreamError::Lost(error)) => error,
            TransferError::Silent => failure::silent(self.doing, self.reference, self.engine.patience),
        }
    }

    async fn follow(&self, path: &str, authority: &str) -> Result<Option<String>, TransferError> {
        let doing = format!("{} {}", self.doing, self.reference.familiar());
        let patience = self.engine.patience;
        let headers = [("X-Registry-Auth", authority)];
        let mut messages = timeout(patience, self.engine.call(&doing, path, &headers)).await??;
        let mut progress = Progress::default();
        while let Some(message) = timeout(patience, messages.next()).await?? {
            if let Some((done, total)) = progress.take(message) {
                self.events.send(Event::Transfer { step: self.step.to_owned(), done, total });
            }
        }
        Ok(progress.digest)
    }
}

/// The bytes of each layer, as far as the engine has told them.
#[derive(Debug, Default)]
struct Progress {
    layers: HashMap<String, (u64, u64)>,
    digest: Option<String>,
}

impl Progress {
    /// Bytes done and in all, if `message` changed them.
    fn take(&mut self, message: Message) -> Option<(u64, u64)> {
        let status = message.status.unwrap_or_default();
        let digest = message.aux.and_then(|aux| aux["Digest"].as_str().map(str::to_owned));
        let said = || status.split_once("igest: ").and_then(|(_, rest)| rest.split(' ').next()).map(str::to_owned);
        self.digest = digest.or_else(said).or(self.digest.take());

        let id = message.id?;
        let bytes = message.progress.unwrap_or_default();
        match status.as_str() {
            "Pushing" | "Downloading" if bytes.total > 0 => {
                self.layers.insert(id, (bytes.current.min(bytes.total), bytes.total));
            }
            "Pushed" | "Download complete" | "Pull complete" => {
                let layer = self.layers.get_mut(&id)?;
                if layer.0 == layer.1 {
                    return None;
                }
                layer.0 = layer.1;
            }
            _ => return None,
        }
        Some(self.layers.values().fold((0, 0), |sum, layer| (sum.0 + layer.0, sum.1 + layer.1)))
    }
}

/// The header that proves who is asking: JSON in URL-safe base64 (API documentation, "Authentication").
pub(super) fn registry_auth(domain: &str, credential: Option<Credential>) -> String {
    let server = if domain == crate::reference::DEFAULT_DOMAIN { "https://index.docker.io/v1/" } else { domain };
    let json = match credential {
        Some(Credential::Basic { username, password }) => {
            serde_json::json!({ "username": username, "password": password, "serveraddress": server })
        }
        Some(Credential::IdentityToken(token)) => {
            serde_json::json!({ "identitytoken": token, "serveraddress": server })
        }
        None => serde_json::json!({}),
    };
    URL_SAFE.encode(json.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(json: &str) -> Message {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn bytes_of_layers_add_up() {
        let mut progress = Progress::default();
        assert_eq!(progress.take(message(r#"{"status":"Preparing","progressDetail":{},"id":"a"}"#)), None);
        let pushing = |id: &str, current: u64| {
            message(&format!(
                r#"{{"status":"Pushing","progressDetail":{{"current":{current},"total":100}},"id":"{id}"}}"#
            ))
        };
        assert_eq!(progress.take(pushing("a", 10)), Some((10, 100)));
        assert_eq!(progress.take(pushing("b", 120)), Some((110, 200)));
        assert_eq!(progress.take(message(r#"{"status":"Pushed","id":"a"}"#)), Some((200, 200)));
        assert_eq!(progress.take(message(r#"{"status":"Layer already exists","id":"c"}"#)), None);
    }

    #[test]
    fn digest_of_aux_or_status() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let mut progress = Progress::default();
        progress.take(message(&format!(r#"{{"status":"1: digest: {digest} size: 1"}}"#)));
        assert_eq!(progress.digest.as_deref(), Some(digest.as_str()));
        let mut progress = Progress::default();
        progress.take(message(&format!(r#"{{"progressDetail":{{}},"aux":{{"Tag":"1","Digest":"{digest}"}}}}"#)));
        assert_eq!(progress.digest.as_deref(), Some(digest.as_str()));
    }

    #[test]
    fn credentials_are_url_safe() {
        let credential = Credential::Basic { username: "u".into(), password: "x~~~y~~??>>".into() };
        let header = registry_auth("localhost:5000", Some(credential));
        assert!(!header.contains(['+', '/']), "{header}");
        let json = String::from_utf8(URL_SAFE.decode(header).unwrap()).unwrap();
        assert!(json.contains(r#""password":"x~~~y~~??>>""#), "{json}");
    }
}
