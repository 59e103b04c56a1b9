//! From verdicts on names to what goes with them: images, steps and bytes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Freed, Kept, Pruning, Removed, Verdict, Verdicts};
use crate::observe::{Inventory, Name, Place, Shelf};
use crate::plan::{Action, Deletion, Doomed, Plan, Reason, Sighting, Step};
use crate::workspace::{ImageIndex, Workspace};

/// The plan that follows from the verdicts.
pub(super) fn pruning(
    workspace: &Workspace,
    inventory: &Inventory,
    judged: &[(&Shelf, Verdicts)],
    selected: &BTreeSet<ImageIndex>,
) -> Pruning {
    let mut pruning = Pruning::default();
    let on_engine = going_from_engine(judged);
    let mut in_registry = Vec::new();
    for (shelf, verdicts) in judged {
        let going = match shelf.place {
            Place::Engine => on_engine.clone(),
            Place::Registry => going_from_registry(shelf, verdicts),
        };
        if selected.contains(&shelf.image) {
            list(&mut pruning, workspace, inventory.now, shelf, verdicts, &going);
            add_step(&mut pruning.plan, workspace, shelf, verdicts, &going);
        }
        if shelf.place == Place::Registry {
            in_registry.push((*shelf, going));
        }
    }
    pruning.freed = Freed { engine: freed_on_engine(inventory, &on_engine), registry: freed_in_registry(&in_registry) };
    pruning
}

fn is_removed(verdicts: &Verdicts, name: &Name) -> bool {
    matches!(verdicts.get(name), Some(Verdict::Remove(_)))
}

/// Images of which every name goes.
fn without_names<'a>(shelf: &'a Shelf, verdicts: &Verdicts) -> BTreeSet<&'a str> {
    let staying: BTreeSet<&str> =
        shelf.names.iter().filter(|(name, _)| !is_removed(verdicts, name)).map(|(_, id)| id.as_str()).collect();
    shelf.names.values().map(String::as_str).filter(|id| !staying.contains(id)).collect()
}

/// Images that leave the engine: none of their names stays, also not as another image or in another repository.
fn going_from_engine<'a>(judged: &[(&'a Shelf, Verdicts)]) -> BTreeSet<&'a str> {
    let (mut going, mut staying) = (BTreeSet::new(), BTreeSet::new());
    for (shelf, verdicts) in judged.iter().filter(|(shelf, _)| shelf.place == Place::Engine) {
        for (name, id) in &shelf.names {
            let is_named_elsewhere = shelf.contents.get(id).is_some_and(|content| content.named_elsewhere);
            let stays = is_named_elsewhere || !is_removed(verdicts, name);
            if stays {
                staying.insert(id.as_str())
            } else {
                going.insert(id.as_str())
            };
        }
    }
    going.difference(&staying).copied().collect()
}

/// Images that leave a repository of the registry: none of their tags stays, and no index that stays names them.
fn going_from_registry<'a>(shelf: &'a Shelf, verdicts: &Verdicts) -> BTreeSet<&'a str> {
    let mut going = without_names(shelf, verdicts);
    loop {
        let staying = shelf.contents.iter().filter(|(id, _)| !going.contains(id.as_str()));
        let named: BTreeSet<&str> = staying.flat_map(|(_, content)| content.parts.iter().map(String::as_str)).collect();
        let before = going.len();
        going.retain(|id| !named.contains(id));
        if going.len() == before {
            return going;
        }
    }
}

fn list(
    pruning: &mut Pruning,
    workspace: &Workspace,
    now: i64,
    shelf: &Shelf,
    verdicts: &Verdicts,
    going: &BTreeSet<&str>,
) {
    let image = &workspace.image(shelf.image).name;
    let mut counted = BTreeSet::new();
    for (name, digest) in &shelf.names {
        let (Some(verdict), Some(content)) = (verdicts.get(name), shelf.contents.get(digest)) else { continue };
        match verdict {
            Verdict::Keep(because) => pruning.kept.push(Kept {
                place: shelf.place,
                image: image.clone(),
                name: name.clone(),
                because: because.clone(),
            }),
            Verdict::Remove(because) => {
                let goes = going.contains(digest.as_str()) && counted.insert(digest);
                pruning.removed.push(Removed {
                    place: shelf.place,
                    image: image.clone(),
                    name: name.clone(),
                    digest: digest.clone(),
                    age: (content.made > 0).then(|| now - content.made),
                    because: because.clone(),
                    size: goes.then_some(content.size),
                });
            }
        }
    }
}

