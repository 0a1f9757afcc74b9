//! What a change brings: commits, files, lines, and the text around a conflict.

use std::collections::{BinaryHeap, HashMap};

use super::object::{id, name};
use super::{Conflicted, Error, Merged, Sandbox};
use crate::model::Oid;

/// A commit in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub oid: Oid,
    /// Its author's name.
    pub author: String,
    /// Its author's mail address.
    pub email: String,
    /// The first line of its message.
    pub subject: String,
}

/// The difference of two trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// Every file that differs.
    pub files: Vec<Change>,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path, with `/`.
    pub path: String,
    /// The path before, of a rename.
    pub from: Option<String>,
    /// What happened to it.
    pub kind: ChangeKind,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// Its content changed.
    Modified,
    /// It has another name.
    Renamed,
    /// Only its mode changed.
    Mode,
}

impl ChangeKind {
    /// One word for it.
    pub const fn name(self) -> &'static str {
        match self {
            ChangeKind::Added => "added",
            ChangeKind::Deleted => "deleted",
            ChangeKind::Modified => "modified",
            ChangeKind::Renamed => "renamed",
            ChangeKind::Mode => "mode",
        }
    }
}

impl Sandbox {
    /// The newest `most` commits that `to` has and `from` has not, newest first, and how many there are.
    ///
    /// Costs as many steps as there are such commits, and a few more: many commits of one second, as a
    /// simulation makes them, are told apart by the order in which the sandbox made them.
    ///
    /// # Errors
    /// When history is missing.
    pub fn log(&self, from: Option<&Oid>, to: &Oid, most: usize) -> Result<(Vec<CommitInfo>, usize), Error> {
        let found = if self.real.is_shallow() {
            self.walked_shallow(from, to)?
        } else {
            let mut walk = Walk::new(self);
            walk.push(id(to), false)?;
            if let Some(from) = from {
                walk.push(id(from), true)?;
            }
            walk.run()?
        };
        let lines = found.iter().take(most).map(|oid| {
            let commit = self
                .repo
                .find_commit(*oid)
                .map_err(Error::sandbox("reading a commit"))?;
            let author = commit.author();
            Ok(CommitInfo {
                oid: name(*oid),
                author: String::from_utf8_lossy(author.name_bytes()).into_owned(),
                email: String::from_utf8_lossy(author.email_bytes()).into_owned(),
                subject: String::from_utf8_lossy(commit.message_bytes())
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .into(),
            })
        });
        Ok((lines.collect::<Result<_, Error>>()?, found.len()))
    }

    /// What changed between two trees, renames found.
    ///
    /// # Errors
    /// When an object is missing.
    pub fn stat(&self, old: Option<&Oid>, new: &Oid) -> Result<Stat, Error> {
        let at = Error::sandbox;
        let tree = |oid: &Oid| self.repo.find_tree(id(oid)).map_err(at("reading a tree"));
        let old = old.map(tree).transpose()?;
        let new = tree(new)?;
        let mut diff = self
            .repo
            .diff_tree_to_tree(old.as_ref(), Some(&new), None)
            .map_err(at("comparing trees"))?;
        diff.find_similar(None).map_err(at("finding renames"))?;
        let mut stat = Stat::default();
        for index in 0..diff.deltas().len() {
            let Some(delta) = diff.get_delta(index) else {
                continue;
            };
            let patch = git2::Patch::from_diff(&diff, index).map_err(at("comparing files"))?;
            let (added, removed) = match patch {
                Some(patch) => patch
                    .line_stats()
                    .map(|(_, added, removed)| (added, removed))
                    .unwrap_or_default(),
                None => (0, 0),
            };
            stat.files.push(change(&delta, added, removed));
            stat.added += added;
            stat.removed += removed;
        }
        Ok(stat)
    }

