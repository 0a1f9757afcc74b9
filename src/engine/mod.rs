//! The engine: one interpreter for simulation and for the real run.

mod ports;
mod report;

pub use ports::*;
pub use report::*;
