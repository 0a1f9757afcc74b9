//! Local publication: all refs in one verified transaction, and clean work trees brought along.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::error::short;
use super::{Error, RefUpdate, Repository, Sandbox, Worktree};
use crate::model::Oid;

/// git's id of the tree without entries.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

impl Sandbox {
    /// As [`Repository::can_move`], for objects that are only in the sandbox yet.
    ///
    /// # Errors
    /// As [`Repository::can_move`].
    pub fn can_move(&self, moves: &[RefUpdate]) -> Result<(), Error> {
        self.real.can_move_with(moves, Some(&self.path().join("objects")))
    }
}

impl Repository {
    /// Refuses beforehand what [`Repository::move_refs`] and [`Repository::bring_along`] would have to.
    ///
    /// # Errors
    /// [`Error::CheckedOut`], [`Error::DirtyWorktree`], [`Error::RefMoved`].
    pub fn can_move(&self, moves: &[RefUpdate]) -> Result<(), Error> {
        self.can_move_with(moves, None)
    }

    fn can_move_with(&self, moves: &[RefUpdate], objects: Option<&Path>) -> Result<(), Error> {
        let now = self.refs()?;
        for update in moves {
            let found = now.get(&update.name);
            if found != update.old.as_ref() {
                return Err(Error::RefMoved {
                    name: update.name.clone(),
                    expected: short(update.old.as_ref()),
                    found: short(found),
                });
            }
        }
        for (worktree, update) in self.concerned(moves)? {
            let branch = || update.name.trim_start_matches("refs/heads/").to_owned();
            let path = worktree.path.display().to_string();
            let Some(new) = &update.new else {
                return Err(Error::CheckedOut {
                    branch: branch(),
                    path,
                });
            };
            let scratch = tempfile::tempdir().map_err(Error::file(&std::env::temp_dir()))?;
            let index = scratch.path().join("index");
            let located = self.git.run(
                Some(&worktree.path),
                ["rev-parse", "--path-format=absolute", "--git-path", "index"],
            )?;
            let real_index = std::path::PathBuf::from(located.line());
            if real_index.is_file() {
                std::fs::copy(&real_index, &index).map_err(Error::file(&real_index))?;
            }
            let mut env: Vec<(&str, &OsStr)> = vec![("GIT_INDEX_FILE", index.as_os_str())];
            env.extend(objects.map(|path| ("GIT_ALTERNATE_OBJECT_DIRECTORIES", path.as_os_str())));
            self.git.run_with(
                Some(&worktree.path),
                ["update-index", "-q", "--refresh"],
                &env,
                None,
            )?;
            let mut args = read_tree(update.old.as_ref(), new);
            args.insert(1, "--dry-run".into());
            let tried = self.git.run_with(Some(&worktree.path), &args, &env, None)?;
            if !tried.ok() {
                let detail = tried
                    .stderr
                    .lines()
                    .map(|line| format!("  {line}"))
                    .collect::<Vec<_>>()
                    .join("\n");
                return Err(Error::DirtyWorktree {
                    branch: branch(),
                    path,
                    detail,
                });
            }
        }
        Ok(())
    }

    fn concerned<'m>(&self, moves: &'m [RefUpdate]) -> Result<Vec<(Worktree, &'m RefUpdate)>, Error> {
        let mut concerned = Vec::new();
        for worktree in self.worktrees()? {
            let update = moves
                .iter()
                .find(|update| worktree.branch.as_deref() == Some(update.name.as_str()));
            concerned.extend(update.map(|update| (worktree, update)));
        }
        Ok(concerned)
    }

    /// Moves all refs or none, each from exactly where it is thought to be; hooks run as in git. The
    /// objects must have been handed over.
    ///
    /// # Errors
    /// [`Error::RefMoved`], [`Error::HookRefused`].
    pub fn move_refs(&self, moves: &[RefUpdate], message: &str) -> Result<(), Error> {
        if moves.is_empty() {
            return Ok(());
        }
        let zero = "0".repeat(40);
        let mut script: Vec<u8> = b"start\0".to_vec();
        for update in moves {
            let old = update.old.as_ref().map_or(zero.as_str(), Oid::as_str);
            let line = match &update.new {
                Some(new) => format!("update {}\0{new}\0{old}\0", update.name),
                None => format!("delete {}\0{old}\0", update.name),
            };
            script.extend_from_slice(line.as_bytes());
        }
        script.extend_from_slice(b"prepare\0commit\0");
        let message = message.replace('\n', " ");
        let args = [
            "-c",
            "core.fsync=objects,reference",
            "update-ref",
            "-m",
            &message,
            "--stdin",
            "-z",
        ];
        let output = self.call_with(args, Some(script))?;
        if output.ok() {
            return Ok(());
        }
        if output.stderr.contains("aborted by hook") {
            return Err(Error::HookRefused {
                detail: output.stderr,
            });
        }
        let now = self.refs()?;
        let moved = moves
            .iter()
            .find(|update| now.get(&update.name) != update.old.as_ref());
        Err(match moved {
            Some(update) => Error::RefMoved {
                name: update.name.clone(),
                expected: short(update.old.as_ref()),
                found: short(now.get(&update.name)),
            },
            None => Error::Git {
                command: "update-ref".into(),
                detail: output.stderr,
            },
        })
    }

    /// Brings work trees along whose branch has moved: changes there that the move does not touch stay.
    ///
    /// # Errors
    /// [`Error::DirtyWorktree`] when something would be overwritten; the ref has moved all the same.
    pub fn bring_along(&self, moves: &[RefUpdate]) -> Result<(), Error> {
        for (worktree, update) in self.concerned(moves)? {
            let Some(new) = &update.new else { continue };
            self.git
                .run(Some(&worktree.path), ["update-index", "-q", "--refresh"])?;
            let done = self
                .git
                .run(Some(&worktree.path), read_tree(update.old.as_ref(), new))?;
            if !done.ok() {
                return Err(Error::DirtyWorktree {
                    branch: update.name.trim_start_matches("refs/heads/").to_owned(),
                    path: worktree.path.display().to_string(),
                    detail: done.stderr,
                });
            }
        }
        Ok(())
    }
}

fn read_tree(old: Option<&Oid>, new: &Oid) -> Vec<OsString> {
    let old = old.map_or(EMPTY_TREE, Oid::as_str);
    ["read-tree", "-m", "-u", old, new.as_str()]
        .map(OsString::from)
        .to_vec()
}
