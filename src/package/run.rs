//! How an image runs by itself: what its container gets of the tap and of the image. Pure.

use std::collections::BTreeMap;

use crate::border::compose::model::ModelPort;
use crate::border::compose::overlay::{
    LABEL_BRANCH, LABEL_MAIN_SERVICE, LABEL_PROJECT, LABEL_SERVICE, LABEL_TAG, LABEL_TAP, LABEL_WORKSPACE,
};
use crate::border::engine::{EngineContainer, PortRequest};
use crate::error::{Error, Result};
use crate::reference::Reference;
use crate::start::project_name;

/// The label of containers that run an image by itself, with its reference.
pub const LABEL_RUN: &str = "dev.keg.package.run";
/// Compose's label with a container's number in its service.
const LABEL_NUMBER: &str = "com.docker.compose.container-number";
/// Compose's label of containers that `docker compose run` made.
const LABEL_ONE_OFF: &str = "com.docker.compose.oneoff";
/// Compose's label without which Compose v2 does not see a container.
const LABEL_HASH: &str = "com.docker.compose.config-hash";

/// The labels by which `keg ps`, `stop`, `logs` and `exec` find the container: it counts as a tap of its own.
pub fn run_labels(
    name: &str,
    service: &str,
    workspace: &str,
    reference: &Reference,
    of_image: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let tag = reference.tag().or(reference.digest()).unwrap_or_default();
    let branch = of_image.get(LABEL_BRANCH).filter(|branch| !branch.is_empty()).map_or(tag, String::as_str);
    let (first, rest) = name.split_once('-').unwrap_or(("package", name));
    let labels = [
        (LABEL_RUN, reference.familiar()),
        (LABEL_TAP, name.to_owned()),
        (LABEL_BRANCH, branch.to_owned()),
        (LABEL_TAG, tag.to_owned()),
        (LABEL_WORKSPACE, workspace.to_owned()),
        (LABEL_MAIN_SERVICE, service.to_owned()),
        (LABEL_PROJECT, project_name(first, rest)),
        (LABEL_SERVICE, service.to_owned()),
        (LABEL_NUMBER, "1".to_owned()),
        (LABEL_ONE_OFF, "False".to_owned()),
        (LABEL_HASH, "keg".to_owned()),
    ];
    labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The container that has this name already, if it may be replaced: one that keg made for the same purpose, and that
/// has ended.
///
/// # Errors
/// It runs, or it is another's.
pub fn replaced<'a>(name: &str, containers: &'a [EngineContainer]) -> Result<Option<&'a EngineContainer>> {
    let Some(other) = containers.iter().find(|container| container.name == name) else { return Ok(None) };
    if !other.labels.contains_key(LABEL_RUN) {
        return Err(Error::request(format!("the name {name} is taken by a container of {}", other.image))
            .help("give this one another name with --name"));
    }
    if matches!(other.state.as_str(), "running" | "paused" | "restarting") {
        return Err(Error::request(format!("{name} runs already"))
            .help(format!("stop it first: keg stop {name}; or give this one another name with --name")));
    }
    Ok(Some(other))
}

/// The ports of a tap. Of a range the engine chooses where it is published.
pub fn tap_ports(ports: &[ModelPort]) -> Vec<PortRequest> {
    let request = |port: &ModelPort| {
        Some(PortRequest {
            address: port.address.clone().filter(|address| !address.is_empty()),
            host: port.published.as_deref().and_then(|port| port.parse().ok()),
            container: format!("{}/{}", port.target.parse::<u16>().ok()?, port.protocol),
        })
    };
    ports.iter().filter_map(request).collect()
}

/// The ports of an image of which no tap is known: for this machine alone, where there is room.
pub fn image_ports(ports: &[String]) -> Vec<PortRequest> {
    let request = |port: &String| PortRequest {
        address: Some("127.0.0.1".to_owned()),
        host: None,
        container: if port.contains('/') { port.clone() } else { format!("{port}/tcp") },
    };
    ports.iter().map(request).collect()
}

/// The same ports where the engine chooses another for `taken`; `None` where none of them is it.
pub fn without_port(ports: &[PortRequest], taken: u16) -> Option<Vec<PortRequest>> {
    let mut others = ports.to_vec();
    let found = others.iter_mut().find(|port| port.host == Some(taken))?;
    found.host = None;
    Some(others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::border::compose::model::short_port;

    fn container(name: &str, state: &str, labels: &[&str]) -> EngineContainer {
        EngineContainer {
            id: "1".into(),
            name: name.into(),
            image_id: String::new(),
            image: "nginx".into(),
            state: state.into(),
            health: None,
            labels: labels.iter().map(|label| ((*label).to_owned(), String::new())).collect(),
            ports: Vec::new(),
            created: 0,
        }
    }

    #[test]
    fn only_what_has_ended_is_replaced() {
        let name = "package-web-x";
        assert_eq!(replaced(name, &[container("other", "running", &[])]).unwrap(), None);
        let ended = [container(name, "exited", &[LABEL_RUN])];
        assert_eq!(replaced(name, &ended).unwrap(), Some(&ended[0]));
        let error = replaced(name, &[container(name, "running", &[LABEL_RUN])]).unwrap_err();
        assert_eq!(error.message(), "package-web-x runs already");
        let error = replaced(name, &[container(name, "exited", &[])]).unwrap_err();
        assert_eq!(error.message(), "the name package-web-x is taken by a container of nginx");
    }

    #[test]
    fn ports_are_those_of_the_tap() {
        let ports: Vec<_> = ["127.0.0.1::80", "8081:81/udp", "9000-9002:90", "91-92", "82"]
            .into_iter()
            .filter_map(short_port)
            .collect();
        let requests = tap_ports(&ports);
        let shown: Vec<_> =
            requests.iter().map(|port| (port.address.as_deref(), port.host, port.container.as_str())).collect();
        let expected = [
            (Some("127.0.0.1"), None, "80/tcp"),
            (None, Some(8081), "81/udp"),
            (None, None, "90/tcp"),
            (None, None, "82/tcp"),
        ];
        assert_eq!(shown, expected);
        assert_eq!(without_port(&requests, 8081).unwrap()[1].host, None);
        assert_eq!(without_port(&requests, 8082), None);
        let image = image_ports(&["80/tcp".into(), "81".into()]);
        assert_eq!(image[1], PortRequest { address: Some("127.0.0.1".into()), host: None, container: "81/tcp".into() });
    }

    #[test]
    fn it_counts_as_a_tap_of_its_own() {
        let reference = Reference::parse("localhost:5000/t/web:feature-x").unwrap();
        let of_image = BTreeMap::from([(LABEL_BRANCH.to_owned(), "feature/x".to_owned())]);
        let labels = run_labels("package-web-feature-x", "web", "/w", &reference, &of_image);
        assert_eq!(labels[LABEL_TAP], "package-web-feature-x");
        assert_eq!((labels[LABEL_BRANCH].as_str(), labels[LABEL_TAG].as_str()), ("feature/x", "feature-x"));
        assert_eq!(labels[LABEL_PROJECT], "package-web-feature-x");
        assert_eq!(run_labels("mine", "web", "/w", &reference, &of_image)[LABEL_PROJECT], "package-mine");
    }
}
