//! `keg push`, `pull`, `tag` and `build --push` with the real engine and real registries.

use crate::support::{Registry, RegistryOptions, Workspace, docker, image_names};

/// base → web in a registry, on the branch `feature/x`; gives the namespace in the registry.
fn family(workspace: &mut Workspace, registry: &Registry) -> String {
    let root = workspace.root_image();
    let namespace = format!("{}nested/name.space", workspace.name(""));
    workspace.file("keg.yml", format!("registry: {}/{namespace}\nlayout: [images/*]\n", registry.host()));
    workspace.file("images/base/Dockerfile", format!("FROM {root}\nRUN echo base > /base\n"));
    workspace.file("images/web/Dockerfile", "FROM base\nRUN echo web > /web\n");
    workspace.branch("feature/x").commit();
    namespace
}

fn remove_local_images(workspace: &Workspace) {
    let mine: Vec<String> =
        image_names().into_iter().filter(|name| name.contains(&format!("{}nested", workspace.name("")))).collect();
    docker(["image", "rm", "--force"].into_iter().map(str::to_owned).chain(mine)).success();
}

fn digest(registry: &Registry, repository: &str, tag: &str) -> String {
    registry.manifest(repository, tag).unwrap_or_else(|| panic!("{repository}:{tag} is missing")).0
}

#[test]
fn pushes_branch_tag_and_further_tags_with_one_digest() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let namespace = family(&mut workspace, &registry);
    // Another local image of the same name is never pushed.
    let root = workspace.root_image();
    docker(["tag", root.as_str(), &format!("{}/{namespace}/web:old", registry.host())]).success();
    workspace.keg(["build", "--tag", "a", "--tag", "b", "--push"]).success();
    for image in ["base", "web"] {
        let repository = format!("{namespace}/{image}");
        let tags = registry.tags(&repository);
        assert_eq!(tags.len(), 4, "{tags:?}");
        assert_eq!(tags[..3], ["a", "b", "feature-x"]);
        assert!(tags[3].starts_with("keg-"), "{tags:?}");
        let digests: Vec<_> = tags.iter().map(|tag| digest(&registry, &repository, tag)).collect();
        assert!(digests.iter().all(|other| *other == digests[0]), "{digests:?}");
    }
    // What was built is what is there.
    remove_local_images(&workspace);
    let reference = format!("{}/{namespace}/web:b", registry.host());
    assert_eq!(docker(["run", "--rm", &reference, "cat", "/base", "/web"]).success(), "base\nweb\n");
}

#[test]
fn push_builds_nothing() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let namespace = family(&mut workspace, &registry);
    workspace.keg(["push"]).code(2).complains("keg build");
    assert!(registry.catalog().is_empty());
    workspace.keg(["build"]).success();
    assert!(registry.catalog().is_empty());
    workspace.keg(["push", "web"]).success();
    assert_eq!(registry.catalog(), [format!("{namespace}/web")]);
    workspace.keg(["push", "web", "--dry-run"]).success().says("nothing to do");
}

#[test]
fn pull_brings_the_branch_tag_else_the_default_tag() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let namespace = family(&mut workspace, &registry);
    workspace.branch("main");
    workspace.keg(["build", "--push"]).success();
    remove_local_images(&workspace);
    workspace.branch("feature/y");
    workspace.keg(["pull", "web"]).success().complains("feature-y is not published");
    assert!(image_names().contains(&format!("{}/{namespace}/web:main", registry.host())));
    workspace.keg(["pull", "web"]).success().says("up to date");
    workspace.keg(["pull", "web", "--tag", "none"]).code(1).complains("web:none");
}

#[test]
fn tag_tags_what_is_built() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let namespace = family(&mut workspace, &registry);
    workspace.keg(["tag", "web", "--tag", "v1"]).code(2);
    workspace.keg(["build"]).success();
    workspace.keg(["tag", "web", "--tag", "v1"]).success();
    assert!(image_names().contains(&format!("{}/{namespace}/web:v1", registry.host())));
    workspace.keg(["tag", "web", "--tag", "v1", "--push"]).success();
    assert!(registry.tags(&format!("{namespace}/web")).contains(&"v1".to_owned()));
}

