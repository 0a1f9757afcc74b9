//! The one integration test binary: each module is a subject.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests meet real files and processes, and end at the first surprise"
)]

mod check;
mod embed;
mod engine;
mod explain;
mod host;
mod journal;
mod syntax;
