//! One try of one test.

use std::cell::RefCell;
use std::time::Duration;

use regex::RegexBuilder;

use super::TestRun;
use super::output::Output;
use crate::border::engine::{Condition, Engine, Listener, OneOff};
use crate::border::process::{self, Options};
use crate::event::Events;
use crate::manifest::{CommandLine, TestPlace};
use crate::plan::{Purpose, TestAction};
use crate::testing::Program;

/// Where a container finds the folder of an executable test.
const FOLDER: &str = "/keg-test";
/// How often a container is asked whether it is healthy.
const INTERVAL: Duration = Duration::from_millis(100);
/// How many lines of a container's own output stand beside that of a test on the host.
const CONTAINER_LINES: usize = 100;

/// One try. [`finish`](Self::finish) removes its container.
pub(super) struct Attempt<'a> {
    run: &'a TestRun,
    engine: &'a Engine,
    action: &'a TestAction,
    step: &'a str,
    events: &'a Events,
    container: RefCell<Option<String>>,
    output: RefCell<Output>,
}

impl<'a> Attempt<'a> {
    pub fn new(
        run: &'a TestRun,
        engine: &'a Engine,
        action: &'a TestAction,
        step: &'a str,
        events: &'a Events,
    ) -> Self {
        Self { run, engine, action, step, events, container: RefCell::default(), output: RefCell::default() }
    }

    /// Runs the test.
    ///
    /// # Errors
    /// Why it counts as failed, as the end of a sentence.
    pub async fn run(&self) -> Result<(), String> {
        let definition = &self.action.test.definition;
        let (container, output) = self.start().await?;
        let running = async {
            match output {
                Some(output) => self.in_image(&container, output).await,
                None => self.on_host(&container).await,
            }
        };
        // The engine's own work does not count, so that a busy machine fails no test.
        let code = tokio::time::timeout(definition.limit, running).await;
        let code = code.map_err(|_| format!("it did not end within {} s", definition.limit.as_secs()))??;
        if code != 0 {
            return Err(format!("it ended with code {code}"));
        }
        let Some(expect) = &definition.expect else { return Ok(()) };
        let expression = RegexBuilder::new(expect).multi_line(true).build().map_err(|error| error.to_string())?;
        let matches = expression.is_match(&self.output.borrow().text());
        match self.action.purpose {
            _ if matches => Ok(()),
            Purpose::Test | Purpose::Version => Err(format!("it prints nothing that matches `{expect}`")),
            Purpose::Info => Err("it prints nothing".to_owned()),
        }
    }

    /// Removes the container, and gives what was printed.
    pub async fn finish(self) -> String {
        let container = self.container.borrow().clone();
        if let Some(container) = container {
            // What cannot be removed now is tried again at the end of the run.
            self.engine.discard_container(&container).await.ok();
        }
        self.output.into_inner().text()
    }

    /// The container, and where it runs the test itself what it prints.
    async fn start(&self) -> Result<(String, Option<Listener>), String> {
        let definition = &self.action.test.definition;
        let image = self.action.reference.familiar();
        let mut one = OneOff { image: image.clone(), ..OneOff::default() };
        if definition.place == TestPlace::Host {
            let exposed = self.engine.exposed_ports(&image).await.map_err(|error| error.one_line())?;
            one.ports = exposed.iter().filter_map(|port| port.strip_suffix("/tcp")?.parse().ok()).collect();
            one.ports.extend(&definition.ports);
            one.ports.sort_unstable();
            one.ports.dedup();
        } else {
            one.env.clone_from(&definition.env);
            let (command, folder) = match &definition.program {
                Program::Command(CommandLine::Shell(text)) => {
                    (["/bin/sh", "-c", text].map(str::to_owned).to_vec(), None)
                }
                Program::Command(CommandLine::Arguments(arguments)) => (arguments.clone(), None),
                Program::File { folder, name } => {
                    (vec![format!("{FOLDER}/{name}")], Some((folder.clone(), FOLDER.to_owned())))
                }
            };
            (one.command, one.folder) = (Some(command), folder);
        }
        let container = self.run.make(self.engine, one).await.map_err(|error| {
            let reason = error.one_line();
            if definition.place == TestPlace::Host && reason.contains("No command specified") {
                return "the image has no command of its own, and `in: host` needs one that goes on".to_owned();
            }
            reason
        })?;
        *self.container.borrow_mut() = Some(container.clone());
        let joined = match definition.place {
            TestPlace::Image => {
                Some(self.engine.join_container(&container, false, None).await.map_err(|error| error.one_line())?.0)
            }
            TestPlace::Host => None,
        };
        self.engine.start_container(&container).await.map_err(|error| {
            let reason = error.one_line();
            let is_shell = matches!(&definition.program, Program::Command(CommandLine::Shell(_)));
            if is_shell && definition.place == TestPlace::Image && reason.contains("/bin/sh") {
                return "the image has no /bin/sh: write `run` as a list of a program and its arguments".to_owned();
            }
            reason
        })?;
        Ok((container, joined))
    }

