//! `keg logs`

use futures_util::future::{select_all, try_join_all};
use time::OffsetDateTime;

use crate::border::engine::{Engine, LogRequest, Records};
use crate::command::{App, running, selection};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::logs::{self, Line, Lines, Look};
use crate::start::running::{Running, service};
use crate::ui::LogPrinter;

/// Arguments of `keg logs`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg logs web                 what the containers of web have printed, in the order of time
  keg logs web --follow        and go on showing it, until Ctrl-C
  keg logs web db --tail 20    the last 20 lines of its service db
  keg logs web api --since 10m what two taps have printed in the last ten minutes
  keg logs                     all that runs of this workspace

A word after a tap is one of its services, else another tap. Where several containers are shown, their
names stand before the lines.")]
pub struct Args {
    /// Taps, each with services of it behind it; all that runs if none is named
    #[arg(value_name = "TAP [SERVICE]", add = selection::tap_completer())]
    pub words: Vec<String>,
    /// Which lines, and how.
    #[command(flatten)]
    pub flags: Flags,
}

/// Which lines of logs are shown, and how.
#[derive(Debug, clap::Args)]
pub struct Flags {
    /// Goes on showing what is printed
    #[arg(long, short)]
    pub follow: bool,
    /// Shows only so many of the last lines of each container or service
    #[arg(long, short = 'n', value_name = "N")]
    pub tail: Option<usize>,
    /// Shows only what was printed since then: 10m, 1h30m, 2026-11-21T09:30:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Shows when each line was printed
    #[arg(long, short)]
    pub timestamps: bool,
}

impl Flags {
    /// What the engine is asked for.
    ///
    /// # Errors
    /// `--since` is no time.
    pub fn request(&self) -> Result<LogRequest> {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let since = self.since.as_deref().map(|text| logs::since(text, now)).transpose()?;
        Ok(LogRequest { follow: self.follow, tail: self.tail, since })
    }
}

/// Runs `keg logs`.
///
/// # Errors
/// The tap does not run, there is no such service, or the engine goes away.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let request = args.flags.request()?;
    let engine = app.borders()?.engine;
    let found = running::find(app, &engine).await?;
    let taps = taps(args, app, &found)?;
    let looks = logs::looks(&taps)?;
    show(app, &engine, &looks, request, args.flags.timestamps).await
}

/// The taps that the words mean, with the services that stand behind each.
fn taps<'a>(args: &Args, app: &App, found: &'a running::Found) -> Result<Vec<(&'a Running, Vec<String>)>> {
    let mut taps: Vec<(&Running, Vec<String>)> = Vec::new();
    for word in &args.words {
        if let Some((running, services)) = taps.last_mut() {
            let is_service = running.containers.iter().any(|container| service(container) == word);
            if is_service || found.tap(word).is_err() {
                services.push(word.clone());
                continue;
            }
        }
        let tap = found.tap(word)?;
        taps.push((found.choose_one(app, &tap)?, Vec::new()));
    }
    if args.words.is_empty() {
        taps.extend(found.running.iter().map(|running| (running, Vec::new())));
        if taps.is_empty() {
            app.ui.note("nothing runs");
        }
    }
    Ok(taps)
}

/// Shows what containers print. With `follow` until they end or the user presses Ctrl-C, which ends keg with 130.
///
/// # Errors
/// The engine goes away; stdout cannot be written.
pub async fn show(app: &App, engine: &Engine, looks: &[Look<'_>], request: LogRequest, with_times: bool) -> Result<()> {
    let names: Vec<String> = looks.iter().map(|look| look.name.clone()).collect();
    let sources = looks.iter().enumerate().map(|(place, look)| Source::open(engine, place, look, request));
    let sources = try_join_all(sources).await?;
    show_all(app, &names, sources, request.follow, with_times).await
}

/// Shows the lines of these sources, each with the name at its place before it.
///
/// # Errors
/// As [`show`].
pub async fn show_all(app: &App, names: &[String], sources: Vec<Source>, follow: bool, with_times: bool) -> Result<()> {
    let printer = LogPrinter::new(&app.ui, names);
    let print = |place: usize, line: &Line| printer.line(place, with_times.then_some(&*line.time), &line.text);
    if !follow {
        return in_order(sources, print).await;
    }
    let mut handled = interrupt::handled();
    let shown = tokio::select! {
        shown = as_they_come(sources, print) => shown,
        () = handled.requested() => Err(Error::passed(130)),
    };
    drop(handled);
    shown
}

/// The lines of one container or service.
pub struct Source {
    place: usize,
    records: Records,
    lines: Lines,
    /// Lines that have come and are not shown yet, the next one last.
    ready: Vec<Line>,
    is_over: bool,
}

impl Source {
    async fn open(engine: &Engine, place: usize, look: &Look<'_>, request: LogRequest) -> Result<Self> {
        let id = &look.container.id;
        let has_terminal = engine.streams(id).await?.terminal;
        Ok(Self::of(place, engine.records(id, has_terminal, request).await?, has_terminal))
    }

    /// Records that are shown with the name at this place.
    pub fn of(place: usize, records: Records, has_terminal: bool) -> Self {
        Self { place, records, lines: Lines::new(has_terminal), ready: Vec::new(), is_over: false }
    }

    /// Waits until a line is ready; gives whether there is one. Nothing is lost when the future is dropped.
    async fn wait(&mut self) -> Result<bool> {
        while self.ready.is_empty() && !self.is_over {
            self.ready = match self.records.next().await? {
                Some((output, piece)) => self.lines.take(output, &piece),
                None => {
                    self.is_over = true;
                    self.lines.finish()
                }
            };
            self.ready.reverse();
        }
        Ok(!self.ready.is_empty())
    }
}

/// Shows the lines of all containers in the order of time.
async fn in_order(mut sources: Vec<Source>, print: impl Fn(usize, &Line) -> Result<()>) -> Result<()> {
    loop {
        for source in &mut sources {
            source.wait().await?;
        }
        let times = sources.iter_mut().filter_map(|source| {
            let time = source.ready.last()?.time.clone();
            Some((time, source))
        });
        let Some((_, first)) = times.min_by(|(one, _), (other, _)| one.cmp(other)) else { return Ok(()) };
        if let Some(line) = first.ready.pop() {
            print(first.place, &line)?;
        }
    }
}

/// Shows each line when it comes.
async fn as_they_come(mut sources: Vec<Source>, print: impl Fn(usize, &Line) -> Result<()>) -> Result<()> {
    while !sources.is_empty() {
        let waits = sources.iter_mut().map(|source| Box::pin(source.wait()));
        let (has_line, place, _) = select_all(waits).await;
        if !has_line? {
            sources.remove(place);
            continue;
        }
        let source = &mut sources[place];
        while let Some(line) = source.ready.pop() {
            print(source.place, &line)?;
        }
    }
    Ok(())
}
