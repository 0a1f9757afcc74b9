//! Declarations.

use super::ast::{
    Channel, Environment, EnvironmentEntry, GateDecl, Item, ItemKind, Let, Phase, PhaseProperty, PlanEntry,
    PlanHeader, Rollback, RollbackKind, Step, StepKind, Template, Use, UseTarget, Window, WindowEntry,
};
use super::context::Context;
use super::grammar::Rule;
use super::outline::{Block, Statement};
use super::parser::Parser;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::Entry;

impl Parser<'_> {
    pub(super) fn item(&mut self, statement: &Statement) -> Item {
        let known = self.known(statement, Context::Top);
        let (first, _) = self.words(&statement.parts[0]);
        let kind = if known {
            self.item_kind(statement, first)
        } else {
            None
        };
        if kind.is_none() && (known || statement.faulty) {
            self.inside(statement, first);
        }
        let span = self.span(statement.range());
        Item {
            docs: statement.docs.clone(),
            kind: kind.unwrap_or(ItemKind::Error),
            span,
        }
    }

    /// Looks for mistakes inside the block of a declaration whose own head is faulty.
    fn inside(&mut self, statement: &Statement, first: &str) {
        let Some(block) = &statement.parts[0].block else {
            return;
        };
        match first {
            "phase" => drop(self.phase_body(block)),
            "template" => drop(self.steps(block, Context::Steps)),
            "gate" => drop(self.gate_body(block)),
            _ => {}
        }
    }

    fn item_kind(&mut self, statement: &Statement, first: &str) -> Option<ItemKind> {
        if statement.faulty {
            return None;
        }
        Some(match first {
            "plan" => self.plan(statement)?,
            "use" => self.use_item(statement)?,
            "param" => {
                let node = self.plain(statement, Rule::param_head)?.need(Rule::parameter);
                ItemKind::Param(self.parameter(&node))
            }
            "let" => {
                let mut nodes = self.plain(statement, Rule::let_head)?;
                let name = nodes.need(Rule::member_name);
                let value = nodes.need(Rule::expr);
                ItemKind::Let(Let {
                    name: self.ident(&name),
                    value: self.expr(&value),
                })
            }
            "secret" => {
                let name = self.plain(statement, Rule::secret_head)?.need(Rule::name);
                ItemKind::Secret {
                    name: self.ident(&name),
                }
            }
            "protect" => {
                let nodes = self.plain(statement, Rule::protect_head)?;
                let refs = nodes
                    .filter(|node| node.rule() == Rule::glob_text)
                    .collect::<Vec<_>>();
                ItemKind::Protect {
                    refs: refs.iter().map(|node| self.text_of(node)).collect(),
                }
            }
            "environment" => self.environment(statement)?,
            "channel" => self.channel(statement)?,
            "window" => self.window(statement)?,
            "gate" => self.gate(statement)?,
            "template" => self.template(statement)?,
            _ => self.phase(statement)?,
        })
    }

    fn plan(&mut self, statement: &Statement) -> Option<ItemKind> {
        let part = &statement.parts[0];
        let title = self.head(part, Rule::plan_head)?.need(Rule::title);
        let title = self.text_of(&title);
        self.no_else(statement);
        let entries = self.entries(
            part.block.as_ref(),
            Context::Plan,
            || PlanEntry::Error,
            |p, s, first| {
                Some(match first {
                    "owner" => PlanEntry::Owner {
                        value: p.string_of(s, Rule::owner_entry)?,
                    },
                    "contact" => PlanEntry::Contact {
                        value: p.string_of(s, Rule::contact_entry)?,
                    },
                    "remote" => {
                        let node = p.plain(s, Rule::remote_entry)?.need(Rule::text);
                        PlanEntry::Remote {
                            value: p.text_of(&node),
                        }
                    }
                    "setup" => PlanEntry::Setup {
                        command: p.command_of(s, Rule::setup_entry)?,
                    },
                    _ => {
                        let node = p.plain(s, Rule::link_entry)?.need(Rule::text);
                        PlanEntry::Link {
                            path: p.text_of(&node),
                        }
                    }
                })
            },
        );
        Some(ItemKind::Plan(PlanHeader { title, entries }))
    }

    fn use_item(&mut self, statement: &Statement) -> Option<ItemKind> {
        let mut nodes = self.plain(statement, Rule::use_head)?;
        nodes.next_if(Rule::kw_use);
        let node = nodes.next()?;
        let target = if node.rule() == Rule::use_std {
            let name = node.children().need(Rule::std_name);
            UseTarget::Std {
                name: self.ident(&name),
            }
        } else {
            UseTarget::Path {
                path: self.text_of(&node),
            }
        };
        Some(ItemKind::Use(Use { target }))
    }

    fn environment(&mut self, statement: &Statement) -> Option<ItemKind> {
        let part = &statement.parts[0];
        let name = self.head(part, Rule::environment_head)?.need(Rule::name);
        let block = self.needed_block(part)?;
        self.no_else(statement);
        let entries = self.entries(
            Some(block),
            Context::Environment,
            || EnvironmentEntry::Error,
            |p, s, first| {
                Some(match first {
                    "deploy" => EnvironmentEntry::Deploy {
                        command: p.command_of(s, Rule::deploy_entry)?,
                    },
                    "shift" => EnvironmentEntry::Shift {
                        command: p.command_of(s, Rule::shift_entry)?,
                    },
                    "current" => EnvironmentEntry::Current {
                        command: p.command_of(s, Rule::current_entry)?,
                    },
                    "backup" => EnvironmentEntry::Backup {
                        command: p.command_of(s, Rule::backup_entry)?,
                    },
                    "restore" => EnvironmentEntry::Restore {
                        command: p.command_of(s, Rule::restore_entry)?,
                    },
                    _ => {
                        let node = p.plain(s, Rule::branch_entry)?.need(Rule::text);
                        EnvironmentEntry::Branch {
                            name: p.text_of(&node),
                        }
                    }
                })
            },
        );
        Some(ItemKind::Environment(Environment {
            name: self.ident(&name),
            entries,
        }))
    }

    fn channel(&mut self, statement: &Statement) -> Option<ItemKind> {
        let part = &statement.parts[0];
        let name = self.head(part, Rule::channel_head)?.need(Rule::name);
        let block = self.needed_block(part)?;
        self.no_else(statement);
        let mut commands = Vec::new();
        for inner in &block.statements {
            if self.known(inner, Context::Channel) && !inner.faulty {
                commands.extend(self.command_of(inner, Rule::command_entry));
            }
        }
        Some(ItemKind::Channel(Channel {
            name: self.ident(&name),
            commands,
        }))
    }

    fn window(&mut self, statement: &Statement) -> Option<ItemKind> {
        let part = &statement.parts[0];
        let name = self.head(part, Rule::window_head)?.need(Rule::name);
        let block = self.needed_block(part)?;
        self.no_else(statement);
        let entries = self.entries(
            Some(block),
            Context::Window,
            || WindowEntry::Error,
            |p, s, first| {
                Some(match first {
                    "days" => {
                        let nodes = p.plain(s, Rule::days_entry)?;
                        let days = nodes
                            .filter(|node| node.rule() == Rule::name)
                            .map(|node| p.ident(&node))
                            .collect();
                        WindowEntry::Days { days }
                    }
                    "hours" => {
                        let nodes = p.plain(s, Rule::hours_entry)?;
                        let hours = nodes
                            .filter(|node| node.rule() == Rule::clock_range)
                            .map(|node| p.ident(&node))
                            .collect();
                        WindowEntry::Hours { hours }
                    }
                    _ => WindowEntry::Zone {
                        zone: p.string_of(s, Rule::zone_entry)?,
                    },
                })
            },
        );
        Some(ItemKind::Window(Window {
            name: self.ident(&name),
            entries,
        }))
    }

    fn gate(&mut self, statement: &Statement) -> Option<ItemKind> {
        let part = &statement.parts[0];
        let mut nodes = self.head(part, Rule::gate_head)?;
        let name = nodes.need(Rule::name);
        let params = nodes.next_if(Rule::parameters);
        let title = nodes.next_if(Rule::title).map(|title| self.text_of(&title));
        let params = self.parameters(params);
        let block = self.needed_block(part)?;
        self.no_else(statement);
        let body = self.gate_body(block);
        Some(ItemKind::Gate(GateDecl {
            name: self.ident(&name),
            params,
            title,
            body,
        }))
    }

    fn template(&mut self, statement: &Statement) -> Option<ItemKind> {
        let part = &statement.parts[0];
        let mut nodes = self.head(part, Rule::template_head)?;
        let name = nodes.need(Rule::name);
        let params = nodes.next_if(Rule::parameters);
        let params = self.parameters(params);
        let block = self.needed_block(part)?;
        self.no_else(statement);
        let steps = self.steps(block, Context::Steps);
        Some(ItemKind::Template(Template {
            name: self.ident(&name),
            params,
            steps,
        }))
    }

    fn phase(&mut self, statement: &Statement) -> Option<ItemKind> {
        let part = &statement.parts[0];
        let mut nodes = self.head(part, Rule::phase_head)?;
        let name = nodes.need(Rule::name);
        let title = nodes.next_if(Rule::title).map(|title| self.text_of(&title));
        let after = nodes.next_if(Rule::after_clause);
        let after = after
            .into_iter()
            .flat_map(|after| after.children())
            .filter(|node| node.rule() == Rule::name);
        let after = after.map(|node| self.ident(&node)).collect();
        let when = nodes
            .next_if(Rule::when_clause)
            .map(|when| when.children().need(Rule::expr));
        let when = when.map(|when| self.expr(&when));
        let block = self.needed_block(part)?;
        self.no_else(statement);
        let (properties, steps, rollbacks) = self.phase_body(block);
        Some(ItemKind::Phase(Phase {
            name: self.ident(&name),
            title,
            after,
            when,
            properties,
            steps,
            rollbacks,
        }))
    }

    /// Properties, then steps, then the rollback: in this order, and each where it belongs.
    fn phase_body(&mut self, block: &Block) -> (Vec<Entry<PhaseProperty>>, Vec<Step>, Vec<Rollback>) {
        let (mut properties, mut steps, mut rollbacks) =
            (Vec::new(), Vec::<Step>::new(), Vec::<Rollback>::new());
        for statement in &block.statements {
            let span = self.span(statement.range());
            if !self.known(statement, Context::Phase) {
                steps.push(Step {
                    docs: statement.docs.clone(),
                    kind: StepKind::Error,
                    span,
                });
                continue;
            }
            let (first, second) = self.words(&statement.parts[0]);
            let head = self.span(statement.parts[0].head.clone());
            if is_property(first) {
                if let Some(step) = steps.first() {
                    let diagnostic = Diagnostic::new(
                        Code::Misplaced,
                        head,
                        format!("`{first}` stands after the first step"),
                    )
                    .here("a property of the whole phase")
                    .label(step.span.before().to(step.span), "the first step")
                    .help("move it to the top of the phase: properties come before steps");
                    self.report(diagnostic);
                }
                let kind = self.property(statement, first).unwrap_or(PhaseProperty::Error);
                properties.push(Entry { kind, span });
            } else if first == "rollback" {
                let kind = self.rollback(statement, second).unwrap_or(RollbackKind::Error);
                rollbacks.push(Rollback { kind, span });
            } else {
                if let Some(rollback) = rollbacks.first() {
                    let diagnostic =
                        Diagnostic::new(Code::Misplaced, head, "a step stands after the rollback")
                            .here("this would run before the phase is done, but stands after its way back")
                            .label(rollback.span, "the rollback is the last statement of a phase")
                            .help("move the step above `rollback`");
                    self.report(diagnostic);
                }
                steps.push(self.step(statement, Context::Phase));
            }
        }
        (properties, steps, rollbacks)
    }

    fn property(&mut self, statement: &Statement, first: &str) -> Option<PhaseProperty> {
        if statement.faulty {
            return None;
        }
        Some(match first {
            "touches" => {
                let nodes = self.plain(statement, Rule::touches_entry)?;
                let globs = nodes
                    .filter(|node| node.rule() == Rule::glob_text)
                    .collect::<Vec<_>>();
                PhaseProperty::Touches {
                    globs: globs.iter().map(|node| self.text_of(node)).collect(),
                }
            }
            "owner" => PhaseProperty::Owner {
                value: self.string_of(statement, Rule::owner_entry)?,
            },
            "estimate" => {
                let node = self.plain(statement, Rule::estimate_entry)?.need(Rule::atom);
                PhaseProperty::Estimate {
                    value: self.expr(&node),
                }
            }
            "within" => {
                let node = self.plain(statement, Rule::within_entry)?.need(Rule::name);
                PhaseProperty::Within {
                    window: self.ident(&node),
                }
            }
            "not" => PhaseProperty::NotBefore {
                when: self.string_of(statement, Rule::not_before_entry)?,
            },
            _ => {
                let nodes = self.plain(statement, Rule::on_failure_entry)?;
                PhaseProperty::OnFailure {
                    hold: nodes.has(Rule::kw_hold).is_some(),
                }
            }
        })
    }

    fn rollback(&mut self, statement: &Statement, second: &str) -> Option<RollbackKind> {
        if statement.faulty {
            return None;
        }
        let part = &statement.parts[0];
        Some(match second {
            "revert" => {
                self.plain(statement, Rule::rollback_revert)?;
                RollbackKind::Revert
            }
            "reset" => {
                let nodes = self.plain(statement, Rule::rollback_reset)?;
                RollbackKind::Reset {
                    force: nodes.has(Rule::kw_force).is_some(),
                }
            }
            "undo" => {
                self.plain(statement, Rule::rollback_undo)?;
                RollbackKind::Undo
            }
            "none" => {
                let text = self.plain(statement, Rule::rollback_none)?.need(Rule::string);
                RollbackKind::None {
                    because: self.text_of(&text),
                }
            }
            _ if part.block.is_some() => {
                self.head(part, Rule::rollback_block)?;
                self.no_else(statement);
                let block = part.block.as_ref()?;
                RollbackKind::Steps {
                    steps: self.steps(block, Context::Rollback),
                }
            }
            _ => {
                let span = self.span(part.head.clone());
                let diagnostic = Diagnostic::new(Code::SyntaxError, span, "`rollback` does not say how")
                    .here("wanted: `revert`, `reset`, `undo`, `none because \"...\"` or a block of steps")
                    .help("`rollback revert` takes back exactly what the phase changed, with new commits");
                self.report(diagnostic);
                return None;
            }
        })
    }
}

/// Properties and steps share no first word but `not` and `on`, which start no step.
fn is_property(first: &str) -> bool {
    matches!(first, "touches" | "owner" | "estimate" | "within" | "not" | "on")
}
