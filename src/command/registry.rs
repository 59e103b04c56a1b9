//! `keg registry`

use clap::Subcommand;
use serde_json::json;

use crate::border::local_registry::{LocalRegistry, Record, Runs};
use crate::border::registry::Registry;
use crate::command::App;
use crate::error::Result;
use crate::settings::Format;

/// Arguments of `keg registry`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: RegistryCommand,
}

/// What `keg registry` does.
#[derive(Debug, Subcommand)]
pub enum RegistryCommand {
    /// Starts a registry on this machine, in a container or as a program
    ///
    /// In a container where the engine has the image or can pull it, else as the program `docker-registry`. It
    /// listens on 127.0.0.1 alone, so that it needs neither a certificate nor a login.
    Start {
        /// The port on 127.0.0.1
        #[arg(long, value_name = "PORT", default_value_t = 5000, value_parser = clap::value_parser!(u16).range(1..))]
        port: u16,
        /// The image to run [default: registry:2]
        #[arg(long, value_name = "IMAGE")]
        image: Option<String>,
    },
    /// Stops the registry that `keg registry start` started; its images stay for the next time
    Stop,
    /// Shows whether the registry runs, where, and how many repositories it has
    Status,
}

/// Runs `keg registry`.
///
/// # Errors
/// The registry does not start or stop, or what runs it is out of reach.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let local = LocalRegistry::new(&app.settings);
    match &args.command {
        RegistryCommand::Start { port, image } => {
            let (events, running) = app.ui.start();
            let started = local.start(*port, image.as_deref(), &events).await;
            drop(events);
            running.finish().await;
            let record = started?;
            let host = record.host();
            let text =
                format!("a registry runs at {host}, {}\nuse it in keg.yml: registry: {host}/NAME", runs(&record));
            print(app, "running", Some(&record), None, &text)
        }
        RegistryCommand::Stop => match local.stop().await? {
            Some(record) => {
                let text =
                    format!("the registry at {} has stopped; its images stay in {}", record.host(), place(&record));
                print(app, "stopped", Some(&record), None, &text)
            }
            None => print(app, "stopped", None, None, "no registry of keg's is running"),
        },
        RegistryCommand::Status => match local.running().await? {
            Some(record) => {
                let repositories = Registry::new(&app.settings).repositories(&record.host()).await?.len();
                let noun = if repositories == 1 { "repository" } else { "repositories" };
                let text = format!(
                    "a registry runs at {}, {}\n{repositories} {noun} in {}",
                    record.host(),
                    runs(&record),
                    place(&record)
                );
                print(app, "running", Some(&record), Some(repositories), &text)
            }
            None => print(app, "stopped", None, None, "no registry of keg's is running; keg registry start starts one"),
        },
    }
}

fn print(app: &App, state: &str, record: Option<&Record>, repositories: Option<usize>, text: &str) -> Result<()> {
    if app.settings.format != Format::Json {
        return app.ui.print(text);
    }
    let mut document = json!({ "state": state });
    if let Some(record) = record {
        document["host"] = record.host().into();
        document["registry"] = json!(record);
    }
    if let Some(repositories) = repositories {
        document["repositories"] = repositories.into();
    }
    app.ui.print_json(&document)
}

fn runs(record: &Record) -> String {
    match &record.runs {
        Runs::Container { name, image, .. } => format!("in the container {name} ({image})"),
        Runs::Program { process, .. } => format!("as the process {process} (docker-registry)"),
    }
}

fn place(record: &Record) -> String {
    match &record.runs {
        Runs::Container { volume, .. } => format!("the volume {volume}"),
        Runs::Program { storage, .. } => storage.display().to_string(),
    }
}
