//! A registry on this machine that keg starts and stops: the CNCF distribution registry, in a container or as a
//! program of its own.

mod container;
mod program;

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::border::engine::Engine;
use crate::border::registry::Registry;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::settings::Settings;

/// How long a registry may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(20);

/// What is known of the registry that keg started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The port on 127.0.0.1.
    pub port: u16,
    /// What runs it.
    #[serde(flatten)]
    pub runs: Runs,
}

/// What runs a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "runs")]
pub enum Runs {
    /// A container on the engine.
    Container {
        /// Its name.
        name: String,
        /// Its image.
        image: String,
        /// The volume with the images.
        volume: String,
    },
    /// A program.
    Program {
        /// Its process id.
        process: u32,
        /// The folder with the images.
        storage: PathBuf,
    },
}

impl Record {
    /// Where it is reached: `localhost:5000`.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }
}

/// The user's own registry on this machine.
#[derive(Debug, Clone)]
pub struct LocalRegistry {
    settings: Settings,
    folder: PathBuf,
}

impl LocalRegistry {
    /// The registry of these settings' user, running or not.
    pub fn new(settings: &Settings) -> Self {
        Self { settings: settings.clone(), folder: settings.state_folder().join("registry") }
    }

    /// The registry that keg started, if it still runs.
    ///
    /// # Errors
    /// The engine that runs it is out of reach.
    pub async fn running(&self) -> Result<Option<Record>> {
        let Some(record) = self.record()? else { return Ok(None) };
        let runs = match &record.runs {
            Runs::Container { name, .. } => container::runs(&self.engine()?, name).await?,
            Runs::Program { process, .. } => program::runs(*process, &self.folder).await,
        };
        Ok(runs.then_some(record))
    }

    /// Starts a registry on `port` and waits until it answers: in a container where the engine has or gets the
    /// image, else as the program `docker-registry`.
    ///
    /// # Errors
    /// One runs on another port, the port is taken, there is nothing to run it with, or it does not come up.
    pub async fn start(&self, port: u16, image: Option<&str>, events: &Events) -> Result<Record> {
        if let Some(running) = self.running().await? {
            if running.port == port {
                return Ok(running);
            }
            return Err(Error::request(format!("a registry of keg's runs already, at {}", running.host()))
                .help("use that one, or end it first: keg registry stop"));
        }
        self.require_free(port).await?;
        std::fs::create_dir_all(&self.folder).map_err(|error| self.not_kept(error))?;
        let runs = match self.container(port, image, events).await {
            Ok(runs) => runs,
            // Who names an image wants just that.
            Err(error) if image.is_some() => return Err(error),
            Err(error) => {
                let Some(program) = program::find(&self.settings) else {
                    return Err(error.help("or install the package `docker-registry`, which needs no engine"));
                };
                events.note(format!("running the program docker-registry, and no container ({})", error.message()));
                program::start(&program, port, &self.folder)?
            }
        };
        let record = Record { port, runs };
        self.keep(&record)?;
        match self.answers(&record).await {
            Ok(()) => Ok(record),
            Err(error) => {
                let error = self.explained(&record, error).await;
                self.end(&record).await.ok();
                Err(error)
            }
        }
    }

    /// Ends exactly what [`LocalRegistry::start`] started; `None` where nothing runs. The images stay for the next time.
    ///
    /// # Errors
    /// It does not end, or the engine that runs it is out of reach.
    pub async fn stop(&self) -> Result<Option<Record>> {
        let running = self.running().await?;
        if let Some(record) = &running {
            self.end(record).await?;
        }
        self.forget();
        Ok(running)
    }

    async fn container(&self, port: u16, image: Option<&str>, events: &Events) -> Result<Runs> {
        let engine = self.engine()?;
        if !engine.is_local() {
            // There `localhost` would mean the other machine.
            return Err(Error::request(format!("the engine at {} is on another machine", engine.address()))
                .help("keg registry start --context default uses the engine of this machine"));
        }
        container::start(&engine, &self.settings, port, image, events).await
    }

    async fn end(&self, record: &Record) -> Result<()> {
        match &record.runs {
            Runs::Container { name, .. } => self.engine()?.remove_container(name).await?,
            Runs::Program { process, .. } => program::end(*process, &self.folder).await?,
        }
        self.forget();
        Ok(())
    }

    /// Waits until the registry answers; an ended one never will.
    async fn answers(&self, record: &Record) -> Result<()> {
        let deadline = tokio::time::Instant::now() + START_LIMIT;
        loop {
            // A client of its own each time: what it found out about the host may have been another server.
            let Err(error) = Registry::new(&self.settings).ping(&record.host()).await else { return Ok(()) };
            if tokio::time::Instant::now() > deadline || self.running().await?.is_none() {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The error of a registry that does not come up, with what it said last.
    async fn explained(&self, record: &Record, error: Error) -> Error {
        let said = match &record.runs {
            Runs::Container { name, .. } => match self.engine() {
                Ok(engine) => engine.logs_tail(name, 3).await.unwrap_or_default().join("\n"),
                Err(_) => String::new(),
            },
            Runs::Program { .. } => program::last_lines(&self.folder, 3),
        };
        let said = if said.trim().is_empty() { error.one_line() } else { said };
        Error::failed(format!("the registry at {} does not come up", record.host())).because(said)
    }

    async fn require_free(&self, port: u16) -> Result<()> {
        let Err(error) = TcpListener::bind(("127.0.0.1", port)) else { return Ok(()) };
        let host = format!("localhost:{port}");
        let error = Error::request(format!("port {port} of this machine cannot be used")).cause(error);
        Err(match Registry::new(&self.settings).ping(&host).await {
            Ok(()) => error.help(format!(
                "a registry that keg did not start answers there: use it (`registry: {host}/…` in keg.yml), or choose another port with --port"
            )),
            Err(_) => error.help("choose another port with --port"),
        })
    }

    fn engine(&self) -> Result<Engine> {
        Engine::connect(&self.settings)
    }

    fn record_file(&self) -> PathBuf {
        self.folder.join("running.json")
    }

    fn record(&self) -> Result<Option<Record>> {
        match std::fs::read(self.record_file()) {
            // A record that cannot be understood is from another version; its registry is left alone.
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.not_kept(error)),
        }
    }

    fn keep(&self, record: &Record) -> Result<()> {
        let text = serde_json::to_vec_pretty(record).unwrap_or_default();
        std::fs::write(self.record_file(), text).map_err(|error| self.not_kept(error))
    }

    fn forget(&self) {
        std::fs::remove_file(self.record_file()).ok();
    }

    fn not_kept(&self, error: std::io::Error) -> Error {
        Error::request(format!("the registry's folder {} cannot be used", self.folder.display())).cause(error)
    }
}
