//! A run that has begun: seen, resumed, taken back, given up.

use std::path::PathBuf;

use super::loaded::short;
use super::session::About;
use super::yielding::Yielding;
use super::{Engine, Error, locked};
use crate::check::Plan;
use crate::engine::{Decision, EngineError, RollbackPreview, RunEnd, Session, give_up, preview_rollback};
use crate::journal::{
    Event, Journals, Memory, Millis, Outcome, Pause, Record, RefMove, RunStarted, RunState, Sink, Status,
    Stuck,
};

/// A run in a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    /// Its id.
    pub id: String,
    /// The plan's title.
    pub title: String,
    /// When it began, in milliseconds since 1970 UTC.
    pub began: Millis,
    /// When its last event was.
    pub last: Millis,
    /// Who began it: `Name <mail>`.
    pub who: String,
    /// How it ended; `None` while it goes on or waits.
    pub outcome: Option<Outcome>,
    /// Why it waits, if it does.
    pub paused: Option<Pause>,
    /// Why a rollback did not go through, and what to do about it.
    pub stuck: Option<Stuck>,
    /// The phases that have begun, in the order in which they did, and where each stands.
    pub phases: Vec<(String, Status)>,
}

impl RunSummary {
    /// Sums the events of a run up; `None` when it never began.
    pub fn of(id: &str, records: &[Record]) -> Option<Self> {
        let state = RunState::replay(records);
        let started = state.started?;
        let mut names: Vec<&String> = Vec::new();
        for record in records {
            if let Event::PhaseStarted { phase, .. } | Event::PhaseSkipped { phase } = &record.event
                && !names.contains(&phase)
            {
                names.push(phase);
            }
        }
        let phases = names.into_iter().map(|name| {
            let status = state.phases.get(name).map(|phase| phase.status);
            (name.clone(), status.unwrap_or_default())
        });
        Some(Self {
            id: id.to_owned(),
            title: started.title,
            began: records.first().map_or(0, |record| record.at),
            last: records.last().map_or(0, |record| record.at),
            who: started.who,
            phases: phases.collect(),
            outcome: state.outcome,
            paused: state.paused,
            stuck: state.stuck,
        })
    }

    /// Whether `resume` can go on with it.
    pub fn is_open(&self) -> bool {
        !matches!(
            self.outcome,
            Some(Outcome::Done | Outcome::RolledBack | Outcome::Aborted)
        )
    }
}

/// A run in the journal.
///
/// ```
/// # let home = tempfile::tempdir()?;
/// # let at = |words: &str| {
/// #     let status = std::process::Command::new("git").args(words.split(' ')).current_dir(home.path()).status();
/// #     assert!(status.is_ok_and(|status| status.success()), "{words}");
/// # };
/// # at("init -q -b main");
/// # at("-c user.name=Ann -c user.email=ann@example.com commit -q --allow-empty -m first");
/// use relplan::{Engine, RunEnd};
///
/// let mut engine = Engine::builder()
///     .repository(home.path())
///     .identity("Ann", "ann@example.com")
///     .build()?;
/// let text = "plan \"x\"\nphase ship {\n  branch release/1 from main\n  run \"true\" { live }\n  rollback revert\n}\n";
/// assert_eq!(engine.load_text("release.rel", text).apply()?, RunEnd::Done);
///
/// let mut run = engine.run(None)?;
/// assert!(!run.summary().is_open());
/// run.rollback("ship", false)?;
/// let refs = engine.repository()?.refs()?;
/// assert!(!refs.contains_key("refs/heads/release/1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Run<'e> {
    engine: &'e mut Engine,
    journals: Journals,
    id: String,
    records: Vec<Record>,
    started: RunStarted,
}

