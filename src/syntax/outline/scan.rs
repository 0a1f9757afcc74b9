//! Statements and blocks.

use std::ops::Range;

use super::{Body, MAX_DEPTH, Outline, Problem, Segment, Statement};
use crate::syntax::words;

/// How many `}` are missing, and how many are too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Balance {
    pub(super) missing: usize,
    pub(super) extra: usize,
}

/// An open block.
#[derive(Debug)]
struct Frame {
    open: usize,
    /// Indentation of the line that opens it.
    indent: usize,
    /// Indentation of its first statement that has a line of its own.
    inner: Option<usize>,
}

/// The state of the pass.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// One past the last byte that belongs to a statement.
    pub(super) last: usize,
    pub(super) out: Outline,
    /// Set when a problem is found in the current statement's heads.
    pub(super) faulty: bool,
    /// Whether a triple quote has run to the end of the text, for each kind of quote.
    pub(super) endless: [bool; 2],
    frames: Vec<Frame>,
    /// Start of the current line.
    line: usize,
    /// What indentation may still put right.
    budget: Balance,
    found: Balance,
}

/// Passes over the text once. With a budget, indentation decides which brackets are to blame.
pub(super) fn scan(text: &str, budget: Balance) -> (Outline, Balance) {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        last: 0,
        out: Outline::default(),
        faulty: false,
        endless: [false; 2],
        frames: Vec::new(),
        line: 0,
        budget,
        found: Balance::default(),
    };
    scanner.line = scanner.at;
    scanner.shebang();
    let (statements, loose) = scanner.statements();
    scanner.out.statements = statements;
    scanner.loosen(loose);
    (scanner.out, scanner.found)
}

