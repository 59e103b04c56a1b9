//! What `keg logs` shows, and in which order. Pure.

mod lines;
mod since;
mod words;

pub use lines::{Line, Lines};
pub use since::since;
pub use words::{Look, looks};
