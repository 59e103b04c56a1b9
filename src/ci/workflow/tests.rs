use super::*;
use crate::workspace::tests::Tree;
use serde_json::Value as Json;

/// base → hub → web, and a module beside them.
const FILES: [(&str, &str); 6] = [
    ("base/Dockerfile", "FROM debian:12\n"),
    ("hub/core/Dockerfile", "FROM base\nCOPY core.txt /\n"),
    ("taps/Web/Dockerfile", "FROM core\nCOPY renv.lock /\n"),
    ("taps/Web/tap.yml", "name: web\n"),
    ("taps/Web/renv.lock", "{}"),
    ("hub/core/core.txt", "x"),
];

fn made(keg_yml: &str, style: Style, registry: RegistryKind, active: &[&str]) -> BTreeMap<String, String> {
    made_in("", keg_yml, style, registry, active).unwrap()
}

fn made_in(
    folder: &str,
    keg_yml: &str,
    style: Style,
    registry: RegistryKind,
    active: &[&str],
) -> Result<BTreeMap<String, String>> {
    let tree = Tree::new(&[&[("keg.yml", keg_yml)], &FILES[..]].concat());
    let workspace = tree.load().unwrap();
    let mut place = Place::new(&workspace.root, std::path::Path::new(""));
    place.folder = folder.to_owned();
    let recipe = Recipe {
        style,
        registry,
        default_branch: "main".into(),
        install: "cargo install --git https://e.x 'k e g'".into(),
    };
    files(&Site { workspace: &workspace, place }, &recipe, &active.iter().map(|&name| name.to_owned()).collect())
}

fn yaml(files: &BTreeMap<String, String>, name: &str) -> Json {
    let text = &files[&format!("{FOLDER}/{name}")];
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).unwrap_or_else(|error| unreachable!("{name}: {error}\n{text}"))
}

fn names(files: &BTreeMap<String, String>) -> Vec<&str> {
    files.keys().map(|path| path.strip_prefix(FOLDER).unwrap().trim_start_matches('/')).collect()
}

const GHCR: &str = "registry: ghcr.io/acme\n";
const ECR: &str = "registry: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team\n";
const PUBLIC: &str = "registry: public.ecr.aws/alias/team\n";
const GENERIC: &str = "registry: registry.example.com:5000/a/b\n";
const KINDS: [(&str, RegistryKind); 4] = [
    (GHCR, RegistryKind::Ghcr),
    (ECR, RegistryKind::Ecr),
    (PUBLIC, RegistryKind::EcrPublic),
    (GENERIC, RegistryKind::Generic),
];

#[test]
fn every_workflow_is_yaml_with_pinned_actions_and_limits() {
    for (keg_yml, kind) in KINDS.into_iter().chain([("", RegistryKind::Generic)]) {
        for style in [Style::One, Style::PerImage] {
            let files = made(keg_yml, style, kind, &["web"]);
            for name in names(&files) {
                let workflow = yaml(&files, name);
                let text = &files[&format!("{FOLDER}/{name}")];
                assert!(!text.contains("[=") && !text.contains("[%") && !text.contains("\n\n\n"), "{name}: {text}");
                assert_eq!(workflow["permissions"], serde_json::json!({}), "{name}");
                assert!(workflow["concurrency"]["group"].is_string(), "{name}");
                for (job, body) in workflow["jobs"].as_object().unwrap() {
                    assert!(body["timeout-minutes"].is_number(), "{name}: {job}");
                    assert!(body["permissions"].is_object(), "{name}: {job}");
                    for step in body["steps"].as_array().unwrap() {
                        if let Some(uses) = step["uses"].as_str() {
                            let commit = uses.split_once('@').unwrap().1;
                            assert!(
                                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
                                "{uses}"
                            );
                            assert!(text.contains(&format!("{uses} # v")), "{uses} has no version beside it");
                        }
                        // What others decide comes as a variable, and never as a part of the script.
                        assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{name}: {step}");
                    }
                }
            }
        }
    }
}

