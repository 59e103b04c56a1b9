use super::*;
use crate::watch::rule::tests::rule;

fn entry(path: &str, kind: EntryKind, modified: i64) -> Entry {
    Entry { path: path.to_owned(), kind, mode: 0o644, size: 1, modified, identity: Default::default() }
}

/// `a` is a file, `a/` a folder, `a->b` a link; `a@2` is changed at 2.
fn listing(paths: &[&str]) -> Listing {
    let read = |text: &&str| {
        let (text, modified) = text.split_once('@').map_or((*text, 1), |(text, time)| (text, time.parse().unwrap()));
        let entry = match (text.strip_suffix('/'), text.split_once("->")) {
            (Some(folder), _) => entry(folder, EntryKind::Directory, modified),
            (_, Some((link, target))) => entry(link, EntryKind::Symlink { target: target.to_owned() }, modified),
            _ => entry(text, EntryKind::File, modified),
        };
        (entry.path.clone(), entry)
    };
    paths.iter().map(read).collect()
}

/// `+` what is copied, `-` what is deleted; and what is known is what is there afterwards.
fn shown(known: &[&str], touched: &[&str], seen: &[&str]) -> String {
    let (mut known, seen) = (listing(known), listing(seen));
    let touched: BTreeSet<String> = touched.iter().map(|path| (*path).to_owned()).collect();
    let changes = changes(&known, &touched, &seen);
    remember(&mut known, &touched, seen.clone());
    for path in &touched {
        let left: Vec<_> = at_and_below(&known, path).map(|entry| &entry.path).collect();
        let there: Vec<_> = at_and_below(&seen, path).map(|entry| &entry.path).collect();
        assert_eq!(left, there, "{path}");
    }
    let copies = changes.copies.iter().map(|entry| format!("+{}", entry.path));
    copies.chain(changes.deletions.iter().map(|path| format!("-{path}"))).collect::<Vec<_>>().join(" ")
}

#[test]
fn files_come_change_and_go() {
    assert_eq!(shown(&["a", "b"], &["a"], &["a@2"]), "+a");
    assert_eq!(shown(&["a", "b"], &["a"], &["a"]), "", "a report without a change");
    assert_eq!(shown(&["a"], &["c"], &["c"]), "+c");
    assert_eq!(shown(&["a", "b"], &["a"], &[]), "-a");
    assert_eq!(shown(&["a"], &["temporary"], &[]), "", "it came and went between two looks");
    assert_eq!(shown(&[], &[""], &["a", "b"]), "+a +b");
}

#[test]
fn a_rename_and_an_atomic_save() {
    assert_eq!(shown(&["a"], &["a", "b"], &["b"]), "+b -a");
    assert_eq!(shown(&["a"], &["a", "a.tmp"], &["a@2"]), "+a");
}

#[test]
fn folders_go_as_a_whole() {
    let known = ["d/", "d/a", "d/e/", "d/e/b", "d-x", "d0"];
    assert_eq!(shown(&known, &["d"], &[]), "-d");
    assert_eq!(shown(&known, &["d", "d/a", "d/e/b"], &[]), "-d");
    assert_eq!(shown(&known, &["d/e", "d/e/b"], &[]), "-d/e");
    assert_eq!(shown(&known, &["d", "f"], &["f/", "f/a", "f/e/", "f/e/b"]), "+f +f/a +f/e +f/e/b -d");
    assert_eq!(shown(&known, &[""], &["d-x", "d0"]), "-d");
}

#[test]
fn a_folder_whose_files_have_changed_is_not_copied_itself() {
    assert_eq!(shown(&["d/", "d/a"], &["d"], &["d/@2", "d/a"]), "");
    assert_eq!(shown(&["d/", "d/a"], &["d"], &["d/@2", "d/a", "d/b"]), "+d/b");
}

#[test]
fn files_take_the_place_of_folders_and_the_other_way_round() {
    assert_eq!(shown(&["d/", "d/a"], &["d", "d/a"], &["d"]), "+d");
    assert_eq!(shown(&["d"], &["d"], &["d/", "d/a"]), "+d +d/a");
    assert_eq!(shown(&["d/", "d/a"], &["d"], &["d->e"]), "+d");
    assert_eq!(shown(&["l->a"], &["l"], &["l->b"]), "+l");
}

#[test]
fn what_lies_below_another_path_need_not_be_looked_at() {
    let top =
        |paths: &[&str]| topmost(paths.iter().map(|path| (*path).to_owned()).collect()).into_iter().collect::<Vec<_>>();
    assert_eq!(top(&["a/b", "a", "a-b", "a/b/c", "x/y"]), ["a", "a-b", "x/y"]);
    assert_eq!(top(&["", "a"]), [""]);
}

#[test]
fn actions_of_several_rules_come_together() {
    let mut rules = vec![rule("/a", "/a"), rule("/b", "/b"), rule("/c", ""), rule("/d", "")];
    rules[1].action = WatchAction::SyncRestart;
    rules[2].action = WatchAction::Restart;
    rules[3].action = WatchAction::Rebuild;
    rules[2].service = "db".to_owned();
    let changed = Changes { copies: Vec::new(), deletions: vec!["x".to_owned()] };
    let of = |which: [bool; 4]| {
        let changes = which.map(|is| if is { changed.clone() } else { Changes::default() });
        let work = work(&rules, &changes);
        (work.rebuild, work.copies, work.restarts.into_iter().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(of([true, false, false, false]), (false, vec![0], String::new()));
    assert_eq!(of([true, true, true, false]), (false, vec![0, 1], "db web".to_owned()));
    assert_eq!(of([false, false, true, false]), (false, vec![], "db".to_owned()));
    assert_eq!(of([true, true, true, true]), (true, vec![], String::new()));
    assert_eq!(of([false; 4]), (false, vec![], String::new()));
}

#[test]
fn what_was_copied_is_told_by_its_files() {
    let changes = Changes { copies: listing(&["d/", "d/a", "l->a"]).into_values().collect(), deletions: Vec::new() };
    assert_eq!(changes.copied_paths(), ["d/a", "l"]);
    let changes = Changes { copies: listing(&["d/"]).into_values().collect(), deletions: Vec::new() };
    assert_eq!(changes.copied_paths(), ["d"]);
}

#[test]
fn what_is_written_anew_has_not_changed() {
    let (known, seen) = (listing(&["a", "b", "c", "l->a"]), listing(&["a@2", "b@2", "c@2", "l->b", "new"]));
    let digests = |pairs: &[(&str, u8)]| -> Digests {
        pairs.iter().map(|(path, byte)| ((*path).to_owned(), [*byte; 32])).collect()
    };
    let (before, now) = (digests(&[("a", 1), ("b", 1)]), digests(&[("a", 1), ("b", 2), ("new", 1)]));
    let all = changes(&known, &BTreeSet::from([String::new()]), &seen);
    let left = all.without_rewritten(&known, &before, &now);
    assert_eq!(left.copied_paths(), ["b", "c", "l", "new"]);
}
