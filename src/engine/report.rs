//! What `rel plan` shows: the outcome of a simulation, made from its events.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use crate::journal::{Conflict, RefMove, Staged};
use crate::model::{Duration, Oid};

/// A simulated plan.
#[derive(Clone, Debug, Serialize)]
pub struct PlanReport {
    /// The plan's title.
    pub title: String,
    /// Who answers for the plan.
    pub owner: Option<String>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// The plan's digest.
    pub digest: String,
    /// The moment the simulation took as "now", in milliseconds since 1970 UTC.
    pub clock: i64,
    /// The values of the params: name, value, whether it was set from outside.
    #[serde(serialize_with = "params")]
    pub params: Vec<(String, String, bool)>,
    /// Every ref that was read, where it was: what a saved plan is held against.
    pub base: Vec<RefMove>,
    /// The phases in the order in which they run.
    pub phases: Vec<PhaseReport>,
    /// Ids in this report that stand for commits, tags and trees which only apply will make, since a command or a
    /// signature has a part in them.
    pub known_after_apply: BTreeSet<Oid>,
    /// What would stop `apply`; empty for a plan that would go through.
    pub problems: Vec<Problem>,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

/// A simulated phase.
#[derive(Clone, Debug, Serialize)]
pub struct PhaseReport {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Option<String>,
    /// The phases it comes after.
    pub after: Vec<String>,
    /// `when` does not hold.
    pub skipped: bool,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How long it is thought to take.
    pub estimate: Option<Duration>,
    /// The moment before which it does not begin, as the plan writes it.
    pub not_before: Option<String>,
    /// Its steps, in order.
    pub steps: Vec<StepReport>,
    /// Every ref before and after, local ones and (as `refs/remotes/...`) those of remotes.
    pub refs: Vec<RefReport>,
    /// The commit point: the index in `steps`.
    pub commit_point: Option<usize>,
    /// The point of no return: the index in `steps`.
    pub no_return: Option<usize>,
    /// `on failure hold`: a failure behind the commit point leaves it as it is.
    pub hold_on_failure: bool,
    /// The way back.
    pub rollback: RollbackReport,
}

/// A ref before and after a phase.
#[derive(Clone, Debug, Serialize)]
pub struct RefReport {
    /// The move.
    pub change: RefMove,
    /// The tree after.
    pub tree: Option<Oid>,
    /// `false`: known after apply.
    pub known: bool,
}

/// A simulated step.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    /// As the plan writes it.
    pub display: String,
    /// Its kind: `merge`, `gate`, `push`, ...
    pub kind: String,
    /// What it moves.
    pub staged: Vec<Staged>,
    /// The gates that it asks: one, or all those of a soak.
    pub gates: Vec<GatePreview>,
    /// For a push: the remote.
    pub remote: Option<String>,
    /// For a publication: what moves at the remote and here.
    pub remote_moves: Vec<RefMove>,
    /// Local refs that the publication moves.
    pub local_moves: Vec<RefMove>,
    /// For a command: that it would run, and where.
    pub command: Option<String>,
    /// Why it would do nothing.
    pub skipped: Option<String>,
    /// Conflicts nothing resolves.
    pub conflicts: Vec<Conflict>,
    /// Whether it has an outside effect.
    pub outside: bool,
    /// Whether it is marked `irreversible`.
    pub irreversible: bool,
}

/// A gate that would be asked.
#[derive(Clone, Debug, Serialize)]
pub struct GatePreview {
    /// `coverage(min: 75%)`
    pub gate: String,
    /// Its title.
    pub title: Option<String>,
    /// `on main`, `live`
    pub subject: String,
    /// The commit it is asked on; `None` for the running system.
    pub commit: Option<Oid>,
    /// It reports, and never blocks.
    pub advisory: bool,
    /// `retry 3 every 5s`, `timeout 10s`, `inconclusive exit 7`: how patient it is.
    pub limits: Vec<String>,
    /// Expectations as written, or who approves.
    pub asks: Vec<String>,
    /// How often it is asked, in a soak or wait: every, for.
    #[serde(serialize_with = "repeats")]
    pub repeats: Option<(Duration, Duration)>,
}

/// The simulated way back of a phase.
#[derive(Clone, Debug, Serialize)]
pub struct RollbackReport {
    /// As the plan writes it: `revert`, `reset`, `none because ...`, or the steps.
    pub display: Vec<String>,
    /// From each step that can fail after the commit point: what the rollback would do.
    pub tried: Vec<RollbackTrial>,
}

