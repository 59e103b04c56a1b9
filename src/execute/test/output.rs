//! What a test prints, line by line.

use std::collections::VecDeque;

/// What is kept of a test's output, in bytes; of what comes later only the end is.
const MOST: usize = 4 << 20;
/// How many lines of the end are kept of an output that is longer than that.
const LAST_LINES: usize = 200;

/// What a test has printed.
#[derive(Debug, Default)]
pub(super) struct Output {
    text: String,
    end: VecDeque<String>,
    left_out: usize,
    partial: Vec<u8>,
}

impl Output {
    /// Takes a part of the output, and gives the lines that are complete with it, without their line ends.
    pub fn add(&mut self, part: &[u8]) -> Vec<String> {
        self.partial.extend_from_slice(part);
        let mut lines = Vec::new();
        while let Some(end) = self.partial.iter().position(|byte| *byte == b'\n') {
            let rest = self.partial.split_off(end + 1);
            let line = std::mem::replace(&mut self.partial, rest);
            lines.push(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned());
        }
        // A program that never ends its line must not fill the memory.
        if self.partial.len() > MOST {
            lines.push(String::from_utf8_lossy(&std::mem::take(&mut self.partial)).into_owned());
        }
        lines.iter().for_each(|line| self.keep(line));
        lines
    }

    /// Takes a line.
    pub fn add_line(&mut self, line: &str) {
        self.keep(line);
    }

    fn keep(&mut self, line: &str) {
        if self.left_out == 0 && self.text.len() + line.len() < MOST {
            self.text.push_str(line);
            self.text.push('\n');
            return;
        }
        self.left_out += 1;
        self.end.push_back(line.to_owned());
        if self.end.len() > LAST_LINES {
            self.end.pop_front();
        }
    }

    /// All that is kept.
    pub fn text(&self) -> String {
        let mut text = self.text.clone();
        if self.left_out > self.end.len() {
            text.push_str(&format!("[{} lines are left out]\n", self.left_out - self.end.len()));
        }
        for line in &self.end {
            text.push_str(line);
            text.push('\n');
        }
        text.push_str(&String::from_utf8_lossy(&self.partial));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together() {
        let mut output = Output::default();
        assert_eq!(output.add(b"a\r\nb"), ["a"]);
        assert_eq!(output.add(b"c\n\nd"), ["bc", ""]);
        assert_eq!(output.text(), "a\nbc\n\nd");
    }

    #[test]
    fn of_a_long_output_beginning_and_end_are_kept() {
        let mut output = Output::default();
        for number in 0..600_000 {
            output.add(format!("line {number}\n").as_bytes());
        }
        let text = output.text();
        assert!(text.len() < MOST + 10_000, "{}", text.len());
        assert!(text.starts_with("line 0\n") && text.ends_with("line 599999\n") && text.contains("lines are left out"));
    }
}
