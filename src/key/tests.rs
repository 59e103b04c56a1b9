use super::*;

fn inputs() -> Inputs {
    let mut inputs = Inputs::default();
    inputs.dockerfile("FROM tap\n");
    inputs.file("src/a.py", "file sha256:00");
    inputs.build_arg("PY", "3.11");
    inputs.parent("tap", Key([7; 32]).to_string());
    inputs
}

#[test]
fn a_key_prints_and_parses() {
    let key = inputs().key();
    let text = key.to_string();
    assert_eq!(text.len(), 64);
    assert_eq!(Key::parse(&text), Ok(key));
    assert_eq!(key.content_tag(), format!("keg-{}", &text[..12]));
    assert!(is_content_tag(&key.content_tag()));
    for text in ["", "keg-12", &text[1..], &text.to_uppercase(), &format!("{text}0"), &"é".repeat(32)] {
        assert!(Key::parse(text).is_err(), "{text}");
    }
    for tag in ["keg-", "keg-123", "keg-zzzzzzzzzzzz", "main", "keg-0123456789abc"] {
        assert!(!is_content_tag(tag), "{tag}");
    }
}

/// A key that changes by accident makes every image of every user stale.
#[test]
fn the_rule_is_fixed() {
    assert_eq!(RULE_VERSION, 1);
    assert_eq!(inputs().key().to_string(), "cbafd59f4d00379cc3e7ca6e191b5207bf00b90a070c8ee0427a12dabffba4e6");
    assert_eq!(Inputs::default().key().to_string(), "6dcb0b9d5a3d9d41c8f0fae0ec8949088871c24e54ab97432f8c10a304b533f7");
}

#[test]
fn each_input_counts() {
    let base = inputs().key();
    let changed = |change: &dyn Fn(&mut Inputs)| {
        let mut inputs = inputs();
        change(&mut inputs);
        inputs.key() != base
    };
    assert!(changed(&|inputs| inputs.dockerfile("FROM tap\n\n")));
    assert!(changed(&|inputs| inputs.file("src/a.py", "executable sha256:00")));
    assert!(changed(&|inputs| inputs.file("src/b.py", "file sha256:00")));
    assert!(changed(&|inputs| inputs.extra_file("src/a.py", "file sha256:00")));
    assert!(changed(&|inputs| inputs.workspace_file("keg.yml", "file sha256:00")));
    assert!(changed(&|inputs| inputs.build_arg("PY", "3.12")));
    assert!(changed(&|inputs| inputs.build_arg("API_TOKEN", "3.12")));
    assert!(changed(&|inputs| inputs.target("dev")));
    assert!(changed(&|inputs| inputs.platforms(&["linux/arm64".to_owned()])));
    assert!(changed(&|inputs| inputs.plan("gpu")));
    assert!(changed(&|inputs| inputs.parent("tap", Key([8; 32]).to_string())));
    assert!(!changed(&|inputs| inputs.build_arg("PY", "3.11")));
    assert!(!changed(&|inputs| inputs.platforms(&[])));
}

#[test]
fn no_two_lists_of_inputs_give_one_text() {
    let list = |pairs: &[(&str, &str)]| {
        Inputs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()).key()
    };
    assert_ne!(list(&[("a", "bc")]), list(&[("ab", "c")]));
    assert_ne!(list(&[("a", "b"), ("c", "d")]), list(&[("a", "bcd")]));
    assert_ne!(list(&[("a", "")]), list(&[]));
}

#[test]
fn the_order_of_platforms_does_not_count() {
    let key = |platforms: &[&str]| {
        let mut inputs = inputs();
        inputs.platforms(&platforms.iter().map(|platform| (*platform).to_owned()).collect::<Vec<_>>());
        inputs.key()
    };
    assert_eq!(key(&["linux/amd64", "linux/arm64"]), key(&["linux/arm64", "linux/amd64", "linux/arm64"]));
}

#[test]
fn secret_looking_values_are_not_kept() {
    let mut inputs = inputs();
    inputs.build_arg("NPM_TOKEN", "hunter2");
    inputs.build_arg("db_password", "hunter2");
    let text = serde_json::to_string(&inputs).unwrap();
    assert!(!text.contains("hunter2") && text.contains("build-arg NPM_TOKEN"), "{text}");
}

#[test]
fn the_key_does_not_depend_on_what_looks_secret() {
    let mut masked = Inputs::default();
    masked.build_arg("NPM_TOKEN", "hunter2");
    let mut plain = Inputs::default();
    plain.add("build-arg NPM_TOKEN", "hunter2");
    assert_ne!(masked, plain);
    assert_eq!(masked.key(), plain.key());
}

#[test]
fn inputs_survive_json() {
    let text = serde_json::to_string(&inputs()).unwrap();
    let back: Inputs = serde_json::from_str(&text).unwrap();
    assert_eq!(back, inputs());
    let key: Key = serde_json::from_str(&serde_json::to_string(&back.key()).unwrap()).unwrap();
    assert_eq!(key, inputs().key());
    assert!(serde_json::from_str::<Key>("\"abc\"").is_err());
}

#[test]
fn differences_are_shown_by_sign() {
    let mut new = inputs();
    new.dockerfile("FROM hub\n");
    new.file("src/a.py", "executable sha256:00");
    new.file("src/b.py", "file sha256:00");
    new.build_arg("PY", "3.12");
    new.build_arg("NPM_TOKEN", "a");
    new.target("dev");
    new.parent("tap", Key([8; 32]).to_string());
    let shown: Vec<String> = difference(&inputs(), &new).iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "+ build-arg NPM_TOKEN: secret",
            "~ build-arg PY: 3.11 → 3.12",
            "~ dockerfile",
            "~ file src/a.py: file → executable",
            "+ file src/b.py",
            "~ parent tap: 070707070707 → 080808080808",
            "+ target: dev",
        ]
    );
    let back: Vec<String> = difference(&new, &inputs()).iter().map(ToString::to_string).collect();
    assert_eq!(back[0], "- build-arg NPM_TOKEN: secret");
    assert_eq!(back[6], "- target: dev");
    assert_eq!(difference(&new, &new), []);
}

#[test]
fn further_inputs_count_as_if_they_were_in_the_list() {
    let mut own = Inputs::default();
    own.dockerfile("FROM a");
    own.file("b", "file sha256:1");
    own.build_arg("PY", "3.11");
    own.parent("zoo", "old");
    for names in [&["parent base"][..], &[], &["parent zoo", "a", "zz"], &["build-arg A", "dockerfile", "parent zoo"]] {
        let mut further = Inputs::default();
        let mut both = own.clone();
        for name in names {
            further.add(*name, "new");
            both.add(*name, "new");
        }
        assert_eq!(own.key_with(&further), both.key(), "{names:?}");
        assert_eq!(Inputs::default().key_with(&both), both.key());
    }
}
