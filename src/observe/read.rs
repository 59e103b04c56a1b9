//! Reads files, git, the engine and the registry, as much as possible at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::border::engine::Engine;
use crate::border::registry::Registry;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::graph::Graph;
use crate::key::Key;
use crate::lock::Lock;
use crate::observe::files::{check_tags, on_thread, read_files, read_work_trees};
use crate::observe::look_up::{LookUp, look_up};
use crate::observe::outside::{OutsideUse, read_outside};
use crate::observe::versions::read_versions;
use crate::observe::{self, LocalImages, Observed};
use crate::settings::Settings;
use crate::tagging::Naming;
use crate::workspace::{ImageIndex, Workspace};

/// What the read pass reads through.
#[derive(Clone)]
pub struct Borders {
    /// The engine.
    pub engine: Engine,
    /// Registries.
    pub registry: Registry,
}

/// How much the registry matters to the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryUse {
    /// Not asked.
    No,
    /// Asked; out of reach is noted and the work goes on without it.
    IfReachable,
    /// Out of reach is an error.
    Required,
}

/// What the command is about.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The images that it is about; their ancestors are read too.
    pub selected: BTreeSet<ImageIndex>,
    /// How much the registry matters.
    pub registry: RegistryUse,
    /// Whether the registry is asked for the moving tags.
    pub moving_tags: bool,
    /// Templates of further tags, beside the workspace's.
    pub tags: Vec<String>,
    /// How much is read of the files.
    pub depth: Depth,
    /// Whether the images that the command is about are built although they are fresh.
    pub rebuild: bool,
    /// Which tags the images that the command is about get beside `tags`.
    pub usual_tags: UsualTags,
    /// Who is asked about outside images that keg.lock does not name.
    pub outside: OutsideUse,
    /// Who builds what is not there.
    pub builds: Builds,
}

/// Who builds the images that are not there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Builds {
    /// The engine, for its own platform.
    #[default]
    OnEngine,
    /// A builder, for the engine's own platform, and the engine gets the images.
    Loaded,
    /// A builder, for all platforms, and the registry gets the images.
    Published,
}

/// The tags that images get without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsualTags {
    /// Those of keg.yml: the branch tag, unless it says otherwise.
    OfBranch,
    /// The default branch's tag, as new taps get it.
    OfDefaultBranch,
    /// None.
    None,
}

/// How much is read of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Only the git facts, which give the tags.
    Tags,
    /// The inputs of the keys.
    Keys,
    /// The inputs of the keys, and for images that will be built what git says of their work tree.
    Build,
}

/// Reads all that a build, push or status needs.
///
/// # Errors
/// Unreadable files, an engine that is out of reach, an outside image that is nowhere, a registry that is out of
/// reach where it is required.
pub async fn observe(
    workspace: &Workspace,
    settings: &Settings,
    borders: &Borders,
    scope: &Scope,
    events: &Events,
) -> Result<Observed> {
    let order = Graph::new(workspace).order_with_ancestors(&scope.selected);
    let all: BTreeSet<ImageIndex> = order.iter().copied().collect();
    let shared = Arc::new((workspace.clone(), settings.clone()));
    let (files, platform, engine) = tokio::join!(
        on_thread(read_files, shared.clone(), order.clone(), scope.clone()),
        borders.engine.platform(),
        borders.engine.images()
    );
    let (images, platform, engine) = (files?, platform?, engine?);
    let engine = LocalImages::of(engine);
    let lock = Lock::read(&workspace.root)?;
    let naming = Naming::of(&workspace.options);
    let mut observed = Observed { platform, engine, images, lock, naming, ..Observed::default() };
    if scope.depth == Depth::Tags {
        return Ok(observed);
    }
    let (outside, errors) = read_outside(workspace, borders, &observed, &all, scope.outside).await;
    observed.outside = outside;
    match Error::all(errors) {
        Some(error) if scope.depth == Depth::Build || scope.outside == OutsideUse::Locked => return Err(error),
        // Who does not build can see the rest.
        Some(error) => events.warn(error.one_line(), error.remedy().map(Into::into)),
        None => {}
    }
    let keys = match scope.builds {
        Builds::Published => observe::keys(workspace, &observed, &order),
        Builds::OnEngine | Builds::Loaded => narrow(workspace, borders, scope, &order, &mut observed).await,
    };
    if scope.depth == Depth::Build {
        let is_stale = |index: &&ImageIndex| {
            (scope.rebuild && scope.selected.contains(index))
                || observed.engine.with_key(&workspace.repository(**index), &keys[index]).is_none()
        };
        let stale: Vec<_> = order.iter().filter(is_stale).copied().collect();
        let contexts: BTreeMap<_, _> =
            stale.iter().map(|index| (*index, observed.images[index].context.clone())).collect();
        for (index, work_tree) in on_thread(read_work_trees, shared, stale, contexts).await? {
            if let Some(image) = observed.images.get_mut(&index) {
                (image.dirty, image.is_committed) = (work_tree.dirty, work_tree.is_committed);
                image.git_ignored = work_tree.ignored;
            }
        }
    }
    read_registry(workspace, borders, scope, &keys, &mut observed, events).await?;
    let versions = read_versions(workspace, borders, scope, &keys, &mut observed).await?;
    check_tags(workspace, scope, observed.images.iter())?;
    if scope.moving_tags && observed.registry_unreachable.is_none() && asks_registry(workspace, scope) {
        observed.published.extend(look_up(borders, versions, LookUp::Labels).await?);
    }
    observed.keys = keys;
    Ok(observed)
}

