//! Findings about sound statements in the wrong place.

use crate::diag::{Code, Diagnostic};
use crate::text::Span;

/// A property of a phase behind a step.
pub(in crate::syntax) fn property_after_step(word: &str, span: Span, step: Span) -> Diagnostic {
    let name = match word {
        "not" => "not before",
        "on" => "on failure",
        other => other,
    };
    Diagnostic::new(
        Code::Misplaced,
        span,
        format!("`{name}` is a property of the phase and stands before its first step"),
    )
    .here("too late")
    .label(step, "the first step")
    .help("move it to the top of the phase: properties hold for the whole phase, whatever its steps")
}

/// A rollback with steps behind it.
pub(in crate::syntax) fn rollback_not_last(rollback: Span, step: Span) -> Diagnostic {
    Diagnostic::new(Code::Misplaced, rollback, "`rollback` stands last in its phase")
        .here("steps follow")
        .label(step, "this step comes after it")
        .help("move it to the end of the phase: it says how to take back all of its steps")
}
