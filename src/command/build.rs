//! `keg build`

use std::ffi::OsString;
use std::path::PathBuf;

use crate::border::engine::{Secret, SecretValue};
use crate::command::builder::{self, BuilderFlags};
use crate::command::order::{Order, Publish};
use crate::command::plans::Plans;
use crate::command::selectors::Selectors;
use crate::command::{App, Run, hooks, manifest, selection};
use crate::docs;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::observe::{OutsideUse, RegistryUse, UsualTags};
use crate::workspace::Overrides;

/// Arguments of `keg build`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg build                      build what has changed
  keg build web --push           build web and what it needs, and publish web
  keg build web --plan gpu       build one variant of web
  keg build web --tag my-try     give it a second tag beside the branch's
  keg build --test --push        publish only what has passed its tests
  keg build --report run.html    write a page about the run, with what took how long
  keg build 'hub/*'              build the images of a folder; 'r-*' means names
  keg build --changed --push     publish what the branch has changed, and nothing else
  keg build --changed --and-dependents --dry-run
                                 show what a change makes necessary, and why

A word right after --changed is a commit, branch or tag: names of images come first.
keg build --dry-run shows what would be done, and why.")]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// Which variants of them.
    #[command(flatten)]
    pub plans: Plans,
    /// A further tag beside the branch tag; may have {branch} {sha} {sha7} {date} {version} {prefix} {plan}
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Publishes the images when all are built
    #[arg(long)]
    pub push: bool,
    /// Runs the images' tests; no tag is given or moves before all have passed
    #[arg(long)]
    pub test: bool,
    /// Writes what became of the tests into this file, as JUnit's XML
    #[arg(long, value_name = "FILE", requires = "test")]
    pub junit: Option<PathBuf>,
    /// Builds the named images on this image instead
    #[arg(long, value_name = "REFERENCE", requires = "images")]
    pub base: Option<String>,
    /// Sets a build arg of the named images
    #[arg(long = "build-arg", value_name = "NAME=VALUE", requires = "images")]
    pub build_args: Vec<String>,
    /// Gives a secret to the builds: id=NAME,src=FILE or id=NAME,env=VARIABLE
    #[arg(long = "secret", value_name = "id=…")]
    pub secrets: Vec<OsString>,
    /// Rebuilds the images and their descendants without cached layers, changed or not
    #[arg(long)]
    pub no_cache: bool,
    /// How many builds, and how many transfers, run at once [default: the number of processors; 8 transfers]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<usize>,
    /// Describes the images when they are built and tagged, as keg manifest does; with --push also in the registry
    #[arg(long)]
    pub manifest: bool,
    /// Overwrites a tag that another branch made
    #[arg(long)]
    pub force: bool,
    /// Fails if keg.lock would change
    #[arg(long)]
    pub locked: bool,
    /// Asks no registry: what is needed has to be on the engine
    #[arg(long, conflicts_with = "push")]
    pub offline: bool,
    /// Writes a page about this run: what was done, how long each step took, what failed
    #[arg(long, value_name = "FILE.html", conflicts_with = "dry_run")]
    pub report: Option<PathBuf>,
    /// Shows what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Who builds.
    #[command(flatten)]
    pub builder: BuilderFlags,
    /// Which images, beside their names.
    #[command(flatten)]
    pub selectors: Selectors,
}

