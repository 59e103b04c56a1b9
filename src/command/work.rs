//! What the commands share: settings, the workspace, the borders, and the way from a plan to a summary.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use crate::border::compose::Compose;
use crate::border::engine::{Engine, Secret};
use crate::border::locks::Locks;
use crate::border::registry::Registry;
use crate::command::home::Home;
use crate::command::summary;
use crate::command::test::{self, Results};
use crate::context::warn_of_git_ignored;
use crate::docs;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::execute::{self, Baker, BuildFiles, FoundVersions, Lanes, Report, StepResult, TestRun, Work};
use crate::history;
use crate::interrupt;
use crate::links::Links;
use crate::moment;
use crate::observe::{self, Borders, LookUp, Observed, OutsideImage, Scope};
use crate::plan::{Action, Plan};
use crate::reference::Reference;
use crate::runs::{self, RUNS, RunRecord};
use crate::settings::{Format, Settings};
use crate::tagging::Branch;
use crate::ui::{Groups, Ui};
use crate::versions::Versions;
use crate::workspace::{ImageIndex, Workspace};

/// How a plan is carried out.
#[derive(Default)]
pub struct Run {
    /// Secrets that builds may ask for.
    pub secrets: Vec<Secret>,
    /// `--jobs`.
    pub jobs: Option<usize>,
    /// Whether outside images are written to keg.lock, as builds do it; those of a trial with `--base` are not.
    pub locks: bool,
    /// What tests run with, where the plan has any.
    pub tests: Option<Arc<TestRun>>,
    /// The file that gets a page about the run.
    pub report: Option<PathBuf>,
    /// Who builds, unless it is the engine.
    pub baker: Option<Baker>,
}

/// What every command gets.
pub struct App {
    /// Flags and environment.
    pub settings: Arc<Settings>,
    /// Where output goes.
    pub ui: Ui,
    /// The words of the command that name images.
    pub(super) words: Vec<String>,
    pub(super) home: OnceLock<Result<Home>>,
    pub(super) links: OnceLock<Result<Links>>,
    borders: OnceLock<Borders>,
}

impl App {
    /// What a run of keg was told, and where it shows what it does.
    pub fn new(settings: Arc<Settings>) -> Self {
        Self {
            ui: Ui::new(&settings),
            settings,
            words: Vec::new(),
            home: OnceLock::new(),
            links: OnceLock::new(),
            borders: OnceLock::new(),
        }
    }

    /// The same with other settings, and marks in the log that a CI system folds.
    #[must_use]
    pub fn changed(&self, settings: Arc<Settings>, groups: Option<Groups>) -> Self {
        let ui = match groups {
            Some(groups) => self.ui.clone().with_groups(groups),
            None => self.ui.clone(),
        };
        Self {
            ui,
            settings,
            words: self.words.clone(),
            home: self.home.clone(),
            links: self.links.clone(),
            borders: self.borders.clone(),
        }
    }

    /// The branch of the workspace's own repository.
    ///
    /// # Errors
    /// A repository that cannot be read, a branch that gives no tag.
    pub fn branch(&self, workspace: &Workspace) -> Result<Branch> {
        observe::branch_of(workspace, &self.settings, &workspace.root)
    }

