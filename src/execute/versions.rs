//! Tags that are found in images while a plan is carried out.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::border::registry::{Artifact, Registry};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::plan::{FoundTags, Move, Plan, VersionAction};
use crate::reference::Reference;
use crate::versions::{self, Found, MEDIA_TYPE, Versions};

/// What a run has found.
#[derive(Debug, Default)]
pub struct FoundVersions(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The image that each tag is for.
    owners: BTreeMap<Reference, String>,
    /// What was found in each image, and which build of it that is.
    images: BTreeMap<String, (String, FoundTags)>,
}

impl FoundVersions {
    /// For a run in which images get tags that are known before.
    pub fn new(plan: &Plan) -> Self {
        let tags = |image: &crate::plan::PlannedImage| {
            let name = image.full_name();
            image.tags.iter().map(|tag| (tag.clone(), name.clone())).collect::<Vec<_>>()
        };
        let owners = plan.images.iter().flat_map(tags).collect();
        Self(Mutex::new(State { owners, ..State::default() }))
    }

    /// Takes what a command has given.
    ///
    /// # Errors
    /// A tag would name two variants of an image.
    pub fn add(&self, action: &VersionAction, new: FoundTags) -> Result<()> {
        let (image, mut state) = (&action.command.image, self.lock());
        for tag in &new.tags {
            let owner = state.owners.entry(tag.clone()).or_insert_with(|| image.clone());
            if owner != image {
                return Err(Error::failed(format!(
                    "the tag `{}` of {image}, found by `{}`, would be that of {owner} too",
                    tag.tag().unwrap_or_default(),
                    action.command.test.name
                ))
                .help("put the plan into `format`, as `{prefix}-…`, or name one plan with --plan"));
            }
        }
        let (_, all) =
            state.images.entry(image.clone()).or_insert_with(|| (action.build.clone(), FoundTags::default()));
        all.tags.extend(new.tags);
        all.fixed.extend(new.fixed);
        all.found.extend(new.found);
        Ok(())
    }

    /// The tags of an image that were found.
    pub fn tags(&self, image: &str) -> Vec<Reference> {
        self.lock().images.get(image).map(|(_, found)| found.tags.clone()).unwrap_or_default()
    }

    /// The tags of all images that were found.
    pub fn all_tags(&self) -> BTreeMap<String, Vec<Reference>> {
        self.lock().images.iter().map(|(image, (_, found))| (image.clone(), found.tags.clone())).collect()
    }

    /// What is to be remembered, each with the image's name.
    pub fn records(&self) -> Vec<(String, Versions)> {
        let record = |(image, (build, found)): (&String, &(String, FoundTags))| {
            let name = image.split(" [").next().unwrap_or(image).to_owned();
            (name, Versions { build: build.clone(), found: found.found.clone() })
        };
        self.lock().images.iter().map(record).collect()
    }

    /// The moves with the tags that were found.
    pub fn put_into(&self, moves: &[Move]) -> Vec<Move> {
        let mut moves = moves.to_vec();
        let state = self.lock();
        for one in moves.iter_mut().filter(|one| !one.told.is_empty()) {
            let Some((_, found)) = state.images.get(&one.image) else { continue };
            let new: Vec<Reference> = found.tags.iter().filter(|tag| !one.tags.contains(tag)).cloned().collect();
            one.tags.extend(new);
            one.fixed.extend(found.fixed.iter().cloned());
            versions::add(&mut one.found, found.found.iter().cloned());
        }
        moves
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores what was found beside images that are published, so that machines without them know it too. What cannot be
/// stored is only said: the tags have moved.
pub async fn store(
    registry: &Registry,
    moves: &[Move],
    uploaded: impl Fn(&Reference) -> Option<String>,
    events: &Events,
) {
    let mut refused = Vec::new();
    for one in moves.iter().filter(|one| !one.found.is_empty()) {
        let Some(digest) = one.digest.clone().or_else(|| uploaded(&one.from)) else { continue };
        if let Err(error) = store_one(registry, &one.from.by_digest(&digest), &one.found).await {
            refused.push((one.image.as_str(), error.one_line()));
        }
    }
    let Some((_, reason)) = refused.first() else { return };
    let images = refused.iter().map(|(image, _)| *image).collect::<Vec<_>>().join(", ");
    events.note(format!(
        "the versions of {images} are not stored beside them, so other machines will pull them to find them: {reason}"
    ));
}

async fn store_one(registry: &Registry, image: &Reference, found: &[Found]) -> Result<()> {
    let Some(subject) = registry.head(image).await? else { return Ok(()) };
    let files = vec![("versions.json".to_owned(), MEDIA_TYPE, versions::to_json(found)?)];
    registry.put_artifact(image, &subject, &Artifact { kind: MEDIA_TYPE, files }).await.map(|_| ())
}
