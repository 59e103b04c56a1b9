//! Why a registry did not do what it should, in words.

use std::error::Error as StdError;
use std::io;

use oci_client::errors::OciEnvelope;
use reqwest::StatusCode;
use rustls::CertificateError;

use super::address::is_loopback;
use super::retry::Answer;
use super::trust;
use crate::border::credentials::login_command;
use crate::error::Error;
use crate::settings::Settings;

/// What kept a request from getting an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing listens at the address.
    Refused,
    /// The name has no address.
    UnknownHost,
    /// No answer came in time.
    Silent,
    /// HTTPS is spoken with a certificate that is not trusted.
    Untrusted(String),
    /// Something else than HTTPS is spoken.
    NoTls,
    /// The connection broke off.
    Reset,
    /// Far more is sent than was asked for.
    TooLarge,
    /// Anything else.
    Other(String),
}

/// What kept a request from getting an answer.
pub fn trouble(error: &reqwest::Error) -> Trouble {
    if error.is_timeout() {
        return Trouble::Silent;
    }
    let mut deepest = error.to_string();
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = next {
        if let Some(known) = known(error) {
            return known;
        }
        deepest = error.to_string();
        // An I/O error hides what it carries from `source`.
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match carried {
            Some(carried) => Some(carried as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    Trouble::Other(deepest)
}

fn known(error: &(dyn StdError + 'static)) -> Option<Trouble> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(match error {
            rustls::Error::InvalidCertificate(reason) => Trouble::Untrusted(untrusted(reason)),
            rustls::Error::InvalidMessage(_) => Trouble::NoTls,
            other => Trouble::Other(other.to_string()),
        });
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return match error.kind() {
            io::ErrorKind::ConnectionRefused => Some(Trouble::Refused),
            io::ErrorKind::TimedOut => Some(Trouble::Silent),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Some(Trouble::Reset),
            _ => None,
        };
    }
    if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message) {
        return Some(Trouble::Reset);
    }
    // The resolver's error has no type of its own.
    error.to_string().starts_with("dns error").then_some(Trouble::UnknownHost)
}

fn untrusted(reason: &CertificateError) -> String {
    match reason {
        CertificateError::UnknownIssuer => "it comes from an authority that this machine does not know".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it belongs to another host".to_owned()
        }
        other => other.to_string(),
    }
}

/// The error of a request that got no answer.
pub fn out_of_reach(settings: &Settings, doing: &str, host: &str, trouble: Trouble) -> Error {
    let proxy = trust::proxy(settings, host).map(|(name, _)| {
        format!("see whether the proxy of {name} is right and lets it through, or name the registry in NO_PROXY")
    });
    let (what, help) = match trouble {
        Trouble::Refused | Trouble::UnknownHost if proxy.is_some() => {
            (format!("nothing listens at the proxy on the way to {host}"), String::new())
        }
        Trouble::Refused if is_loopback(host) => (
            format!("nothing listens at {host}"),
            "start it, for example with `keg registry start`; see `registry:` in keg.yml for the address".to_owned(),
        ),
        Trouble::Refused => (
            format!("nothing listens at {host}"),
            "see whether the address is right (`registry:` in keg.yml) and the registry runs".to_owned(),
        ),
        Trouble::UnknownHost => (
            format!("there is no host {host}, or the network cannot be reached"),
            "see whether the address is right (`registry:` in keg.yml) and the network works".to_owned(),
        ),
        Trouble::Silent => (
            format!("{host} does not answer"),
            "see whether the network works, and whether a proxy is needed (`HTTPS_PROXY`)".to_owned(),
        ),
        Trouble::Untrusted(reason) => (
            format!("the certificate of {host} is not trusted: {reason}"),
            format!(
                "put the certificate of the registry's authority into {} (the engine needs it in /etc/docker/certs.d/{host}/ca.crt)",
                settings.docker_config_folder().join("certs.d").join(host).join("ca.crt").display()
            ),
        ),
        Trouble::NoTls => (
            format!("{host} does not speak HTTPS"),
            "give the registry a certificate: plain HTTP is only used with registries on this machine".to_owned(),
        ),
        Trouble::Reset => (
            format!("{host} breaks the connection off"),
            "try again; the registry or a proxy before it may be overloaded".to_owned(),
        ),
        Trouble::TooLarge => (
            format!("{host} sends far more than a registry does"),
            "see whether the address is right (`registry:` in keg.yml)".to_owned(),
        ),
        Trouble::Other(reason) => {
            return Error::unreachable(format!("{doing}: {host} cannot be reached")).because(reason).help(
                proxy.unwrap_or_else(|| {
                    "see whether the address is right (`registry:` in keg.yml) and the network works".to_owned()
                }),
            );
        }
    };
    Error::unreachable(format!("{doing}: {what}")).help(proxy.filter(|_| help.is_empty()).unwrap_or(help))
}

/// The error of an answer that is no success. `logged_in` says whether a login was used.
pub fn refused(doing: &str, host: &str, answer: &Answer, logged_in: bool) -> Error {
    let explained = |error: Error| match explanation(&answer.body) {
        Some(explanation) => error.because(explanation),
        None => error,
    };
    let login = login_command(host);
    match answer.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if !logged_in => {
            explained(Error::request(format!("{doing}: {host} wants a login")))
                .help(format!("{login}; a repository that does not exist can look the same"))
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => explained(Error::request(format!(
            "{doing}: {host} does not allow it with the stored login"
        )))
        .help(format!("log in as somebody who may: {login}; a repository that does not exist can look the same")),
        StatusCode::TOO_MANY_REQUESTS => {
            let wait = match answer.wait().map_or(0, |wait| wait.as_secs()) {
                0 => "wait a while".to_owned(),
                seconds => format!("wait {seconds} seconds, as it asks"),
            };
            explained(Error::unreachable(format!("{doing}: {host} got too many requests"))).help(if logged_in {
                format!("{wait}, and try again")
            } else {
                format!("{wait}, or {login}")
            })
        }
        status if status.is_server_error() => {
            explained(Error::unreachable(format!("{doing}: {host} answers {status}")))
                .help("try again later; the registry's log says more")
        }
        status => explained(Error::request(format!("{doing}: {host} answers {status}"))),
    }
}

/// What the registry says about it: the messages of its error list.
fn explanation(body: &[u8]) -> Option<String> {
    let envelope: OciEnvelope = serde_json::from_slice(body).ok()?;
    let messages: Vec<&str> =
        envelope.errors.iter().map(|error| error.message.trim()).filter(|message| !message.is_empty()).collect();
    (!messages.is_empty()).then(|| messages.join("; ").chars().take(300).collect())
}
