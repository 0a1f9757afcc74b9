//! The simulation: the same interpreter over ports behind which nothing happens.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::outcome::{EngineError, Failure, Stop};
use super::ports::{
    Answer, ByHandOutcome, ByHandRequest, ExecEnd, ExecOutcome, ExecRequest, HostGateRequest, HostVerdict,
    Now, Output, Ports, PublishRequest, PushRequest, Question, SignOutcome, SignRequest, Waited,
};
use super::session::Session;
use crate::check::{Phase, Rollback, StepId, StepKind};
use crate::git::{self, PushOutcome, Sandbox};
use crate::journal::{Event, Millis, PauseCause, RefAt, RefMove};
use crate::model::{Duration, Oid};

/// Ports behind which nothing happens: commands are not run, pushes are taken, time passes at once.
/// Only fetching is real, once per remote, and into the sandbox.
pub struct Simulated<'p> {
    world: &'p mut dyn Ports,
    start: Now,
    passed: Millis,
    fetched: BTreeSet<String>,
    /// The branches of the real work trees, once they were asked for.
    checked_out: Option<BTreeSet<String>>,
    /// Those of them whose first move was tried on their work tree.
    tried: BTreeSet<String>,
}

impl<'p> Simulated<'p> {
    /// Simulates on top of the real ports, which are asked for the time once and for fetches.
    pub fn over(world: &'p mut dyn Ports) -> Self {
        let start = world.now();
        Self {
            world,
            start,
            passed: 0,
            fetched: BTreeSet::new(),
            checked_out: None,
            tried: BTreeSet::new(),
        }
    }
}

impl Ports for Simulated<'_> {
    fn now(&mut self) -> Now {
        Now {
            millis: self.start.millis + self.passed,
            ..self.start
        }
    }

    fn sleep(&mut self, duration: Duration) -> Waited {
        self.passed += Millis::try_from(duration.as_millis()).unwrap_or(0);
        Waited::Full
    }

    fn interrupted(&mut self) -> bool {
        self.world.interrupted()
    }

    fn mask(&self, secrets: &[String], text: String) -> String {
        self.world.mask(secrets, text)
    }

    fn exec(&mut self, _: &mut Sandbox, _: &ExecRequest) -> ExecOutcome {
        ExecOutcome {
            end: ExecEnd::NotRun,
            stdout: Output::default(),
            stderr: Output::default(),
            tail: String::new(),
            elapsed: Duration::default(),
            tree: None,
        }
    }

    fn sign(&mut self, _: &mut Sandbox, _: &SignRequest) -> SignOutcome {
        SignOutcome::NotSigned
    }

    fn fetch(&mut self, sandbox: &mut Sandbox, remote: &str) -> Result<Vec<RefMove>, git::Error> {
        if self.fetched.insert(remote.to_owned()) {
            self.world.fetch(sandbox, remote)
        } else {
            Ok(Vec::new())
        }
    }

    fn local_refs(
        &mut self,
        _: &Sandbox,
    ) -> Result<Option<std::collections::BTreeMap<String, Oid>>, git::Error> {
        Ok(None)
    }

    fn push(&mut self, _: &mut Sandbox, _: &PushRequest) -> PushOutcome {
        PushOutcome::Accepted
    }

    fn publish(&mut self, _: &mut Sandbox, _: &PublishRequest) -> Result<(), git::Error> {
        Ok(())
    }

    /// A work tree that is in the way is in the way of `apply` too. Only the first move of a branch starts from what
    /// is real; those after it follow from that.
    fn can_publish(&mut self, sandbox: &mut Sandbox, moves: &[RefMove]) -> Result<(), git::Error> {
        let checked_out = match &self.checked_out {
            Some(known) => known,
            None => {
                let worktrees = sandbox.real().worktrees()?;
                let branches = worktrees.into_iter().filter_map(|tree| tree.branch).collect();
                self.checked_out.insert(branches)
            }
        };
        let first: Vec<RefMove> = moves
            .iter()
            .filter(|change| checked_out.contains(&change.name))
            .filter(|change| !self.tried.contains(&change.name))
            .cloned()
            .collect();
        if first.is_empty() {
            return Ok(());
        }
        self.tried.extend(first.iter().map(|change| change.name.clone()));
        match self.world.can_publish(sandbox, &first) {
            // A branch that was only brought along here stands elsewhere for real.
            Err(git::Error::RefMoved { .. }) => Ok(()),
            result => result,
        }
    }

    fn by_hand(&mut self, _: &mut Sandbox, _: &ByHandRequest) -> Result<ByHandOutcome, git::Error> {
        Ok(ByHandOutcome::NotAsked)
    }

    fn ask(&mut self, _: &Question) -> Answer {
        Answer::NotAsked
    }

    fn host_gate(&mut self, _: &HostGateRequest) -> HostVerdict {
        HostVerdict::NotRun
    }
}

