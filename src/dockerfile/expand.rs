//! Substitution of build args, as BuildKit does it
//! (<https://docs.docker.com/reference/dockerfile/#environment-replacement>, moby/buildkit
//! `frontend/dockerfile/shell/lex.go`): quotes, the escape character, and the forms
//! `$A ${A} ${A:-w} ${A-w} ${A:+w} ${A+w} ${A:?w} ${A?w} ${A#p} ${A##p} ${A%p} ${A%%p} ${A/p/w} ${A//p/w}`.

use std::iter::Peekable;
use std::str::Chars;

mod pattern;

use pattern::Pattern;

/// How deep `${A:-${B:-…}}` may go. Far more than anybody writes; keeps hostile input from using up the stack.
const DEEPEST: usize = 50;

/// A word after substitution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The result.
    pub text: String,
    /// Every name that the word has, set or not, in order.
    pub names: Vec<String>,
}

/// Replaces what stands for a build arg in `word` by the value that `lookup` gives.
///
/// # Errors
/// Says what is wrong with the word, or what `${A:?…}` asks for.
pub fn expand(word: &str, escape: char, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Expansion, String> {
    let mut expander = Expander { rest: word.chars().peekable(), escape, lookup, names: Vec::new(), depth: 0 };
    let text = expander.until(None, false)?;
    Ok(Expansion { text, names: expander.names })
}

struct Expander<'a> {
    rest: Peekable<Chars<'a>>,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    names: Vec<String>,
    depth: usize,
}

