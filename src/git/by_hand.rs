//! Conflicts that a person resolves: a scratch repository with the conflict in it, which outlives the
//! process, and the look at what the person has made of it.
//!
//! It stands below `rel/runs/RUN/` of the common directory, named after the conflict itself, so that the same
//! conflict finds the same place again, in whichever process.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::object::id;
use super::{Error, FileEdit, Merged, Sandbox, Stamp};
use crate::model::Oid;

/// What has become of a conflict that a person resolves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByHand {
    /// It is resolved and committed: the tree.
    Resolved(Oid),
    /// It waits in this directory; what is still to do there.
    Waiting {
        /// The directory.
        path: PathBuf,
        /// In words: `resolve ...`, `commit ...`.
        left: String,
    },
}

/// The ref that remembers, in the scratch repository, where the person began.
const BEGUN: &str = "refs/rel/begun";

/// The folder of a commit that carries the three sides of every conflict over.
const SIDES: &str = ".rel-sides";

impl Sandbox {
    /// Looks whether a person has resolved the conflicts of a merge on `ours`, and lays them out if there is no
    /// such place yet.
    ///
    /// # Errors
    /// When git fails or the directory cannot be written.
    pub fn by_hand(&mut self, run: &str, ours: &Oid, merged: &Merged) -> Result<ByHand, Error> {
        let name = format!("conflict-{}", &self.fingerprint(merged)?.as_str()[..12]);
        let path = self.real.common_dir().join("rel/runs").join(run).join(name);
        if !self.laid_out(&path)? {
            self.lay_out(&path, ours, merged)?;
        }
        let left = self.left_to_do(&path, merged)?;
        if let Some(left) = left {
            return Ok(ByHand::Waiting { path, left });
        }
        let fetch = [
            "fetch",
            "--quiet",
            "--no-write-fetch-head",
            "--no-tags",
            "--end-of-options",
        ];
        let mut args: Vec<OsString> = vec!["--git-dir".into(), self.path().into()];
        args.extend(["-c", "protocol.file.allow=always"].map(OsString::from));
        args.extend(fetch.map(OsString::from));
        args.extend([path.clone().into(), "+HEAD:refs/rel/by-hand".into()]);
        self.real.git.must(Some(self.directory.path()), &args)?;
        let tree = self.git_in(&path, &["rev-parse", "HEAD^{tree}"])?;
        let odb = self
            .repo
            .odb()
            .map_err(Error::sandbox("opening the object store"))?;
        odb.refresh()
            .map_err(Error::sandbox("opening the object store"))?;
        Oid::parse(&tree).map(ByHand::Resolved).ok_or_else(|| Error::Git {
            command: "rev-parse".into(),
            detail: "it printed no object id".into(),
        })
    }

    /// What a conflict is made of: its sides, and everything around it. The markers name commits, which a
    /// later attempt makes anew: they have no part in it.
    fn fingerprint(&self, merged: &Merged) -> Result<Oid, Error> {
        let without: Vec<FileEdit> = merged
            .conflicts
            .iter()
            .filter(|conflict| matches!(self.mode_in(&merged.tree, &conflict.path), Ok(Some(_))))
            .map(|conflict| FileEdit {
                path: conflict.path.clone(),
                content: None,
            })
            .collect();
        let mut text = self.edit_tree(&merged.tree, &without)?.to_string();
        for conflict in &merged.conflicts {
            text.push_str(&format!("\n{:?} {:?}", conflict.path, conflict.stages));
        }
        self.blob(text.as_bytes())
    }

    /// Whether the place was laid out to its end; what a killed process left half done is made anew.
    fn laid_out(&self, path: &Path) -> Result<bool, Error> {
        if !path.exists() {
            return Ok(false);
        }
        let begun = self
            .real
            .git
            .run(Some(path), ["rev-parse", "--verify", "--quiet", BEGUN])?;
        if begun.ok() && path.join(".git").is_dir() {
            return Ok(true);
        }
        std::fs::remove_dir_all(path).map_err(Error::file(path))?;
        Ok(false)
    }

