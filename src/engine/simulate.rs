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
use crate::journal::{Event, Millis, RefMove};
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
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) phase: String,
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
                Ok(()) => walk.trials.extend(self.try_back(phase)?),
                Err(Stop::Engine(error)) => return Err(error),
                Err(stop) => {
                    let failure = match stop {
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
        Ok(walk)
    }

    /// Tries the way back of a phase that went through, on copies of everything.
    fn try_back(&mut self, phase: &Phase) -> Result<Option<Trial>, EngineError> {
        let state = self.state.phase(&phase.name);
        if !state.acted || phase.rollback.is_none() {
            return Ok(None);
        }
        let (refs, real, saved) = (
            self.sandbox.mark(),
            self.real.mark(),
            self.state.mark(&phase.name),
        );
        let (unknown, step) = (self.unknown.clone(), self.now_step);
        let muted = std::mem::replace(&mut self.muted, true);
        let result = self.roll_back(phase, "tried");
        let outcome = match result {
            Ok(()) => Ok(self.differs(&state)?),
            Err(Stop::Engine(error)) => return Err(error),
            Err(Stop::Failed(failure)) => Err(failure),
            Err(_) => Err(Failure {
                reason: "it would wait for a person".into(),
                ..Failure::default()
            }),
        };
        self.rolling_back = false;
        self.muted = muted;
        self.sandbox.rewind(refs);
        self.real.rewind(real);
        self.state.rewind(saved);
        (self.unknown, self.now_step) = (unknown, step);
        self.staged.clear();
        Ok(Some(Trial {
            phase: phase.name.clone(),
            outcome,
        }))
    }

    /// What is not as it was before the phase: trees of branches, and tags that stay.
    fn differs(&self, before: &crate::journal::PhaseState) -> Result<Vec<String>, EngineError> {
        let mut remains = Vec::new();
        for at in &before.refs {
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
