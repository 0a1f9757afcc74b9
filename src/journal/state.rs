//! A run as its events tell it: a pure fold, the same live and after a crash.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CommandFinished, CommandIntent, CommandRole, Event, GateResult, Outcome, PauseCause, PublicationIntent,
    Record, RefAt, RunStarted, Running, Verdict,
};
use crate::model::{Duration, Oid};

/// Everything a run's events say about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunState {
    /// How it began.
    pub started: Option<RunStarted>,
    /// Its phases, by name.
    pub phases: BTreeMap<String, PhaseState>,
    /// Every publication, in order.
    pub publications: Vec<Publication>,
    /// Results of gates that depend on tree and command alone.
    pub gates: BTreeMap<String, GateResult>,
    /// What people said, by phase and question.
    pub answers: BTreeMap<(String, String), (String, String)>,
    /// Why it waits, if it does.
    pub paused: Option<Pause>,
    /// Why a rollback did not go through, until the run is taken up again.
    pub stuck: Option<Stuck>,
    /// How it ended, if it has.
    pub outcome: Option<Outcome>,
    /// A command that began and has no end on record.
    pub unknown: Option<CommandIntent>,
    /// What each environment runs, as far as this run deployed to it.
    pub deployed: BTreeMap<String, Oid>,
    /// The phases that are to be taken back, in that order; done ones stay in it.
    pub taking_back: Option<TakingBack>,
    /// Where a ref stood before what is staged on it now: the base of the next publication's change.
    staging: BTreeMap<String, Option<Oid>>,
}

/// What a rollback is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakingBack {
    /// The phases, dependents first.
    pub phases: Vec<String>,
    /// A person asked for it; else a phase failed.
    pub asked: bool,
}

/// A moment in a run's state, to go back to after a rollback was only tried.
#[derive(Clone, Debug)]
pub struct Moment {
    phases: Vec<(String, Option<PhaseState>)>,
    publications: usize,
    deployed: BTreeMap<String, Oid>,
    unknown: Option<CommandIntent>,
    outcome: Option<Outcome>,
    staging: BTreeMap<String, Option<Oid>>,
}

/// Why a run waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The phase.
    pub phase: String,
    /// What kind of waiting.
    pub cause: PauseCause,
    /// In a sentence.
    pub reason: String,
    /// What to type.
    pub way_out: String,
}

/// A rollback that did not go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// The phase.
    pub phase: String,
    /// Why.
    pub reason: String,
    /// What a person does about it.
    pub way_out: String,
}

/// A phase so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PhaseState {
    /// Where it stands.
    pub status: Status,
    /// How often it has begun.
    pub attempts: u32,
    /// The refs when it began.
    pub refs: Vec<RefAt>,
    /// What its environments ran when it began.
    pub previous: Vec<Running>,
    /// Where a resumed phase goes on; what came later is staged again.
    pub cursor: Option<Cursor>,
    /// Whether the step that runs now has had an outside effect.
    pub acting: bool,
    /// Commands that ran (or may have), in order: what an `undo` takes back.
    pub ran: Vec<u32>,
    /// The commits that those commands were about.
    pub ran_at: BTreeMap<u32, Oid>,
    /// Environments that it deployed or shifted, or began to.
    pub deployed: BTreeSet<String>,
    /// Backups that it began, by step: of which environment, and whether it has it.
    pub backups: BTreeMap<u32, (String, bool)>,
    /// Whether anything outside has happened.
    pub acted: bool,
    /// How much of each soak counts.
    pub soaked: BTreeMap<u32, Duration>,
    /// Undos that ran in its rollback.
    pub undone: BTreeSet<u32>,
    /// Where a resumed rollback goes on.
    pub back: Option<Cursor>,
    /// Why it failed.
    pub reason: Option<String>,
}

/// How far the effects of a phase have got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// Everything up to this step is published; the step itself is done again, which is harmless.
    At(u32),
    /// This step with its outside effect is done.
    Behind(u32),
    /// All steps are done and published.
    End,
}

impl PhaseState {
    fn goes_on_at(&mut self, cursor: Cursor) {
        match self.status {
            Status::Running => self.cursor = Some(cursor),
            Status::RollingBack => self.back = Some(cursor),
            Status::Pending
            | Status::Skipped
            | Status::Done
            | Status::Failed
            | Status::RolledBack
            | Status::Stuck => {}
        }
    }

