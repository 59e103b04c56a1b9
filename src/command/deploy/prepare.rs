//! What is known of a deployment before anything is changed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::future::join_all;
use serde_json::Value;

use super::Args;
use crate::border::compose::Flavor;
use crate::border::compose::overlay::{LABEL_BRANCH, LABEL_TAP, Overlay};
use crate::border::engine::{Engine, LABEL_STACK, Membership, SwarmService};
use crate::border::registry::is_loopback;
use crate::command::start::project::ProjectFiles;
use crate::command::variables::{self, TapVariables};
use crate::command::{App, proxy};
use crate::deploy::deployed::short_name;
use crate::deploy::image::{Chosen, choose};
use crate::deploy::stack::{Change, Request, Stack, Weight, is_updating, other_images, stack};
use crate::env_vars;
use crate::error::{Error, Result};
use crate::manifest::{Hooks, ProxyKind};
use crate::observe;
use crate::reference::Reference;
use crate::start::{Tags, Wanted, candidates, stack_name};
use crate::tagging::{Branch, check_tag};
use crate::ui::looks_secret;
use crate::workspace::{ImageIndex, Workspace};

/// A deployment.
pub(super) struct Prepared {
    /// The tap's name.
    pub tap: String,
    /// The branch.
    pub branch: Branch,
    /// The image, by its digest.
    pub image: Reference,
    /// The name of the stack.
    pub name: String,
    /// The stack.
    pub stack: Stack,
    /// What else the user should know.
    pub notes: Vec<String>,
    /// What runs in the stack now.
    pub before: Vec<SwarmService>,
    /// The tap's folder, in which its hooks run.
    pub folder: PathBuf,
    /// Its hooks.
    pub hooks: Hooks,
    /// What hooks find in their environment.
    pub variables: Vec<(String, String)>,
}

/// Decides what is deployed, and makes the stack of it. The Swarm is not asked: what the user can mend without one is
/// said first.
///
/// # Errors
/// The image is not in its registry, or a file is missing or wrong.
pub(super) async fn prepare(args: &Args, index: ImageIndex, app: &App, workspace: &Workspace) -> Result<Prepared> {
    let tap = workspace.image(index);
    let branch = observe::branch_of_image(workspace, &app.settings, tap)?;
    let name = stack_name(&tap.name, &branch.tag);
    let variables = TapVariables::read(app, workspace, Some(tap), &args.env)?;
    let further: Vec<PathBuf> = args.files.iter().map(|file| app.settings.current_folder.join(file)).collect();
    if let Some(missing) = further.iter().find(|file| !file.is_file()) {
        return Err(Error::request(format!("--file {}: there is no such file", missing.display())));
    }
    let files = ProjectFiles::read(workspace, tap)?.with(&further);
    let Chosen { image, note } = image(args, app, workspace, index, &variables).await?;
    let own = variables::own(app, workspace, Some(tap), &branch, Some(&image));
    let given = variables.with_own(own).for_programs();
    let overlay = Overlay {
        tap: tap.name.clone(),
        branch: branch.name.clone(),
        tag: branch.tag.clone(),
        plan: tap.plan().map(str::to_owned),
        workspace: workspace.root.clone(),
        image: image.familiar(),
        variables: variables.for_container(files.are_made()),
        naming: proxy::naming(workspace, tap),
        ..Overlay::default()
    };
    let stack = make(args, app, workspace, files, overlay, &given, &name).await?;
    Ok(Prepared {
        tap: tap.name.clone(),
        branch,
        image,
        name,
        stack,
        notes: note.into_iter().collect(),
        before: Vec::new(),
        folder: tap.folder.clone(),
        hooks: tap.manifest.hooks.clone(),
        variables: given,
    })
}

