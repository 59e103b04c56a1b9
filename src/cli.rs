//! The command line. Doc comments are the help.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::command;
use crate::settings::Format;

/// Builds, tags, publishes and starts families of Docker images
///
/// keg knows which images of a repository have changed, builds only those and what is derived from them, tags them
/// with the git branch, publishes them as a set, and starts any tap from any tag.
///
/// `keg IMAGE VERB` means the same as `keg VERB IMAGE`.
#[derive(Debug, Parser)]
#[command(name = "keg", version, propagate_version = false, max_term_width = 100)]
#[command(arg_required_else_help = true)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub global: Global,
    /// Lists all commands and the plugins on PATH
    #[arg(long)]
    pub list: bool,
    /// The command.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub workspace: Option<PathBuf>,
    /// Acts as if this git branch were checked out
    #[arg(long, global = true, value_name = "NAME")]
    pub branch: Option<String>,
    /// Reads .env.NAME files too [default: KEG_ENV]
    #[arg(long, global = true, value_name = "NAME")]
    pub environment: Option<String>,
    /// The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the
    /// current context of Docker's]
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// Says nothing but results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Shows what builds and containers print, and more
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes a workspace, or a keg.yml for the Dockerfiles that are there
    Init(command::init::Args),
    /// Shows each image: fresh or stale, on the engine or in the registry
    Status(command::status::Args),
    /// Shows which image is built on which
    Graph(command::graph::Args),
    /// Shows what has changed since an image was built
    Why(command::why::Args),
    /// Shows the effective settings and where each comes from
    Config(command::config::Args),
    /// Shows the full form of references, and what would be built and started
    Resolve(command::resolve::Args),
    /// Checks engine, Compose, registry, credentials, git and disk
    Doctor(command::doctor::Args),
    /// Prints the JSON Schema of keg.yml, image.yml, tap.yml, or of what plugins get
    Schema(command::schema::Args),

    /// Builds what has changed, and tags it with the branch
    Build(command::build::Args),
    /// Prints what is to be built, as `docker buildx bake` takes it
    Bake(command::bake::Args),
    /// Publishes built images: uploads all, then moves the tags
    Push(command::push::Args),
    /// Pulls images by their branch tag, else by the default tag
    Pull(command::pull::Args),
    /// Gives built images further tags
    Tag(command::tag::Args),
    /// Runs the tests of built images
    Test(command::test::Args),
    /// Describes built images: digest, parents, layers, sizes, and what their `info` commands print
    Manifest(command::manifest::Args),
    /// Locks images from outside to what their registries have now
    Update(command::update::Args),
    /// Gives published images a second tag, all of them or none
    Promote(command::promote::Args),
    /// Removes images that nothing needs, from the engine and the registry
    Prune(command::prune::Args),
    /// Makes pages about images, graph and builds
    Docs(command::docs::Args),
    /// Does in CI what an event asks for
    Ci(command::ci::Args),

    /// Makes, lists and links taps
    Tap(command::tap::Args),
    /// Starts taps, after pulling the newest image
    Start(command::start::Args),
    /// Stops running taps
    Stop(command::stop::Args),
    /// Stops and starts a tap
    Restart(command::restart::Args),
    /// Shows what a tap's containers print
    Logs(command::logs::Args),
    /// Runs a command in a running tap, or in an image
    Exec(command::exec::Args),
    /// Joins the terminal of a tap's main process
    Attach(command::attach::Args),
    /// Makes an image of a running tap, with all that was changed in it
    #[command(alias = "dpg")]
    Package(command::package::Args),
    /// Deploys taps to a Swarm, with a rolling update that goes back when it fails
    Deploy(command::deploy::Args),
    /// Runs a task of a tap or of the workspace
    Run(command::run::Args),
    /// Shows a tap's variables, where each comes from and what it hides
    Env(command::env::Args),
    /// Lists running taps
    Ps(command::ps::Args),
    /// Opens a running tap in the browser
    Open(command::open::Args),
    /// Gives running taps names instead of ports
    Proxy(command::proxy::Args),
    /// Copies files into running taps as they change
    Watch(command::watch::Args),

    /// Stores the credentials of a registry
    Login(command::login::Args),
    /// Forgets the credentials of a registry
    Logout(command::logout::Args),
    /// Runs a registry on this machine
    Registry(command::registry::Args),

    /// Prints the completion script of a shell
    Completions(command::completions::Args),
    /// Prints or writes the manual pages
    Man(command::man::Args),

    /// `keg docker build` and the like: the old names
    #[command(hide = true)]
    Docker(command::words::OldNames),
    /// An image, a tap, or a plugin.
    #[command(external_subcommand)]
    External(Vec<OsString>),
}
