//! Which build each part of BuildKit's account belongs to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use bollard_buildkit_proto::moby::buildkit::v1::{StatusResponse, Vertex};

use crate::border::engine::{BuildRequest, BuildWatch};
use crate::error::Error;
use crate::event::{Event, Events};
use crate::plan::Step;

/// What old versions of BuildKit say that they lack.
const NAMED_CONTEXTS: &str = "moby.buildkit.frontend.contexts";

/// What is first done for a build.
const READS_DOCKERFILE: &str = "load build definition from ";

/// What buildx does before, for a builder that is no engine.
const STARTS_BUILDER: [&str; 2] = ["[internal] booting buildkit", "[internal] waiting for connection"];

/// What the errors of a builder that is an engine have in them, when that does not answer.
const UNCONNECTED: [&str; 3] = ["Cannot connect to the Docker daemon", "error during connect", "trying to connect"];

/// The builds of one call. buildx begins the names of what it does with their targets: `[web 2/3] RUN make`.
pub(super) struct Routes<'a> {
    routes: Vec<Route<'a>>,
    /// The build to which each vertex belongs; those that share one have it from the first.
    owners: HashMap<String, usize>,
    /// The steps that have begun, in this call or an earlier one.
    begun: &'a mut BTreeSet<String>,
    /// Whether the builder has begun to read a Dockerfile.
    is_heard: bool,
    /// Whether buildx has failed to start the builder, or to connect to it.
    is_unstarted: bool,
    run_began: Instant,
    events: &'a Events,
}

struct Route<'a> {
    name: String,
    step: &'a Step,
    watch: BuildWatch<'a>,
    /// The builds that it needs.
    needs: BTreeSet<usize>,
    /// The Dockerfile with single spaces and no line ends.
    instructions: String,
    /// Whether it is a step that runs now, and not only something that others need again.
    is_wanted: bool,
    times: Option<(Duration, Duration)>,
}

/// A build as its target is called, its step, what is built, and whether that runs now.
pub(super) type Followed<'a> = (&'a str, &'a Step, &'a BuildRequest, bool);

impl<'a> Routes<'a> {
    /// Nothing was said yet. `needs` are the builds that each one needs, by their places.
    pub(super) fn new(
        followed: Vec<Followed<'a>>,
        needs: Vec<BTreeSet<usize>>,
        begun: &'a mut BTreeSet<String>,
        run_began: Instant,
        events: &'a Events,
    ) -> Self {
        let route = |((name, step, request, is_wanted), needs): (Followed<'a>, BTreeSet<usize>)| Route {
            name: name.to_owned(),
            step,
            watch: BuildWatch::new(request, events),
            needs,
            instructions: in_one_line(&request.dockerfile_text),
            is_wanted,
            times: None,
        };
        let routes = followed.into_iter().zip(needs).map(route).collect();
        Self { routes, owners: HashMap::new(), begun, is_heard: false, is_unstarted: false, run_began, events }
    }

    /// Takes in what BuildKit says.
    pub(super) fn take(&mut self, status: StatusResponse) {
        let mut parts: BTreeMap<usize, StatusResponse> = BTreeMap::new();
        for vertex in status.vertexes {
            self.is_heard |= vertex.name.contains(READS_DOCKERFILE);
            self.is_unstarted |= STARTS_BUILDER.contains(&vertex.name.as_str()) && !vertex.error.is_empty();
            let Some((place, vertex)) = self.place(vertex) else { continue };
            parts.entry(place).or_default().vertexes.push(vertex);
        }
        for amount in status.statuses {
            let Some(place) = self.owners.get(&amount.vertex) else { continue };
            parts.entry(*place).or_default().statuses.push(amount);
        }
        for log in status.logs {
            let Some(place) = self.owners.get(&log.vertex) else { continue };
            parts.entry(*place).or_default().logs.push(log);
        }
        for (place, part) in parts {
            self.pass_on(place, part);
        }
    }

    fn pass_on(&mut self, place: usize, part: StatusResponse) {
        let now = self.run_began.elapsed();
        let Some(route) = self.routes.get_mut(place).filter(|route| route.is_wanted) else { return };
        match &mut route.times {
            Some((_, end)) => *end = now,
            // Every Dockerfile is read at the beginning, also of what has to wait for its parents.
            None if !part.vertexes.iter().any(|vertex| is_work(&vertex.name)) => {}
            None => {
                route.times = Some((now, now));
                let (step, subject) = (route.step.name(), route.step.subject.clone());
                if self.begun.insert(step.clone()) {
                    self.events.send(Event::StepStarted { step, subject, doing: route.step.action.doing() });
                }
            }
        }
        route.watch.take(part);
    }

