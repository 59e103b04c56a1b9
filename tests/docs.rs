//! Pages about images and builds, with a real engine and a real browser.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Registry, Run, Workspace, command, ensure_with, has_program, run};

/// What is run within a page to measure it.
const MEASURE: &str = include_str!("docs/measure.js");

/// base ← core ← web, api; the images' names.
fn family(workspace: &mut Workspace) -> [String; 4] {
    let root = workspace.root_image();
    let names = ["base", "core", "web", "api"].map(|name| workspace.name(name));
    let [base, core, ..] = &names;
    workspace.file("keg.yml", "layout: { base: [base], hub: [hub/*], taps: [taps/*] }\n");
    for (folder, name, from) in [
        ("base", &names[0], &root),
        ("hub/core", core, base),
        ("taps/web", &names[2], core),
        ("taps/api", &names[3], core),
    ] {
        let manifest = if folder.starts_with("taps") { "tap.yml" } else { "image.yml" };
        workspace.file(format!("{folder}/Dockerfile"), format!("FROM {from}\nRUN echo {folder} > /of-{name}\n"));
        workspace.file(format!("{folder}/{manifest}"), format!("name: {name}\n"));
    }
    workspace.file("taps/web/tap.yml", format!("name: {}\nbuild: {{ args: {{ NPM_TOKEN: hunter2222 }} }}\n", names[2]));
    workspace.commit();
    names
}

