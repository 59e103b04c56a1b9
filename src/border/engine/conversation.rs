//! Talks with a process in a container: its output as it comes, and what it reads.
//!
//! Not through bollard 0.21: it guesses from the first byte of a chunk whether there is a terminal, and takes what a
//! terminal prints for a header when that begins with a control character.

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};

use super::Engine;
use super::stream::refusal;
use crate::error::{Error, Result};

/// How many bytes stand before each part of an output without a terminal: the stream, three zeros, the length.
const HEADER: usize = 8;
/// How much is read at once.
const CHUNK: usize = 32 * 1024;

/// Where a process printed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Its standard output, or its terminal.
    Stdout,
    /// Its standard error.
    Stderr,
}

/// What a process prints.
pub struct Listener {
    reader: ReadHalf<TokioIo<Upgraded>>,
    parts: Parts,
    doing: String,
    engine: Engine,
}

/// What a process reads. Dropping it does not end its input: see [`end`](Self::end).
pub struct Speaker(WriteHalf<TokioIo<Upgraded>>);

impl Engine {
    /// Sends a call that turns the connection into one with a process.
    pub(super) async fn converse(
        &self,
        doing: &str,
        path: &str,
        body: Vec<u8>,
        has_terminal: bool,
    ) -> Result<(Listener, Speaker)> {
        let request = Request::post(path)
            .header("Content-Type", "application/json")
            .header("Connection", "Upgrade")
            .header("Upgrade", "tcp")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| Error::failed(doing).cause(error))?;
        let response = self.address.send(request).await.map_err(|error| self.transport_error(doing, error))?;
        let status = response.status();
        if status != StatusCode::SWITCHING_PROTOCOLS && status != StatusCode::OK {
            return Err(refused(doing, response).await);
        }
        let upgraded = hyper::upgrade::on(response).await.map_err(|error| self.lost(doing).cause(error))?;
        let (reader, writer) = tokio::io::split(TokioIo::new(upgraded));
        let parts = Parts { has_terminal, pending: BytesMut::new() };
        Ok((Listener { reader, parts, doing: doing.to_owned(), engine: self.clone() }, Speaker(writer)))
    }
}

/// The error that an answer is.
pub(super) async fn refused(doing: &str, response: Response<Incoming>) -> Error {
    Error::failed(format!("{doing} failed")).because(refusal(response).await)
}

impl Listener {
    /// What is printed next; `None` after the last of it. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// The connection breaks.
    pub async fn next(&mut self) -> Result<Option<(Output, Bytes)>> {
        loop {
            if let Some(part) = self.parts.take() {
                return Ok(Some(part));
            }
            self.parts.pending.reserve(CHUNK);
            match self.reader.read_buf(&mut self.parts.pending).await {
                Ok(0) => return Ok(None),
                Ok(_) => {}
                Err(error) => return Err(self.engine.lost(&self.doing).cause(error)),
            }
        }
    }
}

impl Speaker {
    /// Hands over what the process is to read. Whether it still reads is its own business.
    pub async fn say(&mut self, bytes: &[u8]) {
        if self.0.write_all(bytes).await.is_ok() {
            self.0.flush().await.ok();
        }
    }

    /// Says that there is nothing more to read.
    pub async fn end(&mut self) {
        self.0.shutdown().await.ok();
    }
}

/// Cuts what comes from the engine into what was printed.
pub(super) struct Parts {
    pub has_terminal: bool,
    pub pending: BytesMut,
}

impl Parts {
    /// The next part, if all of it has come.
    pub fn take(&mut self) -> Option<(Output, Bytes)> {
        if self.has_terminal {
            let all = self.pending.split().freeze();
            return (!all.is_empty()).then_some((Output::Stdout, all));
        }
        let header = self.pending.get(..HEADER)?;
        let output = if header[0] == 2 { Output::Stderr } else { Output::Stdout };
        let length = u32::from_be_bytes([header[4], header[5], header[6], header[7]]) as usize;
        if self.pending.len() < HEADER + length {
            return None;
        }
        self.pending.advance(HEADER);
        Some((output, self.pending.split_to(length).freeze()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(stream: u8, text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len()).unwrap().to_be_bytes();
        [&[stream, 0, 0, 0][..], &length, text.as_bytes()].concat()
    }

    #[test]
    fn parts_are_told_apart_however_they_are_cut() {
        let bytes = [part(1, "out"), part(2, "err\n"), part(1, "")].concat();
        let mut parts = Parts { has_terminal: false, pending: BytesMut::new() };
        let mut found = Vec::new();
        for byte in bytes {
            parts.pending.extend_from_slice(&[byte]);
            found.extend(parts.take().map(|(output, bytes)| (output, String::from_utf8(bytes.to_vec()).unwrap())));
        }
        let expected = [(Output::Stdout, "out"), (Output::Stderr, "err\n"), (Output::Stdout, "")];
        assert_eq!(found, expected.map(|(output, text)| (output, text.to_owned())));
    }

    #[test]
    fn a_terminal_prints_what_it_likes() {
        let mut parts = Parts { has_terminal: true, pending: BytesMut::from(&b"\x01\x02abc"[..]) };
        assert_eq!(parts.take(), Some((Output::Stdout, Bytes::from_static(b"\x01\x02abc"))));
        assert_eq!(parts.take(), None);
    }
}
