//! What is built, tested and published in one run, as `keg build` and CI ask for it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::border::buildx::Builder;
use crate::command::test::Results;
use crate::command::{App, Run, test};
use crate::error::{Error, Result};
use crate::execute::Report;
use crate::moment;
use crate::observe::{Builds, Depth, Observed, OutsideUse, RegistryUse, Scope, UsualTags};
use crate::plan::Plan;
use crate::planner::{
    BuildIntent, Tests, allow_clashes, check_clashes, check_offline, check_platforms, plan_build, plan_push,
    with_hooks, with_tests,
};
use crate::testing;
use crate::workspace::{ImageIndex, Workspace};

/// How much of a run is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Publish {
    /// Nothing.
    #[default]
    Nothing,
    /// The images under their content tags, which nobody uses by themselves.
    Uploads,
    /// The images under all their tags.
    Tags,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Order {
    /// The images that it is about.
    pub selected: BTreeSet<ImageIndex>,
    /// Templates of further tags.
    pub tags: Vec<String>,
    /// The tags beside these.
    pub usual_tags: UsualTags,
    /// What is published.
    pub publish: Publish,
    /// Whether images are built; else what is not built is an error.
    pub builds: bool,
    /// Whether tests are run.
    pub tested: bool,
    /// Whether the images are built though they are fresh.
    pub rebuild: bool,
    /// How much the registry matters.
    pub registry: RegistryUse,
    /// Who is asked about outside images that keg.lock does not name.
    pub outside: OutsideUse,
    /// Whether a tag is overwritten that another branch made.
    pub force: bool,
    /// Who builds, unless it is the engine.
    pub builder: Option<Builder>,
}

/// An order, and how it will be carried out.
#[derive(Debug)]
pub struct Prepared {
    /// What there is.
    pub observed: Observed,
    /// What will be done.
    pub plan: Plan,
    intent: BuildIntent,
    tests: Option<Tests>,
}

impl Order {
    /// Looks at what there is, and plans.
    ///
    /// # Errors
    /// See [`observe`](crate::observe::observe), and what the checks of plans refuse.
    pub async fn prepare(self, app: &App, workspace: &Workspace) -> Result<Prepared> {
        let builds = self.builds(workspace);
        if let Some(builder) = self.builder.as_ref().filter(|builder| builder.is_engine() && !builder.shares_images)
            && builds == Builds::Loaded
        {
            let message = format!("the builder {} is another engine, which keeps what it builds", builder.name);
            let help = format!("publish it with --push, or have keg work with that engine: --context {}", builder.name);
            return Err(Error::request(message).help(help));
        }
        self.prepare_as(app, workspace, builds, moment::now).await
    }

    /// As [`prepare`](Self::prepare), of what a builder would make of it that publishes. With `rebuild`, what is fresh is
    /// in the plan as if it was not.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare).
    pub async fn prepare_definition(self, app: &App, workspace: &Workspace) -> Result<Prepared> {
        self.prepare_as(app, workspace, Builds::Published, String::new).await
    }

    fn builds(&self, workspace: &Workspace) -> Builds {
        match &self.builder {
            None => Builds::OnEngine,
            // Without content tags there is nothing that it could upload to before everything is built.
            Some(_) if self.publish != Publish::Nothing && workspace.options.content_tags => Builds::Published,
            Some(_) => Builds::Loaded,
        }
    }

    async fn prepare_as(
        self,
        app: &App,
        workspace: &Workspace,
        builds: Builds,
        rebuilt: impl Fn() -> String,
    ) -> Result<Prepared> {
        let pushes = self.publish != Publish::Nothing;
        let scope = Scope {
            selected: self.selected.clone(),
            registry: self.registry,
            moving_tags: pushes,
            tags: self.tags,
            depth: if self.builds { Depth::Build } else { Depth::Keys },
            rebuild: self.rebuild,
            usual_tags: self.usual_tags,
            outside: self.outside,
            builds,
        };
        let observed = app.observe(workspace, scope).await?;
        let tests = if self.tested { Some(test::of_build(app, workspace, &self.selected)?) } else { None };
        let untested = match &tests {
            Some(tests) => test::untested(workspace, &observed, &self.selected, tests),
            None => BTreeSet::new(),
        };
        let intent = BuildIntent {
            selected: self.selected,
            rebuild: self.rebuild.then(rebuilt),
            push: pushes,
            only_uploads: self.publish == Publish::Uploads,
            builds,
            is_apart: self.builder.as_ref().is_some_and(|builder| !builder.shares_images),
            untested,
        };
        let mut plan = if self.builds {
            plan_build(workspace, &observed, &intent)
        } else {
            plan_push(workspace, &observed, &intent.selected)?
        };
        let notes = check_platforms(&plan, workspace, &observed, &intent)?;
        plan.notes.extend(notes);
        if self.force {
            allow_clashes(&mut plan);
        } else {
            check_clashes(&plan, &observed)?;
        }
        if self.registry == RegistryUse::No {
            check_offline(&plan)?;
        }
        let plan = match &tests {
            Some(tests) => with_tests(plan, workspace, &observed, &intent, tests),
            None => plan,
        };
        let plan = with_hooks(plan, workspace, &observed);
        Ok(Prepared { observed, plan, intent, tests })
    }
}

impl Prepared {
    /// The images that it is about.
    pub fn selected(&self) -> &BTreeSet<ImageIndex> {
        &self.intent.selected
    }

    /// Carries it out, says what became of it, and writes what became of tests into the file `junit`.
    ///
    /// # Errors
    /// The work cannot begin, or the file cannot be written. What fails meanwhile stands in the report.
    pub async fn carry_out(
        &self,
        app: &App,
        workspace: &Workspace,
        mut run: Run,
        junit: Option<PathBuf>,
    ) -> Result<Report> {
        let Some(tests) = &self.tests else {
            let report = app.perform(workspace, &self.observed, &self.plan, run).await?;
            app.summarise(&self.plan, &report, None).await?;
            return Ok(report);
        };
        let running = test::begin(app, workspace).await?;
        run.tests = Some(running.clone());
        let report = app.perform(workspace, &self.observed, &self.plan, run).await?;
        let results = Results::of(workspace, tests, &self.plan, &report, &running);
        test::remember(app, workspace, &self.observed, tests, &results, self.intent.rebuild.as_deref());
        app.summarise(&self.plan, &report, Some(&results)).await?;
        if let Some(file) = junit {
            testing::junit::write(&app.settings.current_folder.join(file), &results.outcomes)?;
        }
        Ok(report)
    }
}
