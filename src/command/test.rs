//! `keg test`

mod results;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::command::plans::Plans;
use crate::command::selectors::Selectors;
use crate::command::{App, Run, selection};
use crate::error::Result;
use crate::execute::TestRun;
use crate::graph::Graph;
use crate::observe::{Builds, Depth, Observed, OutsideUse, RegistryUse, Scope, UsualTags, build_identity};
use crate::planner::{Tests, plan_test};
use crate::settings::Format;
use crate::testing::{self, Gathered, Passed};
use crate::ui::looks_secret;
use crate::workspace::{ImageIndex, Workspace};

pub use results::{Results, list};

/// Arguments of `keg test`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg test                      run the tests of all images
  keg test web --only import    those of web whose names have `import` in them
  keg test --list               show them, with where each is defined
  keg test --changed --and-dependents
                                of images that the branch has changed, and of all that is built on them
  keg build --test --push       publish nothing that has not passed

An image has the tests of the folder that keg.yml names as `common_tests`, of every image that it stands on, and its
own: commands under `tests:` in its manifest, and executable files in its folder test/.")]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// Which variants of them.
    #[command(flatten)]
    pub plans: Plans,
    /// Runs only tests with this text in their names
    #[arg(long, short = 'k', value_name = "TEXT")]
    pub only: Vec<String>,
    /// Lists the tests, also those that are run by hand, and runs none
    #[arg(long)]
    pub list: bool,
    /// How many tests run at once [default: the number of processors]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<usize>,
    /// Writes what became of the tests into this file, as JUnit's XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Shows what would be run, and runs nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Which images, beside their names.
    #[command(flatten)]
    pub selectors: Selectors,
}

/// Runs `keg test`.
///
/// # Errors
/// An image that is not built, a test that fails.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = args.plans.of(app.workspace_for(&args.images)?, &args.images)?;
    let selected = args.selectors.images(app, &workspace, &args.images).await?;
    let mut gathered = gather(app, &workspace, &selected)?;
    gathered.only(&args.only)?;
    if args.list {
        return list(app, &workspace, &gathered.tests);
    }
    let scope = Scope {
        selected: selected.clone(),
        registry: RegistryUse::IfReachable,
        moving_tags: false,
        tags: Vec::new(),
        depth: Depth::Keys,
        rebuild: false,
        usual_tags: UsualTags::OfBranch,
        outside: OutsideUse::Ask,
        builds: Builds::OnEngine,
    };
    let observed = app.observe(&workspace, scope).await?;
    let plan = plan_test(&workspace, &observed, &selected, &gathered.tests)?;
    if args.dry_run {
        return app.print_plan(&plan);
    }
    let tests = begin(app, &workspace).await?;
    let run = Run { jobs: args.jobs, tests: Some(tests.clone()), ..Run::default() };
    let report = app.perform(&workspace, &observed, &plan, run).await?;
    let results = Results::of(&workspace, &gathered.tests, &plan, &report, &tests);
    if args.only.is_empty() {
        remember(app, &workspace, &observed, &gathered.tests, &results, None);
    }
    if app.settings.format == Format::Json {
        app.ui.print_json(&serde_json::json!({ "tests": results.outcomes, "interrupted": report.interrupted }))?;
    } else {
        results.print(app)?;
    }
    if let Some(file) = &args.junit {
        testing::junit::write(&app.settings.current_folder.join(file), &results.outcomes)?;
    }
    report.error().map_or(Ok(()), Err)
}

/// Reads the tests of images, and says what looks like a test and is none. Values of their variables that look secret
/// are not printed from now on.
///
/// # Errors
/// See [`testing::gather`].
pub fn gather(app: &App, workspace: &Workspace, images: &BTreeSet<ImageIndex>) -> Result<Gathered> {
    let gathered = testing::gather(workspace, images)?;
    for warning in &gathered.warnings {
        app.ui.warn(warning, None);
    }
    let tests = gathered.tests.values().flat_map(|image| &image.tests);
    for (_, value) in tests.flat_map(|test| &test.definition.env).filter(|(name, _)| looks_secret(name)) {
        app.ui.hide(value);
    }
    Ok(gathered)
}

/// Prepares a run of tests: what killed runs have left is removed.
///
/// # Errors
/// The engine is out of reach.
pub async fn begin(app: &App, workspace: &Workspace) -> Result<Arc<TestRun>> {
    let run = TestRun::new(&workspace.root, &app.settings);
    run.sweep(&app.borders()?.engine).await?;
    Ok(Arc::new(run))
}

/// The tests that a build may have to run: those of the selected images and of what they are built on.
///
/// # Errors
/// See [`testing::gather`].
pub fn of_build(app: &App, workspace: &Workspace, selected: &BTreeSet<ImageIndex>) -> Result<Tests> {
    let images = Graph::new(workspace).order_with_ancestors(selected).into_iter().collect();
    Ok(gather(app, workspace, &images)?.tests)
}

/// The selected images of which these very tests are not known to have passed.
pub fn untested(
    workspace: &Workspace,
    observed: &Observed,
    selected: &BTreeSet<ImageIndex>,
    tests: &Tests,
) -> BTreeSet<ImageIndex> {
    let is_untested = |index: &&ImageIndex| {
        let (Some(tests), Some(key)) = (tests.get(index), observed.keys.get(index)) else { return false };
        let build = observed.build_identity(workspace, **index, key);
        let passed = Passed { build, tests: tests.digest.clone() };
        let has_any = tests.tests.iter().any(testing::ImageTest::is_run);
        has_any && !Passed::read(&workspace.root, &workspace.image(**index).name).contains(&passed)
    };
    selected.iter().filter(is_untested).copied().collect()
}

/// Writes down which images have passed all their tests. `rebuild`: the time at which those that were built were
/// rebuilt under the same key.
pub fn remember(
    app: &App,
    workspace: &Workspace,
    observed: &Observed,
    tests: &Tests,
    results: &Results,
    rebuild: Option<&str>,
) {
    let mut passed = Vec::new();
    for (index, tests) in tests {
        let image = workspace.image(*index);
        let Some(key) = observed.keys.get(index).filter(|_| results.has_passed(&image.full_name())) else { continue };
        let build = match rebuild {
            Some(time) => build_identity(key, Some(time)),
            None => observed.build_identity(workspace, *index, key),
        };
        passed.push((image.name.clone(), Passed { build, tests: tests.digest.clone() }));
    }
    if let Err(error) = Passed::write(&workspace.root, &passed) {
        // They have passed all the same; the next build only runs them again.
        app.ui.warn(error.one_line(), error.remedy().map(Into::into));
    }
}
