//! 19 modules of data scientists, in R and in Python: lock files, folders with upper-case names, images of their own for
//! each language, a Dockerfile that several modules share, and templates that are no images.

use serde_json::Value;

use super::parts::{Repository, plan};
use crate::support::Workspace;

/// Modules with a `renv.lock` and a Dockerfile of their own.
const R: [&str; 9] = [
    "Cell-Type-ATRT",
    "cell-type-ewings",
    "Cell-Type-Neuroblastoma-04",
    "cell-type-wilms-tumor-06",
    "Doublet-Detection",
    "inferCNV-consensus",
    "metacells.R",
    "seurat_conversion",
    "hello-R",
];
/// Modules with a `conda-lock.yml` and an `environment.yml`, which share a Dockerfile.
const CONDA: [&str; 10] = [
    "Cell-Type-NSCLC",
    "cell-type-dsrct",
    "hello-python",
    "Metacells-SEACells",
    "scVI-Integration",
    "simulate-sce",
    "Squidpy_spatial",
    "topic-models",
    "velocity.02",
    "Zebrafish-Atlas",
];
/// What they stand on.
const LANGUAGES: [&str; 3] = ["module-base", "module-r", "module-python"];
/// The Dockerfile of all modules with conda.
const SHARED: &str = "templates/Dockerfile.conda";

const JSON: [&str; 4] = ["ci", "plan", "--format", "json"];

fn is_r(module: &str) -> bool {
    R.contains(&module)
}

fn image(module: &str) -> String {
    module.to_lowercase()
}

fn lock(module: &str) -> String {
    format!("analyses/{module}/{}", if is_r(module) { "renv.lock" } else { "conda-lock.yml" })
}

/// Writes the workspace and gives the names of its images.
fn write(workspace: &mut Workspace, registry: &str) -> Vec<String> {
    let root = workspace.root_image();
    let workspace = &*workspace;
    workspace.file(
        "keg.yml",
        format!(
            "registry: {registry}\nlayout: [\"images/*\", \"analyses/*\"]\ndefault_branch: main\nci: {{two_step: true}}\n"
        ),
    );
    let [base, r, python] = LANGUAGES;
    for (name, parent, line) in [
        (base, root.as_str(), "mkdir /library"),
        (r, base, "echo R >/language"),
        (python, base, "echo python >/language"),
    ] {
        workspace.file(format!("images/{name}/Dockerfile"), format!("FROM {parent}\nRUN {line}\n"));
    }
    for module in R {
        let folder = format!("analyses/{module}");
        workspace.file(lock(module), format!("{{\"Packages\": {{\"{module}\": \"1\"}}}}\n"));
        workspace.file(format!("{folder}/Dockerfile"), format!("FROM {r}\nCOPY renv.lock /library/\nWORKDIR /home\n"));
        workspace.file(format!("{folder}/scripts/01-analysis.Rmd"), "1\n");
        let test = format!("grep -q R /language && grep -q {module} /library/renv.lock");
        workspace.file(format!("{folder}/tap.yml"), format!("tests: [{{ run: '{test}' }}]\n"));
    }
    workspace.file(SHARED, format!("FROM {python}\nCOPY conda-lock.yml environment.yml /library/\n"));
    for module in CONDA {
        let folder = format!("analyses/{module}");
        workspace.file(lock(module), format!("package: [{{name: {module}}}]\n"));
        workspace.file(format!("{folder}/environment.yml"), format!("dependencies: [{module}]\n"));
        workspace.file(format!("{folder}/scripts/main.py"), "1\n");
        let test = format!("grep -q python /language && grep -q {module} /library/conda-lock.yml");
        workspace.file(
            format!("{folder}/tap.yml"),
            format!("build: {{ dockerfile: ../../{SHARED} }}\ntests: [{{ run: '{test}' }}]\n"),
        );
    }
    for module in R.iter().chain(&CONDA) {
        workspace
            .file(format!("analyses/{module}/.dockerignore"), "*\n!renv.lock\n!conda-lock.yml\n!environment.yml\n");
        workspace.file(format!("analyses/{module}/README.md"), "1\n");
    }
    // Templates of modules, in a folder of their own, and among the modules.
    workspace.file("templates/analysis-module/Dockerfile", "FROM {{ language }}\n");
    workspace.file("analyses/TEMPLATE/Dockerfile.template", "FROM {{ language }}\n");
    workspace.file("analyses/README.md", "1\n");
    LANGUAGES.iter().map(|&name| name.to_owned()).chain(R.iter().chain(&CONDA).map(|module| image(module))).collect()
}

