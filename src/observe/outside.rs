//! The images from outside the workspace: what they are locked to, and what their registries have now.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Kind, Result, nearest};
use crate::lock;
use crate::observe::LOOK_UPS;
use crate::observe::{self, Borders, LocalOrigin, Observed, OutsideImage};
use crate::reference::Reference;
use crate::workspace::{ImageIndex, Parent, ParentImage, Workspace};

/// How long registries are waited for that may have what the engine has anyway.
const LIMIT: Duration = Duration::from_secs(3);

/// Who is asked about an outside image that keg.lock does not name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutsideUse {
    /// The engine, else its registry.
    #[default]
    Ask,
    /// The engine alone.
    Offline,
    /// Nobody: it is an error. An image that only the engine has cannot be locked and is none.
    Locked,
}

/// Outside images: their locked digest, else the engine's, else the registry's; and what is wrong with the others.
pub(super) async fn read_outside(
    workspace: &Workspace,
    borders: &Borders,
    observed: &Observed,
    images: &BTreeSet<ImageIndex>,
    asked: OutsideUse,
) -> (BTreeMap<Reference, OutsideImage>, Vec<Error>) {
    let mut known = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    let mut unlocked = Vec::new();
    let origins = origins(borders, observed, workspace, images, asked).await;
    for reference in observe::outside_references(workspace, images) {
        let outside = match (observed.lock.get(&reference), origins.get(&reference)) {
            (Some(digest), _) => OutsideImage::Locked(digest.to_owned()),
            (None, Some(LocalOrigin::Here(id) | LocalOrigin::Unclear(id))) => OutsideImage::LocalOnly(id.clone()),
            (None, _) if asked == OutsideUse::Locked => {
                unlocked.push(reference.familiar());
                OutsideImage::Unknown
            }
            (None, Some(LocalOrigin::Registry(digest))) => OutsideImage::Resolved(digest.clone()),
            (None, None) => {
                unknown.insert(reference.clone());
                OutsideImage::Unknown
            }
        };
        known.insert(reference, outside);
    }
    let needs = |reference: &Reference| format!("{} is needed, and the engine does not have it", reference.familiar());
    let mut errors = Vec::new();
    if !unlocked.is_empty() {
        errors.push(not_locked(&unlocked));
    }
    if asked == OutsideUse::Offline {
        let missing = unknown.iter().map(|reference| {
            Error::unreachable(needs(reference))
                .because("its registry is not asked: --offline")
                .help("leave --offline out")
        });
        errors.extend(missing);
        return (known, errors);
    }
    for (reference, found) in present_digests(borders, unknown).await {
        match found {
            Ok(Some(digest)) => {
                known.insert(reference, OutsideImage::Resolved(digest));
            }
            Ok(None) => errors.push(no_such_image(workspace, images, &reference, needs(&reference))),
            Err(error) => errors.push(match error.kind() {
                Kind::Unreachable => Error::unreachable(needs(&reference)).because(error.one_line()).help(format!(
                    "{}; else pull or import it on the engine first: docker pull {}",
                    check_the_name(workspace, images, &reference),
                    reference.familiar()
                )),
                _ => error,
            }),
        }
    }
    (known, errors)
}

/// Where the engine has those images from that are not locked. Its registry is asked where the engine cannot tell, but
/// nobody waits long for that: an image that is there can be used.
async fn origins(
    borders: &Borders,
    observed: &Observed,
    workspace: &Workspace,
    images: &BTreeSet<ImageIndex>,
    asked: OutsideUse,
) -> BTreeMap<Reference, LocalOrigin> {
    let unlocked = observe::outside_references(workspace, images).into_iter();
    let unlocked = unlocked.filter(|reference| observed.lock.get(reference).is_none());
    let origin = |reference: Reference| observed.engine.origin(&reference).map(|origin| (reference, origin));
    let mut origins: BTreeMap<Reference, LocalOrigin> = unlocked.filter_map(origin).collect();
    if asked == OutsideUse::Offline {
        return origins;
    }
    let unclear = unclear(&origins);
    let found = present_digests_within(borders, unclear.keys().cloned().collect(), LIMIT).await;
    for (by_digest, reference) in unclear {
        if let Some(Ok(Some(digest))) = found.get(&by_digest) {
            origins.insert(reference, LocalOrigin::Registry(digest.clone()));
        }
    }
    origins
}

/// What to ask registries for, to know where those images come from of which the engine cannot tell.
pub fn unclear(origins: &BTreeMap<Reference, LocalOrigin>) -> BTreeMap<Reference, Reference> {
    let by_digest = |(reference, origin): (&Reference, &LocalOrigin)| match origin {
        LocalOrigin::Unclear(digest) => Some((reference.by_digest(digest), reference.clone())),
        LocalOrigin::Registry(_) | LocalOrigin::Here(_) => None,
    };
    origins.iter().filter_map(by_digest).collect()
}

