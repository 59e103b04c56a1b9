//! What the registry has: tags, then each manifest once, then the settings of each image once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt};

use super::{Content, Facts, Maker, Name, Place, Reader, Shelf};
use crate::border::registry::{Blob, StoredManifest};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::observe::LOOK_UPS;
use crate::workspace::ImageIndex;

/// A tag or digest in the repository of an image.
type InRepository = (ImageIndex, String);

/// What the registry has of each image. Only digests, sizes and a few labels are kept of what it answers.
pub(super) async fn read(reader: &Reader<'_>, events: &Events) -> Result<Vec<Shelf>> {
    events.step("read registry", "registry", "reading", read_all(reader)).await
}

async fn read_all(reader: &Reader<'_>) -> Result<Vec<Shelf>> {
    let named = read_tags(reader).await?;
    let manifests = read_manifests(reader, &named).await?;
    let facts = read_settings(reader, &manifests).await?;
    let mut shelves: BTreeMap<ImageIndex, Shelf> = BTreeMap::new();
    let mut builder = ContentBuilder { reader, manifests: &manifests, facts: &facts, digests: HashSet::new() };
    for ((index, tag), digest) in named {
        let shelf = shelves.entry(index).or_insert_with(|| Shelf {
            place: Place::Registry,
            image: index,
            repository: reader.workspace.repository(index),
            names: BTreeMap::new(),
            contents: BTreeMap::new(),
        });
        if !shelf.contents.contains_key(&digest) {
            let Some(content) = builder.content(index, &digest) else { continue };
            shelf.contents.insert(digest.clone(), content);
        }
        shelf.names.insert(Name::Tag(tag), digest);
    }
    Ok(shelves.into_values().collect())
}

/// All tags with the digests that they name.
async fn read_tags(reader: &Reader<'_>) -> Result<BTreeMap<InRepository, String>> {
    let registry = &reader.borders.registry;
    let images = reader.workspace.named().map(|(index, _)| index);
    let tags = all(images, |index| async move {
        let tags = registry.tags(&reader.workspace.repository(index)).await?.unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (index, tag)).collect::<Vec<_>>())
    });
    let named = all(tags.await?.into_iter().flatten(), |(index, tag)| async move {
        // A tag whose manifest is gone is none.
        let found = registry.head(&reader.workspace.repository(index).with_tag(&tag)).await?;
        Ok(found.map(|manifest| ((index, tag), manifest.digest)))
    });
    Ok(named.await?.into_iter().flatten().collect())
}

/// Each manifest that a tag names or an index that a tag names, and so on.
async fn read_manifests(
    reader: &Reader<'_>,
    named: &BTreeMap<InRepository, String>,
) -> Result<BTreeMap<InRepository, StoredManifest>> {
    let registry = &reader.borders.registry;
    let mut manifests: BTreeMap<InRepository, StoredManifest> = BTreeMap::new();
    let mut wanted: BTreeSet<InRepository> =
        named.iter().map(|((index, _), digest)| (*index, digest.clone())).collect();
    let mut asked = BTreeSet::new();
    while !wanted.is_empty() {
        let found = all(wanted.clone(), |(index, digest)| async move {
            let found = registry.stored_manifest(&reader.workspace.repository(index).by_digest(&digest)).await?;
            Ok(found.map(|manifest| ((index, digest), manifest)))
        });
        let found: Vec<_> = found.await?.into_iter().flatten().collect();
        asked.append(&mut wanted);
        let parts = found
            .iter()
            .flat_map(|((index, _), manifest)| manifest.manifests.iter().map(|digest| (*index, digest.clone())));
        wanted.extend(parts.filter(|part| !asked.contains(part)));
        manifests.extend(found);
    }
    Ok(manifests)
}

/// What each image says of itself, by the digest of its settings.
async fn read_settings(
    reader: &Reader<'_>,
    manifests: &BTreeMap<InRepository, StoredManifest>,
) -> Result<HashMap<String, Facts>> {
    let registry = &reader.borders.registry;
    let by_repository = &reader.by_repository();
    let configs = manifests.iter().filter_map(|((index, _), manifest)| Some((*index, manifest.config.clone()?)));
    let configs: BTreeMap<String, (ImageIndex, Blob)> =
        configs.map(|(index, config)| (config.digest.clone(), (index, config))).collect();
    let facts = all(configs, |(digest, (index, config))| async move {
        let settings = registry.image_settings(&reader.workspace.repository(index), &config).await?;
        Ok((digest, Reader::facts(&settings.labels, settings.created.unwrap_or_default(), by_repository)))
    });
    Ok(facts.await?.into_iter().collect())
}

/// Asks for all `items`, no more than [`LOOK_UPS`] of them at a time.
async fn all<I, T, F: Future<Output = Result<T>>>(
    items: impl IntoIterator<Item = I>,
    ask: impl Fn(I) -> F,
) -> Result<Vec<T>, Error> {
    futures_util::stream::iter(items.into_iter().map(ask)).buffer_unordered(LOOK_UPS).try_collect().await
}

/// Puts together what was read.
struct ContentBuilder<'a> {
    reader: &'a Reader<'a>,
    manifests: &'a BTreeMap<InRepository, StoredManifest>,
    facts: &'a HashMap<String, Facts>,
    /// Each digest is kept once: images share most of their layers.
    digests: HashSet<Arc<str>>,
}

impl ContentBuilder<'_> {
    /// The image or index of this digest. An index is what its images are.
    fn content(&mut self, index: ImageIndex, digest: &str) -> Option<Content> {
        self.manifests.get(&(index, digest.to_owned()))?;
        let mut digests = vec![digest.to_owned()];
        let mut place = 0;
        while let Some(next) = digests.get(place).cloned() {
            let parts = self.manifests.get(&(index, next)).map(|manifest| manifest.manifests.as_slice());
            for part in parts.unwrap_or_default() {
                if !digests.contains(part) {
                    digests.push(part.clone());
                }
            }
            place += 1;
        }
        let mut blobs: BTreeMap<Arc<str>, u64> = BTreeMap::new();
        let (mut maker, mut made) = (Maker::Other, 0);
        for digest in &digests {
            let Some(manifest) = self.manifests.get(&(index, digest.clone())) else { continue };
            blobs.insert(self.shared(digest), manifest.size);
            for blob in manifest.config.iter().chain(&manifest.layers) {
                blobs.insert(self.shared(&blob.digest), blob.size);
            }
            let Some(facts) = manifest.config.as_ref().and_then(|config| self.facts.get(&config.digest)) else {
                continue;
            };
            made = made.max(self.reader.made(index, facts));
            if maker == Maker::Other {
                maker = self.reader.maker(index, facts);
            }
        }
        let size = blobs.values().sum();
        digests.remove(0);
        Some(Content {
            maker,
            made,
            size,
            used_by: None,
            named_elsewhere: false,
            blobs: blobs.into_iter().collect(),
            parts: digests,
        })
    }

    fn shared(&mut self, digest: &str) -> Arc<str> {
        if let Some(known) = self.digests.get(digest) {
            return known.clone();
        }
        let new: Arc<str> = digest.into();
        self.digests.insert(new.clone());
        new
    }
}
