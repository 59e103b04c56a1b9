//! A Docker engine on another machine, as far as the network tells: in a network namespace of its own, reached over TLS
//! with client certificates, or through ssh.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::daemon::Daemon;
use super::namespace::Namespace;
use super::process::{Finished, command, run};
use super::{certificates, ensure_with, has_program};

/// The engine. Ends when dropped.
#[derive(Debug)]
pub struct RemoteEngine {
    // In the order in which they end.
    daemon: Daemon,
    namespace: Namespace,
}

impl RemoteEngine {
    /// An engine that answers on its own machine, and at [`Self::tls_address`] whoever shows a certificate of
    /// [`Self::certificates`].
    pub fn start() -> Self {
        ensure_with("the programs `ip` and `nsenter`", &["iproute2"], || has_program("ip") && has_program("nsenter"));
        let namespace = Namespace::new();
        let mut daemon = Daemon::new();
        let folder = daemon.path("certificates");
        fs::create_dir(&folder).unwrap();
        let files = certificates::write_for(&folder, &namespace.address());
        let file = |path: &Path| path.to_str().unwrap().to_owned();
        daemon.arguments([
            "--host".to_owned(),
            format!("tcp://{}:2376", namespace.address()),
            "--tlsverify".to_owned(),
        ]);
        daemon.arguments(["--tlscacert".to_owned(), file(&files.authority)]);
        daemon.arguments(["--tlscert".to_owned(), file(&files.certificate), "--tlskey".to_owned(), file(&files.key)]);
        daemon.run(namespace.program(Daemon::program()));
        Self { daemon, namespace }
    }

    /// The host at which its published ports are reached.
    pub fn host(&self) -> String {
        self.namespace.address()
    }

    /// What `DOCKER_HOST` says of it for a connection over TLS.
    pub fn tls_address(&self) -> String {
        format!("tcp://{}:2376", self.host())
    }

    /// A folder of `ca.pem`, `cert.pem` and `key.pem`, as Docker's client has it.
    pub fn certificates(&self) -> PathBuf {
        self.daemon.path("certificates")
    }

    /// Starts a server for ssh beside it, and gives the engine's address through it and a folder with a program `ssh`
    /// that knows the server and has a key for it.
    pub fn serve_ssh(&mut self) -> (String, PathBuf) {
        let sshd = "/usr/sbin/sshd";
        ensure_with("the program `sshd`", &["openssh-server", "openssh-client"], || Path::new(sshd).exists());
        let path = |name: &str| self.daemon.path(name).to_str().unwrap().to_owned();
        for key in ["host", "user"] {
            run(command("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &path(key)]), b"").success();
        }
        let server = format!(
            "ListenAddress {}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\n\
             PermitRootLogin yes\nAllowUsers root\nPasswordAuthentication no\n",
            self.host(),
            path("host"),
            path("user.pub")
        );
        fs::write(path("sshd_config"), server).unwrap();
        // There the engine's socket lies where it does on every machine, and not that of this machine's engine.
        let start = format!(
            "mount -t tmpfs tmpfs /run && mkdir /run/sshd && ln -s {} /run/docker.sock && exec {sshd} -D -f {}",
            path("sock"),
            path("sshd_config")
        );
        let mut daemon = self.namespace.program("unshare");
        daemon.args(["--mount", "sh", "-c", &start]);
        self.namespace.start(daemon);
        let host_key = fs::read_to_string(path("host.pub")).unwrap();
        fs::write(path("known_hosts"), format!("{} {host_key}", self.host())).unwrap();
        let client = format!(
            "IdentityFile {}\nIdentitiesOnly yes\nUserKnownHostsFile {}\nGlobalKnownHostsFile none\n",
            path("user"),
            path("known_hosts")
        );
        fs::write(path("ssh_config"), client).unwrap();
        let programs = self.daemon.path("bin");
        fs::create_dir(&programs).unwrap();
        let real = which::which("ssh").unwrap();
        let script = format!("#!/bin/sh\nexec {} -F {} \"$@\"\n", real.display(), path("ssh_config"));
        fs::write(programs.join("ssh"), script).unwrap();
        fs::set_permissions(programs.join("ssh"), Permissions::from_mode(0o755)).unwrap();
        let began = Instant::now();
        let login = format!("root@{}", self.host());
        while run(command(programs.join("ssh")).args([&login, "true"]), b"").code != Some(0) {
            assert!(began.elapsed() < Duration::from_secs(30), "the server for ssh does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
        (format!("ssh://{login}"), programs)
    }

    /// Makes a registry on this machine's `127.0.0.1` known at the same address there.
    pub fn pass_on(&mut self, port: u16) {
        self.pass_on_as(port, port);
    }

    /// The same, under another port of that machine.
    pub fn pass_on_as(&mut self, port: u16, there: u16) {
        let folder = self.daemon.folder().path().to_owned();
        self.namespace.pass_on_as(port, there, &folder);
        let ask = format!("import urllib.request as u; u.urlopen('http://127.0.0.1:{there}/v2/', timeout=5)");
        let began = Instant::now();
        while run(self.namespace.program("python3").args(["-c", &ask]), b"").code != Some(0) {
            assert!(began.elapsed() < Duration::from_secs(30), "nothing comes through to port {port}");
        }
    }

    /// Copies an image of the shared engine to it.
    pub fn copy_image(&self, image: &str) {
        let archive = self.daemon.path("image.tar");
        let archive = archive.to_str().unwrap();
        super::docker(["save", "--output", archive, image]).success();
        self.docker(["load", "--input", archive]).success();
    }

    /// Runs Docker's client with it.
    pub fn docker<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Finished {
        run(command("docker").args(["--host", &self.daemon.address()]).args(arguments), b"")
    }
}
