//! Whether what was published still stands: others may add to it, and never take it away unseen.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::Stop;
use super::session::Session;
use crate::journal::{PauseCause, RefMove};
use crate::model::Oid;

impl Session<'_> {
    /// Remembers which refs of a remote others have moved.
    pub(crate) fn others_moved(&mut self, remote: &str, moved: &[RefMove]) {
        let below = format!("refs/remotes/{remote}/");
        let branches = moved.iter().filter_map(|change| change.name.strip_prefix(&below));
        self.moved
            .extend(branches.map(|branch| (remote.to_owned(), format!("refs/heads/{branch}"))));
    }

    /// Everything this run has published shall be looked at: another process may have seen it move.
    pub(crate) fn look_at_all_published(&mut self) {
        self.moved = self.left_at_remotes().into_keys().collect();
    }

    /// Where this run last put each ref of a remote.
    fn left_at_remotes(&self) -> BTreeMap<(String, String), Option<Oid>> {
        let mut landed = BTreeMap::new();
        for publication in self.state.publications.iter().filter(|p| p.remote_moved) {
            let remote = publication.intent.remote.clone().unwrap_or_default();
            for change in &publication.intent.remote_moves {
                landed.insert((remote.clone(), change.name.clone()), change.new.clone());
            }
        }
        landed
    }

    /// A published ref that was rewound or deleted is for a person to judge: the run pauses, and nothing is
    /// rolled back behind anybody's back.
    pub(crate) fn published_stands(&mut self) -> Result<(), Stop> {
        if self.moved.is_empty() || self.options.offline {
            return Ok(());
        }
        let moved: BTreeSet<_> = std::mem::take(&mut self.moved);
        let landed = self.left_at_remotes();
        for (remote, name) in moved {
            let Some(Some(put)) = landed.get(&(remote.clone(), name.clone())) else {
                continue;
            };
            let at = self.sandbox.at_remote(&remote, &name);
            let stands = match &at {
                Some(at) if at == put => true,
                Some(at) => self.sandbox.has(at) && self.sandbox.contains(at, put)?,
                None => false,
            };
            if stands {
                continue;
            }
            let short = name
                .trim_start_matches("refs/heads/")
                .trim_start_matches("refs/tags/");
            let what = match at {
                Some(at) => format!("was moved from {} to {}", put.short(), at.short()),
                None => format!("was at {} and is deleted", put.short()),
            };
            return Err(Stop::Paused {
                cause: PauseCause::RefMoved,
                reason: format!("`{short}` of `{remote}`, which this run has published, {what}"),
                way_out: format!(
                    "if that was a mistake: `git push {remote} {put}:{name}` (`--force-with-lease` if need be), then \
                     `rel resume`; if it is meant: `rel abort`, or `rel rollback PHASE`"
                ),
            });
        }
        Ok(())
    }
}
