//! Runs tests: each in a fresh container of its image, which is removed whatever happens.

mod attempt;
mod output;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;

use crate::border::engine::{Engine, OneOff};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::plan::{Purpose, TestAction};
use crate::settings::Settings;
use crate::state;
use crate::ui::{looks_secret, mask_secrets};

use super::one_offs::OneOffs;
use attempt::Attempt;

/// The folder of logs in that of local state.
const LOGS: &str = "tests/logs";
/// How many lines of a failed test's output its report shows.
const SHOWN_LINES: usize = 30;

/// What the tests of one run of keg have in common, and what became of them.
#[derive(Debug)]
pub struct TestRun {
    /// Its containers.
    containers: OneOffs,
    root: PathBuf,
    /// Values that no log shows.
    secrets: Vec<String>,
    /// Containers that are being made: who is interrupted has to wait until there is something to remove.
    making: Mutex<Vec<JoinHandle<()>>>,
    records: Mutex<BTreeMap<(String, String), TestRecord>>,
    /// What `info` commands have printed.
    infos: Mutex<BTreeMap<(String, String), String>>,
}

/// What is left of a test that was run.
#[derive(Debug, Clone, Default)]
pub struct TestRecord {
    /// How often it was run.
    pub tries: u32,
    /// What it printed last, for reports.
    pub output: String,
    /// The file with all of it, relative to the workspace.
    pub log: Option<PathBuf>,
}

impl TestRun {
    /// For the tests of the workspace in `root`.
    pub fn new(root: &Path, settings: &Settings) -> Self {
        let secret = |(name, value): (&str, &str)| looks_secret(name).then(|| value.to_owned());
        Self {
            containers: OneOffs::new(root),
            root: root.to_owned(),
            secrets: settings.variables.iter().filter_map(secret).collect(),
            making: Mutex::default(),
            records: Mutex::default(),
            infos: Mutex::default(),
        }
    }

    /// What is left of a test.
    pub fn record(&self, image: &str, test: &str) -> Option<TestRecord> {
        lock(&self.records).get(&(image.to_owned(), test.to_owned())).cloned()
    }

    /// What an `info` command of an image has printed, or one that finds tags.
    pub fn info(&self, image: &str, name: &str) -> Option<String> {
        lock(&self.infos).get(&(image.to_owned(), name.to_owned())).cloned()
    }

    /// Removes containers that killed keg processes have left of this workspace.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn sweep(&self, engine: &Engine) -> Result<()> {
        self.containers.sweep(engine).await
    }

    /// Removes all containers of the run that are still there.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn clean_up(&self, engine: &Engine) -> Result<()> {
        let making = std::mem::take(&mut *lock(&self.making));
        for container in making {
            container.await.ok();
        }
        self.containers.remove(engine).await
    }

    /// Makes a container that [`clean_up`](Self::clean_up) finds, even when the caller goes away meanwhile.
    async fn make(&self, engine: &Engine, mut one: OneOff) -> Result<String> {
        one.labels = self.containers.labels();
        let engine = engine.clone();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let making = tokio::spawn(async move {
            sender.send(engine.create_one_off(&one).await).ok();
        });
        {
            let mut all = lock(&self.making);
            all.retain(|container| !container.is_finished());
            all.push(making);
        }
        receiver.await.unwrap_or_else(|_| Err(Error::interrupted()))
    }

    /// Runs a test, and again as often as it may be repeated.
    ///
    /// # Errors
    /// It has failed each time.
    pub async fn run(&self, engine: &Engine, action: &TestAction, step: &str, events: &Events) -> Result<()> {
        let definition = &action.test.definition;
        let of_test = definition.env.iter().filter(|(name, _)| looks_secret(name)).map(|(_, value)| value.clone());
        let secrets: Vec<String> = self.secrets.iter().cloned().chain(of_test).collect();
        let tries = u32::from(definition.retries) + 1;
        for number in 1..=tries {
            let attempt = Attempt::new(self, engine, action, step, events);
            let result = attempt.run().await;
            let output = mask_secrets(&attempt.finish().await, &secrets);
            if action.purpose != Purpose::Test && result.is_ok() {
                lock(&self.infos).insert((action.image.clone(), action.test.name.clone()), output);
                return Ok(());
            }
            let log = self.write_log(action, &output);
            let shown = last_lines(&output, SHOWN_LINES);
            let record = TestRecord { tries: number, output: shown.clone(), log: log.clone() };
            lock(&self.records).insert((action.image.clone(), action.test.name.clone()), record);
            let reason = match result {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            if number < tries {
                let line = format!("{reason}; trying again ({number} of {})", tries - 1);
                events.log(step, line);
                continue;
            }
            let reason = if tries > 1 { format!("{reason}, {tries} times") } else { reason };
            let error = action.failure(&reason);
            return Err(match log {
                _ if shown.is_empty() => error,
                Some(log) => error.because(shown).help(format!("the whole output: {}", log.display())),
                None => error.because(shown),
            });
        }
        Ok(())
    }

    /// Keeps what a test printed, and gives the file relative to the workspace; nothing where it cannot be written.
    fn write_log(&self, action: &TestAction, output: &str) -> Option<PathBuf> {
        let image = action.image.replace(" [", "@").replace(']', "");
        let folder = Path::new(state::FOLDER).join(LOGS).join(image);
        let file = folder.join(format!("{}.log", file_name(&action.test.name)));
        state::folder(&self.root).ok()?;
        std::fs::create_dir_all(self.root.join(folder)).ok()?;
        std::fs::write(self.root.join(&file), output).ok()?;
        Some(file)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// A file name for a test: its own name, where that can be one; else a similar one that no other test has.
fn file_name(test: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    if test.chars().all(is_plain) && test.len() <= 60 && !test.starts_with('.') {
        return test.to_owned();
    }
    let plain: String = test.chars().map(|character| if is_plain(character) { character } else { '-' }).collect();
    let digest: String = Sha256::digest(test).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let words: Vec<&str> = plain.split(['-', '.']).filter(|word| !word.is_empty()).collect();
    let short: String = words.join("-").chars().take(40).collect();
    format!("{}-{digest}", short.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_have_names_that_files_can_have() {
        assert_eq!(file_name("imports"), "imports");
        assert!(file_name("python3 -c 'import numpy'").starts_with("python3-c-import-numpy-"));
        assert_ne!(file_name("a b"), file_name("a  b"));
        for hostile in ["../../etc/passwd", "..", "a/b", "", "日本", &"x".repeat(300)] {
            let name = file_name(hostile);
            assert!(name.len() < 64 && !name.contains('/') && !name.starts_with('.'), "{hostile}: {name}");
        }
    }

    #[test]
    fn the_end_is_shown() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("", 2), "");
    }
}
