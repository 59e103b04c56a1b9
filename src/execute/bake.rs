//! Has a builder build what the plan builds: as one definition, of which each target is a step of the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};

use crate::bake::{self, Build, Common, Output};
use crate::border::buildx::{BakeRequest, Baked, Builder, Buildx};
use crate::border::engine::BuildRequest;
use crate::border::locks::Lock;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::execute::bake::route::Routes;
use crate::execute::step::{BuildFiles, Effect, Work};
use crate::execute::{Batch, CacheUse, Ended};
use crate::observe::{LABEL_KEY, LABEL_REBUILT};
use crate::plan::{Action, BuildAction, Plan, Step, StepIndex};

mod clock;
mod route;

/// How many results are looked at and tagged at once.
const AT_ONCE: usize = 16;

/// Who builds.
pub struct Baker {
    /// The program.
    pub buildx: Buildx,
    /// The builder.
    pub builder: Builder,
    /// What holds for all builds.
    pub common: Common,
    /// The folder in which the program runs.
    pub folder: PathBuf,
}

/// One build of a batch.
struct Target<'a> {
    index: StepIndex,
    step: &'a Step,
    action: &'a BuildAction,
    files: &'a BuildFiles,
    /// What the engine would be asked for: it says what a report of a failure shows.
    request: BuildRequest,
    /// The file that has the Dockerfile's text.
    dockerfile: Option<PathBuf>,
}

/// What becomes of targets in one call of the program.
#[derive(Default)]
struct Round {
    ended: BTreeMap<StepIndex, Result<Effect>>,
    /// When each began and ended, as far as that was seen.
    times: BTreeMap<StepIndex, (Duration, Duration)>,
}

/// Builds the steps of `batch`. buildx ends all builds as soon as one fails: those that do not depend on it are then
/// asked for again, until every one is built, has failed, or needs one that has.
pub(super) async fn run(work: &Work, plan: &Plan, batch: Vec<StepIndex>, run_began: Instant, events: &Events) -> Batch {
    let began = run_began.elapsed();
    let all = |error: Error| Batch {
        ended: batch.iter().map(|index| (*index, Err(error.clone()), began, Duration::ZERO)).collect(),
        left: Vec::new(),
    };
    let files = match tempfile::Builder::new().prefix("keg-bake").tempdir() {
        Ok(files) => files,
        Err(error) => return all(Error::failed("cannot make a folder for temporary files").cause(error)),
    };
    let Some(baker) = &work.baker else {
        return all(Error::failed("there is no builder"));
    };
    let targets = batch.iter().map(|index| Target::new(work, plan, *index, &baker.folder, files.path()));
    let targets = match targets.collect::<Result<Vec<Target<'_>>>>() {
        Ok(targets) => targets,
        Err(error) => return all(error),
    };
    let _locks = match lock_all(work, baker, &targets, events).await {
        Ok(locks) => locks,
        Err(error) => return all(error),
    };
    let mut oven = Oven { work, baker, plan, targets, run_began, events, alone: false };
    let (mut total, mut begun) = (Round::default(), BTreeSet::new());
    loop {
        let wanted = oven.wanted(&total);
        if wanted.is_empty() {
            break;
        }
        let round = oven.bake(&wanted, &total, &mut begun).await;
        total.times.extend(round.times);
        total.ended.extend(round.ended);
    }
    let left = batch.iter().filter(|index| !total.ended.contains_key(index)).copied().collect();
    let ended = total.ended.into_iter().map(|(index, result)| {
        let (start, end) = total.times.get(&index).copied().unwrap_or((began, began));
        (index, result, start, end.saturating_sub(start))
    });
    let ended: Vec<Ended> = ended.collect();
    Batch { ended, left }
}

impl<'a> Target<'a> {
    fn new(work: &'a Work, plan: &'a Plan, index: StepIndex, workspace: &Path, folder: &Path) -> Result<Self> {
        let step = &plan.steps[index.0];
        let name = step.name();
        let Action::Build(action) = &step.action else {
            return Err(Error::failed(format!("{name}: it builds nothing")));
        };
        let Some(files) = work.contexts.get(&action.image) else {
            return Err(Error::failed(format!("{name}: its context was not read")));
        };
        let request = work.request(action, files, name);
        let folder = folder.join(index.0.to_string());
        let root = &files.context.root;
        let dockerfile = bake::dockerfile::write(&action.dockerfile, &files.path, root, workspace, &folder)?;
        Ok(Self { index, step, action, files, request, dockerfile })
    }

