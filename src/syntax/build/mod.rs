//! Outline and grammar to tree.
//!
//! Every statement is judged on its own: its first word and its block imply a rule, the rule parses
//! the head, and one of the functions here makes the node. A statement that fails stands as `Error`,
//! is explained once by `faults`, and its block is still read for further mistakes.

mod entries;
mod expr;
mod gate;
mod item;
mod phase;
mod step;
mod text;

use std::ops::Range;

use super::ast::{Command, CommandKind, Comment, Entry, File, Item, Step};
use super::grammar::{self, Nodes, Pair, Rule};
use super::outline::{Body, Outline, Statement, is_word_byte};
use super::words::{self, Block, Takes, Word};
use super::{faults, outline};
use crate::diag::{Code, Diagnostic};
use crate::text::{FileId, Span};

/// A file with hundreds of faults is not a plan; more than this many are counted, not explained.
const MAX_FAULTS: usize = 100;

/// What is known while the tree is built.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    pub(super) file: FileId,
    pub(super) source: &'a str,
    pub(super) diagnostics: Vec<Diagnostic>,
    docs: Vec<Range<usize>>,
    comments: Vec<Range<usize>>,
    /// Declarations found inside blocks: reported there, and usable all the same.
    hoisted: Vec<Item>,
    /// Where the head begins that is being built; the grammar counts from there.
    base: usize,
    /// Operators of the current head.
    operators: usize,
    /// Faults past [`MAX_FAULTS`].
    unexplained: usize,
}

/// A statement whose head is sound.
pub(super) struct Judged<'a> {
    pub(super) rule: Rule,
    pub(super) nodes: Nodes<'a>,
}

/// Builds the tree of a file.
pub(super) fn build(file: FileId, source: &str, outline: Outline) -> (File, Vec<Diagnostic>) {
    let mut builder = Builder::new(file, source, outline.docs, outline.comments);
    for problem in &outline.problems {
        builder.report(faults::lexical::explain(file, source, problem));
    }
    let mut items: Vec<Item> = outline.statements.iter().map(|s| builder.item(s)).collect();
    if !builder.hoisted.is_empty() {
        items.append(&mut builder.hoisted);
        items.sort_by_key(|item| item.span.start);
    }
    let shebang = outline.shebang.map(|range| builder.span_of(range));
    let comments = builder.finish_comments();
    let tree = File {
        shebang,
        items,
        comments,
        span: Span::new(file, 0, source.len()),
    };
    (tree, builder.finish_diagnostics())
}

impl<'a> Builder<'a> {
    fn new(file: FileId, source: &'a str, docs: Vec<Range<usize>>, comments: Vec<Range<usize>>) -> Self {
        Self {
            file,
            source,
            diagnostics: Vec::new(),
            docs,
            comments,
            hoisted: Vec::new(),
            base: 0,
            operators: 0,
            unexplained: 0,
        }
    }

    fn finish_comments(&mut self) -> Vec<Comment> {
        let mut ranges = std::mem::take(&mut self.comments);
        ranges.sort_by_key(|range| range.start);
        let comment = |range: Range<usize>| Comment {
            text: self.source[range.clone()].to_owned(),
            span: self.span_of(range),
        };
        ranges.into_iter().map(comment).collect()
    }

