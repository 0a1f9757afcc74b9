//! `rollback-missing`: a phase with an outside effect says no way back.

use crate::check::cx::Cx;
use crate::check::phase::Draft;
use crate::diag::{Applicability, Code, Diagnostic};

pub(super) fn check(cx: &mut Cx<'_>, drafts: &[Draft<'_>]) {
    for draft in drafts {
        let phase = &draft.phase;
        let Some(point) = phase.commit_point else { continue };
        if !draft.ast.rollbacks.is_empty() {
            continue;
        }
        let Some(step) = phase.steps.iter().find(|step| step.id == point) else {
            continue;
        };
        let moves = !phase.effects.writes.is_empty() || !phase.effects.pushes.is_empty();
        let clause = if moves {
            "rollback revert"
        } else {
            "rollback none because \"say why there is no way back\""
        };
        let mut finding = Diagnostic::new(
            Code::RollbackMissing,
            phase.span,
            format!("phase `{}` acts on the outside and does not say how to take it back", phase.name),
        )
        .here("has no `rollback`")
        .label(step.span, "the first outside effect")
        .help("end it with `rollback revert`, which adds commits that take back exactly what the phase changed; with `rollback { deploy previous to production; revert }`, where something was deployed; with `rollback undo`, which runs the `undo`s of its commands; or with `rollback none because \"...\"`");
        if let Some(last) = draft.ast.steps.last() {
            let indent = cx.indentation(last.span);
            finding = finding.fix(
                Applicability::Unsafe,
                format!("add `{clause}`"),
                last.span.after(),
                format!("\n{indent}{clause}"),
            );
        }
        cx.report.add(finding);
    }
}
