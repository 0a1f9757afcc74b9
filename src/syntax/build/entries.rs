//! The blocks of steps: options, edits, soaks.

use super::{Builder, Judged};
use crate::syntax::ast::{
    CommandOption, CommitEdit, Entry, EnvVariable, MergeOption, Resolution, SoakEntry, TagOption,
};
use crate::syntax::grammar::{Nodes, Rule};
use crate::syntax::outline::{Body, Statement};
use crate::syntax::words::Block;

impl<'a> Builder<'a> {
    pub(super) fn merge_options(&mut self, body: Option<&Body>) -> Vec<Entry<MergeOption>> {
        self.entries(
            Block::Merge,
            body,
            || MergeOption::Error,
            |builder, judged, _| {
                let mut nodes = judged.nodes;
                match judged.rule {
                    Rule::message => MergeOption::Message {
                        text: builder.text(nodes.want(Rule::prose)),
                    },
                    Rule::resolve => MergeOption::Resolve {
                        glob: builder.text(nodes.want(Rule::glob)),
                        with: builder.resolution(Nodes::of(nodes.want(Rule::resolution))),
                    },
                    Rule::reland => MergeOption::Reland,
                    _ => MergeOption::Signed,
                }
            },
        )
    }

    fn resolution(&mut self, mut nodes: Nodes<'a>) -> Resolution {
        match nodes.maybe(Rule::command) {
            Some(command) => Resolution::Command {
                command: self.command(command),
            },
            None => Resolution::Word {
                name: self.ident(&nodes.want(Rule::name)),
            },
        }
    }

    pub(super) fn tag_options(&mut self, body: Option<&Body>) -> Vec<Entry<TagOption>> {
        self.entries(
            Block::Tag,
            body,
            || TagOption::Error,
            |builder, judged, _| {
                let mut nodes = judged.nodes;
                match judged.rule {
                    Rule::message => TagOption::Message {
                        text: builder.text(nodes.want(Rule::prose)),
                    },
                    Rule::signed => TagOption::Signed,
                    _ => TagOption::Lightweight,
                }
            },
        )
    }

    pub(super) fn command_options(&mut self, body: Option<&Body>) -> Vec<Entry<CommandOption>> {
        self.entries(
            Block::Command,
            body,
            || CommandOption::Error,
            |builder, judged, statement| {
                let mut nodes = judged.nodes;
                match judged.rule {
                    Rule::timeout => CommandOption::Timeout {
                        value: builder.expr(nodes.want(Rule::operand)),
                    },
                    Rule::retry => CommandOption::Retry(builder.retry(nodes)),
                    Rule::env => CommandOption::Env {
                        variables: builder.env_variables(statement.body.as_ref()),
                    },
                    Rule::in_directory => CommandOption::In {
                        directory: builder.text(nodes.want(Rule::path)),
                    },
                    Rule::live => CommandOption::Live,
                    Rule::irreversible => CommandOption::Irreversible,
                    _ => CommandOption::Undo {
                        command: builder.command(nodes.want(Rule::command)),
                    },
                }
            },
        )
    }

    pub(super) fn env_variables(&mut self, body: Option<&Body>) -> Vec<EnvVariable> {
        let entries = self.entries(
            Block::Env,
            body,
            || None,
            |builder, judged, _| {
                let mut nodes = judged.nodes;
                Some(EnvVariable {
                    name: builder.ident(&nodes.want(Rule::name)),
                    value: builder.text(nodes.want(Rule::prose)),
                })
            },
        );
        entries.into_iter().filter_map(|entry| entry.kind).collect()
    }

    pub(super) fn edits(&mut self, body: Option<&Body>) -> Vec<Entry<CommitEdit>> {
        self.entries(Block::Commit, body, || CommitEdit::Error, Self::edit)
    }

    fn edit(&mut self, judged: Judged<'a>, statement: &Statement) -> CommitEdit {
        let mut nodes = judged.nodes;
        let body = statement.body.as_ref();
        match judged.rule {
            Rule::bump => CommitEdit::Bump {
                file: self.text(nodes.want(Rule::path)),
                to: self.expr(nodes.want(Rule::operand)),
            },
            Rule::changelog => CommitEdit::Changelog {
                file: self.text(nodes.want(Rule::path)),
                version: self.expr(nodes.want(Rule::operand)),
                text: self.text(nodes.want(Rule::prose)),
            },
            Rule::replace => CommitEdit::Replace {
                file: self.text(nodes.want(Rule::path)),
                regex: self.text(nodes.want(Rule::prose)),
                with: self.text(nodes.want(Rule::prose)),
                all: nodes.maybe(Rule::kw_all).is_some(),
            },
            Rule::write => CommitEdit::Write {
                file: self.text(nodes.want(Rule::path)),
                content: self.text(nodes.want(Rule::prose)),
            },
            Rule::only_command => CommitEdit::Command {
                command: self.command(nodes.want(Rule::command)),
                options: self.command_options(body),
            },
            Rule::message => CommitEdit::Message {
                text: self.text(nodes.want(Rule::prose)),
            },
            Rule::when => {
                let condition = self.expr(nodes.want(Rule::expr));
                let then = self.edits(body);
                let otherwise = statement.tail.first().and_then(|segment| segment.body.as_ref());
                CommitEdit::When {
                    condition,
                    then,
                    otherwise: otherwise.map(|body| self.edits(Some(body))),
                }
            }
            Rule::for_each => CommitEdit::For {
                variable: self.ident(&nodes.want(Rule::name)),
                list: self.expr(nodes.want(Rule::expr)),
                edits: self.edits(body),
            },
            _ => CommitEdit::Signed,
        }
    }

    pub(super) fn soak_entries(&mut self, body: Option<&Body>) -> Vec<Entry<SoakEntry>> {
        self.entries(
            Block::Soak,
            body,
            || SoakEntry::Error,
            |builder, judged, _| {
                let mut nodes = judged.nodes;
                match judged.rule {
                    Rule::soak_gate => SoakEntry::Gate {
                        gate: builder.gate_use(nodes.want(Rule::gate_use)),
                        every: builder.expr(nodes.want(Rule::operand)),
                    },
                    Rule::fail_after => SoakEntry::FailAfter {
                        count: builder.expr(nodes.want(Rule::operand)),
                    },
                    _ => SoakEntry::Tolerate {
                        count: builder.expr(nodes.want(Rule::operand)),
                    },
                }
            },
        )
    }
}
