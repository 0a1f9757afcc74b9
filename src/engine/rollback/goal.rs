//! Where each ref shall be after a phase is taken back.

use std::collections::BTreeMap;

use super::short;
use super::trail::Trail;
use crate::check::Phase;
use crate::engine::outcome::Stop;
use crate::engine::publish::Push;
use crate::engine::session::Session;
use crate::engine::stage::Move;
use crate::journal::RefMove;
use crate::model::Oid;

/// Where a ref shall be; what is not named stays.
#[derive(Debug, Default)]
pub(super) struct Goal {
    /// Here, and how that comes about.
    pub(super) here: Option<(Option<Oid>, &'static str)>,
    /// At remotes.
    pub(super) there: Vec<(String, Option<Oid>)>,
}

impl Goal {
    pub(super) fn here(new: Option<Oid>, how: &'static str) -> Self {
        Goal {
            here: Some((new, how)),
            there: Vec::new(),
        }
    }
}

/// What a rollback will push: by remote.
pub(super) type Pushes = BTreeMap<String, Vec<RefMove>>;

impl Session<'_> {
    /// A tag that was never pushed is put back; a pushed one stays, since others may have seen it.
    pub(super) fn tag_goal(&mut self, phase: &Phase, name: &str, trail: &Trail) -> Result<Goal, Stop> {
        let now = self.sandbox.get(name).cloned();
        if !trail.there.is_empty() {
            if now.is_some() {
                let message = format!(
                    "the tag `{}` stays: it was pushed, and others may have seen it",
                    short(name)
                );
                self.note(phase, message)?;
            }
            return Ok(Goal::default());
        }
        match &trail.here {
            Some((before, after)) if now == *after => Ok(Goal::here(before.clone(), "put back")),
            Some((before, _)) if now != *before => {
                let message = format!("the tag `{}` stays: others have moved it since", short(name));
                self.note(phase, message)?;
                Ok(Goal::default())
            }
            Some(_) | None => Ok(Goal::default()),
        }
    }

    /// Branches that the phase pushed and others have advanced there since come along, upstream or not: the way
    /// back stands on top of the commits of others, or refuses because of them.
    pub(super) fn bring_pushed(&mut self, trails: &BTreeMap<String, Trail>) -> Result<(), Stop> {
        let branches = trails.iter().filter(|(name, _)| name.starts_with("refs/heads/"));
        for (name, trail) in branches {
            for remote in trail.there.keys() {
                let here = self.sandbox.get(name).cloned();
                let there = self.sandbox.at_remote(remote, name);
                if let (Some(here), Some(there)) = (here, there)
                    && here != there
                    && self.sandbox.contains(&there, &here)?
                {
                    self.stage(name, Some(there));
                }
            }
        }
        Ok(())
    }

    /// Stages what shall be here, and gathers what is to be pushed.
    pub(super) fn aim(
        &mut self,
        phase: &Phase,
        name: &str,
        goal: Goal,
        pushes: &mut Pushes,
    ) -> Result<(), Stop> {
        if let Some((new, how)) = goal.here
            && self.sandbox.get(name) != new.as_ref()
        {
            self.stage_move(Move {
                phase: &phase.name,
                name: name.to_owned(),
                new,
                how,
                known: !self.unknown.contains(name),
                resolved: Vec::new(),
                diff: None,
            })?;
        }
        for (remote, new) in goal.there {
            let old = self.sandbox.at_remote(&remote, name);
            if old != new {
                pushes.entry(remote).or_default().push(RefMove {
                    name: name.to_owned(),
                    old,
                    new,
                });
            }
        }
        Ok(())
    }

    /// Pushes what was pushed; what was not is put back here. All of it is proved before any of it moves.
    pub(super) fn push_back(&mut self, phase: &Phase, pushes: Pushes, force: bool) -> Result<(), Stop> {
        let pushes: Vec<Push> = pushes
            .into_iter()
            .map(|(remote, moves)| Push { remote, moves, force })
            .collect();
        for push in &pushes {
            self.provable(push)?;
        }
        for push in pushes {
            self.publish(phase, Some(push))?;
        }
        self.publish(phase, None)
    }
}
