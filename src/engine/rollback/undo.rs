//! `undo`: the steps that ran are taken back, newest first.

use crate::check::{CheckoutSetup, DeploySource, Phase, Step, StepKind, StepVariable, Subject};
use crate::engine::Place;
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::engine::step::Variables;
use crate::journal::CommandRole;
use crate::model::Oid;

impl Session<'_> {
    /// Runs the `undo`s of the steps that ran and are not undone yet.
    pub(crate) fn rollback_undo(&mut self, phase: &Phase) -> Result<(), Stop> {
        let state = self.state.phase(&phase.name);
        let outer = self.now_step;
        for id in state.ran.iter().rev().filter(|id| !state.undone.contains(id)) {
            let Some(step) = phase.steps.iter().find(|step| step.id.0 == *id) else {
                continue;
            };
            let (StepKind::Command { options, .. }
            | StepKind::Deploy { options, .. }
            | StepKind::Shift { options, .. }) = &step.kind
            else {
                continue;
            };
            let Some(undo) = &options.undo else { continue };
            self.now_step = Some(*id);
            let (place, variables) = self.place_of_undo(phase, step, state.ran_at.get(id))?;
            let outcome = self.act(phase, CommandRole::Undo, undo, place, options, variables, None)?;
            self.judge(&outcome, &undo.display, step)?;
        }
        self.now_step = outer;
        Ok(())
    }

    /// An undo runs where its step ran, on the commit on which it ran: its branch may be elsewhere by now.
    fn place_of_undo(
        &mut self,
        phase: &Phase,
        step: &Step,
        ran_at: Option<&Oid>,
    ) -> Result<(Place, Variables), Stop> {
        let mut told = self.variables(phase);
        let subject = match &step.kind {
            StepKind::Command {
                subject: Some(Subject::Source(source)),
                ..
            } => Some(source),
            StepKind::Deploy {
                what, environment, ..
            } => {
                let previous = self.previous_of(phase, environment);
                told.insert(
                    StepVariable::Previous,
                    previous.as_ref().map(Oid::to_string).unwrap_or_default(),
                );
                match what {
                    DeploySource::Source(source) => Some(source),
                    DeploySource::Previous => None,
                }
            }
            StepKind::Shift { weight, source, .. } => {
                told.insert(StepVariable::Weight, weight.get().to_string());
                source.as_ref()
            }
            _ => None,
        };
        if let Some(source) = subject.filter(|_| !matches!(step.kind, StepKind::Command { .. })) {
            told.insert(StepVariable::Ref, source.text.clone());
        }
        let setup = CheckoutSetup::default();
        let Some(commit) = ran_at else {
            let subject = subject.map(|source| Subject::Source(source.clone()));
            let (place, variables) = self.place(phase, subject.as_ref(), &setup)?;
            told.extend(variables);
            return Ok((place, told));
        };
        let branch = subject.and_then(|source| self.sandbox.find_ref(&source.text));
        let branch = branch.and_then(|(name, _)| name.strip_prefix("refs/heads/").map(str::to_owned));
        told.insert(StepVariable::Commit, commit.to_string());
        told.insert(StepVariable::Branch, branch.unwrap_or_default());
        let checkout = self.checkout_of(commit, &setup, &told);
        Ok((Place::Checkout(checkout), told))
    }
}
