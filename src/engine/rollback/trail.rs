//! What the publications of a phase did to each ref, here and at remotes.

use std::collections::BTreeMap;

use crate::check::Phase;
use crate::engine::session::Session;
use crate::journal::{Publication, RefMove};
use crate::model::Oid;

/// Before and after; `None` stands for "does not exist".
pub(super) type Span = (Option<Oid>, Option<Oid>);

/// What a phase did to one ref.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trail {
    /// What it changed, publication by publication, oldest first.
    pub(super) changes: Vec<Span>,
    /// From where to where it moved here; `None` when it did not.
    pub(super) here: Option<Span>,
    /// From where to where it moved at each remote that it was pushed to.
    pub(super) there: BTreeMap<String, Span>,
}

impl Trail {
    fn moved_here(&mut self, before: Option<Oid>, after: Option<Oid>) {
        let here = self.here.get_or_insert_with(|| (before.clone(), None));
        here.1.clone_from(&after);
        self.changes.push((before, after));
    }

    fn moved_there(&mut self, remote: &str, change: &RefMove) {
        let there = self
            .there
            .entry(remote.to_owned())
            .or_insert_with(|| (change.old.clone(), None));
        there.1.clone_from(&change.new);
    }
}

impl Session<'_> {
    /// What the publications of a phase did, ref by ref.
    pub(super) fn trails(&self, phase: &Phase) -> BTreeMap<String, Trail> {
        let mut trails: BTreeMap<String, Trail> = BTreeMap::new();
        for publication in self.state.published(&phase.name) {
            let intent = &publication.intent;
            // When the remote moved and the local refs could not follow, nothing has moved here.
            let moved_here = intent.local_moves.iter().filter(|_| publication.finished);
            for change in moved_here {
                let before = base(publication, change);
                // A branch that was only brought along is as its upstream was: the phase did not change it.
                if before != change.new {
                    let trail = trails.entry(change.name.clone()).or_default();
                    trail.moved_here(before, change.new.clone());
                }
            }
            let remote = intent.remote.clone().unwrap_or_default();
            for change in &intent.remote_moves {
                let trail = trails.entry(change.name.clone()).or_default();
                trail.moved_there(&remote, change);
                // What moved here, in this publication or before, is counted already.
                if trail.changes.last().is_none_or(|(_, after)| *after != change.new) {
                    let before = if publication.finished {
                        change.old.clone()
                    } else {
                        base(publication, change)
                    };
                    trail.changes.push((before, change.new.clone()));
                }
            }
        }
        trails
    }
}

/// Where a ref stood before what the run staged on it.
fn base(publication: &Publication, change: &RefMove) -> Option<Oid> {
    let base = publication.bases.get(&change.name);
    base.cloned().unwrap_or_else(|| change.old.clone())
}
