//! The two-step rule: a change of an image's environment comes in a pull request of its own, before the code that needs
//! it. Whoever tests code in the published image can then rely on it.

use std::collections::BTreeSet;

use super::environment::{Environment, is_in};

/// A file that a change touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touched {
    /// The path from the repository's root.
    pub path: String,
    /// Whether it was not there before.
    pub is_new: bool,
}

/// A change that has to be split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The image.
    pub image: String,
    /// What goes into the first pull request.
    pub environment: Vec<String>,
    /// What goes into the second.
    pub others: Vec<String>,
}

/// The images of which a change touches environment files and other files at once. An image that is new with the change
/// needs no split: nothing has relied on it yet. `is_left_out` names files that belong to no image, as documentation.
pub fn splits(images: &[Environment], touched: &[Touched], is_left_out: &dyn Fn(&str) -> bool) -> Vec<Split> {
    let folders: BTreeSet<&str> = images.iter().map(|image| image.folder.as_str()).collect();
    let is_own = |image: &Environment, path: &str| {
        // A folder within may be another image's.
        let deepest = folders.iter().filter(|folder| is_in(path, folder)).max_by_key(|folder| folder.len());
        deepest == Some(&image.folder.as_str())
    };
    let mut found = Vec::new();
    for image in images {
        let is_new = touched.iter().any(|touched| touched.is_new && touched.path == image.dockerfile);
        if is_new {
            continue;
        }
        let (mut environment, mut others) = (Vec::new(), Vec::new());
        for path in touched.iter().map(|touched| &touched.path) {
            if image.holds(path) {
                environment.push(path.clone());
            } else if is_own(image, path) && !is_left_out(path) {
                others.push(path.clone());
            }
        }
        // What one image has for its environment, another in the same folder has not for its code.
        others.retain(|path| !images.iter().any(|other| other.folder == image.folder && other.holds(path)));
        if !environment.is_empty() && !others.is_empty() {
            found.push(Split { image: image.image.clone(), environment, others });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::environment::Taken;

    fn image(name: &str, folder: &str) -> Environment {
        let dockerfile = format!("{folder}/Dockerfile");
        Environment {
            image: name.to_owned(),
            folder: folder.to_owned(),
            files: vec![dockerfile.clone(), format!("{folder}/tap.yml")],
            dockerfile,
            inputs: Vec::new(),
            taken: vec![Taken { path: format!("{folder}/renv.lock"), line: 2 }],
        }
    }

    fn touched(paths: &[&str]) -> Vec<Touched> {
        let touched = |path: &&str| match path.strip_prefix('+') {
            Some(path) => Touched { path: path.to_owned(), is_new: true },
            None => Touched { path: (*path).to_owned(), is_new: false },
        };
        paths.iter().map(touched).collect()
    }

    fn check(paths: &[&str]) -> Vec<String> {
        let images = [image("evf", "taps/EVF"), image("sub", "taps/EVF/sub"), image("web", "taps/web")];
        let is_left_out = |path: &str| path.ends_with("README.md");
        let said =
            |split: Split| format!("{}: {} | {}", split.image, split.environment.join(" "), split.others.join(" "));
        splits(&images, &touched(paths), &is_left_out).into_iter().map(said).collect()
    }

    #[test]
    fn both_at_once_is_split() {
        let paths = ["taps/EVF/renv.lock", "taps/EVF/run.R", "taps/EVF/Dockerfile", "+taps/EVF/new.R"];
        let expected = "evf: taps/EVF/renv.lock taps/EVF/Dockerfile | taps/EVF/run.R taps/EVF/new.R";
        assert_eq!(check(&paths), [expected]);
    }

    #[test]
    fn one_alone_is_right() {
        for paths in [
            &["taps/EVF/renv.lock"][..],
            &["taps/EVF/run.R", "taps/web/x"],
            // Code of another image, of an image within, and documentation.
            &["taps/EVF/renv.lock", "taps/web/x"],
            &["taps/EVF/renv.lock", "taps/EVF/sub/run.R"],
            &["taps/EVF/renv.lock", "taps/EVF/README.md"],
            // A new image, and a lock file that no Dockerfile copies.
            &["+taps/EVF/Dockerfile", "+taps/EVF/renv.lock", "+taps/EVF/run.R"],
            &["taps/web/poetry.lock", "taps/web/app.py"],
            &[],
        ] {
            assert_eq!(check(paths), [""; 0], "{paths:?}");
        }
    }

    #[test]
    fn each_image_is_judged_by_itself() {
        let paths = ["taps/EVF/sub/tap.yml", "taps/EVF/sub/a", "taps/web/renv.lock", "taps/web/b", "taps/EVF/c"];
        let expected = ["sub: taps/EVF/sub/tap.yml | taps/EVF/sub/a", "web: taps/web/renv.lock | taps/web/b"];
        assert_eq!(check(&paths), expected);
    }
}
