//! Steps.

use super::ast::{GateUse, MergeMode, Step, StepKind};
use super::context::Context;
use super::grammar::{Node, Nodes, Rule};
use super::outline::{Block, Statement};
use super::parser::Parser;
use crate::diag::{Code, Diagnostic};

impl<'t> Parser<'t> {
    pub(super) fn steps(&mut self, block: &Block, context: Context) -> Vec<Step> {
        block
            .statements
            .iter()
            .map(|statement| {
                if self.known(statement, context) {
                    return self.step(statement, context);
                }
                let span = self.span(statement.range());
                Step {
                    docs: statement.docs.clone(),
                    kind: StepKind::Error,
                    span,
                }
            })
            .collect()
    }

    pub(super) fn step(&mut self, statement: &Statement, context: Context) -> Step {
        let span = self.span(statement.range());
        let kind = if statement.faulty {
            None
        } else {
            self.step_kind(statement, context)
        };
        Step {
            docs: statement.docs.clone(),
            kind: kind.unwrap_or(StepKind::Error),
            span,
        }
    }

    fn step_kind(&mut self, s: &Statement, context: Context) -> Option<StepKind> {
        let (first, second) = self.words(&s.parts[0]);
        if context == Context::Rollback && (second.is_empty() || second == "force") {
            match first {
                "revert" => return self.plain(s, Rule::revert_word).map(|_| StepKind::RollbackRevert),
                "undo" => return self.plain(s, Rule::undo_word).map(|_| StepKind::RollbackUndo),
                "reset" => {
                    let force = self.plain(s, Rule::reset_word)?.has(Rule::kw_force).is_some();
                    return Some(StepKind::RollbackReset { force });
                }
                _ => {}
            }
        }
        match first {
            "merge" | "rebase" | "cherry-pick" | "revert" => self.merge_like(s, first),
            "branch" | "delete" | "tag" | "push" | "reset" | "commit" => self.ref_step(s, first, second),
            "gate" => self.gate_step(s),
            "run" | "sh" | "deploy" | "shift" | "backup" | "restore" => self.outside(s, first),
            "soak" | "wait" | "notify" => self.waiting(s, first),
            _ => self.nested(
                s,
                first,
                if context == Context::Phase {
                    Context::Steps
                } else {
                    context
                },
            ),
        }
    }

    /// The texts of all refs of a head, in order.
    fn refs(&mut self, nodes: &Nodes<'t>) -> Vec<super::ast::Text> {
        let nodes: Vec<_> = nodes
            .clone()
            .filter(|node| node.rule() == Rule::ref_word)
            .collect();
        nodes.iter().map(|node| self.text_of(node)).collect()
    }

    fn merge_like(&mut self, s: &Statement, first: &str) -> Option<StepKind> {
        let part = &s.parts[0];
        let rule = match first {
            "merge" => Rule::merge_step,
            "rebase" => Rule::rebase_step,
            "cherry-pick" => Rule::pick_step,
            _ => Rule::revert_step,
        };
        let nodes = self.head(part, rule)?;
        let mut refs = self.refs(&nodes);
        let mode = nodes.clone().find(|node| node.rule() == Rule::mode);
        let mode = mode.map(|mode| self.mode(&mode));
        self.no_else(s);
        let options = self.merge_options(part.block.as_ref());
        let last = refs.pop()?;
        Some(match first {
            "cherry-pick" => StepKind::CherryPick {
                sources: refs,
                onto: last,
                options,
            },
            "merge" => StepKind::Merge {
                mode,
                source: refs.pop()?,
                into: last,
                options,
            },
            "rebase" => StepKind::Rebase {
                branch: refs.pop()?,
                onto: last,
                options,
            },
            _ => StepKind::Revert {
                source: refs.pop()?,
                on: last,
                options,
            },
        })
    }

    fn mode(&mut self, node: &Node<'t>) -> MergeMode {
        let inner = node.only();
        if inner.rule() == Rule::sole {
            MergeMode::Variable {
                variable: self.variable(&inner),
            }
        } else {
            MergeMode::Word {
                name: self.ident(&inner),
            }
        }
    }

