//! Going on after a pause, an interruption or a crash: the journal says what was meant, the repository
//! and the remote say what happened.
//!
//! A publication that began did not happen, so it is staged again; or it happened, so that is recorded; or
//! somebody else moved a ref of it, and a person has to look. Of a command only a person can tell, and of a
//! deploy `current`.

use super::outcome::{EngineError, RunEnd, Stop};
use super::session::Session;
use crate::check::Phase;
use crate::journal::{CommandFinished, CommandIntent, CommandRole, Event, PauseCause, Status};
use crate::model::Duration;

/// What a person says of a command whose outcome nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It did its work.
    Done,
    /// It shall run again.
    Again,
    /// It failed.
    Failed,
}

impl Decision {
    const fn word(self) -> &'static str {
        match self {
            Decision::Done => "done",
            Decision::Again => "again",
            Decision::Failed => "failed",
        }
    }
}

impl Session<'_> {
    /// Goes on with a run.
    ///
    /// # Errors
    /// When the run has ended, or the engine itself cannot go on.
    pub fn resume(mut self, decision: Option<Decision>) -> Result<RunEnd, EngineError> {
        if self.state.has_ended() {
            return Err(EngineError::Refused {
                what: "this run has ended; `rel apply` begins a new one".into(),
            });
        }
        self.emit(Event::RunTakenUp {
            command: match decision {
                Some(decision) => format!("resume --{}", decision.word()),
                None => "resume".into(),
            },
        })?;
        if let Some(end) = self.settle_publication()? {
            return Ok(end);
        }
        if let Some(intent) = self.state.unknown.clone()
            && let Some(end) = self.settle_command(&intent, decision)?
        {
            return Ok(end);
        }
        // A run that takes something back ends with that, also when only the last word is missing.
        if self.state.taking_back.is_some() {
            return self.take_back("resumed");
        }
        let plan = self.plan;
        let failed = plan.phases().iter().find(|phase| {
            let state = self.state.phase(&phase.name);
            state.status == Status::Failed && state.acted
        });
        if let Some(phase) = failed {
            // rel was ended between the failure and what had to follow it.
            let reason = self.state.phase(&phase.name).reason.unwrap_or_default();
            return self.failed_outside(phase, &reason);
        }
        self.go_on()
    }

    /// A command that began and has no end on record. `None`: the run goes on.
    fn settle_command(
        &mut self,
        intent: &CommandIntent,
        decision: Option<Decision>,
    ) -> Result<Option<RunEnd>, EngineError> {
        let Some(phase) = self.plan.phase(&intent.phase) else {
            return Ok(None);
        };
        self.now_step = Some(intent.step);
        let decision = match decision {
            Some(decision) => Some((decision, format!("a person said: {}", decision.word()))),
            None => match self.asked_of_current(phase, intent) {
                Ok(decided) => decided,
                Err(stop) => return self.stopped(phase, stop).map(Some),
            },
        };
        let Some((decision, how)) = decision else {
            let stop = unknown_outcome(intent);
            return self.stopped(phase, stop).map(Some);
        };
        self.emit(Event::CommandFinished(CommandFinished {
            phase: intent.phase.clone(),
            step: intent.step,
            role: intent.role,
            exit: None,
            how,
            ok: decision == Decision::Done,
            output: String::new(),
            elapsed: Duration::default(),
        }))?;
        match decision {
            Decision::Again => Ok(None),
            Decision::Done => self.accept(phase, intent).map(|()| None),
            Decision::Failed => {
                let stop = Stop::failed(format!("`{}` failed, as a person said", intent.display));
                let rolling = self.state.phase(&phase.name).status == Status::RollingBack;
                let end = if rolling {
                    self.stuck(phase, stop)
                } else {
                    self.stopped(phase, stop)
                };
                end.map(Some)
            }
        }
    }

    /// What runs on an environment tells what became of a deploy: what it should bring, or what was there
    /// before. Anything else is for a person to judge.
    fn asked_of_current(
        &mut self,
        phase: &Phase,
        intent: &CommandIntent,
    ) -> Result<Option<(Decision, String)>, Stop> {
        let (CommandRole::Deploy, Some(name), Some(wanted)) =
            (intent.role, &intent.environment, &intent.commit)
        else {
            return Ok(None);
        };
        let Some(environment) = self.plan.environments().get(name) else {
            return Ok(None);
        };
        let (found, _) = self.current(phase, environment)?;
        let Some(found) = found else { return Ok(None) };
        if found == *wanted {
            let how = format!("`{name}` says that it runs {}: done", found.short());
            return Ok(Some((Decision::Done, how)));
        }
        let state = self.state.phase(&phase.name);
        let before = if state.status == Status::RollingBack {
            self.state.deployed.get(name).cloned()
        } else {
            self.previous_of(phase, name)
        };
        if before.as_ref() == Some(&found) {
            let how = format!("`{name}` says that it still runs {}: again", found.short());
            return Ok(Some((Decision::Again, how)));
        }
        Ok(None)
    }

    /// Records what a command that did its work brought about.
    fn accept(&mut self, phase: &Phase, intent: &CommandIntent) -> Result<(), EngineError> {
        if intent.role == CommandRole::Undo {
            // It belongs to no step of the rollback; that it is undone is on record.
            return Ok(());
        }
        if let (CommandRole::Deploy, Some(environment), Some(commit)) =
            (intent.role, &intent.environment, &intent.commit)
        {
            let previous = self.previous_of(phase, environment);
            self.emit(Event::Deployed {
                phase: phase.name.clone(),
                step: intent.step,
                environment: environment.clone(),
                source: commit.to_string(),
                commit: commit.clone(),
                previous,
            })?;
        }
        self.emit(Event::StepFinished {
            phase: phase.name.clone(),
            step: intent.step,
        })
    }
}

fn unknown_outcome(intent: &CommandIntent) -> Stop {
    Stop::Paused {
        cause: PauseCause::UnknownOutcome,
        reason: format!(
            "rel was ended while `{}` ran, and only a person can tell what it did",
            intent.display
        ),
        way_out: "`rel resume --done` if it did its work, `--again` to run it again, `--failed` to treat it \
                  as failed"
            .into(),
    }
}
