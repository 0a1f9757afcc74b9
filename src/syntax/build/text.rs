//! Texts: strings in all their forms, bare words, and the variables in them.

use std::ops::Range;

use super::Builder;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::syntax::ast::{Ident, Text, TextForm, TextPart, Variable};
use crate::syntax::grammar::{Nodes, Pair, Rule};

impl<'a> Builder<'a> {
    /// A name as it stands.
    pub(super) fn ident(&self, pair: &Pair<'a>) -> Ident {
        Ident {
            name: pair.as_str().to_owned(),
            span: self.span(pair),
        }
    }

    /// The text of a slot such as `reference`, `prose` or `path`, or of a string itself.
    pub(super) fn text(&mut self, pair: Pair<'a>) -> Text {
        match pair.as_rule() {
            Rule::bare | Rule::bare_glob | Rule::lone_variable => self.pieces(pair, TextForm::Bare),
            Rule::quoted => self.pieces(pair, TextForm::Quoted),
            Rule::quoted_block => self.block(pair, TextForm::QuotedBlock),
            Rule::raw => self.pieces(pair, TextForm::Raw),
            Rule::raw_block => self.block(pair, TextForm::RawBlock),
            _ => {
                let inner = Nodes::of(pair).next();
                self.text(inner.expect("BUG: a slot holds a text"))
            }
        }
    }

    fn pieces(&mut self, pair: Pair<'a>, form: TextForm) -> Text {
        let span = self.span(&pair);
        let mut parts = Vec::new();
        for piece in Nodes::of(pair) {
            let range = self.range(&piece);
            match piece.as_rule() {
                Rule::variable => parts.push(TextPart::Variable(self.variable(piece))),
                Rule::escape => {
                    let text = self.escape(&piece);
                    self.push_literal(&mut parts, &text, range);
                }
                _ => {
                    self.check_piece(&piece);
                    self.push_literal(&mut parts, piece.as_str(), range);
                }
            }
        }
        Text { form, parts, span }
    }

    /// A text in triple quotes: without its first and last line break and its common indentation.
    fn block(&mut self, pair: Pair<'a>, form: TextForm) -> Text {
        let span = self.span(&pair);
        let whole = self.range(&pair);
        let content = whole.start + 3..whole.end - 3;
        let layout = Layout::of(&self.source[content.clone()], content.start);
        let mut parts = Vec::new();
        for piece in Nodes::of(pair) {
            let range = self.range(&piece);
            match piece.as_rule() {
                Rule::variable => parts.push(TextPart::Variable(self.variable(piece))),
                Rule::escape => {
                    let text = self.escape(&piece);
                    self.push_literal(&mut parts, &text, range);
                }
                Rule::block_chars | Rule::raw_block_chars => {
                    let kept = range.start.max(layout.keep.start)..range.end.min(layout.keep.end);
                    if kept.start < kept.end {
                        let text = layout.dedent(self.source, kept.clone());
                        self.push_literal(&mut parts, &text, kept);
                    }
                }
                _ => {
                    self.check_piece(&piece);
                    self.push_literal(&mut parts, piece.as_str(), range);
                }
            }
        }
        Text { form, parts, span }
    }

    fn push_literal(&self, parts: &mut Vec<TextPart>, more: &str, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let here = self.span_of(range);
        if let Some(TextPart::Literal { text, span }) = parts.last_mut() {
            text.push_str(more);
            *span = span.to(here);
        } else {
            parts.push(TextPart::Literal {
                text: more.to_owned(),
                span: here,
            });
        }
    }

    /// `$name`, `${name}`, `${name.field}`.
    pub(super) fn variable(&self, pair: Pair<'a>) -> Variable {
        let span = self.span(&pair);
        let braced = pair.as_str().starts_with("${");
        let mut nodes = Nodes::of(pair);
        Variable {
            name: self.ident(&nodes.want(Rule::variable_name)),
            field: nodes.maybe(Rule::field_name).map(|field| self.ident(&field)),
            braced,
            span,
        }
    }

