//! Faults of punctuation: operators of other languages, marks that need quotes.

use super::{Fault, Spot};
use crate::diag::{Applicability, Diagnostic};
use crate::syntax::grammar::Rule;
use crate::syntax::outline::is_word_byte;
use crate::text::Span;

impl Fault<'_> {
    /// A mark that is wrong here, where rel knows what was meant.
    pub(super) fn wrong_mark(&self, spot: &Spot<'_>) -> Option<Diagnostic> {
        let span = self.found_span(spot);
        let operator = spot.expects(Rule::binary_op);
        let swap = |mark: &str, instead: &str, why: &str| {
            Some(
                self.error(
                    span,
                    format!("`{mark}` is not what stands here; write `{instead}`"),
                )
                .here(format!("expected `{instead}`"))
                .help(why.to_owned())
                .fix(Applicability::Safe, format!("write `{instead}`"), span, instead),
            )
        };
        match spot.found {
            "&&" if operator => swap("&&", "and", "the operators of rel are words: `and`, `or`, `not`"),
            "||" if operator => swap("||", "or", "the operators of rel are words: `and`, `or`, `not`"),
            "||" if spot.expects(Rule::bar) || spot.expects(Rule::type_member) => {
                swap("||", "|", "the members of an enumeration are separated by single bars: `a | b`")
            }
            "!" if spot.expects(Rule::operand) || spot.expects(Rule::expr) || operand_wanted(spot) => Some(
                self.error(span, "`!` is not an operator of rel; write `not`")
                    .here("expected `not`")
                    .help("the operators of rel are words: `and`, `or`, `not`")
                    .fix(Applicability::Safe, "write `not`", span, "not "),
            ),
            "=" if operator || spot.expects(Rule::expect_op) => {
                swap("=", "==", "`=` gives a default or a value; two values are compared with `==`")
            }
            "==" if spot.expects(Rule::equals) => swap("==", "=", "`==` compares; a value is given with `=`"),
            "=" if spot.expects(Rule::colon) && self.word.rule == Rule::param => Some(self.untyped(span)),
            "=" if spot.expects(Rule::comma) && spot.expects(Rule::close_paren) => {
                swap("=", ":", "arguments are named with a colon: `(min: 75%)`")
            }
            ":" if spot.expects(Rule::equals) && self.word.rule == Rule::let_decl => Some(
                self.error(span, "`let` takes no type")
                    .here("the type is that of the value")
                    .help("write `let NAME = VALUE`, or `param NAME: TYPE = VALUE` for something that `--set` can change"),
            ),
            _ => self.needs_quotes(spot),
        }
    }

    fn untyped(&self, span: Span) -> Diagnostic {
        self.error(span, "a param needs a type")
            .here("expected `:` and a type before this")
            .help("write `param NAME: TYPE = VALUE`, for instance `param version: version = 1.4.0`; for a constant write `let NAME = VALUE`")
    }

    /// A mark in the middle of a bare word, as in `main~2`.
    fn needs_quotes(&self, spot: &Spot<'_>) -> Option<Diagnostic> {
        let mark = spot.found.chars().next()?;
        let before = self.source[self.head.start..spot.at].bytes().next_back()?;
        let plain = !is_word_byte(mark as u8) || !mark.is_ascii();
        if !is_word_byte(before)
            || !plain
            || matches!(mark, '"' | '\'' | '(' | ')' | '[' | ']' | ',')
            || mark.is_control()
        {
            return None;
        }
        let head = &self.source[self.head.clone()];
        let at = spot.at - self.head.start;
        let start = at - head[..at].bytes().rev().take_while(|b| is_word_byte(*b)).count();
        let len = head[at..]
            .find([' ', '\t', '\n', ',', ')', ']', '"', '\''])
            .unwrap_or(head.len() - at);
        let word = &head[start..at + len];
        // The first word is the keyword itself.
        if start == 0 || word.contains('\\') {
            return None;
        }
        let range = self.head.start + start..self.head.start + at + len;
        let span = self.span(range);
        Some(
            self.error(span, format!("`{word}` needs quotes: `{mark}` cannot stand in a bare word"))
                .here("not a bare word")
                .help("bare words consist of letters, digits and `. _ / @ + -`, with `$name` anywhere inside; everything else is written in quotes")
                .fix(Applicability::Safe, "quote it", span, format!("\"{word}\"")),
        )
    }
}

fn operand_wanted(spot: &Spot<'_>) -> bool {
    spot.expected
        .iter()
        .any(|rule| matches!(rule, Rule::literal | Rule::list | Rule::kw_not))
}