    fn ref_step(&mut self, s: &Statement, first: &str, second: &str) -> Option<StepKind> {
        let part = &s.parts[0];
        Some(match first {
            "branch" => {
                let nodes = self.plain(s, Rule::branch_step)?;
                let [name, from] = self.pair(&nodes)?;
                StepKind::Branch {
                    name,
                    from,
                    if_absent: nodes.has(Rule::if_absent).is_some(),
                }
            }
            "delete" if second == "tag" => {
                let nodes = self.plain(s, Rule::delete_tag_step)?;
                StepKind::DeleteTag {
                    name: self.refs(&nodes).pop()?,
                }
            }
            "delete" => {
                let nodes = self.plain(s, Rule::delete_branch_step)?;
                StepKind::DeleteBranch {
                    name: self.refs(&nodes).pop()?,
                    local: nodes.has(Rule::kw_local).is_some(),
                }
            }
            "tag" => {
                let nodes = self.head(part, Rule::tag_step)?;
                let [name, on] = self.pair(&nodes)?;
                self.no_else(s);
                StepKind::Tag {
                    name,
                    on,
                    options: self.tag_options(part.block.as_ref()),
                }
            }
            "push" => {
                let nodes = self.head(part, Rule::push_step)?;
                let refs = self.refs(&nodes);
                let to = nodes.clone().find(|node| node.rule() == Rule::to_clause);
                let to = to
                    .map(|node| node.children().need(Rule::ref_word))
                    .map(|node| self.text_of(&node));
                self.no_else(s);
                let options = self.command_options(part.block.as_ref());
                StepKind::Push {
                    refs,
                    to,
                    force: nodes.has(Rule::kw_force),
                    options,
                }
            }
            "reset" => {
                let nodes = self.plain(s, Rule::reset_step)?;
                let [branch, to] = self.pair(&nodes)?;
                StepKind::Reset { branch, to }
            }
            _ => {
                let nodes = self.head(part, Rule::commit_step)?;
                let on = self.refs(&nodes).pop()?;
                let message = nodes.clone().find(|node| node.rule() == Rule::string);
                let message = message.map(|node| self.text_of(&node));
                self.no_else(s);
                StepKind::Commit {
                    on,
                    message,
                    edits: self.commit_edits(part.block.as_ref()),
                }
            }
        })
    }

    fn pair(&mut self, nodes: &Nodes<'t>) -> Option<[super::ast::Text; 2]> {
        self.refs(nodes).try_into().ok()
    }

    pub(super) fn gate_use(&mut self, node: &Node<'t>) -> GateUse {
        let mut children = node.children();
        let value = children
            .next_if(Rule::variable)
            .map(|value| Box::new(self.variable(&value)));
        let name = match &value {
            Some(value) => value.name.clone(),
            None => self.ident(&children.need(Rule::name)),
        };
        let args = children.next_if(Rule::args);
        let on = children
            .next_if(Rule::on_clause)
            .map(|on| on.children().need(Rule::ref_word));
        GateUse {
            name,
            value,
            args: self.args(args),
            on: on.map(|on| self.text_of(&on)),
            span: node.span(),
        }
    }

    fn gate_step(&mut self, s: &Statement) -> Option<StepKind> {
        let part = &s.parts[0];
        let Some(block) = &part.block else {
            let gate = self.plain(s, Rule::gate_step)?.need(Rule::gate_use);
            return Some(StepKind::Gate(self.gate_use(&gate)));
        };
        let mut nodes = self.head(part, Rule::inline_gate_step)?;
        let name = nodes.need(Rule::name);
        let args = nodes.next_if(Rule::args).map(|args| args.span());
        let title = nodes.next_if(Rule::title).map(|title| self.text_of(&title));
        let on = nodes
            .next_if(Rule::on_clause)
            .map(|on| on.children().need(Rule::ref_word));
        let on = on.map(|on| self.text_of(&on));
        self.no_else(s);
        Some(StepKind::InlineGate {
            name: self.ident(&name),
            args,
            title,
            on,
            body: self.gate_body(block),
        })
    }

