//! A manifest as Markdown.

use std::fmt::Write as _;

use super::{Build, Parent, Record};
use crate::ui::human_size;

/// The newest build of a manifest, for people.
pub fn markdown(record: &Record) -> String {
    let mut text = format!("# {}:{}\n\n", record.image, record.tag);
    let Some(build) = record.builds.first() else { return text };
    // Writing to a text cannot fail.
    facts(&mut text, build).ok();
    details(&mut text, build).ok();
    text
}

fn facts(text: &mut String, build: &Build) -> std::fmt::Result {
    writeln!(text, "| | |\n| --- | --- |")?;
    let mut row = |name: &str, value: String| writeln!(text, "| {name} | {} |", cell(&value));
    row("image", format!("`{}`", build.reference))?;
    if let Some(digest) = &build.digest {
        row("digest", format!("`{digest}`"))?;
    }
    row("id", format!("`{}`", build.id))?;
    if let Some(created) = &build.created {
        row("built", created.clone())?;
    }
    if let Some(revision) = &build.revision {
        let dirty = if build.dirty { ", with uncommitted changes" } else { "" };
        row("commit", format!("`{revision}`{dirty}"))?;
    }
    if let Some(plan) = &build.plan {
        row("plan", plan.clone())?;
    }
    if let Some(branch) = &build.branch {
        row("branch", branch.clone())?;
    }
    for parent in &build.parents {
        row(if parent.is_base { "built on" } else { "copies from" }, parent_text(parent))?;
    }
    row("platform", build.platform.clone())?;
    row("size", human_size(build.size.unpacked))?;
    if let Some(compressed) = build.size.compressed {
        row("compressed", human_size(compressed))?;
    }
    row(
        "tests",
        match (build.tests.count, build.tests.passed) {
            (0, _) => "none".to_owned(),
            (count, true) => format!("{count} passed"),
            (count, false) => format!("{count}, not known to have passed"),
        },
    )
}

fn details(text: &mut String, build: &Build) -> std::fmt::Result {
    if !build.build_args.is_empty() {
        writeln!(text, "\n## Build args\n\n| name | value |\n| --- | --- |")?;
        for (name, value) in &build.build_args {
            writeln!(text, "| {} | {} |", cell(name), cell(value))?;
        }
    }
    for info in &build.info {
        writeln!(text, "\n## {}\n", info.description.as_deref().unwrap_or(&info.name))?;
        let fence = fence(&info.output);
        writeln!(text, "{fence}console\n$ {}\n{}\n{fence}", info.command, info.output.trim_end())?;
    }
    writeln!(text, "\n## Layers\n\n| layer | compressed |\n| --- | --- |")?;
    for layer in &build.layers {
        let size = layer.compressed.map(human_size).unwrap_or_default();
        writeln!(text, "| `{}` | {size} |", layer.diff)?;
    }
    Ok(())
}

fn parent_text(parent: &Parent) -> String {
    match &parent.digest {
        Some(digest) => format!("{} `{digest}`", parent.name),
        None => parent.name.clone(),
    }
}

/// A text that stays in its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

/// A fence that the output does not end.
fn fence(output: &str) -> String {
    let longest = output.lines().map(|line| line.trim_start().chars().take_while(|one| *one == '`').count()).max();
    "`".repeat(longest.unwrap_or(0).max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::super::{Info, Layer, Size, Tests};
    use super::*;
    use crate::workspace::Kind;

    #[test]
    fn everything_is_told() {
        let build = Build {
            reference: "localhost:5000/web:keg-0123456789ab".into(),
            id: "sha256:1".into(),
            digest: Some("sha256:2".into()),
            revision: Some("abc".into()),
            dirty: true,
            created: Some("2026-11-20T12:00:00Z".into()),
            platform: "linux/amd64".into(),
            parents: vec![
                Parent { name: "base".into(), is_base: true, digest: Some("sha256:3".into()), ..Parent::default() },
                Parent { name: "files".into(), ..Parent::default() },
            ],
            build_args: [("A|B".to_owned(), "1\n2".to_owned())].into(),
            size: Size { unpacked: 2_000_000, compressed: Some(1_000_000) },
            layers: vec![Layer { diff: "sha256:4".into(), compressed: Some(1_000_000), ..Layer::default() }],
            info: vec![Info {
                name: "PY".into(),
                description: Some("Python version".into()),
                command: "python --version".into(),
                output: "```\nPython 3\n".into(),
            }],
            tests: Tests { count: 2, passed: true },
            ..Build::default()
        };
        insta::assert_snapshot!(markdown(&Record::new("web", Kind::Tap, "main", build)), @r#"
        # web:main

        | | |
        | --- | --- |
        | image | `localhost:5000/web:keg-0123456789ab` |
        | digest | `sha256:2` |
        | id | `sha256:1` |
        | built | 2026-11-20T12:00:00Z |
        | commit | `abc`, with uncommitted changes |
        | built on | base `sha256:3` |
        | copies from | files |
        | platform | linux/amd64 |
        | size | 2.0 MB |
        | compressed | 1.0 MB |
        | tests | 2 passed |

        ## Build args

        | name | value |
        | --- | --- |
        | A\|B | 1 2 |

        ## Python version

        ````console
        $ python --version
        ```
        Python 3
        ````

        ## Layers

        | layer | compressed |
        | --- | --- |
        | `sha256:4` | 1.0 MB |
        "#);
    }
}
