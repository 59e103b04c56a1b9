//! What has happened, and which images that is about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::border::buildx::Builder;
use crate::border::git::Repository;
use crate::ci::{
    Aim, Asked, Base, Circumstances, EventKind, EventName, Provider, PullRequest, Selection, TagsOfRun, aim, read,
};
use crate::command::ci::rebuild;
use crate::command::order::{Order, Publish};
use crate::command::selectors::Selectors;
use crate::command::{App, builder, selection};
use crate::env_vars::CI_DEFAULT_BRANCH;
use crate::error::{Error, Result};
use crate::history::short;
use crate::observe::{OutsideUse, RegistryUse, Repositories, UsualTags};
use crate::selection::Everything;
use crate::settings::Settings;
use crate::ui::Groups;
use crate::workspace::{ImageIndex, Workspace};

/// What the command line says of the event.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct EventArgs {
    /// What has happened [default: what the CI system's variables say]
    #[arg(long, value_enum, value_name = "EVENT")]
    pub event: Option<EventName>,
    /// The commit or branch that a pull request is compared with
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
}

/// What a run of CI works on.
pub struct Situation {
    /// What the event asks for.
    pub aim: Aim,
    /// The workspace.
    pub workspace: Workspace,
    /// The images that it is about.
    pub selected: BTreeSet<ImageIndex>,
    /// Why, where that is more than that all are meant.
    pub reasons: BTreeMap<ImageIndex, String>,
    /// The commit message that asks for a rebuild of all images, where there is one.
    pub rebuild: Option<Everything>,
    /// The builder of keg.yml, which only the machine that builds has to have.
    pub builder: Option<Builder>,
}

/// keg as it works for the event: for its branch, and with a log that the CI system can fold.
pub fn app_of(app: &App, args: &EventArgs) -> Result<App> {
    let mut settings = Settings::clone(&app.settings);
    // A release is of no branch, and git has to be asked for its tag.
    if settings.branch.is_none() && args.event != Some(EventName::Release) {
        settings.branch = event(app, args, None)?.branch().map(str::to_owned);
    }
    let told = payload(app)?;
    let told = told.as_ref().and_then(|event| event.pointer("/repository/default_branch")?.as_str());
    if let Some(name) = told.filter(|_| !settings.variables.is_set(CI_DEFAULT_BRANCH)) {
        settings.variables = settings.variables.with(CI_DEFAULT_BRANCH, name);
    }
    let groups = match Provider::of(&app.settings.variables) {
        Provider::GitHub => Some(Groups::GitHub),
        Provider::GitLab => Some(Groups::GitLab),
        Provider::Jenkins | Provider::Other => None,
    };
    Ok(app.changed(Arc::new(settings), groups))
}

fn event(app: &App, args: &EventArgs, version: Option<String>) -> Result<crate::ci::Event> {
    let asked = Asked { event: args.event, base: args.base.clone(), branch: app.settings.branch.clone(), version };
    read(&app.settings.variables, payload(app)?.as_ref(), &asked)
}

/// The document of GitHub's event; `None` where no variable names one.
///
/// # Errors
/// A file that cannot be read, or is no JSON.
pub fn payload(app: &App) -> Result<Option<Value>> {
    let Some(path) = app.settings.variables.get("GITHUB_EVENT_PATH") else { return Ok(None) };
    let failed = || Error::request(format!("cannot read {path}, the file of the event (GITHUB_EVENT_PATH)"));
    let text = std::fs::read_to_string(path).map_err(|error| failed().cause(error))?;
    serde_json::from_str(&text).map(Some).map_err(|error| failed().cause(error))
}

