//! Which platforms an image is for.

use serde::Deserialize;

use super::{Registry, content};
use crate::error::Result;
use crate::reference::Reference;

/// What an image or an index is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Platforms {
    /// The platforms, as `linux/arm64/v8`.
    pub names: Vec<String>,
    /// Whether it is an index, of an image for each.
    pub is_index: bool,
}

/// A platform, as indexes and the settings of images have it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Platform {
    os: String,
    architecture: String,
    variant: String,
}

impl Registry {
    /// The platforms of an image or index; `None` where the registry has neither.
    ///
    /// # Errors
    /// The registry is out of reach or refuses.
    pub async fn platforms(&self, reference: &Reference) -> Result<Option<Platforms>> {
        let Some(manifest) = self.manifest(reference).await? else { return Ok(None) };
        if let Some(names) = of_index(&manifest.bytes) {
            return Ok(Some(Platforms { names, is_index: true }));
        }
        let settings = content::config_digest(&manifest, reference)?;
        let settings = match self.0.store.get(&settings) {
            Some(settings) => Some(settings),
            None => self.fetch_settings(reference, &settings).await?,
        };
        let platform = settings.and_then(|settings| serde_json::from_slice::<Platform>(&settings).ok());
        Ok(Some(Platforms {
            names: platform.and_then(|platform| platform.name()).into_iter().collect(),
            is_index: false,
        }))
    }
}

impl Platform {
    fn name(&self) -> Option<String> {
        // What says how an image was made stands in an index beside it, for the platform `unknown`.
        let is_known = !self.os.is_empty() && self.os != "unknown";
        let variant = if self.variant.is_empty() { String::new() } else { format!("/{}", self.variant) };
        is_known.then(|| format!("{}/{}{variant}", self.os, self.architecture))
    }
}

/// The platforms that an index names, each once; `None` where it is none.
fn of_index(bytes: &[u8]) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Index {
        manifests: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        #[serde(default)]
        platform: Platform,
    }
    let index: Index = serde_json::from_slice(bytes).ok()?;
    let mut names: Vec<String> = index.manifests.iter().filter_map(|entry| entry.platform.name()).collect();
    names.sort();
    names.dedup();
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_of_an_index() {
        let index = r#"{"manifests": [
            {"digest": "x", "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
            {"digest": "y", "platform": {"os": "linux", "architecture": "amd64"}},
            {"digest": "z", "platform": {"os": "unknown", "architecture": "unknown"}},
            {"digest": "none"}]}"#;
        assert_eq!(of_index(index.as_bytes()).unwrap(), ["linux/amd64", "linux/arm64/v8"]);
        assert_eq!(of_index(br#"{"config": {}}"#), None);
    }
}
