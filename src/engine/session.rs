//! A session: everything that one process needs to run a plan, simulated or for real.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::outcome::{EngineError, Stop};
use super::ports::{Now, Ports};
use super::simulate::Trial;
use crate::check::{Phase, Plan};
use crate::git::{RefTable, Repository, Sandbox, Stamp};
use crate::journal::{Conflict, Event, Record, RefMove, RunState, Sink};
use crate::model::Oid;

/// How a run is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Leaves remotes alone until something is pushed.
    pub offline: bool,
    /// Asks every gate again, even on a tree that has passed it.
    pub fresh: bool,
    /// Begins in spite of `not before`, for this reason.
    pub now_reason: Option<String>,
}

/// What a session is made of.
pub struct Parts<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The repository.
    pub repository: &'a Repository,
    /// The directory of the plan.
    pub directory: PathBuf,
    /// The outside world.
    pub ports: &'a mut dyn Ports,
    /// Where events go.
    pub sink: &'a mut dyn Sink,
    /// Who watches.
    pub observer: &'a mut dyn FnMut(&Record),
    /// How it is done.
    pub options: RunOptions,
    /// What has happened so far; empty for a new run.
    pub state: RunState,
    /// The run's id.
    pub run: String,
}

/// One process's view of a run.
pub struct Session<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) sandbox: Sandbox,
    pub(crate) ports: &'a mut dyn Ports,
    sink: &'a mut dyn Sink,
    observer: &'a mut dyn FnMut(&Record),
    pub(crate) state: RunState,
    pub(crate) options: RunOptions,
    pub(crate) run: String,
    pub(crate) identity: Stamp,
    /// The local branches and tags as the real repository has them, as far as this session knows.
    pub(crate) real: RefTable,
    /// Refs whose value depends on a command's files or a signature: known after apply.
    pub(crate) unknown: BTreeSet<String>,
    /// Local refs that are staged and not yet published.
    pub(crate) staged: BTreeSet<String>,
    /// Environments that could not be asked what they run, because commands are not run.
    pub(crate) unasked: BTreeSet<String>,
    pub(crate) now_step: Option<u32>,
    pub(crate) rolling_back: bool,
    /// What people resolved, by the tree that has the markers.
    pub(crate) resolutions: BTreeMap<Oid, Oid>,
    /// Conflicts of the failure that ended the last rollback.
    pub(crate) conflicts: Vec<Conflict>,
    /// Events change the state and go nowhere else: a rollback is being tried.
    pub(crate) muted: bool,
    /// Where a simulation collects how the way back went, tried before each step.
    pub(crate) trials: Option<Vec<Trial>>,
    /// Refs of remotes that others have moved, and which nobody has held against what was published there.
    pub(crate) moved: BTreeSet<(String, String)>,
    fetched: BTreeSet<String>,
}

impl<'a> Session<'a> {
    /// Makes the sandbox of a session.
    ///
    /// # Errors
    /// When the sandbox cannot be made or git does not know who commits.
    pub fn open(parts: Parts<'a>) -> Result<Self, EngineError> {
        let sandbox = Sandbox::create(parts.repository, parts.plan.remote())?;
        let real = ["refs/heads/", "refs/tags/"]
            .into_iter()
            .flat_map(|prefix| sandbox.refs_below(prefix))
            .map(|(name, oid)| (name.to_owned(), oid.clone()))
            .collect();
        Ok(Self {
            identity: parts.repository.identity()?,
            plan: parts.plan,
            sandbox,
            ports: parts.ports,
            sink: parts.sink,
            observer: parts.observer,
            state: parts.state,
            options: parts.options,
            run: parts.run,
            real,
            unknown: BTreeSet::new(),
            staged: BTreeSet::new(),
            unasked: BTreeSet::new(),
            now_step: None,
            rolling_back: false,
            resolutions: BTreeMap::new(),
            conflicts: Vec::new(),
            muted: false,
            trials: None,
            moved: BTreeSet::new(),
            fetched: BTreeSet::new(),
        })
    }

    /// Records an event, durably before anything else sees it.
    pub(crate) fn emit(&mut self, event: Event) -> Result<(), EngineError> {
        let at = self.ports.now().millis;
        if self.muted {
            self.state.apply(&Record { seq: 0, at, event });
            return Ok(());
        }
        let record = self.sink.record(at, event)?;
        self.state.apply(&record);
        (self.observer)(&record);
        Ok(())
    }

    pub(crate) fn warn(&mut self, phase: &Phase, message: impl Into<String>) -> Result<(), EngineError> {
        self.emit(Event::Warning {
            phase: Some(phase.name.clone()),
            message: message.into(),
        })
    }

