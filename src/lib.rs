//! keg builds, tags, publishes and starts families of Docker images: a base image, hub images derived from it,
//! and taps on top.
//!
//! The loop of every command: settings → workspace → observe → plan (pure) → execute → events → `ui`.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::cli::{Cli, Command};
use crate::command::words::{Meaning, Words, meaning};
use crate::command::{App, completion};
use crate::env_vars::Variables;
use crate::error::{Error, Result};
use crate::settings::{Format, Settings};

pub mod bake;
pub mod border;
pub mod ci;
pub mod cli;
pub mod command;
pub mod context;
pub mod deploy;
pub mod detach;
pub mod dockerfile;
pub mod dockerignore;
pub mod docs;
pub mod env_vars;
pub mod envfile;
pub mod error;
pub mod event;
pub mod exec;
pub mod execute;
pub mod graph;
pub mod hash_cache;
pub mod history;
pub mod image_record;
pub mod import;
pub mod interrupt;
pub mod journal;
pub mod key;
pub mod layers;
pub mod legacy;
pub mod links;
pub mod lock;
pub mod logs;
pub mod manifest;
pub mod markup;
pub mod moment;
pub mod observe;
pub mod package;
pub mod plan;
pub mod planner;
pub mod plugin;
pub mod promotions;
pub mod proxy;
pub mod reference;
pub mod runs;
pub mod selection;
pub mod settings;
pub mod start;
pub mod state;
pub mod tagging;
pub mod task;
pub mod templates;
pub mod testing;
pub mod ui;
pub mod versions;
pub mod watch;
pub mod workspace;
pub mod yaml;

/// How long work that cannot be cancelled may hold up the end of the process.
const SHUTDOWN: Duration = Duration::from_secs(1);

/// Runs keg with `arguments` (the program's name first) and gives the exit code.
pub fn run(arguments: Vec<OsString>) -> u8 {
    // A shell that asks for completions is answered here, and the process ends.
    clap_complete::CompleteEnv::with_factory(|| completion::command(&arguments)).complete();
    if arguments.len() == 2 && arguments[1] == execute::MOVE_TAGS {
        return run_order();
    }
    let arguments = command::exec::separated(arguments);
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return ui::print_usage(&error),
    };
    let app = match app(&cli.global) {
        Ok(app) => app.about(cli.command.as_ref().map(Command::names).unwrap_or_default()),
        Err(error) => return ui::print_early_error(&error),
    };
    let Some(command) = cli.command else {
        return if cli.list { exit_code(command::plugin::list(&app), &app) } else { ui::print_usage(&no_command()) };
    };
    let result = match words_of(&command) {
        None => on_runtime(dispatch(command, &app)),
        Some(words) => match meaning(&arguments, &words, &app) {
            // Flags after the verb (`keg web build --branch x`) are known only now, so everything is resolved anew.
            Ok(Meaning::Command(arguments)) => return run_meant(&arguments, &app),
            Ok(Meaning::Plugin(plugin)) => on_runtime(command::plugin::run(plugin, &app)),
            Err(error) => Err(error),
        },
    };
    exit_code(result, &app)
}

/// Does what another keg process has left to this one.
fn run_order() -> u8 {
    match app(&cli::Global::default()) {
        Ok(app) => exit_code(on_runtime(command::move_tags::run(&app)), &app),
        Err(error) => ui::print_early_error(&error),
    }
}

/// Runs a command line that words were turned into.
fn run_meant(arguments: &[OsString], first: &App) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return ui::print_usage(&error),
    };
    let app = match app(&cli.global) {
        Ok(app) => app.about(cli.command.as_ref().map(Command::names).unwrap_or_default()),
        Err(error) => return exit_code(Err(error), first),
    };
    let Some(command) = cli.command else { return ui::print_usage(&no_command()) };
    let result = match words_of(&command) {
        None => on_runtime(dispatch(command, &app)),
        Some(words) => Err(command::words::unknown(&words.words, &app)),
    };
    exit_code(result, &app)
}

fn no_command() -> clap::Error {
    Cli::command().error(ErrorKind::MissingSubcommand, "keg needs a command: `keg --list` shows all")
}

fn app(flags: &cli::Global) -> Result<App> {
    let settings = Arc::new(Settings::resolve(flags, Variables::of_process())?);
    Ok(App::new(settings))
}

fn exit_code(result: Result<()>, app: &App) -> u8 {
    match result {
        Ok(()) => 0,
        Err(error) => {
            app.ui.error(&error);
            error.exit_code()
        }
    }
}

/// The words of a command that is none of the built-in ones.
fn words_of(command: &Command) -> Option<Words> {
    match command {
        Command::External(words) => Some(Words { words: words.clone(), after: None }),
        Command::Docker(old) => Some(Words { words: old.words.clone(), after: Some("docker") }),
        Command::Tap(command::tap::Args { command: command::tap::TapCommand::External(words) }) => {
            Some(Words { words: words.clone(), after: Some("tap") })
        }
        _ => None,
    }
}