    /// The build that a vertex belongs to, and the vertex under the name that it has where only one is built.
    fn place(&mut self, mut vertex: Vertex) -> Option<(usize, Vertex)> {
        let (place, name) = match named(&vertex.name) {
            Some((target, name)) => {
                let place = self.routes.iter().position(|route| route.name == target);
                match place {
                    Some(place) => (place, name),
                    // One target alone is not named.
                    None if self.routes.len() == 1 => (0, vertex.name.clone()),
                    None => return None,
                }
            }
            None if self.routes.len() == 1 => (0, vertex.name.clone()),
            None => return None,
        };
        let place = self.maker(place, &vertex.digest, &name);
        match self.owners.get(&vertex.digest) {
            // Another one does it too: it has what is printed.
            Some(owner) if !self.routes[*owner].needs.contains(&place) => {}
            _ => drop(self.owners.insert(vertex.digest.clone(), place)),
        }
        vertex.name = name;
        Some((place, vertex))
    }

    /// The build in whose Dockerfile a step stands. The account of a child tells of its parents' steps too, under the
    /// child's name.
    fn maker(&self, place: usize, digest: &str, name: &str) -> usize {
        let route = &self.routes[place];
        if let Some(owner) = self.owners.get(digest).filter(|owner| route.needs.contains(owner)) {
            return *owner;
        }
        let Some(instruction) = instruction(name) else { return place };
        let writes = |place: &usize| self.routes[*place].instructions.contains(&in_one_line(instruction));
        match writes(&place) {
            true => place,
            false => route.needs.iter().copied().find(writes).unwrap_or(place),
        }
    }

    /// Shows lines that never ended.
    pub(super) fn flush(&mut self) {
        for route in self.routes.iter_mut().filter(|route| route.is_wanted) {
            route.watch.flush();
        }
    }

    /// When a build was first and last heard of, since the beginning of the run.
    pub(super) fn times(&self, place: usize) -> Option<(Duration, Duration)> {
        self.routes.get(place)?.times
    }

    /// The builds that a build needs.
    pub(super) fn needs(&self, place: usize) -> &BTreeSet<usize> {
        &self.routes[place].needs
    }

    /// See [`BuildWatch::counts`].
    pub(super) fn counts(&self, place: usize) -> (usize, usize) {
        self.routes[place].watch.counts()
    }

    /// Whether a call that ended with `message` did not get as far as the builder.
    pub(super) fn is_out_of_reach(&self, message: &str) -> bool {
        !self.is_heard && (self.is_unstarted || UNCONNECTED.iter().any(|text| message.contains(text)))
    }

    /// Why a build failed, in a call that ended with `message`; `None` where it was another one that failed.
    pub(super) fn failure(&self, place: usize, message: &str, target: &str, is_only: bool) -> Option<Error> {
        let watch = &self.routes.get(place)?.watch;
        let (named, text) = match message.strip_prefix("target ").and_then(|rest| rest.split_once(": ")) {
            Some((named, text)) => (Some(named), text),
            None => (None, message),
        };
        if text.contains(NAMED_CONTEXTS) && (is_only || named.is_none_or(|named| named == target)) {
            return Some(
                Error::request(format!(
                    "{}: the builder is too old to be told which image a FROM means",
                    self.routes[place].step.name()
                ))
                .help("use one of BuildKit 0.10 or Docker Engine 23 or newer, or build without --builder"),
            );
        }
        watch.failure(text).or_else(|| (is_only || named == Some(target)).then(|| watch.report(text)))
    }
}

/// The instruction of a Dockerfile step, as `RUN make` in `[2/3] RUN make`.
fn instruction(name: &str) -> Option<&str> {
    let (bracket, instruction) = name.strip_prefix('[')?.split_once("] ")?;
    bracket.ends_with(|char: char| char.is_ascii_digit()).then_some(instruction)
}

/// Whether a vertex is a part of the work that follows when a Dockerfile is read and its parents are there.
fn is_work(name: &str) -> bool {
    instruction(name).is_some_and(|instruction| !instruction.starts_with("FROM ")) || name.starts_with("exporting ")
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "\\").collect::<Vec<_>>().join(" ")
}

/// The target in `[target 2/3] RUN make`, `[target internal] load build context` or `[target] exporting to image`, and
/// the name without it.
fn named(name: &str) -> Option<(&str, String)> {
    let (bracket, rest) = name.strip_prefix('[')?.split_once("] ")?;
    match bracket.split_once(' ') {
        Some((target, words)) => Some((target, format!("[{words}] {rest}"))),
        None => Some((bracket, rest.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_targets_and_what_is_left() {
        let found = |name| named(name).map(|(target, name)| (target.to_owned(), name));
        let expected = |target: &str, name: &str| Some((target.to_owned(), name.to_owned()));
        assert_eq!(found("[web 2/3] RUN make"), expected("web", "[2/3] RUN make"));
        assert_eq!(
            found("[web linux/arm64 builder 2/3] RUN [ -e x ] && y"),
            expected("web", "[linux/arm64 builder 2/3] RUN [ -e x ] && y")
        );
        assert_eq!(found("[web internal] load .dockerignore"), expected("web", "[internal] load .dockerignore"));
        assert_eq!(found("[web] exporting to image"), expected("web", "exporting to image"));
        assert_eq!(found("transferring"), None);
    }
}
