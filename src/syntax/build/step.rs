//! Steps.

use super::{Builder, Judged};
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{GateUse, MergeMode, Step, StepKind, Text};
use crate::syntax::grammar::{Nodes, Pair, Rule};
use crate::syntax::outline::{Body, Statement};
use crate::syntax::words::Block;

impl<'a> Builder<'a> {
    /// The steps of a block of steps.
    pub(super) fn steps(&mut self, block: Block, body: Option<&Body>) -> Vec<Step> {
        let Some(body) = body else {
            return Vec::new();
        };
        let steps = body.statements.iter().map(|s| self.step(block, s)).collect();
        self.loosen(&body.loose_docs);
        steps
    }

    /// One step.
    pub(super) fn step(&mut self, block: Block, statement: &Statement) -> Step {
        let (docs, kind) = match self.judge(block, statement) {
            Some(judged) => (self.docs(statement), self.step_kind(judged, statement, block)),
            None => (Vec::new(), StepKind::Error),
        };
        Step {
            docs,
            kind,
            span: self.statement_span(statement),
        }
    }

    fn step_kind(&mut self, judged: Judged<'a>, statement: &Statement, block: Block) -> StepKind {
        let nodes = judged.nodes;
        let body = statement.body.as_ref();
        match judged.rule {
            Rule::merge => self.merge(nodes, body),
            Rule::rebase | Rule::cherry_pick | Rule::revert => self.replay(judged.rule, nodes, body),
            Rule::branch | Rule::delete | Rule::tag | Rule::push | Rule::reset => {
                self.refs(judged.rule, nodes, body)
            }
            Rule::gate => self.gate_step(nodes, statement),
            Rule::deploy | Rule::shift | Rule::backup | Rule::restore | Rule::command_step => {
                self.outside(judged.rule, nodes, body)
            }
            Rule::when | Rule::for_each | Rule::try_branch | Rule::do_template => {
                self.control(judged.rule, nodes, statement, block)
            }
            Rule::rollback_revert => StepKind::RollbackRevert,
            Rule::rollback_undo => StepKind::RollbackUndo,
            Rule::rollback_reset => StepKind::RollbackReset {
                force: nodes.all(Rule::kw_force).next().is_some(),
            },
            _ => self.other(judged.rule, nodes, body),
        }
    }

    fn reference(&mut self, nodes: &mut Nodes<'a>) -> Text {
        self.text(nodes.want(Rule::reference))
    }

    fn merge(&mut self, mut nodes: Nodes<'a>, body: Option<&Body>) -> StepKind {
        nodes.want(Rule::kw_merge);
        let mode = nodes.maybe(Rule::merge_mode).map(|mode| self.merge_mode(mode));
        StepKind::Merge {
            mode,
            source: self.reference(&mut nodes),
            into: self.reference(&mut nodes),
            options: self.merge_options(body),
        }
    }

    fn merge_mode(&self, pair: Pair<'a>) -> MergeMode {
        let inner = Nodes::of(pair).next().expect("BUG: a merge mode has a form");
        if inner.as_rule() == Rule::mode_word {
            return MergeMode::Word {
                name: self.ident(&inner),
            };
        }
        let variable = Nodes::of(inner).want(Rule::lone_variable);
        MergeMode::Variable {
            variable: self.variable(Nodes::of(variable).want(Rule::variable)),
        }
    }

    fn replay(&mut self, rule: Rule, mut nodes: Nodes<'a>, body: Option<&Body>) -> StepKind {
        match rule {
            Rule::rebase => StepKind::Rebase {
                branch: self.reference(&mut nodes),
                onto: self.reference(&mut nodes),
                options: self.merge_options(body),
            },
            Rule::revert => StepKind::Revert {
                source: self.reference(&mut nodes),
                on: self.reference(&mut nodes),
                options: self.merge_options(body),
            },
            _ => {
                let mut sources: Vec<_> = nodes.all(Rule::reference).map(|r| self.text(r)).collect();
                let onto = sources.pop().expect("BUG: `cherry-pick` has a branch");
                StepKind::CherryPick {
                    sources,
                    onto,
                    options: self.merge_options(body),
                }
            }
        }
    }

    fn refs(&mut self, rule: Rule, mut nodes: Nodes<'a>, body: Option<&Body>) -> StepKind {
        match rule {
            Rule::branch => StepKind::Branch {
                name: self.reference(&mut nodes),
                from: self.reference(&mut nodes),
                if_absent: nodes.all(Rule::kw_absent).next().is_some(),
            },
            Rule::tag => StepKind::Tag {
                name: self.reference(&mut nodes),
                on: self.reference(&mut nodes),
                options: self.tag_options(body),
            },
            Rule::reset => StepKind::Reset {
                branch: self.reference(&mut nodes),
                to: self.reference(&mut nodes),
            },
            Rule::delete => {
                nodes.want(Rule::kw_delete);
                let branch = nodes.maybe(Rule::kw_branch).is_some();
                let name = self.reference(&mut nodes);
                let local = nodes.maybe(Rule::kw_local).is_some();
                if branch {
                    StepKind::DeleteBranch { name, local }
                } else {
                    StepKind::DeleteTag { name }
                }
            }
            _ => self.push(nodes, body),
        }
    }

