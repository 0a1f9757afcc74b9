//! Remotes: fetched into the sandbox, pushed to from the real repository, both by the user's own git.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::error::short;
use super::{Error, Repository, Sandbox};
use crate::model::Oid;

/// A ref that moves: before (the lease) and after; `None` stands for "does not exist".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefUpdate {
    /// The full name.
    pub name: String,
    /// Before.
    pub old: Option<Oid>,
    /// After.
    pub new: Option<Oid>,
}

/// How a push ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// Every ref of the remote is where it should be.
    Accepted,
    /// Nothing moved; why, in the remote's or git's words.
    Refused {
        /// In a sentence.
        reason: String,
    },
    /// Nothing of ours moved, because a ref was not where it was last seen.
    Stale {
        /// The ref.
        name: String,
        /// Where it was last seen.
        expected: Option<Oid>,
        /// Where it is.
        found: Option<Oid>,
    },
    /// The connection was lost and the remote cannot be read: it may have moved.
    Unknown {
        /// git's words.
        reason: String,
    },
}

/// Where the sandbox keeps the tags of a remote, apart from the local ones.
fn tag_space(remote: &str) -> String {
    format!("refs/rel/remote-tags/{remote}/")
}

impl Sandbox {
    /// Fetches all branches and tags of a remote into the sandbox and gives the branches that moved.
    /// New tags become known; a tag that exists here keeps its value.
    ///
    /// # Errors
    /// [`Error::NoRemote`], [`Error::Unreachable`].
    pub fn fetch(&mut self, remote: &str) -> Result<Vec<RefUpdate>, Error> {
        let url = self.real.remote(remote)?.url;
        let landing = format!("refs/rel/fetched/{remote}");
        let mut args: Vec<OsString> = vec!["--git-dir".into(), self.path().into()];
        args.extend(
            [
                "fetch",
                "--quiet",
                "--no-write-fetch-head",
                "--no-auto-maintenance",
                "--no-recurse-submodules",
                "--no-tags",
            ]
            .map(OsString::from),
        );
        args.extend(["--prune", "--force", "--end-of-options"].map(OsString::from));
        args.push(url.into());
        args.push(format!("+refs/heads/*:{landing}/heads/*").into());
        args.push(format!("+refs/tags/*:{landing}/tags/*").into());
        let fetched = self.real.git.run(Some(self.real.home()), &args)?;
        if !fetched.ok() {
            return Err(Error::Unreachable {
                remote: remote.to_owned(),
                detail: fetched.stderr,
            });
        }
        let listed = self.real.git.must(
            Some(self.directory.path()),
            [
                OsString::from("--git-dir"),
                self.path().into(),
                "for-each-ref".into(),
                "--format=%(objectname) %(refname)".into(),
                landing.clone().into(),
            ],
        )?;
        let mut heads = BTreeMap::new();
        let mut tags = BTreeMap::new();
        for line in listed.text().lines() {
            let Some((oid, name)) = line
                .split_once(' ')
                .and_then(|(oid, name)| Some((Oid::parse(oid)?, name)))
            else {
                continue;
            };
            let short = &name[landing.len() + 1..];
            if let Some(head) = short.strip_prefix("heads/") {
                heads.insert(format!("refs/remotes/{remote}/{head}"), oid);
            } else if let Some(tag) = short.strip_prefix("tags/") {
                tags.insert(tag.to_owned(), oid);
            }
        }
        Ok(self.take_over(remote, heads, tags))
    }

