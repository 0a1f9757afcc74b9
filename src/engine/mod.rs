//! The engine: one interpreter for simulation and for the real run.
//!
//! A [`Session`] is opened over a plan, a repository and [`Ports`], and then consumed by one of
//! [`simulate`], [`Session::apply`], [`Session::resume`], [`Session::rollback`] or [`Session::abort`].
//! **There is no dry-run flag**: a simulation is the same walk over ports behind which nothing happens.

mod abort;
mod gate;
mod outcome;
mod ports;
mod preview;
mod publish;
mod report;
mod resume;
mod rollback;
mod run;
mod session;
mod settle;
mod simulate;
mod stage;
mod step;

pub use abort::give_up;
pub use outcome::{EngineError, RunEnd};
pub use ports::*;
pub use preview::{RollbackAction, RollbackPreview, preview_rollback, simulate};
pub use report::*;
pub use resume::Decision;
pub use session::{Parts, RunOptions, Session};
pub use simulate::Simulated;
