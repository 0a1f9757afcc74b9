//! `commit`: edits of files, made in the sandbox.

use super::{bump, changelog, edit};
use crate::check::{CheckoutSetup, Edit, Phase};
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::engine::stage::Move;
use crate::engine::{ExecEnd, Place};
use crate::git::FileEdit;
use crate::journal::CommandRole;
use crate::model::{Oid, RefName};

/// Files of a commit whose diffs are kept.
const MOST_FILES: usize = 20;

impl Session<'_> {
    pub(super) fn commit(
        &mut self,
        phase: &Phase,
        on: &RefName,
        message: &str,
        edits: &[Edit],
        signed: bool,
    ) -> Result<(), Stop> {
        let tip = self.branch_tip(on)?;
        let before = self.sandbox.tree_of(&tip)?;
        let mut tree = before.clone();
        let mut known = self.is_known(on.as_str());
        let mut depends = false;
        for edit in edits {
            let (next, sure) = self.edit(phase, &tip, &tree, edit)?;
            tree = next;
            depends |= !sure;
        }
        known &= !depends;
        if tree == before && !depends {
            return self.skip(phase, format!("nothing on `{on}` would change"));
        }
        let stamp = self.stamp();
        let commit = self
            .sandbox
            .commit(&tree, std::slice::from_ref(&tip), &stamp, &stamp, message)?;
        let (commit, signature) = self.sign_commit(signed, commit)?;
        let diff = self.diff(&before, &tree)?;
        self.stage_move(Move {
            phase: &phase.name,
            name: on.as_branch(),
            new: Some(commit),
            how: "commit",
            known: known && signature,
            resolved: Vec::new(),
            diff: Some(diff),
        })
    }

    /// The tree after one edit, and whether it is known: what a command writes is not, in a simulation.
    fn edit(&mut self, phase: &Phase, tip: &Oid, tree: &Oid, edit: &Edit) -> Result<(Oid, bool), Stop> {
        let (file, content) = match edit {
            Edit::Command { command, options } => {
                let variables = self.variables(phase);
                let mut request = self.checkout_of(tip, &CheckoutSetup::default(), &variables);
                request.tree = Some(tree.clone());
                let outcome = self.exec(
                    phase,
                    CommandRole::Edit,
                    command,
                    Place::Checkout(request),
                    options,
                    true,
                )?;
                return match (&outcome.end, outcome.tree.clone()) {
                    (ExecEnd::NotRun, _) => Ok((tree.clone(), false)),
                    (ExecEnd::Exited(0), Some(left)) => Ok((left, true)),
                    (end, _) => Err(Stop::failed(format!(
                        "`{}` {}\n{}",
                        command.display,
                        super::command::how(end),
                        super::command::last_lines(&outcome.tail, 12)
                    ))),
                };
            }
            Edit::Write { file, content, .. } => (file, content.clone()),
            Edit::Bump { file, to, .. } => (file, bump::bump(file, &self.read(tree, file)?, to)?),
            Edit::Changelog {
                file, version, text, ..
            } => {
                let today = self.today();
                (
                    file,
                    changelog::changelog(file, &self.read(tree, file)?, version, text, &today)?,
                )
            }
            Edit::Replace {
                file,
                regex,
                with,
                all,
                ..
            } => (
                file,
                edit::replace(file, &self.read(tree, file)?, regex, with, *all)?,
            ),
        };
        self.no_link(tree, file)?;
        let change = FileEdit {
            path: file.clone(),
            content: Some(content.into_bytes()),
        };
        Ok((self.sandbox.edit_tree(tree, &[change])?, true))
    }

    /// Edits make and change plain files; they go through no link, and replace none.
    fn no_link(&self, tree: &Oid, file: &str) -> Result<(), Stop> {
        edit::inside(file)?;
        let ends = file.match_indices('/').map(|(at, _)| at);
        for parent in ends.map(|at| &file[..at]) {
            if self
                .sandbox
                .mode_in(tree, parent)?
                .is_some_and(|mode| mode != 0o040_000)
            {
                return Err(Stop::failed(format!(
                    "`{file}` cannot be written: `{parent}` is no directory on the branch, and edits do not follow links"
                )));
            }
        }
        match self.sandbox.mode_in(tree, file)? {
            None | Some(0o100_644 | 0o100_755) => Ok(()),
            Some(_) => Err(Stop::failed(format!(
                "`{file}` is no plain file on the branch, and is not edited (a link, a directory or a submodule)"
            ))),
        }
    }

    fn read(&self, tree: &Oid, file: &str) -> Result<String, Stop> {
        let Some(content) = self.sandbox.file_in(tree, file)? else {
            return Err(Stop::failed(format!(
                "there is no file `{file}` on the branch (links and submodules are not edited)"
            )));
        };
        String::from_utf8(content).map_err(|_| Stop::failed(format!("`{file}` is not text in UTF-8")))
    }

    /// The day, where the person is.
    fn today(&mut self) -> String {
        let now = self.ports.now();
        let local = now.millis + i64::from(now.offset_minutes) * 60_000;
        let moment = jiff::Timestamp::from_millisecond(local).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        moment.strftime("%Y-%m-%d").to_string()
    }

    /// A unified diff of the files that differ, of the first of them.
    fn diff(&self, old: &Oid, new: &Oid) -> Result<String, Stop> {
        let mut diff = String::new();
        let stat = self.sandbox.stat(Some(old), new)?;
        for file in stat.files.iter().take(MOST_FILES) {
            let from = file.from.as_deref().unwrap_or(&file.path);
            let (before, after) = (
                self.sandbox.file_in(old, from)?,
                self.sandbox.file_in(new, &file.path)?,
            );
            let name = |side: &str, path: &str, content: Option<&Vec<u8>>| {
                content.map_or_else(|| "/dev/null".to_owned(), |_| format!("{side}/{path}"))
            };
            let names = (
                name("a", from, before.as_ref()),
                name("b", &file.path, after.as_ref()),
            );
            let text =
                |content: Option<Vec<u8>>| String::from_utf8_lossy(&content.unwrap_or_default()).into_owned();
            let (before, after) = (text(before), text(after));
            let changes = similar::TextDiff::from_lines(&before, &after);
            let mut unified = changes.unified_diff();
            diff.push_str(&unified.context_radius(2).header(&names.0, &names.1).to_string());
        }
        let more = stat.files.len().saturating_sub(MOST_FILES);
        if more > 0 {
            let noun = if more == 1 { "file" } else { "files" };
            diff.push_str(&format!("and {more} more {noun}\n"));
        }
        Ok(diff)
    }
}