/// What came of a look-up: the digest that the registry has now, or that it has none.
type Answer = Result<Option<String>>;

/// What the registries have under `references` now; all look-ups at once.
pub async fn present_digests(borders: &Borders, references: BTreeSet<Reference>) -> BTreeMap<Reference, Answer> {
    answers(borders, references).collect().await
}

/// As [`present_digests`], as far as it is known after `limit`.
pub async fn present_digests_within(
    borders: &Borders,
    references: BTreeSet<Reference>,
    limit: Duration,
) -> BTreeMap<Reference, Answer> {
    let deadline = Instant::now() + limit;
    let mut answers = pin!(answers(borders, references));
    let mut known = BTreeMap::new();
    while let Ok(Some((reference, found))) = timeout_at(deadline, answers.next()).await {
        known.insert(reference, found);
    }
    known
}

fn answers(borders: &Borders, references: BTreeSet<Reference>) -> impl Stream<Item = (Reference, Answer)> {
    let look_ups = references.into_iter().map(move |reference| async move {
        let found = borders.registry.head(&reference).await;
        (reference, found.map(|found| found.map(|manifest| manifest.digest)))
    });
    futures_util::stream::iter(look_ups).buffer_unordered(LOOK_UPS)
}

/// The error for a reference that its registry does not know.
pub fn no_such_image(
    workspace: &Workspace,
    images: &BTreeSet<ImageIndex>,
    reference: &Reference,
    message: String,
) -> Error {
    Error::request(message)
        .because(format!("{} has no such image", reference.domain()))
        .help(check_the_name(workspace, images, reference))
}

/// Where `reference` is named, and which image of the workspace may be meant instead.
fn check_the_name(workspace: &Workspace, images: &BTreeSet<ImageIndex>, reference: &Reference) -> String {
    let is_meant = |parent: &&Parent| match &parent.image {
        ParentImage::Outside(outside) => outside.with_default_tag() == *reference,
        ParentImage::Workspace(_) => false,
    };
    let mut parents = images.iter().flat_map(|index| &workspace.image(*index).parents);
    let Some(parent) = parents.find(is_meant) else { return "check the name".to_owned() };
    let help = format!("check the name in {}:{}", workspace.shown(&parent.edge.file).display(), parent.edge.line);
    let own = || workspace.named().map(|(_, image)| image.name.as_str());
    let last = reference.path().rsplit('/').next().unwrap_or_default();
    let near = match own().find(|name| *name == last) {
        Some(name) => Some(name),
        // Who writes a place means that place.
        None if parent.written.contains('/') => None,
        None => nearest(last, own()),
    };
    match near {
        Some(name) => format!("{help}: the image of this workspace is written `{name}`"),
        None => help,
    }
}

fn not_locked(references: &[String]) -> Error {
    let (list, are) = (references.join(", "), if references.len() == 1 { "is" } else { "are" });
    Error::request(format!("--locked: {} would change: {list} {are} not locked", lock::FILE))
        .help(format!("run `keg update` or `keg build` without --locked, and commit {}", lock::FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_name_and_what_may_be_meant() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("keg.yml", "registry: r.io/team\n");
        write("base/Dockerfile", "FROM debian:12\n");
        write("hub/tools/Dockerfile", "ARG KEG_BASE_IMAGE\nFROM ${KEG_BASE_IMAGE}\n");
        write("hub/tools/image.yml", "name: tools\nbase: basee\n");
        write("taps/web/Dockerfile", "FROM r.io/other/tools:1\nCOPY --from=ghcr.io/x/tool:1 /a /a\n");
        let workspace = Workspace::load(folder.path()).unwrap();
        let images = workspace.iter().map(|(index, _)| index).collect();
        let help = |name: &str| {
            let reference = Reference::parse(name).unwrap().with_default_tag();
            check_the_name(&workspace, &images, &reference)
        };
        assert_eq!(help("debian:12"), "check the name in base/Dockerfile:1");
        let meant = |place: &str, name: &str| {
            format!("check the name in {place}: the image of this workspace is written `{name}`")
        };
        assert_eq!(help("basee"), meant("hub/tools/image.yml:2", "base"));
        assert_eq!(help("r.io/other/tools:1"), meant("taps/web/Dockerfile:1", "tools"));
        // Only the same name is meant where a place is written.
        assert_eq!(help("ghcr.io/x/tool:1"), "check the name in taps/web/Dockerfile:2");
    }
}
