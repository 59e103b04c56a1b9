use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::env_vars::Variables;
use crate::event::Outcome;

/// What was written, for a look at it.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn settings(format: Format, verbosity: Verbosity) -> Settings {
    Settings {
        current_folder: PathBuf::from("/srv"),
        workspace: None,
        branch: None,
        environment: None,
        context: None,
        format,
        verbosity,
        color: false,
        stderr_is_terminal: false,
        interactive: false,
        registry_timeout: std::time::Duration::from_secs(60),
        variables: Variables::default(),
    }
}

struct Captured {
    ui: Ui,
    stdout: Written,
    stderr: Written,
}

fn captured(format: Format, verbosity: Verbosity) -> Captured {
    let (stdout, stderr) = (Written::default(), Written::default());
    let out = Stream::new(stdout.clone(), false, Some(80));
    let err = Stream::new(stderr.clone(), false, None);
    let ui = Ui::with(&settings(format, verbosity), out, err, ProgressDrawTarget::hidden());
    Captured { ui, stdout, stderr }
}

fn started(step: &str, subject: &str, doing: &'static str) -> Event {
    Event::StepStarted { step: step.into(), subject: subject.into(), doing }
}

fn log(step: &str, line: &str) -> Event {
    Event::Log { step: step.into(), line: line.into() }
}

fn finished(step: &str, outcome: Outcome) -> Event {
    Event::StepFinished { step: step.into(), outcome, took: Duration::from_millis(3210) }
}

fn a_run() -> Vec<Event> {
    let progress = |current, cached| Event::BuildProgress {
        step: "build web".into(),
        current,
        total: 7,
        instruction: "RUN apt-get update".into(),
        cached,
    };
    vec![
        Event::PlanStarted { steps: 4 },
        Event::Note { message: "reusing base".into() },
        Event::Warning { message: "git-ignored files in the context".into(), help: Some("add them".into()) },
        started("build web", "web", "building"),
        progress(2, true),
        progress(3, false),
        log("build web", "Hit:1 \u{1b}[31mmirror\u{1b}[0m hunter22"),
        Event::Transfer { step: "build web".into(), done: 5, total: 10 },
        finished("build web", Outcome::Done),
        started("build db", "db", "building"),
        log("build db", "no such file"),
        finished("build db", Outcome::Failed { error: "step 3 failed".into() }),
        finished("build child", Outcome::Blocked { by: "build db".into() }),
        finished("build late", Outcome::Cancelled),
    ]
}

async fn shown(format: Format, verbosity: Verbosity, events: Vec<Event>) -> String {
    let captured = captured(format, verbosity);
    captured.ui.hide("hunter22");
    let (sender, running) = captured.ui.start();
    for event in events {
        sender.send(event);
    }
    // The sender outlives the run: the end must not wait for it.
    running.finish().await;
    sender.note("too late");
    assert_eq!(captured.stdout.text(), "");
    captured.stderr.text()
}

#[tokio::test]
async fn plain_lines() {
    assert_eq!(
        shown(Format::Text, Verbosity::Normal, a_run()).await,
        "reusing base\n\
         warning: git-ignored files in the context\n  help: add them\n\
         web: building…\n\
         web: step 2/7 RUN apt-get update (cached)\n\
         web: step 3/7 RUN apt-get update\n\
         web: built in 3.2 s\n\
         db: building…\n\
         \
         db: building failed after 3.2 s: step 3 failed\n\
         build child: blocked by build db\n\
         build late: cancelled\n"
    );
}

#[tokio::test]
async fn verbose_lines_have_the_log_and_no_secret() {
    let text = shown(Format::Text, Verbosity::Verbose, a_run()).await;
    assert!(text.contains("web | Hit:1 mirror ***\n"), "{text}");
    assert_eq!(text.matches("no such file").count(), 1, "{text}");
}

#[tokio::test]
async fn quiet_has_only_failures() {
    assert_eq!(
        shown(Format::Text, Verbosity::Quiet, a_run()).await,
        "db: building failed after 3.2 s: step 3 failed\n"
    );
    let json = shown(Format::Json, Verbosity::Quiet, a_run()).await;
    assert_eq!(json.lines().count(), 1, "{json}");
    assert!(json.contains("step 3 failed"), "{json}");
}

