//! Staging: a ref moves in the sandbox, and an event tells what that brings.

use super::outcome::Stop;
use super::session::Session;
use crate::git::{ChangeKind, Conflicted, Merged};
use crate::journal::{CommitLine, Conflict, Event, FileChange, RefMove, Staged};
use crate::model::Oid;

/// How many commits and files an event lists; the counts are always whole.
const LISTED: usize = 50;

/// How many lines of a conflict are shown.
const HUNK_LINES: usize = 40;

/// A move that is about to be staged.
pub(crate) struct Move<'m> {
    pub(crate) phase: &'m str,
    pub(crate) name: String,
    pub(crate) new: Option<Oid>,
    pub(crate) how: &'m str,
    pub(crate) known: bool,
    pub(crate) resolved: Vec<Conflict>,
    pub(crate) diff: Option<String>,
}

impl Session<'_> {
    /// Moves a ref in the sandbox and tells what that brings.
    pub(crate) fn stage_move(&mut self, change: Move<'_>) -> Result<(), Stop> {
        let old = self.sandbox.get(&change.name).cloned();
        if old.is_none() && change.new.is_some() {
            self.room_for(&change.name)?;
        }
        let mut staged = Staged {
            phase: change.phase.to_owned(),
            step: self.now_step,
            change: RefMove {
                name: change.name.clone(),
                old: old.clone(),
                new: change.new.clone(),
            },
            tree: None,
            known: change.known,
            commits: Vec::new(),
            commit_count: 0,
            files: Vec::new(),
            file_count: 0,
            added: 0,
            removed: 0,
            how: change.how.to_owned(),
            resolved: change.resolved,
            diff: change.diff.map(|diff| self.ports.mask(self.plan.secrets(), diff)),
        };
        if change.name.starts_with("refs/heads/")
            && let Some(new) = &change.new
        {
            self.describe(&mut staged, old.as_ref(), new)?;
        }
        if change.known {
            self.unknown.remove(&change.name);
        } else {
            self.unknown.insert(change.name.clone());
        }
        // A branch that is made here starts at its first commit: only what comes on top is the phase's change.
        if let Some(base) = old.or_else(|| change.new.clone()) {
            self.bases.entry(change.name.clone()).or_insert(base);
        }
        self.stage(&change.name, change.new);
        self.emit(Event::Staged(staged))?;
        Ok(())
    }

    /// git keeps refs as files in directories: `a` and `a/b` cannot both exist.
    fn room_for(&self, name: &str) -> Result<(), Stop> {
        let start = ["refs/heads/", "refs/tags/"]
            .into_iter()
            .find(|prefix| name.starts_with(prefix))
            .map_or(0, str::len);
        let short = &name[start..];
        let parents = short.match_indices('/').map(|(at, _)| &name[..start + at]);
        let mut above = parents.filter(|parent| self.sandbox.get(parent).is_some());
        let below = format!("{name}/");
        let found = above
            .next()
            .or_else(|| self.sandbox.refs_below(&below).next().map(|(found, _)| found));
        match found {
            None => Ok(()),
            Some(found) => Err(Stop::failed_with(
                format!(
                    "`{short}` cannot be made beside `{}`: git keeps one as a file where the other needs a directory",
                    &found[start..]
                ),
                "give it another name, or delete the other one in an earlier phase",
            )),
        }
    }

    fn describe(&self, staged: &mut Staged, old: Option<&Oid>, new: &Oid) -> Result<(), Stop> {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let tree = self.sandbox.tree_of(new)?;
        staged.tree = Some(tree.clone());
        let Some(old) = old else { return Ok(()) };
        let (commits, count) = self.sandbox.log(Some(old), new, LISTED)?;
        staged.commit_count = narrow(count);
        staged.commits = commits
            .into_iter()
            .map(|commit| CommitLine {
                oid: commit.oid,
                author: commit.author,
                subject: commit.subject,
            })
            .collect();
        let stat = self.sandbox.stat(Some(&self.sandbox.tree_of(old)?), &tree)?;
        (staged.added, staged.removed) = (narrow(stat.added), narrow(stat.removed));
        staged.file_count = narrow(stat.files.len());
        staged.files = stat
            .files
            .into_iter()
            .take(LISTED)
            .map(|file| FileChange {
                path: file.path,
                from: file.from.filter(|_| file.kind == ChangeKind::Renamed),
                kind: file.kind.name().to_owned(),
                added: narrow(file.added),
                removed: narrow(file.removed),
            })
            .collect();
        Ok(())
    }

    /// A conflict as events tell it.
    pub(crate) fn conflict(
        &self,
        merged: &Merged,
        conflict: &Conflicted,
        resolution: Option<String>,
    ) -> Conflict {
        Conflict {
            path: conflict.path.clone(),
            kind: conflict.kind.clone(),
            resolution,
            hunk: self.sandbox.hunk(merged, conflict, HUNK_LINES),
        }
    }
}