/// All HTML files below a folder, by their paths in it.
fn pages(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(pages(&path));
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// Whether each link of the pages leads to a file, and to a place in it, that is there.
pub fn check_links(folder: &Path) {
    let pages = pages(folder);
    let mut links = 0;
    for (path, html) in &pages {
        for link in html.split(" href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let link = link.replace("&#x2f;", "/").replace("&amp;", "&");
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let text =
                std::fs::read_to_string(&target).unwrap_or_else(|_| panic!("{} links to {link}", path.display()));
            assert!(anchor.is_empty() || text.contains(&format!(" id=\"{anchor}\"")), "{}: {link}", path.display());
            links += 1;
        }
    }
    assert!(links > pages.len(), "{links} links on {} pages", pages.len());
}

/// What Chromium makes of a page in a frame of this width: its windows cannot be narrower than 500.
pub fn measured(workspace: &Workspace, page: &Path, width: u32, is_dark: bool) -> Value {
    let (copy, frame) = (page.with_file_name("measured.html"), page.with_file_name("frame.html"));
    let html = std::fs::read_to_string(page).unwrap();
    std::fs::write(&copy, format!("{html}<script>{MEASURE}</script>")).unwrap();
    let framed = format!(
        "<!doctype html><html style=\"color-scheme: light dark\"><script>\
         onmessage = message => document.body.textContent = `answer: ${{message.data}} end`</script>\
         <body><iframe src=\"measured.html\" width=\"{width}\" height=\"900\" style=\"border: 0\"></iframe>"
    );
    std::fs::write(&frame, framed).unwrap();
    let profile = tempfile::tempdir_in(workspace.outside("chromium")).unwrap();
    let mut chromium = command("timeout");
    chromium.args(["120", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]);
    chromium.args(["--disable-background-networking", "--disable-dev-shm-usage", "--dump-dom"]);
    // The answer comes after the page is there.
    chromium.args(["--virtual-time-budget=10000", "--window-size=2600,900"]);
    chromium.arg(format!("--blink-settings=preferredColorScheme={}", if is_dark { 0 } else { 1 }));
    chromium.arg(format!("--user-data-dir={}", profile.path().display())).arg(format!("file://{}", frame.display()));
    let dom = run(chromium.env("HOME", profile.path()), b"").success();
    std::fs::remove_file(copy).unwrap();
    std::fs::remove_file(frame).unwrap();
    let answer = dom.split("<body>answer: ").nth(1).and_then(|rest| rest.split(" end").next());
    let hexadecimal = answer.unwrap_or_else(|| panic!("not measured:\n{dom}")).as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    serde_json::from_slice(&hexadecimal.chunks(2).map(byte).collect::<Vec<_>>()).unwrap()
}

fn names(pages: &[(PathBuf, String)], folder: &str) -> BTreeSet<String> {
    let inside = pages.iter().filter(|(path, _)| path.parent().unwrap().ends_with(folder));
    inside.map(|(path, _)| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn pages_tell_of_images_and_builds() {
    let mut workspace = Workspace::new();
    let [base, core, web, api] = family(&mut workspace);
    workspace.keg(["build"]).success();
    workspace
        .file("hub/core/Dockerfile", format!("FROM {base}\nRUN echo hub/core > /of-{core}\nRUN echo more > /more\n"));
    let failing = "ARG NPM_TOKEN\nRUN echo \"<b>$NPM_TOKEN</b>\"; exit 3\n";
    workspace.file("taps/web/Dockerfile", format!("FROM {core}\n{failing}"));
    workspace.keg(["build", "--report", "run.html"]).code(1);

    // The page of the run: what failed with what it printed, and which steps came from the cache.
    let report = workspace.read("run.html");
    for part in [&*format!("build {web}"), "exit code 3", "&lt;b&gt;", "1 of 2 steps from the cache", "Critical path"] {
        assert!(report.contains(part), "{part} is missing in {report}");
    }
    assert!(!report.contains("hunter2222") && !report.contains("<b>hunter"), "{report}");
    assert!(!report.contains("href"), "one file leads nowhere: {report}");

    let printed = workspace.keg(["docs"]).success().stdout;
    let index = workspace.path(".keg/docs/index.html");
    assert_eq!(Path::new(printed.trim()), index);
    let folder = workspace.path(".keg/docs");
    check_links(&folder);
    let made = pages(&folder);
    assert_eq!(names(&made, "images"), [&base, &core, &web, &api].map(|name| format!("{name}.html")).into());
    assert_eq!(names(&made, "builds").len(), 2);
    assert!(made.iter().all(|(_, html)| !html.contains("hunter2222")));
    let html = std::fs::read_to_string(&index).unwrap();
    let commit = workspace.git(["rev-parse", "--short=12", "HEAD"]);
    for part in ["4 images", "1 not fresh", "last build failed", "main", "to build", commit.trim()] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    // keg's own state stays out of git.
    assert!(!workspace.git(["status", "--porcelain"]).contains(".keg"));

    // The key of an image's page is the label of the image that the engine has.
    let inspected = crate::support::docker([
        "inspect",
        "--format",
        "{{index .Config.Labels \"dev.keg.key\"}}",
        &format!("{core}:main"),
    ]);
    let page = workspace.read(format!(".keg/docs/images/{core}.html"));
    assert!(page.contains(inspected.success().trim()), "{page}");

    // An image that goes takes its page along.
    workspace.remove("taps/api").keg(["docs"]).success();
    assert!(!folder.join(format!("images/{api}.html")).exists());
    check_links(&folder);
}

#[test]
fn pages_are_readable_in_a_browser() {
    ensure_with("chromium", &["chromium"], || has_program("chromium"));
    let mut workspace = Workspace::new();
    let names = family(&mut workspace);
    workspace.keg(["build"]).success();
    workspace.file("taps/web/Dockerfile", format!("FROM {}\nRUN exit 3\n", names[1]));
    workspace.keg(["build"]).code(1);
    workspace.keg(["docs", "--output", "site"]).success();
    let site = workspace.path("site");
    let run = names_of_one(&site.join("builds"));
    for page in ["index.html".to_owned(), format!("images/{}.html", names[2]), format!("builds/{run}")] {
        for (width, is_dark) in [(1280, false), (1280, true), (400, false), (400, true)] {
            let found = measured(&workspace, &site.join(&page), width, is_dark);
            assert_eq!(found["faults"], serde_json::json!([]), "{page}: {found}");
            assert_eq!((found["width"].as_u64(), found["isDark"].as_bool()), (Some(width.into()), Some(is_dark)));
            assert!(found["texts"].as_u64() > Some(10), "{page}: {found}");
        }
    }
}

pub fn names_of_one(folder: &Path) -> String {
    let entry = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    entry.file_name().into_string().unwrap()
}

#[test]
fn two_hundred_images_do_not_overlap_in_a_browser() {
    ensure_with("chromium", &["chromium"], || has_program("chromium"));
    let mut workspace = Workspace::new();
    workspace.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    workspace.file("keg.yml", "").file("base/Dockerfile", "FROM debian:bookworm\n");
    for hub in 0..8 {
        let on = if hub % 3 == 2 { format!("hub-{}", hub - 1) } else { "base".to_owned() };
        workspace.file(format!("hub/hub-{hub}/Dockerfile"), format!("FROM {on}\n"));
    }
    for tap in 0..191 {
        let name =
            if tap % 31 == 0 { format!("tap-{tap}-with-a-name-that-is-longer-than-any") } else { format!("tap-{tap}") };
        let copy = if tap % 23 == 0 { format!("COPY --from=hub-{} /x /x\n", (tap + 1) % 8) } else { String::new() };
        workspace.file(format!("taps/{name}/Dockerfile"), format!("FROM hub-{}\n{copy}", tap * tap % 8));
    }
    // Without an engine there are pages all the same, which say what is not known.
    workspace.keg(["docs", "--output", "site"]).success();
    let index = workspace.path("site/index.html");
    assert!(std::fs::read_to_string(&index).unwrap().contains("is not known"));
    check_links(&workspace.path("site"));
    for (width, is_dark) in [(1280, false), (400, true)] {
        let found = measured(&workspace, &index, width, is_dark);
        assert_eq!(found["faults"], serde_json::json!([]), "{found}");
        assert_eq!(found["boxes"], 201);
    }
    // The picture alone as well.
    let svg = workspace.keg(["graph", "--format", "svg"]).success().stdout;
    workspace.file("graph.html", format!("<!doctype html><style>body {{ overflow: hidden }}</style>{svg}"));
    let found = measured(&workspace, &workspace.path("graph.html"), 2400, false);
    assert_eq!((&found["boxes"], &found["faults"]), (&Value::from(201), &serde_json::json!([])), "{found}");
}

#[test]
fn a_picture_marks_what_is_to_be_built() {
    let mut workspace = Workspace::new();
    let [_, core, ..] = family(&mut workspace);
    let stale = |workspace: &Workspace| {
        workspace.keg(["graph", "--format", "svg", "--stale"]).success().stdout.matches("keg-stale\"").count()
    };
    assert_eq!(stale(&workspace), 4);
    workspace.keg(["build"]).success();
    assert_eq!(stale(&workspace), 0);
    workspace
        .file("hub/core/new", "")
        .keg(["graph", "--format", "svg", "--stale"])
        .success()
        .says(&format!("href=\"#{core}\""));
    assert_eq!(stale(&workspace), 3);
    workspace.keg(["graph", "--stale"]).code(2).complains("--format svg");
    workspace.keg(["status", "--format", "svg"]).code(2).complains("keg graph");
}

#[test]
fn nothing_is_overwritten_and_nothing_written_in_a_trial() {
    let mut workspace = Workspace::new();
    family(&mut workspace);
    workspace.keg(["docs", "--dry-run"]).success().says(".keg/docs/index.html");
    assert!(!workspace.path(".keg/docs").exists());
    let json = workspace.keg(["docs", "--output", "site", "--format", "json"]).success().json();
    assert_eq!(json["pages"].as_array().unwrap().len(), 5, "{json}");
    assert!(Path::new(json["index"].as_str().unwrap()).is_file());

    workspace.file("other/notes.txt", "mine").file("mine.html", "<p>mine");
    workspace.keg(["docs", "--output", "other"]).code(2).complains("other things");
    assert!(!workspace.path("other/index.html").exists());
    workspace.keg(["build", "--report", "mine.html"]).code(2).complains("no page of keg's");
    workspace.keg(["build", "--report", "no/such/folder.html"]).code(2).complains("folder.html");
    assert_eq!(workspace.read("mine.html"), "<p>mine");
    workspace.keg(["build", "--report", "run.html", "--dry-run"]).code(2).complains("--dry-run");
    // Nothing of that has built anything.
    assert!(!workspace.path(".keg/runs").exists());
}

#[test]
fn pages_tell_which_images_are_stable() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let [base, core, ..] = family(&mut workspace);
    let namespace = format!("{}/{}", registry.host(), workspace.name("docs"));
    workspace.file("keg.yml", format!("registry: {namespace}\n{}", workspace.read("keg.yml")));
    workspace.keg(["build", "--push"]).success();
    workspace.keg(["promote", "main", "stable", "--dry-run"]).success();
    assert!(!workspace.path(".keg/promotions").exists());
    workspace.keg(["promote", "main", "stable"]).success();
    let page = |workspace: &Workspace, image: &str| {
        workspace.keg(["docs"]).success();
        workspace.read(format!(".keg/docs/images/{image}.html"))
    };
    let stable = "the newest build, promoted from <code>main</code>";
    let html = page(&workspace, &core);
    let (digest, _) = registry.manifest(&format!("{}/{core}", workspace.name("docs")), "stable").unwrap();
    assert!(html.contains(stable) && html.contains("by Test") && html.contains(&digest), "{html}");

    // core goes on, and stable stays where it is.
    workspace.file("hub/core/Dockerfile", format!("FROM {base}\nRUN echo newer > /newer\n"));
    workspace.keg(["build", "--push"]).success();
    let html = page(&workspace, &core);
    assert!(html.contains("an earlier build, promoted from") && html.contains(&digest), "{html}");
    assert!(page(&workspace, &base).contains(stable));
    assert_eq!(workspace.read(".keg/docs/index.html").matches("stable (an earlier build)").count(), 3);
}

#[test]
fn an_image_page_shows_what_its_manifests_say() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let [base, core, web, _] = family(&mut workspace);
    let info = "info: { PACKAGES: { description: The packages, run: cat /packages } }";
    let namespace = format!("{}/{}", registry.host(), workspace.name("docs"));
    workspace.file("keg.yml", format!("registry: {namespace}\n{info}\n{}", workspace.read("keg.yml")));
    workspace.file("base/image.yml", format!("name: {base}\ninfo: [PACKAGES]\ntests: [run: grep numpy /packages]\n"));
    let root = workspace.root_image();
    let packages = |workspace: &Workspace, lines: &str| {
        workspace.file("base/packages", lines).file("base/Dockerfile", format!("FROM {root}\nCOPY packages /\n"));
        workspace.commit();
        workspace.keg(["build", "--test", "--push", "--manifest"]).success();
    };
    packages(&workspace, "numpy 1.26.4\nsix 1.16\npip 24.0\n");
    packages(&workspace, "numpy 2.0.0\npip 24.0\nuv 0.4\n");
    workspace.keg(["docs"]).success();
    let folder = workspace.path(".keg/docs");
    check_links(&folder);

    let page = workspace.read(format!(".keg/docs/images/{core}.html"));
    let repository = format!("{}/{core}", workspace.name("docs"));
    let (digest, manifest) = registry.manifest(&repository, "main").unwrap();
    let parent = registry.manifest(&format!("{}/{base}", workspace.name("docs")), "main").unwrap().0;
    for part in [
        "<b>+</b> uv <code>0.4</code>",
        "<b>−</b> six <code>1.16</code>",
        "<b>~</b> numpy <code>1.26.4</code> → <code>2.0.0</code>",
        "<h3>The packages</h3>",
        "1 passed",
        " compressed",
        "packages: 1 added, 1 removed, 1 changed",
        &digest,
        &parent,
        workspace.git(["rev-parse", "HEAD"]).trim(),
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    for layer in manifest["layers"].as_array().unwrap() {
        assert!(page.contains(layer["digest"].as_str().unwrap()), "{layer} is missing in {page}");
    }
    // The tests of the run stand in the rows of their images.
    let index = workspace.read(".keg/docs/index.html");
    assert!(index.contains("class=\"bar test"), "{index}");
    assert_eq!(index.matches("1 passed").count(), 4, "{index}");
    let timeline = index.split("<div class=\"timeline\">").nth(1).unwrap().split("</ol>").next().unwrap();
    let rows = timeline.matches("<li").count();
    assert_eq!(rows, 5, "four images and their publication: {index}");
    assert!(index.contains(&format!("images&#x2f;{web}.html")));
}

#[test]
fn the_browser_gets_the_first_page() {
    let mut workspace = Workspace::new();
    family(&mut workspace);
    let opened = workspace.outside("opened").join("address");
    workspace.script("show", &format!("#!/bin/sh\nprintf %s \"$1\" > {}\n", opened.display()));
    workspace.env("BROWSER", "show").env("DISPLAY", ":0");
    Run::of(workspace.keg_command(["docs", "--open"]), "").success();
    let address = std::fs::read_to_string(&opened).unwrap();
    assert_eq!(address, format!("file://{}", workspace.path(".keg/docs/index.html").display()));
}
