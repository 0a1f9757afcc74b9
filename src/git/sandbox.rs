//! The sandbox: a scratch bare repository over the real one's objects, with a copy of its refs.
//!
//! The refs live in memory; a git process that needs one is given its id. Nothing that happens here
//! can be seen from the real repository, and a checkout of it has no remote to push to.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::object::{id, name};
use super::{Error, Mark, RefTable, Repository};
use crate::model::Oid;

/// A scratch repository in which everything is tried first.
pub struct Sandbox {
    pub(super) repo: git2::Repository,
    pub(super) real: Repository,
    refs: RefTable,
    remote: String,
    /// The commits made here, in order: many may share one second.
    made: RefCell<HashMap<git2::Oid, u32>>,
    pub(super) checkouts: u32,
    pub(super) directory: tempfile::TempDir,
}

/// How far back a look for an ancestor goes before all of history is walked.
const NEAR: usize = 32;

/// Configuration that would tie the sandbox to the original, or run things in it.
const LEFT_OUT: [&str; 21] = [
    "core.bare",
    "core.worktree",
    "core.hookspath",
    "core.fsmonitor",
    "core.repositoryformatversion",
    "core.logallrefupdates",
    "core.sparsecheckout",
    "core.sparsecheckoutcone",
    "core.splitindex",
    "core.untrackedcache",
    "remote.",
    "branch.",
    "extensions.",
    "submodule.",
    "gc.",
    "maintenance.",
    "include.",
    "includeif.",
    "safe.",
    "receive.",
    "alias.",
];

impl Sandbox {
    /// Makes the sandbox of a repository; `remote` is the one whose branches bare names also mean.
    ///
    /// # Errors
    /// When the temporary directory cannot be written or git fails.
    pub fn create(real: &Repository, remote: &str) -> Result<Self, Error> {
        let directory = tempfile::Builder::new()
            .prefix("rel-")
            .tempdir()
            .map_err(Error::file(&std::env::temp_dir()))?;
        let path = directory.path().join("sandbox.git");
        let mut options = git2::RepositoryInitOptions::new();
        options
            .bare(true)
            .external_template(false)
            .no_reinit(true)
            .initial_head("rel-sandbox");
        git2::Repository::init_opts(&path, &options).map_err(Error::sandbox("making the sandbox"))?;
        let objects = real.common_dir().join("objects");
        write(
            &path.join("objects/info/alternates"),
            format!("{}\n", objects.display()).as_bytes(),
        )?;
        for file in ["shallow", "info/grafts", "info/attributes"] {
            if let Ok(content) = std::fs::read(real.common_dir().join(file)) {
                write(&path.join(file), &content)?;
            }
        }
        write(&path.join("config"), configuration(real).as_bytes())?;
        let repo = git2::Repository::open_bare(&path).map_err(Error::sandbox("opening the sandbox"))?;
        let refs = real.refs()?;
        let refs = refs
            .into_iter()
            .filter(|(name, _)| !name.starts_with("refs/rel/"))
            .collect();
        Ok(Self {
            repo,
            real: real.clone(),
            refs,
            remote: remote.to_owned(),
            made: RefCell::default(),
            checkouts: 0,
            directory,
        })
    }

    /// The repository it was made from.
    pub fn real(&self) -> &Repository {
        &self.real
    }

    /// The default remote.
    pub fn default_remote(&self) -> &str {
        &self.remote
    }

    /// The place of a commit among those made here; 0 for any other.
    pub(super) fn made(&self, commit: git2::Oid) -> u32 {
        self.made.borrow().get(&commit).copied().unwrap_or_default()
    }

    /// Remembers that a commit was made here.
    pub(super) fn remember(&self, commit: git2::Oid) {
        let mut made = self.made.borrow_mut();
        let next = u32::try_from(made.len() + 1).unwrap_or(u32::MAX);
        made.entry(commit).or_insert(next);
    }

    pub(super) fn path(&self) -> PathBuf {
        self.repo.path().to_owned()
    }

    /// The value of a ref by its full name.
    pub fn get(&self, name: &str) -> Option<&Oid> {
        self.refs.get(name)
    }

    /// Moves, makes or (with `None`) deletes a ref.
    pub fn set(&mut self, name: &str, value: Option<Oid>) {
        self.refs.set(name, value);
    }

    /// Every ref below a prefix such as `refs/heads/`.
    pub fn refs_below<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = (&'s str, &'s Oid)> {
        self.refs.below(prefix)
    }

    /// Remembers all refs, to go back to.
    pub fn mark(&mut self) -> Mark {
        self.refs.mark()
    }

    /// Puts all refs back to where they were at a mark.
    pub fn rewind(&mut self, mark: Mark) {
        self.refs.rewind(mark);
    }

    /// The full name of the ref that a source means, and its value: a branch, a tag, a branch of a
    /// remote, or a branch that only the default remote has.
    pub fn find_ref(&self, source: &str) -> Option<(String, Oid)> {
        let candidates = [
            source.to_owned(),
            format!("refs/heads/{source}"),
            format!("refs/tags/{source}"),
            format!("refs/remotes/{}/{source}", self.remote),
            format!("refs/remotes/{source}"),
        ];
        let full = source.starts_with("refs/");
        candidates
            .into_iter()
            .skip(usize::from(!full))
            .find_map(|name| self.refs.get(&name).map(|oid| (name.clone(), oid.clone())))
    }

