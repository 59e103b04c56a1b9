//! What earlier runs of keg did: which images they built, how long each step took, and what failed.

pub mod timeline;

use serde::{Deserialize, Serialize};

use crate::execute::{Report, StepResult};
use crate::journal::{Entry, Journal};
use crate::plan::{Action, Plan, PlannedImage, Step};

/// The runs of a workspace, the newest 20.
pub const RUNS: Journal<RunRecord> = Journal::new("runs", 20);

/// One run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The version of this form.
    pub version: u32,
    /// When it began: `2026-11-20T12:00:00Z`.
    pub began: String,
    /// What it took, in seconds.
    pub seconds: f64,
    /// The branch of the workspace.
    #[serde(default)]
    pub branch: Option<String>,
    /// The commit that was checked out.
    #[serde(default)]
    pub revision: Option<String>,
    /// Whether the user interrupted it.
    #[serde(default)]
    pub interrupted: bool,
    /// What became of each image.
    pub images: Vec<ImageResult>,
    /// The steps in the order of the plan.
    pub steps: Vec<StepRecord>,
}

/// What became of an image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageResult {
    /// Its name, with its plan where it has one.
    pub name: String,
    /// `base`, `hub` or `tap`.
    pub kind: String,
    /// Its full key.
    pub key: String,
    /// Its moving tags.
    pub tags: Vec<String>,
    /// `built`, `reused`, `pulled`, `failed`, `blocked` or `cancelled`.
    pub result: String,
    /// Why.
    pub reason: String,
    /// Whether its tags moved in the registry.
    pub published: bool,
    /// Its size on the engine in bytes, parents included, where it is known.
    #[serde(default)]
    pub size: Option<u64>,
    /// The commit that it was built from.
    #[serde(default)]
    pub revision: Option<String>,
    /// Whether its folder had uncommitted changes.
    #[serde(default)]
    pub dirty: bool,
}

/// A step of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// What it worked on, in words.
    pub subject: String,
    /// The image that it worked on, with its plan where it has one; nothing where it concerned several.
    #[serde(default)]
    pub image: Option<String>,
    /// The verb, as `build`.
    pub verb: String,
    /// `done`, `there`, `failed`, `blocked` or `cancelled`.
    pub result: String,
    /// The places of the steps that it waited for.
    pub after: Vec<usize>,
    /// When it began, in seconds since the run began.
    pub began: f64,
    /// What it took, in seconds.
    pub seconds: f64,
    /// The number of Dockerfile steps of a build, and how many of them came from the cache.
    #[serde(default)]
    pub cache: Option<(usize, usize)>,
    /// The report of what went wrong, with the last lines of what was printed.
    #[serde(default)]
    pub error: Option<String>,
}

impl Entry for RunRecord {
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.version
    }

    fn moment(&self) -> &str {
        &self.began
    }
}

impl RunRecord {
    /// What became of `plan`. `error_text` gives the report of a step that failed.
    pub fn new(
        plan: &Plan,
        report: &Report,
        images: Vec<ImageResult>,
        error_text: impl Fn(&crate::error::Error) -> String,
    ) -> Self {
        let names: Vec<String> = plan.images.iter().map(PlannedImage::full_name).collect();
        let image = |step: &Step| {
            let mut concerned = names.iter().filter(|name| step.concerns(name));
            concerned.next().filter(|_| concerned.next().is_none()).cloned()
        };
        let step = |(step, ended): (&Step, &crate::execute::StepReport)| StepRecord {
            subject: step.subject.clone(),
            image: image(step),
            verb: step.action.verb().to_owned(),
            result: ended.result.word().to_owned(),
            after: step.after.iter().map(|index| index.0).collect(),
            began: thousandths(ended.began.as_secs_f64()),
            seconds: thousandths(ended.took.as_secs_f64()),
            cache: ended.cache.map(|cache| (cache.steps, cache.cached)),
            error: match &ended.result {
                StepResult::Failed(error) => Some(error_text(error)),
                _ => None,
            },
        };
        Self {
            version: Self::VERSION,
            seconds: thousandths(report.took.as_secs_f64()),
            interrupted: report.interrupted,
            images,
            steps: plan.steps.iter().zip(&report.steps).map(step).collect(),
            ..Self::default()
        }
    }

    /// Whether everything succeeded.
    pub fn is_success(&self) -> bool {
        !self.interrupted && self.steps.iter().all(|step| step.is_success())
    }

    /// How many images have this result.
    pub fn count(&self, result: &str) -> usize {
        self.images.iter().filter(|image| image.result == result).count()
    }
}

impl StepRecord {
    /// What its row is called: the image, or what it worked on.
    pub fn row(&self) -> &str {
        self.image.as_ref().unwrap_or(&self.subject)
    }

    /// Whether what it should do is done.
    pub fn is_success(&self) -> bool {
        matches!(self.result.as_str(), "done" | "there")
    }
}

/// Whether a run of this plan is one to remember: it built something.
pub fn is_memorable(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| matches!(step.action, Action::Build(_)))
}

fn thousandths(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
