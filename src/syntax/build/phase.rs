//! Phases: properties, steps, rollback, in this order.

use super::{Builder, first_word};
use crate::diag::Code;
use crate::syntax::ast::{Entry, Phase, PhaseProperty, Rollback, RollbackKind, Step, StepKind};
use crate::syntax::faults;
use crate::syntax::grammar::{Nodes, Rule};
use crate::syntax::outline::{Body, Statement};
use crate::syntax::words::{self, Block};

/// What stands in the block of a phase.
#[derive(Debug, Default)]
pub(super) struct PhaseBody {
    properties: Vec<Entry<PhaseProperty>>,
    steps: Vec<Step>,
    rollbacks: Vec<Rollback>,
}

impl<'a> Builder<'a> {
    pub(super) fn phase(&mut self, mut nodes: Nodes<'a>, body: Option<&Body>) -> Phase {
        let name = self.ident(&nodes.want(Rule::name));
        let title = nodes.maybe(Rule::title).map(|title| self.text(title));
        let mut after = Vec::new();
        let mut when = None;
        for node in nodes {
            match node.as_rule() {
                Rule::name => after.push(self.ident(&node)),
                Rule::expr => when = Some(self.expr(node)),
                _ => {}
            }
        }
        let PhaseBody {
            properties,
            steps,
            rollbacks,
        } = self.phase_body(body);
        Phase {
            name,
            title,
            after,
            when,
            properties,
            steps,
            rollbacks,
        }
    }

    pub(super) fn phase_body(&mut self, body: Option<&Body>) -> PhaseBody {
        let mut phase = PhaseBody::default();
        let Some(body) = body else {
            return phase;
        };
        let mut first_step = None;
        for statement in &body.statements {
            let first = first_word(&self.source[statement.head.clone()]);
            let span = self.statement_span(statement);
            if words::is_property(first) {
                let kind = self.property(statement);
                if let Some(step) = first_step.filter(|_| kind != PhaseProperty::Error) {
                    self.report(faults::place::property_after_step(first, span, step));
                }
                phase.properties.push(Entry { kind, span });
            } else if first == "rollback" {
                let kind = self.rollback(statement);
                phase.rollbacks.push(Rollback { kind, span });
            } else {
                let step = self.step(Block::Phase, statement);
                if step.kind != StepKind::Error {
                    first_step.get_or_insert(span);
                }
                phase.steps.push(step);
            }
        }
        self.loosen(&body.loose_docs);
        let late = phase.steps.iter().filter(|step| step.kind != StepKind::Error);
        let last = late.map(|step| step.span).next_back();
        if let (Some(rollback), Some(last)) = (phase.rollbacks.last(), last)
            && rollback.span.start < last.start
        {
            let (start, end) = (rollback.span.start, rollback.span.end);
            let keyword = crate::text::Span {
                end: (start + 8).min(end),
                ..rollback.span
            };
            self.report(faults::place::rollback_not_last(keyword, last));
        }
        phase
    }

    fn property(&mut self, statement: &Statement) -> PhaseProperty {
        let Some(judged) = self.judge(Block::Phase, statement) else {
            return PhaseProperty::Error;
        };
        self.loosen(&statement.docs);
        let mut nodes = judged.nodes;
        match judged.rule {
            Rule::touches => PhaseProperty::Touches {
                globs: nodes.all(Rule::glob).map(|glob| self.text(glob)).collect(),
            },
            Rule::owner => PhaseProperty::Owner {
                value: self.text(nodes.want(Rule::prose)),
            },
            Rule::estimate => PhaseProperty::Estimate {
                value: self.expr(nodes.want(Rule::operand)),
            },
            Rule::within => PhaseProperty::Within {
                window: self.ident(&nodes.want(Rule::name)),
            },
            Rule::not_before => PhaseProperty::NotBefore {
                when: self.text(nodes.want(Rule::prose)),
            },
            _ => PhaseProperty::OnFailure {
                hold: nodes.all(Rule::kw_hold).next().is_some(),
            },
        }
    }

    fn rollback(&mut self, statement: &Statement) -> RollbackKind {
        let head = &self.source[statement.head.clone()];
        if let (Some(body), "rollback", false) = (&statement.body, head, statement.faulty) {
            self.loosen(&statement.docs);
            if let Some(extra) = statement.tail.first() {
                let span = self.span_of(extra.head.clone());
                self.report_at(
                    Code::SyntaxError,
                    span,
                    "nothing may follow the rollback block on its line",
                    "begin a new line after the `}`",
                );
            }
            return RollbackKind::Steps {
                steps: self.steps(Block::Rollback, Some(body)),
            };
        }
        let Some(judged) = self.judge(Block::Phase, statement) else {
            return RollbackKind::Error;
        };
        self.loosen(&statement.docs);
        if let Some(body) = &statement.body {
            let span = self.span_of(body.range.start..body.range.start + 1);
            self.report_at(
                Code::SyntaxError,
                span,
                "this form of `rollback` takes no block",
                "write `rollback { ... }` with the steps, where `revert`, `reset` and `undo` may stand as steps, or leave the block out",
            );
            self.walk(Some(Block::Rollback), statement);
            return RollbackKind::Error;
        }
        let mut nodes = judged.nodes;
        nodes.want(Rule::kw_rollback);
        let form = nodes.next().expect("BUG: `rollback` has a form");
        match form.as_rule() {
            Rule::kw_revert => RollbackKind::Revert,
            Rule::kw_undo => RollbackKind::Undo,
            Rule::kw_reset => RollbackKind::Reset {
                force: nodes.maybe(Rule::kw_force).is_some(),
            },
            _ => RollbackKind::None {
                because: self.text(nodes.want(Rule::prose)),
            },
        }
    }
}
