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
