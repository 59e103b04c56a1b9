//! What is deleted from a registry, without losing what others use.

use reqwest::{Method, StatusCode};

use super::request::Access;
use super::{RawManifest, Registry, content, manifest_request};
use crate::error::{Error, Result};
use crate::reference::Reference;

impl Registry {
    /// Whether the registry lets this user delete from a repository: it is asked to delete what cannot be there.
    ///
    /// # Errors
    /// The registry is out of reach.
    pub async fn can_delete(&self, repository: &Reference) -> Result<bool> {
        let nothing = repository.by_digest(&format!("sha256:{}", "0".repeat(64)));
        let host = self.host(repository.domain()).await?;
        let request = manifest_request(&host, Method::DELETE, &nothing, Access::Delete)?;
        let status = host.send(&request).await?.status;
        Ok(status.is_success() || status == StatusCode::NOT_FOUND)
    }

    /// Deletes a manifest by its digest, with all its tags; `false` where there was none.
    ///
    /// # Errors
    /// The reference has no digest, or the registry is out of reach, refuses, or has deletion turned off.
    pub async fn delete_manifest(&self, reference: &Reference) -> Result<bool> {
        if reference.digest().is_none() {
            let message =
                format!("{} cannot be deleted: only a digest says which image is meant", reference.familiar());
            return Err(Error::request(message));
        }
        let host = self.host(reference.domain()).await?;
        let request = manifest_request(&host, Method::DELETE, reference, Access::Delete)?;
        let answer = host.send(&request).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(false),
            StatusCode::METHOD_NOT_ALLOWED => Err(Error::request(format!("{}: {} does not allow it", request.doing, host.name()))
                .help("turn deletion on in the registry's settings (`storage.delete.enabled` of the CNCF distribution registry)")),
            status if status.is_success() => Ok(true),
            _ => Err(host.refused(&request, &answer)),
        }
    }

    /// Takes a tag away and leaves its image to all other tags that it has. A tag that is not there is no error.
    ///
    /// The specification lets a tag be deleted by its name
    /// (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md#deleting-tags>); registries that delete
    /// only by digest get a manifest of another digest under the tag first: the same one with a line end more.
    ///
    /// # Errors
    /// The registry is out of reach, refuses, or has deletion turned off; the tag is then as it was.
    pub async fn remove_tag(&self, reference: &Reference) -> Result<()> {
        let reference = reference.with_default_tag();
        let host = self.host(reference.domain()).await?;
        let request = manifest_request(&host, Method::DELETE, &reference, Access::Delete)?;
        let status = host.send(&request).await?.status;
        if status.is_success() || status == StatusCode::NOT_FOUND && self.head(&reference).await?.is_none() {
            return Ok(());
        }
        if !self.can_delete(&reference).await? {
            let message = format!("{}: {} does not allow it", request.doing, host.name());
            return Err(Error::request(message).help(
                "turn deletion on in the registry's settings (`storage.delete.enabled` of the CNCF distribution registry)",
            ));
        }
        let Some(manifest) = self.manifest(&reference).await? else { return Ok(()) };
        let mut bytes = manifest.bytes.to_vec();
        bytes.push(b'\n');
        let only_here = RawManifest { digest: content::digest_of(&bytes), bytes: bytes.into(), ..manifest };
        self.put_manifest(&reference, &only_here).await?;
        self.delete_manifest(&reference.by_digest(&only_here.digest)).await.map(|_| ())
    }
}
