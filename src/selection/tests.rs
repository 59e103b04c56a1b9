use tempfile::TempDir;

use super::*;

/// base → {core → tap → {web, api}, tools}: the kinds are those of the folders.
const FILES: &[(&str, &str)] = &[
    ("base", "scratch"),
    ("hub/core", "base"),
    ("hub/tap", "core"),
    ("hub/tools", "base"),
    ("taps/api", "tap"),
    ("taps/web", "tap"),
];

fn workspace(keys: &str) -> (TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keg.yml"), keys).unwrap();
    for (path, parent) in FILES {
        let image = folder.path().join(path);
        std::fs::create_dir_all(&image).unwrap();
        std::fs::write(image.join("Dockerfile"), format!("FROM {parent}\n")).unwrap();
    }
    let workspace = Workspace::load(folder.path()).unwrap();
    (folder, workspace)
}

/// What is selected, with the reasons, and `-` before what is not but is built on it.
fn selected(named: &[&str], kinds: &[Kind], touched: Option<&[&str]>, adjust: fn(&mut Wanted)) -> String {
    let (_folder, workspace) = workspace("");
    let index = |name: &&str| workspace.find(name).unwrap();
    let named = (!named.is_empty()).then(|| named.iter().map(index).collect());
    let touched = touched.map(|names| names.iter().map(|name| (index(name), Touch::New)).collect());
    let mut wanted = Wanted { named, kinds: kinds.iter().copied().collect(), touched, ..Wanted::default() };
    adjust(&mut wanted);
    let selection = wanted.select(&workspace);
    let lines = selection.images.iter().map(|(index, reason)| format!("{} ({reason})", workspace.image(*index).name));
    let left_out = selection.left_out(&workspace);
    let left_out = left_out.into_iter().map(|index| format!("-{}", workspace.image(index).name));
    lines.chain(left_out).collect::<Vec<_>>().join(" ")
}

fn dependents(wanted: &mut Wanted) {
    wanted.and_dependents = true;
}

fn parents(wanted: &mut Wanted) {
    wanted.and_parents = true;
}

fn both(wanted: &mut Wanted) {
    dependents(wanted);
    parents(wanted);
}

fn alone(_: &mut Wanted) {}

#[test]
fn all_without_a_word() {
    let all = "api (named) base (named) core (named) tap (named) tools (named) web (named)";
    assert_eq!(selected(&[], &[], None, alone), all);
    assert_eq!(selected(&[], &[Kind::Base, Kind::Hub, Kind::Tap], None, alone), all);
    assert_eq!(selected(&[], &[], None, both), all);
}

#[test]
fn kinds_narrow() {
    assert_eq!(selected(&[], &[Kind::Tap], None, alone), "api (named) web (named)");
    assert_eq!(
        selected(&[], &[Kind::Base, Kind::Tap], None, alone),
        "api (named) base (named) web (named) -core -tap -tools"
    );
    assert_eq!(selected(&["web", "core"], &[Kind::Tap], None, alone), "web (named)");
    assert_eq!(selected(&["web"], &[Kind::Hub], None, alone), "");
}

#[test]
fn changes_narrow() {
    assert_eq!(selected(&[], &[], Some(&["web", "core"]), alone), "core (new) web (new) -api -tap");
    assert_eq!(selected(&["web", "api"], &[], Some(&["web", "core"]), alone), "web (new)");
    assert_eq!(selected(&[], &[Kind::Hub], Some(&["web", "core"]), alone), "core (new) -api -tap -web");
    assert_eq!(selected(&["api"], &[], Some(&["web"]), alone), "");
    assert_eq!(selected(&[], &[], Some(&[]), both), "");
}

#[test]
fn dependents_are_added_last() {
    assert_eq!(selected(&["tap"], &[], None, dependents), "api (built on tap) tap (named) web (built on tap)");
    let expected = "api (built on tap) core (new) tap (built on core) web (built on tap)";
    assert_eq!(selected(&[], &[], Some(&["core"]), dependents), expected);
    // Whatever their kind, and whether they are named or not.
    assert_eq!(selected(&["core"], &[Kind::Hub], Some(&["core"]), dependents), expected);
    assert_eq!(selected(&["web"], &[], Some(&["core"]), dependents), "");
}

#[test]
fn parents_are_added_last() {
    let expected = "base (parent of core) core (parent of tap) tap (parent of web) web (named)";
    assert_eq!(selected(&["web"], &[], None, parents), format!("{expected} -api -tools"));
    assert_eq!(selected(&["web"], &[Kind::Tap], None, parents), format!("{expected} -api -tools"));
}

#[test]
fn both_add_to_what_was_chosen_and_not_to_each_other() {
    let expected = "api (built on tap) base (parent of core) core (parent of tap) tap (new) web (built on tap) -tools";
    assert_eq!(selected(&[], &[], Some(&["tap"]), both), expected);
}

#[test]
fn what_is_chosen_keeps_its_reason() {
    let expected = "api (built on tap) core (new) tap (built on core) web (new)";
    assert_eq!(selected(&[], &[], Some(&["core", "web"]), dependents), expected);
}

#[test]
fn variants_go_along_with_their_own_plan() {
    let (_folder, workspace) = workspace("plans: {cpu: {}, gpu: {}}\n");
    let tap = workspace.find("tap").unwrap();
    let gpu = workspace.variant(tap, Some("gpu")).unwrap();
    let wanted = Wanted { touched: Some([(gpu, Touch::New)].into()), and_dependents: true, ..Wanted::default() };
    let names: Vec<_> =
        wanted.select(&workspace).images.keys().map(|index| workspace.image(*index).full_name()).collect();
    assert_eq!(names, ["api [gpu]", "tap [gpu]", "web [gpu]"]);
}

#[test]
fn only_what_is_more_than_a_name_is_a_reason() {
    let (_folder, workspace) = workspace("");
    let index = |name| workspace.find(name).unwrap();
    let wanted = Wanted { named: Some([index("tap")].into()), and_dependents: true, ..Wanted::default() };
    let selection = wanted.select(&workspace);
    assert_eq!(selection.reason(index("tap")), None);
    assert_eq!(selection.reason(index("web")), Some(&Reason::BuiltOn("tap".to_owned())));
    assert_eq!(selection.reason(index("base")), None);
    assert_eq!(serde_json::json!(selection.reason(index("web"))), "built on tap");
}
