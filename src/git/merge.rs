//! `git merge-tree --write-tree` decides every merge, revert, pick and rebase step.

use std::ffi::OsString;

use super::object::{id, name};
use super::{Error, Sandbox};
use crate::model::Oid;

/// A merge of two commits' trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The tree; where there are conflicts, files with markers stand in it.
    pub tree: Oid,
    /// Paths that git could not merge.
    pub conflicts: Vec<Conflicted>,
}

/// A path that git could not merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflicted {
    /// The path, with `/`.
    pub path: String,
    /// git's word for it: `content`, `add/add`, `modify/delete`, ...
    pub kind: String,
    /// The base's, ours, theirs: mode and object.
    pub stages: [Option<(u32, Oid)>; 3],
}

/// Which side of a conflict stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The branch's.
    Ours,
    /// The source's.
    Theirs,
    /// Both, ours first, as `merge=union`.
    Union,
}

impl Sandbox {
    /// Merges `theirs` into `ours`; with `base`, that commit is taken for the merge base.
    ///
    /// # Errors
    /// [`Error::Unrelated`], [`Error::Shallow`], or when git fails.
    pub fn merge_trees(&self, base: Option<&Oid>, ours: &Oid, theirs: &Oid) -> Result<Merged, Error> {
        if let Some(tree) = self.one_sided(base, ours, theirs)? {
            return Ok(Merged {
                tree,
                conflicts: Vec::new(),
            });
        }
        let mut args: Vec<OsString> = vec![
            "--git-dir".into(),
            self.path().into(),
            format!("--attr-source={ours}").into(),
            "merge-tree".into(),
        ];
        args.extend(["--write-tree", "-z", "--messages"].map(OsString::from));
        if let Some(base) = base {
            args.push(format!("--merge-base={base}").into());
        } else if self.merge_base(ours, theirs).is_none() {
            return Err(self.no_base(ours, theirs));
        }
        args.extend([ours.as_str(), theirs.as_str()].map(OsString::from));
        let output = self.real.git.run(Some(self.directory.path()), &args)?;
        if output.code > 1 || output.code < 0 || output.stdout.is_empty() {
            return Err(Error::Git {
                command: "merge-tree".into(),
                detail: output.stderr,
            });
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        parse(&text, output.code == 1).ok_or_else(|| Error::Git {
            command: "merge-tree".into(),
            detail: "it printed what rel cannot read".into(),
        })
    }

    /// The tree of a merge in which only one side has changed anything since the base: that side's own.
    /// git decides the same path by path, so there is nothing to ask it.
    fn one_sided(&self, base: Option<&Oid>, ours: &Oid, theirs: &Oid) -> Result<Option<Oid>, Error> {
        let base = match base {
            Some(base) => base,
            None if self.contains(theirs, ours)? => ours,
            None => return Ok(None),
        };
        let (base, ours, theirs) = (self.tree_of(base)?, self.tree_of(ours)?, self.tree_of(theirs)?);
        Ok(if base == ours {
            Some(theirs)
        } else if base == theirs || ours == theirs {
            Some(ours)
        } else {
            None
        })
    }

    pub(super) fn no_base(&self, ours: &Oid, theirs: &Oid) -> Error {
        let (ours, theirs) = (ours.short().to_owned(), theirs.short().to_owned());
        if self.real.is_shallow() {
            return Error::Shallow {
                needed_for: format!("merging {theirs} into {ours}"),
            };
        }
        Error::Unrelated { ours, theirs }
    }

    /// A merge's tree with some of its conflicts settled; a side that lacks the path deletes it.
    ///
    /// # Errors
    /// When an object is missing.
    pub fn settle(&self, merged: &Merged, picks: &[(String, Pick)]) -> Result<Oid, Error> {
        let base = self
            .repo
            .find_tree(id(&merged.tree))
            .map_err(Error::sandbox("reading a tree"))?;
        let mut update = git2::build::TreeUpdateBuilder::new();
        for (path, pick) in picks {
            let Some(conflict) = merged.conflicts.iter().find(|conflict| conflict.path == *path) else {
                continue;
            };
            let side = match pick {
                Pick::Ours => self
                    .hunks(conflict, "--ours")?
                    .or_else(|| conflict.stages[1].clone()),
                Pick::Theirs => self
                    .hunks(conflict, "--theirs")?
                    .or_else(|| conflict.stages[2].clone()),
                Pick::Union => Some(self.merge_file(conflict, "--union")?.ok_or_else(|| Error::Git {
                    command: "merge-file --union".into(),
                    detail: format!("`{}` is no text", conflict.path),
                })?),
            };
            match side {
                Some((mode, oid)) => {
                    update.upsert(path.as_str(), id(&oid), file_mode(mode));
                }
                None if base.get_path(std::path::Path::new(path)).is_ok() => {
                    update.remove(path.as_str());
                }
                None => {}
            }
        }
        update
            .create_updated(&self.repo, &base)
            .map(name)
            .map_err(Error::sandbox("settling a conflict"))
    }

    /// One side where the two conflict, and what each changed alone, as `git merge -Xours`; `None` where there
    /// is nothing to merge line by line: a file that one side lacks, a link, a binary.
    fn hunks(&self, conflict: &Conflicted, side: &str) -> Result<Option<(u32, Oid)>, Error> {
        let is_file = |stage: &Option<(u32, Oid)>| {
            stage
                .as_ref()
                .is_some_and(|(mode, _)| matches!(mode, 0o100_644 | 0o100_755))
        };
        if !conflict.stages.iter().all(is_file) {
            return Ok(None);
        }
        self.merge_file(conflict, side)
    }

    /// `git merge-file` on the three sides of a conflict; `None` for what is no text.
    fn merge_file(&self, conflict: &Conflicted, favor: &str) -> Result<Option<(u32, Oid)>, Error> {
        let mode = conflict.stages[1]
            .as_ref()
            .or(conflict.stages[2].as_ref())
            .map_or(0o100_644, |(mode, _)| *mode);
        let scratch =
            tempfile::tempdir_in(self.directory.path()).map_err(Error::file(self.directory.path()))?;
        let mut files = Vec::new();
        for (label, stage) in [("ours", 1), ("base", 0), ("theirs", 2)] {
            let content = match &conflict.stages[stage] {
                Some((_, oid)) => {
                    let blob = self
                        .repo
                        .find_blob(id(oid))
                        .map_err(Error::sandbox("reading a side of a conflict"))?;
                    blob.content().to_vec()
                }
                None => Vec::new(),
            };
            let path = scratch.path().join(label);
            std::fs::write(&path, content).map_err(Error::file(&path))?;
            files.push(path);
        }
        let args = ["merge-file", favor, "-p"].map(OsString::from).into_iter();
        let args: Vec<OsString> = args.chain(files.into_iter().map(OsString::from)).collect();
        let output = self.real.git.run(Some(scratch.path()), &args)?;
        if !output.ok() {
            return Ok(None);
        }
        Ok(Some((mode, self.blob(&output.stdout)?)))
    }
}

fn file_mode(mode: u32) -> git2::FileMode {
    match mode {
        0o100_755 => git2::FileMode::BlobExecutable,
        0o120_000 => git2::FileMode::Link,
        0o160_000 => git2::FileMode::Commit,
        _ => git2::FileMode::Blob,
    }
}

/// Reads the output of `git merge-tree --write-tree -z` (see its manual page, OUTPUT).
fn parse(text: &str, conflicted: bool) -> Option<Merged> {
    let mut fields = text.split('\0');
    let tree = Oid::parse(fields.next()?)?;
    let mut conflicts: Vec<Conflicted> = Vec::new();
    if !conflicted {
        return Some(Merged { tree, conflicts });
    }
    for entry in fields.by_ref().take_while(|entry| !entry.is_empty()) {
        let (info, path) = entry.split_once('\t')?;
        let mut info = info.split(' ');
        let mode = u32::from_str_radix(info.next()?, 8).ok()?;
        let oid = Oid::parse(info.next()?)?;
        let stage: usize = info.next()?.parse().ok()?;
        let index = conflicts
            .iter()
            .position(|conflict| conflict.path == path)
            .unwrap_or_else(|| {
                conflicts.push(Conflicted {
                    path: path.to_owned(),
                    kind: String::new(),
                    stages: [None, None, None],
                });
                conflicts.len() - 1
            });
        *conflicts[index].stages.get_mut(stage.checked_sub(1)?)? = Some((mode, oid));
    }
    while let Some(count) = fields.next().filter(|count| !count.is_empty()) {
        let paths: Vec<&str> = fields.by_ref().take(count.parse().ok()?).collect();
        let kind = fields.next()?;
        fields.next()?;
        let Some(kind) = kind
            .strip_prefix("CONFLICT (")
            .and_then(|kind| kind.strip_suffix(')'))
        else {
            continue;
        };
        for conflict in conflicts
            .iter_mut()
            .filter(|conflict| paths.contains(&conflict.path.as_str()))
        {
            if conflict.kind.is_empty() {
                conflict.kind = kind.replace("contents", "content");
            }
        }
    }
    for conflict in conflicts.iter_mut().filter(|conflict| conflict.kind.is_empty()) {
        conflict.kind = "content".into();
    }
    Some(Merged { tree, conflicts })
}
