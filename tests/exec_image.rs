//! `keg exec --image`: a command in an image by itself, with files of this machine.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Child, Stdio};

use crate::support::{Registry, Run, Workspace, command, docker, end, run};

/// A user and a group that no image knows.
const STRANGER: (u32, u32) = (54321, 54322);

/// A workspace with one image.
struct Project {
    workspace: Workspace,
    root: String,
    web: String,
}

impl Project {
    fn new(lines: &str) -> Self {
        let mut workspace = Workspace::new();
        let root = workspace.root_image();
        let web = workspace.name("web");
        workspace.file("keg.yml", format!("layout: {{base: [], hub: [], taps: [\"taps/*\"]}}\n{lines}"));
        workspace.file("taps/web/Dockerfile", format!("FROM {root}\n"));
        workspace.file("taps/web/tap.yml", format!("name: {web}\nalias: W\n")).file(".gitignore", ".keg/\n").commit();
        Self { workspace, root, web }
    }

    /// Without a registry, with the image of the branch `main`.
    fn local(dockerfile: &str) -> Self {
        let project = Self::new("");
        project.build(dockerfile, &format!("{}:main", project.web));
        project
    }

    fn build(&self, dockerfile: &str, reference: &str) {
        let mut build = self.workspace.program("docker");
        build.env("DOCKER_BUILDKIT", "0").args(["build", "--quiet", "--tag", reference, "-"]);
        run(&mut build, format!("FROM {}\n{dockerfile}", self.root).as_bytes()).success();
    }

    /// Runs something in the image.
    fn exec(&self, arguments: &[&str]) -> Run {
        self.workspace.keg([&["exec", "--image", "w"], arguments].concat())
    }

    /// keg in the background, once it has printed `first`.
    fn background(&self, arguments: &[&str], first: &str) -> Child {
        let mut keg = self.workspace.keg_command([&["exec", "--image", "w"], arguments].concat());
        let mut child = keg.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.any(|line| line == first));
        child
    }

    /// The containers that are left.
    fn left(&self) -> String {
        let label = format!("label=dev.keg.workspace={}", self.workspace.root().display());
        docker(["ps", "--all", "--quiet", "--filter", &label]).success()
    }
}

fn send(signal: &str, child: &Child) {
    run(command("kill").args([signal, &child.id().to_string()]), b"").success();
}

#[test]
fn the_image_is_that_of_the_branch_else_of_the_default_branch() {
    let registry = Registry::start();
    let project = Project::new(&format!("registry: {}/team\ndefault_tag: develop\n", registry.host()));
    let reference = |tag: &str| format!("{}/team/{}:{tag}", registry.host(), project.web);
    let publish = |tag: &str, text: &str| {
        project.build(&format!("RUN echo {text} > /which\n"), &reference(tag));
        docker(["push", "--quiet", &reference(tag)]).success();
        docker(["image", "rm", &reference(tag)]).success();
    };
    publish("develop", "first");
    project.workspace.branch("feature/x");
    let which = |arguments: &[&str]| project.exec(&[arguments, &["cat", "/which"]].concat());
    let shown = which(&["--dry-run"]).success();
    shown.says("there is no").says(&format!("pull {}\n", reference("develop"))).says(": cat /which\n");
    assert_eq!(docker(["images", "--quiet", &reference("develop")]).success(), "", "--dry-run pulls nothing");
    assert_eq!(which(&[]).success().complains("the default tag").stdout, "first\n");
    // What is newer in the registry is pulled.
    docker(["tag", &reference("develop"), &format!("{}-kept:1", project.web)]).success();
    publish("develop", "second");
    docker(["tag", &format!("{}-kept:1", project.web), &reference("develop")]).success();
    assert_eq!(which(&["--pull", "never"]).success().stdout, "first\n");
    assert_eq!(which(&[]).success().stdout, "second\n");
    // As soon as the branch has an image, that is it.
    publish("feature-x", "mine");
    assert_eq!(which(&[]).success().stdout, "mine\n");
    for image in [&format!("{}:develop", project.web), &reference("develop")] {
        let run = project.workspace.keg(["exec", "--image", image, "cat", "/which"]).success();
        assert_eq!(run.stdout, "second\n", "{image}");
    }
    let run = project.workspace.keg(["exec", "--image", "w:absent", "true"]).code(2);
    run.complains("does not exist in the registry or on this engine").complains("develop, feature-x");
    let run = project.workspace.keg(["exec", "--image", &format!("{}x", project.web), "true"]).code(2);
    run.complains("there is no image").complains(&format!("did you mean `{}`?", project.web));
    assert_eq!(project.left(), "");
}

