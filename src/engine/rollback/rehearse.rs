//! Staging a way back once without publishing it: a conflict shows while nothing has moved.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Edit, MergeOptions, Phase, Resolution, Rollback, Step, StepKind};
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::git::Mark;
use crate::journal::Moment;
use crate::model::Oid;

/// Everything of a session that staging changes.
pub(crate) struct Saved {
    refs: Mark,
    real: Mark,
    state: Moment,
    unknown: BTreeSet<String>,
    unknown_published: BTreeSet<String>,
    staged: BTreeSet<String>,
    bases: BTreeMap<String, Oid>,
    squashed: BTreeSet<String>,
    step: Option<u32>,
    muted: bool,
    rolling_back: bool,
}

impl Session<'_> {
    /// From here on nothing is recorded; [`Session::forget_since`] goes back to this moment.
    pub(crate) fn remember(&mut self, phases: &[&Phase]) -> Saved {
        Saved {
            refs: self.sandbox.mark(),
            real: self.real.mark(),
            state: self.state.mark(phases.iter().map(|phase| phase.name.as_str())),
            unknown: self.unknown.clone(),
            unknown_published: self.unknown_published.clone(),
            staged: self.staged.clone(),
            bases: self.bases.clone(),
            squashed: self.squashed.clone(),
            step: self.now_step,
            muted: std::mem::replace(&mut self.muted, true),
            rolling_back: self.rolling_back,
        }
    }

    /// Puts everything back to the moment when it was remembered.
    pub(crate) fn forget_since(&mut self, saved: Saved) {
        self.sandbox.rewind(saved.refs);
        self.real.rewind(saved.real);
        self.state.rewind(saved.state);
        self.unknown = saved.unknown;
        self.unknown_published = saved.unknown_published;
        self.staged = saved.staged;
        self.bases = saved.bases;
        self.squashed = saved.squashed;
        self.now_step = saved.step;
        self.muted = saved.muted;
        self.rolling_back = saved.rolling_back;
    }

    /// Stages the way back of these phases, one on top of the other, and throws it away; gives the first phase
    /// that cannot be taken back.
    pub(crate) fn stage_first<'p>(&mut self, phases: &[&'p Phase]) -> Result<(), (&'p Phase, Stop)> {
        let saved = self.remember(phases);
        self.rolling_back = true;
        self.now_step = None;
        let mut result = Ok(());
        for phase in phases {
            if let Err(stop) = self.stage_back(phase) {
                result = Err((*phase, stop));
                break;
            }
            // A work tree that would lose something is in the way before anything moves, not after.
            let moves = self.staged_moves();
            if let Err(error) = self.ports.can_publish(&mut self.sandbox, &moves) {
                result = Err((*phase, error.into()));
                break;
            }
        }
        self.forget_since(saved);
        result
    }

    fn stage_back(&mut self, phase: &Phase) -> Result<(), Stop> {
        match &phase.rollback {
            Some(Rollback::Revert) | None => self.stage_revert(phase).map(drop),
            Some(Rollback::Reset { force }) => self.stage_reset(phase, *force).map(drop),
            Some(Rollback::Undo | Rollback::None { .. }) => Ok(()),
            Some(Rollback::Steps(steps)) => self.stage_steps(phase, &steps[self.back_at(phase, steps)..]),
        }
    }

    /// The steps that stage, in order, until one whose result only a command or a signature can tell.
    fn stage_steps(&mut self, phase: &Phase, steps: &[Step]) -> Result<(), Stop> {
        for step in steps {
            match &step.kind {
                StepKind::RollbackRevert => {
                    self.stage_revert(phase)?;
                }
                StepKind::RollbackReset { force } => {
                    self.stage_reset(phase, *force)?;
                }
                kind if foreseeable(kind) => self.step(phase, step)?,
                kind if stages(kind) => return Ok(()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether a step stages something that can be said without a command or a signature.
fn foreseeable(kind: &StepKind) -> bool {
    let plain = |options: &MergeOptions| {
        let by_command = options
            .resolve
            .iter()
            .any(|(_, resolution)| matches!(resolution, Resolution::Command(_)));
        !options.signed && !by_command
    };
    match kind {
        StepKind::Merge { options, .. }
        | StepKind::Rebase { options, .. }
        | StepKind::CherryPick { options, .. }
        | StepKind::Revert { options, .. } => plain(options),
        StepKind::Branch { .. } | StepKind::DeleteTag { .. } | StepKind::Reset { .. } => true,
        StepKind::DeleteBranch { local, .. } => *local,
        StepKind::Tag { signed, .. } => !signed,
        StepKind::Commit { edits, signed, .. } => {
            !signed && !edits.iter().any(|edit| matches!(edit, Edit::Command { .. }))
        }
        _ => false,
    }
}

/// Whether a step stages anything at all.
fn stages(kind: &StepKind) -> bool {
    matches!(
        kind,
        StepKind::Merge { .. }
            | StepKind::Rebase { .. }
            | StepKind::CherryPick { .. }
            | StepKind::Revert { .. }
            | StepKind::Tag { .. }
            | StepKind::Commit { .. }
    )
}
