//! How things end: a run, a step, a call of the engine.

use crate::git;
use crate::journal::{Conflict, JournalError, PauseCause};

/// How a run, or one command of a person on it, ended.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEnd {
    /// Every phase is done (or, for a rollback, every phase asked for is taken back).
    Done,
    /// A phase failed before anything outside had happened; nothing had to be undone.
    Failed {
        /// The phase.
        phase: String,
        /// Why.
        reason: String,
        /// What to do.
        help: Option<String>,
    },
    /// It waits.
    Waiting {
        /// What kind of waiting.
        cause: PauseCause,
        /// Why.
        reason: String,
        /// What to type.
        way_out: String,
    },
    /// A phase failed and was rolled back.
    RolledBack {
        /// The phase.
        phase: String,
        /// Why it failed.
        reason: String,
    },
    /// A rollback failed; a person is needed.
    RollbackFailed {
        /// The phase.
        phase: String,
        /// Why.
        reason: String,
        /// What to type.
        way_out: String,
    },
    /// The person interrupted; it can be resumed.
    Interrupted,
    /// A person gave it up.
    Aborted,
}

impl RunEnd {
    /// The exit status of the command line.
    pub fn exit_code(&self) -> u8 {
        match self {
            RunEnd::Done | RunEnd::Aborted => 0,
            RunEnd::Failed { .. } => 1,
            RunEnd::Waiting { .. } => 3,
            RunEnd::RolledBack { .. } => 4,
            RunEnd::RollbackFailed { .. } => 5,
            RunEnd::Interrupted => 130,
        }
    }
}

/// The engine could not begin or go on; what has happened by then is in the journal.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// git.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// It must not be done.
    #[error("{what}")]
    Refused {
        /// Why, and the way out.
        what: String,
    },
}

/// Why a step does not go on. Everything but `Failed` leaves the phase open.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The step failed.
    Failed(Failure),
    /// A person or time is needed.
    Paused {
        cause: PauseCause,
        reason: String,
        way_out: String,
    },
    /// The base of what is staged has moved: stage it again.
    BaseMoved(String),
    /// The person interrupted.
    Interrupted,
    /// The engine itself cannot go on.
    Engine(EngineError),
}

/// Why a step failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Failure {
    pub(crate) reason: String,
    pub(crate) help: Option<String>,
    pub(crate) conflicts: Vec<Conflict>,
}

impl Stop {
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Stop::Failed(Failure {
            reason: reason.into(),
            ..Failure::default()
        })
    }

    pub(crate) fn failed_with(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Stop::Failed(Failure {
            reason: reason.into(),
            help: Some(help.into()),
            ..Failure::default()
        })
    }
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Stop::Engine(error)
    }
}

impl From<JournalError> for Stop {
    fn from(error: JournalError) -> Self {
        Stop::Engine(EngineError::Journal(error))
    }
}

/// A git error inside a step is a failure of that step: nothing has been published by it.
impl From<git::Error> for Stop {
    fn from(error: git::Error) -> Self {
        Stop::failed(error.to_string())
    }
}
