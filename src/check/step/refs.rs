//! Branches, tags and pushes; and how refs are read wherever they stand.

use std::collections::HashMap;

use super::options::Block;
use super::{Made, Site};
use crate::check::cx::{Cx, Last};
use crate::check::plan::{PushRef, Source, StepKind};
use crate::check::value::Filled;
use crate::check::words;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::{RefName, Type};
use crate::syntax::ast::{CommandOption, Entry, TagOption, Text, TextForm};
use crate::text::Span;

impl Cx<'_> {
    /// The name of a branch.
    pub(in crate::check) fn branch(&mut self, text: &Text) -> Option<RefName> {
        let filled = self.fill(text)?;
        self.check_ref(&filled, text)
    }

    /// A name that git allows.
    pub(in crate::check) fn check_ref(&mut self, filled: &Filled, text: &Text) -> Option<RefName> {
        self.note_tag(filled);
        match words::refs::name(&filled.text) {
            Ok(name) => Some(name),
            // What is not known yet stands as `${name}`, in which nothing is wrong by itself.
            Err(broken) => {
                let shown = if filled.text.is_empty() {
                    "the empty text".to_owned()
                } else {
                    format!("`{}`", filled.text)
                };
                let mut finding = Diagnostic::new(
                    Code::BadRef,
                    text.span,
                    format!("{shown} is not a name that git allows"),
                )
                .here(format!("it {}", broken.reason));
                if let Some(instead) = broken.instead {
                    let bare = instead
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"._/@+-".contains(&b));
                    let quoted = if bare {
                        instead.clone()
                    } else {
                        format!("\"{instead}\"")
                    };
                    finding = finding.fix(
                        Applicability::Unsafe,
                        format!("name it `{instead}`"),
                        text.span,
                        quoted,
                    );
                }
                if words::refs::revision(&filled.text).is_ok() && !filled.text.starts_with("refs/") {
                    finding = finding.help("a revision such as `main~2` serves as a source, not where a branch or tag is to be written");
                }
                self.report
                    .add(finding.help("the rules are those of `git check-ref-format`"));
                None
            }
        }
    }

    fn note_tag(&mut self, filled: &Filled) {
        if filled.only == Some(Type::Tag) {
            self.tag_values.insert(filled.text.clone());
        }
    }

    /// What to merge, tag, branch from, reset to, pick, deploy or check.
    pub(in crate::check) fn source(&mut self, text: &Text) -> Option<Source> {
        let filled = self.fill(text)?;
        let revision =
            text.form != TextForm::Bare || matches!(filled.only, Some(Type::Commit | Type::String));
        let named = words::refs::name(&filled.text).is_ok();
        if !named && filled.known && revision && !filled.text.starts_with("refs/") {
            if let Err(reason) = words::refs::revision(&filled.text) {
                self.report.add(
                    Diagnostic::new(
                        Code::BadRef,
                        text.span,
                        format!("`{}` names no commit: it {reason}", filled.text),
                    )
                    .here("wanted: a branch, a tag, a commit id, or a revision such as `\"main~2\"`"),
                );
                return None;
            }
        } else {
            self.check_ref(&filled, text)?;
        }
        self.note_tag(&filled);
        Some(Source {
            text: filled.text,
            span: text.span,
        })
    }

    pub(super) fn create_branch(
        &mut self,
        name: &Text,
        from: &Text,
        if_absent: bool,
        span: Span,
    ) -> Option<Made> {
        let name = self.branch(name);
        let from = self.source(from);
        let (name, from) = (name?, from?);
        self.written(name.as_str(), span)?;
        let absent = if if_absent { " if absent" } else { "" };
        let display = format!("branch {name} from {}{absent}", from.text);
        Some((
            StepKind::Branch {
                name,
                from,
                if_absent,
            },
            display,
        ))
    }

    pub(super) fn delete_branch(&mut self, name: &Text, local: bool, span: Span) -> Option<Made> {
        let name = self.branch(name)?;
        self.outside(span, "the deletion of a branch")?;
        if self.at.last == Last::Branch(name.as_str().to_owned()) {
            self.at.last = Last::Nothing;
        }
        let display = format!("delete branch {name}{}", if local { " local" } else { "" });
        Some((StepKind::DeleteBranch { name, local }, display))
    }

    pub(super) fn delete_tag(&mut self, name: &Text, span: Span) -> Option<Made> {
        let name = self.branch(name)?;
        self.outside(span, "the deletion of a tag")?;
        let display = format!("delete tag {name}");
        Some((StepKind::DeleteTag { name }, display))
    }

    pub(super) fn tag(
        &mut self,
        name: &Text,
        on: &Text,
        entries: &[Entry<TagOption>],
        span: Span,
    ) -> Option<Made> {
        let name = self.branch(name);
        let on = self.source(on);
        let (mut message, mut signed, mut lightweight) = (None, None, None);
        let mut text = None;
        let mut sound = true;
        for entry in entries {
            sound &= match &entry.kind {
                TagOption::Message { text: written } => {
                    text = self.string(written);
                    self.once(&mut message, entry.span, "`message`") && text.is_some()
                }
                TagOption::Signed => self.once(&mut signed, entry.span, "`signed`"),
                TagOption::Lightweight => self.once(&mut lightweight, entry.span, "`lightweight`"),
                TagOption::Error => false,
            };
        }
        for (other, what) in [(signed, "signed"), (message, "given a message")] {
            if let (Some(light), Some(other)) = (lightweight, other) {
                self.report.add(
                    Diagnostic::new(
                        Code::Misplaced,
                        light,
                        format!("a lightweight tag cannot be {what}"),
                    )
                    .here("a lightweight tag is only a name for a commit")
                    .label(other, "needs an annotated tag")
                    .help("tags are annotated unless they say `lightweight`")
                    .fix(Applicability::Unsafe, "take `lightweight` away", light, ""),
                );
                return None;
            }
        }
        let (name, on) = (name?, on?);
        if !sound {
            return None;
        }
        self.outside(span, "a tag")?;
        let display = format!("tag {name} on {}", on.text);
        let kind = StepKind::Tag {
            name,
            on,
            message: text,
            signed: signed.is_some(),
            lightweight: lightweight.is_some(),
        };
        Some((kind, display))
    }

    pub(super) fn push(
        &mut self,
        refs: &[Text],
        to: Option<&Text>,
        force: bool,
        entries: &[Entry<CommandOption>],
        span: Span,
    ) -> Option<Made> {
        let mut pushed = Vec::with_capacity(refs.len());
        let mut seen: HashMap<RefName, Span> = HashMap::new();
        let mut sound = true;
        for text in refs {
            let Some(name) = self.branch(text) else {
                sound = false;
                continue;
            };
            if let Some(first) = seen.insert(name.clone(), text.span) {
                let mut slot = Some(first);
                sound &= self.once(&mut slot, text.span, &format!("`{name}`"));
                continue;
            }
            pushed.push(PushRef {
                name,
                kind: None,
                span: text.span,
            });
        }
        let remote = match to {
            Some(to) => Some(self.remote_name(to)?),
            None => None,
        };
        let options = self.command_options(entries, Block::Push, Site::LIVE)?;
        if !sound {
            return None;
        }
        self.outside(span, "a push")?;
        let names: Vec<&str> = pushed.iter().map(|pushed| pushed.name.as_str()).collect();
        let mut display = format!("push {}", names.join(", "));
        if let Some(remote) = &remote {
            display.push_str(" to ");
            display.push_str(remote);
        }
        if force {
            display.push_str(" force");
        }
        let remote = remote.unwrap_or_default();
        if !remote.is_empty() && self.dead == 0 && !self.at.definition && !self.remotes.contains(&remote) {
            self.remotes.push(remote.clone());
        }
        let kind = StepKind::Push {
            refs: pushed,
            // The default remote's name is filled in when the plan is put together.
            remote,
            force,
            irreversible: options.irreversible,
        };
        Some((kind, display))
    }

    pub(super) fn reset(&mut self, branch: &Text, to: &Text, span: Span) -> Option<Made> {
        let branch = self.branch(branch);
        let to = self.source(to);
        let (branch, to) = (branch?, to?);
        self.written(branch.as_str(), span)?;
        let display = format!("reset {branch} to {}", to.text);
        Some((StepKind::Reset { branch, to }, display))
    }
}
