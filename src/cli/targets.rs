//! Which files a command looks at: those named, directories searched, standard input; else the plan of the directory.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::exit::Failure;

/// A file to look at.
pub(super) enum Target {
    Stdin,
    File(PathBuf),
}

/// What is named, directories searched; else the plan of the directory.
pub(super) fn of(files: &[PathBuf], context: &mut Context) -> Result<Vec<Target>, Failure> {
    if files.is_empty() {
        if let Some(plan) = context.named_plan(None)? {
            return Ok(vec![Target::File(plan)]);
        }
        let engine = context.build(context.builder(None), true)?;
        let found = engine.discover().map_err(|error| context.explain(&error))?;
        return Ok(vec![Target::File(found)]);
    }
    let mut targets = Vec::new();
    for file in files {
        let path = context.directory.join(file);
        if file.as_os_str() == "-" {
            targets.push(Target::Stdin);
        } else if path.is_dir() {
            let before = targets.len();
            search(&path, &mut targets);
            if targets.len() == before {
                return Err(Failure::wrong_use(format!(
                    "there is no `.rel` file in `{}`",
                    file.display()
                )));
            }
        } else {
            targets.push(Target::File(path));
        }
    }
    Ok(targets)
}

/// Every `.rel` file below a directory, hidden and built ones left out, in the order of names.
fn search(directory: &Path, targets: &mut Vec<Target>) {
    let Ok(entries) = directory.read_dir() else { return };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && !path.is_symlink() {
            if !name.starts_with('.') && name != "target" && name != "node_modules" {
                search(&path, targets);
            }
        } else if path.extension().is_some_and(|extension| extension == "rel") {
            targets.push(Target::File(path));
        }
    }
}

/// All of standard input, bounded as a file is.
pub(super) fn stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(crate::embed::LONGEST_FILE)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::wrong_use(format!("standard input cannot be read: {error}")))?;
    Ok(bytes)
}
