//! Hooks that are no steps of a plan: those around starting and stopping, and before keg looks at an image's files.

use std::collections::BTreeSet;

use crate::border::engine::Engine;
use crate::command::App;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::execute::hook::{self, Hook};
use crate::graph::Graph;
use crate::interrupt;
use crate::observe;
use crate::workspace::{Image, ImageIndex, Workspace};

/// Runs a hook, if there is one, in the tap's folder, with these variables beside keg's own environment. What it
/// prints are log lines of `step`.
///
/// # Errors
/// It ends with another code than 0.
pub async fn run(
    image: &Image,
    name: &str,
    command: Option<&str>,
    variables: &[(String, String)],
    engine: &Engine,
    step: &str,
    events: &Events,
) -> Result<()> {
    let Some(command) = command else { return Ok(()) };
    hook::run(&Hook { name, image: &image.name, command, folder: &image.folder, variables }, engine, step, events).await
}

/// Runs `before_build` of the images that a build may come to, parents first, and gives whether any ran: they may have
/// written files that keg has read.
///
/// # Errors
/// The first that ends with another code than 0; Ctrl-C.
pub async fn before_build(app: &App, workspace: &Workspace, selected: &BTreeSet<ImageIndex>) -> Result<bool> {
    let order = Graph::new(workspace).order_with_ancestors(selected);
    let with_hook = |index: &ImageIndex| workspace.image(*index).manifest.hooks.before_build.is_some();
    let mut images: Vec<ImageIndex> = order.into_iter().filter(with_hook).collect();
    // The variants of an image have their files in common.
    let mut names = BTreeSet::new();
    images.retain(|index| names.insert(&workspace.image(*index).name));
    if images.is_empty() {
        return Ok(false);
    }
    let engine = app.borders()?.engine;
    let (events, shown) = app.ui.start();
    let mut result = Ok(());
    for index in images {
        let image = workspace.image(index);
        let variables = variables(app, workspace, index);
        let step = format!("before_build {}", image.name);
        let command = image.manifest.hooks.before_build.as_deref();
        let mut handled = interrupt::handled();
        let work = async {
            tokio::select! {
                ended = run(image, "before_build", command, &variables, &engine, &step, &events) => ended,
                () = handled.requested() => Err(Error::interrupted()),
            }
        };
        result = events.step(&step, &image.name, "running a hook", work).await;
        drop(handled);
        if result.is_err() {
            break;
        }
    }
    drop(events);
    shown.finish().await;
    result.map(|()| true)
}

/// What a hook is told of its image before there is a plan.
fn variables(app: &App, workspace: &Workspace, index: ImageIndex) -> Vec<(String, String)> {
    let image = workspace.image(index);
    let mut variables = vec![("KEG_WORKSPACE", workspace.root.display().to_string())];
    if let Ok(tag) = observe::usual_tag_of(workspace, &app.settings, index) {
        variables.push(("KEG_IMAGE", workspace.repository(index).with_tag(&tag).familiar()));
    }
    if let Ok(branch) = observe::branch_of_image(workspace, &app.settings, image) {
        variables.extend([("KEG_BRANCH", branch.name), ("KEG_TAG", branch.tag)]);
    }
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
