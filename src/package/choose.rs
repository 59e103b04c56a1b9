//! Which container is packaged, and what of it is not.

use crate::border::engine::{EngineContainer, Mount, MountKind};
use crate::error::{Error, Result, nearest};
use crate::start::running::{Running, service};

/// Compose's label of containers that `docker compose run` made.
const LABEL_ONE_OFF: &str = "com.docker.compose.oneoff";

/// The containers that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice<'a> {
    /// This one.
    One(&'a EngineContainer),
    /// One of these: somebody has to say which.
    Several(Vec<&'a EngineContainer>),
}

/// The container to package: that of `asked`, a service or a container's name, else that of the service that runs the
/// tap's image.
///
/// # Errors
/// There is no such service, it does not run, or it runs another image than the tap's.
pub fn choose<'a>(running: &'a Running, asked: Option<&str>) -> Result<Choice<'a>> {
    let main = running.main_service();
    let is_alive = |container: &&EngineContainer| {
        matches!(container.state.as_str(), "running" | "paused")
            && container.labels.get(LABEL_ONE_OFF).is_none_or(|value| value != "True")
    };
    let alive: Vec<&EngineContainer> = running.containers.iter().filter(is_alive).collect();
    let image = running.containers.iter().find(|container| service(container) == main).map(|found| &found.image_id);
    let has_image = |container: &EngineContainer| Some(&container.image_id) == image;
    if let Some(asked) = asked {
        let meant: Vec<&EngineContainer> =
            alive.iter().copied().filter(|container| service(container) == asked || container.name == asked).collect();
        if meant.is_empty() {
            return Err(no_container(running, asked, &alive));
        }
        return match meant.iter().find(|container| !has_image(container)) {
            Some(other) => {
                Err(Error::request(format!("{asked} runs {}, which is not the image of {}", other.image, running.tap))
                    .help(format!(
                        "what is packaged becomes an image of {0}: keg package {0} packages {main}",
                        running.tap
                    )))
            }
            None => Ok(choice(meant)),
        };
    }
    let of_main: Vec<&EngineContainer> = alive.iter().copied().filter(|container| service(container) == main).collect();
    if !of_main.is_empty() {
        return Ok(choice(of_main));
    }
    // Others run the same image; whether one of them is meant, keg cannot know.
    let same: Vec<&EngineContainer> = alive.iter().copied().filter(|container| has_image(container)).collect();
    if same.is_empty() { Err(no_container(running, main, &alive)) } else { Ok(Choice::Several(same)) }
}

fn choice(containers: Vec<&EngineContainer>) -> Choice<'_> {
    match containers.as_slice() {
        [only] => Choice::One(only),
        _ => Choice::Several(containers),
    }
}

fn no_container(running: &Running, asked: &str, alive: &[&EngineContainer]) -> Error {
    // That a service is unknown or has ended is said as everywhere.
    if let Err(error) = running.require_service(asked) {
        return error;
    }
    let names: Vec<&str> = alive.iter().map(|container| container.name.as_str()).collect();
    let error = Error::request(format!("no container of {asked} runs in {}", running.tap));
    match nearest(asked, names.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("what runs: {}", names.join(", "))),
    }
}

/// A mount, whose contents do not become part of the image, in words.
pub fn left_out(mount: &Mount) -> String {
    let place = &mount.destination;
    match mount.kind {
        MountKind::Volume if is_anonymous(&mount.name) => format!("the unnamed volume at {place}"),
        MountKind::Volume => format!("the volume {} at {place}", mount.name),
        MountKind::Bind => format!("{} of this machine at {place}", mount.source),
        MountKind::Temporary => format!("what is kept in memory at {place}"),
    }
}

/// The engine names a volume that nobody named by 64 digits.
fn is_anonymous(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::border::compose::overlay::{LABEL_MAIN_SERVICE, LABEL_PROJECT, LABEL_SERVICE, LABEL_TAP};
    use crate::start::running::running;

    fn container(name: &str, service: &str, image: &str, state: &str) -> EngineContainer {
        let labels =
            [(LABEL_TAP, "web"), (LABEL_PROJECT, "web-main"), (LABEL_SERVICE, service), (LABEL_MAIN_SERVICE, "app")];
        EngineContainer {
            id: name.to_owned(),
            name: name.to_owned(),
            image_id: image.to_owned(),
            image: image.to_owned(),
            state: state.to_owned(),
            health: None,
            labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ports: Vec::new(),
            created: 0,
        }
    }

    fn chosen(containers: &[(&str, &str, &str, &str)], asked: Option<&str>) -> String {
        let containers = containers.iter().map(|(name, service, image, state)| container(name, service, image, state));
        let running = running(containers);
        match choose(&running[0], asked) {
            Ok(Choice::One(container)) => container.name.clone(),
            Ok(Choice::Several(list)) => {
                list.iter().map(|container| container.name.as_str()).collect::<Vec<_>>().join(" or ")
            }
            Err(error) => format!("{} | {}", error.message(), error.remedy().unwrap_or_default()),
        }
    }

    #[test]
    fn the_service_with_the_taps_image_is_meant() {
        let all =
            [("a1", "app", "web", "running"), ("d1", "db", "postgres", "running"), ("w1", "worker", "web", "running")];
        assert_eq!(chosen(&all, None), "a1");
        assert_eq!(chosen(&all, Some("worker")), "w1");
        assert_eq!(chosen(&all, Some("w1")), "w1");
        assert_eq!(
            chosen(&all, Some("db")),
            "db runs postgres, which is not the image of web | \
             what is packaged becomes an image of web: keg package web packages app"
        );
        assert!(chosen(&all, Some("wroker")).contains("Did you mean `worker`?"));
        let paused = [("a1", "app", "web", "paused")];
        assert_eq!(chosen(&paused, None), "a1");
    }

    #[test]
    fn several_are_a_question_and_none_an_error() {
        let two = [("a1", "app", "web", "running"), ("a2", "app", "web", "running")];
        assert_eq!(chosen(&two, None), "a1 or a2");
        assert_eq!(chosen(&two, Some("a2")), "a2");
        let other = [("a1", "app", "web", "exited"), ("w1", "worker", "web", "running")];
        assert_eq!(chosen(&other, None), "w1");
        let none = [("a1", "app", "web", "exited"), ("d1", "db", "postgres", "running")];
        assert!(chosen(&none, None).starts_with("app of web is not running: it is exited"));
    }

    #[test]
    fn mounts_are_named_as_people_know_them() {
        let shown = |kind, name: &str| {
            let (source, destination) = ("/home/me/web".to_owned(), "/data".to_owned());
            left_out(&Mount { kind, name: name.to_owned(), source, destination })
        };
        assert_eq!(shown(MountKind::Volume, "web_data"), "the volume web_data at /data");
        assert_eq!(shown(MountKind::Volume, &"ab".repeat(32)), "the unnamed volume at /data");
        assert_eq!(shown(MountKind::Bind, ""), "/home/me/web of this machine at /data");
        assert_eq!(shown(MountKind::Temporary, ""), "what is kept in memory at /data");
    }
}
