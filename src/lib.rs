//! rel: release plans that are checked, simulated, executed, resumed and rolled back.

pub mod check;
pub mod diag;
pub mod engine;
pub mod git;
pub mod host;
pub mod journal;
pub mod model;
pub mod stdlib;
pub mod syntax;
pub mod text;
