//! The three-way merges of a `revert`, and conflicts in them.

use super::short;
use super::trail::Span;
use crate::check::Phase;
use crate::engine::outcome::{Failure, Stop};
use crate::engine::session::Session;
use crate::engine::step::REVERTS;
use crate::engine::{ByHandOutcome, ByHandRequest};
use crate::git::Merged;
use crate::journal::Conflict;
use crate::model::Oid;

impl Session<'_> {
    /// The tree of `tip` without the changes: three-way merges, newest publication first (base = after it,
    /// ours = now, theirs = before it).
    pub(super) fn taken_back(
        &mut self,
        phase: &Phase,
        name: &str,
        changes: &[Span],
        tip: &Oid,
    ) -> Result<Oid, Stop> {
        let stamp = self.stamp();
        let mut at = tip.clone();
        for (before, after) in changes.iter().rev() {
            let (Some(before), Some(after)) = (before, after) else {
                continue;
            };
            if at == *after {
                // Nothing came later: what was there before is the result, without a merge.
                at = before.clone();
                continue;
            }
            let merged = self.sandbox.three_way(after, &at, before)?;
            let tree = if merged.conflicts.is_empty() {
                merged.tree
            } else {
                self.taken_back_by_hand(phase, name, merged, &at)?
            };
            let on = std::slice::from_ref(&at);
            at = self.sandbox.commit(&tree, on, &stamp, &stamp, "taken back\n")?;
        }
        Ok(self.sandbox.tree_of(&at)?)
    }

    /// The tree that a person leaves in a checkout of the conflict; as long as they have not, nothing moves.
    fn taken_back_by_hand(
        &mut self,
        phase: &Phase,
        name: &str,
        merged: Merged,
        at: &Oid,
    ) -> Result<Oid, Stop> {
        let conflicts: Vec<Conflict> = merged
            .conflicts
            .iter()
            .map(|conflict| self.conflict(&merged, conflict, None))
            .collect();
        let paths: Vec<_> = conflicts
            .iter()
            .map(|conflict| format!("`{}`", conflict.path))
            .collect();
        let paths = paths.join(", ");
        let request = ByHandRequest {
            run: self.run.clone(),
            ours: at.clone(),
            merged,
        };
        let help = match self.ports.by_hand(&mut self.sandbox, &request)? {
            ByHandOutcome::Resolved(tree) => return Ok(tree),
            ByHandOutcome::Waiting { path, left } => {
                format!(
                    "in {}: {left}; then `rel resume` goes on with the rollback",
                    path.display()
                )
            }
            ByHandOutcome::NotAsked => {
                format!("a person will have to take the change in {paths} back by hand")
            }
        };
        Err(Stop::Failed(Failure {
            reason: format!(
                "taking `{}` back on `{}` conflicts with what came later in {paths}; nothing was moved",
                phase.name,
                short(name),
            ),
            help: Some(help),
            conflicts,
        }))
    }

    /// Says what is taken back; the last line is what `reland` looks for.
    pub(super) fn revert_message(&self, phase: &Phase, name: &str, changes: &[Span]) -> String {
        let range = match (changes.first(), changes.last()) {
            (Some((Some(old), _)), Some((_, Some(new)))) => format!("{REVERTS}{old}..{new}\n"),
            _ => String::new(),
        };
        format!(
            "Revert \"{}\"\n\nTakes back what phase {} of \"{}\" changed on {}.\n\n{range}",
            phase.title.as_deref().unwrap_or(&phase.name),
            phase.name,
            self.plan.title(),
            short(name)
        )
    }
}
