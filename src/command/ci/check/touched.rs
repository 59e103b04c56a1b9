//! Which files a change touches: those of a pull request, or of the branch that is checked out.

use std::collections::BTreeSet;

use crate::border::git::Repository;
use crate::ci::two_step::Touched;
use crate::ci::{self, Asked, Base, EventKind, Provider};
use crate::command::App;
use crate::command::ci::site::Here;
use crate::command::ci::situation::{base_of, payload};
use crate::error::{Error, Result};

/// The files that are not as they are in `base`, else in what the pull request is to be merged into, else in the
/// default branch. Events of CI that are no pull request touch nothing: what was merged is as it is.
///
/// # Errors
/// No repository, and a commit that this clone does not have.
pub fn read(base: Option<&str>, here: &Here, app: &App) -> Result<Vec<Touched>> {
    let Some(repository) = &here.repository else {
        return Err(Error::request("there is no git repository, so that nobody knows what a change touches")
            .help("the two-step rule needs one: git init, or `two_step: false` in keg.yml"));
    };
    let variables = &app.settings.variables;
    let names = match (base, Provider::of(variables)) {
        (Some(base), _) => vec![base.to_owned(), format!("origin/{base}")],
        (None, Provider::Other) => {
            let branch = here.recipe().map_or_else(|| here.default_branch(app), |recipe| recipe.default_branch);
            let branch = here.workspace.options.default_branch.clone().unwrap_or(branch);
            vec![format!("refs/remotes/origin/{branch}"), format!("refs/heads/{branch}")]
        }
        (None, _) => match ci::read(variables, payload(app)?.as_ref(), &Asked::default())?.kind {
            EventKind::PullRequest(request) => match base_of(&request, repository)? {
                Some(Base::Commit(commit)) => vec![commit],
                Some(Base::Branch(branch)) => vec![format!("refs/remotes/origin/{branch}"), branch],
                None => return Err(no_base()),
            },
            // A queue puts several pull requests together, each of which was looked at.
            _ => return Ok(Vec::new()),
        },
    };
    since(repository, &names)
}

fn no_base() -> Error {
    Error::request("nothing says what the pull request is to be merged into").help("name it: keg ci check --base REV")
}

/// The files that are not as they were where HEAD parted from the first of `names` that there is.
fn since(repository: &Repository, names: &[String]) -> Result<Vec<Touched>> {
    let help = match repository.is_shallow() {
        true => "the clone is shallow: git fetch --unshallow, or in CI fetch-depth: 0",
        false => "get it with git fetch, or name another: keg ci check --base REV",
    };
    let Some(head) = &repository.revision else { return Ok(Vec::new()) };
    let mut found = None;
    for name in names {
        found = repository.resolve(name)?;
        if found.is_some() {
            break;
        }
    }
    let name = names.first().map(String::as_str).unwrap_or_default();
    let name = name.strip_prefix("refs/remotes/").unwrap_or(name);
    let Some(other) = found else {
        let message = format!("this clone does not have `{name}`, which the change is compared with");
        return Err(Error::request(message).help(help));
    };
    let Some(base) = repository.merge_base(head, &other)? else {
        let message = format!("HEAD and `{name}` have no commit in common in this clone");
        return Err(Error::request(message).help(help));
    };
    let before = repository.commit(&base)?.map_or(Ok(Vec::new()), |commit| commit.files())?;
    let before: BTreeSet<&str> = before.iter().map(|file| file.path.as_str()).collect();
    let touched = repository.changed_since(&base)?.into_iter();
    Ok(touched.map(|path| Touched { is_new: !before.contains(path.as_str()), path }).collect())
}
