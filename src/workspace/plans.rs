//! Plans: variants of one image under one name, each with a tag prefix and build args of its own.

use std::fmt;

use super::image::Draft;
use super::source::SourceFile;
use super::{Image, ImageIndex, Options, ParentImage, Workspace};
use crate::error::{Error, Result, nearest};
use crate::manifest::KegFile;
use crate::reference::is_tag;

/// The longest prefix of tags: the branch's name has to follow.
const LONGEST_PREFIX: usize = 64;
/// What prefixes may not be, since tags that begin so are keg's own.
const CONTENT_PREFIX: &str = "keg";

/// A plan, as the images that are built by it have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The plan's name.
    pub plan: String,
    /// What the tags of its images begin with.
    pub prefix: String,
}

impl Image {
    /// The name, with the plan where the image has several variants: `web`, or `web [gpu]`.
    pub fn full_name(&self) -> String {
        full_name(&self.name, self.plan())
    }

    /// A tag that may have `{prefix}` and `{plan}` in it, as this variant has it.
    pub fn tag_in_plan(&self, tag: &str) -> String {
        match &self.variant {
            Some(variant) => tag.replace("{prefix}", &variant.prefix).replace("{plan}", &variant.plan),
            None => tag.to_owned(),
        }
    }

    /// The name of the plan.
    pub fn plan(&self) -> Option<&str> {
        self.variant.as_ref().map(|variant| variant.plan.as_str())
    }
}

/// See [`Image::full_name`].
pub fn full_name(name: &str, plan: Option<&str>) -> String {
    match plan {
        Some(plan) => format!("{name} [{plan}]"),
        None => name.to_owned(),
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plan)
    }
}

impl Workspace {
    /// Images, each once: of several variants that of the first plan.
    pub fn named(&self) -> impl Iterator<Item = (ImageIndex, &Image)> + Clone {
        let is_first = |position: usize| position == 0 || self.images[position - 1].name != self.images[position].name;
        let all = self.images.iter().enumerate();
        all.filter(move |(position, _)| is_first(*position)).map(|(position, image)| (ImageIndex(position), image))
    }

    /// All variants of an image, itself among them.
    pub fn variants(&self, image: ImageIndex) -> impl Iterator<Item = ImageIndex> {
        let name = &self.image(image).name;
        let is_same = move |index: &ImageIndex| self.image(*index).name == *name;
        let first = (0..=image.0).rev().map(ImageIndex).take_while(is_same).last().unwrap_or(image);
        (first.0..self.images.len()).map(ImageIndex).take_while(is_same)
    }

    /// The variant of an image by a plan, if it has one.
    pub fn variant(&self, image: ImageIndex, plan: Option<&str>) -> Option<ImageIndex> {
        self.variants(image).find(|variant| self.image(*variant).plan() == plan)
    }

    /// The workspace with the variants of these plans alone; with all where none is named.
    ///
    /// # Errors
    /// keg.yml has no such plan, or one of the images that `words` name is built in none of them.
    pub fn in_plans(self, plans: &[String], words: &[String]) -> Result<Self> {
        if plans.is_empty() {
            return Ok(self);
        }
        let unknown = plans.iter().filter(|plan| !self.options.plans.iter().any(|known| known.plan == **plan));
        let errors: Vec<Error> = unknown.map(|plan| self.unknown_plan(plan)).collect();
        Error::all(errors).map_or(Ok(()), Err)?;
        let is_meant = |image: &Image| image.plan().is_some_and(|plan| plans.iter().any(|one| one == plan));
        let skipping = words.iter().filter_map(|word| {
            let index = self.find(word)?;
            let built = self.variants(index).any(|variant| is_meant(self.image(variant)));
            (!built).then(|| self.skipped(index, plans))
        });
        Error::all(skipping.collect()).map_or(Ok(()), Err)?;
        let mut places = Vec::with_capacity(self.images.len());
        let mut count = 0;
        for image in &self.images {
            places.push(ImageIndex(count));
            count += usize::from(is_meant(image));
        }
        let mut links = self.links.clone();
        links.retain_mut(|linked| {
            let Ok(index) = &mut linked.image else { return true };
            // A link to what is not built in these plans stands for nothing.
            let left = self.variants(*index).find(|variant| is_meant(self.image(*variant)));
            left.map(|variant| *index = places[variant.0]).is_some()
        });
        let mut images: Vec<Image> = self.images.into_iter().filter(is_meant).collect();
        for parent in images.iter_mut().flat_map(|image| &mut image.parents) {
            // What a variant is built on is of the same plan.
            if let ParentImage::Workspace(index) = &mut parent.image {
                *index = places[index.0];
            }
        }
        Ok(Self { images, links, ..self })
    }

