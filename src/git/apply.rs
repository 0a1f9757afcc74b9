//! Merges in every mode, rebases, picks and reverts, each giving the commit a branch moves to.

use super::object::{id, name};
use super::{Error, Merged, Sandbox, Stamp};
use crate::model::Oid;

/// What a landing gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Where the branch is afterwards.
    pub commit: Oid,
    /// How it came about: `fast-forward`, `merge`, `squash`, `rebase`, `cherry-pick`, `revert`, `nothing`.
    pub how: &'static str,
}

/// What all landings need: who, when, with which words, and what settles a conflict.
pub struct Landing<'l> {
    /// The committer, at the time of the commit; also the author of new work.
    pub stamp: &'l Stamp,
    /// The message; the default of git when absent.
    pub message: Option<&'l str>,
    /// Gives a tree without conflicts, or refuses.
    pub settle: &'l mut dyn FnMut(&Sandbox, &Merged, &Oid) -> Result<Oid, Error>,
}

impl Landing<'_> {
    fn tree(
        &mut self,
        sandbox: &Sandbox,
        base: Option<&Oid>,
        ours: &Oid,
        theirs: &Oid,
    ) -> Result<Oid, Error> {
        let merged = sandbox.merge_trees(base, ours, theirs)?;
        if merged.conflicts.is_empty() {
            Ok(merged.tree)
        } else {
            (self.settle)(sandbox, &merged, ours)
        }
    }
}

impl Sandbox {
    /// A merge commit of `theirs` on `ours`.
    ///
    /// # Errors
    /// When the merge fails or a conflict is not settled.
    pub fn merge_commit(
        &self,
        ours: &Oid,
        theirs: &Oid,
        default: &str,
        mut with: Landing<'_>,
    ) -> Result<Applied, Error> {
        let tree = with.tree(self, None, ours, theirs)?;
        let message = with.message.unwrap_or(default);
        let commit = self.commit(
            &tree,
            &[ours.clone(), theirs.clone()],
            with.stamp,
            with.stamp,
            message,
        )?;
        Ok(Applied { commit, how: "merge" })
    }

    /// All of `theirs` as one commit on `ours`.
    ///
    /// # Errors
    /// As [`Sandbox::merge_commit`].
    pub fn squash(
        &self,
        ours: &Oid,
        theirs: &Oid,
        default: &str,
        mut with: Landing<'_>,
    ) -> Result<Applied, Error> {
        let tree = with.tree(self, None, ours, theirs)?;
        if tree == self.tree_of(ours)? {
            return Ok(Applied {
                commit: ours.clone(),
                how: "nothing",
            });
        }
        let message = with.message.unwrap_or(default);
        let commit = self.commit(&tree, std::slice::from_ref(ours), with.stamp, with.stamp, message)?;
        Ok(Applied {
            commit,
            how: "squash",
        })
    }

    /// The commits of `branch` that `onto` lacks, made anew on top of `onto`; merges are flattened and
    /// what is already there is left out, as `git rebase` does.
    ///
    /// # Errors
    /// As [`Sandbox::merge_commit`].
    pub fn rebase(&self, branch: &Oid, onto: &Oid, mut with: Landing<'_>) -> Result<Applied, Error> {
        if self.contains(branch, onto)? {
            let linear = self
                .commits_between(onto, branch)?
                .iter()
                .all(|commit| self.parents(commit).len() == 1);
            if linear {
                return Ok(Applied {
                    commit: branch.clone(),
                    how: "fast-forward",
                });
            }
        }
        if self.merge_base(branch, onto).is_none() {
            return Err(self.no_base(branch, onto));
        }
        let upstream: std::collections::BTreeSet<_> = self
            .commits_between(branch, onto)?
            .iter()
            .filter_map(|commit| self.patch_id(commit))
            .collect();
        let mut tip = onto.clone();
        for commit in self.commits_between(onto, branch)? {
            let parents = self.parents(&commit);
            let [parent] = parents.as_slice() else { continue };
            if self
                .patch_id(&commit)
                .is_some_and(|patch| upstream.contains(&patch))
            {
                continue;
            }
            if *parent == tip {
                tip = commit;
                continue;
            }
            let tree = with.tree(self, Some(parent), &tip, &commit)?;
            let was_empty = self.tree_of(parent)? == self.tree_of(&commit)?;
            if tree == self.tree_of(&tip)? && !was_empty {
                continue;
            }
            let author = self.author(&commit)?;
            tip = self.commit(&tree, &[tip], &author, with.stamp, &self.message(&commit)?)?;
        }
        Ok(Applied {
            commit: tip,
            how: "rebase",
        })
    }

    /// One commit anew on top of `onto`, with `-x` provenance.
    ///
    /// # Errors
    /// As [`Sandbox::merge_commit`]; a merge cannot be picked.
    pub fn cherry_pick(&self, commit: &Oid, onto: &Oid, mut with: Landing<'_>) -> Result<Applied, Error> {
        let parents = self.parents(commit);
        let [parent] = parents.as_slice() else {
            return Err(Error::Unsupported {
                what: format!(
                    "{} is a merge or a first commit, and cannot be picked",
                    commit.short()
                ),
                way_out: "pick the commits it brought in, or merge it".into(),
            });
        };
        let tree = with.tree(self, Some(parent), onto, commit)?;
        if tree == self.tree_of(onto)? {
            return Ok(Applied {
                commit: onto.clone(),
                how: "nothing",
            });
        }
        let original = self.message(commit)?;
        let text = with.message.unwrap_or(&original).trim_end().to_owned();
        let message = format!(
            "{text}\n{}(cherry picked from commit {commit})\n",
            if trailers(&text) { "" } else { "\n" }
        );
        let author = self.author(commit)?;
        let commit = self.commit(&tree, std::slice::from_ref(onto), &author, with.stamp, &message)?;
        Ok(Applied {
            commit,
            how: "cherry-pick",
        })
    }

