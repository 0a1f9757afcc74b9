//! The libraries that ship with rel: every item in plans that run, where it passes and where it fails.

mod forges;
mod gates;
mod gitflow;
mod loopback;
mod notify;
mod page;
mod rollback;
mod rollout;

use crate::engine::{World, plan};
use relplan::engine::RunEnd;
use relplan::journal::{PauseCause, Record};

/// How a plan ended, in one word and with its reason.
#[derive(Debug)]
enum End {
    Done,
    Failed(String),
    Inconclusive(String),
    Back(String),
}

/// Applies a plan that uses a library.
fn applied(world: &World, text: &str) -> (End, Vec<Record>) {
    let (end, records) = world.apply(&plan(text));
    let end = match end {
        RunEnd::Done => End::Done,
        RunEnd::Failed { reason, .. } => End::Failed(reason),
        RunEnd::RolledBack { reason, .. } => End::Back(reason),
        RunEnd::Waiting {
            cause: PauseCause::Inconclusive,
            reason,
            ..
        } => End::Inconclusive(reason),
        other => panic!("{other:?}\n{records:#?}"),
    };
    world.fsck();
    (end, records)
}

/// The lines of a file in the work tree; none if it is not there.
fn lines(world: &World, path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(world.work().join(path)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
