//! The one integration test binary: each module is a subject.

mod host;
mod syntax;
mod check;