    /// The digest or tag that is to be there in the end says of itself that it is this build.
    fn made(&self, labels: &BTreeMap<String, String>) -> bool {
        let is_same = |label: &str| {
            let text = |labels: &BTreeMap<String, String>| labels.get(label).cloned().unwrap_or_default();
            text(labels) == text(&self.action.labels)
        };
        is_same(LABEL_KEY) && is_same(LABEL_REBUILT)
    }
}

/// Two kegs that take several locks take them in one order, so that neither waits for the other for ever.
async fn lock_all(work: &Work, baker: &Baker, targets: &[Target<'_>], events: &Events) -> Result<Vec<Lock>> {
    let names: BTreeMap<String, String> = targets
        .iter()
        .map(|target| (format!("builder {} {}", baker.builder.name, target.action.content), target.step.name()))
        .collect();
    let mut locks = Vec::new();
    for (name, step) in names {
        locks.push(work.lock_named(&name, &step, events).await?);
    }
    Ok(locks)
}

/// Everything that the calls of one batch share.
struct Oven<'a> {
    work: &'a Work,
    baker: &'a Baker,
    plan: &'a Plan,
    targets: Vec<Target<'a>>,
    run_began: Instant,
    events: &'a Events,
    /// Whether each target gets a call of its own, since one failed without a word on which target it was.
    alone: bool,
}

