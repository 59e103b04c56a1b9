//! What registries hold and answer: digests, manifests, indexes, image settings.

use std::collections::BTreeMap;

use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE, OciManifest, Platform,
};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Descriptor, RawManifest};
use crate::error::{Error, Result};
use crate::reference::{Reference, is_digest};

/// The media types of the manifests and indexes that keg understands.
pub const MANIFESTS: &str = "application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.oci.image.index.v1+json";

const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// `sha256:` and the hexadecimal digest of `bytes`.
pub fn digest_of(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    text.extend(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")));
    text
}

/// What the headers of an answer say about a manifest; `None` when they do not say all.
pub fn descriptor(headers: &HeaderMap) -> Option<Descriptor> {
    let size = headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    Some(Descriptor { digest: digest_header(headers)?, media_type: media_type(headers)?, size })
}

/// The digest in the headers of an answer.
pub fn digest_header(headers: &HeaderMap) -> Option<String> {
    headers.get(DIGEST)?.to_str().ok().filter(|digest| is_digest(digest)).map(str::to_owned)
}

/// The media type in the headers of an answer, without parameters; `None` where they say nothing of use.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next().unwrap_or_default().trim();
    (!matches!(media_type, "" | "text/plain" | "application/json" | "application/octet-stream"))
        .then(|| media_type.to_owned())
}

/// The media type that a manifest gives itself; OCI's leave it out at times.
pub fn media_type_within(bytes: &[u8]) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Typed {
        media_type: Option<String>,
        manifests: Option<serde::de::IgnoredAny>,
    }
    match serde_json::from_slice::<Typed>(bytes) {
        Ok(Typed { media_type: Some(media_type), .. }) => media_type,
        Ok(Typed { manifests: Some(_), .. }) => OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned(),
        _ => OCI_IMAGE_MEDIA_TYPE.to_owned(),
    }
}

/// Compares digests of the same algorithm.
pub fn verify(doing: &str, expected: &str, found: &str) -> Result<()> {
    let algorithm = |digest: &str| digest.split(':').next().map(str::to_owned);
    if algorithm(expected) != algorithm(found) || expected == found {
        return Ok(());
    }
    Err(Error::failed(format!("{doing}: the registry holds something else than what the digest names"))
        .because(format!("{expected} was expected, it is {found}"))
        .help("a proxy or mirror between may answer in the registry's place"))
}

/// The digest of the image that an index has for this machine; `None` when the manifest is of one image.
pub fn image_of_index(manifest: &RawManifest, reference: &Reference) -> Result<Option<String>> {
    let OciManifest::ImageIndex(index) = parse(manifest, reference)? else { return Ok(None) };
    let machine = std::env::consts::ARCH;
    let architecture = match machine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    // Engines run Linux containers, on other systems in a virtual machine of the same architecture.
    let is_for = |platform: &Platform, os: &str| {
        platform.os.to_string() == os && platform.architecture.to_string() == architecture
    };
    let find = |os| index.manifests.iter().find(|entry| entry.platform.as_ref().is_some_and(|p| is_for(p, os)));
    // Attestations are listed with the platform `unknown`.
    let is_image =
        |entry: &&ImageIndexEntry| entry.platform.as_ref().is_none_or(|platform| platform.os.to_string() != "unknown");
    let entry = find("linux").or_else(|| index.manifests.iter().find(is_image));
    match entry {
        Some(entry) => Ok(Some(entry.digest.clone())),
        None => Err(Error::request(format!("{} is an index without an image", reference.familiar()))),
    }
}

/// The digest of an image's settings.
pub fn config_digest(manifest: &RawManifest, reference: &Reference) -> Result<String> {
    match parse(manifest, reference)? {
        OciManifest::Image(image) if is_digest(&image.config.digest) => Ok(image.config.digest),
        _ => Err(no_image(reference, "its manifest names no settings")),
    }
}

fn parse(manifest: &RawManifest, reference: &Reference) -> Result<OciManifest> {
    let known =
        [IMAGE_MANIFEST_MEDIA_TYPE, IMAGE_MANIFEST_LIST_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE];
    if !known.contains(&manifest.media_type.as_str()) {
        let reason = format!("its media type is {}", manifest.media_type);
        return Err(no_image(reference, &reason).help("push it anew with a current Docker"));
    }
    serde_json::from_slice(&manifest.bytes).map_err(|error| no_image(reference, &error.to_string()))
}

/// The labels in an image's settings.
pub fn labels(settings: &[u8], reference: &Reference) -> Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Settings {
        config: Option<Config>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Config {
        labels: Option<BTreeMap<String, String>>,
    }
    let settings: Settings =
        serde_json::from_slice(settings).map_err(|error| no_image(reference, &error.to_string()))?;
    Ok(settings.config.and_then(|config| config.labels).unwrap_or_default())
}

fn no_image(reference: &Reference, reason: &str) -> Error {
    Error::request(format!("{} is no image that keg can read", reference.familiar())).because(reason.to_owned())
}

#[cfg(test)]
#[path = "content/tests.rs"]
mod tests;
