//! One tap while it is watched.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval, timeout_at};

use super::containers::{Held, Sent};
use super::{Watched, rebuild};
use crate::border::compose::overlay::LABEL_PROJECT;
use crate::border::engine::{Engine, EngineContainer};
use crate::border::files::{Seen, look};
use crate::border::watcher::{Hint, Watcher};
use crate::command::App;
use crate::error::{Error, Result};
use crate::event::{Event, Events};
use crate::start::running::service;
use crate::watch::Rule;
use crate::watch::batch::{Changes, Digests, Listing, changes, remember, topmost, work};
use crate::watch::guard::Verdict;
use crate::workspace::Workspace;

/// After so long without a report, what was reported is one batch.
const QUIET: Duration = Duration::from_millis(50);
/// A batch is not waited for longer, also where something is written all the time.
const LONGEST_BATCH: Duration = Duration::from_millis(300);
/// How often the containers and, while nothing may be copied, the branch are looked at.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long a tap may have no running container before its watch ends: a restart takes its time.
const LONGEST_STOP: Duration = Duration::from_secs(10);

/// Whether a session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

/// One tap while it is watched.
pub struct Session<'a> {
    pub(super) app: &'a App,
    pub(super) workspace: &'a Workspace,
    pub(super) engine: &'a Engine,
    pub(super) watched: &'a Watched,
    pub(super) events: &'a Events,
    pub(super) force: bool,
    watcher: Watcher,
    hints: Option<UnboundedReceiver<Hint>>,
    /// What the rules' folders hold, by the rules' places.
    pub(super) known: Vec<Listing>,
    digests: Vec<Digests>,
    /// What was deleted while they were watched: a container that is made anew has it again.
    pub(super) deleted: Vec<BTreeSet<String>>,
    /// Containers that have what is known.
    pub(super) held: BTreeMap<String, Held>,
    /// The image and the branch that were judged last.
    pub(super) judged: Option<(String, String, Verdict)>,
    pub(super) is_paused: bool,
    /// Whether everything has to be looked at again.
    pub(super) is_overtaken: bool,
    /// What is said once.
    pub(super) told: BTreeSet<String>,
    stopped_since: Option<Instant>,
    /// Since when git holds its lock.
    pub(super) locked_since: Option<Instant>,
}

impl<'a> Session<'a> {
    /// Prepares to watch.
    ///
    /// # Errors
    /// The system has no watcher left for this user.
    pub fn new(
        app: &'a App,
        workspace: &'a Workspace,
        engine: &'a Engine,
        watched: &'a Watched,
        force: bool,
        events: &'a Events,
    ) -> Result<Self> {
        let (watcher, hints) = Watcher::new()?;
        let count = watched.plan.rules.len();
        Ok(Self {
            app,
            workspace,
            engine,
            watched,
            events,
            force,
            watcher,
            hints: Some(hints),
            known: vec![Listing::new(); count],
            digests: vec![Digests::new(); count],
            deleted: vec![BTreeSet::new(); count],
            held: BTreeMap::new(),
            judged: None,
            is_paused: false,
            is_overtaken: false,
            told: BTreeSet::new(),
            stopped_since: None,
            locked_since: None,
        })
    }

