//! Collects findings: each cause once, with the uses it was expanded from.

use std::collections::HashSet;

use super::suppress::{Suppressions, Verdict};
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
    /// What comments suppress.
    pub(super) suppressions: Suppressions,
    /// The day of the check, `YYYY-MM-DD`.
    today: Option<String>,
}

/// A use that is being expanded.
struct Use {
    span: Span,
    note: String,
}

impl Report {
    /// Nothing found yet, on this day.
    pub(super) fn on(today: Option<&str>) -> Self {
        Self {
            today: today.map(str::to_owned),
            ..Self::default()
        }
    }

    /// Adds a finding, unless the same rule has spoken about the same place: a template that is
    /// used twice has its mistakes once.
    pub(super) fn add(&mut self, mut diagnostic: Diagnostic) {
        if !self.seen.insert((diagnostic.code, diagnostic.primary())) {
            return;
        }
        match self.suppressions.judge(&diagnostic, self.today.as_deref()) {
            Verdict::Stands => {}
            Verdict::Suppressed => return,
            Verdict::Lapsed(instead) => diagnostic = *instead,
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

    /// How many expansions deep the checker is.
    pub(super) fn depth(&self) -> usize {
        self.uses.len()
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// Adds what has suppressed nothing.
    pub(super) fn unused_suppressions(&mut self) {
        for finding in self.suppressions.unused() {
            self.add(finding);
        }
    }

    /// All findings in the order of files and places.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics
            .sort_by_key(|d| (d.primary().file, d.primary().start, d.primary().end, d.code));
        self.diagnostics
    }
}