    fn push(&mut self, nodes: Nodes<'a>, body: Option<&Body>) -> StepKind {
        let (mut refs, mut to, mut force, mut remote) = (Vec::new(), None, None, false);
        for node in nodes {
            match node.as_rule() {
                Rule::reference if remote => to = Some(self.text(node)),
                Rule::reference => refs.push(self.text(node)),
                Rule::kw_to => remote = true,
                Rule::kw_force => force = Some(self.span(&node)),
                _ => {}
            }
        }
        StepKind::Push {
            refs,
            to,
            force,
            options: self.command_options(body),
        }
    }

    fn gate_step(&mut self, mut nodes: Nodes<'a>, statement: &Statement) -> StepKind {
        nodes.want(Rule::kw_gate);
        let name_node = nodes.want(Rule::name);
        let name = self.ident(&name_node);
        let args = nodes.maybe(Rule::args);
        let title = nodes.maybe(Rule::title).map(|title| self.text(title));
        let on = nodes.all(Rule::reference).next().map(|on| self.text(on));
        if let Some(body) = &statement.body {
            return StepKind::InlineGate {
                name,
                args: args.map(|args| self.span(&args)),
                title,
                on,
                body: self.gate_body(Some(body)),
            };
        }
        if let Some(title) = title {
            self.report(
                Diagnostic::new(Code::SyntaxError, title.span, "a title stands where a gate is defined, not where it is used")
                    .here("this gate has no block, so it is a use")
                    .help("leave the title out, or define the gate here with a block: `gate NAME \"TITLE\" { run \"...\" }`"),
            );
        }
        StepKind::Gate(GateUse {
            span: self.span_of(name.span.start as usize..statement.head.end),
            name,
            args: self.args(args),
            on,
        })
    }

    fn outside(&mut self, rule: Rule, mut nodes: Nodes<'a>, body: Option<&Body>) -> StepKind {
        match rule {
            Rule::deploy => StepKind::Deploy {
                source: self.reference(&mut nodes),
                to: self.reference(&mut nodes),
                options: self.command_options(body),
            },
            Rule::shift => StepKind::Shift {
                weight: self.expr(nodes.want(Rule::operand)),
                to: self.reference(&mut nodes),
                options: self.command_options(body),
            },
            Rule::backup => StepKind::Backup {
                environment: self.reference(&mut nodes),
                options: self.command_options(body),
            },
            Rule::restore => StepKind::Restore {
                environment: self.reference(&mut nodes),
                options: self.command_options(body),
            },
            _ => StepKind::Command {
                command: self.command(nodes.want(Rule::command)),
                on: nodes.all(Rule::reference).next().map(|on| self.text(on)),
                options: self.command_options(body),
            },
        }
    }

    fn control(&mut self, rule: Rule, mut nodes: Nodes<'a>, statement: &Statement, block: Block) -> StepKind {
        let body = statement.body.as_ref();
        let inner = if block == Block::Phase {
            Block::Steps
        } else {
            block
        };
        match rule {
            Rule::when => {
                let condition = self.expr(nodes.want(Rule::expr));
                let then = self.steps(inner, body);
                let otherwise = statement.tail.first().and_then(|segment| segment.body.as_ref());
                StepKind::When {
                    condition,
                    then,
                    otherwise: otherwise.map(|body| self.steps(inner, Some(body))),
                }
            }
            Rule::for_each => StepKind::For {
                variable: self.ident(&nodes.want(Rule::name)),
                list: self.expr(nodes.want(Rule::expr)),
                steps: self.steps(inner, body),
            },
            Rule::try_branch => StepKind::Try {
                branch: self.reference(&mut nodes),
                from: self.reference(&mut nodes),
                steps: self.steps(Block::Steps, body),
            },
            _ => {
                let template = self.ident(&nodes.want(Rule::name));
                let args = nodes.maybe(Rule::args);
                StepKind::Do {
                    template,
                    args: self.args(args),
                }
            }
        }
    }

    fn other(&mut self, rule: Rule, mut nodes: Nodes<'a>, body: Option<&Body>) -> StepKind {
        match rule {
            Rule::commit => {
                let on = self.reference(&mut nodes);
                let message = nodes.maybe(Rule::prose).map(|text| self.text(text));
                StepKind::Commit {
                    on,
                    message,
                    edits: self.edits(body),
                }
            }
            Rule::soak => StepKind::Soak {
                duration: self.expr(nodes.want(Rule::operand)),
                entries: self.soak_entries(body),
            },
            Rule::wait => StepKind::Wait {
                gate: self.gate_use(nodes.want(Rule::gate_use)),
                every: self.expr(nodes.want(Rule::operand)),
                timeout: self.expr(nodes.want(Rule::operand)),
            },
            _ => StepKind::Notify {
                channel: self.ident(&nodes.want(Rule::name)),
                message: self.text(nodes.want(Rule::prose)),
            },
        }
    }
}
