//! One request to a registry, as data.

use bytes::Bytes;
use reqwest::{Method, Url};

/// What a request does to a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads from it.
    Read,
    /// Adds to it.
    Write,
    /// Deletes from it.
    Delete,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The address.
    pub url: Url,
    /// What it is for, as messages begin: `reading ghcr.io/a/b:c`.
    pub doing: String,
    /// The media types that may come back.
    pub accept: &'static str,
    /// Media type and content of what is sent.
    pub body: Option<(String, Bytes)>,
    /// What a token must allow (<https://distribution.github.io/distribution/spec/auth/scope/>).
    pub scopes: Vec<String>,
}

impl Request {
    /// A request that sends nothing and needs no permission.
    pub fn new(method: Method, url: Url, doing: String) -> Self {
        Self { method, url, doing, accept: "*/*", body: None, scopes: Vec::new() }
    }

    /// Needs this access to a repository.
    #[must_use]
    pub fn on(mut self, repository: &str, access: Access) -> Self {
        self.scopes.push(scope(repository, access));
        self
    }
}

/// The scope of an access to a repository.
fn scope(repository: &str, access: Access) -> String {
    let actions = match access {
        Access::Read => "pull",
        Access::Write => "pull,push",
        Access::Delete => "delete",
    };
    format!("repository:{repository}:{actions}")
}
