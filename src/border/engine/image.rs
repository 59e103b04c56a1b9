//! Images on the engine.

use std::collections::BTreeMap;

use bollard::errors::Error as ApiError;
use bollard::query_parameters::{ListImagesOptionsBuilder, RemoveImageOptionsBuilder, TagImageOptionsBuilder};

use super::Engine;
use crate::error::Result;
use crate::reference::Reference;

/// An image on the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineImage {
    /// `sha256:…`
    pub id: String,
    /// References that point at it, in Docker's short form: `web:develop`.
    pub tags: Vec<String>,
    /// What registries call it: `localhost:5000/web@sha256:…`.
    pub repo_digests: Vec<String>,
    /// Its labels, those of its parents among them.
    pub labels: BTreeMap<String, String>,
    /// The size in bytes, with its parents.
    pub size: u64,
    /// When it was built, in seconds since 1970.
    pub created: i64,
}

impl Engine {
    /// All images that have a name or are used by none, in one call.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn images(&self) -> Result<Vec<EngineImage>> {
        let options = ListImagesOptionsBuilder::default().digests(true).build();
        let images = self.docker.list_images(Some(options)).await;
        let images = images.map_err(|error| self.error("listing the engine's images", error))?;
        let images = images.into_iter().map(|image| {
            let tags = named(image.repo_tags);
            EngineImage {
                repo_digests: of_each_repository(&image.id, &tags, named(image.repo_digests)),
                id: image.id,
                tags,
                labels: image.labels.into_iter().collect(),
                size: u64::try_from(image.size).unwrap_or_default(),
                created: image.created,
            }
        });
        Ok(images.collect())
    }

    /// The image that `image` means: a reference or an id. `None` if the engine has none.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn inspect(&self, image: &str) -> Result<Option<EngineImage>> {
        let found = match self.docker.inspect_image(image).await {
            Ok(found) => found,
            Err(ApiError::DockerResponseServerError { status_code: 404, .. }) => return Ok(None),
            Err(error) => return Err(self.error(&format!("looking up {image} on the engine"), error)),
        };
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        Ok(Some(EngineImage {
            id: found.id.unwrap_or_default(),
            tags: named(found.repo_tags.unwrap_or_default()),
            repo_digests: named(found.repo_digests.unwrap_or_default()),
            labels: labels.into_iter().collect(),
            size: found.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            created: found.created.map_or(0, time::OffsetDateTime::unix_timestamp),
        }))
    }

    /// Points `reference` at `image`, a reference or an id.
    ///
    /// # Errors
    /// The engine has no such image, or is out of reach.
    pub async fn tag(&self, image: &str, reference: &Reference) -> Result<()> {
        let reference = reference.with_default_tag();
        let options = TagImageOptionsBuilder::default()
            .repo(&reference.repository())
            .tag(reference.tag().unwrap_or_default())
            .build();
        let tagged = self.docker.tag_image(image, Some(options)).await;
        tagged.map_err(|error| self.error(&format!("tagging {image} as {}", reference.familiar()), error))
    }

    /// Takes `reference` away. The image goes with its last reference, its untagged parents stay.
    /// A reference that the engine does not have is no error.
    ///
    /// # Errors
    /// A container uses the image and this is its last reference, or the engine is out of reach.
    pub async fn untag(&self, reference: &Reference) -> Result<()> {
        let name = reference.with_default_tag().to_string();
        self.remove(&name, false, true).await
    }

    /// Removes the image that `image` means with all its references, and parents that nothing else needs.
    /// An image that the engine does not have is no error.
    ///
    /// # Errors
    /// A container uses it, other images are built on it, or the engine is out of reach.
    pub async fn remove_image(&self, image: &str) -> Result<()> {
        let id = match self.inspect(image).await? {
            Some(found) => found.id,
            None => return Ok(()),
        };
        self.remove(&id, true, false).await
    }

    /// Removes an image that has no reference; what it is built on stays.
    ///
    /// # Errors
    /// A container uses it, other images are built on it, or the engine is out of reach.
    pub async fn remove_untagged(&self, id: &str) -> Result<()> {
        self.remove(id, false, true).await
    }

    async fn remove(&self, image: &str, force: bool, keep_parents: bool) -> Result<()> {
        let options = RemoveImageOptionsBuilder::default().force(force).noprune(keep_parents).build();
        match self.docker.remove_image(image, Some(options), None).await {
            Ok(_) | Err(ApiError::DockerResponseServerError { status_code: 404, .. }) => Ok(()),
            Err(error) => Err(self.error(&format!("removing {image} from the engine"), error)),
        }
    }
}

/// Without the placeholders that old engines give to images that have no name.
fn named(names: Vec<String>) -> Vec<String> {
    names.into_iter().filter(|name| !name.starts_with("<none>")).collect()
}

/// The digests of an image in each repository that it has a tag in. An engine that keeps images in containerd calls each
/// one by the digest that registries know, and lists that for one repository alone.
fn of_each_repository(id: &str, tags: &[String], mut digests: Vec<String>) -> Vec<String> {
    let is_known_by_id = digests.iter().any(|known| known.split_once('@').is_some_and(|(_, digest)| digest == id));
    for tag in tags.iter().filter(|_| is_known_by_id) {
        let Some((repository, _)) = tag.rsplit_once(':') else { continue };
        let digest = format!("{repository}@{id}");
        if !digests.contains(&digest) {
            digests.push(digest);
        }
    }
    digests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_in_containerd_has_its_digest_in_each_repository() {
        let tags = ["localhost:5000/debian:12", "debian:12", "debian:bookworm"].map(str::to_owned);
        let digests = |digest: &str| of_each_repository("sha256:1", &tags, vec![format!("debian@{digest}")]);
        assert_eq!(digests("sha256:1"), ["debian@sha256:1", "localhost:5000/debian@sha256:1"]);
        // Elsewhere the id is of the image's settings, and nothing follows from it.
        assert_eq!(digests("sha256:2"), ["debian@sha256:2"]);
    }
}