    fn take_over(
        &mut self,
        remote: &str,
        heads: BTreeMap<String, Oid>,
        tags: BTreeMap<String, Oid>,
    ) -> Vec<RefUpdate> {
        let below = format!("refs/remotes/{remote}/");
        let known: BTreeMap<String, Oid> = self.owned_below(&below);
        let mut moved = Vec::new();
        for (name, old) in &known {
            if !heads.contains_key(name) && *name != format!("{below}HEAD") {
                self.set(name, None);
                moved.push(RefUpdate {
                    name: name.clone(),
                    old: Some(old.clone()),
                    new: None,
                });
            }
        }
        for (name, new) in heads {
            let old = known.get(&name).cloned();
            if old.as_ref() != Some(&new) {
                self.set(&name, Some(new.clone()));
                moved.push(RefUpdate {
                    name,
                    old,
                    new: Some(new),
                });
            }
        }
        let space = tag_space(remote);
        let gone: Vec<String> = self.owned_below(&space).into_keys().collect();
        for name in gone {
            self.set(&name, None);
        }
        for (tag, oid) in tags {
            let local = format!("refs/tags/{tag}");
            if self.get(&local).is_none() {
                self.set(&local, Some(oid.clone()));
            }
            self.set(&format!("{space}{tag}"), Some(oid));
        }
        moved
    }

    fn owned_below(&self, prefix: &str) -> BTreeMap<String, Oid> {
        self.refs_below(prefix)
            .map(|(name, oid)| (name.to_owned(), oid.clone()))
            .collect()
    }

    /// The value of a ref at a remote as it was last fetched, by its full name there.
    pub fn at_remote(&self, remote: &str, name: &str) -> Option<Oid> {
        self.get(&Self::remote_space(remote, name)?).cloned()
    }

    /// Notes that a ref of a remote has moved.
    pub fn note_at_remote(&mut self, remote: &str, name: &str, value: Option<Oid>) {
        if let Some(space) = Self::remote_space(remote, name) {
            self.set(&space, value);
        }
    }

    fn remote_space(remote: &str, name: &str) -> Option<String> {
        let branch = name
            .strip_prefix("refs/heads/")
            .map(|branch| format!("refs/remotes/{remote}/{branch}"));
        branch.or_else(|| {
            name.strip_prefix("refs/tags/")
                .map(|tag| format!("{}{tag}", tag_space(remote)))
        })
    }

    /// Brings objects into the real repository, kept alive by refs below `refs/rel/runs/RUN/`.
    ///
    /// # Errors
    /// When git fails; nothing else has happened then.
    pub fn hand_over(&self, run: &str, objects: &[Oid]) -> Result<(), Error> {
        let new: std::collections::BTreeSet<&Oid> = objects.iter().collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut args: Vec<OsString> = [
            "-c",
            "core.fsync=objects,reference",
            "-c",
            "protocol.file.allow=always",
        ]
        .map(OsString::from)
        .to_vec();
        args.extend(
            [
                "fetch",
                "--quiet",
                "--no-write-fetch-head",
                "--no-auto-maintenance",
                "--no-recurse-submodules",
                "--no-tags",
            ]
            .map(OsString::from),
        );
        args.extend([OsString::from("--end-of-options"), self.path().into()]);
        args.extend(
            new.iter()
                .map(|oid| OsString::from(format!("+{oid}:refs/rel/runs/{run}/{oid}"))),
        );
        let output = self.real.call(&args)?;
        super::program::checked(&args[4..], output).map(drop)
    }
}

impl Repository {
    /// The refs of a remote by their full names.
    ///
    /// # Errors
    /// [`Error::Unreachable`].
    pub fn ls_remote(&self, remote: &str) -> Result<BTreeMap<String, Oid>, Error> {
        let output = self.call(["ls-remote", "--quiet", "--refs", "--end-of-options", remote])?;
        if !output.ok() {
            return Err(Error::Unreachable {
                remote: remote.to_owned(),
                detail: output.stderr,
            });
        }
        let text = output.text();
        Ok(text
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .filter_map(|(oid, name)| Some((name.to_owned(), Oid::parse(oid)?)))
            .collect())
    }

