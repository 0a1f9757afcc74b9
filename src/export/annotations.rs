//! Findings for code hosts: GitHub's workflow commands, GitLab's code quality report.

use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::diagnostics::{DiagnosticDocument, diagnostics};
use crate::diag::Diagnostic;
use crate::text::SourceMap;

/// The findings as workflow commands, which GitHub Actions shows beside the lines: one line each.
pub fn github<'f>(found: impl IntoIterator<Item = (&'f SourceMap, &'f [Diagnostic])>) -> String {
    let mut text = String::new();
    for found in documents(found) {
        let Some(label) = found.labels.first() else {
            continue;
        };
        let mut message = vec![found.message.clone()];
        message.extend((!label.text.is_empty()).then(|| label.text.clone()));
        message.extend(found.help.iter().cloned());
        text.push_str(&format!(
            "::{} file={},line={},endLine={},col={},endColumn={},title={}::{}\n",
            found.severity,
            property(&found.file),
            label.line,
            label.to.line,
            label.column,
            label.to.column,
            property(&format!("{} {}", found.code, found.name)),
            data(&message.join("\n")),
        ));
    }
    text
}

/// What ends a command, or would begin another one, is escaped as GitHub's toolkit does.
fn data(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => escaped.push_str("%25"),
            '\r' => escaped.push_str("%0D"),
            '\n' => escaped.push_str("%0A"),
            c if c.is_control() => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The findings as a code quality report of GitLab: a JSON array.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn gitlab<'f>(
    found: impl IntoIterator<Item = (&'f SourceMap, &'f [Diagnostic])>,
) -> Result<String, serde_json::Error> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut report = Vec::new();
    for found in documents(found) {
        // The same finding keeps its fingerprint when lines move; equal ones are told apart by their order.
        let about = format!("{}\0{}\0{}", found.file, found.code, found.message);
        let number = seen.entry(about.clone()).or_default();
        let fingerprint = Sha256::digest(format!("{about}\0{number}"));
        *number += 1;
        let line = found.labels.first().map_or(1, |label| label.line);
        let mut description = vec![found.message.clone()];
        description.extend(found.help.iter().cloned());
        report.push(json!({
            "description": description.join("\n"),
            "check_name": found.name,
            "fingerprint": fingerprint.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            "severity": if found.severity == "error" { "major" } else { "minor" },
            "location": { "path": found.file, "lines": { "begin": line } },
        }));
    }
    serde_json::to_string_pretty(&report).map(|text| text + "\n")
}

fn documents<'f>(
    found: impl IntoIterator<Item = (&'f SourceMap, &'f [Diagnostic])>,
) -> impl Iterator<Item = DiagnosticDocument> {
    found
        .into_iter()
        .flat_map(|(sources, found)| diagnostics(sources, found))
}