#[test]
fn the_work_tree_is_where_this_machine_has_it() {
    let project = Project::local(
        "RUN mkdir -m 1777 /tmp2\nENTRYPOINT [\"sh\", \"-c\", \"echo entered; exec \\\"$@\\\"\", \"entry\"]\n",
    );
    let workspace = &project.workspace;
    workspace.file("taps/web/src/code.txt", "code\n").file("data/x", "data\n");
    let inside = workspace.path("taps/web/src");
    let here = |arguments: &[&str], input: &str| {
        let mut keg = workspace.keg_command([&["exec", "--image", "W"], arguments].concat());
        keg.current_dir(&inside);
        Run::of(keg, input)
    };
    // In the folder where the caller is; the entrypoint is kept.
    let run = here(&["sh", "-c", "pwd; cat code.txt ../../../data/x; exit 7"], "").code(7);
    assert_eq!(run.stdout, format!("entered\n{}\ncode\ndata\n", inside.display()));
    let cleared = ["--entrypoint", ""];
    let plain = |arguments: &[&str], input: &str| here(&[&cleared, arguments].concat(), input);
    assert_eq!(plain(&["echo", "-n", "-q"], "").success().stdout, "-q");
    assert_eq!(plain(&["--", "echo", "a b", "$HOME"], "").success().stdout, "a b $HOME\n");
    assert_eq!(plain(&["--workdir", "../..", "cat", "web/src/code.txt"], "").success().stdout, "code\n");
    // Piped input, byte for byte, and a shell that reads it.
    let bytes = "a\0b\x01ü\r\n".repeat(20_000);
    assert!(plain(&["cat"], &bytes).success().stdout == bytes);
    assert_eq!(plain(&[], "echo $((6 * 7)); exit 3\n").code(3).stdout, "42\n");
    let both = plain(&["sh", "-c", "echo out; echo err >&2"], "").success();
    assert_eq!((both.stdout.as_str(), both.stderr.as_str()), ("out\n", "err\n"));
    // Nothing of this machine but what is named.
    let run = plain(&["--env", "A=b", "sh", "-c", "echo $A $CI $GITHUB_ACTIONS."], "").success();
    assert_eq!(run.stdout, "b .\n");
    // Other folders, in other places.
    let data = workspace.path("data").display().to_string();
    let run =
        plain(&["--mount", &format!("{data}:/data:ro"), "sh", "-c", "pwd; cat x; echo y > y || ls"], "").success();
    assert_eq!(run.stdout, "/data\ndata\nx\n");
    let run = plain(&["--mount", ".:/here", "--mount", &data, "sh", "-c", "pwd; touch made; ls /here"], "").success();
    assert_eq!(run.stdout, "/here\ncode.txt\nmade\n");
    assert!(inside.join("made").is_file());
    plain(&["--no-mount", "test", "-e", &data], "").code(1);
    let file = format!("{data}/x:/file");
    assert_eq!(plain(&["--mount", &file, "cat", "/file"], "").success().stdout, "data\n");
    for (mount, reason) in
        [("absent", "cannot find absent"), (".:x", "does not begin with `/`"), (".:/", "in place of all files")]
    {
        plain(&["--mount", mount, "true"], "").code(2).complains(reason);
    }
    plain(&["--no-mount", "--workdir", "x", "true"], "").code(2).complains("counts from a mounted folder");
    plain(&["absent-program"], "").code(127);
    let plan = plain(&["--dry-run", "--format", "json", "--env", "A=s3cret", "ls"], "").success();
    assert!(!plan.stdout.contains("s3cret"), "{}", plan.stdout);
    let plan = plan.json();
    assert_eq!((&plan["workdir"], &plan["command"]), (&inside.to_str().unwrap().into(), &["ls"].into()));
    assert_eq!(plan["mounts"][0]["source"], workspace.root().to_str().unwrap());
    // An engine elsewhere has none of this.
    let mut keg = workspace.keg_command(["exec", "--image", "w", "true"]);
    keg.env("DOCKER_HOST", "tcp://127.0.0.1:9");
    Run::of(keg, "").code(2).complains("has no folders of this machine").complains("--no-mount");
    assert_eq!(project.left(), "");
}