impl Situation {
    /// Finds it out. `words` name the images of which only those are meant.
    ///
    /// # Errors
    /// An event of which something is missing, a workspace that does not load, nothing to compare with.
    pub async fn find(app: &App, args: &EventArgs, words: &[String]) -> Result<Self> {
        let workspace = app.workspace_for(words)?;
        let mut repositories = Repositories::default();
        let repository = repositories.of(&workspace.root, &app.settings)?;
        let version = repository.and_then(|repository| repository.exact_tag.clone());
        let mut event = event(app, args, version)?;
        if let (EventKind::PullRequest(request), Some(repository), None) = (&mut event.kind, repository, &args.base) {
            request.base = base_of(request, repository)?;
        }
        let git_tags = match repository {
            Some(repository) => repository.names(&[])?.tags.into_iter().collect(),
            None => Vec::new(),
        };
        let branch = app.branch(&workspace)?;
        let around = Circumstances { branch: branch.name, is_default: branch.is_default, git_tags };
        let ci = workspace.options.file.ci.clone().unwrap_or_default();
        let mut aim = aim(&event, &ci, &around);
        if aim.tags.is_some() && workspace.options.registry.is_none() {
            aim.tags = None;
            aim.notes.push("nothing is published: keg.yml names no registry".to_owned());
        }
        let builder = builder::presumed(app, &workspace)?;
        let (selected, reasons) = select(app, &workspace, &aim, words).await?;
        let rebuild = match (&event.kind, repository) {
            (EventKind::Push { before, .. }, Some(repository)) if ci.full_rebuild.is_some() => {
                let images = if aim.tags.is_some() { &selected } else { &BTreeSet::new() };
                rebuild::asked(app, &workspace, images, repository, before.as_deref()).await?
            }
            _ => None,
        };
        if let Some(everything) = &rebuild {
            let (commit, subject) = (short(&everything.commit), &everything.subject);
            aim.notes.push(format!("the message of commit {commit} asks for a rebuild of all images: {subject}"));
        }
        Ok(Self { aim, workspace, selected, reasons, rebuild, builder })
    }

    /// The tags that images get beside the further ones.
    pub fn usual_tags(&self) -> UsualTags {
        match &self.aim.tags {
            Some(TagsOfRun::Only(_)) => UsualTags::None,
            Some(TagsOfRun::OfBranch(_)) | None => UsualTags::OfBranch,
        }
    }

    /// The tags beside the usual ones.
    pub fn further_tags(&self) -> Vec<String> {
        self.aim.tags.as_ref().map(|tags| tags.further().to_vec()).unwrap_or_default()
    }

    /// Whether anything is published.
    pub fn publishes(&self) -> bool {
        self.aim.tags.is_some()
    }
}

/// What a pull request is compared with: what it is merged into by the commit that is checked out, else what the event
/// tells.
///
/// # Errors
/// A repository that cannot be read.
pub fn base_of(request: &PullRequest, repository: &Repository) -> Result<Option<Base>> {
    let parents = match &repository.revision {
        Some(revision) => repository.parents(revision)?,
        None => Vec::new(),
    };
    let Some(into) = request.merged_into(&parents) else { return Ok(request.base.clone()) };
    Ok(repository.commit(into)?.map(|_| Base::Commit(into.to_owned())).or_else(|| request.base.clone()))
}

async fn select(
    app: &App,
    workspace: &Workspace,
    aim: &Aim,
    words: &[String],
) -> Result<(BTreeSet<ImageIndex>, BTreeMap<ImageIndex, String>)> {
    let named = selection::images(app, workspace, words)?;
    let revision = match &aim.selection {
        Selection::Nothing => return Ok((BTreeSet::new(), BTreeMap::new())),
        Selection::All => return Ok((named, BTreeMap::new())),
        Selection::Changed(base) => base.as_ref().map(|base| match base {
            Base::Commit(revision) | Base::Branch(revision) => revision.clone(),
        }),
    };
    let selectors = Selectors { changed: Some(revision), and_dependents: true, ..Selectors::default() };
    let selection = selectors.select(app, workspace, &[]).await?;
    let selected: BTreeSet<ImageIndex> = selection.indexes().intersection(&named).copied().collect();
    let reasons = selected.iter().filter_map(|index| Some((*index, selection.reason(*index)?.to_string()))).collect();
    Ok((selected, reasons))
}

impl Situation {
    /// What is built and tested, and published as far as `publish` says.
    pub fn order(&self, publish: Publish) -> Order {
        let publish = if self.publishes() { publish } else { Publish::Nothing };
        // What the default branch has published has passed its tests: a release does not repeat them.
        let is_release = self.usual_tags() == UsualTags::None && publish == Publish::Uploads;
        Order {
            selected: self.selected.clone(),
            tags: if is_release { Vec::new() } else { self.further_tags() },
            usual_tags: if is_release { UsualTags::OfDefaultBranch } else { self.usual_tags() },
            publish,
            builds: true,
            tested: true,
            rebuild: self.rebuild.is_some(),
            registry: if self.publishes() { RegistryUse::Required } else { RegistryUse::IfReachable },
            outside: OutsideUse::Ask,
            force: false,
            builder: self.builder.clone(),
        }
    }

    /// The tags of what is built and tested.
    pub fn order_of_tags(&self) -> Order {
        Order { builds: false, tested: false, rebuild: false, ..self.order(Publish::Tags) }
    }
}
