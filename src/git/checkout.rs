//! Scratch checkouts: work trees of the sandbox, in which commands run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Error, Sandbox};
use crate::model::Oid;

/// A checkout that is removed when it is dropped.
#[derive(Debug)]
pub struct Checkout {
    directory: PathBuf,
    links: Vec<String>,
    keep: bool,
}

impl Checkout {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        if !self.keep {
            // What cannot be removed goes with the sandbox's own directory.
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}

impl Sandbox {
    /// Checks a commit out. With `tree`, that tree's files stand there instead of the commit's own
    /// (a merge with conflict markers); `links` are ignored paths borrowed from the real work tree.
    ///
    /// # Errors
    /// [`Error::Checkout`] when submodules or LFS objects are not at hand, or git fails.
    pub fn checkout(
        &mut self,
        commit: &Oid,
        tree: Option<&Oid>,
        links: &[String],
    ) -> Result<Checkout, Error> {
        self.write_refs()?;
        self.checkouts += 1;
        let directory = self.directory.path().join(format!("checkout-{}", self.checkouts));
        let failed = |detail: String| Error::Checkout {
            commit: commit.short().to_owned(),
            detail,
        };
        self.lfs_is_ready(commit).map_err(failed)?;
        let mut args: Vec<OsString> = vec!["--git-dir".into(), self.path().into()];
        args.extend(["worktree", "add", "--quiet", "--detach", "--force"].map(OsString::from));
        args.extend([directory.clone().into(), OsString::from(commit.as_str())]);
        let made = self.real.git.run(Some(self.directory.path()), &args)?;
        let checkout = Checkout {
            directory,
            links: links.to_vec(),
            keep: false,
        };
        if !made.ok() {
            return Err(failed(made.stderr));
        }
        if let Some(tree) = tree {
            self.real.git.must(
                Some(checkout.path()),
                ["read-tree", "--reset", "-u", tree.as_str()],
            )?;
        }
        self.submodules(&checkout, commit)?;
        self.link(&checkout, commit)?;
        Ok(checkout)
    }

    /// What a command left in a checkout, as a tree: new and changed files, ignored ones left out.
    ///
    /// # Errors
    /// When git fails.
    pub fn capture(&self, checkout: &Checkout) -> Result<Oid, Error> {
        let mut args: Vec<OsString> = ["add", "--all", "--", "."].map(OsString::from).to_vec();
        args.extend(
            checkout
                .links
                .iter()
                .map(|link| OsString::from(format!(":(exclude,top,literal){link}"))),
        );
        self.real.git.must(Some(checkout.path()), &args)?;
        let output = self.real.git.must(Some(checkout.path()), ["write-tree"])?;
        Oid::parse(&output.line()).ok_or_else(|| Error::Git {
            command: "write-tree".into(),
            detail: "it printed no object id".into(),
        })
    }

    /// git processes in a checkout see the refs as they are staged now.
    fn write_refs(&self) -> Result<(), Error> {
        let mut text = String::from("# pack-refs with: sorted \n");
        for (name, oid) in self.refs_below("refs/") {
            text = text + oid.as_str() + " " + name + "\n";
        }
        let path = self.path().join("packed-refs");
        std::fs::write(&path, text).map_err(Error::file(&path))
    }

    /// Submodules come from the real repository's own copies; nothing is fetched.
    fn submodules(&self, checkout: &Checkout, commit: &Oid) -> Result<(), Error> {
        if !checkout.path().join(".gitmodules").is_file() {
            return Ok(());
        }
        let git = &self.real.git;
        let listed = git.run(
            Some(checkout.path()),
            [
                "config",
                "--file",
                ".gitmodules",
                "--null",
                "--get-regexp",
                r"^submodule\..*\.path$",
            ],
        )?;
        let text = listed.text();
        for entry in text.split('\0').filter(|entry| !entry.is_empty()) {
            let Some((key, path)) = entry.split_once('\n') else {
                continue;
            };
            let name = key.trim_start_matches("submodule.").trim_end_matches(".path");
            let unsafe_name = name.split('/').any(|part| part == "..") || name.starts_with('/');
            let store = self.real.common_dir().join("modules").join(name);
            if unsafe_name || !store.is_dir() {
                return Err(Error::Checkout {
                    commit: commit.short().to_owned(),
                    detail: format!(
                        "its submodule `{path}` is not here; run `git submodule update --init -- {path}` in your work tree first"
                    ),
                });
            }
            let url = format!("submodule.{name}.url={}", store.display());
            let args = [
                "-c",
                "protocol.file.allow=always",
                "-c",
                url.as_str(),
                "submodule",
                "--quiet",
                "update",
                "--init",
                "--checkout",
                "--",
                path,
            ];
            let updated = git.run(Some(checkout.path()), args)?;
            if !updated.ok() {
                let detail = format!(
                    "its submodule `{path}` cannot be checked out: {}; run `git submodule update --init -- {path}` in your work tree first",
                    updated.stderr
                );
                return Err(Error::Checkout {
                    commit: commit.short().to_owned(),
                    detail,
                });
            }
        }
        Ok(())
    }

    /// LFS pointers are filled from the real repository's own store, by git-lfs itself.
    fn lfs_is_ready(&self, commit: &Oid) -> Result<(), String> {
        let tree = self.tree_of(commit).map_err(|error| error.to_string())?;
        let attributes = self
            .file_in(&tree, ".gitattributes")
            .ok()
            .flatten()
            .unwrap_or_default();
        let uses_lfs = String::from_utf8_lossy(&attributes)
            .lines()
            .any(|line| line.contains("filter=lfs"));
        let configured = self.real.config("filter.lfs.smudge").is_some()
            || self.real.config("filter.lfs.process").is_some();
        if uses_lfs && !configured {
            return Err("its files are kept with Git LFS, which is not set up here; install git-lfs and run `git lfs install`".into());
        }
        Ok(())
    }

    fn link(&self, checkout: &Checkout, commit: &Oid) -> Result<(), Error> {
        let Some(top) = self.real.top() else { return Ok(()) };
        for link in &checkout.links {
            let (from, to) = (top.join(link), checkout.path().join(link));
            if !from.exists() {
                return Err(Error::Checkout {
                    commit: commit.short().to_owned(),
                    detail: format!("`link {link}` borrows a path that is not in your work tree"),
                });
            }
            if to.symlink_metadata().is_ok() {
                continue;
            }
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent).map_err(Error::file(parent))?;
            }
            std::os::unix::fs::symlink(&from, &to).map_err(Error::file(&to))?;
        }
        Ok(())
    }
}
