//! Meaning: names, types, expansion, effects, order. Makes [`Plan`].

mod facts;
mod plan;

pub use facts::{Facts, HostGates, HostParam, Loader};
pub use plan::*;
