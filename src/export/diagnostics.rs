//! Diagnostics as JSON: what `rel check --format json` prints.

use serde::Serialize;

use crate::diag::{Applicability, Code, Diagnostic, Edit, Fix, Label};
use crate::text::{Position, SourceMap, Span};

/// A finding.
#[derive(Clone, Debug, Serialize)]
pub struct DiagnosticDocument {
    /// `E0101`
    pub code: &'static str,
    /// `unknown-name`
    pub name: &'static str,
    /// `error` or `warning`
    pub severity: &'static str,
    /// What is wrong, in one line.
    pub message: String,
    /// The file of the primary label.
    pub file: String,
    /// Places; the first is the primary one.
    pub labels: Vec<LabelDocument>,
    /// Paragraphs on what to do.
    pub help: Vec<String>,
    /// The page of the rule.
    pub url: String,
    /// Edits that would mend it.
    pub fixes: Vec<FixDocument>,
}

/// A place and what is to be seen there.
#[derive(Clone, Debug, Serialize)]
pub struct LabelDocument {
    /// The file.
    pub file: String,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Line of the first byte, from 1.
    pub line: usize,
    /// Column of the first byte in characters, from 1.
    pub column: usize,
    /// Where it ends.
    pub to: PlaceDocument,
    /// A few words; may be empty.
    pub text: String,
}

/// A line and a column, both from 1.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PlaceDocument {
    /// The line.
    pub line: usize,
    /// The column in characters.
    pub column: usize,
}

/// Edits that belong together.
#[derive(Clone, Debug, Serialize)]
pub struct FixDocument {
    /// What the fix does, in the imperative.
    pub title: String,
    /// `true`: keeps what the plan means, and `--fix` applies it.
    pub safe: bool,
    /// The edits, which do not overlap.
    pub edits: Vec<EditDocument>,
}

/// A replacement of bytes.
#[derive(Clone, Debug, Serialize)]
pub struct EditDocument {
    /// The file.
    pub file: String,
    /// First byte.
    pub start: u32,
    /// One past the last byte; equal to `start` for an insertion.
    pub end: u32,
    /// The new text.
    pub replacement: String,
}

/// Findings as documents, in the order given.
pub fn diagnostics(sources: &SourceMap, found: &[Diagnostic]) -> Vec<DiagnosticDocument> {
    found.iter().map(|one| diagnostic(sources, one)).collect()
}

fn diagnostic(sources: &SourceMap, found: &Diagnostic) -> DiagnosticDocument {
    DiagnosticDocument {
        code: found.code.code(),
        name: found.code.name(),
        severity: found.severity.name(),
        message: found.message.clone(),
        file: file(sources, found.primary()),
        labels: found.labels.iter().map(|one| label(sources, one)).collect(),
        help: found.help.clone(),
        url: url(found.code),
        fixes: found.fixes.iter().map(|one| fix(sources, one)).collect(),
    }
}

/// The page of a rule in the published package.
pub(super) fn url(code: Code) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("https://docs.rs/crate/relplan/{version}/source/src/diag/explain/{code}.md")
}

fn file(sources: &SourceMap, span: Span) -> String {
    sources.get(span.file).name().to_owned()
}

fn label(sources: &SourceMap, label: &Label) -> LabelDocument {
    let place = |offset: u32| sources.get(label.span.file).position(offset as usize);
    let Position { line, column } = place(label.span.start);
    let end = place(label.span.end);
    LabelDocument {
        file: file(sources, label.span),
        start: label.span.start,
        end: label.span.end,
        line,
        column,
        to: PlaceDocument {
            line: end.line,
            column: end.column,
        },
        text: label.text.clone(),
    }
}

fn fix(sources: &SourceMap, fix: &Fix) -> FixDocument {
    FixDocument {
        title: fix.title.clone(),
        safe: fix.applicability == Applicability::Safe,
        edits: fix.edits.iter().map(|one| edit(sources, one)).collect(),
    }
}

fn edit(sources: &SourceMap, edit: &Edit) -> EditDocument {
    EditDocument {
        file: file(sources, edit.span),
        start: edit.span.start,
        end: edit.span.end,
        replacement: edit.replacement.clone(),
    }
}
