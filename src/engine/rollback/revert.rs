//! `revert`: one commit per branch, on top of whatever came later.

use super::goal::{Goal, Pushes};
use super::short;
use super::trail::{Span, Trail};
use crate::check::Phase;
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::model::Oid;

impl Session<'_> {
    pub(crate) fn rollback_revert(&mut self, phase: &Phase) -> Result<(), Stop> {
        let pushes = self.stage_revert(phase)?;
        self.push_back(phase, pushes, false)
    }

    /// Stages all of it; a conflict shows here, before anything has moved.
    pub(super) fn stage_revert(&mut self, phase: &Phase) -> Result<Pushes, Stop> {
        let mut pushes = Pushes::new();
        let trails = self.trails(phase);
        self.bring_pushed(&trails)?;
        for (name, trail) in trails {
            let goal = if name.starts_with("refs/tags/") {
                self.tag_goal(phase, &name, &trail)?
            } else {
                self.revert_goal(phase, &name, &trail)?
            };
            self.aim(phase, &name, goal, &mut pushes)?;
        }
        Ok(pushes)
    }

    fn revert_goal(&mut self, phase: &Phase, name: &str, trail: &Trail) -> Result<Goal, Stop> {
        let now = self.sandbox.get(name).cloned();
        match trail.here.clone() {
            Some((None, Some(after))) => self.created(phase, name, trail, now.as_ref(), &after),
            Some((Some(before), None)) => self.deleted(phase, name, trail, now.as_ref(), before),
            Some((Some(before), Some(after))) if trail.there.is_empty() && now.as_ref() == Some(&after) => {
                Ok(Goal::here(Some(before), "put back"))
            }
            Some((None, None)) | None => self.only_there(phase, name, trail, now.as_ref()),
            Some((Some(_), Some(_))) => self.moved(phase, name, trail, now.as_ref()),
        }
    }

    /// A branch that the phase created goes, unless others have advanced it.
    fn created(
        &mut self,
        phase: &Phase,
        name: &str,
        trail: &Trail,
        now: Option<&Oid>,
        after: &Oid,
    ) -> Result<Goal, Stop> {
        let advanced_there = trail.there.iter().any(|(remote, (_, after))| {
            let at = self.sandbox.at_remote(remote, name);
            at.is_some() && at != *after
        });
        if now.is_some_and(|now| now != after) || advanced_there {
            let message = format!(
                "`{}` stays: this phase created it, and others have advanced it",
                short(name)
            );
            self.note(phase, message)?;
            return Ok(Goal::default());
        }
        let mut goal = self.only_there(phase, name, trail, now)?;
        if now.is_some() {
            goal.here = Some((None, "removed"));
        }
        Ok(goal)
    }

    /// A branch that the phase deleted comes back, unless others have made it anew.
    fn deleted(
        &mut self,
        phase: &Phase,
        name: &str,
        trail: &Trail,
        now: Option<&Oid>,
        before: Oid,
    ) -> Result<Goal, Stop> {
        if now.is_some_and(|now| *now != before) {
            let message = format!(
                "`{}` stays as it is: this phase deleted it, and others have made it anew",
                short(name)
            );
            self.note(phase, message)?;
            return Ok(Goal::default());
        }
        let mut goal = self.only_there(phase, name, trail, Some(&before))?;
        goal.here = Some((Some(before), "brought back"));
        Ok(goal)
    }

    /// What moved at remotes alone: a branch created or deleted there, or pushed as it stood here.
    fn only_there(
        &mut self,
        phase: &Phase,
        name: &str,
        trail: &Trail,
        now: Option<&Oid>,
    ) -> Result<Goal, Stop> {
        let mut goal = Goal::default();
        let mut moved = false;
        for (remote, (before, after)) in &trail.there {
            let at = self.sandbox.at_remote(remote, name);
            match (before, after) {
                (None, Some(after)) if at.as_ref() == Some(after) => goal.there.push((remote.clone(), None)),
                (None, Some(_)) if at.is_some() => {
                    let message = format!(
                        "`{}` stays at `{remote}`: this phase created it there, and others have advanced it",
                        short(name)
                    );
                    self.note(phase, message)?;
                }
                (Some(before), None) if at.is_none() => {
                    goal.there.push((remote.clone(), Some(before.clone())));
                }
                (Some(_), Some(_)) if at.is_some() => moved = true,
                // Gone by others' hands, made anew by them, or never seen outside.
                (None | Some(_), None | Some(_)) => {}
            }
        }
        if moved {
            let more = self.moved(phase, name, trail, now)?;
            goal.here = more.here;
            let missing = more
                .there
                .into_iter()
                .filter(|(remote, _)| !goal.there.iter().any(|(there, _)| there == remote))
                .collect::<Vec<_>>();
            goal.there.extend(missing);
        }
        Ok(goal)
    }

    /// A branch that the phase moved gets a commit that takes its change back.
    fn moved(&mut self, phase: &Phase, name: &str, trail: &Trail, now: Option<&Oid>) -> Result<Goal, Stop> {
        let at = |session: &Self, remote: &str| session.sandbox.at_remote(remote, name);
        let tip = now.cloned().or_else(|| {
            let mut remotes = trail.there.keys();
            remotes.find_map(|remote| at(self, remote))
        });
        let Some(tip) = tip else {
            let message = format!("`{}` is gone: others have deleted it since", short(name));
            self.note(phase, message)?;
            return Ok(Goal::default());
        };
        let reverted = self.revert_commit_of(phase, name, &trail.changes, &tip)?;
        let end = reverted.clone().unwrap_or(tip);
        let mut goal = Goal::default();
        if now.is_some() {
            goal.here = reverted.map(|commit| (Some(commit), "revert"));
        }
        for (remote, (before, after)) in &trail.there {
            let there = at(self, remote);
            match (before, after) {
                // Created there by this phase, and nobody else's yet: it goes again.
                (None, after) if there == *after => goal.there.push((remote.clone(), None)),
                _ if there.is_some() => goal.there.push((remote.clone(), Some(end.clone()))),
                _ => {}
            }
        }
        Ok(goal)
    }

    /// The commit that takes the changes back; `None` when nothing of them is left.
    fn revert_commit_of(
        &mut self,
        phase: &Phase,
        name: &str,
        changes: &[Span],
        tip: &Oid,
    ) -> Result<Option<Oid>, Stop> {
        let tree = self.taken_back(phase, name, changes, tip)?;
        if tree == self.sandbox.tree_of(tip)? {
            let message = format!("`{}` no longer has what the phase changed", short(name));
            self.note(phase, message)?;
            return Ok(None);
        }
        let stamp = self.stamp();
        let message = self.revert_message(phase, name, changes);
        let commit = self
            .sandbox
            .commit(&tree, std::slice::from_ref(tip), &stamp, &stamp, &message)?;
        Ok(Some(commit))
    }
}
