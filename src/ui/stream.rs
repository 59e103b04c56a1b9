//! One of the process's output streams, or what stands for it in a test.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone)]
pub(super) struct Stream {
    writer: Arc<Mutex<dyn Write + Send>>,
    color: bool,
    columns: Option<usize>,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("color", &self.color).field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl Stream {
    pub(super) fn new(writer: impl Write + Send + 'static, color: bool, columns: Option<usize>) -> Self {
        Self { writer: Arc::new(Mutex::new(writer)), color, columns }
    }

    /// Whether it may have colours.
    pub(super) fn color(&self) -> bool {
        self.color
    }

    /// The width of the terminal that it is.
    pub(super) fn columns(&self) -> Option<usize> {
        self.columns
    }

    pub(super) fn write(&self, text: &str) -> io::Result<()> {
        self.write_bytes(text.as_bytes())
    }

    /// Writes what need not be text.
    pub(super) fn write_bytes(&self, bytes: &[u8]) -> io::Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.write_all(bytes)?;
        writer.flush()
    }

    /// Writes where a failure is no reason to stop: the work matters more than its progress lines.
    pub(super) fn write_or_forget(&self, text: &str) {
        self.write(text).ok();
    }
}
