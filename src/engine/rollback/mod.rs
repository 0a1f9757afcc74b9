//! The way back: phases are taken back dependents first, each publication by publication, newest first.
//!
//! **What a rollback stages is staged once before its first outside effect** ([`rehearse`]), so that a
//! conflict moves nothing. Everything it does is on record, so one that was interrupted goes on.

mod chain;
mod goal;
mod merge;
mod rehearse;
mod reset;
mod revert;
mod trail;
mod undo;

use super::outcome::{EngineError, RunEnd, Stop};
use super::session::Session;
use crate::check::{Phase, Rollback, Step, StepKind};
use crate::journal::{Cursor, Event, Outcome, Status};

/// How often a rollback is staged again because its base moved.
const RESTAGES: u32 = 5;

impl<'a> Session<'a> {
    /// Takes a phase of a run back because a person wants it, with everything that depends on it if `cascade`.
    ///
    /// # Errors
    /// [`EngineError::Refused`] before anything moves, when dependents stand in the way or there is no way back.
    pub fn rollback(mut self, name: &str, cascade: bool) -> Result<RunEnd, EngineError> {
        self.rollback_asked(name, cascade)
    }

    pub(crate) fn rollback_asked(&mut self, name: &str, cascade: bool) -> Result<RunEnd, EngineError> {
        let chain = self.chain(name, cascade)?;
        let with = if cascade { " --cascade" } else { "" };
        self.emit(Event::RunTakenUp {
            command: format!("rollback {name}{with}"),
        })?;
        if let Some(end) = self.settle_publication()? {
            return Ok(end);
        }
        self.emit(Event::RollbackPlanned {
            phases: chain.iter().map(|phase| phase.name.clone()).collect(),
            asked: true,
        })?;
        self.take_back("asked for")
    }

    /// Takes the phase back that has just failed.
    pub(crate) fn after_failure(&mut self, phase: &Phase, reason: &str) -> Result<RunEnd, EngineError> {
        self.emit(Event::RollbackPlanned {
            phases: vec![phase.name.clone()],
            asked: false,
        })?;
        self.take_back(reason)
    }

    /// Takes the planned phases back that still stand.
    pub(crate) fn take_back(&mut self, why: &str) -> Result<RunEnd, EngineError> {
        let plan: &'a crate::check::Plan = self.plan;
        let wanted = self.state.taking_back.clone();
        let names = self.state.left_to_take_back();
        let phases: Vec<&Phase> = names.iter().filter_map(|name| plan.phase(name)).collect();
        for phase in &phases {
            if let Err(stop) = self.fresh_back(phase) {
                return self.stuck(phase, stop);
            }
        }
        if let Err((phase, stop)) = self.stage_first(&phases) {
            return self.stuck(phase, stop);
        }
        for phase in &phases {
            if let Err(stop) = self.roll_back(phase, why) {
                return self.stuck(phase, stop);
            }
        }
        self.emit(Event::RunFinished {
            outcome: Outcome::RolledBack,
        })?;
        let Some(failed) = wanted.filter(|back| !back.asked) else {
            return Ok(RunEnd::Done);
        };
        let phase = failed.phases.last().cloned().unwrap_or_default();
        let reason = self.state.phase(&phase).reason.unwrap_or_default();
        Ok(RunEnd::RolledBack { phase, reason })
    }

    /// Takes one phase back, or the rest of it.
    pub(crate) fn roll_back(&mut self, phase: &Phase, why: &str) -> Result<(), Stop> {
        self.emit(Event::RollbackStarted {
            phase: phase.name.clone(),
            why: why.to_owned(),
        })?;
        self.rolling_back = true;
        let result = self.way_back_upon_what_moves(phase);
        self.rolling_back = false;
        self.now_step = None;
        result?;
        self.emit(Event::RollbackFinished {
            phase: phase.name.clone(),
        })?;
        Ok(())
    }

    fn way_back_upon_what_moves(&mut self, phase: &Phase) -> Result<(), Stop> {
        for _ in 0..RESTAGES {
            self.now_step = None;
            match self.way_back(phase) {
                Err(Stop::BaseMoved(name)) => {
                    self.warn(
                        phase,
                        format!("`{name}` moved meanwhile: the way back is staged again"),
                    )?;
                    self.discard();
                    self.emit(Event::Discarded {
                        phase: phase.name.clone(),
                    })?;
                    self.fresh_back(phase)?;
                    self.stage_first(&[phase]).map_err(|(_, stop)| stop)?;
                }
                result => return result,
            }
        }
        Err(Stop::failed_with(
            format!(
                "what `{}` published moves faster than it can be taken back",
                phase.name
            ),
            "ask the others to wait, then `rel resume`",
        ))
    }

    fn way_back(&mut self, phase: &Phase) -> Result<(), Stop> {
        match &phase.rollback {
            Some(Rollback::Revert) => {
                self.rollback_undo(phase)?;
                self.rollback_revert(phase)
            }
            Some(Rollback::Reset { force }) => {
                self.rollback_undo(phase)?;
                self.rollback_reset(phase, *force)
            }
            Some(Rollback::Undo) => self.rollback_undo(phase),
            Some(Rollback::None { because }) => Err(Stop::failed_with(
                format!("`{}` has no way back: {because}", phase.name),
                "a person has to decide what to do; `rel abort` gives the run up",
            )),
            Some(Rollback::Steps(steps)) => self.walk_back(phase, steps),
            // Without one nothing outside has happened but local refs that moved.
            None => self.rollback_revert(phase),
        }
    }

