//! `keg ci activate` and `keg ci deactivate`

use std::collections::BTreeSet;

use super::site::{Here, settle, show};
use crate::ci::drift::{self, Drift};
use crate::ci::workflow::{self, Style};
use crate::command::{App, selection};
use crate::error::{Error, Result};

/// Arguments of `keg ci activate` and `keg ci deactivate`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg ci activate evf        pull requests, merges and releases start the workflow of evf
  keg ci activate --all      those of all images
  keg ci deactivate evf      evf is built when somebody asks for it")]
pub struct Args {
    /// Names or aliases
    #[arg(value_name = "IMAGE", required_unless_present = "all", add = selection::completer())]
    pub images: Vec<String>,
    /// All images
    #[arg(long, conflicts_with = "images")]
    pub all: bool,
    /// Overwrites workflows that somebody has changed by hand
    #[arg(long)]
    pub force: bool,
    /// Shows what would be written, and writes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `keg ci activate`, or `keg ci deactivate` where `activate` is false.
///
/// # Errors
/// No workflows for each image, an unknown image, files of others.
pub fn run(args: &Args, activate: bool, app: &App) -> Result<()> {
    let here = Here::read(app)?;
    let Some(recipe) = here.recipe() else {
        return Err(Error::request("there are no workflows that keg made")
            .help("write them: keg ci init --style per-image --install COMMAND"));
    };
    if recipe.style != Style::PerImage {
        return Err(Error::request("one workflow builds all images of this workspace, and is always active")
            .help("keg ci init --style per-image writes one for each image"));
    }
    let words = if args.all { &[][..] } else { &args.images[..] };
    let selected = selection::images(app, &here.workspace, words)?;
    let names: BTreeSet<String> = selected.iter().map(|index| here.workspace.image(*index).name.clone()).collect();
    let mut active = here.active();
    match activate {
        true => active.extend(names.iter().cloned()),
        false => active.retain(|name| !names.contains(name)),
    }
    let wanted = workflow::files(&here.site(), &recipe, &active)?;
    // What else is out of date is the business of keg ci init.
    let of_image = |name: &String| [workflow::file_of_image(name), workflow::file_of_module(name)];
    let files: BTreeSet<String> = names.iter().flat_map(of_image).collect();
    let drifts: Vec<Drift> =
        drift::compare(&here.present, &wanted).into_iter().filter(|drift| files.contains(&drift.path)).collect();
    if !args.dry_run {
        settle(app, &here, &drifts, args.force)?;
    }
    show(app, &drifts, args.dry_run)
}
