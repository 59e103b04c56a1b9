//! Waits until a container is up.

use std::time::{Duration, Instant};

use super::Args;
use crate::border::engine::{ContainerRequest, Engine};
use crate::command::{App, running};
use crate::error::{Error, Result};
use crate::start::running::{Row, rows, running as group};
use crate::start::watch::{Seen, Verdict, Watch};

/// How often the container is looked at.
const INTERVAL: Duration = Duration::from_millis(200);
/// How many of its last lines are shown of a container that did not come up.
const LAST_LINES: usize = 20;

/// The container as `keg ps` shows it.
///
/// # Errors
/// The engine is out of reach.
pub(super) async fn look(app: &App, engine: &Engine, request: &ContainerRequest) -> Result<Vec<Row>> {
    let containers = engine.containers(&[]).await?.into_iter().filter(|container| container.name == request.name);
    Ok(rows(&group(containers), &running::host(app)?))
}

/// Waits until the container is up.
///
/// # Errors
/// It ends, does not get healthy in time, or the engine goes away.
pub(super) async fn wait(args: &Args, app: &App, engine: &Engine, request: &ContainerRequest) -> Result<Vec<Row>> {
    let (began, limit) = (Instant::now(), Duration::from_secs(args.timeout));
    let mut watch = Watch::default();
    loop {
        let mut containers = engine.containers(&[]).await?;
        containers.retain(|container| container.name == request.name);
        let mut seen = Vec::new();
        for container in &containers {
            seen.push(Seen { container, exit_code: engine.exit_code(&container.id).await? });
        }
        let (trouble, after) = match watch.look(began.elapsed(), &seen) {
            Verdict::Up => return look(app, engine, request).await,
            Verdict::Failed(trouble) => (trouble, String::new()),
            Verdict::Waiting(trouble) if began.elapsed() >= limit => {
                (trouble, format!(" after {} seconds", limit.as_secs()))
            }
            Verdict::Waiting(_) => {
                tokio::time::sleep(INTERVAL).await;
                continue;
            }
        };
        let mut errors = Vec::new();
        for one in trouble {
            let lines = engine.logs_tail(&one.id, LAST_LINES).await.unwrap_or_default();
            let said = match lines.as_slice() {
                [] => "it printed nothing".to_owned(),
                lines => format!("its last lines are\n{}", lines.join("\n")),
            };
            let message = format!("running {}: the container {} {}{after}", request.image, one.name, one.why);
            errors.push(Error::failed(message).because(said));
        }
        return Err(Error::all(errors).unwrap_or_else(|| Error::failed(format!("running {}", request.image))));
    }
}
