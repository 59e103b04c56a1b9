//! What an engine or builder can make of the platforms that manifests ask for.

use crate::error::{Error, Result};
use crate::observe::{Builds, Observed};
use crate::plan::{Decision, Plan, PlannedImage};
use crate::planner::BuildIntent;
use crate::workspace::{ImageIndex, Workspace};

/// What keeps all of them from being built on this machine.
const REMEDY: &str = "build them with a builder, which makes all platforms: keg build --push --builder NAME";

/// Looks whether what is built can be built where it is, and whether what is published is whole. Gives notes on images
/// of which only the engine's own platform is made.
///
/// # Errors
/// Images for other platforms than the engine's, and the engine is to build them or to keep them; images of which one
/// platform is made, and all are to be published.
pub fn check_platforms(
    plan: &Plan,
    workspace: &Workspace,
    observed: &Observed,
    intent: &BuildIntent,
) -> Result<Vec<String>> {
    if intent.builds == Builds::Published {
        return Ok(Vec::new());
    }
    let asked = |index: ImageIndex| workspace.image(index).platforms.join(", ");
    let names = |images: &[&PlannedImage]| {
        let texts = images.iter().map(|image| format!("{} ({})", image.full_name(), asked(image.index)));
        texts.collect::<Vec<_>>().join(", ")
    };
    let is_foreign = |image: &&PlannedImage| {
        let platforms = observed.platforms(workspace, image.index);
        // A builder can make what the engine only keeps, but the engine keeps one platform of an image.
        let fits = platforms.len() == 1 && (intent.builds == Builds::Loaded || platforms[0] == observed.platform);
        image.decision == Decision::Build && !fits
    };
    let foreign: Vec<&PlannedImage> = plan.images.iter().filter(is_foreign).collect();
    if !foreign.is_empty() {
        let message = format!("this engine builds for {}, and not {}", observed.platform, names(&foreign));
        return Err(Error::request(message).help(REMEDY));
    }
    let is_narrow = |image: &&PlannedImage| {
        let is_of_run = intent.selected.contains(&image.index) || image.decision == Decision::Build;
        is_of_run && observed.narrowed.contains(&image.index)
    };
    let narrow: Vec<&PlannedImage> = plan.images.iter().filter(is_narrow).collect();
    if intent.push && !narrow.is_empty() {
        let message = format!(
            "only {} of {} is made here: an image is published for all of its platforms, or not",
            observed.platform,
            names(&narrow)
        );
        return Err(Error::request(message).help(REMEDY));
    }
    let built: Vec<&PlannedImage> = narrow.into_iter().filter(|image| image.decision == Decision::Build).collect();
    if built.is_empty() {
        return Ok(Vec::new());
    }
    let platform = &observed.platform;
    Ok(vec![format!("built for {platform} alone: {}; a builder makes all platforms when it publishes", names(&built))])
}
