//! `plan-without-outcome`: the plan moves no ref, runs no command and deploys nothing.

use crate::check::cx::Cx;
use crate::check::phase::Draft;
use crate::diag::{Code, Diagnostic};

pub(super) fn check(cx: &mut Cx<'_>, drafts: &[Draft<'_>]) {
    // With a phase left out by its `when`, this run does nothing and another would.
    let acts = drafts.iter().any(|draft| {
        let phase = &draft.phase;
        phase.skipped || phase.commit_point.is_some() || !phase.effects.writes.is_empty()
    });
    let Some((header, item)) = cx.names.header else {
        return;
    };
    if acts || cx.names.phases.len() > drafts.len() {
        return;
    }
    cx.report.add(
        Diagnostic::new(
            Code::PlanWithoutOutcome,
            item.span.before().to(header.title.span),
            "nothing in this plan changes anything",
        )
        .here("moves no ref, runs no command, deploys nothing")
        .help("a release lands, tags, pushes or deploys something: add a `phase` with a `merge`, `tag`, `push` or `deploy`"),
    );
}
