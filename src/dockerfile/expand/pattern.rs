//! The patterns of `${A#p}`, `${A%p}` and `${A/p/w}`: `*` and `?` as in a shell, without brackets.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Any,
    One,
    Literal(char),
}

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Token>);

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '*' => Token::Any,
                '?' => Token::One,
                '\\' => match characters.next() {
                    Some(escaped @ ('}' | '/' | '*' | '?' | '\\')) => Token::Literal(escaped),
                    Some(other) => return Err(format!("`\\{other}` is no escape in a pattern")),
                    None => return Err("a pattern cannot end in `\\`".into()),
                },
                other => Token::Literal(other),
            });
        }
        Ok(Self(tokens))
    }

    /// `value` without the shortest or longest beginning that matches.
    pub(super) fn without_prefix(&self, value: &str, longest: bool) -> String {
        let characters: Vec<char> = value.chars().collect();
        match pick(self.ends(&characters), longest) {
            Some(end) => characters[end..].iter().collect(),
            None => value.to_owned(),
        }
    }

    /// `value` without the shortest or longest end that matches.
    pub(super) fn without_suffix(&self, value: &str, longest: bool) -> String {
        let reversed: Vec<char> = value.chars().rev().collect();
        let backwards = Self(self.0.iter().rev().copied().collect());
        match pick(backwards.ends(&reversed), longest) {
            Some(end) => reversed[end..].iter().rev().collect(),
            None => value.to_owned(),
        }
    }

    /// `value` with `replacement` for the first match, or for all of them, each as long as possible.
    pub(super) fn replaced(&self, value: &str, replacement: &str, all: bool) -> String {
        let characters: Vec<char> = value.chars().collect();
        let mut text = String::new();
        let mut at = 0;
        while at <= characters.len() {
            if let Some(end) = pick(self.ends(&characters[at..]), true) {
                text.push_str(replacement);
                at += end;
                if !all {
                    text.extend(&characters[at..]);
                    return text;
                }
                if end > 0 {
                    if at == characters.len() {
                        break;
                    }
                    continue;
                }
            }
            text.extend(characters.get(at));
            at += 1;
        }
        text
    }

    /// All lengths of beginnings of `text` that match, shortest first.
    fn ends(&self, text: &[char]) -> Vec<usize> {
        // reached[i]: the tokens so far match the first i characters.
        let mut reached = vec![false; text.len() + 1];
        reached[0] = true;
        for token in &self.0 {
            let mut next = vec![false; text.len() + 1];
            let mut any_before = false;
            for at in 0..=text.len() {
                any_before |= reached[at];
                next[at] = match token {
                    Token::Any => any_before,
                    Token::One => at > 0 && reached[at - 1],
                    Token::Literal(character) => at > 0 && reached[at - 1] && text[at - 1] == *character,
                };
            }
            reached = next;
        }
        (0..=text.len()).filter(|end| reached[*end]).collect()
    }
}

fn pick(ends: Vec<usize>, longest: bool) -> Option<usize> {
    if longest { ends.last().copied() } else { ends.first().copied() }
}