impl Expander<'_> {
    /// Reads up to `stop`, which is taken but not given back, or to the end.
    fn until(&mut self, stop: Option<char>, keep_escapes: bool) -> Result<String, String> {
        let mut text = String::new();
        while let Some(&next) = self.rest.peek() {
            if Some(next) == stop {
                self.rest.next();
                return Ok(text);
            }
            match next {
                '\'' => text.push_str(&self.single_quoted()?),
                '"' => text.push_str(&self.double_quoted(keep_escapes)?),
                '$' => text.push_str(&self.dollar()?),
                _ => {
                    self.rest.next();
                    if next == self.escape {
                        if keep_escapes {
                            text.push(next);
                        }
                        text.extend(self.rest.next());
                    } else {
                        text.push(next);
                    }
                }
            }
        }
        match stop {
            Some(stop) => Err(format!("`{stop}` is missing")),
            None => Ok(text),
        }
    }

    fn single_quoted(&mut self) -> Result<String, String> {
        self.rest.next();
        let mut text = String::new();
        for character in self.rest.by_ref() {
            if character == '\'' {
                return Ok(text);
            }
            text.push(character);
        }
        Err("a single quote is not closed".into())
    }

    fn double_quoted(&mut self, keep_escapes: bool) -> Result<String, String> {
        self.rest.next();
        let mut text = String::new();
        while let Some(&next) = self.rest.peek() {
            match next {
                '"' => {
                    self.rest.next();
                    return Ok(text);
                }
                '$' => text.push_str(&self.dollar()?),
                _ => {
                    self.rest.next();
                    if next != self.escape {
                        text.push(next);
                        continue;
                    }
                    if keep_escapes {
                        text.push(next);
                    }
                    match self.rest.peek() {
                        None => {}
                        Some(&escaped) if matches!(escaped, '"' | '$') || escaped == self.escape => {
                            self.rest.next();
                            text.push(escaped);
                        }
                        Some(_) => text.push(next),
                    }
                }
            }
        }
        Err("a double quote is not closed".into())
    }

    fn dollar(&mut self) -> Result<String, String> {
        self.rest.next();
        if self.rest.peek() != Some(&'{') {
            let name = self.name();
            return Ok(if name.is_empty() { "$".into() } else { self.value(&name).unwrap_or_default() });
        }
        self.rest.next();
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("`${…}` is nested too deeply".into());
        }
        let text = self.braces();
        self.depth -= 1;
        text
    }

    fn braces(&mut self) -> Result<String, String> {
        match self.rest.peek() {
            None => return Err("`}` is missing".into()),
            Some('{' | '}' | ':') => return Err("`${` must be followed by a name".into()),
            Some(_) => {}
        }
        let name = self.name();
        let mut operator = self.rest.next().ok_or("`}` is missing")?;
        let empty_is_unset = operator == ':';
        if empty_is_unset {
            operator = self.rest.next().ok_or("`}` is missing")?;
        }
        match operator {
            '}' if !empty_is_unset => Ok(self.value(&name).unwrap_or_default()),
            '-' | '+' | '?' => {
                let word = self.until(Some('}'), false)?;
                let value = self.value(&name).filter(|value| !(empty_is_unset && value.is_empty()));
                match (operator, value) {
                    ('-', value) => Ok(value.unwrap_or(word)),
                    ('+', Some(_)) => Ok(word),
                    ('+', None) => Ok(String::new()),
                    (_, Some(value)) => Ok(value),
                    (_, None) if word.is_empty() => Err(format!("{name} must be set")),
                    (_, None) => Err(format!("{name}: {word}")),
                }
            }
            '#' | '%' => {
                let word = self.until(Some('}'), true)?;
                let (longest, word) = match word.strip_prefix(operator) {
                    Some(word) => (true, word),
                    None => (false, word.as_str()),
                };
                let pattern = Pattern::parse(word)?;
                let value = self.value(&name).unwrap_or_default();
                Ok(if operator == '#' {
                    pattern.without_prefix(&value, longest)
                } else {
                    pattern.without_suffix(&value, longest)
                })
            }
            '/' if !empty_is_unset => {
                let all = self.rest.next_if_eq(&'/').is_some();
                let pattern = self.until(Some('/'), true)?;
                let replacement = self.until(Some('}'), true)?;
                let value = self.value(&name).unwrap_or_default();
                Ok(Pattern::parse(&pattern)?.replaced(&value, &replacement, all))
            }
            other => Err(format!("`{other}` is not known in `${{{name}…}}`")),
        }
    }

    /// A name: letters, digits and `_`; or digits alone; or one special character of the shell.
    fn name(&mut self) -> String {
        let mut name = String::new();
        match self.rest.peek() {
            Some(first) if first.is_numeric() => {
                while let Some(digit) = self.rest.next_if(|next| next.is_numeric()) {
                    name.push(digit);
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => name.extend(self.rest.next()),
            _ => {
                while let Some(letter) = self.rest.next_if(|next| next.is_alphanumeric() || *next == '_') {
                    name.push(letter);
                }
            }
        }
        name
    }

    fn value(&mut self, name: &str) -> Option<String> {
        self.names.push(name.to_owned());
        (self.lookup)(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "A" => Some("a".into()),
            "EMPTY" => Some(String::new()),
            "TAG" => Some("3.11-slim-bookworm".into()),
            "PATHS" => Some("a/b/c".into()),
            _ => None,
        }
    }

    #[test]
    fn forms() {
        for (word, expected) in [
            ("plain", "plain"),
            ("$A", "a"),
            ("${A}", "a"),
            ("x$A-y", "xa-y"),
            ("$A$A", "aa"),
            ("$UNSET", ""),
            ("${UNSET:-d}", "d"),
            ("${UNSET-d}", "d"),
            ("${EMPTY:-d}", "d"),
            ("${EMPTY-d}", ""),
            ("${A:-d}", "a"),
            ("${A:+d}", "d"),
            ("${UNSET:+d}", ""),
            ("${EMPTY:+d}", ""),
            ("${EMPTY+d}", "d"),
            ("${A:?no}", "a"),
            ("${UNSET:-${A}b}", "ab"),
            ("${UNSET:-node:20}", "node:20"),
            ("\"$A\"", "a"),
            ("'$A'", "$A"),
            ("\\$A", "$A"),
            ("\"\\$A\"", "$A"),
            ("a\\b", "ab"),
            ("\"a\\b\"", "a\\b"),
            ("$", "$"),
            ("$/x", "$/x"),
            ("${TAG%%-*}", "3.11"),
            ("${TAG%-*}", "3.11-slim"),
            ("${TAG#*-}", "slim-bookworm"),
            ("${TAG##*-}", "bookworm"),
            ("${TAG/slim/fat}", "3.11-fat-bookworm"),
            ("${PATHS//\\//-}", "a-b-c"),
            ("${TAG/?lim/x}", "3.11-x-bookworm"),
        ] {
            assert_eq!(expand(word, '\\', &lookup).map(|expansion| expansion.text), Ok(expected.to_owned()), "{word}");
        }
    }

    #[test]
    fn other_escape_character() {
        assert_eq!(expand("a\\b`$A", '`', &lookup).unwrap().text, "a\\b$A");
    }

    #[test]
    fn errors() {
        for (word, expected) in [
            ("${A", "`}` is missing"),
            ("${", "`}` is missing"),
            ("${}", "`${` must be followed by a name"),
            ("${UNSET:?give it}", "UNSET: give it"),
            ("${UNSET?}", "UNSET must be set"),
            ("'a", "a single quote is not closed"),
            ("\"a", "a double quote is not closed"),
            ("${A:=b}", "`=` is not known in `${A…}`"),
            ("${A^}", "`^` is not known in `${A…}`"),
        ] {
            assert_eq!(expand(word, '\\', &lookup), Err(expected.to_owned()), "{word}");
        }
        assert!(expand(&"${A:-".repeat(100_000), '\\', &lookup).is_err());
    }

    #[test]
    fn names_are_told() {
        assert_eq!(expand("$A${B:-$C}", '\\', &lookup).unwrap().names, ["A", "C", "B"]);
    }

    proptest! {
        #[test]
        fn never_panics(word in r#"([$\{\}:\-+?#%/*'"\\a-zA]|\PC)*"#) {
            let _ = expand(&word, '\\', &lookup);
        }
    }
}
