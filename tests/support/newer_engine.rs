//! Docker Engine 26, which keeps images in containerd and so images for several platforms, with buildx to have it build.

use std::path::{Path, PathBuf};

use super::daemon::Daemon;
use super::namespace::Namespace;
use super::process::{Finished, command, run};
use super::{Registry, Workspace, ensure_with, has_program};

/// The name of the context, and so of the builder.
pub const BUILDER: &str = "newer";

/// The engine, in a network namespace of its own. Ends when dropped.
#[derive(Debug)]
pub struct NewerEngine {
    // In the order in which they end.
    daemon: Daemon,
    namespace: Namespace,
    tools: PathBuf,
}

impl NewerEngine {
    /// An engine that answers, and a workspace in which it is the engine and the builder [`BUILDER`].
    pub fn start(workspace: &mut Workspace) -> Self {
        ensure_with("the programs `ip` and `nsenter`", &["iproute2"], || has_program("ip") && has_program("nsenter"));
        ensure_with("the program `runc`", &["runc"], || has_program("runc"));
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tools.sh");
        let tools = PathBuf::from(run(&mut workspace.program(script), b"").success().trim());
        let (namespace, mut daemon) = (Namespace::new(), Daemon::new());
        // The programs of the newer engine, but the system's runc: the newer one wants a newer system.
        let programs = daemon.path("bin");
        std::fs::create_dir(&programs).unwrap();
        std::os::unix::fs::symlink(which::which("runc").unwrap(), programs.join("runc")).unwrap();
        let settings = daemon.path("daemon.json");
        std::fs::write(&settings, r#"{"features": {"containerd-snapshotter": true}}"#).unwrap();
        daemon.arguments(["--config-file", settings.to_str().unwrap()]);
        let mut program = namespace.program(tools.join("usr/sbin/dockerd"));
        let path =
            [&programs, &tools.join("usr/bin"), &tools.join("usr/sbin")].map(|folder| folder.display().to_string());
        program.env("PATH", format!("{}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", path.join(":")));
        daemon.run(program);
        let engine = Self { daemon, namespace, tools };
        engine.give_to(workspace);
        engine
    }

    fn give_to(&self, workspace: &mut Workspace) {
        self.give_buildx(workspace);
        let endpoint = format!("host={}", self.address());
        let mut docker = workspace.program("docker");
        run(docker.args(["context", "create", BUILDER, "--docker", &endpoint]), b"").success();
        workspace.env("DOCKER_HOST", self.address());
    }

    fn give_buildx(&self, workspace: &Workspace) {
        let folder = workspace.docker_config().join("cli-plugins");
        std::os::unix::fs::symlink(self.tools.join("cli-plugins"), folder).unwrap();
    }

    /// What `DOCKER_HOST` says of it.
    pub fn address(&self) -> String {
        self.daemon.address()
    }

    /// Makes a registry known to it at the address that it has here.
    pub fn pass_on(&mut self, registry: &Registry) {
        let folder = self.daemon.folder().path().to_owned();
        self.namespace.pass_on(registry.port(), &folder);
        // The relay listens before anything is built: whoever connects to early is refused.
        let address = registry.host();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let program = format!("exec 3<>/dev/tcp/{}", address.replace(':', "/"));
        while run(self.namespace.program("bash").args(["-c", &program]), b"").code != Some(0) {
            assert!(std::time::Instant::now() < deadline, "the registry is not passed on");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// Runs Docker's client with it.
    pub fn docker<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Finished {
        run(command("docker").args(["--host", &self.address()]).args(arguments), b"")
    }

    /// The labels of an image that it has; of an image for several platforms, those of its own.
    pub fn label(&self, image: &str, name: &str) -> Option<String> {
        let format = format!("{{{{index .Config.Labels \"{name}\"}}}}");
        let found = self.docker(["image", "inspect", "--format", &format, image]);
        (found.code == Some(0)).then(|| found.stdout.trim().to_owned())
    }

    /// The file of statically linked busybox, for images that run something.
    pub fn busybox() -> &'static Path {
        ensure_with("statically linked busybox", &["busybox-static"], || Path::new("/bin/busybox").exists());
        Path::new("/bin/busybox")
    }

    /// Writes an image with a shell and its programs, and these further lines of its Dockerfile.
    pub fn write_busybox(workspace: &Workspace, folder: &str, lines: &str) {
        workspace.file(format!("{folder}/busybox"), std::fs::read(Self::busybox()).unwrap());
        let install = "RUN [\"/bin/busybox\",\"--install\",\"-s\",\"/bin\"]";
        let dockerfile = format!("FROM scratch\nCOPY --chmod=755 busybox /bin/busybox\n{install}\n{lines}");
        workspace.file(format!("{folder}/Dockerfile"), dockerfile);
    }
}
