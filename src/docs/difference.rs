//! What is different between an image's build and the one before it. Pure.

use serde::Serialize;

use super::packages::{self, Changes};
use super::{ImageBuild, Info};
use crate::ui::human_size;

/// What is different between two builds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Difference {
    /// How much it grew or shrank, as `+1.2 MB`; nothing where a size is not known.
    pub size: Option<String>,
    /// What the info commands print differently.
    pub info: Vec<InfoDifference>,
    /// Build args that differ: name, value before, value now.
    pub build_args: Vec<(String, Option<String>, Option<String>)>,
    /// The parent's digest before and now, where they differ.
    pub parent: Option<(String, String)>,
}

/// What an info command prints differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InfoDifference {
    /// The command's name.
    pub name: String,
    /// What the output is.
    pub description: Option<String>,
    /// The packages, where it prints a list of them.
    pub packages: Option<Changes>,
    /// Otherwise lines that are gone.
    pub gone: Vec<String>,
    /// Otherwise lines that are new.
    pub new: Vec<String>,
}

impl Difference {
    /// Whether anything but the size is different.
    pub fn is_empty(&self) -> bool {
        self.info.is_empty() && self.build_args.is_empty() && self.parent.is_none()
    }

    /// It in a few words: `2 packages added, 1 changed`.
    pub fn summary(&self) -> String {
        let packages = || self.info.iter().filter_map(|info| info.packages.as_ref());
        let count = |of: fn(&Changes) -> usize| packages().map(of).sum::<usize>();
        let counts = [
            (count(|changes| changes.added.len()), "added"),
            (count(|changes| changes.removed.len()), "removed"),
            (count(|changes| changes.changed.len()), "changed"),
        ];
        let mut parts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        if let Some(first) = parts.first_mut() {
            *first = format!("packages: {first}");
        }
        parts.extend(self.info.iter().filter(|info| info.packages.is_none()).map(|info| info.name.clone()));
        if !self.build_args.is_empty() {
            parts.push("build args".to_owned());
        }
        if self.parent.is_some() {
            parts.push("parent".to_owned());
        }
        parts.join(", ")
    }
}

/// Of the builds after this place in a list that begins with the newest, the one to compare with: that of the same
/// branch, else the next. One that is described goes before one of which little is known.
pub fn before(builds: &[ImageBuild], place: usize) -> Option<&ImageBuild> {
    let (now, earlier) = builds.get(place..)?.split_first()?;
    let of_branch = || earlier.iter().filter(|build| build.branch == now.branch);
    let described = || of_branch().find(|build| !build.info.is_empty());
    (!now.info.is_empty()).then(described).flatten().or_else(|| of_branch().next()).or(earlier.first())
}

/// What is different in `now`.
pub fn difference(before: &ImageBuild, now: &ImageBuild) -> Difference {
    Difference {
        size: before.size.zip(now.size).map(|(before, now)| size_difference(before, now)),
        info: now.info.iter().filter_map(|info| info_difference(&before.info, info)).collect(),
        build_args: build_args(before, now),
        parent: match (&before.parent, &now.parent) {
            (Some((_, Some(before))), Some((_, Some(now)))) if before != now => Some((before.clone(), now.clone())),
            _ => None,
        },
    }
}

/// `+1.2 MB`, `−300 kB` or `no change`.
pub fn size_difference(before: u64, now: u64) -> String {
    match now.abs_diff(before) {
        0 => "no change".to_owned(),
        bytes if now > before => format!("+{}", human_size(bytes)),
        bytes => format!("−{}", human_size(bytes)),
    }
}

