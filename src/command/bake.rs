//! `keg bake`

use std::ffi::OsString;
use std::path::PathBuf;

use crate::bake::{self, Build, Output};
use crate::command::builder::{self, BuilderFlags};
use crate::command::order::{Order, Publish};
use crate::command::plans::Plans;
use crate::command::selectors::Selectors;
use crate::command::{App, build, selection};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::observe::{OutsideUse, RegistryUse, UsualTags};
use crate::plan::{Action, BuildAction, Step};
use crate::state;
use crate::workspace::Workspace;

/// Arguments of `keg bake`.
#[derive(Debug, Default, clap::Args)]
#[command(
    after_help = "The definition is JSON as `docker buildx bake` takes it. It has what `keg build --push --builder`
would build: a target for each image, linked to those that it is built on, with keg's labels, its content tag and all its
platforms. Secrets are named in it and not contained. Dockerfiles are contained, except those that have a
.dockerignore of their own or the workspace in their context: .keg/bake has them, as the definition needs them.

Examples:
  keg bake                                    print what is to be built
  keg bake web                                of web and what it needs
  keg bake --all > docker-bake.json           also what is built already
  keg bake | docker buildx bake -f - --push   have buildx build it, without keg's events and moving tags
  keg bake --push                             with the output that keg asks for"
)]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// Which variants of them.
    #[command(flatten)]
    pub plans: Plans,
    /// Contains the images too that are built already
    #[arg(long)]
    pub all: bool,
    /// Has the images uploaded under their content tags
    #[arg(long)]
    pub push: bool,
    /// Gives a secret to the builds: id=NAME,src=FILE or id=NAME,env=VARIABLE
    #[arg(long = "secret", value_name = "id=…")]
    pub secrets: Vec<OsString>,
    /// Who will build.
    #[command(flatten)]
    pub builder: BuilderFlags,
    /// Which images, beside their names.
    #[command(flatten)]
    pub selectors: Selectors,
}

/// Runs `keg bake`.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = args.plans.of(app.workspace_for(&args.images)?, &args.images)?;
    if args.push {
        app.require_registry(&workspace)?;
    }
    let mut selected = args.selectors.images(app, &workspace, &args.images).await?;
    if args.all {
        selected.extend(Graph::new(&workspace).order_with_ancestors(&selected));
    }
    let builder = args.builder.builder(app, &workspace)?;
    let common = builder::common(&workspace, builder.as_ref());
    let order = Order {
        selected,
        tags: Vec::new(),
        usual_tags: UsualTags::OfBranch,
        publish: Publish::Nothing,
        builds: true,
        tested: false,
        rebuild: args.all,
        registry: RegistryUse::IfReachable,
        outside: OutsideUse::Ask,
        force: true,
        builder,
    };
    let prepared = order.prepare_definition(app, &workspace).await?;
    let actions = prepared.plan.steps.iter().filter_map(|step| match &step.action {
        Action::Build(action) => Some((step, action)),
        _ => None,
    });
    let actions: Vec<(&Step, &Box<BuildAction>)> = actions.collect();
    let dockerfiles = Error::each(actions.iter().map(|(step, action)| dockerfile(&workspace, &step.subject, action)))?;
    let builds: Vec<Build<'_>> = actions
        .iter()
        .zip(&dockerfiles)
        .map(|((step, action), dockerfile)| Build {
            subject: &step.subject,
            action,
            context: &workspace.image(action.image).context,
            dockerfile: dockerfile.as_deref(),
            output: if args.push { Output::Registry } else { Output::Open },
        })
        .collect();
    if builds.is_empty() {
        // buildx takes no definition without a target.
        app.ui.note("nothing is to be built: --all prints what is built already");
    }
    let mut definition = bake::define(&builds, &common).definition;
    let secrets: Result<Vec<String>> = args.secrets.iter().map(|secret| build::secret_source(secret, app)).collect();
    let secrets = secrets?;
    for (_, target) in definition["target"].as_object_mut().into_iter().flatten().filter(|_| !secrets.is_empty()) {
        target["secret"] = secrets.clone().into();
    }
    app.ui.print_json(&definition)
}

/// The Dockerfile that the definition names, in the folder of local state; `None` where its text stands in the definition.
fn dockerfile(workspace: &Workspace, subject: &str, action: &BuildAction) -> Result<Option<PathBuf>> {
    let image = workspace.image(action.image);
    let plain = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    let name =
        subject.chars().map(|char| if plain(char) { char.to_string() } else { format!("%{:x}", u32::from(char)) });
    let state = state::folder(&workspace.root).map_err(|error| {
        Error::failed("cannot make the folder .keg").cause(error).help("make the workspace writable")
    })?;
    let folder = state.join("bake").join(name.collect::<String>());
    bake::dockerfile::write(&action.dockerfile, &image.dockerfile.path, &image.context, &workspace.root, &folder)
}
