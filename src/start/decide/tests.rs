use super::*;

const DIGEST: &str = "sha256:aaa";

fn local(text: &str) -> Option<LocalImage> {
    match text {
        "none" => None,
        "built" => Some(LocalImage::default()),
        "same" => Some(LocalImage { digests: vec!["sha256:old".into(), DIGEST.into()] }),
        "old" => Some(LocalImage { digests: vec!["sha256:old".into()] }),
        other => unreachable!("{other}"),
    }
}

fn remote(text: &str) -> Remote {
    match text {
        "has" => Remote::Digest(DIGEST.into()),
        "lacks" => Remote::Missing,
        "down" => Remote::Unreachable("connection refused".into()),
        "unasked" => Remote::NotAsked,
        other => unreachable!("{other}"),
    }
}

fn observed(tag: &str, origin: Origin, here: &str, there: &str) -> Observed {
    let reference = Reference::parse("r.io/o/web").unwrap().with_tag(tag);
    Observed {
        candidate: Candidate { reference, origin, image: Some("web".into()) },
        local: local(here),
        remote: remote(there),
    }
}

/// A decision as text: `pull|use TAG (NUMBER of notes)` or the exit code.
fn outcome(policy: Pull, candidates: Vec<Observed>) -> String {
    let facts = StartFacts { tap: "web".into(), candidates, policy, existing: vec!["main".into()] };
    match decide(&facts) {
        Ok(decision) => {
            let verb = if decision.pull { "pull" } else { "use" };
            format!("{verb} {} {}", decision.image.tag().unwrap_or_default(), decision.notes.len())
        }
        Err(error) => format!("exit {}", error.exit_code()),
    }
}

#[test]
fn one_candidate_in_every_combination() {
    // Rows: what the engine has. Columns: the registry has it, lacks it, is down, was not asked.
    let table = [
        (Pull::Newer, "none", ["pull x 0", "exit 2", "exit 3", "exit 2"]),
        (Pull::Newer, "built", ["use x 1", "use x 1", "use x 1", "use x 0"]),
        (Pull::Newer, "same", ["use x 0", "use x 1", "use x 1", "use x 0"]),
        (Pull::Newer, "old", ["pull x 0", "use x 1", "use x 1", "use x 0"]),
        (Pull::Always, "none", ["pull x 0", "exit 2", "exit 3", "exit 2"]),
        (Pull::Always, "built", ["pull x 0", "exit 2", "exit 3", "exit 2"]),
        (Pull::Always, "same", ["pull x 0", "exit 2", "exit 3", "exit 2"]),
        (Pull::Always, "old", ["pull x 0", "exit 2", "exit 3", "exit 2"]),
        (Pull::Missing, "none", ["pull x 0", "exit 2", "exit 3", "exit 2"]),
        (Pull::Missing, "built", ["use x 0"; 4]),
        (Pull::Missing, "same", ["use x 0"; 4]),
        (Pull::Missing, "old", ["use x 0"; 4]),
        (Pull::Never, "none", ["exit 2"; 4]),
        (Pull::Never, "built", ["use x 0"; 4]),
        (Pull::Never, "same", ["use x 0"; 4]),
        (Pull::Never, "old", ["use x 0"; 4]),
    ];
    for (policy, here, expected) in table {
        for (there, expected) in ["has", "lacks", "down", "unasked"].into_iter().zip(expected) {
            for origin in [Origin::Flag, Origin::Branch] {
                let got = outcome(policy, vec![observed("x", origin, here, there)]);
                assert_eq!(got, expected, "{policy:?}, engine {here}, registry {there}, {origin:?}");
            }
        }
    }
}

#[test]
fn the_default_tag_takes_over() {
    let table = [
        // engine: branch, default; registry: branch, default
        (Pull::Newer, ["none", "none"], ["lacks", "has"], "pull develop 1"),
        (Pull::Newer, ["none", "same"], ["lacks", "has"], "use develop 1"),
        (Pull::Newer, ["none", "old"], ["has", "has"], "pull dev 0"),
        (Pull::Newer, ["built", "same"], ["lacks", "has"], "use dev 1"),
        (Pull::Newer, ["none", "same"], ["down", "down"], "use develop 2"),
        (Pull::Newer, ["same", "same"], ["down", "down"], "use dev 1"),
        (Pull::Newer, ["none", "none"], ["down", "down"], "exit 3"),
        (Pull::Newer, ["none", "none"], ["lacks", "lacks"], "exit 2"),
        (Pull::Newer, ["none", "built"], ["unasked", "unasked"], "use develop 1"),
        (Pull::Missing, ["none", "same"], ["has", "has"], "pull dev 0"),
        (Pull::Missing, ["none", "same"], ["down", "down"], "use develop 1"),
        (Pull::Never, ["none", "same"], ["unasked", "unasked"], "use develop 1"),
        (Pull::Always, ["built", "same"], ["lacks", "has"], "pull develop 1"),
        (Pull::Always, ["same", "same"], ["down", "down"], "exit 3"),
    ];
    for (policy, here, there, expected) in table {
        let candidates = vec![
            observed("dev", Origin::Branch, here[0], there[0]),
            observed("develop", Origin::Default, here[1], there[1]),
        ];
        assert_eq!(outcome(policy, candidates), expected, "{policy:?}, engine {here:?}, registry {there:?}");
    }
}

fn facts(candidates: Vec<Observed>) -> StartFacts {
    StartFacts { tap: "web".into(), candidates, policy: Pull::Newer, existing: Vec::new() }
}

#[test]
fn sentences_name_image_and_remedy() {
    let asked = facts(vec![observed("x", Origin::Flag, "none", "lacks")]);
    let error = decide(&asked).unwrap_err();
    assert_eq!(error.message(), "starting web: r.io/o/web:x (--from) does not exist in the registry or on this engine");
    assert_eq!(error.remedy(), Some("No tag of it exists. `keg build web --tag x --push` builds and publishes it."));

    let asked = facts(vec![observed("x", Origin::Asked, "none", "lacks")]);
    let error = decide(&asked).unwrap_err();
    assert_eq!(error.message(), "starting web: r.io/o/web:x does not exist in the registry or on this engine");

    let mut computed = facts(vec![
        observed("dev", Origin::Branch, "none", "lacks"),
        observed("develop", Origin::Default, "none", "lacks"),
    ]);
    computed.existing = vec!["main".into(), "2026.3".into()];
    let error = decide(&computed).unwrap_err();
    assert_eq!(
        error.message(),
        "starting web: neither r.io/o/web:dev nor r.io/o/web:develop exists in the registry or on this engine"
    );
    assert_eq!(error.remedy(), Some("These tags exist: main, 2026.3. `keg build web` builds it."));

    let down = facts(vec![observed("dev", Origin::Branch, "none", "down")]);
    assert_eq!(
        decide(&down).unwrap_err().one_line(),
        "starting r.io/o/web:dev: the registry is out of reach: connection refused"
    );

    let fallback = facts(vec![
        observed("dev", Origin::Branch, "none", "lacks"),
        observed("develop", Origin::Default, "none", "has"),
    ]);
    assert_eq!(
        decide(&fallback).unwrap().notes,
        ["there is no web image with the tag `dev`: starting r.io/o/web:develop, the default tag"]
    );
}
