//! The one integration test binary: each module is a subject.

mod check;
mod embed;
mod engine;
mod host;
mod syntax;
