//! Why no connection to an engine came about.

use std::io;
use std::path::Path;

use rustls::CertificateError;

/// The reason, and what to do about it where this is known better than from the engine's address alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(super) struct Unreached {
    /// What kind of failure it is.
    pub kind: io::ErrorKind,
    /// What went wrong.
    pub reason: String,
    /// What to do.
    pub remedy: Option<String>,
}

impl Unreached {
    /// One whose remedy the engine's address tells.
    pub(super) fn new(kind: io::ErrorKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), remedy: None }
    }

    /// The same with a remedy of its own.
    pub(super) fn help(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// What an engine means that answers a request in the clear by HTTP 1.0 with a refusal: Go's servers for TLS do.
    pub(super) fn wants_tls() -> Self {
        Self::new(io::ErrorKind::InvalidData, "the engine there wants TLS, and no certificates are named for it").help(
            "set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to a folder with ca.pem, cert.pem and key.pem; or use a \
             context that has them: `docker context create NAME --docker host=…,ca=…,cert=…,key=…`",
        )
    }

    /// Why the two ends do not agree on TLS; `folder` has the certificates.
    pub(super) fn of_handshake(error: io::Error, folder: &Path) -> Self {
        let trouble = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let unusable = |reason: &str| Self::new(io::ErrorKind::InvalidData, reason);
        match trouble {
            None => error.into(),
            Some(rustls::Error::AlertReceived(alert)) => Self::refused(*alert),
            Some(rustls::Error::InvalidMessage(_)) => unusable("what answers there does not speak TLS").help(
                "the port for TLS is 2376 by default; an engine without TLS is reached without DOCKER_TLS_VERIFY, or \
                 through a context without certificates",
            ),
            Some(rustls::Error::InvalidCertificate(trouble)) => match trouble {
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    let authority = folder.join("ca.pem");
                    unusable("the engine's certificate comes from an authority that ca.pem does not have")
                        .help(format!("{} must be the authority's that signed the engine's", authority.display()))
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    unusable(&format!("the engine's certificate belongs to another host: {trouble}"))
                        .help("name the engine as its certificate does")
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    unusable("the engine's certificate has expired")
                        .help("renew it on the engine's machine; or is this machine's clock wrong?")
                }
                other => unusable(&format!("the engine's certificate cannot be used: {other}")),
            },
            Some(other) => unusable(&other.to_string()),
        }
    }

    /// What an engine says that does not accept the client's certificate.
    pub(super) fn refused(alert: rustls::AlertDescription) -> Self {
        Self::new(io::ErrorKind::InvalidData, format!("the engine refuses the client's certificate: {alert:?}"))
    }
}

impl From<io::Error> for Unreached {
    fn from(error: io::Error) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}
