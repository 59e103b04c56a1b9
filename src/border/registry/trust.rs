//! HTTP clients: whom they trust, which proxy they use, how long they wait.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, NoProxy, Proxy};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::address::is_loopback;
use crate::env_vars;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// A client for a registry on this machine that speaks plain HTTP. It trusts nobody, so that HTTPS fails.
pub fn plain_client(settings: &Settings) -> Result<Client> {
    let config = tls()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    build(settings, Client::builder().no_proxy(), config)
}

/// A client for a registry over HTTPS. It trusts the system's authorities and those that Docker keeps for this host,
/// and shows the certificate that Docker keeps for it
/// (<https://docs.docker.com/engine/security/certificates/>).
pub fn secure_client(settings: &Settings, host: &str) -> Result<Client> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = settings.variables.get(env_vars::SSL_CERT_FILE) {
        // A system whose variable names a file that is gone works with the other authorities.
        let certificates = CertificateDer::pem_file_iter(file).into_iter().flatten().flatten();
        roots.add_parsable_certificates(certificates);
    }
    let mut identity = None;
    for folder in folders(settings, host) {
        for file in files(&folder, "crt") {
            for certificate in certificates(&file)? {
                roots.add(certificate).map_err(|error| no_certificate(&file).cause(error))?;
            }
        }
        for file in files(&folder, "cert") {
            let key = file.with_extension("key");
            let key = PrivateKeyDer::from_pem_file(&key).map_err(|error| {
                Error::request(format!("{} is needed with {}, and cannot be read", key.display(), file.display()))
                    .because(error.to_string())
            })?;
            identity = Some((certificates(&file)?, key, file));
        }
    }
    let config = tls()?.with_root_certificates(roots);
    let config = match identity {
        Some((chain, key, file)) => {
            config.with_client_auth_cert(chain, key).map_err(|error| no_certificate(&file).cause(error))?
        }
        None => config.with_no_client_auth(),
    };
    build(settings, proxied(settings, host)?, config)
}

fn tls() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::failed("HTTPS cannot be set up").cause(error))
}

fn build(settings: &Settings, builder: ClientBuilder, config: ClientConfig) -> Result<Client> {
    builder
        .tls_backend_preconfigured(config)
        .user_agent(concat!("keg/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_LIMIT)
        .timeout(settings.registry_timeout)
        .build()
        .map_err(|error| Error::failed("HTTP cannot be set up").cause(error))
}

/// The variable that names a proxy for this host, and the proxy; never one for this machine itself.
pub fn proxy<'a>(settings: &'a Settings, host: &str) -> Option<(&'static str, &'a str)> {
    if is_loopback(host) || is_exception(settings, host) {
        return None;
    }
    env_vars::PROXY_VARIABLES.iter().find_map(|name| Some((*name, settings.variables.get(name)?)))
}

/// Whether the environment takes a host out of what goes through the proxy: by its name or by a domain that it is in.
fn is_exception(settings: &Settings, host: &str) -> bool {
    let exceptions = env_vars::NO_PROXY_VARIABLES.iter().find_map(|name| settings.variables.get(name));
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    exceptions.unwrap_or_default().split(',').map(str::trim).any(|exception| {
        let domain = exception.strip_prefix("*.").unwrap_or(exception).trim_start_matches('.');
        exception == "*"
            || exception == host
            || name == domain
            || (!domain.is_empty() && name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
    })
}

fn proxied(settings: &Settings, host: &str) -> Result<ClientBuilder> {
    let builder = Client::builder().no_proxy();
    let Some((name, address)) = proxy(settings, host) else { return Ok(builder) };
    // The address may hold a password, and so is not shown.
    let proxy = Proxy::all(address).map_err(|_| {
        Error::request(format!("the variable {name} is no address of a proxy")).help("write it as http://host:port")
    })?;
    let exceptions = env_vars::NO_PROXY_VARIABLES.iter().find_map(|name| settings.variables.get(name));
    // Token services and stores of blobs at other hosts may be exceptions, too.
    Ok(builder.proxy(proxy.no_proxy(exceptions.and_then(NoProxy::from_string))))
}

/// Docker's folders of certificates for a host.
fn folders(settings: &Settings, host: &str) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from("/etc/docker")];
    folders.extend(settings.home().map(|home| home.join(".docker")));
    folders.push(settings.docker_config_folder());
    folders.dedup();
    folders.into_iter().map(|folder| folder.join("certs.d").join(host)).collect()
}

/// The files of a folder with this extension, sorted; a folder that is not there or not readable has none.
fn files(folder: &std::path::Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    files.sort();
    files
}

fn certificates(file: &std::path::Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = std::fs::read(file).map_err(|error| no_certificate(file).cause(error))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(no_certificate(file).because("it has no `BEGIN CERTIFICATE`")),
        Err(error) => Err(no_certificate(file).because(error.to_string())),
    }
}

fn no_certificate(file: &std::path::Path) -> Error {
    Error::request(format!("{} is no certificate", file.display()))
        .help("replace it by the certificate of the registry's authority in PEM form, or remove it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_name_hosts_and_domains() {
        let settings = |exceptions: &str| {
            let variables = [("NO_PROXY", exceptions)].into_iter().collect();
            Settings::resolve(&crate::cli::Global::default(), variables).unwrap()
        };
        for exceptions in ["*", "ghcr.io", "a, ghcr.io", ".io", "*.io", "io", "ghcr.io:443"] {
            assert!(is_exception(&settings(exceptions), "ghcr.io:443"), "{exceptions}");
        }
        for exceptions in ["", ",", "cr.io", "ghcr.io:80", "x.ghcr.io", "."] {
            assert!(!is_exception(&settings(exceptions), "ghcr.io:443"), "{exceptions}");
        }
    }
}
