//! git: the user's repository, touched only through the `git` program, and the sandbox, in which
//! everything is tried first.
//!
//! The only home of `git2` and of calls to `git`. `git2` reads and writes objects in the sandbox;
//! `git merge-tree` decides every merge; whatever touches the real repository or a remote is the
//! user's own `git`, with its hooks, credentials and configuration.

#![allow(
    clippy::disallowed_methods,
    reason = "this floor owns calls to git and the files it needs"
)]

mod apply;
mod by_hand;
mod checkout;
mod error;
mod inspect;
mod merge;
mod object;
mod program;
mod publish;
mod reconcile;
mod ref_table;
mod remote;
mod repository;
mod sandbox;
mod shallow;
mod sign;

pub use apply::{Applied, Landing};
pub use by_hand::ByHand;
pub use checkout::Checkout;
pub use error::Error;
pub use inspect::{Change, ChangeKind, CommitInfo, Stat};
pub use merge::{Conflicted, Merged, Pick};
pub use object::{FileEdit, Stamp};
pub use program::{Git, OLDEST, Output};
pub use reconcile::Reconciled;
pub use ref_table::{Mark, RefTable};
pub use remote::{PushOutcome, RefUpdate};
pub use repository::{Remote, Repository, Worktree};
pub use sandbox::Sandbox;
