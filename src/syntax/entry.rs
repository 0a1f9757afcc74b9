//! The blocks of gates, merges, tags, commands, commits and soaks.

use super::ast::{
    Command, CommandOption, CommitEdit, Entry, EnvVariable, Expect, ExpectOp, ExpectSource, ExpectValue,
    GateBody, GateEntry, MergeOption, Resolution, Retry, SoakEntry, TagOption, Text,
};
use super::context::Context;
use super::grammar::{Node, Nodes, Rule};
use super::outline::{Block, Statement};
use super::parser::Parser;
use crate::diag::{Code, Diagnostic};

impl<'t> Parser<'t> {
    /// The one string of a statement.
    pub(super) fn string_of(&mut self, statement: &Statement, rule: Rule) -> Option<Text> {
        let node = self.plain(statement, rule)?.need(Rule::string);
        Some(self.text_of(&node))
    }

    /// The one command of a statement.
    pub(super) fn command_of(&mut self, statement: &Statement, rule: Rule) -> Option<Command> {
        let node = self.plain(statement, rule)?.need(Rule::command);
        Some(self.command(&node))
    }

    pub(super) fn retry(&mut self, nodes: Nodes<'t>) -> Option<Retry> {
        let mut atoms = nodes.filter(|node| node.rule() == Rule::atom);
        let (count, every) = (atoms.next()?, atoms.next()?);
        Some(Retry {
            count: self.expr(&count),
            every: self.expr(&every),
        })
    }

    pub(super) fn gate_body(&mut self, block: &Block) -> GateBody {
        let entries = self.entries(Some(block), Context::Gate, || GateEntry::Error, Self::gate_entry);
        GateBody {
            entries,
            span: self.span(block.span.clone()),
        }
    }

    fn gate_entry(&mut self, s: &Statement, first: &str) -> Option<GateEntry> {
        Some(match first {
            "run" | "sh" => GateEntry::Command {
                command: self.command_of(s, Rule::command_entry)?,
            },
            "live" => {
                self.plain(s, Rule::live_entry)?;
                GateEntry::Live
            }
            "expect" => {
                let nodes = self.plain(s, Rule::expect_entry)?;
                GateEntry::Expect(self.expect(nodes))
            }
            "compare" => {
                let node = self.plain(s, Rule::compare_to_entry)?.need(Rule::text);
                GateEntry::CompareTo {
                    source: self.text_of(&node),
                }
            }
            "approve" => self.approve(s)?,
            "confirm" => {
                let mut strings = self
                    .plain(s, Rule::confirm_entry)?
                    .filter(|node| node.rule() == Rule::string);
                let text = strings.next()?;
                let evidence = strings.next();
                GateEntry::Confirm {
                    text: self.text_of(&text),
                    evidence: evidence.map(|node| self.text_of(&node)),
                }
            }
            "inconclusive" => {
                let nodes = self.plain(s, Rule::inconclusive_entry)?;
                let exits = nodes
                    .filter(|node| node.rule() == Rule::atom)
                    .map(|node| self.expr(&node))
                    .collect();
                GateEntry::Inconclusive { exits }
            }
            "timeout" => GateEntry::Timeout {
                value: self.atom_of(s, Rule::timeout_entry)?,
            },
            "retry" => {
                let nodes = self.plain(s, Rule::retry_entry)?;
                GateEntry::Retry(self.retry(nodes)?)
            }
            "advisory" => {
                self.plain(s, Rule::advisory_entry)?;
                GateEntry::Advisory
            }
            "help" => GateEntry::Help {
                text: self.string_of(s, Rule::help_entry)?,
            },
            "setup" => GateEntry::Setup {
                command: self.command_of(s, Rule::setup_entry)?,
            },
            _ => {
                let node = self.plain(s, Rule::link_entry)?.need(Rule::text);
                GateEntry::Link {
                    path: self.text_of(&node),
                }
            }
        })
    }

