//! What an image is built on: references of its Dockerfile, the value of `KEG_BASE_IMAGE`, and `depends_on`.

use std::ops::Range;
use std::path::Path;

use indexmap::IndexMap;

use super::matching::Names;
use super::names::suggestion;
use super::source::{SourceFile, shown};
use super::{Edge, EdgeKind, Handover, Image, ImageIndex, Options, Parent, ParentImage};
use crate::dockerfile::{BASE_ARGUMENT, External, Inputs};
use crate::error::{Error, Result};
use crate::reference::Reference;

/// The image that a new tap starts from when keg.yml does not say it.
const DEFAULT_TAP_BASE: &str = "tap";

/// What parents are resolved with.
pub(super) struct Resolver<'a> {
    pub root: &'a Path,
    pub options: &'a Options,
    pub names: &'a Names,
    /// The names of all images, for suggestions.
    pub all: &'a [String],
}

/// Where the value of `KEG_BASE_IMAGE` comes from, when the Dockerfile does not give it.
enum Base<'a> {
    /// Flag or process environment.
    Given(&'a str),
    /// `base:` of the manifest.
    Manifest(&'a str, usize),
    /// Nothing: `build.args`, the Dockerfile's default or `tap_base` decide.
    None,
}

impl Resolver<'_> {
    /// The parents of `image`. `given` is the flag's or environment's `KEG_BASE_IMAGE`.
    pub fn parents(&self, image: &Image, given: Option<&str>) -> Result<Vec<Parent>> {
        let base = match (given, &image.manifest.base) {
            (Some(given), _) => Base::Given(given),
            (None, Some(base)) if !base.is_empty() => Base::Manifest(base, base.line),
            _ => Base::None,
        };
        if let Base::Given(value) = base
            && let Err(reason) = Reference::parse(value)
        {
            let message = format!("{BASE_ARGUMENT} for {}: `{value}` names no image", image.name);
            return Err(Error::request(message).because(reason.to_string()));
        }
        let build_args = self.build_args(image, &base);
        let inputs = Inputs {
            build_args: &build_args,
            target: image.target.as_deref(),
            platform: image.platforms.first().map(String::as_str),
        };
        let value = match base {
            Base::Given(value) | Base::Manifest(value, _) => Some(value),
            Base::None => None,
        };
        let externals = match value {
            Some(value) => self.with_base(image, &inputs, value)?,
            None => image.dockerfile.references(&inputs)?,
        };
        let mut found = Vec::with_capacity(externals.len());
        for external in externals {
            found.push((self.parent(image, &external, &base)?, external));
        }
        Ok(merged(found))
    }

    /// The image's build args with the value of `KEG_BASE_IMAGE`.
    fn build_args(&self, image: &Image, base: &Base<'_>) -> IndexMap<String, String> {
        let mut build_args = image.build_args.clone();
        let default = image
            .dockerfile
            .arguments
            .iter()
            .any(|argument| argument.name == BASE_ARGUMENT && argument.default.is_some());
        match base {
            Base::Given(value) | Base::Manifest(value, _) => {
                build_args.insert(BASE_ARGUMENT.to_owned(), (*value).to_owned());
            }
            Base::None if !default && !build_args.contains_key(BASE_ARGUMENT) => {
                let tap_base = self.options.tap_base.as_deref();
                let word = tap_base.unwrap_or(DEFAULT_TAP_BASE);
                let found = Reference::parse(word).ok().and_then(|reference| self.names.meant(word, &reference));
                if found.is_none_or(|found| self.names.name(found) != image.name)
                    && (found.is_some() || tap_base.is_some())
                {
                    build_args.insert(BASE_ARGUMENT.to_owned(), word.to_owned());
                }
            }
            Base::None => {}
        }
        build_args
    }

    /// The references with `KEG_BASE_IMAGE` set; where no `FROM` uses it, the final stage's `FROM` is replaced.
    fn with_base(&self, image: &Image, inputs: &Inputs<'_>, value: &str) -> Result<Vec<External>> {
        let dockerfile = &image.dockerfile;
        if dockerfile.declares_base_argument() {
            let externals = dockerfile.references(inputs)?;
            if externals.iter().any(|external| external.by_base_argument) {
                return Ok(externals);
            }
        }
        let source = dockerfile.final_source(inputs)?;
        let mut replaced = dockerfile.clone();
        if let Some(stage) = replaced.stages.iter_mut().find(|stage| stage.from.span == source.span) {
            if stage.from.written == crate::dockerfile::SCRATCH {
                let message = format!(
                    "{}:{}: {} is built from scratch, not on `{value}`",
                    dockerfile.shown, source.line, image.name
                );
                return Err(dockerfile
                    .error(source.span.clone(), message, "nothing to replace here")
                    .help("Leave out `base:`, `--base` and KEG_BASE_IMAGE, or write a FROM that uses it."));
            }
            // A valid reference has nothing to substitute.
            stage.from.written = value.to_owned();
        }
        let mut externals = replaced.references(inputs)?;
        for external in externals.iter_mut().filter(|external| external.span == source.span) {
            external.by_base_argument = true;
        }
        Ok(externals)
    }

    fn parent(&self, image: &Image, external: &External, base: &Base<'_>) -> Result<Parent> {
        let dockerfile = &image.dockerfile;
        let at = format!("{}:{}", dockerfile.shown, external.line);
        let reference = Reference::parse(&external.written).map_err(|reason| {
            dockerfile
                .error(external.span.clone(), format!("{at}: `{}` names no image", external.written), "not a reference")
                .because(reason.to_string())
        })?;
        let image_found = match self.names.image(&external.written, &reference, &image.name) {
            Some(found) => match (base, reference.tag()) {
                // `--base tap:my-try` means that very tag; `base: tap:develop` means the image.
                (Base::Given(_), Some(tag)) if external.by_base_argument => {
                    ParentImage::Outside(self.names.repository(found, &reference).with_tag(tag))
                }
                _ => ParentImage::Workspace(self.names.in_plan(found, image.plan()).ok_or_else(|| {
                    let (message, help) = self.skipped(image, found);
                    dockerfile.error(external.span.clone(), format!("{at}: {message}"), "built on it here").help(help)
                })?),
            },
            None => {
                if let Some(folder) = self.names.folder_without_dockerfile(&external.written, &reference) {
                    let folder = shown(self.root, folder);
                    let message =
                        format!("{at}: `{}` is {folder} of this workspace, which has no Dockerfile", external.written);
                    return Err(dockerfile.error(external.span.clone(), message, "this image cannot be built").help(format!(
                        "Add {folder}/Dockerfile. If an image outside the workspace is meant, write it in full: `{reference}`."
                    )));
                }
                ParentImage::Outside(reference)
            }
        };
        let edge = match (base, &image.manifest_file) {
            (Base::Manifest(_, line), Some(file)) if external.by_base_argument => {
                Edge { kind: external.kind, file: file.clone(), line: *line }
            }
            _ => Edge { kind: external.kind, file: dockerfile.path.clone(), line: external.line },
        };
        Ok(Parent {
            image: image_found,
            edge,
            written: external.written.clone(),
            handover: Handover::Nothing,
            is_base: external.is_final,
        })
    }

    /// What is wrong where `image` needs another one that skips its plan, and what to do.
    fn skipped(&self, image: &Image, needed: ImageIndex) -> (String, String) {
        let (name, plan) = (&image.name, image.plan().unwrap_or_default());
        let needed = self.names.name(needed);
        let message = format!("{name} needs {needed} in the plan `{plan}`, which {needed} skips");
        (message, format!("Take `{plan}` out of `skip_plans` of {needed}, or let {name} skip it too."))
    }

    /// Adds the parents of `depends_on`.
    pub fn depends_on(&self, image: &Image, manifest: &SourceFile, errors: &mut Vec<Error>) -> Vec<Parent> {
        let mut parents = Vec::new();
        for word in &image.manifest.depends_on {
            let found = self.names.find(word);
            match found.map(|found| self.names.in_plan(found, image.plan()).ok_or(found)) {
                Some(Ok(found)) if self.names.name(found) == image.name => errors.push(
                    manifest
                        .error(word, format!("depends_on: {} depends on itself", image.name), "this image")
                        .help("Remove it."),
                ),
                Some(Err(found)) => {
                    let (message, help) = self.skipped(image, found);
                    errors.push(manifest.error(word, format!("depends_on: {message}"), "needed here").help(help));
                }
                Some(Ok(found)) => parents.push(Parent {
                    image: ParentImage::Workspace(found),
                    edge: Edge { kind: EdgeKind::DependsOn, file: manifest.path.clone(), line: word.line },
                    written: String::new(),
                    handover: Handover::Nothing,
                    is_base: false,
                }),
                None => errors.push(
                    manifest
                        .error(word, format!("depends_on: no image is called `{}`", **word), "no such image")
                        .help(suggestion(word, self.all.iter().map(String::as_str))),
                ),
            }
        }
        parents
    }
}

/// A parent with every place of the Dockerfile that names it.
struct Places {
    parent: Parent,
    spans: Vec<Range<usize>>,
    /// Whether the build arg alone gives it everywhere.
    by_argument: bool,
}

/// Each parent once. Where one place takes it by the build arg and another literally, both are rewritten.
fn merged(found: Vec<(Parent, External)>) -> Vec<Parent> {
    let mut places: Vec<Places> = Vec::new();
    for (parent, external) in found {
        let by_argument = external.is_base_argument;
        match places.iter_mut().find(|known| known.parent.image == parent.image) {
            Some(known) => {
                known.spans.push(external.span);
                known.parent.is_base |= parent.is_base;
                known.by_argument &= by_argument;
            }
            None => places.push(Places { parent, spans: vec![external.span], by_argument }),
        }
    }
    let finished = places.into_iter().map(|Places { parent, spans, by_argument }| {
        let handover = if by_argument { Handover::BaseArgument } else { Handover::Rewrite(spans) };
        Parent { handover, ..parent }
    });
    finished.collect()
}
