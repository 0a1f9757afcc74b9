//! The way back: a phase is taken back publication by publication, newest first.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::{EngineError, RunEnd, Stop};
use super::publish::Push;
use super::session::Session;
use super::stage::Move;
use super::step::REVERTS;
use crate::check::{Phase, Rollback, StepKind};
use crate::journal::{CommandRole, Conflict, Event, Outcome, PublicationIntent, RefMove, Status};
use crate::model::Oid;

/// How often a revert is made anew because others have pushed in between.
const RETRIES: u32 = 4;

/// What the publications of a phase did to one ref.
#[derive(Debug, Default)]
struct Trail {
    /// Its moves, oldest first.
    moves: Vec<(Option<Oid>, Option<Oid>)>,
    /// The remotes it was pushed to.
    pushed: BTreeSet<String>,
}

impl<'a> Session<'a> {
    /// Takes a phase of a run back because a person wants it.
    ///
    /// # Errors
    /// [`EngineError::Refused`] before anything moves, when dependents stand in the way.
    pub fn rollback(mut self, name: &str, cascade: bool) -> Result<RunEnd, EngineError> {
        let chain = self.chain(name, cascade)?;
        self.emit(Event::RunTakenUp {
            command: format!("rollback {name}"),
        })?;
        for phase in chain {
            if let Err(stop) = self.fresh_base(phase) {
                return self.stuck(phase, stop);
            }
            if let Err(stop) = self.roll_back(phase, "asked for") {
                return self.stuck(phase, stop);
            }
        }
        self.emit(Event::RunFinished {
            outcome: Outcome::RolledBack,
        })?;
        Ok(RunEnd::Done)
    }