#[test]
fn one_has_a_job_for_each_level() {
    let files = made(GHCR, Style::One, RegistryKind::Ghcr, &[]);
    assert_eq!(names(&files), ["keg-rebuild.yml", "keg.yml"], "GitHub's registry cannot be pruned");
    let jobs = &yaml(&files, "keg.yml")["jobs"];
    let all: Vec<&String> = jobs.as_object().unwrap().keys().collect();
    assert_eq!(all, ["plan", "check", "test", "build-0", "build-1", "build-2", "publish", "keg"]);
    assert_eq!(jobs["build-1"]["needs"], serde_json::json!(["plan", "build-0"]));
    assert_eq!(jobs["build-1"]["strategy"]["matrix"], "${{ fromJSON(needs.plan.outputs.level_1) }}");
    let needs = jobs["keg"]["needs"].as_array().unwrap();
    assert_eq!(needs.len(), all.len() - 1, "the gate waits for all other jobs");
    assert_eq!(jobs["keg"]["if"], "always()");
}

#[test]
fn without_content_tags_one_job_publishes_all() {
    let files = made(&format!("{ECR}content_tags: false\n"), Style::One, RegistryKind::Ecr, &[]);
    let jobs = &yaml(&files, "keg.yml")["jobs"];
    let all: Vec<&String> = jobs.as_object().unwrap().keys().collect();
    assert_eq!(all, ["plan", "check", "test", "publish", "keg"]);
    let steps = jobs["publish"]["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["run"] == "keg ci run\n"), "{steps:?}");
    assert!(steps.iter().any(|step| step["env"]["IMAGES"] == "base core web"), "{steps:?}");
}

#[test]
fn rights_are_few() {
    let all = |keg_yml, kind| {
        let files = made(keg_yml, Style::One, kind, &[]);
        let jobs = yaml(&files, "keg.yml")["jobs"].clone();
        ["plan", "check", "test", "build-0", "publish", "keg"].map(|job| jobs[job]["permissions"].to_string()).join(" ")
    };
    let expected = r#"{"contents":"read","packages":"read"} {"contents":"read"} {"contents":"read","packages":"read"} {"contents":"read","packages":"write"} {"contents":"read","packages":"write"} {}"#;
    assert_eq!(all(GHCR, RegistryKind::Ghcr), expected);
    let expected = r#"{"contents":"read","id-token":"write"} {"contents":"read"} {"contents":"read","id-token":"write"} {"contents":"read","id-token":"write"} {"contents":"read","id-token":"write"} {}"#;
    assert_eq!(all(ECR, RegistryKind::Ecr), expected);
    let expected = r#"{"contents":"read"} {"contents":"read"} {"contents":"read"} {"contents":"read","id-token":"write"} {"contents":"read","id-token":"write"} {}"#;
    assert_eq!(all(PUBLIC, RegistryKind::EcrPublic), expected);
    assert_eq!(all(GENERIC, RegistryKind::Generic), format!("{}{{}}", "{\"contents\":\"read\"} ".repeat(5)));
}

#[test]
fn releases_and_the_default_branch_start_it() {
    let keg_yml = "registry: ghcr.io/acme\nci: { release_tags: ['20??-??-??'] }\n";
    let on = yaml(&made(keg_yml, Style::One, RegistryKind::Ghcr, &[]), "keg.yml")["on"].clone();
    assert_eq!(on["push"]["branches"], serde_json::json!(["main"]));
    let tags = serde_json::json!(["v[0-9]+.[0-9]+.[0-9]+*", "[0-9]+.[0-9]+.[0-9]+*", "20**-**-**"]);
    assert_eq!((&on["push"]["tags"], on.get("release")), (&tags, None), "a release is published once");
    let on = yaml(&made(GHCR, Style::One, RegistryKind::Ghcr, &[]), "keg.yml")["on"].clone();
    assert_eq!((on["push"].get("tags"), &on["release"]["types"]), (None, &serde_json::json!(["published"])));
    for event in ["pull_request", "merge_group", "workflow_dispatch"] {
        assert_eq!(on.get(event), Some(&Json::Null), "{event}");
    }
}

#[test]
fn images_have_their_own_workflows() {
    let files = made(GHCR, Style::PerImage, RegistryKind::Ghcr, &["web"]);
    let expected = ["docker_base.yml", "docker_core.yml", "docker_web.yml", "keg-check.yml", "keg-rebuild.yml"];
    assert_eq!(names(&files), expected);
    let on = &yaml(&files, "docker_core.yml")["on"];
    assert_eq!(*on, serde_json::json!({ "workflow_dispatch": null }), "inactive");
    let on = &yaml(&files, "docker_web.yml")["on"];
    let paths: Vec<&str> =
        on["pull_request"]["paths"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    for path in [
        "taps/Web/Dockerfile",
        "taps/Web/renv.lock",
        "taps/Web/tap.yml",
        "hub/core/core.txt",
        "base/Dockerfile",
        "keg.yml",
        "keg.lock",
        ".github/workflows/docker_web.yml",
    ] {
        assert!(paths.contains(&path), "{path} is missing in {paths:?}");
    }
    assert!(!paths.iter().any(|path| path.ends_with("taps/Web/**")), "code is none of its environment: {paths:?}");
    assert_eq!(on["push"]["paths"], on["pull_request"]["paths"]);
    assert_eq!(on["release"]["types"], serde_json::json!(["published"]));
}

/// Who may only test gets no rights to publish; who publishes is never stopped.
#[test]
fn pull_requests_publish_only_where_they_should() {
    let keg_yml = format!("{GHCR}ci: {{ pull_requests: number }}\n");
    for (keg_yml, publish) in [(GHCR, false), (keg_yml.as_str(), true)] {
        let stop = if publish { Json::Bool(false) } else { "${{ github.event_name == 'pull_request' }}".into() };
        let one = yaml(&made(keg_yml, Style::One, RegistryKind::Ghcr, &[]), "keg.yml");
        assert_eq!(one["concurrency"]["cancel-in-progress"], stop);
        let image = yaml(&made(keg_yml, Style::PerImage, RegistryKind::Ghcr, &["web"]), "docker_web.yml");
        assert_eq!(image["concurrency"]["cancel-in-progress"], stop);
        let (test, docker) = (&image["jobs"]["test"], &image["jobs"]["docker"]);
        assert_eq!(docker["permissions"]["packages"], "write");
        if publish {
            assert_eq!((test, docker.get("if")), (&Json::Null, None));
        } else {
            assert_eq!(test["permissions"]["packages"], "read");
            assert_eq!(test["if"], "github.event_name == 'pull_request'");
            assert_eq!(docker["if"], "github.event_name != 'pull_request'");
        }
    }
    let inactive = yaml(&made(GHCR, Style::PerImage, RegistryKind::Ghcr, &[]), "docker_web.yml");
    assert_eq!(inactive["jobs"].as_object().unwrap().len(), 1);
}

/// Builds and tests run code of others, which must not find the token that may push.
#[test]
fn only_the_push_gets_the_token_that_may_push() {
    let rebuild = yaml(&made(GHCR, Style::One, RegistryKind::Ghcr, &[]), "keg-rebuild.yml");
    let steps = rebuild["jobs"]["rebuild"]["steps"].as_array().unwrap();
    assert_eq!(steps[0]["with"]["persist-credentials"], false);
    let with_token = steps.iter().filter(|step| step["env"].get("GH_TOKEN").is_some());
    let names: Vec<&str> = with_token.map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Push the new lock", "Open a pull request"]);
}

#[test]
fn a_workspace_in_a_folder_of_its_repository() {
    let files = made_in("images/Set A", GHCR, Style::PerImage, RegistryKind::Ghcr, &["web"]).unwrap();
    let web = yaml(&files, "docker_web.yml");
    assert_eq!(web["defaults"]["run"]["working-directory"], "images/Set A");
    assert!(web["on"]["push"]["paths"].to_string().contains("\"images/Set A/keg.yml\""), "{web}");
    let error = made_in("a${{b}}", GHCR, Style::One, RegistryKind::Ghcr, &[]).unwrap_err();
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn repositories_are_made_where_amazon_wants_them() {
    let run = |keg_yml, kind, style, file: &str, job: &str| {
        let workflow = yaml(&made(keg_yml, style, kind, &[]), file);
        let steps = workflow["jobs"][job]["steps"].as_array().unwrap().clone();
        let step = steps.into_iter().find(|step| step["name"] == "Make the repositories that are missing");
        step.map(|step| format!("{} {} {}", step["env"]["IMAGES"], step["env"]["REGION"], step["run"]))
            .unwrap_or_default()
    };
    let text = run(ECR, RegistryKind::Ecr, Style::One, "keg.yml", "build-0");
    assert!(text.starts_with("\"${{ matrix.images }}\" \"eu-west-1\""), "{text}");
    assert!(text.contains("aws ecr create-repository") && text.contains("team/$image"), "{text}");
    let text = run(PUBLIC, RegistryKind::EcrPublic, Style::PerImage, "docker_web.yml", "docker");
    assert!(text.starts_with("\"web\" \"us-east-1\"") && text.contains("aws ecr-public create-repository"), "{text}");
    assert!(text.contains("\\\"team/$image"), "the alias is no part of the name: {text}");
    assert_eq!(run(GHCR, RegistryKind::Ghcr, Style::One, "keg.yml", "build-0"), "");
}

#[test]
fn registries_show_what_they_are() {
    for (keg_yml, kind) in KINDS {
        let tree = Tree::new(&[&[("keg.yml", keg_yml)], &FILES[..]].concat());
        let found = Registry::kind_of(&tree.load().unwrap());
        assert_eq!(found, Some(kind).filter(|kind| *kind != RegistryKind::Generic), "{keg_yml}");
    }
    let error = made_in("", GHCR, Style::One, RegistryKind::Ecr, &[]).unwrap_err();
    assert!(error.message().contains("none of Amazon's"), "{error}");
    let error = made_in("", "", Style::One, RegistryKind::Ghcr, &[]).unwrap_err();
    assert!(error.message().contains("no registry"), "{error}");
}

#[test]
fn names_with_slashes_are_files() {
    assert_eq!(file_of_image("team/web"), ".github/workflows/docker_team__web.yml");
}

/// What runs the code of `web`.
fn with_command(command: &str, style: Style, active: &[&str]) -> Result<BTreeMap<String, String>> {
    let manifest = format!("name: web\nci: {{ run: {command} }}\n");
    let mut all = FILES.to_vec();
    all[3].1 = &manifest;
    let tree = Tree::new(&[&[("keg.yml", GHCR)], &all[..]].concat());
    let workspace = tree.load().unwrap();
    let place = Place::new(&workspace.root, std::path::Path::new(""));
    let (default_branch, install) = ("main".into(), "install".into());
    let recipe = Recipe { style, registry: RegistryKind::Ghcr, default_branch, install };
    files(&Site { workspace: &workspace, place }, &recipe, &active.iter().map(|&name| name.to_owned()).collect())
}

#[test]
fn the_code_of_a_module_runs_in_its_image() {
    for (command, expected) in [
        ("bash run.sh", "bash run.sh"),
        ("[bash, 'a b']", "bash 'a b'"),
        ("\"a: 'b'\\n\\t# \\\"c\\\" ü\"", "a: 'b'\n\t# \"c\" ü"),
    ] {
        let files = with_command(command, Style::PerImage, &["web"]).unwrap();
        let workflow = yaml(&files, "run_web.yml");
        let step = workflow["jobs"]["run"]["steps"].as_array().unwrap().last().unwrap();
        assert_eq!((&step["env"]["COMMAND"], &step["env"]["IMAGE"]), (&expected.into(), &"web".into()));
        assert_eq!(step["working-directory"], "taps/Web");
        let paths = serde_json::json!(["taps/Web/**", ".github/workflows/run_web.yml"]);
        assert_eq!(workflow["on"]["pull_request"]["paths"], paths);
        assert_eq!(workflow["on"].get("push"), None);
        // It reads images, and writes nothing.
        assert_eq!(workflow["jobs"]["run"]["permissions"]["packages"], "read");
    }
    let starts = |style, active: &[&str]| {
        let workflow = yaml(&with_command("x", style, active).unwrap(), "run_web.yml");
        workflow["on"].as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(starts(Style::PerImage, &[]), "workflow_dispatch");
    assert_eq!(starts(Style::One, &[]), "pull_request workflow_dispatch");
    let error = with_command("'echo ${{ github.token }}'", Style::One, &[]).unwrap_err();
    assert!(error.message().contains("expression of its own"), "{error}");
    assert!(with_command(r#"[sh, "a\0b"]"#, Style::One, &[]).is_err());
}
