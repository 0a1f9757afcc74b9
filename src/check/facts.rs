//! What the checker is told about the world: plain data, gathered by others.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Oid, Type};

/// What is known about the repository a plan is for.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The commit that `HEAD` named when the facts were gathered.
    pub head: Option<Oid>,
    /// Local branches, short names.
    pub branches: BTreeMap<String, Oid>,
    /// Tags, short names.
    pub tags: BTreeMap<String, Oid>,
    /// Remotes, and the branches each was last known to have.
    pub remotes: BTreeMap<String, BTreeMap<String, Oid>>,
    /// Upstream of a local branch, as `(remote, branch)`.
    pub upstreams: BTreeMap<String, (String, String)>,
    /// Paths tracked at `HEAD`, with `/`.
    pub files: BTreeSet<String>,
}

/// What the embedding program adds to the language.
#[derive(Clone, Debug, Default)]
pub struct HostGates {
    /// By name: the declared arguments, in order, and whether each may be left out.
    pub gates: BTreeMap<String, Vec<HostParam>>,
}

/// A parameter of a gate that the embedding program provides.
#[derive(Clone, Debug)]
pub struct HostParam {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whether a plan may leave it out.
    pub optional: bool,
}

/// Gives the text of files that `use` names. Implemented over real files by the host, over a map in tests.
pub trait Loader {
    /// Reads the file at `path` (with `/`, relative to the plan's repository root, `.` and `..`
    /// already taken out) and gives the name to show and its text.
    ///
    /// # Errors
    /// Says in a few words why it cannot be read: "no such file", "is not UTF-8".
    fn load(&self, path: &str) -> Result<(String, String), String>;
}

/// A loader that has no files: for a plan that stands alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, _path: &str) -> Result<(String, String), String> {
        Err("no such file".into())
    }
}
