//! The user's real repository: read through git, never written here.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Error, Git, Stamp};
use crate::model::Oid;

/// A repository as git finds it; works for bare ones, linked work trees and inside hooks.
#[derive(Clone, Debug)]
pub struct Repository {
    pub(super) git: Git,
    git_dir: PathBuf,
    common_dir: PathBuf,
    top: Option<PathBuf>,
    bare: bool,
    shallow: bool,
    who: Option<(String, String)>,
    config: BTreeMap<String, Vec<String>>,
    remotes: std::sync::OnceLock<Vec<Remote>>,
}

/// A remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its name.
    pub name: String,
    /// Where it is fetched from; a relative path is made absolute.
    pub url: String,
}

/// A work tree and what is checked out there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worktree {
    /// Its directory.
    pub path: PathBuf,
    /// The full name of the checked-out branch.
    pub branch: Option<String>,
}

impl Repository {
    /// Finds the repository that `directory` is in.
    ///
    /// # Errors
    /// [`Error::NoRepository`], [`Error::Refused`], [`Error::Unsupported`].
    pub fn discover(git: Git, directory: &Path) -> Result<Self, Error> {
        Self::open(git, directory, &[])
    }

    /// As [`Repository::discover`], with `GIT_DIR` and `GIT_WORK_TREE` honoured as git does, so that
    /// rel works inside hooks. Afterwards nothing depends on the environment any more.
    ///
    /// # Errors
    /// As [`Repository::discover`].
    pub fn from_environment(git: Git, directory: &Path) -> Result<Self, Error> {
        let ties: Vec<(&str, OsString)> = ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR"]
            .into_iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?)))
            .collect();
        Self::open(git, directory, &ties)
    }

    fn open(git: Git, directory: &Path, ties: &[(&str, OsString)]) -> Result<Self, Error> {
        let env: Vec<_> = ties
            .iter()
            .map(|(name, value)| (*name, value.as_os_str()))
            .collect();
        let ask = |what: &[&str]| {
            let args = ["rev-parse", "--path-format=absolute"]
                .iter()
                .chain(what)
                .copied();
            git.run_with(Some(directory), args, &env, None)
        };
        let found = ask(&[
            "--git-dir",
            "--git-common-dir",
            "--is-bare-repository",
            "--is-shallow-repository",
        ])?;
        if !found.ok() {
            if found.stderr.contains("dubious ownership") || found.stderr.contains("safe.") {
                return Err(Error::Refused { reason: found.stderr });
            }
            return Err(Error::NoRepository {
                path: directory.display().to_string(),
            });
        }
        let text = found.text();
        let mut lines = text.lines();
        let mut next = || lines.next().unwrap_or_default().to_owned();
        let (git_dir, common_dir) = (PathBuf::from(next()), PathBuf::from(next()));
        let (bare, shallow) = (next() == "true", next() == "true");
        let top = ask(&["--show-toplevel"])?;
        let top = (top.ok() && !bare).then(|| PathBuf::from(top.line()));
        let config = git.must(
            None,
            [
                OsString::from("--git-dir"),
                git_dir.clone().into(),
                "config".into(),
                "--list".into(),
                "--includes".into(),
                "-z".into(),
            ],
        )?;
        let repository = Self {
            git,
            git_dir,
            common_dir,
            top,
            bare,
            shallow,
            who: None,
            config: parse_config(&config.text()),
            remotes: std::sync::OnceLock::new(),
        };
        repository.supported()?;
        Ok(repository)
    }

    fn supported(&self) -> Result<(), Error> {
        if self
            .config("extensions.objectformat")
            .is_some_and(|format| format != "sha1")
        {
            return Err(Error::Unsupported {
                what: "this repository uses SHA-256 object names, which rel cannot work on yet".into(),
                way_out: "release from a SHA-1 clone of it".into(),
            });
        }
        if self.config("extensions.partialclone").is_some() {
            return Err(Error::Unsupported {
                what: "this is a partial clone, and rel simulates with all objects at hand".into(),
                way_out: "fetch them with `git fetch --refetch --no-filter`, or release from a full clone"
                    .into(),
            });
        }
        Ok(())
    }

    /// Commits and tags as this person instead of whom the configuration names.
    #[must_use]
    pub fn with_identity(mut self, name: impl Into<String>, email: impl Into<String>) -> Self {
        self.who = Some((name.into(), email.into()));
        self
    }

    /// The git program.
    pub fn git(&self) -> &Git {
        &self.git
    }

    /// `.git` of this work tree.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The directory that all work trees share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// The top of the work tree; `None` in a bare repository.
    pub fn top(&self) -> Option<&Path> {
        self.top.as_deref()
    }

    /// Where commands that are not about a tree may run: the work tree, else the repository itself.
    pub fn home(&self) -> &Path {
        self.top.as_deref().unwrap_or(&self.common_dir)
    }

    /// Whether it has no work tree.
    pub fn is_bare(&self) -> bool {
        self.bare
    }

    /// Whether history is cut off.
    pub fn is_shallow(&self) -> bool {
        self.shallow
    }

    /// The last value of a configuration key, given in lower case.
    pub fn config(&self, key: &str) -> Option<&str> {
        self.config
            .get(key)
            .and_then(|values| values.last())
            .map(String::as_str)
    }

    pub(super) fn all_config(&self) -> &BTreeMap<String, Vec<String>> {
        &self.config
    }

    /// Calls git for the real repository.
    pub(super) fn call<I, S>(&self, args: I) -> Result<super::Output, Error>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<std::ffi::OsStr>,
    {
        self.call_with(args, None)
    }

    pub(super) fn call_with<I, S>(&self, args: I, stdin: Option<Vec<u8>>) -> Result<super::Output, Error>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<std::ffi::OsStr>,
    {
        let git_dir = [OsString::from("--git-dir"), self.git_dir.clone().into()];
        let args = git_dir
            .into_iter()
            .chain(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self.git.run_with(Some(self.home()), args, &[], stdin)
    }

    /// Every ref and its value (a tag's own object), by full name.
    ///
    /// # Errors
    /// When git fails.
    pub fn refs(&self) -> Result<BTreeMap<String, Oid>, Error> {
        let args = ["for-each-ref", "--format=%(objectname) %(refname)"];
        let output = self.call(args)?;
        let output = super::program::checked(&args.map(OsString::from), output)?;
        let mut refs = BTreeMap::new();
        for line in output.text().lines() {
            if let Some((oid, name)) = line
                .split_once(' ')
                .and_then(|(oid, name)| Some((Oid::parse(oid)?, name)))
            {
                refs.insert(name.to_owned(), oid);
            }
        }
        Ok(refs)
    }

    /// What `HEAD` is: the full name of a branch, and the commit, where there is one.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn head(&self) -> Result<(Option<String>, Option<Oid>), Error> {
        let branch = self.call(["symbolic-ref", "--quiet", "HEAD"])?;
        let commit = self.call(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?;
        Ok((branch.ok().then(|| branch.line()), Oid::parse(&commit.line())))
    }

    /// The paths tracked at `HEAD`; none in an empty repository.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn tracked_files(&self) -> Result<Vec<String>, Error> {
        let output = self.call(["ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD"])?;
        let text = output.text();
        Ok(text
            .split('\0')
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect())
    }

    /// The remotes, with relative paths resolved as git resolves them; asked once.
    pub fn remotes(&self) -> &[Remote] {
        self.remotes.get_or_init(|| self.read_remotes())
    }

    fn read_remotes(&self) -> Vec<Remote> {
        let urls = self
            .config
            .iter()
            .filter_map(|(key, values)| Some((key.strip_prefix("remote.")?.strip_suffix(".url")?, values)));
        urls.map(|(name, values)| {
            let url = self
                .git_url(name)
                .unwrap_or_else(|| values.first().cloned().unwrap_or_default());
            Remote {
                name: name.to_owned(),
                url,
            }
        })
        .collect()
    }

    /// The remote of that name.
    ///
    /// # Errors
    /// [`Error::NoRemote`], naming those that there are.
    pub fn remote(&self, name: &str) -> Result<Remote, Error> {
        let remotes = self.remotes();
        let names: Vec<_> = remotes
            .iter()
            .map(|remote| format!("`{}`", remote.name))
            .collect();
        remotes
            .iter()
            .find(|remote| remote.name == name)
            .cloned()
            .ok_or_else(|| Error::NoRemote {
                name: name.to_owned(),
                hint: match names.as_slice() {
                    [] => "; add it with `git remote add`".into(),
                    _ => format!("; it has {}", names.join(", ")),
                },
            })
    }

    /// The URL after `insteadOf`, relative paths made absolute.
    fn git_url(&self, name: &str) -> Option<String> {
        let output = self.call(["remote", "get-url", "--", name]).ok()?;
        let url = output.ok().then(|| output.line())?;
        let local = !url.contains("://") && !url.split('/').next().unwrap_or_default().contains(':');
        if local && !url.starts_with('/') {
            return Some(self.home().join(&url).display().to_string());
        }
        Some(url)
    }

    /// The upstream of a local branch: remote and the full name of its branch there.
    pub fn upstream(&self, branch: &str) -> Option<(String, String)> {
        let remote = self.config(&format!("branch.{branch}.remote"))?;
        let merge = self.config(&format!("branch.{branch}.merge"))?;
        (remote != ".").then(|| (remote.to_owned(), merge.to_owned()))
    }

    /// Who commits: name and mail as git would write them now, without a time.
    ///
    /// # Errors
    /// [`Error::NoIdentity`].
    pub fn identity(&self) -> Result<Stamp, Error> {
        if let Some((name, email)) = &self.who {
            return Ok(Stamp {
                name: name.clone(),
                email: email.clone(),
                seconds: 0,
                offset_minutes: 0,
            });
        }
        let output = self.call(["var", "GIT_COMMITTER_IDENT"])?;
        let line = output.line();
        let parsed = line.rsplit_once("> ").and_then(|(who, _)| who.split_once(" <"));
        match parsed {
            Some((name, email)) if output.ok() => Ok(Stamp {
                name: name.to_owned(),
                email: email.to_owned(),
                seconds: 0,
                offset_minutes: 0,
            }),
            _ => Err(Error::NoIdentity),
        }
    }

    /// Every work tree.
    ///
    /// # Errors
    /// When git fails.
    pub fn worktrees(&self) -> Result<Vec<Worktree>, Error> {
        let output = self.call(["worktree", "list", "--porcelain", "-z"])?;
        let text = output.text();
        let mut worktrees = Vec::new();
        for block in text.split("\0\0").filter(|block| !block.is_empty()) {
            let lines = || block.split('\0');
            let path = lines().find_map(|line| line.strip_prefix("worktree "));
            let bare = lines().any(|line| line == "bare");
            let branch = lines()
                .find_map(|line| line.strip_prefix("branch "))
                .map(str::to_owned);
            if let Some(path) = path.filter(|_| !bare) {
                worktrees.push(Worktree {
                    path: path.into(),
                    branch,
                });
            }
        }
        Ok(worktrees)
    }
}

fn parse_config(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut config: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in text.split('\0').filter(|entry| !entry.is_empty()) {
        let (key, value) = entry.split_once('\n').unwrap_or((entry, "true"));
        config.entry(key.to_owned()).or_default().push(value.to_owned());
    }
    config
}
