//! Puts files into the containers of a watched tap.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use bytes::Bytes;

use super::checkout::checked_out;
use super::session::Session;
use crate::border::engine::{Comparison, ContainerFacts, EngineContainer, Owner, Parcel, Place, Removal};
use crate::context::{Entry, EntryKind};
use crate::error::{Error, Result};
use crate::start::running::service;
use crate::watch::batch::Changes;
use crate::watch::mounts::obstacle;

/// Files that are packed in memory before it is decided that they go: whether git has changed them while they were
/// read is known only then. Larger ones are sent as they are read.
const LARGEST_IN_MEMORY: u64 = 16 * 1024 * 1024;

/// A container that has what is known of the work tree.
#[derive(Debug, Default)]
pub struct Held {
    facts: ContainerFacts,
    /// Where the rules' files lie, by the rules' places; none where they could not be put.
    targets: BTreeMap<usize, Target>,
    /// Rules whose files have no place there.
    obstacles: BTreeSet<usize>,
}

#[derive(Debug, Clone)]
struct Target {
    place: Place,
    /// Whether only what is mounted can be written.
    read_only: bool,
    owner: Owner,
}

/// What became of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The container has them.
    Done,
    /// git changes the work tree, and nothing was sent.
    Overtaken,
    /// There is no place for them.
    Nowhere,
}

