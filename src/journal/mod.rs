//! What happened, as events: the engine's only output.
//!
//! The terminal, the simulation's report, JSON, `status`, `resume` and rollback all read the same
//! events. The types here are a format: they serialise with serde, carry a version, and name
//! nothing of git2.

mod event;

pub use event::*;
