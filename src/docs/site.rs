//! The pages of the site.

use std::collections::BTreeMap;

use minijinja::{Environment, Value, context};
use serde::Serialize;

use super::difference::{Difference, before, difference};
use super::page::{environment, render, value};
use super::{DocumentedImage, ImageBuild, Page, Site};
use crate::error::Result;
use crate::markup::address;
use crate::runs::RunRecord;
use crate::runs::timeline::timeline;
use crate::workspace::Workspace;

/// How many builds of an image its page lists.
const SHOWN_BUILDS: usize = 20;

/// What pages about this workspace are called.
pub(super) fn title(workspace: &Workspace) -> String {
    workspace.root.file_name().map_or_else(|| "images".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The path of an image's page.
pub fn page_of(image: &str) -> String {
    format!("images/{}.html", address(image))
}

/// All pages of the site.
///
/// # Errors
/// A template that asks for a value that it does not get.
pub fn pages(site: &Site) -> Result<Vec<Page>> {
    let environment = environment()?;
    let names: BTreeMap<&str, String> =
        site.images.iter().map(|image| (image.name.as_str(), page_of(&image.name))).collect();
    // Made once: a value is cheap to hand on.
    let names = value(names);
    let runs: Vec<(String, &RunRecord)> =
        site.runs.iter().enumerate().map(|(n, run)| (run_page(site, n), run)).collect();
    let mut pages = vec![("index.html".to_owned(), index(&environment, site, &names, &runs)?)];
    for image in &site.images {
        pages.push((page_of(&image.name), image_page(&environment, site, image, &names, &runs)?));
    }
    for (path, run) in &runs {
        let values = context! {
            title => &site.title, made => &site.made, root => "../", pages => &names, run => run_values(run),
        };
        pages.push((path.clone(), render(&environment, "report.html", values)?));
    }
    Ok(pages)
}

/// The path of a run's page. Two runs may have begun in the same second.
fn run_page(site: &Site, number: usize) -> String {
    let began = &site.runs[number].began;
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
    let name: String = began.chars().map(plain).collect();
    match site.runs[number + 1..].iter().filter(|other| other.began == *began).count() {
        0 => format!("builds/{name}.html"),
        more => format!("builds/{name}.{}.html", more + 1),
    }
}

/// What a page about a run shows.
pub(super) fn run_values(run: &RunRecord) -> Value {
    let counts: Vec<(&str, usize)> = ["built", "pulled", "reused", "failed", "blocked", "cancelled"]
        .into_iter()
        .map(|result| (result, run.count(result)))
        .filter(|(_, count)| *count > 0)
        .collect();
    context! { record => value(run), timeline => value(timeline(run)), counts, success => run.is_success() }
}

fn index(environment: &Environment<'_>, site: &Site, pages: &Value, runs: &[(String, &RunRecord)]) -> Result<String> {
    let images: Vec<Value> = site.images.iter().map(|image| index_row(image, runs)).collect();
    let stale = site.images.iter().filter(|image| image.state.as_ref().is_some_and(|state| !state.is_fresh)).count();
    let listed = runs.iter().map(|(path, run)| context! { path, run => run_values(run) }).collect::<Vec<_>>();
    let values = context! {
        title => &site.title, made => &site.made, root => "", pages, branch => &site.branch, stale,
        revision => &site.revision, registry => &site.registry, notes => &site.notes, images,
        graph => Value::from_safe_string(site.graph.clone()), runs => listed,
        has_tests => site.images.iter().any(|image| image.builds.first().is_some_and(|build| build.tests.is_some())),
        is_known => site.images.iter().any(|image| image.state.is_some()),
    };
    render(environment, "index.html", values)
}

fn index_row(image: &DocumentedImage, runs: &[(String, &RunRecord)]) -> Value {
    let newest = image.builds.first();
    // The last run that did something about it, unless what failed there is not what there is now.
    let last = runs.iter().find_map(|(path, run)| {
        let result = run.images.iter().find(|one| one.name == image.name && one.result != "reused")?;
        Some((path, result.result == "failed" && !is_past(image, &result.key)))
    });
    context! {
        image => value(image), build => newest.map(value), page => page_of(&image.name),
        failed_in => last.filter(|(_, has_failed)| *has_failed).map(|(path, _)| path),
        parent => image.parents.iter().find(|(_, is_image)| *is_image).or(image.parents.first()),
    }
}

/// Whether the image is fresh, and another one than the one with this key.
fn is_past(image: &DocumentedImage, key: &str) -> bool {
    image.state.as_ref().is_some_and(|state| state.is_fresh && state.key != key)
}

fn image_page(
    environment: &Environment<'_>,
    site: &Site,
    image: &DocumentedImage,
    pages: &Value,
    runs: &[(String, &RunRecord)],
) -> Result<String> {
    let builds = &image.builds[..image.builds.len().min(SHOWN_BUILDS)];
    let since = builds.first().zip(before(&image.builds, 0)).map(|(now, before)| Since::new(before, now));
    let rows = builds.iter().enumerate().map(|(place, build)| {
        let changes = before(&image.builds, place).map(|before| Since::new(before, build));
        context! { build => value(build), changes => changes.map(value) }
    });
    let of_image = runs.iter().filter_map(|(path, run)| {
        let result = run.images.iter().find(|one| one.name == image.name)?;
        (result.result != "reused").then(|| context! { path, began => &run.began, result => value(result) })
    });
    let values = context! {
        title => &site.title, made => &site.made, root => "../", pages, image => value(image), build => builds.first().map(value), since => since.map(value),
        builds => rows.collect::<Vec<_>>(), runs => of_image.collect::<Vec<_>>(),
    };
    render(environment, "image.html", values)
}

/// What has changed since a build.
#[derive(Debug, Serialize)]
struct Since {
    created: String,
    changes: Difference,
    is_empty: bool,
    summary: String,
}

impl Since {
    fn new(before: &ImageBuild, now: &ImageBuild) -> Self {
        let changes = difference(before, now);
        Self { created: before.created.clone(), is_empty: changes.is_empty(), summary: changes.summary(), changes }
    }
}

#[cfg(test)]
mod tests;