impl Prepared {
    /// Compares with what the Swarm runs now.
    ///
    /// # Errors
    /// The name of the stack is taken, or the engine is out of reach.
    pub async fn compare(&mut self, engine: &Engine, membership: &Membership) -> Result<()> {
        self.before = engine.swarm_services(&[format!("{LABEL_STACK}={}", self.name)]).await?;
        check_free(&self.name, &self.before, &self.tap, &self.branch.name)?;
        if membership.nodes > 1 && is_loopback(self.image.domain()) {
            let domain = self.image.domain();
            self.notes.push(format!("each node asks itself for {domain}: its registry has to be reached there"));
        }
        for service in gone(&self.before, &self.stack) {
            self.notes.push(format!("the service {service} is removed: the compose file no longer has it"));
        }
        if self.stack.is_under_way(&self.before) {
            self.notes.push("the Swarm is at this already: it is only waited for".to_owned());
        } else if let Some(service) = self.before.iter().find(|service| is_updating(service)) {
            let service = short_name(service);
            self.notes.push(format!(
                "an earlier deployment of {service} is not over: if this one fails, the Swarm goes back to that one"
            ));
        }
        Ok(())
    }
}

/// The image, with the digest that its registry has.
async fn image(
    args: &Args,
    app: &App,
    workspace: &Workspace,
    index: ImageIndex,
    variables: &TapVariables,
) -> Result<Chosen> {
    let tap = workspace.image(index);
    let default = observe::default_tag_of(workspace, &app.settings, tap)?;
    let usual = observe::usual_tag_of(workspace, &app.settings, index)?;
    let wanted = Wanted {
        asked: None,
        flag: args.from.as_deref(),
        environment: app.settings.variables.get(env_vars::KEG_IMAGE_FROM),
        tap_environment: variables.image_from(),
        manifest: tap.tap.as_ref().and_then(|tap| tap.from.as_deref()),
    };
    let candidates = candidates(workspace, index, wanted, Tags { branch: &usual, default: &default })?;
    if candidates.iter().any(|candidate| candidate.image.is_some()) && workspace.options.registry.is_none() {
        let file = workspace.root.join("keg.yml");
        return Err(Error::request(format!(
            "deploying {}: there is no registry that the nodes could pull from",
            tap.name
        ))
        .help(format!(
            "add a line to {}, as registry: ghcr.io/my-team; then keg build {word} --push",
            file.display(),
            word = tap.name
        )));
    }
    let registry = app.borders()?.registry;
    let heads = join_all(candidates.iter().map(|candidate| registry.head(&candidate.reference))).await;
    let mut found = Vec::new();
    for (candidate, head) in candidates.into_iter().zip(heads) {
        found.push((candidate, head?.map(|manifest| manifest.digest)));
    }
    match choose(&tap.name, &found, &[]) {
        Ok(chosen) => Ok(chosen),
        Err(error) => {
            let Some((first, _)) = found.first() else { return Err(error) };
            let mut tags = registry.tags(&first.reference).await.ok().flatten().unwrap_or_default();
            // Content tags are keg's own.
            tags.retain(|tag| check_tag(tag).is_ok());
            choose(&tap.name, &found, &tags)
        }
    }
}

/// Asks Compose what the project is, and makes a stack of that.
async fn make(
    args: &Args,
    app: &App,
    workspace: &Workspace,
    files: ProjectFiles,
    overlay: Overlay,
    given: &[(String, String)],
    name: &str,
) -> Result<Stack> {
    let compose = app.compose().await?;
    // What a start has written stays: the tap may run here too.
    let folder = tempfile::tempdir().map_err(|error| Error::failed("making a temporary folder").cause(error))?;
    let write =
        |overlay: Overlay, further: &[String]| files.write(folder.path(), name, overlay, further, given.to_vec());
    let mut document = compose.document(&write(overlay.clone(), &[])?).await?;
    let known: Vec<&str> = files.services().collect();
    let services = document.get("services").and_then(Value::as_object).into_iter().flatten();
    let others: Vec<String> =
        services.map(|(name, _)| name.clone()).filter(|one| !known.contains(&one.as_str())).collect();
    if !others.is_empty() {
        // Services of files that the user's file takes in, which get labels too.
        document = compose.document(&write(overlay, &others)?).await?;
    }
    hide_secrets(app, &document);
    let (images, unpinned) = pin(app, &other_images(&document, &files.image_service)).await?;
    let proxy = workspace.options.file.proxy.as_ref().filter(|proxy| proxy.enabled);
    let mut stack = stack(
        &document,
        &Request {
            project: name,
            service: &files.image_service,
            replicas: args.replicas,
            images: &images,
            variables: given,
            with_profiles: compose.flavor == Flavor::One,
            traefik: proxy.is_some_and(|proxy| proxy.keys.kind == ProxyKind::Traefik),
            is_here: &|path| path.exists(),
        },
    )?;
    stack.changes.extend(unpinned);
    stack.mark();
    Ok(stack)
}

