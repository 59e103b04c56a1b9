//! `keg tap new`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::command::{App, Run, ci, hooks};
use crate::error::{Error, Result};
use crate::manifest::Layout;
use crate::observe::{self, Builds, Depth, OutsideUse, RegistryUse, Scope, UsualTags};
use crate::planner::{BuildIntent, check_platforms, plan_build, with_hooks};
use crate::reference::{self, Reference};
use crate::settings::Format;
use crate::tagging;
use crate::templates::{self, TemplateValues};
use crate::workspace::{Workspace, names};

/// The template where none is named.
const DEFAULT_TEMPLATE: &str = "blank";

/// Arguments of `keg tap new`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg tap new shop --template web     a small web service with a health check
  keg tap new counts --template module --base tap")]
pub struct Args {
    /// The tap's name; asked for on a terminal
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// blank, web or module
    #[arg(long, short, value_name = "TEMPLATE", default_value = DEFAULT_TEMPLATE)]
    pub template: String,
    /// A second name for the command line
    #[arg(long, value_name = "ALIAS")]
    pub alias: Option<String>,
    /// The image that it is built on [default: tap_base of keg.yml]
    #[arg(long, value_name = "IMAGE")]
    pub base: Option<String>,
    /// Only writes the folder
    #[arg(long)]
    pub no_build: bool,
    /// Does not publish the image
    #[arg(long)]
    pub no_push: bool,
    /// Shows what would be written, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `keg tap new`.
///
/// # Errors
/// A name that is taken or invalid, an unknown template, a base that there is none of; then those of a build.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = app.workspace()?;
    let name = name(args, app)?;
    check_name(&workspace, &name)?;
    if let Some(alias) = &args.alias {
        check_alias(&workspace, alias)?;
    }
    let base = base(&workspace, args)?;
    let folder = folder(&workspace, &name)?;
    let values = TemplateValues { name: name.clone(), alias: args.alias.clone(), base };
    let files = templates::render(&args.template, &values)?;
    if names::is_built_in(&name) {
        app.ui.note(format!("`keg {name}` is a command, too: write the command first, as in `keg start {name}`"));
    }
    if args.dry_run {
        let workflow = ci::init::file_of_new_image(app, &name)?;
        let paths = files.iter().map(|(path, ..)| folder.join(path)).chain(workflow);
        if app.settings.format == Format::Json {
            let paths: Vec<_> = paths.map(|path| workspace.shown(&path).display().to_string()).collect();
            return app.ui.print_json(&serde_json::json!({ "files": paths }));
        }
        let list: String = paths.map(|path| format!("{}\n", workspace.shown(&path).display())).collect();
        return app.ui.print(&list);
    }
    let push = !args.no_build && !args.no_push && workspace.options.registry.is_some();
    if push {
        check_unpublished(app, &workspace, &name, &folder).await?;
    }
    templates::write_all_or_nothing(&folder, &files)?;
    let (events, running) = app.ui.start();
    events.note(format!("wrote {}", workspace.shown(&folder).display()));
    drop(events);
    running.finish().await;
    // The tap is there and can be built, whatever becomes of its workflow.
    match ci::init::add_image(app, &name) {
        Ok(Some(path)) => app.ui.note(format!("wrote {path}, inactive until keg ci activate {name}")),
        Ok(None) => {}
        Err(error) => {
            app.ui.warn(format!("no workflow for {name}: {}", error.one_line()), error.remedy().map(str::to_owned))
        }
    }
    if args.no_build {
        return Ok(());
    }
    let tag = observe::default_tag(&workspace, &app.settings, &workspace.root)?;
    let tag = if workspace.options.plans.is_empty() { tag } else { format!("{{prefix}}-{tag}") };
    build(app, &name, push).await.map_err(|error| {
        let help = error.remedy().map(|help| format!("{help}\n")).unwrap_or_default();
        let shown = workspace.shown(&folder).display().to_string();
        let push = if push { " --push" } else { "" };
        error.help(format!("{help}{shown} was written and stays: mend it, then run keg build {name} --tag {tag}{push}"))
    })
}

/// Builds the new tap, with the default tag instead of the branch's, and publishes it where there is a registry.
async fn build(app: &App, name: &str, push: bool) -> Result<()> {
    let workspace = app.workspace()?;
    let Some(index) = workspace.find(name) else {
        return Err(Error::request(format!("the layout of keg.yml does not find the new tap {name}"))
            .help("add its folder to layout: taps:"));
    };
    let selected: BTreeSet<_> = workspace.variants(index).collect();
    hooks::before_build(app, &workspace, &selected).await?;
    let scope = Scope {
        selected: selected.clone(),
        registry: if push { RegistryUse::Required } else { RegistryUse::IfReachable },
        moving_tags: push,
        tags: Vec::new(),
        depth: Depth::Build,
        rebuild: false,
        usual_tags: UsualTags::OfDefaultBranch,
        outside: OutsideUse::default(),
        builds: Builds::OnEngine,
    };
    let observed = app.observe(&workspace, scope).await?;
    let intent = BuildIntent { selected, push, ..BuildIntent::default() };
    let mut plan = plan_build(&workspace, &observed, &intent);
    plan.notes.extend(check_platforms(&plan, &workspace, &observed, &intent)?);
    let plan = with_hooks(plan, &workspace, &observed);
    app.carry_out(&workspace, &observed, &plan, Run { locks: true, ..Run::default() }).await?;
    Ok(())
}

