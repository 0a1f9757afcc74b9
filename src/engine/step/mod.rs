//! Steps: one file per family.

mod branch;
mod bump;
mod changelog;
mod command;
mod commit;
mod deploy;
mod edit;
mod merge;
mod notify;
mod push;
mod resolve;
mod soak;
mod tag;

pub(crate) use command::{Variables, how};
pub(crate) use merge::{REVERTS, matches};

use super::outcome::Stop;
use super::session::Session;
use crate::check::{Phase, Step, StepKind};
use crate::journal::Event;

impl Session<'_> {
    /// Runs one step: stages it, or acts.
    pub(crate) fn step(&mut self, phase: &Phase, step: &Step) -> Result<(), Stop> {
        self.now_step = Some(step.id.0);
        self.ports.step_begins();
        self.emit(Event::StepStarted {
            phase: phase.name.clone(),
            step: step.id.0,
            display: step.display.clone(),
        })?;
        self.step_kind(phase, step)?;
        self.emit(Event::StepFinished {
            phase: phase.name.clone(),
            step: step.id.0,
        })?;
        Ok(())
    }

    fn step_kind(&mut self, phase: &Phase, step: &Step) -> Result<(), Stop> {
        match &step.kind {
            StepKind::Merge {
                mode,
                source,
                into,
                options,
            } => self.merge(phase, *mode, source, into, options),
            StepKind::Rebase {
                branch,
                onto,
                options,
            } => self.rebase(phase, branch, onto, options),
            StepKind::CherryPick {
                sources,
                onto,
                options,
            } => self.cherry_pick(phase, sources, onto, options),
            StepKind::Revert { source, on, options } => self.revert_commit(phase, source, on, options),
            StepKind::Branch {
                name,
                from,
                if_absent,
            } => self.new_branch(phase, name, from, *if_absent),
            StepKind::DeleteBranch { name, local } => self.delete_branch(phase, name, *local),
            StepKind::DeleteTag { name } => self.delete_tag(phase, name),
            StepKind::Tag {
                name,
                on,
                message,
                signed,
                lightweight,
            } => self.tag(phase, name, on, message.as_deref(), *signed, *lightweight),
            StepKind::Push {
                refs, remote, force, ..
            } => self.push(phase, refs, remote, *force),
            StepKind::Reset { branch, to } => self.reset(phase, branch, to),
            StepKind::Commit {
                on,
                message,
                edits,
                signed,
            } => self.commit(phase, on, message, edits, *signed),
            StepKind::Gate(gate) => self.placed_gate(phase, gate),
            StepKind::Command {
                command,
                subject,
                options,
            } => self.run_command(phase, step, command, subject.as_ref(), options),
            StepKind::Deploy {
                what,
                environment,
                options,
            } => self.deploy(phase, step, what, environment, options),
            StepKind::Shift {
                weight,
                environment,
                source,
                options,
            } => self.shift(phase, step, *weight, environment, source.as_ref(), options),
            StepKind::Backup { environment, options } => self.backup(phase, step, environment, options),
            StepKind::Restore { environment, options } => self.restore(phase, step, environment, options),
            StepKind::Soak(soak) => self.soak(phase, step, soak),
            StepKind::Wait { gate, every, timeout } => self.wait(phase, gate, *every, *timeout),
            StepKind::Notify { channel, message } => self.notify(phase, channel, message),
            StepKind::Try { branch, from, steps } => self.attempt(phase, branch, from, steps),
            StepKind::RollbackRevert => self.rollback_revert(phase),
            StepKind::RollbackReset { force } => self.rollback_reset(phase, *force),
            StepKind::RollbackUndo => self.rollback_undo(phase),
        }
    }
}
