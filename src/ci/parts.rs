//! What becomes of each image in a run of CI, and how the work is shared among jobs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::plan::{Action, Decision, Plan};
use crate::workspace::{ImageIndex, Workspace};

/// The most jobs that a matrix of GitHub's may have
/// (<https://docs.github.com/en/actions/reference/limits>).
pub const MOST_JOBS: usize = 256;

/// What CI does with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Nothing.
    Nothing,
    /// It is there, and gets tags that it does not have yet.
    Retag,
    /// It is there, and its tests have not been run.
    Test,
    /// It is built.
    Build,
}

/// One image in a run of CI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its place in the workspace.
    #[serde(skip)]
    pub index: ImageIndex,
    /// Its name.
    pub image: String,
    /// The plan whose variant of the image it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// What is done with it.
    pub does: Does,
    /// Whether its tests are run.
    pub tested: bool,
    /// The tags that it gets in the registry.
    pub tags: Vec<String>,
    /// Why.
    pub reason: String,
}

impl Part {
    /// What is done, as a reader says it.
    pub fn words(&self) -> String {
        let published = !self.tags.is_empty();
        let words: &[(&str, bool)] = match self.does {
            Does::Nothing => &[("nothing", true)],
            Does::Retag => &[("retag", true)],
            Does::Test => &[("test", true), ("push", published)],
            Does::Build => &[("build", true), ("test", self.tested), ("push", published)],
        };
        let words: Vec<&str> = words.iter().filter(|(_, is_done)| *is_done).map(|(word, _)| *word).collect();
        match words.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, before)) => format!("{} and {last}", before.join(", ")),
            None => String::new(),
        }
    }
}

/// What becomes of every image of the workspace by `plan`. `reasons` say why images were selected; those without one
/// are left alone.
pub fn parts(workspace: &Workspace, plan: &Plan, reasons: &BTreeMap<ImageIndex, String>) -> Vec<Part> {
    let own = workspace.iter().filter(|(index, _)| workspace.is_own(*index));
    let mut parts: Vec<Part> = own.map(|(index, _)| part(workspace, plan, reasons, index)).collect();
    let order: BTreeMap<ImageIndex, usize> =
        plan.images.iter().enumerate().map(|(place, image)| (image.index, place)).collect();
    parts.sort_by_key(|part| order.get(&part.index).copied().unwrap_or(usize::MAX));
    parts
}

fn part(workspace: &Workspace, plan: &Plan, reasons: &BTreeMap<ImageIndex, String>, index: ImageIndex) -> Part {
    let image = workspace.image(index);
    let planned = plan.image(index);
    let name = image.full_name();
    let tags: Vec<String> = moved_tags(plan, &name);
    let tests = |step: &&crate::plan::Step| matches!(&step.action, Action::Test(test) if test.image == name);
    let tested = plan.steps.iter().any(|step| tests(&step));
    let does = match planned.map(|planned| planned.decision) {
        Some(Decision::Build) => Does::Build,
        _ if tested => Does::Test,
        _ if !tags.is_empty() => Does::Retag,
        _ => Does::Nothing,
    };
    let reason = match (planned, does) {
        (None, _) => "not changed".to_owned(),
        (Some(planned), Does::Build) => planned.reason.to_string(),
        (Some(_), Does::Test) => "its tests have not been run".to_owned(),
        (Some(planned), _) => planned.reason.to_string(),
    };
    let reason = match reasons.get(&index).filter(|_| does == Does::Build) {
        Some(why) => why.clone(),
        None => reason,
    };
    Part { index, image: image.name.clone(), plan: image.plan().map(str::to_owned), does, tested, tags, reason }
}

fn moved_tags(plan: &Plan, image: &str) -> Vec<String> {
    let moves = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Publish { moves } => Some(moves),
        _ => None,
    });
    let tags = moves.flatten().filter(|one| one.image == image).flat_map(|one| &one.tags);
    tags.filter_map(|tag| tag.tag().map(str::to_owned)).collect()
}

/// One job: the images that it builds, separated by spaces, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    /// What the CI system shows.
    pub name: String,
    /// Names of images, as `keg ci run` takes them.
    pub images: String,
}

/// The work as jobs, in groups that run one after the other. Jobs that may upload leave to the next group what is built
/// on theirs, a group for each level of the graph. Where nothing is uploaded, what is built on each other has to be
/// built in one job, and there is one group.
pub fn jobs(workspace: &Workspace, parts: &[Part], uploads: bool) -> Vec<Vec<Job>> {
    let work: BTreeSet<ImageIndex> =
        parts.iter().filter(|part| part.does >= Does::Test).map(|part| part.index).collect();
    let groups = if uploads { levels(workspace, &work) } else { vec![families(workspace, &work)] };
    groups.into_iter().filter(|group| !group.is_empty()).map(|group| chunked(&group)).collect()
}

/// The names of images by their depth among the others of `work`. Variants of an image are one job's work.
fn levels(workspace: &Workspace, work: &BTreeSet<ImageIndex>) -> Vec<Vec<Vec<String>>> {
    let mut levels: BTreeMap<String, usize> = BTreeMap::new();
    let mut depths: BTreeMap<ImageIndex, usize> = BTreeMap::new();
    for index in crate::graph::Graph::new(workspace).order_with_ancestors(work) {
        let above = workspace.parents_in_workspace(index).filter_map(|parent| depths.get(&parent).copied()).max();
        // What is not worked on is no level of its own.
        let own = usize::from(work.contains(&index));
        let depth = above.unwrap_or(0) + own;
        depths.insert(index, depth);
        if own == 1 {
            let level = levels.entry(workspace.image(index).name.clone()).or_default();
            *level = (*level).max(depth - 1);
        }
    }
    let count = levels.values().max().map_or(0, |deepest| deepest + 1);
    let mut groups: Vec<Vec<Vec<String>>> = vec![Vec::new(); count];
    for (name, level) in levels {
        groups[level].push(vec![name]);
    }
    groups
}

/// The names of images that are built on each other, family by family.
fn families(workspace: &Workspace, work: &BTreeSet<ImageIndex>) -> Vec<Vec<String>> {
    let mut families: Vec<BTreeSet<String>> = Vec::new();
    for &index in work {
        let parents = workspace.parents_in_workspace(index).filter(|parent| work.contains(parent));
        let mut family: BTreeSet<String> = parents.map(|parent| workspace.image(parent).name.clone()).collect();
        family.insert(workspace.image(index).name.clone());
        let (related, others): (Vec<_>, Vec<_>) = families.into_iter().partition(|other| !other.is_disjoint(&family));
        families = others;
        families.push(related.into_iter().flatten().chain(family).collect());
    }
    families.sort();
    families.into_iter().map(|family| family.into_iter().collect()).collect()
}

/// At most [`MOST_JOBS`] jobs: where there are more pieces, several are one job's.
fn chunked(pieces: &[Vec<String>]) -> Vec<Job> {
    let at_once = pieces.len().div_ceil(MOST_JOBS).max(1);
    pieces.chunks(at_once).map(|pieces| job(&pieces.concat())).collect()
}

fn job(images: &[String]) -> Job {
    let name = match images {
        [only] => only.clone(),
        [first, others @ ..] => format!("{first} and {} more", others.len()),
        [] => String::new(),
    };
    Job { name, images: images.join(" ") }
}

#[cfg(test)]
mod tests;
