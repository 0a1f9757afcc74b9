//! Strings and bare words to their pieces: escapes, indentation and variables taken apart.

use super::ast::{Ident, Text, TextForm, TextPart, Variable};
use crate::diag::{Code, Diagnostic};
use crate::text::{FileId, Span};

/// Takes a text apart; `raw` is what stands in the file from byte `start`, quotes included.
///
/// With `groups`, `\1` to `\9` stay as they are: the text replaces what a regular expression matched.
pub(super) fn cook(
    file: FileId,
    raw: &str,
    start: usize,
    groups: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Text {
    let span = Span::new(file, start, start + raw.len());
    let (form, fence) = match raw {
        _ if raw.starts_with("\"\"\"") => (TextForm::QuotedBlock, 3),
        _ if raw.starts_with("'''") => (TextForm::RawBlock, 3),
        _ if raw.starts_with('"') => (TextForm::Quoted, 1),
        _ if raw.starts_with('\'') => (TextForm::Raw, 1),
        _ => (TextForm::Bare, 0),
    };
    let inner = &raw[fence..raw.len() - fence];
    let mut cook = Cook {
        file,
        groups,
        diagnostics,
        parts: Vec::new(),
        literal: String::new(),
        literal_at: start + fence,
    };
    match form {
        TextForm::Bare => cook.line(inner, start, false),
        TextForm::Quoted => cook.line(inner, start + 1, true),
        TextForm::Raw => cook.literal.push_str(inner),
        TextForm::QuotedBlock | TextForm::RawBlock => {
            cook.block(inner, start + 3, form == TextForm::QuotedBlock);
        }
    }
    cook.flush(start + raw.len() - fence);
    Text {
        form,
        parts: cook.parts,
        span,
    }
}

struct Cook<'d> {
    file: FileId,
    groups: bool,
    diagnostics: &'d mut Vec<Diagnostic>,
    parts: Vec<TextPart>,
    literal: String,
    literal_at: usize,
}

impl Cook<'_> {
    fn flush(&mut self, end: usize) {
        if !self.literal.is_empty() {
            let span = Span::new(self.file, self.literal_at, end.max(self.literal_at));
            self.parts.push(TextPart::Literal {
                text: std::mem::take(&mut self.literal),
                span,
            });
        }
    }

    /// A multi-line string: the first and last line break and the common indentation go.
    fn block(&mut self, inner: &str, start: usize, cooked: bool) {
        let body = inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n'));
        let mut at = start + (inner.len() - body.unwrap_or(inner).len());
        let body = body.unwrap_or(inner);
        let mut lines: Vec<&str> = body.split('\n').collect();
        if lines.len() > 1 && lines.last().is_some_and(|last| last.trim().is_empty()) {
            lines.pop();
        }
        let blank = |line: &str| line.trim().is_empty();
        let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let common = lines
            .iter()
            .filter(|line| !blank(line))
            .map(|line| indentation(line))
            .min()
            .unwrap_or(0);
        let count = lines.len();
        for (number, line) in lines.into_iter().enumerate() {
            let text = line.strip_suffix('\r').unwrap_or(line);
            let cut = if blank(text) { text.len() } else { common };
            if cooked {
                self.line(&text[cut..], at + cut, true);
            } else {
                self.literal.push_str(&text[cut..]);
            }
            if number + 1 < count {
                self.literal.push('\n');
            }
            at += line.len() + 1;
        }
    }

    /// One line of text with variables, and with escapes if it is quoted.
    fn line(&mut self, text: &str, start: usize, escapes: bool) {
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            if self.literal.is_empty() {
                self.literal_at = start + at;
            }
            let rest = &text[at..];
            if c == '\\' && escapes {
                at += self.escape(rest, start + at);
            } else if let Some((variable, length)) =
                (c == '$').then(|| self.variable(rest, start + at)).flatten()
            {
                self.flush(start + at);
                self.parts.push(TextPart::Variable(variable));
                at += length;
            } else {
                if c == '$' {
                    self.bare_dollar(start + at);
                }
                self.literal.push(c);
                at += c.len_utf8();
            }
        }
    }

    fn bare_dollar(&mut self, at: usize) {
        let diagnostic = Diagnostic::new(
            Code::BadEscape,
            Span::new(self.file, at, at + 1),
            "this `$` names no variable",
        )
        .here("a variable is `$name` or `${name}`")
        .help("for the character itself write `\\$`, or use a raw string in '...'");
        self.diagnostics.push(diagnostic);
    }

    /// Gives the length of the escape.
    fn escape(&mut self, rest: &str, at: usize) -> usize {
        let mut chars = rest[1..].chars();
        let simple = match chars.next() {
            Some('n') => Some('\n'),
            Some('t') => Some('\t'),
            Some('"') => Some('"'),
            Some('\\') => Some('\\'),
            Some('$') => Some('$'),
            _ => None,
        };
        if let Some(c) = simple {
            self.literal.push(c);
            return 2;
        }
        if let Some(digit) = rest[1..]
            .chars()
            .next()
            .filter(|c| self.groups && ('1'..='9').contains(c))
        {
            self.literal.extend(['\\', digit]);
            return 2;
        }
        if let Some(digits) = rest
            .strip_prefix("\\u{")
            .and_then(|rest| rest.split_once('}'))
            .map(|(d, _)| d)
        {
            let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
            if let Some(c) = c.filter(|_| digits.len() <= 6) {
                self.literal.push(c);
                return digits.len() + 4;
            }
        }
        let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
        let span = Span::new(self.file, at, at + length);
        let diagnostic = Diagnostic::new(
            Code::BadEscape,
            span,
            format!("`{}` is no escape", &rest[..length]),
        )
        .here("not one of `\\n \\t \\\" \\\\ \\$ \\u{..}`")
        .help("for a backslash write `\\\\`, or use a raw string in '...', where nothing is an escape");
        self.diagnostics.push(diagnostic);
        length
    }

    /// `$name`, `${name}`, `${name.field}` at the start of `rest`, and its length.
    fn variable(&self, rest: &str, at: usize) -> Option<(Variable, usize)> {
        let name_length = |text: &str| {
            let first = text
                .bytes()
                .next()
                .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
            first.then(|| {
                text.bytes()
                    .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
                    .count()
            })
        };
        let ident = |text: &str, offset: usize| Ident {
            name: text.to_owned(),
            span: Span::new(self.file, at + offset, at + offset + text.len()),
        };
        if let Some(inner) = rest.strip_prefix("${") {
            let length = name_length(inner)?;
            let name = ident(&inner[..length], 2);
            let after = &inner[length..];
            if after.starts_with('}') {
                let span = Span::new(self.file, at, at + length + 3);
                return Some((
                    Variable {
                        name,
                        field: None,
                        braced: true,
                        span,
                    },
                    length + 3,
                ));
            }
            let field = after.strip_prefix('.')?;
            let field_length = name_length(field)?;
            field[field_length..].strip_prefix('}')?;
            let total = length + field_length + 4;
            let field = Some(ident(&field[..field_length], length + 3));
            return Some((
                Variable {
                    name,
                    field,
                    braced: true,
                    span: Span::new(self.file, at, at + total),
                },
                total,
            ));
        }
        let length = name_length(&rest[1..])?;
        let span = Span::new(self.file, at, at + length + 1);
        Some((
            Variable {
                name: ident(&rest[1..=length], 1),
                field: None,
                braced: false,
                span,
            },
            length + 1,
        ))
    }
}
