//! OCI registries (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md>).
//!
//! Manifests travel as raw bytes, so that a digest survives a retag. The requests are keg's own: it needs what
//! oci-client hides (sizes, `Retry-After`, refresh tokens, why a login was refused); its types read manifests and
//! error messages.

mod address;
mod authorization;
mod challenge;
mod content;
mod delete;
mod failure;
mod holdings;
mod host;
mod pace;
mod platform;
mod referrer;
mod request;
mod retry;
mod store;
mod trust;

pub use address::is_loopback;
pub use holdings::{Blob, ImageSettings, StoredManifest};
pub use platform::Platforms;
pub use referrer::{Artifact, referrers_tag};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use reqwest::{Method, StatusCode};
use tokio::sync::OnceCell;

use self::content::digest_of;
use self::host::Host;
use self::request::{Access, Request};
use self::store::Store;
use crate::border::credentials::Credential;
use crate::error::Result;
use crate::reference::Reference;
use crate::settings::Settings;

/// What a registry says about a manifest without sending it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// The digest.
    pub digest: String,
    /// The media type.
    pub media_type: String,
    /// The manifest's own size in bytes.
    pub size: u64,
}

/// A manifest exactly as the registry holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawManifest {
    /// The digest of `bytes`.
    pub digest: String,
    /// The media type.
    pub media_type: String,
    /// The manifest.
    pub bytes: Bytes,
}

/// All registries that keg talks to. Clones share connections, logins and tokens.
#[derive(Clone)]
pub struct Registry(Arc<Shared>);

