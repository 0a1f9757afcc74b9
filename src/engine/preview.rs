//! From a simulation's events to a report.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::outcome::EngineError;
use super::report::{
    GatePreview, PhaseReport, PlanReport, Problem, RefReport, RollbackReport, RollbackTrial, StepReport,
};
use super::run::acts_outside;
use super::session::{Parts, Session};
use super::simulate::{Blocked, Simulated, Walk};
use crate::check::{Gate, GateCheck, Phase, Rollback, Step, StepId, StepKind, Subject};
use crate::journal::{Conflict, Event, Memory, PublicationIntent, Record, RefAt, RefMove, RunState, Staged};
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
        digest: plan.digest().to_owned(),
        clock,
        params: params.collect(),
        base,
        phases,
        problems,
        warnings,
    })
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
            step_report(phase, step, &events, blocked)
        })
        .collect();
    PhaseReport {
        name: phase.name.clone(),
        title: phase.title.clone(),
        after: phase.after.clone(),
        skipped: phase.skipped,
        refs: told.refs.into_values().collect(),
        commit_point: phase.commit_point.and_then(index),
        no_return: phase.no_return.and_then(index),
        rollback: rollback_report(phase, walk),
        steps,
    }
}

fn step_report(phase: &Phase, step: &Step, events: &[&Event], blocked: Option<&Blocked>) -> StepReport {
    let id = step.id.0;
    let mut report = StepReport {
        display: step.display.clone(),
        kind: kind_name(&step.kind).to_owned(),
        staged: Vec::new(),
        gate: None,
        remote: None,
        remote_moves: Vec::new(),
        local_moves: Vec::new(),
        command: None,
        skipped: None,
        conflicts: Vec::new(),
        outside: acts_outside(&step.kind),
        irreversible: phase.no_return == Some(step.id),
    };
    for event in events {
        match event {
            Event::Staged(staged) => report.staged.push(Staged::clone(staged)),
            Event::PublicationIntent(intent) => {
                report.remote.clone_from(&intent.remote);
                report.remote_moves.extend(intent.remote_moves.iter().cloned());
                report.local_moves.extend(intent.local_moves.iter().cloned());
            }
            Event::CommandIntent(intent) => report.command = Some(intent.display.clone()),
            Event::StepSkipped { step, why, .. } if *step == id => report.skipped = Some(why.clone()),
            Event::Gate(result) => {
                let at = result.commit.as_ref().map(|commit| commit.short().to_owned());
                report.gate = gate_of(&step.kind).map(|(gate, repeats)| GatePreview {
                    gate: gate.display.clone(),
                    title: gate.title.clone(),
                    subject: match (&gate.subject, at) {
                        (Subject::Source(source), Some(at)) => format!("on {} ({at})", source.text),
                        (Subject::Source(source), None) => format!("on {}", source.text),
                        (Subject::Live, _) => "live".into(),
                    },
                    asks: asks(gate),
                    repeats,
                });
            }
            _ => {}
        }
    }
    if let Some(blocked) = blocked.filter(|blocked| blocked.step == Some(id)) {
        report.conflicts.clone_from(&blocked.failure.conflicts);
    }
    report
}

type Repeats = Option<(crate::model::Duration, crate::model::Duration)>;

fn gate_of(kind: &StepKind) -> Option<(&Gate, Repeats)> {
    match kind {
        StepKind::Gate(gate) => Some((gate, None)),
        StepKind::Wait { gate, every, timeout } => Some((gate, Some((*every, *timeout)))),
        StepKind::Soak(soak) => soak
            .gates
            .first()
            .map(|(gate, every)| (gate, Some((*every, soak.duration)))),
        _ => None,
    }
}

fn asks(gate: &Gate) -> Vec<String> {
    match &gate.check {
        GateCheck::Command {
            command,
            expects,
            compare_to,
            ..
        } => {
            let mut asks = vec![command.display.clone()];
            asks.extend(expects.iter().map(|expect| expect.display.clone()));
            asks.extend(
                compare_to
                    .iter()
                    .map(|source| format!("compared to {}", source.text)),
            );
            asks
        }
        GateCheck::Approve { count, of, .. } => vec![format!("{count} of {} approve", of.join(", "))],
        GateCheck::Confirm { text, .. } => vec![format!("a person confirms: {text}")],
        GateCheck::Host { .. } => vec!["asked of the embedding program".into()],
    }
}

fn kind_name(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::Merge { .. } => "merge",
        StepKind::Rebase { .. } => "rebase",
        StepKind::CherryPick { .. } => "cherry-pick",
        StepKind::Revert { .. } => "revert",
        StepKind::Branch { .. } => "branch",
        StepKind::DeleteBranch { .. } => "delete-branch",
        StepKind::DeleteTag { .. } => "delete-tag",
        StepKind::Tag { .. } => "tag",
        StepKind::Push { .. } => "push",
        StepKind::Reset { .. } => "reset",
        StepKind::Commit { .. } => "commit",
        StepKind::Gate(_) => "gate",
        StepKind::Command { .. } => "command",
        StepKind::Deploy { .. } => "deploy",
        StepKind::Shift { .. } => "shift",
        StepKind::Backup { .. } => "backup",
        StepKind::Restore { .. } => "restore",
        StepKind::Soak(_) => "soak",
        StepKind::Wait { .. } => "wait",
        StepKind::Notify { .. } => "notify",
        StepKind::Try { .. } => "try",
        StepKind::RollbackRevert => "rollback-revert",
        StepKind::RollbackReset { .. } => "rollback-reset",
        StepKind::RollbackUndo => "rollback-undo",
    }
}