/// git knows a linked work tree only with the repository that it belongs to.
#[test]
fn a_linked_work_tree_has_its_repository() {
    let project = Project::local("");
    let workspace = &project.workspace;
    let linked = workspace.outside("linked").join("tree");
    workspace.git(["worktree", "add", "--quiet", "-b", "other", linked.to_str().unwrap()]);
    let mut keg =
        workspace.keg_command(["exec", "--image", "w", "sh", "-c", "test -d $(sed 's/gitdir: //' .git); pwd"]);
    keg.current_dir(&linked);
    let run = Run::of(keg, "").success();
    assert_eq!(run.stdout, format!("{}\n", linked.display()));
    let mut keg =
        workspace.keg_command(["exec", "--image", "w", "sh", "-c", "test -e $(sed 's/gitdir: //' .git)/HEAD"]);
    keg.current_dir(&linked);
    Run::of(keg, "").success();
}

/// The tests may run as root: keg is started by a user of whom the image knows nothing.
#[test]
fn files_belong_to_the_calling_user() {
    let project = Project::local("RUN mkdir -p /tmp && chmod 1777 /tmp\n");
    let workspace = &project.workspace;
    let own = std::fs::metadata(workspace.root()).unwrap();
    let is_root = own.uid() == 0;
    let (user, group) = if is_root { STRANGER } else { (own.uid(), own.gid()) };
    let folder = workspace.root().parent().unwrap().to_owned();
    // Where the program lies, another user may have no way.
    let keg = folder.join("keg");
    run(command("cp").arg(env!("CARGO_BIN_EXE_keg")).arg(&keg), b"").success();
    if is_root {
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        run(command("chown").args(["-R", &format!("{user}:{group}")]).arg(&folder), b"").success();
    }
    let stranger = |arguments: &[&str]| {
        let mut program = workspace.program(if is_root { "setpriv" } else { "env" });
        if is_root {
            let socket = std::fs::metadata("/var/run/docker.sock").unwrap().gid().to_string();
            program.args(["--reuid", &user.to_string(), "--regid", &group.to_string(), "--groups", &socket]);
        }
        program.arg(&keg).args(["exec", "--image", "w"]).args(arguments);
        Run::of(program, "")
    };
    let script = "id -u; id -g; echo $HOME; touch \"$HOME/x\" made; mkdir folder";
    let run = stranger(&["sh", "-c", script]).success();
    assert_eq!(run.stdout, format!("{user}\n{group}\n/tmp\n"));
    for made in ["made", "folder"] {
        let made = std::fs::metadata(workspace.path(made)).unwrap();
        assert_eq!((made.uid(), made.gid()), (user, group));
    }
    let run = stranger(&["--env", "HOME=/h", "sh", "-c", "echo $HOME"]).success();
    assert_eq!(run.stdout, "/h\n");
    assert_eq!(stranger(&["--user", "0", "id", "-u"]).success().stdout, "0\n");
}

