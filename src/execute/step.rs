//! What one step of a plan does at the borders.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;

use crate::border::credentials::{self, Credential};
use crate::border::engine::{BuildRequest, Engine, PackageRequest, Secret};
use crate::border::locks::{Lock, Locks};
use crate::border::registry::{Registry, is_loopback};
use crate::context::Context;
use crate::env_vars;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::execute::bake::Baker;
use crate::execute::hook::{self, Hook};
use crate::execute::test::TestRun;
use crate::execute::versions::{self, FoundVersions};
use crate::execute::{CacheUse, publish, remove};
use crate::key::Key;
use crate::observe::LABEL_KEY;
use crate::plan::{Action, BuildAction, HookAction, PackageAction, Step};
use crate::planner::{collision, uploaded_elsewhere};
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
    /// What other keg processes are at.
    pub locks: Locks,
    /// The digests of what this run has uploaded, or found uploaded.
    pub uploaded: Mutex<BTreeMap<Reference, String>>,
    /// What tests run with, where there are any.
    pub tests: Option<Arc<TestRun>>,
    /// The tags that were found in images.
    pub versions: FoundVersions,
    /// Who builds, unless it is the engine.
    pub baker: Option<Baker>,
}

/// What a step that succeeded did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// What it should.
    Done,
    /// It built an image.
    Built(CacheUse),
    /// Nothing: another keg had done it since the plan was made.
    Found,
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
    /// The Dockerfile, absolute.
    pub path: PathBuf,
}

impl Work {
    /// Carries out one step.
    ///
    /// # Errors
    /// What the engine or registry said, with the step's subject.
    pub async fn run(&self, step: &Step, events: &Events) -> Result<Effect> {
        let name = step.name();
        match &step.action {
            Action::Build(build) => return self.build(build, name, events).await,
            Action::Pull { reference, tags } => {
                let credential = self.credential(reference).await?;
                self.engine.pull(reference, None, credential, &name, events).await?;
                self.tag(reference, tags).await?;
            }
            Action::Tag { from, tags } => self.tag(from, tags).await?,
            Action::Untag { tags } => {
                for tag in tags {
                    self.engine.untag(tag).await?;
                }
            }
            Action::Package(package) => self.package(package, events).await?,
            Action::Upload { reference, key, replaces } => {
                return self.upload(reference, *key, *replaces, &name, events).await;
            }
            Action::Publish { moves } => {
                let uploaded = |reference: &Reference| self.uploaded().get(reference).cloned();
                let waiting = || {
                    let line = "waiting for another keg that moves tags there".to_owned();
                    events.log(&name, line);
                };
                let moves = self.versions.put_into(moves);
                publish::publish(&self.registry, &self.locks, &moves, uploaded, waiting).await?;
                versions::store(&self.registry, &moves, uploaded, events).await;
            }
            Action::Remove { names } => remove::remove(&self.engine, names, events).await?,
            Action::Delete(deletion) => remove::delete(&self.registry, deletion, events).await?,
            Action::Hook(action) => self.hook(action, &name, events).await?,
            Action::Test(action) => self.tests(&name)?.run(&self.engine, action, &name, events).await?,
            Action::Version(action) => {
                let (tests, command) = (self.tests(&name)?, &action.command);
                let run = tests.run(&self.engine, command, &name, events).await;
                run.map_err(|error| action.command_failure(error))?;
                let output = tests.info(&command.image, &command.test.name).unwrap_or_default();
                self.versions.add(action, action.tags(&output)?)?;
            }
            Action::TagFound { from, .. } => self.tag(from, &self.versions.tags(&step.subject)).await?,
        }
        Ok(Effect::Done)
    }

    fn tests(&self, step: &str) -> Result<&TestRun> {
        self.tests.as_deref().ok_or_else(|| Error::failed(format!("{step}: this command runs no tests")))
    }

    async fn hook(&self, action: &HookAction, step: &str, events: &Events) -> Result<()> {
        let result = hook::run(&Hook::of(action), &self.engine, step, events).await;
        if let (Err(_), Some(content)) = (&result, &action.untag) {
            // The hook's own failure is what the user should read.
            self.engine.untag(content).await.ok();
        }
        result
    }

    /// Builds an image, unless another keg on this engine has built the same meanwhile.
    async fn build(&self, build: &BuildAction, step: String, events: &Events) -> Result<Effect> {
        let Some(files) = self.contexts.get(&build.image) else {
            return Err(Error::failed(format!("{step}: its context was not read")));
        };
        let _lock = self.lock(&build.content, &step, events).await?;
        if build.cache && self.engine_has(&build.content, build.key).await? {
            self.tag(&build.content, &build.tags).await?;
            return Ok(Effect::Found);
        }
        let request = self.request(build, files, step);
        let built = self.engine.build(request, events).await?;
        self.tag(&build.content, &build.tags).await?;
        Ok(Effect::Built(CacheUse { steps: built.steps, cached: built.cached_steps }))
    }

