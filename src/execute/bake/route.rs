//! Which build each part of BuildKit's account belongs to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use bollard_buildkit_proto::moby::buildkit::v1::{StatusResponse, Vertex};

use crate::border::engine::{BuildRequest, BuildWatch};
use crate::error::Error;
use crate::event::{Event, Events};
use crate::execute::bake::clock::Clock;
use crate::plan::Step;

/// What old versions of BuildKit say that they lack.
const NAMED_CONTEXTS: &str = "moby.buildkit.frontend.contexts";

/// What is first done for a build.
const READS_DOCKERFILE: &str = "load build definition from ";

/// What buildx does before, for a builder that is no engine.
const STARTS_BUILDER: [&str; 2] = ["[internal] booting buildkit", "[internal] waiting for connection"];

/// What the errors of a builder that is an engine have in them, when that does not answer.
const UNCONNECTED: [&str; 3] = ["Cannot connect to the Docker daemon", "error during connect", "trying to connect"];

/// What the error has in it when the connection to the builder ends.
const LOST: &str = "rpc error: code = Unavailable";

/// What the names begin with of what is done when all steps are done.
const FINISHES: [&str; 2] = ["exporting ", "pushing "];

/// The builds of one call. buildx begins the names of what it does with their targets: `[web 2/3] RUN make`.
pub(super) struct Routes<'a> {
    routes: Vec<Route<'a>>,
    /// The builds in whose Dockerfiles each vertex stands. Where there are several, the first has what it prints.
    owners: HashMap<String, Vec<usize>>,
    clock: Clock,
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
    has_begun: bool,
    /// What was told before it began.
    early: Vec<StatusResponse>,
    /// The digests of what is done for this build, and not for one that it needs or to get ready.
    work: BTreeSet<String>,
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
            has_begun: false,
            early: Vec::new(),
            work: BTreeSet::new(),
        };
        let routes = followed.into_iter().zip(needs).map(route).collect();
        let (owners, clock) = (HashMap::new(), Clock::default());
        Self { routes, owners, clock, begun, is_heard: false, is_unstarted: false, run_began, events }
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
            let Some(place) = self.owners.get(&amount.vertex).and_then(|owners| owners.first()) else { continue };
            parts.entry(*place).or_default().statuses.push(amount);
        }
        for log in status.logs {
            let Some(place) = self.owners.get(&log.vertex).and_then(|owners| owners.first()) else { continue };
            parts.entry(*place).or_default().logs.push(log);
        }
        for (place, part) in parts {
            self.pass_on(place, part);
        }
    }

    fn pass_on(&mut self, place: usize, part: StatusResponse) {
        let Some(route) = self.routes.get_mut(place).filter(|route| route.is_wanted) else { return };
        let has_begun = part.vertexes.iter().any(|vertex| vertex.started.is_some() && route.is_own_work(&vertex.name));
        if !route.has_begun && !has_begun {
            route.early.push(part);
            return;
        }
        if !route.has_begun {
            route.has_begun = true;
            let (step, subject) = (route.step.name(), route.step.subject.clone());
            if self.begun.insert(step.clone()) {
                self.events.send(Event::StepStarted { step, subject, doing: route.step.action.doing() });
            }
        }
        for part in route.early.drain(..).chain([part]) {
            route.watch.take(part);
        }
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
        self.clock.take(place, &vertex, self.run_began.elapsed());
        if self.routes[place].is_work(&name) {
            self.routes[place].work.insert(vertex.digest.clone());
        }
        vertex.name = name;
        Some((self.owner(place, &vertex.digest), vertex))
    }

    /// The build to which a vertex belongs of which `place` is told. A build is told of what those do that it needs, too,
    /// perhaps before they are.
    fn owner(&mut self, place: usize, digest: &str) -> usize {
        let owners = self.owners.entry(digest.to_owned()).or_default();
        let needed = owners.iter().find(|owner| self.routes[place].needs.contains(owner));
        if let Some(owner) = needed {
            return *owner;
        }
        owners.retain(|owner| {
            let is_child = self.routes[*owner].needs.contains(&place);
            if is_child {
                self.routes[*owner].forget(digest);
            }
            !is_child
        });
        if !owners.contains(&place) {
            owners.push(place);
        }
        place
    }

    /// Shows lines that never ended.
    pub(super) fn flush(&mut self) {
        for route in self.routes.iter_mut().filter(|route| route.is_wanted) {
            for part in route.early.drain(..) {
                route.watch.take(part);
            }
            route.watch.flush();
        }
    }

    /// When a build began and ended, since the beginning of the run.
    pub(super) fn times(&self, place: usize) -> Option<(Duration, Duration)> {
        let route = self.routes.get(place)?;
        // What those did that it needs is told under its name too.
        let is_own = |digest: &str| self.owners.get(digest).is_some_and(|owners| owners.contains(&place));
        self.clock.times(place, |digest| route.work.contains(digest) && is_own(digest))
    }

    /// The builds that a build needs.
    pub(super) fn needs(&self, place: usize) -> &BTreeSet<usize> {
        &self.routes[place].needs
    }

    /// See [`BuildWatch::counts`].
    pub(super) fn counts(&self, place: usize) -> (usize, usize) {
        self.routes[place].watch.counts()
    }

    /// Whether a call that ended with `message` did not get as far as the builder, or lost it.
    pub(super) fn is_out_of_reach(&self, message: &str) -> bool {
        let is_unconnected = self.is_unstarted || UNCONNECTED.iter().any(|text| message.contains(text));
        message.contains(LOST) || !self.is_heard && is_unconnected
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

impl Route<'_> {
    /// Whether a vertex is a part of the work that follows when a Dockerfile is read and its parents are there. Every
    /// Dockerfile is read at the beginning, and what it is built on from outside is fetched then.
    fn is_work(&self, name: &str) -> bool {
        let is_step = |instruction: &str| self.needs.is_empty() || !instruction.starts_with("FROM ");
        instruction(name).is_some_and(is_step) || FINISHES.iter().any(|word| name.starts_with(word))
    }

    /// Whether a vertex is a part of its work and none of those that it needs, as far as its name tells.
    fn is_own_work(&self, name: &str) -> bool {
        let is_written = |instruction: &str| self.instructions.contains(&in_one_line(instruction));
        self.is_work(name) && (self.needs.is_empty() || instruction(name).is_none_or(is_written))
    }

    /// Forgets a vertex: it is one of a build that it needs.
    fn forget(&mut self, digest: &str) {
        self.watch.forget(digest);
        for part in &mut self.early {
            part.vertexes.retain(|vertex| vertex.digest != digest);
        }
    }
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
mod tests;
