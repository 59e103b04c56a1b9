use super::*;
use crate::workspace::tests::Tree;

const KEG_YML: &str = "layout: [modules/*]\n";

fn environment(files: &[(&str, &str)], image: &str) -> Environment {
    let tree = Tree::new(&[&[("keg.yml", KEG_YML)], files].concat());
    let workspace = tree.load().unwrap();
    let place = Place::new(&workspace.root, Path::new(""));
    Environment::of(workspace.image(workspace.find(image).unwrap()), &place)
}

#[test]
fn names_of_lists_of_packages() {
    for name in
        ["renv.lock", "conda-lock.yml", "requirements.txt", "requirements-dev.txt", "requirements.lock", "DESCRIPTION"]
    {
        assert!(is_package_file(name), "{name}");
    }
    for name in ["requirements", "my-renv.lock", "run.R", "Dockerfile", "requirements.md", ""] {
        assert!(!is_package_file(name), "{name}");
    }
}

#[test]
fn places_are_those_of_git() {
    let place = Place::new(Path::new("/r/images/x"), Path::new("images/x"));
    assert_eq!(place, Place { root: "/r".into(), folder: "images/x".into() });
    assert_eq!(place.of(Path::new("/r/images/x/../y/a")), Some("images/y/a".into()));
    assert_eq!(place.of(Path::new("/elsewhere/a")), None);
    assert_eq!(place.in_workspace("keg.yml"), "images/x/keg.yml");
    assert_eq!(Place::new(Path::new("/r"), Path::new("")).in_workspace("keg.yml"), "keg.yml");
}

#[test]
fn a_module_with_lock_files() {
    let files = [
        ("modules/Cell-Types/Dockerfile", "FROM debian\nCOPY renv.lock *.yml /opt/\nCOPY scripts /scripts\n"),
        ("modules/Cell-Types/tap.yml", "name: cell-types\ninputs: [../../shared]\n"),
        ("modules/Cell-Types/renv.lock", "{}"),
        ("shared/pins.txt", "x"),
    ];
    let environment = environment(&files, "cell-types");
    for path in [
        "modules/Cell-Types/Dockerfile",
        "modules/Cell-Types/.dockerignore",
        "modules/Cell-Types/Dockerfile.dockerignore",
        "modules/Cell-Types/tap.yml",
        "modules/Cell-Types/renv.lock",
        "modules/Cell-Types/conda-lock.yml",
        "modules/Cell-Types/scripts/requirements.txt",
        "shared/pins.txt",
    ] {
        assert!(environment.holds(path), "{path}");
    }
    for path in [
        "modules/Cell-Types/run.R",
        // Copied, and no list of packages; one that is not copied; another module's.
        "modules/Cell-Types/scripts/run.R",
        "modules/Cell-Types/settings.yml",
        "modules/Cell-Types/python/requirements.txt",
        "modules/Other/renv.lock",
        "renv.lock",
    ] {
        assert!(!environment.holds(path), "{path}");
    }
    assert_eq!(
        environment.filters(),
        [
            "modules/Cell-Types/*.yml",
            "modules/Cell-Types/*.yml/**",
            "modules/Cell-Types/.dockerignore",
            "modules/Cell-Types/Dockerfile",
            "modules/Cell-Types/Dockerfile.dockerignore",
            "modules/Cell-Types/renv.lock",
            "modules/Cell-Types/renv.lock/**",
            "modules/Cell-Types/scripts",
            "modules/Cell-Types/scripts/**",
            "modules/Cell-Types/tap.yml",
            "shared",
            "shared/**",
        ]
    );
}

#[test]
fn the_whole_context_is_a_filter() {
    let files = [("modules/web/Dockerfile", "FROM debian\nCOPY . /app\n"), ("modules/web/requirements.txt", "")];
    let environment = environment(&files, "web");
    assert!(environment.filters().contains(&"modules/web/**".to_owned()), "{:?}", environment.filters());
    assert!(environment.holds("modules/web/requirements.txt") && !environment.holds("modules/web/app.py"));
}

#[test]
fn patterns_mean_what_they_say() {
    assert_eq!(escaped("a+b/[x]!?*"), "a\\+b/\\[x\\]\\!\\?\\*");
    assert_eq!(pattern("20??-??"), "20**-**");
    assert_eq!(pattern("v{1,2}/[!a]+"), "v*/*\\+");
    assert_eq!(pattern("a/***/b"), "a/**/b");
}
