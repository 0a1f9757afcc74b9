//! One simulated step: what it moves, asks and would run.

use crate::check::{Gate, GateCheck, Phase, Step, StepKind, Subject};
use crate::engine::report::{GatePreview, StepReport};
use crate::engine::run::acts_outside;
use crate::engine::simulate::Blocked;
use crate::journal::{Event, GateResult, Staged};

pub(super) fn step_report(
    phase: &Phase,
    step: &Step,
    events: &[&Event],
    blocked: Option<&Blocked>,
) -> StepReport {
    let id = step.id.0;
    let mut report = StepReport {
        display: step.display.clone(),
        kind: kind_name(&step.kind).to_owned(),
        staged: Vec::new(),
        gates: Vec::new(),
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
            // A soak asks more than once.
            Event::Gate(result) if report.gates.iter().all(|told| told.gate != result.gate) => {
                report.gates.extend(gate_preview(step, result));
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

/// The gates of a step: a soak may have several.
fn gates_of(kind: &StepKind) -> Vec<(&Gate, Repeats)> {
    match kind {
        StepKind::Gate(gate) => vec![(gate, None)],
        StepKind::Wait { gate, every, timeout } => vec![(gate, Some((*every, *timeout)))],
        StepKind::Soak(soak) => {
            let gates = soak.gates.iter();
            gates
                .map(|(gate, every)| (gate, Some((*every, soak.duration))))
                .collect()
        }
        StepKind::Try { steps, .. } => steps.iter().flat_map(|step| gates_of(&step.kind)).collect(),
        _ => Vec::new(),
    }
}

fn gate_preview(step: &Step, result: &GateResult) -> Option<GatePreview> {
    let gates = gates_of(&step.kind);
    let (gate, repeats) = gates.into_iter().find(|(gate, _)| gate.display == result.gate)?;
    Some(GatePreview {
        gate: gate.display.clone(),
        title: gate.title.clone(),
        subject: match &gate.subject {
            Subject::Source(source) => format!("on {}", source.text),
            Subject::Live => "live".into(),
        },
        commit: result.commit.clone(),
        advisory: gate.advisory,
        limits: limits(gate),
        asks: asks(gate),
        repeats,
    })
}

/// What a command has unless the plan says otherwise.
const USUAL_TIMEOUT: u64 = 30 * 60 * 1000;

fn limits(gate: &Gate) -> Vec<String> {
    let mut limits = Vec::new();
    if let Some(retry) = &gate.retry {
        limits.push(format!("retry {} every {}", retry.count, retry.every));
    }
    if let GateCheck::Command { inconclusive, .. } = &gate.check {
        if gate.timeout.as_millis() != USUAL_TIMEOUT {
            limits.push(format!("timeout {}", gate.timeout));
        }
        if !inconclusive.is_empty() {
            let codes: Vec<String> = inconclusive.iter().map(i32::to_string).collect();
            limits.push(format!("inconclusive exit {}", codes.join(", ")));
        }
    }
    limits
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
