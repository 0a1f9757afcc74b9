//! History of a shallow clone: git knows where it is cut off, libgit2's walks do not.

use std::ffi::OsString;

use super::{Error, Output, Sandbox};
use crate::model::Oid;

impl Sandbox {
    fn history(&self, args: &[&str]) -> Result<Output, Error> {
        let git_dir = [OsString::from("--git-dir"), self.path().into()];
        let args = git_dir.into_iter().chain(args.iter().map(OsString::from));
        self.real.git.run(Some(self.directory.path()), args)
    }

    /// As [`Sandbox::contains`].
    pub(super) fn contains_shallow(&self, new: &Oid, old: &Oid) -> Result<bool, Error> {
        let output = self.history(&["merge-base", "--is-ancestor", old.as_str(), new.as_str()])?;
        match output.code {
            0 => Ok(true),
            1 => Ok(false),
            _ => Err(Error::Shallow {
                needed_for: format!("comparing {} with {}", new.short(), old.short()),
            }),
        }
    }

    /// As [`Sandbox::merge_base`].
    pub(super) fn merge_base_shallow(&self, a: &Oid, b: &Oid) -> Option<Oid> {
        let output = self.history(&["merge-base", a.as_str(), b.as_str()]).ok()?;
        Oid::parse(&output.line())
    }

    /// As [`Sandbox::ahead_behind`].
    pub(super) fn ahead_behind_shallow(&self, a: &Oid, b: &Oid) -> Result<(usize, usize), Error> {
        let range = format!("{a}...{b}");
        let output = self.history(&["rev-list", "--left-right", "--count", &range])?;
        let counts = output.line();
        let counts = counts
            .split_once('\t')
            .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        // Two tips without a common commit in what is here: where they parted is cut off.
        let parted = self.merge_base_shallow(a, b).is_some();
        counts
            .filter(|_| output.ok() && parted)
            .ok_or_else(|| Error::Shallow {
                needed_for: format!("comparing {} with {}", a.short(), b.short()),
            })
    }

    /// The commits that `to` has and `from` has not, newest first.
    pub(super) fn walked_shallow(&self, from: Option<&Oid>, to: &Oid) -> Result<Vec<git2::Oid>, Error> {
        let without = from.map(|from| format!("^{from}"));
        let mut args = vec!["rev-list", "--topo-order", to.as_str()];
        args.extend(without.as_deref());
        let output = self.history(&args)?;
        if !output.ok() {
            return Err(Error::Shallow {
                needed_for: format!("listing the commits of {}", to.short()),
            });
        }
        Ok(output
            .text()
            .lines()
            .filter_map(|line| git2::Oid::from_str(line).ok())
            .collect())
    }
}
