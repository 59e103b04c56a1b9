//! Calls that the engine answers with a stream of JSON messages, a line each: builds, pushes and pulls.
//!
//! Not through bollard 0.21: its decoder takes a stream that is cut between a message and its line end for a broken
//! one, its messages of a push lack the layer's id, it encodes credentials in a form of base64 that the engine does
//! not read, and it gives a build's session a second server.

use std::fmt::Write as _;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde::Deserialize;
use serde_json::Value;

use super::Engine;
use crate::error::{Error, Result};

/// More of an error message than this is not read.
const LONGEST_ERROR: usize = 64 * 1024;

/// One message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    /// What it is about: a layer, or the kind of `aux`.
    pub(super) id: Option<String>,
    /// What is being done.
    pub(super) status: Option<String>,
    /// How far it is done.
    #[serde(rename = "progressDetail")]
    pub(super) progress: Option<Bytewise>,
    /// A result, or what BuildKit says.
    pub(super) aux: Option<Value>,
    /// What went wrong; no message follows.
    pub(super) error: Option<String>,
}

/// Bytes done and in all.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Bytewise {
    pub(super) current: u64,
    pub(super) total: u64,
}

/// Why there is no next message.
pub(super) enum StreamError {
    /// The engine refuses the call, or says that it failed.
    Refused(String),
    /// The engine is out of reach, or went away.
    Lost(Error),
}

/// The messages of one call. Dropping it makes the engine end what it does for the call.
pub(super) struct Messages<'a> {
    engine: &'a Engine,
    doing: &'a str,
    body: Incoming,
    /// What has come of lines that are not taken yet.
    pending: Vec<u8>,
    /// How much of `pending` is known to have no line end.
    searched: usize,
}

impl Engine {
    /// Sends a call; `doing` says in reports what it is for.
    pub(super) async fn call<'a>(
        &'a self,
        doing: &'a str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Messages<'a>, StreamError> {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Empty::<Bytes>::new());
        let request = request.map_err(|error| StreamError::Lost(Error::failed(doing).cause(error)))?;
        let response = self.address.send(request).await;
        let response = response.map_err(|error| StreamError::Lost(self.transport_error(doing, error)))?;
        if !response.status().is_success() {
            return Err(StreamError::Refused(refusal(response).await));
        }
        Ok(Messages { engine: self, doing, body: response.into_body(), pending: Vec::new(), searched: 0 })
    }
}

impl Messages<'_> {
    /// The next message; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Message>, StreamError> {
        loop {
            if let Some(line) = self.take_line() {
                match parse(&line)? {
                    Some(message) => return Ok(Some(message)),
                    None => continue,
                }
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.pending.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
                Some(Err(error)) => return Err(StreamError::Lost(self.engine.lost(self.doing).cause(error))),
                None => return parse(&std::mem::take(&mut self.pending)),
            }
        }
    }

    fn take_line(&mut self) -> Option<Vec<u8>> {
        let end = self.pending[self.searched..].iter().position(|byte| *byte == b'\n').map(|end| self.searched + end);
        self.searched = if end.is_some() { 0 } else { self.pending.len() };
        let rest = self.pending.split_off(end? + 1);
        Some(std::mem::replace(&mut self.pending, rest))
    }
}

/// A line that is no message is of a kind that keg does not know, and passed over.
fn parse(line: &[u8]) -> Result<Option<Message>, StreamError> {
    match serde_json::from_slice::<Message>(line) {
        Ok(Message { error: Some(error), .. }) => Err(StreamError::Refused(error)),
        Ok(message) => Ok(Some(message)),
        Err(_) => Ok(None),
    }
}

/// What the engine says in a response that is an error.
pub(super) async fn refusal(response: Response<Incoming>) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    let status = response.status();
    let body = Limited::new(response.into_body(), LONGEST_ERROR).collect().await;
    let bytes = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    serde_json::from_slice::<Refusal>(&bytes).map_or_else(|_| status.to_string(), |refusal| refusal.message)
}

/// `path?name=value&…`, with everything escaped that is not unreserved (RFC 3986, section 2.3).
pub(super) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    for (index, (name, value)) in pairs.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                // Writing to a text cannot fail.
                write!(text, "%{byte:02X}").ok();
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_escaped() {
        let pairs = [("t", "localhost:5000/a:1"), ("buildargs", r#"{"A":"ü &+="}"#)];
        let expected = "/build?t=localhost%3A5000%2Fa%3A1&buildargs=%7B%22A%22%3A%22%C3%BC%20%26%2B%3D%22%7D";
        assert_eq!(with_query("/build", &pairs), expected);
        assert_eq!(with_query("/x", &[]), "/x");
    }

    #[test]
    fn lines_are_messages_or_errors() {
        assert!(matches!(parse(b"{\"status\":\"x\"}\r\n"), Ok(Some(Message { status: Some(_), .. }))));
        assert!(matches!(parse(b"\r"), Ok(None)));
        let failed = parse(b"{\"errorDetail\":{\"message\":\"m\"},\"error\":\"e\"}");
        assert!(matches!(failed, Err(StreamError::Refused(error)) if error == "e"));
    }
}
