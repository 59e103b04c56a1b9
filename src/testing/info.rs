//! `info` commands, which run as tests do: what documents an image has to succeed too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Definition, ImageTest, ImageTests, Origin, Program, USUAL_LIMIT};
use crate::manifest::{TestKind, TestPlace};
use crate::workspace::{ImageIndex, KEG_FILE, Workspace};

/// What an output has to match: something that can be seen.
const NOT_EMPTY: &str = r"\S";

/// The `info` commands of images: those of the images that they stand on, the lowest first, then their own, each once.
pub fn info_commands(workspace: &Workspace, images: &BTreeSet<ImageIndex>) -> BTreeMap<ImageIndex, ImageTests> {
    let of_image = |index: &ImageIndex| {
        let mut line = vec![*index];
        while let Some(base) = line.last().and_then(|last| workspace.base_in_workspace(*last)) {
            line.push(base);
        }
        let mut tests: Vec<ImageTest> = Vec::new();
        for name in line.iter().rev().flat_map(|image| &workspace.image(*image).manifest.info) {
            if tests.iter().all(|known| known.name != **name) {
                tests.extend(command(workspace, name));
            }
        }
        (*index, ImageTests { tests, digest: String::new() })
    };
    images.iter().map(of_image).collect()
}

fn command(workspace: &Workspace, name: &str) -> Option<ImageTest> {
    let info = workspace.options.file.info.get(name)?;
    let definition = Definition {
        name: name.to_owned(),
        origin: Origin { image: None, shown: format!("{KEG_FILE}:{}", info.line), folder: workspace.root.clone() },
        program: Program::Command(info.run.clone()),
        place: TestPlace::Image,
        kind: TestKind::Integration,
        expect: Some(NOT_EMPTY.to_owned()),
        limit: USUAL_LIMIT,
        retries: 0,
        env: Vec::new(),
        ports: Vec::new(),
        digest: String::new(),
    };
    Some(ImageTest { name: name.to_owned(), definition: Arc::new(definition) })
}
