//! What one step of a plan does at the borders.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::runtime::Handle;

use crate::border::credentials::{self, Credential};
use crate::border::engine::{BuildRequest, Engine, Secret};
use crate::border::registry::{Registry, is_loopback};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::plan::{Action, BuildAction, Step};
use crate::reference::Reference;
use crate::settings::Settings;
use crate::workspace::ImageIndex;

/// All that steps need and that is no part of the plan: borders, contexts, secrets.
pub struct Work {
    /// The engine.
    pub engine: Engine,
    /// Registries.
    pub registry: Registry,
    /// For the look-up of credentials.
    pub settings: Arc<Settings>,
    /// The contexts as they were hashed, and the names of the Dockerfiles.
    pub contexts: BTreeMap<ImageIndex, BuildFiles>,
    /// Secrets that builds may ask for.
    pub secrets: Vec<Secret>,
}

/// What is sent to the builder.
#[derive(Clone)]
pub struct BuildFiles {
    /// The context as it was hashed.
    pub context: Arc<Context>,
    /// The Dockerfile as messages name it, relative to the workspace.
    pub dockerfile: String,
    /// The Dockerfile's text as it is on disk.
    pub source: String,
}

impl Work {
    /// Carries out one step.
    ///
    /// # Errors
    /// What the engine or registry said, with the step's subject.
    pub async fn run(&self, step: &Step, events: &Events) -> Result<()> {
        let name = step.name();
        match &step.action {
            Action::Build(build) => self.build(build, name, events).await,
            Action::Pull { reference, tags } => {
                let credential = self.credential(reference).await?;
                self.engine.pull(reference, None, credential, &name, events).await?;
                self.tag(reference, tags).await
            }
            Action::Tag { from, tags } => self.tag(from, tags).await,
            Action::Untag { tags } => {
                for tag in tags {
                    self.engine.untag(tag).await?;
                }
                Ok(())
            }
            Action::Upload { content } => {
                let credential = self.credential(content).await?;
                self.engine.push(content, credential, &name, events).await?;
                Ok(())
            }
            Action::Publish { from, tags } => self.publish(from, tags).await,
        }
    }

    async fn build(&self, build: &BuildAction, step: String, events: &Events) -> Result<()> {
        let Some(files) = self.contexts.get(&build.image) else {
            return Err(Error::failed(format!("{step}: its context was not read")));
        };
        let (settings, runtime) = (self.settings.clone(), Handle::current());
        let request = BuildRequest {
            step,
            context: files.context.clone(),
            dockerfile_name: files.dockerfile.clone(),
            dockerfile_text: build.dockerfile.clone(),
            dockerfile_source: files.source.clone(),
            build_args: build.build_args.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            labels: build.labels.clone(),
            target: build.target.clone(),
            platform: None,
            no_cache: !build.cache,
            tag: build.content.clone(),
            secrets: self.secrets.clone(),
            // A credential that cannot be read is none: the registry's answer then says what is missing.
            credentials: Arc::new(move |host| runtime.block_on(credentials::lookup(&settings, host)).ok().flatten()),
        };
        self.engine.build(request, events).await?;
        self.tag(&build.content, &build.tags).await
    }

    async fn tag(&self, from: &Reference, tags: &[Reference]) -> Result<()> {
        for tag in tags {
            self.engine.tag(&from.familiar(), tag).await?;
        }
        Ok(())
    }

    /// Puts the manifest of `from` under each tag: the same bytes, so the same digest, and no layer is sent.
    async fn publish(&self, from: &Reference, tags: &[Reference]) -> Result<()> {
        let manifest = self.registry.manifest(from).await?.ok_or_else(|| {
            Error::failed(format!("{} was uploaded, and the registry does not have it", from.familiar()))
                .help("something deletes from this registry: try again")
        })?;
        let puts = tags.iter().map(|tag| self.registry.put_manifest(tag, &manifest));
        futures_util::future::try_join_all(puts).await?;
        Ok(())
    }

    async fn credential(&self, reference: &Reference) -> Result<Option<Credential>> {
        match credentials::lookup(&self.settings, reference.domain()).await {
            // A registry on this machine seldom wants any; if it does, its answer says so.
            Err(_) if is_loopback(reference.domain()) => Ok(None),
            found => found,
        }
    }
}
