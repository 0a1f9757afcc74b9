//! `push`: the commit point in its purest form.

use crate::check::{Phase, PushRef, RefKind};
use crate::engine::outcome::Stop;
use crate::engine::publish::Push;
use crate::engine::session::Session;
use crate::journal::RefMove;
use crate::model::RefName;

impl Session<'_> {
    pub(super) fn push(
        &mut self,
        phase: &Phase,
        refs: &[PushRef],
        remote: &str,
        force: bool,
    ) -> Result<(), Stop> {
        if !self.remotes.iter().any(|known| known == remote) {
            self.sandbox.real().remote(remote)?;
        }
        let mut moves = Vec::new();
        for pushed in refs {
            if force {
                self.not_protected(&pushed.name, "pushed with `force`")?;
            }
            let full = self.pushed_ref(pushed)?;
            let new = self.sandbox.get(&full).cloned();
            let old = self.sandbox.at_remote(remote, &full);
            if old != new {
                moves.push(RefMove { name: full, old, new });
            }
        }
        if moves.is_empty() {
            let names: Vec<_> = refs.iter().map(|pushed| format!("`{}`", pushed.name)).collect();
            return self.skip(
                phase,
                format!("`{remote}` has {} as it is here", names.join(", ")),
            );
        }
        self.publish(
            phase,
            Some(Push {
                remote: remote.to_owned(),
                moves,
                force,
            }),
        )
    }

    fn pushed_ref(&self, pushed: &PushRef) -> Result<String, Stop> {
        let (branch, tag) = (pushed.name.as_branch(), pushed.name.as_tag());
        let there = |name: &String| self.sandbox.get(name).is_some();
        let found = match pushed.kind {
            Some(RefKind::Branch) => Some(branch).filter(there),
            Some(RefKind::Tag) => Some(tag).filter(there),
            None => [branch, tag].into_iter().find(there),
        };
        found.ok_or_else(|| Stop::failed(format!("there is no branch or tag `{}` to push", pushed.name)))
    }

    /// The deletion of a branch that a remote has: an outside effect.
    pub(super) fn publish_deletion(&mut self, phase: &Phase, remote: &str, there: &str) -> Result<(), Stop> {
        let name = RefName::parse(there.trim_start_matches("refs/heads/"));
        if let Ok(name) = &name {
            self.not_protected(name, "deleted")?;
        }
        let old = self.sandbox.at_remote(remote, there);
        let moves = vec![RefMove {
            name: there.to_owned(),
            old,
            new: None,
        }];
        // A deletion is no fast-forward; the exact lease is what guards it.
        self.publish(
            phase,
            Some(Push {
                remote: remote.to_owned(),
                moves,
                force: true,
            }),
        )
    }
}