    fn finish_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics
            .sort_by_key(|d| (d.primary().start, d.primary().end));
        if self.unexplained > 0 {
            let more = format!("{} more faults are not shown; mend these first", self.unexplained);
            if let Some(last) = self.diagnostics.last_mut() {
                last.help.push(more);
            }
        }
        self.diagnostics
    }

    /// Adds a finding, unless there are too many already.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_FAULTS {
            self.diagnostics.push(diagnostic);
        } else {
            self.unexplained += 1;
        }
    }

    /// The span of a range of the file.
    pub(super) fn span_of(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    fn range(&self, pair: &Pair<'a>) -> Range<usize> {
        let span = pair.as_span();
        self.base + span.start()..self.base + span.end()
    }

    fn span(&self, pair: &Pair<'a>) -> Span {
        self.span_of(self.range(pair))
    }

    fn statement_span(&self, statement: &Statement) -> Span {
        self.span_of(statement.head.start..statement.end)
    }

    /// The lines of a statement's doc comments, without the marker and one space.
    fn docs(&self, statement: &Statement) -> Vec<String> {
        let lines = self.docs[statement.docs.clone()].iter();
        lines
            .map(|range| {
                let line = &self.source[range.start + 2..range.end];
                line.strip_prefix(' ').unwrap_or(line).to_owned()
            })
            .collect()
    }

    /// Keeps doc comments that document nothing as comments.
    fn loosen(&mut self, docs: &Range<usize>) {
        self.comments.extend_from_slice(&self.docs[docs.clone()]);
    }

    /// Judges a statement: `None` if it is faulty, which then has been reported.
    fn judge(&mut self, block: Block, statement: &Statement) -> Option<Judged<'a>> {
        let head = &self.source[statement.head.clone()];
        let first = first_word(head);
        let Some(word) = entry(block, head) else {
            if !statement.faulty {
                self.unknown(block, statement);
            }
            self.walk_any(first, statement);
            return None;
        };
        let parsed = if statement.faulty {
            None
        } else {
            self.parse(word, statement)
        };
        let judged = parsed.filter(|_| self.blocks_fit(word, statement));
        if judged.is_none() {
            self.walk(inner_block(word, block), statement);
        }
        judged
    }

    fn parse(&mut self, word: &'static Word, statement: &Statement) -> Option<Judged<'a>> {
        let head = &self.source[statement.head.clone()];
        match grammar::parse(word.rule, head) {
            Ok(nodes) => {
                self.base = statement.head.start;
                self.operators = 0;
                Some(Judged {
                    rule: word.rule,
                    nodes,
                })
            }
            Err(mismatch) => {
                if self.diagnostics.len() < MAX_FAULTS {
                    let fault = faults::Fault {
                        file: self.file,
                        source: self.source,
                        head: statement.head.clone(),
                        word,
                    };
                    let diagnostic = fault.explain(&mismatch);
                    self.report(diagnostic);
                } else {
                    self.unexplained += 1;
                }
                None
            }
        }
    }

    /// Whether the statement has the blocks its form asks for; reports it if not.
    fn blocks_fit(&mut self, word: &'static Word, statement: &Statement) -> bool {
        let head = self.span_of(statement.head.clone());
        let diagnostic = match (&statement.body, word.takes) {
            (Some(body), Takes::Nothing) => {
                let open = self.span_of(body.range.start..body.range.start + 1);
                faults::blocks::unwanted(word, open, head)
            }
            (None, Takes::Always(_) | Takes::Same) => faults::blocks::missing(word, head),
            _ => return self.tail_fits(word, statement),
        };
        self.report(diagnostic);
        false
    }

    fn tail_fits(&mut self, word: &'static Word, statement: &Statement) -> bool {
        for (index, segment) in statement.tail.iter().enumerate() {
            let text = &self.source[segment.head.clone()];
            if index == 0 && word.word == "when" && first_word(text) == "else" {
                if text == "else" && segment.body.is_some() {
                    continue;
                }
                let span = self.span_of(segment.head.clone());
                self.report(faults::blocks::bad_else(span, text));
                return false;
            }
            let end = segment
                .body
                .as_ref()
                .map_or(segment.head.end, |body| body.range.end);
            let span = self.span_of(segment.head.start..end);
            self.report(faults::blocks::after_block(word, span, text));
            return false;
        }
        true
    }

    /// Explains a statement whose first word begins nothing here.
    fn unknown(&mut self, block: Block, statement: &Statement) {
        if self.diagnostics.len() >= MAX_FAULTS {
            self.unexplained += 1;
            return;
        }
        let head = statement.head.clone();
        let has_body = statement.body.is_some();
        let diagnostic = faults::start::explain(self.file, self.source, head, block, has_body);
        self.report(diagnostic);
    }

    /// Reads the blocks of a statement that does not belong here, as they would be read where it does.
    fn walk_any(&mut self, first: &str, statement: &Statement) {
        if words::is_declaration(first) {
            let before = self.diagnostics.len();
            let item = self.item(statement);
            let sound = self.diagnostics.len() == before;
            if sound && !matches!(item.kind, super::ast::ItemKind::Error) {
                self.hoisted.push(item);
            }
            return;
        }
        let found = Block::ALL
            .iter()
            .find_map(|block| Some((*block, block.find(first)?)));
        match found {
            Some((block, word)) => self.walk(inner_block(word, block), statement),
            None => self.loosen(&statement.docs),
        }
    }

    /// Reads the blocks of a faulty statement for the faults in them.
    fn walk(&mut self, block: Option<Block>, statement: &Statement) {
        self.loosen(&statement.docs);
        let bodies = statement.body.iter();
        let more = statement.tail.iter().filter_map(|segment| segment.body.as_ref());
        for body in bodies.chain(more) {
            match block {
                Some(block) => self.read(block, body),
                None => self.loosen(&body.loose_docs),
            }
        }
    }

    fn read(&mut self, block: Block, body: &Body) {
        let body = Some(body);
        match block {
            Block::File | Block::Phase => drop(self.phase_body(body)),
            Block::Plan => drop(self.plan_entries(body)),
            Block::Environment => drop(self.environment_entries(body)),
            Block::Channel => drop(self.channel_commands(body)),
            Block::Window => drop(self.window_entries(body)),
            Block::Gate => drop(self.gate_entries(body)),
            Block::Steps | Block::Rollback => drop(self.steps(block, body)),
            Block::Merge => drop(self.merge_options(body)),
            Block::Tag => drop(self.tag_options(body)),
            Block::Command => drop(self.command_options(body)),
            Block::Commit => drop(self.edits(body)),
            Block::Soak => drop(self.soak_entries(body)),
            Block::Env => drop(self.env_variables(body)),
        }
    }

    /// The statements of a block with a closed set of statements.
    fn entries<T>(
        &mut self,
        block: Block,
        body: Option<&Body>,
        error: fn() -> T,
        make: fn(&mut Self, Judged<'a>, &Statement) -> T,
    ) -> Vec<Entry<T>> {
        let Some(body) = body else {
            return Vec::new();
        };
        let mut entries = Vec::with_capacity(body.statements.len());
        for statement in &body.statements {
            let kind = match self.judge(block, statement) {
                Some(judged) => {
                    self.loosen(&statement.docs);
                    make(self, judged, statement)
                }
                None => error(),
            };
            entries.push(Entry {
                kind,
                span: self.statement_span(statement),
            });
        }
        self.loosen(&body.loose_docs);
        entries
    }

    /// `run "..."` or `sh '...'`
    fn command(&mut self, pair: Pair<'a>) -> Command {
        let span = self.span(&pair);
        let inner = Nodes::of(pair).next().expect("BUG: a command has a form");
        let (kind, slot) = match inner.as_rule() {
            Rule::run_command => (CommandKind::Run, Rule::prose),
            _ => (CommandKind::Sh, Rule::raw_string),
        };
        let text = self.text(Nodes::of(inner).want(slot));
        Command { kind, text, span }
    }

    fn report_at(&mut self, code: Code, span: Span, message: &str, help: &str) {
        self.report(Diagnostic::new(code, span, message).help(help));
    }
}

/// The vocabulary's entry for a head in a block.
pub(super) fn entry(block: Block, head: &str) -> Option<&'static Word> {
    let first = first_word(head);
    match block {
        Block::Env if !first.is_empty() => Some(words::ENV_VARIABLE),
        Block::Rollback => {
            words::own_way_back(first, head[first.len()..].trim()).or_else(|| block.find(first))
        }
        _ => block.find(first),
    }
}

