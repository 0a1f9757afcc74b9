//! Publication: everything staged becomes real in one locked, verified, journalled update.

use std::collections::BTreeSet;

use super::outcome::Stop;
use super::ports::{PublishRequest, PushRequest};
use super::session::Session;
use super::step::matches;
use crate::check::{Phase, PushRef, StepKind};
use crate::git::{self, PushOutcome};
use crate::journal::{Event, PauseCause, PublicationIntent, RefMove};
use crate::model::Oid;

/// The part of a publication that a remote sees.
pub(crate) struct Push {
    pub(crate) remote: String,
    pub(crate) moves: Vec<RefMove>,
    pub(crate) force: bool,
}

impl Session<'_> {
    /// Publishes all that is staged; with a push, the remote moves first.
    pub(crate) fn publish(&mut self, phase: &Phase, push: Option<Push>) -> Result<(), Stop> {
        let push = match push {
            Some(push) => Some(self.still_based(push)?),
            None => None,
        };
        let local_moves = self.staged_moves();
        if push.as_ref().is_none_or(|push| push.moves.is_empty()) && local_moves.is_empty() {
            self.staged.clear();
            return Ok(());
        }
        self.within_touches(phase, &local_moves)?;
        if let Some(push) = &push {
            self.provable(push)?;
        }
        if let Err(error) = self.ports.can_publish(&mut self.sandbox, &local_moves) {
            return Err(self.refused_here(error));
        }
        self.point_out_pushes(phase, push.is_some(), &local_moves)?;
        let number = self.state.next_publication();
        let intent = PublicationIntent {
            publication: number,
            phase: phase.name.clone(),
            step: self.now_step,
            rollback: self.rolling_back,
            remote: push.as_ref().map(|push| push.remote.clone()),
            remote_moves: push.as_ref().map(|push| push.moves.clone()).unwrap_or_default(),
            local_moves: local_moves.clone(),
            force: push.as_ref().is_some_and(|push| push.force),
        };
        self.emit(Event::PublicationIntent(intent))?;
        if let Some(push) = &push {
            self.move_remote(number, push)?;
        }
        self.move_local(phase, number, &local_moves, push.is_some())?;
        self.emit(Event::PublicationFinished { publication: number })?;
        Ok(())
    }

    /// Looks at the remote once more: what is staged must still stand on what is there.
    fn still_based(&mut self, push: Push) -> Result<Push, Stop> {
        if self.options.offline {
            return Ok(push);
        }
        let fetched = self.ports.fetch(&mut self.sandbox, &push.remote);
        let moved = fetched.map_err(|error| self.mendable(error))?;
        if moved.is_empty() {
            return Ok(push);
        }
        self.emit(Event::Fetched {
            remote: push.remote.clone(),
            moved: moved.clone(),
        })?;
        self.still_published(&push.remote, Some(&moved))?;
        for change in &push.moves {
            let now = self.sandbox.at_remote(&push.remote, &change.name);
            if now != change.old {
                return Err(Stop::BaseMoved(
                    change.name.trim_start_matches("refs/heads/").to_owned(),
                ));
            }
        }
        Ok(push)
    }

    /// git refused a local move: when somebody else has moved the ref, what is staged is staged again.
    fn refused_here(&mut self, error: git::Error) -> Stop {
        let git::Error::RefMoved { name, .. } = &error else {
            return self.mendable(error);
        };
        let name = name
            .trim_start_matches("refs/heads/")
            .trim_start_matches("refs/tags/")
            .to_owned();
        match self.take_in() {
            Ok(()) | Err(Stop::BaseMoved(_)) => Stop::BaseMoved(name),
            Err(stop) => stop,
        }
    }

    /// Local refs that move at a command and are pushed later: a failing push can then no longer be discarded.
    fn point_out_pushes(&mut self, phase: &Phase, pushed: bool, moves: &[RefMove]) -> Result<(), Stop> {
        let Some(now) = self.now_step.filter(|_| !pushed && !self.rolling_back) else {
            return Ok(());
        };
        let later = phase.steps.iter().skip_while(|step| step.id.0 != now).skip(1);
        for step in later {
            let StepKind::Push { refs, .. } = &step.kind else {
                continue;
            };
            let moves_here = |pushed: &&PushRef| {
                let (branch, tag) = (pushed.name.as_branch(), pushed.name.as_tag());
                moves
                    .iter()
                    .any(|change| change.new.is_some() && (change.name == branch || change.name == tag))
            };
            let names: Vec<_> = refs
                .iter()
                .filter(moves_here)
                .map(|pushed| format!("`{}`", pushed.name))
                .collect();
            if !names.is_empty() {
                let here = phase.steps.iter().find(|step| step.id.0 == now);
                let here = here.map_or("", |step| step.display.as_str());
                let text = format!(
                    "`{here}` is the commit point: {} moves here, and is pushed only later by `{}`; push before it if \
                     others need to see that first",
                    names.join(", "),
                    step.display
                );
                self.warn(phase, text)?;
                break;
            }
        }
        Ok(())
    }

    /// A lease switches git's own check off, so the engine proves it: without `force` a branch only
    /// moves forward, and a tag is new.
    pub(crate) fn provable(&self, push: &Push) -> Result<(), Stop> {
        for change in &push.moves {
            let (Some(old), Some(new)) = (&change.old, &change.new) else {
                continue;
            };
            let short = change
                .name
                .trim_start_matches("refs/heads/")
                .trim_start_matches("refs/tags/");
            if change.name.starts_with("refs/tags/") {
                return Err(Stop::failed_with(
                    format!(
                        "`{}` already has a tag `{short}`, at {}",
                        push.remote,
                        old.short()
                    ),
                    "a published tag is never moved: choose another version",
                ));
            }
            let forward = self.sandbox.has(old) && self.sandbox.contains(new, old)?;
            if forward {
                continue;
            }
            if !push.force {
                return Err(Stop::failed_with(
                    format!(
                        "pushing `{short}` would not be a fast-forward: `{}` is at {} and that is not part of {}",
                        push.remote,
                        old.short(),
                        new.short()
                    ),
                    "merge what is there first, or write `force` behind the push if it shall be replaced",
                ));
            }
            if self.is_protected(short) && !self.rolling_back {
                return Err(Stop::failed(format!(
                    "`{short}` is protected and may not be pushed with `force`"
                )));
            }
        }
        Ok(())
    }

    /// Only the paths that a phase `touches` may change on its branches.
    fn within_touches(&self, phase: &Phase, moves: &[RefMove]) -> Result<(), Stop> {
        if phase.touches.is_empty() || self.rolling_back {
            return Ok(());
        }
        let mut outside = BTreeSet::new();
        for change in moves
            .iter()
            .filter(|change| change.name.starts_with("refs/heads/"))
        {
            // What others have done, and was only brought along, is not this phase's change.
            let base = self.bases.get(&change.name).or(change.old.as_ref());
            let (Some(old), Some(new)) = (base, &change.new) else {
                continue;
            };
            let stat = self
                .sandbox
                .stat(Some(&self.sandbox.tree_of(old)?), &self.sandbox.tree_of(new)?)?;
            let paths = stat
                .files
                .into_iter()
                .flat_map(|file| [Some(file.path), file.from].into_iter().flatten());
            outside.extend(paths.filter(|path| !phase.touches.iter().any(|glob| matches(glob, path))));
        }
        if outside.is_empty() {
            return Ok(());
        }
        let listed: Vec<_> = outside.iter().take(5).map(|path| format!("`{path}`")).collect();
        let more = if outside.len() > 5 {
            format!(" and {} more", outside.len() - 5)
        } else {
            String::new()
        };
        Err(Stop::failed_with(
            format!(
                "the phase changes {}{more}, which its `touches` does not allow",
                listed.join(", ")
            ),
            "widen `touches` if that is meant, or take the change out of what is merged",
        ))
    }

    fn move_remote(&mut self, number: u32, push: &Push) -> Result<(), Stop> {
        let request = PushRequest {
            remote: push.remote.clone(),
            moves: push.moves.clone(),
            run: self.run.clone(),
        };
        match self.ports.push(&mut self.sandbox, &request) {
            PushOutcome::Accepted => {
                for change in &push.moves {
                    self.sandbox
                        .note_at_remote(&push.remote, &change.name, change.new.clone());
                }
                self.emit(Event::RemoteMoved { publication: number })?;
                Ok(())
            }
            PushOutcome::Refused { reason } => {
                self.emit(Event::PublicationRefused {
                    publication: number,
                    reason: reason.clone(),
                })?;
                Err(Stop::failed_with(
                    format!(
                        "`{}` refused the push, and nothing of it moved: {reason}",
                        push.remote
                    ),
                    "mend what the remote objects to; `rel resume` starts the phase again",
                ))
            }
            PushOutcome::Stale {
                name,
                expected,
                found,
            } => {
                let short = name.trim_start_matches("refs/heads/").to_owned();
                let place = |oid: &Option<Oid>| {
                    oid.as_ref()
                        .map_or("absent".to_owned(), |oid| oid.short().to_owned())
                };
                let reason = format!(
                    "`{short}` moved there from {} to {}",
                    place(&expected),
                    place(&found)
                );
                self.emit(Event::PublicationRefused {
                    publication: number,
                    reason: reason.clone(),
                })?;
                if self.options.offline {
                    return Err(Stop::failed_with(
                        format!("`{}` refused the push: {reason}", push.remote),
                        "leave `--offline` out, so that what is there is fetched and built upon",
                    ));
                }
                Err(Stop::BaseMoved(short))
            }
            PushOutcome::Unknown { reason } => Err(Stop::Paused {
                cause: PauseCause::UnknownOutcome,
                reason: format!(
                    "the connection to `{}` was lost during the push: {reason}",
                    push.remote
                ),
                way_out: "when the remote can be reached again, `rel resume` looks what happened and goes on"
                    .into(),
            }),
        }
    }

    fn move_local(
        &mut self,
        phase: &Phase,
        number: u32,
        moves: &[RefMove],
        pushed: bool,
    ) -> Result<(), Stop> {
        let undo = if self.rolling_back { "roll back " } else { "" };
        let message = format!("rel: {undo}{} ({})", phase.name, self.run);
        let request = PublishRequest {
            arrived: Vec::new(),
            moves: moves.to_vec(),
            run: self.run.clone(),
            message,
        };
        if let Err(error) = self.ports.publish(&mut self.sandbox, &request) {
            if pushed {
                return Err(Stop::Paused {
                    cause: PauseCause::RefMoved,
                    reason: format!("the remote has moved, and the local refs cannot follow: {error}"),
                    way_out: "mend that, then `rel resume` moves them".into(),
                });
            }
            let reason = error.to_string();
            self.emit(Event::PublicationRefused {
                publication: number,
                reason,
            })?;
            return Err(self.refused_here(error));
        }
        self.settled(moves);
        Ok(())
    }
}
