//! The head of a statement: everything up to its block or its end.

use std::ops::Range;

use super::scan::Scanner;
use super::{MAX_DEPTH, Problem, is_word_byte};

/// What stood last in a head, as far as it decides whether a line end ends the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Nothing,
    Comma,
    Bracket,
    Operator,
    Word(usize, usize),
    Other,
}

/// What is open within a head.
#[derive(Debug, Default)]
struct Open {
    /// Opening brackets and where they stand.
    brackets: Vec<(u8, usize)>,
    /// How many `list<` are open.
    lists: usize,
    /// Whether the bracket that is too deep has been reported.
    too_deep: bool,
}

impl Scanner<'_> {
    /// Passes a head, whose first word has `first` bytes, and gives its range without spaces around it.
    pub(super) fn head(&mut self, first: usize) -> Range<usize> {
        let start = self.at;
        // `in` or `and` at the end of a line may be a branch, but not in these statements.
        let expressions = matches!(
            self.text.get(start..start + first),
            Some("let" | "param" | "when" | "phase" | "expect")
        );
        let mut open = Open::default();
        let mut last = Last::Nothing;
        let mut end = start;
        // Whether something stood on this line.
        let mut fresh = false;
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => {
                    self.at += 1;
                    continue;
                }
                b'\n' => {
                    let inside = !open.brackets.is_empty() && !(fresh && self.bracket_is_forgotten(last));
                    if !inside && !Self::continues(last, self.bytes, expressions) {
                        break;
                    }
                    fresh = false;
                    self.newline();
                    continue;
                }
                b'#' if last == Last::Nothing || !self.glued() => {
                    self.comment(false);
                    continue;
                }
                b';' | b'{' | b'}' => break,
                _ => last = self.token(byte, start, last, &mut open),
            }
            fresh = true;
            end = self.at;
        }
        if let Some((_, at)) = open.brackets.first() {
            self.faulty = true;
            self.out
                .problems
                .push(Problem::UnclosedBracket { open: *at, end });
        }
        self.last = self.last.max(end);
        start..end
    }

    fn token(&mut self, byte: u8, start: usize, last: Last, open: &mut Open) -> Last {
        let at = self.at;
        match byte {
            b'"' | b'\'' => {
                self.quoted(start);
                Last::Other
            }
            b'#' => {
                self.glued_hash(start);
                Last::Other
            }
            b'(' | b'[' => {
                self.at += 1;
                if self.depth() + open.brackets.len() + open.lists >= MAX_DEPTH {
                    self.too_deep(open, at);
                }
                open.brackets.push((byte, at));
                Last::Bracket
            }
            b')' | b']' => {
                self.at += 1;
                let opener = if byte == b')' { b'(' } else { b'[' };
                if open.brackets.last().is_some_and(|(b, _)| *b == opener) {
                    open.brackets.pop();
                }
                Last::Other
            }
            b',' => {
                self.at += 1;
                Last::Comma
            }
            b'<' | b'>' => self.angle(byte, last, open),
            b'=' | b'|' | b'&' | b'!' => {
                self.at += 1;
                // A lone `=` gives a value, and the value stands on its line.
                let double = self.bytes[..at].ends_with(b"=") || self.bytes[..at].ends_with(b"!");
                if byte == b'|' || byte == b'&' || (byte == b'=' && double) {
                    Last::Operator
                } else {
                    Last::Other
                }
            }
            _ if self.smart_quote() => Last::Other,
            _ if is_word_byte(byte) => {
                self.word();
                Last::Word(at, self.at)
            }
            _ => {
                self.at += 1;
                Last::Other
            }
        }
    }

    fn angle(&mut self, byte: u8, last: Last, open: &mut Open) -> Last {
        let at = self.at;
        self.at += 1;
        if self.peek() == Some(b'=') {
            self.at += 1;
            return Last::Operator;
        }
        if byte == b'<' && matches!(last, Last::Word(a, b) if &self.bytes[a..b] == b"list") {
            open.lists += 1;
            if self.depth() + open.brackets.len() + open.lists > MAX_DEPTH {
                self.too_deep(open, at);
            }
            return Last::Other;
        }
        if byte == b'>' && open.lists > 0 {
            open.lists -= 1;
            return Last::Other;
        }
        Last::Operator
    }

    fn too_deep(&mut self, open: &mut Open, at: usize) {
        self.faulty = true;
        if !std::mem::replace(&mut open.too_deep, true) {
            self.out.problems.push(Problem::TooDeep { open: at });
        }
    }

    /// Passes a bare word with its variables.
    fn word(&mut self) {
        while let Some(byte) = self.peek() {
            if !is_word_byte(byte) || self.smart_quote_here().is_some() {
                break;
            }
            self.at += 1;
            if byte == b'$' && self.peek() == Some(b'{') {
                let rest = &self.bytes[self.at..];
                let stop = rest
                    .iter()
                    .position(|b| matches!(b, b'}' | b'"' | b'\'' | b' ' | b'\n'));
                self.at += match stop {
                    Some(len) if rest[len] == b'}' => len + 1,
                    _ => 1,
                };
            }
        }
    }

    /// Passes `#12` behind a word.
    fn glued_hash(&mut self, head: usize) {
        let mut start = self.at;
        while start > head && is_word_byte(self.bytes[start - 1]) {
            start -= 1;
        }
        let rest = &self.bytes[self.at..];
        let len = rest
            .iter()
            .take_while(|b| is_word_byte(**b) || **b == b'#')
            .count();
        self.at += len;
        self.faulty = true;
        let word = start..self.at;
        self.out.problems.push(Problem::GluedHash { word });
    }

    /// Whether a line end here does not end the statement.
    fn continues(last: Last, bytes: &[u8], expressions: bool) -> bool {
        match last {
            Last::Comma | Last::Operator => true,
            Last::Word(start, end) => {
                expressions && matches!(&bytes[start..end], b"and" | b"or" | b"in" | b"not")
            }
            Last::Nothing | Last::Bracket | Last::Other => false,
        }
    }

    /// At a line end inside a bracket: whether the next line is plainly another statement, or no line
    /// of this bracket any more.
    fn bracket_is_forgotten(&self, last: Last) -> bool {
        if !matches!(last, Last::Word(..) | Last::Other) {
            return false;
        }
        let rest = &self.text[self.at..];
        let next = rest.trim_start();
        if next.starts_with('}') {
            return true;
        }
        let word: &str = next
            .split([' ', '\n', '\t', ',', ')', ']'])
            .next()
            .unwrap_or_default();
        let spaced = next[word.len()..].starts_with(' ');
        spaced
            && !matches!(word, "and" | "or" | "in" | "not")
            && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            && !word.is_empty()
    }
}
