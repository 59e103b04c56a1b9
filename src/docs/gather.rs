//! Puts together what is known of the images: the workspace, records of builds and runs, what the engine has.

use std::collections::BTreeMap;

use serde::Serialize;

use super::site::{page_of, title};
use super::{DocumentedImage, ImageBuild, Promoted, Site};
use crate::graph::Graph;
use crate::graph::picture::picture;
use crate::graph::svg::{Use, svg};
use crate::moment;
use crate::observe::{LABEL_BRANCH, LABEL_DIRTY, LABEL_REVISION, LocalImage, Observed};
use crate::plan::{Decision, Plan, PlannedImage};
use crate::promotions::Promotion;
use crate::runs::{ImageResult, RunRecord};
use crate::ui::{MASK, looks_secret};
use crate::workspace::{Image, ImageIndex, ParentImage, Workspace};

/// Whether an image is what its files would give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// Whether the engine has it.
    pub is_fresh: bool,
    /// `fresh`, `to pull` or `to build`.
    pub word: &'static str,
    /// Why it is not fresh.
    pub reason: String,
    /// The key of what is in its folder now.
    pub key: String,
}

/// Everything that the site shows. `observed` and `plan` say what there is on the engine, and what a build would do,
/// where that could be found out. `builds` are the recorded builds of images by name, the newest first.
pub fn gather(
    workspace: &Workspace,
    now_known: Option<(&Observed, &Plan)>,
    mut builds: BTreeMap<String, Vec<ImageBuild>>,
    runs: Vec<RunRecord>,
) -> Site {
    let graph = Graph::new(workspace);
    let mut images = Vec::new();
    let stale = now_known.map(|(_, plan)| stale(plan)).unwrap_or_default();
    for index in shown_order(workspace) {
        let image = workspace.image(index);
        let planned = now_known.and_then(|(_, plan)| plan.image(index));
        let state = planned.map(state);
        let name = image.full_name();
        let mut builds = builds.remove(&name).unwrap_or_default();
        let of_runs = builds_of_runs(&name, image, &runs);
        let untold: Vec<ImageBuild> =
            of_runs.into_iter().filter(|run| builds.iter().all(|build| build.key != run.key)).collect();
        builds.extend(untold);
        builds.sort_by(|one, other| other.created.cmp(&one.created));
        if let Some((observed, planned)) = now_known.map(|(observed, _)| observed).zip(planned) {
            add_engine(&mut builds, image, planned, observed);
        }
        images.push(DocumentedImage {
            name,
            kind: image.kind.to_string(),
            alias: image.alias.clone(),
            folder: workspace.shown(&image.folder).display().to_string(),
            state,
            parents: parents(workspace, image),
            children: graph.children(index).iter().map(|child| workspace.image(*child).full_name()).collect(),
            builds,
            promotions: Vec::new(),
        });
    }
    let link = |name: &str| page_of(name);
    Site {
        title: title(workspace),
        made: moment::now(),
        registry: workspace.options.registry.clone(),
        graph: svg(&picture(workspace, &stale), &Use { link: &link, is_inline: true }),
        images,
        runs,
        ..Site::default()
    }
}

/// Adds the tags that images were promoted to. Of several promotions to a tag the newest counts; `promotions` begins
/// with it.
pub fn add_promotions(site: &mut Site, promotions: &[Promotion]) {
    for promotion in promotions {
        for promoted in &promotion.images {
            let Some(image) = site.images.iter_mut().find(|image| image.name == promoted.name) else { continue };
            if image.promotions.iter().any(|newer| newer.tag == promoted.to) {
                continue;
            }
            let newest = image.builds.first().and_then(|build| build.digest.as_ref());
            image.promotions.push(Promoted {
                tag: promoted.to.clone(),
                from: promoted.from.clone(),
                digest: promoted.digest.clone(),
                when: promotion.when.clone(),
                who: promotion.who.clone(),
                is_newest: newest.map(|digest| *digest == promoted.digest),
            });
        }
    }
}

