//! The block of a command, push, deploy, shift, backup or restore: which entries mean something
//! there, and what they say.

use std::collections::HashMap;

use super::Site;
use crate::check::cx::Cx;
use crate::check::plan::CommandOptions;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::syntax::ast::{CommandOption, Entry, EnvVariable};
use crate::text::Span;

/// Whose block it is.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::check) enum Block {
    Command,
    Push,
    Deploy,
    /// `deploy` to an environment that is a branch: a push, without a command.
    DeployBranch,
    Shift,
    Backup,
    Restore,
    Edit,
}

impl Block {
    fn name(self) -> &'static str {
        match self {
            Block::Command => "a command",
            Block::Push => "`push`",
            Block::Deploy => "`deploy`",
            Block::DeployBranch => "`deploy` to an environment that is a branch",
            Block::Shift => "`shift`",
            Block::Backup => "`backup`",
            Block::Restore => "`restore`",
            Block::Edit => "an edit of a commit",
        }
    }

    /// Why the entry means nothing in this block, if it does not.
    fn refuses(self, option: &CommandOption) -> Option<&'static str> {
        let pushes = matches!(self, Block::Push | Block::DeployBranch);
        match option {
            CommandOption::Timeout { .. }
            | CommandOption::Retry(_)
            | CommandOption::Env { .. }
            | CommandOption::In { .. } => pushes.then_some("there is no command here that it could be about"),
            CommandOption::Live => match self {
                Block::Command => None,
                Block::Backup | Block::Restore => Some("it runs in the plan's directory anyway"),
                Block::Push | Block::DeployBranch => Some("there is no command here that it could be about"),
                Block::Deploy | Block::Shift => Some("it runs in a checkout of what is deployed"),
                Block::Edit => Some("its changes are committed, so it needs the checkout"),
            },
            CommandOption::Irreversible => match self {
                Block::Backup => Some("a backup changes nothing that would have to be taken back"),
                Block::Edit => Some("a commit can be taken back until it is pushed; say it at the `push`"),
                _ => None,
            },
            CommandOption::Undo { .. } => match self {
                Block::Command | Block::Deploy | Block::DeployBranch | Block::Shift => None,
                Block::Push => Some("a push is taken back by `rollback revert`"),
                Block::Backup => Some("a backup changes nothing that would have to be taken back"),
                Block::Restore => Some("a restore is itself a way back"),
                Block::Edit => Some("a commit is taken back by `rollback revert`"),
            },
            CommandOption::Error => None,
        }
    }
}

impl Cx<'_> {
    /// Checks the block; `live` is the caller's to look at.
    pub(in crate::check) fn command_options(
        &mut self,
        entries: &[Entry<CommandOption>],
        block: Block,
        site: Site,
    ) -> Option<CommandOptions> {
        let mut options = CommandOptions::default();
        let mut given: [Option<Span>; 6] = [None; 6];
        let mut sound = true;
        for entry in entries {
            if let Some(why) = block.refuses(&entry.kind) {
                self.refused(entry, block, why);
                sound = false;
                continue;
            }
            sound &= self
                .command_option(entry, site, &mut given, &mut options)
                .is_some();
        }
        sound.then_some(options)
    }

    fn command_option(
        &mut self,
        entry: &Entry<CommandOption>,
        site: Site,
        given: &mut [Option<Span>; 6],
        options: &mut CommandOptions,
    ) -> Option<()> {
        let span = entry.span;
        match &entry.kind {
            CommandOption::Timeout { value } => {
                let value = self.want_duration(value, "a timeout");
                self.once(&mut given[0], span, "`timeout`").then_some(())?;
                if let Some(timeout) = value? {
                    options.timeout = timeout;
                }
            }
            CommandOption::Retry(retry) => {
                let retry = self.retry(retry);
                self.once(&mut given[1], span, "`retry`").then_some(())?;
                options.retry = retry?;
            }
            CommandOption::Env { variables } => self.env(variables, options)?,
            CommandOption::In { directory } => {
                let directory = self.path(directory);
                self.once(&mut given[2], span, "`in`").then_some(())?;
                options.directory = Some(directory?);
            }
            CommandOption::Live => self.once(&mut given[3], span, "`live`").then_some(())?,
            CommandOption::Irreversible => {
                self.once(&mut given[4], span, "`irreversible`").then_some(())?;
                options.irreversible = true;
            }
            CommandOption::Undo { command } => {
                let command = self.command(command, site);
                self.once(&mut given[5], span, "`undo`").then_some(())?;
                options.undo = Some(command?);
            }
            CommandOption::Error => return None,
        }
        Some(())
    }

    fn env(&mut self, variables: &[EnvVariable], options: &mut CommandOptions) -> Option<()> {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        let mut sound = true;
        for variable in variables {
            let name = &variable.name;
            let shaped = name
                .name
                .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !shaped {
                self.report.add(
                    Diagnostic::new(
                        Code::BadName,
                        name.span,
                        format!("`{}` cannot name an environment variable", name.name),
                    )
                    .here("letters, digits and `_`, no digit first"),
                );
                sound = false;
            }
            if let Some(first) = seen.insert(&name.name, name.span) {
                let mut slot = Some(first);
                sound &= self.once(
                    &mut slot,
                    name.span,
                    &format!("environment variable `{}`", name.name),
                );
            }
            match self.string(&variable.value) {
                Some(value) => options.env.push((name.name.clone(), value)),
                None => sound = false,
            }
        }
        sound.then_some(())
    }

    fn refused(&mut self, entry: &Entry<CommandOption>, block: Block, why: &str) {
        let word = self
            .slice(entry.span)
            .split_whitespace()
            .next()
            .unwrap_or_default();
        self.report.add(
            Diagnostic::new(
                Code::Misplaced,
                entry.span,
                format!("`{word}` means nothing in the block of {}", block.name()),
            )
            .here(why.to_owned())
            .fix(Applicability::Unsafe, "take it away", entry.span, ""),
        );
    }
}
