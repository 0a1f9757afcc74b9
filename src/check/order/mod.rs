//! The order of phases: who is after whom, circles, and phases that touch the same thing unordered.

mod graph;
mod unordered;

use std::collections::HashMap;

use super::cx::Cx;
use super::effects::Refs;
use super::phase::Draft;
use super::suggest::closest;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::syntax::ast::Ident;
use crate::text::Span;
use graph::Graph;

/// Checks the order; gives the phases in the order in which they run, unless there is none.
pub(super) fn check(cx: &mut Cx<'_>, drafts: &[Draft<'_>], refs: &Refs) -> Option<Vec<usize>> {
    let index: HashMap<&str, usize> = drafts
        .iter()
        .enumerate()
        .map(|(index, draft)| (draft.phase.name.as_str(), index))
        .collect();
    let mut graph = Graph::new(drafts.len());
    // An order that names what cannot be found says too little to judge the rest by.
    let mut clear = true;
    for (phase, draft) in drafts.iter().enumerate() {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for name in &draft.ast.after {
            if let Some(first) = seen.insert(&name.name, name.span) {
                let mut slot = Some(first);
                cx.once(&mut slot, name.span, &format!("`after {}`", name.name));
                continue;
            }
            match index.get(name.name.as_str()) {
                Some(before) => graph.add(*before, phase),
                // Declared, but faulty.
                None if cx.names.phases.contains_key(name.name.as_str()) => clear = false,
                None => match unknown_phase(cx, name, draft, &index) {
                    Some(before) => graph.add(before, phase),
                    None => clear = false,
                },
            }
        }
    }
    let (sorted, circles) = graph.sort();
    for circle in &circles {
        report_circle(cx, drafts, circle);
    }
    if !circles.is_empty() {
        return None;
    }
    if clear {
        unordered::check(cx, drafts, refs, &graph, &sorted);
    }
    Some(sorted)
}

/// Reports `after` of nothing; gives the phase that was probably meant.
fn unknown_phase(
    cx: &mut Cx<'_>,
    name: &Ident,
    draft: &Draft<'_>,
    index: &HashMap<&str, usize>,
) -> Option<usize> {
    let own = draft.phase.name.as_str();
    let known: Vec<&str> = cx
        .names
        .phases
        .keys()
        .copied()
        .filter(|known| *known != own)
        .collect();
    let near = closest(&name.name, known.iter().copied());
    let mut finding = Diagnostic::new(
        Code::UnknownPhase,
        name.span,
        format!("phase `{own}` comes after `{}`, which does not exist", name.name),
    )
    .here("no such phase");
    finding = match near {
        Some(near) => finding.here(format!("did you mean `{near}`?")).fix(
            Applicability::Unsafe,
            format!("write `{near}`"),
            name.span,
            near,
        ),
        None if known.is_empty() => finding.help("there is no other phase; take the `after` away"),
        None => finding.help(format!(
            "the other phases: {}",
            super::suggest::listed(known.iter().copied())
        )),
    };
    cx.report.add(finding);
    near.and_then(|near| index.get(near).copied())
}

fn report_circle(cx: &mut Cx<'_>, drafts: &[Draft<'_>], circle: &[usize]) {
    let name = |index: usize| drafts[index].phase.name.as_str();
    let first = &drafts[circle[0]];
    let before = circle[circle.len() - 1];
    let span = first
        .ast
        .after
        .iter()
        .find(|after| after.name == name(before))
        .map_or(first.phase.span, |after| after.span);
    if circle.len() == 1 {
        cx.report.add(
            Diagnostic::new(
                Code::PhaseCycle,
                span,
                format!("phase `{}` comes after itself", name(before)),
            )
            .here("take this away")
            .label(first.phase.span, "the phase"),
        );
        return;
    }
    // Shown in the order in which the phases would have to run.
    let mut path: Vec<&str> = circle.iter().map(|index| name(*index)).collect();
    path.push(path[0]);
    let shown = if path.len() > 12 {
        format!(
            "{} → ... → {}",
            path[..6].join(" → "),
            path[path.len() - 5..].join(" → ")
        )
    } else {
        path.join(" → ")
    };
    let mut finding = Diagnostic::new(
        Code::PhaseCycle,
        span,
        format!("phases come after each other in a circle: {shown}"),
    )
    .here(format!("`{}` waits for `{}`", name(circle[0]), name(before)));
    for pair in circle.windows(2).take(4) {
        let waiting = &drafts[pair[1]];
        if let Some(after) = waiting.ast.after.iter().find(|after| after.name == name(pair[0])) {
            finding = finding.label(
                after.span,
                format!("`{}` waits for `{}`", name(pair[1]), name(pair[0])),
            );
        }
    }
    cx.report
        .add(finding.help("none of them could ever begin; take one `after` away"));
}