    /// Who commits, now.
    pub(crate) fn stamp(&mut self) -> Stamp {
        let Now {
            millis,
            offset_minutes,
        } = self.ports.now();
        self.identity.at(millis, offset_minutes)
    }

    /// Moves a ref in the sandbox and remembers that it is staged.
    pub(crate) fn stage(&mut self, name: &str, value: Option<Oid>) {
        self.sandbox.set(name, value);
        self.staged.insert(name.to_owned());
    }

    /// Throws away what is staged.
    pub(crate) fn discard(&mut self) {
        for name in std::mem::take(&mut self.staged) {
            let real = self.real.get(&name).cloned();
            self.sandbox.set(&name, real);
            self.unknown.remove(&name);
        }
    }

    /// The local refs that a publication would move.
    pub(crate) fn staged_moves(&self) -> Vec<RefMove> {
        self.staged
            .iter()
            .map(|name| RefMove {
                name: name.clone(),
                old: self.real.get(name).cloned(),
                new: self.sandbox.get(name).cloned(),
            })
            .filter(|change| change.old != change.new)
            .collect()
    }

    /// The remotes of the plan that this repository has.
    fn remotes(&self) -> Vec<String> {
        let there: BTreeSet<String> = self
            .sandbox
            .real()
            .remotes()
            .iter()
            .map(|remote| remote.name.clone())
            .collect();
        self.plan
            .remotes()
            .iter()
            .filter(|name| there.contains(*name))
            .cloned()
            .collect()
    }

    /// Fetches every remote of the plan into the sandbox, and takes in what moved in the real repository.
    pub(crate) fn refresh(&mut self) -> Result<(), Stop> {
        if !self.options.offline {
            for remote in self.remotes() {
                let moved = self.ports.fetch(&mut self.sandbox, &remote)?;
                self.others_moved(&remote, &moved);
                if !moved.is_empty() || self.fetched.insert(remote.clone()) {
                    self.emit(Event::Fetched { remote, moved })?;
                }
            }
        }
        self.take_in()
    }

    /// Local refs that others have moved meanwhile.
    pub(crate) fn take_in(&mut self) -> Result<(), Stop> {
        let Some(now) = self.ports.local_refs(&self.sandbox)? else {
            return Ok(());
        };
        let local = |name: &str| name.starts_with("refs/heads/") || name.starts_with("refs/tags/");
        let now: BTreeMap<String, Oid> = now.into_iter().filter(|(name, _)| local(name)).collect();
        let names: BTreeSet<String> = now
            .keys()
            .cloned()
            .chain(self.real.iter().map(|(name, _)| name.to_owned()))
            .collect();
        for name in names {
            let (before, after) = (self.real.get(&name).cloned(), now.get(&name).cloned());
            if before == after {
                continue;
            }
            if self.staged.contains(&name) {
                let short = name
                    .trim_start_matches("refs/heads/")
                    .trim_start_matches("refs/tags/");
                self.real = now.into_iter().collect();
                return Err(Stop::BaseMoved(short.to_owned()));
            }
            self.sandbox.set(&name, after);
        }
        self.real = now.into_iter().collect();
        Ok(())
    }

    /// Holds the branches that a phase touches against their upstreams.
    pub(crate) fn reconcile(&mut self, phase: &Phase) -> Result<(), Stop> {
        use crate::git::Reconciled;
        let effects = &phase.effects;
        let touched = effects.reads.iter().chain(&effects.writes).chain(&effects.pushes);
        let branches: BTreeSet<&str> = touched
            .filter_map(|name| name.strip_prefix("refs/heads/"))
            .collect();
        for branch in branches {
            if self.staged.contains(&format!("refs/heads/{branch}")) {
                continue;
            }
            match self.sandbox.reconcile(branch)? {
                Reconciled::Same => {}
                Reconciled::Brought { from, to } => {
                    // What is only read need not move here; what is written starts from there.
                    if effects.writes.contains(&format!("refs/heads/{branch}")) {
                        self.staged.insert(format!("refs/heads/{branch}"));
                    }
                    self.emit(Event::Reconciled {
                        branch: branch.to_owned(),
                        from,
                        to,
                        unpushed: 0,
                    })?;
                }
                Reconciled::Ahead { commits } => {
                    let to = self.sandbox.get(&format!("refs/heads/{branch}")).cloned();
                    let unpushed = u32::try_from(commits).unwrap_or(u32::MAX);
                    if let Some(to) = to {
                        self.emit(Event::Reconciled {
                            branch: branch.to_owned(),
                            from: Some(to.clone()),
                            to,
                            unpushed,
                        })?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a branch is protected: by name or by glob.
    pub(crate) fn is_protected(&self, branch: &str) -> bool {
        self.plan.protected().iter().any(|pattern| {
            pattern == branch
                || globset::Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(branch))
        })
    }
}
