//! From the pieces that the engine sends to lines with their times.

use crate::border::engine::Output;

/// How the engine writes a time: `2026-11-21T09:30:00.123456789Z`, always that long.
const TIME: usize = 30;

/// A line that a container printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When, as the engine writes it; such texts can be compared.
    pub time: String,
    /// The line, without its end. It need not be text.
    pub text: Vec<u8>,
}

/// Puts the lines of one container together.
#[derive(Debug)]
pub struct Lines {
    has_terminal: bool,
    /// What has come of a line of each stream.
    begun: [Option<Line>; 2],
}

impl Lines {
    /// For a container whose process has a terminal, or none.
    pub fn new(has_terminal: bool) -> Self {
        Self { has_terminal, begun: [None, None] }
    }

    /// Takes a piece, and gives the lines that end in it. Without a terminal each piece has its time before it, also
    /// one that only goes on with a long line.
    pub fn take(&mut self, output: Output, piece: &[u8]) -> Vec<Line> {
        let begun = &mut self.begun[usize::from(output == Output::Stderr)];
        if !self.has_terminal {
            let (time, text) = timed(piece);
            let line = begun.get_or_insert_with(|| Line { time, text: Vec::new() });
            line.text.extend_from_slice(text);
            return if line.text.ends_with(b"\n") {
                begun.take().map(Line::ended).into_iter().collect()
            } else {
                Vec::new()
            };
        }
        let mut ended = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            let line = begun.get_or_insert_with(|| Line { time: String::new(), text: Vec::new() });
            line.text.extend_from_slice(part);
            if part.ends_with(b"\n") {
                ended.extend(begun.take().map(Line::split).map(Line::ended));
            }
        }
        ended
    }

    /// What is left after the last piece.
    pub fn finish(&mut self) -> Vec<Line> {
        let has_terminal = self.has_terminal;
        let left = self.begun.iter_mut().filter_map(Option::take);
        left.map(|line| if has_terminal { line.split() } else { line }).map(Line::ended).collect()
    }
}

impl Line {
    /// Takes the time from the beginning of the text.
    fn split(self) -> Self {
        let (time, text) = timed(&self.text);
        Self { time, text: text.to_vec() }
    }

    fn ended(mut self) -> Self {
        while self.text.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            self.text.pop();
        }
        self
    }
}

/// A piece without its time, if it has one.
fn timed(piece: &[u8]) -> (String, &[u8]) {
    let (time, rest) = piece.split_at(piece.len().min(TIME));
    let is_time = time.len() == TIME
        && time.is_ascii()
        && time[10] == b'T'
        && time[0].is_ascii_digit()
        && (rest.is_empty() || rest[0] == b' ');
    if !is_time {
        return (String::new(), piece);
    }
    (String::from_utf8_lossy(time).into_owned(), rest.get(1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "2026-11-21T09:30:00.123456789Z";

    fn shown(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| format!("{} {}", line.time, String::from_utf8_lossy(&line.text))).collect()
    }

    #[test]
    fn a_long_line_comes_in_pieces() {
        let mut lines = Lines::new(false);
        assert!(lines.take(Output::Stdout, format!("{TIME} one ").as_bytes()).is_empty());
        let other = lines.take(Output::Stderr, format!("{TIME} between\n").as_bytes());
        assert_eq!(shown(&other), [format!("{TIME} between")]);
        let whole = lines.take(Output::Stdout, b"2026-11-21T09:30:01.123456789Z line\n");
        assert_eq!(shown(&whole), [format!("{TIME} one line")]);
        assert!(lines.take(Output::Stdout, format!("{TIME} rest").as_bytes()).is_empty());
        assert_eq!(shown(&lines.finish()), [format!("{TIME} rest")]);
        assert!(lines.finish().is_empty());
        assert_eq!(shown(&lines.take(Output::Stdout, format!("{TIME} \n").as_bytes())), [format!("{TIME} ")]);
    }

    #[test]
    fn a_terminal_is_cut_anywhere() {
        let mut lines = Lines::new(true);
        assert!(lines.take(Output::Stdout, &TIME.as_bytes()[..5]).is_empty());
        let rest = format!("{} a\r\n{TIME} b\r\nno time\n{TIME} c", &TIME[5..]);
        let found = lines.take(Output::Stdout, rest.as_bytes());
        assert_eq!(shown(&found), [format!("{TIME} a"), format!("{TIME} b"), " no time".to_owned()]);
        assert_eq!(shown(&lines.finish()), [format!("{TIME} c")]);
    }
}
