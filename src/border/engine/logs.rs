//! What containers have printed, from the engine's records.

use bytes::BytesMut;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::{Bytes, Incoming};

use super::Engine;
use super::conversation::{Output, Parts, refused};
use super::stream::with_query;
use crate::error::{Error, Result};

/// Which of the records are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// Whether it goes on until the container ends.
    pub follow: bool,
    /// Only so many of the last lines.
    pub tail: Option<usize>,
    /// Only what was printed since this time, in seconds since 1970.
    pub since: Option<i64>,
}

/// The records of a container, each line with its time before it. Dropping it ends the look.
pub struct Records {
    body: Incoming,
    parts: Parts,
    doing: String,
    engine: Engine,
}

impl Engine {
    /// What a container has printed.
    ///
    /// # Errors
    /// There is no such container, its log driver cannot be read, or the engine is out of reach.
    pub async fn records(&self, container: &str, has_terminal: bool, request: LogRequest) -> Result<Records> {
        let doing = format!("reading the log of the container {container}");
        self.records_at(&format!("/containers/{container}/logs"), doing, has_terminal, request).await
    }

    /// What the tasks of a service have printed, also those that come while it is read.
    ///
    /// # Errors
    /// There is no such service, a node does not answer, or the engine is out of reach.
    pub async fn service_records(&self, service: &str, has_terminal: bool, request: LogRequest) -> Result<Records> {
        let doing = format!("reading the log of the service {service}");
        self.records_at(&format!("/services/{service}/logs"), doing, has_terminal, request).await
    }

    async fn records_at(&self, path: &str, doing: String, has_terminal: bool, request: LogRequest) -> Result<Records> {
        let tail = request.tail.map_or_else(|| "all".to_owned(), |tail| tail.to_string());
        let since = request.since.map(|since| since.to_string());
        let mut query = vec![("stdout", "1"), ("stderr", "1"), ("timestamps", "1"), ("tail", tail.as_str())];
        query.extend(request.follow.then_some(("follow", "1")));
        query.extend(since.as_deref().map(|since| ("since", since)));
        let call = Request::get(with_query(path, &query));
        let call = call.body(Empty::<Bytes>::new()).map_err(|error| Error::failed(&doing).cause(error))?;
        let response = self.address.send(call).await.map_err(|error| self.transport_error(&doing, error))?;
        if !response.status().is_success() {
            return Err(refused(&doing, response).await);
        }
        let parts = Parts { has_terminal, pending: BytesMut::new() };
        Ok(Records { body: response.into_body(), parts, doing, engine: self.clone() })
    }
}

impl Records {
    /// The next piece; `None` after the last one.
    ///
    /// # Errors
    /// The engine goes away.
    pub async fn next(&mut self) -> Result<Option<(Output, Bytes)>> {
        loop {
            if let Some(part) = self.parts.take() {
                return Ok(Some(part));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.parts.pending.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
                Some(Err(error)) => return Err(self.engine.lost(&self.doing).cause(error)),
                None => return Ok(None),
            }
        }
    }
}
