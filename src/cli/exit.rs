//! How a command ends: the exit statuses, and what is said when a command cannot do its work.

use std::process::ExitCode;

/// The exit statuses of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; warnings alone are no failure.
    Done,
    /// Diagnostics, or something failed and nothing had to be undone.
    Findings,
    /// Wrong use.
    WrongUse,
    /// The run waits.
    Waiting,
    /// Failed and rolled back.
    RolledBack,
    /// A rollback failed; a person is needed.
    PersonNeeded,
    /// Interrupted; resumable.
    Interrupted,
}

impl Exit {
    /// The number the shell sees.
    pub(crate) const fn status(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::WrongUse => 2,
            Exit::Waiting => 3,
            Exit::RolledBack => 4,
            Exit::PersonNeeded => 5,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.status())
    }
}

/// Why a command could not do its work: one sentence, and the ways out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The status to end with.
    pub(crate) exit: Exit,
    /// What happened, without a final full stop.
    pub(crate) message: String,
    /// What to do next; each a paragraph.
    pub(crate) help: Vec<String>,
}

impl Failure {
    /// The command was used wrongly.
    pub(crate) fn wrong_use(message: impl Into<String>) -> Self {
        Self::new(Exit::WrongUse, message)
    }

    /// Something is wrong with the plan, the repository or the world.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Findings, message)
    }

    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            help: Vec::new(),
        }
    }

    /// Adds a way out.
    #[must_use]
    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}

/// What every command gives back.
pub(crate) type Outcome = Result<Exit, Failure>;