/// A phase that would not go through.
#[derive(Debug)]
pub(crate) struct Blocked {
    pub(crate) step: Option<u32>,
    pub(crate) failure: Failure,
}

/// The rollback of a phase, tried in one state of what it has done outside.
#[derive(Debug)]
pub(crate) struct Trial {
    /// The first and the last step, by index, whose failure leaves this state; the number of steps stands
    /// for a rollback after the phase.
    pub(crate) fails_at: (usize, usize),
    /// What is not as it was before the phase.
    pub(crate) outcome: Result<Vec<String>, Failure>,
}

/// What walking through a plan gave besides its events, by phase.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) blocked: IndexMap<String, Blocked>,
    pub(crate) trials: BTreeMap<String, Vec<Trial>>,
}

/// The rollbacks tried on the way through a plan.
#[derive(Debug, Default)]
pub(crate) struct Rehearsal {
    trials: BTreeMap<String, Vec<Trial>>,
    /// What had been done outside when a rollback was last thought of.
    tried: (usize, usize),
    /// Whether the newest trial still tells what a failure now would lead to.
    open: bool,
}

impl Session<'_> {
    /// Goes through the whole plan; a phase that would fail is noted, and those that do not need it go on.
    pub(crate) fn walk(mut self) -> Result<Walk, EngineError> {
        let mut blocked = IndexMap::new();
        let mut lost: BTreeSet<&str> = BTreeSet::new();
        self.rehearsal = Some(Rehearsal::default());
        let plan = self.plan;
        for phase in plan.phases() {
            if phase.skipped {
                self.emit(Event::PhaseSkipped {
                    phase: phase.name.clone(),
                })?;
                continue;
            }
            if phase.after.iter().any(|before| lost.contains(before.as_str())) {
                lost.insert(&phase.name);
                continue;
            }
            let Err(stop) = self.phase(phase) else { continue };
            // A person resolves that one when the time comes: what follows is known after it.
            if let Stop::Paused {
                cause: PauseCause::Conflict,
                reason,
                ..
            } = &stop
            {
                let message = format!("{reason}; what follows it is known only then");
                self.warn(phase, message)?;
                lost.insert(&phase.name);
                self.discard();
                continue;
            }
            let failure = match stop {
                Stop::Engine(error) => return Err(error),
                Stop::Failed(failure) => failure,
                Stop::Paused { reason, way_out, .. } => Failure {
                    reason,
                    help: Some(way_out),
                    conflicts: Vec::new(),
                },
                Stop::BaseMoved(name) => Failure {
                    reason: format!("`{name}` moved"),
                    ..Failure::default()
                },
                Stop::Interrupted => Failure {
                    reason: "interrupted".into(),
                    ..Failure::default()
                },
            };
            let step = self.now_step;
            blocked.insert(phase.name.clone(), Blocked { step, failure });
            lost.insert(&phase.name);
            self.discard();
        }
        let trials = self
            .rehearsal
            .map(|rehearsal| rehearsal.trials)
            .unwrap_or_default();
        Ok(Walk { blocked, trials })
    }

    /// A step went through. In a simulation: if what the phase has done outside is new, its way back is tried.
    pub(crate) fn rehearse(&mut self, phase: &Phase, index: usize) -> Result<(), EngineError> {
        let Some(mut rehearsal) = self.rehearsal.take() else {
            return Ok(());
        };
        let done = self.state.phases.get(&phase.name).map(|state| state.ran.len());
        let done = (self.state.publications.len(), done.unwrap_or_default());
        let trials = rehearsal.trials.entry(phase.name.clone()).or_default();
        let next = (index + 1).min(phase.steps.len().saturating_sub(1));
        if rehearsal.tried != done {
            // A command that fails has had its effect; a push that fails has had none.
            let own = phase.steps.get(index).is_some_and(|step| {
                matches!(
                    step.kind,
                    StepKind::Command { .. }
                        | StepKind::Deploy { .. }
                        | StepKind::Shift { .. }
                        | StepKind::Restore { .. }
                )
            });
            let first = if own { index } else { index + 1 };
            if let Some(last) = trials.last_mut().filter(|_| rehearsal.open) {
                last.fails_at.1 = first.saturating_sub(1);
            }
            // No step can fail in that state after all.
            trials.pop_if(|last| last.fails_at.1 < last.fails_at.0);
            rehearsal.open = self.can_go_back(phase);
            if rehearsal.open {
                let outcome = self.try_back(phase)?;
                trials.push(Trial {
                    fails_at: (first, next.max(first)),
                    outcome,
                });
            }
        } else if let Some(last) = trials.last_mut().filter(|_| rehearsal.open) {
            last.fails_at.1 = next.max(last.fails_at.0);
        }
        rehearsal.tried = done;
        self.rehearsal = Some(rehearsal);
        Ok(())
    }

    /// Whether a failure would be followed by a rollback that does something.
    fn can_go_back(&self, phase: &Phase) -> bool {
        let state = self.state.phases.get(&phase.name);
        let past = |id: StepId| state.is_some_and(|state| state.reached(id.0));
        state.is_some_and(|state| state.acted)
            && !matches!(phase.rollback, None | Some(Rollback::None { .. }))
            && !phase.no_return.is_some_and(past)
    }

    /// Tries the way back of a phase on top of everything, and takes all of it away again. What it costs
    /// does not depend on how much else the run has done.
    fn try_back(&mut self, phase: &Phase) -> Result<Result<Vec<String>, Failure>, EngineError> {
        let begun = self.state.phase(&phase.name).refs;
        let saved = self.remember(&[phase]);
        self.discard();
        let result = self.roll_back(phase, "tried");
        let outcome = match result {
            Ok(()) => self.differs(&begun).map(Ok),
            Err(Stop::Engine(error)) => Err(error),
            Err(Stop::Failed(failure)) => Ok(Err(failure)),
            Err(Stop::Paused { .. } | Stop::BaseMoved(_) | Stop::Interrupted) => Ok(Err(Failure {
                reason: "it would wait for a person".into(),
                ..Failure::default()
            })),
        };
        self.forget_since(saved);
        outcome
    }

    /// What is not as it was before the phase: trees of branches, and tags that stay.
    pub(crate) fn differs(&self, begun: &[RefAt]) -> Result<Vec<String>, EngineError> {
        let mut remains = Vec::new();
        for at in begun {
            let now = self.sandbox.get(&at.name);
            if at.oid.as_ref() == now {
                continue;
            }
            let short = at
                .name
                .trim_start_matches("refs/heads/")
                .trim_start_matches("refs/remotes/");
            match (&at.oid, now) {
                (None, Some(_)) if at.name.starts_with("refs/tags/") => {
                    remains.push(format!(
                        "the tag {} stays",
                        at.name.trim_start_matches("refs/tags/")
                    ));
                }
                (Some(old), Some(now))
                    if at.name.starts_with("refs/tags/")
                        || self.sandbox.tree_of(old)? != self.sandbox.tree_of(now)? =>
                {
                    remains.push(format!("{short} has another tree"));
                }
                (Some(_), Some(_)) => {}
                (None, Some(_)) => remains.push(format!("{short} stays")),
                (Some(_), None) => remains.push(format!("{short} is gone")),
                (None, None) => {}
            }
        }
        Ok(remains)
    }
}
