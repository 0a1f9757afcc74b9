//! The checker itself: its state, and phases from their declaration to the plan.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use super::load::Loaded;
use super::names::Declared;
use super::plan::PlanData;
use super::report::Report;
use super::scope::{Bound, Scopes};
use super::words::Allowed;
use super::{Input, MissingParam};
use crate::check::{Environment, Phase, Plan, Rollback, Source, Step, StepId};
use crate::diag::{Code, Diagnostic};
use crate::model::{Type, Value};
use crate::syntax::ast::{self, PhaseProperty, RollbackKind};
use crate::text::Span;

/// The checker of one plan.
pub(super) struct Checker<'p> {
    pub(super) input: &'p Input<'p>,
    pub(super) loaded: &'p Loaded,
    pub(super) declared: Declared<'p>,
    pub(super) report: Report,
    pub(super) scopes: Scopes,
    pub(super) missing: Vec<MissingParam>,
    pub(super) environments: IndexMap<String, Environment>,
    pub(super) used_gates: BTreeSet<String>,
    /// The branch that the phase last wrote: what a gate without a subject checks.
    pub(super) last_written: Option<Source>,
    /// Inside a `try` nothing acts outside.
    pub(super) in_try: Option<Span>,
    pub(super) in_rollback: bool,
    /// Templates that are being expanded.
    pub(super) expanding: Vec<String>,
    /// Environments that this plan has deployed to so far.
    pub(super) deployed: BTreeSet<String>,
    pub(super) last_deployed: std::collections::BTreeMap<String, Source>,
    pub(super) remotes: Vec<String>,
    /// Tags that the plan has made so far.
    pub(super) tags: BTreeSet<String>,
    pub(super) next_step: u32,
    wanted: BTreeSet<String>,
}

/// What a check comes to.
pub(super) struct Outcome {
    pub(super) plan: Option<Plan>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) missing: Vec<MissingParam>,
}

impl<'p> Checker<'p> {
    pub(super) fn new(
        input: &'p Input<'p>,
        loaded: &'p Loaded,
        declared: Declared<'p>,
        report: Report,
    ) -> Self {
        Self {
            input,
            loaded,
            declared,
            report,
            scopes: Scopes::default(),
            missing: Vec::new(),
            environments: IndexMap::new(),
            used_gates: BTreeSet::new(),
            last_written: None,
            in_try: None,
            in_rollback: false,
            expanding: Vec::new(),
            deployed: BTreeSet::new(),
            last_deployed: std::collections::BTreeMap::new(),
            remotes: Vec::new(),
            tags: BTreeSet::new(),
            next_step: 0,
            wanted: BTreeSet::new(),
        }
    }

    pub(super) fn run(mut self) -> Outcome {
        self.globals();
        let header = self.header();
        self.declarations();
        let phases = self.phases();
        let order = self.order(&phases);
        self.lints(&phases);
        let sound = self.report.errors() == 0 && self.missing.is_empty();
        let plan = (sound && !self.loaded.is_library).then(|| self.assemble(header, phases, &order));
        Outcome {
            plan,
            diagnostics: self.report.finish(),
            missing: self.missing,
        }
    }

    /// Params with their values for this run, then lets, each in the order of the text.
    fn globals(&mut self) {
        let params: Vec<_> = self.declared.params.values().copied().collect();
        for (param, item) in params {
            let ty = self.type_of(&param.ty);
            let set = self
                .input
                .set
                .iter()
                .rev()
                .find(|(name, _)| *name == param.name.name)
                .map(|(_, value)| value.clone());
            let default = match (&param.default, &ty) {
                (Some(default), Some(ty)) => self.want(default, ty),
                _ => None,
            };
            let value = match (&set, &ty) {
                (Some(text), Some(ty)) => {
                    self.wanted.insert(param.name.name.clone());
                    self.set_value(text, ty, param.name.span)
                }
                _ => default.and_then(|typed| typed.value),
            };
            if let (None, None, Some(ty)) = (&set, &param.default, &ty) {
                self.missing.push(MissingParam {
                    name: param.name.name.clone(),
                    ty: ty.clone(),
                    docs: item.docs.clone(),
                    span: param.span,
                });
            }
            let bound = Bound {
                ty,
                value,
                span: param.name.span,
                kind: "param",
                used: false,
            };
            self.scopes.global(&param.name.name, bound);
        }
        let lets: Vec<_> = self.declared.lets.values().copied().collect();
        for (value, _) in lets {
            let typed = self.eval(&value.value, None);
            let (ty, known) = typed.map_or((None, None), |typed| (Some(typed.ty), typed.value));
            let bound = Bound {
                ty,
                value: known,
                span: value.name.span,
                kind: "let",
                used: false,
            };
            self.scopes.global(&value.name.name, bound);
        }
        self.unknown_params();
    }