/// The block that a statement opens which stands in `block`.
fn inner_block(word: &Word, block: Block) -> Option<Block> {
    match word.takes {
        Takes::Nothing => None,
        Takes::Maybe(inner) | Takes::Always(inner) => Some(inner),
        Takes::Same => Some(if block == Block::Phase {
            Block::Steps
        } else {
            block
        }),
    }
}

/// The word a head begins with.
pub(super) fn first_word(head: &str) -> &str {
    let len = head.bytes().take_while(|b| is_word_byte(*b)).count();
    &head[..len]
}

/// Outlines and builds a file.
pub(super) fn parse(file: FileId, source: &str) -> (File, Vec<Diagnostic>) {
    build(file, source, outline::outline(source))
}

/// Outlines and builds statements that have no file around them.
pub(super) fn fragment(file: FileId, source: &str) -> (Vec<Item>, Vec<Step>, Vec<Diagnostic>) {
    let outline = outline::outline(source);
    let mut builder = Builder::new(file, source, outline.docs, outline.comments);
    for problem in &outline.problems {
        builder.report(faults::lexical::explain(file, source, problem));
    }
    let (mut items, mut steps) = (Vec::new(), Vec::new());
    for statement in &outline.statements {
        let first = first_word(&source[statement.head.clone()]);
        let declares = words::is_declaration(first) || (first == "gate" && statement.body.is_some());
        if declares {
            items.push(builder.item(statement));
        } else {
            steps.push(builder.step(Block::Steps, statement));
        }
    }
    (items, steps, builder.finish_diagnostics())
}
