//! From a simulation's events to a report.

mod rollback;
mod step;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

pub use rollback::{RollbackAction, RollbackPreview, preview_rollback};

use super::outcome::EngineError;
use super::report::{PhaseReport, PlanReport, Problem, RefReport, StepReport};
use super::session::{Parts, Session};
use super::simulate::{Blocked, Simulated, Walk};
use crate::check::{Phase, Step, StepId, StepKind};
use crate::journal::{Event, Memory, Record, RefMove, RunState};
use crate::model::Oid;

/// Simulates a plan: nothing of the repository changes, and no command of the plan runs.
///
/// # Errors
/// When the repository cannot be read; what would stop `apply` is in the report instead.
pub fn simulate(parts: Parts<'_>) -> Result<PlanReport, EngineError> {
    let plan = parts.plan;
    let mut memory = Memory::default();
    let mut ignore = |_: &Record| {};
    let mut ports = Simulated::over(parts.ports);
    let clock = super::Ports::now(&mut ports).millis;
    let session = Session::open(Parts {
        ports: &mut ports,
        sink: &mut memory,
        observer: &mut ignore,
        state: RunState::default(),
        ..parts
    })?;
    let walk = session.walk()?;
    let base = base(&memory.records);
    let mut told = told(plan.phases(), &memory.records);
    let phases = plan
        .phases()
        .iter()
        .map(|phase| phase_report(phase, told.remove(phase.name.as_str()).unwrap_or_default(), &walk))
        .collect();
    let mut seen = BTreeSet::new();
    let warnings = memory
        .records
        .iter()
        .filter_map(|record| warning(&record.event))
        .filter(|text| seen.insert(text.clone()))
        .collect();
    let problems = walk
        .blocked
        .iter()
        .map(|(phase, blocked)| problem(plan, phase, blocked))
        .collect();
    let params = plan
        .params()
        .iter()
        .map(|(name, value)| (name.clone(), value.to_string(), plan.overridden().contains(name)));
    Ok(PlanReport {
        title: plan.title().to_owned(),
        owner: plan.owner().map(str::to_owned),
        contact: plan.contact().map(str::to_owned),
        digest: plan.digest().to_owned(),
        clock,
        params: params.collect(),
        base,
        known_after_apply: known_after_apply(&memory.records),
        phases,
        problems,
        warnings,
    })
}

/// Ids that stand for objects in which a command or a signature has a part.
fn known_after_apply(records: &[Record]) -> BTreeSet<Oid> {
    let mut unknown = BTreeSet::new();
    for record in records {
        if let Event::Staged(staged) = &record.event
            && !staged.known
        {
            unknown.extend(staged.change.new.clone());
        }
    }
    unknown
}

/// Every ref of the plan where it was before the plan moved it.
fn base(records: &[Record]) -> Vec<RefMove> {
    let mut seen = BTreeMap::new();
    let mut moved = BTreeSet::new();
    for record in records {
        match &record.event {
            Event::PhaseStarted { refs, .. } => {
                for at in refs.iter().filter(|at| !moved.contains(&at.name)) {
                    seen.entry(at.name.clone()).or_insert_with(|| at.oid.clone());
                }
            }
            Event::Staged(staged) => {
                moved.insert(staged.change.name.clone());
            }
            _ => {}
        }
    }
    seen.into_iter()
        .map(|(name, oid)| RefMove {
            name,
            old: oid.clone(),
            new: oid,
        })
        .collect()
}

fn warning(event: &Event) -> Option<String> {
    match event {
        Event::Warning { message, .. } => Some(message.clone()),
        Event::Reconciled { branch, unpushed, .. } if *unpushed > 0 => {
            let commits = if *unpushed == 1 {
                "1 commit".to_owned()
            } else {
                format!("{unpushed} commits")
            };
            Some(format!(
                "`{branch}` has {commits} that its upstream lacks; a push of it takes them along"
            ))
        }
        _ => None,
    }
}

fn problem(plan: &crate::check::Plan, name: &str, blocked: &Blocked) -> Problem {
    let phase = plan.phase(name);
    let step = phase.and_then(|phase| phase.steps.iter().find(|step| Some(step.id.0) == blocked.step));
    Problem {
        phase: Some(name.to_owned()),
        step: step.map(|step| step.display.clone()),
        message: blocked.failure.reason.clone(),
        help: blocked.failure.help.clone(),
        conflicts: blocked.failure.conflicts.clone(),
    }
}

