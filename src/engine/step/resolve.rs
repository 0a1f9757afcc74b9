//! `resolve`: conflicts settled by a word, a command or a person.

use super::merge::matches;
use crate::check::{MergeOptions, Phase, Resolution};
use crate::engine::outcome::{Failure, Stop};
use crate::engine::session::Session;
use crate::engine::{ByHandOutcome, ByHandRequest, CheckoutRequest, ExecEnd, Place};
use crate::git::{Merged, Pick};
use crate::journal::{CommandRole, Conflict, PauseCause};
use crate::model::{Oid, RefName};

impl Session<'_> {
    /// How each conflict of a merge was settled.
    pub(super) fn resolutions(&self, merged: &Merged, options: &MergeOptions) -> Vec<Conflict> {
        let word = |path: &str| match resolution(options, path) {
            Some(Resolution::Ours) => "ours".to_owned(),
            Some(Resolution::Theirs) => "theirs".to_owned(),
            Some(Resolution::Union) => "union".to_owned(),
            Some(Resolution::Command(command)) => command.display.clone(),
            Some(Resolution::Pause) | None => "a person".to_owned(),
        };
        merged
            .conflicts
            .iter()
            .map(|c| self.conflict(merged, c, Some(word(&c.path))))
            .collect()
    }

    /// Whether every conflict has a resolution.
    pub(super) fn covered(&self, options: &MergeOptions, merged: &Merged) -> Result<(), Stop> {
        let without = merged
            .conflicts
            .iter()
            .filter(|conflict| resolution(options, &conflict.path).is_none());
        let uncovered: Vec<Conflict> = without
            .map(|conflict| self.conflict(merged, conflict, None))
            .collect();
        if uncovered.is_empty() {
            return Ok(());
        }
        let paths: Vec<_> = uncovered
            .iter()
            .map(|conflict| format!("`{}`", conflict.path))
            .collect();
        let word = if paths.len() == 1 {
            "a conflict"
        } else {
            "conflicts"
        };
        Err(Stop::Failed(Failure {
            reason: format!("{word} in {}", paths.join(", ")),
            help: Some(
                "resolve it on the branch that comes in, or say how with `resolve GLOB with ours|theirs|union|run \"...\"` \
                 in the block"
                    .into(),
            ),
            conflicts: uncovered,
        }))
    }

    /// The tree that the resolving commands leave; `None` where commands are not run.
    pub(super) fn resolved_by_command(
        &mut self,
        phase: &Phase,
        options: &MergeOptions,
        merged: &Merged,
        ours: &Oid,
    ) -> Result<Option<Oid>, Stop> {
        let by_word: Vec<(String, Pick)> = merged
            .conflicts
            .iter()
            .filter_map(|c| Some((c.path.clone(), pick(resolution(options, &c.path)?)?)))
            .collect();
        let mut tree = self.sandbox.settle(merged, &by_word)?;
        let commands: Vec<_> = options
            .resolve
            .iter()
            .filter_map(|(_, resolution)| match resolution {
                Resolution::Command(command) => Some(command),
                _ => None,
            })
            .collect();
        for command in commands {
            let place = Place::Checkout(CheckoutRequest {
                commit: ours.clone(),
                tree: Some(tree.clone()),
                setup: Vec::new(),
                links: self.plan.checkout().links.clone(),
            });
            let outcome = self.exec(
                phase,
                CommandRole::Resolve,
                command,
                place,
                &crate::check::CommandOptions::default(),
                true,
            )?;
            match (outcome.end, outcome.tree) {
                (ExecEnd::NotRun, _) => return Ok(None),
                (ExecEnd::Exited(0), Some(left)) => tree = left,
                _ => {
                    return Err(Stop::failed(format!(
                        "`{}` could not resolve the conflict",
                        command.display
                    )));
                }
            }
        }
        Ok(Some(tree))
    }

    /// The tree that a person leaves, where the plan leaves conflicts to one; `None` where nobody is asked.
    pub(super) fn resolved_by_hand(
        &mut self,
        branch: &RefName,
        options: &MergeOptions,
        merged: &Merged,
        ours: &Oid,
        tree: Oid,
    ) -> Result<Option<Oid>, Stop> {
        let left: Vec<_> = merged
            .conflicts
            .iter()
            .filter(|conflict| matches!(resolution(options, &conflict.path), Some(Resolution::Pause)))
            .cloned()
            .collect();
        let paths: Vec<_> = left
            .iter()
            .map(|conflict| format!("`{}`", conflict.path))
            .collect();
        if left.is_empty() {
            return Ok(Some(tree));
        }
        let request = ByHandRequest {
            run: self.run.clone(),
            ours: ours.clone(),
            merged: Merged {
                tree,
                conflicts: left,
            },
        };
        match self.ports.by_hand(&mut self.sandbox, &request)? {
            ByHandOutcome::Resolved(tree) => Ok(Some(tree)),
            ByHandOutcome::NotAsked => Ok(None),
            ByHandOutcome::Waiting { path, left } => Err(Stop::Paused {
                cause: PauseCause::Conflict,
                reason: format!(
                    "merging into `{branch}` conflicts in {}, which the plan leaves to a person",
                    paths.join(", ")
                ),
                way_out: format!("in {}: {left}; then `rel resume` goes on", path.display()),
            }),
        }
    }
}

fn resolution<'o>(options: &'o MergeOptions, path: &str) -> Option<&'o Resolution> {
    options
        .resolve
        .iter()
        .find(|(glob, _)| matches(glob, path))
        .map(|(_, resolution)| resolution)
}

fn pick(resolution: &Resolution) -> Option<Pick> {
    match resolution {
        Resolution::Ours => Some(Pick::Ours),
        Resolution::Theirs => Some(Pick::Theirs),
        Resolution::Union => Some(Pick::Union),
        Resolution::Command(_) | Resolution::Pause => None,
    }
}

/// A word for every conflict, if words settle them all.
pub(super) fn picks(merged: &Merged, options: &MergeOptions) -> Option<Vec<(String, Pick)>> {
    merged
        .conflicts
        .iter()
        .map(|conflict| {
            Some((
                conflict.path.clone(),
                resolution(options, &conflict.path).and_then(pick)?,
            ))
        })
        .collect()
}