/// The image of another tap must not be overwritten: it may have been made on a branch that is not here.
async fn check_unpublished(app: &App, workspace: &Workspace, name: &str, folder: &Path) -> Result<()> {
    let tag = observe::default_tag(workspace, &app.settings, folder.parent().unwrap_or(&workspace.root))?;
    let plans = &workspace.options.plans;
    let mut tags: Vec<String> = plans.iter().map(|plan| tagging::with_prefix(&plan.prefix, &tag)).collect();
    if tags.is_empty() {
        tags.push(tag);
    }
    for tag in tags {
        let reference = workspace.repository_of(name).with_tag(&tag);
        if app.borders()?.registry.head(&reference).await?.is_some() {
            return Err(Error::request(format!("the registry has an image {} already", reference.familiar()))
                .help("choose another name, or leave publishing out with --no-push"));
        }
    }
    Ok(())
}

fn name(args: &Args, app: &App) -> Result<String> {
    match &args.name {
        Some(name) => Ok(name.clone()),
        None if app.settings.interactive => app.ui.ask("name of the new tap"),
        None => Err(Error::request("the new tap needs a name").help("keg tap new NAME")),
    }
}

fn check_name(workspace: &Workspace, name: &str) -> Result<()> {
    if !reference::is_path_component(name) {
        let proposal: String = name
            .to_lowercase()
            .split(|character: char| !character.is_ascii_alphanumeric())
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("-");
        let error = Error::request(format!("`{name}` cannot be the name of an image"))
            .because("use lower-case letters and digits, with `.`, `_` or `-` between them");
        return Err(if proposal.is_empty() { error } else { error.help(format!("try `{proposal}`")) });
    }
    match workspace.find(name) {
        None => Ok(()),
        Some(index) => {
            let image = workspace.image(index);
            Err(Error::request(format!(
                "there is an image {} already, in {}",
                image.name,
                workspace.shown(&image.folder).display()
            ))
            .help("choose another name"))
        }
    }
}

fn check_alias(workspace: &Workspace, alias: &str) -> Result<()> {
    if names::is_built_in(alias) {
        return Err(Error::request(format!("`{alias}` is a command of keg and cannot be an alias"))
            .help("choose another alias"));
    }
    match workspace.find(alias) {
        None => Ok(()),
        Some(index) => {
            Err(Error::request(format!("`{alias}` means the image {} already", workspace.image(index).name))
                .help("choose another alias"))
        }
    }
}

/// The image that the tap is built on: `--base`, else the workspace's `tap_base`, else the image named tap.
fn base(workspace: &Workspace, args: &Args) -> Result<String> {
    let named_tap = || workspace.find("tap").map(|index| workspace.image(index).name.clone());
    let base = args.base.clone().or_else(|| workspace.options.tap_base.clone()).or_else(named_tap);
    let Some(base) = base else {
        return Err(Error::request("nothing says which image the new tap is built on")
            .help("name one with --base, or set tap_base in keg.yml"));
    };
    match Reference::parse(&base) {
        Ok(_) => Ok(base),
        Err(error) => Err(Error::request(format!("the base `{base}` is no image")).cause(error)),
    }
}

/// Where the layout finds a tap of this name: the first glob of taps that ends in `/*`.
fn folder(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let globs: Vec<&str> = match workspace.options.file.layout.as_ref().map(|layout| &layout.value) {
        None => vec!["taps/*"],
        Some(Layout::ByKind(kinds)) => kinds.taps.iter().chain(&kinds.images).map(|glob| glob.value.as_str()).collect(),
        Some(Layout::List(globs)) => globs.iter().map(|glob| glob.value.as_str()).collect(),
    };
    let parent = globs.iter().find_map(|glob| glob.strip_suffix("/*"));
    let folder = parent.map(|parent| workspace.root.join(parent).join(name));
    folder.filter(|folder| !folder.display().to_string().contains(['*', '?', '['])).ok_or_else(|| {
        Error::request("the layout of keg.yml has no folder of taps that a new one could go to")
            .help("add one, for example: layout: { taps: [taps/*] }")
    })
}
