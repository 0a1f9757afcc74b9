//! Diagnostics as plain data, and the registry of everything rel can find wrong with a plan.
//!
//! Analysis makes [`Diagnostic`]s; the command line, editors and exports render them. Nothing here
//! knows a terminal.

mod diagnostic;
mod rules;

pub use diagnostic::{Applicability, Diagnostic, Edit, Fix, Label};
pub use rules::{Code, Group, Severity};
