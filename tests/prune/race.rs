//! What others do while the user thinks about the question.

use std::time::Duration;

use expectrl::session::OsSession;
use expectrl::{Eof, Expect, Session};

use super::{content_tag, put, put_index, retag, tags, workspace};
use crate::support::{Registry, Workspace};

/// keg prune at its question.
fn asked(workspace: &Workspace) -> OsSession {
    let mut command = workspace.keg_command(["prune", "--remote", "--keep", "0"]);
    command.env("TERM", "xterm");
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(30)));
    session.expect("Remove them?").unwrap();
    session
}

fn answer(mut session: OsSession, answer: &str) -> String {
    session.send(answer).unwrap();
    let shown = session.expect(Eof).unwrap();
    String::from_utf8_lossy(shown.as_bytes()).into_owned()
}

#[test]
fn no_is_no() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    put(&registry, "web", 1, "gone", "", &["gone"]);
    assert!(answer(asked(&workspace), "n").contains("nothing was removed"));
    assert_eq!(tags(&registry, "web"), ["gone".to_owned(), content_tag(1)]);
    answer(asked(&workspace), "y");
    assert!(tags(&registry, "web").is_empty());
}

#[test]
fn what_has_changed_since_it_was_shown_is_kept() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    put(&registry, "base", 1, "gone", "", &["gone"]);
    put(&registry, "api", 2, "gone", "", &["gone"]);
    put(&registry, "web", 3, "gone", "", &["gone"]);
    put(&registry, "web", 4, "main", "", &["main", "gone-too"]);
    workspace.git(["branch", "gone-too"]);
    workspace.git(["switch", "--quiet", "gone-too"]);
    workspace.git(["switch", "--quiet", "main"]);
    workspace.git(["branch", "--quiet", "--delete", "gone-too"]);
    let session = asked(&workspace);
    // A new branch publishes what main had long ago.
    retag(&registry, "base", &content_tag(1), "new");
    // The branch is there again, with another image.
    put(&registry, "api", 5, "gone", "", &["gone"]);
    put(&registry, "web", 6, "gone-too", "", &["gone-too"]);
    let shown = answer(session, "y");
    for name in ["team/base@", "team/api@", "team/web:gone-too"] {
        assert!(shown.contains(&format!("{}/{name}", registry.host())), "{name}:\n{shown}");
    }
    assert_eq!(tags(&registry, "base"), ["gone".to_owned(), content_tag(1), "new".into()]);
    assert_eq!(tags(&registry, "api"), ["gone".to_owned(), content_tag(2), content_tag(5)]);
    // Nothing happened to the third image, which is gone.
    let expected = ["gone-too".to_owned(), content_tag(4), content_tag(6), "main".into()];
    assert_eq!(tags(&registry, "web"), expected);
}

/// A tag that was to go with one image names another one by then that was to go too.
#[test]
fn a_tag_that_has_moved_to_what_was_to_go_keeps_it() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    put(&registry, "web", 1, "gone", "", &["gone"]);
    put(&registry, "web", 2, "gone", "", &[]);
    let session = asked(&workspace);
    retag(&registry, "web", &content_tag(2), "gone");
    let shown = answer(session, "y");
    assert!(shown.contains("the tag gone names it now"), "{shown}");
    let left = tags(&registry, "web");
    assert!(left.contains(&"gone".to_owned()) && left.contains(&content_tag(2)), "{left:?}");
}

/// An image of an index that was to go is by then in another index.
#[test]
fn a_new_index_keeps_its_images() {
    let registry = Registry::start();
    let workspace = workspace(&registry.host());
    let images = put_index(&registry, "gone", "gone");
    let session = asked(&workspace);
    let mut index = registry.manifest("team/web", "gone").unwrap().1;
    index["annotations"] = serde_json::json!({ "made": "later" });
    registry.put_manifest("team/web", "kept", &index);
    answer(session, "y");
    assert!(tags(&registry, "web").contains(&"kept".to_owned()));
    assert!(!tags(&registry, "web").contains(&"gone".to_owned()));
    for image in images {
        assert!(registry.manifest("team/web", &image).is_some());
    }
}
