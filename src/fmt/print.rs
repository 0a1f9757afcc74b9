//! The tree as lines, not aligned yet.

use super::WIDTH;
use super::line::{STEP, head};
use super::tree::{Block, Node, Part, Piece, Statement};

/// A line of the layout; a string of several lines is one.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// In levels.
    pub(super) indent: usize,
    pub(super) text: String,
    /// Its text begins with its own indentation.
    pub(super) as_it_is: bool,
    /// Where its second column begins, and with which lines it is aligned.
    pub(super) column: Option<(usize, &'static str)>,
    /// The comment behind it.
    pub(super) comment: Option<String>,
}

impl Line {
    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty() && self.comment.is_none()
    }
}

/// The lines of a file.
pub(super) fn lines(text: &str, nodes: &[Node]) -> Vec<Line> {
    let mut printer = Printer {
        text,
        lines: Vec::new(),
    };
    printer.nodes(nodes, 0, "");
    while printer.lines.last().is_some_and(Line::is_blank) {
        printer.lines.pop();
    }
    printer.lines
}

struct Printer<'t> {
    text: &'t str,
    lines: Vec<Line>,
}

impl<'t> Printer<'t> {
    /// `around` is the first word of the statement that these nodes stand in.
    fn nodes(&mut self, nodes: &[Node], indent: usize, around: &str) {
        // The first line of the comments that stand directly above what comes next.
        let mut unit = self.lines.len();
        let first = self.lines.len();
        let mut tall_before = false;
        for node in nodes {
            match node {
                Node::Blank => {
                    self.blank(first);
                    unit = self.lines.len();
                    tall_before = false;
                }
                Node::Comment(range) => {
                    if tall_before {
                        self.blank(first);
                        unit = self.lines.len();
                        tall_before = false;
                    }
                    let text = self.text[range.clone()].trim_end().to_owned();
                    self.lines.push(Line {
                        indent,
                        text,
                        ..Line::default()
                    });
                }
                Node::Statement(statement) => {
                    let begun = self.lines.len();
                    if tall_before {
                        self.blank(first);
                        unit = self.lines.len();
                    }
                    let start = self.lines.len();
                    self.statement(statement, indent, around);
                    // At the top of a file what takes several lines stands apart.
                    let tall = indent == 0 && self.lines.len() > start + 1;
                    let apart = unit > first && unit <= begun && !self.lines[unit - 1].is_blank();
                    if tall && apart {
                        self.lines.insert(unit, Line::default());
                    }
                    tall_before = tall;
                    unit = self.lines.len();
                }
            }
        }
    }

    fn blank(&mut self, first: usize) {
        if self.lines.len() > first && !self.lines.last().is_some_and(Line::is_blank) {
            self.lines.push(Line::default());
        }
    }

    fn statement(&mut self, statement: &Statement, indent: usize, around: &str) {
        if statement.faulty {
            self.as_it_is(statement);
        } else if let Some(line) = self.one_line(statement, indent) {
            let column = self.column(statement, around);
            self.lines.push(Line {
                indent,
                text: line,
                column,
                ..Line::default()
            });
        } else {
            self.tall(statement, indent);
        }
        if let (Some(range), Some(last)) = (&statement.trailing, self.lines.last_mut()) {
            last.comment = Some(self.text[range.clone()].trim_end().to_owned());
        }
    }

    /// With the spaces before it, to the end of its last line.
    fn as_it_is(&mut self, statement: &Statement) {
        let line = self.text[..statement.range.start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let before = &self.text[line..statement.range.start];
        let start = if before.trim().is_empty() {
            line
        } else {
            statement.range.start
        };
        self.lines.push(Line {
            text: self.text[start..statement.range.end].to_owned(),
            as_it_is: true,
            ..Line::default()
        });
    }

    /// The whole statement on one line, if it has no block, or its author has it there and it fits.
    fn one_line(&self, statement: &Statement, indent: usize) -> Option<String> {
        let has_block = statement.parts.iter().any(|part| part.block.is_some());
        let line = self.flat(statement, indent)?;
        let fits = STEP * indent + line.chars().count() <= WIDTH && !line.contains('\n');
        (!has_block || fits).then_some(line)
    }

    fn flat(&self, statement: &Statement, indent: usize) -> Option<String> {
        let mut line = String::new();
        for (index, part) in statement.parts.iter().enumerate() {
            if index > 0 {
                line.push(' ');
            }
            line.push_str(&head(self.text, &part.head, indent));
            let Some(block) = &part.block else { continue };
            if !block.one_line {
                return None;
            }
            let mut inside = Vec::new();
            for node in &block.nodes {
                let Node::Statement(statement) = node else {
                    return None;
                };
                if statement.faulty {
                    return None;
                }
                inside.push(self.flat(statement, indent)?);
            }
            if inside.is_empty() {
                line.push_str(" { }");
            } else {
                line.push_str(&format!(" {{ {} }}", inside.join("; ")));
            }
        }
        Some(line)
    }

    /// Blocks over several lines.
    fn tall(&mut self, statement: &Statement, indent: usize) {
        let word = self.first_word(&statement.parts[0]);
        let mut opening = "";
        for part in &statement.parts {
            let head = head(self.text, &part.head, indent);
            let Some(block) = &part.block else {
                self.push(indent, format!("{opening}{head}"), None);
                return;
            };
            self.push(indent, format!("{opening}{head} {{"), block.comment.as_ref());
            self.block(block, indent, word);
            opening = "} ";
        }
        self.push(indent, "}".to_owned(), None);
    }

    fn block(&mut self, block: &Block, indent: usize, word: &str) {
        let first = self.lines.len();
        self.nodes(&block.nodes, indent + 1, word);
        while self.lines.len() > first && self.lines.last().is_some_and(Line::is_blank) {
            self.lines.pop();
        }
    }

    fn push(&mut self, indent: usize, text: String, comment: Option<&std::ops::Range<usize>>) {
        self.lines.push(Line {
            indent,
            text,
            comment: comment.map(|range| self.text[range.clone()].trim_end().to_owned()),
            ..Line::default()
        });
    }

    fn first_word(&self, part: &Part) -> &'t str {
        match part.head.first() {
            Some(Piece::Token(token)) => &self.text[token.start..token.end],
            _ => "",
        }
    }

    /// Where the second column of a line begins: entries of declarations and properties of phases stand in
    /// columns, and so do the blocks of channels and gates on one line.
    fn column(&self, statement: &Statement, around: &str) -> Option<(usize, &'static str)> {
        let part = &statement.parts[0];
        let words: Vec<&str> = part
            .head
            .iter()
            .filter_map(|piece| match piece {
                Piece::Token(token) => Some(&self.text[token.start..token.end]),
                Piece::Break | Piece::Comment(_) => None,
            })
            .collect();
        let key = *words.first()?;
        match (around, key) {
            ("", "channel" | "gate") if part.block.is_some() => {
                let class = if key == "gate" { "gate" } else { "channel" };
                Some((head(self.text, &part.head, 0).chars().count(), class))
            }
            ("gate", "compare") if words.get(1) == Some(&"to") => Some((10, "entry")),
            ("environment" | "gate" | "plan" | "window", _) => {
                (words.len() > 1).then_some((key.len(), "entry"))
            }
            ("phase", "touches" | "owner" | "estimate" | "within") => Some((key.len(), "property")),
            _ => None,
        }
    }
}