struct Shared {
    settings: Settings,
    hosts: Mutex<HashMap<String, Arc<OnceCell<Result<Host>>>>>,
    store: Store,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl Registry {
    /// Makes no connection yet.
    pub fn new(settings: &Settings) -> Self {
        Self(Arc::new(Shared { settings: settings.clone(), hosts: Mutex::default(), store: Store::new(settings) }))
    }

    /// What the registry says about the manifest of a tag or digest; `None` where it has none.
    ///
    /// # Errors
    /// The registry is out of reach or refuses to tell.
    pub async fn head(&self, reference: &Reference) -> Result<Option<Descriptor>> {
        let host = self.host(reference.domain()).await?;
        let request = manifest_request(&host, Method::HEAD, reference, Access::Read)?;
        let answer = host.send(&request).await?;
        match answer.status {
            StatusCode::NOT_FOUND => return Ok(None),
            // Some registries have no HEAD for manifests.
            StatusCode::METHOD_NOT_ALLOWED => {}
            status if status.is_success() => {
                if let Some(descriptor) = content::descriptor(&answer.headers) {
                    return Ok(Some(descriptor));
                }
            }
            _ => return Err(host.refused(&request, &answer)),
        }
        Ok(self.manifest(reference).await?.map(|manifest| Descriptor {
            digest: manifest.digest,
            media_type: manifest.media_type,
            size: manifest.bytes.len() as u64,
        }))
    }

    /// The manifest or index of a tag or digest; `None` where the registry has none.
    ///
    /// # Errors
    /// The registry is out of reach, refuses, or sends something else than the digest names.
    pub async fn manifest(&self, reference: &Reference) -> Result<Option<RawManifest>> {
        let manifest = self.fetch_manifest(reference).await?;
        if let Some(manifest) = &manifest {
            self.0.store.put(&manifest.digest, &manifest.bytes);
        }
        Ok(manifest)
    }

    /// As [`manifest`](Self::manifest), without keeping it.
    async fn fetch_manifest(&self, reference: &Reference) -> Result<Option<RawManifest>> {
        let host = self.host(reference.domain()).await?;
        let request = manifest_request(&host, Method::GET, reference, Access::Read)?;
        let answer = host.send(&request).await?;
        match answer.status {
            StatusCode::NOT_FOUND => return Ok(None),
            status if !status.is_success() => return Err(host.refused(&request, &answer)),
            _ => {}
        }
        let media_type = content::media_type(&answer.headers);
        let bytes = answer.body;
        let digest = digest_of(&bytes);
        if let Some(expected) = reference.digest().filter(|expected| expected.starts_with("sha256:")) {
            content::verify(&request.doing, expected, &digest)?;
        }
        let media_type = media_type.unwrap_or_else(|| content::media_type_within(&bytes));
        Ok(Some(RawManifest { digest, media_type, bytes }))
    }

    /// As [`manifest`](Self::manifest), of a digest that the registry has just named: what was read before is not asked
    /// for again.
    ///
    /// # Errors
    /// As [`manifest`](Self::manifest).
    pub async fn known_manifest(&self, reference: &Reference) -> Result<Option<RawManifest>> {
        if let Some(digest) = reference.digest()
            && let Some(bytes) = self.0.store.get(digest)
        {
            let media_type = content::media_type_within(&bytes);
            return Ok(Some(RawManifest { digest: digest.to_owned(), media_type, bytes }));
        }
        self.manifest(reference).await
    }

    /// Puts a manifest under the reference's tag, else under its digest, and gives the digest. Everything that it
    /// names must be in the repository already.
    ///
    /// # Errors
    /// The registry is out of reach or refuses.
    pub async fn put_manifest(&self, reference: &Reference, manifest: &RawManifest) -> Result<String> {
        let host = self.host(reference.domain()).await?;
        let target = if reference.tag().is_some() {
            reference.with_tag(reference.tag().unwrap_or_default())
        } else {
            reference.with_digest(&manifest.digest)
        };
        let mut request = manifest_request(&host, Method::PUT, &target, Access::Write)?;
        request.body = Some((manifest.media_type.clone(), manifest.bytes.clone()));
        let answer = host.send(&request).await?;
        if !answer.status.is_success() {
            return Err(host.refused(&request, &answer));
        }
        let digest = digest_of(&manifest.bytes);
        if let Some(stored) = content::digest_header(&answer.headers) {
            content::verify(&request.doing, &digest, &stored)?;
        }
        Ok(digest)
    }

    /// The labels of an image; of an index, the labels of its image for this machine's architecture. `None` where the
    /// registry does not have it.
    ///
    /// # Errors
    /// The registry is out of reach or refuses, or what it holds is no image.
    pub async fn config_labels(&self, reference: &Reference) -> Result<Option<BTreeMap<String, String>>> {
        let Some(mut manifest) = self.known_manifest(reference).await? else { return Ok(None) };
        if let Some(digest) = content::image_of_index(&manifest, reference)? {
            match self.known_manifest(&reference.with_digest(&digest)).await? {
                Some(image) => manifest = image,
                None => return Ok(None),
            }
        }
        let digest = content::config_digest(&manifest, reference)?;
        if let Some(bytes) = self.0.store.get(&digest) {
            return Ok(Some(content::labels(&bytes, reference)?));
        }
        let Some(bytes) = self.fetch_settings(reference, &digest).await? else { return Ok(None) };
        self.0.store.put(&digest, &bytes);
        Ok(Some(content::labels(&bytes, reference)?))
    }

    /// The settings of an image by their digest; `None` where the registry does not have them.
    async fn fetch_settings(&self, image: &Reference, digest: &str) -> Result<Option<Bytes>> {
        let host = self.host(image.domain()).await?;
        let path = format!("{}/blobs/{digest}", image.path());
        let doing = format!("reading the settings of {}", image.familiar());
        let request = Request::new(Method::GET, host.url(&path)?, doing).on(image.path(), Access::Read);
        let answer = host.send(&request).await?;
        match answer.status {
            StatusCode::NOT_FOUND => return Ok(None),
            status if !status.is_success() => return Err(host.refused(&request, &answer)),
            _ => {}
        }
        content::verify(&request.doing, digest, &digest_of(&answer.body))?;
        Ok(Some(answer.body))
    }

    /// All tags of a repository; `None` where the registry does not have it.
    ///
    /// # Errors
    /// The registry is out of reach or refuses.
    pub async fn tags(&self, repository: &Reference) -> Result<Option<Vec<String>>> {
        let host = self.host(repository.domain()).await?;
        let doing = format!("listing the tags of {}", repository.repository());
        let url = host.url(&format!("{}/tags/list?n=1000", repository.path()))?;
        let request = Request::new(Method::GET, url, doing).on(repository.path(), Access::Read);
        host.list(request, "tags").await
    }

    /// All repositories of a registry.
    ///
    /// # Errors
    /// The registry is out of reach or refuses, as public ones do.
    pub async fn repositories(&self, host: &str) -> Result<Vec<String>> {
        let host = self.host(host).await?;
        let doing = format!("listing the repositories of {}", host.name());
        let mut request = Request::new(Method::GET, host.url("_catalog?n=1000")?, doing);
        request.scopes.push("registry:catalog:*".to_owned());
        Ok(host.list(request, "repositories").await?.unwrap_or_default())
    }

    /// Tries a login without storing it.
    ///
    /// # Errors
    /// The registry is out of reach, or refuses the login.
    pub async fn check_login(&self, host: &str, credential: &Credential) -> Result<()> {
        // A connection of its own: what is known of the stored login does not count.
        Host::connect(&self.0.settings, host, Some(credential.clone())).await?.check_login().await
    }

    /// Sees whether a registry answers.
    ///
    /// # Errors
    /// It is out of reach, or what answers is no registry.
    pub async fn ping(&self, host: &str) -> Result<()> {
        self.host(host).await?.ping().await
    }

    /// The host, connected once however many ask for it at the same time.
    async fn host(&self, name: &str) -> Result<Host> {
        let cell = {
            let mut hosts = self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(hosts.entry(name.to_owned()).or_default())
        };
        let host = cell.get_or_init(|| Host::connect(&self.0.settings, name, None)).await.clone();
        if host.is_err() {
            // Whoever waited shares the failure; who comes later tries again.
            let mut hosts = self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            if hosts.get(name).is_some_and(|there| Arc::ptr_eq(there, &cell)) {
                hosts.remove(name);
            }
        }
        host
    }
}

/// A request for the manifest that a reference names, by its digest if it has one.
fn manifest_request(host: &Host, method: Method, reference: &Reference, access: Access) -> Result<Request> {
    let reference = reference.with_default_tag();
    let name = reference.digest().or(reference.tag()).unwrap_or_default();
    let url = host.url(&format!("{}/manifests/{name}", reference.path()))?;
    let verb = match access {
        Access::Read => "reading",
        Access::Write => "writing",
        Access::Delete => "deleting",
    };
    let mut request = Request::new(method, url, format!("{verb} {}", reference.familiar()));
    request.accept = content::MANIFESTS;
    Ok(request.on(reference.path(), access))
}
