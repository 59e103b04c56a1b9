use super::*;

/// A workspace of these images, each with its Dockerfile.
fn workspace(images: &[(String, String)]) -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keg.yml"), "layout: [images/*]\n").unwrap();
    for (name, dockerfile) in images {
        let inside = folder.path().join("images").join(name);
        std::fs::create_dir_all(&inside).unwrap();
        std::fs::write(inside.join("Dockerfile"), dockerfile).unwrap();
    }
    let workspace = Workspace::load(folder.path()).unwrap();
    (folder, workspace)
}

fn check(picture: &Picture) {
    let inside = |area: &Area| {
        area.x >= 0.0 && area.y >= 0.0 && area.x + area.width <= picture.width && area.y + area.height <= picture.height
    };
    for (number, one) in picture.boxes.iter().enumerate() {
        assert!(inside(&one.area), "{one:?} leaves the picture");
        for other in &picture.boxes[number + 1..] {
            assert!(!one.area.meets(&other.area), "{} and {} overlap", one.name, other.name);
        }
        for (text, size) in [(&one.label, NAME_SIZE), (&one.note, NOTE_SIZE)] {
            assert!(PADDING + text_width(text, size) <= one.area.width, "`{text}` leaves its box");
        }
        let is_framed = picture.frames.iter().filter(|frame| frame.area.meets(&one.area)).collect::<Vec<_>>();
        assert!(is_framed.len() <= 1, "{}: {is_framed:?}", one.name);
    }
    for arrow in &picture.arrows {
        assert!(arrow.points.len() >= 2);
        assert!(arrow.points.iter().all(|point| point.0 >= 0.0 && point.0 <= picture.width));
        assert!(arrow.points.is_sorted_by(|one, next| one.0 < next.0), "{arrow:?} does not lead on");
        // Where it goes level, it goes through no box.
        for pair in arrow.points.windows(2).filter(|pair| pair[0].1 == pair[1].1) {
            let line = Area { x: pair[0].0, y: pair[0].1, width: pair[1].0 - pair[0].0, height: 0.0 };
            let hit = picture.boxes.iter().find(|one| one.area.meets(&line));
            assert_eq!(hit.map(|one| &one.name), None, "{arrow:?}");
        }
    }
}

/// A base, `hubs` hubs on it or on each other, and taps on one or two hubs: `images` in all.
fn family(images: usize, hubs: usize) -> Vec<(String, String)> {
    let mut family = vec![("base".to_owned(), "FROM debian:bookworm\n".to_owned())];
    for hub in 0..hubs {
        let on = if hub % 3 == 2 { format!("hub-{}", hub - 1) } else { "base".to_owned() };
        family.push((format!("hub-{hub}"), format!("FROM {on}\nCOPY --from=ghcr.io/acme/tools-of-{hub}:1 /x /x\n")));
    }
    for tap in family.len()..images {
        let copy = if tap % 7 == 0 { format!("COPY --from=hub-{} /x /x\n", (tap + 1) % hubs) } else { String::new() };
        let long = if tap % 11 == 0 { "-with-a-name-that-is-longer-than-any-box-should-be" } else { "" };
        family.push((format!("tap-{tap}{long}"), format!("FROM hub-{}\n{copy}", tap * tap % hubs)));
    }
    family
}

#[test]
fn two_hundred_images_do_not_overlap() {
    for hubs in [1, 4, 20, 90] {
        let (_folder, workspace) = workspace(&family(200, hubs));
        let stale = workspace.iter().map(|(index, _)| (index, "inputs changed".to_owned())).step_by(3).collect();
        let picture = picture(&workspace, &stale);
        assert_eq!(picture.boxes.iter().filter(|one| one.image.is_some()).count(), 200);
        check(&picture);
    }
}

#[test]
fn chains_and_images_alone() {
    let chain = |number: usize| {
        let on = number.checked_sub(1).map_or_else(|| "scratch".to_owned(), |before| format!("image-{before:03}"));
        (format!("image-{number:03}"), format!("FROM {on}\n"))
    };
    let (_folder, chained) = workspace(&(0..200).map(chain).collect::<Vec<_>>());
    check(&picture(&chained, &BTreeMap::new()));

    let alone = |number: usize| (format!("image-{number:03}"), "FROM scratch\n".to_owned());
    let (_folder, separate) = workspace(&(0..200).map(alone).collect::<Vec<_>>());
    let drawn = picture(&separate, &BTreeMap::new());
    check(&drawn);
    assert_eq!(drawn.frames.len(), 1);
    assert!(drawn.width < 1000.0 && drawn.height < 3000.0, "{} x {}", drawn.width, drawn.height);
}

#[test]
fn a_frame_holds_what_has_the_same_parents() {
    let mut images = vec![("base".to_owned(), "FROM scratch\n".to_owned())];
    images.extend((0..6).map(|number| (format!("tap-{number}"), "FROM base\n".to_owned())));
    images.push(("hub".to_owned(), "FROM base\n".to_owned()));
    images.push(("web".to_owned(), "FROM hub\n".to_owned()));
    let (_folder, workspace) = workspace(&images);
    let drawn = picture(&workspace, &BTreeMap::new());
    check(&drawn);
    assert_eq!(drawn.frames.len(), 1);
    let frame = &drawn.frames[0];
    let framed = drawn.boxes.iter().filter(|one| frame.area.meets(&one.area)).map(|one| one.name.as_str());
    assert_eq!(framed.collect::<Vec<_>>(), ["tap-0", "tap-1", "tap-2", "tap-3", "tap-4", "tap-5"]);
    assert_eq!(frame.caption, "on base");
    // One arrow to the frame, one to the hub, one from it.
    assert_eq!(drawn.arrows.len(), 3);
}

#[test]
fn long_names_keep_both_ends() {
    assert_eq!(shortened("web"), "web");
    let name = "ghcr.io/an-organisation/with/a-very-long-name:2026.3";
    let short = shortened(name);
    assert_eq!(short, "ghcr.io/an-organi…y-long-name:2026.3");
    assert!(short.chars().count() <= LONGEST_NAME);
}