/// By kind, and by name within a kind.
fn shown_order(workspace: &Workspace) -> Vec<ImageIndex> {
    let mut order: Vec<ImageIndex> = workspace.iter().map(|(index, _)| index).collect();
    order.sort_by_key(|index| workspace.image(*index).kind);
    order
}

/// The images that `plan` would build, with the reasons.
pub fn stale(plan: &Plan) -> BTreeMap<ImageIndex, String> {
    let stale = plan.images.iter().filter(|image| image.decision == Decision::Build);
    stale.map(|image| (image.index, image.reason.to_string())).collect()
}

fn state(image: &PlannedImage) -> State {
    let (word, is_fresh) = match image.decision {
        Decision::Reuse => ("fresh", true),
        Decision::Pull | Decision::Published => ("to pull", false),
        Decision::Build => ("to build", false),
    };
    let reason = if is_fresh { String::new() } else { image.reason.to_string() };
    State { is_fresh, word, reason, key: image.key.to_string() }
}

fn parents(workspace: &Workspace, image: &Image) -> Vec<(String, bool)> {
    let name = |parent: &ParentImage| match parent {
        ParentImage::Workspace(index) => (workspace.image(*index).full_name(), true),
        ParentImage::Outside(reference) => (reference.familiar(), false),
    };
    image.parents.iter().map(|parent| name(&parent.image)).collect()
}

/// The builds of an image that runs of this workspace tell of.
fn builds_of_runs(name: &str, image: &Image, runs: &[RunRecord]) -> Vec<ImageBuild> {
    let build = |run: &RunRecord, result: &ImageResult| ImageBuild {
        created: run.began.clone(),
        branch: run.branch.clone(),
        revision: result.revision.clone(),
        dirty: result.dirty,
        key: result.key.clone(),
        tags: result.tags.clone(),
        size: result.size,
        build_args: masked_arguments(image),
        ..ImageBuild::default()
    };
    let built = |run: &RunRecord| {
        let result = run.images.iter().find(|one| one.name == name && one.result == "built")?;
        Some(build(run, result))
    };
    runs.iter().filter_map(built).collect()
}

/// Build args as the manifest has them; secret ones are masked.
fn masked_arguments(image: &Image) -> BTreeMap<String, String> {
    let masked = |(name, value): (&String, &String)| {
        let value = if looks_secret(name) { MASK.to_owned() } else { value.clone() };
        (name.clone(), value)
    };
    image.build_args.iter().map(masked).collect()
}

/// Adds what the engine has of the image as it is now, unless a record tells of it already.
fn add_engine(builds: &mut Vec<ImageBuild>, image: &Image, planned: &PlannedImage, observed: &Observed) {
    let Some(local) = observed.engine.with_key(&planned.content, &planned.key) else { return };
    let key = planned.key.to_string();
    let here = engine_build(local, image, planned);
    match builds.iter_mut().find(|build| build.key == key) {
        Some(build) => {
            build.size = build.size.or(here.size);
            build.digest = build.digest.take().or(here.digest);
            build.reference = build.reference.take().or(here.reference);
            build.tags.extend(here.tags.into_iter().filter(|tag| !build.tags.contains(tag)).collect::<Vec<_>>());
        }
        None => builds.insert(0, here),
    }
}

fn engine_build(local: &LocalImage, image: &Image, planned: &PlannedImage) -> ImageBuild {
    let label = |name: &str| local.labels.get(name).filter(|value| !value.is_empty()).cloned();
    ImageBuild {
        branch: label(LABEL_BRANCH),
        revision: label(LABEL_REVISION),
        dirty: local.labels.contains_key(LABEL_DIRTY),
        key: planned.key.to_string(),
        reference: Some(planned.content.familiar()),
        digest: local.digest_in(&planned.content).map(str::to_owned),
        tags: planned.tags.iter().filter_map(|tag| tag.tag().map(str::to_owned)).collect(),
        size: Some(local.size),
        build_args: masked_arguments(image),
        ..ImageBuild::default()
    }
}