#[tokio::test]
async fn json_lines() {
    let text = shown(Format::Json, Verbosity::Normal, a_run()).await;
    let events: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), a_run().len());
    assert_eq!(events[0], serde_json::json!({"event": "plan_started", "steps": 4}));
    assert_eq!(events[6]["line"], "Hit:1 \u{1b}[31mmirror\u{1b}[0m ***");
    assert_eq!(events[8]["outcome"]["outcome"], "done");
    assert_eq!(events[8]["took"], 3.21);
    assert_eq!(events[11]["outcome"]["error"], "step 3 failed");
}

#[tokio::test]
async fn nothing_is_lost() {
    let notes = (0..20_000).map(|number| Event::Note { message: number.to_string() }).collect();
    let text = shown(Format::Text, Verbosity::Normal, notes).await;
    assert_eq!(text.lines().count(), 20_000);
    assert!(text.ends_with("19999\n"));
}

#[test]
fn a_dropped_run_has_shown_everything() {
    let captured = captured(Format::Text, Verbosity::Normal);
    let (events, running) = captured.ui.start();
    events.note("seen");
    drop(running);
    assert_eq!(captured.stderr.text(), "seen\n");
}

#[derive(serde::Serialize)]
struct Result1 {
    name: &'static str,
}

#[test]
fn results_go_to_stdout() {
    let captured = captured(Format::Text, Verbosity::Quiet);
    captured.ui.hide("hunter22");
    captured.ui.print("a hunter22").unwrap();
    captured.ui.print("b\n").unwrap();
    captured.ui.print_json(&Result1 { name: "hunter22" }).unwrap();
    captured.ui.print_table(&["A"], vec![vec!["x".repeat(100)]]).unwrap();
    let expected = format!("a ***\nb\n{{\n  \"name\": \"***\"\n}}\nA\n{}…\n", "x".repeat(79));
    assert_eq!(captured.stdout.text(), expected);
    assert_eq!(captured.stderr.text(), "");
}

#[test]
fn a_reader_that_has_gone_ends_the_command_silently() {
    let with = |kind| {
        let stderr = Written::default();
        let (out, err) = (Stream::new(Broken(kind), false, None), Stream::new(stderr.clone(), false, None));
        let ui = Ui::with(&settings(Format::Text, Verbosity::Normal), out, err, ProgressDrawTarget::hidden());
        let error = ui.print("x").unwrap_err();
        ui.error(&error);
        (error.exit_code(), stderr.text())
    };
    assert_eq!(with(io::ErrorKind::BrokenPipe), (141, String::new()));
    let (code, text) = with(io::ErrorKind::StorageFull);
    assert_eq!(code, 1);
    assert!(text.contains("cannot write to stdout"), "{text}");
}

fn an_error() -> Error {
    let text = "registry: x\nlayuot:\n  base: [base]\n";
    Error::request("reading keg.yml: unknown key `layuot`")
        .because("serde: line 2 hunter22")
        .place("/srv/keg.yml", text, 12..18, "unknown key")
        .place("/srv/taps/web/tap.yml", "name: web\nalias: ä\n", 17..18, "and this")
        .help("did you mean `layout`?")
        .with_related(vec![Error::request("a second one").place("keg.yml", text, 500..900, "past the end")])
}