/// What the events say about one phase.
#[derive(Default)]
struct Told<'r> {
    /// By the step of the phase; what happens inside a `try` belongs to it.
    steps: BTreeMap<u32, Vec<&'r Event>>,
    /// Every ref before and after, in the order in which they move.
    refs: IndexMap<String, RefReport>,
}

/// Sorts events by phase and step, in one pass over them.
fn told<'r>(phases: &'r [Phase], records: &'r [Record]) -> BTreeMap<&'r str, Told<'r>> {
    let mut inside = BTreeMap::new();
    for step in phases.iter().flat_map(|phase| &phase.steps) {
        if let StepKind::Try { steps, .. } = &step.kind {
            nested(steps, step.id.0, &mut inside);
        }
    }
    let mut told: BTreeMap<&str, Told<'_>> = BTreeMap::new();
    let mut values: BTreeMap<&str, (Option<Oid>, bool)> = BTreeMap::new();
    for Record { event, .. } in records {
        let (phase, step) = match event {
            Event::Staged(staged) => (&staged.phase, staged.step),
            Event::PublicationIntent(intent) => (&intent.phase, intent.step),
            Event::CommandIntent(intent) => (&intent.phase, Some(intent.step)),
            Event::StepSkipped { phase, step, .. } => (phase, Some(*step)),
            Event::Gate(result) => (&result.phase, Some(result.step)),
            _ => continue,
        };
        let about = told.entry(phase).or_default();
        let own = step.map(|step| inside.get(&step).copied().unwrap_or(step));
        if let Some(own) = own {
            about.steps.entry(own).or_default().push(event);
        }
        match event {
            // What a `try` stages is thrown away again.
            Event::Staged(staged) if own == step && staged.how != "try" => {
                values.insert(&staged.change.name, (staged.tree.clone(), staged.known));
            }
            Event::PublicationIntent(intent) => {
                let value = |name: &str| values.get(name).cloned().unwrap_or((None, true));
                for change in &intent.local_moves {
                    about.moved(change, value(&change.name), change.name.clone());
                }
                let remote = intent.remote.as_deref().unwrap_or_default();
                for change in &intent.remote_moves {
                    let short = change
                        .name
                        .trim_start_matches("refs/heads/")
                        .trim_start_matches("refs/tags/");
                    about.moved(
                        change,
                        value(&change.name),
                        format!("refs/remotes/{remote}/{short}"),
                    );
                }
            }
            _ => {}
        }
    }
    told
}

fn nested(steps: &[Step], outer: u32, inside: &mut BTreeMap<u32, u32>) {
    for step in steps {
        inside.insert(step.id.0, outer);
        if let StepKind::Try { steps, .. } = &step.kind {
            nested(steps, outer, inside);
        }
    }
}

impl Told<'_> {
    fn moved(&mut self, change: &RefMove, (tree, known): (Option<Oid>, bool), name: String) {
        let report = self.refs.entry(name.clone()).or_insert_with(|| RefReport {
            change: RefMove {
                name,
                old: change.old.clone(),
                new: None,
            },
            tree: None,
            known: true,
        });
        report.change.new.clone_from(&change.new);
        report.known = known;
        report.tree = tree;
    }
}

fn phase_report(phase: &Phase, mut told: Told<'_>, walk: &Walk) -> PhaseReport {
    let index = |id: StepId| phase.steps.iter().position(|step| step.id == id);
    let blocked = walk.blocked.get(&phase.name);
    let steps: Vec<StepReport> = phase
        .steps
        .iter()
        .map(|step| {
            let events = told.steps.remove(&step.id.0).unwrap_or_default();
            step::step_report(phase, step, &events, blocked)
        })
        .collect();
    PhaseReport {
        name: phase.name.clone(),
        title: phase.title.clone(),
        after: phase.after.clone(),
        skipped: phase.skipped,
        owner: phase.owner.clone(),
        estimate: phase.estimate,
        not_before: phase.not_before.as_ref().map(|(_, text)| text.clone()),
        refs: told.refs.into_values().collect(),
        commit_point: phase.commit_point.and_then(index),
        no_return: phase.no_return.and_then(index),
        hold_on_failure: phase.hold_on_failure,
        rollback: rollback::rollback_report(phase, walk),
        steps,
    }
}
