//! Who builds: `--builder`, else `builder:` of keg.yml, else the engine.

use crate::bake::Common;
use crate::border::buildx::{self, Builder, Buildx};
use crate::command::{App, selection};
use crate::error::Result;
use crate::execute::Baker;
use crate::workspace::Workspace;

/// The flags that say who builds.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct BuilderFlags {
    /// Has this builder of `docker buildx` build, for all platforms when it publishes [default: builder of keg.yml]
    #[arg(long, value_name = "NAME", add = selection::builder_completer())]
    pub builder: Option<String>,
    /// Builds with the engine, whatever keg.yml says
    #[arg(long, conflicts_with = "builder")]
    pub no_builder: bool,
}

impl BuilderFlags {
    /// The builder that is meant, if it is not the engine.
    ///
    /// # Errors
    /// There is no builder of this name.
    pub fn builder(&self, app: &App, workspace: &Workspace) -> Result<Option<Builder>> {
        let of_workspace = workspace.options.file.builder.as_ref().and_then(|builder| builder.name.as_ref());
        match self.builder.as_ref().or(of_workspace).filter(|_| !self.no_builder) {
            Some(name) => Builder::named(name, &app.settings, &app.borders()?.engine.address()).map(Some),
            None => Ok(None),
        }
    }
}

/// The builder of keg.yml, as it is or as one is that this machine does not have: for who only plans.
///
/// # Errors
/// The engine's address cannot be understood.
pub fn presumed(app: &App, workspace: &Workspace) -> Result<Option<Builder>> {
    let engine = app.borders()?.engine.address();
    let name = workspace.options.file.builder.as_ref().and_then(|builder| builder.name.as_ref());
    Ok(name.map(|name| Builder::named(name, &app.settings, &engine).unwrap_or_else(|_| Builder::elsewhere(name))))
}

/// What holds for all builds of a builder.
pub fn common(workspace: &Workspace, builder: Option<&Builder>) -> Common {
    let said = workspace.options.file.builder.clone().unwrap_or_default();
    Common {
        cache: said.cache.unwrap_or_else(|| builder.is_some_and(|builder| !builder.is_engine())),
        provenance: said.provenance.mode().map(str::to_owned),
        sbom: said.sbom,
        ..Common::default()
    }
}

/// A builder that is ready to build.
///
/// # Errors
/// buildx is not installed.
pub async fn baker(app: &App, workspace: &Workspace, builder: Option<Builder>) -> Result<Option<Baker>> {
    let Some(builder) = builder else { return Ok(None) };
    let common = common(workspace, Some(&builder));
    let engine = app.borders()?.engine.variables().await?;
    let buildx = Buildx::find(&app.settings).await?.at_engine(engine);
    Ok(Some(Baker { buildx, builder, common, folder: workspace.root.clone() }))
}

/// The names of all builders.
pub fn names(app: &App) -> Vec<String> {
    let engine = app.borders().map(|borders| borders.engine.address()).unwrap_or_default();
    buildx::builders(&app.settings, &engine).into_iter().map(|builder| builder.name).collect()
}
