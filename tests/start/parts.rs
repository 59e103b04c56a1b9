//! Workspaces with taps that serve a page.

use std::sync::OnceLock;

use crate::support::{Workspace, command, docker, run};

/// Which Compose keg finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// `docker-compose` 1.29 of the system.
    One,
    /// Compose v2 as a plugin.
    Two,
}

/// A workspace with taps, and the root image that they run.
pub struct Taps {
    pub workspace: Workspace,
    pub root: String,
}

impl Taps {
    /// An empty workspace without a registry.
    pub fn new(generation: Generation) -> Self {
        Self::with(generation, "")
    }

    /// An empty workspace with further lines in its keg.yml.
    pub fn with(generation: Generation, lines: &str) -> Self {
        let mut workspace = Workspace::new();
        let root = workspace.root_image();
        workspace.file("keg.yml", format!("layout: {{base: [], hub: [], taps: [\"taps/*\"]}}\n{lines}"));
        workspace.file(".gitignore", ".keg/\n");
        if generation == Generation::Two {
            let plugins = format!("{}/cli-plugins", tools());
            std::os::unix::fs::symlink(plugins, workspace.docker_config().join("cli-plugins")).unwrap();
        }
        Self { workspace, root }
    }

    /// Adds a tap and gives its full name.
    pub fn tap(&self, name: &str, compose: &str, manifest: &str) -> String {
        self.workspace.file(format!("taps/{name}/compose.yml"), compose);
        self.tap_without_compose(name, &format!("compose: compose.yml\n{manifest}"))
    }

    /// Adds a tap and gives its full name.
    pub fn tap_without_compose(&self, name: &str, manifest: &str) -> String {
        let full = self.workspace.name(name);
        self.workspace.file(format!("taps/{name}/Dockerfile"), format!("FROM {}\n", self.root));
        self.workspace.file(format!("taps/{name}/tap.yml"), format!("name: {full}\n{manifest}"));
        full
    }

    /// Gives the root image a further name.
    pub fn local_image(&self, name: &str, tag: &str) {
        docker(["tag", &self.root, &format!("{name}:{tag}")]).success();
    }

    /// Builds an image that serves a page by itself.
    pub fn local_server(&self, name: &str, tag: &str) {
        let command = serve().replace('"', "\\\"");
        self.build(
            &format!("FROM {}\nSTOPSIGNAL SIGKILL\nCMD [\"sh\", \"-c\", \"{command}\"]\n", self.root),
            &format!("{name}:{tag}"),
        );
    }

    /// Builds an image from a Dockerfile.
    pub fn build(&self, dockerfile: &str, reference: &str) {
        let mut build = self.workspace.program("docker");
        build.env("DOCKER_BUILDKIT", "0").args(["build", "--quiet", "--tag", reference, "-"]);
        run(&mut build, dockerfile.as_bytes()).success();
    }

    /// The id of the image that the only container of a project was made from.
    pub fn image_of(&self, project: &str) -> String {
        let label = format!("label=com.docker.compose.project={project}");
        let container = docker(["ps", "--all", "--quiet", "--filter", &label]).success();
        docker(["inspect", "--format", "{{.Image}}", container.trim()]).success().trim().to_owned()
    }
}

impl Drop for Taps {
    fn drop(&mut self) {
        // The workspace removes what stands under its own names; whatever else a failed test left goes here.
        let label = format!("label=dev.keg.workspace={}", self.workspace.root().display());
        let left = docker(["ps", "--all", "--quiet", "--filter", &label]).stdout;
        for container in left.lines() {
            docker(["rm", "--force", "--volumes", container]);
        }
        // What was pulled under a tag that has moved on is known by its digest alone.
        let images = docker(["images", "--digests", "--format", "{{.Repository}}@{{.Digest}} {{.Tag}}"]).stdout;
        let own = images.lines().filter(|line| line.contains(&self.workspace.name("")));
        for reference in own.filter_map(|line| line.strip_suffix(" <none>")) {
            docker(["image", "rm", reference]);
        }
    }
}

fn serve() -> String {
    "echo page > /tmp/index.html; echo serving; exec httpd -f -p 80 -h /tmp".to_owned()
}

/// A service of a compose file, without an image, that serves a page on port 80; with further lines.
pub fn server(name: &str, lines: &str) -> String {
    format!("  {name}:\n    init: true\n    command: [sh, -c, \"{}\"]\n{lines}", serve())
}

/// What a URL gives.
pub fn get(url: &str) -> String {
    let mut wget = command("busybox");
    wget.args(["wget", "-q", "-O", "-", &url.replace("localhost", "127.0.0.1")]);
    for _ in 0..20 {
        let finished = run(&mut wget, b"");
        if finished.code == Some(0) {
            return finished.stdout;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("nothing answers at {url}");
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The folder of newer Docker programs.
pub fn tools() -> &'static str {
    static FOLDER: OnceLock<String> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tools.sh");
        let mut tools = command("bash");
        run(tools.arg(script), b"").success().trim().to_owned()
    })
}
