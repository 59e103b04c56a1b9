//! What `keg ci check` looks for.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{Finding, Level, Rule};
use crate::ci::drift::{self, State};
use crate::ci::environment::{Environment, is_package_file};
use crate::ci::naming;
use crate::ci::two_step::{Touched, splits};
use crate::ci::workflow::{self, Registry, RegistryKind};
use crate::command::ci::site::Here;
use crate::context::{Context, EntryKind};
use crate::error::Result;
use crate::workspace::ImageIndex;

/// Workflows that are not as `keg ci init` would write them.
pub fn drift(here: &Here) -> Result<Vec<Finding>> {
    let Some(recipe) = here.recipe() else { return Ok(Vec::new()) };
    let wanted = workflow::files(&here.site(), &recipe, &here.active())?;
    let drifts = drift::compare(&here.present, &wanted).into_iter().filter(|drift| drift.state != State::Current);
    let findings = drifts.map(|drift| Finding {
        level: Level::Error,
        rule: Rule::Drift,
        line: None,
        message: format!("the workflow is {}", drift.state.words()),
        help: match drift.state {
            State::Edited | State::EditedLeftover => {
                "take your changes back, or give them up: keg ci init --force".to_owned()
            }
            State::Foreign => "keg needs its name: give it another one, then run keg ci init".to_owned(),
            State::Leftover => "keg ci init removes it".to_owned(),
            State::Current | State::Missing | State::Outdated => "run keg ci init".to_owned(),
        },
        // Of a whole file that comes or goes there is nothing to learn.
        diff: match drift.state {
            State::Missing | State::Leftover | State::EditedLeftover => String::new(),
            State::Current | State::Outdated | State::Edited | State::Foreign => drift.diff,
        },
        file: Some(drift.path),
    });
    Ok(findings.collect())
}

/// Lists of packages that a Dockerfile copies, of which a change would make no new image.
pub fn environment(here: &Here) -> Result<Vec<Finding>> {
    let (workspace, place) = (&here.workspace, &here.place);
    let ignored = ignored(&workspace.options.ignore);
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for (_, image) in workspace.iter() {
        // Variants of an image have the same files.
        if !seen.insert(image.name.as_str()) {
            continue;
        }
        let environment = Environment::of(image, place);
        let finding = |line: usize, message: String, help: String| Finding {
            level: Level::Error,
            rule: Rule::Environment,
            file: Some(environment.dockerfile.clone()),
            line: Some(line),
            message,
            help,
            diff: String::new(),
        };
        let context = Context::walk(&image.context, &Context::load_ignore(&image.context, &image.dockerfile.path)?)?;
        let files = context.entries.iter().filter(|entry| entry.kind != EntryKind::Directory);
        let files: Vec<String> = files.filter_map(|entry| place.of(&context.root.join(&entry.path))).collect();
        // What keg.yml leaves out is in no key.
        for file in files.iter().filter(|file| is_package_file(file.rsplit('/').next().unwrap_or(file))) {
            let inside = match place.folder.as_str() {
                "" => Some(file.as_str()),
                folder => file.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')),
            };
            let is_left_out = inside.is_some_and(|path| ignored.is_match(path));
            if let Some(taken) = environment.taking(file).filter(|_| is_left_out && !environment.inputs.contains(file))
            {
                let message = format!("{} copies {file}, and a change of it builds nothing anew", image.name);
                findings.push(finding(taken.line, message, "take it out of `ignore` of keg.yml".to_owned()));
            }
        }
        // What is not in the context cannot be copied, and is seen only when somebody builds.
        for taken in environment.taken.iter().filter(|taken| is_package_file(name_of(&taken.path))) {
            if !files.iter().any(|file| taken.covers(file)) {
                let is_there = place.root.join(&taken.path).exists();
                let (message, help) = match is_there {
                    true => (
                        format!(
                            "{} copies {}, which .dockerignore keeps out of the build context",
                            image.name, taken.path
                        ),
                        format!("add a line to .dockerignore: !{}", name_of(&taken.path)),
                    ),
                    false => (
                        format!("{} copies {}, which is not there", image.name, taken.path),
                        "make it, or take the line out".to_owned(),
                    ),
                };
                findings.push(finding(taken.line, message, help));
            }
        }
    }
    Ok(findings)
}

/// Images whose names the registry does not take.
pub fn names(here: &Here) -> Vec<Finding> {
    let finding = |(index, fault): (ImageIndex, naming::Fault)| Finding {
        level: Level::Warning,
        rule: Rule::Name,
        file: here.place.of(&here.workspace.image(index).dockerfile.path),
        line: None,
        message: fault.message,
        help: fault.help,
        diff: String::new(),
    };
    let of_recipe = here.recipe().map(|recipe| recipe.registry);
    let kind = of_recipe.or_else(|| Registry::kind_of(&here.workspace)).unwrap_or(RegistryKind::Generic);
    here.misnamed(kind).into_iter().map(finding).collect()
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A change that has to be split.
pub fn two_step(here: &Here, touched: &[Touched]) -> Result<Vec<Finding>> {
    let (workspace, place) = (&here.workspace, &here.place);
    let mut images: Vec<Environment> = workspace.iter().map(|(_, image)| Environment::of(image, place)).collect();
    images.dedup_by(|one, other| one.image == other.image);
    let globs: Vec<String> = workspace.options.ignore.iter().map(|glob| place.in_workspace(glob)).collect();
    let ignored = ignored(&globs);
    let finding = |split: crate::ci::two_step::Split| Finding {
        level: Level::Error,
        rule: Rule::TwoStep,
        file: split.environment.first().cloned(),
        line: None,
        message: format!("the environment of {} and files that may need it are changed at once", split.image),
        help: format!(
            "split it into two pull requests, and merge the first before the second:\n1. the environment: {}\n2. the rest: {}",
            split.environment.join(", "),
            split.others.join(", ")
        ),
        diff: String::new(),
    };
    Ok(splits(&images, touched, &|path| ignored.is_match(path)).into_iter().map(finding).collect())
}

/// The globs were checked when keg.yml was read.
fn ignored(globs: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in globs {
        let bare = pattern.trim_start_matches("./").trim_end_matches('/');
        for text in [bare.to_owned(), format!("{bare}/**")] {
            if let Ok(glob) = GlobBuilder::new(&text).literal_separator(true).build() {
                set.add(glob);
            }
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}