    /// The steps of a rollback, from where an earlier attempt has got to.
    fn walk_back(&mut self, phase: &Phase, steps: &[Step]) -> Result<(), Stop> {
        let placed = steps
            .iter()
            .any(|step| matches!(step.kind, StepKind::RollbackUndo));
        if !placed {
            self.rollback_undo(phase)?;
        }
        for step in &steps[self.back_at(phase, steps)..] {
            self.step(phase, step)?;
        }
        self.now_step = None;
        self.publish(phase, None)
    }

    /// The first step of a rollback that is not done and published.
    fn back_at(&self, phase: &Phase, steps: &[Step]) -> usize {
        let place = |id: u32| steps.iter().position(|step| step.id.0 == id);
        match self.state.phase(&phase.name).back {
            Some(Cursor::Behind(id)) => place(id).map_or(0, |found| found + 1),
            Some(Cursor::At(id)) => place(id).unwrap_or(0),
            Some(Cursor::End) => steps.len(),
            None => 0,
        }
    }

    /// Takes in where things are now. A remote that cannot be asked does not hold a rollback back: every push
    /// has an exact lease.
    fn fresh_back(&mut self, phase: &Phase) -> Result<(), Stop> {
        let before = std::mem::replace(&mut self.rolling_back, true);
        let result = self.look_anew(phase);
        self.rolling_back = before;
        result
    }

    fn look_anew(&mut self, phase: &Phase) -> Result<(), Stop> {
        for _ in 0..RESTAGES {
            match self.refresh() {
                Ok(()) => break,
                Err(Stop::BaseMoved(_)) => self.discard(),
                Err(Stop::Failed(failure)) => {
                    let message = format!("what was last seen of the remote counts: {}", failure.reason);
                    self.warn(phase, message)?;
                    match self.take_in() {
                        Err(Stop::BaseMoved(_)) => self.discard(),
                        result => {
                            result?;
                            break;
                        }
                    }
                }
                Err(stop) => return Err(stop),
            }
        }
        match self.reconcile(phase) {
            Err(Stop::Failed(failure)) if !moves_refs(phase) => {
                self.warn(phase, failure.reason)?;
                Ok(())
            }
            result => result,
        }
    }

    pub(super) fn note(&mut self, phase: &Phase, message: String) -> Result<(), Stop> {
        self.emit(Event::RollbackNote {
            phase: phase.name.clone(),
            message,
        })?;
        Ok(())
    }

    /// Whether a step of a rollback takes something back that this phase never did.
    pub(crate) fn never_ran(&self, phase: &Phase, environment: &str) -> bool {
        let state = self.state.phase(&phase.name);
        let mut acts = phase.steps.iter().filter(|step| match &step.kind {
            StepKind::Deploy {
                environment: name, ..
            }
            | StepKind::Shift {
                environment: name, ..
            } => name == environment,
            _ => false,
        });
        let would = acts.clone().next().is_some();
        let did = state.deployed.contains(environment) || acts.any(|step| state.ran.contains(&step.id.0));
        self.rolling_back && would && !did
    }

    /// Whether the backup that a rollback restores was never made, though this phase should have made it.
    pub(crate) fn no_backup(&self, phase: &Phase, environment: &str) -> bool {
        let would = phase.steps.iter().any(
            |step| matches!(&step.kind, StepKind::Backup { environment: name, .. } if name == environment),
        );
        let state = self.state.phase(&phase.name);
        let made = state
            .backups
            .values()
            .any(|(name, done)| *done && name == environment);
        self.rolling_back && would && !made
    }

    /// Whether a phase stands, in the eyes of a rollback.
    fn stands(&self, phase: &Phase) -> bool {
        let state = self.state.phase(&phase.name);
        state.acted
            && !matches!(
                state.status,
                Status::RolledBack | Status::Pending | Status::Skipped
            )
    }
}

/// Whether a way back moves refs (else it is all commands).
fn moves_refs(phase: &Phase) -> bool {
    let by_command = |kind: &StepKind| {
        matches!(
            kind,
            StepKind::Command { .. }
                | StepKind::Deploy { .. }
                | StepKind::Shift { .. }
                | StepKind::Backup { .. }
                | StepKind::Restore { .. }
                | StepKind::Notify { .. }
                | StepKind::Gate(_)
                | StepKind::Soak(_)
                | StepKind::Wait { .. }
                | StepKind::RollbackUndo
        )
    };
    match &phase.rollback {
        Some(Rollback::Undo | Rollback::None { .. }) => false,
        Some(Rollback::Steps(steps)) => !steps.iter().all(|step| by_command(&step.kind)),
        Some(Rollback::Revert | Rollback::Reset { .. }) | None => true,
    }
}

/// A ref as people say it.
pub(super) fn short(name: &str) -> &str {
    name.strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"))
        .unwrap_or(name)
}
