//! What a manifest in a registry keeps alive, and when its image was made: for those who clean up.

use std::collections::BTreeMap;

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Registry;
use crate::error::Result;
use crate::reference::{Reference, is_digest};

/// No image has longer settings.
const LARGEST_SETTINGS: u64 = 8 << 20;

/// A manifest or index, without what only those need who run it. Of what is neither only the size is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredManifest {
    /// The manifest's own size in bytes.
    pub size: u64,
    /// The image's settings, as a blob.
    pub config: Option<Blob>,
    /// Layers.
    pub layers: Vec<Blob>,
    /// The digests of the manifests that an index names.
    pub manifests: Vec<String>,
}

/// Content by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// The digest.
    pub digest: String,
    /// The size in bytes.
    pub size: u64,
}

/// What an image says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageSettings {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// When its last layer was made, in seconds since 1970.
    pub created: Option<i64>,
}

impl Registry {
    /// What a manifest keeps alive, by a digest that the registry has just named; `None` where the registry does not
    /// have it. Who cleans up reads a whole registry, so nothing of it is put into the user's cache.
    ///
    /// # Errors
    /// The registry is out of reach or refuses.
    pub async fn stored_manifest(&self, reference: &Reference) -> Result<Option<StoredManifest>> {
        if let Some(bytes) = reference.digest().and_then(|digest| self.0.store.get(digest)) {
            return Ok(Some(parse(&bytes)));
        }
        Ok(self.fetch_manifest(reference).await?.map(|manifest| parse(&manifest.bytes)))
    }

    /// The settings of an image. What is missing or cannot be read says nothing: registries hold other things than
    /// images too.
    ///
    /// # Errors
    /// The registry is out of reach or refuses.
    pub async fn image_settings(&self, repository: &Reference, config: &Blob) -> Result<ImageSettings> {
        if config.size > LARGEST_SETTINGS {
            return Ok(ImageSettings::default());
        }
        let text = match self.0.store.get(&config.digest) {
            Some(text) => Some(text),
            None => self.fetch_settings(repository, &config.digest).await?,
        };
        Ok(text.map(|text| parse_settings(&text)).unwrap_or_default())
    }
}

fn parse(bytes: &[u8]) -> StoredManifest {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Manifest {
        config: Option<Descriptor>,
        layers: Vec<Descriptor>,
        manifests: Vec<Descriptor>,
    }
    #[derive(Deserialize)]
    struct Descriptor {
        digest: String,
        #[serde(default)]
        size: u64,
    }
    let manifest: Manifest = serde_json::from_slice(bytes).unwrap_or_default();
    let blob = |descriptor: Descriptor| Blob { digest: descriptor.digest, size: descriptor.size };
    StoredManifest {
        size: bytes.len() as u64,
        config: manifest.config.map(blob).filter(|config| is_digest(&config.digest)),
        layers: manifest.layers.into_iter().map(blob).collect(),
        manifests: manifest
            .manifests
            .into_iter()
            .map(|manifest| manifest.digest)
            .filter(|digest| is_digest(digest))
            .collect(),
    }
}

fn parse_settings(bytes: &[u8]) -> ImageSettings {
    #[derive(Deserialize, Default)]
    struct Settings {
        created: Option<String>,
        config: Option<Config>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Config {
        labels: Option<BTreeMap<String, String>>,
    }
    let settings: Settings = serde_json::from_slice(bytes).unwrap_or_default();
    let created = settings.created.and_then(|text| OffsetDateTime::parse(&text, &Rfc3339).ok());
    ImageSettings {
        labels: settings.config.and_then(|config| config.labels).unwrap_or_default(),
        created: created.map(OffsetDateTime::unix_timestamp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_and_indexes() {
        let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
        let (one, two) = (digest("1"), digest("2"));
        let image = format!(
            r#"{{"schemaVersion":2,"config":{{"digest":"{one}","size":7}},"layers":[{{"digest":"{two}","size":9,"urls":[]}}]}}"#
        );
        assert_eq!(
            parse(image.as_bytes()),
            StoredManifest {
                size: image.len() as u64,
                config: Some(Blob { digest: one.clone(), size: 7 }),
                layers: vec![Blob { digest: two, size: 9 }],
                manifests: Vec::new(),
            }
        );
        let index = format!(r#"{{"manifests":[{{"digest":"{one}"}},{{"digest":"no digest"}}]}}"#);
        assert_eq!(parse(index.as_bytes()).manifests, [one]);
        for other in ["", "[]", r#"{"config":7}"#, r#"{"fsLayers":[]}"#, r#"{"config":{"digest":"../x"}}"#] {
            assert_eq!(
                parse(other.as_bytes()),
                StoredManifest { size: other.len() as u64, ..StoredManifest::default() }
            );
        }
    }

    #[test]
    fn labels_and_time() {
        let text = r#"{"created":"2026-11-20T12:00:00.123Z","config":{"Labels":{"a":"b"}}}"#;
        let expected =
            ImageSettings { labels: BTreeMap::from([("a".into(), "b".into())]), created: Some(1_795_176_000) };
        assert_eq!(parse_settings(text.as_bytes()), expected);
        for other in ["", "{}", r#"{"created":"soon","config":{"Labels":null}}"#, r#"{"config":null}"#] {
            assert_eq!(parse_settings(other.as_bytes()), ImageSettings::default(), "{other}");
        }
    }
}