    fn lay_out(&self, path: &Path, ours: &Oid, merged: &Merged) -> Result<(), Error> {
        std::fs::create_dir_all(path).map_err(Error::file(path))?;
        let git = |args: &[&str]| self.git_in(path, args);
        git(&["init", "--quiet", "--template=", "--initial-branch=conflict"])?;
        let alternates = path.join(".git/objects/info/alternates");
        let objects = format!("{}\n", self.real.common_dir().join("objects").display());
        std::fs::create_dir_all(path.join(".git/objects/info")).map_err(Error::file(path))?;
        std::fs::write(&alternates, objects).map_err(Error::file(&alternates))?;
        let who = self.real.identity()?;
        git(&["config", "user.name", &who.name])?;
        git(&["config", "user.email", &who.email])?;
        let carrier = self.carrier(&who, ours, merged)?;
        let sandbox = self.path().display().to_string();
        let (begun, shown) = (
            format!("+{ours}:{BEGUN}-new"),
            format!("+{carrier}:refs/rel/carrier"),
        );
        git(&[
            "-c",
            "protocol.file.allow=always",
            "fetch",
            "--quiet",
            "--no-write-fetch-head",
            "--no-tags",
            "--end-of-options",
            &sandbox,
            &begun,
            &shown,
        ])?;
        git(&["checkout", "--quiet", "--detach", ours.as_str()])?;
        git(&["read-tree", "--reset", "-u", merged.tree.as_str()])?;
        let mut stages = String::new();
        for conflict in &merged.conflicts {
            let path = &conflict.path;
            stages.push_str("0 0000000000000000000000000000000000000000\t");
            stages = stages + path + "\0";
            for (stage, side) in conflict.stages.iter().enumerate() {
                if let Some((mode, oid)) = side {
                    stages.push_str(&format!("{mode:06o} {oid} {}\t{path}\0", stage + 1));
                }
            }
        }
        for conflict in &merged.conflicts {
            name_sides(&path.join(&conflict.path))?;
        }
        let args = ["update-index", "-z", "--index-info"];
        let output = self
            .real
            .git
            .run_with(Some(path), args, &[], Some(stages.into_bytes()))?;
        super::program::checked(&args.map(OsString::from), output)?;
        // Only now is the place whole.
        git(&["update-ref", BEGUN, ours.as_str()])?;
        Ok(())
    }

    /// A commit in the sandbox that holds all that the scratch repository needs.
    fn carrier(&self, who: &Stamp, ours: &Oid, merged: &Merged) -> Result<Oid, Error> {
        let mut edits = Vec::new();
        for (number, conflict) in merged.conflicts.iter().enumerate() {
            for (stage, side) in conflict.stages.iter().enumerate() {
                // A side that is a submodule has no content here.
                let Some((_, oid)) = side.as_ref().filter(|(mode, _)| *mode != 0o160_000) else {
                    continue;
                };
                let blob = self.repo.find_blob(id(oid));
                let blob = blob.map_err(Error::sandbox("reading a side of a conflict"))?;
                edits.push(FileEdit {
                    path: format!("{SIDES}/{number}-{stage}"),
                    content: Some(blob.content().to_vec()),
                });
            }
        }
        let shown = self.commit(
            &merged.tree,
            std::slice::from_ref(ours),
            who,
            who,
            "the conflict\n",
        )?;
        let tree = self.edit_tree(&merged.tree, &edits)?;
        self.commit(&tree, &[shown], who, who, "the sides of the conflict\n")
    }

    /// What the person has still to do; `None` when it is done.
    fn left_to_do(&self, path: &Path, merged: &Merged) -> Result<Option<String>, Error> {
        let unmerged = self.git_in(path, &["diff", "--name-only", "--diff-filter=U"])?;
        if !unmerged.is_empty() {
            let names: Vec<_> = unmerged.lines().map(|name| format!("`{name}`")).collect();
            return Ok(Some(format!(
                "resolve {}, then `git add` and `git commit`",
                names.join(", ")
            )));
        }
        let (head, begun) = (
            self.git_in(path, &["rev-parse", "HEAD"])?,
            self.git_in(path, &["rev-parse", BEGUN])?,
        );
        let changed = self.git_in(path, &["status", "--porcelain", "--untracked-files=no"])?;
        if head == begun || !changed.is_empty() {
            return Ok(Some("`git commit` there".into()));
        }
        for conflict in &merged.conflicts {
            let spec = format!("HEAD:{}", conflict.path);
            let shown = self.real.git.run(Some(path), ["cat-file", "blob", &spec])?;
            let text = shown.text();
            let marked = |mark: &str| text.lines().any(|line| line.starts_with(mark));
            if shown.ok() && marked("<<<<<<< ") && marked(">>>>>>> ") {
                return Ok(Some(format!(
                    "take the conflict markers out of `{}` and commit that",
                    conflict.path
                )));
            }
        }
        Ok(None)
    }

    fn git_in(&self, path: &Path, args: &[&str]) -> Result<String, Error> {
        let text = self.real.git.must(Some(path), args)?.text();
        Ok(text.trim_end().to_owned())
    }
}

/// Says in the markers of a file which side is which, where git put the ids of commits that nobody knows.
fn name_sides(file: &Path) -> Result<(), Error> {
    if !file.symlink_metadata().is_ok_and(|about| about.is_file()) {
        return Ok(());
    }
    let content = std::fs::read(file).map_err(Error::file(file))?;
    let Ok(text) = String::from_utf8(content) else {
        return Ok(());
    };
    let is_id = |label: &str| label.len() >= 40 && label.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut named = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let end = &line[body.len()..];
        match body.split_once(' ') {
            Some(("<<<<<<<", label)) if is_id(label) => named += &format!("<<<<<<< what is there{end}"),
            Some((">>>>>>>", label)) if is_id(label) => named += &format!(">>>>>>> what comes in{end}"),
            _ => named += line,
        }
    }
    if named != text {
        std::fs::write(file, named).map_err(Error::file(file))?;
    }
    Ok(())
}