fn on_runtime(command: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failed("starting keg's event loop").cause(error))?;
    let result = runtime.block_on(async {
        tokio::select! {
            biased;
            result = command => result,
            () = interrupt::unhandled() => Err(Error::interrupted()),
        }
    });
    runtime.shutdown_timeout(SHUTDOWN);
    result
}

/// The command with the names of taps in the place of globs.
fn spelled_out(mut command: Command, app: &App) -> Result<Command> {
    let taps = match &mut command {
        Command::Start(args) => &mut args.taps,
        Command::Stop(args) => &mut args.taps,
        Command::Restart(args) => &mut args.start.taps,
        Command::Ps(args) => &mut args.taps,
        Command::Watch(args) => &mut args.taps,
        Command::Deploy(args) => &mut args.taps,
        _ => return Ok(command),
    };
    *taps = command::taps(app, std::mem::take(taps))?;
    Ok(command)
}

async fn dispatch(command: Command, app: &App) -> Result<()> {
    match (app.settings.format, &command) {
        (Format::Text | Format::Json, _)
        | (Format::Dot | Format::Mermaid | Format::Svg, Command::Graph(_))
        | (Format::Dotenv | Format::Shell, Command::Env(_)) => {}
        (Format::Github, Command::Ci(args)) if args.is_plan() => {}
        (Format::Github, _) => {
            return Err(Error::request("--format github is for outputs of a step in GitHub's workflows")
                .help("only keg ci plan writes them: use --format text or --format json here"));
        }
        (Format::Dot | Format::Mermaid | Format::Svg, _) => {
            return Err(Error::request("--format dot, mermaid and svg are drawings of the graph")
                .help("only keg graph draws: use --format text or --format json here"));
        }
        (Format::Dotenv | Format::Shell, _) => {
            return Err(Error::request("--format dotenv and --format shell are for variables")
                .help("only keg env knows them: use --format text or --format json here"));
        }
    }
    match spelled_out(command, app)? {
        Command::Init(args) => command::init::run(&args, app),
        Command::Status(args) => command::status::run(&args, app).await,
        Command::Graph(args) => command::graph::run(&args, app).await,
        Command::Why(args) => command::why::run(&args, app).await,
        Command::Config(args) => command::config::run(&args, app),
        Command::Resolve(args) => command::resolve::run(&args, app).await,
        Command::Doctor(args) => command::doctor::run(&args, app).await,
        Command::Schema(args) => command::schema::run(&args, app),
        Command::Build(args) => command::build::run(&args, app).await,
        Command::Bake(args) => command::bake::run(&args, app).await,
        Command::Push(args) => command::push::run(&args, app).await,
        Command::Pull(args) => command::pull::run(&args, app).await,
        Command::Tag(args) => command::tag::run(&args, app).await,
        Command::Test(args) => command::test::run(&args, app).await,
        Command::Manifest(args) => command::manifest::run(&args, app).await,
        Command::Update(args) => command::update::run(&args, app).await,
        Command::Promote(args) => command::promote::run(&args, app).await,
        Command::Prune(args) => command::prune::run(&args, app).await,
        Command::Docs(args) => command::docs::run(&args, app).await,
        Command::Ci(args) => command::ci::run(&args, app).await,
        Command::Tap(args) => command::tap::run(&args, app).await,
        Command::Start(args) => command::start::run(&args, app).await,
        Command::Stop(args) => command::stop::run(&args, app).await,
        Command::Restart(args) => command::restart::run(&args, app).await,
        Command::Logs(args) => command::logs::run(&args, app).await,
        Command::Exec(args) => command::exec::run(&args, app).await,
        Command::Attach(args) => command::attach::run(&args, app).await,
        Command::Deploy(args) => command::deploy::run(&args, app).await,
        Command::Package(args) => command::package::run(&args, app).await,
        Command::Run(args) => command::run::run(&args, app).await,
        Command::Env(args) => command::env::run(&args, app).await,
        Command::Ps(args) => command::ps::run(&args, app).await,
        Command::Open(args) => command::open::run(&args, app).await,
        Command::Proxy(args) => command::proxy::run(&args, app).await,
        Command::Watch(args) => command::watch::run(&args, app).await,
        Command::Login(args) => command::login::run(&args, app).await,
        Command::Logout(args) => command::logout::run(&args, app).await,
        Command::Registry(args) => command::registry::run(&args, app).await,
        Command::Completions(args) => command::completions::run(&args, app),
        Command::Man(args) => command::man::run(&args, app),
        Command::Docker(_) | Command::External(_) => Err(Error::request("there is no such command")),
    }
}