    fn unknown_params(&mut self) {
        let wrong: Vec<String> = self
            .input
            .set
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| !self.declared.params.contains_key(name.as_str()))
            .collect();
        for name in wrong {
            let file = self.loaded.files[0].span;
            let span = Span {
                end: file.start,
                ..file
            };
            let known: Vec<&str> = self.declared.params.keys().copied().collect();
            let mut diagnostic = Diagnostic::new(
                Code::UnknownParam,
                span,
                format!("`--set {name}=...` names no param of this plan"),
            )
            .help(match known.as_slice() {
                [] => "the plan has no params".to_owned(),
                known => format!("the params are {}", super::suggest::listed(known.iter().copied())),
            });
            if let Some(better) = self.did_you_mean(&name, &known) {
                diagnostic = diagnostic.here(format!("did you mean `{better}`?"));
            }
            self.report.add(diagnostic);
        }
    }

    fn set_value(&mut self, text: &str, ty: &Type, span: Span) -> Option<Value> {
        let Type::List(of) = ty else {
            return self.read(text, ty, span)?.value;
        };
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let values = items
            .map(|item| self.read(item, of, span).and_then(|typed| typed.value))
            .collect::<Option<Vec<_>>>();
        values.map(Value::List)
    }

    fn phases(&mut self) -> Vec<Phase> {
        let declared: Vec<_> = self.declared.phases.values().copied().collect();
        declared
            .into_iter()
            .filter_map(|(phase, item)| self.phase(phase, item))
            .collect()
    }

    fn phase(&mut self, phase: &ast::Phase, item: &ast::Item) -> Option<Phase> {
        self.last_written = None;
        self.last_deployed.clear();
        let title = phase
            .title
            .as_ref()
            .and_then(|title| self.string(title, Allowed::NONE))
            .map(|(title, _)| title);
        let skipped = match &phase.when {
            Some(when) => {
                self.want(when, &Type::Bool).and_then(|typed| typed.value) == Some(Value::Bool(false))
            }
            None => false,
        };
        let mut built = Phase {
            name: phase.name.name.clone(),
            title,
            docs: item.docs.clone(),
            after: phase.after.iter().map(|after| after.name.clone()).collect(),
            skipped,
            touches: Vec::new(),
            owner: None,
            estimate: None,
            not_before: None,
            hold_on_failure: false,
            steps: Vec::new(),
            rollback: None,
            effects: crate::check::Effects::default(),
            commit_point: None,
            no_return: None,
            span: phase.name.span,
        };
        for property in &phase.properties {
            self.property(&mut built, property);
        }
        let deployed_before = self.deployed.clone();
        built.steps = self.steps(&phase.steps);
        if let Some(second) = phase.rollbacks.get(1) {
            let diagnostic = Diagnostic::new(
                Code::DuplicateProperty,
                second.span,
                "a phase has one rollback, and this is the second",
            )
            .here("again")
            .label(phase.rollbacks[0].span, "the first one");
            self.report.add(diagnostic);
        }
        if let Some(rollback) = phase.rollbacks.first() {
            built.rollback = self.rollback(rollback);
        }
        if skipped {
            self.deployed = deployed_before;
        }
        self.effects(&mut built);
        Some(built)
    }

    fn property(&mut self, phase: &mut Phase, property: &ast::Entry<PhaseProperty>) {
        match &property.kind {
            PhaseProperty::Touches { globs } => {
                let globs: Vec<String> = globs.iter().filter_map(|glob| self.glob(glob)).collect();
                phase.touches.extend(globs);
            }
            PhaseProperty::Owner { value } => {
                phase.owner = self.string(value, Allowed::NONE).map(|(owner, _)| owner);
            }
            PhaseProperty::Estimate { value } => phase.estimate = self.duration(value),
            PhaseProperty::Within { window } => {
                self.unsupported(
                    property.span,
                    "`within`",
                    "hold the phase back with `not before \"2026-12-01 09:00 UTC\"` instead",
                );
                let known: Vec<&str> = self.declared.windows.keys().copied().collect();
                let _ = (window, known);
            }
            PhaseProperty::NotBefore { when } => phase.not_before = self.moment(when),
            PhaseProperty::OnFailure { hold } => phase.hold_on_failure = *hold,
            PhaseProperty::Error => {}
        }
    }

    fn rollback(&mut self, rollback: &ast::Rollback) -> Option<Rollback> {
        Some(match &rollback.kind {
            RollbackKind::Revert => Rollback::Revert,
            RollbackKind::Reset { force } => Rollback::Reset { force: *force },
            RollbackKind::Undo => Rollback::Undo,
            RollbackKind::None { because } => Rollback::None {
                because: self.string(because, Allowed::NONE)?.0,
            },
            RollbackKind::Steps { steps } => {
                self.in_rollback = true;
                let steps = self.steps(steps);
                self.in_rollback = false;
                Rollback::Steps(steps)
            }
            // Faulty, and reported: it counts as given, so that its absence is not reported as well.
            RollbackKind::Error => Rollback::Undo,
        })
    }

    pub(super) fn step_id(&mut self) -> StepId {
        let id = StepId(self.next_step);
        self.next_step += 1;
        id
    }

    pub(super) fn unsupported(&mut self, span: Span, what: &str, instead: &str) {
        let diagnostic = Diagnostic::new(
            Code::Unsupported,
            span,
            format!("{what} cannot be executed by this version of rel yet"),
        )
        .here("parsed, but nothing would come of it")
        .help(instead.to_owned());
        self.report.add(diagnostic);
    }

    pub(super) fn out_of_range(&mut self, span: Span, why: &str, help: &str) {
        let diagnostic = Diagnostic::new(Code::OutOfRange, span, format!("this is out of range: {why}"))
            .here("makes no sense here")
            .help(help.to_owned());
        self.report.add(diagnostic);
    }

    fn assemble(&self, header: super::header::Header, phases: Vec<Phase>, order: &[usize]) -> Plan {
        let mut slots: Vec<Option<Phase>> = phases.into_iter().map(Some).collect();
        let phases: Vec<Phase> = order.iter().filter_map(|index| slots[*index].take()).collect();
        let values = |kind: &str| {
            let visible = self.scopes.visible().filter(|(_, bound)| bound.kind == kind);
            let mut named: Vec<(Span, String, Value)> = visible
                .filter_map(|(name, bound)| Some((bound.span, name.to_owned(), bound.value.clone()?)))
                .collect();
            named.sort_by_key(|(span, ..)| (span.file, span.start));
            named
                .into_iter()
                .map(|(_, name, value)| (name, value))
                .collect::<IndexMap<_, _>>()
        };
        let params = values("param");
        let mut remotes = vec![header.remote.clone()];
        remotes.extend(
            self.remotes
                .iter()
                .filter(|remote| **remote != header.remote)
                .cloned(),
        );
        remotes.dedup();
        let digest = self.digest(&params);
        Plan {
            data: PlanData {
                title: header.title,
                docs: header.docs,
                owner: header.owner,
                contact: header.contact,
                remote: header.remote,
                remotes,
                checkout: header.checkout,
                overridden: self.wanted.iter().cloned().collect(),
                lets: values("let"),
                params,
                secrets: self
                    .declared
                    .secrets
                    .keys()
                    .map(|name| (*name).to_owned())
                    .collect(),
                protected: header.protected,
                environments: self.environments.clone(),
                channels: header.channels,
                phases,
                sources: self.loaded.sources.clone(),
                digest,
            },
        }
    }

    /// Two plans of one digest do the same.
    fn digest(&self, params: &IndexMap<String, Value>) -> String {
        let mut hash = Sha256::new();
        for ((_, file), path) in self.loaded.sources.iter().zip(&self.loaded.paths) {
            for text in [path.as_str(), file.text()] {
                hash.update(text.len().to_be_bytes());
                hash.update(text);
            }
        }
        for (name, value) in params {
            let value = value.to_string();
            for text in [name.as_str(), value.as_str()] {
                hash.update(text.len().to_be_bytes());
                hash.update(text);
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Steps in the order they run, those inside a `try` included.
pub(super) fn walk<'s>(steps: &'s [Step], visit: &mut dyn FnMut(&'s Step)) {
    for step in steps {
        visit(step);
        if let crate::check::StepKind::Try { steps, .. } = &step.kind {
            walk(steps, visit);
        }
    }
}
