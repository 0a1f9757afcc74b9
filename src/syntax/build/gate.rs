//! The block of a gate.

use super::{Builder, Judged};
use crate::syntax::ast::{Entry, Expect, ExpectOp, ExpectSource, ExpectValue, GateEntry, GateUse, Retry};
use crate::syntax::grammar::{Nodes, Pair, Rule};
use crate::syntax::outline::Body;
use crate::syntax::words::Block;

impl<'a> Builder<'a> {
    pub(super) fn gate_entries(&mut self, body: Option<&Body>) -> Vec<Entry<GateEntry>> {
        self.entries(
            Block::Gate,
            body,
            || GateEntry::Error,
            |builder, judged, _| builder.gate_entry(judged),
        )
    }

    fn gate_entry(&mut self, judged: Judged<'a>) -> GateEntry {
        let mut nodes = judged.nodes;
        match judged.rule {
            Rule::only_command => GateEntry::Command {
                command: self.command(nodes.want(Rule::command)),
            },
            Rule::live => GateEntry::Live,
            Rule::advisory => GateEntry::Advisory,
            Rule::expect => GateEntry::Expect(self.expect(nodes)),
            Rule::compare => GateEntry::CompareTo {
                source: self.text(nodes.want(Rule::reference)),
            },
            Rule::approve => self.approve(nodes),
            Rule::confirm => GateEntry::Confirm {
                text: self.text(nodes.want(Rule::prose)),
                evidence: nodes.all(Rule::prose).next().map(|text| self.text(text)),
            },
            Rule::inconclusive => GateEntry::Inconclusive {
                exits: nodes.all(Rule::operand).map(|exit| self.expr(exit)).collect(),
            },
            Rule::timeout => GateEntry::Timeout {
                value: self.expr(nodes.want(Rule::operand)),
            },
            Rule::retry => GateEntry::Retry(self.retry(nodes)),
            Rule::help => GateEntry::Help {
                text: self.text(nodes.want(Rule::prose)),
            },
            Rule::setup => GateEntry::Setup {
                command: self.command(nodes.want(Rule::command)),
            },
            _ => GateEntry::Link {
                path: self.text(nodes.want(Rule::path)),
            },
        }
    }

    /// `retry N every D`
    pub(super) fn retry(&mut self, mut nodes: Nodes<'a>) -> Retry {
        Retry {
            count: self.expr(nodes.want(Rule::operand)),
            every: self.expr(nodes.want(Rule::operand)),
        }
    }

    /// `NAME[(args)] [on REF]`
    pub(super) fn gate_use(&mut self, pair: Pair<'a>) -> GateUse {
        let span = self.span(&pair);
        let mut nodes = Nodes::of(pair);
        let name = self.ident(&nodes.want(Rule::name));
        let args = nodes.maybe(Rule::args);
        let args = self.args(args);
        let on = nodes.all(Rule::reference).next().map(|on| self.text(on));
        GateUse { name, args, on, span }
    }

    fn approve(&mut self, mut nodes: Nodes<'a>) -> GateEntry {
        let count = self.expr(nodes.want(Rule::operand));
        let of = self.expr(nodes.want(Rule::operand));
        let (mut signed, mut not_author, mut open) = (None, None, None);
        for node in nodes {
            match node.as_rule() {
                Rule::kw_signed => signed = Some(self.span(&node)),
                Rule::not_author => not_author = Some(self.span(&node)),
                Rule::open_for => open = Some(self.expr(Nodes::of(node).want(Rule::operand))),
                _ => {}
            }
        }
        GateEntry::Approve {
            count,
            of,
            signed,
            not_author,
            open,
        }
    }

    fn expect(&mut self, mut nodes: Nodes<'a>) -> Expect {
        let source = nodes.want(Rule::expect_source);
        let source_span = self.span(&source);
        let source = self.expect_source(source);
        let op = nodes.want(Rule::expect_op);
        let op_span = self.span(&op);
        let value = nodes.want(Rule::expect_value);
        Expect {
            source,
            source_span,
            op: expect_op(op.as_str()),
            op_span,
            value: self.expect_value(value),
        }
    }

    fn expect_source(&mut self, pair: Pair<'a>) -> ExpectSource {
        let inner = Nodes::of(pair).next().expect("BUG: `expect` has a source");
        match (inner.as_rule(), inner.as_str()) {
            (Rule::json_source, _) => {
                let path = Nodes::of(inner).find(|node| node.as_rule() != Rule::kw_json);
                ExpectSource::Json {
                    path: self.text(path.expect("BUG: `json` has a path")),
                }
            }
            (Rule::plain_source, "exit") => ExpectSource::Exit,
            (Rule::plain_source, "stdout") => ExpectSource::Stdout,
            (Rule::plain_source, "stderr") => ExpectSource::Stderr,
            (Rule::plain_source, "lines") => ExpectSource::Lines,
            (Rule::plain_source, _) => ExpectSource::Elapsed,
            _ => {
                let mut nodes = Nodes::of(inner);
                let ty = self.ident(&nodes.want(Rule::reading_type));
                let regex = nodes.next().map(|regex| self.text(regex));
                ExpectSource::Reading { ty, regex }
            }
        }
    }

    fn expect_value(&mut self, pair: Pair<'a>) -> ExpectValue {
        let span = self.span(&pair);
        let mut nodes = Nodes::of(pair);
        let Some(expr) = nodes.maybe(Rule::expr) else {
            return ExpectValue::Baseline { percent: None, span };
        };
        let value = self.expr(expr);
        if nodes.maybe(Rule::kw_of).is_some() {
            return ExpectValue::Baseline {
                percent: Some(value),
                span,
            };
        }
        ExpectValue::Plain { value }
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
