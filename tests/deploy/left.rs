//! Deployments that are left before they are over: the Swarm has all of them or nothing.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use super::{Team, eventually};
use crate::support::{command, end, run};

/// A keg that runs in a process group of its own, as one that a terminal has started.
pub struct Running {
    keg: Child,
    group: String,
}

impl Running {
    pub fn start(mut keg: Command) -> Self {
        let keg =
            keg.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self { group: format!("-{}", keg.id()), keg }
    }

    /// Reads what it prints, until a line says `text`.
    pub fn until(&mut self, text: &str) {
        let mut lines = BufReader::new(self.keg.stdout.as_mut().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains(text)), "`{text}` is not printed");
    }

    /// Reads what it says beside that, until a line says `text`.
    pub fn until_complaint(&mut self, text: &str) {
        let mut lines = BufReader::new(self.keg.stderr.as_mut().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains(text)), "`{text}` is not said");
    }

    /// Waits for its end, and gives the exit code.
    pub fn end(mut self) -> Option<i32> {
        end(&mut self.keg).code()
    }

    /// Presses Ctrl-C, and gives the exit code and all errors.
    pub fn interrupt(mut self) -> (Option<i32>, String) {
        run(command("kill").args(["-INT", "--", &self.group]), b"").success();
        let code = end(&mut self.keg).code();
        let errors = std::io::read_to_string(self.keg.stderr.take().unwrap()).unwrap();
        (code, errors.split(['\n', ' ', '│']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
    }
}

/// Nothing has happened then.
pub fn before_the_swarm_is_told(team: &Team) {
    let begun = team.workspace.outside("begun").join("hook");
    let mut keg = team.deploy_command(&["shop"]);
    keg.env("WAITS", &begun);
    let keg = Running::start(keg);
    eventually("the hook runs", || begun.exists());
    let (code, errors) = keg.interrupt();
    assert_eq!(code, Some(130), "{errors}");
    assert!(errors.contains("was changed in the Swarm"), "{errors}");
}

/// Docker's client tells the Swarm one service after the other: Ctrl-C does not come between two.
pub fn while_the_swarm_is_told(team: &mut Team) {
    let docker = which::which("docker").unwrap();
    let begun = team.workspace.outside("begun").join("stack");
    let slow = format!(
        "#!/bin/sh\n[ \"$1\" != stack ] || {{ touch {}; sleep 2; }}\nexec {} \"$@\"\n",
        begun.display(),
        docker.display()
    );
    team.workspace.script("docker", &slow);
    let keg = Running::start(team.deploy_command(&["shop"]));
    eventually("the Swarm is being told", || begun.exists());
    assert_eq!(team.lines(["service", "ls", "--quiet"]).len(), 0);
    let (code, errors) = keg.interrupt();
    assert_eq!(code, Some(130), "{errors}");
    assert!(errors.contains("the Swarm goes on with it"), "{errors}");
    assert_eq!(team.lines(["service", "ls", "--quiet"]).len(), 2, "the Swarm has all services of the tap");
    std::fs::remove_file(&begun).unwrap();
    let keg = Running::start(team.deploy_command(&["remove", "shop"]));
    eventually("the stack is being removed", || begun.exists());
    assert_eq!(team.lines(["service", "ls", "--quiet"]).len(), 2);
    let (code, errors) = keg.interrupt();
    assert_eq!(code, Some(130), "{errors}");
    assert!(errors.contains("the Swarm goes on with it"), "{errors}");
    assert_eq!(team.lines(["service", "ls", "--quiet"]).len(), 0, "the Swarm has no service of the tap");
    eventually("all is gone", || {
        team.lines(["network", "ls", "--quiet", "--filter", "label=com.docker.stack.namespace"]).is_empty()
    });
    team.workspace.script("docker", &format!("#!/bin/sh\nexec {} \"$@\"\n", docker.display()));
}

/// The Swarm goes on, and the same command waits for it again.
pub fn while_the_swarm_is_at_it(team: &Team) {
    let before = team.tasks("web");
    let third = team.publish("bad slow three\n");
    let late = team.deploy(&["shop", "--replicas", "3", "--timeout", "1"]).code(1);
    late.complains("it is not up after 1 seconds").complains("the Swarm goes on with it");
    assert!(team.image("web").ends_with(&third) && team.image("worker").ends_with(&third));
    eventually("a container is replaced", || team.tasks("web") != before);
    let keg = Running::start(team.deploy_command(&["shop", "--replicas", "3"]));
    let hooks = team.workspace.read("hooks.log");
    eventually("keg has begun", || team.workspace.read("hooks.log") != hooks);
    let (code, errors) = keg.interrupt();
    assert_eq!(code, Some(130), "{errors}");
    assert!(errors.contains("the Swarm is at this already"), "{errors}");
    assert!(errors.contains("the Swarm goes on with it"), "{errors}");
    assert!(team.image("web").ends_with(&third), "nothing was taken back");
}
