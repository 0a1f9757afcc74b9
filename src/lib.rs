//! rel: release plans that are checked, simulated, executed, resumed and rolled back.

pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod diag;
pub mod embed;
pub mod engine;
pub mod export;
pub mod git;
pub mod host;
pub mod journal;
pub mod model;
pub mod stdlib;
pub mod syntax;
pub mod text;

pub use embed::{Engine, EngineBuilder, Error, Loaded, Run, RunSummary, SavedPlan};
pub use engine::{Decision, PlanReport, RunEnd};