/// One step for each image in each place: a thousand of them are shown and carried out as well as one.
fn add_step(plan: &mut Plan, workspace: &Workspace, shelf: &Shelf, verdicts: &Verdicts, going: &BTreeSet<&str>) {
    let removed = || shelf.names.iter().filter(|(name, _)| is_removed(verdicts, name));
    if removed().next().is_none() {
        return;
    }
    let sighting = |(name, digest): (&Name, &String)| Sighting {
        reference: name.reference(&shelf.repository),
        digest: digest.clone(),
    };
    let action = match shelf.place {
        Place::Engine => Action::Remove { names: removed().map(sighting).collect() },
        Place::Registry => Action::Delete(Box::new(Deletion {
            repository: shelf.repository.clone(),
            images: doomed(shelf, going),
            tags: removed().filter(|(_, digest)| !going.contains(digest.as_str())).map(sighting).collect(),
        })),
    };
    let subject = workspace.image(shelf.image).name.clone();
    plan.add(Step { subject, action, after: Vec::new(), reason: Reason::Leftover });
}

/// The images that go with all their tags, and what only their indexes name: it has no tag, so nobody would find it
/// again. Indexes come before what they name.
fn doomed(shelf: &Shelf, going: &BTreeSet<&str>) -> Vec<Doomed> {
    let staying = shelf.contents.iter().filter(|(digest, _)| !going.contains(digest.as_str()));
    let named: BTreeSet<&String> =
        staying.flat_map(|(digest, content)| [digest].into_iter().chain(&content.parts)).collect();
    let mut named_by: BTreeMap<&str, Vec<String>> = going.iter().map(|digest| (*digest, Vec::new())).collect();
    for index in going {
        let parts = shelf.contents.get(*index).map(|content| content.parts.as_slice()).unwrap_or_default();
        for part in parts.iter().filter(|part| !named.contains(part)) {
            named_by.entry(part).or_default().push((*index).to_owned());
        }
    }
    let tags = |digest: &str| -> Vec<String> {
        let names = shelf.names.iter().filter(|(_, other)| *other == digest);
        names.filter_map(|(name, _)| name.tag().map(str::to_owned)).collect()
    };
    let mut doomed: Vec<Doomed> = named_by
        .into_iter()
        .map(|(digest, named_by)| Doomed { tags: tags(digest), digest: digest.to_owned(), named_by })
        .collect();
    // What is named by more indexes lies deeper: an index in an index comes between the two.
    doomed.sort_by_key(|image| image.named_by.len());
    doomed
}

/// What the images that go have beside those on which they lie, unless an image that stays lies on them.
fn freed_on_engine(inventory: &Inventory, going: &BTreeSet<&str>) -> u64 {
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    for id in inventory.engine.keys().filter(|id| !going.contains(id.as_str())) {
        let mut next = Some(id.as_str());
        while let Some(id) = next.filter(|id| needed.insert(id)) {
            next = inventory.engine.get(id).and_then(|layers| layers.above.as_deref());
        }
    }
    let own = |id: &&str| {
        let layers = inventory.engine.get(*id)?;
        let below = layers.above.as_ref().and_then(|id| inventory.engine.get(id)).map_or(0, |below| below.size);
        Some(layers.size.saturating_sub(below))
    };
    going.iter().filter(|id| !needed.contains(*id)).filter_map(own).sum()
}

/// What no image that stays has, in whichever repository: registries keep the same content once.
fn freed_in_registry(shelves: &[(&Shelf, BTreeSet<&str>)]) -> u64 {
    let blobs = |goes: bool| {
        shelves.iter().flat_map(move |(shelf, going)| {
            let contents = shelf.contents.iter().filter(move |(digest, _)| going.contains(digest.as_str()) == goes);
            contents.flat_map(|(_, content)| content.blobs.iter().map(|(digest, size)| (&**digest, *size)))
        })
    };
    let staying: BTreeSet<&str> = blobs(false).map(|(digest, _)| digest).collect();
    let freed: BTreeMap<&str, u64> = blobs(true).filter(|(digest, _)| !staying.contains(digest)).collect();
    freed.values().sum()
}
