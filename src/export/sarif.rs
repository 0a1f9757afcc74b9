//! Findings in SARIF 2.1.0, the Static Analysis Results Interchange Format of OASIS.
//!
//! Columns are counted in characters (`unicodeCodePoints`), lines and columns from 1, ends are exclusive. A finding's
//! first label is its location, the others are related locations; its fixes are SARIF fixes.

use serde_json::{Value, json};

use super::diagnostics::{DiagnosticDocument, FixDocument, LabelDocument, diagnostics, url};
use crate::diag::{Code, Diagnostic, Severity};
use crate::text::SourceMap;

/// Where the format is defined.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The findings of any number of files as one SARIF log.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn sarif<'f>(
    found: impl IntoIterator<Item = (&'f SourceMap, &'f [Diagnostic])>,
) -> Result<String, serde_json::Error> {
    let results: Vec<Value> = found
        .into_iter()
        .flat_map(|(sources, found)| {
            let documents = diagnostics(sources, found);
            documents
                .iter()
                .map(|document| result(sources, document))
                .collect::<Vec<_>>()
        })
        .collect();
    let rules: Vec<Value> = Code::ALL.iter().copied().map(rule).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rel",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&log).map(|text| text + "\n")
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.code(),
        "name": code.name(),
        "shortDescription": { "text": code.summary() },
        "help": { "text": code.page(), "markdown": code.page() },
        "helpUri": url(code),
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn result(sources: &SourceMap, found: &DiagnosticDocument) -> Value {
    let index = Code::ALL.iter().position(|code| code.code() == found.code);
    let mut message = found.message.clone();
    for help in &found.help {
        message.push_str("\n\n");
        message.push_str(help);
    }
    let mut labels = found.labels.iter();
    let locations: Vec<Value> = labels.next().into_iter().map(location).collect();
    let related: Vec<Value> = labels
        .enumerate()
        .map(|(number, label)| {
            let mut location = location(label);
            location["id"] = json!(number + 1);
            location
        })
        .collect();
    let fixes: Vec<Value> = found.fixes.iter().map(|one| fix(sources, one)).collect();
    json!({
        "ruleId": found.code,
        "ruleIndex": index,
        "level": found.severity,
        "message": { "text": message },
        "locations": locations,
        "relatedLocations": related,
        "fixes": fixes,
    })
}

fn location(label: &LabelDocument) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&label.file) },
            "region": {
                "startLine": label.line,
                "startColumn": label.column,
                "endLine": label.to.line,
                "endColumn": label.to.column,
                "byteOffset": label.start,
                "byteLength": label.end - label.start,
            },
        },
    });
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    location
}

fn fix(sources: &SourceMap, fix: &FixDocument) -> Value {
    let changes: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            let place = |offset: u32| {
                let file = sources
                    .iter()
                    .map(|(_, file)| file)
                    .find(|file| file.name() == edit.file);
                file.map_or((1, 1), |file| {
                    let at = file.position(offset as usize);
                    (at.line, at.column)
                })
            };
            let (start, end) = (place(edit.start), place(edit.end));
            json!({
                "artifactLocation": { "uri": uri(&edit.file) },
                "replacements": [{
                    "deletedRegion": {
                        "startLine": start.0,
                        "startColumn": start.1,
                        "endLine": end.0,
                        "endColumn": end.1,
                    },
                    "insertedContent": { "text": edit.replacement },
                }],
            })
        })
        .collect();
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}

/// A path as a URI reference (RFC 3986), relative as the path is: what is not unreserved is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
