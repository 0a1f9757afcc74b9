//! Text to syntax tree, with every syntax error of a file reported at once.
//!
//! ```
//! use relplan::syntax::parse;
//! use relplan::text::FileId;
//!
//! let parsed = parse(FileId(0), "plan \"tiny\"\nphase land {\n  merge topic into main\n}\n");
//! assert!(parsed.diagnostics.is_empty());
//! assert_eq!(parsed.file.items.len(), 2);
//! ```

pub mod ast;
mod context;
mod entry;
mod expr;
mod grammar;
mod item;
mod keywords;
mod outline;
mod parser;
mod quote;
mod step;
mod token;

use crate::diag::Diagnostic;
use crate::text::FileId;

pub use token::{Token, TokenKind};

/// A file's tree and what is wrong with its text.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree; faulty statements stand in it as errors.
    pub file: ast::File,
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file. Never fails: what does not parse is reported, the rest is in the tree.
pub fn parse(file: FileId, text: &str) -> Parsed {
    parser::parse_file(file, text)
}

/// A text cut into tokens, which cover all of it but spaces: for those who care about layout.
pub fn tokens(text: &str) -> Vec<Token> {
    token::scan(text)
}

/// Bytes to text: without a byte-order mark.
///
/// # Errors
/// Gives the offset of the first byte that is not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, usize> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
