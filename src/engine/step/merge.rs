//! `merge`, `rebase`, `cherry-pick`, `revert`: sources come into branches.

use std::collections::{BTreeMap, BTreeSet};

use super::resolve::picks;
use crate::check::{MergeMode, MergeOptions, Phase, Source};
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::engine::stage::Move;
use crate::git::{self, Applied, Landing, Merged, Sandbox};
use crate::journal::{Conflict, Event};
use crate::model::{Oid, RefName};

/// The line that rel writes into the message of a commit that takes a phase back.
pub(crate) const REVERTS: &str = "Rel-Reverts: ";

/// What a landing comes to.
struct Landed {
    commit: Oid,
    how: &'static str,
    resolved: Vec<Conflict>,
    known: bool,
}

impl Session<'_> {
    pub(super) fn merge(
        &mut self,
        phase: &Phase,
        mode: MergeMode,
        source: &Source,
        into: &RefName,
        options: &MergeOptions,
    ) -> Result<(), Stop> {
        let theirs = self.sandbox.resolve(&source.text)?;
        let ours = self.branch_tip(into)?;
        let known = self.is_known(&source.text) && self.is_known(into.as_str());
        if options.reland {
            return self.reland(phase, source, into, options);
        }
        if self.sandbox.contains(&ours, &theirs)? {
            return self.already_contained(phase, source, into, &ours, &theirs);
        }
        let forward = self.sandbox.contains(&theirs, &ours)?;
        let what = source.text.as_str();
        let landed = match mode {
            MergeMode::FfOnly if !forward => {
                return Err(Stop::failed_with(
                    format!(
                        "`{into}` cannot be fast-forwarded to `{what}`: it has commits that `{what}` lacks"
                    ),
                    format!("rebase `{what}` onto `{into}` first, or merge with `no-ff`"),
                ));
            }
            MergeMode::Default | MergeMode::FfOnly if forward => Landed {
                commit: theirs.clone(),
                how: "fast-forward",
                resolved: Vec::new(),
                known: true,
            },
            _ => self.land(
                phase,
                into,
                options,
                (&ours, &theirs),
                |sandbox, landing| match mode {
                    MergeMode::Squash => sandbox.squash(
                        &ours,
                        &theirs,
                        &squash_message(sandbox, what, &ours, &theirs)?,
                        landing,
                    ),
                    MergeMode::Rebase => sandbox.rebase(&theirs, &ours, landing),
                    _ => sandbox.merge_commit(&ours, &theirs, &merge_message(sandbox, what, into), landing),
                },
            )?,
        };
        self.unused_options(phase, mode, landed.how, options)?;
        if mode == MergeMode::Squash {
            let (commits, _) = self.sandbox.log(Some(&ours), &theirs, usize::MAX)?;
            self.squashed
                .extend(commits.into_iter().map(|commit| commit.email));
        }
        if landed.how == "nothing" || landed.commit == ours {
            return self.skip(
                phase,
                format!("`{into}` already has everything that `{what}` changes"),
            );
        }
        self.landed(phase, into, known, landed)
    }

    /// What the block says and this way of landing has no use for.
    fn unused_options(
        &mut self,
        phase: &Phase,
        mode: MergeMode,
        how: &str,
        options: &MergeOptions,
    ) -> Result<(), Stop> {
        let why = match (how, mode) {
            ("fast-forward", _) => "a fast-forward makes no commit",
            (_, MergeMode::Rebase) => "a rebase keeps the messages that there are",
            _ => return Ok(()),
        };
        let signed = options.signed && how == "fast-forward";
        let unused = match (options.message.is_some(), signed) {
            (true, true) => "`message` and `signed` are",
            (true, false) => "`message` is",
            (false, true) => "`signed` is",
            (false, false) => return Ok(()),
        };
        self.warn(phase, format!("{unused} not used: {why}"))?;
        Ok(())
    }

    fn landed(&mut self, phase: &Phase, branch: &RefName, known: bool, landed: Landed) -> Result<(), Stop> {
        self.stage_move(Move {
            phase: &phase.name,
            name: branch.as_branch(),
            new: Some(landed.commit),
            how: landed.how,
            known: known && landed.known,
            resolved: landed.resolved,
            diff: None,
        })
    }

    /// Nothing would come in: either it is all there, or it was taken back and silently stays away.
    fn already_contained(
        &mut self,
        phase: &Phase,
        source: &Source,
        into: &RefName,
        ours: &Oid,
        theirs: &Oid,
    ) -> Result<(), Stop> {
        if self.reverting_commit(ours, theirs)?.is_some() {
            return Err(Stop::failed_with(
                format!(
                    "`{}` was merged into `{into}` and taken back since: merging it again would silently bring nothing back",
                    source.text
                ),
                "write `reland` in the block of the merge: it reverts the revert first",
            ));
        }
        self.skip(phase, format!("`{into}` already contains `{}`", source.text))
    }

    /// The newest commit on a branch that takes back a range which contains `theirs`.
    fn reverting_commit(&self, ours: &Oid, theirs: &Oid) -> Result<Option<Oid>, Stop> {
        let (commits, _) = self.sandbox.log(None, ours, 200)?;
        for commit in commits {
            let message = self.sandbox.message(&commit.oid)?;
            for line in message.lines() {
                let range = line
                    .strip_prefix(REVERTS)
                    .and_then(|range| range.split_once(".."));
                let taken_back = match range {
                    Some((_, new)) => Oid::parse(new.trim()),
                    None => line
                        .strip_prefix("This reverts commit ")
                        .map(|rest| {
                            rest.chars()
                                .take_while(char::is_ascii_hexdigit)
                                .collect::<String>()
                        })
                        .and_then(|text| Oid::parse(&text)),
                };
                if let Some(taken_back) = taken_back.filter(|oid| self.sandbox.has(oid))
                    && self.sandbox.contains(&taken_back, theirs)?
                {
                    return Ok(Some(commit.oid));
                }
            }
        }
        Ok(None)
    }

    /// Reverts the revert, then merges what is new.
    fn reland(
        &mut self,
        phase: &Phase,
        source: &Source,
        into: &RefName,
        options: &MergeOptions,
    ) -> Result<(), Stop> {
        let theirs = self.sandbox.resolve(&source.text)?;
        let ours = self.branch_tip(into)?;
        let base = self.sandbox.merge_base(&ours, &theirs);
        let reverted = base
            .map(|base| self.reverting_commit(&ours, &base))
            .transpose()?
            .flatten();
        let Some(revert) = reverted else {
            return Err(Stop::failed_with(
                format!(
                    "nothing on `{into}` takes `{}` back, so there is nothing to reland",
                    source.text
                ),
                "leave `reland` out",
            ));
        };
        let known = self.is_known(&source.text) && self.is_known(into.as_str());
        let mut landed = self.land(phase, into, options, (&ours, &theirs), |sandbox, landing| {
            let Landing {
                stamp,
                message,
                settle,
            } = landing;
            let back = sandbox.revert(
                &revert,
                &ours,
                Landing {
                    stamp,
                    message: None,
                    settle: &mut *settle,
                },
            )?;
            if sandbox.contains(&back.commit, &theirs)? {
                return Ok(back);
            }
            let default = merge_message(sandbox, &source.text, into);
            sandbox.merge_commit(
                &back.commit,
                &theirs,
                &default,
                Landing {
                    stamp,
                    message,
                    settle,
                },
            )
        })?;
        landed.how = "reland";
        self.landed(phase, into, known, landed)
    }

    pub(super) fn rebase(
        &mut self,
        phase: &Phase,
        branch: &RefName,
        onto: &Source,
        options: &MergeOptions,
    ) -> Result<(), Stop> {
        self.not_protected(branch, "rebased")?;
        let theirs = self.branch_tip(branch)?;
        let onto_commit = self.sandbox.resolve(&onto.text)?;
        let known = self.is_known(branch.as_str()) && self.is_known(&onto.text);
        let landed = self.land(
            phase,
            branch,
            options,
            (&onto_commit, &theirs),
            |sandbox, landing| sandbox.rebase(&theirs, &onto_commit, landing),
        )?;
        if landed.commit == theirs {
            return self.skip(phase, format!("`{branch}` is on top of `{}` already", onto.text));
        }
        self.landed(phase, branch, known, landed)
    }

    pub(super) fn cherry_pick(
        &mut self,
        phase: &Phase,
        sources: &[Source],
        onto: &RefName,
        options: &MergeOptions,
    ) -> Result<(), Stop> {
        for source in sources {
            let commit = self.sandbox.resolve(&source.text)?;
            let ours = self.branch_tip(onto)?;
            let known = self.is_known(&source.text) && self.is_known(onto.as_str());
            let landed = self.land(phase, onto, options, (&ours, &commit), |sandbox, landing| {
                sandbox.cherry_pick(&commit, &ours, landing)
            })?;
            if landed.how == "nothing" {
                self.skip(
                    phase,
                    format!("`{onto}` already has what {} changes", commit.short()),
                )?;
                continue;
            }
            self.landed(phase, onto, known, landed)?;
        }
        Ok(())
    }

    pub(super) fn revert_commit(
        &mut self,
        phase: &Phase,
        source: &Source,
        on: &RefName,
        options: &MergeOptions,
    ) -> Result<(), Stop> {
        let commit = self.sandbox.resolve(&source.text)?;
        let ours = self.branch_tip(on)?;
        let known = self.is_known(&source.text) && self.is_known(on.as_str());
        let landed = self.land(phase, on, options, (&ours, &ours), |sandbox, landing| {
            sandbox.revert(&commit, &ours, landing)
        })?;
        if landed.how == "nothing" {
            return self.skip(
                phase,
                format!("`{on}` no longer has what {} changed", commit.short()),
            );
        }
        self.landed(phase, on, known, landed)
    }

    /// Does a landing with the resolutions of its block; tells which conflicts were settled and whether
    /// the result is known (a command's resolution is not, in a simulation). Where a command resolves,
    /// the landing is done once more with what it left.
    fn land(
        &mut self,
        phase: &Phase,
        branch: &RefName,
        options: &MergeOptions,
        (onto, source): (&Oid, &Oid),
        act: impl Fn(&Sandbox, Landing<'_>) -> Result<Applied, git::Error>,
    ) -> Result<Landed, Stop> {
        let stamp = self.stamp();
        let mut by_command: BTreeMap<Oid, Oid> = BTreeMap::new();
        let mut known = true;
        loop {
            let mut met: Option<(Merged, Oid)> = None;
            let mut settled: Vec<Merged> = Vec::new();
            let mut settle = |sandbox: &Sandbox, merged: &Merged, ours: &Oid| {
                settled.push(merged.clone());
                if let Some(tree) = by_command.get(&merged.tree) {
                    return Ok(tree.clone());
                }
                if let Some(picks) = picks(merged, options) {
                    return sandbox.settle(merged, &picks);
                }
                met = Some((merged.clone(), ours.clone()));
                Err(git::Error::Unsupported {
                    what: "a conflict".into(),
                    way_out: "resolve it".into(),
                })
            };
            let landing = Landing {
                stamp: &stamp,
                message: options.message.as_deref(),
                settle: &mut settle,
            };
            match (act(&self.sandbox, landing), met) {
                (Ok(applied), _) => {
                    let resolved = settled
                        .iter()
                        .flat_map(|merged| self.resolutions(merged, options))
                        .collect();
                    let (commit, signed) = if options.signed {
                        self.sign_new(onto, source, applied.commit)?
                    } else {
                        (applied.commit, true)
                    };
                    return Ok(Landed {
                        commit,
                        how: applied.how,
                        resolved,
                        known: known && signed,
                    });
                }
                (Err(_), Some((merged, ours))) => {
                    self.covered(options, &merged)?;
                    let tree = match self.resolved_by_command(phase, options, &merged, &ours)? {
                        Some(tree) => self.resolved_by_hand(branch, options, &merged, &ours, tree)?,
                        None => None,
                    };
                    known &= tree.is_some();
                    let tree = tree.unwrap_or_else(|| merged.tree.clone());
                    by_command.insert(merged.tree.clone(), tree);
                }
                (Err(error), None) => return Err(error.into()),
            }
        }
    }

    /// Where a branch is in the sandbox.
    pub(crate) fn branch_tip(&self, branch: &RefName) -> Result<Oid, Stop> {
        match self.sandbox.get(&branch.as_branch()) {
            Some(oid) => Ok(oid.clone()),
            None => Err(Stop::failed_with(
                format!("there is no branch `{branch}`"),
                format!("make it with `branch {branch} from ...`, or correct the name"),
            )),
        }
    }

    /// Whether the value of a source is known already: not so in a simulation, behind a command's commit.
    pub(crate) fn is_known(&self, source: &str) -> bool {
        let name = self
            .sandbox
            .find_ref(source.split(['~', '^']).next().unwrap_or(source))
            .map(|(name, _)| name);
        name.is_none_or(|name| !self.unknown.contains(&name))
    }

    pub(crate) fn skip(&mut self, phase: &Phase, why: impl Into<String>) -> Result<(), Stop> {
        let step = self.now_step.unwrap_or_default();
        self.emit(Event::StepSkipped {
            phase: phase.name.clone(),
            step,
            why: why.into(),
        })?;
        Ok(())
    }

    pub(crate) fn not_protected(&self, branch: &RefName, done: &str) -> Result<(), Stop> {
        if self.is_protected(branch.as_str()) {
            return Err(Stop::failed_with(
                format!("`{branch}` is protected and may not be {done}"),
                "take it out of `protect` if that is really meant",
            ));
        }
        Ok(())
    }
}