impl Oven<'_> {
    /// The targets of the batch that a target needs, itself not among them.
    fn needed_by(&self, index: StepIndex) -> BTreeSet<StepIndex> {
        let mut needed = BTreeSet::new();
        let mut next = vec![index];
        while let Some(index) = next.pop() {
            let before = &self.plan.steps[index.0].after;
            next.extend(before.iter().filter(|before| needed.insert(**before)));
        }
        needed.retain(|index| self.targets.iter().any(|target| target.index == *index));
        needed
    }

    /// What is still to be built and can be.
    fn wanted(&self, total: &Round) -> Vec<StepIndex> {
        let is_open = |index: &StepIndex| {
            let failed = |index: &StepIndex| matches!(total.ended.get(index), Some(Err(_)));
            !total.ended.contains_key(index) && !self.needed_by(*index).iter().any(failed)
        };
        let open = self.targets.iter().map(|target| target.index).filter(is_open);
        open.take(if self.alone { 1 } else { usize::MAX }).collect()
    }

    /// One call of the program.
    async fn bake(&mut self, wanted: &[StepIndex], total: &Round, begun: &mut BTreeSet<String>) -> Round {
        let needed: BTreeSet<StepIndex> = wanted.iter().flat_map(|index| self.needed_by(*index)).collect();
        let members: Vec<&Target<'_>> = self
            .targets
            .iter()
            .filter(|target| wanted.contains(&target.index) || needed.contains(&target.index))
            .collect();
        let output = |target: &Target<'_>| match (total.ended.contains_key(&target.index), target.action.uploads) {
            (true, _) => Output::Nothing,
            (false, true) => Output::Registry,
            (false, false) => Output::Engine,
        };
        let subjects: Vec<String> = members.iter().map(|target| target.step.subject.clone()).collect();
        let builds: Vec<Build<'_>> = members
            .iter()
            .zip(&subjects)
            .map(|(target, subject)| Build {
                subject,
                action: target.action,
                context: &target.files.context.root,
                dockerfile: target.dockerfile.as_deref(),
                output: output(target),
            })
            .collect();
        let common = Common { uploaded: self.work.uploaded().clone(), ..self.baker.common.clone() };
        let bake = bake::define(&builds, &common);
        let is_wanted = |target: &&Target<'_>| wanted.contains(&target.index);
        let named = || members.iter().zip(&bake.names);
        let request = BakeRequest {
            builder: &self.baker.builder,
            definition: bake.definition.clone(),
            targets: named().filter(|(target, _)| is_wanted(target)).map(|(_, name)| name.clone()).collect(),
            secrets: &self.work.secrets,
            folder: &self.baker.folder,
        };
        let followed = named().map(|(target, name)| (name.as_str(), target.step, &target.request, is_wanted(target)));
        let needs = members.iter().map(|target| {
            let needs = self.needed_by(target.index);
            (0..members.len()).filter(|place| needs.contains(&members[*place].index)).collect()
        });
        let mut routes = Routes::new(followed.collect(), needs.collect(), begun, self.run_began, self.events);
        let result = self.baker.buildx.bake(request, |status| routes.take(status)).await;
        routes.flush();
        let mut round = Round::default();
        for (place, target) in members.iter().enumerate().filter(|(_, target)| is_wanted(target)) {
            round.times.extend(routes.times(place).map(|times| (target.index, times)));
        }
        let baked = match result {
            Ok(baked) => baked,
            Err(error) => {
                round.ended = wanted.iter().map(|index| (*index, Err(error.clone()))).collect();
                return round;
            }
        };
        if let Some(message) = baked.failure.as_ref().filter(|message| routes.is_out_of_reach(message)) {
            let error = self.baker.builder.out_of_reach(message);
            round.ended = wanted.iter().map(|index| (*index, Err(error.clone()))).collect();
            return round;
        }
        if let Some(message) = &baked.failure {
            let mut failed: BTreeSet<usize> = BTreeSet::new();
            for (place, target) in members.iter().enumerate().filter(|(_, target)| is_wanted(target)) {
                // What its parent fails in, it fails in too.
                if routes.needs(place).iter().any(|needed| failed.contains(needed)) {
                    continue;
                }
                let error = routes.failure(place, message, &bake.names[place], wanted.len() == 1);
                if let Some(error) = error {
                    failed.insert(place);
                    round.ended.insert(target.index, Err(error));
                }
            }
        }
        let is_unclear = baked.failure.is_some() && round.ended.is_empty();
        let open: Vec<(usize, &Target<'_>)> = members
            .iter()
            .enumerate()
            .filter(|(_, target)| is_wanted(target) && !round.ended.contains_key(&target.index))
            .map(|(place, target)| (place, *target))
            .collect();
        let settled = open.iter().map(|(place, target)| self.settle(target, &baked, &bake.names[*place]));
        let settled: Vec<Result<bool>> = stream::iter(settled.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await;
        for ((place, target), settled) in open.into_iter().zip(settled) {
            match settled {
                Ok(true) => {
                    let (steps, cached) = routes.counts(place);
                    round.ended.insert(target.index, Ok(Effect::Built(CacheUse { steps, cached })));
                }
                Ok(false) => {}
                Err(error) => drop(round.ended.insert(target.index, Err(error))),
            }
        }
        self.alone |= is_unclear;
        round
    }

    /// Whether a target is built; then what follows is done: its tags, and a look at whether its files stayed as they
    /// were. Of a call that failed, what has reached the registry or the engine counts.
    async fn settle(&self, target: &Target<'_>, baked: &Baked, name: &str) -> Result<bool> {
        let (work, action) = (self.work, target.action);
        let content = &action.content;
        let digest = match action.uploads {
            true => match baked.digests.get(name) {
                Some(digest) => Some(digest.clone()),
                None => match work.registry.head(content).await? {
                    Some(found) => {
                        let labels = work.registry.config_labels(&content.by_digest(&found.digest)).await?;
                        labels.filter(|labels| target.made(labels)).map(|_| found.digest)
                    }
                    None => None,
                },
            },
            false => {
                let found = work.engine.inspect(&content.familiar()).await?;
                let labels = found.map(|found| found.labels.into_iter().collect());
                labels.filter(|labels| target.made(labels)).map(|_| String::new())
            }
        };
        let Some(digest) = digest else {
            if baked.failure.is_none() {
                let place = if action.uploads { "the registry" } else { "the engine" };
                return Err(Error::failed(format!("{}: it was built, and {place} did not get it", target.step.name()))
                    .help(format!("see where the builder {} has it: docker buildx inspect", self.baker.builder.name)));
            }
            return Ok(false);
        };
        if let Some(path) = target.files.context.changed(&target.files.path)? {
            match action.uploads {
                true => work.registry.remove_tag(content).await?,
                false => work.engine.untag(content).await?,
            }
            let file = target.files.context.root.join(path);
            return Err(Error::failed(format!(
                "{}: {} changed while the image was built",
                target.step.name(),
                file.display()
            ))
            .help("build it again; a file that changes all the time belongs in .dockerignore"));
        }
        if action.uploads {
            if self.baker.builder.shares_images && work.engine_has(content, action.key).await? {
                work.tag(content, &action.tags).await?;
            } else if self.is_needed_here(target) {
                let credential = work.credential(content).await?;
                let pulled = content.by_digest(&digest);
                work.engine.pull(&pulled, None, credential, &target.step.name(), self.events).await?;
                work.tag(&pulled, std::slice::from_ref(content)).await?;
                work.tag(&pulled, &action.tags).await?;
            }
            work.uploaded().insert(content.clone(), digest);
        } else {
            work.tag(content, &action.tags).await?;
        }
        Ok(true)
    }

    /// Whether something later in the plan runs the image on this machine.
    fn is_needed_here(&self, target: &Target<'_>) -> bool {
        let runs_it = |step: &Step| match &step.action {
            Action::Test(test) => test.image == target.step.subject,
            Action::Version(version) => version.command.image == target.step.subject,
            Action::Hook(_) | Action::TagFound { .. } | Action::Tag { .. } => step.subject == target.step.subject,
            _ => false,
        };
        self.plan.steps.iter().any(runs_it)
    }
}
