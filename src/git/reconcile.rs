//! A branch and its upstream: whichever of the two contains the other.

use super::{Error, Sandbox};
use crate::model::Oid;

/// What became of a branch when it was held against its upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reconciled {
    /// It has no upstream, or the two are the same.
    Same,
    /// It was behind and now stands where its upstream does, in the sandbox.
    Brought {
        /// Where it was.
        from: Option<Oid>,
        /// Where it is.
        to: Oid,
    },
    /// It has commits that its upstream lacks.
    Ahead {
        /// How many.
        commits: usize,
    },
}

impl Sandbox {
    /// Holds a branch against its upstream and brings it along if it is behind. A branch that only the
    /// default remote has starts from there.
    ///
    /// # Errors
    /// [`Error::Diverged`].
    pub fn reconcile(&mut self, branch: &str) -> Result<Reconciled, Error> {
        let local = format!("refs/heads/{branch}");
        let here = self.get(&local).cloned();
        let configured = self.real.upstream(branch);
        let (remote, there) = match (&configured, &here) {
            (Some((remote, merge)), _) => (remote.clone(), self.at_remote(remote, merge)),
            (None, None) => {
                let remote = self.default_remote().to_owned();
                let there = self.at_remote(&remote, &local);
                (remote, there)
            }
            (None, Some(_)) => return Ok(Reconciled::Same),
        };
        let Some(there) = there else {
            return Ok(Reconciled::Same);
        };
        let Some(mine) = here else {
            self.set(&local, Some(there.clone()));
            return Ok(Reconciled::Brought {
                from: None,
                to: there,
            });
        };
        if mine == there {
            return Ok(Reconciled::Same);
        }
        let (ahead, behind) = self.ahead_behind(&mine, &there)?;
        match (ahead, behind) {
            (0, _) => {
                self.set(&local, Some(there.clone()));
                Ok(Reconciled::Brought {
                    from: Some(mine),
                    to: there,
                })
            }
            (commits, 0) => Ok(Reconciled::Ahead { commits }),
            (ahead, behind) => {
                let merge = configured.map_or(local, |(_, merge)| merge);
                let upstream = format!("{remote}/{}", merge.trim_start_matches("refs/heads/"));
                Err(Error::Diverged {
                    branch: branch.to_owned(),
                    upstream,
                    ahead,
                    behind,
                })
            }
        }
    }
}
