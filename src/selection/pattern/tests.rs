use tempfile::TempDir;

use super::*;

fn workspace() -> (TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keg.yml"), "layout: {base: [base], hub: ['hub/**'], taps: [taps/*]}\n").unwrap();
    let write = |path: &str, manifest: &str| {
        let image = folder.path().join(path);
        std::fs::create_dir_all(&image).unwrap();
        std::fs::write(image.join("Dockerfile"), "FROM scratch\n").unwrap();
        if !manifest.is_empty() {
            std::fs::write(image.join("tap.yml"), manifest).unwrap();
        }
    };
    write("base", "");
    write("hub/r-base", "");
    write("hub/python", "");
    write("hub/deep/r-large", "");
    write("taps/web", "name: shop\nalias: w1\n");
    write("taps/api", "");
    let workspace = Workspace::load(folder.path()).unwrap();
    (folder, workspace)
}

fn names(pattern: &str, beneath: &str) -> String {
    let (_folder, workspace) = workspace();
    match matching(&workspace, pattern, beneath) {
        Ok(found) => found.into_iter().map(|index| workspace.image(index).name.clone()).collect::<Vec<_>>().join(" "),
        Err(error) => {
            assert_eq!(error.exit_code(), 2);
            error.remedy().unwrap_or_default().to_owned()
        }
    }
}

#[test]
fn words_with_special_characters_are_globs() {
    for word in ["*", "r-*", "hub/*", "we?", "[ab]pi", "{web,api}", "**/x"] {
        assert!(is_pattern(word), "{word}");
    }
    for word in ["web", "taps/web", "./taps/web/", "..", "a.b-c_d", ""] {
        assert!(!is_pattern(word), "{word}");
    }
}

#[test]
fn names_match() {
    assert_eq!(names("r-*", ""), "r-base r-large");
    assert_eq!(names("*", ""), "api base python r-base r-large shop");
    assert_eq!(names("{api,python}", ""), "api python");
    assert_eq!(names("p?thon", ""), "python");
    assert_eq!(names("[a-b]*", ""), "api base");
    assert_eq!(names("R-*", ""), "r-base r-large");
}

#[test]
fn aliases_match() {
    assert_eq!(names("w*", ""), "shop");
    assert_eq!(names("W?", ""), "shop");
}

#[test]
fn folders_match_from_the_root() {
    assert_eq!(names("hub/*", ""), "python r-base");
    assert_eq!(names("hub/**", ""), "python r-base r-large");
    assert_eq!(names("*/*/*", ""), "r-large");
    assert_eq!(names("./taps/*/", ""), "api shop");
    assert_eq!(names("taps/w*", ""), "shop");
    assert_eq!(names("**/r-*", ""), "r-base r-large");
    assert_eq!(names("{base,taps/*}", ""), "api base shop");
}

#[test]
fn folders_match_from_where_the_user_is_if_nothing_else_does() {
    assert_eq!(names("./w*b", "taps"), "shop");
    assert_eq!(names("deep/*", "hub"), "r-large");
    assert_eq!(names("../hub/*", "taps"), "python r-base");
    assert_eq!(names("../../taps/*", "hub/deep"), "api shop");
    // Just there, though other images are called so.
    assert_eq!(names("./r-*", "hub/deep"), "r-large");
    assert_eq!(names("./*", "hub/[odd]"), names("nothing/*", ""));
    assert_eq!(names("../*", ""), names("nothing/*", ""));
    // From the root first, wherever the user is.
    assert_eq!(names("hub/*", "taps"), "python r-base");
    assert_eq!(names("r-*", "taps"), "r-base r-large");
}

#[test]
fn nothing_is_an_error_that_says_what_there_is() {
    assert_eq!(names("x*", ""), "images here: api, base, python, r-base, r-large, shop");
    let folders = "folders of images here: taps/api, base, hub/python, hub/r-base, hub/deep/r-large, taps/web";
    assert_eq!(names("hubs/*", ""), folders);
    assert_eq!(names("hubs/*", "taps"), folders);
}

#[test]
fn a_broken_glob_is_an_error() {
    assert!(names("[a", "").contains("`*` stands for"), "{}", names("[a", ""));
    assert!(names("{a", "taps").contains("`*` stands for"));
}

#[test]
fn of_many_images_some_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keg.yml"), "layout: [i/*]\n").unwrap();
    for number in 10..40 {
        let image = folder.path().join(format!("i/n{number}"));
        std::fs::create_dir_all(&image).unwrap();
        std::fs::write(image.join("Dockerfile"), "FROM scratch\n").unwrap();
    }
    let error = matching(&Workspace::load(folder.path()).unwrap(), "x*", "").unwrap_err();
    assert!(error.remedy().unwrap().ends_with("n28, n29, and 10 more; keg graph shows all"), "{error:?}");
}

#[test]
fn all_variants_match() {
    let (folder, _) = workspace();
    std::fs::write(folder.path().join("keg.yml"), "layout: [hub/*]\nplans: {cpu: {}, gpu: {}}\n").unwrap();
    let workspace = Workspace::load(folder.path()).unwrap();
    let found = matching(&workspace, "r-*", "").unwrap();
    let names: Vec<_> = found.into_iter().map(|index| workspace.image(index).full_name()).collect();
    assert_eq!(names, ["r-base [cpu]", "r-base [gpu]"]);
}
