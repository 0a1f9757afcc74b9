//! A loaded plan: checked, simulated, applied.

use std::path::{Path, PathBuf};

use super::files::{RealFiles, StoredFiles};
use super::saved::Origin;
use super::session::About;
use super::yielding::Yielding;
use super::{Engine, Error, Graph, SavedPlan, facts, locked};
use crate::check::{Checked, Input, Loader, Plan, check};
use crate::engine::{PlanReport, Ports, RunEnd, Session, simulate};
use crate::journal::{FORMAT, RefAt, RefMove, RunStarted, RunState};

/// A plan's text and where it comes from; it has not been looked at until [`Loaded::check`].
///
/// ```
/// # let home = tempfile::tempdir()?;
/// # let at = |words: &str| {
/// #     let status = std::process::Command::new("git").args(words.split(' ')).current_dir(home.path()).status();
/// #     assert!(status.is_ok_and(|status| status.success()), "{words}");
/// # };
/// # at("init -q -b main");
/// # at("-c user.name=Ann -c user.email=ann@example.com commit -q --allow-empty -m first");
/// use relplan::Engine;
///
/// let mut engine = Engine::builder()
///     .repository(home.path())
///     .identity("Ann", "ann@example.com")
///     .build()?;
/// let text = "plan \"x\"\nparam version: version = 1.0.0\nphase ship { tag v$version on main }\n";
/// let mut plan = engine.load_text("release.rel", text);
/// assert!(plan.check().diagnostics.is_empty());
/// let report = plan.plan()?;
/// assert_eq!(report.phases[0].refs[0].change.name, "refs/tags/v1.0.0");
/// assert!(report.problems.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Loaded<'e> {
    pub(super) engine: &'e mut Engine,
    pub(super) files: Files,
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
    pub(super) directory: PathBuf,
    pub(super) set: Vec<(String, String)>,
}

/// Where `use` reads.
#[derive(Debug)]
pub(super) enum Files {
    Real(RealFiles),
    Stored(StoredFiles),
}

