//! A stack of images as UCSD's DataHub keeps it, from the description that it has to the tag that everybody uses: with a
//! real engine, a real registry, packages of Debian, pytest and a browser. The files are in tests/stack.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::docs::{check_links, measured, names_of_one};
use crate::support::{Registry, Request, Run, Workspace, command, docker, ensure_with, has_program, root_folder, run};

const IMAGES: [&str; 3] = ["datascience", "rstudio", "scipy"];
/// Plans and their prefixes.
const PLANS: [(&str, &str); 2] = [("SPRING", "2026.3"), ("AUTUMN", "2026.10")];

struct Stack {
    registry: Registry,
    workspace: Workspace,
    namespace: String,
}

impl Stack {
    /// The files of tests/stack, on the branch `dev`.
    fn new() -> Self {
        let pytest = || run(command("/usr/bin/python3").args(["-m", "pytest", "--version"]), b"").code == Some(0);
        ensure_with("pytest", &["python3", "python3-pytest"], pytest);
        ensure_with("chromium", &["chromium"], || has_program("chromium"));
        crate::support::engine();
        run(&mut command(root_folder().join("tests/support/root-image.sh")), b"").success();

        let (registry, mut workspace) = (Registry::start(), Workspace::new());
        // The one that Debian's pytest belongs to.
        workspace.script("python3", "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n");
        let stack = Self { namespace: workspace.name("stack"), registry, workspace };
        let files =
            run(command("git").current_dir(root_folder().join("tests/stack")).args(["ls-files"]), b"").success();
        assert!(files.lines().count() > 10, "{files}");
        let place = format!("{}/{}", stack.registry.host(), stack.namespace);
        for file in files.lines() {
            let text = std::fs::read_to_string(root_folder().join("tests/stack").join(file)).unwrap();
            stack.workspace.file(file, text.replace("REGISTRY", &place));
        }
        stack.workspace.branch("dev");
        stack
    }

    fn repository(&self, image: &str) -> String {
        format!("{}/{image}", self.namespace)
    }

    /// The moving tags that the registry has, with their digests: `scipy:2026.3-dev`.
    fn published(&self) -> BTreeMap<String, String> {
        let tags = |image: &str| {
            let repository = self.repository(image);
            let tags = self.registry.tags(&repository).into_iter().filter(|tag| tag.starts_with("20"));
            let digest = |tag: &str| self.registry.manifest(&repository, tag).unwrap().0;
            tags.map(|tag| (format!("{image}:{tag}"), digest(&tag))).collect::<Vec<_>>()
        };
        IMAGES.iter().flat_map(|image| tags(image)).collect()
    }

    fn build(&self) -> Run {
        self.workspace.keg(["build", "--test", "--push", "--manifest", "--jobs", "4", "--format", "json"])
    }

    /// The newest build that the manifest of a tag describes.
    fn described(&self, image: &str, tag: &str) -> Value {
        let text = self.workspace.read(format!(".keg/manifests/{image}/{tag}.json"));
        serde_json::from_str::<Value>(&text).unwrap()["builds"][0].clone()
    }
}

/// What became of each variant: `scipy AUTUMN built`.
fn results(run: &Run) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let row = |row: &Value| [&row["image"], &row["plan"], &row["result"]].map(text).join(" ");
    run.json()["images"].as_array().unwrap().iter().map(row).collect()
}

/// Images, tests and results: `scipy [AUTUMN]: tests_common passed`.
fn tests(run: &Run) -> Vec<String> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let row = |row: &Value| format!("{}: {} {}", text(row, "image"), text(row, "test"), text(row, "result"));
    run.json()["tests"].as_array().unwrap().iter().map(row).collect()
}

fn keys(tags: &BTreeMap<String, String>) -> Vec<&str> {
    tags.keys().map(String::as_str).collect()
}

