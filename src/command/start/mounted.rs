//! Says which mounted files an engine on another machine does not have.

use super::Prepared;
use crate::border::compose::Project;
use crate::border::compose::overlay::Overlay;
use crate::border::engine::Engine;
use crate::command::{App, variables};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::start::binds;

/// Says it of a project that is about to be started.
///
/// # Errors
/// Compose refuses the project's files.
pub async fn point_out(prepared: &Prepared<'_>, engine: &Engine, project: &Project, events: &Events) -> Result<()> {
    for (what, help) in found(prepared, engine, project).await? {
        events.warn(what, Some(help));
    }
    Ok(())
}

/// Says it of projects that are only looked at, whose files are not written to the workspace.
///
/// # Errors
/// Compose refuses a project's files, or there is no room for them.
pub async fn point_out_ahead(prepared: &[Prepared<'_>], app: &App, engine: &Engine) -> Result<()> {
    if engine.is_local() {
        return Ok(());
    }
    let folder = tempfile::tempdir().map_err(|error| Error::failed("making a folder for Compose").cause(error))?;
    for one in prepared {
        let tap = one.workspace.image(one.index);
        let image = &one.decision.image;
        let own = variables::own(app, one.workspace, Some(tap), &one.branch, Some(image));
        let variables = one.variables.with_own(own).for_programs();
        let overlay = Overlay { tap: tap.name.clone(), image: image.familiar(), ..Overlay::default() };
        let project = one.files.write(folder.path(), &one.project_name, overlay, &[], variables)?;
        for (what, help) in found(one, engine, &project).await? {
            app.ui.warn(what, Some(help));
        }
    }
    Ok(())
}

/// A sentence and a remedy for each of them.
async fn found(prepared: &Prepared<'_>, engine: &Engine, project: &Project) -> Result<Vec<(String, String)>> {
    if engine.is_local() {
        return Ok(Vec::new());
    }
    let model = prepared.compose.config(project).await?;
    let tap = prepared.tap();
    let help = format!("have the files in the image, or copy them into the running tap: keg watch {tap}");
    let binds = binds::of_this_machine(&model, |path| path.exists()).into_iter();
    let told = |bind| format!("{tap}: {bind}, and the engine at {} sees its own files there", engine.address());
    Ok(binds.map(|bind| (told(bind), help.clone())).collect())
}