#[test]
fn a_failed_build_moves_no_tag() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let namespace = family(&mut workspace, &registry);
    workspace.keg(["build", "--push"]).success();
    let before = digest(&registry, &format!("{namespace}/base"), "feature-x");
    let root = workspace.root_image();
    workspace.file("images/base/Dockerfile", format!("FROM {root}\nRUN echo other > /base\n"));
    workspace.file("images/web/Dockerfile", "FROM base\nRUN exit 1\n");
    workspace.keg(["build", "--push"]).code(1).says("not published");
    assert_eq!(digest(&registry, &format!("{namespace}/base"), "feature-x"), before);
    workspace.file("images/web/Dockerfile", "FROM base\nRUN echo web > /web\n");
    workspace.keg(["build", "--push"]).success();
    assert_ne!(digest(&registry, &format!("{namespace}/base"), "feature-x"), before);
}

#[test]
fn branches_with_one_tag_do_not_overwrite_each_other() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    family(&mut workspace, &registry);
    workspace.keg(["build", "--push"]).success();
    workspace.branch("feature-x").file("images/web/new", "1").file("images/web/Dockerfile", "FROM base\nCOPY new /\n");
    workspace.keg(["build", "--push"]).code(2).complains("feature/x").complains("--force");
    // On the engine as well.
    workspace.keg(["build"]).code(2).complains("feature/x").complains("--force");
    workspace.keg(["build", "--push", "--force"]).success();
}

#[test]
fn without_a_registry_push_says_what_to_do() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    let name = workspace.name("web");
    workspace.file("keg.yml", "layout: [images/*]\n");
    workspace.file(format!("images/{name}/Dockerfile"), format!("FROM {root}\n"));
    workspace.keg(["push"]).code(2).complains("registry:");
}

#[test]
fn a_registry_that_is_off_is_exit_code_3_and_no_hindrance_to_a_build() {
    let mut workspace = Workspace::new();
    let registry = Registry::start();
    family(&mut workspace, &registry);
    drop(registry);
    workspace.keg(["build"]).success().complains("without the registry");
    workspace.keg(["push"]).code(3).complains("127.0.0.1");
}

/// A private registry with a certificate of its own authority: login, a private base, a secret, push, pull.
#[test]
fn private_registry_over_tls() {
    let (user, password) = ("ada", "x~~~y~~");
    let registry = Registry::start_with(RegistryOptions {
        htpasswd: Some((user.into(), password.into())),
        tls: true,
        ..RegistryOptions::default()
    });
    let mut workspace = Workspace::new();
    let namespace = family(&mut workspace, &registry);
    workspace.trust(&registry);
    let host = registry.host();
    workspace.keg(["build", "--push"]).code(2).complains(&format!("keg login {host}"));
    workspace.keg_with_input(["login", &host, "--username", user, "--password-stdin"], "wrong").code(2);
    workspace.keg_with_input(["login", &host, "--username", user, "--password-stdin"], password).success();
    workspace.keg(["build", "base", "--tag", "root", "--push"]).success();
    assert!(registry.tags(&format!("{namespace}/base")).contains(&"root".to_owned()));
    remove_local_images(&workspace);

    // The base is an outside image now, which only the registry has.
    let secret = "correct-horse-battery";
    workspace.remove("images/base").file("images/web/tap.yml", "alias: w\n").file(
        "images/web/Dockerfile",
        format!(
            "FROM {host}/{namespace}/base:root\nRUN --mount=type=secret,id=token sha256sum /run/secrets/token > /sum\n"
        ),
    );
    workspace.env("TOKEN", secret);
    let run = workspace.keg(["build", "web", "--secret", "id=token,env=TOKEN", "--push", "--verbose"]).success();
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains(secret) && !text.contains(password), "{text}");
    }
    let (_, manifest) = registry.manifest(&format!("{namespace}/web"), "feature-x").unwrap();
    assert!(!manifest.to_string().contains(secret));
    // The base is pinned by its digest from now on.
    assert!(workspace.read("keg.lock").contains(&digest(&registry, &format!("{namespace}/base"), "root")));
    let reference = format!("{host}/{namespace}/web:feature-x");
    let history = docker(["history", "--no-trunc", &reference]).success();
    let inspected = docker(["image", "inspect", &reference]).success();
    assert!(!history.contains(secret) && !inspected.contains(secret) && !inspected.contains(password));
    let layers = docker(["save", &reference]).stdout;
    assert!(!layers.contains(secret));

    remove_local_images(&workspace);
    workspace.keg(["pull", "web"]).success();
    assert_eq!(docker(["run", "--rm", &reference, "cat", "/base"]).success(), "base\n");
    remove_local_images(&workspace);
    // A tap is started from its tag, pulled with the stored login.
    workspace.keg(["start", "web"]).success().complains("pulled");
    assert!(image_names().contains(&reference));
    workspace.keg(["stop", "web"]).success();
    workspace.keg(["logout", &host]).success();
    workspace.keg(["pull", "web"]).code(2).complains(&format!("keg login {host}"));
}