    fn atom_of(&mut self, s: &Statement, rule: Rule) -> Option<super::ast::Expr> {
        let node = self.plain(s, rule)?.need(Rule::atom);
        Some(self.expr(&node))
    }

    fn approve(&mut self, s: &Statement) -> Option<GateEntry> {
        let nodes = self.plain(s, Rule::approve_entry)?;
        let signed = nodes.has(Rule::kw_signed);
        let not_author = nodes.has(Rule::not_author);
        let open = nodes.clone().find(|node| node.rule() == Rule::open_clause);
        let open = open
            .map(|node| node.children().need(Rule::expr))
            .map(|node| self.expr(&node));
        let mut atoms = nodes.filter(|node| node.rule() == Rule::atom);
        let (count, of) = (atoms.next()?, atoms.next()?);
        Some(GateEntry::Approve {
            count: self.expr(&count),
            of: self.expr(&of),
            signed,
            not_author,
            open,
        })
    }

    fn expect(&mut self, mut nodes: Nodes<'t>) -> Expect {
        let source = nodes.need(Rule::expect_source);
        let op = nodes.need(Rule::expect_op);
        let value = nodes.need(Rule::expect_value);
        Expect {
            source: self.expect_source(&source),
            source_span: source.span(),
            op: expect_op(op.text().trim()),
            op_span: op.span(),
            value: self.expect_value(&value),
        }
    }

    fn expect_source(&mut self, node: &Node<'t>) -> ExpectSource {
        let inner = node.only();
        match inner.rule() {
            Rule::kw_exit => ExpectSource::Exit,
            Rule::kw_stdout => ExpectSource::Stdout,
            Rule::kw_stderr => ExpectSource::Stderr,
            Rule::kw_lines => ExpectSource::Lines,
            Rule::kw_elapsed => ExpectSource::Elapsed,
            Rule::json_source => {
                let path = inner.children().need(Rule::string);
                ExpectSource::Json {
                    path: self.text_of(&path),
                }
            }
            _ => {
                let mut children = inner.children();
                let ty = children.need(Rule::reading_type);
                let regex = children.seek(Rule::string).map(|node| self.text_of(&node));
                ExpectSource::Reading {
                    ty: self.ident(&ty),
                    regex,
                }
            }
        }
    }

    fn expect_value(&mut self, node: &Node<'t>) -> ExpectValue {
        let inner = node.only();
        if inner.rule() != Rule::baseline {
            return ExpectValue::Plain {
                value: self.expr(&inner),
            };
        }
        let percent = inner.children().find(|node| node.rule() == Rule::atom);
        ExpectValue::Baseline {
            percent: percent.map(|node| self.expr(&node)),
            span: inner.span(),
        }
    }

    pub(super) fn merge_options(&mut self, block: Option<&Block>) -> Vec<Entry<MergeOption>> {
        self.entries(
            block,
            Context::Merge,
            || MergeOption::Error,
            |p, s, first| {
                Some(match first {
                    "message" => MergeOption::Message {
                        text: p.string_of(s, Rule::message_entry)?,
                    },
                    "resolve" => {
                        let mut nodes = p.plain(s, Rule::resolve_entry)?;
                        let glob = nodes.need(Rule::glob_text);
                        nodes.need(Rule::kw_with);
                        let with = nodes.next()?;
                        let with = match with.rule() {
                            Rule::command => Resolution::Command {
                                command: p.command(&with),
                            },
                            _ => Resolution::Word { name: p.ident(&with) },
                        };
                        MergeOption::Resolve {
                            glob: p.text_of(&glob),
                            with,
                        }
                    }
                    "reland" => {
                        p.plain(s, Rule::reland_entry)?;
                        MergeOption::Reland
                    }
                    _ => {
                        p.plain(s, Rule::signed_entry)?;
                        MergeOption::Signed
                    }
                })
            },
        )
    }

