//! A run as its events tell it: a pure fold, the same live and after a crash.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CommandIntent, CommandRole, Event, GateResult, Outcome, PauseCause, PublicationIntent, Record, RefAt,
    RunStarted, Running, Verdict,
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
    /// How it ended, if it has.
    pub outcome: Option<Outcome>,
    /// A command that began and has no end on record.
    pub unknown: Option<CommandIntent>,
    /// What each environment runs, as far as this run deployed to it.
    pub deployed: BTreeMap<String, Oid>,
}

/// A moment in a run's state, to go back to after a rollback was only tried.
#[derive(Clone, Debug)]
pub struct Moment {
    phase: String,
    state: Option<PhaseState>,
    publications: usize,
    deployed: BTreeMap<String, Oid>,
    unknown: Option<CommandIntent>,
    outcome: Option<Outcome>,
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
    /// Environments it deployed to.
    pub deployed: BTreeSet<String>,
    /// Whether anything outside has happened.
    pub acted: bool,
    /// How much of each soak counts.
    pub soaked: BTreeMap<u32, Duration>,
    /// Undos that ran in its rollback.
    pub undone: BTreeSet<u32>,
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
    pub fn published(&self, phase: &str) -> Vec<&PublicationIntent> {
        self.publications
            .iter()
            .filter(|publication| publication.finished || publication.remote_moved)
            .map(|publication| &publication.intent)
            .filter(|intent| intent.phase == phase && !intent.rollback)
            .collect()
    }

    /// Remembers what taking a phase back may change.
    pub fn mark(&self, phase: &str) -> Moment {
        Moment {
            phase: phase.to_owned(),
            state: self.phases.get(phase).cloned(),
            publications: self.publications.len(),
            deployed: self.deployed.clone(),
            unknown: self.unknown.clone(),
            outcome: self.outcome,
        }
    }

    /// Goes back to a moment.
    pub fn rewind(&mut self, moment: Moment) {
        if let Some(state) = moment.state {
            self.phases.insert(moment.phase, state);
        }
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
            Event::RunTakenUp { command } => {
                // A person has mended what failed: the phase goes on where it stood.
                if let Some(pause) = self.paused.take_if(|_| command == "resume")
                    && pause.cause == PauseCause::Hold
                {
                    self.at(&pause.phase).status = Status::Running;
                }
                self.paused = None;
                self.outcome = None;
            }
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
            }
            Event::PhaseSkipped { phase } => self.at(phase).status = Status::Skipped,
            Event::PhaseFinished { phase } => self.at(phase).status = Status::Done,
            Event::PhaseFailed { phase, reason, .. } => {
                let state = self.at(phase);
                state.status = Status::Failed;
                state.reason = Some(reason.clone());
            }
            Event::RollbackStarted { phase, .. } => self.at(phase).status = Status::RollingBack,
            Event::RollbackFinished { phase } => self.at(phase).status = Status::RolledBack,
            Event::RollbackFailed { phase, .. } => self.at(phase).status = Status::Stuck,
            Event::StepFinished { phase, step } => {
                let state = self.at(phase);
                if std::mem::take(&mut state.acting) && state.status == Status::Running {
                    state.cursor = Some(Cursor::Behind(*step));
                }
            }
            Event::Gate(result) => self.gate(result),
            Event::CommandIntent(intent) => self.command_begins(intent),
            Event::CommandFinished(finished) => {
                self.unknown = None;
                if finished.role == CommandRole::Undo && finished.ok {
                    self.at(&finished.phase).undone.insert(finished.step);
                }
            }
            Event::PublicationIntent(intent) => self.publications.push(Publication {
                intent: intent.clone(),
                remote_moved: false,
                finished: false,
                refused: false,
            }),
            Event::RemoteMoved { publication } => self.publication(*publication, |p| p.remote_moved = true),
            Event::PublicationFinished { publication } => {
                self.publication(*publication, |p| p.finished = true);
                self.published_up_to(*publication);
            }
            Event::PublicationRefused { publication, .. } => {
                self.publication(*publication, |p| p.refused = true);
            }
            Event::Deployed {
                phase,
                environment,
                commit,
                ..
            } => {
                self.deployed.insert(environment.clone(), commit.clone());
                self.at(phase).deployed.insert(environment.clone());
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
            Event::Fetched { .. }
            | Event::Reconciled { .. }
            | Event::HeldBack { .. }
            | Event::StepStarted { .. }
            | Event::Staged(_)
            | Event::StepSkipped { .. }
            | Event::Discarded { .. }
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

    fn command_begins(&mut self, intent: &CommandIntent) {
        let role = intent.role;
        if matches!(
            role,
            CommandRole::Step | CommandRole::Deploy | CommandRole::Shift | CommandRole::Restore
        ) {
            self.unknown = Some(intent.clone());
            let state = self.at(&intent.phase);
            state.acted = true;
            state.acting = true;
            if state.status == Status::Running && state.ran.last() != Some(&intent.step) {
                state.ran.push(intent.step);
            }
        }
    }

    fn published_up_to(&mut self, number: u32) {
        let found = self
            .publications
            .iter()
            .rev()
            .find(|p| p.intent.publication == number && !p.intent.rollback);
        let Some((phase, step)) = found.map(|p| (p.intent.phase.clone(), p.intent.step)) else {
            return;
        };
        self.at(&phase).cursor = Some(step.map_or(Cursor::End, Cursor::At));
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
