//! Where a registry host is reached.

use std::net::{Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use crate::error::{Error, Result};
use crate::reference::DEFAULT_DOMAIN;

/// Whether the host is this machine. As with Docker's engine, plain HTTP is allowed there and nowhere else.
pub fn is_loopback(host: &str) -> bool {
    if let Some(rest) = host.strip_prefix('[') {
        let address = rest.split(']').next().unwrap_or_default();
        return address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    }
    let name = host.split(':').next().unwrap_or(host);
    name.eq_ignore_ascii_case("localhost") || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// The root of the registry's interface. Docker Hub's is not at the host that references name.
pub fn root(scheme: &str, host: &str) -> Result<Url> {
    let server = if host == DEFAULT_DOMAIN { "registry-1.docker.io" } else { host };
    Url::parse(&format!("{scheme}://{server}/v2/"))
        .map_err(|error| Error::request(format!("`{host}` is not a registry host")).cause(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_this_machine() {
        for host in ["localhost", "LOCALHOST:5000", "127.0.0.1", "127.9.9.9:5000", "[::1]:5000", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.org", "128.0.0.1", "ghcr.io", "[::2]:5000", "127.example.org", "", "["] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn docker_hub_answers_elsewhere() {
        assert_eq!(root("https", "docker.io").unwrap().as_str(), "https://registry-1.docker.io/v2/");
        assert_eq!(root("http", "[::1]:5000").unwrap().as_str(), "http://[::1]:5000/v2/");
        root("https", "a b").unwrap_err();
    }
}