impl Scanner<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Whether the innermost block was opened on this line.
    pub(super) fn block_begins_on_line(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.open >= self.line)
    }

    fn shebang(&mut self) {
        if self.bytes[self.at..].starts_with(b"#!") {
            let start = self.at;
            self.at = self.line_end(start);
            let line = self.text[start..self.at].trim_end_matches('\r');
            self.out.shebang = Some(start..start + line.len());
        }
    }

    /// The offset of the next line feed, or of the end.
    pub(super) fn line_end(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        from + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
    }

    /// Passes a line feed.
    pub(super) fn newline(&mut self) {
        self.at += 1;
        self.line = self.at;
    }

    /// Passes a `#` comment; `doc` says whether `##` makes it a doc comment here.
    pub(super) fn comment(&mut self, doc: bool) {
        let end = self.line_end(self.at);
        let text = self.text[self.at..end].trim_end();
        let range = self.at..self.at + text.len();
        if doc && text.starts_with("##") && !text.starts_with("###") {
            self.out.docs.push(range);
        } else {
            self.out.comments.push(range);
        }
        self.at = end;
    }

    /// Statements up to the `}` of the block, which stays; also the doc comments left over at the end.
    fn statements(&mut self) -> (Vec<Statement>, Range<usize>) {
        let mut statements = Vec::new();
        let mut docs = self.out.docs.len();
        loop {
            self.blank();
            let loose = docs..self.out.docs.len();
            let Some(byte) = self.peek() else {
                return (statements, loose);
            };
            if byte == b'}' {
                if self.closes_here() {
                    return (statements, loose);
                }
                continue;
            }
            if self.ends_by_indentation() {
                return (statements, loose);
            }
            statements.push(self.statement(loose));
            docs = self.out.docs.len();
        }
    }

    /// Passes everything that stands between statements.
    fn blank(&mut self) {
        let mut fresh = self.at == self.line;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.newline();
                    fresh = true;
                }
                b' ' | b'\t' | b'\r' | b';' => self.at += 1,
                b'#' => self.comment(fresh),
                _ => break,
            }
        }
    }

    /// The indentation of what stands here, if nothing stands before it on its line.
    fn indent_here(&self) -> Option<usize> {
        let before = &self.bytes[self.line..self.at];
        before
            .iter()
            .all(|b| matches!(b, b' ' | b'\t'))
            .then_some(before.len())
    }

    /// Whether the `}` here closes the innermost block; one that closes nothing is passed over.
    fn closes_here(&mut self) -> bool {
        let indent = self.indent_here();
        let stray = match self.frames.last() {
            None => true,
            Some(frame) => self.budget.extra > 0 && indent.is_some_and(|here| here > frame.indent),
        };
        if stray {
            self.found.extra += 1;
            self.budget.extra = self.budget.extra.saturating_sub(1);
            self.out.problems.push(Problem::StrayClose { at: self.at });
            self.at += 1;
        }
        !stray
    }

    /// Whether the `}` here, or the statement that begins here, shows by its indentation that the
    /// innermost block should have ended before it.
    fn ends_by_indentation(&mut self) -> bool {
        let Some(indent) = self.indent_here() else {
            return false;
        };
        let declares = indent == 0 && words::is_declaration(self.word_here());
        let Some(frame) = self.frames.last_mut() else {
            return false;
        };
        let inner = *frame.inner.get_or_insert(indent);
        self.budget.missing > 0 && (declares || (inner > frame.indent && indent <= frame.indent))
    }

    pub(super) fn word_here(&self) -> &str {
        let rest = &self.bytes[self.at..];
        let len = rest.iter().take_while(|b| super::is_word_byte(**b)).count();
        self.text.get(self.at..self.at + len).unwrap_or_default()
    }

    fn statement(&mut self, docs: Range<usize>) -> Statement {
        let first = self.word_here().len();
        let conditional = self.word_here() == "when";
        let start = self.at;
        let outer = std::mem::replace(&mut self.faulty, false);
        let head = self.head(first);
        let body = self.body(head.end);
        let mut tail = Vec::new();
        let mut open = body.is_some();
        while open {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
                self.at += 1;
            }
            let ends = matches!(self.peek(), None | Some(b'\n' | b';' | b'}' | b'#'));
            if ends && !(conditional && self.else_on_next_line()) {
                break;
            }
            let head = self.head(first);
            let body = self.body(head.end);
            open = body.is_some();
            tail.push(Segment { head, body });
        }
        let faulty = std::mem::replace(&mut self.faulty, outer);
        Statement {
            docs,
            head,
            body,
            tail,
            faulty,
            end: self.last.max(start),
        }
    }

    /// The block that begins here, or on the next line where it does not belong.
    fn body(&mut self, head_end: usize) -> Option<Body> {
        if self.peek() != Some(b'{') {
            let next = self.past_white_space();
            if self.bytes.get(next) != Some(&b'{') || next == self.at {
                return None;
            }
            self.out
                .problems
                .push(Problem::BlockOnNextLine { gap: head_end..next });
            self.pass_to(next);
        }
        let open = self.at;
        if self.frames.len() >= MAX_DEPTH {
            self.faulty = true;
            self.out.problems.push(Problem::TooDeep { open });
            self.skip_block();
            return Some(Body {
                range: open..self.last,
                statements: Vec::new(),
                loose_docs: 0..0,
            });
        }
        let line = &self.bytes[self.line..open];
        let indent = line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        self.frames.push(Frame {
            open,
            indent,
            inner: None,
        });
        self.at += 1;
        self.last = self.at;
        let outer = std::mem::replace(&mut self.faulty, false);
        let (statements, loose_docs) = self.statements();
        self.faulty = outer;
        self.close(open);
        Some(Body {
            range: open..self.last,
            statements,
            loose_docs,
        })
    }

    fn close(&mut self, open: usize) {
        let frame = self.frames.pop();
        let indent = self.indent_here();
        let dedented =
            self.budget.missing > 0 && frame.is_some_and(|f| indent.is_some_and(|here| here < f.indent));
        if self.peek() == Some(b'}') && !dedented {
            self.at += 1;
            self.last = self.at;
            return;
        }
        self.found.missing += 1;
        self.budget.missing = self.budget.missing.saturating_sub(1);
        if self.peek().is_none() {
            self.out.open_at_end += 1;
        }
        let end = self.last;
        self.out.problems.push(Problem::UnclosedBlock { open, end });
    }

    /// Passes a whole block without a look at its statements.
    fn skip_block(&mut self) {
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => self.newline(),
                b'#' if !self.glued() => self.comment(false),
                b'"' | b'\'' => {
                    self.string();
                }
                _ => {
                    self.at += 1;
                    depth += usize::from(byte == b'{');
                    depth -= usize::from(byte == b'}');
                    if depth == 0 {
                        break;
                    }
                }
            }
        }
        if depth > 0 {
            self.found.missing += 1;
        }
        self.last = self.at;
    }

    /// Whether a word or string ends right before this byte.
    pub(super) fn glued(&self) -> bool {
        self.at.checked_sub(1).is_some_and(|before| {
            super::is_word_byte(self.bytes[before]) || matches!(self.bytes[before], b'"' | b'\'')
        })
    }

    fn past_white_space(&self) -> usize {
        let rest = &self.bytes[self.at..];
        self.at + rest.iter().take_while(|b| b.is_ascii_whitespace()).count()
    }

    pub(super) fn pass_to(&mut self, to: usize) {
        while self.at < to {
            if self.bytes[self.at] == b'\n' {
                self.newline();
            } else {
                self.at += 1;
            }
        }
    }

    fn else_on_next_line(&mut self) -> bool {
        let next = self.past_white_space();
        let rest = &self.bytes[next..];
        let found = self.peek() == Some(b'\n')
            && rest.starts_with(b"else")
            && !rest.get(4).is_some_and(|b| super::is_word_byte(*b));
        if found {
            let gap = self.last..next;
            self.out.problems.push(Problem::ElseOnNextLine { gap });
            self.pass_to(next);
        }
        found
    }

    fn loosen(&mut self, docs: Range<usize>) {
        let loose = self.out.docs[docs].to_vec();
        self.out.comments.extend(loose);
    }
}
