//! The engine as its users hold it: a repository and how to run.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::builder::Settings;
use super::loaded::{Files, Loaded};
use super::{EngineBuilder, Error, Run, RunSummary, SavedPlan, discover, files};
use crate::engine::{Decision, HostGateRequest, HostVerdict, Ports, RollbackPreview, RunEnd};
use crate::git::Repository;
use crate::host::System;
use crate::journal::{Journals, Record, RefMove};

/// Who watches.
pub(super) type Observer = Box<dyn FnMut(&Record) + Send>;

/// A gate of the embedding program, shared by the sessions of an engine.
pub(super) type SharedGate = Arc<Mutex<dyn FnMut(&HostGateRequest) -> HostVerdict + Send>>;

/// Makes ports out of the real ones.
pub(super) type World = Box<dyn FnMut(System) -> Box<dyn Ports> + Send>;

/// rel on one repository: loads plans, takes up runs.
///
/// ```
/// # let home = tempfile::tempdir()?;
/// # let at = |words: &str| {
/// #     let status = std::process::Command::new("git").args(words.split(' ')).current_dir(home.path()).status();
/// #     assert!(status.is_ok_and(|status| status.success()), "{words}");
/// # };
/// # at("init -q -b main");
/// # at("-c user.name=Ann -c user.email=ann@example.com commit -q --allow-empty -m first");
/// # at("branch topic");
/// use relplan::Engine;
///
/// let mut engine = Engine::builder()
///     .repository(home.path())
///     .identity("Ann", "ann@example.com")
///     .build()?;
/// assert!(engine.runs()?.is_empty());
/// let mut plan = engine.load_text("release.rel", "plan \"x\"\nphase ship { tag v1.0.0 on main }\n");
/// let end = plan.apply()?;
/// assert_eq!(end.exit_code(), 0);
/// assert_eq!(engine.status()?.map(|run| run.title), Some("x".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine {
    pub(super) repository: Option<Repository>,
    pub(super) directory: PathBuf,
    pub(super) settings: Settings,
}

impl Engine {
    /// Starts to put an engine together.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// The repository.
    ///
    /// # Errors
    /// [`Error::NoRepository`] when it was built without one.
    pub fn repository(&self) -> Result<&Repository, Error> {
        self.repository.as_ref().ok_or(Error::NoRepository)
    }

    /// Where plans and relative paths are looked for.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the plan is when none is named: the only plan in the directory, else `release.rel`.
    ///
    /// # Errors
    /// [`Error::NoPlan`], [`Error::AmbiguousPlan`].
    pub fn discover(&self) -> Result<PathBuf, Error> {
        discover::plan_in(&self.directory)
    }