    /// The phases to take back, dependents first; refuses where that is not possible.
    fn chain(&self, name: &str, cascade: bool) -> Result<Vec<&'a Phase>, EngineError> {
        let plan = self.plan;
        let refused = |what: String| Err(EngineError::Refused { what });
        if plan.phase(name).is_none() {
            let names: Vec<_> = plan
                .phases()
                .iter()
                .map(|phase| format!("`{}`", phase.name))
                .collect();
            return refused(format!(
                "the plan has no phase `{name}`; it has {}",
                names.join(", ")
            ));
        }
        let mut chain = Vec::new();
        let mut wanted = BTreeSet::from([name]);
        for phase in plan.phases() {
            let depends = phase.after.iter().any(|before| wanted.contains(before.as_str()));
            if phase.name == name || depends {
                wanted.insert(&phase.name);
                chain.push(phase);
            }
        }
        chain.reverse();
        let landed = |phase: &Phase| {
            let state = self.state.phase(&phase.name);
            state.acted
                && !matches!(
                    state.status,
                    Status::RolledBack | Status::Pending | Status::Skipped
                )
        };
        let chain: Vec<&Phase> = chain.into_iter().filter(|phase| landed(phase)).collect();
        if !chain.iter().any(|phase| phase.name == name) {
            return refused(format!(
                "`{name}` has nothing to take back: this run has published nothing of it"
            ));
        }
        let dependents: Vec<_> = chain
            .iter()
            .filter(|p| p.name != name)
            .map(|p| format!("`{}`", p.name))
            .collect();
        if !cascade && !dependents.is_empty() {
            return refused(format!(
                "{} landed after `{name}` and depend on it; `rel rollback {name} --cascade` takes them back first",
                dependents.join(", ")
            ));
        }
        for phase in &chain {
            if let Some(Rollback::None { because }) = &phase.rollback {
                return refused(format!(
                    "`{}` has no way back: {because}; nothing was changed",
                    phase.name
                ));
            }
            let state = self.state.phase(&phase.name);
            let gone = phase.no_return.is_some_and(|id| state.reached(id.0));
            if gone {
                return refused(format!(
                    "`{}` is past its point of no return; nothing was changed",
                    phase.name
                ));
            }
        }
        Ok(chain)
    }

    /// Takes one phase back.
    pub(crate) fn roll_back(&mut self, phase: &Phase, why: &str) -> Result<(), Stop> {
        self.emit(Event::RollbackStarted {
            phase: phase.name.clone(),
            why: why.to_owned(),
        })?;
        self.rolling_back = true;
        self.now_step = None;
        let result = self.way_back(phase);
        self.rolling_back = false;
        result?;
        self.emit(Event::RollbackFinished {
            phase: phase.name.clone(),
        })?;
        Ok(())
    }

    fn way_back(&mut self, phase: &Phase) -> Result<(), Stop> {
        match &phase.rollback {
            Some(Rollback::Revert) => {
                // A conflict shows before anything is undone outside.
                self.rehearse_reverts(phase)?;
                self.rollback_undo(phase)?;
                self.rollback_revert(phase)
            }
            Some(Rollback::Reset { force }) => {
                self.rollback_undo(phase)?;
                self.rollback_reset(phase, *force)
            }
            Some(Rollback::Undo) => self.rollback_undo(phase),
            Some(Rollback::None { because }) => Err(Stop::failed_with(
                format!("`{}` has no way back: {because}", phase.name),
                "a person has to decide what to do",
            )),
            Some(Rollback::Steps(steps)) => {
                // What the rollback stages is tried before its first outside effect, so that a conflict moves nothing.
                if steps
                    .iter()
                    .any(|step| matches!(step.kind, StepKind::RollbackRevert))
                {
                    self.rehearse_reverts(phase)?;
                }
                if !steps
                    .iter()
                    .any(|step| matches!(step.kind, StepKind::RollbackUndo))
                {
                    self.rollback_undo(phase)?;
                }
                for step in steps {
                    self.step(phase, step)?;
                }
                self.now_step = None;
                self.publish(phase, None)
            }
            None => self.rollback_revert(phase),
        }
    }

    /// Branches that the phase pushed and others have advanced there since come along, upstream or not: the way
    /// back stands on top of the commits of others, or refuses because of them.
    fn bring_pushed(&mut self, phase: &Phase) -> Result<(), Stop> {
        for (name, trail) in self.trails(phase) {
            let Some(here) = self
                .sandbox
                .get(&name)
                .cloned()
                .filter(|_| name.starts_with("refs/heads/"))
            else {
                continue;
            };
            for remote in &trail.pushed {
                let Some(there) = self.sandbox.at_remote(remote, &name) else {
                    continue;
                };
                if there != here && self.sandbox.contains(&there, &here)? {
                    self.stage(&name, Some(there));
                }
            }
        }
        Ok(())
    }

    /// Tries the reverts of a phase without staging or telling anything: a conflict shows now.
    fn rehearse_reverts(&mut self, phase: &Phase) -> Result<(), Stop> {
        self.bring_pushed(phase)?;
        let muted = std::mem::replace(&mut self.muted, true);
        let tried = self
            .trails(phase)
            .iter()
            .try_for_each(|(name, trail)| self.reverted(phase, name, trail).map(drop));
        self.muted = muted;
        tried
    }

    /// What the publications of a phase did, ref by ref.
    fn trails(&self, phase: &Phase) -> BTreeMap<String, Trail> {
        let mut trails: BTreeMap<String, Trail> = BTreeMap::new();
        for intent in self.state.published(&phase.name) {
            let PublicationIntent {
                local_moves,
                remote_moves,
                remote,
                ..
            } = intent;
            for change in local_moves {
                trails
                    .entry(change.name.clone())
                    .or_default()
                    .moves
                    .push((change.old.clone(), change.new.clone()));
            }
            for change in remote_moves {
                let trail = trails.entry(change.name.clone()).or_default();
                trail.pushed.extend(remote.clone());
                // A branch that was only pushed (it stood here before, unpushed) moved at the remote alone.
                if trail.moves.is_empty() {
                    trail.moves.push((change.old.clone(), change.new.clone()));
                }
            }
        }
        trails
    }

    /// `revert`: one commit per branch, on top of whatever came later; when others push in between, on top of that.
    pub(crate) fn rollback_revert(&mut self, phase: &Phase) -> Result<(), Stop> {
        for _ in 0..RETRIES {
            match self.revert_once(phase) {
                Err(Stop::BaseMoved(_)) => {
                    self.discard();
                    self.fresh_base(phase)?;
                }
                done => return done,
            }
        }
        self.revert_once(phase)
    }

    fn revert_once(&mut self, phase: &Phase) -> Result<(), Stop> {
        self.bring_pushed(phase)?;
        let mut pushes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, trail) in self.trails(phase) {
            let change = self.reverted(phase, &name, &trail)?;
            let Some((new, how)) = change else { continue };
            self.stage_move(Move {
                phase: &phase.name,
                name: name.clone(),
                new,
                how,
                known: !self.unknown.contains(&name),
                resolved: Vec::new(),
                diff: None,
            })?;
            if name.starts_with("refs/heads/") {
                for remote in &trail.pushed {
                    pushes.entry(remote.clone()).or_default().push(name.clone());
                }
            }
        }
        self.push_back(phase, &pushes, false)
    }

    /// Pushes what was pushed; what was not is put back here.
    fn push_back(
        &mut self,
        phase: &Phase,
        pushes: &BTreeMap<String, Vec<String>>,
        force: bool,
    ) -> Result<(), Stop> {
        for (remote, names) in pushes {
            let mut moves = Vec::new();
            for name in names {
                let (old, new) = (
                    self.sandbox.at_remote(remote, name),
                    self.sandbox.get(name).cloned(),
                );
                if old != new {
                    moves.push(RefMove {
                        name: name.clone(),
                        old,
                        new,
                    });
                }
            }
            if !moves.is_empty() {
                let deletes = moves.iter().any(|change| change.new.is_none());
                self.publish(
                    phase,
                    Some(Push {
                        remote: remote.clone(),
                        moves,
                        force: force || deletes,
                    }),
                )?;
            }
        }
        self.publish(phase, None)
    }

    /// Where a ref shall be after the phase is taken back, and how that came about; `None`: where it is.
    fn reverted(
        &mut self,
        phase: &Phase,
        name: &str,
        trail: &Trail,
    ) -> Result<Option<(Option<Oid>, &'static str)>, Stop> {
        let now = self.sandbox.get(name).cloned();
        let (Some((first, _)), Some((_, last))) = (trail.moves.first(), trail.moves.last()) else {
            return Ok(None);
        };
        if name.starts_with("refs/tags/") {
            return self.tag_back(phase, name, trail, first.clone(), now);
        }
        let Some(now) = now else {
            // Deleted by the phase: it comes back. Deleted by others since: it stays away.
            return Ok((last.is_none() && first.is_some()).then(|| (first.clone(), "brought back")));
        };
        if first.is_none() {
            if Some(&now) == last.as_ref() {
                return Ok(Some((None, "removed")));
            }
            self.note(phase, format!("`{}` stays: others have advanced it", short(name)))?;
            return Ok(None);
        }
        if trail.pushed.is_empty() && Some(&now) == last.as_ref() {
            return Ok(Some((first.clone(), "put back")));
        }
        self.revert_commits(phase, name, trail, &now)
    }

    fn tag_back(
        &mut self,
        phase: &Phase,
        name: &str,
        trail: &Trail,
        before: Option<Oid>,
        now: Option<Oid>,
    ) -> Result<Option<(Option<Oid>, &'static str)>, Stop> {
        if trail.pushed.is_empty() {
            return Ok((now != before).then_some((before, "put back")));
        }
        self.note(
            phase,
            format!(
                "the tag `{}` stays: it was pushed, and others may have seen it",
                short(name)
            ),
        )?;
        Ok(None)
    }

    /// Three-way merges, newest publication first (base = after it, ours = now, theirs = before it), as one commit.
    fn revert_commits(
        &mut self,
        phase: &Phase,
        name: &str,
        trail: &Trail,
        now: &Oid,
    ) -> Result<Option<(Option<Oid>, &'static str)>, Stop> {
        let stamp = self.stamp();
        let mut at = now.clone();
        for (old, new) in trail.moves.iter().rev() {
            let (Some(old), Some(new)) = (old, new) else {
                continue;
            };
            if at == *new {
                // Nothing came later: what was there before is the result, without a merge.
                at = old.clone();
                continue;
            }
            let merged = self.sandbox.three_way(new, &at, old)?;
            if !merged.conflicts.is_empty() {
                let conflicts: Vec<Conflict> = merged
                    .conflicts
                    .iter()
                    .map(|c| self.conflict(&merged, c, None))
                    .collect();
                let paths: Vec<_> = conflicts
                    .iter()
                    .map(|conflict| format!("`{}`", conflict.path))
                    .collect();
                return Err(Stop::Failed(super::outcome::Failure {
                    reason: format!(
                        "taking `{}` back on `{}` conflicts with what came later in {}; nothing was moved",
                        phase.name,
                        short(name),
                        paths.join(", ")
                    ),
                    help: Some(format!(
                        "take the change in {} back by hand and commit that on `{}`, then `rel rollback {}` does the rest",
                        paths.join(", "),
                        short(name),
                        phase.name
                    )),
                    conflicts,
                }));
            }
            at = self.sandbox.commit(
                &merged.tree,
                std::slice::from_ref(&at),
                &stamp,
                &stamp,
                "taken back\n",
            )?;
        }
        let tree = self.sandbox.tree_of(&at)?;
        if tree == self.sandbox.tree_of(now)? {
            self.note(
                phase,
                format!("`{}` no longer has what the phase changed", short(name)),
            )?;
            return Ok(None);
        }
        let (first, last) = (trail.moves.first(), trail.moves.last());
        let range = match (first, last) {
            (Some((Some(old), _)), Some((_, Some(new)))) => format!("{REVERTS}{old}..{new}\n"),
            _ => String::new(),
        };
        let title = phase.title.as_deref().unwrap_or(&phase.name);
        let message = format!(
            "Revert \"{title}\"\n\nTakes back what phase {} of \"{}\" changed on {}.\n\n{range}",
            phase.name,
            self.plan.title(),
            short(name)
        );
        let commit = self
            .sandbox
            .commit(&tree, std::slice::from_ref(now), &stamp, &stamp, &message)?;
        Ok(Some((Some(commit), "revert")))
    }

    /// `reset`: every branch back to where it was; refused where commits of others would be dropped.
    pub(crate) fn rollback_reset(&mut self, phase: &Phase, force: bool) -> Result<(), Stop> {
        self.bring_pushed(phase)?;
        let mut pushes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, trail) in self.trails(phase) {
            let now = self.sandbox.get(&name).cloned();
            let (Some((first, _)), Some((_, last))) = (trail.moves.first(), trail.moves.last()) else {
                continue;
            };
            if name.starts_with("refs/tags/") {
                if let Some((new, how)) = self.tag_back(phase, &name, &trail, first.clone(), now)? {
                    self.stage_move(reset_move(&phase.name, &name, new, how))?;
                }
                continue;
            }
            if self.is_protected(short(&name)) {
                return Err(Stop::failed_with(
                    format!("`{}` is protected and may not be reset", short(&name)),
                    "use `rollback revert`, which adds a commit instead",
                ));
            }
            if let (Some(now), Some(last)) = (&now, last)
                && now != last
            {
                let (later, count) = self.sandbox.log(Some(last), now, 10)?;
                let listed: Vec<_> = later
                    .iter()
                    .map(|c| format!("{} {} ({})", c.oid.short(), c.subject, c.author))
                    .collect();
                if count > 0 && !force {
                    return Err(Stop::failed_with(
                        format!(
                            "resetting `{}` would drop {count} later commits:\n  {}",
                            short(&name),
                            listed.join("\n  ")
                        ),
                        "`rollback reset force` drops them, `rollback revert` keeps them",
                    ));
                }
                if count > 0 {
                    self.note(
                        phase,
                        format!(
                            "`{}` loses {count} later commits: {}",
                            short(&name),
                            listed.join(", ")
                        ),
                    )?;
                }
            }
            if now != *first {
                self.stage_move(reset_move(&phase.name, &name, first.clone(), "reset"))?;
                for remote in &trail.pushed {
                    pushes.entry(remote.clone()).or_default().push(name.clone());
                }
            }
        }
        self.push_back(phase, &pushes, true)
    }

    /// `undo`: the steps that ran, newest first.
    pub(crate) fn rollback_undo(&mut self, phase: &Phase) -> Result<(), Stop> {
        let state = self.state.phase(&phase.name);
        let outer = self.now_step;
        for id in state.ran.iter().rev().filter(|id| !state.undone.contains(id)) {
            let Some(step) = phase.steps.iter().find(|step| step.id.0 == *id) else {
                continue;
            };
            let (StepKind::Command { options, .. }
            | StepKind::Deploy { options, .. }
            | StepKind::Shift { options, .. }) = &step.kind
            else {
                continue;
            };
            let Some(undo) = &options.undo else { continue };
            let subject = match &step.kind {
                StepKind::Command { subject, .. } => subject.clone(),
                StepKind::Deploy {
                    what: crate::check::DeploySource::Source(source),
                    ..
                } => Some(crate::check::Subject::Source(source.clone())),
                _ => None,
            };
            self.now_step = Some(*id);
            let (place, variables) =
                self.place(phase, subject.as_ref(), &crate::check::CheckoutSetup::default())?;
            let outcome = self.act(phase, CommandRole::Undo, undo, place, options, variables, None)?;
            self.judge(&outcome, &undo.display, step)?;
        }
        self.now_step = outer;
        Ok(())
    }

    fn note(&mut self, phase: &Phase, message: String) -> Result<(), Stop> {
        self.emit(Event::RollbackNote {
            phase: phase.name.clone(),
            message,
        })?;
        Ok(())
    }
}

fn reset_move<'m>(phase: &'m str, name: &str, new: Option<Oid>, how: &'m str) -> Move<'m> {
    Move {
        phase,
        name: name.to_owned(),
        new,
        how,
        known: true,
        resolved: Vec::new(),
        diff: None,
    }
}

fn short(name: &str) -> &str {
    name.strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"))
        .unwrap_or(name)
}
