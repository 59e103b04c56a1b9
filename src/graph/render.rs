//! The graph as text, DOT, Mermaid and JSON.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

use serde_json::{Value, json};

use super::Graph;
use crate::workspace::{EdgeKind, ImageIndex, Kind, ParentImage, Workspace};

/// Stands behind an image that is shown in full further up.
const SHOWN_ABOVE: &str = "(above)";

/// A tree with roots at the left: each image with its kind and the outside images that it is built on. An image with
/// several parents is shown under each, but in full only the first time.
pub fn text_tree(workspace: &Workspace) -> String {
    let graph = Graph::new(workspace);
    let mut tree = String::new();
    let mut shown = HashSet::new();
    let roots = workspace.iter().map(|(index, _)| index).filter(|index| graph.parents(*index).is_empty());
    // Lines still to write, the next one last: the image, what stands before its branch, its branch and what goes on
    // below it.
    let mut open: Vec<(ImageIndex, String, &str, &str)> = roots.map(|root| (root, String::new(), "", "")).collect();
    open.reverse();
    while let Some((index, before, branch, below)) = open.pop() {
        let image = workspace.image(index);
        let children = graph.children(index);
        let first_time = shown.insert(index);
        write!(tree, "{before}{branch}{} ({})", image.full_name(), image.kind).ok();
        if !first_time {
            writeln!(tree, " {SHOWN_ABOVE}").ok();
        } else {
            for outside in outside(workspace, index) {
                write!(tree, " ← {outside}").ok();
            }
            tree.push('\n');
            let before = format!("{before}{below}");
            for (position, child) in children.iter().enumerate().rev() {
                let is_last = position + 1 == children.len();
                let (branch, below) = if is_last { ("└── ", "    ") } else { ("├── ", "│   ") };
                open.push((*child, before.clone(), branch, below));
            }
        }
    }
    tree
}

/// Graphviz's language: arrows from parents to children, outside images dashed, `depends_on` dotted.
pub fn dot(workspace: &Workspace) -> String {
    let mut text = String::from("digraph keg {\n  rankdir=LR;\n  node [shape=box];\n");
    for (_, image) in workspace.iter() {
        writeln!(
            text,
            "  {} [label={}];",
            quoted(&image.full_name()),
            quoted(&format!("{}\n{}", image.full_name(), image.kind))
        )
        .ok();
    }
    let mut known = HashSet::new();
    for (index, image) in workspace.iter() {
        for reference in outside(workspace, index).into_iter().filter(|reference| known.insert(reference.clone())) {
            writeln!(text, "  {} [style=dashed];", quoted(&reference)).ok();
        }
        for parent in &image.parents {
            let style = if parent.edge.kind == EdgeKind::DependsOn { " [style=dotted]" } else { "" };
            writeln!(
                text,
                "  {} -> {}{style};",
                quoted(&parent_name(workspace, &parent.image)),
                quoted(&image.full_name())
            )
            .ok();
        }
    }
    text.push_str("}\n");
    text
}

/// Mermaid's flowchart language.
pub fn mermaid(workspace: &Workspace) -> String {
    let mut text = String::from("flowchart LR\n");
    for (index, image) in workspace.iter() {
        let (open, close) = match image.kind {
            Kind::Base => ("[[", "]]"),
            Kind::Hub => ("[", "]"),
            Kind::Tap => ("(", ")"),
        };
        writeln!(text, "  i{}{open}\"{}\"{close}", index.0, escaped(&image.full_name())).ok();
    }
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    for (index, image) in workspace.iter() {
        for parent in &image.parents {
            let from = match &parent.image {
                ParentImage::Workspace(parent) => format!("i{}", parent.0),
                ParentImage::Outside(reference) => {
                    let next = ids.len();
                    let id = *ids.entry(reference.familiar()).or_insert_with(|| {
                        writeln!(text, "  o{next}>\"{}\"]", escaped(&reference.familiar())).ok();
                        next
                    });
                    format!("o{id}")
                }
            };
            let arrow = if parent.edge.kind == EdgeKind::DependsOn { "-.->" } else { "-->" };
            writeln!(text, "  {from} {arrow} i{}", index.0).ok();
        }
    }
    text
}

/// Images with plan, kind and folder, edges with file and line, and the levels in which they can be built.
pub fn json(workspace: &Workspace) -> Value {
    let graph = Graph::new(workspace);
    let name = |index: &ImageIndex| workspace.image(*index).full_name();
    let images: Vec<Value> = workspace
        .iter()
        .map(|(index, image)| {
            let parents: Vec<Value> = image
                .parents
                .iter()
                .map(|parent| {
                    json!({
                        "image": parent_name(workspace, &parent.image),
                        "in_workspace": matches!(parent.image, ParentImage::Workspace(_)),
                        "by": parent.edge.kind,
                        "file": workspace.shown(&parent.edge.file),
                        "line": parent.edge.line,
                        "written": parent.written,
                    })
                })
                .collect();
            let mut value = json!({
                "name": image.name,
                "alias": image.alias,
                "kind": image.kind,
                "folder": workspace.shown(&image.folder),
                "dockerfile": workspace.shown(&image.dockerfile.path),
                "parents": parents,
                "children": graph.children(index).iter().map(name).collect::<Vec<_>>(),
            });
            if let Some(plan) = image.plan() {
                value["plan"] = plan.into();
            }
            value
        })
        .collect();
    let levels: Vec<Vec<String>> = graph.levels().iter().map(|level| level.iter().map(name).collect()).collect();
    json!({ "images": images, "levels": levels })
}

fn outside(workspace: &Workspace, image: ImageIndex) -> Vec<String> {
    let parents = workspace.image(image).parents.iter();
    parents
        .filter(|parent| matches!(parent.image, ParentImage::Outside(_)))
        .map(|parent| parent_name(workspace, &parent.image))
        .collect()
}

fn parent_name(workspace: &Workspace, parent: &ParentImage) -> String {
    match parent {
        ParentImage::Workspace(index) => workspace.image(*index).full_name(),
        ParentImage::Outside(reference) => reference.familiar(),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn escaped(text: &str) -> String {
    text.replace('"', "#quot;")
}
