//! Terminals and streams of processes in containers: `exec`, `attach` and `logs`.

use std::process::{Child, Stdio};
use std::time::Duration;

use expectrl::session::OsSession;
use expectrl::{Eof, Expect, Session};

use super::parts::{Generation, Taps};
use super::with_both;
use crate::support::{command, docker, end, run};

/// keg on a terminal of its own. The terminal's settings are compared afterwards: see [`ended`].
fn on_terminal(taps: &Taps, arguments: &[&str]) -> OsSession {
    let mut shell = taps.workspace.program("sh");
    let script = "trap : INT; stty -g > before; \"$@\"; code=$?; stty -g > after; exit $code";
    shell.env("TERM", "xterm").args(["-c", script, "sh", env!("CARGO_BIN_EXE_keg")]).args(arguments);
    let mut session = Session::spawn(shell).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(30)));
    session
}

/// The exit code of what ran on the terminal, which must be as it was.
fn ended(taps: &Taps, mut session: OsSession) -> i32 {
    session.expect(Eof).unwrap();
    let status = format!("{:?}", session.get_process().wait().unwrap());
    assert_eq!(taps.workspace.read("before"), taps.workspace.read("after"));
    let code = status.rsplit(", ").next().unwrap().trim_end_matches(')');
    code.parse().unwrap_or_else(|_| panic!("no exit code: {status}"))
}

fn compose(service: &str) -> String {
    format!("services:\n  web:\n{service}")
}

/// A tap of one service, started from the root image.
fn started(generation: Generation, service: &str) -> (Taps, String) {
    let taps = Taps::new(generation);
    let web = taps.tap("web", &compose(service), "alias: w\n");
    taps.workspace.commit();
    taps.local_image(&web, "main");
    taps.workspace.keg(["start", &web]).success();
    (taps, web)
}

const SLEEPER: &str = "    init: true\n    command: sleep 1000\n";

#[test]
fn a_shell_has_a_real_terminal() {
    with_both(|generation| {
        let (taps, _) = started(generation, SLEEPER);
        let mut session = on_terminal(&taps, &["exec", "w"]);
        session.send("tty; echo $((40+2))\r").unwrap();
        session.expect("/dev/pts/").unwrap();
        session.expect("42").unwrap();
        session.get_process_mut().set_window_size(121, 43).unwrap();
        // The size travels to the container; the shell asks until it has come.
        session.send("until stty size | grep '43 121'; do sleep 0.1; done; echo its $((7*6)) size\r").unwrap();
        session.expect("its 42 size").unwrap();
        // Ctrl-C ends what runs in the container, and neither the shell nor keg.
        // It says so itself: only then is it the one that the terminal's Ctrl-C reaches.
        session.send("sh -c 'echo be\"\"gin; exec sleep 1000'\r").unwrap();
        session.expect("begin").unwrap();
        session.send("\x03").unwrap();
        session.send("echo still $((1+1)) here\r").unwrap();
        session.expect("still 2 here").unwrap();
        session.send("exit 7\r").unwrap();
        assert_eq!(ended(&taps, session), 7);

        // Left with Ctrl-P Ctrl-Q, what runs goes on.
        let mut session = on_terminal(&taps, &["exec", "w", "sh", "-c", "echo ready; sleep 987; echo no"]);
        session.expect("ready").unwrap();
        session.send("\x10\x11").unwrap();
        assert_eq!(ended(&taps, session), 0);
        taps.workspace.keg(["exec", "w", "sh", "-c", "ps | grep -v grep | grep 'sleep 987'"]).success();
        taps.workspace.keg(["stop", "w"]).success();
    });
}

