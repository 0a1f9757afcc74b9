//! rel: release plans that are checked, simulated, executed, resumed and rolled back.
//!
//! [`Engine`] is the door: it loads a plan, checks it, shows what it would do, does it, and takes it
//! back. The `rel` command is built on nothing else. Below it the floors of the house can be used on
//! their own: [`syntax`] parses, [`check`] gives meaning, [`git`] has the sandbox, [`engine`] runs a
//! checked [`Plan`](check::Plan) over [`Ports`](engine::Ports), [`journal`] remembers, [`host`] is the
//! real outside world.
//!
//! ```
//! use relplan::Engine;
//!
//! let mut engine = Engine::builder().no_repository().build()?;
//! let plan = engine.load_text("release.rel", r#"
//!     plan "Ship"
//!     phase land {
//!       merge squash feature into main
//!       push main
//!       rollback revert
//!     }
//! "#);
//! let checked = plan.check();
//! assert!(checked.diagnostics.is_empty());
//! assert_eq!(plan.graph()?.phases[0].name, "land");
//! # Ok::<(), relplan::Error>(())
//! ```

#[cfg(not(unix))]
compile_error!(
    "rel runs commands in process groups and by a POSIX `sh`, so it builds on Linux and macOS; on Windows use it in WSL"
);

pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod diag;
pub mod embed;
pub mod engine;
pub mod export;
pub mod fmt;
pub mod git;
pub mod host;
pub mod journal;
pub mod model;
pub mod stdlib;
pub mod syntax;
pub mod text;

pub use embed::{Engine, EngineBuilder, Error, Loaded, Run, RunSummary, SavedPlan};
pub use engine::{Decision, PlanReport, RunEnd};
