//! Staging a way back once without publishing it: a conflict shows while nothing has moved.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::check::{Edit, MergeOptions, Phase, Resolution, Rollback, Step, StepKind};
use crate::engine::ConflictRequest;
use crate::engine::outcome::{EngineError, Left, Stop};
use crate::engine::session::Session;
use crate::git::Mark;
use crate::journal::{Event, Journals, Moment};

/// Everything of a session that staging changes.
pub(crate) struct Saved {
    refs: Mark,
    real: Mark,
    state: Moment,
    unknown: BTreeSet<String>,
    staged: BTreeSet<String>,
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
            staged: self.staged.clone(),
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
        self.staged = saved.staged;
        self.now_step = saved.step;
        self.muted = saved.muted;
        self.rolling_back = saved.rolling_back;
    }

    /// Stages the way back of these phases, one on top of the other, and throws it away; gives the first phase
    /// that cannot be taken back.
    pub(crate) fn rehearse<'p>(&mut self, phases: &[&'p Phase]) -> Result<(), (&'p Phase, Stop)> {
        let saved = self.remember(phases);
        self.rolling_back = true;
        self.now_step = None;
        let mut result = Ok(());
        for phase in phases {
            if let Err(stop) = self.stage_back(phase) {
                result = Err((*phase, stop));
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

    /// Leaves a conflict to a person; gives the directory where it waits. Nothing is left in a simulation.
    pub(crate) fn leave(&mut self, phase: &str, left: &Left) -> Result<Option<PathBuf>, EngineError> {
        if self.muted {
            return Ok(None);
        }
        let common = self.sandbox.real().common_dir().to_owned();
        let directory = Journals::scratch(&common, &self.run, &left.conflict);
        let request = ConflictRequest {
            directory: directory.clone(),
            onto: left.onto.clone(),
            merged: left.merged.clone(),
            message: left.message.clone(),
            who: self.identity.clone(),
        };
        // What stands there already was left on the commit that is on record.
        if !self.state.kept.contains_key(&left.conflict) {
            self.emit(Event::ConflictKept {
                phase: phase.to_owned(),
                branch: left.branch.clone(),
                directory: directory.display().to_string(),
                conflict: left.conflict.clone(),
                onto: left.onto.clone(),
            })?;
        }
        let there = self.ports.keep_conflict(&mut self.sandbox, &request)?;
        Ok(there.then_some(directory))
    }

    /// Looks what people have resolved meanwhile.
    pub(crate) fn find_resolutions(&mut self) -> Result<(), EngineError> {
        for (conflict, kept) in self.state.kept.clone() {
            let directory = Path::new(&kept.directory);
            let tree = self.ports.resolved_conflict(&mut self.sandbox, directory)?;
            if let Some(tree) = tree {
                self.resolutions.insert(conflict, tree);
            }
        }
        Ok(())
    }

    /// What people resolved for a phase is published: their checkouts go.
    pub(crate) fn forget_conflicts(&mut self, phase: &str) {
        let kept = self.state.kept.values().filter(|kept| kept.phase == phase);
        for directory in kept
            .map(|kept| PathBuf::from(&kept.directory))
            .collect::<Vec<_>>()
        {
            self.ports.drop_conflict(&directory);
        }
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
