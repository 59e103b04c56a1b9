//! `keg bake`

use std::ffi::OsString;

use crate::bake::{self, Build, Output};
use crate::command::builder::{self, BuilderFlags};
use crate::command::order::{Order, Publish};
use crate::command::plans::Plans;
use crate::command::selectors::Selectors;
use crate::command::{App, build, selection};
use crate::error::Result;
use crate::graph::Graph;
use crate::observe::{OutsideUse, RegistryUse, UsualTags};
use crate::plan::Action;

/// Arguments of `keg bake`.
#[derive(Debug, Default, clap::Args)]
#[command(
    after_help = "The definition is JSON as `docker buildx bake` takes it. It has what `keg build --push --builder`
would build: a target for each image, linked to those that it is built on, with keg's labels, its content tag and all its
platforms. Secrets are named in it and not contained.

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
    let builds: Vec<Build<'_>> = prepared
        .plan
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Build(action) => Some(Build {
                subject: &step.subject,
                action,
                context: &workspace.image(action.image).context,
                dockerfile: None,
                output: if args.push { Output::Registry } else { Output::Open },
            }),
            _ => None,
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
