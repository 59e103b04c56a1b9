//! Workspaces from files in a temporary folder, and what loading them gives.

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::error::{Error, Kind as ErrorKind};

mod errors;
mod layouts;
mod overrides;
mod plans;
mod references;
mod size;
mod tags;

/// Files in a temporary folder.
pub(crate) struct Tree(pub TempDir);

impl Tree {
    /// A folder with these files: path and content.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (path, content) in files {
            let path = tree.root().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        tree
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn load(&self) -> Result<Workspace, Error> {
        Workspace::load(self.root())
    }
}

/// Each image in a line: kind, name, and parents with the way they are handed over.
pub(super) fn summary(workspace: &Workspace) -> String {
    let mut lines = String::new();
    for (_, image) in workspace.iter() {
        lines.push_str(&format!("{} {}", image.kind, image.full_name()));
        for parent in &image.parents {
            let name = match &parent.image {
                ParentImage::Workspace(index) => workspace.image(*index).full_name(),
                ParentImage::Outside(reference) => reference.to_string(),
            };
            let how = match &parent.handover {
                Handover::BaseArgument => "argument".to_owned(),
                Handover::Rewrite(spans) => {
                    let texts: Vec<_> = spans.iter().map(|span| &image.dockerfile.text[span.clone()]).collect();
                    texts.join("+").replace("\\\n", "")
                }
                Handover::Nothing => "nothing".to_owned(),
            };
            let file = workspace.shown(&parent.edge.file).display().to_string();
            lines.push_str(&format!(" <- {name} [{how}] {file}:{}", parent.edge.line));
        }
        lines.push('\n');
    }
    lines
}

#[expect(clippy::panic, reason = "the report says why the test fails")]
pub(super) fn load(files: &[(&str, &str)]) -> String {
    match Tree::new(files).load() {
        Ok(workspace) => summary(&workspace),
        Err(error) => panic!("{}", rendered(&error)),
    }
}

/// The report as a terminal of 80 columns without colours shows it.
pub(super) fn rendered(error: &Error) -> String {
    let mut text = String::new();
    let theme = miette::GraphicalTheme::unicode_nocolor();
    miette::GraphicalReportHandler::new_themed(theme).with_width(80).render_report(&mut text, error).unwrap();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[expect(clippy::panic, reason = "the summary says what was loaded against expectation")]
/// The report of a workspace that must not load; it always means a wrong request.
pub(super) fn refused(files: &[(&str, &str)]) -> String {
    let tree = Tree::new(files);
    let error = match tree.load() {
        Ok(workspace) => panic!("loaded: {}", summary(&workspace)),
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::Request);
    assert_eq!(error.exit_code(), 2);
    rendered(&error).replace(tree.root().to_str().unwrap(), "ROOT")
}

#[test]
fn the_repository_itself_loads() {
    let workspace = Workspace::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    assert!(workspace.find("base").is_some() && workspace.find("tap").is_some());
}

#[test]
fn the_root_is_found_from_below() {
    let tree = Tree::new(&[("keg.yml", ""), ("hub/a/Dockerfile", "FROM x")]);
    assert_eq!(Workspace::find_root(&tree.root().join("hub/a")).unwrap(), tree.root());
    assert_eq!(Workspace::find_root(tree.root()).unwrap(), tree.root());
    let none = Tree::new(&[("keg.yaml", "")]);
    let error = Workspace::find_root(none.root()).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.remedy().unwrap().contains("keg.yaml to keg.yml"));
    let none = Tree::new(&[]);
    assert!(Workspace::find_root(none.root()).unwrap_err().remedy().unwrap().contains("keg init"));
    assert!(Workspace::load(none.root()).unwrap_err().remedy().unwrap().contains("keg init"));
}
