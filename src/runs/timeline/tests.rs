use super::*;
use crate::runs::ImageResult;

fn step(verb: &str, subject: &str, began: f64, seconds: f64, after: &[usize]) -> StepRecord {
    StepRecord {
        verb: verb.to_owned(),
        subject: subject.to_owned(),
        result: "done".to_owned(),
        began,
        seconds,
        after: after.to_vec(),
        ..StepRecord::default()
    }
}

fn image(name: &str, result: &str) -> ImageResult {
    ImageResult { name: name.to_owned(), result: result.to_owned(), ..ImageResult::default() }
}

/// base, then core and tools on it, web on core; all published at the end.
fn run() -> RunRecord {
    let mut build = step("build", "core", 2.0, 6.0, &[0]);
    build.cache = Some((4, 1));
    RunRecord {
        seconds: 10.0,
        images: vec![image("base", "built"), image("core", "built"), image("tools", "built"), image("old", "reused")],
        steps: vec![
            step("build", "base", 0.0, 2.0, &[]),
            build,
            step("build", "tools", 2.0, 3.0, &[0]),
            step("upload", "core", 8.0, 0.5, &[1]),
            step("upload", "tools", 5.0, 1.0, &[2]),
            step("publish", "3 images", 9.0, 1.0, &[3, 4]),
        ],
        ..RunRecord::default()
    }
}

#[test]
fn the_critical_path_is_the_longest_chain() {
    assert_eq!(critical_path(&run().steps), [0, 1, 3, 5]);
    assert_eq!(critical_path(&[]), [0; 0]);
    // What did not run is no part of it.
    let failed = [step("build", "a", 0.0, 3.0, &[]), step("build", "b", 3.0, 0.0, &[0])];
    assert_eq!(critical_path(&failed), [0]);
    // A record that somebody has changed by hand ends nowhere else.
    assert_eq!(critical_path(&[step("build", "a", 0.0, 3.0, &[0, 7])]), [0]);
}

#[test]
fn rows_and_bars() {
    let drawn = timeline(&run());
    let names: Vec<&str> = drawn.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["base", "core", "tools", "old", "3 images"]);
    let core = &drawn.rows[1];
    assert_eq!(core.note, "built · 6.5 s · 1 of 4 steps from the cache");
    assert_eq!(core.bars.iter().map(|bar| (bar.left, bar.width)).collect::<Vec<_>>(), [(20.0, 60.0), (80.0, 5.0)]);
    assert_eq!(core.bars[0].cached, 15.0);
    assert!(core.bars.iter().all(|bar| bar.is_critical));
    assert!(drawn.rows[2].bars.iter().all(|bar| !bar.is_critical));
    assert!(drawn.rows[3].is_reused && drawn.rows[3].bars.is_empty());
    assert_eq!(drawn.rows[4].note, "publish · 1.0 s");
    assert_eq!(drawn.critical, ["build base", "build core", "upload core", "publish 3 images"]);
    assert_eq!((drawn.critical_time.as_str(), drawn.work_time.as_str()), ("9.5 s", "13.5 s"));
    assert_eq!(drawn.scale[2], (50.0, "5.0 s".to_owned()));
    assert_eq!(drawn.rows[0].bars[0].title, "build base: done after 2.0 s, on the critical path");
}

#[test]
fn what_failed_is_marked_and_stays_within_the_run() {
    let mut run = run();
    run.steps[1].result = "failed".to_owned();
    run.steps[3].seconds = 0.0;
    run.steps[3].result = "blocked".to_owned();
    run.images[1].result = "failed".to_owned();
    // A record whose parts do not agree.
    run.seconds = 1.0;
    let drawn = timeline(&run);
    assert!(drawn.rows[1].has_failed && drawn.rows[1].bars[0].has_failed);
    assert_eq!(drawn.rows[1].bars.len(), 1);
    for bar in drawn.rows.iter().flat_map(|row| &row.bars) {
        assert!(bar.left >= 0.0 && bar.left + bar.width <= 100.01, "{bar:?}");
    }
}

#[test]
fn of_many_images_only_those_with_work_have_rows() {
    let mut run = run();
    run.images.extend((0..100).map(|number| image(&format!("tap-{number}"), "reused")));
    run.steps.push(step("tag", "tap-3", 0.0, 0.01, &[]));
    let drawn = timeline(&run);
    assert_eq!(drawn.rows.len(), 4);
    assert_eq!(drawn.left_out.len(), 101);
}