    /// The commit that a source means: a ref, a whole or short commit id, or a git revision.
    ///
    /// # Errors
    /// [`Error::UnknownRef`] with the nearest name there is.
    pub fn resolve(&self, source: &str) -> Result<Oid, Error> {
        let unknown = || Error::UnknownRef {
            name: source.to_owned(),
            hint: self.hint(source),
        };
        if let Some((_, oid)) = self.find_ref(source) {
            return self.peel(&oid).ok_or_else(unknown);
        }
        if let Some(split) = source.find(['~', '^', '@', ':']).filter(|split| *split > 0)
            && let Some((_, oid)) = self.find_ref(&source[..split])
        {
            let spec = format!("{oid}{}", &source[split..]);
            let object = self.repo.revparse_single(&spec).map_err(|_| unknown())?;
            let commit = object.peel_to_commit().map_err(|_| unknown())?;
            return Ok(name(commit.id()));
        }
        let hexadecimal =
            source.len() >= 4 && source.chars().take_while(char::is_ascii_hexdigit).count() >= 4;
        let object = hexadecimal
            .then(|| self.repo.revparse_single(source).ok())
            .flatten()
            .ok_or_else(unknown)?;
        let commit = object.peel_to_commit().map_err(|_| unknown())?;
        Ok(name(commit.id()))
    }

    fn hint(&self, wanted: &str) -> String {
        if self.refs.iter().next().is_none() {
            return ": it has no commit yet; make the first one, and push it where others should see it"
                .into();
        }
        let remote = format!("refs/remotes/{}/", self.remote);
        let names = self.refs.iter().map(|(full, _)| full).filter_map(|full| {
            ["refs/heads/", "refs/tags/", remote.as_str()]
                .iter()
                .find_map(|prefix| full.strip_prefix(prefix))
        });
        let near = names
            .map(|name| (strsim::damerau_levenshtein(name, wanted), name))
            .filter(|(distance, name)| *distance <= 2 + name.len() / 8)
            .min();
        near.map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
    }

    /// The commit behind an object: itself, or what a tag names.
    pub fn peel(&self, oid: &Oid) -> Option<Oid> {
        let object = self.repo.find_object(id(oid), None).ok()?;
        object.peel_to_commit().ok().map(|commit| name(commit.id()))
    }

    /// Whether every commit of `old` is contained in `new`.
    ///
    /// # Errors
    /// When a commit is missing.
    pub fn contains(&self, new: &Oid, old: &Oid) -> Result<bool, Error> {
        if new == old || self.near(old, new) {
            return Ok(true);
        }
        // What is contained in a commit cannot contain it: history has no circles.
        if self.near(new, old) {
            return Ok(false);
        }
        if self.real.is_shallow() {
            return self.contains_shallow(new, old);
        }
        self.repo
            .graph_descendant_of(id(new), id(old))
            .map_err(Error::sandbox("walking history"))
    }

    /// Whether `old` is among the nearest ancestors of `new`. Spares the common case a walk over all of
    /// history, which is what libgit2 does where commits share a second.
    fn near(&self, old: &Oid, new: &Oid) -> bool {
        let (wanted, mut seen) = (id(old), std::collections::BTreeSet::new());
        let mut queue = std::collections::VecDeque::from([id(new)]);
        while let Some(next) = queue.pop_front() {
            if next == wanted {
                return true;
            }
            if seen.len() >= NEAR || !seen.insert(next) {
                continue;
            }
            if let Ok(commit) = self.repo.find_commit(next) {
                queue.extend(commit.parent_ids());
            }
        }
        false
    }

    /// How many commits only `a` has, and only `b`.
    ///
    /// # Errors
    /// When a commit is missing.
    pub fn ahead_behind(&self, a: &Oid, b: &Oid) -> Result<(usize, usize), Error> {
        if self.real.is_shallow() {
            return self.ahead_behind_shallow(a, b);
        }
        self.repo
            .graph_ahead_behind(id(a), id(b))
            .map_err(Error::sandbox("walking history"))
    }

    /// The best common ancestor; `None` for unrelated histories.
    pub fn merge_base(&self, a: &Oid, b: &Oid) -> Option<Oid> {
        if self.real.is_shallow() {
            return self.merge_base_shallow(a, b);
        }
        self.repo.merge_base(id(a), id(b)).ok().map(name)
    }

    /// Whether the object is there.
    pub fn has(&self, oid: &Oid) -> bool {
        self.repo.odb().is_ok_and(|odb| odb.exists(id(oid)))
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(Error::file(parent))?;
    }
    std::fs::write(path, content).map_err(Error::file(path))
}

/// The real repository's own configuration, less what ties it down, in the form of a config file.
fn configuration(real: &Repository) -> String {
    let mut text = String::from(
        "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tlogallrefupdates = false\n[gc]\n\tauto = 0\n[uploadpack]\n\tallowAnySHA1InWant = true\n",
    );
    let lfs = real.common_dir().join("lfs");
    let entries = real.all_config().iter().filter(|(key, _)| {
        !LEFT_OUT
            .iter()
            .any(|out| key == out || (out.ends_with('.') && key.starts_with(out)))
    });
    for (key, values) in entries {
        let Some((section, variable)) = key.rsplit_once('.') else {
            continue;
        };
        let header = match section.split_once('.') {
            Some((section, sub)) => format!("[{section} \"{}\"]", escape(sub)),
            None => format!("[{section}]"),
        };
        for value in values {
            text = text + &header + "\n\t" + variable + " = \"" + &escape(value) + "\"\n";
        }
    }
    text + "[lfs]\n\tstorage = \"" + &escape(&lfs.display().to_string()) + "\"\n"
}

fn escape(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
        .replace('\t', "\\t")
}
