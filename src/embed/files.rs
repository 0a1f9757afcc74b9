//! Plans and libraries as real files: bounded in size, and confined to their repository.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Error;
use crate::check::Loader;

/// The longest file that is read.
pub const LONGEST_FILE: u64 = 16 * 1024 * 1024;

/// Reads a whole file, if it is one and no longer than [`LONGEST_FILE`].
pub(super) fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let refused = |what: &str| std::io::Error::other(what.to_owned());
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let metadata = path.metadata()?;
    if metadata.is_dir() {
        return Err(refused("it is a directory"));
    }
    if !metadata.is_file() {
        return Err(refused("it is no regular file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(LONGEST_FILE + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(refused("it is longer than 16 MiB, which no plan is"));
    }
    Ok(bytes)
}

/// A file named by a person: its bytes, and where it is.
pub(super) struct Named {
    /// What was read.
    pub(super) bytes: Vec<u8>,
    /// The directory it is in.
    pub(super) directory: PathBuf,
    /// Its path from the root, with `/`.
    pub(super) path: String,
    /// What `use` may not lead out of.
    pub(super) root: PathBuf,
}

/// Reads a plan that a person named. Its root is `top` if it is below that, else its own directory.
pub(super) fn read_named(path: &Path, top: Option<&Path>) -> Result<Named, Error> {
    let failed = |error: std::io::Error| Error::unreadable(path, &error);
    let bytes = read_bounded(path).map_err(failed)?;
    let real = path.canonicalize().map_err(failed)?;
    let own = real.parent().unwrap_or(Path::new("/")).to_owned();
    let top = top.and_then(|top| top.canonicalize().ok());
    let root = top.filter(|top| real.starts_with(top)).unwrap_or_else(|| own.clone());
    let relative = real.strip_prefix(&root).unwrap_or(&real);
    Ok(Named {
        bytes,
        directory: own,
        path: with_slashes(relative),
        root,
    })
}

fn with_slashes(path: &Path) -> String {
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// The files of a repository, for `use`.
#[derive(Clone, Debug)]
pub(super) struct RealFiles {
    root: PathBuf,
}

impl RealFiles {
    /// Files below `root` and nowhere else.
    pub(super) fn below(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }
}

impl Loader for RealFiles {
    fn load(&self, path: &str) -> Result<(String, String), String> {
        let wanted = self.root.join(path);
        let words = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
            _ => error.to_string(),
        };
        let real = wanted.canonicalize().map_err(words)?;
        let root = self.root.canonicalize().map_err(words)?;
        if !real.starts_with(&root) {
            return Err("it leads out of the repository".into());
        }
        let bytes = read_bounded(&real).map_err(words)?;
        match crate::syntax::decode(&bytes) {
            Ok(text) => Ok((path.to_owned(), text.to_owned())),
            Err(offset) => {
                let before = &bytes[..offset];
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                Err(format!("it is not UTF-8: line {line}, byte {offset} of the file"))
            }
        }
    }
}

/// Files as they were when a run began or a plan was saved.
#[derive(Clone, Debug, Default)]
pub(super) struct StoredFiles {
    files: BTreeMap<String, String>,
}

impl StoredFiles {
    pub(super) fn new(files: &[(String, String)]) -> Self {
        Self {
            files: files.iter().cloned().collect(),
        }
    }
}

impl Loader for StoredFiles {
    fn load(&self, path: &str) -> Result<(String, String), String> {
        match self.files.get(path) {
            Some(text) => Ok((path.to_owned(), text.clone())),
            None => Err("it was not among the files when this was written down".into()),
        }
    }
}
