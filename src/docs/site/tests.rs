use std::collections::BTreeSet;

use super::*;
use crate::docs::{Info, Layer, Promoted, State, Tests};
use crate::runs::{ImageResult, StepRecord};

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}";

fn build(number: u64, text: &str) -> ImageBuild {
    ImageBuild {
        created: format!("2026-11-{:02}T12:00:00Z", 20 - number),
        branch: Some(text.to_owned()),
        revision: Some(text.to_owned()),
        dirty: true,
        key: text.to_owned(),
        reference: Some(text.to_owned()),
        digest: Some(text.to_owned()),
        tags: vec![text.to_owned()],
        compressed_size: Some(1_000_000 * number),
        size: Some(2_000_000 * number),
        layers: vec![Layer { digest: text.to_owned(), size: Some(7) }],
        parent: Some((text.to_owned(), Some(format!("{text}{number}")))),
        build_args: [(text.to_owned(), format!("{text}{number}"))].into(),
        info: vec![
            Info { name: text.to_owned(), description: Some(text.to_owned()), output: format!("{text}\n{number}\n") },
            Info {
                name: "PACKAGES".to_owned(),
                description: None,
                output: format!("numpy 1.{number}\npip 24.0\nonly-{number} 1\n"),
            },
        ],
        tests: Some(Tests { count: 3, passed: false }),
    }
}

fn run(name: &str, text: &str) -> RunRecord {
    let step = StepRecord {
        subject: text.to_owned(),
        verb: "build".to_owned(),
        result: "failed".to_owned(),
        seconds: 2.0,
        cache: Some((4, 2)),
        error: Some(text.to_owned()),
        ..StepRecord::default()
    };
    let image = ImageResult {
        name: name.to_owned(),
        tags: vec![text.to_owned()],
        result: "failed".to_owned(),
        reason: text.to_owned(),
        size: Some(1),
        ..ImageResult::default()
    };
    RunRecord {
        version: 1,
        began: "2026-11-20T12:00:00Z".to_owned(),
        seconds: 3.0,
        branch: Some(text.to_owned()),
        revision: Some(text.to_owned()),
        images: vec![image],
        steps: vec![step.clone(), StepRecord { subject: name.to_owned(), ..step }],
        ..RunRecord::default()
    }
}

fn image(name: &str, text: &str, builds: u64) -> DocumentedImage {
    DocumentedImage {
        name: name.to_owned(),
        kind: "tap".to_owned(),
        alias: Some(text.to_owned()),
        folder: text.to_owned(),
        state: Some(State { is_fresh: false, word: "to build", reason: text.to_owned(), key: String::new() }),
        parents: vec![(text.to_owned(), false)],
        children: Vec::new(),
        builds: (0..builds).map(|number| build(number, text)).collect(),
        promotions: vec![Promoted {
            tag: "stable".to_owned(),
            from: text.to_owned(),
            digest: text.to_owned(),
            when: text.to_owned(),
            who: Some(text.to_owned()),
            is_newest: Some(false),
        }],
    }
}

fn site(text: &str) -> Site {
    let mut web = image("org/web [gpu]", text, 3);
    web.parents.push(("base".to_owned(), true));
    let mut base = image("base", text, 2);
    base.children = vec!["org/web [gpu]".to_owned(), "never".to_owned()];
    Site {
        title: text.to_owned(),
        made: "2026-11-20T12:00:00Z".to_owned(),
        branch: Some(text.to_owned()),
        revision: Some(text.to_owned()),
        registry: Some(text.to_owned()),
        images: vec![base, web, image("never", text, 0)],
        graph: "<svg><a href=\"images/base.html\"></a></svg>".to_owned(),
        runs: vec![run("base", text), run("org/web [gpu]", text)],
        notes: vec![text.to_owned()],
    }
}

