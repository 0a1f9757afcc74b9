//! What is wrong with a statement, why, and what to write instead.
//!
//! The grammar only says where a head stops making sense and which rules were tried there. From
//! that, the head's own text and the vocabulary, [`Fault::explain`] makes one finding. The particular
//! comes first: a wrong operator, a keyword where a name is wanted, a misspelt or missing keyword, a
//! missing comma; what is left is `expected ..., found ...`.

pub(super) mod blocks;
mod expected;
mod guess;
pub(super) mod lexical;
mod marks;
pub(super) mod place;
pub(super) mod start;

use std::ops::Range;

use super::grammar::{Mismatch, Rule};
use super::outline::is_word_byte;
use super::words::Word;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::text::{FileId, Span};

/// A head that its rule refuses.
#[derive(Debug)]
pub(super) struct Fault<'a> {
    pub(super) file: FileId,
    pub(super) source: &'a str,
    /// Where the head stands in the file.
    pub(super) head: Range<usize>,
    pub(super) word: &'static Word,
}

/// The place where a head stops making sense.
#[derive(Debug)]
struct Spot<'a> {
    /// Offset in the file.
    at: usize,
    /// What stands there; empty at the end of the head.
    found: &'a str,
    /// The head before it, without spaces at its end.
    before: &'a str,
    expected: &'a [Rule],
    unexpected: &'a [Rule],
}

impl Spot<'_> {
    fn expects(&self, rule: Rule) -> bool {
        self.expected.contains(&rule)
    }

    /// The word right before the spot.
    fn last_word(&self) -> &str {
        let bytes = self.before.as_bytes();
        let len = bytes.iter().rev().take_while(|b| is_word_byte(**b)).count();
        &self.before[bytes.len() - len..]
    }
}

impl<'a> Fault<'a> {
    /// Explains it.
    pub(super) fn explain(&self, mismatch: &'a Mismatch) -> Diagnostic {
        let text = &self.source[self.head.clone()];
        let at = mismatch.at.min(text.len());
        let spot = Spot {
            at: self.head.start + at,
            found: token(&text[at..]),
            before: text[..at].trim_end(),
            expected: &mismatch.expected,
            unexpected: &mismatch.unexpected,
        };
        self.wrong_mark(&spot)
            .or_else(|| self.keyword_as_name(&spot))
            .or_else(|| self.list_runs_on(&spot))
            .or_else(|| self.misspelt(&spot))
            .or_else(|| self.wants_raw(&spot))
            .or_else(|| self.option_without_block(&spot))
            .or_else(|| self.missing_comma(&spot))
            .or_else(|| self.missing_keyword(&spot))
            .unwrap_or_else(|| self.plain(&spot))
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    /// What stands at the spot; at the end of the head, the empty place behind its last byte.
    fn found_span(&self, spot: &Spot<'_>) -> Span {
        if spot.found.is_empty() {
            let end = self.head.start + spot.before.len();
            return self.span(end..end);
        }
        self.span(spot.at..spot.at + spot.found.len())
    }

    fn error(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Code::SyntaxError, span, message)
    }

    fn form(&self) -> String {
        format!("the form is `{}`", self.word.form)
    }

    /// Nothing particular: what was expected, what was found.
    fn plain(&self, spot: &Spot<'_>) -> Diagnostic {
        let span = self.found_span(spot);
        let wanted = expected::list(self.word, spot.last_word(), spot.expected);
        let statement = if self.word.word.is_empty() {
            "this line"
        } else {
            self.word.word
        };
        if spot.found.is_empty() {
            let statement = if self.word.word.is_empty() {
                statement.to_owned()
            } else {
                format!("`{statement}`")
            };
            return self
                .error(span, format!("{statement} breaks off: {wanted} should follow"))
                .here(format!("expected {wanted}"))
                .help(self.form());
        }
        let found = shown(spot.found);
        if spot.expected.iter().all(|rule| *rule == Rule::EOI) && !spot.expected.is_empty() {
            return self
                .error(
                    span,
                    format!("{found} is too much here: the statement is complete before it"),
                )
                .here("nothing is expected here")
                .help(format!(
                    "{}; another statement begins on a new line or after a `;`",
                    self.form()
                ));
        }
        let stray = spot.found.chars().next().filter(|c| c.is_control());
        if let Some(control) = stray {
            return self
                .error(
                    span,
                    format!(
                        "the character U+{:04X} cannot stand in a plan",
                        u32::from(control)
                    ),
                )
                .here("an invisible control character")
                .help("remove it; it usually comes from copying out of another program");
        }
        self.error(span, format!("expected {wanted}, found {found}"))
            .here(format!("expected {wanted}"))
            .help(self.form())
    }

    /// `sh "..."`
    fn wants_raw(&self, spot: &Spot<'_>) -> Option<Diagnostic> {
        let wants =
            spot.expects(Rule::raw_string) || spot.expects(Rule::raw) || spot.expects(Rule::raw_block);
        if spot.last_word() != "sh" || !wants {
            return None;
        }
        let span = self.found_span(spot);
        if spot.found.is_empty() {
            return Some(
                self.error(span, "`sh` breaks off: its script should follow")
                    .here("expected a raw string '...'")
                    .help("write `sh 'SCRIPT'`, or `sh '''` and `'''` around several lines"),
            );
        }
        let mut diagnostic = self
            .error(span, format!("`sh` takes a raw string, found {}", shown(spot.found)))
            .here("expected '...' or '''...'''")
            .help("rel does not touch the script of `sh`: inside '...' a `$name` belongs to the shell, which finds every param, let and step variable in its environment under that name");
        let inner = spot
            .found
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        if let Some(inner) = inner.filter(|text| !text.contains(['\'', '\\', '"']) && !text.contains("${")) {
            let raw = format!("'{inner}'");
            diagnostic = diagnostic.fix(Applicability::Safe, "write a raw string", span, raw);
        }
        Some(diagnostic)
    }
}

/// The word, string or mark that a text begins with.
fn token(text: &str) -> &str {
    let Some(first) = text.chars().next() else {
        return "";
    };
    let len = match first {
        '"' | '\'' => string_len(text, first),
        '=' | '!' | '<' | '>' | '&' | '|' => {
            text.bytes().take_while(|b| b"=!<>&|".contains(b)).count().min(2)
        }
        _ => match text.bytes().take_while(|b| is_word_byte(*b)).count() {
            0 => first.len_utf8(),
            len => len,
        },
    };
    text.get(..len).unwrap_or(text)
}

fn string_len(text: &str, quote: char) -> usize {
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    if text.starts_with(&triple) {
        return text[3..].find(&triple).map_or(text.len(), |at| at + 6);
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && quote == '"' && !escaped;
    }
    text.len()
}

/// A found text in backquotes, cut to a size that fits a message.
fn shown(found: &str) -> String {
    let line = found.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(32).collect();
    if short.len() < found.len() {
        short.push_str("...");
    }
    format!(
        "`{}`",
        short
            .escape_debug()
            .to_string()
            .replace("\\\"", "\"")
            .replace("\\'", "'")
    )
}
