//! Which plan is meant when none is named: the only one in the directory, else `release.rel`.

use std::path::{Path, PathBuf};

use super::Error;
use super::files;
use crate::syntax::{self, ast::ItemKind};
use crate::text::FileId;

/// The plan that is taken when several are there.
pub const DEFAULT_PLAN: &str = "release.rel";

/// The plan of a directory.
///
/// # Errors
/// [`Error::NoPlan`], [`Error::AmbiguousPlan`].
pub(super) fn plan_in(directory: &Path) -> Result<PathBuf, Error> {
    let mut sources: Vec<PathBuf> = directory
        .read_dir()
        .map_err(|error| Error::unreadable(directory, &error))?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rel") && path.is_file())
        .collect();
    sources.sort();
    let release = directory.join(DEFAULT_PLAN);
    let plans: Vec<&PathBuf> = sources.iter().filter(|path| is_plan(path)).collect();
    match plans.as_slice() {
        [only] => Ok((*only).clone()),
        [] if release.is_file() => Ok(release),
        [] => Err(Error::NoPlan {
            directory: directory.display().to_string(),
            hint: match sources.len() {
                0 => "there is no `.rel` file in it".into(),
                _ => format!(
                    "{} only declare things for others to use; a plan begins with `plan \"title\"`",
                    names(sources.iter())
                ),
            },
        }),
        [..] if release.is_file() => Ok(release),
        several => Err(Error::AmbiguousPlan {
            directory: directory.display().to_string(),
            plans: names(several.iter().copied()),
        }),
    }
}

fn names<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> String {
    paths
        .filter_map(|path| path.file_name())
        .map(|name| format!("`{}`", name.to_string_lossy()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Whether a file says that it is a plan. One that cannot be read says nothing.
fn is_plan(path: &Path) -> bool {
    let Ok(bytes) = files::read_bounded(path) else {
        return false;
    };
    let Ok(text) = syntax::decode(&bytes) else {
        return false;
    };
    let parsed = syntax::parse(FileId(0), text);
    parsed
        .file
        .items
        .iter()
        .any(|item| matches!(item.kind, ItemKind::Plan(_)))
}
