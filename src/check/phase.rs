//! Phases: their properties, their steps, and the way back.

use super::cx::{Cx, Place};
use super::names::Declared;
use super::plan::{Effects, Phase, Rollback};
use super::words;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::Duration;
use crate::syntax::ast::{self, PhaseProperty, RollbackKind};
use crate::text::Span;

/// A phase as far as it is known, and where it comes from.
pub(super) struct Draft<'a> {
    pub(super) phase: Phase,
    pub(super) ast: &'a ast::Phase,
}

/// Where each property that may stand once was given.
#[derive(Default)]
struct Given {
    owner: Option<Span>,
    estimate: Option<Span>,
    not_before: Option<Span>,
    on_failure: Option<Span>,
}

impl<'a> Cx<'a> {
    /// Checks and expands every phase, in the order of the text.
    pub(super) fn all_phases(&mut self) -> Vec<Draft<'a>> {
        let names = self.names;
        let mut drafts = Vec::with_capacity(names.phases.len());
        for declared in names.phases.values() {
            if let Some(ast) = declared.ast {
                self.scope.file = declared.file;
                drafts.push(self.phase(ast, declared));
            }
        }
        self.scope.file = self.root();
        drafts
    }

    fn phase(&mut self, ast: &'a ast::Phase, declared: &'a Declared<'a, ast::Phase>) -> Draft<'a> {
        self.at = Place::default();
        let skipped = ast
            .when
            .as_ref()
            .is_some_and(|when| self.condition(when) == Some(false));
        self.dead += u32::from(skipped);
        let mut phase = Phase {
            name: ast.name.name.clone(),
            title: ast.title.as_ref().and_then(|title| self.string(title)),
            docs: declared.docs.to_vec(),
            after: ast.after.iter().map(|name| name.name.clone()).collect(),
            skipped,
            touches: Vec::new(),
            owner: None,
            estimate: None,
            not_before: None,
            hold_on_failure: false,
            steps: Vec::new(),
            rollback: None,
            effects: Effects::default(),
            commit_point: None,
            no_return: None,
            span: ast.name.span,
        };
        self.properties(ast, &mut phase);
        self.all_steps(&ast.steps);
        phase.steps = std::mem::take(&mut self.steps);
        self.at.rollback = true;
        phase.rollback = self.rollback(ast);
        self.dead -= u32::from(skipped);
        self.at = Place::default();
        Draft { phase, ast }
    }

    fn properties(&mut self, ast: &'a ast::Phase, phase: &mut Phase) {
        let mut given = Given::default();
        for property in &ast.properties {
            let span = property.span;
            match &property.kind {
                PhaseProperty::Touches { globs } => {
                    for glob in globs {
                        let Some(filled) = self.fill(glob) else { continue };
                        if !filled.known || self.check_glob(&filled.text, glob.span) {
                            phase.touches.push(filled.text);
                        }
                    }
                }
                PhaseProperty::Owner { value } => {
                    if self.once(&mut given.owner, span, "`owner`") {
                        phase.owner = self.string(value);
                    }
                }
                PhaseProperty::Estimate { value } => {
                    if self.once(&mut given.estimate, span, "`estimate`") {
                        phase.estimate = self.estimate(value);
                    }
                }
                PhaseProperty::Within { window } => self.within(window, span),
                PhaseProperty::NotBefore { when } => {
                    if self.once(&mut given.not_before, span, "`not before`") {
                        phase.not_before = self.not_before(when);
                    }
                }
                PhaseProperty::OnFailure { hold } => {
                    if self.once(&mut given.on_failure, span, "`on failure`") {
                        phase.hold_on_failure = *hold;
                    }
                }
                PhaseProperty::Error => {}
            }
        }
    }

    fn estimate(&mut self, value: &ast::Expr) -> Option<Duration> {
        self.want_duration(value, "an estimate").flatten()
    }

    fn within(&mut self, window: &ast::Ident, span: Span) {
        // A window that is declared has been reported there, and this is its consequence.
        let names = self.names;
        if !names.windows.contains_key(window.name.as_str()) {
            self.unsupported(
                span,
                "`within`",
                "hold the phase back with `not before \"2026-12-01 09:00 Europe/Madrid\"`",
            );
        }
    }

    fn not_before(&mut self, when: &ast::Text) -> Option<(i64, String)> {
        let filled = self.fill(when)?;
        if !filled.known {
            return None;
        }
        match words::dates::parse(&filled.text) {
            Ok(millis) => Some((millis, filled.text)),
            Err(reason) => {
                self.report.add(
                    Diagnostic::new(Code::BadDate, when.span, format!("`{}` {reason}", filled.text))
                        .here("wanted: a day, a time and a zone")
                        .help("`not before \"2026-12-01 09:00 Europe/Madrid\"`"),
                );
                None
            }
        }
    }

    fn rollback(&mut self, ast: &'a ast::Phase) -> Option<Rollback> {
        let mut slot = None;
        let mut all = Vec::new();
        for rollback in &ast.rollbacks {
            if self.once(&mut slot, rollback.span, "the rollback of the phase") {
                all.push(rollback);
            }
        }
        let rollback = all.first()?;
        match &rollback.kind {
            RollbackKind::Revert => Some(Rollback::Revert),
            RollbackKind::Reset { force } => Some(Rollback::Reset { force: *force }),
            RollbackKind::Undo => Some(Rollback::Undo),
            RollbackKind::None { because } => {
                let text = self.string(because)?;
                if text.trim().is_empty() {
                    self.report.add(
                        Diagnostic::new(Code::MissingProperty, because.span, "`rollback none` gives no reason")
                            .here("empty")
                            .help("say why there is no way back, for whoever stands before the failure: `rollback none because \"the table is gone\"`"),
                    );
                    return None;
                }
                Some(Rollback::None { because: text })
            }
            RollbackKind::Steps { steps } => {
                if steps.is_empty() {
                    self.report.add(
                        Diagnostic::new(Code::MissingProperty, rollback.span, "the rollback block is empty")
                            .here("takes nothing back")
                            .help("write `rollback revert`, or say that there is no way back: `rollback none because \"...\"`")
                            .fix(Applicability::Unsafe, "revert what the phase did", rollback.span, "rollback revert"),
                    );
                    return None;
                }
                self.all_steps(steps);
                Some(Rollback::Steps(std::mem::take(&mut self.steps)))
            }
            RollbackKind::Error => None,
        }
    }
}
