//! What the tests of the engine share: a folder to build from, its context, and images that go away again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use keg::border::engine::{BuildRequest, Built, Engine};
use keg::context::Context;
use keg::dockerignore::DockerIgnore;
use keg::env_vars::Variables;
use keg::error::{Error, Result};
use keg::event::{Event, Events};
use keg::reference::Reference;
use keg::settings::{Format, Settings, Verbosity};
use tempfile::TempDir;

use crate::support;

/// The label of everything that a folder's builds leave on the engine.
const LABEL: &str = "dev.keg.test";

/// Settings with these variables and nothing else.
pub fn settings(variables: Variables) -> Settings {
    Settings {
        current_folder: "/".into(),
        workspace: None,
        branch: None,
        environment: None,
        context: None,
        format: Format::Text,
        verbosity: Verbosity::Normal,
        color: false,
        stderr_is_terminal: false,
        interactive: false,
        registry_timeout: std::time::Duration::from_secs(60),
        variables,
    }
}

/// The engine of the tests.
pub fn engine() -> Engine {
    support::engine();
    let host = Variables::of_process().get("DOCKER_HOST").map(str::to_owned);
    engine_at(host.as_deref().unwrap_or_default())
}

/// The engine at this address.
pub fn engine_at(host: &str) -> Engine {
    Engine::connect(&settings([("DOCKER_HOST", host)].into_iter().collect())).unwrap()
}

/// A folder to build images from, with a name that no other test has.
pub struct Folder {
    folder: TempDir,
    /// The repository of its images.
    pub name: String,
    /// The image with a shell to build on.
    pub root: Box<dyn std::fmt::Display>,
}

impl Folder {
    pub fn new() -> Self {
        let root = Box::new(support::root_image());
        let folder = tempfile::Builder::new().prefix("kegtest-engine").tempdir().unwrap();
        Self { folder, name: support::unique("engine"), root }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// The reference of its image with this tag.
    pub fn reference(&self, tag: &str) -> Reference {
        Reference::parse(&self.name).unwrap().with_tag(tag)
    }

    /// A build of this Dockerfile behind `FROM` the root image, with all files of the folder. A variable of its own
    /// keeps its steps apart from the same steps of other tests, which BuildKit would else do once for both.
    pub fn request(&self, dockerfile: &str) -> BuildRequest {
        self.bare_request(&format!("FROM {}\nENV TEST={}\n{dockerfile}", self.root, self.name))
    }

    /// A build of just this Dockerfile.
    pub fn bare_request(&self, dockerfile: &str) -> BuildRequest {
        BuildRequest {
            step: "build web".into(),
            context: Arc::new(Context::walk(self.path(), &DockerIgnore::default()).unwrap()),
            dockerfile_name: "hub/web/Dockerfile".into(),
            dockerfile_text: dockerfile.into(),
            dockerfile_source: dockerfile.into(),
            build_args: Vec::new(),
            labels: BTreeMap::from([(LABEL.to_owned(), self.name.clone())]),
            target: None,
            platform: None,
            no_cache: false,
            tag: self.reference("test"),
            secrets: Vec::new(),
            agents: Vec::new(),
            agent: None,
            credentials: Arc::new(|_| None),
        }
    }

    /// The report of a build that fails, as users see it.
    pub async fn failure(&self, request: BuildRequest) -> String {
        self.shown(&build(request).await.0.unwrap_err())
    }

    /// `error` as users see it, with names that are the same in every run.
    pub fn shown(&self, error: &Error) -> String {
        let mut text = String::new();
        let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor());
        handler.with_width(160).render_report(&mut text, error).unwrap();
        let path = self.path().to_str().unwrap();
        text.replace(path, "<folder>").replace(&self.root.to_string(), "<root>").replace(&self.name, "<name>")
    }

    /// The report of a build that fails, without the engine's words, which differ between versions.
    pub async fn own_words_of_failure(&self, request: BuildRequest) -> String {
        own_words(&self.failure(request).await)
    }

    /// What a shell prints in a container of the image with `tag`.
    pub fn run(&self, tag: &str, script: &str) -> String {
        let image = self.reference(tag).familiar();
        // Not attached: Docker's client may miss what a container prints that ends at once.
        let started = support::docker(["run", "--detach", "--network", "none", &image, "sh", "-c", script]).success();
        let container = started.trim();
        assert_eq!(support::docker(["wait", container]).success(), "0\n");
        let printed = support::docker(["logs", container]).success();
        support::docker(["rm", container]).success();
        printed
    }
}

/// A report without its cause.
pub fn own_words(report: &str) -> String {
    let mut is_cause = false;
    let lines = report.lines().filter(|line| {
        let begins = line.trim_start().starts_with("╰─▶");
        let ends = line.contains("╭─[") || line.contains("help: ");
        is_cause = (is_cause || begins) && !ends;
        !is_cause
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Builds `request`, and gives what happened meanwhile too.
pub async fn build(request: BuildRequest) -> (Result<Built>, Vec<Event>) {
    let (events, receiver) = Events::channel();
    let built = engine().build(request, &events).await;
    drop(events);
    (built, happened(receiver))
}

/// Everything that was sent.
pub fn happened(mut receiver: tokio::sync::mpsc::UnboundedReceiver<Event>) -> Vec<Event> {
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

/// The lines that a build printed.
pub fn logged(events: &[Event]) -> Vec<&str> {
    let lines = events.iter().filter_map(|event| match event {
        Event::Log { line, .. } => Some(line.as_str()),
        _ => None,
    });
    lines.collect()
}

impl Drop for Folder {
    fn drop(&mut self) {
        // By a label, since an image that was built anew has left one without a name behind.
        let label = format!("label={LABEL}={}", self.name);
        let images = support::docker(["image", "ls", "--quiet", "--filter", &label]).stdout;
        for id in images.lines().collect::<std::collections::BTreeSet<_>>() {
            support::docker(["image", "rm", "--force", id]);
        }
    }
}
