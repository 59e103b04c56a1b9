//! A registry at a loopback address, as `localhost:5000`, and an engine on another machine: keg means its own machine's
//! by that name, and the engine its own. Both work only where the two are one, as through a tunnel. Pure.

use std::collections::BTreeMap;

use crate::border::engine::Seen;
use crate::border::registry::is_loopback;
use crate::error::Error;
use crate::observe::Observed;
use crate::plan::{Action, Plan};
use crate::reference::Reference;

/// What tells whether the engine means the same registry by a name as keg does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// What the engine is asked for.
    pub reference: Reference,
    /// Whether keg knows that its registry has it.
    pub is_there: bool,
    /// The digest under which keg's registry has it, if that is known.
    pub digest: Option<String>,
}

impl Shared {
    /// For an image that the engine is to pull.
    pub fn pulled(reference: &Reference) -> Self {
        Self { reference: reference.clone(), is_there: true, digest: reference.digest().map(str::to_owned) }
    }

    /// For any name in a registry of which nothing is known.
    pub fn unknown(reference: &Reference) -> Self {
        Self { reference: reference.clone(), is_there: false, digest: None }
    }

    /// Why the engine, at `engine`, does not mean keg's registry; `None` where it does, or may.
    pub fn verdict(&self, seen: &Seen, engine: &str) -> Option<Error> {
        let (host, reference) = (self.reference.domain(), self.reference.familiar());
        let error = match seen {
            Seen::OutOfReach(reason) => Error::request(format!(
                "{host} is each machine's own, and the engine at {engine} finds no registry there"
            ))
            .because(reason.clone()),
            Seen::Missing if self.is_there => another(host, engine)
                .because(format!("the registry of this machine has {reference}, the engine's has not")),
            Seen::Digest(seen) if self.digest.as_ref().is_some_and(|digest| digest != seen) => {
                another(host, engine).because(format!("{reference} is another image there"))
            }
            Seen::Missing | Seen::Digest(_) | Seen::Refused(_) => return None,
        };
        Some(error.help(remedy(host, engine)))
    }
}

/// What to ask the engine before it carries out `plan`: one question for each registry at a loopback address that it
/// would pull from or push to.
pub fn shared_registries(plan: &Plan, observed: &Observed) -> Vec<Shared> {
    let mut questions: BTreeMap<String, Shared> = BTreeMap::new();
    let mut ask = |question: Shared| {
        if !is_loopback(question.reference.domain()) {
            return;
        }
        let kept = questions.entry(question.reference.domain().to_owned()).or_insert_with(|| question.clone());
        // The more is known, the more the answer tells.
        if (question.is_there, question.digest.is_some()) > (kept.is_there, kept.digest.is_some()) {
            *kept = question;
        }
    };
    for step in &plan.steps {
        match &step.action {
            Action::Pull { reference, .. } => ask(Shared::pulled(reference)),
            Action::Upload { reference, .. } => {
                ask(Shared::unknown(reference));
                let known = observed.published.iter().filter(|(there, _)| there.domain() == reference.domain());
                for (there, tag) in known {
                    ask(Shared { reference: there.clone(), is_there: true, digest: Some(tag.digest.clone()) });
                }
            }
            Action::Build(build) => {
                let pinned = observed.outside.iter().map(|(written, outside)| outside.pinned(written));
                for from in pinned.filter(|pinned| pinned.digest().is_some()) {
                    let text = from.familiar();
                    if build.dockerfile.contains(&text) || build.build_args.values().any(|value| *value == text) {
                        ask(Shared::pulled(&from));
                    }
                }
            }
            _ => {}
        }
    }
    questions.into_values().collect()
}

/// The report of an upload that keg's registry knows nothing of.
pub fn uploaded_elsewhere(reference: &Reference, engine: &str) -> Error {
    let host = reference.domain();
    Error::request(format!("{} went to another registry: {host} is each machine's own", reference.familiar()))
        .because(format!("the engine at {engine} has uploaded it, and the registry of this machine does not have it"))
        .help(remedy(host, engine))
}

fn another(host: &str, engine: &str) -> Error {
    Error::request(format!("{host} is each machine's own, and the engine at {engine} finds another registry there"))
}

