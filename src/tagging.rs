//! Which tag an image gets: from the branch, and from templates. Pure: git and the environment are read elsewhere.

use serde::Serialize;

use crate::border::git::{Head, Repository};
use crate::env_vars::{BRANCH_VARIABLES, CI_DEFAULT_BRANCH, Variables};
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::workspace::Options;

mod cache;
mod naming;
mod reading;
mod rule;
mod sanitise;
mod template;
mod version;

pub use cache::{branch_of_cache, cache_tag};
pub use naming::Naming;
pub use reading::{Reading, can_be_read};
pub use rule::{Finder, Groups, TagRule};
pub use sanitise::{RESERVED, after_prefix, check_tag, sanitise, with_prefix};
pub use template::{TemplateValues, WORDS, expand, words};
pub use version::highest;

/// The tag of images whose folder lies in no git repository.
pub const TAG_WITHOUT_REPOSITORY: &str = "local";
/// How many hexadecimal digits of a commit stand in the tag of a detached HEAD.
const DETACHED_DIGITS: usize = 12;

/// What is known about the branch of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BranchFacts {
    /// `--branch`.
    pub flag: Option<String>,
    /// What CI's variables say: see [`CiBranch::of`].
    pub ci: Option<CiBranch>,
    /// What HEAD points at; `None` when there is no repository.
    pub head: Option<Head>,
    /// The commit of HEAD, 40 hexadecimal digits.
    pub revision: Option<String>,
    /// `default_branch` of keg.yml.
    pub default_branch: Option<String>,
    /// `default_tag` of keg.yml.
    pub default_tag: Option<String>,
    /// The branch that the remote `origin` calls its HEAD, else that a CI system calls the default one.
    pub origin_head: Option<String>,
    /// The names of the local branches.
    pub local_branches: Vec<String>,
}

impl BranchFacts {
    /// The facts for images that lie in `repository`.
    pub fn of(repository: Option<&Repository>, settings: &Settings, options: &Options) -> Self {
        Self {
            flag: settings.branch.clone(),
            ci: CiBranch::of(&settings.variables),
            head: repository.map(|repository| repository.head.clone()),
            revision: repository.and_then(|repository| repository.revision.clone()),
            default_branch: options.default_branch.clone(),
            default_tag: options.default_tag.clone(),
            origin_head: repository
                .and_then(|repository| repository.origin_head.clone())
                .or_else(|| settings.variables.get(CI_DEFAULT_BRANCH).map(str::to_owned)),
            local_branches: repository.map(|repository| repository.branches.clone()).unwrap_or_default(),
        }
    }
}

/// A branch that a CI system names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiBranch {
    /// The variable that names it.
    pub variable: String,
    /// The branch.
    pub name: String,
}

impl CiBranch {
    /// The first of [`BRANCH_VARIABLES`] that is set. `GITHUB_HEAD_REF` comes before `GITHUB_REF_NAME`, which for a
    /// pull request is no branch but `71/merge`.
    pub fn of(variables: &Variables) -> Option<Self> {
        BRANCH_VARIABLES.into_iter().find_map(|name| {
            variables.get(name).map(|value| Self { variable: name.to_owned(), name: value.to_owned() })
        })
    }
}

/// Where a branch's name comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BranchSource {
    /// `--branch`.
    Flag,
    /// HEAD is on it.
    Head,
    /// HEAD is detached and this variable names it.
    Ci(String),
    /// HEAD is detached and nothing names a branch: the commit stands for it.
    Detached,
    /// HEAD is on it and it has no commit yet.
    Unborn,
    /// There is no repository.
    NoRepository,
}

/// The branch that images are built for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Branch {
    /// The branch as git has it; `sha-…` or `local` where there is none.
    pub name: String,
    /// The tag that its images get.
    pub tag: String,
    /// Whether it is the default branch.
    pub is_default: bool,
    /// Where the name comes from.
    pub source: BranchSource,
}

impl Branch {
    /// The same branch for images whose tags begin with a plan's prefix.
    #[must_use]
    pub fn with_prefix(self, prefix: &str) -> Self {
        Self { tag: with_prefix(prefix, &self.tag), ..self }
    }

