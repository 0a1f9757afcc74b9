//! Findings about strings, brackets and blocks.

use std::ops::Range;

use crate::diag::{Applicability, Code, Diagnostic, Edit, Fix};
use crate::syntax::outline::{MAX_DEPTH, Problem};
use crate::syntax::words::Block;
use crate::text::{FileId, Span};

/// Explains a problem of the outline.
pub(in crate::syntax) fn explain(file: FileId, source: &str, problem: &Problem) -> Diagnostic {
    let at = |range: Range<usize>| Span::new(file, range.start, range.end);
    match problem.clone() {
        Problem::UnclosedString { open, end, later } => unclosed_string(file, source, open, end, later),
        Problem::SmartQuotes { open, close } => smart_quotes(file, source, open, close),
        Problem::GluedHash { word } => glued_hash(source, at(word)),
        Problem::GluedQuote { before, after } => glued_quote(source, at(before), at(after)),
        Problem::StrayClose { at: brace } => {
            Diagnostic::new(Code::Unclosed, at(brace..brace + 1), "this `}` closes nothing")
                .here("no block is open here")
                .help("remove it, or look above for a block that was closed too early")
                .fix(
                    Applicability::Unsafe,
                    "remove the brace",
                    at(brace..brace + 1),
                    "",
                )
        }
        Problem::UnclosedBlock { open, end } => {
            let end = at(end.max(open + 1)..end.max(open + 1));
            let indent = indent_of(source, open);
            Diagnostic::new(Code::Unclosed, at(open..open + 1), "this block is never closed")
                .here("opened here")
                .label(end, "it seems to end here")
                .help("write the `}` that belongs to it")
                .fix(
                    Applicability::Unsafe,
                    "close the block",
                    end,
                    format!("\n{indent}}}"),
                )
        }
        Problem::UnclosedBracket { open, end } => {
            let bracket = &source[open..=open];
            let closer = if bracket == "(" { ")" } else { "]" };
            let end = at(end.max(open + 1)..end.max(open + 1));
            Diagnostic::new(
                Code::Unclosed,
                at(open..open + 1),
                format!("this `{bracket}` is never closed"),
            )
            .here("opened here")
            .label(end, format!("`{closer}` is missing here at the latest"))
            .help(format!("write the `{closer}` that belongs to it"))
            .fix(Applicability::Unsafe, format!("insert `{closer}`"), end, closer)
        }
        Problem::TooDeep { open } => Diagnostic::new(
            Code::NestingTooDeep,
            at(open..open + 1),
            format!("blocks and brackets are nested deeper than {MAX_DEPTH} levels"),
        )
        .here("one level too many")
        .help("split the plan: move the inner steps into a `template`, or the inner values into a `let`"),
        Problem::BlockOnNextLine { gap } => {
            let brace = at(gap.end..gap.end + 1);
            let mut diagnostic = Diagnostic::new(
                Code::SyntaxError,
                brace,
                "`{` stands on the line of its statement",
            )
            .here("a line end has ended the statement before this")
            .help("write `{` at the end of the line above");
            if source[gap.clone()].trim().is_empty() {
                diagnostic = diagnostic.fix(Applicability::Safe, "move the brace up", at(gap), " ");
            }
            diagnostic
        }
        Problem::ElseOnNextLine { gap } => {
            let word = at(gap.end..gap.end + 4);
            let mut diagnostic = Diagnostic::new(
                Code::SyntaxError,
                word,
                "`else` stands on the line of the `}` before it",
            )
            .here("a line end has ended the `when` before this")
            .help("write `} else {`");
            if source[gap.clone()].trim().is_empty() {
                diagnostic = diagnostic.fix(Applicability::Safe, "move `else` up", at(gap), " ");
            }
            diagnostic
        }
    }
}

fn indent_of(source: &str, at: usize) -> &str {
    let line = source[..at].rfind('\n').map_or(0, |end| end + 1);
    let rest = &source[line..at];
    &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()]
}