    fn outside(&mut self, s: &Statement, first: &str) -> Option<StepKind> {
        let part = &s.parts[0];
        let rule = match first {
            "deploy" => Rule::deploy_step,
            "shift" => Rule::shift_step,
            "backup" => Rule::backup_step,
            "restore" => Rule::restore_step,
            _ => Rule::command_step,
        };
        let nodes = self.head(part, rule)?;
        let mut refs = self.refs(&nodes);
        self.no_else(s);
        let options = self.command_options(part.block.as_ref());
        Some(match first {
            "deploy" => {
                let [source, to] = refs.try_into().ok()?;
                StepKind::Deploy { source, to, options }
            }
            "shift" => {
                let weight = nodes.clone().need(Rule::atom);
                StepKind::Shift {
                    weight: self.expr(&weight),
                    to: refs.pop()?,
                    options,
                }
            }
            "backup" => StepKind::Backup {
                environment: refs.pop()?,
                options,
            },
            "restore" => StepKind::Restore {
                environment: refs.pop()?,
                options,
            },
            _ => {
                let command = nodes.clone().need(Rule::command);
                let on = nodes.clone().find(|node| node.rule() == Rule::on_clause);
                let on = on.map(|on| on.children().need(Rule::ref_word));
                let on = on.map(|on| self.text_of(&on));
                StepKind::Command {
                    command: self.command(&command),
                    on,
                    options,
                }
            }
        })
    }

    fn waiting(&mut self, s: &Statement, first: &str) -> Option<StepKind> {
        let part = &s.parts[0];
        Some(match first {
            "soak" => {
                let duration = self.head(part, Rule::soak_step)?.need(Rule::atom);
                let duration = self.expr(&duration);
                let block = self.needed_block(part)?;
                self.no_else(s);
                StepKind::Soak {
                    duration,
                    entries: self.soak_entries(block),
                }
            }
            "wait" => {
                let mut nodes = self.plain(s, Rule::wait_step)?;
                let gate = nodes.need(Rule::gate_use);
                let every = nodes.need(Rule::every_clause).only_atom();
                let timeout = nodes.need(Rule::timeout_clause).only_atom();
                let gate = self.gate_use(&gate);
                StepKind::Wait {
                    gate,
                    every: self.expr(&every),
                    timeout: self.expr(&timeout),
                }
            }
            _ => {
                let mut nodes = self.plain(s, Rule::notify_step)?;
                let (channel, message) = (nodes.need(Rule::name), nodes.need(Rule::string));
                StepKind::Notify {
                    channel: self.ident(&channel),
                    message: self.text_of(&message),
                }
            }
        })
    }

    fn nested(&mut self, s: &Statement, first: &str, inside: Context) -> Option<StepKind> {
        let part = &s.parts[0];
        Some(match first {
            "try" => {
                let nodes = self.head(part, Rule::try_step)?;
                let [branch, from] = self.pair(&nodes)?;
                let block = self.needed_block(part)?;
                self.no_else(s);
                StepKind::Try {
                    branch,
                    from,
                    steps: self.steps(block, Context::Steps),
                }
            }
            "when" => {
                let condition = self.head(part, Rule::when_step)?.need(Rule::expr);
                let condition = self.expr(&condition);
                let then = self.needed_block(part)?;
                let then = self.steps(then, inside);
                let otherwise = self.else_block(s)?.map(|block| self.steps(block, inside));
                StepKind::When {
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
                StepKind::For {
                    variable: self.ident(&variable),
                    list,
                    steps: self.steps(block, inside),
                }
            }
            "do" => {
                let mut nodes = self.plain(s, Rule::do_step)?;
                let template = nodes.need(Rule::name);
                let args = nodes.next_if(Rule::args);
                StepKind::Do {
                    template: self.ident(&template),
                    args: self.args(args),
                }
            }
            _ => {
                let span = self.span(part.head.clone());
                let diagnostic = Diagnostic::new(
                    Code::Misplaced,
                    span,
                    format!("`{first}` does not stand inside another step"),
                )
                .here("belongs to the phase itself")
                .help("a phase has one rollback, as its last statement");
                self.report(diagnostic);
                return None;
            }
        })
    }
}
