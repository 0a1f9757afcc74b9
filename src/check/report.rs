//! Collects findings: each cause once, with the uses it was expanded from.

use std::collections::HashSet;

use crate::diag::{Code, Diagnostic, Severity};
use crate::text::Span;

/// How many uses a finding inside an expansion names at most, the innermost ones.
const SHOWN_USES: usize = 3;

/// The findings so far, and the expansions being made.
#[derive(Default)]
pub(super) struct Report {
    diagnostics: Vec<Diagnostic>,
    seen: HashSet<(Code, Span)>,
    uses: Vec<Use>,
    errors: usize,
}

/// A use that is being expanded.
struct Use {
    span: Span,
    note: String,
}

impl Report {
    /// Adds a finding, unless the same rule has spoken about the same place: a template that is
    /// used twice has its mistakes once.
    pub(super) fn add(&mut self, mut diagnostic: Diagnostic) {
        if !self.seen.insert((diagnostic.code, diagnostic.primary())) {
            return;
        }
        for expanded in self.uses.iter().rev().take(SHOWN_USES) {
            if !diagnostic.labels.iter().any(|label| label.span == expanded.span) {
                diagnostic = diagnostic.label(expanded.span, expanded.note.clone());
            }
        }
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        self.diagnostics.push(diagnostic);
    }

    /// Enters the expansion of what is used at `span`.
    pub(super) fn enter(&mut self, span: Span, note: impl Into<String>) {
        self.uses.push(Use {
            span,
            note: note.into(),
        });
    }

    /// Leaves the innermost expansion.
    pub(super) fn leave(&mut self) {
        self.uses.pop();
    }

    /// The uses being expanded, outermost first.
    pub(super) fn uses(&self) -> Vec<Span> {
        self.uses.iter().map(|expanded| expanded.span).collect()
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// All findings in the order of files and places.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics
            .sort_by_key(|d| (d.primary().file, d.primary().start, d.primary().end, d.code));
        self.diagnostics
    }
}
