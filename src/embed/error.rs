//! Everything the facade can fail with, in sentences that say what to do, and as exit statuses.

use std::path::Path;

use crate::check::Checked;
use crate::engine::EngineError;
use crate::journal::{JournalError, RefMove};
use crate::{git, model::Oid};

/// Why something could not be done. Nothing was changed unless the text says so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The plan has errors, or a param without a value.
    #[error("{}", summary(.0))]
    Diagnostics(Box<Checked>),
    /// No plan was named and none is there.
    #[error(
        "there is no plan in `{directory}`: {hint}; name one (`rel plan FILE`), or write a first one with `rel init`"
    )]
    NoPlan {
        /// Where it was looked for.
        directory: String,
        /// What is there instead.
        hint: String,
    },
    /// No plan was named and several are there.
    #[error("there are several plans in `{directory}`: {plans}; name the one you mean")]
    AmbiguousPlan {
        /// Where they are.
        directory: String,
        /// Their names.
        plans: String,
    },
    /// The file is there to be used by plans.
    #[error("`{name}` is no plan but a library: it has no `plan \"title\"`; name the plan that uses it")]
    Library {
        /// The file.
        name: String,
    },
    /// A file cannot be read or written.
    #[error("`{path}` cannot be {doing}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What was tried.
        doing: &'static str,
        /// The system's words.
        reason: String,
    },
    /// What is asked for needs a repository.
    #[error(
        "this needs a git repository, and the engine was built without one; run it inside one, or name one with `-C DIR`"
    )]
    NoRepository,
    /// A saved plan that makes no sense.
    #[error("`{name}` is no saved plan: {reason}; save one with `rel plan --out FILE`")]
    NotSaved {
        /// The file.
        name: String,
        /// Why.
        reason: String,
    },
    /// The world has moved on since a plan was saved.
    #[error("{}", stale(.moved))]
    Stale {
        /// The refs that the plan read: where each was, and is.
        moved: Vec<RefMove>,
    },
    /// The stored text means something else to this rel.
    #[error(
        "{what} was made by another version of rel, to which the same text means something else (digest {expected} then, \
         {found} now); {way_out}"
    )]
    OtherMeaning {
        /// The saved plan, or the run.
        what: String,
        /// The digest then.
        expected: String,
        /// The digest now.
        found: String,
        /// What to do.
        way_out: &'static str,
    },
    /// A run that waits holds what this one would write.
    #[error(
        "{what} is held by the run {run} (\"{title}\"), which has not come to its end; go on with it (`rel resume`), or \
         give it up (`rel abort`)"
    )]
    Locked {
        /// The run.
        run: String,
        /// Its plan's title.
        title: String,
        /// What it holds.
        what: String,
    },
    /// There is no run to go on with.
    #[error("{0}")]
    NoRun(String),
    /// git failed.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Error {
    pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::File {
            path: path.display().to_string(),
            doing: "read",
            reason: match error.kind() {
                std::io::ErrorKind::NotFound => "there is no such file; check the path".into(),
                std::io::ErrorKind::PermissionDenied => "you may not read it; check its permissions".into(),
                _ => error.to_string(),
            },
        }
    }

    /// The exit status of a command that ends with this: 1 for what the plan or the world lacks, 2 for
    /// what was asked wrongly.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::NoPlan { .. }
            | Error::AmbiguousPlan { .. }
            | Error::Library { .. }
            | Error::File { .. }
            | Error::NoRepository
            | Error::NotSaved { .. }
            | Error::NoRun(_)
            | Error::Git(
                git::Error::NoGit { .. }
                | git::Error::TooOld { .. }
                | git::Error::NoRepository { .. }
                | git::Error::Refused { .. }
                | git::Error::Unsupported { .. }
                | git::Error::NoIdentity,
            )
            | Error::Journal(JournalError::NoRun { .. }) => 2,
            Error::Diagnostics(_)
            | Error::Stale { .. }
            | Error::OtherMeaning { .. }
            | Error::Locked { .. }
            | Error::Git(_)
            | Error::Journal(_)
            | Error::Engine(_) => 1,
        }
    }

    /// The findings, when that is what stopped it: to be shown with their places.
    pub fn checked(&self) -> Option<&Checked> {
        match self {
            Error::Diagnostics(checked) => Some(checked),
            _ => None,
        }
    }
}

/// The errors of a plan with their places, one per line.
fn summary(checked: &Checked) -> String {
    let errors = checked.diagnostics.iter().filter(|finding| finding.is_error());
    let lines: Vec<String> = errors
        .map(|finding| {
            let file = checked.sources.get(finding.primary().file);
            let at = file.position(finding.primary().start as usize);
            let code = finding.code.code();
            format!(
                "{}:{}:{}: error[{code}]: {}",
                file.name(),
                at.line,
                at.column,
                finding.message
            )
        })
        .collect();
    match lines.as_slice() {
        [] => "the plan is not complete".to_owned(),
        [one] => one.clone(),
        several => format!("the plan has {} errors:\n{}", several.len(), several.join("\n")),
    }
}

fn stale(moved: &[RefMove]) -> String {
    let short = |oid: &Option<Oid>| {
        oid.as_ref()
            .map_or_else(|| "absent".to_owned(), |oid| oid.short().to_owned())
    };
    let lines: String = moved
        .iter()
        .map(|change| {
            format!(
                "\n  {}: {} -> {}",
                change.name,
                short(&change.old),
                short(&change.new)
            )
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "the saved plan is out of date, for refs it has read have moved since:{lines}\nlook at the new plan with `rel \
         plan` and save it again; nothing was changed"
    )
}
