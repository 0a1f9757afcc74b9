//! Declarations.

use super::{Builder, Judged};
use crate::syntax::ast::{
    Channel, Command, Entry, Environment, EnvironmentEntry, GateBody, GateDecl, Item, ItemKind, Let,
    PlanEntry, PlanHeader, Template, Use, UseTarget, Window, WindowEntry,
};
use crate::syntax::grammar::{Nodes, Rule};
use crate::syntax::outline::{Body, Statement};
use crate::syntax::words::Block;

impl<'a> Builder<'a> {
    /// A top-level statement.
    pub(super) fn item(&mut self, statement: &Statement) -> Item {
        let (docs, kind) = match self.judge(Block::File, statement) {
            Some(judged) => (self.docs(statement), self.item_kind(judged, statement)),
            None => (Vec::new(), ItemKind::Error),
        };
        Item {
            docs,
            kind,
            span: self.statement_span(statement),
        }
    }

    fn item_kind(&mut self, judged: Judged<'a>, statement: &Statement) -> ItemKind {
        let mut nodes = judged.nodes;
        let body = statement.body.as_ref();
        match judged.rule {
            Rule::plan => {
                let title = self.text(nodes.want(Rule::prose));
                let entries = self.plan_entries(body);
                ItemKind::Plan(PlanHeader { title, entries })
            }
            Rule::use_decl => ItemKind::Use(self.use_decl(nodes)),
            Rule::param => ItemKind::Param(self.param(nodes.want(Rule::parameter))),
            Rule::let_decl => ItemKind::Let(Let {
                name: self.ident(&nodes.want(Rule::name)),
                value: self.expr(nodes.want(Rule::expr)),
            }),
            Rule::secret => ItemKind::Secret {
                name: self.ident(&nodes.want(Rule::name)),
            },
            Rule::protect => ItemKind::Protect {
                refs: nodes.all(Rule::glob).map(|glob| self.text(glob)).collect(),
            },
            Rule::environment => ItemKind::Environment(Environment {
                name: self.ident(&nodes.want(Rule::name)),
                entries: self.environment_entries(body),
            }),
            Rule::channel => ItemKind::Channel(Channel {
                name: self.ident(&nodes.want(Rule::name)),
                commands: self.channel_commands(body),
            }),
            Rule::window => ItemKind::Window(Window {
                name: self.ident(&nodes.want(Rule::name)),
                entries: self.window_entries(body),
            }),
            Rule::gate_decl => {
                let name = self.ident(&nodes.want(Rule::name));
                let params = nodes.maybe(Rule::params);
                let params = self.params(params);
                let title = nodes.maybe(Rule::title).map(|title| self.text(title));
                ItemKind::Gate(GateDecl {
                    name,
                    params,
                    title,
                    body: self.gate_body(body),
                })
            }
            Rule::template => {
                let name = self.ident(&nodes.want(Rule::name));
                let params = nodes.maybe(Rule::params);
                ItemKind::Template(Template {
                    name,
                    params: self.params(params),
                    steps: self.steps(Block::Steps, body),
                })
            }
            _ => ItemKind::Phase(self.phase(nodes, body)),
        }
    }

    fn use_decl(&mut self, mut nodes: Nodes<'a>) -> Use {
        nodes.want(Rule::kw_use);
        let target = nodes.next().expect("BUG: `use` has a target");
        let target = if target.as_rule() == Rule::std_module {
            let name = Nodes::of(target).want(Rule::name);
            UseTarget::Std {
                name: self.ident(&name),
            }
        } else {
            UseTarget::Path {
                path: self.text(target),
            }
        };
        Use { target }
    }

    pub(super) fn gate_body(&mut self, body: Option<&Body>) -> GateBody {
        let span = body.map_or_else(|| self.span_of(0..0), |body| self.span_of(body.range.clone()));
        GateBody {
            entries: self.gate_entries(body),
            span,
        }
    }

    pub(super) fn plan_entries(&mut self, body: Option<&Body>) -> Vec<Entry<PlanEntry>> {
        self.entries(
            Block::Plan,
            body,
            || PlanEntry::Error,
            |builder, judged, _| {
                let mut nodes = judged.nodes;
                match judged.rule {
                    Rule::owner => PlanEntry::Owner {
                        value: builder.text(nodes.want(Rule::prose)),
                    },
                    Rule::contact => PlanEntry::Contact {
                        value: builder.text(nodes.want(Rule::prose)),
                    },
                    Rule::remote => PlanEntry::Remote {
                        value: builder.text(nodes.want(Rule::reference)),
                    },
                    Rule::setup => PlanEntry::Setup {
                        command: builder.command(nodes.want(Rule::command)),
                    },
                    _ => PlanEntry::Link {
                        path: builder.text(nodes.want(Rule::path)),
                    },
                }
            },
        )
    }

    pub(super) fn environment_entries(&mut self, body: Option<&Body>) -> Vec<Entry<EnvironmentEntry>> {
        self.entries(
            Block::Environment,
            body,
            || EnvironmentEntry::Error,
            |builder, judged, _| {
                let mut nodes = judged.nodes;
                if judged.rule == Rule::env_branch {
                    return EnvironmentEntry::Branch {
                        name: builder.text(nodes.want(Rule::reference)),
                    };
                }
                let command = builder.command(nodes.want(Rule::command));
                match judged.rule {
                    Rule::env_deploy => EnvironmentEntry::Deploy { command },
                    Rule::env_shift => EnvironmentEntry::Shift { command },
                    Rule::env_current => EnvironmentEntry::Current { command },
                    Rule::env_backup => EnvironmentEntry::Backup { command },
                    _ => EnvironmentEntry::Restore { command },
                }
            },
        )
    }

    pub(super) fn channel_commands(&mut self, body: Option<&Body>) -> Vec<Command> {
        let entries = self.entries(
            Block::Channel,
            body,
            || None,
            |builder, judged, _| {
                let mut nodes = judged.nodes;
                Some(builder.command(nodes.want(Rule::command)))
            },
        );
        entries.into_iter().filter_map(|entry| entry.kind).collect()
    }

    pub(super) fn window_entries(&mut self, body: Option<&Body>) -> Vec<Entry<WindowEntry>> {
        self.entries(
            Block::Window,
            body,
            || WindowEntry::Error,
            |builder, judged, _| {
                let mut nodes = judged.nodes;
                match judged.rule {
                    Rule::days => WindowEntry::Days {
                        days: nodes.all(Rule::days_range).map(|d| builder.ident(&d)).collect(),
                    },
                    Rule::hours => WindowEntry::Hours {
                        hours: nodes.all(Rule::hours_range).map(|h| builder.ident(&h)).collect(),
                    },
                    _ => WindowEntry::Zone {
                        zone: builder.text(nodes.want(Rule::prose)),
                    },
                }
            },
        )
    }
}
