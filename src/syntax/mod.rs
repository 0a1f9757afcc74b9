//! Text to syntax tree, with every syntax error of a file reported at once.
//!
//! ```
//! use relplan::syntax::{ast::ItemKind, parse};
//! use relplan::text::FileId;
//!
//! let parsed = parse(FileId(0), "plan \"4.5.2\"\nphase ship {\n  push main\n  rollback revert\n}\n");
//! assert!(parsed.diagnostics.is_empty());
//! assert!(matches!(&parsed.file.items[1].kind, ItemKind::Phase(phase) if phase.name.name == "ship"));
//!
//! // A misspelt word costs its statement, not its neighbours.
//! let parsed = parse(FileId(0), "phase ship {\n  pusch main\n  notify team \"done\"\n}\n");
//! assert_eq!(parsed.diagnostics[0].message, "`pusch` is not a statement of rel; did you mean `push`?");
//! ```
//!
//! The way of a text: `outline` cuts it into statements and blocks in one pass, `grammar` parses each
//! head with the rule that its first word implies, `build` makes the tree, and `faults` explains what
//! did not parse. Nothing here knows names, types or git.

pub mod ast;
mod build;
mod faults;
mod fragment;
mod grammar;
mod outline;
mod source_text;
mod words;

pub use fragment::{Fragment, is_unfinished, parse_fragment};
pub use source_text::{decode, not_utf8};

use crate::diag::Diagnostic;
use crate::text::FileId;

/// What [`parse`] makes of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The tree; statements that did not parse stand in it as `Error`.
    pub file: ast::File,
    /// What is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file. It never fails: whatever the text, there is a tree, and a reason for every `Error` in it.
pub fn parse(file: FileId, text: &str) -> Parsed {
    let (file, diagnostics) = build::parse(file, text);
    Parsed { file, diagnostics }
}
