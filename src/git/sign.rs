//! Signatures, made by git itself with the user's own keys: gpg, ssh or x509, as configured.
//!
//! The object is written by `git tag` or `git commit-tree` from the parts of a payload, and held
//! against it afterwards: what is signed is the payload and nothing else.

use std::ffi::{OsStr, OsString};

use super::object::{id, name};
use super::{Error, Output, Sandbox};
use crate::model::Oid;

impl Sandbox {
    /// Signs an annotated tag; `payload` is what `git cat-file tag` would print without a signature.
    ///
    /// # Errors
    /// When there is no key, or the signing program refuses; nothing was written that counts.
    pub fn sign_tag(&mut self, payload: &str) -> Result<Oid, Error> {
        let parts = Parts::of(payload).ok_or_else(malformed)?;
        let (Some(target), Some(tag), Some(tagger)) =
            (parts.get("object"), parts.get("tag"), parts.get("tagger"))
        else {
            return Err(malformed());
        };
        let env = identity("COMMITTER", tagger).ok_or_else(malformed)?;
        let full = format!("refs/tags/{tag}");
        // The tag is made as a ref because git has no other way to sign one; the sandbox's refs are
        // elsewhere, and this one goes at once.
        let args = [
            "tag",
            "--sign",
            "--force",
            "--cleanup=verbatim",
            "--file=-",
            "--",
            tag,
            target,
        ];
        let made = self.signing(&args, &env, parts.message);
        let oid = self.in_sandbox(&["rev-parse", "--verify", "--quiet", &full], &[], None);
        let _ = self.in_sandbox(&["update-ref", "-d", &full], &[], None);
        let output = made?;
        refuse(output, "tag")?;
        self.verified(&oid?, payload)
    }

    /// Signs a commit; `payload` is what `git cat-file commit` would print without a signature.
    ///
    /// # Errors
    /// As [`Sandbox::sign_tag`].
    pub fn sign_commit(&mut self, payload: &str) -> Result<Oid, Error> {
        let parts = Parts::of(payload).ok_or_else(malformed)?;
        let (Some(tree), Some(author), Some(committer)) =
            (parts.get("tree"), parts.get("author"), parts.get("committer"))
        else {
            return Err(malformed());
        };
        let mut env = identity("AUTHOR", author).ok_or_else(malformed)?;
        env.extend(identity("COMMITTER", committer).ok_or_else(malformed)?);
        let mut args = vec!["commit-tree", "-S", "-F", "-"];
        for (_, parent) in parts.headers.iter().filter(|(key, _)| *key == "parent") {
            args.extend(["-p", parent]);
        }
        args.push(tree);
        let output = self.signing(&args, &env, parts.message)?;
        let output = refuse(output, "commit-tree")?;
        self.verified(&output, payload)
    }

    fn signing(&self, args: &[&str], env: &[(String, String)], message: &str) -> Result<Output, Error> {
        let mut all = vec!["-c".to_owned(), "i18n.commitEncoding=UTF-8".to_owned()];
        if let Some(wrapper) = self.gpg_that_never_asks()? {
            all.extend(["-c".to_owned(), format!("gpg.program={wrapper}")]);
            all.extend(["-c".to_owned(), format!("gpg.openpgp.program={wrapper}")]);
        }
        all.extend(args.iter().map(|arg| (*arg).to_owned()));
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        self.in_sandbox(&all, env, Some(message.as_bytes().to_vec()))
    }

    fn in_sandbox(
        &self,
        args: &[&str],
        env: &[(String, String)],
        stdin: Option<Vec<u8>>,
    ) -> Result<Output, Error> {
        let tied = [OsString::from("--git-dir"), self.path().into()];
        let args = tied.into_iter().chain(args.iter().map(OsString::from));
        let env: Vec<(&str, &OsStr)> = env
            .iter()
            .map(|(name, value)| (name.as_str(), OsStr::new(value)))
            .collect();
        self.real.git.run_with(Some(self.real.home()), args, &env, stdin)
    }

    /// Where nothing may prompt, gpg is told so: it would ask through a program of its own.
    fn gpg_that_never_asks(&self) -> Result<Option<String>, Error> {
        if self.real.git.prompts()
            || self
                .real
                .config("gpg.format")
                .is_some_and(|format| format != "openpgp")
        {
            return Ok(None);
        }
        let configured = ["gpg.openpgp.program", "gpg.program"]
            .into_iter()
            .find_map(|key| self.real.config(key));
        let program = configured.unwrap_or("gpg");
        // A program of the user's own may not know gpg's options.
        let known = std::path::Path::new(program)
            .file_name()
            .is_some_and(|file| ["gpg", "gpg2"].iter().any(|name| file == *name));
        if !known {
            return Ok(None);
        }
        let path = self.directory.path().join("gpg-without-prompts");
        let quoted = program.replace('\'', "'\\''");
        let script = format!("#!/bin/sh\nexec '{quoted}' --no-tty --pinentry-mode error \"$@\"\n");
        std::fs::write(&path, script).map_err(Error::file(&path))?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(&path, mode).map_err(Error::file(&path))?;
        Ok(Some(path.display().to_string()))
    }

