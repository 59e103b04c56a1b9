//! The Docker engine that the tests work with, through the `docker` program and not through keg's own code.

use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, Mutex, Once, Weak};

use super::process::{Finished, command, run};
use super::{is_stale, set_up, unique};

static READY: Once = Once::new();

/// Makes sure that a Docker engine answers, and removes what dead test processes left on it.
pub fn engine() {
    READY.call_once(|| {
        set_up::ensure("a Docker engine", || {
            set_up::has_program("docker") && docker(["version", "--format", "{{.Server.Version}}"]).code == Some(0)
        });
        remove_stale();
    });
}

/// Whether a test of this process uses the engine.
pub fn in_use() -> bool {
    READY.is_completed()
}

/// Runs `docker` with these arguments.
pub fn docker<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Finished {
    docker_with_input(arguments, b"")
}

fn docker_with_input<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>, input: &[u8]) -> Finished {
    run(command("docker").args(arguments), input)
}

/// A tiny image with a shell and the common programs, for `FROM` in tests; its name is what it derefs to.
/// It is shared by the tests of a process and goes with the last of them.
#[derive(Debug, Clone)]
pub struct RootImage(Arc<Named>);

#[derive(Debug)]
struct Named(String);

impl Deref for RootImage {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.0
    }
}

impl std::fmt::Display for RootImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        docker(["image", "rm", "--force", &self.0]);
    }
}

/// The root image: statically linked busybox with its programs in `/bin`, and nothing else.
pub fn root_image() -> RootImage {
    static SHARED: Mutex<Weak<Named>> = Mutex::new(Weak::new());
    engine();
    set_up::ensure("statically linked busybox", || Path::new("/bin/busybox").exists());
    let mut shared = SHARED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(image) = shared.upgrade() {
        return RootImage(image);
    }
    let image = Arc::new(Named(format!("{}:latest", unique("root"))));
    docker_with_input(["import", "--change", "CMD [\"/bin/sh\"]", "-", &image.0], &root_archive()).success();
    *shared = Arc::downgrade(&image);
    RootImage(image)
}

/// A tar archive of a root file system: busybox, links to it, and the folders that programs expect.
fn root_archive() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for folder in ["bin/", "etc/", "tmp/", "root/", "proc/", "sys/", "dev/"] {
        let mode = if folder == "tmp/" { 0o1777 } else { 0o755 };
        let mut header = header(tar::EntryType::Directory, 0, mode);
        archive.append_data(&mut header, folder, std::io::empty()).unwrap();
    }
    let busybox = std::fs::read("/bin/busybox").unwrap();
    let size = busybox.len() as u64;
    archive.append_data(&mut header(tar::EntryType::Regular, size, 0o755), "bin/busybox", &busybox[..]).unwrap();
    for program in run(command("/bin/busybox").arg("--list"), b"").success().lines().filter(|name| *name != "busybox") {
        let mut header = header(tar::EntryType::Symlink, 0, 0o777);
        archive.append_link(&mut header, format!("bin/{program}"), "busybox").unwrap();
    }
    for (path, text) in [("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"), ("etc/group", "root:x:0:\n")] {
        let mut header = header(tar::EntryType::Regular, text.len() as u64, 0o644);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap()
}

fn header(kind: tar::EntryType, size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header.set_mtime(1);
    header
}

/// Removes containers, networks and images of test processes that ended without cleaning up.
fn remove_stale() {
    for line in docker(["ps", "--all", "--format", "{{.ID}} {{.Names}} {{.Image}}"]).stdout.lines() {
        if is_stale(line) {
            docker(["rm", "--force", "--volumes", line.split(' ').next().unwrap()]);
        }
    }
    for name in docker(["network", "ls", "--format", "{{.Name}}"]).stdout.lines().filter(|name| is_stale(name)) {
        docker(["network", "rm", name]);
    }
    for name in image_names().iter().filter(|name| is_stale(name)) {
        docker(["image", "rm", "--force", name]);
    }
}

/// All names of images on the engine: `repository:tag`, or `repository@digest` where a tag has moved away.
pub fn image_names() -> Vec<String> {
    let format = "{{.Repository}} {{.Tag}} {{.Digest}}";
    let listed = docker(["image", "ls", "--digests", "--format", format]).success();
    let name = |line: &str| match line.split(' ').collect::<Vec<_>>()[..] {
        [repository, "<none>", digest] if digest != "<none>" => Some(format!("{repository}@{digest}")),
        [repository, tag, _] if tag != "<none>" => Some(format!("{repository}:{tag}")),
        _ => None,
    };
    let mut names: Vec<String> = listed.lines().filter_map(name).filter(|name| !name.starts_with("<none>")).collect();
    names.sort();
    names.dedup();
    names
}
