//! A port that is already taken: which one it is, and who has it.

use crate::border::compose::overlay::{LABEL_BRANCH, LABEL_TAP};
use crate::border::engine::EngineContainer;
use crate::error::Error;

/// What stands before the address in the engine's words, newest engines first.
const BEFORE: [&str; 4] = ["failed to bind host port for ", "failed to bind host port ", "Bind for ", "listen "];

/// The host's port that the engine could not bind, read from what Compose printed. Engines say it in these ways:
///
/// - `Bind for 0.0.0.0:8080 failed: port is already allocated`
/// - `listen tcp4 0.0.0.0:8080: bind: address already in use`
/// - `failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use`
pub fn taken_port(said: &str) -> Option<u16> {
    said.lines()
        .filter(|line| line.contains("port is already allocated") || line.contains("address already in use"))
        .find_map(|line| {
            let rest = BEFORE.iter().find_map(|before| Some(line.split_once(before)?.1))?;
            // `listen` names the protocol first.
            rest.split_whitespace().take(2).find_map(port_of_address)
        })
}

/// The port in `0.0.0.0:8080`, `[::]:8080` or `:::8080`, whatever follows it.
fn port_of_address(address: &str) -> Option<u16> {
    let rest = match address.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once("]:")?.1,
        None => address.strip_prefix(":::").or_else(|| Some(address.split_once(':')?.1))?,
    };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The error for a port that is taken, with the container that has it, when it is one.
pub fn taken(tap: &str, port: u16, containers: &[EngineContainer]) -> Error {
    let holder = containers
        .iter()
        .find(|container| container.state == "running" && container.ports.iter().any(|held| held.host_port == port));
    let Some(holder) = holder else {
        return Error::failed(format!("starting {tap}: port {port} is already taken by a program outside Docker"))
            .help(format!("Stop that program (`ss -ltnp 'sport = :{port}'` names it), or publish another port."));
    };
    let of_tap = holder.labels.get(LABEL_TAP).zip(holder.labels.get(LABEL_BRANCH));
    let (whose, stop) = match of_tap {
        Some((tap, branch)) => {
            (format!(" (tap {tap} on branch {branch})"), format!("keg stop {tap} --branch {branch}"))
        }
        None => (String::new(), format!("docker stop {}", holder.name)),
    };
    Error::failed(format!("starting {tap}: port {port} is already taken by the container {}{whose}", holder.name))
        .help(format!("Stop it with `{stop}`, or publish another port."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::border::engine::PublishedPort;

    #[test]
    fn every_way_to_say_it() {
        for line in [
            "ERROR: for web  Cannot start service web: driver failed programming external connectivity on endpoint \
             web_1 (dd775): Bind for 0.0.0.0:18081 failed: port is already allocated",
            "Error starting userland proxy: listen tcp4 0.0.0.0:18081: bind: address already in use",
            "Error starting userland proxy: listen tcp6 [::]:18081: bind: address already in use",
            "driver failed: listen tcp :::18081: bind: address already in use",
            "Bind for :::18081 failed: port is already allocated",
            "failed to bind host port for 127.0.0.1:18081:172.17.0.2:80/tcp: address already in use",
            "failed to set up container networking: failed to bind host port 0.0.0.0:18081/tcp: address already in use",
            "ports are not available: exposing port TCP 0.0.0.0:18081 -> 127.0.0.1:0: listen tcp 0.0.0.0:18081: bind: \
             address already in use",
        ] {
            assert_eq!(taken_port(&format!("before\n{line}\nafter")), Some(18081), "{line}");
        }
        assert_eq!(taken_port("listen tcp 0.0.0.0:18081"), None);
        assert_eq!(taken_port("port is already allocated"), None);
    }

    #[test]
    fn the_holder_is_named() {
        let port =
            PublishedPort { host_ip: "0.0.0.0".into(), host_port: 18081, container_port: 80, protocol: "tcp".into() };
        let mut holder = EngineContainer {
            id: "1".into(),
            name: "proxy".into(),
            image_id: String::new(),
            image: String::new(),
            state: "running".into(),
            health: None,
            labels: Default::default(),
            ports: vec![port],
            created: 0,
        };
        let error = taken("web", 18081, std::slice::from_ref(&holder));
        assert_eq!(error.message(), "starting web: port 18081 is already taken by the container proxy");
        holder.labels = [(LABEL_TAP, "api"), (LABEL_BRANCH, "feature/x")]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let error = taken("web", 18081, &[holder]);
        assert!(error.message().ends_with("the container proxy (tap api on branch feature/x)"), "{error}");
        assert_eq!(error.remedy(), Some("Stop it with `keg stop api --branch feature/x`, or publish another port."));
        assert!(taken("web", 18081, &[]).message().ends_with("a program outside Docker"));
    }
}
