//! Rules about the plan as a whole; one file each.

mod hotfix;
mod outcome;
mod previous;
mod rollback;
mod unused;

use super::cx::Cx;
use super::effects::Refs;
use super::phase::Draft;

/// Runs every rule; those about the order only where there is one.
pub(super) fn check(cx: &mut Cx<'_>, drafts: &[Draft<'_>], sorted: Option<&[usize]>, refs: &Refs) {
    unused::check(cx);
    rollback::check(cx, drafts);
    let faultless = cx.report.errors() == 0;
    if let Some(sorted) = sorted {
        previous::check(cx, drafts, sorted);
        // What a faulty statement would have published or brought along cannot be told.
        if faultless {
            hotfix::check(cx, drafts, sorted, refs);
        }
    }
    if faultless {
        outcome::check(cx, drafts);
    }
}