#[test]
fn error_reports() {
    let captured = captured(Format::Text, Verbosity::Quiet);
    captured.ui.hide("hunter22");
    captured.ui.error(&an_error());
    let text = captured.stderr.text();
    for part in [
        "reading keg.yml: unknown key `layuot`",
        "serde: line 2 ***",
        "[keg.yml:2:1]",
        "unknown key",
        "[taps/web/tap.yml:2:8]",
        "and this",
        "did you mean `layout`?",
        "a second one",
        "past the end",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    assert!(!text.contains('\u{1b}') && !text.contains("hunter22"), "{text}");
}

#[test]
fn error_reports_fit_a_terminal() {
    let stderr = Written::default();
    let err = Stream::new(stderr.clone(), true, Some(80));
    let out = Stream::new(io::sink(), false, None);
    let ui = Ui::with(&settings(Format::Text, Verbosity::Normal), out, err, ProgressDrawTarget::hidden());
    ui.error(&Error::failed(format!("{} sha256:{}", "word ".repeat(40), "a".repeat(64))).help("do ".repeat(50)));
    let text = stderr.text();
    assert!(text.contains("\u{1b}["), "{text}");
    assert!(text.contains(&"a".repeat(64)), "{text}");
    assert!(text.lines().all(|line| text::width(&text::clean(line)) <= 80), "{text}");
}

#[test]
fn error_json() {
    let captured = captured(Format::Json, Verbosity::Quiet);
    captured.ui.hide("hunter22");
    captured.ui.error(&an_error());
    captured.ui.error(&Error::passed(7));
    let text = captured.stderr.text();
    assert_eq!(text.lines().count(), 1);
    let error = &serde_json::from_str::<serde_json::Value>(&text).unwrap()["error"];
    assert_eq!(error["message"], "reading keg.yml: unknown key `layuot`");
    assert_eq!(error["causes"], serde_json::json!(["serde: line 2 ***"]));
    assert_eq!(error["help"], "did you mean `layout`?");
    assert_eq!(error["code"], 2);
    assert_eq!(
        error["places"][1],
        serde_json::json!({"file": "/srv/taps/web/tap.yml", "line": 2, "column": 8, "label": "and this"})
    );
    assert_eq!(error["related"][0]["message"], "a second one");
}

/// A terminal of 80 columns that keeps what is drawn.
#[derive(Debug, Clone, Default)]
struct Drawn(Arc<Mutex<String>>);

impl Drawn {
    fn push(&self, text: &str) -> io::Result<()> {
        self.0.lock().unwrap().push_str(text);
        Ok(())
    }
}

impl indicatif::TermLike for Drawn {
    fn width(&self) -> u16 {
        80
    }
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn write_line(&self, text: &str) -> io::Result<()> {
        self.push(text)?;
        self.push("\n")
    }
    fn write_str(&self, text: &str) -> io::Result<()> {
        self.push(text)
    }
    fn clear_line(&self) -> io::Result<()> {
        self.push("\n")
    }
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn terminal_lines() {
    let drawn = Drawn::default();
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(drawn.clone()), 255);
    let (out, err) = (Stream::new(io::sink(), false, None), Stream::new(io::sink(), false, Some(80)));
    let ui = Ui::with(&settings(Format::Text, Verbosity::Normal), out, err, target);
    ui.hide("hunter22");
    let (events, running) = ui.start();
    for event in a_run() {
        events.send(event);
    }
    running.finish().await;
    let text = drawn.0.lock().unwrap().clone();
    for part in [
        "reusing base",
        "warning: git-ignored files in the context",
        "✓ web  built     3.2 s",
        "✗ db   building failed after 3.2 s: step 3 failed",
        "- build child  blocked by build db",
        "4 of 4 steps done, 1 failed",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    assert!(!text.contains('\u{1b}') && !text.contains("hunter22"), "{text}");
}

#[tokio::test]
async fn ci_systems_fold_what_builds_print() {
    for (groups, marks) in [
        (Groups::GitHub, ["::group::", "::endgroup::"]),
        (Groups::GitLab, ["section_start:0:keg_1", "section_end:0:keg_1"]),
    ] {
        let mut captured = captured(Format::Text, Verbosity::Normal);
        captured.ui = captured.ui.with_groups(groups);
        captured.ui.hide("hunter22");
        let (events, running) = captured.ui.start();
        a_run().into_iter().for_each(|event| events.send(event));
        events.send(started("build x", "x", "building"));
        events.send(log("build x", "::set-output name=a::b"));
        events.send(finished("build x", Outcome::Done));
        running.finish().await;
        let text = captured.stderr.text();
        assert!(marks.iter().all(|mark| text.contains(mark)), "{text}");
        let web = text.split("building web (3.2 s)").nth(1).unwrap();
        assert!(web.contains("step 2/7 RUN apt-get update (cached)") && web.contains("Hit:1 mirror ***"), "{text}");
        assert!(groups != Groups::GitHub || !text.contains("\n::set-output"), "a log gives no commands: {text}");
    }
}
