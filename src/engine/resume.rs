//! Going on after a pause, an interruption or a crash: the journal says what was meant, the repository
//! and the remote say what happened.

use super::outcome::{EngineError, Failure, RunEnd, Stop};
use super::ports::PublishRequest;
use super::session::Session;
use crate::journal::{
    CommandFinished, CommandRole, Event, Outcome, PauseCause, Publication, RefMove, RunState, Status,
};
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

impl Session<'_> {
    /// Goes on with a run.
    ///
    /// # Errors
    /// When the run has ended, or the engine itself cannot go on.
    pub fn resume(mut self, decision: Option<Decision>) -> Result<RunEnd, EngineError> {
        if matches!(
            self.state.outcome,
            Some(Outcome::Done | Outcome::RolledBack | Outcome::Aborted)
        ) {
            return Err(EngineError::Refused {
                what: "this run has ended; `rel apply` begins a new one".into(),
            });
        }
        let unknown = self.state.unknown.clone();
        self.emit(Event::RunTakenUp {
            command: "resume".into(),
        })?;
        let plan = self.plan;
        if let Some(end) = self.settle_publication()? {
            return Ok(end);
        }
        let rolling = plan.phases().iter().find(|phase| {
            matches!(
                self.state.phase(&phase.name).status,
                Status::RollingBack | Status::Stuck
            )
        });
        if let Some(phase) = rolling {
            if let Err(stop) = self
                .fresh_base(phase)
                .and_then(|()| self.roll_back(phase, "resumed"))
            {
                return self.stuck(phase, stop);
            }
            self.emit(Event::RunFinished {
                outcome: Outcome::RolledBack,
            })?;
            let reason = self.state.phase(&phase.name).reason.unwrap_or_default();
            return Ok(RunEnd::RolledBack {
                phase: phase.name.clone(),
                reason,
            });
        }
        // Ended between a failure and what follows from it.
        let failed = plan.phases().iter().find(|phase| {
            let state = self.state.phases.get(&phase.name);
            state.is_some_and(|state| state.status == Status::Failed && state.acted)
        });
        if let Some(phase) = failed {
            let reason = self.state.phase(&phase.name).reason.unwrap_or_default();
            self.fresh_base(phase).or_else(|stop| match stop {
                Stop::Engine(error) => Err(error),
                _ => Ok(()),
            })?;
            return self.failed(
                phase,
                Failure {
                    reason,
                    ..Failure::default()
                },
            );
        }
        if let Some(intent) = unknown {
            let Some(phase) = plan.phase(&intent.phase) else {
                return self.go_on();
            };
            let Some(decision) = decision else {
                return self.stopped(
                    phase,
                    Stop::Paused {
                        cause: PauseCause::UnknownOutcome,
                        reason: format!("rel was ended while `{}` ran, and only a person can tell what it did", intent.display),
                        way_out: "`rel resume --done` if it did its work, `--again` to run it again, `--failed` to treat it as failed".into(),
                    },
                );
            };
            let ok = decision == Decision::Done;
            self.now_step = Some(intent.step);
            self.emit(Event::CommandFinished(CommandFinished {
                phase: intent.phase.clone(),
                step: intent.step,
                role: intent.role,
                exit: None,
                how: format!(
                    "a person said: {}",
                    if ok {
                        "done"
                    } else if decision == Decision::Again {
                        "again"
                    } else {
                        "failed"
                    }
                ),
                ok,
                output: String::new(),
                elapsed: Duration::default(),
            }))?;
            match decision {
                Decision::Again => {}
                Decision::Failed => {
                    return self.stopped(
                        phase,
                        Stop::failed(format!("`{}` failed, as a person said", intent.display)),
                    );
                }
                Decision::Done => self.accept(phase, &intent)?,
            }
        }
        self.go_on()
    }

    /// Records what a command that did its work brought about.
    fn accept(
        &mut self,
        phase: &crate::check::Phase,
        intent: &crate::journal::CommandIntent,
    ) -> Result<(), EngineError> {
        if let (CommandRole::Deploy, Some(environment), Some(commit)) =
            (intent.role, &intent.environment, &intent.commit)
        {
            let previous = self.state.phase(&phase.name).previous;
            let previous = previous
                .iter()
                .find(|running| running.environment == *environment)
                .and_then(|r| r.commit.clone());
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

    /// A publication that began and has no end on record: it happened, it did not, or somebody else moved.
    fn settle_publication(&mut self) -> Result<Option<RunEnd>, EngineError> {
        let open = self
            .state
            .publications
            .last()
            .filter(|p| !p.finished && !p.refused)
            .cloned();
        let Some(open) = open else { return Ok(None) };
        let plan = self.plan;
        let Some(phase) = plan.phase(&open.intent.phase) else {
            return Ok(None);
        };
        let number = open.intent.publication;
        if !open.remote_moved && !open.intent.remote_moves.is_empty() {
            let remote = open.intent.remote.clone().unwrap_or_default();
            self.ports.fetch(&mut self.sandbox, &remote)?;
            let at = |change: &RefMove| self.sandbox.at_remote(&remote, &change.name);
            if open
                .intent
                .remote_moves
                .iter()
                .all(|change| at(change) == change.new)
            {
                self.emit(Event::RemoteMoved { publication: number })?;
            } else if open
                .intent
                .remote_moves
                .iter()
                .all(|change| at(change) == change.old)
            {
                let reason = "rel was ended before it happened".to_owned();
                self.emit(Event::PublicationRefused {
                    publication: number,
                    reason,
                })?;
                return Ok(None);
            } else {
                return self.somebody_else(phase, &open, &remote).map(Some);
            }
        }
        self.finish_locally(phase, &open)
    }

    fn somebody_else(
        &mut self,
        phase: &crate::check::Phase,
        open: &Publication,
        remote: &str,
    ) -> Result<RunEnd, EngineError> {
        let place =
            |oid: Option<&crate::model::Oid>| oid.map_or("absent".to_owned(), |oid| oid.short().to_owned());
        let moved = open.intent.remote_moves.iter().map(|change| {
            let now = self.sandbox.at_remote(remote, &change.name);
            format!(
                "`{}` was {}, should become {}, and is {}",
                change.name,
                place(change.old.as_ref()),
                place(change.new.as_ref()),
                place(now.as_ref())
            )
        });
        let reason = format!(
            "rel was ended during a push to `{remote}`, and it has moved otherwise: {}",
            moved.collect::<Vec<_>>().join("; ")
        );
        self.stopped(
            phase,
            Stop::Paused {
                cause: PauseCause::RefMoved,
                reason,
                way_out: "bring the remote's refs where they belong, then `rel resume`; or `rel abort`"
                    .into(),
            },
        )
    }

    /// The local half of a publication whose remote half has happened, or that has none.
    fn finish_locally(
        &mut self,
        phase: &crate::check::Phase,
        open: &Publication,
    ) -> Result<Option<RunEnd>, EngineError> {
        let number = open.intent.publication;
        let now = self.sandbox.real().refs()?;
        let moves = &open.intent.local_moves;
        let left: Vec<RefMove> = moves
            .iter()
            .filter(|change| now.get(&change.name) != change.new.as_ref())
            .cloned()
            .collect();
        let untouched = moves
            .iter()
            .all(|change| now.get(&change.name) == change.old.as_ref());
        let has_remote = !open.intent.remote_moves.is_empty();
        if !has_remote && untouched && !moves.is_empty() {
            let reason = "rel was ended before it happened".to_owned();
            self.emit(Event::PublicationRefused {
                publication: number,
                reason,
            })?;
            return Ok(None);
        }
        let request = PublishRequest {
            moves: left,
            run: self.run.clone(),
            message: format!("rel: resume {} ({})", phase.name, self.run),
        };
        if let Err(error) = self.ports.publish(&mut self.sandbox, &request) {
            let stop = Stop::Paused {
                cause: PauseCause::RefMoved,
                reason: format!("the local refs cannot follow what was published: {error}"),
                way_out: "mend that, then `rel resume`".into(),
            };
            return self.stopped(phase, stop).map(Some);
        }
        self.emit(Event::PublicationFinished { publication: number })?;
        let now = self.sandbox.real().refs()?;
        for change in moves {
            let value = now.get(&change.name).cloned();
            self.sandbox.set(&change.name, value.clone());
            self.real.set(&change.name, value);
        }
        Ok(None)
    }

    /// Gives a run up, as [`give_up`] does.
    ///
    /// # Errors
    /// As [`give_up`].
    pub fn abort(mut self) -> Result<(RunEnd, Vec<RefMove>), EngineError> {
        let state = self.state.clone();
        give_up(&state, &mut |event| self.emit(event))
    }
}

/// Gives a run up: nothing is undone, and what has been published is named. Needs no plan: it is the way
/// out when the plan can no longer be understood.
///
/// # Errors
/// When the run has ended already, or an event cannot be recorded.
pub fn give_up(
    state: &RunState,
    emit: &mut dyn FnMut(Event) -> Result<(), EngineError>,
) -> Result<(RunEnd, Vec<RefMove>), EngineError> {
    if matches!(
        state.outcome,
        Some(Outcome::Done | Outcome::RolledBack | Outcome::Aborted)
    ) {
        return Err(EngineError::Refused {
            what: "this run has ended; there is nothing to give up".into(),
        });
    }
    let published = state
        .publications
        .iter()
        .filter(|publication| publication.finished || publication.remote_moved)
        .map(|publication| &publication.intent);
    let stays = published
        .flat_map(|intent| intent.remote_moves.iter().chain(&intent.local_moves))
        .cloned()
        .collect();
    emit(Event::RunTakenUp {
        command: "abort".into(),
    })?;
    emit(Event::RunFinished {
        outcome: Outcome::Aborted,
    })?;
    Ok((RunEnd::Aborted, stays))
}
