//! Files into running taps: which rules there are, whether they may be followed, and what a change means. Pure; the
//! looks at the disk and the calls of the engine are made by `border` and put together by `command::watch`.
//!
//! keg copies by itself, also for the rules of a compose file's `develop.watch`, and with both generations of Compose.
//! Compose's own watch (2.22 and later) passes over services without a `build`, which are what a tap that runs a
//! published image has; it waits for half a second before it copies, needs `tar` and `rm` in the container, copies
//! nothing at its start, and knows no branches. The engine's own calls need nothing in the container, except `rm` for
//! what is deleted.
//!
//! What the operating system reports is taken for a hint that something happened at a path, and no more: the path is
//! looked at anew, and compared with what is known to be in the container. So the order and the kind of the reports
//! do not matter, nor that some are lost in a folder that is only just watched: new folders are watched first and
//! listed then.

pub mod batch;
pub mod guard;
pub mod mounts;
pub mod rule;
pub mod rules;

pub use rule::{Ignores, Origin, Rule};