/// Where only one of the builds has the command, nothing can be said.
fn info_difference(before: &[Info], now: &Info) -> Option<InfoDifference> {
    let before = before.iter().find(|before| before.name == now.name)?;
    if before.output == now.output {
        return None;
    }
    let mut found = InfoDifference {
        name: now.name.clone(),
        description: now.description.clone(),
        packages: None,
        gone: Vec::new(),
        new: Vec::new(),
    };
    match (packages::parse(&before.output), packages::parse(&now.output)) {
        (Some(before), Some(now)) => {
            found.packages = Some(packages::changes(&before, &now)).filter(|changes| !changes.is_empty());
            // Only what is around the packages is different, as their order.
            found.packages.is_some().then_some(found)
        }
        _ => {
            let lacks = |text: &str, line: &str| !text.lines().any(|other| other == line);
            let lines =
                |of: &str, other: &str| of.lines().filter(|line| lacks(other, line)).map(str::to_owned).collect();
            found.gone = lines(&before.output, &now.output);
            found.new = lines(&now.output, &before.output);
            (!found.gone.is_empty() || !found.new.is_empty()).then_some(found)
        }
    }
}

fn build_args(before: &ImageBuild, now: &ImageBuild) -> Vec<(String, Option<String>, Option<String>)> {
    let mut names: Vec<&String> = before.build_args.keys().chain(now.build_args.keys()).collect();
    names.sort();
    names.dedup();
    let pair = |name: &String| (name.clone(), before.build_args.get(name).cloned(), now.build_args.get(name).cloned());
    names.into_iter().map(pair).filter(|(_, before, now)| before != now).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(size: u64, packages: &str, python: &str) -> ImageBuild {
        let info = |name: &str, output: &str| Info { name: name.into(), description: None, output: output.into() };
        ImageBuild {
            size: Some(size),
            info: vec![info("PACKAGES", packages), info("PYTHON", python)],
            parent: Some(("base".into(), Some(format!("sha256:{size}")))),
            build_args: [("PY".to_owned(), python.to_owned())].into(),
            ..ImageBuild::default()
        }
    }

    #[test]
    fn packages_lines_and_sizes() {
        let before = build(1_000_000, "numpy 1.26\npip 24\nsix 1.16\n", "Python 3.11");
        let now = build(2_500_000, "numpy 2.0\npip 24\nuv 0.4\n", "Python 3.12");
        let found = difference(&before, &now);
        assert_eq!(found.size.as_deref(), Some("+1.5 MB"));
        assert_eq!(found.summary(), "packages: 1 added, 1 removed, 1 changed, PYTHON, build args, parent");
        assert_eq!(
            (&found.info[1].gone[..], &found.info[1].new[..]),
            (&["Python 3.11".to_owned()][..], &["Python 3.12".to_owned()][..])
        );
        assert_eq!(found.build_args, [("PY".into(), Some("Python 3.11".into()), Some("Python 3.12".into()))]);
        let same = difference(&now, &now);
        assert!(same.is_empty() && same.summary().is_empty());
        assert_eq!(same.size.as_deref(), Some("no change"));
        assert_eq!(size_difference(2_000, 500), "−1.5 kB");
    }

    #[test]
    fn what_one_build_lacks_is_no_difference() {
        let before = ImageBuild { size: None, info: Vec::new(), ..build(1, "a 1\nb 2\n", "x") };
        let found = difference(&before, &build(1, "a 1\nb 3\n", "x"));
        assert_eq!((found.size.as_ref(), found.info.len()), (None, 0));
        // The order alone.
        let one = build(1, "a 1\nb 2\n", "x");
        let other = build(1, "b 2\na 1\n", "x");
        assert!(difference(&one, &other).is_empty());
    }

    #[test]
    fn compared_is_with_the_same_branch() {
        let on = |branch: &str| ImageBuild { branch: Some(branch.to_owned()), ..ImageBuild::default() };
        let builds = [on("fix"), on("main"), on("fix"), on("main")];
        let branch = |place| before(&builds, place).map(|build| build.branch.clone().unwrap());
        assert_eq!(branch(0).as_deref(), Some("fix"));
        assert_eq!(branch(1).as_deref(), Some("main"));
        assert_eq!(branch(2).as_deref(), Some("main"));
        assert_eq!(branch(3), None);
        assert_eq!(before(&builds, 4), None);
    }
}
