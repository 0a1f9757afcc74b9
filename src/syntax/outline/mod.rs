//! The outline of a file: its statements and blocks, before anybody asks what a statement says.
//!
//! One pass over the bytes understands just enough, strings, comments, brackets and line ends, to
//! know where each statement begins and ends. So a broken statement never hides its neighbours, the
//! depth of nesting is bounded before the grammar sees anything, and the work is linear in the text.
//!
//! ```text
//! phase a {          statement, head `phase a`, block:
//!   push main        |  statement, head `push main`
//! }
//! ```

mod head;
mod scan;
mod strings;

use std::ops::Range;

/// How deep blocks and brackets may nest.
pub(super) const MAX_DEPTH: usize = 64;

/// What a file consists of.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// The first line, if it is `#!...`.
    pub(super) shebang: Option<Range<usize>>,
    /// The statements at the top level.
    pub(super) statements: Vec<Statement>,
    /// Every `#` comment but the doc comments.
    pub(super) comments: Vec<Range<usize>>,
    /// Every `##` line that stands before a statement or the end of a block.
    pub(super) docs: Vec<Range<usize>>,
    /// What is wrong with strings, brackets and blocks.
    pub(super) problems: Vec<Problem>,
    /// How many blocks and brackets are open where the text ends.
    pub(super) open_at_end: usize,
}

/// One statement.
#[derive(Debug)]
pub(super) struct Statement {
    /// Its doc comments, as a range of [`Outline::docs`].
    pub(super) docs: Range<usize>,
    /// Its text up to its block.
    pub(super) head: Range<usize>,
    /// Its block.
    pub(super) body: Option<Body>,
    /// What follows its block on the same line: an `else`, or something wrong.
    pub(super) tail: Vec<Segment>,
    /// Whether a problem of the outline has already been found in a head of it.
    pub(super) faulty: bool,
    /// One past its last byte.
    pub(super) end: usize,
}

/// A head and its block behind another block.
#[derive(Debug)]
pub(super) struct Segment {
    /// Its text up to its block.
    pub(super) head: Range<usize>,
    /// Its block.
    pub(super) body: Option<Body>,
}

/// What stands between `{` and `}`.
#[derive(Debug)]
pub(super) struct Body {
    /// From `{` to `}`, both included.
    pub(super) range: Range<usize>,
    /// The statements.
    pub(super) statements: Vec<Statement>,
    /// Doc comments that nothing follows, as a range of [`Outline::docs`].
    pub(super) loose_docs: Range<usize>,
}

/// Something wrong with strings, brackets or blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// A string is not closed on its line, or in the case of triple quotes not at all.
    UnclosedString {
        /// The opening quote.
        open: Range<usize>,
        /// Where it is taken to end.
        end: usize,
        /// A quote on a later line that was probably meant to close it.
        later: Option<Range<usize>>,
    },
    /// Typographic quotes.
    SmartQuotes {
        /// The opening quote.
        open: Range<usize>,
        /// The closing quote, if there is one on the line.
        close: Option<Range<usize>>,
    },
    /// `fix/#12`
    GluedHash {
        /// The whole word.
        word: Range<usize>,
    },
    /// `run"x"`, `"x"y`
    GluedQuote {
        /// The word or string before the seam.
        before: Range<usize>,
        /// The string or word after it.
        after: Range<usize>,
    },
    /// A `}` that closes nothing.
    StrayClose {
        /// The bracket.
        at: usize,
    },
    /// A `{` that nothing closes.
    UnclosedBlock {
        /// The bracket.
        open: usize,
        /// Where the block seems to end.
        end: usize,
    },
    /// A `(` or `[` that nothing closes.
    UnclosedBracket {
        /// The bracket.
        open: usize,
        /// Where it seems to end.
        end: usize,
    },
    /// The first bracket past the deepest level.
    TooDeep {
        /// The bracket.
        open: usize,
    },
    /// A `{` on a line of its own.
    BlockOnNextLine {
        /// From the end of the head to the bracket.
        gap: Range<usize>,
    },
    /// An `else` on a line of its own.
    ElseOnNextLine {
        /// From the end of the block to the word.
        gap: Range<usize>,
    },
}

/// Cuts a text into statements.
pub(super) fn outline(text: &str) -> Outline {
    let (first, balance) = scan::scan(text, scan::Balance::default());
    if balance == scan::Balance::default() {
        return first;
    }
    // Brackets do not match: go again, and let indentation say which of them is to blame.
    let (second, _) = scan::scan(text, balance);
    Outline {
        open_at_end: first.open_at_end,
        ..second
    }
}

/// Whether a byte belongs to a bare word; `$` begins a variable within one.
pub(super) const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b'.' | b'@' | b'+' | b'$' | 0x80..)
}

/// Whether a text breaks off where more must follow.
pub(super) fn is_unfinished(text: &str) -> bool {
    let outline = outline(text);
    let end = text.trim_end().len();
    let breaks_off = |problem: &Problem| match problem {
        Problem::UnclosedString { open, .. } => open.len() == 3,
        Problem::UnclosedBracket { end: stop, .. } => *stop >= end,
        _ => false,
    };
    let tail = text.trim_end();
    let last = tail.rsplit([' ', '\t', '\n']).next().unwrap_or_default();
    let continues = matches!(last, "and" | "or" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "|");
    outline.open_at_end > 0 || outline.problems.iter().any(breaks_off) || continues || tail.ends_with(',')
}