    /// Takes one commit back on top of `on`; a merge is taken back along its first parent.
    ///
    /// # Errors
    /// As [`Sandbox::merge_commit`]; a first commit cannot be reverted.
    pub fn revert(&self, commit: &Oid, on: &Oid, mut with: Landing<'_>) -> Result<Applied, Error> {
        let parents = self.parents(commit);
        let Some(parent) = parents.first() else {
            return Err(Error::Unsupported {
                what: format!("{} is a first commit and cannot be reverted", commit.short()),
                way_out: "delete its files in a `commit`".into(),
            });
        };
        let tree = with.tree(self, Some(commit), on, parent)?;
        if tree == self.tree_of(on)? {
            return Ok(Applied {
                commit: on.clone(),
                how: "nothing",
            });
        }
        let subject = self
            .message(commit)?
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        let changes = if parents.len() > 1 {
            format!(", reversing\nchanges made to {parent}")
        } else {
            String::new()
        };
        let default = format!("Revert \"{subject}\"\n\nThis reverts commit {commit}{changes}.\n");
        let message = with.message.unwrap_or(&default);
        let commit = self.commit(&tree, std::slice::from_ref(on), with.stamp, with.stamp, message)?;
        Ok(Applied {
            commit,
            how: "revert",
        })
    }

    /// The tree of a three-way merge: what leads from `base` to `theirs`, done to `ours`.
    ///
    /// # Errors
    /// As [`Sandbox::merge_commit`].
    pub fn three_way(&self, base: &Oid, ours: &Oid, theirs: &Oid) -> Result<Merged, Error> {
        self.merge_trees(Some(base), ours, theirs)
    }

    /// The commits that `to` has and `from` has not, oldest first.
    ///
    /// # Errors
    /// When history is missing.
    pub fn commits_between(&self, from: &Oid, to: &Oid) -> Result<Vec<Oid>, Error> {
        if self.real.is_shallow() {
            return Ok(self
                .walked_shallow(Some(from), to)?
                .into_iter()
                .rev()
                .map(name)
                .collect());
        }
        let at = Error::sandbox;
        let mut walk = self.repo.revwalk().map_err(at("walking history"))?;
        walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)
            .map_err(at("walking history"))?;
        walk.push(id(to)).map_err(at("walking history"))?;
        walk.hide(id(from)).map_err(at("walking history"))?;
        walk.map(|oid| oid.map(name))
            .collect::<Result<_, _>>()
            .map_err(at("walking history"))
    }

    /// The parents of a commit; none for a first commit or one that is not there.
    pub fn parents(&self, commit: &Oid) -> Vec<Oid> {
        self.repo
            .find_commit(id(commit))
            .map(|commit| commit.parent_ids().map(name).collect())
            .unwrap_or_default()
    }

    /// The message of a commit.
    ///
    /// # Errors
    /// When it is missing.
    pub fn message(&self, commit: &Oid) -> Result<String, Error> {
        let commit = self
            .repo
            .find_commit(id(commit))
            .map_err(Error::sandbox("reading a commit"))?;
        Ok(String::from_utf8_lossy(commit.message_bytes()).into_owned())
    }

    /// The author of a commit.
    ///
    /// # Errors
    /// When it is missing.
    pub fn author(&self, commit: &Oid) -> Result<Stamp, Error> {
        let commit = self
            .repo
            .find_commit(id(commit))
            .map_err(Error::sandbox("reading a commit"))?;
        let author = commit.author();
        Ok(Stamp {
            name: String::from_utf8_lossy(author.name_bytes()).into_owned(),
            email: String::from_utf8_lossy(author.email_bytes()).into_owned(),
            seconds: author.when().seconds(),
            offset_minutes: author.when().offset_minutes(),
        })
    }

    /// What a commit changes, as a number that equal changes share (git's patch id).
    fn patch_id(&self, commit: &Oid) -> Option<git2::Oid> {
        let commit = self.repo.find_commit(id(commit)).ok()?;
        let parent = commit.parent(0).ok()?.tree().ok()?;
        let diff = self
            .repo
            .diff_tree_to_tree(Some(&parent), Some(&commit.tree().ok()?), None)
            .ok()?;
        (diff.deltas().len() > 0)
            .then(|| diff.patchid(None).ok())
            .flatten()
    }
}

/// Whether a message ends in a paragraph of trailers (`Signed-off-by: ...`).
fn trailers(message: &str) -> bool {
    let Some((_, last)) = message.rsplit_once("\n\n") else {
        return false;
    };
    last.lines().all(|line| {
        line.starts_with("(cherry picked from commit ")
            || line
                .split_once(": ")
                .is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    })
}
