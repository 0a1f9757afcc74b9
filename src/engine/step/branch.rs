//! `branch`, `delete branch`, `delete tag`, `reset`, `try`: refs as such.

use crate::check::{Phase, Source, Step};
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::engine::stage::Move;
use crate::model::RefName;

impl Session<'_> {
    fn move_ref(
        &mut self,
        phase: &Phase,
        name: String,
        new: Option<crate::model::Oid>,
        how: &str,
        known: bool,
    ) -> Result<(), Stop> {
        self.stage_move(Move {
            phase: &phase.name,
            name,
            new,
            how,
            known,
            resolved: Vec::new(),
            diff: None,
        })
    }

    pub(super) fn new_branch(
        &mut self,
        phase: &Phase,
        name: &RefName,
        from: &Source,
        if_absent: bool,
    ) -> Result<(), Stop> {
        let target = self.sandbox.resolve(&from.text)?;
        if let Some(existing) = self.sandbox.get(&name.as_branch()) {
            if if_absent {
                return self.skip(
                    phase,
                    format!("`{name}` is there already, at {}", existing.short()),
                );
            }
            return Err(Stop::failed_with(
                format!("the branch `{name}` is there already"),
                "write `if absent` behind it if that is fine, or delete the branch first",
            ));
        }
        let known = self.is_known(&from.text);
        self.move_ref(phase, name.as_branch(), Some(target), "branch", known)
    }

    pub(super) fn delete_branch(&mut self, phase: &Phase, name: &RefName, local: bool) -> Result<(), Stop> {
        self.not_protected(name, "deleted")?;
        let full = name.as_branch();
        let upstream = self.upstream_of(name).filter(|_| !local);
        if self.sandbox.get(&full).is_none() && upstream.is_none() {
            return self.skip(phase, format!("there is no branch `{name}`"));
        }
        if self.sandbox.get(&full).is_some() {
            self.not_checked_out(name)?;
            self.move_ref(phase, full, None, "delete", true)?;
        }
        match upstream {
            Some((remote, there)) => self.publish_deletion(phase, &remote, &there),
            None => Ok(()),
        }
    }

    /// git deletes no branch that a work tree stands on; that is said before anything is published.
    fn not_checked_out(&self, name: &RefName) -> Result<(), Stop> {
        let full = name.as_branch();
        let worktrees = self.sandbox.real().worktrees()?;
        let on_it = worktrees
            .iter()
            .find(|tree| tree.branch.as_deref() == Some(full.as_str()));
        match on_it {
            None => Ok(()),
            Some(tree) => Err(Stop::failed_with(
                format!(
                    "`{name}` is checked out in {} and cannot be deleted",
                    tree.path.display()
                ),
                "check another branch out there first: `git switch --detach`",
            )),
        }
    }

    /// The branch that this one stands for at a remote: its upstream, else its namesake at the default remote.
    fn upstream_of(&self, name: &RefName) -> Option<(String, String)> {
        let configured = self.sandbox.real().upstream(name.as_str());
        let (remote, there) = configured.unwrap_or_else(|| (self.plan.remote().to_owned(), name.as_branch()));
        self.sandbox.at_remote(&remote, &there).map(|_| (remote, there))
    }

    pub(super) fn delete_tag(&mut self, phase: &Phase, name: &RefName) -> Result<(), Stop> {
        self.not_protected(name, "deleted")?;
        if self.sandbox.get(&name.as_tag()).is_none() {
            return self.skip(phase, format!("there is no tag `{name}`"));
        }
        self.move_ref(phase, name.as_tag(), None, "delete", true)
    }

    pub(super) fn reset(&mut self, phase: &Phase, branch: &RefName, to: &Source) -> Result<(), Stop> {
        self.not_protected(branch, "reset")?;
        let here = self.branch_tip(branch)?;
        let target = self.sandbox.resolve(&to.text)?;
        if here == target {
            return self.skip(phase, format!("`{branch}` is at `{}` already", to.text));
        }
        let known = self.is_known(&to.text);
        self.move_ref(phase, branch.as_branch(), Some(target), "reset", known)
    }

    /// A branch that exists only inside: whatever is staged in between is thrown away.
    pub(super) fn attempt(
        &mut self,
        phase: &Phase,
        branch: &RefName,
        from: &Source,
        steps: &[Step],
    ) -> Result<(), Stop> {
        let full = branch.as_branch();
        if self.sandbox.get(&full).is_some() {
            return Err(Stop::failed_with(
                format!("`{branch}` exists, and a `try` wants a name of its own"),
                "give the branch of the `try` another name",
            ));
        }
        let (refs, staged, unknown) = (self.sandbox.mark(), self.staged.clone(), self.unknown.clone());
        let outer = self.now_step;
        let known = self.is_known(&from.text);
        let target = self.sandbox.resolve(&from.text);
        let mut result = target
            .map_err(Stop::from)
            .and_then(|target| self.move_ref(phase, full, Some(target), "try", known));
        for step in steps {
            if result.is_ok() {
                result = self.step(phase, step);
            }
        }
        self.now_step = outer;
        self.sandbox.rewind(refs);
        (self.staged, self.unknown) = (staged, unknown);
        result
    }
}