/// What one task does not read is left to the next one.
#[test]
fn tasks_read_one_after_the_other() {
    let taps = Taps::new(Generation::Two);
    let task = |name: &str, place: &str| {
        format!(
            "  {name}: {{run: 'echo {name}-asks; read word; echo {name}-got-$word', in: {place}, depends_on: [{}]}}\n",
            match name {
                "one" => "",
                "two" => "one",
                _ => "two",
            }
        )
    };
    let tasks = [task("one", "container"), task("two", "container"), task("three", "host")].concat();
    let web = taps.tap("web", &compose(SLEEPER), &format!("alias: w\ntasks:\n{tasks}"));
    taps.workspace.commit();
    taps.local_image(&web, "main");
    taps.workspace.keg(["start", &web]).success();
    let mut session = on_terminal(&taps, &["w", "three"]);
    for (word, name) in [("red", "one"), ("green", "two"), ("blue", "three")] {
        session.expect(format!("{name}-asks")).unwrap();
        session.send(format!("{word}\r")).unwrap();
        session.expect(format!("{name}-got-{word}")).unwrap();
    }
    assert_eq!(ended(&taps, session), 0);
    taps.workspace.keg(["stop", &web]).success();
}

#[test]
fn streams_are_passed_on_as_they_are() {
    let (taps, web) = started(Generation::Two, SLEEPER);
    let bytes = "a\0b\x01\x02ü\r\n".repeat(20_000);
    let passed = taps.workspace.keg_with_input(["exec", &web, "cat"], &bytes).success();
    assert_eq!((passed.stdout.len(), passed.stdout == bytes), (bytes.len(), true));
    let both = taps.workspace.keg(["exec", &web, "sh", "-c", "echo out; echo err >&2; exit 7"]).code(7);
    assert_eq!((both.stdout.as_str(), both.stderr.as_str()), ("out\n", "err\n"));
    let words =
        ["exec", "--env", "A=x y; $(id)", "--workdir", "/tmp", &web, "sh", "-c", "tty; pwd; echo \"$A\" $1", "sh", "'"];
    taps.workspace.keg(words).success().says("not a tty\n/tmp\nx y; $(id) '\n");
    taps.workspace.keg(["exec", &web, "no-such-command"]).code(126).says("no-such-command");
    taps.workspace.keg(["exec", "--env", "KEG_NOT_SET", &web, "true"]).code(2).complains("has no value");
    taps.workspace.keg(["stop", &web]).success();
}

#[test]
fn the_main_process_can_be_joined_and_left() {
    with_both(|generation| {
        let (taps, _) = started(generation, "    tty: true\n    stdin_open: true\n    command: sh\n");
        let mut session = on_terminal(&taps, &["attach", "w"]);
        session.send("echo in $((3+4)) it\r").unwrap();
        session.expect("in 7 it").unwrap();
        session.get_process_mut().set_window_size(99, 33).unwrap();
        session.send("until stty size | grep '33 99'; do sleep 0.1; done; echo its $((7*6)) size\r").unwrap();
        session.expect("its 42 size").unwrap();
        session.send("\x03echo after $((5+5))\r").unwrap();
        session.expect("after 10").unwrap();
        session.send("\x10\x11").unwrap();
        assert_eq!(ended(&taps, session), 0);
        let listed = taps.workspace.keg(["ps", "--format", "json"]).success().json();
        assert_eq!(listed[0]["state"], "running");

        let mut session = on_terminal(&taps, &["attach", "w"]);
        session.send("exit 5\r").unwrap();
        assert_eq!(ended(&taps, session), 5);
        taps.workspace.keg(["attach", "w"]).code(2).complains("is not running");
        taps.workspace.keg(["stop", "w"]).success();
    });
}

/// Starts keg in the background and waits until it has printed `first`.
fn background(taps: &Taps, arguments: &[&str], first: &str) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut keg = taps.workspace.keg_command(arguments);
    let mut child = keg.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap())).map(Result::unwrap);
    assert!(lines.any(|line| line.contains(first)));
    (child, lines)
}

fn send(signal: &str, child: &Child) {
    run(command("kill").args([signal, &child.id().to_string()]), b"").success();
}

#[test]
fn signals_reach_the_main_process() {
    let script = "trap 'echo got it; exit 3' USR1; while :; do echo turn; sleep 0.1; done";
    let (taps, web) = started(Generation::Two, &format!("    init: true\n    command: [sh, -c, \"{script}\"]\n"));
    let (mut child, _) = background(&taps, &["attach", &web, "--no-signals"], "turn");
    send("-INT", &child);
    assert_eq!(end(&mut child).code(), Some(0));
    taps.workspace.keg(["exec", &web, "true"]).success();
    let (mut child, lines) = background(&taps, &["attach", &web], "turn");
    send("-USR1", &child);
    assert!(lines.into_iter().any(|line| line == "got it"));
    assert_eq!(end(&mut child).code(), Some(3));
    taps.workspace.keg(["stop", &web]).success();
}