    /// Pushes exactly these moves: all of them or none, each under an exact lease. The objects must
    /// have been handed over. Hooks run as in git.
    ///
    /// # Errors
    /// Only when git cannot be started.
    pub fn push(&self, remote: &str, moves: &[RefUpdate]) -> Result<PushOutcome, Error> {
        let mut args: Vec<OsString> = ["push", "--porcelain", "--atomic", "--no-follow-tags"]
            .map(OsString::from)
            .to_vec();
        for update in moves {
            let old = update.old.as_ref().map_or("", Oid::as_str);
            args.push(format!("--force-with-lease={}:{old}", update.name).into());
        }
        args.extend([OsString::from("--end-of-options"), remote.into()]);
        for update in moves {
            let new = update.new.as_ref().map_or("", Oid::as_str);
            args.push(format!("{new}:{}", update.name).into());
        }
        let output = self.call(&args)?;
        if output.ok() {
            return Ok(PushOutcome::Accepted);
        }
        let mut reason = refusal(&output.text(), &output.stderr);
        // Where git has not even spoken to the remote, it was this repository's own hook.
        if output.text().lines().all(|line| !line.starts_with("To ")) && self.hook("pre-push") {
            reason = format!("the hook `pre-push` of this repository refused it: {reason}");
            let said = output.text();
            let said = said.trim();
            if !said.is_empty() {
                reason = format!("{reason} / {}", said.lines().collect::<Vec<_>>().join(" / "));
            }
        }
        let Ok(now) = self.ls_remote(remote) else {
            return Ok(PushOutcome::Unknown { reason });
        };
        if moves
            .iter()
            .all(|update| now.get(&update.name) == update.new.as_ref())
        {
            return Ok(PushOutcome::Accepted);
        }
        let stale = moves
            .iter()
            .find(|update| now.get(&update.name) != update.old.as_ref());
        Ok(match stale {
            Some(update) => PushOutcome::Stale {
                name: update.name.clone(),
                expected: update.old.clone(),
                found: now.get(&update.name).cloned(),
            },
            None => PushOutcome::Refused { reason },
        })
    }
}

impl Repository {
    /// Whether a hook is there and may run.
    fn hook(&self, name: &str) -> bool {
        use std::os::unix::fs::PermissionsExt as _;
        let path = ["rev-parse", "--path-format=absolute", "--git-path"];
        let place = self.call(
            path.map(OsString::from)
                .into_iter()
                .chain([format!("hooks/{name}").into()]),
        );
        let found = place.ok().map(|output| std::path::PathBuf::from(output.line()));
        found
            .and_then(|path| path.metadata().ok())
            .is_some_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
    }
}

/// What git and the remote said of a push that failed, without git's advice.
fn refusal(porcelain: &str, stderr: &str) -> String {
    if stderr.contains("does not support --atomic") {
        return "the remote does not support atomic pushes, and rel never pushes half of a publication"
            .into();
    }
    let said: Vec<&str> = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("remote: ").map(str::trim_end))
        .filter(|line| !line.is_empty())
        .collect();
    let refs: Vec<String> = porcelain
        .lines()
        .filter_map(|line| line.strip_prefix("!\t"))
        .filter_map(|line| line.split_once('\t'))
        .map(|(spec, summary)| {
            format!(
                "{}: {summary}",
                spec.rsplit_once(':').map_or(spec, |(_, name)| name)
            )
        })
        .filter(|line| !line.contains("atomic transaction failed") && !line.contains("atomic push failed"))
        .collect();
    let mut parts = refs;
    if !said.is_empty() {
        parts.push(format!("the remote said: {}", said.join(" / ")));
    }
    if parts.is_empty() {
        let lines = stderr
            .lines()
            .filter(|line| !line.starts_with("hint:") && !line.starts_with("To "));
        parts.push(lines.collect::<Vec<_>>().join(" / "));
    }
    parts.join("; ")
}

impl RefUpdate {
    /// `main 1a2b3c4d -> 5e6f7a8b`
    pub fn display(&self) -> String {
        let name = self
            .name
            .trim_start_matches("refs/heads/")
            .trim_start_matches("refs/tags/");
        format!(
            "{name} {} -> {}",
            short(self.old.as_ref()),
            short(self.new.as_ref())
        )
    }
}
