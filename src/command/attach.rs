//! `keg attach`

use std::time::Duration;

use crate::border::engine::Seat;
use crate::command::session::{Ending, Session};
use crate::command::{App, running, selection};
use crate::error::{Error, Result};
use crate::interrupt::{self, Handled};

/// How long the engine may take to say how a container has ended, once its output is closed.
const LONGEST_END: Duration = Duration::from_secs(2);

/// Arguments of `keg attach`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg attach web                 the terminal of web's main process
  keg attach web --service db    that of its service db

Ctrl-P Ctrl-Q leaves it running, where it has a terminal (`tty: true` and `stdin_open: true` in the compose
file). Elsewhere its output is shown, and Ctrl-C goes to it and may end it; with --no-signals Ctrl-C only
ends the look. When the process ends, its exit code becomes keg's. `keg exec web` is a shell of its own,
and `keg logs web --follow` a look that begins earlier.")]
pub struct Args {
    /// Name or alias
    #[arg(value_name = "TAP", add = selection::tap_completer())]
    pub tap: String,
    /// The service; without it, the one that runs the tap's image
    #[arg(long, short, value_name = "SERVICE")]
    pub service: Option<String>,
    /// Passes on no signals that keg gets
    #[arg(long)]
    pub no_signals: bool,
}

/// Runs `keg attach`.
///
/// # Errors
/// The tap does not run, there is no such service, or the exit code of the process.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let found = running::find(app, &engine).await?;
    let tap = found.tap(&args.tap)?;
    let running = found.choose_one(app, &tap)?;
    let container = running.container(args.service.as_deref().unwrap_or_else(|| running.main_service()))?;
    let streams = engine.streams(&container.id).await?;
    let (output, input) = engine.join_container(&container.id, streams.terminal, streams.input.then_some(KEYS)).await?;
    if !streams.terminal && !args.no_signals && app.settings.interactive {
        app.ui.note(format!(
            "{tap} has no terminal of its own (`tty: true` in the compose file): Ctrl-C goes to its process; with \
             --no-signals it only ends the look"
        ));
    }
    let session = Session {
        engine: &engine,
        output,
        input: streams.input.then_some(input),
        seat: streams.terminal.then(|| Seat::Container(container.id.clone())),
        signalled: (!args.no_signals).then(|| container.id.clone()),
    };
    // Asked for from the beginning: afterwards the container may be gone.
    let ended = engine.wait_container(&container.id);
    tokio::pin!(ended);
    let run = session.run(app);
    tokio::pin!(run);
    let mut handled = args.no_signals.then(interrupt::handled);
    let mut code = None;
    let ending = loop {
        tokio::select! {
            ending = &mut run => break ending?,
            ended = &mut ended, if code.is_none() => code = Some(ended?),
            () = asked_to_end(&mut handled) => break Ending::Left,
        }
    };
    if ending == Ending::Closed && code.is_none() {
        code = tokio::time::timeout(LONGEST_END, ended).await.ok().transpose()?;
    }
    match code {
        Some(code) => Error::of_exit(i32::try_from(code).unwrap_or(1)),
        None => {
            app.ui.note(format!("{} runs on", container.name));
            Ok(())
        }
    }
}

/// What the engine is told to be the keys that leave a process; keg looks for them itself.
const KEYS: &str = "ctrl-p,ctrl-q";

/// Ready when the user wants the look to end; never, where Ctrl-C goes to the process.
async fn asked_to_end(handled: &mut Option<Handled>) {
    match handled {
        Some(handled) => handled.requested().await,
        None => std::future::pending().await,
    }
}
