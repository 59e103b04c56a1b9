//! Every environment variable that keg reads, and the one place that reads them.
//!
//! The process environment is taken once at the start as a [`Variables`]; everything below works on that
//! value, so that tests can give their own.

use std::collections::BTreeMap;

/// The workspace folder, instead of walking up from the current folder.
pub const KEG_WORKSPACE: &str = "KEG_WORKSPACE";
/// The user's configuration file, instead of `$XDG_CONFIG_HOME/keg/config.yml`.
pub const KEG_CONFIG: &str = "KEG_CONFIG";
/// The image that the named images are built on, instead of what their manifests say.
pub const KEG_BASE_IMAGE: &str = "KEG_BASE_IMAGE";
/// The image that a tap is started from, instead of its branch tag.
pub const KEG_IMAGE_FROM: &str = "KEG_IMAGE_FROM";
/// The environment of which `.env.<environment>` files are read.
pub const KEG_ENV: &str = "KEG_ENV";
/// How many seconds a registry may take for an answer, 60 by default. An upload or download by the engine that makes no
/// progress for five times as long is given up.
pub const KEG_REGISTRY_TIMEOUT: &str = "KEG_REGISTRY_TIMEOUT";
/// What keg tells a plugin: the file of facts. keg itself does not read it.
pub const KEG_CONTEXT: &str = "KEG_CONTEXT";
/// What keg tells a plugin: keg's own program. keg itself does not read it.
pub const KEG_PROGRAM: &str = "KEG_PROGRAM";
/// When set and not empty, output has no colours (<https://no-color.org>).
pub const NO_COLOR: &str = "NO_COLOR";
/// `dumb` means a terminal that cannot draw bars.
pub const TERM: &str = "TERM";
/// The engine's address, as Docker's own client reads it.
pub const DOCKER_HOST: &str = "DOCKER_HOST";
/// The context that names the engine, where `DOCKER_HOST` does not.
pub const DOCKER_CONTEXT: &str = "DOCKER_CONTEXT";
/// The folder of Docker's client configuration, else `~/.docker`.
pub const DOCKER_CONFIG: &str = "DOCKER_CONFIG";
/// The folder of buildx's builders, else `buildx` in the folder of Docker's client configuration.
pub const BUILDX_CONFIG: &str = "BUILDX_CONFIG";
/// The folder of client certificates for an engine over TLS.
pub const DOCKER_CERT_PATH: &str = "DOCKER_CERT_PATH";
/// When set and not empty, the engine's certificate is verified.
pub const DOCKER_TLS_VERIFY: &str = "DOCKER_TLS_VERIFY";
/// The socket of the ssh agent, which builds may ask.
pub const SSH_AUTH_SOCK: &str = "SSH_AUTH_SOCK";
/// A file of certificates to trust beside the system's.
pub const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
/// The certificates that Python programs trust, Compose v1 among them. keg itself does not read them.
pub const CERTIFICATES_OF_REQUESTS: [&str; 2] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
/// The proxy for registries over HTTPS, in the order of their precedence, as other programs read them.
pub const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Hosts that are reached without the proxy, separated by commas.
pub const NO_PROXY_VARIABLES: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// The folder for temporary files of a program that keg runs. keg itself leaves it to its libraries.
pub const TMPDIR: &str = "TMPDIR";
/// The home folder.
pub const HOME: &str = "HOME";
/// The folder of user configuration files, else `~/.config`.
pub const XDG_CONFIG_HOME: &str = "XDG_CONFIG_HOME";
/// The folder of what can be read again, else `~/.cache`.
pub const XDG_CACHE_HOME: &str = "XDG_CACHE_HOME";
/// The folder of user state files, else `~/.local/state`.
pub const XDG_STATE_HOME: &str = "XDG_STATE_HOME";
/// Folders above which git, and keg, look for no repository.
pub const GIT_CEILING_DIRECTORIES: &str = "GIT_CEILING_DIRECTORIES";
/// When true, the search for a repository crosses file systems.
pub const GIT_DISCOVERY_ACROSS_FILESYSTEM: &str = "GIT_DISCOVERY_ACROSS_FILESYSTEM";
/// The browser that `keg open` starts, instead of the user's usual one. The library that starts it reads the variable.
pub const BROWSER: &str = "BROWSER";
/// Where programs are looked for.
pub const PATH: &str = "PATH";

/// CI variables that name the branch where HEAD is detached, in the order of their precedence.
pub const BRANCH_VARIABLES: [&str; 4] = ["GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "BRANCH_NAME"];

/// The CI variable that names the default branch: clones of CI systems have no `origin/HEAD` that would.
pub const CI_DEFAULT_BRANCH: &str = "CI_DEFAULT_BRANCH";

/// A snapshot of environment variables. Values that are not UTF-8 are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The environment of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_process() -> Self {
        let utf8 =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self(utf8.collect())
    }

    /// The value of `name`; an empty value counts as unset, as Docker's client and CI systems treat it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether `name` is set, even to nothing.
    pub fn is_set(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The same with `name` set to `value`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_counts_as_unset() {
        let variables: Variables = [("A", ""), ("B", "b")].into_iter().collect();
        assert_eq!(variables.get("A"), None);
        assert!(variables.is_set("A"));
        assert_eq!(variables.get("B"), Some("b"));
    }
}
