//! Conflicts left to a person: a repository of their own, with the conflict in its index and work tree,
//! that stays until it is resolved. It shares no refs, index or remotes with the real one.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::object::name;
use super::{Error, Merged, Sandbox, Stamp};
use crate::model::Oid;

/// Says that a directory is such a checkout, and on what it stands.
const MARK: &str = ".git/REL_CONFLICT";

/// Removes the checkout of a conflict; nothing else is touched.
pub fn drop_conflict(directory: &Path) {
    if directory.join(MARK).is_file() {
        // What cannot be removed is in nobody's way.
        let _ = std::fs::remove_dir_all(directory);
    }
}

impl Sandbox {
    /// Puts a conflicted merge into `directory`, on top of `onto`: `git status` there names the paths, and
    /// `git commit` offers `message`. What is in the directory already stays: somebody may be at work there.
    ///
    /// # Errors
    /// When the directory cannot be written or git fails.
    pub fn keep_conflict(
        &self,
        directory: &Path,
        onto: &Oid,
        merged: &Merged,
        message: &str,
        who: &Stamp,
    ) -> Result<(), Error> {
        if directory.join(MARK).is_file() {
            return Ok(());
        }
        std::fs::create_dir_all(directory).map_err(Error::file(directory))?;
        let git = &self.real.git;
        let here = Some(directory);
        git.must(here, ["init", "--quiet", "--initial-branch=resolve", "."])?;
        let own = directory.join(".git");
        let objects = self.real.common_dir().join("objects");
        let alternates = own.join("objects/info/alternates");
        std::fs::create_dir_all(own.join("objects/info")).map_err(Error::file(&own))?;
        std::fs::write(&alternates, format!("{}\n", objects.display())).map_err(Error::file(&alternates))?;
        for (key, value) in [("user.name", &who.name), ("user.email", &who.email)] {
            git.must(here, ["config", key, value])?;
        }
        // Everything that the conflict consists of, as one commit, so that all of it comes along.
        let carrier = self.commit(&merged.tree, std::slice::from_ref(onto), who, who, "a conflict\n")?;
        self.send(directory, &carrier)?;
        git.must(here, ["checkout", "--quiet", "--detach", onto.as_str()])?;
        git.must(here, ["read-tree", "--reset", "-u", merged.tree.as_str()])?;
        let input = self.stages(directory, merged)?;
        let output = git.run_with(here, ["update-index", "-z", "--index-info"], &[], Some(input))?;
        if !output.ok() {
            return Err(Error::Git {
                command: "update-index".into(),
                detail: output.stderr,
            });
        }
        // The mark comes last: a checkout that was cut short is made again.
        for (path, text) in [
            (own.join("MERGE_MSG"), message),
            (directory.join(MARK), onto.as_str()),
        ] {
            std::fs::write(&path, text).map_err(Error::file(&path))?;
        }
        Ok(())
    }

    /// The tree that a person has committed in the checkout of a conflict, brought into the sandbox; `None`
    /// as long as nothing is committed there, or paths are still in conflict.
    ///
    /// # Errors
    /// When git fails.
    pub fn resolved_conflict(&self, directory: &Path) -> Result<Option<Oid>, Error> {
        let Ok(onto) = std::fs::read_to_string(directory.join(MARK)) else {
            return Ok(None);
        };
        let onto = onto.trim();
        let git = &self.real.git;
        let here = Some(directory);
        let head = git.must(here, ["rev-parse", "--verify", "HEAD^{commit}"])?.line();
        let unmerged = git.must(here, ["ls-files", "--unmerged", "-z"])?;
        let ahead = git.run(here, ["merge-base", "--is-ancestor", onto, &head])?;
        if head == onto || !unmerged.stdout.is_empty() || !ahead.ok() {
            return Ok(None);
        }
        let mut args: Vec<OsString> = vec!["--git-dir".into(), self.path().into()];
        args.extend(["fetch", "--quiet", "--no-write-fetch-head", "--no-tags"].map(OsString::from));
        args.extend([
            directory.into(),
            OsString::from(format!("+{head}:refs/rel/resolved")),
        ]);
        git.must(Some(self.directory.path()), &args)?;
        let head = Oid::parse(&head).ok_or_else(|| Error::Git {
            command: "rev-parse".into(),
            detail: "it printed no object id".into(),
        })?;
        self.tree_of(&head).map(Some)
    }

    /// Sends a commit and all that it needs to another repository.
    fn send(&self, directory: &Path, commit: &Oid) -> Result<(), Error> {
        let args = ["fetch", "--quiet", "--no-write-fetch-head", "--no-tags"].map(OsString::from);
        let from = [self.path().into(), OsString::from(commit.as_str())];
        self.real
            .git
            .must(Some(directory), args.into_iter().chain(from))
            .map(drop)
    }

    /// What makes the paths unmerged: the lines of `update-index --index-info`; sides that are in no tree are
    /// written over there.
    fn stages(&self, directory: &Path, merged: &Merged) -> Result<Vec<u8>, Error> {
        let zero = "0".repeat(merged.tree.as_str().len());
        let mut input = String::new();
        for conflict in &merged.conflicts {
            input.push_str(&format!("0 {zero}\t{}\0", conflict.path));
            for (number, stage) in (1..).zip(&conflict.stages) {
                let Some((mode, oid)) = stage else { continue };
                let oid = self.write_over(directory, oid)?;
                input.push_str(&format!("{mode:o} {oid} {number}\t{}\0", conflict.path));
            }
        }
        Ok(input.into_bytes())
    }

    fn write_over(&self, directory: &Path, oid: &Oid) -> Result<Oid, Error> {
        let odb = self.repo.odb().map_err(Error::sandbox("reading an object"))?;
        let Ok(object) = odb.read(super::object::id(oid)) else {
            // The commit of a submodule is in another repository.
            return Ok(oid.clone());
        };
        if object.kind() != git2::ObjectType::Blob {
            return Ok(name(object.id()));
        }
        let env: [(&str, &OsStr); 0] = [];
        let args = ["hash-object", "-w", "--stdin", "--no-filters"];
        let output = self
            .real
            .git
            .run_with(Some(directory), args, &env, Some(object.data().to_vec()))?;
        Oid::parse(&output.line()).ok_or_else(|| Error::Git {
            command: "hash-object".into(),
            detail: output.stderr,
        })
    }
}
