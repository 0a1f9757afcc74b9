//! Tokens to statements, blocks, comments and empty lines: what the layout is made of.

use std::ops::Range;

use crate::syntax::{Token, TokenKind};

/// What stands in a block or a file, in order.
#[derive(Debug)]
pub(super) enum Node {
    /// One empty line, or more.
    Blank,
    /// A comment on a line of its own.
    Comment(Range<usize>),
    /// A statement.
    Statement(Statement),
}

/// A statement: heads and blocks in turn.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) parts: Vec<Part>,
    /// The comment behind it on its last line.
    pub(super) trailing: Option<Range<usize>>,
    pub(super) range: Range<usize>,
    /// It does not parse, and is left alone.
    pub(super) faulty: bool,
}

/// A head and the block behind it.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) head: Vec<Piece>,
    pub(super) block: Option<Block>,
}

/// What stands in a head.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// A token.
    Token(Token),
    /// A line end that does not end the statement.
    Break,
    /// A comment, which a line end follows.
    Comment(Range<usize>),
}

/// What stands between `{` and `}`.
#[derive(Debug)]
pub(super) struct Block {
    /// The comment behind `{`.
    pub(super) comment: Option<Range<usize>>,
    pub(super) nodes: Vec<Node>,
    /// The author has it on one line.
    pub(super) one_line: bool,
}

/// The tree of a file; `None` where its brackets do not match after all.
pub(super) fn build(text: &str, tokens: &[Token], faults: &[usize]) -> Option<Vec<Node>> {
    let mut builder = Builder {
        text,
        tokens,
        faults,
        at: 0,
    };
    let nodes = builder.nodes()?;
    (builder.at == tokens.len()).then_some(nodes)
}

/// How many statements are left alone.
pub(super) fn left(nodes: &[Node]) -> usize {
    let statements = nodes.iter().filter_map(|node| match node {
        Node::Statement(statement) => Some(statement),
        Node::Blank | Node::Comment(_) => None,
    });
    statements
        .map(|statement| {
            let inside = statement.parts.iter().filter_map(|part| part.block.as_ref());
            usize::from(statement.faulty) + inside.map(|block| left(&block.nodes)).sum::<usize>()
        })
        .sum()
}

struct Builder<'t> {
    text: &'t str,
    tokens: &'t [Token],
    faults: &'t [usize],
    at: usize,
}

impl Builder<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn word(&self, token: Token) -> &str {
        &self.text[token.start..token.end]
    }

    /// Nodes up to a `}`, which stays, or to the end.
    fn nodes(&mut self) -> Option<Vec<Node>> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut line_ends = 0;
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::LineEnd => {
                    line_ends += 1;
                    self.at += 1;
                    continue;
                }
                TokenKind::Semicolon => {
                    self.at += 1;
                    continue;
                }
                TokenKind::BlockClose => break,
                TokenKind::BlockOpen => return None,
                _ => {}
            }
            if line_ends > 1 && !nodes.is_empty() {
                nodes.push(Node::Blank);
            }
            if matches!(token.kind, TokenKind::Comment | TokenKind::Doc) {
                self.at += 1;
                let comment = token.start..token.end;
                match nodes.last_mut() {
                    Some(Node::Statement(before)) if line_ends == 0 && before.trailing.is_none() => {
                        before.trailing = Some(comment);
                    }
                    _ => nodes.push(Node::Comment(comment)),
                }
            } else {
                nodes.push(Node::Statement(self.statement()?));
            }
            line_ends = 0;
        }
        Some(nodes)
    }

    fn statement(&mut self) -> Option<Statement> {
        let start = self.peek()?.start;
        let mut parts = Vec::new();
        loop {
            let head = self.head();
            let block = match self.peek() {
                Some(token) if token.kind == TokenKind::BlockOpen => Some(self.block()?),
                _ => None,
            };
            let has_block = block.is_some();
            parts.push(Part { head, block });
            let goes_on = has_block
                && self
                    .peek()
                    .is_some_and(|token| token.kind == TokenKind::Word && self.word(token) == "else");
            if !goes_on {
                break;
            }
        }
        let end = self.tokens[..self.at]
            .iter()
            .rfind(|token| token.kind != TokenKind::LineEnd)
            .map_or(start, |token| token.end);
        let range = start..end;
        let faulty = self.faulty(&range, &parts);
        Some(Statement {
            parts,
            trailing: None,
            range,
            faulty,
        })
    }

    /// Whether a fault lies in a statement, and in none of those inside it.
    fn faulty(&self, range: &Range<usize>, parts: &[Part]) -> bool {
        let inside = |fault: usize| {
            let blocks = parts.iter().filter_map(|part| part.block.as_ref());
            blocks.flat_map(|block| &block.nodes).any(|node| match node {
                Node::Statement(statement) => statement.range.contains(&fault),
                Node::Blank | Node::Comment(_) => false,
            })
        };
        let near = self
            .faults
            .iter()
            .filter(|fault| range.contains(fault) || **fault == range.end);
        near.copied().any(|fault| !inside(fault))
    }

    /// The pieces up to the end of the statement or its block; a line end behind a comma, an operator or in
    /// brackets ends nothing.
    fn head(&mut self) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let (mut depth, mut goes_on) = (0usize, false);
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::LineEnd if depth == 0 && !goes_on => break,
                TokenKind::LineEnd => {
                    if !matches!(pieces.last(), Some(Piece::Break)) {
                        pieces.push(Piece::Break);
                    }
                    self.at += 1;
                    continue;
                }
                TokenKind::Comment | TokenKind::Doc if depth > 0 || goes_on => {
                    pieces.push(Piece::Comment(token.start..token.end));
                    self.at += 1;
                    continue;
                }
                TokenKind::Comment
                | TokenKind::Doc
                | TokenKind::Semicolon
                | TokenKind::BlockOpen
                | TokenKind::BlockClose => break,
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            goes_on = matches!(token.kind, TokenKind::Comma | TokenKind::Operator)
                || (token.kind == TokenKind::Word && matches!(self.word(token), "and" | "or"));
            pieces.push(Piece::Token(token));
            self.at += 1;
        }
        pieces
    }

    fn block(&mut self) -> Option<Block> {
        let open = self.at;
        self.at += 1;
        let comment = match self.peek() {
            Some(token) if matches!(token.kind, TokenKind::Comment | TokenKind::Doc) => {
                self.at += 1;
                Some(token.start..token.end)
            }
            _ => None,
        };
        let nodes = self.nodes()?;
        if self.peek()?.kind != TokenKind::BlockClose {
            return None;
        }
        let inside = &self.tokens[open..self.at];
        let one_line = !inside.iter().any(|token| {
            matches!(
                token.kind,
                TokenKind::LineEnd | TokenKind::Comment | TokenKind::Doc
            ) || self.word(*token).contains('\n')
        });
        self.at += 1;
        Some(Block {
            comment,
            nodes,
            one_line,
        })
    }
}
