//! Statements without a file around them, as a prompt takes them.

use super::ast::{Item, Step};
use super::build;
use super::outline;
use crate::diag::Diagnostic;
use crate::text::FileId;

/// Statements of any kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Fragment {
    /// Declarations.
    pub items: Vec<Item>,
    /// Steps.
    pub steps: Vec<Step>,
    /// What is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses declarations and steps that stand side by side.
///
/// `gate NAME { ... }` declares, `gate NAME` is a step.
///
/// ```
/// use relplan::{syntax::parse_fragment, text::FileId};
///
/// let fragment = parse_fragment(FileId(0), "let v = 1.2.3; tag v$v on main");
/// assert_eq!((fragment.items.len(), fragment.steps.len()), (1, 1));
/// ```
pub fn parse_fragment(file: FileId, text: &str) -> Fragment {
    let (items, steps, diagnostics) = build::fragment(file, text);
    Fragment {
        items,
        steps,
        diagnostics,
    }
}

/// Whether a text breaks off inside a block, bracket or string, or after a comma or an operator, so
/// that more lines are to come.
///
/// ```
/// assert!(relplan::syntax::is_unfinished("phase a {\n  push main"));
/// assert!(!relplan::syntax::is_unfinished("push main"));
/// ```
pub fn is_unfinished(text: &str) -> bool {
    outline::is_unfinished(text)
}