    /// The tag of the default branch.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub fn default_tag(&self, workspace: &Workspace) -> Result<String> {
        observe::default_tag(workspace, &self.settings, &workspace.root)
    }

    /// The engine and the registries; nothing is called yet.
    ///
    /// # Errors
    /// An engine address that cannot be understood.
    pub fn borders(&self) -> Result<Borders> {
        if let Some(borders) = self.borders.get() {
            return Ok(borders.clone());
        }
        let borders = Borders { engine: Engine::connect(&self.settings)?, registry: Registry::new(&self.settings) };
        Ok(self.borders.get_or_init(|| borders).clone())
    }

    /// Compose, for the engine that keg talks to.
    ///
    /// # Errors
    /// There is none, or the engine is to be reached through ssh and is out of reach.
    pub async fn compose(&self) -> Result<Compose> {
        let engine = self.borders()?.engine;
        let compose = Compose::find(&self.settings).await?.at_engine(engine.variables().await?);
        Ok(if engine.endpoint().certificates.is_some() { compose.with_own_certificates() } else { compose })
    }

    /// An error with the remedy if the workspace names no registry.
    ///
    /// # Errors
    /// Just that.
    pub fn require_registry(&self, workspace: &Workspace) -> Result<()> {
        if workspace.options.registry.is_some() {
            return Ok(());
        }
        let file = workspace.root.join("keg.yml");
        Err(Error::request("this workspace has no registry to publish to or pull from")
            .help(format!("add a line to {}, for example: registry: localhost:5000/my-team", file.display())))
    }

    /// Reads what there is.
    ///
    /// # Errors
    /// See [`observe::observe`].
    pub async fn observe(&self, workspace: &Workspace, scope: Scope) -> Result<Observed> {
        let borders = self.borders()?;
        let (events, running) = self.ui.start();
        let observed = observe::observe(workspace, &self.settings, &borders, &scope, &events).await;
        drop(events);
        running.finish().await;
        observed
    }

    /// Looks up the digests of further references in the registry.
    ///
    /// # Errors
    /// A registry that is out of reach or refuses.
    pub async fn look_up(&self, observed: &mut Observed, references: BTreeSet<Reference>) -> Result<()> {
        let missing = references.into_iter().filter(|reference| !observed.published.contains_key(reference)).collect();
        observed.published.extend(observe::look_up(&self.borders()?, missing, LookUp::Digest).await?);
        Ok(())
    }

    /// Prints a plan instead of carrying it out.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn print_plan(&self, plan: &Plan) -> Result<()> {
        match self.settings.format {
            Format::Json => self.ui.print_json(&plan.json()),
            _ => self.ui.print(&plan.to_string()),
        }
    }

    /// Carries out `plan` and prints the summary.
    ///
    /// # Errors
    /// The errors of failed steps as one, or that the run was interrupted.
    pub async fn carry_out(&self, workspace: &Workspace, observed: &Observed, plan: &Plan, run: Run) -> Result<()> {
        let report = self.perform(workspace, observed, plan, run).await?;
        self.summarise(plan, &report, None).await?;
        report.error().map_or(Ok(()), Err)
    }

    /// Prints what became of each image, and of tests where there were any.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub async fn summarise(&self, plan: &Plan, report: &Report, tests: Option<&Results>) -> Result<()> {
        let has_sizes = !plan.images.is_empty();
        let sizes = if has_sizes { summary::sizes(&self.borders()?.engine, plan).await } else { BTreeMap::new() };
        summary::print(&self.ui, self.settings.format, plan, report, &sizes, tests)
    }

    /// Carries out `plan` and leaves it to the caller to say what became of it.
    ///
    /// # Errors
    /// The work cannot begin. What fails later stands in the report.
    pub async fn perform(&self, workspace: &Workspace, observed: &Observed, plan: &Plan, run: Run) -> Result<Report> {
        let borders = self.borders()?;
        self.check_shared_registries(plan, observed).await?;
        let (began, report_file) = (moment::now(), run.report.clone());
        if run.locks {
            lock_outside_images(workspace, observed)?;
        }
        let work = Work {
            engine: borders.engine.clone(),
            registry: borders.registry.clone(),
            settings: self.settings.clone(),
            contexts: build_files(workspace, observed, plan),
            secrets: run.secrets,
            locks: Locks::new(&self.settings, &workspace.root.join(".keg")),
            uploaded: Mutex::default(),
            tests: self.tests_of(workspace, plan, run.tests).await?,
            versions: FoundVersions::new(plan),
            baker: run.baker,
        };
        let (events, running) = self.ui.start();
        for note in &plan.notes {
            events.note(note);
        }
        warn_of_ignored_files(observed, plan, &events);
        let mut handled = interrupt::handled();
        let report = execute::execute(plan, &work, Lanes::new(run.jobs), &events, handled.requested()).await;
        let left = match &work.tests {
            Some(tests) => tests.clean_up(&work.engine).await,
            None => Ok(()),
        };
        drop(events);
        running.finish().await;
        if let Err(error) = left {
            self.ui.warn(format!("containers of tests may be left: {}", error.one_line()), None);
        }
        if let Err(error) = Versions::write(&workspace.root, &work.versions.records()) {
            // They are only found again.
            self.ui.warn(error.one_line(), error.remedy().map(Into::into));
        }
        let built = built(plan, &report);
        if !built.is_empty()
            && let Err(error) = history::keep(workspace, observed, &built, !run.locks)
        {
            // The images are built all the same; only `keg why` will know less of them.
            self.ui.warn(error.one_line(), error.remedy().map(Into::into));
        }
        if report_file.is_some() || runs::is_memorable(plan) {
            self.record(workspace, observed, plan, &report, (&began, report_file)).await;
        }
        // Only now: an interrupted run is remembered too.
        drop(handled);
        Ok(report)
    }

    /// What commands in images run with; those that find tags need it too.
    async fn tests_of(
        &self,
        workspace: &Workspace,
        plan: &Plan,
        tests: Option<Arc<TestRun>>,
    ) -> Result<Option<Arc<TestRun>>> {
        if tests.is_some() || !plan.steps.iter().any(|step| matches!(step.action, Action::Version(_))) {
            return Ok(tests);
        }
        Ok(Some(test::begin(self, workspace).await?))
    }

    /// Remembers a run, and writes the page about it. What cannot be written is said: the work itself is done.
    async fn record(
        &self,
        workspace: &Workspace,
        observed: &Observed,
        plan: &Plan,
        report: &Report,
        (began, file): (&str, Option<PathBuf>),
    ) {
        let sizes = match self.borders() {
            Ok(borders) if !report.interrupted => summary::sizes(&borders.engine, plan).await,
            _ => BTreeMap::new(),
        };
        let images = summary::image_results(plan, report, observed, &sizes);
        let own = plan.images.iter().find(|image| workspace.image(image.index).folder.starts_with(&workspace.root));
        let facts = own.and_then(|image| observed.images.get(&image.index));
        let run = RunRecord {
            began: began.to_owned(),
            branch: facts.map(|facts| facts.branch.name.clone()),
            revision: facts.and_then(|facts| facts.revision.clone()),
            ..RunRecord::new(plan, report, images, |error| self.ui.error_text(error))
        };
        let run = self.ui.masked(run);
        let kept = if runs::is_memorable(plan) { RUNS.keep(&workspace.root, &run) } else { Ok(()) };
        let kept = kept
            .map_err(|error| Error::failed("cannot write a record of this run").cause(error).help("free some space"));
        let written = file.map_or(Ok(()), |file| docs::report::write(workspace, &run, &file));
        for error in [kept, written].into_iter().filter_map(Result::err) {
            self.ui.warn(error.one_line(), error.remedy().map(Into::into));
        }
    }
}