    async fn in_image(&self, container: &str, output: Listener) -> Result<i64, String> {
        let on_output = |part: &[u8]| {
            let lines = self.output.borrow_mut().add(part);
            lines.into_iter().for_each(|line| self.log(line));
        };
        self.engine.hear_out(container, output, on_output).await.map_err(|error| error.one_line())
    }

    async fn on_host(&self, container: &str) -> Result<i64, String> {
        let result = match self.ready(container).await {
            Ok(variables) => match self.on_host_with(variables).await {
                // A service that has died meanwhile has not passed, whatever it answered before.
                Ok(0) => self.still_runs(container).await.map(|()| 0),
                ended => ended,
            },
            Err(reason) => Err(reason),
        };
        let is_success = matches!(result, Ok(0));
        if !is_success && let Ok(lines) = self.engine.logs_tail(container, CONTAINER_LINES).await {
            let mut output = self.output.borrow_mut();
            output.add_line(&format!("--- what the container of {} printed:", self.action.image));
            lines.iter().for_each(|line| output.add_line(line));
        }
        result
    }

    /// Waits until the container can be used, and gives the variables that tell where it is.
    async fn ready(&self, container: &str) -> Result<Vec<(String, String)>, String> {
        loop {
            match self.engine.condition(container).await.map_err(|error| error.one_line())? {
                Condition::Ready => break,
                Condition::Starting => tokio::time::sleep(INTERVAL).await,
                Condition::Unhealthy => return Err("the container is unhealthy".to_owned()),
                Condition::Ended(code) => return Err(ended(code)),
            }
        }
        let mut ports = self.engine.published_ports(container).await.map_err(|error| error.one_line())?;
        // An engine may publish a port in IPv4 and in IPv6; IPv4 is sorted first.
        ports.sort_by(|one, other| (one.container_port, &one.host_ip).cmp(&(other.container_port, &other.host_ip)));
        ports.dedup_by_key(|port| port.container_port);
        let workspace = self.run.root.display().to_string();
        let mut variables = vec![
            ("KEG_HOST".to_owned(), self.engine.host()),
            ("KEG_CONTAINER".to_owned(), container.to_owned()),
            ("KEG_IMAGE".to_owned(), self.action.reference.familiar()),
            ("KEG_WORKSPACE".to_owned(), workspace),
        ];
        variables.extend(self.action.plan.clone().map(|plan| ("KEG_PLAN".to_owned(), plan)));
        for port in &ports {
            variables.push((format!("KEG_PORT_{}", port.container_port), port.host_port.to_string()));
        }
        if let [only] = &ports[..] {
            variables.push(("KEG_PORT".to_owned(), only.host_port.to_string()));
        }
        Ok(variables)
    }

    async fn still_runs(&self, container: &str) -> Result<(), String> {
        match self.engine.condition(container).await.map_err(|error| error.one_line())? {
            Condition::Ended(code) => Err(ended(code)),
            _ => Ok(()),
        }
    }

    async fn on_host_with(&self, variables: Vec<(String, String)>) -> Result<i64, String> {
        let definition = &self.action.test.definition;
        let env = definition.env.iter().cloned().chain(variables).collect();
        let options =
            Options { cwd: Some(definition.origin.folder.clone()), env, own_group: true, ..Options::default() };
        let on_line = |line: &str| {
            self.output.borrow_mut().add_line(line);
            self.log(line.to_owned());
        };
        let shell = |text: &str| ["sh", "-c", text].map(str::to_owned).to_vec();
        let command = match &definition.program {
            Program::Command(CommandLine::Shell(text)) => shell(text),
            Program::Command(CommandLine::Arguments(arguments)) => arguments.clone(),
            Program::File { folder, name } => vec![folder.join(name).display().to_string()],
        };
        let (program, arguments) = command.split_first().ok_or("its command is empty")?;
        let finished = process::run_streaming(program, arguments, &options, on_line).await;
        finished.map(|finished| i64::from(finished.code)).map_err(|error| error.one_line())
    }

    fn log(&self, line: String) {
        self.events.log(self.step, line);
    }
}

fn ended(code: i64) -> String {
    format!("the image's own command ended with code {code}, and `in: host` needs one that goes on")
}