fn remedy(host: &str, engine: &str) -> String {
    let port = host.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok()).unwrap_or(80);
    format!(
        "bring the registry of this machine there while keg works, as with `ssh -N -R {port}:{host} {}`; or name it, in \
         keg.yml or FROM, by an address that both machines reach",
        login(engine)
    )
}

/// How ssh is told to go to the machine of an engine.
fn login(engine: &str) -> String {
    let (scheme, rest) = engine.split_once("://").unwrap_or(("tcp", engine));
    let authority = rest.split('/').next().unwrap_or(rest);
    let with_port = authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let machine = with_port.map_or(authority, |(machine, _)| machine).replace(['[', ']'], "");
    match with_port {
        Some((_, port)) if scheme == "ssh" => format!("-p {port} {machine}"),
        _ => machine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::PublishedTag;
    use crate::plan::{Reason, Step};

    fn reference(text: &str) -> Reference {
        Reference::parse(text).unwrap()
    }

    fn step(action: Action) -> Step {
        Step { subject: "web".into(), action, after: Vec::new(), reason: Reason::NotHere }
    }

    fn upload(text: &str) -> Step {
        step(Action::Upload { reference: reference(text), key: None, replaces: false })
    }

    #[test]
    fn one_question_for_each_loopback_registry() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = reference(&format!("127.0.0.1:5001/base@{digest}"));
        let pull = step(Action::Pull { reference: pinned.clone(), tags: Vec::new() });
        let steps = vec![upload("localhost:5000/web:keg-1"), upload("ghcr.io/web:keg-1"), pull];
        let plan = Plan { steps, ..Plan::default() };
        let mut observed = Observed::default();
        let questions = shared_registries(&plan, &observed);
        let unknown = Shared::unknown(&reference("localhost:5000/web:keg-1"));
        assert_eq!(questions, [Shared { reference: pinned, is_there: true, digest: Some(digest) }, unknown]);

        let known = reference("localhost:5000/base:main");
        let tag = PublishedTag { digest: "sha256:b".into(), labels: BTreeMap::new() };
        observed.published.insert(known.clone(), tag);
        let asked = Shared { reference: known, is_there: true, digest: Some("sha256:b".into()) };
        assert_eq!(shared_registries(&plan, &observed)[1], asked);
    }

    #[test]
    fn what_the_engine_sees_is_judged() {
        let engine = "ssh://me@box";
        let shared =
            Shared { digest: Some("sha256:b".into()), ..Shared::pulled(&reference("localhost:5000/web:main")) };
        let said = |shared: &Shared, seen: Seen| shared.verdict(&seen, engine).map(|error| error.one_line());
        assert_eq!(said(&shared, Seen::Digest("sha256:b".into())), None);
        assert_eq!(said(&shared, Seen::Refused("unauthorized".into())), None);
        assert_eq!(said(&Shared::unknown(&shared.reference), Seen::Missing), None);
        let another =
            "localhost:5000 is each machine's own, and the engine at ssh://me@box finds another registry there: ";
        assert_eq!(
            said(&shared, Seen::Missing),
            Some(format!("{another}the registry of this machine has localhost:5000/web:main, the engine's has not"))
        );
        let other = Seen::Digest("sha256:c".into());
        assert_eq!(said(&shared, other), Some(format!("{another}localhost:5000/web:main is another image there")));
        let error = shared.verdict(&Seen::OutOfReach("connection refused".into()), engine).unwrap();
        assert_eq!(error.kind(), crate::error::Kind::Request);
        assert!(error.remedy().unwrap().contains("`ssh -N -R 5000:localhost:5000 me@box`"), "{:?}", error.remedy());
    }

    #[test]
    fn ssh_is_told_where_the_engine_is() {
        let of = [
            ("ssh://me@box:22/run/d.sock", "-p 22 me@box"),
            ("ssh://box", "box"),
            ("ssh://me@[fd00::1]", "me@fd00::1"),
            ("ssh://me@[fd00::1]:22", "-p 22 me@fd00::1"),
            ("tcp://10.0.0.1:2376", "10.0.0.1"),
            ("tcp://[fd00::1]:2375", "fd00::1"),
        ];
        for (engine, expected) in of {
            assert_eq!(login(engine), expected);
        }
    }
}
