//! Commits, trees and tags, written into the sandbox's object store.

use super::{Error, Sandbox};
use crate::model::Oid;

/// Who and when, as it is written into commits and tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// Seconds since 1970 UTC.
    pub seconds: i64,
    /// Minutes east of UTC.
    pub offset_minutes: i32,
}

impl Stamp {
    /// The same person at another time.
    #[must_use]
    pub fn at(&self, millis: i64, offset_minutes: i32) -> Self {
        Self {
            seconds: millis.div_euclid(1000),
            offset_minutes,
            ..self.clone()
        }
    }

    pub(super) fn signature(&self) -> Result<git2::Signature<'static>, Error> {
        let time = git2::Time::new(self.seconds, self.offset_minutes);
        git2::Signature::new(&self.name, &self.email, &time).map_err(Error::sandbox("writing an identity"))
    }
}

impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}

/// A change of one file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// The path, with `/`.
    pub path: String,
    /// The new content; `None` deletes.
    pub content: Option<Vec<u8>>,
}

/// git's `S_IFMT` for files that hold text: what an edit may replace.
const REGULAR: [i32; 2] = [0o100_644, 0o100_755];

impl Sandbox {
    /// Writes a commit; the message is cleaned up as git does.
    ///
    /// # Errors
    /// When an object is missing.
    pub fn commit(
        &self,
        tree: &Oid,
        parents: &[Oid],
        author: &Stamp,
        committer: &Stamp,
        message: &str,
    ) -> Result<Oid, Error> {
        let at = Error::sandbox;
        let tree = self.repo.find_tree(id(tree)).map_err(at("reading a tree"))?;
        let parents: Vec<_> = parents
            .iter()
            .map(|parent| self.repo.find_commit(id(parent)))
            .collect::<Result<_, _>>()
            .map_err(at("reading a commit"))?;
        let parents: Vec<_> = parents.iter().collect();
        let message = prettify(message);
        let (author, committer) = (author.signature()?, committer.signature()?);
        let commit = self
            .repo
            .commit(None, &author, &committer, &message, &tree, &parents);
        let commit = commit.map_err(at("writing a commit"))?;
        self.remember(commit);
        Ok(name(commit))
    }

    /// The raw text of a commit or tag object, as `git cat-file` prints it.
    ///
    /// # Errors
    /// When the object is missing.
    pub fn raw_object(&self, oid: &Oid) -> Result<Vec<u8>, Error> {
        let odb = self
            .repo
            .odb()
            .map_err(Error::sandbox("opening the object store"))?;
        let object = odb.read(id(oid)).map_err(Error::sandbox("reading an object"))?;
        Ok(object.data().to_vec())
    }

    /// Writes an annotated tag object on a commit (or any other object).
    ///
    /// # Errors
    /// When the object is missing.
    pub fn annotated_tag(
        &self,
        tag: &str,
        target: &Oid,
        tagger: &Stamp,
        message: &str,
    ) -> Result<Oid, Error> {
        let object = self
            .repo
            .find_object(id(target), None)
            .map_err(Error::sandbox("reading what is tagged"))?;
        let tagger = tagger.signature()?;
        let message = prettify(message);
        let oid = self.repo.tag_annotation_create(tag, &object, &tagger, &message);
        oid.map(name).map_err(Error::sandbox("writing a tag"))
    }

    /// The tree of a commit (or of the commit a tag names).
    ///
    /// # Errors
    /// When there is none.
    pub fn tree_of(&self, commit: &Oid) -> Result<Oid, Error> {
        let object = self
            .repo
            .find_object(id(commit), None)
            .map_err(Error::sandbox("reading a commit"))?;
        let tree = object.peel_to_tree().map_err(Error::sandbox("reading a tree"))?;
        Ok(name(tree.id()))
    }

    /// The content of a regular file in a tree; `None` where there is none (a symbolic link, a
    /// submodule or a directory is no file).
    ///
    /// # Errors
    /// When an object is missing.
    pub fn file_in(&self, tree: &Oid, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let tree = self
            .repo
            .find_tree(id(tree))
            .map_err(Error::sandbox("reading a tree"))?;
        let Ok(entry) = tree.get_path(std::path::Path::new(path)) else {
            return Ok(None);
        };
        if !REGULAR.contains(&entry.filemode()) {
            return Ok(None);
        }
        let blob = self
            .repo
            .find_blob(entry.id())
            .map_err(Error::sandbox("reading a file"))?;
        Ok(Some(blob.content().to_vec()))
    }

    /// The mode of a path in a tree: `0o100644`, `0o040000` for a directory, ...; `None` where there is nothing.
    ///
    /// # Errors
    /// When an object is missing.
    pub fn mode_in(&self, tree: &Oid, path: &str) -> Result<Option<i32>, Error> {
        let tree = self
            .repo
            .find_tree(id(tree))
            .map_err(Error::sandbox("reading a tree"))?;
        let entry = tree.get_path(std::path::Path::new(path)).ok();
        Ok(entry.map(|entry| entry.filemode()))
    }

    /// Writes a file's content.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn blob(&self, content: &[u8]) -> Result<Oid, Error> {
        self.repo
            .blob(content)
            .map(name)
            .map_err(Error::sandbox("writing a file"))
    }

    /// A tree with some files changed. A changed file keeps its mode; a new one is a plain file.
    ///
    /// # Errors
    /// When a path leads through something that is no directory.
    pub fn edit_tree(&self, tree: &Oid, edits: &[FileEdit]) -> Result<Oid, Error> {
        let base = self
            .repo
            .find_tree(id(tree))
            .map_err(Error::sandbox("reading a tree"))?;
        let mut update = git2::build::TreeUpdateBuilder::new();
        for edit in edits {
            let existing = base.get_path(std::path::Path::new(&edit.path)).ok();
            match &edit.content {
                None if existing.is_none() => {}
                None => {
                    update.remove(&edit.path);
                }
                Some(content) => {
                    let blob = self
                        .repo
                        .blob(content)
                        .map_err(Error::sandbox("writing a file"))?;
                    let executable = existing.is_some_and(|entry| entry.filemode() == 0o100_755);
                    let mode = if executable {
                        git2::FileMode::BlobExecutable
                    } else {
                        git2::FileMode::Blob
                    };
                    update.upsert(&edit.path, blob, mode);
                }
            }
        }
        update
            .create_updated(&self.repo, &base)
            .map(name)
            .map_err(Error::sandbox("changing a tree"))
    }
}

fn prettify(message: &str) -> String {
    git2::message_prettify(message, None).unwrap_or_else(|_| message.to_owned())
}

/// libgit2's form of an id that is known to be whole.
pub(super) fn id(oid: &Oid) -> git2::Oid {
    git2::Oid::from_str(oid.as_str()).expect("BUG: an Oid holds forty hexadecimal digits")
}

/// Our form of libgit2's id.
pub(super) fn name(oid: git2::Oid) -> Oid {
    Oid::parse(&oid.to_string()).expect("BUG: libgit2 prints forty hexadecimal digits")
}
