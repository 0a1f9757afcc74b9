//! The plan's header, and the declarations that are no phases.

use indexmap::IndexMap;

use super::phase::Checker;
use super::scope::Bound;
use super::words::Allowed;
use crate::check::{CheckoutSetup, Command, DeployMethod, Environment};
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{self, EnvironmentEntry, PlanEntry};

/// What stands before the phases.
#[derive(Default)]
pub(super) struct Header {
    pub(super) title: String,
    pub(super) docs: Vec<String>,
    pub(super) owner: Option<String>,
    pub(super) contact: Option<String>,
    pub(super) remote: String,
    pub(super) checkout: CheckoutSetup,
    pub(super) protected: Vec<String>,
    pub(super) channels: IndexMap<String, Command>,
}

impl Checker<'_> {
    pub(super) fn header(&mut self) -> Header {
        let mut header = Header {
            remote: "origin".into(),
            ..Header::default()
        };
        if let Some((plan, item)) = self.declared.plan {
            header.docs.clone_from(&item.docs);
            header.title = self
                .string(&plan.title, Allowed::NONE)
                .map(|(title, _)| title)
                .unwrap_or_default();
            for entry in &plan.entries {
                self.plan_entry(&mut header, &entry.kind);
            }
        }
        let protected = self.declared.protected.clone();
        header.protected = protected.into_iter().filter_map(|glob| self.glob(glob)).collect();
        self.all_environments();
        let channels: Vec<_> = self.declared.channels.values().copied().collect();
        for (channel, _) in channels {
            if let Some(command) = self.channel(channel) {
                header.channels.insert(channel.name.name.clone(), command);
            }
        }
        header
    }

    fn plan_entry(&mut self, header: &mut Header, entry: &PlanEntry) {
        match entry {
            PlanEntry::Owner { value } => {
                header.owner = self.string(value, Allowed::NONE).map(|(text, _)| text);
            }
            PlanEntry::Contact { value } => {
                header.contact = self.string(value, Allowed::NONE).map(|(text, _)| text);
            }
            PlanEntry::Remote { value } => {
                if let Some(name) = self.reference(value) {
                    header.remote = name.to_string();
                }
            }
            PlanEntry::Setup { command } => header
                .checkout
                .setup
                .extend(self.command(command, Allowed::COMMAND)),
            PlanEntry::Link { path } => header.checkout.links.extend(self.path_text(path)),
            PlanEntry::Error => {}
        }
    }

    fn channel(&mut self, channel: &ast::Channel) -> Option<Command> {
        match channel.commands.as_slice() {
            [only] => self.command(only, Allowed::CHANNEL),
            [] => {
                let diagnostic = Diagnostic::new(
                    Code::MissingProperty,
                    channel.name.span,
                    format!("channel `{}` does not say how", channel.name.name),
                )
                .here("no command in its block")
                .help("write `run \"scripts/slack.sh '#releases' $message\"` in it");
                self.report.add(diagnostic);
                None
            }
            [first, second, ..] => {
                let diagnostic = Diagnostic::new(
                    Code::DuplicateProperty,
                    second.span,
                    "a channel has one command, and this is the second",
                )
                .here("again")
                .label(first.span, "the first one");
                self.report.add(diagnostic);
                None
            }
        }
    }

    fn all_environments(&mut self) {
        let declared: Vec<_> = self.declared.environments.values().copied().collect();
        for (environment, _) in declared {
            let built = self.environment(environment);
            self.environments.insert(built.name.clone(), built);
        }
    }

    fn environment(&mut self, environment: &ast::Environment) -> Environment {
        let mut built = Environment {
            name: environment.name.name.clone(),
            deploy: None,
            shift: None,
            current: None,
            backup: None,
            restore: None,
            span: environment.name.span,
        };
        let mut seen: IndexMap<&str, crate::text::Span> = IndexMap::new();
        for entry in &environment.entries {
            let (key, command) = match &entry.kind {
                EnvironmentEntry::Deploy { command } => ("deploy", Some((command, Allowed::DEPLOY))),
                EnvironmentEntry::Shift { command } => ("shift", Some((command, Allowed::SHIFT))),
                EnvironmentEntry::Current { command } => ("current", Some((command, Allowed::LIVE))),
                EnvironmentEntry::Backup { command } => ("backup", Some((command, Allowed::LIVE))),
                EnvironmentEntry::Restore { command } => ("restore", Some((command, Allowed::LIVE))),
                EnvironmentEntry::Branch { .. } => ("branch", None),
                EnvironmentEntry::Error => continue,
            };
            let clash = if key == "branch" {
                "deploy"
            } else if key == "deploy" {
                "branch"
            } else {
                key
            };
            if let Some(first) = seen.get(key).or_else(|| seen.get(clash)) {
                let diagnostic = Diagnostic::new(
                    Code::DuplicateProperty,
                    entry.span,
                    format!("environment `{}` says twice how: {key}", built.name),
                )
                .here("again")
                .label(*first, "said here")
                .help("an environment is deployed to by one command, or by pushing one branch");
                self.report.add(diagnostic);
                continue;
            }
            seen.insert(key, entry.span);
            if let EnvironmentEntry::Branch { name } = &entry.kind {
                built.deploy = self.reference(name).map(DeployMethod::Branch);
                continue;
            }
            let Some((command, allowed)) = command else {
                continue;
            };
            let command = self.command(command, allowed);
            match key {
                "deploy" => built.deploy = command.map(DeployMethod::Command),
                "shift" => built.shift = command,
                "current" => built.current = command,
                "backup" => built.backup = command,
                _ => built.restore = command,
            }
        }
        built
    }

    /// Declarations are checked where they stand, whether something uses them or not.
    pub(super) fn declarations(&mut self) {
        let windows: Vec<_> = self.declared.windows.values().copied().collect();
        for (window, _) in windows {
            self.unsupported(
                window.name.span,
                "`window`",
                "hold a phase back with `not before \"2026-12-01 09:00 UTC\"` instead",
            );
        }
        let gates: Vec<_> = self.declared.gates.values().copied().collect();
        for (gate, _) in gates {
            let bound = self.parameters(&gate.params);
            self.scopes.push(bound, true);
            self.gate_parts_for_check(&gate.body);
            self.unused();
        }
        let templates: Vec<_> = self.declared.templates.values().copied().collect();
        for (template, _) in templates {
            let bound = self.parameters(&template.params);
            self.scopes.push(bound, true);
            self.expanding.push(template.name.name.clone());
            let (written, steps) = (self.last_written.take(), self.next_step);
            // What the template's user has written before is a subject too: any will do here.
            self.last_written = Some(crate::check::Source {
                text: "HEAD".into(),
                span: template.name.span,
            });
            self.steps(&template.steps);
            (self.last_written, self.next_step) = (written, steps);
            self.expanding.pop();
            self.unused();
        }
        self.deployed.clear();
        self.last_deployed.clear();
    }

    /// Parameters without values, for a definition that is checked for itself.
    fn parameters(&mut self, params: &[ast::Param]) -> std::collections::BTreeMap<String, Bound> {
        let mut bound = std::collections::BTreeMap::new();
        for param in params {
            let ty = self.type_of(&param.ty);
            if let (Some(ty), Some(default)) = (&ty, &param.default) {
                self.want(default, ty);
            }
            let entry = Bound {
                ty,
                value: None,
                span: param.name.span,
                kind: "argument",
                used: false,
            };
            bound.insert(param.name.name.clone(), entry);
        }
        bound
    }

    /// Leaves a scope and reports the arguments that nothing in it used.
    fn unused(&mut self) {
        for (name, bound) in self.scopes.pop() {
            self.unused_name(&name, bound.kind, bound.span);
        }
    }
}