/// The images of a plan with which something is done.
fn busy(planned: &[String]) -> Vec<&str> {
    let parts = planned.iter().filter_map(|line| line.split_once(": "));
    parts.filter(|(_, does)| *does != "nothing").map(|(image, _)| image).collect()
}

/// The groups of jobs, each as the images that it builds.
fn groups(json: &Value) -> Vec<Vec<String>> {
    let names = |group: &Value| {
        let jobs = group.as_array().unwrap().iter();
        jobs.flat_map(|job| job["images"].as_str().unwrap().split(' ')).map(str::to_owned).collect()
    };
    json["jobs"].as_array().unwrap().iter().map(names).collect()
}

#[test]
fn events_of_modules_build_what_they_change() {
    let repository = Repository::of(write);
    let push = repository.pushed("main", "main");
    let planned = repository.keg(&push, &JSON).success();
    let lines = plan(&planned);
    assert_eq!(lines.len(), 3 + 19, "templates are no images: {lines:#?}");
    assert!(
        lines.iter().all(|line| line.ends_with(": build [main latest]") && *line == line.to_lowercase()),
        "{lines:#?}"
    );
    let levels = groups(&planned.json());
    assert_eq!((&levels[0][..], levels[1].len(), levels[2].len()), (&["module-base".to_owned()][..], 2, 19));
    repository.keg(&push, &["ci", "run"]).success();
    let main = repository.published("main");
    assert_eq!((main.len(), &repository.published("latest")), (22, &main));

    // The lock file of one module.
    repository
        .workspace
        .branch("update-renv")
        .file(lock("Doublet-Detection"), "{\"Packages\": {\"Doublet-Detection\": \"2\"}}\n");
    repository.push();
    let request = repository.pull_request("update-renv", "acme/modules");
    let planned = repository.keg(&request, &JSON).success();
    assert_eq!(busy(&plan(&planned)), ["doublet-detection"]);
    assert!(planned.stdout.contains("inputs changed: renv.lock"), "{}", planned.stdout);
    repository.keg(&request, &["ci", "run"]).success();
    assert_eq!(repository.published("main"), main);
    assert_eq!(repository.tags("doublet-detection"), ["latest", "main"]);

    // The Dockerfile that modules share.
    repository.workspace.branch("main").branch("shared");
    let text = repository.workspace.read(SHARED);
    repository.workspace.file(SHARED, format!("{text}RUN echo 2 >/version\n"));
    repository.push();
    let request = repository.pull_request("shared", "acme/modules");
    let mut expected = CONDA.map(image);
    expected.sort();
    let planned = repository.keg(&request, &JSON).success();
    assert_eq!(busy(&plan(&planned)), expected);
    // What a template for new modules says is in no image.
    repository.workspace.branch("main").branch("template");
    repository.workspace.file("templates/analysis-module/Dockerfile", "FROM {{ language }}\n# 2\n");
    repository.workspace.file("analyses/TEMPLATE/Dockerfile.template", "FROM {{ language }}\n# 2\n");
    repository.push();
    let request = repository.pull_request("template", "acme/modules");
    assert_eq!(busy(&plan(&repository.keg(&request, &JSON).success())), [""; 0]);
    // Nor is the code of modules.
    repository.workspace.branch("main").branch("code");
    for module in R {
        repository.workspace.file(format!("analyses/{module}/scripts/01-analysis.Rmd"), "2\n");
    }
    repository.push();
    let request = repository.pull_request("code", "acme/modules");
    assert_eq!(busy(&plan(&repository.keg(&request, &JSON).success())), [""; 0]);
    repository.keg(&request, &["ci", "run"]).success().complains("no image is concerned");
    // What all R modules stand on.
    repository.workspace.branch("main").branch("r");
    repository.workspace.file("images/module-r/Dockerfile", "FROM module-base\nRUN echo R 4.4 >/language\n");
    repository.push();
    let request = repository.pull_request("r", "somebody/modules");
    let mut expected: Vec<String> = R.map(image).into_iter().chain(["module-r".to_owned()]).collect();
    expected.sort();
    let planned = repository.keg(&request, &JSON).success();
    assert_eq!(busy(&plan(&planned)), expected);
    assert_eq!(groups(&planned.json()), [expected], "what is not uploaded is built in one job");

    // It is merged.
    let merged = repository.merge("update-renv");
    let push = repository.pushed("main", &merged);
    let planned = repository.keg(&push, &JSON).success();
    assert_eq!(busy(&plan(&planned)), ["doublet-detection"]);
    repository.keg(&push, &["ci", "run"]).success();
    let after = repository.published("latest");
    let differ: Vec<&String> = after.keys().filter(|image| after[*image] != main[*image]).collect();
    assert_eq!(differ, ["doublet-detection"]);
    assert_eq!(repository.published("main"), after);
    // It is released.
    let release = repository.release("v1.2.0", false);
    let planned = plan(&repository.keg(&release, &JSON).success());
    assert!(planned.len() == 22 && planned.iter().all(|line| line.ends_with(": retag [v1.2.0]")), "{planned:#?}");
    repository.keg(&release, &["ci", "run"]).success();
    assert_eq!(repository.published("v1.2.0"), after);
}