    /// One sentence that says where the name and the tag come from.
    pub fn origin(&self) -> String {
        let name = sanitise::shown(&self.name);
        match &self.source {
            BranchSource::Flag => format!("branch `{name}`, as --branch says"),
            BranchSource::Head => format!("branch `{name}`, which is checked out"),
            BranchSource::Ci(variable) => format!("branch `{name}`, as {variable} says, since HEAD is detached"),
            BranchSource::Detached => {
                format!(
                    "HEAD is detached and no CI variable names a branch, so the commit gives the tag `{}`",
                    self.tag
                )
            }
            BranchSource::Unborn => format!("branch `{name}`, which is checked out and has no commit yet"),
            BranchSource::NoRepository => {
                format!("the folder lies in no git repository, so the tag is `{}`; --branch names another", self.tag)
            }
        }
    }
}

/// Decides the branch and its tag: `--branch`, else the branch of HEAD; where HEAD is detached CI's variables, else
/// the commit; without a repository `local`.
///
/// # Errors
/// When no tag can be made of the branch's name, or the tag is reserved.
pub fn decide(facts: &BranchFacts) -> Result<Branch> {
    let (name, source) = match (&facts.flag, &facts.head) {
        (Some(flag), _) => (flag.clone(), BranchSource::Flag),
        (None, None) => return Ok(without_branch(TAG_WITHOUT_REPOSITORY.to_owned(), BranchSource::NoRepository)),
        (None, Some(Head::Branch(name))) => (name.clone(), BranchSource::Head),
        (None, Some(Head::Unborn(name))) => (name.clone(), BranchSource::Unborn),
        (None, Some(Head::Detached)) => match (&facts.ci, &facts.revision) {
            (Some(ci), _) => (ci.name.clone(), BranchSource::Ci(ci.variable.clone())),
            (None, Some(revision)) => {
                let digits: String = revision.chars().take(DETACHED_DIGITS).collect();
                return Ok(without_branch(format!("sha-{digits}"), BranchSource::Detached));
            }
            (None, None) => {
                return Err(Error::request(
                    "HEAD is detached and points at no commit, so there is no branch to tag for",
                )
                .help("check out a branch with `git switch`, or name one with --branch"));
            }
        },
    };
    let is_default = name == default_branch(facts, &name);
    let tag = if is_default { tag_of_default(facts, &name)? } else { sanitise(&name)? };
    if !is_default && facts.default_tag.as_ref() == Some(&tag) {
        return Err(Error::request(format!(
            "branch `{}` would get the tag `{tag}`, which is the default branch's (default_tag of keg.yml)",
            sanitise::shown(&name)
        ))
        .help("rename the branch, name another with --branch, or change default_tag"));
    }
    Ok(Branch { name, tag, is_default, source })
}

/// The tag of the default branch, whatever branch is checked out.
///
/// # Errors
/// When `default_tag` is no tag to set, or without it no tag can be made of the branch's name.
pub fn default_tag(facts: &BranchFacts) -> Result<String> {
    let current = match &facts.head {
        Some(Head::Branch(name) | Head::Unborn(name)) => name,
        Some(Head::Detached) => facts.ci.as_ref().map_or("", |ci| &ci.name),
        None => "",
    };
    tag_of_default(facts, default_branch(facts, current))
}

fn tag_of_default(facts: &BranchFacts, branch: &str) -> Result<String> {
    let Some(tag) = &facts.default_tag else { return sanitise(branch) };
    check_tag(tag).map_err(|error| error.help("choose another default_tag in keg.yml"))?;
    Ok(tag.clone())
}

fn without_branch(tag: String, source: BranchSource) -> Branch {
    Branch { name: tag.clone(), tag, is_default: false, source }
}

/// keg.yml's word, else the remote's, else `main` where it exists (the current branch need not be a local one: CI
/// checks out commits), else `master`.
pub fn default_branch<'a>(facts: &'a BranchFacts, current: &str) -> &'a str {
    const MAIN: &str = "main";
    let has_main = current == MAIN || facts.local_branches.iter().any(|branch| branch == MAIN);
    let guess = if has_main { MAIN } else { "master" };
    facts.default_branch.as_deref().or(facts.origin_head.as_deref()).unwrap_or(guess)
}

#[cfg(test)]
mod tests;
