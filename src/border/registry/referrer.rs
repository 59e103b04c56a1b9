//! Artifacts beside an image: documents that name it as their subject
//! (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers>).

use bytes::Bytes;
use reqwest::header::{HeaderName, LOCATION};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::content::{digest_of, verify};
use super::host::Host;
use super::request::{Access, Request};
use super::{Descriptor, RawManifest, Registry};
use crate::error::{Error, Result};
use crate::reference::Reference;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The settings of what is no image.
const EMPTY: (&str, &[u8]) = ("application/vnd.oci.empty.v1+json", b"{}");
/// A registry that lists referrers itself says so with this header.
const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");

/// A document that is stored beside an image.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// What it is, as a media type.
    pub kind: &'static str,
    /// Its files: name, media type and content.
    pub files: Vec<(String, &'static str, Vec<u8>)>,
}

/// A list of referrers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    manifests: Vec<ListedReferrer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ListedReferrer {
    artifact_type: String,
    digest: String,
}

impl Registry {
    /// Stores a document beside the image of `repository` that `subject` describes, in the place of an earlier one of
    /// its kind, and gives its digest.
    ///
    /// # Errors
    /// The registry is out of reach, or refuses what is no image.
    pub async fn put_artifact(
        &self,
        repository: &Reference,
        subject: &Descriptor,
        artifact: &Artifact,
    ) -> Result<String> {
        let host = self.host(repository.domain()).await?;
        let mut layers = Vec::new();
        for (name, media_type, content) in &artifact.files {
            put_blob(&host, repository, content).await?;
            let mut layer = descriptor(media_type, content);
            layer["annotations"] = json!({ "org.opencontainers.image.title": name });
            layers.push(layer);
        }
        put_blob(&host, repository, EMPTY.1).await?;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": artifact.kind,
            "config": descriptor(EMPTY.0, EMPTY.1),
            "layers": layers,
            "subject": { "mediaType": subject.media_type, "digest": subject.digest, "size": subject.size },
        });
        let bytes = Bytes::from(manifest.to_string());
        let digest = digest_of(&bytes);
        let size = bytes.len();
        let url = host.url(&format!("{}/manifests/{digest}", repository.path()))?;
        let doing = format!("storing a document beside {}", repository.familiar());
        let mut request = Request::new(Method::PUT, url, doing).on(repository.path(), Access::Write);
        request.body = Some((MANIFEST.to_owned(), bytes));
        let answer = host.send(&request).await?;
        if !answer.status.is_success() {
            return Err(host.refused(&request, &answer));
        }
        if !answer.headers.contains_key(SUBJECT) {
            let entry = json!({ "mediaType": MANIFEST, "digest": digest, "size": size, "artifactType": artifact.kind });
            self.list_under_tag(repository, subject, entry, artifact.kind).await?;
        }
        Ok(digest)
    }

    /// The first files of the documents of this kind that lie beside an image.
    ///
    /// # Errors
    /// The registry is out of reach or refuses.
    pub async fn artifacts(&self, image: &Reference, kind: &str) -> Result<Vec<Bytes>> {
        let Some(digest) = image.digest() else { return Ok(Vec::new()) };
        let listed = match self.listed_referrers(image, digest).await? {
            Some(listed) => Some(listed),
            None => self.fetch_manifest(&image.with_tag(&referrers_tag(digest))).await?.map(|index| index.bytes),
        };
        let listed: Listed = listed.and_then(|listed| serde_json::from_slice(&listed).ok()).unwrap_or_default();
        let mut files = Vec::new();
        for entry in listed.manifests.iter().filter(|entry| entry.artifact_type == kind) {
            let manifest = self.stored_manifest(&image.by_digest(&entry.digest)).await?;
            if let Some(file) = manifest.and_then(|manifest| manifest.layers.into_iter().next()) {
                files.extend(self.fetch_settings(image, &file.digest).await?);
            }
        }
        Ok(files)
    }

    /// The list of a registry that lists referrers itself.
    async fn listed_referrers(&self, image: &Reference, digest: &str) -> Result<Option<Bytes>> {
        let host = self.host(image.domain()).await?;
        let url = host.url(&format!("{}/referrers/{digest}", image.path()))?;
        let doing = format!("looking what lies beside {}", image.familiar());
        let answer = host.send(&Request::new(Method::GET, url, doing).on(image.path(), Access::Read)).await?;
        Ok(answer.status.is_success().then_some(answer.body))
    }

    /// Where the registry does not list referrers itself, they are listed under a tag that is the image's digest.
    async fn list_under_tag(
        &self,
        repository: &Reference,
        subject: &Descriptor,
        entry: Value,
        kind: &str,
    ) -> Result<()> {
        let tag = repository.with_tag(&referrers_tag(&subject.digest));
        let known = self.fetch_manifest(&tag).await?;
        let index = known.and_then(|known| serde_json::from_slice::<Value>(&known.bytes).ok());
        let mut entries = index.and_then(|index| index["manifests"].as_array().cloned()).unwrap_or_default();
        entries.retain(|other| other["artifactType"] != kind);
        entries.push(entry);
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries });
        let bytes = Bytes::from(index.to_string());
        let manifest = RawManifest { digest: digest_of(&bytes), media_type: INDEX.to_owned(), bytes };
        self.put_manifest(&tag, &manifest).await.map(|_| ())
    }
}

/// The tag under which the referrers of a digest are listed: `sha256-<hexadecimal digits>`.
pub fn referrers_tag(digest: &str) -> String {
    digest.replacen(':', "-", 1)
}

fn descriptor(media_type: &str, content: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest_of(content), "size": content.len() })
}

/// Uploads a small blob, unless it is there.
async fn put_blob(host: &Host, repository: &Reference, content: &[u8]) -> Result<()> {
    let (path, digest) = (repository.path(), digest_of(content));
    let doing = format!("uploading a document to {}", repository.familiar());
    let head = Request::new(Method::HEAD, host.url(&format!("{path}/blobs/{digest}"))?, doing.clone());
    if host.send(&head.on(path, Access::Read)).await?.status.is_success() {
        return Ok(());
    }
    let mut begin =
        Request::new(Method::POST, host.url(&format!("{path}/blobs/uploads/"))?, doing.clone()).on(path, Access::Write);
    begin.body = Some(("application/octet-stream".to_owned(), Bytes::new()));
    let answer = host.send(&begin).await?;
    if answer.status != StatusCode::ACCEPTED {
        return Err(host.refused(&begin, &answer));
    }
    let location = answer.headers.get(LOCATION).and_then(|location| location.to_str().ok());
    let target: Option<Url> = location.and_then(|location| answer.url.join(location).ok());
    let Some(mut target) = target else {
        return Err(Error::failed(format!("{doing}: {} does not say where to", host.name())));
    };
    target.query_pairs_mut().append_pair("digest", &digest);
    let mut finish = Request::new(Method::PUT, target, doing).on(path, Access::Write);
    finish.body = Some(("application/octet-stream".to_owned(), Bytes::copy_from_slice(content)));
    let answer = host.send(&finish).await?;
    if !answer.status.is_success() {
        return Err(host.refused(&finish, &answer));
    }
    if let Some(stored) = super::content::digest_header(&answer.headers) {
        verify(&finish.doing, &digest, &stored)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_referrers() {
        let digits = "0".repeat(64);
        assert_eq!(referrers_tag(&format!("sha256:{digits}")), format!("sha256-{digits}"));
    }
}