#[test]
fn nothing_is_left_however_it_ends() {
    let project = Project::local("");
    // The command hears of it, and says how it ends.
    let polite = "trap 'exit 9' INT; echo up; while :; do sleep 0.1; done";
    let mut child = project.background(&["sh", "-c", polite], "up");
    assert_ne!(project.left(), "");
    send("-INT", &child);
    assert_eq!(end(&mut child).code(), Some(9));
    assert_eq!(project.left(), "");
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let mut child = project.background(&["sh", "-c", "echo up; exec sleep 1000"], "up");
        send(signal, &child);
        assert_eq!(end(&mut child).code(), Some(code), "{signal}");
        assert_eq!(project.left(), "", "{signal}");
    }
    // One that does not care is ended by the second signal.
    let stubborn = "trap '' INT TERM; echo up; while :; do sleep 0.1; done";
    let mut child = project.background(&["sh", "-c", stubborn], "up");
    send("-TERM", &child);
    // Signals of one kind that come together are one.
    std::thread::sleep(std::time::Duration::from_millis(300));
    send("-INT", &child);
    assert_eq!(end(&mut child).code(), Some(130));
    assert_eq!(project.left(), "");
    // What a killed keg has left goes with the next one.
    let mut child = project.background(&["sh", "-c", stubborn], "up");
    send("-KILL", &child);
    assert_eq!(end(&mut child).code(), None);
    assert_ne!(project.left(), "");
    project.exec(&["true"]).success();
    assert_eq!(project.left(), "");
}

#[test]
fn it_has_a_terminal_where_keg_has_one() {
    use expectrl::Expect;
    let project = Project::local("");
    let mut keg = project.workspace.keg_command(["exec", "--image", "w"]);
    keg.env("TERM", "xterm");
    let mut session = expectrl::Session::spawn(keg).unwrap();
    session.set_expect_timeout(Some(std::time::Duration::from_secs(30)));
    session.send("tty; echo $((40+2))\r").unwrap();
    session.expect("/dev/pts/").unwrap();
    session.expect("42").unwrap();
    // Ctrl-C ends what the shell runs, and neither the shell nor keg.
    session.send("sh -c 'echo be\"\"gin; exec sleep 1000'\r").unwrap();
    session.expect("begin").unwrap();
    session.send("\x03").unwrap();
    session.send("echo still $((1+1)) here\r").unwrap();
    session.expect("still 2 here").unwrap();
    session.send("exit 7\r").unwrap();
    session.expect(expectrl::Eof).unwrap();
    assert!(format!("{:?}", session.get_process().wait().unwrap()).contains(", 7)"));
    assert_eq!(project.left(), "");
    // The keys that leave what runs elsewhere end it here.
    let mut keg = project.workspace.keg_command(["exec", "--image", "w", "sh", "-c", "echo ready; exec sleep 1000"]);
    keg.env("TERM", "xterm");
    let mut session = expectrl::Session::spawn(keg).unwrap();
    session.set_expect_timeout(Some(std::time::Duration::from_secs(30)));
    session.expect("ready").unwrap();
    session.send("\x10\x11").unwrap();
    session.expect(expectrl::Eof).unwrap();
    assert!(format!("{:?}", session.get_process().wait().unwrap()).contains(", 130)"));
    assert_eq!(project.left(), "");
}

#[test]
fn words_that_make_no_sense_are_refused() {
    let project = Project::new("");
    let keg = |arguments: &[&str]| project.workspace.keg([&["exec"], arguments].concat());
    keg(&[]).code(2).complains("<TAP>");
    keg(&["--image", "w", "--service", "db", "ls"]).code(2).complains("cannot be used with");
    keg(&["w", "--mount", ".", "ls"]).code(2).complains("--image");
    keg(&["w", "--dry-run"]).code(2).complains("--image");
    keg(&["--image", "w", "--mount", ".", "--no-mount", "ls"]).code(2).complains("cannot be used with");
    keg(&["--image", "W:", "ls"]).code(2);
    keg(&["--image", "a b", "ls"]).code(2).complains("no reference");
    keg(&["--image", "w", "ls"]).code(2).complains("No tag of it exists").complains("keg build");
}
