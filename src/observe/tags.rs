//! The git facts of each image and the tags that follow from them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use time::OffsetDateTime;

use crate::border::git::{self, Head, Repository};
use crate::context::{Context, EntryKind};
use crate::error::Result;
use crate::key::Inputs;
use crate::observe::{ObservedImage, UsualTags};
use crate::settings::Settings;
use crate::tagging::{self, Branch, BranchFacts, Naming, TagRule, TemplateValues};
use crate::workspace::{Image, ImageIndex, Options, Workspace};

/// The repositories that hold the images, each opened once.
#[derive(Debug, Default)]
pub struct Repositories {
    by_folder: BTreeMap<PathBuf, Option<Repository>>,
}

impl Repositories {
    /// The repository that holds `folder`. A folder's nearest ancestor with `.git` decides, so that a thousand images
    /// of one repository open it once.
    ///
    /// # Errors
    /// A repository that git does not let us read.
    pub fn of(&mut self, folder: &Path, settings: &Settings) -> Result<Option<&Repository>> {
        let root = folder.ancestors().find(|ancestor| ancestor.join(".git").exists()).unwrap_or(folder).to_owned();
        if !self.by_folder.contains_key(&root) {
            let found = git::discover(&root, &settings.variables)?;
            self.by_folder.insert(root.clone(), found);
        }
        Ok(self.by_folder.get(&root).and_then(Option::as_ref))
    }
}

/// What decides the tags of every image of a run.
pub(super) struct TagFacts {
    options: Options,
    settings: Settings,
    templates: Vec<String>,
    date: String,
}

impl TagFacts {
    /// `further` are templates beside the workspace's own.
    pub fn new(workspace: &Workspace, settings: &Settings, further: Vec<String>) -> Self {
        let today = OffsetDateTime::now_utc().date();
        Self {
            options: workspace.options.clone(),
            settings: settings.clone(),
            templates: further,
            date: format!("{}-{:02}-{:02}", today.year(), u8::from(today.month()), today.day()),
        }
    }

    /// Branch, commit and tags of an image.
    /// `usual_tags` is set for the images that the command is about, which get the further tags too.
    pub fn observed(
        &self,
        repositories: &mut Repositories,
        workspace: &Workspace,
        index: ImageIndex,
        usual_tags: Option<UsualTags>,
    ) -> Result<ObservedImage> {
        let image = workspace.image(index);
        let repository = repositories.of(&image.folder, &self.settings)?;
        let branch = decide(&self.options, &self.settings, repository)?;
        let values = TemplateValues {
            revision: repository.and_then(|repository| repository.revision.clone()),
            date: self.date.clone(),
            version: repository.and_then(|repository| repository.exact_tag.clone()),
            ..Naming::of(&self.options).values(&branch.tag, image.plan()).unwrap_or_default()
        };
        let (mut tags, mut fixed, mut rules) = (Vec::new(), BTreeSet::new(), Vec::new());
        let mut add = |tag: String, rule: Option<&TagRule>| {
            if rule.is_some_and(TagRule::is_fixed) {
                fixed.insert(tag.clone());
            }
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        };
        if usual_tags == Some(UsualTags::OfDefaultBranch) {
            add(default_tag_of(workspace, &self.settings, image)?, None);
        }
        // A release has a git tag, and other commits have none.
        let is_given = |rule: &&TagRule| {
            rule.is_for(&branch)
                && (values.version.is_some() || !tagging::words(&rule.template).any(|word| word == "version"))
        };
        let of_files = workspace.tag_rules(index).into_iter();
        for rule in of_files.filter(|_| usual_tags.is_none_or(|tags| tags == UsualTags::OfBranch)).filter(is_given) {
            match rule.finder {
                Some(_) => rules.push(rule.clone()),
                None => add(tagging::expand(&rule.template, &values)?, Some(rule)),
            }
        }
        for template in self.templates.iter().filter(|_| usual_tags.is_some()) {
            add(tagging::expand(template, &values)?, Some(&template.as_str().into()));
        }
        let default_tag = tagging::default_tag(&BranchFacts::of(repository, &self.settings, &self.options)).ok();
        Ok(ObservedImage {
            inputs: Inputs::default(),
            context: Arc::new(Context { root: image.context.clone(), entries: Vec::new() }),
            branch: of_image(branch, &self.options, Some(image))?,
            tags,
            fixed,
            rules,
            found: Vec::new(),
            default_tag: default_tag.and_then(|tag| tag_of(&tag, &self.options, Some(image)).ok()),
            revision: values.revision.clone(),
            dirty: false,
            is_committed: false,
            git_ignored: Vec::new(),
            version: values.version.clone(),
            values,
        })
    }
}

/// The branch of the repository that holds `folder`.
///
/// # Errors
/// A repository that cannot be read, a branch that gives no tag.
pub fn branch_of(workspace: &Workspace, settings: &Settings, folder: &Path) -> Result<Branch> {
    let mut repositories = Repositories::default();
    of_image(decide(&workspace.options, settings, repositories.of(folder, settings)?)?, &workspace.options, None)
}

/// The branch of the repository that holds `image`, with the tag that its image has.
///
/// # Errors
/// As [`branch_of`].
pub fn branch_of_image(workspace: &Workspace, settings: &Settings, image: &Image) -> Result<Branch> {
    let mut repositories = Repositories::default();
    let branch = decide(&workspace.options, settings, repositories.of(&image.folder, settings)?)?;
    of_image(branch, &workspace.options, Some(image))
}