impl<'e> Run<'e> {
    pub(super) fn open(engine: &'e mut Engine, id: Option<&str>) -> Result<Self, Error> {
        let journals = engine.journals()?;
        let candidates = match id {
            Some(id) => vec![id.to_owned()],
            None => journals.runs()?,
        };
        for id in candidates.into_iter().rev() {
            let records = journals.read(&id)?;
            if let Some(started) = RunState::replay(&records).started {
                return Ok(Self {
                    engine,
                    journals,
                    id,
                    records,
                    started,
                });
            }
        }
        Err(Error::NoRun(match id {
            Some(id) => format!("the run `{id}` never began; `rel log` lists those that did"),
            None => "nothing has been run in this repository yet; `rel apply` begins a run".into(),
        }))
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How it began.
    pub fn started(&self) -> &RunStarted {
        &self.started
    }

    /// Its events so far.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Its events so far.
    pub fn into_records(self) -> Vec<Record> {
        self.records
    }

    /// What its events say about it.
    pub fn state(&self) -> RunState {
        RunState::replay(&self.records)
    }

    /// The run in a few words.
    pub fn summary(&self) -> RunSummary {
        RunSummary::of(&self.id, &self.records).expect("BUG: a run is opened only when it began")
    }

    /// The plan as it was when the run began.
    ///
    /// # Errors
    /// [`Error::OtherMeaning`] when this rel understands the text differently.
    pub fn plan(&mut self) -> Result<Plan, Error> {
        let started = &self.started;
        let directory = PathBuf::from(&started.directory);
        let loaded = self
            .engine
            .load_stored(&started.sources, &started.params, directory);
        let plan = loaded.begun_plan()?;
        if plan.digest() != started.digest {
            return Err(Error::OtherMeaning {
                what: format!("the run {}", self.id),
                expected: short(&started.digest),
                found: short(plan.digest()),
                way_out: "go on with the rel that began it, or give it up with `rel abort`",
            });
        }
        Ok(plan)
    }

    /// Goes on; `decision` says what became of a command whose outcome nobody knows.
    ///
    /// # Errors
    /// When it has ended, another rel is at work, or the journal cannot be written.
    pub fn resume(&mut self, decision: Option<Decision>) -> Result<RunEnd, Error> {
        let plan = self.plan()?;
        locked::refuse_overlap(&self.journals, &plan, Some(&self.id))?;
        self.act(|session| session.resume(decision))
    }

    /// Takes a phase back, with everything that depends on it if `cascade`.
    ///
    /// # Errors
    /// When it is refused before anything moves; as [`Run::resume`].
    pub fn rollback(&mut self, phase: &str, cascade: bool) -> Result<RunEnd, Error> {
        let plan = self.plan()?;
        let back = plan.with_dependents(phase, cascade);
        locked::refuse_phases(&self.journals, &back, Some(&self.id))?;
        self.act(|session| session.rollback(phase, cascade))
    }

    /// Gives the run up: nothing is undone, and what it has published is named.
    ///
    /// # Errors
    /// When it has ended already; as [`Run::resume`].
    pub fn abort(&mut self) -> Result<(RunEnd, Vec<RefMove>), Error> {
        let mut ports = self.engine.ports(&PathBuf::from(&self.started.directory))?;
        let _own = self.journals.lock_run(&self.id)?;
        let _lock = self.journals.lock()?;
        let (records, mut store) = self.journals.take_up(&self.id)?;
        let observer = &mut self.engine.settings.observer;
        let result = give_up(&RunState::replay(&records), &mut |event| {
            let record = store.record(ports.now().millis, event)?;
            observer(&record);
            Ok(())
        });
        self.records = self.journals.read(&self.id)?;
        Ok(result?)
    }

    /// Tries a rollback without moving anything.
    ///
    /// # Errors
    /// When it would be refused.
    pub fn preview_rollback(&mut self, phase: &str, cascade: bool) -> Result<RollbackPreview, Error> {
        let plan = self.plan()?;
        let directory = PathBuf::from(&self.started.directory);
        let mut ports = self.engine.ports(&directory)?;
        let about = About {
            plan: &plan,
            directory: &directory,
            state: self.state(),
            run: self.id.clone(),
        };
        let mut nowhere = Memory::default();
        self.engine
            .with_parts(about, ports.as_mut(), &mut nowhere, |parts| {
                preview_rollback(parts, phase, cascade)
            })
    }

    /// Takes the run up under the lock, and reads again what it says: another process may have acted.
    fn act<T>(&mut self, body: impl FnOnce(Session<'_>) -> Result<T, EngineError>) -> Result<T, Error> {
        let plan = self.plan()?;
        let directory = PathBuf::from(&self.started.directory);
        let _own = self.journals.lock_run(&self.id)?;
        let mut ports = Yielding::over(self.engine.ports(&directory)?, &self.journals)?;
        ports.acts_for(&self.id)?;
        let (records, mut store) = self.journals.take_up(&self.id)?;
        let about = About {
            plan: &plan,
            directory: &directory,
            state: RunState::replay(&records),
            run: self.id.clone(),
        };
        let result = self.engine.with_parts(about, &mut ports, &mut store, |parts| {
            Session::open(parts).and_then(body)
        });
        self.records = self.journals.read(&self.id)?;
        result
    }
}
