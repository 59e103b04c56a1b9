use proptest::prelude::*;

use super::*;

fn graph(parents: &[&[usize]]) -> Graph {
    Graph::from_parents(parents.iter().map(|parents| parents.iter().copied().map(ImageIndex).collect()).collect())
}

fn numbers(images: impl IntoIterator<Item = ImageIndex>) -> Vec<usize> {
    images.into_iter().map(|image| image.0).collect()
}

/// 0 base, 1 A, 2 A1, 3 B, 4 B1, 5 B2.
fn family() -> Graph {
    graph(&[&[], &[0], &[1], &[0], &[3], &[3]])
}

#[test]
fn parents_come_first() {
    let levels: Vec<Vec<usize>> = family().levels().into_iter().map(numbers).collect();
    assert_eq!(levels, [vec![0], vec![1, 3], vec![2, 4, 5]]);
    assert_eq!(numbers(family().order()), [0, 1, 3, 2, 4, 5]);
    // 3 is on the level below its deepest parent.
    assert_eq!(numbers(graph(&[&[], &[0], &[1], &[0, 2]]).order()), [0, 1, 2, 3]);
    assert_eq!(numbers(graph(&[]).order()), Vec::<usize>::new());
}

#[test]
fn ancestors_and_descendants() {
    let graph = family();
    for (images, ancestors, descendants) in [
        (vec![0], vec![], vec![1, 2, 3, 4, 5]),
        (vec![3], vec![0], vec![4, 5]),
        (vec![2], vec![0, 1], vec![]),
        (vec![1, 4], vec![0, 3], vec![2]),
        (vec![1, 2], vec![0, 1], vec![2]),
        (vec![], vec![], vec![]),
    ] {
        let images: Vec<ImageIndex> = images.into_iter().map(ImageIndex).collect();
        assert_eq!(numbers(graph.ancestors(images.clone())), ancestors);
        assert_eq!(numbers(graph.descendants(images)), descendants);
    }
}

#[test]
fn cycles() {
    assert_eq!(family().cycle(), None);
    assert_eq!(numbers(graph(&[&[0]]).cycle().unwrap()), [0]);
    assert_eq!(numbers(graph(&[&[2], &[0], &[1], &[2]]).cycle().unwrap()), [0, 2, 1]);
    // 0 hangs on the circle of 1 and 2 but is no part of it.
    assert_eq!(numbers(graph(&[&[2], &[2], &[1]]).cycle().unwrap()), [1, 2]);
}

#[test]
fn a_chain_of_many_images_is_no_problem() {
    let parents = (0..100_000_usize).map(|image| image.checked_sub(1).map(ImageIndex).into_iter().collect()).collect();
    let graph = Graph::from_parents(parents);
    assert_eq!(graph.order().len(), 100_000);
    assert_eq!(graph.descendants([ImageIndex(0)]).len(), 99_999);
    assert_eq!(graph.cycle(), None);
}

proptest! {
    #[test]
    fn an_order_or_a_cycle(edges in prop::collection::vec((0..12_usize, 0..12_usize), 0..30)) {
        let mut parents = vec![BTreeSet::new(); 12];
        for (child, parent) in edges {
            parents[child].insert(ImageIndex(parent));
        }
        let graph = Graph::from_parents(parents.into_iter().map(|parents| parents.into_iter().collect()).collect());
        match graph.cycle() {
            Some(circle) => {
                for (position, image) in circle.iter().enumerate() {
                    let next = circle[(position + 1) % circle.len()];
                    prop_assert!(graph.parents(*image).contains(&next));
                }
            }
            None => {
                let order = graph.order();
                prop_assert_eq!(order.len(), 12);
                for (position, image) in order.iter().enumerate() {
                    let before = &order[..position];
                    prop_assert!(graph.parents(*image).iter().all(|parent| before.contains(parent)));
                }
            }
        }
    }
}

fn workspace() -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("keg.yml", "registry: ghcr.io/acme\n"),
        ("base/Dockerfile", "FROM debian:bookworm\n"),
        ("hub/core/Dockerfile", "FROM base\n"),
        ("hub/core/image.yml", "alias: c\n"),
        ("hub/tools/Dockerfile", "FROM base\n"),
        ("taps/web/Dockerfile", "FROM core\nCOPY --from=tools /x /x\nCOPY --from=ghcr.io/other/uv:1 /uv /uv\n"),
        ("taps/web/tap.yml", "depends_on: [notes]\n"),
        ("taps/notes/Dockerfile", "FROM scratch\n"),
        ("taps/web-2/Dockerfile", "FROM tools\n"),
    ] {
        std::fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    let workspace = Workspace::load(folder.path()).unwrap();
    (folder, workspace)
}

#[test]
fn tree() {
    insta::assert_snapshot!(text_tree(&workspace().1), @r"
        base (base) ← debian:bookworm
        ├── core (hub)
        │   └── web (tap) ← ghcr.io/other/uv:1
        └── tools (hub)
            ├── web (tap) (above)
            └── web-2 (tap)
        notes (tap)
        └── web (tap) (above)
        ");
}

#[test]
fn dot_and_mermaid() {
    insta::assert_snapshot!(dot(&workspace().1), @r#"
        digraph keg {
          rankdir=LR;
          node [shape=box];
          "base" [label="base\nbase"];
          "core" [label="core\nhub"];
          "notes" [label="notes\ntap"];
          "tools" [label="tools\nhub"];
          "web" [label="web\ntap"];
          "web-2" [label="web-2\ntap"];
          "debian:bookworm" [style=dashed];
          "debian:bookworm" -> "base";
          "base" -> "core";
          "base" -> "tools";
          "ghcr.io/other/uv:1" [style=dashed];
          "core" -> "web";
          "tools" -> "web";
          "ghcr.io/other/uv:1" -> "web";
          "notes" -> "web" [style=dotted];
          "tools" -> "web-2";
        }
        "#);
    insta::assert_snapshot!(mermaid(&workspace().1), @r#"
        flowchart LR
          i0[["base"]]
          i1["core"]
          i2("notes")
          i3["tools"]
          i4("web")
          i5("web-2")
          o0>"debian:bookworm"]
          o0 --> i0
          i0 --> i1
          i0 --> i3
          i1 --> i4
          i3 --> i4
          o1>"ghcr.io/other/uv:1"]
          o1 --> i4
          i2 -.-> i4
          i3 --> i5
        "#);
}

#[test]
fn json_has_edges_and_levels() {
    let value = json(&workspace().1);
    assert_eq!(value["levels"], serde_json::json!([["base", "notes"], ["core", "tools"], ["web", "web-2"]]));
    let web = value["images"].as_array().unwrap().iter().find(|image| image["name"] == "web").unwrap();
    assert_eq!(web["kind"], "tap");
    assert_eq!(
        web["parents"][1],
        serde_json::json!({
            "image": "tools", "in_workspace": true, "by": "copy_from",
            "file": "taps/web/Dockerfile", "line": 2, "written": "tools",
        })
    );
    assert_eq!(web["parents"][3]["by"], "depends_on");
    assert_eq!(value["images"][0]["children"], serde_json::json!(["core", "tools"]));
}
