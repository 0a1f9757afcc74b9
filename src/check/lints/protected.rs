//! `force-on-protected`: what `protect` names is reset, rebased, deleted or pushed with force.

use crate::check::cx::Cx;
use crate::check::phase::Draft;
use crate::check::{Phase, Rollback, Step, StepKind};
use crate::diag::{Code, Diagnostic};
use crate::text::Span;

pub(super) fn check(cx: &mut Cx<'_>, drafts: &[Draft<'_>]) {
    for draft in drafts {
        let phase = &draft.phase;
        steps(cx, phase, &phase.steps);
        match &phase.rollback {
            Some(Rollback::Reset { .. }) => {
                let span = draft
                    .ast
                    .rollbacks
                    .first()
                    .map_or(phase.span, |rollback| rollback.span);
                taken_back(cx, phase, span);
            }
            Some(Rollback::Steps(back)) => steps(cx, phase, back),
            _ => {}
        }
    }
}

fn steps(cx: &mut Cx<'_>, phase: &Phase, all: &[Step]) {
    for step in all {
        match &step.kind {
            StepKind::Reset { branch, .. } => find(cx, step.span, branch.as_str(), "resets it"),
            StepKind::Rebase { branch, .. } => find(cx, step.span, branch.as_str(), "rebases it"),
            StepKind::DeleteBranch { name, .. } | StepKind::DeleteTag { name } => {
                find(cx, step.span, name.as_str(), "deletes it");
            }
            StepKind::Push {
                refs, force: true, ..
            } => {
                for pushed in refs {
                    find(cx, pushed.span, pushed.name.as_str(), "pushes it with force");
                }
            }
            StepKind::RollbackReset { .. } => taken_back(cx, phase, step.span),
            _ => {}
        }
    }
}

/// `rollback reset` moves every branch that the phase moved.
fn taken_back(cx: &mut Cx<'_>, phase: &Phase, span: Span) {
    for name in &phase.effects.writes {
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            find(cx, span, branch, "resets it");
        }
    }
}

fn find(cx: &mut Cx<'_>, span: Span, name: &str, does: &str) {
    let Some(declared) = protection(cx, name) else {
        return;
    };
    let way_out = match does {
        "resets it" => {
            "take the change back with new commits: `revert REF on BRANCH`, or `rollback revert` as the way back"
        }
        "pushes it with force" => "without `force` the push goes through when it is a fast-forward",
        "rebases it" => "merge into it instead",
        _ => "leave it where it is",
    };
    let finding = Diagnostic::new(
        Code::ForceOnProtected,
        span,
        format!("`{name}` is protected, and this {does}"),
    )
    .here("others have built on what this would drop")
    .label(declared, "protected here")
    .help(format!(
        "{way_out}; or take `{name}` out of `protect`, if that is really meant"
    ));
    cx.report.add(finding);
}

/// Where a ref is protected: by its name or by a glob.
fn protection(cx: &Cx<'_>, name: &str) -> Option<Span> {
    let found = cx.protected_at.iter().find(|(pattern, _)| {
        pattern == name || globset::Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
    });
    found.map(|(_, span)| *span)
}