const PRINTERS: &str = "\
services:
  web:
    init: true
    command: [sh, -c, \"echo first; sleep 1; echo third; sleep 0.3; echo wrong >&2; exec sleep 1000\"]
  db:
    image: ROOT
    init: true
    tty: true
    command: [sh, -c, \"sleep 0.5; echo second; exec sleep 1000\"]
";

/// What stands in the logs once `count` lines are there.
fn logged(taps: &Taps, arguments: &[&str], count: usize) -> String {
    for _ in 0..100 {
        let found = taps.workspace.keg([&["logs"], arguments].concat()).success();
        if found.stdout.lines().count() >= count {
            return found.stdout;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("not {count} lines");
}

#[test]
fn logs_of_several_containers_are_one() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let web = taps.tap("web", &PRINTERS.replace("ROOT", &taps.root), "alias: w\nservice: web\n");
        let long = "head -c 70000 /dev/zero | tr '\\\\0' x; echo; exec sleep 1000";
        let api = taps.tap("api", &compose(&format!("    init: true\n    command: [sh, -c, \"{long}\"]\n")), "");
        taps.workspace.commit();
        taps.local_image(&web, "main");
        taps.local_image(&api, "main");
        taps.workspace.keg(["start", &web, &api]).success();

        let all = "web | first\ndb  | second\nweb | third\nweb | wrong\n";
        assert_eq!(logged(&taps, &["w"], 4), all);
        assert_eq!(logged(&taps, &["w", "web", "--tail", "2"], 2), "third\nwrong\n");
        assert_eq!(logged(&taps, &["w", "db"], 1), "second\n");
        assert_eq!(logged(&taps, &[&api], 1), format!("{}\n", "x".repeat(70_000)));
        let both = logged(&taps, &["w", "db", &api], 2);
        assert!(
            both.contains(&format!("{web}/db  | second\n")) && both.contains(&format!("{api}/web | xx")),
            "{both:.300}"
        );
        let timed = logged(&taps, &["w", "db", "--timestamps"], 1);
        assert!(timed.starts_with("20") && timed.ends_with("Z second\n"), "{timed}");
        taps.workspace.keg(["logs", "w", "--since", "1h", "db"]).success().says("second");
        let later = (std::time::SystemTime::now() + Duration::from_secs(60)).duration_since(std::time::UNIX_EPOCH);
        let later = later.unwrap().as_secs().to_string();
        assert_eq!(taps.workspace.keg(["logs", "w", "--since", &later]).success().stdout, "");
        taps.workspace.keg(["logs", "w", "--since", "soon"]).code(2).complains("is no time");
        taps.workspace.keg(["logs", "w", "dbb"]).code(2).complains("Did you mean `db`?");

        // Ctrl-C ends the look, and says nothing.
        let (mut child, _) = background(&taps, &["logs", "w", "--follow"], "wrong");
        send("-INT", &child);
        assert_eq!(end(&mut child).code(), Some(130));
        // Names have colours on a terminal, where they are wanted.
        let mut session = on_terminal(&taps, &["logs", "w"]);
        session.expect("\u{1b}[36mdb  |\u{1b}[0m second").unwrap();
        assert_eq!(ended(&taps, session), 0);
        let followed = on_terminal(&taps, &["logs", "w", "--follow"]);
        let mut session = followed;
        session.expect("wrong").unwrap();
        session.send("\x03").unwrap();
        assert_eq!(ended(&taps, session), 130);
        // One that ends is followed to its end.
        docker(["kill", &logs_container(&taps, &api)]).success();
        taps.workspace.keg(["logs", &api, "--follow"]).success().says("xxx");
        taps.workspace.keg(["stop", "--all"]).success();
        taps.workspace.keg(["logs"]).success().complains("nothing runs");
    });
}

fn logs_container(taps: &Taps, tap: &str) -> String {
    let listed = taps.workspace.keg(["ps", tap, "--format", "json"]).success().json();
    listed[0]["container"].as_str().unwrap().to_owned()
}
