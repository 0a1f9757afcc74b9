//! `plan-without-outcome`: the plan changes refs and publishes none of it.

use crate::check::cx::Cx;
use crate::check::phase::Draft;
use crate::diag::{Code, Diagnostic};

pub(super) fn check(cx: &mut Cx<'_>, drafts: &[Draft<'_>]) {
    let published = drafts.iter().any(|draft| {
        let effects = &draft.phase.effects;
        draft.phase.commit_point.is_some() || !effects.pushes.is_empty() || !effects.deploys.is_empty()
    });
    if published {
        return;
    }
    let written = drafts
        .iter()
        .rev()
        .find_map(|draft| draft.phase.effects.writes.last().map(|name| (draft, name)));
    let (Some((draft, name)), Some((header, item))) = (written, cx.names.header) else {
        return;
    };
    let short = name
        .trim_start_matches("refs/heads/")
        .trim_start_matches("refs/tags/")
        .to_owned();
    let last = draft.ast.steps.last().map_or(draft.phase.span, |step| step.span);
    let finding = Diagnostic::new(
        Code::PlanWithoutOutcome,
        item.span.before().to(header.title.span),
        "nothing that this plan does is ever published",
    )
    .here("changes refs in this repository only")
    .label(last, "ends here, and nobody else sees it")
    .help(format!("push what has come about, `push {short}`, or deploy it"));
    cx.report.add(finding);
}
