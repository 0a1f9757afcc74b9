//! Giving a run up: nothing is undone, and nothing is lost silently.

use super::outcome::{EngineError, RunEnd};
use super::session::Session;
use crate::journal::{Event, Outcome, PublicationIntent, RefMove, RunState};

impl Session<'_> {
    /// Gives a run up, as [`give_up`] does.
    ///
    /// # Errors
    /// As [`give_up`].
    pub fn abort(mut self) -> Result<(RunEnd, Vec<RefMove>), EngineError> {
        let state = self.state.clone();
        give_up(&state, &mut |event| self.emit(event))
    }
}

/// Gives a run up: nothing is undone, and what has been published and stays is named. Needs no plan: it is
/// the way out when the plan can no longer be understood.
///
/// # Errors
/// When the run has ended already, or an event cannot be recorded.
pub fn give_up(
    state: &RunState,
    emit: &mut dyn FnMut(Event) -> Result<(), EngineError>,
) -> Result<(RunEnd, Vec<RefMove>), EngineError> {
    if state.has_ended() {
        return Err(EngineError::Refused {
            what: "this run has ended; there is nothing to give up".into(),
        });
    }
    let published = state
        .publications
        .iter()
        .filter(|publication| publication.finished || publication.remote_moved)
        .map(|publication| &publication.intent);
    let stays = PublicationIntent::net(published);
    emit(Event::RunTakenUp {
        command: "abort".into(),
    })?;
    for message in loose_ends(state) {
        emit(Event::Warning { phase: None, message })?;
    }
    emit(Event::RunFinished {
        outcome: Outcome::Aborted,
    })?;
    Ok((RunEnd::Aborted, stays))
}

/// What nobody will look after any more.
fn loose_ends(state: &RunState) -> Vec<String> {
    let mut loose = Vec::new();
    for publication in state.publications.iter().filter(|p| !p.finished && !p.refused) {
        let names = |moves: &[RefMove]| {
            let names: Vec<_> = moves.iter().map(|change| format!("`{}`", change.name)).collect();
            names.join(", ")
        };
        let (remote, here) = (
            publication.intent.remote.as_deref().unwrap_or_default(),
            names(&publication.intent.local_moves),
        );
        loose.push(if publication.remote_moved {
            format!("`{remote}` has moved, and these refs here have not followed: {here}")
        } else if remote.is_empty() {
            format!("rel was ended while it moved {here}: look whether they did")
        } else {
            let there = names(&publication.intent.remote_moves);
            format!("rel was ended during a push to `{remote}`: look whether it moved {there}")
        });
    }
    if let Some(command) = &state.unknown {
        loose.push(format!(
            "rel was ended while `{}` ran, and nobody knows what it did",
            command.display
        ));
    }
    for (environment, commit) in &state.deployed {
        loose.push(format!(
            "`{environment}` runs {}, as far as this run knows",
            commit.short()
        ));
    }
    loose
}
