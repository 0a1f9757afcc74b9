//! A publication that began and has no end on record: it happened, it did not, or somebody else moved.

use super::outcome::{EngineError, RunEnd, Stop};
use super::ports::PublishRequest;
use super::session::Session;
use crate::check::Phase;
use crate::git;
use crate::journal::{Event, PauseCause, Publication, RefMove};
use crate::model::Oid;

impl Session<'_> {
    /// Holds the last publication against what is real; `Some` when the run cannot go on.
    pub(crate) fn settle_publication(&mut self) -> Result<Option<RunEnd>, EngineError> {
        let open = self
            .state
            .publications
            .last()
            .filter(|publication| !publication.finished && !publication.refused);
        let Some(open) = open.cloned() else {
            return Ok(None);
        };
        let plan = self.plan;
        let Some(phase) = plan.phase(&open.intent.phase) else {
            return Ok(None);
        };
        let number = open.intent.publication;
        if open.remote_moved || open.intent.remote_moves.is_empty() {
            return self.settle_locally(phase, &open);
        }
        let remote = open.intent.remote.clone().unwrap_or_default();
        self.ports.fetch(&mut self.sandbox, &remote)?;
        let moves = &open.intent.remote_moves;
        if self.all(moves, |session, change| {
            Ok(session.sandbox.at_remote(&remote, &change.name) == change.old)
        })? {
            self.emit(Event::PublicationRefused {
                publication: number,
                reason: "rel was ended before it happened".into(),
            })?;
            return Ok(None);
        }
        // The push is atomic: where nothing of it has arrived, it did not happen, whatever others have added since.
        if self.all(moves, |session, change| {
            let at = session.sandbox.at_remote(&remote, &change.name);
            session.is_without(change, at.as_ref())
        })? {
            self.emit(Event::PublicationRefused {
                publication: number,
                reason: "rel was ended before it happened, and others have moved the remote since".into(),
            })?;
            return Ok(None);
        }
        if !self.all(moves, |session, change| {
            let at = session.sandbox.at_remote(&remote, &change.name);
            session.has_moved(change, at.as_ref())
        })? {
            return self.somebody_else(phase, &open, &remote).map(Some);
        }
        self.emit(Event::RemoteMoved { publication: number })?;
        self.settle_locally(phase, &open)
    }

    fn all(
        &self,
        moves: &[RefMove],
        test: impl Fn(&Self, &RefMove) -> Result<bool, git::Error>,
    ) -> Result<bool, git::Error> {
        for change in moves {
            if !test(self, change)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a ref has moved as intended: it is there, or others have added to it since.
    fn has_moved(&self, change: &RefMove, at: Option<&Oid>) -> Result<bool, git::Error> {
        let (Some(new), Some(at)) = (&change.new, at) else {
            return Ok(at == change.new.as_ref());
        };
        if at == new {
            return Ok(true);
        }
        let contains = |at: &Oid, oid: &Oid| -> Result<bool, git::Error> {
            Ok(self.sandbox.has(at) && self.sandbox.has(oid) && self.sandbox.contains(at, oid)?)
        };
        // A move backwards is contained in what was there before: that proves nothing.
        let backwards = match &change.old {
            Some(old) => contains(old, new)?,
            None => false,
        };
        Ok(change.name.starts_with("refs/heads/") && !backwards && contains(at, new)?)
    }

    /// Whether a ref has not moved as intended: it is where it was, or others have added to that and not to the new.
    fn is_without(&self, change: &RefMove, at: Option<&Oid>) -> Result<bool, git::Error> {
        if at == change.old.as_ref() {
            return Ok(true);
        }
        let (Some(old), Some(new), Some(at)) = (&change.old, &change.new, at) else {
            return Ok(false);
        };
        let known = [old, new, at].iter().all(|oid| self.sandbox.has(oid));
        Ok(change.name.starts_with("refs/heads/")
            && known
            && self.sandbox.contains(at, old)?
            && !self.sandbox.contains(at, new)?)
    }

    fn somebody_else(
        &mut self,
        phase: &Phase,
        open: &Publication,
        remote: &str,
    ) -> Result<RunEnd, EngineError> {
        let place = |oid: Option<&Oid>| oid.map_or("absent".to_owned(), |oid| oid.short().to_owned());
        let moved = open.intent.remote_moves.iter().map(|change| {
            let now = self.sandbox.at_remote(remote, &change.name);
            format!(
                "`{}` was {}, should become {}, and is {}",
                change.name,
                place(change.old.as_ref()),
                place(change.new.as_ref()),
                place(now.as_ref())
            )
        });
        let reason = format!(
            "rel was ended during a push to `{remote}`, and it has moved otherwise: {}",
            moved.collect::<Vec<_>>().join("; ")
        );
        self.stopped(
            phase,
            Stop::Paused {
                cause: PauseCause::RefMoved,
                reason,
                way_out:
                    "bring the remote's refs where they were or should be, then `rel resume`; or `rel abort`"
                        .into(),
            },
        )
    }

    /// The local half of a publication whose remote half has happened, or that has none.
    fn settle_locally(&mut self, phase: &Phase, open: &Publication) -> Result<Option<RunEnd>, EngineError> {
        let number = open.intent.publication;
        let now = self.sandbox.real().refs()?;
        let moves = &open.intent.local_moves;
        let untouched = moves
            .iter()
            .all(|change| now.get(&change.name) == change.old.as_ref());
        if open.intent.remote_moves.is_empty() && untouched {
            self.emit(Event::PublicationRefused {
                publication: number,
                reason: "rel was ended before it happened".into(),
            })?;
            return Ok(None);
        }
        let (mut left, mut arrived) = (Vec::new(), Vec::new());
        for change in moves {
            if now.get(&change.name) == change.new.as_ref() {
                arrived.push(change.clone());
            } else if !self.has_moved(change, now.get(&change.name))? {
                left.push(change.clone());
            }
        }
        let undo = if open.intent.rollback { "roll back " } else { "" };
        let request = PublishRequest {
            moves: left,
            arrived,
            run: self.run.clone(),
            message: format!("rel: {undo}{}, resumed ({})", phase.name, self.run),
        };
        if let Err(error) = self.ports.publish(&mut self.sandbox, &request) {
            let stop = Stop::Paused {
                cause: PauseCause::RefMoved,
                reason: format!("the local refs cannot follow what was published: {error}"),
                way_out: "mend that, then `rel resume`".into(),
            };
            return self.stopped(phase, stop).map(Some);
        }
        self.emit(Event::PublicationFinished { publication: number })?;
        let now = self.sandbox.real().refs()?;
        for change in moves {
            let value = now.get(&change.name).cloned();
            self.sandbox.set(&change.name, value.clone());
            self.real.set(&change.name, value);
        }
        Ok(None)
    }
}