/// The rollback tried in the simulation, after a failure at one step.
#[derive(Clone, Debug, Serialize)]
pub struct RollbackTrial {
    /// The step that fails: its index in `steps`.
    pub fails_at: usize,
    /// Whether every branch's tree, here and at the remote, is what it was before the phase.
    pub restores: bool,
    /// What differs afterwards, in words; pushed tags that stay, for example.
    pub remains: Vec<String>,
    /// Conflicts in the way.
    pub conflicts: Vec<Conflict>,
}

/// What becomes of a plan when one gate fails at one step, as the simulation found it.
#[derive(Clone, Debug, Serialize)]
pub struct WhatIf {
    /// The phase.
    pub phase: String,
    /// The step that fails: its index in the phase's `steps`.
    pub step: usize,
    /// What becomes of the phase.
    pub then: Consequence,
    /// The phases that do not run any more.
    pub not_run: Vec<String>,
}

/// What becomes of a phase that fails.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Consequence {
    /// The gate is advisory: the phase goes on.
    GoesOn,
    /// Nothing outside has happened: what is staged is discarded.
    Discarded,
    /// The phase is held for a person: the plan says so, or there is no way back from there.
    Held,
    /// The phase is rolled back.
    RolledBack(RollbackTrial),
}

impl PlanReport {
    /// The names of the gates that the plan asks, in its order.
    pub fn gates(&self) -> Vec<&str> {
        let steps = self.phases.iter().flat_map(|phase| &phase.steps);
        let mut names: Vec<&str> = Vec::new();
        for gate in steps.flat_map(|step| &step.gates) {
            if !names.contains(&gate.name()) {
                names.push(gate.name());
            }
        }
        names
    }

    /// What happens where a gate of this name fails, once for each step that asks it.
    pub fn if_fails(&self, gate: &str) -> Vec<WhatIf> {
        let mut found = Vec::new();
        for (index, phase) in self.phases.iter().enumerate() {
            for (step, report) in phase.steps.iter().enumerate() {
                let asked: Vec<_> = report.gates.iter().filter(|one| one.name() == gate).collect();
                if asked.is_empty() {
                    continue;
                }
                let then = if asked.iter().all(|one| one.advisory) {
                    Consequence::GoesOn
                } else {
                    phase.if_fails(step)
                };
                let not_run = match then {
                    Consequence::GoesOn => Vec::new(),
                    _ => self.phases[index + 1..]
                        .iter()
                        .filter(|later| !later.skipped)
                        .map(|later| later.name.clone())
                        .collect(),
                };
                found.push(WhatIf {
                    phase: phase.name.clone(),
                    step,
                    then,
                    not_run,
                });
            }
        }
        found
    }
}

impl PhaseReport {
    fn if_fails(&self, step: usize) -> Consequence {
        if self.commit_point.is_none_or(|point| step < point) {
            return Consequence::Discarded;
        }
        if self.hold_on_failure || self.no_return.is_some_and(|point| point < step) {
            return Consequence::Held;
        }
        let trial = self.rollback.tried.iter().find(|trial| trial.fails_at == step);
        trial.map_or(Consequence::Held, |trial| Consequence::RolledBack(trial.clone()))
    }
}

impl GatePreview {
    /// Its name, without arguments.
    pub fn name(&self) -> &str {
        self.gate
            .split_once('(')
            .map_or(self.gate.as_str(), |(name, _)| name)
    }
}

/// What would stop `apply`.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// The phase.
    pub phase: Option<String>,
    /// The step, as the plan writes it.
    pub step: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
    /// Conflicts, with their hunks.
    pub conflicts: Vec<Conflict>,
}

fn params<S: Serializer>(params: &[(String, String, bool)], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Param<'a> {
        name: &'a str,
        value: &'a str,
        set: bool,
    }
    serializer.collect_seq(params.iter().map(|(name, value, set)| Param {
        name,
        value,
        set: *set,
    }))
}

#[expect(clippy::ref_option, reason = "serde passes fields by reference")]
fn repeats<S: Serializer>(repeats: &Option<(Duration, Duration)>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Repeats {
        every: Duration,
        within: Duration,
    }
    let repeats = repeats.map(|(every, within)| Repeats { every, within });
    repeats.serialize(serializer)
}