/// The keys of `order`. An image for several platforms is taken as a whole where the engine or the registry has the
/// whole. Otherwise only the engine's own platform of it is made here: another image, so with another key.
async fn narrow(
    workspace: &Workspace,
    borders: &Borders,
    scope: &Scope,
    order: &[ImageIndex],
    observed: &mut Observed,
) -> BTreeMap<ImageIndex, Key> {
    let keys = observe::keys(workspace, observed, order);
    let is_wide = |index: &ImageIndex| {
        let platforms = &workspace.image(*index).platforms;
        platforms.len() > 1 && platforms.contains(&observed.platform)
    };
    let is_here = |index: &ImageIndex| observed.engine.with_key(&workspace.repository(*index), &keys[index]).is_some();
    let mut wide: BTreeSet<ImageIndex> =
        order.iter().copied().filter(|index| is_wide(index) && !is_here(index)).collect();
    if wide.is_empty() {
        return keys;
    }
    if asks_registry(workspace, scope) {
        let tags = wide.iter().map(|index| workspace.repository(*index).with_tag(&keys[index].content_tag()));
        // Out of reach: that is said by who asks for all the rest.
        let published = look_up(borders, tags.collect(), LookUp::Labels).await.unwrap_or_default();
        wide.retain(|index| {
            let reference = workspace.repository(*index).with_tag(&keys[index].content_tag());
            published.get(&reference).is_none_or(|published| !published.has_key(&keys[index]))
        });
    }
    observed.narrowed = wide;
    observe::keys(workspace, observed, order)
}

fn asks_registry(workspace: &Workspace, scope: &Scope) -> bool {
    scope.registry != RegistryUse::No && workspace.options.registry.is_some()
}

/// Content tags of what the engine lacks (of everything when the moving tags matter), and the moving tags.
async fn read_registry(
    workspace: &Workspace,
    borders: &Borders,
    scope: &Scope,
    keys: &BTreeMap<ImageIndex, Key>,
    observed: &mut Observed,
    events: &Events,
) -> Result<()> {
    if !asks_registry(workspace, scope) {
        return Ok(());
    }
    let mut references = BTreeSet::new();
    for (&index, key) in keys {
        let repository = workspace.repository(index);
        let Some(image) = observed.images.get(&index) else { continue };
        // A builder gets what it builds upon from the registry.
        if scope.moving_tags || scope.builds != Builds::OnEngine || observed.engine.with_key(&repository, key).is_none()
        {
            references
                .extend(image.published_tags(key, workspace.options.content_tags).map(|tag| repository.with_tag(&tag)));
        }
        if scope.moving_tags && scope.selected.contains(&index) {
            references.extend(image.tags.iter().map(|tag| repository.with_tag(tag)));
        }
    }
    match look_up(borders, references, LookUp::Labels).await {
        Ok(published) => observed.published = published,
        // Out of reach, or not to be read by this user: what can be done without it is done.
        Err(error) if scope.registry == RegistryUse::IfReachable => {
            let note = format!("working without the registry: {}", error.one_line());
            events.note(&note);
            observed.registry_unreachable = Some(note);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
