//! How an engine is put together.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use super::Error;
use super::engine::{Engine, Observer, SharedGate, World};
use crate::check::{HostGates, HostParam};
use crate::engine::{HostGateRequest, HostVerdict, Ports, RunOptions};
use crate::git::{self, Git, Repository};
use crate::host::{System, Terminal};
use crate::journal::Record;

/// Puts an [`Engine`] together; everything has a default.
///
/// ```
/// use relplan::Engine;
///
/// // Without a repository, for checking alone.
/// let mut engine = Engine::builder().no_repository().build()?;
/// let plan = engine.load_text("release.rel", "plan \"x\"\nphase a { merge dev into main; push main }\n");
/// let checked = plan.check();
/// assert_eq!(checked.diagnostics[0].code.name(), "rollback-missing");
/// # Ok::<(), relplan::Error>(())
/// ```
#[must_use]
pub struct EngineBuilder {
    start: Start,
    needed: bool,
    directory: Option<PathBuf>,
    program: OsString,
    prompts: bool,
    identity: Option<(String, String)>,
    settings: Settings,
}

enum Start {
    Here,
    At(PathBuf),
    Nowhere,
}

/// What the builder hands to the engine.
pub(super) struct Settings {
    pub(super) set: Vec<(String, String)>,
    pub(super) options: RunOptions,
    pub(super) no_wait: bool,
    pub(super) yes: bool,
    pub(super) interrupt: Arc<AtomicBool>,
    pub(super) variables: Vec<(OsString, OsString)>,
    pub(super) terminal: Option<Arc<Mutex<dyn Terminal>>>,
    pub(super) gates: BTreeMap<String, SharedGate>,
    pub(super) host_gates: HostGates,
    pub(super) observer: Observer,
    pub(super) world: Option<World>,
}

impl Default for EngineBuilder {
    fn default() -> Self {
        Self {
            start: Start::Here,
            needed: true,
            directory: None,
            program: "git".into(),
            prompts: false,
            identity: None,
            settings: Settings {
                set: Vec::new(),
                options: RunOptions::default(),
                no_wait: false,
                yes: false,
                interrupt: Arc::default(),
                variables: Vec::new(),
                terminal: None,
                gates: BTreeMap::new(),
                host_gates: HostGates::default(),
                observer: Box::new(|_| {}),
                world: None,
            },
        }
    }
}

impl EngineBuilder {
    /// Works on the repository that `directory` is in. Else it is the one that the current directory is
    /// in, with `GIT_DIR` and `GIT_WORK_TREE` honoured, as inside a hook.
    pub fn repository(mut self, directory: impl Into<PathBuf>) -> Self {
        self.start = Start::At(directory.into());
        self
    }

    /// Works without a repository: plans can be checked and nothing else.
    pub fn no_repository(mut self) -> Self {
        self.start = Start::Nowhere;
        self
    }

    /// Goes on without a repository where there is none, or no git: for checking.
    pub fn repository_if_any(mut self) -> Self {
        self.needed = false;
        self
    }

    /// Where relative paths and the plan are looked for; the repository's directory, or the current one.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Uses this git program.
    pub fn git(mut self, program: impl Into<OsString>) -> Self {
        self.program = program.into();
        self
    }

    /// Lets git, ssh and gpg ask on the terminal; by default they may not.
    pub fn prompts(mut self, prompts: bool) -> Self {
        self.prompts = prompts;
        self
    }

    /// Commits and tags as this person instead of whom git's configuration names.
    pub fn identity(mut self, name: impl Into<String>, email: impl Into<String>) -> Self {
        self.identity = Some((name.into(), email.into()));
        self
    }

