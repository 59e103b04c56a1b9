//! The labels of packaged images.

use std::collections::BTreeMap;

use crate::key::Key;
use crate::observe::{LABEL_BRANCH, LABEL_IMAGE, LABEL_KEY, LABEL_REBUILT};

/// The label with the time at which a container was packaged, as `2026-11-21T09:30:00Z`.
pub const LABEL_PACKAGED: &str = "dev.keg.packaged";
/// The label with the key of the image that the container was made from.
pub const LABEL_PACKAGED_KEY: &str = "dev.keg.packaged.key";
/// The label with the ports that the container published, as `80/tcp 443/tcp`.
pub const LABEL_PACKAGED_PORTS: &str = "dev.keg.packaged.ports";
/// The standard label with a release that was built: what is packaged is something else.
const LABEL_VERSION: &str = "org.opencontainers.image.version";
/// The standard label with the image's name.
const LABEL_TITLE: &str = "org.opencontainers.image.title";

/// What is packaged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The tap's image.
    pub image: String,
    /// The branch that the tap was started on.
    pub branch: String,
    /// When, as `2026-11-21T09:30:00Z`.
    pub time: String,
    /// The ports of the container that can be reached from outside, as `80/tcp`.
    pub ports: Vec<String>,
}

/// The labels of a packaged image, from those of the image that its container was made from. It keeps what that was
/// built from (commit, parents), and loses what says that it is just that.
pub fn labels(of_image: &BTreeMap<String, String>, source: &Source) -> BTreeMap<String, String> {
    let mut labels = of_image.clone();
    let is_own = labels.get(LABEL_IMAGE) == Some(&source.image);
    let key = key(&labels).filter(|_| is_own);
    for gone in [LABEL_KEY, LABEL_REBUILT, LABEL_VERSION, LABEL_PACKAGED_KEY, LABEL_PACKAGED_PORTS] {
        labels.remove(gone);
    }
    labels.insert(LABEL_PACKAGED.to_owned(), source.time.clone());
    labels.extend(key.map(|key| (LABEL_PACKAGED_KEY.to_owned(), key.to_string())));
    if !source.ports.is_empty() {
        labels.insert(LABEL_PACKAGED_PORTS.to_owned(), source.ports.join(" "));
    }
    labels.insert(LABEL_IMAGE.to_owned(), source.image.clone());
    labels.insert(LABEL_TITLE.to_owned(), source.image.clone());
    labels.insert(LABEL_BRANCH.to_owned(), source.branch.clone());
    labels
}

/// When an image was packaged; `None` for every other image. What is built on a packaged image inherits its labels, and
/// has a key.
pub fn packaged(labels: &BTreeMap<String, String>) -> Option<&str> {
    let label = |name: &str| labels.get(name).map(String::as_str).filter(|value| !value.is_empty());
    label(LABEL_PACKAGED).filter(|_| label(LABEL_KEY).is_none())
}

/// The key of an image that keg built, or of the one that a packaged image was made from.
pub fn key(labels: &BTreeMap<String, String>) -> Option<Key> {
    let name = if packaged(labels).is_some() { LABEL_PACKAGED_KEY } else { LABEL_KEY };
    Key::parse(labels.get(name)?).ok()
}

/// The ports that a packaged image's container published, as `80/tcp`.
pub fn ports(labels: &BTreeMap<String, String>) -> Vec<String> {
    labels.get(LABEL_PACKAGED_PORTS).into_iter().flat_map(|ports| ports.split_whitespace()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "1111111111111111111111111111111111111111111111111111111111111111";

    fn map(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
        labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn source() -> Source {
        Source {
            image: "web".into(),
            branch: "feature/x".into(),
            time: "2026-11-21T09:30:00Z".into(),
            ports: vec!["80/tcp".into(), "443/tcp".into()],
        }
    }

    #[test]
    fn a_packaged_image_has_no_key_but_says_what_it_was() {
        let key = KEY.to_owned();
        let built = map(&[
            (LABEL_KEY, &key),
            (LABEL_IMAGE, "web"),
            (LABEL_BRANCH, "main"),
            (LABEL_REBUILT, "2026-01-01T00:00:00Z"),
            (LABEL_VERSION, "1.0"),
            ("org.opencontainers.image.revision", "abc"),
        ]);
        let first = labels(&built, &source());
        let expected = map(&[
            (LABEL_PACKAGED, "2026-11-21T09:30:00Z"),
            (LABEL_PACKAGED_KEY, &key),
            (LABEL_PACKAGED_PORTS, "80/tcp 443/tcp"),
            (LABEL_IMAGE, "web"),
            (LABEL_TITLE, "web"),
            (LABEL_BRANCH, "feature/x"),
            ("org.opencontainers.image.revision", "abc"),
        ]);
        assert_eq!(first, expected);
        assert_eq!(ports(&first), source().ports);
        assert_eq!((packaged(&built), packaged(&first)), (None, Some("2026-11-21T09:30:00Z")));

        // Packaged once more, it still says where it began.
        let later = Source { time: "2026-11-22T09:30:00Z".into(), ports: Vec::new(), ..source() };
        let second = labels(&first, &later);
        assert_eq!(second.get(LABEL_PACKAGED_KEY), Some(&key));
        assert_eq!(second.get(LABEL_PACKAGED_PORTS), None);
        assert_eq!(packaged(&second), Some("2026-11-22T09:30:00Z"));

        // What is built on it is not packaged, and another image's key says nothing of this one.
        let mut child = first.clone();
        child.insert(LABEL_KEY.to_owned(), key);
        assert_eq!(packaged(&child), None);
        child.insert(LABEL_IMAGE.to_owned(), "other".to_owned());
        assert_eq!(labels(&child, &source()).get(LABEL_PACKAGED_KEY), None);
    }
}
