//! Registries as the engine sees them, which may be another machine's view than keg's own.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, StatusCode};
use serde::Deserialize;

use super::Engine;
use super::stream::refusal;
use super::transfer::{is_out_of_reach, registry_auth};
use crate::border::credentials::Credential;
use crate::error::{Error, Result};
use crate::reference::Reference;

/// More of an answer than this is not read: it names a digest and platforms.
const LONGEST_ANSWER: usize = 1 << 20;

/// What the engine finds under a reference in its registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// An image of this digest.
    Digest(String),
    /// A registry without this image.
    Missing,
    /// A registry that does not tell, in its words.
    Refused(String),
    /// No registry, and why not.
    OutOfReach(String),
}

impl Engine {
    /// What the engine finds in the registry under `reference`.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn see(&self, reference: &Reference, credential: Option<Credential>) -> Result<Seen> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Inspected {
            descriptor: Descriptor,
        }
        #[derive(Deserialize)]
        struct Descriptor {
            digest: String,
        }
        let doing = format!("asking the engine for {} in its registry", reference.familiar());
        let request = Request::get(format!("/distribution/{}/json", reference.with_default_tag()))
            .header("X-Registry-Auth", registry_auth(reference.domain(), credential))
            .body(Empty::<Bytes>::new())
            .map_err(|error| Error::failed(doing.clone()).cause(error))?;
        let response = self.address.send(request).await.map_err(|error| self.transport_error(&doing, error))?;
        if response.status().is_success() {
            let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect().await;
            let bytes = body.map_err(|error| self.lost(&doing).because(error.to_string()))?.to_bytes();
            let inspected: Inspected = serde_json::from_slice(&bytes)
                .map_err(|error| Error::failed(format!("{doing} failed")).cause(error))?;
            return Ok(Seen::Digest(inspected.descriptor.digest));
        }
        let status = response.status();
        let message = refusal(response).await;
        Ok(match status {
            _ if is_out_of_reach(&message) => Seen::OutOfReach(message),
            StatusCode::NOT_FOUND => Seen::Missing,
            _ => Seen::Refused(message),
        })
    }
}
