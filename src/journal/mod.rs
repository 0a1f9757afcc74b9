//! What happened, as events: the engine's only output.
//!
//! The terminal, the simulation's report, JSON, `status`, `resume` and rollback all read the same
//! events. The types here are a format: they serialise with serde, carry a version, and name
//! nothing of git2.

#![allow(clippy::disallowed_methods, reason = "this floor owns the journal's files")]

mod event;
mod state;
mod store;

pub use event::*;
pub use state::{Cursor, Moment, Pause, PhaseState, Publication, RunState, Status, Stuck, TakingBack};
pub use store::{JournalError, Journals, Lock, Memory, Sink, Store};