impl Loaded<'_> {
    /// The plan's path from the top of its repository: what messages call it.
    pub fn name(&self) -> &str {
        &self.path
    }

    /// The directory of the plan.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The bytes of the plan's file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Checks the plan, with what the repository holds; asks no remote and changes nothing.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn try_check(&self) -> Result<Checked, Error> {
        let facts = match &self.engine.repository {
            Some(repository) => Some(facts::gather(repository)?),
            None => None,
        };
        Ok(self.check_against(facts.as_ref()))
    }

    /// As [`Loaded::try_check`]; a repository that cannot be read is left out.
    pub fn check(&self) -> Checked {
        self.try_check().unwrap_or_else(|_| self.check_against(None))
    }

    fn check_against(&self, facts: Option<&crate::check::Facts>) -> Checked {
        let loader: &dyn Loader = match &self.files {
            Files::Real(files) => files,
            Files::Stored(files) => files,
        };
        let today = jiff::Zoned::now().date().to_string();
        check(&Input {
            name: &self.path,
            path: &self.path,
            text: &self.bytes,
            set: &self.set,
            loader,
            facts,
            host_gates: &self.engine.settings.host_gates,
            today: Some(&today),
        })
    }

    /// The plan, if nothing is wrong with it and every param has a value.
    ///
    /// # Errors
    /// [`Error::Diagnostics`] with every finding; [`Error::Library`].
    pub fn checked_plan(&self) -> Result<Plan, Error> {
        let checked = self.try_check()?;
        self.plan_of(checked)
    }

    /// The plan of a run that has begun: its own doings are no mistakes of its text.
    pub(super) fn begun_plan(&self) -> Result<Plan, Error> {
        let checked = self.try_check()?;
        if checked.plan.is_some() {
            return self.plan_of(checked);
        }
        self.plan_of(self.check_against(None))
    }

    fn plan_of(&self, mut checked: Checked) -> Result<Plan, Error> {
        if let Some(plan) = checked.plan.take() {
            return Ok(plan);
        }
        if checked.is_library && !checked.has_errors() {
            return Err(Error::Library {
                name: self.path.clone(),
            });
        }
        let missing = checked.param_required();
        checked.diagnostics.extend(missing);
        Err(Error::Diagnostics(Box::new(checked)))
    }

    /// The phases and what they come after.
    ///
    /// # Errors
    /// As [`Loaded::checked_plan`].
    pub fn graph(&self) -> Result<Graph, Error> {
        self.checked_plan().map(|plan| Graph::of(&plan))
    }

    /// Simulates the plan: nothing changes, no command of it runs. What would stop it is in the report.
    ///
    /// # Errors
    /// As [`Loaded::checked_plan`]; when the repository or a remote cannot be read.
    pub fn plan(&mut self) -> Result<PlanReport, Error> {
        let plan = self.checked_plan()?;
        self.simulate(&plan)
    }

    /// As [`Loaded::plan`], and what to write down so that exactly this is applied later.
    ///
    /// # Errors
    /// As [`Loaded::plan`].
    pub fn plan_to_save(&mut self) -> Result<(PlanReport, SavedPlan), Error> {
        let plan = self.checked_plan()?;
        let report = self.simulate(&plan)?;
        let saved = SavedPlan::new(&plan, self.origin(&plan), &report);
        Ok((report, saved))
    }

    fn simulate(&mut self, plan: &Plan) -> Result<PlanReport, Error> {
        let mut ports = self.engine.ports(&self.directory)?;
        let about = About {
            plan,
            directory: &self.directory,
            state: RunState::default(),
            run: "simulation".into(),
        };
        let mut nowhere = crate::journal::Memory::default();
        self.engine
            .with_parts(about, ports.as_mut(), &mut nowhere, simulate)
    }

    fn origin(&self, plan: &Plan) -> Origin {
        let sources = plan.sources().iter();
        Origin {
            sources: sources
                .map(|(_, file)| (file.name().to_owned(), file.text().to_owned()))
                .collect(),
            params: self.set.clone(),
            directory: self.directory.display().to_string(),
        }
    }

    /// Simulates a saved plan again and holds every ref it reads against where it was.
    pub(super) fn still_as_saved(&mut self, saved: &SavedPlan) -> Result<(), Error> {
        let read: std::collections::BTreeMap<&str, &RefAt> =
            saved.base.iter().map(|at| (at.name.as_str(), at)).collect();
        let plan = self.begun_plan()?;
        if plan.digest() != saved.digest {
            return Err(Error::OtherMeaning {
                what: "the saved plan".into(),
                expected: short(&saved.digest),
                found: short(plan.digest()),
                way_out: "save it again with `rel plan --out FILE`",
            });
        }
        let report = self.simulate(&plan)?;
        let now = report.base.iter().filter_map(|at| {
            let before = read.get(at.name.as_str())?;
            (before.oid != at.old).then(|| RefMove {
                name: at.name.clone(),
                old: before.oid.clone(),
                new: at.old.clone(),
            })
        });
        let moved: Vec<RefMove> = now.collect();
        if moved.is_empty() {
            Ok(())
        } else {
            Err(Error::Stale { moved })
        }
    }

    /// Runs the plan, in the foreground, to its end or to where it has to wait.
    ///
    /// # Errors
    /// As [`Loaded::checked_plan`]; [`Error::Locked`] when a run that waits holds what this one writes;
    /// when the journal cannot be written. What a run fails of is no error but its [`RunEnd`].
    pub fn apply(&mut self) -> Result<RunEnd, Error> {
        let plan = self.checked_plan()?;
        let journals = self.engine.journals()?;
        let mut ports = Yielding::over(self.engine.ports(&self.directory)?, &journals)?;
        locked::refuse_overlap(&journals, &plan, None)?;
        let now = ports.now().millis;
        let (run, mut store) = journals.create(now)?;
        let _own = journals.lock_run(&run)?;
        ports.acts_for(&run)?;
        let started = self.started(&plan, &run)?;
        let about = About {
            plan: &plan,
            directory: &self.directory,
            state: RunState::default(),
            run,
        };
        self.engine.with_parts(about, &mut ports, &mut store, |parts| {
            Session::open(parts)?.apply(started)
        })
    }

    fn started(&self, plan: &Plan, run: &str) -> Result<RunStarted, Error> {
        let repository = self.engine.repository()?;
        let origin = self.origin(plan);
        let remote = repository.remote(plan.remote()).ok().map(|remote| remote.name);
        Ok(RunStarted {
            version: FORMAT,
            run: run.to_owned(),
            title: plan.title().to_owned(),
            digest: plan.digest().to_owned(),
            sources: origin.sources,
            params: origin.params,
            directory: origin.directory,
            remote,
            who: repository.identity()?.to_string(),
            offline: self.engine.settings.options.offline,
        })
    }
}

/// The beginning of a digest, for people.
pub(super) fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}
