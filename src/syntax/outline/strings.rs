//! Strings, as far as the outline must know them: where they end.

use std::ops::Range;

use super::scan::Scanner;
use super::{Problem, is_word_byte};
use crate::syntax::words;

/// How many lines on a quote is looked for that was meant to close a string of one line.
const LINES_AHEAD: usize = 40;

/// How a string ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Closed,
    Open,
}

impl Scanner<'_> {
    /// Passes a string in a head and reports what is wrong with its quotes.
    pub(super) fn quoted(&mut self, head: usize) {
        let start = self.at;
        let glued = start > head && self.glued();
        if glued && self.bytes[start] == b'\'' && !self.closes_on_line(start) {
            // An apostrophe.
            self.at += 1;
            self.word_after();
            return self.glue(self.word_before(start, head), start..self.at);
        }
        let found = self.out.problems.len();
        self.string();
        if self.out.problems.len() > found {
            self.faulty = true;
            return;
        }
        if glued {
            let before = self.word_before(start, head);
            return self.glue(before, start..self.at);
        }
        let end = self.at;
        if self.peek().is_some_and(|b| is_word_byte(b) || b == b'#') && self.smart_quote_here().is_none() {
            self.word_after();
            self.glue(start..end, end..self.at);
        }
    }

    fn glue(&mut self, before: Range<usize>, after: Range<usize>) {
        self.faulty = true;
        self.out.problems.push(Problem::GluedQuote { before, after });
    }

    fn word_before(&self, at: usize, head: usize) -> Range<usize> {
        let mut start = at;
        while start > head && is_word_byte(self.bytes[start - 1]) {
            start -= 1;
        }
        start..at
    }

    fn word_after(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest
            .iter()
            .take_while(|b| is_word_byte(**b) || **b == b'#')
            .count();
    }

    fn closes_on_line(&self, quote: usize) -> bool {
        let end = self.line_end(quote);
        self.bytes[quote + 1..end].contains(&self.bytes[quote])
    }

    /// Passes a string, reporting one that is not closed.
    pub(super) fn string(&mut self) {
        let start = self.at;
        let quote = self.bytes[start];
        let triple = [quote; 3];
        if self.bytes[start..].starts_with(&triple) {
            self.at += 3;
            if self.block_string(quote) == End::Open {
                let open = start..start + 3;
                let end = self.at;
                self.out.problems.push(Problem::UnclosedString {
                    open,
                    end,
                    later: None,
                });
            }
        } else {
            self.at += 1;
            if self.line_string(quote) == End::Open {
                let open = start..start + 1;
                let later = self.closes_later(quote);
                match &later {
                    Some(quote) => self.pass_to(quote.end),
                    None => self.at = self.seems_to_end(start),
                }
                let end = self.at;
                self.out
                    .problems
                    .push(Problem::UnclosedString { open, end, later });
            }
        }
    }

    /// Passes the rest of a one-line string; it stops before the line end if it is not closed.
    fn line_string(&mut self, quote: u8) -> End {
        while let Some(byte) = self.peek() {
            if byte == b'\n' {
                return End::Open;
            }
            self.at += 1;
            if byte == quote {
                return End::Closed;
            }
            if byte == b'\\' && quote == b'"' && self.peek().is_some_and(|b| b != b'\n') {
                self.at += 1;
            }
        }
        End::Open
    }

    /// Passes the rest of a string in triple quotes. One that is never closed is taken to end before
    /// the next declaration that stands at the start of a line.
    fn block_string(&mut self, quote: u8) -> End {
        let start = self.at;
        let endless = usize::from(quote == b'\'');
        if !self.endless[endless] {
            while let Some(byte) = self.peek() {
                if byte == quote && self.bytes[self.at..].starts_with(&[quote; 3]) {
                    self.at += 3;
                    return End::Closed;
                }
                match byte {
                    b'\n' => self.newline(),
                    b'\\' if quote == b'"' => {
                        self.at += 1;
                        self.at += usize::from(self.peek().is_some_and(|b| b != b'\n'));
                    }
                    _ => self.at += 1,
                }
            }
            self.endless[endless] = true;
        }
        self.at = start;
        self.to_next_declaration();
        End::Open
    }

    fn to_next_declaration(&mut self) {
        loop {
            let end = self.line_end(self.at);
            let next = (end + 1).min(self.bytes.len());
            let rest = &self.bytes[next..];
            let len = rest.iter().take_while(|b| b.is_ascii_lowercase()).count();
            let word = self.text.get(next..next + len).unwrap_or_default();
            let declares = words::is_declaration(word) || word == "gate";
            if next == self.bytes.len()
                || (declares && rest.get(len) == Some(&b' '))
                || rest.starts_with(b"}")
            {
                self.at = end.min(self.bytes.len());
                return;
            }
            self.at = end;
            self.newline();
        }
    }

    /// From the end of the line on which a string was not closed: the next such quote, if it looks
    /// like the end of a string and not like the start of another.
    fn closes_later(&self, quote: u8) -> Option<Range<usize>> {
        let mut line = self.at;
        for _ in 0..LINES_AHEAD {
            line = (line + 1).min(self.bytes.len());
            let end = self.line_end(line);
            if let Some(column) = self.bytes[line..end].iter().position(|b| *b == quote) {
                let at = line + column;
                let rest = self.text[at + 1..end].trim();
                let before = self.bytes[..at].last().copied();
                let closes = matches!(rest, "" | "{" | "}" | ";") && before != Some(b' ');
                return closes.then_some(at..at + 1);
            }
            line = end;
        }
        None
    }

    /// Where a string that is not closed on its line is taken to end: a `{` at the end of the line
    /// opens a block all the same, and a `}` closes one that was opened on the line.
    fn seems_to_end(&self, start: usize) -> usize {
        let line = self.text[start..self.at].trim_end();
        let opens = line.strip_suffix(" {");
        let closes = if self.block_begins_on_line() {
            line.strip_suffix(" }")
        } else {
            None
        };
        start + opens.or(closes).unwrap_or(line).trim_end().len().max(1)
    }

    /// Passes a text in typographic quotes, and reports it.
    pub(super) fn smart_quote(&mut self) -> bool {
        let Some(mark) = self.smart_quote_here() else {
            return false;
        };
        let open = self.at..self.at + mark.len_utf8();
        let end = self.line_end(self.at);
        let closers: &[char] = match mark {
            '\u{2018}' | '\u{2019}' => &['\u{2019}', '\u{2018}'],
            _ => &['\u{201d}', '\u{201c}', '\u{201e}', '"'],
        };
        let close = self.text[open.end..end].char_indices().find_map(|(at, c)| {
            let at = open.end + at;
            closers.contains(&c).then(|| at..at + c.len_utf8())
        });
        self.at = close.as_ref().map_or(open.end, |close| close.end);
        self.faulty = true;
        self.out.problems.push(Problem::SmartQuotes { open, close });
        true
    }

    pub(super) fn smart_quote_here(&self) -> Option<char> {
        if self.peek() != Some(0xe2) {
            return None;
        }
        let mark = self.text.get(self.at..)?.chars().next()?;
        matches!(mark, '\u{2018}'..='\u{201f}').then_some(mark)
    }
}
