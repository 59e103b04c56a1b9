//! What CI does, from the workspace and the event that started it. Pure: the variables and the event's file are read
//! elsewhere.

mod aim;
pub mod drift;
pub mod environment;
mod event;
pub mod github;
pub mod naming;
mod parts;
mod providers;
mod standing;
pub mod two_step;
pub mod workflow;

pub use aim::{Aim, Circumstances, LATEST, Selection, TagsOfRun, aim};
pub use event::{Base, Event, EventKind, EventName, PullRequest, Release};
pub use parts::{Does, Job, MOST_JOBS, Part, jobs, parts};
pub use providers::{Asked, Provider, read};
pub use standing::{Standing, standing};
