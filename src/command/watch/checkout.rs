//! What is checked out, and whether it may be put over a running image.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::session::Session;
use crate::border::engine::{Engine, EngineContainer};
use crate::command::App;
use crate::command::watch::Plan;
use crate::error::Result;
use crate::event::Events;
use crate::observe::{self, Builds, Depth, OutsideUse, RegistryUse, Scope, UsualTags};
use crate::watch::guard::{self, Verdict, WorkTree};
use crate::workspace::{ImageIndex, Workspace};

/// How often is looked whether git is done.
const INTERVAL: Duration = Duration::from_millis(20);
/// git lets go of its index shortly before it moves HEAD.
const AFTER_LOCK: Duration = Duration::from_millis(60);
/// How long git is waited for in one go.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// What is locked longer may have been left behind by a git that was killed.
const LONGEST_LOCK: Duration = Duration::from_secs(10);

/// The branch that is checked out where the tap lies, and whether git is changing the work tree just now.
///
/// # Errors
/// The repository cannot be read.
pub fn checked_out(app: &App, workspace: &Workspace, index: ImageIndex) -> Result<(String, bool)> {
    observe::checked_out(workspace, &app.settings, &workspace.image(index).folder)
}

/// The branch, once git has ended what it is doing: a checkout writes the other branch's files before HEAD says so.
/// None where git goes on.
async fn settled(app: &App, workspace: &Workspace, index: ImageIndex) -> Result<Option<String>> {
    let (began, mut has_waited) = (Instant::now(), false);
    loop {
        let (branch, is_changing) = checked_out(app, workspace, index)?;
        match (is_changing, has_waited) {
            (true, _) if began.elapsed() >= LONGEST_WAIT => return Ok(None),
            (true, _) => {
                has_waited = true;
                tokio::time::sleep(INTERVAL).await;
            }
            (false, true) => {
                has_waited = false;
                tokio::time::sleep(AFTER_LOCK).await;
            }
            (false, false) => return Ok(Some(branch)),
        }
    }
}

impl Session<'_> {
    /// Whether files may be copied now; says so when that has changed. What is refused at the `beginning` is an error.
    pub(super) async fn may_copy(&mut self, containers: &[EngineContainer], beginning: bool) -> Result<bool> {
        let Some(container) = self.main(containers) else { return Ok(false) };
        let tap = self.tap();
        let Some(branch) = settled(self.app, self.workspace, self.watched.plan.index).await? else {
            self.is_overtaken = true;
            if self.locked_since.get_or_insert_with(Instant::now).elapsed() >= LONGEST_LOCK {
                let text = format!("{tap}: no file is copied while git changes the work tree (it holds index.lock)");
                self.tell("lock".to_owned(), text);
            }
            return Ok(false);
        };
        self.locked_since = None;
        self.told.remove("lock");
        let known = self.judged.take().filter(|(image, of, _)| *image == container.image_id && *of == branch);
        let verdict = match known {
            Some((_, _, verdict)) => verdict,
            None => judge(self.app, self.engine, &self.watched.plan, &container.image_id, &branch).await?,
        };
        let refusal = verdict.refusal(tap, &container.image, &branch);
        let why = verdict.why(&container.image, &branch);
        self.judged = Some((container.image_id.clone(), branch, verdict));
        match (refusal, self.is_paused) {
            (None, true) => {
                self.is_paused = false;
                self.is_overtaken = true;
                self.events.note(format!("{tap} is watched again: {why}"));
            }
            (Some(_), _) if self.force => {
                let text = format!("{tap}: what the container has is overwritten, although {why}");
                self.tell(format!("force {why}"), text);
            }
            (Some(error), false) if beginning => return Err(error),
            (Some(error), false) => {
                self.is_paused = true;
                let text = format!("{tap}: no file is copied any more, since {why}");
                self.events.warn(text, error.remedy().map(Into::into));
            }
            _ => {}
        }
        Ok(!self.is_paused)
    }
}

/// Whether the work tree's files may be put over those of the image.
///
/// # Errors
/// The engine is out of reach.
pub async fn judge(app: &App, engine: &Engine, plan: &Plan, image_id: &str, branch: &str) -> Result<Verdict> {
    let labels = engine.inspect(image_id).await?.map(|image| image.labels).unwrap_or_default();
    let work_tree = WorkTree { image: &plan.tap, branch, key: None };
    let verdict = guard::judge(&labels, work_tree);
    // The key takes a walk through all files, and matters only here.
    let Verdict::OtherBranch { .. } = verdict else { return Ok(verdict) };
    let key = key(app, plan).await;
    Ok(guard::judge(&labels, WorkTree { key: key.as_deref(), ..work_tree }))
}

/// The key that a build of the tap would have now. The workspace may be another one than before, or none at all.
async fn key(app: &App, plan: &Plan) -> Option<String> {
    let workspace = app.workspace().ok()?;
    let index = workspace.variant(workspace.find(&plan.tap)?, plan.variant.as_deref())?;
    let scope = Scope {
        selected: BTreeSet::from([index]),
        registry: RegistryUse::No,
        moving_tags: false,
        tags: Vec::new(),
        depth: Depth::Keys,
        rebuild: false,
        usual_tags: UsualTags::None,
        outside: OutsideUse::Offline,
        builds: Builds::OnEngine,
    };
    let borders = app.borders().ok()?;
    let observed = observe::observe(&workspace, &app.settings, &borders, &scope, &Events::none()).await.ok()?;
    observed.keys.get(&index).map(ToString::to_string)
}