/// All tags of a branch or of a promotion.
fn all(tag: &str) -> Vec<String> {
    let mut all: Vec<String> =
        IMAGES.iter().flat_map(|image| PLANS.map(|(_, prefix)| format!("{image}:{prefix}-{tag}"))).collect();
    all.sort();
    all
}

#[test]
fn from_its_description_to_the_stable_tags() {
    let stack = Stack::new();
    let (workspace, registry) = (&stack.workspace, &stack.registry);

    // Nothing of the description is dropped in silence.
    let run = workspace.keg(["init", "--from", "images/spec.yml"]).success().says("3 images");
    let run = run.complains("prune of rstudio has no counterpart").complains("prepull of scipy has no counterpart");
    let run =
        run.complains("tag_stable_postfix `-stable`").complains("integration_tests: these tests run with the others");
    run.complains("images/datascience: its tests are run in what is built on it too: rstudio, scipy");
    workspace.file(".gitignore", ".keg/\n").file("images/README.md", "The images.\n");
    let commit = workspace.commit();
    workspace.keg(["test", "--list"]).success().says("scipy/workflow_tests").says("by hand");

    let run = stack.build().success();
    let built: Vec<String> =
        IMAGES.iter().flat_map(|image| PLANS.map(|(plan, _)| format!("{image} {plan} built"))).collect();
    assert_eq!(results(&run), built);
    let mut passed = Vec::new();
    for (plan, _) in PLANS {
        passed.extend(["tests_common", "datascience/test"].map(|test| format!("datascience [{plan}]: {test} passed")));
        for own in ["tests_common passed", "datascience/test passed", "rstudio/integration_tests passed"] {
            passed.push(format!("rstudio [{plan}]: {own}"));
        }
        let manual = ["scipy/workflow_tests manual", "scipy/manual_tests manual"];
        for own in ["tests_common passed", "datascience/test passed", "scipy/test passed"].into_iter().chain(manual) {
            passed.push(format!("scipy [{plan}]: {own}"));
        }
    }
    let mut ran = tests(&run);
    ran.sort();
    passed.sort();
    assert_eq!(ran, passed);
    // The tests have left nothing that would make an image another one.
    let changed = workspace.git(["status", "--porcelain", "--ignored"]);
    assert!(changed.lines().all(|line| line == "!! .keg/" || line == "?? keg.lock"), "{changed}");

    // Each variant is there, on the same plan of its parent, and described beside itself.
    let first = stack.published();
    assert_eq!(keys(&first), all("dev"));
    for image in IMAGES {
        for (plan, prefix) in PLANS {
            let (tag, digest) = (format!("{prefix}-dev"), &first[&format!("{image}:{prefix}-dev")]);
            let labels = registry.labels(&stack.repository(image), &tag).unwrap();
            assert_eq!((labels["dev.keg.plan"].as_str(), labels["dev.keg.branch"].as_str()), (Some(plan), Some("dev")));
            assert_eq!(labels["org.opencontainers.image.revision"], commit.as_str());
            let build = stack.described(image, &tag);
            assert_eq!((&build["digest"], &build["tests"]["passed"]), (&digest.as_str().into(), &true.into()));
            if image != "datascience" {
                assert_eq!(build["parents"][0]["digest"], first[&format!("datascience:{tag}")].as_str());
            }
            let mut request = Request::get(format!(
                "http://{}/v2/{}/manifests/{}",
                registry.host(),
                stack.repository(image),
                digest.replace(':', "-")
            ));
            request.accept = Some("application/vnd.oci.image.index.v1+json");
            let beside = request.answer().unwrap().json();
            assert_eq!(beside["manifests"][0]["artifactType"], "application/vnd.keg.manifest.v1+json", "{beside}");
        }
    }
    let info = |image: &str, tag: &str, name: &str| {
        let build = stack.described(image, tag);
        let found = build["info"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
        found["output"].as_str().unwrap().to_owned()
    };
    assert!(info("rstudio", "2026.3-dev", "PY_VER").starts_with("Python 3."));
    assert!(!info("scipy", "2026.3-dev", "APT_PKG_LIST").contains("python3-yaml"));
    assert!(info("scipy", "2026.10-dev", "APT_PKG_LIST").contains("python3-yaml"));
    assert!(info("scipy", "2026.10-dev", "MPMATH").starts_with("1."));
    assert!(workspace.read(".keg/manifests/scipy/2026.10-dev.md").contains("python3-mpmath"));

    // A broken page, and what no image may leave behind: no tag moves, and the reports say what, where and why.
    let (page, dockerfile) = ("images/rstudio/index.html", "images/rstudio/Dockerfile");
    let before = [page, dockerfile].map(|file| workspace.read(file));
    workspace.file(page, "<title>Oops</title>\n");
    workspace.file(dockerfile, format!("{}RUN touch /var/lib/apt/lists/left\n", before[1]));
    let run = stack.build().code(1);
    assert_eq!(results(&run)[2..4], ["rstudio SPRING failed", "rstudio AUTUMN failed"]);
    let run = PLANS.iter().fold(run, |run, (plan, _)| {
        run.complains(&format!(
            "test `rstudio/integration_tests` of rstudio [{plan}] (images/rstudio/image.yml:6): it ended"
        ))
        .complains(&format!(
            "test `tests_common` of rstudio [{plan}] (images/tests_common/tests.yml:3, inherited from the workspace)"
        ))
    });
    let run = run.complains("<title>Oops</title>").complains("test_no_package_lists_are_left");
    run.complains("the whole output: .keg/tests/logs/rstudio@SPRING/tests_common.log");
    assert_eq!(stack.published(), first);
    workspace.file(page, &before[0]).file(dockerfile, &before[1]);

    // Another package for one image: it alone is built, in both plans.
    let of_scipy = workspace.read("images/scipy/Dockerfile");
    workspace.file("images/scipy/Dockerfile", of_scipy.replace("=python3-mpmath", "=\"python3-mpmath python3-tz\""));
    workspace.commit();
    let run = stack.build().success();
    let expected = ["datascience SPRING reused", "datascience AUTUMN reused", "rstudio SPRING reused"];
    let expected = [&expected[..], &["rstudio AUTUMN reused", "scipy SPRING built", "scipy AUTUMN built"]].concat();
    assert_eq!(results(&run), expected);
    assert!(tests(&run).iter().all(|test| test.starts_with("scipy [")), "{}", run.stdout);
    let second = stack.published();
    assert!(second.iter().all(|(tag, digest)| (first[tag] == *digest) != tag.starts_with("scipy")), "{second:?}");

    workspace.keg(["promote", "dev", "stable"]).success().says("promoted");
    let stable = stack.published();
    assert_eq!(stable.len(), 12);
    assert!(all("stable").iter().all(|tag| stable[tag] == second[&tag.replace("-stable", "-dev")]), "{stable:?}");
    workspace.keg(["promote", "dev", "stable"]).success().says("nothing to do");

    workspace.keg(["docs", "--output", "site"]).success();
    let site = workspace.path("site");
    check_links(&site);
    for (plan, prefix) in PLANS {
        let page = workspace.read(format!("site/images/scipy@{plan}.html"));
        let digest = &stable[&format!("scipy:{prefix}-stable")];
        for part in ["<b>+</b> python3-tz", "<h3>System packages</h3>", "promoted from <code>", "3 passed", digest] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
    }
    let a_run = format!("builds/{}", names_of_one(&site.join("builds")));
    for page in ["index.html", "images/scipy@AUTUMN.html", &a_run] {
        for (width, is_dark) in [(1280, false), (400, true)] {
            let found = measured(workspace, &site.join(page), width, is_dark);
            assert_eq!(found["faults"], serde_json::json!([]), "{page} at {width}: {found}");
        }
    }
    let label = format!("label=dev.keg.workspace={}", workspace.root().display());
    assert_eq!(docker(["ps", "--all", "--quiet", "--filter", &label]).success(), "");
}
