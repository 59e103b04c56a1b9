//! Lines of several containers, told apart by names in colours.

use crate::border::engine::Output;
use crate::error::Result;

use super::Ui;
use super::text::width;

/// The colours of names, one after the other: those that can be read on light and on dark ground.
const COLORS: [u8; 6] = [36, 33, 32, 35, 34, 96];

/// Shows the lines of containers.
#[derive(Debug, Clone)]
pub struct LogPrinter {
    ui: Ui,
    /// What stands before the lines of each container; empty for only one.
    prefixes: Vec<String>,
}

impl LogPrinter {
    /// For containers of these names; the lines of a single one have no name before them.
    pub fn new(ui: &Ui, names: &[String]) -> Self {
        let columns = names.iter().map(|name| width(name)).max().unwrap_or_default();
        let prefix = |(place, name): (usize, &String)| {
            let text = format!("{name}{} |", " ".repeat(columns - width(name)));
            let color = COLORS[place % COLORS.len()];
            if ui.stdout.color() { format!("\u{1b}[{color}m{text}\u{1b}[0m ") } else { format!("{text} ") }
        };
        let prefixes = if names.len() > 1 { names.iter().enumerate().map(prefix).collect() } else { Vec::new() };
        Self { ui: ui.clone(), prefixes }
    }

    /// Prints a line of the container at `place` in the list of names, with its time where one is given.
    ///
    /// # Errors
    /// As [`Ui::print`].
    pub fn line(&self, place: usize, time: Option<&str>, text: &[u8]) -> Result<()> {
        let mut bytes = self.prefixes.get(place).map(|prefix| prefix.as_bytes().to_vec()).unwrap_or_default();
        if let Some(time) = time {
            bytes.extend_from_slice(time.as_bytes());
            bytes.push(b' ');
        }
        bytes.extend_from_slice(text);
        bytes.push(b'\n');
        self.ui.pass(Output::Stdout, &bytes)
    }
}
