//! Rules about the plan as a whole; one file each.

mod hotfix;
mod outcome;
mod previous;
mod protected;
mod rollback;
mod unused;

use super::cx::Cx;
use super::effects::Refs;
use super::phase::Draft;

/// Runs every rule; those about the order only where there is one.
///
/// `faultless`: every statement was expanded. What a faulty one would have used, published or
/// brought along cannot be told.
pub(super) fn check(
    cx: &mut Cx<'_>,
    drafts: &[Draft<'_>],
    sorted: Option<&[usize]>,
    refs: &Refs,
    faultless: bool,
) {
    rollback::check(cx, drafts);
    protected::check(cx, drafts);
    if let Some(sorted) = sorted {
        previous::check(cx, drafts, sorted);
        if faultless {
            hotfix::check(cx, drafts, sorted, refs);
        }
    }
    if faultless {
        unused::check(cx);
        outcome::check(cx, drafts);
    }
}
