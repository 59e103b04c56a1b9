//! Small things about text on a terminal: width, cutting, colours, and what must not get there.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    fn with(self, code: u8, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.with(2, text)
    }

    pub(super) fn red(self, text: &str) -> String {
        self.with(31, text)
    }

    pub(super) fn green(self, text: &str) -> String {
        self.with(32, text)
    }

    pub(super) fn yellow(self, text: &str) -> String {
        self.with(33, text)
    }

    pub(super) fn cyan(self, text: &str) -> String {
        self.with(36, text)
    }
}

/// How many columns `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `columns` columns; where it is longer it ends in `…`.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let mut short: String = text
        .chars()
        .take_while(|character| {
            let needed = character.width().unwrap_or(0);
            let fits = needed <= left;
            left = if fits { left - needed } else { 0 };
            fits
        })
        .collect();
    if columns > 0 {
        short.push('…');
    }
    short
}

/// `text` with spaces up to `columns` columns.
pub(super) fn padded(text: &str, columns: usize) -> String {
    let spaces = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(spaces))
}

/// A line that programs printed, without what would act on the terminal: escape sequences, control characters, and
/// what a carriage return has overwritten.
pub(super) fn clean(line: &str) -> String {
    let line = line.trim_end_matches(['\r', '\n']);
    let line = line.rsplit('\r').next().unwrap_or(line);
    let mut cleaned = String::with_capacity(line.len());
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => match characters.next() {
                // CSI ends at a letter or another byte of 0x40 to 0x7e (ECMA-48, section 5.4).
                Some('[') => {
                    characters.by_ref().find(|end| ('\u{40}'..='\u{7e}').contains(end));
                }
                // OSC ends at BEL or ESC \.
                Some(']') => {
                    if characters.by_ref().find(|end| matches!(end, '\u{7}' | '\u{1b}')) == Some('\u{1b}') {
                        characters.next_if_eq(&'\\');
                    }
                }
                Some(_) | None => {}
            },
            '\t' => cleaned.push(character),
            _ if character.is_control() => {}
            _ => cleaned.push(character),
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_columns() {
        assert_eq!(cut("web", 3), "web");
        assert_eq!(cut("website", 4), "web…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("web", 1), "…");
        assert_eq!(cut("web", 0), "");
        assert_eq!(padded("日", 4), "日  ");
    }

    #[test]
    fn cleans_what_acts_on_a_terminal() {
        assert_eq!(clean("\u{1b}[1;31mred\u{1b}[0m text\n"), "red text");
        assert_eq!(clean("10%\r50%\r100%\r\n"), "100%");
        assert_eq!(clean("\u{1b}]0;title\u{7}a\u{1b}]8;;x\u{1b}\\b\u{8}\tc"), "ab\tc");
        assert_eq!(clean("\u{1b}["), "");
    }
}