    pub(super) fn tag_options(&mut self, block: Option<&Block>) -> Vec<Entry<TagOption>> {
        self.entries(
            block,
            Context::Tag,
            || TagOption::Error,
            |p, s, first| {
                Some(match first {
                    "message" => TagOption::Message {
                        text: p.string_of(s, Rule::message_entry)?,
                    },
                    "signed" => {
                        p.plain(s, Rule::signed_entry)?;
                        TagOption::Signed
                    }
                    _ => {
                        p.plain(s, Rule::lightweight_entry)?;
                        TagOption::Lightweight
                    }
                })
            },
        )
    }

    pub(super) fn command_options(&mut self, block: Option<&Block>) -> Vec<Entry<CommandOption>> {
        self.entries(
            block,
            Context::Command,
            || CommandOption::Error,
            |p, s, first| {
                Some(match first {
                    "timeout" => CommandOption::Timeout {
                        value: p.atom_of(s, Rule::timeout_entry)?,
                    },
                    "retry" => {
                        let nodes = p.plain(s, Rule::retry_entry)?;
                        CommandOption::Retry(p.retry(nodes)?)
                    }
                    "env" => CommandOption::Env { variables: p.env(s)? },
                    "in" => {
                        let node = p.plain(s, Rule::in_entry)?.need(Rule::text);
                        CommandOption::In {
                            directory: p.text_of(&node),
                        }
                    }
                    "live" => {
                        p.plain(s, Rule::live_entry)?;
                        CommandOption::Live
                    }
                    "irreversible" => {
                        p.plain(s, Rule::irreversible_entry)?;
                        CommandOption::Irreversible
                    }
                    _ => CommandOption::Undo {
                        command: p.command_of(s, Rule::undo_entry)?,
                    },
                })
            },
        )
    }

    fn env(&mut self, s: &Statement) -> Option<Vec<EnvVariable>> {
        let part = &s.parts[0];
        self.head(part, Rule::env_entry)?;
        self.no_else(s);
        let block = self.needed_block(part)?;
        let mut variables = Vec::new();
        for inner in &block.statements {
            let nodes = if inner.faulty {
                None
            } else {
                self.plain(inner, Rule::env_variable)
            };
            let Some(mut nodes) = nodes else { continue };
            let (name, value) = (nodes.need(Rule::name), nodes.need(Rule::string));
            variables.push(EnvVariable {
                name: self.ident(&name),
                value: self.text_of(&value),
            });
        }
        Some(variables)
    }

    pub(super) fn soak_entries(&mut self, block: &Block) -> Vec<Entry<SoakEntry>> {
        self.entries(
            Some(block),
            Context::Soak,
            || SoakEntry::Error,
            |p, s, first| {
                Some(match first {
                    "gate" => {
                        let mut nodes = p.plain(s, Rule::soak_gate)?;
                        let gate = nodes.need(Rule::gate_use);
                        let every = nodes.need(Rule::every_clause).only_atom();
                        SoakEntry::Gate {
                            gate: p.gate_use(&gate),
                            every: p.expr(&every),
                        }
                    }
                    "fail" => SoakEntry::FailAfter {
                        count: p.atom_of(s, Rule::fail_after)?,
                    },
                    _ => SoakEntry::Tolerate {
                        count: p.atom_of(s, Rule::tolerate)?,
                    },
                })
            },
        )
    }

    pub(super) fn commit_edits(&mut self, block: Option<&Block>) -> Vec<Entry<CommitEdit>> {
        self.entries(block, Context::Commit, || CommitEdit::Error, Self::commit_edit)
    }

