//! In which order several taps start.

use std::collections::BTreeSet;

use crate::workspace::{EdgeKind, ImageIndex, ParentImage, Workspace};

/// For each of `taps` the places in `taps` of those that it depends on by `depends_on`, also through taps that are not
/// among them. What a tap is built on does not have to run.
pub fn dependencies(workspace: &Workspace, taps: &[ImageIndex]) -> Vec<Vec<usize>> {
    let of = |tap: &ImageIndex| {
        let (mut found, mut open) = (BTreeSet::new(), vec![*tap]);
        while let Some(index) = open.pop() {
            let needed = workspace.image(index).parents.iter().filter_map(|parent| match parent.image {
                ParentImage::Workspace(index) if parent.edge.kind == EdgeKind::DependsOn => Some(index),
                _ => None,
            });
            open.extend(needed.filter(|index| found.insert(*index)));
        }
        taps.iter().enumerate().filter(|(_, other)| found.contains(*other)).map(|(place, _)| place).collect()
    };
    taps.iter().map(of).collect()
}

/// The same the other way round, for stopping: a tap ends after those that depend on it.
pub fn reversed(dependencies: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let needing = |place: usize| {
        let all = dependencies.iter().enumerate();
        all.filter(|(_, needed)| needed.contains(&place)).map(|(other, _)| other).collect()
    };
    (0..dependencies.len()).map(needing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> (tempfile::TempDir, Workspace) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("keg.yml"), "").unwrap();
        for (name, from, needs) in
            [("db", "debian", ""), ("api", "debian", "db"), ("web", "debian", "api"), ("on-db", "db", "")]
        {
            let tap = folder.path().join("taps").join(name);
            std::fs::create_dir_all(&tap).unwrap();
            std::fs::write(tap.join("Dockerfile"), format!("FROM {from}\n")).unwrap();
            std::fs::write(tap.join("tap.yml"), format!("depends_on: [{needs}]\n")).unwrap();
        }
        let workspace = Workspace::load(folder.path()).unwrap();
        (folder, workspace)
    }

    fn of(names: &[&str]) -> Vec<Vec<usize>> {
        let (_folder, workspace) = workspace();
        let taps: Vec<ImageIndex> = names.iter().map(|name| workspace.find(name).unwrap()).collect();
        dependencies(&workspace, &taps)
    }

    #[test]
    fn what_a_tap_depends_on_starts_before_it() {
        assert_eq!(of(&["web", "api", "db"]), [vec![1, 2], vec![2], vec![]]);
        assert_eq!(of(&["web", "db"]), [vec![1], vec![]]);
    }

    #[test]
    fn what_a_tap_is_built_on_does_not_have_to_run() {
        assert_eq!(of(&["on-db", "db"]), [[0; 0], [0; 0]]);
    }

    #[test]
    fn stopping_goes_the_other_way() {
        assert_eq!(reversed(&of(&["web", "api", "db"])), [vec![], vec![0], vec![0, 1]]);
    }
}
