//! What is known before a container is packaged.

use std::collections::BTreeSet;

use super::Args;
use crate::border::engine::{Engine, EngineContainer, EngineImage};
use crate::command::App;
use crate::error::Result;
use crate::moment;
use crate::observe::{self, LABEL_PLAN, LABEL_REVISION, LocalImages, LookUp, Observed};
use crate::package::{self, Source};
use crate::planner::PackageIntent;
use crate::reference::Reference;
use crate::start::running::Running;
use crate::tagging::{self, Naming, TemplateValues};
use crate::workspace::{ImageIndex, Workspace};

/// An image that is gone from the engine although its container runs.
pub(super) fn unknown(container: &EngineContainer) -> EngineImage {
    EngineImage {
        id: container.image_id.clone(),
        tags: Vec::new(),
        repo_digests: Vec::new(),
        labels: Default::default(),
        size: 0,
        created: 0,
    }
}

/// What the user asks for, with everything that is known of the container.
///
/// # Errors
/// A tag that cannot be.
pub(super) fn intent(
    args: &Args,
    app: &App,
    workspace: &Workspace,
    index: ImageIndex,
    running: &Running,
    container: &EngineContainer,
    image: &EngineImage,
) -> Result<PackageIntent> {
    let time = moment::now();
    let variant = workspace.image(index).variant.as_ref();
    let prefix = variant.map(|variant| &variant.prefix).or(workspace.options.tag_prefix.as_ref());
    let of_branch = prefix.and_then(|prefix| running.tag.strip_prefix(prefix)?.strip_prefix('-'));
    let values = TemplateValues {
        branch: of_branch.unwrap_or(&running.tag).to_owned(),
        revision: image.labels.get(LABEL_REVISION).filter(|revision| !revision.is_empty()).cloned(),
        date: time.split('T').next().unwrap_or_default().to_owned(),
        version: None,
        prefix: prefix.cloned(),
        plan: variant.map(|variant| variant.plan.clone()),
        ..TemplateValues::default()
    };
    let repository = workspace.repository(index);
    let mut tags = vec![repository.with_tag(&running.tag)];
    for template in &args.tags {
        let tag = repository.with_tag(&tagging::expand(template, &values)?);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let mut ports: Vec<String> =
        container.ports.iter().map(|port| format!("{}/{}", port.container_port, port.protocol)).collect();
    ports.sort();
    ports.dedup();
    let source = Source { image: workspace.image(index).name.clone(), branch: running.branch.clone(), time, ports };
    let push = !args.no_push && workspace.options.registry.is_some();
    if !push && !args.no_push {
        app.ui.note("the workspace has no registry: the image stays on this engine");
    }
    let mut labels = package::labels(&image.labels, &source);
    labels.extend(running.plan.as_ref().map(|plan| (LABEL_PLAN.to_owned(), plan.clone())));
    Ok(PackageIntent {
        labels,
        image: source.image,
        container: container.id.clone(),
        branch: running.branch.clone(),
        plan: running.plan.clone(),
        branch_tag: running.tag.clone(),
        message: args.message.clone(),
        tags,
        push,
        force: args.force,
    })
}

/// What the tags name now.
///
/// # Errors
/// The engine or the registry is out of reach.
pub(super) async fn look(app: &App, workspace: &Workspace, intent: &PackageIntent) -> Result<Observed> {
    let borders = app.borders()?;
    let tags: BTreeSet<Reference> = intent.tags.iter().filter(|_| intent.push).cloned().collect();
    let (images, published) = tokio::join!(borders.engine.images(), observe::look_up(&borders, tags, LookUp::Labels));
    let published = published.map_err(|error| match error.remedy() {
        Some(_) => error,
        None => error.help("--no-push packages it on this engine only"),
    })?;
    let lock = crate::lock::Lock::read(&workspace.root)?;
    let naming = Naming::of(&workspace.options);
    Ok(Observed { engine: LocalImages::of(images?), published, lock, naming, ..Observed::default() })
}

/// What is mounted into the container, and so is not in the image.
///
/// # Errors
/// The container is gone, or the engine out of reach.
pub(super) async fn left_out(engine: &Engine, container: &EngineContainer) -> Result<Vec<String>> {
    Ok(engine.mounts(&container.id).await?.iter().map(package::left_out).collect())
}

/// What the user should know before: contents that are elsewhere, a branch that is not the one checked out, a tag that
/// everybody starts.
///
/// # Errors
/// As [`left_out`].
pub(super) async fn notes(
    app: &App,
    workspace: &Workspace,
    index: ImageIndex,
    running: &Running,
    container: &EngineContainer,
    engine: &Engine,
) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    let left_out = left_out(engine, container).await?;
    if !left_out.is_empty() {
        notes.push(format!("not in the image: {}", left_out.join("; ")));
    }
    let (tap, folder) = (&running.tap, &workspace.image(index).folder);
    let current = observe::branch_of(workspace, &app.settings, folder).ok();
    if let Some(current) = current.filter(|current| current.name != running.branch) {
        notes.push(format!(
            "{tap} was started on the branch {}, and is packaged as {}; checked out is {}",
            running.branch, running.tag, current.name
        ));
    }
    if observe::default_tag_of(workspace, &app.settings, workspace.image(index)).is_ok_and(|tag| tag == running.tag) {
        notes.push(format!(
            "{} is the default tag: every branch without an image of its own starts from what is packaged now",
            running.tag
        ));
    }
    Ok(notes)
}
