//! rel as a library: the facade that the command line itself is built on.
//!
//! An [`Engine`] knows a repository and how to run; it loads a plan ([`Loaded`]) or takes up a run
//! ([`Run`]).
//!
//! ```no_run
//! use relplan::{Engine, RunEnd};
//!
//! # fn main() -> Result<(), relplan::Error> {
//! let mut engine = Engine::builder()
//!     .repository("path/to/repository")
//!     .set("version", "4.5.3")
//!     .observer(|record| eprintln!("{:?}", record.event))
//!     .build()?;
//! let mut plan = engine.load_file("release.rel".as_ref())?;
//! let report = plan.plan()?;
//! if report.problems.is_empty() {
//!     match plan.apply()? {
//!         RunEnd::Done => println!("released"),
//!         other => println!("{other:?}; exit status {}", other.exit_code()),
//!     }
//! }
//! # Ok(())
//! # }
//! ```

#![allow(
    clippy::disallowed_methods,
    reason = "the facade reads the files and the directory a person works in"
)]

mod builder;
mod discover;
mod engine;
mod error;
mod facts;
mod files;
mod loaded;
mod locked;
mod run;
mod saved;
mod session;
mod yielding;

pub use crate::export::{Graph, GraphPhase};
pub use builder::EngineBuilder;
pub use discover::DEFAULT_PLAN;
pub use engine::Engine;
pub use error::Error;
pub use files::LONGEST_FILE;
pub use loaded::Loaded;
pub use run::{Run, RunSummary};
pub use saved::{SAVED_FORMAT, SavedPlan};