/// Digests of further images; what a registry does not tell stays as it is.
async fn pin(app: &App, images: &[String]) -> Result<(BTreeMap<String, String>, Vec<Change>)> {
    let registry = app.borders()?.registry;
    let (mut pinned, mut unpinned) = (BTreeMap::new(), Vec::new());
    let asked = images.iter().map(async |image| {
        let reference = Reference::parse(image).ok()?.with_default_tag();
        (reference.digest().is_none()).then_some(())?;
        Some((registry.head(&reference).await, reference))
    });
    for (image, answer) in images.iter().zip(join_all(asked).await) {
        let Some((head, reference)) = answer else { continue };
        let (weight, text) = match head {
            Ok(Some(manifest)) => {
                pinned.insert(image.clone(), reference.with_digest(&manifest.digest).familiar());
                continue;
            }
            Ok(None) => (Weight::Breaks, "its registry does not have it, so the nodes cannot pull it".to_owned()),
            Err(error) => (Weight::Adapted, format!("it is not fixed by its digest: {}", error.one_line())),
        };
        unpinned.push(Change { service: image.clone(), key: "image".to_owned(), weight, text });
    }
    Ok((pinned, unpinned))
}

/// What is shown of the stack shows no secrets.
fn hide_secrets(app: &App, document: &Value) {
    let services = document.get("services").and_then(Value::as_object).into_iter().flatten();
    for (name, value) in services.filter_map(|(_, service)| service.get("environment")?.as_object()).flatten() {
        if let Some(value) = value.as_str().filter(|value| !value.is_empty() && looks_secret(name)) {
            app.ui.hide(value);
            // Compose writes a dollar sign twice, and the containers have it once.
            app.ui.hide(value.replace("$$", "$"));
        }
    }
}

/// Refuses the name of a stack that keg has not made for this tap and branch.
fn check_free(name: &str, services: &[SwarmService], tap: &str, branch: &str) -> Result<()> {
    for service in services {
        let label = |label: &str| service.labels.get(label).map(String::as_str);
        let whose = match (label(LABEL_TAP), label(LABEL_BRANCH)) {
            (Some(one), Some(other)) if one == tap && other == branch => continue,
            (Some(one), Some(other)) => format!("{one} of the branch {other}"),
            _ => format!("services that keg has not deployed, as {}", service.name),
        };
        return Err(Error::request(format!("deploying {tap}: its stack {name} is taken by {whose}"))
            .help(format!("remove that first: docker stack rm {name}; or deploy {tap} from another branch")));
    }
    Ok(())
}

/// Services that run and are no longer in the file.
fn gone(before: &[SwarmService], stack: &Stack) -> Vec<String> {
    let names = before.iter().map(short_name);
    names.filter(|name| stack.document["services"].get(name).is_none()).map(str::to_owned).collect()
}

impl Prepared {
    /// What would be deployed, for programs.
    pub fn document(&self) -> Value {
        serde_json::json!({
            "tap": self.tap,
            "branch": self.branch.name,
            "image": self.image.familiar(),
            "stack": self.name,
            "changes": self.stack.changes,
            "notes": self.notes,
            "file": self.stack.document,
        })
    }

    /// What would be deployed.
    pub fn text(&self) -> Result<String> {
        let mut text = String::new();
        for note in &self.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        for change in &self.stack.changes {
            let word = match change.weight {
                Weight::Adapted => "adapted",
                Weight::Lost => "left out",
                Weight::Breaks => "left out, with --accept",
                Weight::Impossible => "impossible",
            };
            text.push_str(&format!("{word}: {change}\n"));
        }
        let word = if self.before.is_empty() { "deploy" } else { "update" };
        text.push_str(&format!("{word} {} from {} as the stack {}:\n\n", self.tap, self.image.familiar(), self.name));
        text.push_str(&self.stack.yaml()?);
        Ok(text)
    }
}
