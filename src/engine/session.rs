//! A session: everything that one process needs to run a plan, simulated or for real.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::outcome::{EngineError, Stop};
use super::ports::{Now, Ports};
use super::simulate::Rehearsal;
use crate::check::{Phase, Plan};
use crate::git::{self, RefTable, Repository, Sandbox, Stamp};
use crate::journal::{Conflict, Event, PauseCause, PhaseState, Record, RefMove, RunState, Sink, Status};
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
    /// Those of them that are published: throwing away what is staged does not make them known.
    pub(crate) unknown_published: BTreeSet<String>,
    /// Where the staged branches stood before this phase staged anything on them.
    pub(crate) bases: BTreeMap<String, Oid>,
    /// Who wrote commits that this phase has squashed: their work lands, their commits do not.
    pub(crate) squashed: BTreeSet<String>,
    /// Local refs that are staged and not yet published.
    pub(crate) staged: BTreeSet<String>,
    /// Environments that could not be asked what they run, because commands are not run.
    pub(crate) unasked: BTreeSet<String>,
    pub(crate) now_step: Option<u32>,
    pub(crate) rolling_back: bool,
    /// Conflicts of the failure that ended the last rollback.
    pub(crate) conflicts: Vec<Conflict>,
    /// Events change the state and go nowhere else: a rollback is being tried.
    pub(crate) muted: bool,
    /// In a simulation: the rollbacks that are tried on the way.
    pub(crate) rehearsal: Option<Rehearsal>,
    /// The remotes of the plan that this repository has.
    pub(crate) remotes: Vec<String>,
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
        let there = parts.repository.remotes();
        let named = |name: &&String| there.iter().any(|remote| remote.name == **name);
        let remotes = parts.plan.remotes().iter().filter(named).cloned().collect();
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
            unknown_published: BTreeSet::new(),
            bases: BTreeMap::new(),
            squashed: BTreeSet::new(),
            staged: BTreeSet::new(),
            unasked: BTreeSet::new(),
            now_step: None,
            rolling_back: false,
            conflicts: Vec::new(),
            muted: false,
            rehearsal: None,
            remotes,
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
            if self.unknown_published.contains(&name) {
                self.unknown.insert(name);
            } else {
                self.unknown.remove(&name);
            }
        }
        self.bases.clear();
    }

    /// What was staged is real now.
    pub(crate) fn settled(&mut self, moves: &[RefMove]) {
        for change in moves {
            self.real.set(&change.name, change.new.clone());
            if self.unknown.contains(&change.name) {
                self.unknown_published.insert(change.name.clone());
            } else {
                self.unknown_published.remove(&change.name);
            }
        }
        self.staged.clear();
        self.bases.clear();
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

    /// Fetches every remote of the plan into the sandbox, and takes in what moved in the real repository.
    pub(crate) fn refresh(&mut self) -> Result<(), Stop> {
        if !self.options.offline {
            for remote in self.remotes.clone() {
                let fetched = self.ports.fetch(&mut self.sandbox, &remote);
                let moved = fetched.map_err(|error| self.mendable(error))?;
                let first = self.fetched.insert(remote.clone());
                if first || !moved.is_empty() {
                    self.emit(Event::Fetched {
                        remote: remote.clone(),
                        moved: moved.clone(),
                    })?;
                }
                self.still_published(&remote, (!first).then_some(&moved))?;
            }
        }
        self.take_in()
    }

    /// An error that a person can mend. Before a phase has acted it fails the phase, and costs nothing; after that
    /// it pauses the run: a network that is down is no reason to take a release back.
    pub(crate) fn mendable(&self, error: git::Error) -> Stop {
        let acted = |phase: &PhaseState| phase.acted && phase.status == Status::Running;
        if self.rolling_back || !self.state.phases.values().any(acted) {
            return error.into();
        }
        let cause = match &error {
            git::Error::Unreachable { .. } => PauseCause::Inconclusive,
            git::Error::Diverged { .. }
            | git::Error::DirtyWorktree { .. }
            | git::Error::CheckedOut { .. } => PauseCause::RefMoved,
            _ => return error.into(),
        };
        Stop::Paused {
            cause,
            reason: error.to_string(),
            way_out: "mend that, then `rel resume` goes on where it stood".into(),
        }
    }

    /// What this run has published must still be part of where its branches are: a branch that was rewound or
    /// deleted is for a person to judge. With `moved`, only those are looked at.
    pub(crate) fn still_published(&self, remote: &str, moved: Option<&[RefMove]>) -> Result<(), Stop> {
        let tracking = format!("refs/remotes/{remote}/");
        let concerned: Option<BTreeSet<&str>> = moved.map(|moved| {
            let names = moved.iter().map(|change| change.name.strip_prefix(&tracking));
            names.flatten().collect()
        });
        if concerned.as_ref().is_some_and(BTreeSet::is_empty) {
            return Ok(());
        }
        let mut seen = BTreeSet::new();
        let happened = |p: &&crate::journal::Publication| p.finished || p.remote_moved;
        for publication in self.state.publications.iter().rev().filter(happened) {
            let intent = &publication.intent;
            for change in intent
                .remote_moves
                .iter()
                .filter(|_| intent.remote.as_deref() == Some(remote))
            {
                let Some(branch) = change.name.strip_prefix("refs/heads/") else {
                    continue;
                };
                let looked_at = concerned.as_ref().is_none_or(|names| names.contains(branch));
                if !looked_at || !seen.insert(branch) {
                    continue;
                }
                let Some(published) = &change.new else { continue };
                let now = self.sandbox.at_remote(remote, &change.name);
                match &now {
                    Some(now) if self.sandbox.contains(now, published)? => {}
                    _ => return Err(rewound(remote, branch, published, now.as_ref())),
                }
            }
        }
        Ok(())
    }

    /// Local refs that others have moved meanwhile.
    pub(crate) fn take_in(&mut self) -> Result<(), Stop> {
        let Some(now) = self.ports.local_refs(&self.sandbox)? else {
            return Ok(());
        };
        let local = |name: &str| name.starts_with("refs/heads/") || name.starts_with("refs/tags/");
        let now: BTreeMap<String, Oid> = now.into_iter().filter(|(name, _)| local(name)).collect();
        let before = self.real.iter().map(|(name, _)| name.to_owned());
        let names: BTreeSet<String> = now.keys().cloned().chain(before).collect();
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
            let found = self.sandbox.reconcile(branch);
            match found.map_err(|error| self.mendable(error))? {
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

fn rewound(remote: &str, branch: &str, published: &Oid, now: Option<&Oid>) -> Stop {
    let (what, lease) = match now {
        Some(now) => (
            format!(
                "was rewound: it was published at {}, and now is at {}, which does not contain that",
                published.short(),
                now.short()
            ),
            now.to_string(),
        ),
        None => (
            format!("was deleted: it was published at {}", published.short()),
            String::new(),
        ),
    };
    Stop::Paused {
        cause: PauseCause::RefMoved,
        reason: format!("`{branch}` of `{remote}` {what}"),
        way_out: format!(
            "ask who did that; `git push --force-with-lease=refs/heads/{branch}:{lease} {remote} {published}:refs/heads/{branch}` \
             puts it back, and `rel resume` goes on; or `rel abort`"
        ),
    }
}
