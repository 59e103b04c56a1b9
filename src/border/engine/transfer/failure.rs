//! Why a transfer failed, as the engine and the registry put it, and what to do about it.

use std::time::Duration;

use crate::error::Error;
use crate::reference::Reference;

/// What registries and engines say when the credentials are missing or wrong.
const UNAUTHORISED: [&str; 6] = [
    "unauthorized",
    "no basic auth credentials",
    "authentication required",
    "access denied",
    "access to the resource is denied",
    "403 forbidden",
];
/// What engines say when the registry does not answer.
const OUT_OF_REACH: [&str; 10] = [
    "connection refused",
    "no such host",
    "i/o timeout",
    "network is unreachable",
    "no route to host",
    "connection reset",
    "deadline exceeded",
    "tls handshake timeout",
    "temporary failure in name resolution",
    "request canceled while waiting for connection",
];

/// What engines say when a registry has a bad moment: a status of its own making, or a connection that broke.
const PASSING: [&str; 9] = [
    "received unexpected http status: 5",
    "toomanyrequests",
    "too many requests",
    "429",
    ": eof",
    "unexpected eof",
    "connection reset",
    "broken pipe",
    "server closed idle connection",
];

/// What to look at when the registry did not answer.
pub(in crate::border::engine) const OUT_OF_REACH_HELP: &str =
    "is the registry's name right, is it running, and does the engine get there through its network and proxy?";

/// Whether `message` says that the registry wants other credentials.
pub(in crate::border::engine) fn is_unauthorised(message: &str) -> bool {
    contains_one(message, &UNAUTHORISED)
}

/// Whether `message` says that the registry did not answer.
pub(in crate::border::engine) fn is_out_of_reach(message: &str) -> bool {
    contains_one(message, &OUT_OF_REACH)
}

fn contains_one(message: &str, words: &[&str]) -> bool {
    let message = message.to_lowercase();
    words.iter().any(|word| message.contains(word))
}

/// Whether what `message` says may be otherwise the next time.
pub(super) fn may_pass(message: &str) -> bool {
    contains_one(message, &PASSING)
}

/// The report of a transfer in which nothing has happened for `patience`.
pub(super) fn silent(doing: &str, reference: &Reference, patience: Duration) -> Error {
    let (name, host, seconds) = (reference.familiar(), reference.domain(), patience.as_secs());
    Error::unreachable(format!("{doing} {name}: {host} has not answered the engine for {seconds} seconds"))
        .help("see whether the registry works; KEG_REGISTRY_TIMEOUT makes keg wait longer")
}

/// The report of a transfer that failed with `message`.
pub(super) fn report(doing: &str, reference: &Reference, message: &str) -> Error {
    let name = reference.familiar();
    let host = reference.domain();
    let lower = message.to_lowercase();
    if is_out_of_reach(message) {
        return Error::unreachable(format!("{doing} {name}: the registry {host} is out of reach"))
            .because(message)
            .help(OUT_OF_REACH_HELP);
    }
    let error = Error::failed(format!("{doing} {name} failed")).because(message);
    if is_unauthorised(message) {
        return error.help(format!("if the image exists, log in with an account that may use it: `keg login {host}`"));
    }
    if lower.contains("http response to https client") {
        return error.help(format!(
            "the registry speaks plain HTTP: add {host} to `insecure-registries` in the engine's daemon.json, and restart it"
        ));
    }
    if lower.contains("certificate") {
        return error.help(format!(
            "the engine does not trust the registry's certificate: put its CA into /etc/docker/certs.d/{host}/ca.crt"
        ));
    }
    if lower.contains("does not exist locally") || lower.contains("tag does not exist") {
        return error.help("build it first");
    }
    if lower.contains("manifest unknown") || lower.contains("not found") {
        return error.help("the registry has no image of this name and tag: was it pushed?");
    }
    if lower.contains("no space left") {
        return error.help("free disk space on the engine, or in the registry");
    }
    error
}
