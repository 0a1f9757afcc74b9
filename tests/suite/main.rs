//! The one integration test binary: each module is a subject.

mod engine;
mod host;
mod syntax;
mod check;
