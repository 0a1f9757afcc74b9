//! Findings about the blocks of sound heads.

use super::shown;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::syntax::words::Word;
use crate::text::Span;

/// A statement without the block it needs.
pub(in crate::syntax) fn missing(word: &Word, head: Span) -> Diagnostic {
    Diagnostic::new(Code::SyntaxError, head, format!("`{}` has no block", word.word))
        .here("`{` should follow")
        .help(format!("the form is `{}`", word.form))
}

/// A statement with a block that it cannot have.
pub(in crate::syntax) fn unwanted(word: &Word, open: Span, head: Span) -> Diagnostic {
    let name = if word.word.is_empty() {
        "a line of `env`".to_owned()
    } else {
        format!("`{}`", word.word)
    };
    Diagnostic::new(Code::SyntaxError, open, format!("{name} takes no block"))
        .here("a block begins here")
        .label(head, "this statement ends with its line")
        .help(format!("the form is `{}`", word.form))
}

/// An `else` that is not `else {`.
pub(in crate::syntax) fn bad_else(span: Span, text: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::SyntaxError,
        span,
        "`else` is followed by its block and nothing else",
    );
    if text.trim_start_matches("else").trim_start().starts_with("when") {
        return diagnostic
            .here("rel has no `else when`")
            .help("nest the second condition: `else { when CONDITION { ... } }`");
    }
    diagnostic
        .here("expected `else {`")
        .help("the form is `when CONDITION { STEPS } else { STEPS }`")
}

/// Something behind the `}` of a statement.
pub(in crate::syntax) fn after_block(word: &Word, span: Span, text: &str) -> Diagnostic {
    if text.starts_with("else") {
        return Diagnostic::new(
            Code::SyntaxError,
            span,
            format!("`else` belongs to `when`, not to `{}`", word.word),
        )
        .here("no `when` before this")
        .help("the form is `when CONDITION { STEPS } else { STEPS }`");
    }
    let found = if text.is_empty() {
        "a second block".to_owned()
    } else {
        shown(text)
    };
    let diagnostic = Diagnostic::new(
        Code::SyntaxError,
        span,
        format!("{found} cannot follow the block of `{}`", word.word),
    )
    .here("the statement has ended with `}`")
    .help(format!("begin a new line; the form is `{}`", word.form));
    if text.is_empty() {
        return diagnostic;
    }
    diagnostic.fix(
        Applicability::Unsafe,
        "end the statement first",
        span.before(),
        "; ",
    )
}