    pub(super) fn rules(&self) -> &'a [Rule] {
        &self.watched.plan.rules
    }

    pub(super) fn tap(&self) -> &'a str {
        &self.watched.plan.tap
    }

    /// Watches until the tap has ended.
    ///
    /// # Errors
    /// Files that must not be overwritten, folders that cannot be watched, an engine out of reach.
    pub async fn run(mut self) -> Result<()> {
        let Some(mut hints) = self.hints.take() else { return Ok(()) };
        // Before files are listed, so that no change is missed; whether they may be copied is asked first.
        let containers = self.containers().await?;
        self.may_copy(&containers, true).await?;
        for rule in self.rules() {
            self.watcher.watch_root(&rule.root)?;
            if let Some(above) = rule.root.parent().filter(|_| rule.file.is_none()) {
                self.watcher.watch_folder(above)?;
            }
        }
        let everything = self.everything();
        for (index, seen) in self.look(&everything).await?.into_iter().enumerate() {
            let rule = &self.rules()[index];
            self.events.note(format!("watching {}: {}", self.tap(), rule.summary()));
            if seen.entries.is_empty() && std::fs::read_dir(&rule.root).is_ok_and(|mut all| all.next().is_some()) {
                let text = format!("{}: `ignore` and .dockerignore leave out all of {}", self.tap(), rule.shown);
                self.tell(format!("empty {index}"), text);
            }
            (self.known[index], self.digests[index]) = (seen.entries, seen.digests);
        }
        let mut tick = interval(INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let next = tokio::select! {
                hint = hints.recv() => match hint {
                    Some(hint) => self.reported(hint, &mut hints).await?,
                    None => Next::End,
                },
                _ = tick.tick() => self.look_around().await?,
            };
            if next == Next::End {
                return Ok(());
            }
        }
    }

    fn everything(&self) -> Vec<BTreeSet<String>> {
        let all = |rule: &Rule| BTreeSet::from([rule.file.clone().unwrap_or_default()]);
        self.rules().iter().map(all).collect()
    }

    /// Gathers what is reported in one go, and deals with it.
    async fn reported(&mut self, first: Hint, hints: &mut UnboundedReceiver<Hint>) -> Result<Next> {
        let began = Instant::now();
        let mut touched = vec![BTreeSet::new(); self.rules().len()];
        let mut quiet_at = began;
        let mut hint = Some(first);
        loop {
            match hint.take() {
                Some(Hint::Failed(error)) => return Err(error),
                Some(Hint::Anywhere) => {
                    touched = self.everything();
                    quiet_at = Instant::now() + QUIET;
                }
                Some(Hint::Path(path)) => {
                    for (rule, touched) in self.rules().iter().zip(&mut touched) {
                        let relative = rule.relative(&path);
                        let relative = relative.filter(|one| !rule.is_ignored(one) || rule.may_hold_exception(one));
                        if relative.is_some_and(|relative| touched.insert(relative)) {
                            quiet_at = Instant::now() + QUIET;
                        }
                    }
                }
                None => {}
            }
            let until = quiet_at.min(began + LONGEST_BATCH);
            match timeout_at(until.into(), hints.recv()).await {
                Ok(Some(next)) => hint = Some(next),
                Ok(None) => return Ok(Next::End),
                Err(_) => break,
            }
        }
        if touched.iter().all(BTreeSet::is_empty) {
            return Ok(Next::GoOn);
        }
        let containers = self.containers().await?;
        if !self.may_copy(&containers, false).await? {
            // What is passed over now is found when files are copied again.
            self.is_overtaken = true;
            return Ok(Next::GoOn);
        }
        self.batch(touched, &containers).await?;
        Ok(Next::GoOn)
    }

    /// Looks at the containers: one that is new gets what it lacks. Without any for a while the watch ends.
    async fn look_around(&mut self) -> Result<Next> {
        let containers = self.containers().await?;
        if self.main(&containers).is_none() {
            let since = *self.stopped_since.get_or_insert_with(Instant::now);
            self.held.clear();
            if since.elapsed() >= LONGEST_STOP {
                let tap = self.tap();
                self.events.note(format!("{tap} has ended and is no longer watched: keg start {tap} --watch"));
                return Ok(Next::End);
            }
            return Ok(Next::GoOn);
        }
        self.stopped_since = None;
        self.held.retain(|id, _| containers.iter().any(|container| container.id == *id));
        let new: Vec<_> = containers.iter().filter(|container| !self.held.contains_key(&container.id)).collect();
        if new.is_empty() && !self.is_paused && !self.is_overtaken {
            return Ok(Next::GoOn);
        }
        if !self.may_copy(&containers, false).await? {
            return Ok(Next::GoOn);
        }
        for container in new {
            self.admit(container).await?;
        }
        if self.is_overtaken {
            self.is_overtaken = false;
            self.batch(self.everything(), &containers).await?;
        }
        Ok(Next::GoOn)
    }

    /// The running containers of the services that the rules are about, and of the tap's own.
    pub(super) async fn containers(&self) -> Result<Vec<EngineContainer>> {
        let mut all = self.engine.containers(&[format!("{LABEL_PROJECT}={}", self.watched.project)]).await?;
        all.retain(|container| {
            let name = service(container);
            let is_meant =
                name == self.watched.plan.main_service || self.rules().iter().any(|rule| rule.service == name);
            is_meant && matches!(container.state.as_str(), "running" | "paused")
        });
        Ok(all)
    }

    /// The container that runs the tap's image.
    pub(super) fn main<'c>(&self, containers: &'c [EngineContainer]) -> Option<&'c EngineContainer> {
        containers.iter().find(|container| service(container) == self.watched.plan.main_service)
    }

    /// Whether it was judged what is copied of this branch.
    pub(super) fn was_judged(&self, branch: &str) -> bool {
        self.judged.as_ref().is_some_and(|(_, judged, _)| judged == branch)
    }

    /// Looks at what was touched under each rule.
    async fn look(&self, touched: &[BTreeSet<String>]) -> Result<Vec<Seen>> {
        let (rules, touched, watcher) = (self.watched.plan.rules.clone(), touched.to_vec(), self.watcher.clone());
        let looking = tokio::task::spawn_blocking(move || {
            rules.iter().zip(&touched).map(|(rule, touched)| look(rule, touched, &watcher)).collect::<Result<Vec<_>>>()
        });
        looking.await.map_err(|error| Error::failed("looking at watched files").cause(error))?
    }

    async fn batch(&mut self, touched: Vec<BTreeSet<String>>, containers: &[EngineContainer]) -> Result<()> {
        let began = Instant::now();
        let touched: Vec<BTreeSet<String>> = touched.into_iter().map(topmost).collect();
        let seen = self.look(&touched).await?;
        let mut all = Vec::new();
        for (index, (seen, touched)) in seen.iter().zip(&touched).enumerate() {
            let rule = &self.rules()[index];
            for left_out in &seen.left_out {
                self.tell(left_out.clone(), format!("{}: not copied: {left_out}", self.tap()));
            }
            if seen.is_rootless {
                let text =
                    format!("{}: {} has gone; nothing is deleted in the container for that", self.tap(), rule.shown);
                self.tell(format!("rootless {index}"), text);
                all.push(Changes::default());
                continue;
            }
            self.told.remove(&format!("rootless {index}"));
            let known = &self.known[index];
            let changes = changes(known, touched, &seen.entries);
            all.push(changes.without_rewritten(known, &self.digests[index], &seen.digests));
        }
        let work = work(self.rules(), &all);
        // Files first, so that what restarts finds them.
        for &index in &work.copies {
            if !self.copy(index, &all[index], containers, began, &work.restarts).await? {
                // Another branch is being checked out: everything is looked at again when it is clear which.
                self.is_overtaken = true;
                return Ok(());
            }
        }
        for (index, (seen, touched)) in seen.into_iter().zip(&touched).enumerate() {
            if !seen.is_rootless {
                remember(&mut self.known[index], touched, seen.entries);
                self.digests[index].extend(seen.digests);
            }
            let known = &self.known[index];
            self.deleted[index].extend(std::mem::take(&mut all[index].deletions));
            self.deleted[index].retain(|path| !known.contains_key(path));
        }
        for name in &work.restarts {
            // Where files were copied, that line says it.
            let is_said = work.copies.iter().any(|index| self.rules()[*index].service == *name);
            self.restart(name, containers, (!is_said).then_some(began)).await;
        }
        if work.rebuild { self.rebuild().await } else { Ok(()) }
    }

    /// Copies one rule's changes into the containers of its service; false if git changes the files meanwhile.
    async fn copy(
        &mut self,
        index: usize,
        changes: &Changes,
        containers: &[EngineContainer],
        began: Instant,
        restarts: &BTreeSet<String>,
    ) -> Result<bool> {
        let rule = &self.rules()[index];
        let mut is_copied = false;
        for container in containers.iter().filter(|container| service(container) == rule.service) {
            match self.update(container, index, changes, began).await? {
                Sent::Done => is_copied = true,
                Sent::Overtaken => return Ok(false),
                Sent::Nowhere => {}
            }
        }
        if is_copied {
            self.say(rule, changes, restarts.contains(&rule.service), began);
        }
        Ok(true)
    }

    pub(super) fn say(&self, rule: &Rule, changes: &Changes, restarted: bool, began: Instant) {
        self.events.send(Event::Synced {
            tap: self.tap().to_owned(),
            service: (rule.service != self.watched.plan.main_service).then(|| rule.service.clone()),
            copied: changes.copied_paths().into_iter().map(str::to_owned).collect(),
            deleted: changes.deletions.clone(),
            restarted,
            took: began.elapsed(),
        });
    }

    pub(super) fn tell(&mut self, key: String, text: String) {
        if self.told.insert(key) {
            self.events.warn(text, None);
        }
    }

    async fn restart(&mut self, name: &str, containers: &[EngineContainer], said_since: Option<Instant>) {
        for container in containers.iter().filter(|container| service(container) == name) {
            if let Err(error) = self.engine.restart_container(&container.id).await {
                self.app.ui.error(&error);
            }
        }
        if let (Some(rule), Some(began)) = (self.rules().iter().find(|rule| rule.service == name), said_since) {
            self.say(rule, &Changes::default(), true, began);
        }
    }

    /// Builds the tap anew; when that fails it runs on as it is.
    async fn rebuild(&mut self) -> Result<()> {
        let (tap, branch) = (self.tap(), &self.watched.branch);
        if self.judged.as_ref().is_some_and(|(_, current, _)| current != branch) {
            let text = format!("{tap} is not built anew: it was started on {branch}, which is not checked out");
            self.tell("rebuild".to_owned(), text);
            return Ok(());
        }
        self.events.note(format!("{tap} is built anew"));
        match rebuild::rebuild(self.watched, self.app, self.events).await {
            Ok(()) => self.deleted.iter_mut().for_each(BTreeSet::clear),
            Err(error) => {
                self.app.ui.error(&error);
                self.events.note(format!("{tap} runs on as it was"));
            }
        }
        Ok(())
    }
}
