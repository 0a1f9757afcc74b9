//! `merge`, `rebase`, `cherry-pick`, `revert`: sources come into branches.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{MergeMode, MergeOptions, Phase, Resolution, Source};
use crate::engine::outcome::{Failure, Stop};
use crate::engine::session::Session;
use crate::engine::stage::Move;
use crate::engine::{ByHandOutcome, ByHandRequest, CheckoutRequest, ExecEnd, Place};
use crate::git::{self, Applied, Landing, Merged, Pick, Sandbox};
use crate::journal::{CommandRole, Conflict, Event, PauseCause};
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

    /// How each conflict of a merge was settled.
    fn resolutions(&self, merged: &Merged, options: &MergeOptions) -> Vec<Conflict> {
        let word = |path: &str| match resolution(options, path) {
            Some(Resolution::Ours) => "ours".to_owned(),
            Some(Resolution::Theirs) => "theirs".to_owned(),
            Some(Resolution::Union) => "union".to_owned(),
            Some(Resolution::Command(command)) => command.display.clone(),
            Some(Resolution::Pause) | None => "a person".to_owned(),
        };
        merged
            .conflicts
            .iter()
            .map(|c| self.conflict(merged, c, Some(word(&c.path))))
            .collect()
    }

    /// Whether every conflict has a resolution.
    fn covered(&self, options: &MergeOptions, merged: &Merged) -> Result<(), Stop> {
        let without = merged
            .conflicts
            .iter()
            .filter(|conflict| resolution(options, &conflict.path).is_none());
        let uncovered: Vec<Conflict> = without
            .map(|conflict| self.conflict(merged, conflict, None))
            .collect();
        if uncovered.is_empty() {
            return Ok(());
        }
        let paths: Vec<_> = uncovered
            .iter()
            .map(|conflict| format!("`{}`", conflict.path))
            .collect();
        let word = if paths.len() == 1 {
            "a conflict"
        } else {
            "conflicts"
        };
        Err(Stop::Failed(Failure {
            reason: format!("{word} in {}", paths.join(", ")),
            help: Some(
                "resolve it on the branch that comes in, or say how with `resolve GLOB with ours|theirs|union|run \"...\"` \
                 in the block"
                    .into(),
            ),
            conflicts: uncovered,
        }))
    }

    /// The tree that the resolving commands leave; `None` where commands are not run.
    fn resolved_by_command(
        &mut self,
        phase: &Phase,
        options: &MergeOptions,
        merged: &Merged,
        ours: &Oid,
    ) -> Result<Option<Oid>, Stop> {
        let by_word: Vec<(String, Pick)> = merged
            .conflicts
            .iter()
            .filter_map(|c| Some((c.path.clone(), pick(resolution(options, &c.path)?)?)))
            .collect();
        let mut tree = self.sandbox.settle(merged, &by_word)?;
        let commands: Vec<_> = options
            .resolve
            .iter()
            .filter_map(|(_, resolution)| match resolution {
                Resolution::Command(command) => Some(command),
                _ => None,
            })
            .collect();
        for command in commands {
            let place = Place::Checkout(CheckoutRequest {
                commit: ours.clone(),
                tree: Some(tree.clone()),
                setup: Vec::new(),
                links: self.plan.checkout().links.clone(),
            });
            let outcome = self.exec(
                phase,
                CommandRole::Resolve,
                command,
                place,
                &crate::check::CommandOptions::default(),
                true,
            )?;
            match (outcome.end, outcome.tree) {
                (ExecEnd::NotRun, _) => return Ok(None),
                (ExecEnd::Exited(0), Some(left)) => tree = left,
                _ => {
                    return Err(Stop::failed(format!(
                        "`{}` could not resolve the conflict",
                        command.display
                    )));
                }
            }
        }
        Ok(Some(tree))
    }

    /// The tree that a person leaves, where the plan leaves conflicts to one; `None` where nobody is asked.
    fn resolved_by_hand(
        &mut self,
        branch: &RefName,
        options: &MergeOptions,
        merged: &Merged,
        ours: &Oid,
        tree: Oid,
    ) -> Result<Option<Oid>, Stop> {
        let left: Vec<_> = merged
            .conflicts
            .iter()
            .filter(|conflict| matches!(resolution(options, &conflict.path), Some(Resolution::Pause)))
            .cloned()
            .collect();
        let paths: Vec<_> = left
            .iter()
            .map(|conflict| format!("`{}`", conflict.path))
            .collect();
        if left.is_empty() {
            return Ok(Some(tree));
        }
        let request = ByHandRequest {
            run: self.run.clone(),
            ours: ours.clone(),
            merged: Merged {
                tree,
                conflicts: left,
            },
        };
        match self.ports.by_hand(&mut self.sandbox, &request)? {
            ByHandOutcome::Resolved(tree) => Ok(Some(tree)),
            ByHandOutcome::NotAsked => Ok(None),
            ByHandOutcome::Waiting { path, left } => Err(Stop::Paused {
                cause: PauseCause::Conflict,
                reason: format!(
                    "merging into `{branch}` conflicts in {}, which the plan leaves to a person",
                    paths.join(", ")
                ),
                way_out: format!("in {}: {left}; then `rel resume` goes on", path.display()),
            }),
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

fn resolution<'o>(options: &'o MergeOptions, path: &str) -> Option<&'o Resolution> {
    options
        .resolve
        .iter()
        .find(|(glob, _)| matches(glob, path))
        .map(|(_, resolution)| resolution)
}

/// Whether a path fits a glob of a plan; `*` does not cross `/`, `**` does.
pub(crate) fn matches(glob: &str, path: &str) -> bool {
    globset::GlobBuilder::new(glob)
        .literal_separator(true)
        .build()
        .is_ok_and(|glob| glob.compile_matcher().is_match(path))
}

fn pick(resolution: &Resolution) -> Option<Pick> {
    match resolution {
        Resolution::Ours => Some(Pick::Ours),
        Resolution::Theirs => Some(Pick::Theirs),
        Resolution::Union => Some(Pick::Union),
        Resolution::Command(_) | Resolution::Pause => None,
    }
}

/// A word for every conflict, if words settle them all.
fn picks(merged: &Merged, options: &MergeOptions) -> Option<Vec<(String, Pick)>> {
    merged
        .conflicts
        .iter()
        .map(|conflict| {
            Some((
                conflict.path.clone(),
                resolution(options, &conflict.path).and_then(pick)?,
            ))
        })
        .collect()
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
