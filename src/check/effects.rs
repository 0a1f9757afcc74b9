//! What each step reads and writes, and from that a phase's commit point.

use std::collections::BTreeSet;

use super::phase::{Checker, walk};
use crate::check::{
    DeployMethod, DeploySource, Effects, Gate, Phase, PushRef, RefKind, Rollback, Source, Step, StepId,
    StepKind, Subject,
};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::text::Span;

/// One step's touch of one ref or environment.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) what: String,
    pub(super) writes: bool,
    pub(super) span: Span,
}

impl Checker<'_> {
    /// Fills in what a phase touches, and where it first acts outside.
    pub(super) fn effects(&mut self, phase: &mut Phase) {
        self.kinds(&mut phase.steps);
        let accesses = self.accesses(&phase.steps);
        phase.effects = self.summary(phase, &accesses);
        phase.commit_point = phase
            .steps
            .iter()
            .find(|step| outside(&step.kind))
            .map(|step| step.id);
        phase.no_return = phase
            .steps
            .iter()
            .find(|step| irreversible(&step.kind))
            .map(|step| step.id);
        if let (Some(point), None) = (phase.commit_point, &phase.rollback) {
            self.rollback_missing(phase, point);
        }
    }

    fn rollback_missing(&mut self, phase: &Phase, point: StepId) {
        let Some(step) = phase.steps.iter().find(|step| step.id == point) else {
            return;
        };
        let declared = self
            .declared
            .phases
            .get(phase.name.as_str())
            .map(|(declared, item)| (declared.steps.last(), item.span));
        let mut diagnostic = Diagnostic::new(Code::RollbackMissing, phase.span, format!("phase `{}` acts on the outside and does not say how to take it back", phase.name))
            .here("has no `rollback`")
            .label(Span { end: step.span.start + u32::try_from(step.display.len()).unwrap_or(0).min(step.span.end - step.span.start), ..step.span }, "the first outside effect")
            .help("end it with `rollback revert`, which adds commits that take back exactly what the phase changed; or with `rollback { ... }`, `rollback undo`, or `rollback none because \"...\"`");
        if let Some((Some(last), _)) = declared {
            let line = self
                .loaded
                .sources
                .get(phase.span.file)
                .position(last.span.start as usize);
            let indent = " ".repeat(line.column.saturating_sub(1));
            diagnostic = diagnostic.fix(
                Applicability::Unsafe,
                "take it back with new commits",
                last.span.after(),
                format!("\n\n{indent}rollback revert"),
            );
        }
        self.report.add(diagnostic);
    }

    /// Tells branches from tags where the plan or the repository does.
    fn kinds(&mut self, steps: &mut [Step]) {
        for step in steps {
            match &mut step.kind {
                StepKind::Tag { name, .. } => {
                    self.tags.insert(name.to_string());
                }
                StepKind::Push { refs, .. } => {
                    for pushed in refs {
                        pushed.kind = self.kind_of(pushed);
                    }
                }
                StepKind::Try { steps, .. } => self.kinds(steps),
                _ => {}
            }
        }
    }

    fn kind_of(&self, pushed: &PushRef) -> Option<RefKind> {
        let name = pushed.name.as_str();
        if self.tags.contains(name) {
            return Some(RefKind::Tag);
        }
        let facts = self.input.facts?;
        if facts.branches.contains_key(name) {
            return Some(RefKind::Branch);
        }
        facts.tags.contains_key(name).then_some(RefKind::Tag)
    }

    /// The full name of a ref that a source means; a mere revision means none.
    fn full(&self, source: &Source) -> Option<String> {
        let name = source.text.split(['~', '^', '@', ':']).next().unwrap_or_default();
        if name.is_empty() || name == "HEAD" {
            return None;
        }
        let tag = self.tags.contains(name)
            || self
                .input
                .facts
                .is_some_and(|facts| !facts.branches.contains_key(name) && facts.tags.contains_key(name));
        let commit = name.len() >= 7 && name.bytes().all(|b| b.is_ascii_hexdigit());
        if commit {
            return None;
        }
        Some(if tag {
            format!("refs/tags/{name}")
        } else {
            format!("refs/heads/{name}")
        })
    }

    /// Everything that steps touch, in order.
    pub(super) fn accesses(&self, steps: &[Step]) -> Vec<Access> {
        let mut accesses = Vec::new();
        let mut local: BTreeSet<String> = BTreeSet::new();
        walk(steps, &mut |step| {
            if let StepKind::Try { branch, .. } = &step.kind {
                local.insert(branch.as_branch());
            }
            self.step_accesses(step, &mut accesses);
        });
        accesses.retain(|access| !local.contains(&access.what));
        accesses
    }

    fn step_accesses(&self, step: &Step, out: &mut Vec<Access>) {
        let span = step.span;
        let mut add = |what: Option<String>, writes: bool| {
            if let Some(what) = what {
                out.push(Access { what, writes, span });
            }
        };
        match &step.kind {
            StepKind::Merge { source, into, .. } => {
                add(self.full(source), false);
                add(Some(into.as_branch()), true);
            }
            StepKind::Rebase { branch, onto, .. } => {
                add(self.full(onto), false);
                add(Some(branch.as_branch()), true);
            }
            StepKind::CherryPick { sources, onto, .. } => {
                for source in sources {
                    add(self.full(source), false);
                }
                add(Some(onto.as_branch()), true);
            }
            StepKind::Revert { source, on, .. } => {
                add(self.full(source), false);
                add(Some(on.as_branch()), true);
            }
            StepKind::Branch { name, from, .. } => {
                add(self.full(from), false);
                add(Some(name.as_branch()), true);
            }
            StepKind::DeleteBranch { name, .. } => add(Some(name.as_branch()), true),
            StepKind::DeleteTag { name } => add(Some(name.as_tag()), true),
            StepKind::Tag { name, on, .. } => {
                add(self.full(on), false);
                add(Some(name.as_tag()), true);
            }
            StepKind::Push { refs, .. } => {
                for pushed in refs {
                    add(Some(pushed_name(pushed)), true);
                }
            }
            StepKind::Reset { branch, to } => {
                add(self.full(to), false);
                add(Some(branch.as_branch()), true);
            }
            StepKind::Commit { on, .. } => add(Some(on.as_branch()), true),
            StepKind::Gate(gate) | StepKind::Wait { gate, .. } => add(self.subject(gate), false),
            StepKind::Command { subject, .. } => {
                if let Some(Subject::Source(source)) = subject {
                    add(self.full(source), false);
                }
            }
            StepKind::Deploy {
                what, environment, ..
            } => {
                if let DeploySource::Source(source) = what {
                    add(self.full(source), false);
                }
                if let Some(DeployMethod::Branch(branch)) =
                    self.environments.get(environment).and_then(|e| e.deploy.as_ref())
                {
                    add(Some(branch.as_branch()), true);
                }
                add(Some(format!("environment {environment}")), true);
            }
            StepKind::Shift { environment, .. } | StepKind::Restore { environment, .. } => {
                add(Some(format!("environment {environment}")), true);
            }
            StepKind::Backup { environment, .. } => add(Some(format!("environment {environment}")), false),
            StepKind::Soak(soak) => {
                for (gate, _) in &soak.gates {
                    add(self.subject(gate), false);
                }
            }
            StepKind::Try { from, .. } => add(self.full(from), false),
            StepKind::Notify { .. }
            | StepKind::RollbackRevert
            | StepKind::RollbackReset { .. }
            | StepKind::RollbackUndo => {}
        }
    }

    fn subject(&self, gate: &Gate) -> Option<String> {
        match &gate.subject {
            Subject::Source(source) => self.full(source),
            Subject::Live => None,
        }
    }

    fn summary(&self, phase: &Phase, accesses: &[Access]) -> Effects {
        let mut effects = Effects::default();
        let add = |list: &mut Vec<String>, name: &str| {
            if !list.iter().any(|known| known == name) {
                list.push(name.to_owned());
            }
        };
        for access in accesses {
            match access.what.strip_prefix("environment ") {
                Some(name) => {
                    add(
                        if access.writes {
                            &mut effects.deploys
                        } else {
                            &mut effects.asks
                        },
                        name,
                    );
                }
                None => add(
                    if access.writes {
                        &mut effects.writes
                    } else {
                        &mut effects.reads
                    },
                    &access.what,
                ),
            }
        }
        let rollback = match &phase.rollback {
            Some(Rollback::Steps(steps)) => steps.as_slice(),
            _ => &[],
        };
        for step in phase.steps.iter().chain(rollback) {
            match &step.kind {
                StepKind::Push { refs, .. } => refs
                    .iter()
                    .for_each(|pushed| add(&mut effects.pushes, &pushed_name(pushed))),
                StepKind::DeleteBranch { name, local: false } => add(&mut effects.pushes, &name.as_branch()),
                _ => {}
            }
        }
        effects
    }
}

fn pushed_name(pushed: &PushRef) -> String {
    match pushed.kind {
        Some(RefKind::Tag) => pushed.name.as_tag(),
        Some(RefKind::Branch) | None => pushed.name.as_branch(),
    }
}

/// Whether a kind of step has an effect outside the sandbox.
pub(super) fn outside(kind: &StepKind) -> bool {
    matches!(
        kind,
        StepKind::Push { .. }
            | StepKind::Command { .. }
            | StepKind::Deploy { .. }
            | StepKind::Shift { .. }
            | StepKind::Restore { .. }
            | StepKind::DeleteBranch { local: false, .. }
    )
}

fn irreversible(kind: &StepKind) -> bool {
    match kind {
        StepKind::Push { irreversible, .. } => *irreversible,
        StepKind::Command { options, .. }
        | StepKind::Deploy { options, .. }
        | StepKind::Shift { options, .. }
        | StepKind::Restore { options, .. }
        | StepKind::Backup { options, .. } => options.irreversible,
        _ => false,
    }
}
