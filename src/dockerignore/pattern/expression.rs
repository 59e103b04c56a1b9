//! From a pattern to a regular expression, by way of the one that Docker would form in Go's syntax. That detour
//! keeps what follows from Docker's translation and nobody would guess: `[^a]` matches `/`, `\d` means a digit.

use std::iter::Peekable;
use std::str::Chars;

/// Checks the syntax as Go's `path.Match` does, which Docker asks first.
pub(super) fn check(pattern: &str) -> Result<(), String> {
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' if chars.next().is_none() => return Err("`\\` at the end escapes nothing".to_owned()),
            '[' => check_class(&mut chars).ok_or("`[` begins a set of characters that is empty or has no end")?,
            _ => {}
        }
    }
    Ok(())
}

fn check_class(chars: &mut Peekable<Chars<'_>>) -> Option<()> {
    chars.next_if_eq(&'^');
    let mut empty = true;
    loop {
        if !empty && chars.next_if_eq(&']').is_some() {
            return Some(());
        }
        check_class_char(chars)?;
        if chars.next_if_eq(&'-').is_some() {
            check_class_char(chars)?;
        }
        empty = false;
    }
}

/// One character of a set; it cannot be the pattern's last, since `]` must follow.
fn check_class_char(chars: &mut Peekable<Chars<'_>>) -> Option<()> {
    match chars.next()? {
        '-' | ']' => return None,
        '\\' => {
            chars.next()?;
        }
        _ => {}
    }
    chars.peek().map(|_| ())
}

/// The regular expression, in the syntax of the `regex` crate, of a pattern that [`check`] has passed.
pub(super) fn of(pattern: &str) -> Result<String, String> {
    translate(&in_go(pattern)).ok_or_else(|| format!("`{pattern}` cannot be understood"))
}

/// What `moby/patternmatcher` hands to Go's `regexp`.
fn in_go(pattern: &str) -> String {
    let mut expression = String::from("^");
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '*' if chars.next_if_eq(&'*').is_some() => {
                chars.next_if_eq(&'/');
                expression.push_str(if chars.peek().is_none() { ".*" } else { "(.*/)?" });
            }
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '.' | '+' | '(' | ')' | '|' | '{' | '}' | '$' => expression.extend(['\\', char]),
            '\\' => {
                expression.push('\\');
                expression.extend(chars.next());
            }
            char => expression.push(char),
        }
    }
    expression.push('$');
    expression
}

/// From Go's syntax to that of the `regex` crate; they differ in sets of characters and in escapes.
fn translate(go: &str) -> Option<String> {
    let mut expression = String::new();
    let mut chars = go.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match escape(chars.next()?)? {
                Escape::Char(char) => push_char(&mut expression, char),
                Escape::Set(set) => expression.extend(["[", set, "]"]),
                Escape::Place(place) => expression.push_str(place),
            },
            '[' => translate_class(&mut chars, &mut expression)?,
            char => expression.push(char),
        }
    }
    Some(expression)
}

fn translate_class(chars: &mut Peekable<Chars<'_>>, expression: &mut String) -> Option<()> {
    expression.push('[');
    if chars.next_if_eq(&'^').is_some() {
        expression.push('^');
    }
    let mut first = true;
    loop {
        if !first && chars.next_if_eq(&']').is_some() {
            expression.push(']');
            return Some(());
        }
        first = false;
        if let Some(name) = named_class(chars) {
            expression.extend(["[:", &name, ":]"]);
            continue;
        }
        let low = match class_char(chars)? {
            Escape::Char(char) => char,
            Escape::Set(set) => {
                expression.extend(["[", set, "]"]);
                continue;
            }
            Escape::Place(_) => return None,
        };
        push_char(expression, low);
        let mut ahead = chars.clone();
        if ahead.next() == Some('-') && ahead.peek().is_some_and(|next| *next != ']') {
            chars.next();
            let Escape::Char(high) = class_char(chars)? else { return None };
            expression.push('-');
            push_char(expression, high);
        }
    }
}

/// The name in `[:name:]`, if that comes next.
fn named_class(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    let rest: String = chars.clone().collect();
    let name = rest.strip_prefix("[:")?.split_once(":]")?.0.to_owned();
    chars.nth(name.chars().count() + 3);
    Some(name)
}

fn class_char(chars: &mut Peekable<Chars<'_>>) -> Option<Escape> {
    match chars.next()? {
        '\\' => escape(chars.next()?),
        char => Some(Escape::Char(char)),
    }
}

/// What a `\` and the character behind it mean in Go.
enum Escape {
    Char(char),
    Set(&'static str),
    Place(&'static str),
}

fn escape(char: char) -> Option<Escape> {
    Some(match char {
        'a' => Escape::Char('\x07'),
        'f' => Escape::Char('\x0c'),
        'n' => Escape::Char('\n'),
        'r' => Escape::Char('\r'),
        't' => Escape::Char('\t'),
        'v' => Escape::Char('\x0b'),
        'd' => Escape::Set("0-9"),
        'D' => Escape::Set("^0-9"),
        's' => Escape::Set(r"\t\n\x0C\r "),
        'S' => Escape::Set(r"^\t\n\x0C\r "),
        'w' => Escape::Set("0-9A-Za-z_"),
        'W' => Escape::Set("^0-9A-Za-z_"),
        'A' => Escape::Place(r"\A"),
        'z' => Escape::Place(r"\z"),
        'b' => Escape::Place(r"(?-u:\b)"),
        'B' => Escape::Place(r"(?-u:\B)"),
        char if char.is_ascii() && !char.is_ascii_alphanumeric() => Escape::Char(char),
        _ => return None,
    })
}

fn push_char(expression: &mut String, char: char) {
    expression.push_str(&format!("\\x{{{:X}}}", u32::from(char)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detour_is_the_one_of_docker() {
        for (pattern, go) in [
            ("*.log", r"^[^/]*\.log$"),
            ("a/**/b?", "^a/(.*/)?b[^/]$"),
            ("a*/**", "^a[^/]*/.*$"),
            ("a+(b)|{c}$*", r"^a\+\(b\)\|\{c\}\$[^/]*$"),
            (r"\*x", r"^\*x$"),
            ("[a-z]*", "^[a-z][^/]*$"),
        ] {
            assert_eq!(in_go(pattern), go, "{pattern}");
        }
    }

    #[test]
    fn wrong_syntax_is_found() {
        for pattern in ["[", "[]", "[^]", "[a", "[a-]", "[-a]", "[]a]", r"a\", r"[a\", "a[b-", r"[\]"] {
            assert!(check(pattern).is_err(), "{pattern}");
        }
        for pattern in ["[a]", "[^a-c]", r"[\]]", r"[\-a]", "]", "[!a]", "[a-b-c]", "[[]", r"\\"] {
            let expected = if pattern == "[a-b-c]" { check(pattern).is_err() } else { check(pattern).is_ok() };
            assert!(expected, "{pattern}");
        }
    }

    #[test]
    fn sets_of_characters_keep_gos_meaning() {
        let matches = |pattern: &str, path: &str| regex::Regex::new(&of(pattern).unwrap()).unwrap().is_match(path);
        assert!(matches("[a&&b]x", "&x"));
        assert!(matches("[[]x", "[x"));
        assert!(matches("[[:digit:]]x", "5x"));
        assert!(!matches("[[:digit:]]x", "dx"));
        assert!(matches("a[^b]c", "a/c"));
        assert!(matches(r"v\d", "v7"));
        assert!(matches(r"v[\d]", "v7"));
        assert!(matches("[à-é]x", "èx"));
        assert!(matches(r"[\^a]x", "^x"));
    }
}
