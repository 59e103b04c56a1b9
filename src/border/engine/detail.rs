//! What the engine's list of images does not say.

use std::collections::BTreeMap;

use bollard::errors::Error as ApiError;

use super::Engine;
use crate::error::Result;
use crate::exec::ImageProcess;

/// What an image on the engine consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageDetail {
    /// The digests of its layers, the lowest first.
    pub layers: Vec<String>,
    /// Its id.
    pub id: String,
    /// The size in bytes, with its parents.
    pub size: u64,
    /// When it was built, in seconds since 1970.
    pub created: Option<i64>,
    /// What it runs on, as `linux/amd64`.
    pub platform: String,
    /// Its labels, those of its parents among them.
    pub labels: BTreeMap<String, String>,
    /// When it last got a tag on this engine, in seconds since 1970.
    pub last_tagged: Option<i64>,
}

impl Engine {
    /// The ports that an image says its containers listen on, as `80/tcp`, sorted; none if the engine has no such image.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn exposed_ports(&self, image: &str) -> Result<Vec<String>> {
        let found = match self.docker.inspect_image(image).await {
            Ok(found) => found,
            Err(ApiError::DockerResponseServerError { status_code: 404, .. }) => return Ok(Vec::new()),
            Err(error) => return Err(self.error(&format!("looking up {image} on the engine"), error)),
        };
        let mut ports = found.config.and_then(|config| config.exposed_ports).unwrap_or_default();
        ports.sort();
        Ok(ports)
    }

    /// What an image says of the processes in it; nothing if the engine has no such image.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn image_process(&self, image: &str) -> Result<ImageProcess> {
        let found = match self.docker.inspect_image(image).await {
            Ok(found) => found,
            Err(ApiError::DockerResponseServerError { status_code: 404, .. }) => return Ok(ImageProcess::default()),
            Err(error) => return Err(self.error(&format!("looking up {image} on the engine"), error)),
        };
        let config = found.config.unwrap_or_default();
        let env = config.env.unwrap_or_default().into_iter();
        let pair = |text: String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(ImageProcess { entrypoint: config.entrypoint.unwrap_or_default(), env: env.filter_map(pair).collect() })
    }

    /// What the image of this id consists of; `None` if the engine has none.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn image_detail(&self, id: &str) -> Result<Option<ImageDetail>> {
        let found = match self.docker.inspect_image(id).await {
            Ok(found) => found,
            Err(ApiError::DockerResponseServerError { status_code: 404, .. }) => return Ok(None),
            Err(error) => return Err(self.error(&format!("looking up {id} on the engine"), error)),
        };
        let last_tagged = found.metadata.and_then(|metadata| metadata.last_tag_time);
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        Ok(Some(ImageDetail {
            id: found.id.unwrap_or_default(),
            size: found.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            created: found.created.map(time::OffsetDateTime::unix_timestamp),
            platform: [found.os, found.architecture].map(Option::unwrap_or_default).join("/"),
            labels: labels.into_iter().collect(),
            layers: found.root_fs.and_then(|root| root.layers).unwrap_or_default(),
            last_tagged: last_tagged.map(time::OffsetDateTime::unix_timestamp),
        }))
    }
}