    /// What the engine's builder is asked for.
    pub(super) fn request(&self, build: &BuildAction, files: &BuildFiles, step: String) -> BuildRequest {
        let (settings, runtime) = (self.settings.clone(), Handle::current());
        BuildRequest {
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
            agents: build.ssh.clone(),
            agent: self.settings.variables.get(env_vars::SSH_AUTH_SOCK).map(PathBuf::from),
            // A credential that cannot be read is none: the registry's answer then says what is missing.
            credentials: Arc::new(move |host| runtime.block_on(credentials::lookup(&settings, host)).ok().flatten()),
        }
    }

    /// Makes an image of a container. One that cannot be tagged does not stay.
    async fn package(&self, package: &PackageAction, events: &Events) -> Result<()> {
        let PackageAction { container, labels, message, tags } = package;
        let request = PackageRequest { container: container.clone(), labels: labels.clone(), message: message.clone() };
        let image = self.engine.package(&request).await?;
        if !image.is_clean {
            events.note(
                "this engine keeps images in containerd: the names of the container's variables stay in the image, \
                 without values, and its command stays in the history",
            );
        }
        for tag in tags {
            if let Err(error) = self.engine.tag(&image.id, tag).await {
                // With a tag it is found, and without one it would be lost.
                self.engine.remove_untagged(&image.id).await.ok();
                return Err(error);
            }
        }
        Ok(())
    }

    pub(super) async fn engine_has(&self, content: &Reference, key: Key) -> Result<bool> {
        let found = self.engine.inspect(&content.familiar()).await?;
        Ok(found.is_some_and(|image| image.labels.get(LABEL_KEY).is_some_and(|label| *label == key.to_string())))
    }

    /// Uploads an image, unless the registry has got one of the same key meanwhile: the first one stays.
    async fn upload(
        &self,
        reference: &Reference,
        key: Option<Key>,
        replaces: bool,
        step: &str,
        events: &Events,
    ) -> Result<Effect> {
        let _lock = self.lock(reference, step, events).await?;
        if !replaces && let Some(there) = self.registry.head(reference).await? {
            let labels = self.registry.config_labels(&reference.by_digest(&there.digest)).await?.unwrap_or_default();
            if labels.get(LABEL_KEY).cloned() != key.map(|key| key.to_string()) {
                return Err(collision(reference, &labels));
            }
            self.uploaded().insert(reference.clone(), there.digest);
            return Ok(Effect::Found);
        }
        let credential = self.credential(reference).await?;
        let digest = self.engine.push(reference, credential, step, events).await?;
        // By such a name the engine's machine may mean another registry, which took it as well.
        if !self.engine.is_local()
            && is_loopback(reference.domain())
            && self.registry.head(reference).await?.is_none_or(|there| there.digest != digest)
        {
            return Err(uploaded_elsewhere(reference, &self.engine.address()));
        }
        self.uploaded().insert(reference.clone(), digest);
        Ok(Effect::Done)
    }

    /// Waits until no other keg of this user works on the image of this reference on this engine.
    async fn lock(&self, reference: &Reference, step: &str, events: &Events) -> Result<Lock> {
        self.lock_named(&format!("{} {reference}", self.engine.address()), step, events).await
    }

    /// Waits until no other keg of this user holds the lock of this name.
    pub(super) async fn lock_named(&self, name: &str, step: &str, events: &Events) -> Result<Lock> {
        let waiting = || {
            let line = "waiting for another keg that is at the same image".to_owned();
            events.log(step, line);
        };
        self.locks.take(name, waiting).await.map_err(|error| {
            Error::failed(format!("{step}: cannot lock it against other keg processes"))
                .cause(error)
                .help("make the folder of state files writable: $XDG_STATE_HOME, else ~/.local/state")
        })
    }

    pub(super) fn uploaded(&self) -> std::sync::MutexGuard<'_, BTreeMap<Reference, String>> {
        self.uploaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn tag(&self, from: &Reference, tags: &[Reference]) -> Result<()> {
        for tag in tags {
            self.engine.tag(&from.familiar(), tag).await?;
        }
        Ok(())
    }

    pub(super) async fn credential(&self, reference: &Reference) -> Result<Option<Credential>> {
        match credentials::lookup(&self.settings, reference.domain()).await {
            // A registry on this machine seldom wants any; if it does, its answer says so.
            Err(_) if is_loopback(reference.domain()) => Ok(None),
            found => found,
        }
    }
}
