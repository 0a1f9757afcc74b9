//! The simulation: the same interpreter over ports behind which nothing happens.

use std::collections::BTreeSet;

use super::outcome::{EngineError, Failure, Stop};
use super::ports::{
    Answer, ExecEnd, ExecOutcome, ExecRequest, HostGateRequest, HostVerdict, Now, Output, Ports,
    PublishRequest, PushRequest, Question, SignOutcome, SignRequest, Waited,
};
use super::session::Session;
use crate::check::Phase;
use crate::git::{self, PushOutcome, Sandbox};
use crate::journal::{Event, Millis, RefAt, RefMove};
use crate::model::{Duration, Oid};

/// Ports behind which nothing happens: commands are not run, pushes are taken, time passes at once.
/// Only fetching is real, once per remote, and into the sandbox.
pub struct Simulated<'p> {
    world: &'p mut dyn Ports,
    start: Now,
    passed: Millis,
    fetched: BTreeSet<String>,
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

    fn can_publish(&mut self, _: &mut Sandbox, _: &[RefMove]) -> Result<(), git::Error> {
        Ok(())
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
    pub(crate) phase: String,
    pub(crate) step: Option<u32>,
    pub(crate) failure: Failure,
}

/// The rollback of a phase, tried after it.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) phase: String,
    /// The step that fails: its index.
    pub(crate) fails_at: usize,
    /// What had happened outside by then: as long as it is the same, so is the way back.
    after: (usize, usize, usize, usize),
    pub(crate) outcome: Result<Vec<String>, Failure>,
}

/// What walking through a plan gave besides its events.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) blocked: Vec<Blocked>,
    pub(crate) trials: Vec<Trial>,
}

impl Session<'_> {
    /// Goes through the whole plan; a phase that would fail is noted, and those that do not need it go on.
    pub(crate) fn walk(mut self) -> Result<Walk, EngineError> {
        let mut walk = Walk::default();
        let mut lost: BTreeSet<&str> = BTreeSet::new();
        let plan = self.plan;
        self.trials = Some(Vec::new());
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
            match self.phase(phase) {
                Ok(()) => {}
                Err(Stop::Engine(error)) => return Err(error),
                Err(stop) => {
                    let failure = match stop {
                        Stop::Failed(failure) => failure,
                        Stop::Paused { reason, way_out, .. } => Failure {
                            reason,
                            help: Some(way_out),
                            ..Failure::default()
                        },
                        Stop::BaseMoved(name) => Failure {
                            reason: format!("`{name}` moved"),
                            ..Failure::default()
                        },
                        Stop::Interrupted | Stop::Engine(_) => Failure {
                            reason: "interrupted".into(),
                            ..Failure::default()
                        },
                    };
                    walk.blocked.push(Blocked {
                        phase: phase.name.clone(),
                        step: self.now_step,
                        failure,
                    });
                    lost.insert(&phase.name);
                    self.discard();
                }
            }
        }
        walk.trials = self.trials.take().unwrap_or_default();
        Ok(walk)
    }

    /// In a simulation: tries the way back as if the step at `index` failed, on copies of everything. Where
    /// nothing has happened outside since the last try, that one's outcome holds.
    pub(crate) fn try_back(&mut self, phase: &Phase, index: usize) -> Result<(), Stop> {
        let Some(trials) = &self.trials else { return Ok(()) };
        let state = self.state.phase(&phase.name);
        if !state.acted || phase.rollback.is_none() || self.muted {
            return Ok(());
        }
        // The end of a phase is tried as its last step.
        let fails_at = index.min(phase.steps.len().saturating_sub(1));
        let after = (
            self.state.publications.len(),
            state.ran.len(),
            state.deployed.len(),
            state.backups.len(),
        );
        let last = trials
            .last()
            .filter(|last| last.phase == phase.name && last.after == after);
        let outcome = match last {
            Some(last) => last.outcome.clone(),
            None => self.way_back_tried(phase)?,
        };
        self.trials.get_or_insert_default().push(Trial {
            phase: phase.name.clone(),
            fails_at,
            after,
            outcome,
        });
        Ok(())
    }

    fn way_back_tried(&mut self, phase: &Phase) -> Result<Result<Vec<String>, Failure>, EngineError> {
        let begun = self.state.phase(&phase.name).refs;
        let saved = self.remember(&[phase]);
        self.discard();
        let outcome = match self.roll_back(phase, "tried") {
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
