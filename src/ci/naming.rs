//! What registries ask of the names of repositories, beside Docker's own rules, which are checked when a workspace is
//! loaded. Whoever breaks them hears of it when the first image is published, after all builds.

use super::workflow::RegistryKind;
use crate::reference::Reference;

/// Docker's own registry, as references are written in full.
const DOCKER_HUB: &str = "docker.io";

/// Why a registry of this kind cannot have a repository, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// What is wrong with the name of a repository in a registry of this kind.
pub fn fault(kind: RegistryKind, repository: &Reference) -> Option<Fault> {
    let path = repository.path();
    let found = match kind {
        RegistryKind::Ghcr if !path.contains('/') => Err((
            "names no owner, and every package of GitHub belongs to a person or an organisation".to_owned(),
            format!("name the owner in keg.yml, for example: registry: {}/my-team", repository.domain()),
        )),
        RegistryKind::Ghcr => Ok(()),
        RegistryKind::Generic if repository.domain() == DOCKER_HUB => docker_hub(path),
        RegistryKind::Generic => Ok(()),
        // https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
        RegistryKind::Ecr => amazon(path, 256),
        // https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_CreateRepository.html
        RegistryKind::EcrPublic => match path.split_once('/') {
            Some((_, name)) => amazon(name, 205),
            None => Err((
                "names no alias, and every repository of Amazon's public registry belongs to one".to_owned(),
                format!("name it in keg.yml, for example: registry: {}/my-alias", repository.domain()),
            )),
        },
    };
    found.err().map(|(message, help)| Fault { message: format!("{repository} {message}"), help })
}

/// A namespace, without which no workspace is loaded, and a name, none longer or shorter than Docker Hub has them (<https://docs.docker.com/docker-hub/repos/create/>).
fn docker_hub(path: &str) -> Result<(), (String, String)> {
    let rename = || "give the image another name: `name:` in its manifest".to_owned();
    match path.split('/').collect::<Vec<_>>()[..] {
        [_, name] if name.len() < 2 => {
            Err(("has a name of one character; Docker Hub asks for two".to_owned(), rename()))
        }
        [_, _] => Ok(()),
        _ => Err((
            "has more than two names between slashes, which Docker Hub does not allow".to_owned(),
            "leave one namespace in registry: of keg.yml, and none in the image's name".to_owned(),
        )),
    }
}

/// Amazon allows words of `a-z0-9` with single `.`, `_` or `-` between them, where Docker allows `__` and `--` too.
fn amazon(name: &str, longest: usize) -> Result<(), (String, String)> {
    let rename = || "give the image another name: `name:` in its manifest".to_owned();
    if name.len() < 2 || name.len() > longest {
        let message = format!("has a name of length {}, where Amazon takes 2 to {longest} characters", name.len());
        return Err((message, rename()));
    }
    let doubled = ["__", "--"].into_iter().find(|marks| name.contains(marks));
    doubled.map_or(Ok(()), |marks| Err((format!("has `{marks}`, which Amazon does not allow"), rename())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Workspace, tests::Tree};

    fn workspace(registry: &str, folder: &str) -> Workspace {
        let keg_yml = format!("registry: {registry}\nlayout: [analyses/*]\n");
        let dockerfile = format!("analyses/{folder}/Dockerfile");
        Tree::new(&[("keg.yml", &keg_yml), (&dockerfile, "FROM debian:12\n")]).load().unwrap()
    }

    /// The full name of the image in the folder, and what is wrong with it.
    fn judged(kind: RegistryKind, registry: &str, folder: &str) -> (String, Option<String>) {
        let workspace = workspace(registry, folder);
        let (index, _) = workspace.iter().next().unwrap();
        let repository = workspace.repository(index);
        (repository.to_string(), fault(kind, &repository).map(|fault| fault.message))
    }

    #[test]
    fn folders_give_names_that_every_registry_takes() {
        for (kind, registry) in [
            (RegistryKind::Ghcr, "ghcr.io/acme"),
            (RegistryKind::Ghcr, "ghcr.io/acme/modules"),
            (RegistryKind::Ecr, "123456789012.dkr.ecr.eu-west-1.amazonaws.com"),
            (RegistryKind::Ecr, "123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/modules"),
            (RegistryKind::EcrPublic, "public.ecr.aws/acme"),
            (RegistryKind::EcrPublic, "public.ecr.aws/acme/modules"),
            (RegistryKind::Generic, "docker.io/acme"),
            (RegistryKind::Generic, "registry.example.com:5000/a/b/c"),
            (RegistryKind::Generic, "registry.example.com:5000"),
        ] {
            for (folder, name) in
                [("Cell-Type-NSCLC", "cell-type-nsclc"), ("cell_Types.02", "cell_types.02"), ("A", "a")]
            {
                let (full, wrong) = judged(kind, registry, folder);
                assert_eq!(full, format!("{registry}/{name}"));
                // Names of one letter are too short where nothing stands before them.
                let is_alone =
                    ["public.ecr.aws/acme", "docker.io/acme", "123456789012.dkr.ecr.eu-west-1.amazonaws.com"];
                let is_short = name == "a" && is_alone.contains(&registry);
                assert_eq!(wrong.is_some(), is_short, "{full}: {wrong:?}");
            }
        }
    }

    #[test]
    fn what_a_registry_does_not_take_is_said() {
        let wrong = |kind, registry: &str, folder: &str| judged(kind, registry, folder).1.unwrap_or_default();
        let amazon = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        assert!(wrong(RegistryKind::Ghcr, "ghcr.io", "web").contains("names no owner"));
        assert!(wrong(RegistryKind::EcrPublic, "public.ecr.aws", "web").contains("names no alias"));
        assert!(wrong(RegistryKind::Ecr, amazon, "a__b").contains("has `__`"));
        assert!(wrong(RegistryKind::EcrPublic, "public.ecr.aws/acme", "a--b").contains("has `--`"));
        assert!(wrong(RegistryKind::Generic, "docker.io/acme/modules", "web").contains("more than two names"));
        assert_eq!(wrong(RegistryKind::Generic, "registry.example.com/a", "a__b"), "");
        assert_eq!(wrong(RegistryKind::Ghcr, "ghcr.io/acme", "a--b"), "");
        let long = |length: usize| "x".repeat(length);
        assert_eq!(wrong(RegistryKind::EcrPublic, "public.ecr.aws/acme", &long(205)), "");
        let message = wrong(RegistryKind::EcrPublic, "public.ecr.aws/acme", &long(206));
        assert!(message.ends_with("has a name of length 206, where Amazon takes 2 to 205 characters"), "{message}");
    }

    #[test]
    fn no_registry_takes_a_name_that_is_longer_than_docker_takes() {
        let keg_yml = "registry: registry.example.com/acme\nlayout: [analyses/*]\n";
        let dockerfile = format!("analyses/{}/Dockerfile", "x".repeat(254));
        let error = Tree::new(&[("keg.yml", keg_yml), (&dockerfile, "FROM debian:12\n")]).load().unwrap_err();
        assert!(error.message().ends_with("cannot be the name of an image"), "{error:?}");
    }
}
