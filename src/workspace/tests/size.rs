use std::time::Instant;

use super::*;
use crate::graph::{Graph, text_tree};

#[test]
fn a_thousand_images_load_quickly() {
    let tree = Tree::new(&[("keg.yml", "registry: ghcr.io/acme"), ("base/Dockerfile", "FROM debian")]);
    for number in 0..999 {
        let folder = tree.root().join(format!("hub/image-{number:03}"));
        std::fs::create_dir_all(&folder).unwrap();
        let parent = if number == 0 { "base".to_owned() } else { format!("image-{:03}", number / 2) };
        let parent = if number == 1 { "base".to_owned() } else { parent };
        std::fs::write(folder.join("Dockerfile"), format!("FROM ghcr.io/acme/{parent}\nRUN x\n")).unwrap();
        std::fs::write(folder.join("image.yml"), format!("alias: a{number}\n")).unwrap();
    }
    let start = Instant::now();
    let workspace = tree.load().unwrap();
    let took = start.elapsed();
    assert_eq!(workspace.images.len(), 1000);
    assert_eq!(Graph::new(&workspace).order().len(), 1000);
    assert_eq!(text_tree(&workspace).lines().count(), 1000);
    assert!(took.as_secs() < 5, "{took:?}");
}
