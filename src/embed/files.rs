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
    let root = top
        .filter(|top| real.starts_with(top))
        .unwrap_or_else(|| own.clone());
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
        Self {
            root: root.to_owned(),
        }
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
                let line = before.split(|byte| *byte == b'\n').count();
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

#[cfg(test)]
mod tests {
    use super::{Loader, RealFiles, StoredFiles, read_named};

    #[test]
    fn nothing_outside_the_root_is_read() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("root");
        std::fs::create_dir_all(root.join("sub")).unwrap();
        std::fs::write(home.path().join("outside.rel"), "outside").unwrap();
        std::fs::write(root.join("sub/inside.rel"), "\u{feff}inside").unwrap();
        std::fs::write(root.join("binary.rel"), b"one\ntwo \xff").unwrap();
        std::os::unix::fs::symlink(home.path().join("outside.rel"), root.join("link.rel")).unwrap();
        std::os::unix::fs::symlink("sub/inside.rel", root.join("own.rel")).unwrap();
        let files = RealFiles::below(&root);
        let inside = ("sub/inside.rel".to_owned(), "inside".to_owned());
        assert_eq!(files.load("sub/inside.rel"), Ok(inside));
        assert_eq!(files.load("own.rel").unwrap().1, "inside");
        for (path, expected) in [
            ("../outside.rel", "it leads out of the repository"),
            ("link.rel", "it leads out of the repository"),
            ("absent.rel", "no such file"),
            ("sub", "it is a directory"),
            ("binary.rel", "it is not UTF-8: line 2, byte 8 of the file"),
        ] {
            assert_eq!(files.load(path).unwrap_err(), expected, "{path}");
        }
    }

    #[test]
    fn a_plan_outside_the_repository_has_its_own_root() {
        let home = tempfile::tempdir().unwrap();
        let top = home.path().join("top");
        std::fs::create_dir_all(top.join("plans")).unwrap();
        for path in [top.join("plans/in.rel"), home.path().join("out.rel")] {
            std::fs::write(path, "plan").unwrap();
        }
        let inside = read_named(&top.join("plans/in.rel"), Some(&top)).unwrap();
        assert_eq!(inside.path, "plans/in.rel");
        assert_eq!(inside.root, top.canonicalize().unwrap());
        let outside = read_named(&home.path().join("out.rel"), Some(&top)).unwrap();
        assert_eq!(
            (outside.path.as_str(), outside.root),
            ("out.rel", outside.directory)
        );
    }

    #[test]
    fn stored_files_are_all_there_is() {
        let files = StoredFiles::new(&[("a.rel".into(), "text".into())]);
        assert_eq!(files.load("a.rel").unwrap().1, "text");
        assert!(files.load("b.rel").is_err());
    }
}