/// The values of an attribute in a page.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let opening = format!(" {name}=\"");
    let values = html.split(&opening).skip(1).map(|rest| rest.split('"').next().unwrap());
    values.map(|value| value.replace("&#x2f;", "/").replace("&amp;", "&")).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages(&site("plain")).unwrap();
    let paths: BTreeSet<&str> = pages.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths.len(), pages.len());
    let mut links = 0;
    for (path, html) in &pages {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for link in attributes(html, "href") {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match (file, file.strip_prefix("../")) {
                ("", _) => path.clone(),
                (_, Some(above)) => above.to_owned(),
                (file, None) if folder.is_empty() => file.to_owned(),
                (file, None) => format!("{folder}/{file}"),
            };
            let found = pages.iter().find(|(path, _)| *path == target);
            assert!(found.is_some(), "{path} links to {link}");
            let (_, html) = found.unwrap();
            assert!(anchor.is_empty() || attributes(html, "id").contains(&anchor.to_owned()), "{path}: {link}");
            links += 1;
        }
    }
    assert!(links > 20, "{links}");
}

#[test]
fn hostile_text_is_only_text() {
    for (path, html) in pages(&site(HOSTILE)).unwrap() {
        assert!(html.contains("&lt;script&gt;alert(1)"), "{path} does not show it");
        for part in ["<script", "<img", "onerror=alert(2)>", "\"'>"] {
            assert!(!html.contains(part), "{part} in {path}");
        }
        assert!(!html.contains("49"), "{path}");
    }
    let html = crate::docs::report::page(HOSTILE, &run("base", HOSTILE)).unwrap();
    assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<script") && !html.contains("<img"));
}

#[test]
fn pages_need_nothing_from_elsewhere() {
    for (path, html) in pages(&site("plain")).unwrap() {
        for part in ["<script", "<link", "@import", "url(http", "src=", "href=\"http", "//cdn"] {
            assert!(!html.contains(part), "{part} in {path}");
        }
        assert!(html.contains("prefers-color-scheme: dark") && html.contains("max-width: 700px"), "{path}");
    }
}

#[test]
fn an_image_page_says_what_changed() {
    let pages = pages(&site("plain")).unwrap();
    let (_, html) = pages.iter().find(|(path, _)| path == "images/org+web@gpu.html").unwrap();
    for part in [
        "<b>+</b> only-0 <code>1</code>",
        "<b>−</b> only-1 <code>1</code>",
        "<b>~</b> numpy <code>1.1</code> → <code>1.0</code>",
        "size: −2.0 MB",
        "<del>− 1</del>",
        "<ins>+ 0</ins>",
        "<code>plain1</code>",
        "3 not passed",
        "<code>keg test org&#x2f;web --plan gpu</code>",
        "<dt><code class=\"stable\">stable</code></dt><dd>an earlier build",
        "<a href=\"../images&#x2f;base.html\">base</a>",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    let (_, html) = pages.iter().find(|(path, _)| path == "images/never.html").unwrap();
    assert!(html.contains("keg build never"), "{html}");
}

#[test]
fn the_index_says_what_there_is() {
    let (_, html) = &pages(&site("plain")).unwrap()[0];
    for part in
        ["3 images", "3 not fresh", "last build failed", "stable (an earlier build)", "Critical path", "never here"]
    {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    // What failed once and is not there any more is the past.
    let mut mended = site("plain");
    mended.images.iter_mut().filter_map(|image| image.state.as_mut()).for_each(|state| state.is_fresh = true);
    let is_told = |site: &Site| pages(site).unwrap()[0].1.contains("last build failed");
    assert!(is_told(&mended), "the failed one is the one that is there");
    mended
        .images
        .iter_mut()
        .filter_map(|image| image.state.as_mut())
        .for_each(|state| state.key = "another".to_owned());
    assert!(!is_told(&mended));
    // Two runs of the same second have pages of their own.
    assert!(html.contains("builds&#x2f;2026-11-20T12-00-00Z.html") && html.contains("2026-11-20T12-00-00Z.2.html"));
}
