//! What the engine has.

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, TryStreamExt};

use super::{Content, EngineLayers, Maker, Name, Place, Reader, Shelf};
use crate::border::engine::{EngineImage, ImageDetail};
use crate::error::{Error, Result};
use crate::observe::LOOK_UPS;
use crate::reference::Reference;
use crate::workspace::ImageIndex;

/// What the engine has of each image that keg made, and how all its images lie upon each other.
pub(super) async fn read(reader: &Reader<'_>) -> Result<(Vec<Shelf>, BTreeMap<String, EngineLayers>)> {
    let engine = &reader.borders.engine;
    let (images, containers) = tokio::join!(engine.images(), engine.containers(&[]));
    let (images, containers) = (images?, containers?);
    let used: HashMap<&str, &str> =
        containers.iter().map(|container| (container.image_id.as_str(), container.name.as_str())).collect();
    let details = images.iter().map(|image| async move {
        // One that has gone meanwhile needs no look.
        let detail = engine.image_detail(&image.id).await?.unwrap_or_default();
        Ok::<_, Error>((image.id.clone(), detail))
    });
    let details = details.collect::<Vec<_>>();
    let details: BTreeMap<String, ImageDetail> =
        futures_util::stream::iter(details).buffer_unordered(LOOK_UPS).try_collect().await?;

    let by_repository = reader.by_repository();
    let mut shelves: BTreeMap<ImageIndex, Shelf> = BTreeMap::new();
    for image in &images {
        let labels = image.labels.clone().into_iter().collect();
        let facts = Reader::facts(&labels, image.created, &by_repository);
        let names = names(image, &by_repository);
        let named_elsewhere = names.len() < image.tags.len();
        for (index, name) in names {
            let maker = reader.maker(index, &facts);
            if maker == Maker::Other {
                continue;
            }
            let shelf = shelves.entry(index).or_insert_with(|| Shelf {
                place: Place::Engine,
                image: index,
                repository: reader.workspace.repository(index),
                names: BTreeMap::new(),
                contents: BTreeMap::new(),
            });
            shelf.names.insert(name, image.id.clone());
            let last_tagged = details.get(&image.id).and_then(|detail| detail.last_tagged).unwrap_or_default();
            shelf.contents.entry(image.id.clone()).or_insert_with(|| Content {
                maker,
                made: reader.made(index, &facts).max(last_tagged),
                size: image.size,
                used_by: used.get(image.id.as_str()).map(|name| (*name).to_owned()),
                named_elsewhere,
                blobs: Vec::new(),
                parts: Vec::new(),
            });
        }
    }
    Ok((shelves.into_values().collect(), layers(&images, &details)))
}

/// The names that an image has in repositories of the workspace: its tags; where it has none at all, its digests.
fn names(image: &EngineImage, by_repository: &BTreeMap<String, ImageIndex>) -> Vec<(ImageIndex, Name)> {
    let texts = if image.tags.is_empty() { &image.repo_digests } else { &image.tags };
    let own = texts.iter().filter_map(|text| {
        let reference = Reference::parse(text).ok()?;
        let index = *by_repository.get(&reference.repository())?;
        let name = match (reference.digest(), reference.tag()) {
            (Some(digest), _) => Name::Digest(digest.to_owned()),
            (None, tag) => Name::Tag(tag.unwrap_or("latest").to_owned()),
        };
        Some((index, name))
    });
    own.collect()
}

/// Which image lies on which: the layers of the lower one are the first of the upper one.
fn layers(images: &[EngineImage], details: &BTreeMap<String, ImageDetail>) -> BTreeMap<String, EngineLayers> {
    let mut by_layers: HashMap<&[String], &str> = HashMap::new();
    for (id, detail) in details.iter().filter(|(_, detail)| !detail.layers.is_empty()) {
        by_layers.entry(&detail.layers).or_insert(id);
    }
    let above = |id: &str| {
        let layers = &details.get(id)?.layers;
        let lower = (1..=layers.len()).rev().filter_map(|length| by_layers.get(&layers[..length]));
        lower.copied().find(|other| *other != id).map(str::to_owned)
    };
    images.iter().map(|image| (image.id.clone(), EngineLayers { size: image.size, above: above(&image.id) })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(id: &str, size: u64) -> EngineImage {
        EngineImage {
            id: id.to_owned(),
            tags: Vec::new(),
            repo_digests: Vec::new(),
            labels: BTreeMap::new(),
            size,
            created: 0,
        }
    }

    #[test]
    fn images_lie_on_the_nearest_that_has_their_lower_layers() {
        let table = [("base", "1"), ("hub", "12"), ("other", "13"), ("tap", "1234"), ("twin", "12"), ("empty", "")];
        let images: Vec<EngineImage> = table.iter().map(|(id, _)| image(id, 0)).collect();
        let details = table.map(|(id, layers)| {
            let layers = layers.chars().map(String::from).collect();
            (id.to_owned(), ImageDetail { layers, ..ImageDetail::default() })
        });
        let found = layers(&images, &details.into());
        let found: Vec<String> = found
            .iter()
            .map(|(id, layers)| format!("{id} on {}", layers.above.as_deref().unwrap_or("nothing")))
            .collect();
        let expected =
            ["base on nothing", "empty on nothing", "hub on base", "other on base", "tap on hub", "twin on hub"];
        assert_eq!(found, expected);
    }

    #[test]
    fn only_own_names_count() {
        let by_repository = BTreeMap::from([("localhost:5000/team/web".to_owned(), ImageIndex(3))]);
        let digest = format!("sha256:{}", "1".repeat(64));
        let mut both = image("a", 0);
        both.tags = vec!["localhost:5000/team/web:main".into(), "web:main".into(), "localhost:5000/team/api:x".into()];
        both.repo_digests = vec![format!("localhost:5000/team/web@{digest}")];
        assert_eq!(names(&both, &by_repository), [(ImageIndex(3), Name::Tag("main".into()))]);
        both.tags.clear();
        assert_eq!(names(&both, &by_repository), [(ImageIndex(3), Name::Digest(digest))]);
        both.tags = vec!["web:main".into()];
        assert_eq!(names(&both, &by_repository), []);
    }
}
