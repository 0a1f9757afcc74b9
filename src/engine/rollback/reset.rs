//! `reset`: every branch back to where it was; refused where commits of others would be dropped.

use std::collections::BTreeMap;

use super::goal::{Goal, Pushes};
use super::short;
use super::trail::Trail;
use crate::check::Phase;
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::model::Oid;

/// How many of the commits that would be dropped are named.
const NAMED: usize = 20;

impl Session<'_> {
    pub(crate) fn rollback_reset(&mut self, phase: &Phase, force: bool) -> Result<(), Stop> {
        let pushes = self.stage_reset(phase, force)?;
        self.push_back(phase, pushes, true)
    }

    pub(super) fn stage_reset(&mut self, phase: &Phase, force: bool) -> Result<Pushes, Stop> {
        let mut pushes = Pushes::new();
        let trails = self.trails(phase);
        self.bring_pushed(&trails)?;
        for (name, trail) in trails {
            let goal = if name.starts_with("refs/tags/") {
                self.tag_goal(phase, &name, &trail)?
            } else {
                self.reset_goal(phase, &name, &trail, force)?
            };
            self.aim(phase, &name, goal, &mut pushes)?;
        }
        Ok(pushes)
    }

    fn reset_goal(&mut self, phase: &Phase, name: &str, trail: &Trail, force: bool) -> Result<Goal, Stop> {
        if self.is_protected(short(name)) {
            return Err(Stop::failed_with(
                format!("`{}` is protected and may not be reset", short(name)),
                "use `rollback revert`, which adds a commit instead",
            ));
        }
        let later = self.later(name, trail)?;
        if !later.is_empty() && !force {
            return Err(Stop::failed_with(
                format!(
                    "resetting `{}` would drop {}:\n  {}",
                    short(name),
                    count(later.len()),
                    named(&later).join("\n  ")
                ),
                "`rollback reset force` drops them, `rollback revert` keeps them",
            ));
        }
        if !later.is_empty() {
            let message = format!(
                "`{}` loses {}: {}",
                short(name),
                count(later.len()),
                named(&later).join(", ")
            );
            self.note(phase, message)?;
        }
        let mut goal = Goal::default();
        if let Some((before, _)) = &trail.here {
            goal.here = Some((before.clone(), "reset"));
        }
        for (remote, (before, _)) in &trail.there {
            goal.there.push((remote.clone(), before.clone()));
        }
        Ok(goal)
    }

    /// What others have put on top, here or at remotes, in a line each.
    fn later(&self, name: &str, trail: &Trail) -> Result<Vec<String>, Stop> {
        let here = trail
            .here
            .iter()
            .map(|span| (self.sandbox.get(name).cloned(), span));
        let there = trail
            .there
            .iter()
            .map(|(remote, span)| (self.sandbox.at_remote(remote, name), span));
        let mut gaps: Vec<(Option<Oid>, Oid)> = Vec::new();
        for (now, (before, after)) in here.chain(there) {
            let now = now.filter(|now| Some(now) != after.as_ref() && Some(now) != before.as_ref());
            let from = after.as_ref().or(before.as_ref());
            gaps.extend(now.map(|now| (from.cloned(), now)));
        }
        // What came in between two publications of the phase would go with them.
        for pair in trail.changes.windows(2) {
            if let ((_, Some(after)), (Some(before), _)) = (&pair[0], &pair[1])
                && after != before
            {
                gaps.push((Some(after.clone()), before.clone()));
            }
        }
        let mut later: BTreeMap<Oid, String> = BTreeMap::new();
        let mut order = Vec::new();
        for (from, now) in gaps {
            let (commits, _) = self.sandbox.log(from.as_ref(), &now, usize::MAX)?;
            for commit in commits {
                let line = format!("{} {} ({})", commit.oid.short(), commit.subject, commit.author);
                if later.insert(commit.oid.clone(), line).is_none() {
                    order.push(commit.oid);
                }
            }
        }
        Ok(order.into_iter().filter_map(|oid| later.remove(&oid)).collect())
    }
}

fn count(commits: usize) -> String {
    match commits {
        1 => "1 later commit of others".into(),
        _ => format!("{commits} later commits of others"),
    }
}

fn named(later: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = later.iter().take(NAMED).cloned().collect();
    if later.len() > NAMED {
        lines.push(format!("and {} more", later.len() - NAMED));
    }
    lines
}
