//! Words of the Keg CLI that keg has other ones for. README.md has the whole table.

/// What `keg TAP WORD` of the Keg CLI is here, of a tap.
pub(super) fn of_tap(word: &str, tap: &str) -> Option<String> {
    let verb = match word {
        "sync" => "watch",
        "print" => "env",
        "inspect" => "status",
        // An action is a task, which has its own name: without one, all are listed.
        "action" => return Some(format!("keg run {tap}")),
        _ => return None,
    };
    Some(format!("keg {tap} {verb}"))
}

/// What a word after `keg docker`, or `keg` alone, of the Keg CLI is here.
pub(super) fn alone(word: &str) -> Option<&'static str> {
    Some(match word {
        "provider" => "`keg login`, `keg push` and `keg pull`",
        "container" => "`keg ps`",
        "compose" => "`keg start` and `keg stop`",
        "image" => "`keg status` and `keg tag`",
        "mutagen" => "`keg watch`",
        _ => return None,
    })
}