    /// Loads the plan that [`Engine::discover`] finds.
    ///
    /// # Errors
    /// As [`Engine::discover`] and [`Engine::load_file`].
    pub fn load(&mut self) -> Result<Loaded<'_>, Error> {
        let path = self.discover()?;
        self.load_file(&path)
    }

    /// Loads a plan from a file; what `use` names is read below the top of its repository.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn load_file(&mut self, path: &Path) -> Result<Loaded<'_>, Error> {
        let path = self.directory.join(path);
        let top = self.repository.as_ref().and_then(Repository::top);
        let named = files::read_named(&path, top)?;
        Ok(Loaded {
            files: Files::Real(files::RealFiles::below(&named.root)),
            path: named.path,
            bytes: named.bytes,
            directory: named.directory,
            set: self.settings.set.clone(),
            engine: self,
        })
    }

    /// Loads a plan from text, as if it stood in a file of that name at the top of the repository.
    pub fn load_text(&mut self, name: &str, text: impl Into<Vec<u8>>) -> Loaded<'_> {
        let top = self
            .repository
            .as_ref()
            .map_or(self.directory.as_path(), Repository::home);
        let top = top.to_owned();
        Loaded {
            files: Files::Real(files::RealFiles::below(&top)),
            path: name.to_owned(),
            bytes: text.into(),
            directory: top,
            set: self.settings.set.clone(),
            engine: self,
        }
    }

    /// Loads the text of a saved plan, with its params.
    pub fn load_saved(&mut self, saved: &SavedPlan) -> Loaded<'_> {
        self.load_stored(&saved.sources, &saved.params, PathBuf::from(&saved.directory))
    }

    /// Loads sources as they were written down, the plan first.
    pub(super) fn load_stored(
        &mut self,
        sources: &[(String, String)],
        params: &[(String, String)],
        directory: PathBuf,
    ) -> Loaded<'_> {
        let (path, text) = sources.first().cloned().unwrap_or_default();
        Loaded {
            files: Files::Stored(files::StoredFiles::new(sources)),
            path,
            bytes: text.into_bytes(),
            directory,
            set: params.to_vec(),
            engine: self,
        }
    }

    /// Applies a saved plan, exactly as it was simulated or not at all.
    ///
    /// # Errors
    /// [`Error::Stale`] when a ref it read has moved; [`Error::OtherMeaning`]; as [`Loaded::apply`].
    pub fn apply_saved(&mut self, saved: &SavedPlan) -> Result<RunEnd, Error> {
        let mut loaded = self.load_saved(saved);
        loaded.still_as_saved(saved)?;
        loaded.apply()
    }

    pub(super) fn journals(&self) -> Result<Journals, Error> {
        Ok(Journals::of(self.repository()?.common_dir()))
    }

    /// Every run of the repository, oldest first.
    ///
    /// # Errors
    /// When a journal cannot be read.
    pub fn runs(&self) -> Result<Vec<RunSummary>, Error> {
        let journals = self.journals()?;
        let ids = journals.runs()?;
        let read = ids.iter().map(|id| Ok(RunSummary::of(id, &journals.read(id)?)));
        // A run that was ended before its first event was written has done nothing.
        read.filter_map(Result::transpose).collect()
    }

    /// The latest run, or the one of that id.
    ///
    /// # Errors
    /// [`Error::NoRun`]; when its journal cannot be read.
    pub fn run(&mut self, id: Option<&str>) -> Result<Run<'_>, Error> {
        Run::open(self, id)
    }

    /// The latest run; `None` when there has been none.
    ///
    /// # Errors
    /// When a journal cannot be read.
    pub fn status(&self) -> Result<Option<RunSummary>, Error> {
        Ok(self.runs()?.pop())
    }

    /// The events of the latest run, or of the one of that id.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn log(&mut self, id: Option<&str>) -> Result<Vec<Record>, Error> {
        Ok(self.run(id)?.into_records())
    }

    /// Goes on with the latest run.
    ///
    /// # Errors
    /// As [`Run::resume`].
    pub fn resume(&mut self, decision: Option<Decision>) -> Result<RunEnd, Error> {
        self.run(None)?.resume(decision)
    }

    /// Takes a phase of the latest run back, with everything that depends on it if `cascade`.
    ///
    /// # Errors
    /// As [`Run::rollback`].
    pub fn rollback(&mut self, phase: &str, cascade: bool) -> Result<RunEnd, Error> {
        self.run(None)?.rollback(phase, cascade)
    }

    /// Tries that rollback without moving anything.
    ///
    /// # Errors
    /// As [`Run::preview_rollback`].
    pub fn preview_rollback(&mut self, phase: &str, cascade: bool) -> Result<RollbackPreview, Error> {
        self.run(None)?.preview_rollback(phase, cascade)
    }

    /// Gives the latest run up; what it has published stays, and is named.
    ///
    /// # Errors
    /// As [`Run::abort`].
    pub fn abort(&mut self) -> Result<(RunEnd, Vec<RefMove>), Error> {
        self.run(None)?.abort()
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("repository", &self.repository)
            .field("directory", &self.directory)
            .field("options", &self.settings.options)
            .finish_non_exhaustive()
    }
}
