//! `commit on BRANCH "message" { edits }`.

use super::options::Block;
use super::{Made, Site};
use crate::check::cx::Cx;
use crate::check::plan::{Edit, StepKind};
use crate::diag::{Code, Diagnostic};
use crate::model::{Type, Value, Version};
use crate::syntax::ast::{CommitEdit, Entry, Expr, Text};
use crate::text::Span;

/// What the block of a commit says so far.
#[derive(Default)]
struct Contents {
    edits: Vec<Edit>,
    message: Option<String>,
    message_at: Option<Span>,
    signed_at: Option<Span>,
    sound: bool,
}

impl<'a> Cx<'a> {
    pub(super) fn commit(
        &mut self,
        on: &Text,
        message: Option<&'a Text>,
        entries: &'a [Entry<CommitEdit>],
        span: Span,
    ) -> Option<Made> {
        let on = self.branch(on);
        let mut block = Contents {
            sound: true,
            ..Contents::default()
        };
        if let Some(text) = message {
            block.message = self.string(text);
            block.sound &= block.message.is_some();
            block.message_at = Some(text.span);
        }
        self.edits(entries, &mut block);
        let on = on?;
        if block.sound && !self.has_all(&block, entries, span) {
            block.sound = false;
        }
        if !block.sound {
            return None;
        }
        self.written(on.as_str(), span)?;
        let message = block.message.unwrap_or_default();
        let display = format!("commit on {on} {:?}", message.lines().next().unwrap_or_default());
        let kind = StepKind::Commit {
            on,
            message,
            edits: block.edits,
            signed: block.signed_at.is_some(),
        };
        Some((kind, display))
    }

    fn has_all(&mut self, block: &Contents, entries: &[Entry<CommitEdit>], span: Span) -> bool {
        let edits = entries
            .iter()
            .any(|entry| !matches!(entry.kind, CommitEdit::Message { .. } | CommitEdit::Signed));
        let (message, here, help) = if block.message_at.is_none() {
            (
                "the commit has no message",
                "wanted: a message behind the branch",
                "`commit on main \"docs: changelog for v$version\" { ... }`",
            )
        } else if !edits {
            (
                "the commit changes nothing",
                "wanted: a block with edits",
                "the edits: `bump FILE to V`, `changelog FILE V TEXT`, `replace FILE 'regex' with \"...\"`, `write FILE \"...\"`, or a command",
            )
        } else {
            return true;
        };
        self.report.add(
            Diagnostic::new(Code::MissingProperty, span, message)
                .here(here)
                .help(help),
        );
        false
    }

    fn edits(&mut self, entries: &'a [Entry<CommitEdit>], block: &mut Contents) {
        for entry in entries {
            if self.report.depth() > 0 && !self.count_expanded(entry.span) {
                return;
            }
            match &entry.kind {
                CommitEdit::Message { text } => {
                    let text = self.string(text);
                    let fresh = self.once(&mut block.message_at, entry.span, "the message of the commit");
                    block.sound &= fresh && text.is_some();
                    block.message = text;
                }
                CommitEdit::Signed => block.sound &= self.once(&mut block.signed_at, entry.span, "`signed`"),
                CommitEdit::When {
                    condition,
                    then,
                    otherwise,
                } => self.edits_when(condition, then, otherwise.as_deref(), block),
                CommitEdit::For {
                    variable,
                    list,
                    edits,
                } => {
                    let items = self.loop_items(variable, list);
                    let span = entry.span;
                    self.each(variable, items, span, &mut |cx| cx.edits(edits, block));
                }
                CommitEdit::Bump { .. }
                | CommitEdit::Changelog { .. }
                | CommitEdit::Replace { .. }
                | CommitEdit::Write { .. }
                | CommitEdit::Command { .. }
                | CommitEdit::Error => match self.edit(&entry.kind, entry.span) {
                    Some(edit) if self.dead == 0 => block.edits.push(edit),
                    Some(_) => {}
                    None => block.sound = false,
                },
            }
        }
    }

    fn edits_when(
        &mut self,
        condition: &Expr,
        then: &'a [Entry<CommitEdit>],
        otherwise: Option<&'a [Entry<CommitEdit>]>,
        block: &mut Contents,
    ) {
        let holds = self.condition(condition);
        let before = (block.message_at, block.signed_at);
        let mut after = before;
        for (arm, live) in [
            (Some(then), holds != Some(false)),
            (otherwise, holds != Some(true)),
        ] {
            (block.message_at, block.signed_at) = before;
            let Some(arm) = arm else { continue };
            let message = block.message.clone();
            self.dead += u32::from(!live);
            self.edits(arm, block);
            self.dead -= u32::from(!live);
            if live {
                after = (after.0.or(block.message_at), after.1.or(block.signed_at));
            } else {
                block.message = message;
            }
        }
        (block.message_at, block.signed_at) = after;
    }

    fn edit(&mut self, edit: &'a CommitEdit, span: Span) -> Option<Edit> {
        match edit {
            CommitEdit::Bump { file, to } => {
                let file = self.path(file);
                let to = self.version(to);
                Some(Edit::Bump {
                    file: file?,
                    to: to?,
                    span,
                })
            }
            CommitEdit::Changelog { file, version, text } => {
                let file = self.path(file);
                let version = self.version(version);
                let text = self.string(text);
                Some(Edit::Changelog {
                    file: file?,
                    version: version?,
                    text: text?,
                    span,
                })
            }
            CommitEdit::Replace {
                file,
                regex,
                with,
                all,
            } => {
                let file = self.path(file);
                let found = self.regex(regex);
                let text = self.string(with);
                let (file, (regex, groups), text) = (file?, found?, text?);
                self.back_references(&text, groups, with.span)?;
                Some(Edit::Replace {
                    file,
                    regex,
                    with: text,
                    all: *all,
                    span,
                })
            }
            CommitEdit::Write { file, content } => {
                let file = self.path(file);
                let content = self.string(content);
                Some(Edit::Write {
                    file: file?,
                    content: content?,
                    span,
                })
            }
            CommitEdit::Command { command, options } => {
                let command = self.command(command, Site::CHECKOUT);
                let options = self.command_options(options, Block::Edit, Site::CHECKOUT);
                Some(Edit::Command {
                    command: command?,
                    options: options?,
                })
            }
            CommitEdit::Message { .. }
            | CommitEdit::Signed
            | CommitEdit::When { .. }
            | CommitEdit::For { .. }
            | CommitEdit::Error => None,
        }
    }

    /// A version; any will do where its value is not known yet.
    fn version(&mut self, expr: &Expr) -> Option<Version> {
        match self.want(expr, &Type::Version)?.value {
            Some(Value::Version(version)) => Some(version),
            _ => Version::parse("0.0.0"),
        }
    }

    /// `\3` needs three groups in the regex.
    fn back_references(&mut self, with: &str, groups: usize, span: Span) -> Option<()> {
        let mut chars = with.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                continue;
            }
            let Some(number) = chars.next().and_then(|digit| digit.to_digit(10)) else {
                continue;
            };
            if number as usize > groups {
                let have = match groups {
                    0 => "no groups".to_owned(),
                    1 => "one group".to_owned(),
                    n => format!("{n} groups"),
                };
                self.report.add(
                    Diagnostic::new(Code::BadRegex, span, format!("`\\{number}` refers to a group that the regex does not have"))
                        .here(format!("the regex has {have}"))
                        .help("a group is a part in parentheses: `'version = \"(.*)\"'` has one, which `\\1` puts back"),
                );
                return None;
            }
        }
        Some(())
    }
}
