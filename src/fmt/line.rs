//! The pieces of a head on a line: where a space stands between two tokens.

use super::tree::Piece;
use crate::syntax::{Token, TokenKind};

/// One level of indentation.
pub(super) const STEP: usize = 2;

/// A head as text; lines after the first begin with `indent` levels and more.
pub(super) fn head(text: &str, pieces: &[Piece], indent: usize) -> String {
    let mut line = String::new();
    let mut before: Option<Token> = None;
    let mut depth = 0usize;
    let mut list = Angles::default();
    let mut broken = false;
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Break => {
                let closes = matches!(
                    pieces.get(index + 1),
                    Some(Piece::Token(token)) if token.kind == TokenKind::Close
                );
                let deeper = match (depth, closes) {
                    // Behind a comma or an operator.
                    (0, _) => 2,
                    (depth, true) => depth - 1,
                    (depth, false) => depth,
                };
                line.push('\n');
                line.push_str(&" ".repeat(STEP * (indent + deeper)));
                broken = true;
            }
            Piece::Comment(range) => {
                if !broken {
                    line.push_str("  ");
                }
                line.push_str(text[range.clone()].trim_end());
                broken = false;
            }
            Piece::Token(token) => {
                let first = broken || before.is_none();
                let tight = list.meets(&text[token.start..token.end]);
                if let Some(before) = before.filter(|_| !first && !tight)
                    && space(text, before, *token)
                {
                    line.push(' ');
                }
                line.push_str(&text[token.start..token.end]);
                match token.kind {
                    TokenKind::Open => depth += 1,
                    TokenKind::Close => depth = depth.saturating_sub(1),
                    _ => {}
                }
                before = Some(*token);
                broken = false;
            }
        }
    }
    line
}

/// Follows `: list<list<string>>` from word to word: those angles are no comparisons.
#[derive(Default)]
struct Angles {
    open: usize,
    /// A `:` was the last word, or a `list` behind one.
    of_type: bool,
    list: bool,
}

impl Angles {
    /// Takes the next word; true when it stands close to the one before.
    fn meets(&mut self, word: &str) -> bool {
        let inside = self.open > 0;
        let closes = inside && !word.is_empty() && word.chars().all(|c| c == '>');
        let opens = self.list && word == "<";
        if opens {
            self.open += 1;
        } else if closes {
            self.open = self.open.saturating_sub(word.len());
        }
        self.list = word == "list" && (self.of_type || inside);
        self.of_type = word == ":";
        inside || opens
    }
}

/// Whether a space stands between two tokens.
fn space(text: &str, before: Token, next: Token) -> bool {
    let word = |token: Token| &text[token.start..token.end];
    let apart = before.end < next.start;
    match (before.kind, next.kind) {
        (_, TokenKind::Comma | TokenKind::Close) | (TokenKind::Open, _) => false,
        (TokenKind::Comma | TokenKind::Operator, _) | (_, TokenKind::Operator) => true,
        _ if word(before) == "=" || word(next) == "=" => true,
        // `name: value`; `09:00` is one thing.
        _ if word(next) == ":" => false,
        _ if word(before) == ":" => apart || named(text, before),
        _ => apart,
    }
}

/// Whether a `:` stands behind a name.
fn named(text: &str, colon: Token) -> bool {
    let name = text[..colon.start]
        .rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
        .next();
    name.is_some_and(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}
