//! When the builds of a call began and ended, by the builder's own clock.

use std::collections::HashMap;
use std::time::Duration;

use bollard_buildkit_proto::google::protobuf::Timestamp;
use bollard_buildkit_proto::moby::buildkit::v1::Vertex;

/// When vertexes began and ended, as told for each build: BuildKit tells of one that several builds need for each of them.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// The run's beginning by the builder's clock, since 1970. What is told has happened already, and the latest time
    /// that is told at once is the best that there is to compare clocks by.
    run_began: Duration,
    /// Beginning and end by the builder's clock, by build and digest.
    spans: HashMap<usize, HashMap<String, (Duration, Duration)>>,
}

impl Clock {
    /// Takes in what is told of a vertex for a build, at this time of the run.
    pub(super) fn take(&mut self, build: usize, vertex: &Vertex, now: Duration) {
        let Some(started) = vertex.started.as_ref().map(since_1970) else { return };
        let ended = vertex.completed.as_ref().map_or(started, since_1970);
        self.run_began = self.run_began.max(started.max(ended).saturating_sub(now));
        let spans = self.spans.entry(build).or_default();
        let span = spans.entry(vertex.digest.clone()).or_insert((started, ended));
        *span = (span.0.min(started), span.1.max(ended));
    }

    /// When a build began and ended, since the run's beginning; of its vertexes those count that `is_own` says.
    pub(super) fn times(&self, build: usize, is_own: impl Fn(&str) -> bool) -> Option<(Duration, Duration)> {
        let own = || self.spans.get(&build).into_iter().flatten().filter(|(digest, _)| is_own(digest));
        let began = own().map(|(_, span)| span.0).min()?;
        let ended = own().map(|(_, span)| span.1).max()?;
        Some((began.saturating_sub(self.run_began), ended.saturating_sub(self.run_began)))
    }
}

fn since_1970(time: &Timestamp) -> Duration {
    Duration::new(time.seconds.try_into().unwrap_or_default(), time.nanos.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_and_others_do_not_count() {
        let mut clock = Clock::default();
        let time = |tenths: i64| Some(Timestamp { seconds: tenths / 10, nanos: (tenths % 10 * 100_000_000) as i32 });
        let vertex = |digest: &str, started: i64, completed: Option<i64>| Vertex {
            digest: digest.to_owned(),
            started: time(started),
            completed: completed.and_then(time),
            ..Vertex::default()
        };
        let seconds = Duration::from_secs_f64;
        // The builder's clock showed 90 s when the run began, and the first news took half a second.
        clock.take(0, &vertex("parent", 905, Some(920)), seconds(2.5));
        clock.take(0, &vertex("own", 920, None), seconds(2.0));
        clock.take(0, &vertex("own", 920, Some(930)), seconds(3.0));
        clock.take(1, &vertex("own", 800, Some(990)), seconds(9.0));
        assert_eq!(clock.times(0, |digest| digest == "own"), Some((seconds(2.0), seconds(3.0))));
        assert_eq!(clock.times(0, |_| true), Some((seconds(0.5), seconds(3.0))));
        assert_eq!(clock.times(2, |_| true), None);
    }
}
