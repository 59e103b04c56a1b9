//! Which image is deployed: the registry's, since every node pulls it from there.

use crate::error::{Error, Result};
use crate::reference::Reference;
use crate::start::Candidate;

/// The image of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The image, with tag and the registry's digest.
    pub image: Reference,
    /// What the user should know.
    pub note: Option<String>,
}

/// Takes the first candidate that its registry has; each comes with the digest there. `subject` is the tap's name.
///
/// # Errors
/// The registry has none of them.
pub fn choose(subject: &str, candidates: &[(Candidate, Option<String>)], existing: &[String]) -> Result<Chosen> {
    let found = candidates.iter().enumerate().find_map(|(place, (one, digest))| Some((place, one, digest.as_ref()?)));
    if let Some((place, candidate, digest)) = found {
        let missed = candidates.first().filter(|_| place > 0).and_then(|(first, _)| first.reference.tag());
        let note = missed.map(|tag| {
            let shown = candidate.reference.familiar();
            format!("the registry has no {subject} with the tag `{tag}`: deploying {shown}, the default tag")
        });
        return Ok(Chosen { image: candidate.reference.with_digest(digest), note });
    }
    let names: Vec<String> = candidates.iter().map(|(candidate, _)| candidate.reference.familiar()).collect();
    let missing = match names.as_slice() {
        [name] => format!("{name} is not in its registry"),
        names => format!("the registry has neither {}", names.join(" nor ")),
    };
    let exists = match existing {
        [] => String::new(),
        tags => format!("; there are the tags {}", tags.join(", ")),
    };
    let publish = match candidates.first().and_then(|(candidate, _)| candidate.image.as_deref()) {
        Some(image) => format!("publish it: keg build {image} --push{exists}"),
        None => format!("publish it, or name another one with --from{exists}"),
    };
    Err(Error::request(format!("deploying {subject}: {missing}")).help(publish))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::start::Origin;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn candidate(tag: &str, origin: Origin, is_there: bool) -> (Candidate, Option<String>) {
        let reference = Reference::parse(&format!("r.test/web:{tag}")).unwrap();
        (Candidate { reference, origin, image: Some("web".to_owned()) }, is_there.then(|| DIGEST.to_owned()))
    }

    #[test]
    fn the_first_that_the_registry_has_by_its_digest() {
        let both = [candidate("try", Origin::Branch, true), candidate("main", Origin::Default, true)];
        let chosen = choose("web", &both, &[]).unwrap();
        assert_eq!((chosen.image.familiar(), chosen.note), (format!("r.test/web:try@{DIGEST}"), None));
        let second = [candidate("try", Origin::Branch, false), candidate("main", Origin::Default, true)];
        let chosen = choose("web", &second, &[]).unwrap();
        assert_eq!(chosen.image.familiar(), format!("r.test/web:main@{DIGEST}"));
        assert_eq!(
            chosen.note.unwrap(),
            "the registry has no web with the tag `try`: deploying r.test/web:main, the default tag"
        );
    }

    #[test]
    fn what_is_not_published_cannot_be_deployed() {
        let none = [candidate("try", Origin::Branch, false), candidate("main", Origin::Default, false)];
        let error = choose("web", &none, &["old".to_owned()]).unwrap_err();
        assert_eq!(error.message(), "deploying web: the registry has neither r.test/web:try nor r.test/web:main");
        assert_eq!(error.remedy(), Some("publish it: keg build web --push; there are the tags old"));
        let asked = Candidate { image: None, ..candidate("x", Origin::Flag, false).0 };
        let error = choose("web", &[(asked, None)], &[]).unwrap_err();
        assert_eq!(error.message(), "deploying web: r.test/web:x is not in its registry");
        assert_eq!(error.remedy(), Some("publish it, or name another one with --from"));
    }
}
