//! Puts together what describes an image.

use super::published;
use crate::border::engine::ImageDetail;
use crate::border::registry::Blob;
use crate::command::App;
use crate::command::test::untested;
use crate::error::{Error, Result};
use crate::execute::TestRun;
use crate::image_record::{Build, Info, Layer, Parent, Record, Size, Tests as TestCount};
use crate::moment;
use crate::observe::{LABEL_BRANCH, LABEL_DIRTY, LABEL_REVISION, Observed};
use crate::plan::PlannedImage;
use crate::planner::Tests;
use crate::testing::ImageTest;
use crate::ui::{MASK, looks_secret};
use crate::workspace::{ParentImage, Workspace};

/// What is known.
pub(super) struct Facts<'a> {
    pub app: &'a App,
    pub workspace: &'a Workspace,
    pub observed: &'a Observed,
    pub commands: &'a Tests,
    pub run: &'a TestRun,
    /// The tests of the images.
    pub own_tests: Tests,
}

impl Facts<'_> {
    /// The manifests of an image: one for each of its tags.
    pub async fn records(&self, image: &PlannedImage) -> Result<Vec<Record>> {
        let borders = self.app.borders()?;
        let content = image.content.familiar();
        let Some(detail) = borders.engine.image_detail(&content).await? else {
            return Err(Error::failed(format!("{content} was there, and now the engine does not have it"))
                .help("something removes images from this engine: try again"));
        };
        let stored = match published(self.workspace, self.observed, image.index) {
            Some(there) => {
                let reference = image.content.by_digest(&there.digest);
                let manifest = borders.registry.stored_manifest(&reference).await?;
                Some((there.digest.clone(), manifest.map(|manifest| manifest.layers).unwrap_or_default()))
            }
            None => None,
        };
        let build = self.build(image, &detail, stored);
        let tags = image.tags.iter().filter_map(|tag| tag.tag());
        Ok(tags.map(|tag| Record::new(&image.name, image.kind, tag, build.clone())).collect())
    }

    fn build(&self, image: &PlannedImage, detail: &ImageDetail, stored: Option<(String, Vec<Blob>)>) -> Build {
        let label = |name: &str| detail.labels.get(name).filter(|value| !value.is_empty()).cloned();
        let manifest = self.workspace.image(image.index);
        let (digest, blobs) = stored.unzip();
        let blobs = blobs.unwrap_or_default();
        let args = manifest
            .build_args
            .iter()
            .map(|(name, value)| (name.clone(), if looks_secret(name) { MASK.to_owned() } else { value.clone() }));
        // Where the engine and the registry see different layers, as with an index, none can be told from others.
        let is_same = blobs.len() == detail.layers.len();
        let layers = detail.layers.iter().enumerate().map(|(place, diff)| {
            let blob = blobs.get(place).filter(|_| is_same);
            Layer {
                diff: diff.clone(),
                digest: blob.map(|blob| blob.digest.clone()),
                compressed: blob.map(|blob| blob.size),
            }
        });
        Build {
            key: image.key.to_string(),
            reference: image.content.familiar(),
            id: detail.id.clone(),
            size: Size {
                unpacked: detail.size,
                compressed: digest.is_some().then(|| blobs.iter().map(|blob| blob.size).sum()),
            },
            digest,
            plan: image.plan.clone(),
            branch: label(LABEL_BRANCH),
            revision: label(LABEL_REVISION),
            dirty: label(LABEL_DIRTY).is_some(),
            created: detail.created.and_then(moment::of),
            platform: detail.platform.clone(),
            parents: self.parents(image),
            build_args: args.collect(),
            target: manifest.target.clone(),
            layers: layers.collect(),
            info: self.infos(image),
            tests: self.tests(image),
            recorded: moment::now(),
        }
    }

    fn parents(&self, image: &PlannedImage) -> Vec<Parent> {
        let mut parents: Vec<Parent> = self
            .workspace
            .image(image.index)
            .parents
            .iter()
            .map(|parent| match &parent.image {
                ParentImage::Workspace(index) => Parent {
                    name: self.workspace.image(*index).name.clone(),
                    in_workspace: true,
                    is_base: parent.is_base,
                    key: self.observed.keys.get(index).map(ToString::to_string),
                    digest: published(self.workspace, self.observed, *index).map(|there| there.digest.clone()),
                },
                ParentImage::Outside(reference) => Parent {
                    name: reference.familiar(),
                    in_workspace: false,
                    is_base: parent.is_base,
                    key: None,
                    digest: self
                        .observed
                        .outside
                        .get(&reference.with_default_tag())
                        .map(|outside| outside.identity().to_owned()),
                },
            })
            .collect();
        parents.sort_by_key(|parent| !parent.is_base);
        parents
    }

    fn infos(&self, image: &PlannedImage) -> Vec<Info> {
        let commands = self.commands.get(&image.index).into_iter().flat_map(|commands| &commands.tests);
        commands
            .map(|command| Info {
                name: command.name.clone(),
                description: self
                    .workspace
                    .options
                    .file
                    .info
                    .get(&command.name)
                    .and_then(|info| info.description.clone()),
                command: command.command(),
                output: self.run.info(&image.full_name(), &command.name).unwrap_or_default(),
            })
            .collect()
    }

    fn tests(&self, image: &PlannedImage) -> TestCount {
        let tests = self.own_tests.get(&image.index).into_iter().flat_map(|tests| &tests.tests);
        let count = tests.filter(|test| ImageTest::is_run(test)).count();
        let selected = [image.index].into();
        let is_untested = !untested(self.workspace, self.observed, &selected, &self.own_tests).is_empty();
        TestCount { count, passed: count > 0 && !is_untested }
    }
}