fn rollback_report(phase: &Phase, walk: &Walk) -> RollbackReport {
    let display = match &phase.rollback {
        None => Vec::new(),
        Some(Rollback::Revert) => vec!["revert".into()],
        Some(Rollback::Reset { force }) => vec![if *force { "reset force" } else { "reset" }.into()],
        Some(Rollback::Undo) => vec!["undo".into()],
        Some(Rollback::None { because }) => vec![format!("none because {because}")],
        Some(Rollback::Steps(steps)) => steps.iter().map(|step| step.display.clone()).collect(),
    };
    let trials = walk.trials.get(&phase.name).into_iter().flatten();
    let tried = trials.flat_map(|trial| {
        let (first, last) = trial.fails_at;
        (first..=last.max(first)).map(|fails_at| match &trial.outcome {
            Ok(remains) => RollbackTrial {
                fails_at,
                restores: remains.iter().all(|text| text.starts_with("the tag ")),
                remains: remains.clone(),
                conflicts: Vec::new(),
            },
            Err(failure) => RollbackTrial {
                fails_at,
                restores: false,
                remains: vec![failure.reason.clone()],
                conflicts: failure.conflicts.clone(),
            },
        })
    });
    RollbackReport {
        display,
        tried: tried.collect(),
    }
}

/// What a rollback would do, tried on a sandbox.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RollbackPreview {
    /// What would move.
    pub moves: Vec<Staged>,
    /// What stays and why, commands that would run, and whatever else is worth knowing.
    pub notes: Vec<String>,
    /// Why it would not go through.
    pub problem: Option<String>,
    /// Conflicts in the way, with their hunks.
    pub conflicts: Vec<Conflict>,
    /// Every ref that would move, first and last value: local ones and (as `refs/remotes/...`) those of remotes.
    pub refs: Vec<RefMove>,
    /// Whether every branch's tree, here and at the remote, would be what it was before the phases.
    pub restores: bool,
    /// What would differ afterwards, in words.
    pub remains: Vec<String>,
}

/// Tries a rollback without moving anything.
///
/// # Errors
/// When it would be refused.
pub fn preview_rollback(
    parts: Parts<'_>,
    phase: &str,
    cascade: bool,
) -> Result<RollbackPreview, EngineError> {
    let mut memory = Memory::default();
    let mut ignore = |_: &Record| {};
    let mut ports = Simulated::over(parts.ports);
    let mut session = Session::open(Parts {
        ports: &mut ports,
        sink: &mut memory,
        observer: &mut ignore,
        ..parts
    })?;
    let end = session.rollback_asked(phase, cascade)?;
    // Dependents come first: where a ref stood before the earliest of the phases is set last.
    let taken_back = session.state.taking_back.iter().flat_map(|back| &back.phases);
    let begun: BTreeMap<String, RefAt> = taken_back
        .flat_map(|name| session.state.phase(name).refs)
        .map(|at| (at.name.clone(), at))
        .collect();
    let begun: Vec<RefAt> = begun.into_values().collect();
    let remains = session.differs(&begun)?;
    let conflicts = std::mem::take(&mut session.conflicts);
    drop(session);
    let problem = match end {
        super::RunEnd::Done | super::RunEnd::RolledBack { .. } => None,
        super::RunEnd::RollbackFailed { reason, .. }
        | super::RunEnd::Failed { reason, .. }
        | super::RunEnd::Waiting { reason, .. } => Some(reason),
        super::RunEnd::Interrupted => Some("it was interrupted".into()),
        super::RunEnd::Aborted => Some("the run was given up".into()),
    };
    let mut preview = RollbackPreview {
        moves: Vec::new(),
        notes: Vec::new(),
        restores: problem.is_none() && restored(&remains),
        problem,
        conflicts,
        refs: net_moves(&memory.records),
        remains,
    };
    for record in &memory.records {
        match &record.event {
            Event::Staged(staged) => preview.moves.push(staged.clone()),
            Event::RollbackNote { message, .. } | Event::Warning { message, .. } => {
                preview.notes.push(message.clone());
            }
            Event::CommandIntent(intent) => preview.notes.push(format!("runs `{}`", intent.display)),
            Event::StepSkipped { why, .. } => preview.notes.push(why.clone()),
            _ => {}
        }
    }
    Ok(preview)
}

/// The first and last value of every ref that these records publish.
fn net_moves(records: &[Record]) -> Vec<RefMove> {
    let publications = records.iter().filter_map(|record| match &record.event {
        Event::PublicationIntent(intent) => Some(intent),
        _ => None,
    });
    PublicationIntent::net(publications)
}

/// Pushed tags stay by intent; anything else that remains is not restored.
fn restored(remains: &[String]) -> bool {
    remains.iter().all(|text| text.starts_with("the tag "))
}