#[test]
fn each_module_has_a_workflow() {
    let repository = Repository::of(write);
    let workspace = &repository.workspace;
    let command = ["ci", "init", "--style", "per-image", "--install", "install-keg"];
    workspace.keg(command).success();
    let folder = std::fs::read_dir(workspace.path(".github/workflows")).unwrap();
    let names: Vec<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let file = |module: &str| format!("docker_{}.yml", image(module));
    let modules: Vec<&str> = R.into_iter().chain(CONDA).collect();
    assert_eq!(modules.iter().filter(|module| names.contains(&file(module))).count(), 19);
    assert_eq!(names.iter().filter(|name| name.starts_with("docker_")).count(), 19 + 3);

    let inactive = |workspace: &Workspace| {
        let found = workspace.keg(["ci", "check", "--format", "json"]).success().json();
        let findings = found["findings"].as_array().unwrap().clone();
        assert!(findings.iter().all(|finding| finding["rule"] == "inactive"), "{findings:#?}");
        findings.len()
    };
    workspace.commit();
    assert_eq!(inactive(workspace), 22);
    let dockerfile = |text: &str| text.contains(&format!("- '{SHARED}'")) || text.contains(&format!("- \"{SHARED}\""));
    let read = |module: &str| workspace.read(format!(".github/workflows/{}", file(module)));
    assert!(!read("scVI-Integration").contains("pull_request:"));
    // Folders, aliases and names are one.
    workspace.keg(["ci", "activate", "scVI-Integration", "doublet-detection"]).success();
    let text = read("scVI-Integration");
    assert!(text.contains("pull_request:") && dockerfile(&text), "{text}");
    for input in ["conda-lock.yml", "environment.yml", "tap.yml", ".dockerignore"] {
        assert!(text.contains(&format!("analyses/scVI-Integration/{input}")), "{input}: {text}");
    }
    assert!(text.contains("images/module-python/Dockerfile") && !text.contains("module-r"), "{text}");
    let text = read("Doublet-Detection");
    assert!(text.contains("analyses/Doublet-Detection/renv.lock") && !dockerfile(&text), "{text}");
    workspace.commit();
    assert_eq!(inactive(workspace), 20);
    workspace.keg(["ci", "activate", "--all"]).success();
    workspace.commit();
    assert_eq!(inactive(workspace), 0);
    workspace.git(["push", "--quiet", "origin", "main"]);

    // Environment and code at once are for two pull requests, where that is asked for.
    workspace.branch("both").file(lock("hello-R"), "{}\n").file("analyses/hello-R/scripts/01-analysis.Rmd", "2\n");
    repository.push();
    let request = repository.pull_request("both", "acme/modules");
    let found = repository.keg(&request, &["ci", "check"]).code(1);
    let found = found.says("1. the environment: analyses/hello-R/renv.lock");
    found.says("2. the rest: analyses/hello-R/scripts/01-analysis.Rmd");
    workspace.branch("main").branch("first").file(lock("hello-R"), "{}\n");
    repository.push();
    let request = repository.pull_request("first", "acme/modules");
    repository.keg(&request, &["ci", "check"]).success();
}
