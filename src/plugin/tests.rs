use super::*;

fn found(programs: &[&str]) -> Vec<(String, String, bool)> {
    let verbs = ["status".to_owned()];
    let plugins = plugins(programs.iter().map(PathBuf::from), &verbs);
    plugins.into_iter().map(|one| (one.word, one.program.display().to_string(), one.hidden)).collect()
}

#[test]
fn the_first_on_the_path_wins() {
    let plugins = found(&["/one/keg-b", "/one/keg-a", "/two/keg-b"]);
    let expected = [("a", "/one/keg-a", false), ("b", "/one/keg-b", false)];
    assert_eq!(plugins, expected.map(|(word, program, hidden)| (word.to_owned(), program.to_owned(), hidden)));
}

#[test]
fn a_verb_hides_a_plugin() {
    assert!(found(&["/one/keg-status"])[0].2);
}

#[test]
fn other_programs_are_none() {
    assert_eq!(
        found(&["/one/keg", "/one/keg-", "/one/kegs", "/one/keg_complete-a", "/one/keg-a b", "/one/keg-a\nb"]),
        []
    );
}
