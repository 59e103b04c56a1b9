//! Tags that are made of what commands print in built images: those that were found before are known without the image.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt};

use crate::error::{Error, Result};
use crate::key::Key;
use crate::observe::{Borders, LOOK_UPS, Observed, ObservedImage, RegistryUse, Scope};
use crate::reference::Reference;
use crate::versions::{self, Found, MEDIA_TYPE, Versions};
use crate::workspace::{ImageIndex, Workspace};

/// Puts the tags that are known into `observed`, and gives them. What is left has to be found in the image.
///
/// A record of this machine counts; of an image that only the registry has, also that which lies beside it there.
///
/// # Errors
/// The registry is out of reach or refuses.
pub(super) async fn read_versions(
    workspace: &Workspace,
    borders: &Borders,
    scope: &Scope,
    keys: &BTreeMap<ImageIndex, Key>,
    observed: &mut Observed,
) -> Result<BTreeSet<Reference>> {
    let has_rules = |(index, image): (&ImageIndex, &ObservedImage)| (!image.rules.is_empty()).then_some(*index);
    let images: Vec<ImageIndex> = observed.images.iter().filter_map(has_rules).collect();
    let mut known: BTreeMap<ImageIndex, Vec<Found>> = BTreeMap::new();
    let mut elsewhere = Vec::new();
    for index in images {
        let Some(key) = keys.get(&index) else { continue };
        let repository = workspace.repository(index);
        let is_local = observed.engine.with_key(&repository, key).is_some();
        let published = observed.published_with_key(workspace, index, key);
        // What is built anew may print something else, also under the same key.
        let is_rebuilt = scope.rebuild && scope.selected.contains(&index);
        if is_rebuilt || (!is_local && published.is_none()) {
            continue;
        }
        let build = observed.build_identity(workspace, index, key);
        let found = Versions::read(&workspace.root, &workspace.image(index).name, &build);
        let rules = &observed.images[&index].rules;
        let is_known = |rule: &crate::tagging::TagRule| {
            rule.finder.as_ref().is_none_or(|finder| versions::groups_of(&found, finder).is_some())
        };
        if let (false, Some((_, published))) = (is_local || rules.iter().all(is_known), published)
            && scope.registry == RegistryUse::Required
            && scope.selected.contains(&index)
        {
            elsewhere.push((index, repository.by_digest(&published.digest)));
        }
        known.insert(index, found);
    }
    let asked = elsewhere.iter().map(|(index, image)| async move {
        let records = borders.registry.artifacts(image, MEDIA_TYPE).await?;
        Ok::<_, Error>((*index, records.iter().flat_map(|text| versions::from_json(text)).collect::<Vec<_>>()))
    });
    let asked: Vec<_> = asked.collect();
    let there: Vec<_> = futures_util::stream::iter(asked).buffer_unordered(LOOK_UPS).try_collect().await?;
    for (index, found) in there {
        versions::add(known.entry(index).or_default(), found);
    }
    let mut tags = BTreeSet::new();
    for (index, found) in known {
        let Some(image) = observed.images.get_mut(&index) else { continue };
        let repository = workspace.repository(index);
        tags.extend(image.take_known(found).iter().map(|tag| repository.with_tag(tag)));
    }
    Ok(tags)
}

impl ObservedImage {
    /// Makes tags of what was found in the image, as far as there are rules for it, and gives those that are new.
    pub(super) fn take_known(&mut self, found: Vec<Found>) -> Vec<String> {
        let mut new = Vec::new();
        let (values, tags) = (&self.values, &mut self.tags);
        self.rules.retain(|rule| {
            let groups = rule.finder.as_ref().and_then(|finder| versions::groups_of(&found, finder));
            // What gives no tag is told when its command is run.
            let Some(tag) = groups.and_then(|groups| rule.tag(values, groups).ok()) else { return true };
            if !tags.contains(&tag) {
                tags.push(tag.clone());
                new.push(tag);
            }
            false
        });
        self.found = found;
        new
    }
}