/// The same branch with the tag that `tags:` of keg.yml gives its images.
fn of_image(branch: Branch, options: &Options, image: Option<&Image>) -> Result<Branch> {
    Ok(Branch { tag: tag_of(&branch.tag, options, image)?, ..branch })
}

/// The tag of a branch's images: by the first template of keg.yml that gives a tag which moves with the branch. Of the
/// images of a workspace with plans nothing can be said in common.
fn tag_of(tag: &str, options: &Options, image: Option<&Image>) -> Result<String> {
    if image.is_none() && !options.plans.is_empty() {
        return Ok(tag.to_owned());
    }
    let given = Naming::of(options).tag(tag, image.and_then(Image::plan))?;
    Ok(given.unwrap_or_else(|| tag.to_owned()))
}

/// The tag by which the image of a branch is known: one that moves with the branch, else the first of keg.yml.
///
/// # Errors
/// As [`branch_of`]; a template that gives no tag.
pub fn usual_tag_of(workspace: &Workspace, settings: &Settings, image: ImageIndex) -> Result<String> {
    if Naming::has_branch_tag(&workspace.options.tags) {
        return Ok(branch_of_image(workspace, settings, workspace.image(image))?.tag);
    }
    let facts = TagFacts::new(workspace, settings, Vec::new());
    let observed = facts.observed(&mut Repositories::default(), workspace, image, None)?;
    Ok(observed.usual_tag().to_owned())
}

/// The branch of each image's own repository, for the images that have one.
pub fn branches_of(workspace: &Workspace, settings: &Settings) -> Vec<(ImageIndex, Branch)> {
    let mut repositories = Repositories::default();
    let branch = |(index, image): (ImageIndex, &Image)| {
        let repository = repositories.of(&image.folder, settings).ok()?;
        let branch = decide(&workspace.options, settings, repository).ok()?;
        Some((index, of_image(branch, &workspace.options, Some(image)).ok()?))
    };
    workspace.iter().filter_map(branch).collect()
}

/// The tag of the default branch.
///
/// # Errors
/// A repository that cannot be read.
pub fn default_tag(workspace: &Workspace, settings: &Settings, folder: &Path) -> Result<String> {
    tag_of(&plain_default_tag(workspace, settings, folder)?, &workspace.options, None)
}

fn plain_default_tag(workspace: &Workspace, settings: &Settings, folder: &Path) -> Result<String> {
    let mut repositories = Repositories::default();
    let repository = repositories.of(folder, settings)?;
    tagging::default_tag(&BranchFacts::of(repository, settings, &workspace.options))
}

/// What is checked out in the repository that holds `folder`: the branch's name, whatever `--branch` says, and whether
/// git is changing the work tree just now.
///
/// # Errors
/// A repository that cannot be read.
pub fn checked_out(workspace: &Workspace, settings: &Settings, folder: &Path) -> Result<(String, bool)> {
    let mut repositories = Repositories::default();
    let repository = repositories.of(folder, settings)?;
    let is_changing = repository.is_some_and(Repository::is_changing);
    let mut facts = BranchFacts::of(repository, settings, &workspace.options);
    facts.flag = None;
    let name = match (tagging::decide(&facts), facts.head) {
        (Ok(branch), _) => branch.name,
        // A name that gives no tag is a name all the same.
        (Err(_), Some(Head::Branch(name) | Head::Unborn(name))) => name,
        (Err(error), _) => return Err(error),
    };
    Ok((name, is_changing))
}

/// The tag that `image` has on the default branch.
///
/// # Errors
/// As [`default_tag`].
pub fn default_tag_of(workspace: &Workspace, settings: &Settings, image: &Image) -> Result<String> {
    tag_of(&plain_default_tag(workspace, settings, &image.folder)?, &workspace.options, Some(image))
}

fn decide(options: &Options, settings: &Settings, repository: Option<&Repository>) -> Result<Branch> {
    tagging::decide(&BranchFacts::of(repository, settings, options))
}

/// What git says of the files of an image.
#[derive(Debug, Default)]
pub(super) struct WorkTree {
    /// Whether folder, context or inputs have uncommitted changes.
    pub dirty: bool,
    /// Whether everything in the repository is committed.
    pub is_committed: bool,
    /// Files of the context that git ignores, relative to it.
    pub ignored: Vec<String>,
}

/// Reads what costs a walk through the work tree, and matters only for images that will be built.
///
/// # Errors
/// A repository that cannot be read.
pub(super) fn read_work_tree(
    repositories: &mut Repositories,
    settings: &Settings,
    image: &Image,
    context: &Context,
) -> Result<WorkTree> {
    let Some(repository) = repositories.of(&image.folder, settings)? else { return Ok(WorkTree::default()) };
    let files: Vec<PathBuf> = context
        .entries
        .iter()
        .filter(|entry| entry.kind != EntryKind::Directory)
        .map(|entry| context.root.join(&entry.path))
        .collect();
    let ignored = repository.ignored(&files)?;
    let relative = |path: &&Path| path.strip_prefix(&context.root).map(|path| path.to_string_lossy().into_owned()).ok();
    let ignored = ignored.iter().filter_map(relative).collect();
    let mut work_tree = WorkTree { dirty: false, is_committed: !repository.dirty()?, ignored };
    for path in [&image.folder, &image.context].into_iter().chain(&image.inputs) {
        work_tree.dirty |= repository.is_dirty(path)?;
    }
    Ok(work_tree)
}