/// Runs `keg build`.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let overrides = selection::overrides(app, args)?;
    let report = args.report.as_ref().map(|file| app.settings.current_folder.join(file));
    if let Some(report) = &report {
        // Not only when everything is built.
        docs::report::check(report)?;
    }
    let load = || args.plans.of(app.workspace_with(&args.images, &overrides)?, &args.images);
    let mut workspace = load()?;
    let mut selected = args.selectors.images(app, &workspace, &args.images).await?;
    if args.no_cache {
        // An image that is rebuilt under the same key is a new image: its children have to follow.
        let descendants = Graph::new(&workspace).descendants(selected.iter().copied());
        selected.extend(descendants.into_iter().filter(|index| workspace.is_own(*index)));
    }
    if args.push {
        app.require_registry(&workspace)?;
    }
    // Not for a trial run: they write files.
    if !args.dry_run && hooks::before_build(app, &workspace, &selected).await? {
        workspace = load()?;
    }
    let secrets = args.secrets.iter().map(|secret| parse_secret(secret, app)).collect::<Result<Vec<_>>>()?;
    let builder = args.builder.builder(app, &workspace)?;
    // A trial with `--base` is not locked.
    let locks = overrides == Overrides::default();
    let order = Order {
        selected,
        tags: args.tags.clone(),
        usual_tags: UsualTags::OfBranch,
        publish: if args.push { Publish::Tags } else { Publish::Nothing },
        builds: true,
        tested: args.test,
        rebuild: args.no_cache,
        registry: match (args.push, args.offline) {
            (true, _) => RegistryUse::Required,
            (false, true) => RegistryUse::No,
            (false, false) => RegistryUse::IfReachable,
        },
        outside: match (args.locked && locks, args.offline) {
            (true, _) => OutsideUse::Locked,
            (false, true) => OutsideUse::Offline,
            (false, false) => OutsideUse::Ask,
        },
        force: args.force,
        builder: builder.clone(),
    };
    let prepared = order.prepare(app, &workspace).await?;
    if args.dry_run {
        return app.print_plan(&prepared.plan);
    }
    let baker = builder::baker(app, &workspace, builder).await?;
    let run = Run { secrets, jobs: args.jobs, locks, report, baker, ..Run::default() };
    let report = prepared.carry_out(app, &workspace, run, args.junit.clone()).await?;
    report.error().map_or(Ok(()), Err)?;
    if args.manifest {
        manifest::describe_done(app, &workspace, prepared.selected(), args.push, args.jobs).await?;
    }
    Ok(())
}

/// Where a secret comes from, as buildx is told: the file's path is absolute.
pub(super) fn secret_source(text: &OsString, app: &App) -> Result<String> {
    // What is wrong with it is said here and not by another program later.
    let secret = parse_secret(text, app)?;
    let parts: Vec<&str> = text.to_str().unwrap_or_default().split(',').collect();
    let part = |names: &[&str]| {
        let found = parts.iter().filter_map(|part| part.split_once('=')).find(|(name, _)| names.contains(name));
        found.map(|(_, value)| value)
    };
    Ok(match part(&["src", "source"]) {
        Some(source) => format!("id={},src={}", secret.id, app.settings.current_folder.join(source).display()),
        None => format!("id={},env={}", secret.id, part(&["env"]).unwrap_or(&secret.id)),
    })
}

/// Reads `id=NAME,src=FILE` or `id=NAME,env=VARIABLE`; a name alone means a variable of that name, as Docker's own
/// client has it.
pub(super) fn parse_secret(text: &OsString, app: &App) -> Result<Secret> {
    let shape = "write --secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE";
    let text = text.to_str().ok_or_else(|| Error::request("--secret is not UTF-8").help(shape))?;
    let (mut id, mut source, mut variable) = (None, None, None);
    for part in text.split(',') {
        match part.split_once('=') {
            Some(("id", value)) => id = Some(value),
            Some(("src" | "source", value)) => source = Some(value),
            Some(("env", value)) => variable = Some(value),
            Some(("type", "file" | "env")) => {}
            None if id.is_none() => id = Some(part),
            // The value is not repeated: it may be the secret itself.
            _ => return Err(Error::request("--secret has a part that is not id=, src= or env=").help(shape)),
        }
    }
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return Err(Error::request("--secret has no id").help(shape));
    };
    let bytes = match (source, variable) {
        (Some(_), Some(_)) => return Err(Error::request(format!("secret `{id}` has both src and env")).help(shape)),
        (Some(source), None) => {
            let path = app.settings.current_folder.join(source);
            std::fs::read(&path).map_err(|error| {
                Error::request(format!("cannot read {}, the file of secret `{id}`", path.display()))
                    .cause(error)
                    .help("the path is relative to the current folder")
            })?
        }
        (None, variable) => {
            let variable = variable.unwrap_or(id);
            let value = app.settings.variables.get(variable).ok_or_else(|| {
                Error::request(format!("the environment has no {variable}, which secret `{id}` is read from"))
                    .help(shape)
            })?;
            value.as_bytes().to_vec()
        }
    };
    if let Ok(text) = std::str::from_utf8(&bytes) {
        app.ui.hide(text.trim());
    }
    Ok(Secret { id: id.to_owned(), value: SecretValue::new(bytes) })
}