    /// A conflicted path with its markers, at most `most` lines around the first conflict.
    pub fn hunk(&self, merged: &Merged, conflict: &Conflicted, most: usize) -> Option<String> {
        let content = self.file_in(&merged.tree, &conflict.path).ok()??;
        let text = String::from_utf8(content).ok()?;
        let lines: Vec<&str> = text.lines().collect();
        let start = lines
            .iter()
            .position(|line| line.starts_with("<<<<<<<"))?
            .saturating_sub(2);
        let end = lines[start..]
            .iter()
            .position(|line| line.starts_with(">>>>>>>"))
            .map_or(lines.len(), |n| start + n + 3);
        Some(lines[start..end.min(lines.len()).min(start + most)].join("\n"))
    }
}

/// A walk through history, newest first, that leaves out what is hidden.
struct Walk<'s> {
    sandbox: &'s Sandbox,
    queue: BinaryHeap<(i64, u32, git2::Oid)>,
    seen: HashMap<git2::Oid, Seen>,
    /// How many in the queue are not hidden.
    open: usize,
}

/// What a walk knows of a commit.
struct Seen {
    hidden: bool,
    waiting: bool,
}

/// How many hidden commits are looked at after the last one that is not, in case a clock was wrong.
const SLOP: usize = 8;

impl<'s> Walk<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        Self {
            sandbox,
            queue: BinaryHeap::new(),
            seen: HashMap::new(),
            open: 0,
        }
    }

    fn push(&mut self, oid: git2::Oid, hide: bool) -> Result<(), Error> {
        match self.seen.get_mut(&oid) {
            Some(seen) if seen.hidden || !hide => return Ok(()),
            Some(seen) => {
                seen.hidden = true;
                if seen.waiting {
                    self.open -= 1;
                    return Ok(());
                }
                // It was passed as not hidden: its parents must hear otherwise.
                seen.waiting = true;
            }
            None => {
                let seen = Seen {
                    hidden: hide,
                    waiting: true,
                };
                self.seen.insert(oid, seen);
                self.open += usize::from(!hide);
            }
        }
        let time = self.commit(oid)?.time().seconds();
        self.queue.push((time, self.sandbox.made(oid), oid));
        Ok(())
    }

    fn run(mut self) -> Result<Vec<git2::Oid>, Error> {
        let (mut found, mut slop) = (Vec::new(), SLOP);
        while let Some((_, _, oid)) = self.queue.pop() {
            let Some(seen) = self.seen.get_mut(&oid) else {
                continue;
            };
            seen.waiting = false;
            let hidden = seen.hidden;
            if !hidden {
                self.open -= 1;
                found.push(oid);
                slop = SLOP;
            } else if self.open == 0 {
                slop -= 1;
                if slop == 0 {
                    break;
                }
            }
            for parent in self.commit(oid)?.parent_ids() {
                self.push(parent, hidden)?;
            }
        }
        found.retain(|oid| !self.seen[oid].hidden);
        Ok(found)
    }

    fn commit(&self, oid: git2::Oid) -> Result<git2::Commit<'s>, Error> {
        let commit = self.sandbox.repo.find_commit(oid);
        commit.map_err(Error::sandbox("walking history"))
    }
}

fn change(delta: &git2::DiffDelta<'_>, added: usize, removed: usize) -> Change {
    let path = |file: git2::DiffFile<'_>| {
        file.path_bytes()
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .unwrap_or_default()
    };
    let (old, new) = (path(delta.old_file()), path(delta.new_file()));
    let kind = match delta.status() {
        git2::Delta::Added => ChangeKind::Added,
        git2::Delta::Deleted => ChangeKind::Deleted,
        git2::Delta::Renamed | git2::Delta::Copied => ChangeKind::Renamed,
        _ if delta.old_file().id() == delta.new_file().id() => ChangeKind::Mode,
        _ => ChangeKind::Modified,
    };
    let from = (kind == ChangeKind::Renamed).then(|| old.clone());
    Change {
        path: if kind == ChangeKind::Deleted { old } else { new },
        from,
        kind,
        added,
        removed,
    }
}
