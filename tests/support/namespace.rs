//! A network namespace of a test's own: another machine, as far as the network tells. Needs root.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::process::{command, run};

/// A namespace with one link to this machine's own; goes when dropped, with the programs that were started in it.
#[derive(Debug)]
pub struct Namespace {
    name: String,
    /// The third and fourth byte of this machine's address on the link.
    place: (u8, u8),
    programs: Vec<Child>,
}

impl Namespace {
    /// A new one.
    pub fn new() -> Self {
        static COUNTER: AtomicUsize = AtomicUsize::new(0);
        let (process, number) = (std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        // Addresses of test processes that run side by side differ, and the name of an interface has 15 characters.
        let place = (u8::try_from(process % 256).unwrap(), u8::try_from(number % 64 * 4).unwrap());
        let namespace = Self { name: format!("kt{process}x{number}"), place, programs: Vec::new() };
        let (name, own) = (&namespace.name, format!("{}/30", namespace.own_address()));
        let inner = format!("{}/30", namespace.address());
        ip(&format!("netns add {name}"));
        ip(&format!("link add {name} type veth peer name eth0 netns {name}"));
        ip(&format!("addr add {own} dev {name}"));
        ip(&format!("link set {name} up"));
        ip(&format!("-n {name} addr add {inner} dev eth0"));
        ip(&format!("-n {name} link set eth0 up"));
        ip(&format!("-n {name} link set lo up"));
        namespace
    }

    /// The address at which this machine reaches it.
    pub fn address(&self) -> String {
        format!("10.213.{}.{}", self.place.0, self.place.1 + 2)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address at which it reaches this machine.
    fn own_address(&self) -> String {
        format!("10.213.{}.{}", self.place.0, self.place.1 + 1)
    }

    /// A command that runs a program in it.
    pub fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        // Not `ip netns exec`, which hides the mounts of control groups.
        let mut inner = command("nsenter");
        inner.arg(format!("--net=/var/run/netns/{}", self.name)).arg(program);
        inner
    }

    /// Starts a program in it that ends with it.
    pub fn start(&mut self, mut program: Command) {
        let program = program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.programs.push(program.spawn().unwrap());
    }

    /// Makes a server on this machine's `127.0.0.1` known at the same address in the namespace.
    pub fn pass_on(&mut self, port: u16, folder: &std::path::Path) {
        self.pass_on_as(port, port, folder);
    }

    /// The same, under another port of the namespace.
    pub fn pass_on_as(&mut self, port: u16, there: u16, folder: &std::path::Path) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/relay.py");
        let socket = folder.join(format!("relay-{port}"));
        let (socket, port, there) = (socket.to_str().unwrap(), port.to_string(), there.to_string());
        let mut outer = command("python3");
        outer.args([script, "socket", socket, &port]);
        self.start(outer);
        let mut inner = self.program("python3");
        inner.args([script, "port", socket, &there]);
        self.start(inner);
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        for program in &mut self.programs {
            program.kill().ok();
            program.wait().ok();
        }
        // The link goes with it.
        run(command("ip").args(["netns", "delete", &self.name]), b"");
    }
}

/// Runs `ip`, which must succeed.
pub fn ip(arguments: &str) {
    run(command("ip").args(arguments.split(' ')), b"").success();
}
