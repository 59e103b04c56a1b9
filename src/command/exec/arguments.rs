//! Where the command of `keg exec --image` begins.
//!
//! After a tap, keg's own flags may go on: `keg exec web --service db psql`. After an image nothing but the command
//! comes, whose flags are its own: `keg exec --image web pytest -q`. clap knows only the first of both, so a `--` is
//! put before the command.

use std::ffi::OsString;

use clap::{Arg, CommandFactory};

use crate::cli::Cli;

/// The verb.
const VERB: &str = "exec";
/// The flag.
const FLAG: &str = "--image";

/// The arguments, the program's name first, with a `--` before the command of `keg exec --image`.
pub fn separated(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let has = |is: &dyn Fn(&str) -> bool| arguments.iter().filter_map(|word| word.to_str()).any(is);
    // The command line's definition takes time, and few need it here.
    if !has(&|word| word == VERB) || !has(&is_flag) {
        return arguments;
    }
    let mut keg = Cli::command();
    keg.build();
    let Some(verb) = first_word(&arguments, 1, &keg).filter(|place| arguments[*place] == VERB) else {
        return arguments;
    };
    let Some(exec) = keg.find_subcommand(VERB) else { return arguments };
    let Some(place) = first_word(&arguments, verb + 1, exec) else { return arguments };
    if arguments[verb + 1..place].iter().filter_map(|word| word.to_str()).any(is_flag) {
        arguments.insert(place, "--".into());
    }
    arguments
}

fn is_flag(word: &str) -> bool {
    word.strip_prefix(FLAG).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

/// The place of the first argument from `start` on that is neither a flag of `command` nor its value; `None` where `--`
/// comes before it.
fn first_word(arguments: &[OsString], start: usize, command: &clap::Command) -> Option<usize> {
    let mut place = start;
    while let Some(argument) = arguments.get(place) {
        let word = argument.to_str().unwrap_or_default();
        if word == "--" {
            return None;
        }
        let takes_next = match word.strip_prefix("--") {
            Some(name) => !name.contains('=') && command.get_arguments().any(|arg| is_long(arg, name) && takes(arg)),
            None => match word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                Some(letters) => short_takes_next(letters, command),
                None => return Some(place),
            },
        };
        place += if takes_next { 2 } else { 1 };
    }
    None
}

/// Whether the last of several letters has its value in the next argument.
fn short_takes_next(letters: &str, command: &clap::Command) -> bool {
    let has_value = |letter: char| command.get_arguments().any(|arg| arg.get_short() == Some(letter) && takes(arg));
    letters.chars().position(has_value) == letters.chars().count().checked_sub(1)
}

fn is_long(arg: &Arg, name: &str) -> bool {
    arg.get_long() == Some(name)
}

fn takes(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        let words = separated(line.split(' ').map(OsString::from).collect());
        words.join(std::ffi::OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn the_command_begins_after_the_flags() {
        for (line, expected) in [
            ("keg exec --image web pytest -q", "keg exec --image web -- pytest -q"),
            ("keg exec --image=web pytest -q", "keg exec --image=web -- pytest -q"),
            (
                "keg -v --branch exec exec -e A=1 --image web pytest -q",
                "keg -v --branch exec exec -e A=1 --image web -- pytest -q",
            ),
            (
                "keg exec --image web --env A=1 -eB=2 -u root -qe C=3 ls",
                "keg exec --image web --env A=1 -eB=2 -u root -qe C=3 -- ls",
            ),
            ("keg exec --image web --dry-run --format json ls", "keg exec --image web --dry-run --format json -- ls"),
            ("keg exec --image web pytest -- -q", "keg exec --image web -- pytest -- -q"),
        ] {
            assert_eq!(shown(line), expected);
        }
    }

    #[test]
    fn everything_else_stays() {
        for line in [
            "keg exec --image web -- pytest -q",
            "keg exec --image web",
            "keg exec --image",
            "keg exec web --service db tool --image x",
            "keg exec web tool --image=x",
            "keg exec --images web ls",
            "keg status exec --image web ls",
            "keg",
        ] {
            assert_eq!(shown(line), line);
        }
    }
}
