//! keg builds, tags, publishes and starts families of Docker images: a base image, hub images derived from it,
//! and taps on top.
//!
//! The loop of every command: settings → workspace → observe → plan (pure) → execute → events → `ui`.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use clap::{CommandFactory, Parser};

use crate::cli::{Cli, Command};
use crate::command::App;
use crate::env_vars::Variables;
use crate::error::{Error, Result};
use crate::settings::{Format, Settings};
use crate::ui::Ui;

pub mod border;
pub mod cli;
pub mod command;
pub mod context;
pub mod dockerfile;
pub mod dockerignore;
pub mod env_vars;
pub mod envfile;
pub mod error;
pub mod event;
pub mod execute;
pub mod graph;
pub mod hash_cache;
pub mod key;
pub mod lock;
pub mod manifest;
pub mod observe;
pub mod plan;
pub mod planner;
pub mod reference;
pub mod settings;
pub mod start;
pub mod tagging;
pub mod templates;
pub mod ui;
pub mod workspace;
pub mod yaml;

/// How long work that cannot be cancelled may hold up the end of the process.
const SHUTDOWN: Duration = Duration::from_secs(1);

/// Runs keg with `arguments` (the program's name first) and gives the exit code.
pub fn run(arguments: Vec<OsString>) -> u8 {
    // A shell that asks for completions is answered here, and the process ends.
    clap_complete::CompleteEnv::with_factory(Cli::command).complete();
    let variables = Variables::of_process();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return ui::print_usage(&error),
    };
    let settings = match Settings::resolve(&cli.global, variables) {
        Ok(settings) => Arc::new(settings),
        Err(error) => return ui::print_early_error(&error),
    };
    let app = App { ui: Ui::new(&settings), settings };
    match resolve_and_dispatch(cli, arguments, &app) {
        Ok(()) => 0,
        Err(error) => {
            app.ui.error(&error);
            error.exit_code()
        }
    }
}

/// Words that are no verb (`keg web build`) are turned into a command first.
fn resolve_and_dispatch(cli: Cli, arguments: Vec<OsString>, app: &App) -> Result<()> {
    let words = match cli.command {
        Command::External(words) => words,
        Command::Docker(old) => old.words,
        Command::Tap(command::tap::Args { command: command::tap::TapCommand::External(mut words) }) => {
            words.insert(0, "tap".into());
            words
        }
        command => return on_runtime(dispatch(command, app)),
    };
    match command::words::meaning(&arguments, &words, app)? {
        command::words::Meaning::Command(arguments) => match Cli::try_parse_from(&arguments) {
            Ok(Cli {
                command: Command::External(words) | Command::Docker(command::words::OldNames { words }), ..
            }) => Err(command::words::unknown(&words, app)),
            Ok(cli) => on_runtime(dispatch(cli.command, app)),
            Err(error) => match ui::print_usage(&error) {
                0 => Ok(()),
                code => Err(Error::passed(code)),
            },
        },
        command::words::Meaning::Plugin(plugin) => on_runtime(command::words::run_plugin(plugin, app)),
    }
}

fn on_runtime(command: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failed("starting keg's event loop").cause(error))?;
    let result = runtime.block_on(command);
    runtime.shutdown_timeout(SHUTDOWN);
    result
}

async fn dispatch(command: Command, app: &App) -> Result<()> {
    if matches!(app.settings.format, Format::Dot | Format::Mermaid) && !matches!(command, Command::Graph(_)) {
        return Err(Error::request("--format dot and --format mermaid are drawings of the graph")
            .help("only keg graph draws: use --format text or --format json here"));
    }
    match command {
        Command::Init(args) => command::init::run(&args, app),
        Command::Status(args) => command::status::run(&args, app).await,
        Command::Graph(args) => command::graph::run(&args, app),
        Command::Config(args) => command::config::run(&args, app),
        Command::Resolve(args) => command::resolve::run(&args, app).await,
        Command::Doctor(args) => command::doctor::run(&args, app).await,
        Command::Schema(args) => command::schema::run(&args, app),
        Command::Build(args) => command::build::run(&args, app).await,
        Command::Push(args) => command::push::run(&args, app).await,
        Command::Pull(args) => command::pull::run(&args, app).await,
        Command::Tag(args) => command::tag::run(&args, app).await,
        Command::Tap(args) => command::tap::run(&args, app).await,
        Command::Start(args) => command::start::run(&args, app).await,
        Command::Stop(args) => command::stop::run(&args, app).await,
        Command::Restart(args) => command::restart::run(&args, app).await,
        Command::Logs(args) => command::logs::run(&args, app).await,
        Command::Exec(args) => command::exec::run(&args, app).await,
        Command::Ps(args) => command::ps::run(&args, app).await,
        Command::Login(args) => command::login::run(&args, app).await,
        Command::Logout(args) => command::logout::run(&args, app).await,
        Command::Registry(args) => command::registry::run(&args, app).await,
        Command::Completions(args) => command::completions::run(&args, app),
        Command::Man(args) => command::man::run(&args, app),
        Command::Docker(_) | Command::External(_) => Err(Error::request("there is no such command")),
    }
}