    fn unknown_plan(&self, plan: &str) -> Error {
        let known = || self.options.plans.iter().map(|plan| plan.plan.as_str());
        let error = Error::request(format!("there is no plan `{plan}` in {}", self.root.join("keg.yml").display()));
        match nearest(plan, known()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None if self.options.plans.is_empty() => error.help("keg.yml has no `plans`: leave --plan out"),
            None => error.help(format!("its plans are {}", known().collect::<Vec<_>>().join(", "))),
        }
    }

    fn skipped(&self, image: ImageIndex, plans: &[String]) -> Error {
        let built: Vec<&str> = self.variants(image).filter_map(|variant| self.image(variant).plan()).collect();
        let image = self.image(image);
        let error = Error::request(format!("{} is not built in the plan {}", image.name, plans.join(" or ")));
        let file = image.manifest_file.as_deref().map(|file| self.shown(file).display().to_string());
        error.help(format!(
            "its plans are {}; it skips others by skip_plans in {}",
            built.join(", "),
            file.unwrap_or_else(|| "its manifest".to_owned())
        ))
    }
}

/// The plans of keg.yml with their prefixes.
pub(super) fn plans(file: &KegFile, source: &SourceFile, errors: &mut Vec<Error>) -> Vec<Variant> {
    let mut plans: Vec<Variant> = Vec::new();
    for (name, plan) in &file.plans {
        let prefix = plan.tag_prefix.as_ref().map_or(name, |prefix| &prefix.value.0);
        // The place of the prefix, else of what the plan has.
        let wrong = |message: String, label: &str| match &plan.tag_prefix {
            Some(prefix) => source.error(prefix, message, label.to_owned()),
            None => source.error(plan, message, label.to_owned()),
        };
        if !is_tag(name) {
            let message = format!("`{name}` cannot be the name of a plan");
            let help = "Use letters, digits, `_`, `.` and `-`, beginning with a letter, a digit or `_`.";
            errors.push(source.error(plan, message, "this plan").help(help));
        } else if prefix == CONTENT_PREFIX || prefix.starts_with("keg-") {
            let message = format!(
                "the plan `{name}` cannot have the prefix `{prefix}`: tags that begin with `keg-` are keg's own"
            );
            errors.push(wrong(message, "this prefix").help("Give it another `tag_prefix`."));
        } else if prefix.len() > LONGEST_PREFIX {
            let message = format!("the prefix of the plan `{name}` has {} characters", prefix.len());
            let help = format!("Use at most {LONGEST_PREFIX}: the branch's name follows it in tags.");
            errors.push(wrong(message, "too long").help(help));
        } else if let Some(other) = plans.iter().find(|other| other.prefix == *prefix) {
            let message = format!(
                "the plans `{}` and `{name}` have one prefix, `{prefix}`: their tags would be equal",
                other.plan
            );
            errors.push(wrong(message, "the same prefix").help("Give one of them another `tag_prefix`."));
        }
        plans.push(Variant { plan: name.clone(), prefix: prefix.clone() });
    }
    plans
}

/// Each image once for each plan that it does not skip, with the build args of the plan: those of keg.yml over the
/// image's own, and those that the image has for the plan over both.
pub(super) fn expanded(drafts: Vec<Draft>, options: &Options, errors: &mut Vec<Error>) -> Vec<Draft> {
    if options.plans.is_empty() {
        return drafts;
    }
    let mut all = Vec::with_capacity(drafts.len() * options.plans.len());
    for draft in drafts {
        let skipped = &draft.image.manifest.skip_plans;
        let before = all.len();
        for plan in options.plans.iter().filter(|plan| !skipped.iter().any(|skipped| **skipped == plan.plan)) {
            let mut variant = draft.clone();
            let image = &mut variant.image;
            let of_plan = options.file.plans.get(&plan.plan).map(|plan| &plan.args);
            let of_image = draft.image.manifest.plans.get(&plan.plan).map(|plan| &plan.args);
            for (name, value) in of_plan.into_iter().chain(of_image).flatten() {
                image.build_args.insert(name.clone(), value.0.clone());
            }
            image.variant = Some(plan.clone());
            all.push(variant);
        }
        if let (true, Some(first), Some(manifest)) = (all.len() == before, skipped.first(), &draft.manifest) {
            let message = format!("{} skips every plan, so that it is never built", draft.image.name);
            errors.push(manifest.error(first, message, "and all others").help("Take one of them out of `skip_plans`."));
        }
    }
    all
}
