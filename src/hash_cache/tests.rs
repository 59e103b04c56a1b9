use std::thread;

use super::*;

const LONG_AGO: i64 = 1_000_000_000_000_000_000;

fn stamp(size: u64) -> Stamp {
    let identity = FileIdentity { device: 1, inode: 2, changed: LONG_AGO };
    Stamp { size, modified: LONG_AGO, identity }
}

fn file(root: &Path) -> PathBuf {
    root.join(".keg/hashes")
}

#[test]
fn what_is_put_is_there_after_a_reload() {
    let folder = tempfile::tempdir().unwrap();
    let (inside, outside) = ("a/é", "/other/b");
    let cache = HashCache::load(folder.path());
    cache.put(inside, stamp(1), [1; 32], now());
    cache.put(outside, stamp(2), [2; 32], now());
    cache.save().unwrap();
    let cache = HashCache::load(folder.path());
    assert_eq!(cache.get(inside, stamp(1)), Some([1; 32]));
    assert_eq!(cache.get(outside, stamp(2)), Some([2; 32]));
    assert_eq!(fs::read_to_string(folder.path().join(".keg/.gitignore")).unwrap(), "*\n");
    assert_eq!(fs::read_dir(folder.path().join(".keg")).unwrap().count(), 2, "no temporary file is left");
}

#[test]
fn a_moved_workspace_keeps_its_digests() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    fs::create_dir(&old).unwrap();
    let cache = HashCache::load(&old);
    cache.put("a", stamp(1), [1; 32], now());
    cache.save().unwrap();
    fs::rename(&old, &new).unwrap();
    assert_eq!(HashCache::load(&new).get("a", stamp(1)), Some([1; 32]));
}

#[test]
fn each_part_of_the_stamp_counts() {
    let folder = tempfile::tempdir().unwrap();
    let cache = HashCache::load(folder.path());
    let path = "a";
    cache.put(path, stamp(1), [1; 32], now());
    let base = stamp(1);
    let other = |change: fn(&mut Stamp)| {
        let mut stamp = base;
        change(&mut stamp);
        stamp
    };
    for stamp in [
        other(|stamp| stamp.size += 1),
        other(|stamp| stamp.modified += 1),
        other(|stamp| stamp.identity.inode += 1),
        other(|stamp| stamp.identity.device += 1),
        other(|stamp| stamp.identity.changed += 1),
    ] {
        assert_eq!(cache.get(path, stamp), None, "{stamp:?}");
    }
    assert_eq!(cache.get(path, base), Some([1; 32]));
    assert_eq!(cache.get("b", base), None);
}

#[test]
fn a_file_changed_shortly_before_its_hash_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let cache = HashCache::load(folder.path());
    let path = "a";
    for (hashed, trusted) in [(1, true), (0, false), (-GRANULARITY, false)] {
        cache.put(path, stamp(1), [1; 32], LONG_AGO + GRANULARITY + hashed);
        assert_eq!(cache.get(path, stamp(1)).is_some(), trusted, "{hashed}");
    }
    let mut touched = stamp(1);
    touched.identity.changed = now();
    cache.put(path, touched, [1; 32], now());
    assert_eq!(cache.get(path, touched), None, "an old modification time can be set, a change time cannot");
}

#[test]
fn a_real_edit_within_one_tick_is_seen() {
    use crate::context::{Context, digests};
    use crate::dockerignore::DockerIgnore;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a");
    let value = || {
        let cache = HashCache::load(folder.path());
        let context = Context::walk(folder.path(), &DockerIgnore::parse("", ".keg").unwrap()).unwrap();
        let value = digests(&context, &cache).unwrap()["a"].clone();
        cache.save().unwrap();
        value
    };
    let mut seen = Vec::new();
    for content in ["one", "two", "six", "ten"] {
        let opened = fs::File::options().write(true).create(true).truncate(true).open(&file).unwrap();
        fs::write(&file, content).unwrap();
        opened.set_modified(UNIX_EPOCH).unwrap();
        seen.push(value());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
}

#[test]
fn torn_foreign_and_other_versions_count_as_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = "a";
    let cache = HashCache::load(folder.path());
    cache.put(path, stamp(1), [1; 32], now());
    cache.put("b", stamp(1), [2; 32], now());
    cache.save().unwrap();
    let whole = fs::read(file(folder.path())).unwrap();
    let found = |bytes: &[u8]| {
        fs::write(file(folder.path()), bytes).unwrap();
        HashCache::load(folder.path()).get(path, stamp(1)).is_some()
    };
    assert!(found(&whole));
    for length in 0..whole.len() {
        assert!(!found(&whole[..length]), "cut to {length}");
    }
    for place in 0..whole.len() {
        let mut broken = whole.clone();
        broken[place] ^= 0x10;
        assert!(!found(&broken), "byte {place} changed");
    }
    assert!(!found(&[whole.as_slice(), b"x"].concat()));
    assert!(!found(b"not a cache at all, just some longer text that means nothing"));
    let mut huge = whole;
    huge[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(!found(&huge));
}

#[test]
fn names_are_relative_in_the_workspace_only() {
    let cache = HashCache::load(Path::new("/w"));
    for (path, name) in [("/w/a/b", "a/b"), ("/w", ""), ("/other/b", "/other/b"), ("/wide/b", "/wide/b")] {
        assert_eq!(cache.name(Path::new(path)), Some(name));
    }
}

#[test]
fn unchanged_caches_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    HashCache::load(folder.path()).save().unwrap();
    assert!(!folder.path().join(".keg").exists());
    let cache = HashCache::load(folder.path());
    cache.put("a", stamp(1), [1; 32], now());
    cache.save().unwrap();
    fs::remove_file(file(folder.path())).unwrap();
    cache.save().unwrap();
    assert!(!file(folder.path()).exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_workspace_that_cannot_be_written_is_no_error() {
    // Nobody makes folders there, not even root.
    for root in ["/proc", "/sys"] {
        let cache = HashCache::load(Path::new(root));
        cache.put("a", stamp(1), [1; 32], now());
        cache.save().unwrap();
    }
}

#[test]
fn a_file_in_the_place_of_the_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".keg"), "").unwrap();
    let cache = HashCache::load(folder.path());
    cache.put("a", stamp(1), [1; 32], now());
    let error = cache.save().unwrap_err();
    assert!(error.message().contains(".keg/hashes"), "{error}");
}

#[test]
fn several_writers_leave_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    thread::scope(|scope| {
        for writer in 0..8_u8 {
            scope.spawn(move || {
                for round in 0..20 {
                    let cache = HashCache::load(root);
                    cache.put(&format!("{writer}/{round}"), stamp(1), [writer; 32], now());
                    cache.save().unwrap();
                }
            });
        }
    });
    assert!(HashCache::load(root).state().iter().next().is_some());
    assert_eq!(fs::read_dir(root.join(".keg")).unwrap().count(), 2);
}

#[test]
fn digests_that_nobody_needs_are_dropped_after_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = ("old", "new");
    let mut cache = HashCache::load(folder.path());
    let today = cache.today;
    cache.today = today - KEPT_DAYS - 1;
    cache.put(old, stamp(1), [1; 32], now());
    cache.put(new, stamp(1), [1; 32], now());
    cache.today = today;
    assert!(cache.get(new, stamp(1)).is_some());
    cache.save().unwrap();
    let cache = HashCache::load(folder.path());
    assert_eq!(cache.get(old, stamp(1)), None);
    assert_eq!(cache.get(new, stamp(1)), Some([1; 32]));
}