    fn escape(&mut self, pair: &Pair<'a>) -> String {
        let text = pair.as_str();
        match &text[1..] {
            "n" => "\n".to_owned(),
            "t" => "\t".to_owned(),
            code if code.starts_with("u{") => {
                let digits = &code[2..code.len() - 1];
                let found = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                if found.is_none() {
                    let message = format!("`{text}` is not a character");
                    self.report(
                        Diagnostic::new(Code::BadEscape, self.span(pair), message)
                            .here("no such character")
                            .help("`\\u{...}` takes the hexadecimal number of a Unicode character, at most 10FFFF and not in D800 to DFFF: `\\u{2713}` is a check mark"),
                    );
                }
                found.map_or_else(|| text.to_owned(), String::from)
            }
            other => other.to_owned(),
        }
    }

    fn check_piece(&mut self, piece: &Pair<'a>) {
        let text = piece.as_str();
        let span = self.span(piece);
        match piece.as_rule() {
            Rule::bad_escape => {
                let message = format!("`{}` is not an escape of rel", text.escape_debug().to_string().replacen("\\\\", "\\", 1));
                let doubled = format!("\\{text}");
                self.report(
                    Diagnostic::new(Code::BadEscape, span, message)
                        .here("unknown escape")
                        .help("in \"...\" the escapes are `\\n` `\\t` `\\\"` `\\\\` `\\$` and `\\u{...}`; in a raw string '...', which suits regexes, a backslash is a backslash")
                        .fix(Applicability::Safe, "write the backslash twice", span, doubled),
                );
            }
            Rule::lone_dollar => self.report(
                Diagnostic::new(Code::BadEscape, span, "this `$` begins no variable")
                    .here("a name should follow")
                    .help("`$name` puts a value into a string; for the character itself write `\\$`, or use a raw string '...'")
                    .fix(Applicability::Safe, "escape the dollar sign", span, "\\$"),
            ),
            Rule::bad_variable => self.report(
                Diagnostic::new(Code::SyntaxError, span, format!("`{text}` is not a variable"))
                    .here("only `${name}` and `${name.field}` are possible")
                    .help("rel computes nothing inside `${...}`: give the value a name with `let` first, and close the brace"),
            ),
            _ => {}
        }
    }
}

/// What of a text in triple quotes counts.
#[derive(Debug)]
struct Layout {
    /// The bytes that are kept: all but the first and the last line break.
    keep: Range<usize>,
    /// How many bytes of indentation every line has in common.
    indent: usize,
}

impl Layout {
    fn of(content: &str, start: usize) -> Self {
        let first = match content.find('\n') {
            Some(end) if content[..end].trim().is_empty() => end + 1,
            _ => 0,
        };
        let end = match content.rfind('\n') {
            Some(line) if line + 1 >= first && content[line + 1..].trim().is_empty() => {
                content[..line].strip_suffix('\r').map_or(line, str::len)
            }
            _ => content.len(),
        };
        let end = end.max(first);
        // What stands on the line of the opening quotes has no indentation of its own.
        let skipped = usize::from(first == 0);
        let lines = content[first..end].split('\n').skip(skipped);
        let mut common: Option<&str> = None;
        for line in lines.filter(|line| !line.trim().is_empty()) {
            let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
            common = Some(common.map_or(indent, |so_far| shared_prefix(so_far, indent)));
        }
        Self {
            keep: start + first..start + end,
            indent: common.map_or(0, str::len),
        }
    }

    fn dedent(&self, source: &str, range: Range<usize>) -> String {
        let begins_line = range.start == self.keep.start && source[..range.start].ends_with('\n');
        let mut text = String::with_capacity(range.len());
        for (index, line) in source[range].split('\n').enumerate() {
            if index > 0 {
                text.push('\n');
            }
            let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
            let cut = if index > 0 || begins_line {
                blank.min(self.indent)
            } else {
                0
            };
            text.push_str(line[cut..].trim_end_matches('\r'));
        }
        text
    }
}

fn shared_prefix<'a>(a: &'a str, b: &str) -> &'a str {
    let len = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    &a[..len]
}