    /// The object that was written, when it is the payload and a signature.
    fn verified(&self, written: &Output, payload: &str) -> Result<Oid, Error> {
        let oid = Oid::parse(&written.line()).ok_or_else(|| Error::Signing {
            detail: "git named no object".into(),
        })?;
        let odb = self
            .repo
            .odb()
            .map_err(Error::sandbox("opening the object store"))?;
        // Written by another process: what is known of the store is out of date.
        odb.refresh()
            .map_err(Error::sandbox("opening the object store"))?;
        let object = odb.read(id(&oid)).map_err(Error::sandbox("reading an object"))?;
        let same = match object.kind() {
            git2::ObjectType::Commit => without_header(object.data()) == payload.as_bytes(),
            _ => without_trailer(object.data()) == payload.as_bytes(),
        };
        if !same {
            return Err(Error::Signing {
                detail:
                    "git signed something else than it was given; look for `tag.*` and `commit.*` settings \
                         that change messages"
                        .into(),
            });
        }
        Ok(name(id(&oid)))
    }
}

/// A payload in its parts.
struct Parts<'p> {
    headers: Vec<(&'p str, &'p str)>,
    message: &'p str,
}

impl<'p> Parts<'p> {
    fn of(payload: &'p str) -> Option<Self> {
        let (headers, message) = payload.split_once("\n\n")?;
        let headers = headers.lines().map(|line| line.split_once(' '));
        Some(Self {
            headers: headers.collect::<Option<_>>()?,
            message,
        })
    }

    fn get(&self, wanted: &str) -> Option<&'p str> {
        let found = self.headers.iter().find(|(key, _)| *key == wanted);
        found.map(|(_, value)| *value)
    }
}

/// `Name <mail> seconds +hhmm` as the variables from which git takes it.
fn identity(role: &str, line: &str) -> Option<Vec<(String, String)>> {
    let (who, when) = line.rsplit_once("> ")?;
    let (person, mail) = who.split_once('<')?;
    let (seconds, zone) = when.split_once(' ')?;
    Some(vec![
        (format!("GIT_{role}_NAME"), person.trim_end().to_owned()),
        (format!("GIT_{role}_EMAIL"), mail.to_owned()),
        (format!("GIT_{role}_DATE"), format!("@{seconds} {zone}")),
    ])
}

fn malformed() -> Error {
    Error::Signing {
        detail: "BUG: what was to be signed is no whole tag or commit".into(),
    }
}

fn refuse(output: Output, command: &str) -> Result<Output, Error> {
    if output.ok() {
        return Ok(output);
    }
    let detail = output
        .stderr
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let detail = detail.collect::<Vec<_>>().join(" / ");
    Err(Error::Signing {
        detail: if detail.is_empty() {
            format!("`git {command}` ended with exit status {}", output.code)
        } else {
            detail
        },
    })
}

/// A commit without its `gpgsig` header and the lines that go on with it.
fn without_header(data: &[u8]) -> Vec<u8> {
    let end = data
        .windows(2)
        .position(|two| two == b"\n\n")
        .map_or(data.len(), |at| at + 1);
    let (headers, rest) = data.split_at(end);
    let mut kept = Vec::with_capacity(data.len());
    let mut inside = false;
    for line in headers.split_inclusive(|byte| *byte == b'\n') {
        inside = line.starts_with(b"gpgsig") || (inside && line.starts_with(b" "));
        if !inside {
            kept.extend_from_slice(line);
        }
    }
    kept.extend_from_slice(rest);
    kept
}

/// A tag without the signature at its end.
fn without_trailer(data: &[u8]) -> &[u8] {
    let begins = [
        &b"\n-----BEGIN PGP SIGNATURE-----"[..],
        b"\n-----BEGIN PGP MESSAGE-----",
        b"\n-----BEGIN SSH SIGNATURE-----",
        b"\n-----BEGIN SIGNED MESSAGE-----",
    ];
    let last = begins
        .iter()
        .filter_map(|begin| data.windows(begin.len()).rposition(|window| window == *begin))
        .max();
    last.map_or(data, |at| &data[..=at])
}