    fn commit_edit(&mut self, s: &Statement, first: &str) -> Option<CommitEdit> {
        let part = &s.parts[0];
        Some(match first {
            "message" => CommitEdit::Message {
                text: self.string_of(s, Rule::message_entry)?,
            },
            "bump" => {
                let mut nodes = self.plain(s, Rule::bump_edit)?;
                let (file, to) = (nodes.need(Rule::text), nodes.need(Rule::version_value));
                CommitEdit::Bump {
                    file: self.text_of(&file),
                    to: self.expr(&to),
                }
            }
            "changelog" => {
                let mut nodes = self.plain(s, Rule::changelog_edit)?;
                let file = nodes.need(Rule::text);
                let version = nodes.need(Rule::version_value);
                let text = nodes.need(Rule::string);
                CommitEdit::Changelog {
                    file: self.text_of(&file),
                    version: self.expr(&version),
                    text: self.text_of(&text),
                }
            }
            "replace" => {
                let mut nodes = self.plain(s, Rule::replace_edit)?;
                let file = nodes.need(Rule::text);
                let regex = nodes.need(Rule::string);
                let with = nodes.need(Rule::string);
                let all = nodes.has(Rule::kw_all).is_some();
                let regex = self.text_of(&regex);
                CommitEdit::Replace {
                    file: self.text_of(&file),
                    regex,
                    with: self.replacement_of(&with),
                    all,
                }
            }
            "write" => {
                let mut nodes = self.plain(s, Rule::write_edit)?;
                let (file, content) = (nodes.need(Rule::text), nodes.need(Rule::string));
                CommitEdit::Write {
                    file: self.text_of(&file),
                    content: self.text_of(&content),
                }
            }
            "run" | "sh" => {
                let command = self.head(part, Rule::command_entry)?.need(Rule::command);
                let command = self.command(&command);
                self.no_else(s);
                CommitEdit::Command {
                    command,
                    options: self.command_options(part.block.as_ref()),
                }
            }
            "when" => {
                let condition = self.head(part, Rule::when_step)?.need(Rule::expr);
                let condition = self.expr(&condition);
                let then = self.needed_block(part)?;
                let then = self.commit_edits(Some(then));
                let otherwise = self.else_block(s)?.map(|block| self.commit_edits(Some(block)));
                CommitEdit::When {
                    condition,
                    then,
                    otherwise,
                }
            }
            "for" => {
                let mut nodes = self.head(part, Rule::for_step)?;
                let (variable, list) = (nodes.need(Rule::snake), nodes.need(Rule::expr));
                let list = self.expr(&list);
                let block = self.needed_block(part)?;
                self.no_else(s);
                CommitEdit::For {
                    variable: self.ident(&variable),
                    list,
                    edits: self.commit_edits(Some(block)),
                }
            }
            _ => {
                self.plain(s, Rule::signed_entry)?;
                CommitEdit::Signed
            }
        })
    }

    /// The block of a `when`'s `else`, if there is one; `None` where it is faulty.
    pub(super) fn else_block<'s>(&mut self, s: &'s Statement) -> Option<Option<&'s Block>> {
        let Some(part) = s.parts.get(1) else {
            return Some(None);
        };
        self.head(part, Rule::else_clause)?;
        if let Some(third) = s.parts.get(2) {
            let span = self.span(third.head.clone());
            let diagnostic = Diagnostic::new(Code::SyntaxError, span, "a `when` has one `else`")
                .here("the second one")
                .help("put another `when` inside the first `else { }`");
            self.report(diagnostic);
            return None;
        }
        self.needed_block(part).map(Some)
    }
}

impl<'t> Node<'t> {
    /// The value of a clause.
    pub(super) fn only_atom(&self) -> Node<'t> {
        self.children().need(Rule::atom)
    }
}

fn expect_op(text: &str) -> ExpectOp {
    match text {
        "==" => ExpectOp::Eq,
        "!=" => ExpectOp::Ne,
        "<" => ExpectOp::Lt,
        "<=" => ExpectOp::Le,
        ">" => ExpectOp::Gt,
        ">=" => ExpectOp::Ge,
        "contains" => ExpectOp::Contains,
        "matches" => ExpectOp::Matches,
        _ => ExpectOp::In,
    }
}