/// Whether a path fits a glob of a plan; `*` does not cross `/`, `**` does.
pub(crate) fn matches(glob: &str, path: &str) -> bool {
    globset::GlobBuilder::new(glob)
        .literal_separator(true)
        .build()
        .is_ok_and(|glob| glob.compile_matcher().is_match(path))
}

/// git's own words for a merge: the branch it is merged into is left out for the default branch names.
fn merge_message(sandbox: &Sandbox, source: &str, into: &RefName) -> String {
    let kind = match sandbox.find_ref(source) {
        Some((name, _)) if name.starts_with("refs/heads/") => format!("branch '{source}'"),
        Some((name, _)) if name.starts_with("refs/tags/") => format!("tag '{source}'"),
        Some((name, _)) if name.starts_with("refs/remotes/") => format!("remote-tracking branch '{source}'"),
        _ => format!("commit '{source}'"),
    };
    match into.as_str() {
        "main" | "master" => format!("Merge {kind}\n"),
        _ => format!("Merge {kind} into {into}\n"),
    }
}

/// One subject, and the subjects of what it combines.
fn squash_message(sandbox: &Sandbox, source: &str, ours: &Oid, theirs: &Oid) -> Result<String, git::Error> {
    let (commits, _) = sandbox.log(Some(ours), theirs, 100)?;
    let mut seen = BTreeSet::new();
    let lines: Vec<String> = commits
        .iter()
        .rev()
        .filter(|commit| seen.insert(commit.oid.clone()))
        .map(|commit| format!("* {}", commit.subject))
        .collect();
    Ok(format!("Squash '{source}'\n\n{}\n", lines.join("\n")))
}