    /// Whether a step (given with those before it, by their order in the plan) has had its effect.
    pub fn reached(&self, step: u32) -> bool {
        match self.cursor {
            Some(Cursor::Behind(at)) => step <= at,
            Some(Cursor::At(at)) => step < at || self.ran.contains(&step),
            Some(Cursor::End) => true,
            None => self.ran.contains(&step),
        }
    }
}

/// Where a phase stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// It has not begun.
    #[default]
    Pending,
    /// It has begun.
    Running,
    /// `when` does not hold; counts as done.
    Skipped,
    /// It is done.
    Done,
    /// A step failed.
    Failed,
    /// It is being taken back.
    RollingBack,
    /// It was taken back.
    RolledBack,
    /// Taking it back failed.
    Stuck,
}

impl Status {
    /// One word or two.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Running => "running",
            Status::Skipped => "skipped",
            Status::Done => "done",
            Status::Failed => "failed",
            Status::RollingBack => "rolling back",
            Status::RolledBack => "rolled back",
            Status::Stuck => "needs a person",
        }
    }
}

/// A publication and how far it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// What it moves.
    pub intent: PublicationIntent,
    /// Whether the remote took its part.
    pub remote_moved: bool,
    /// Whether all of it is published.
    pub finished: bool,
    /// Whether it was refused, and nothing of it moved.
    pub refused: bool,
    /// Where its refs stood before what this run staged on them: other than in the moves themselves where
    /// a branch that was behind its upstream was brought along first.
    pub bases: BTreeMap<String, Option<Oid>>,
}

impl RunState {
    /// The state after these records.
    pub fn replay(records: &[Record]) -> Self {
        let mut state = Self::default();
        for record in records {
            state.apply(record);
        }
        state
    }

    /// The state of a phase.
    pub fn phase(&self, name: &str) -> PhaseState {
        self.phases.get(name).cloned().unwrap_or_default()
    }

    /// The publications of a phase that have moved something, oldest first, rollbacks left out.
    pub fn published<'s>(&'s self, phase: &'s str) -> impl Iterator<Item = &'s Publication> {
        self.publications
            .iter()
            .filter(|publication| publication.finished || publication.remote_moved)
            .filter(move |publication| publication.intent.phase == phase && !publication.intent.rollback)
    }

    /// Whether nothing goes on with it any more: it is done, taken back or given up.
    pub fn has_ended(&self) -> bool {
        matches!(
            self.outcome,
            Some(Outcome::Done | Outcome::RolledBack | Outcome::Aborted)
        )
    }

    /// The phases that are still to be taken back.
    pub fn left_to_take_back(&self) -> Vec<String> {
        let wanted = self.taking_back.iter().flat_map(|back| &back.phases);
        wanted
            .filter(|name| self.phase(name).status != Status::RolledBack)
            .cloned()
            .collect()
    }

