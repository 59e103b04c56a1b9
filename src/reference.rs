//! Image references, as the distribution reference grammar has them
//! (<https://github.com/distribution/reference>, `regexp.go` and `normalize.go`).

use std::fmt;

/// The registry that a reference without a domain means.
pub const DEFAULT_DOMAIN: &str = "docker.io";
/// The path that `docker.io` fills in before a name of one component.
const OFFICIAL_PREFIX: &str = "library/";
/// The longest path that the grammar allows, in bytes; the domain does not count.
const LONGEST_PATH: usize = 255;
/// The longest tag that the grammar allows, in bytes.
pub const LONGEST_TAG: usize = 128;

/// A parsed and normalised reference: `docker.io/library/debian:bookworm@sha256:…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing there.
    #[error("a reference cannot be empty")]
    Empty,
    /// The repository has upper-case letters.
    #[error("repository name `{0}` must be lower case")]
    UpperCase(String),
    /// The domain breaks the grammar.
    #[error("`{0}` is not a registry host")]
    Domain(String),
    /// The repository breaks the grammar.
    #[error("`{0}` is not a repository name: use lower-case letters and digits, separated by `.`, `_`, `__` or `-`")]
    Path(String),
    /// The tag breaks the grammar.
    #[error("`{0}` is not a tag: use up to 128 letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`")]
    Tag(String),
    /// The digest breaks the grammar.
    #[error("`{0}` is not a digest: `sha256:` and 64 lower-case hexadecimal digits are expected")]
    Digest(String),
    /// The path is longer than 255 bytes.
    #[error("a repository name is at most 255 characters long, without its registry")]
    TooLong,
    /// 64 hexadecimal digits mean an image id.
    #[error("64 hexadecimal digits mean an image id, not a repository")]
    ImageId,
}

impl Reference {
    /// Parses and normalises: a missing domain becomes `docker.io`, and one path component there gets `library/`.
    /// A missing tag stays missing.
    ///
    /// # Errors
    /// Says which part of the grammar `text` breaks.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if is_image_id(text) {
            return Err(ReferenceError::ImageId);
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (name, tag) = split_tag(rest);
        let (domain, written) = split_domain(name);
        if !is_domain(domain) {
            return Err(ReferenceError::Domain(domain.to_owned()));
        }
        if written.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(ReferenceError::UpperCase(written.to_owned()));
        }
        if !is_path(written) {
            return Err(ReferenceError::Path(written.to_owned()));
        }
        let path = if domain == DEFAULT_DOMAIN && !written.contains('/') {
            format!("{OFFICIAL_PREFIX}{written}")
        } else {
            written.to_owned()
        };
        if path.len() > LONGEST_PATH {
            return Err(ReferenceError::TooLong);
        }
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return Err(ReferenceError::Tag(tag.to_owned()));
        }
        if let Some(digest) = digest.filter(|digest| !is_digest(digest)) {
            return Err(ReferenceError::Digest(digest.to_owned()));
        }
        Ok(Self { domain: domain.to_owned(), path, tag: tag.map(Into::into), digest: digest.map(Into::into) })
    }

    /// The registry host, with port: `docker.io`, `localhost:5000`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository within the registry: `library/debian`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Domain and path: `docker.io/library/debian`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The tag, if one was written.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, if one was written.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The last component of the path: `debian`.
    pub fn last_component(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The same repository with this tag and no digest. The tag must be valid: see [`is_tag`].
    #[must_use]
    pub fn with_tag(&self, tag: &str) -> Self {
        Self { tag: Some(tag.to_owned()), digest: None, ..self.clone() }
    }

    /// The same repository and tag with this digest.
    #[must_use]
    pub fn with_digest(&self, digest: &str) -> Self {
        Self { digest: Some(digest.to_owned()), ..self.clone() }
    }

    /// The same repository with this digest and no tag.
    #[must_use]
    pub fn by_digest(&self, digest: &str) -> Self {
        Self { tag: None, digest: Some(digest.to_owned()), ..self.clone() }
    }

    /// With `latest` where there is neither tag nor digest, as Docker fills it in.
    #[must_use]
    pub fn with_default_tag(&self) -> Self {
        if self.tag.is_some() || self.digest.is_some() { self.clone() } else { self.with_tag("latest") }
    }

    /// The short form that Docker shows: without `docker.io/library/`, where it still means the same.
    pub fn familiar(&self) -> String {
        let full = || self.suffixed(self.repository());
        if self.domain != DEFAULT_DOMAIN {
            return full();
        }
        let official = self.path.strip_prefix(OFFICIAL_PREFIX).filter(|rest| !rest.contains('/'));
        let short = self.suffixed(official.unwrap_or(&self.path).to_owned());
        // `docker.io/localhost/x` cut short would mean another registry.
        if Self::parse(&short).as_ref() == Ok(self) { short } else { full() }
    }

    fn suffixed(&self, mut text: String) -> String {
        if let Some(tag) = &self.tag {
            text.push(':');
            text.push_str(tag);
        }
        if let Some(digest) = &self.digest {
            text.push('@');
            text.push_str(digest);
        }
        text
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.suffixed(self.repository()))
    }
}

/// A `:` after the last `/` begins a tag; one before it belongs to a port.
fn split_tag(text: &str) -> (&str, Option<&str>) {
    let path_start = text.rfind('/').map_or(0, |slash| slash + 1);
    match text[path_start..].find(':') {
        Some(colon) => (&text[..path_start + colon], Some(&text[path_start + colon + 1..])),
        None => (text, None),
    }
}

/// Gives domain and path as written. The first component is a domain when it has a `.` or `:`, is `localhost`,
/// or has upper-case letters.
fn split_domain(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some(("index.docker.io", rest)) => (DEFAULT_DOMAIN, rest),
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" || first != first.to_lowercase() => {
            (first, rest)
        }
        _ => (DEFAULT_DOMAIN, name),
    }
}

fn is_image_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(is_hexadecimal)
}

fn is_hexadecimal(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

/// A host name, an IPv4 address or an IPv6 address in brackets, and a port of digits.
fn is_domain(text: &str) -> bool {
    let (host_is_valid, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (is_ipv6(address), port),
        None => {
            let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (host.split('.').all(is_domain_component), port)
        }
    };
    let port_is_valid = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    host_is_valid && port_is_valid
}

fn is_ipv6(address: &str) -> bool {
    !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':')
}

fn is_domain_component(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_path(path: &str) -> bool {
    path.split('/').all(is_path_component)
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
pub fn is_path_component(text: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    if !alphanumeric(*first) || !alphanumeric(*last) {
        return false;
    }
    bytes
        .split(|byte| alphanumeric(*byte))
        .filter(|separator| !separator.is_empty())
        .all(|separator| matches!(separator, b"." | b"_" | b"__") || separator.iter().all(|byte| *byte == b'-'))
}

/// `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`
pub fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let Some(first) = text.bytes().next() else { return false };
    text.len() <= LONGEST_TAG && word(first) && text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

/// `sha256`, `sha384` or `sha512` with all its digits in lower case: the algorithms that Docker accepts
/// (<https://github.com/opencontainers/go-digest>, `algorithm.go`).
pub fn is_digest(text: &str) -> bool {
    let Some((algorithm, encoded)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    encoded.len() == length && encoded.bytes().all(is_hexadecimal)
}

#[cfg(test)]
mod tests;
