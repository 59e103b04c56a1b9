//! How a command runs in an image by itself, with files of this machine: `keg exec --image`. Pure.

use std::collections::BTreeMap;

mod mount;

pub use mount::{Bind, Mounted, bind, check, folder};

/// The label of containers that run one command, with the image's reference.
pub const LABEL_EXEC: &str = "dev.keg.exec";
/// The home of a user that the image does not know: everybody may write there.
pub const HOME: &str = "/tmp";
/// Programs that look after other processes themselves, and may insist on being the first one.
const INITS: [&str; 5] = ["init", "tini", "dumb-init", "docker-init", "catatonit"];

/// Who runs the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// The user for the engine, as `1000:1000`.
    pub user: String,
    /// The home folder, where the image cannot know one.
    pub home: Option<&'static str>,
}

/// What an image says of the processes in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageProcess {
    /// Its entrypoint.
    pub entrypoint: Vec<String>,
    /// Its variables.
    pub env: BTreeMap<String, String>,
}

/// Who runs the command: the user that was `asked` for, else the `caller`, a user and a group by number. The home is
/// the same for every caller, so that a command finds the same on a laptop and in CI, whoever has the caller's number
/// in the image.
pub fn runner(asked: Option<&str>, caller: (u32, u32), engine_is_rootless: bool, image: &ImageProcess) -> Runner {
    if let Some(user) = asked {
        return Runner { user: user.to_owned(), home: None };
    }
    // Who runs a rootless engine is root in its containers.
    let (user, group) = if engine_is_rootless { (0, 0) } else { caller };
    // Every image knows root.
    let home = (user != 0 && !image.env.contains_key("HOME")).then_some(HOME);
    Runner { user: format!("{user}:{group}"), home }
}

/// Whether a small init process is the first one: it passes on signals, of which the first process of a container gets
/// only those that it listens to.
pub fn needs_init(entrypoint: &[String]) -> bool {
    let program = entrypoint.first().map_or("", String::as_str);
    let name = program.rsplit('/').next().unwrap_or(program);
    !INITS.contains(&name) && !name.starts_with("s6-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_belong_to_the_caller() {
        let plain = ImageProcess::default();
        let with_home =
            ImageProcess { env: [("HOME".to_owned(), "/home/r".to_owned())].into(), ..ImageProcess::default() };
        let shown = |asked, caller, rootless, image| {
            let runner = runner(asked, caller, rootless, image);
            (runner.user, runner.home)
        };
        assert_eq!(shown(None, (1000, 100), false, &plain), ("1000:100".into(), Some("/tmp")));
        assert_eq!(shown(None, (1000, 100), false, &with_home), ("1000:100".into(), None));
        assert_eq!(shown(None, (0, 0), false, &plain), ("0:0".into(), None));
        assert_eq!(shown(None, (1000, 100), true, &plain), ("0:0".into(), None));
        assert_eq!(shown(Some("node"), (1000, 100), true, &plain), ("node".into(), None));
    }

    #[test]
    fn one_init_is_enough() {
        let needs = |words: &[&str]| needs_init(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert!(needs(&[]));
        assert!(needs(&["/usr/local/bin/_entrypoint.sh"]));
        assert!(needs(&["sh", "-c", "init"]));
        assert!(!needs(&["/init"]));
        assert!(!needs(&["/usr/bin/tini", "--", "x"]));
        assert!(!needs(&["/package/admin/s6-overlay/bin/s6-init"]));
    }
}
