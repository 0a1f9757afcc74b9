//! The way back: what the simulation of a plan found, and what a rollback would do that a person asks for.

use std::collections::BTreeMap;

use crate::check::{Phase, Plan, Rollback};
use crate::engine::outcome::{EngineError, RunEnd};
use crate::engine::report::{RollbackReport, RollbackTrial};
use crate::engine::session::{Parts, Session};
use crate::engine::simulate::{Simulated, Walk};
use crate::journal::{
    CommandIntent, CommandRole, Conflict, Event, Memory, PublicationIntent, Record, RefAt, RefMove, Staged,
};

pub(super) fn rollback_report(phase: &Phase, walk: &Walk) -> RollbackReport {
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
    /// What it would do, in order.
    pub actions: Vec<RollbackAction>,
    /// Why it would not go through.
    pub problem: Option<String>,
    /// Conflicts in the way, with their hunks: begun all the same, they are laid out for a person to resolve, and
    /// nothing moves before that is done.
    pub conflicts: Vec<Conflict>,
    /// Every ref that would move, first and last value: local ones and (as `refs/remotes/...`) those of remotes.
    pub refs: Vec<RefMove>,
    /// Whether every branch's tree, here and at the remote, would be what it was before the phases.
    pub restores: bool,
    /// What would differ afterwards, in words.
    pub remains: Vec<String>,
}

/// One thing that a rollback would do.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RollbackAction {
    /// The way back of a phase begins.
    Phase {
        /// The phase.
        name: String,
    },
    /// A ref moves in the sandbox.
    Stage(Staged),
    /// Refs move here and at a remote.
    Publish(PublicationIntent),
    /// A command runs.
    Run {
        /// What for, in words: `deploy to production`, `undo of sh "..."`.
        what: String,
        /// The command, as the plan writes it.
        command: String,
    },
    /// Something stays, is not needed, or is worth knowing.
    Note {
        /// It, in words.
        message: String,
    },
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
    let plan = parts.plan;
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
        RunEnd::Done | RunEnd::RolledBack { .. } => None,
        RunEnd::RollbackFailed { reason, .. }
        | RunEnd::Failed { reason, .. }
        | RunEnd::Waiting { reason, .. } => Some(reason),
        RunEnd::Interrupted => Some("it was interrupted".into()),
        RunEnd::Aborted => Some("the run was given up".into()),
    };
    Ok(RollbackPreview {
        actions: memory
            .records
            .iter()
            .filter_map(|record| action(plan, &record.event))
            .collect(),
        restores: problem.is_none() && restored(&remains),
        problem,
        conflicts,
        refs: net_moves(&memory.records),
        remains,
    })
}

fn action(plan: &Plan, event: &Event) -> Option<RollbackAction> {
    let note = |message: &str| RollbackAction::Note {
        message: message.to_owned(),
    };
    Some(match event {
        Event::RollbackStarted { phase, .. } => RollbackAction::Phase { name: phase.clone() },
        Event::Staged(staged) => RollbackAction::Stage(Staged::clone(staged)),
        Event::PublicationIntent(intent) => RollbackAction::Publish(intent.clone()),
        Event::RollbackNote { message, .. } | Event::Warning { message, .. } => note(message),
        Event::StepSkipped { why, .. } => note(why),
        Event::CommandIntent(intent) => RollbackAction::Run {
            what: purpose(plan, intent),
            command: intent.display.clone(),
        },
        _ => return None,
    })
}

/// What a command of a rollback is for.
fn purpose(plan: &Plan, intent: &CommandIntent) -> String {
    let environment = intent.environment.as_deref().unwrap_or_default();
    let to = intent.commit.as_ref().map_or_else(
        || "what ran before".to_owned(),
        |commit| format!("`{}`", commit.short()),
    );
    match intent.role {
        CommandRole::Deploy => format!("deploy {to} to {environment}"),
        CommandRole::Shift => format!("shift {environment}"),
        CommandRole::Backup => format!("backup {environment}"),
        CommandRole::Restore => format!("restore {environment}"),
        CommandRole::Notify => "notify".to_owned(),
        CommandRole::Undo => {
            let step = plan
                .phase(&intent.phase)
                .and_then(|phase| phase.steps.iter().find(|step| step.id.0 == intent.step));
            step.map_or_else(|| "undo".to_owned(), |step| format!("undo of {}", step.display))
        }
        _ => "run".to_owned(),
    }
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
