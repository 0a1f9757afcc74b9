//! The one integration test binary: each module is a subject.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests meet real files and processes, and end at the first surprise"
)]

mod arch;
mod check;
#[cfg(feature = "cli")]
mod cli;
mod docs;
mod embed;
mod engine;
#[cfg(feature = "cli")]
mod examples;
mod explain;
mod fmt;
mod host;
mod journal;
#[cfg(feature = "cli")]
mod old_git;
mod pre_commit;
#[cfg(feature = "cli")]
mod surroundings;
mod syntax;
mod tools;