fn unclosed_string(
    file: FileId,
    source: &str,
    open: Range<usize>,
    end: usize,
    later: Option<Range<usize>>,
) -> Diagnostic {
    let quote = source[open.clone()].to_owned();
    let span = Span::new(file, open.start, open.end);
    if let Some(later) = later {
        let later = Span::new(file, later.start, later.end);
        let triple = quote.repeat(3);
        let mut diagnostic = Diagnostic::new(
            Code::Unclosed,
            span,
            format!("a string in {quote} ends on its line; one of several lines is written in {triple}"),
        )
        .here("opened here")
        .label(later, "closed only here")
        .help(format!(
            "{triple} takes out the common indentation and the first and last line break"
        ));
        diagnostic.fixes.push(Fix {
            title: format!("use {triple}"),
            applicability: Applicability::Unsafe,
            edits: vec![
                Edit {
                    span,
                    replacement: triple.clone(),
                },
                Edit {
                    span: later,
                    replacement: triple,
                },
            ],
        });
        return diagnostic;
    }
    let end = Span::new(file, end, end);
    let message = if quote.len() == 3 {
        format!("this {quote} is never closed")
    } else {
        "this string is not closed on its line".to_owned()
    };
    let help = if quote.len() == 3 {
        format!("write the {quote} that ends the text")
    } else {
        format!(
            "write the closing {quote}; a text of several lines is written in {}",
            quote.repeat(3)
        )
    };
    Diagnostic::new(Code::Unclosed, span, message)
        .here("opened here")
        .label(end, "it seems to end here")
        .help(help)
        .fix(Applicability::Unsafe, "close the string", end, quote)
}

fn smart_quotes(file: FileId, source: &str, open: Range<usize>, close: Option<Range<usize>>) -> Diagnostic {
    let mark = &source[open.clone()];
    let plain = if matches!(mark, "\u{2018}" | "\u{2019}" | "\u{201a}" | "\u{201b}") {
        "'"
    } else {
        "\""
    };
    let span = Span::new(file, open.start, open.end);
    let end = close.as_ref().map_or(open.end, |close| close.end);
    let whole = Span::new(file, open.start, end);
    let mut diagnostic = Diagnostic::new(
        Code::SyntaxError,
        whole,
        format!("{mark} is a typographic quotation mark; rel wants {plain}"),
    )
    .here("not a string")
    .help("word processors and chat programs put such marks in; type plain quotes");
    let mut edits = vec![Edit {
        span,
        replacement: plain.to_owned(),
    }];
    if let Some(close) = close {
        let inner = &source[open.end..close.start];
        edits.push(Edit {
            span: Span::new(file, close.start, close.end),
            replacement: plain.to_owned(),
        });
        if !inner.contains(['"', '\'', '\\']) {
            diagnostic.fixes.push(Fix {
                title: "use plain quotes".to_owned(),
                applicability: Applicability::Safe,
                edits,
            });
        }
    }
    diagnostic
}

fn glued_hash(source: &str, word: Span) -> Diagnostic {
    let text = &source[word.range()];
    let diagnostic = Diagnostic::new(
        Code::GluedWord,
        word,
        format!("`#` is glued to a word in `{text}`"),
    )
    .here("a comment, or part of the name?")
    .help("for a comment, put a space before `#`; a name with `#` in it is written in quotes");
    if text.starts_with(['"', '\'']) || text.starts_with('#') {
        return diagnostic;
    }
    diagnostic.fix(
        Applicability::Unsafe,
        "quote the name",
        word,
        format!("\"{text}\""),
    )
}

fn glued_quote(source: &str, before: Span, after: Span) -> Diagnostic {
    let (left, right) = (&source[before.range()], &source[after.range()]);
    let seam = before.to(after);
    let keyword = Block::ALL.iter().any(|block| block.find(left).is_some())
        || matches!(
            left,
            "json" | "with" | "evidence" | "because" | "before" | "string" | "matches" | "contains"
        );
    let follows = matches!(
        right,
        "into" | "onto" | "to" | "on" | "from" | "with" | "and" | "or" | "in" | "after" | "when"
    );
    if keyword || follows {
        let (a, b) = if keyword {
            (left, "the string")
        } else {
            ("the string", right)
        };
        return Diagnostic::new(
            Code::GluedWord,
            seam,
            format!("a space is missing between {} and {}", ticked(a), ticked(b)),
        )
        .here("glued together")
        .help("put a space between a word and a quote")
        .fix(Applicability::Safe, "insert a space", before.after(), " ");
    }
    let mut diagnostic = Diagnostic::new(Code::GluedWord, seam, "a quote is glued to a word")
        .here("one thing or two?")
        .help("quote the whole, `\"fix/it's\"`, or put a space between the two");
    if !left.contains(['"', '\'', '\\']) && right.starts_with('\'') && !right.contains('"') {
        let whole = format!("\"{left}{right}\"");
        diagnostic = diagnostic.fix(Applicability::Unsafe, "quote the whole", seam, whole);
    }
    diagnostic
}

fn ticked(text: &str) -> String {
    if text == "the string" {
        text.to_owned()
    } else {
        format!("`{text}`")
    }
}