/// The images that a run has built.
fn built(plan: &Plan, report: &Report) -> BTreeSet<ImageIndex> {
    let ended = plan.steps.iter().zip(&report.steps);
    ended
        .filter_map(|(step, ended)| match (&step.action, &ended.result) {
            (Action::Build(build), StepResult::Done | StepResult::Found) => Some(build.image),
            _ => None,
        })
        .collect()
}

fn build_files(workspace: &Workspace, observed: &Observed, plan: &Plan) -> BTreeMap<ImageIndex, BuildFiles> {
    let mut files = BTreeMap::new();
    for step in &plan.steps {
        let Action::Build(build) = &step.action else { continue };
        let Some(image) = observed.images.get(&build.image) else { continue };
        let dockerfile = workspace.shown(&workspace.image(build.image).dockerfile.path).display().to_string();
        let source = workspace.image(build.image).dockerfile.text.clone();
        let path = workspace.image(build.image).dockerfile.path.clone();
        files.insert(build.image, BuildFiles { context: image.context.clone(), dockerfile, source, path });
    }
    files
}

/// Writes the digests of outside images into keg.lock before anything is built on them. An image that is fresh was
/// built on them too.
fn lock_outside_images(workspace: &Workspace, observed: &Observed) -> Result<()> {
    let mut lock = observed.lock.clone();
    for (reference, outside) in &observed.outside {
        if let OutsideImage::Resolved(digest) = outside {
            lock.set(reference, digest);
        }
    }
    lock.write(&observed.lock, &workspace.root).map(|_| ())
}

/// Git-ignored files make the key differ between machines; who builds should know.
fn warn_of_ignored_files(observed: &Observed, plan: &Plan, events: &Events) {
    for step in &plan.steps {
        let Action::Build(build) = &step.action else { continue };
        let Some(image) = observed.images.get(&build.image) else { continue };
        if let Some(warning) = warn_of_git_ignored(&step.subject, &image.context, &image.git_ignored) {
            events.send(warning);
        }
    }
}
