use super::*;
use crate::workspace::tests::Tree;

const T: &[(&str, &str)] =
    &[("base", "debian:12"), ("a", "base"), ("a1", "a"), ("b", "base"), ("b1", "b"), ("b2", "b")];

fn workspace(tree: &[(&str, &str)]) -> Workspace {
    let mut files = vec![("keg.yml".to_owned(), "layout: [images/*]\n".to_owned())];
    files.extend(tree.iter().map(|(name, parent)| (format!("images/{name}/Dockerfile"), format!("FROM {parent}\n"))));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Tree::new(&files).load().unwrap()
}

fn built(workspace: &Workspace, names: &[&str]) -> Vec<Part> {
    let part = |(index, image): (ImageIndex, &crate::workspace::Image)| Part {
        index,
        image: image.name.clone(),
        plan: None,
        does: if names.contains(&image.name.as_str()) { Does::Build } else { Does::Nothing },
        tested: true,
        tags: Vec::new(),
        reason: String::new(),
    };
    workspace.iter().map(part).collect()
}

fn images(groups: &[Vec<Job>]) -> Vec<Vec<&str>> {
    groups.iter().map(|group| group.iter().map(|job| job.images.as_str()).collect()).collect()
}

#[test]
fn levels_follow_the_graph() {
    let workspace = workspace(T);
    let all = ["base", "a", "a1", "b", "b1", "b2"];
    let groups = jobs(&workspace, &built(&workspace, &all), true);
    assert_eq!(images(&groups), [vec!["base"], vec!["a", "b"], vec!["a1", "b1", "b2"]]);
    let groups = jobs(&workspace, &built(&workspace, &["a1", "b", "b1"]), true);
    assert_eq!(images(&groups), [vec!["a1", "b"], vec!["b1"]]);
    assert_eq!(jobs(&workspace, &built(&workspace, &[]), true), Vec::<Vec<Job>>::new());
}

#[test]
fn what_is_between_counts_as_no_level() {
    let workspace = workspace(&[("x", "debian:12"), ("y", "x"), ("z", "y")]);
    let groups = jobs(&workspace, &built(&workspace, &["x", "z"]), true);
    assert_eq!(images(&groups), [vec!["x"], vec!["z"]]);
}

#[test]
fn without_uploads_a_family_is_one_job() {
    let workspace = workspace(T);
    let groups = jobs(&workspace, &built(&workspace, &["a", "a1", "b1", "b2"]), false);
    assert_eq!(images(&groups), [vec!["a a1", "b1", "b2"]]);
    let groups = jobs(&workspace, &built(&workspace, &["base", "a", "b", "b2"]), false);
    assert_eq!(images(&groups), [vec!["a b b2 base"]]);
}

#[test]
fn a_matrix_holds_at_most_256_jobs() {
    let names: Vec<String> = (0..300).map(|number| format!("m{number:03}")).collect();
    let tree: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "debian:12")).collect();
    let workspace = workspace(&tree);
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    for uploads in [true, false] {
        let groups = jobs(&workspace, &built(&workspace, &all), uploads);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].len(), 150);
        assert_eq!(groups[0][0], Job { name: "m000 and 1 more".into(), images: "m000 m001".into() });
        let images: Vec<&str> = groups[0].iter().flat_map(|job| job.images.split(' ')).collect();
        assert_eq!(images, all);
    }
}

#[test]
fn words_say_all_that_is_done() {
    let workspace = workspace(&[("x", "debian:12")]);
    let part = built(&workspace, &["x"]).remove(0);
    assert_eq!(part.words(), "build and test");
    assert_eq!(Part { tags: vec!["main".into()], ..part.clone() }.words(), "build, test and push");
    assert_eq!(Part { tested: false, ..part.clone() }.words(), "build");
    assert_eq!(Part { does: Does::Retag, tags: vec!["v1".into()], ..part }.words(), "retag");
}