impl Session<'_> {
    /// Gives a container that was not seen before what it lacks.
    pub(super) async fn admit(&mut self, container: &EngineContainer) -> Result<()> {
        let began = Instant::now();
        let Some(facts) = self.engine.container_facts(&container.id).await? else { return Ok(()) };
        self.held.insert(container.id.clone(), Held { facts, ..Held::default() });
        let mut restarts = false;
        for (index, rule) in self.rules().iter().enumerate() {
            if rule.service != service(container) || !rule.action.copies() {
                continue;
            }
            match self.fill(container, index, rule.action.restarts(), began).await? {
                Sent::Done => restarts |= rule.action.restarts(),
                Sent::Overtaken => {
                    self.held.remove(&container.id);
                    return Ok(());
                }
                Sent::Nowhere => {}
            }
        }
        if restarts && let Err(error) = self.engine.restart_container(&container.id).await {
            self.app.ui.error(&error);
        }
        Ok(())
    }

    /// Copies one rule's changes into one container. Where that failed before, all is copied that it lacks.
    pub(super) async fn update(
        &mut self,
        container: &EngineContainer,
        index: usize,
        changes: &Changes,
        began: Instant,
    ) -> Result<Sent> {
        // One that is new is admitted with the next look, and gets everything then.
        let Some(held) = self.held.get(&container.id) else { return Ok(Sent::Nowhere) };
        if held.obstacles.contains(&index) {
            return Ok(Sent::Nowhere);
        }
        if !held.targets.contains_key(&index) {
            // It says itself what it has copied.
            return Ok(match self.fill(container, index, false, began).await? {
                Sent::Overtaken => Sent::Overtaken,
                Sent::Done | Sent::Nowhere => Sent::Nowhere,
            });
        }
        match self.send(&container.id, index, changes).await {
            Ok(sent) => Ok(sent),
            Err(error) => self.could_not(container, index, error).await,
        }
    }

    /// Gives a container what it lacks of one rule's files. What it has beside them is left: it may have been made
    /// there. So is what is just so, since whatever runs there would take it for a change.
    async fn fill(
        &mut self,
        container: &EngineContainer,
        index: usize,
        restarts: bool,
        began: Instant,
    ) -> Result<Sent> {
        match self.try_fill(container, index).await {
            Ok((Sent::Done, changes)) if changes.is_empty() => Ok(Sent::Nowhere),
            Ok((Sent::Done, changes)) => {
                self.say(&self.rules()[index], &changes, restarts, began);
                Ok(Sent::Done)
            }
            Ok((sent, _)) => Ok(sent),
            Err(error) => self.could_not(container, index, error).await,
        }
    }

    async fn try_fill(&mut self, container: &EngineContainer, index: usize) -> Result<(Sent, Changes)> {
        let rule = &self.rules()[index];
        let place = self.engine.place(&container.id, rule.folder()).await?;
        let Some(held) = self.held.get_mut(&container.id) else { return Ok((Sent::Nowhere, Changes::default())) };
        if let Some(why) = obstacle(&held.facts.mounts, &place.path) {
            held.obstacles.insert(index);
            let text = format!("{}: {} is left out: {why}", self.tap(), rule.summary());
            self.tell(format!("obstacle {index}"), text);
            return Ok((Sent::Nowhere, Changes::default()));
        }
        let target = Target { place, read_only: held.facts.read_only, owner: held.facts.owner };
        let changes = self.lacking(container, index, &target).await?;
        if let Some(held) = self.held.get_mut(&container.id) {
            held.targets.insert(index, target);
        }
        let sent = if changes.is_empty() { Sent::Done } else { self.send(&container.id, index, &changes).await? };
        Ok((sent, changes))
    }

    /// Tells of what went wrong, once, unless the container has gone in the middle. It is tried again with the next
    /// change.
    async fn could_not(&mut self, container: &EngineContainer, index: usize, error: Error) -> Result<Sent> {
        if let Some(held) = self.held.get_mut(&container.id) {
            held.targets.remove(&index);
        }
        if self.containers().await?.iter().any(|one| one.id == container.id) {
            let error = self.watched.plan.not_followed(&self.rules()[index], error);
            if self.told.insert(format!("{} {}", container.id, error.one_line())) {
                self.app.ui.error(&error);
            }
        }
        Ok(Sent::Nowhere)
    }

    /// What of the work tree a container does not have.
    async fn lacking(&self, container: &EngineContainer, index: usize, target: &Target) -> Result<Changes> {
        let (rule, known) = (&self.rules()[index], &self.known[index]);
        let place = &target.place;
        let is_missing = place.existing < place.path.len();
        // The root of a container is all of it: more than what it would take to copy the files.
        let same = if is_missing || (place.path.is_empty() && rule.file.is_none()) {
            Default::default()
        } else {
            let name = |entry: &Entry| if rule.file.is_some() { String::new() } else { entry.path.clone() };
            let files = known.values().map(|entry| (name(entry), entry.clone())).collect();
            let comparison = Comparison { root: rule.root.clone(), files };
            let path = match &rule.file {
                Some(file) => format!("{}/{}", place.path, rule.place(file).1),
                None => place.path.clone(),
            };
            self.engine.same_files(&container.id, &path, comparison).await?
        };
        let is_same = |entry: &Entry| same.contains(if rule.file.is_some() { "" } else { entry.path.as_str() });
        let copies = known.values().filter(|entry| !is_same(entry)).cloned().collect();
        Ok(Changes { copies, deletions: self.deleted[index].iter().cloned().collect() })
    }

    /// Copies and deletes in one container.
    pub(super) async fn send(&mut self, container: &str, index: usize, changes: &Changes) -> Result<Sent> {
        let target = self.held.get(container).and_then(|held| held.targets.get(&index)).cloned();
        let Some(mut target) = target else { return Ok(Sent::Nowhere) };
        if !changes.copies.is_empty() {
            let (folder, parcel) = self.parcel(index, &target, &changes.copies)?;
            let unreadable = if parcel.size() > LARGEST_IN_MEMORY {
                if self.is_overtaken()? {
                    return Ok(Sent::Overtaken);
                }
                self.engine.stream_archive(container, &folder, parcel).await?
            } else {
                let (archive, unreadable) = packed(parcel).await?;
                if self.is_overtaken()? {
                    return Ok(Sent::Overtaken);
                }
                self.engine.put_archive(container, &folder, archive).await?;
                unreadable
            };
            for text in unreadable {
                self.tell(text.clone(), format!("{}: not copied: {text}", self.tap()));
            }
            target.place.existing = target.place.path.len();
        } else if self.is_overtaken()? {
            return Ok(Sent::Overtaken);
        }
        let path = &target.place.path;
        let name = |relative: &String| format!("{path}/{}", self.rules()[index].place(relative).1);
        let deletions: Vec<String> = changes.deletions.iter().map(name).collect();
        if !deletions.is_empty() && self.engine.remove_files(container, &deletions).await? == Removal::NoProgram {
            let text = format!(
                "{}: the container has no `rm`, so what is deleted here stays there until it is made anew",
                self.tap()
            );
            self.tell("rm".to_owned(), text);
        }
        if let Some(held) = self.held.get_mut(container) {
            held.targets.insert(index, target);
        }
        Ok(Sent::Done)
    }

    /// Whether another branch is checked out than the one that was judged, or git is about to.
    fn is_overtaken(&self) -> Result<bool> {
        let (branch, is_changing) = checked_out(self.app, self.workspace, self.watched.plan.index)?;
        Ok(is_changing || !self.was_judged(&branch))
    }

    /// The archive's folder, and what is in it. An archive for the root may hold links that lead anywhere; a container
    /// that cannot be written takes one only where something is mounted.
    fn parcel(&self, index: usize, target: &Target, copies: &[Entry]) -> Result<(String, Parcel)> {
        let (rule, place) = (&self.rules()[index], &target.place);
        let is_missing = place.existing < place.path.len();
        if target.read_only && is_missing {
            return Err(Error::failed(format!("the container is read-only, and has no folder {}", place.path)));
        }
        let (folder, prefix) = match target.read_only {
            true => (place.path.as_str(), ""),
            false => ("/", place.path.trim_start_matches('/')),
        };
        let named = |path: String| if prefix.is_empty() { path } else { format!("{prefix}/{path}") };
        let ends = place.path.match_indices('/').map(|(end, _)| end).chain([place.path.len()]);
        let folders = ends.filter(|end| *end > place.existing && *end > 0).map(|end| place.path[1..end].to_owned());
        let mut items: Vec<(Entry, String)> =
            copies.iter().map(|entry| (entry.clone(), named(rule.place(&entry.path).1))).collect();
        // Folders first, each before what it holds.
        items.sort_by(|(one, _), (other, _)| {
            let is_other = |entry: &Entry| entry.kind != EntryKind::Directory;
            is_other(one).cmp(&is_other(other)).then_with(|| one.path.cmp(&other.path))
        });
        Ok((
            folder.to_owned(),
            Parcel { root: rule.root.clone(), items, folders: folders.collect(), owner: target.owner },
        ))
    }
}

async fn packed(parcel: Parcel) -> Result<(Bytes, Vec<String>)> {
    let packing = tokio::task::spawn_blocking(move || {
        let mut archive = Vec::new();
        parcel.pack(&mut archive).map(|unreadable| (Bytes::from(archive), unreadable))
    });
    let packed = packing.await.map_err(|error| Error::failed("packing files for a container").cause(error))?;
    packed.map_err(|error| Error::failed("packing files for a container").cause(error))
}
