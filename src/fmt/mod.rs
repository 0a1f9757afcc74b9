//! The canonical layout of a file.
//!
//! Goes in: a text. Comes out: the same tokens and comments in the same order, with other spaces and line ends between them.
//! What an author has said with line ends stays: a block on one line stays there while it fits, an empty line between
//! statements stays one. A statement that does not parse stays exactly as it is.
//!
//! ```
//! let formatted = relplan::fmt::format("plan   \"x\"\nphase a{push main;rollback   revert}\n");
//! assert_eq!(formatted.text, "plan \"x\"\nphase a { push main; rollback revert }\n");
//! ```

mod align;
mod line;
mod print;
mod tree;

use crate::diag::Code;
use crate::syntax::{Token, TokenKind, parse, tokens};
use crate::text::FileId;

/// The width that a line with a block in it must fit.
pub const WIDTH: usize = 100;

/// A file in its canonical layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// The text.
    pub text: String,
    /// How many statements do not parse, and are as they were.
    pub left: usize,
}

/// Lays a file out.
pub fn format(text: &str) -> Formatted {
    let parsed = parse(FileId(0), text);
    let as_it_is = |left: usize| Formatted {
        text: text.to_owned(),
        left,
    };
    // Where blocks and strings begin and end is not known.
    let shapeless = |code: Code| matches!(code, Code::Unclosed | Code::NestingTooDeep | Code::NotUtf8);
    if parsed.diagnostics.iter().any(|found| shapeless(found.code)) {
        return as_it_is(parsed.diagnostics.len());
    }
    let faults: Vec<usize> = parsed
        .diagnostics
        .iter()
        .map(|found| found.primary().start as usize)
        .collect();
    let before = tokens(text);
    let Some(nodes) = tree::build(text, &before, &faults) else {
        return as_it_is(faults.len());
    };
    let formatted = align::join(print::lines(text, &nodes));
    // Nothing but layout may differ: better no layout than another plan.
    if meaning(text, &before).ne(meaning(&formatted, &tokens(&formatted))) {
        return as_it_is(faults.len());
    }
    Formatted {
        text: formatted,
        left: tree::left(&nodes),
    }
}

/// What of a text is no layout.
fn meaning<'t>(text: &'t str, tokens: &[Token]) -> impl Iterator<Item = (TokenKind, &'t str)> {
    let kept: Vec<_> = tokens
        .iter()
        .filter(|token| !matches!(token.kind, TokenKind::LineEnd | TokenKind::Semicolon))
        .map(|token| (token.kind, text[token.start..token.end].trim_end()))
        .collect();
    kept.into_iter()
}
