//! A saved plan: everything that was looked at, so that exactly that is applied or nothing.
//!
//! The format is JSON with `"version": 1`; `base` holds every ref that the simulation read.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Error, files};
use crate::check::Plan;
use crate::engine::PlanReport;
use crate::journal::{Millis, RefAt};

/// The version of the format.
pub const SAVED_FORMAT: u32 = 1;

/// A plan as it was when somebody looked at it and agreed.
///
/// ```
/// # let home = tempfile::tempdir()?;
/// # let at = |words: &str| {
/// #     let status = std::process::Command::new("git").args(words.split(' ')).current_dir(home.path()).status();
/// #     assert!(status.is_ok_and(|status| status.success()), "{words}");
/// # };
/// # at("init -q -b main");
/// # at("-c user.name=Ann -c user.email=ann@example.com commit -q --allow-empty -m first");
/// use relplan::{Engine, Error, SavedPlan};
///
/// let builder = || Engine::builder().repository(home.path()).identity("Ann", "ann@example.com");
/// let mut engine = builder().build()?;
/// let text = "plan \"x\"\nphase ship { tag v1.0.0 on main }\n";
/// let (_report, saved) = engine.load_text("release.rel", text).plan_to_save()?;
/// let file = home.path().join("plan.json");
/// saved.write(&file)?;
///
/// // Somebody commits to main before it is applied.
/// at("-c user.name=Bob -c user.email=bob@example.com commit -q --allow-empty -m second");
/// let refused = engine.apply_saved(&SavedPlan::read(&file)?);
/// assert!(matches!(refused, Err(Error::Stale { moved }) if moved[0].name == "refs/heads/main"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedPlan {
    /// [`SAVED_FORMAT`].
    pub version: u32,
    /// The plan's title.
    pub title: String,
    /// The plan's digest.
    pub digest: String,
    /// When it was simulated, in milliseconds since 1970 UTC.
    pub clock: Millis,
    /// The sources, the plan first: path from the root, and text.
    pub sources: Vec<(String, String)>,
    /// Params that were set from outside, as text.
    pub params: Vec<(String, String)>,
    /// The directory of the plan.
    pub directory: String,
    /// Every ref that was read, and where it was.
    pub base: Vec<RefAt>,
}

/// What goes with a plan to be written down: the text it was made from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) sources: Vec<(String, String)>,
    pub(super) params: Vec<(String, String)>,
    pub(super) directory: String,
}

impl SavedPlan {
    pub(super) fn new(plan: &Plan, origin: Origin, report: &PlanReport) -> Self {
        let base = report.base.iter().map(|read| RefAt {
            name: read.name.clone(),
            oid: read.old.clone(),
        });
        Self {
            version: SAVED_FORMAT,
            title: plan.title().to_owned(),
            digest: plan.digest().to_owned(),
            clock: report.clock,
            sources: origin.sources,
            params: origin.params,
            directory: origin.directory,
            base: base.collect(),
        }
    }

    /// Reads a saved plan.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::NotSaved`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = files::read_bounded(path).map_err(|error| Error::unreadable(path, &error))?;
        Self::parse(&path.display().to_string(), &bytes)
    }

    /// As [`SavedPlan::read`], from bytes that are at hand; `name` is what messages call them.
    ///
    /// # Errors
    /// [`Error::NotSaved`].
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        /// Read first: the rest may look different in another version.
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let not_saved = |reason: String| Error::NotSaved {
            name: name.to_owned(),
            reason,
        };
        let head: Head = serde_json::from_slice(bytes).map_err(|error| not_saved(error.to_string()))?;
        if head.version != SAVED_FORMAT {
            return Err(not_saved(format!(
                "it has format {}, and this rel reads format {SAVED_FORMAT}",
                head.version
            )));
        }
        let saved: Self = serde_json::from_slice(bytes).map_err(|error| not_saved(error.to_string()))?;
        if saved.sources.is_empty() {
            return Err(not_saved("it holds no source".into()));
        }
        Ok(saved)
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let failed = |reason: String| Error::File {
            path: path.display().to_string(),
            doing: "written",
            reason,
        };
        let mut json = serde_json::to_vec_pretty(self).map_err(|error| failed(error.to_string()))?;
        json.push(b'\n');
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let written = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))
            .and_then(|mut file| std::io::Write::write_all(&mut file, &json).map(|()| file))
            .and_then(|file| file.persist(path).map_err(|error| error.error));
        written.map(drop).map_err(|error| failed(error.to_string()))
    }
}