    /// Remembers what taking these phases back may change.
    pub fn mark<'p>(&self, phases: impl IntoIterator<Item = &'p str>) -> Moment {
        let phases = phases.into_iter();
        Moment {
            phases: phases
                .map(|name| (name.to_owned(), self.phases.get(name).cloned()))
                .collect(),
            staging: self.staging.clone(),
            publications: self.publications.len(),
            deployed: self.deployed.clone(),
            unknown: self.unknown.clone(),
            outcome: self.outcome,
        }
    }

    /// Goes back to a moment.
    pub fn rewind(&mut self, moment: Moment) {
        for (name, state) in moment.phases {
            match state {
                Some(state) => self.phases.insert(name, state),
                None => self.phases.remove(&name),
            };
        }
        self.staging = moment.staging;
        self.publications.truncate(moment.publications);
        (self.deployed, self.unknown, self.outcome) = (moment.deployed, moment.unknown, moment.outcome);
    }

    /// The number of the next publication.
    pub fn next_publication(&self) -> u32 {
        self.publications
            .last()
            .map_or(0, |last| last.intent.publication + 1)
    }

    fn at(&mut self, phase: &str) -> &mut PhaseState {
        self.phases.entry(phase.to_owned()).or_default()
    }

    /// Takes one more record in.
    pub fn apply(&mut self, record: &Record) {
        match &record.event {
            Event::RunStarted(started) => self.started = Some(started.clone()),
            Event::RunTakenUp { command } => self.taken_up(command),
            Event::PhaseStarted {
                phase,
                refs,
                previous,
                attempt,
            } => {
                let earlier = self.phases.remove(phase).filter(|earlier| earlier.acted);
                // What an earlier attempt has published belongs to the phase: its way back starts there.
                let begun = PhaseState {
                    refs: refs.clone(),
                    previous: previous.clone(),
                    ..PhaseState::default()
                };
                let state = PhaseState {
                    status: Status::Running,
                    attempts: *attempt,
                    ..earlier.unwrap_or(begun)
                };
                self.phases.insert(phase.clone(), state);
                self.staging.clear();
            }
            Event::PhaseSkipped { phase } => self.at(phase).status = Status::Skipped,
            Event::PhaseFinished { phase } => self.at(phase).status = Status::Done,
            Event::PhaseFailed { phase, reason, .. } => {
                let state = self.at(phase);
                state.status = Status::Failed;
                state.reason = Some(reason.clone());
            }
            Event::RollbackPlanned { phases, asked } => {
                self.taking_back = Some(TakingBack {
                    phases: phases.clone(),
                    asked: *asked,
                });
            }
            Event::RollbackStarted { phase, .. } => {
                self.at(phase).status = Status::RollingBack;
                self.at(phase).acting = false;
                self.unknown = None;
                self.staging.clear();
            }
            Event::RollbackFinished { phase } => self.at(phase).status = Status::RolledBack,
            Event::RollbackFailed {
                phase,
                reason,
                way_out,
            } => {
                self.at(phase).status = Status::Stuck;
                self.stuck = Some(Stuck {
                    phase: phase.clone(),
                    reason: reason.clone(),
                    way_out: way_out.clone(),
                });
            }
            Event::StepFinished { phase, step } => {
                let state = self.at(phase);
                if std::mem::take(&mut state.acting) {
                    state.goes_on_at(Cursor::Behind(*step));
                }
            }
            Event::Gate(result) => self.gate(result),
            Event::CommandIntent(intent) => self.command_begins(intent),
            Event::CommandFinished(finished) => {
                self.command_ends(finished);
            }
            Event::PublicationIntent(intent) => self.publishes(intent),
            Event::RemoteMoved { publication } => self.publication(*publication, |p| p.remote_moved = true),
            Event::PublicationFinished { publication } => {
                self.publication(*publication, |p| p.finished = true);
                self.staging.clear();
                self.published_up_to(*publication);
            }
            Event::PublicationRefused { publication, .. } => {
                self.publication(*publication, |p| p.refused = true);
            }
            Event::Deployed {
                phase,
                step,
                environment,
                commit,
                ..
            } => {
                self.deployed.insert(environment.clone(), commit.clone());
                let state = self.at(phase);
                if state.status == Status::Running {
                    state.deployed.insert(environment.clone());
                    if !state.ran.contains(step) {
                        state.ran.push(*step);
                        state.ran_at.insert(*step, commit.clone());
                    }
                }
            }
            Event::SoakProgress { phase, step, soaked } => {
                self.at(phase).soaked.insert(*step, *soaked);
            }
            Event::Answered {
                phase,
                question,
                answer,
                by,
                ..
            } => {
                self.answers
                    .insert((phase.clone(), question.clone()), (answer.clone(), by.clone()));
            }
            Event::Paused {
                phase,
                cause,
                reason,
                way_out,
                ..
            } => {
                let pause = Pause {
                    phase: phase.clone(),
                    cause: *cause,
                    reason: reason.clone(),
                    way_out: way_out.clone(),
                };
                self.paused = Some(pause);
            }
            Event::RunFinished { outcome } => self.outcome = Some(*outcome),
            Event::Staged(staged) => self.stands_on(&staged.change.name, staged.change.old.as_ref()),
            Event::Reconciled { branch, from, to, .. } if from.as_ref() != Some(to) => {
                self.stands_on(&format!("refs/heads/{branch}"), Some(to));
            }
            Event::Discarded { .. } => self.staging.clear(),
            Event::Fetched { .. }
            | Event::Reconciled { .. }
            | Event::HeldBack { .. }
            | Event::StepStarted { .. }
            | Event::StepSkipped { .. }
            | Event::SoakStarted { .. }
            | Event::Notified { .. }
            | Event::Warning { .. }
            | Event::RollbackNote { .. } => {}
        }
    }

    fn gate(&mut self, result: &GateResult) {
        if let Some(key) = &result.key
            && matches!(result.verdict, Verdict::Passed)
        {
            self.gates.insert(key.clone(), result.clone());
        }
    }

    /// Another process goes on: what the last one had staged is lost with its sandbox.
    fn taken_up(&mut self, command: &str) {
        self.outcome = None;
        self.staging.clear();
        self.stuck = None;
        let Some(pause) = self.paused.take() else { return };
        // A person has mended what failed: the phase goes on behind its last effect.
        let state = self.at(&pause.phase);
        if command.starts_with("resume") && pause.cause == PauseCause::Hold && state.status == Status::Failed
        {
            state.status = Status::Running;
            state.reason = None;
        }
    }

    fn stands_on(&mut self, name: &str, old: Option<&Oid>) {
        self.staging
            .entry(name.to_owned())
            .or_insert_with(|| old.cloned());
    }

    fn publishes(&mut self, intent: &PublicationIntent) {
        let moved = intent.local_moves.iter().chain(&intent.remote_moves);
        let bases = moved
            .filter_map(|change| Some((change.name.clone(), self.staging.get(&change.name)?.clone())))
            .collect();
        self.publications.push(Publication {
            intent: intent.clone(),
            remote_moved: false,
            finished: false,
            refused: false,
            bases,
        });
    }

    fn command_begins(&mut self, intent: &CommandIntent) {
        match intent.role {
            CommandRole::Step | CommandRole::Deploy | CommandRole::Shift | CommandRole::Restore => {}
            CommandRole::Undo => {
                self.unknown = Some(intent.clone());
                return;
            }
            CommandRole::Backup => {
                let begun = (intent.environment.clone().unwrap_or_default(), false);
                self.at(&intent.phase).backups.insert(intent.step, begun);
                return;
            }
            CommandRole::Edit
            | CommandRole::Resolve
            | CommandRole::Current
            | CommandRole::Notify
            | CommandRole::Setup => return,
        }
        self.unknown = Some(intent.clone());
        let state = self.at(&intent.phase);
        state.acted = true;
        state.acting = true;
        if state.status != Status::Running {
            return;
        }
        if state.ran.last() != Some(&intent.step) {
            state.ran.push(intent.step);
        }
        if let Some(commit) = &intent.commit {
            state.ran_at.insert(intent.step, commit.clone());
        }
        if matches!(intent.role, CommandRole::Deploy | CommandRole::Shift) {
            state.deployed.extend(intent.environment.clone());
        }
    }

    fn command_ends(&mut self, finished: &CommandFinished) {
        match finished.role {
            CommandRole::Step | CommandRole::Deploy | CommandRole::Shift | CommandRole::Restore => {
                self.unknown = None;
            }
            CommandRole::Undo => {
                self.unknown = None;
                if finished.ok {
                    self.at(&finished.phase).undone.insert(finished.step);
                }
            }
            CommandRole::Backup => {
                if let Some((_, done)) = self.at(&finished.phase).backups.get_mut(&finished.step) {
                    *done = finished.ok;
                }
            }
            CommandRole::Edit
            | CommandRole::Resolve
            | CommandRole::Current
            | CommandRole::Notify
            | CommandRole::Setup => {}
        }
    }

    /// Everything staged is published: a resumed phase goes on at the step that was the reason.
    fn published_up_to(&mut self, number: u32) {
        let found = self
            .publications
            .iter()
            .rev()
            .find(|p| p.intent.publication == number);
        let Some(found) = found else { return };
        let (phase, rollback) = (found.intent.phase.clone(), found.intent.rollback);
        let cursor = found.intent.step.map_or(Cursor::End, Cursor::At);
        let state = self.at(&phase);
        if rollback {
            // Without a step it belongs to a `revert` or `reset`, which find out by themselves what is left.
            state.back = Some(cursor)
                .filter(|cursor| *cursor != Cursor::End)
                .or(state.back);
        } else {
            state.cursor = Some(cursor);
        }
    }

    fn publication(&mut self, number: u32, change: impl FnOnce(&mut Publication)) {
        let Some(found) = self
            .publications
            .iter_mut()
            .rev()
            .find(|p| p.intent.publication == number)
        else {
            return;
        };
        change(found);
        let (phase, outside) = (found.intent.phase.clone(), found.remote_moved || found.finished);
        if outside {
            let state = self.at(&phase);
            state.acted = true;
            state.acting = true;
        }
    }
}