    /// Sets a param, as `--set NAME=VALUE` does; of two for one name the last counts.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.set.push((name.into(), value.into()));
        self
    }

    /// Leaves remotes alone until something is pushed (`--offline`).
    pub fn offline(mut self, offline: bool) -> Self {
        self.settings.options.offline = offline;
        self
    }

    /// Asks every gate again, even on a tree that has passed it (`--fresh`).
    pub fn fresh(mut self, fresh: bool) -> Self {
        self.settings.options.fresh = fresh;
        self
    }

    /// Begins in spite of `not before`, for this reason, which is recorded (`--now`).
    pub fn now(mut self, reason: impl Into<String>) -> Self {
        self.settings.options.now_reason = Some(reason.into());
        self
    }

    /// Ends instead of waiting, as [`RunEnd::Waiting`](crate::RunEnd::Waiting) (`--no-wait`).
    pub fn no_wait(mut self, no_wait: bool) -> Self {
        self.settings.no_wait = no_wait;
        self
    }

    /// Goes on where the question is only whether to go on (`--yes`).
    pub fn assume_yes(mut self, yes: bool) -> Self {
        self.settings.yes = yes;
        self
    }

    /// Stops when the flag turns true: commands are ended, the run can be resumed.
    pub fn interrupted_by(mut self, flag: Arc<AtomicBool>) -> Self {
        self.settings.interrupt = flag;
        self
    }

    /// Sets a variable of the environment that commands inherit; secrets are read from it too.
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.settings.variables.push((name.into(), value.into()));
        self
    }

    /// Asks people there instead of at the terminal of this process.
    pub fn terminal(mut self, terminal: impl Terminal + 'static) -> Self {
        self.settings.terminal = Some(Arc::new(Mutex::new(terminal)));
        self
    }

    /// Provides a gate that plans use by its name, with these arguments.
    pub fn gate(
        mut self,
        name: impl Into<String>,
        params: Vec<HostParam>,
        gate: impl FnMut(&HostGateRequest) -> HostVerdict + Send + 'static,
    ) -> Self {
        let name = name.into();
        self.settings.host_gates.gates.insert(name.clone(), params);
        self.settings.gates.insert(name, Arc::new(Mutex::new(gate)));
        self
    }

    /// Sees every event right after it has been recorded.
    pub fn observer(mut self, observer: impl FnMut(&Record) + Send + 'static) -> Self {
        self.settings.observer = Box::new(observer);
        self
    }

    /// Puts ports of your own in the place of the real ones, which are handed over to be built upon: to
    /// pin the clock in tests, to run commands elsewhere.
    pub fn ports(mut self, world: impl FnMut(System) -> Box<dyn Ports> + Send + 'static) -> Self {
        self.settings.world = Some(Box::new(world));
        self
    }

    /// Finds git and the repository.
    ///
    /// # Errors
    /// [`Error::Git`] when git is missing or too old, or there is no repository.
    pub fn build(self) -> Result<Engine, Error> {
        let current = || std::env::current_dir().map_err(|error| Error::unreadable(".".as_ref(), &error));
        let git = || Git::find(self.program.clone()).map(|git| git.with_prompts(self.prompts));
        let (found, start) = match self.start {
            Start::Nowhere => (Ok(None), None),
            Start::Here => {
                let here = current()?;
                let found = git().and_then(|git| Repository::from_environment(git, &here));
                (found.map(Some), Some(here))
            }
            Start::At(directory) => {
                let found = git().and_then(|git| Repository::discover(git, &directory));
                (found.map(Some), Some(directory))
            }
        };
        let repository = match found {
            Err(git::Error::NoRepository { .. } | git::Error::NoGit { .. }) if !self.needed => None,
            found => found?,
        };
        let repository = match self.identity {
            Some((name, email)) => repository.map(|repository| repository.with_identity(name, email)),
            None => repository,
        };
        let directory = match self.directory.or(start) {
            Some(directory) => directory,
            None => current()?,
        };
        Ok(Engine {
            repository,
            directory,
            settings: self.settings,
        })
    }
}

impl std::fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("directory", &self.directory)
            .field("set", &self.settings.set)
            .field("options", &self.settings.options)
            .finish_non_exhaustive()
    }
}
