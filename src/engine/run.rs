//! The run: phases in their order, each a transaction until its first outside effect.

use super::Waited;
use super::outcome::{EngineError, Failure, RunEnd, Stop};
use super::session::Session;
use crate::check::{Phase, StepKind};
use crate::journal::{Cursor, Event, Outcome, PauseCause, RefAt, RunStarted, Status};
use crate::model::Duration;

/// How often the staged work of a phase is done again because its base moved.
const RESTAGES: u32 = 5;

impl Session<'_> {
    /// Begins a new run and does all of it.
    ///
    /// # Errors
    /// When the engine itself cannot go on; the journal says how far it got.
    pub fn apply(mut self, started: RunStarted) -> Result<RunEnd, EngineError> {
        let plan = self.plan;
        let missing: Vec<_> = plan
            .demanded_secrets()
            .iter()
            .filter(|name| !self.ports.has_secret(name))
            .map(|name| format!("`{name}`"))
            .collect();
        if !missing.is_empty() {
            return Err(EngineError::Refused {
                what: format!(
                    "the plan declares secrets that are not in the environment: {}; set them, and nothing was changed",
                    missing.join(", ")
                ),
            });
        }
        self.emit(Event::RunStarted(started))?;
        self.go_on()
    }

    /// Does the phases that are not done yet.
    pub(crate) fn go_on(mut self) -> Result<RunEnd, EngineError> {
        let plan = self.plan;
        for phase in plan.phases() {
            match self.state.phase(&phase.name).status {
                Status::Done | Status::Skipped => continue,
                _ if phase.skipped => {
                    self.emit(Event::PhaseSkipped {
                        phase: phase.name.clone(),
                    })?;
                    continue;
                }
                _ => {}
            }
            if let Err(stop) = self.phase(phase) {
                return self.stopped(phase, stop);
            }
        }
        self.emit(Event::RunFinished {
            outcome: Outcome::Done,
        })?;
        Ok(RunEnd::Done)
    }

    /// Runs one phase, or the rest of it.
    pub(crate) fn phase(&mut self, phase: &Phase) -> Result<(), Stop> {
        let begun = self.state.phase(&phase.name);
        if begun.status != Status::Running {
            self.held_back(phase)?;
        }
        self.fresh_base(phase)?;
        let resumed = matches!(begun.status, Status::Running | Status::Failed) && begun.acted;
        if !resumed {
            self.begin(phase)?;
        }
        let place = |id: u32| phase.steps.iter().position(|step| step.id.0 == id);
        let mut index = match begun.cursor.filter(|_| resumed) {
            Some(Cursor::Behind(id)) => place(id).map_or(0, |found| found + 1),
            Some(Cursor::At(id)) => place(id).unwrap_or(0),
            Some(Cursor::End) => phase.steps.len(),
            None => 0,
        };
        let (mut segment, mut restages) = (index, 0);
        while index <= phase.steps.len() {
            if self.ports.interrupted() {
                return Err(Stop::Interrupted);
            }
            let result = match phase.steps.get(index) {
                Some(step) => self.step(phase, step),
                None => {
                    self.now_step = None;
                    self.publish(phase, None)
                }
            };
            match result {
                Ok(()) => {
                    self.rehearse(phase, index)?;
                    index += 1;
                    if self.staged.is_empty() {
                        segment = index;
                    }
                }
                Err(Stop::BaseMoved(name)) if restages < RESTAGES => {
                    restages += 1;
                    self.warn(
                        phase,
                        format!("`{name}` moved meanwhile: what is not published is staged again"),
                    )?;
                    self.discard();
                    self.emit(Event::Discarded {
                        phase: phase.name.clone(),
                    })?;
                    self.fresh_base(phase)?;
                    index = segment;
                }
                Err(Stop::BaseMoved(name)) => {
                    return Err(Stop::failed_with(
                        format!("`{name}` moves faster than this phase can be staged"),
                        "ask the others to wait, then `rel resume`",
                    ));
                }
                Err(stop) => return Err(stop),
            }
        }
        self.emit(Event::PhaseFinished {
            phase: phase.name.clone(),
        })?;
        Ok(())
    }

    /// Fetches and reconciles until nothing moves in between.
    pub(crate) fn fresh_base(&mut self, phase: &Phase) -> Result<(), Stop> {
        for _ in 0..RESTAGES {
            match self.refresh() {
                Ok(()) => break,
                Err(Stop::BaseMoved(_)) => self.discard(),
                Err(stop) => return Err(stop),
            }
        }
        self.reconcile(phase)
    }

    /// The end of a wait: the world may have moved on.
    pub(crate) fn after_wait(&mut self, phase: &Phase) -> Result<(), Stop> {
        self.refresh()?;
        self.reconcile(phase)
    }

    fn begin(&mut self, phase: &Phase) -> Result<(), Stop> {
        let previous = self.previous(phase)?;
        let effects = &phase.effects;
        let mut names: Vec<String> = effects
            .reads
            .iter()
            .chain(&effects.writes)
            .chain(&effects.pushes)
            .cloned()
            .collect();
        names.sort();
        names.dedup();
        let remote = self.plan.remote();
        let refs = names
            .iter()
            .map(|name| RefAt {
                name: name.clone(),
                oid: self.sandbox.get(name).cloned(),
            })
            .chain(effects.pushes.iter().filter_map(|name| {
                let branch = name.strip_prefix("refs/heads/")?;
                let oid = self.sandbox.at_remote(remote, name);
                Some(RefAt {
                    name: format!("refs/remotes/{remote}/{branch}"),
                    oid,
                })
            }))
            .collect();
        let attempt = self.state.phase(&phase.name).attempts + 1;
        self.squashed.clear();
        self.emit(Event::PhaseStarted {
            phase: phase.name.clone(),
            refs,
            previous,
            attempt,
        })?;
        Ok(())
    }

    /// `not before`: waits, or begins for a reason that is recorded.
    fn held_back(&mut self, phase: &Phase) -> Result<(), Stop> {
        let Some((until, text)) = &phase.not_before else {
            return Ok(());
        };
        let now = self.ports.now().millis;
        if now >= *until {
            return Ok(());
        }
        let reason = self.options.now_reason.clone();
        self.emit(Event::HeldBack {
            phase: phase.name.clone(),
            until: *until,
            overridden: reason.clone(),
        })?;
        if reason.is_some() {
            return Ok(());
        }
        match self
            .ports
            .sleep(Duration::from_millis(u64::try_from(until - now).unwrap_or(0)))
        {
            Waited::Full => Ok(()),
            Waited::Interrupted => Err(Stop::Interrupted),
            Waited::Declined => Err(Stop::Paused {
                cause: PauseCause::Window,
                reason: format!("`{}` begins not before {text}", phase.name),
                way_out: "`rel resume` then, or `rel resume --now REASON` to begin all the same".into(),
            }),
        }
    }

    /// What becomes of a run when a phase does not go on.
    pub(crate) fn stopped(&mut self, phase: &Phase, stop: Stop) -> Result<RunEnd, EngineError> {
        match stop {
            Stop::Engine(error) => Err(error),
            Stop::Interrupted => {
                let way_out = "`rel resume` goes on where it stood, `rel abort` gives it up".to_owned();
                self.pause(
                    phase,
                    PauseCause::Interrupted,
                    "it was interrupted".into(),
                    way_out,
                )?;
                Ok(RunEnd::Interrupted)
            }
            Stop::Paused {
                cause,
                reason,
                way_out,
            } => self.waits(phase, cause, reason, way_out),
            Stop::BaseMoved(name) => self.failed(
                phase,
                Failure {
                    reason: format!("`{name}` moved"),
                    ..Failure::default()
                },
            ),
            Stop::Failed(failure) => self.failed(phase, failure),
        }
    }

    fn waits(
        &mut self,
        phase: &Phase,
        cause: PauseCause,
        reason: String,
        way_out: String,
    ) -> Result<RunEnd, EngineError> {
        self.pause(phase, cause, reason.clone(), way_out.clone())?;
        Ok(RunEnd::Waiting {
            cause,
            reason,
            way_out,
        })
    }

    fn pause(
        &mut self,
        phase: &Phase,
        cause: PauseCause,
        reason: String,
        way_out: String,
    ) -> Result<(), EngineError> {
        self.emit(Event::Paused {
            phase: phase.name.clone(),
            step: self.now_step,
            cause,
            reason,
            way_out,
        })
    }

    pub(crate) fn failed(&mut self, phase: &Phase, failure: Failure) -> Result<RunEnd, EngineError> {
        let name = phase.name.clone();
        let published = self.state.phase(&name).acted;
        let Failure { reason, help, .. } = failure;
        self.emit(Event::PhaseFailed {
            phase: name.clone(),
            step: self.now_step,
            reason: reason.clone(),
            help: help.clone(),
            published,
        })?;
        if !self.staged.is_empty() {
            self.discard();
            self.emit(Event::Discarded { phase: name.clone() })?;
        }
        if published {
            return self.failed_outside(phase, &reason);
        }
        self.emit(Event::RunFinished {
            outcome: Outcome::Failed,
        })?;
        Ok(RunEnd::Failed {
            phase: name,
            reason,
            help,
        })
    }

    /// A phase has failed that has had an effect outside: it is held, or taken back.
    pub(crate) fn failed_outside(&mut self, phase: &Phase, reason: &str) -> Result<RunEnd, EngineError> {
        let name = &phase.name;
        let state = self.state.phase(name);
        let past = phase.no_return.is_some_and(|id| state.reached(id.0));
        if !phase.hold_on_failure && !past {
            return self.after_failure(phase, reason);
        }
        let (why, way_out) = if past {
            let way_out = "mend it and `rel resume`, or `rel abort` and leave it as it is".to_owned();
            ("the phase is past its point of no return", way_out)
        } else {
            let way_out = format!("mend it and `rel resume`, or `rel rollback {name}`");
            ("the plan says `on failure hold`", way_out)
        };
        self.waits(phase, PauseCause::Hold, format!("{reason}; {why}"), way_out)
    }

    /// A rollback that does not go on: it waits, or a person is needed.
    pub(crate) fn stuck(&mut self, phase: &Phase, stop: Stop) -> Result<RunEnd, EngineError> {
        let name = phase.name.clone();
        self.discard();
        let failure = match stop {
            Stop::Failed(failure) => failure,
            Stop::BaseMoved(name) => Failure {
                reason: format!("`{name}` moved during the rollback"),
                ..Failure::default()
            },
            stop @ (Stop::Paused { .. } | Stop::Interrupted | Stop::Engine(_)) => {
                return self.stopped(phase, stop);
            }
        };
        self.conflicts = failure.conflicts;
        let reason = failure.reason;
        let way_out = failure
            .help
            .unwrap_or_else(|| "mend it, then `rel resume` tries again".into());
        self.emit(Event::RollbackFailed {
            phase: name.clone(),
            reason: reason.clone(),
            way_out: way_out.clone(),
        })?;
        self.emit(Event::RunFinished {
            outcome: Outcome::RollbackFailed,
        })?;
        Ok(RunEnd::RollbackFailed {
            phase: name,
            reason,
            way_out,
        })
    }
}

/// Whether a kind of step has an effect outside the sandbox.
pub(super) fn acts_outside(kind: &StepKind) -> bool {
    matches!(
        kind,
        StepKind::Push { .. }
            | StepKind::Command { .. }
            | StepKind::Deploy { .. }
            | StepKind::Shift { .. }
            | StepKind::Restore { .. }
            | StepKind::DeleteBranch { local: false, .. }
    )
}
