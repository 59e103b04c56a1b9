//! Splits the arguments of `ARG` into `name` and `name=value`, where a value may have quoted spaces.

/// The words of an instruction, with their quotes and escapes.
pub(super) fn words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match quote {
            None if character.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            None if matches!(character, '"' | '\'') => quote = Some(character),
            Some(open) if character == open => quote = None,
            _ => {}
        }
        word.push(character);
        if character == escape && quote != Some('\'') {
            word.extend(characters.next());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_hold_spaces() {
        assert_eq!(words("A=1 B=\"x y\" C='p q' D=a\\ b E", '\\'), ["A=1", "B=\"x y\"", "C='p q'", "D=a\\ b", "E"]);
        assert_eq!(words("  ", '\\'), Vec::<String>::new());
        assert_eq!(words("A=\"open", '\\'), ["A=\"open"]);
    }
}
