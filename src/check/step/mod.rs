//! Steps: each is checked, its texts are filled in, and what it stands for is emitted.

mod command;
mod commit;
mod environment;
mod flow;
mod merge;
mod options;
mod refs;
mod waiting;

pub(super) use command::Site;

use super::cx::{Cx, Last};
use super::plan::{Step, StepKind, Subject};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::syntax::ast;
use crate::text::Span;
use options::Block;

/// A step that is sound, and how it reads on one line.
pub(super) type Made = (StepKind, String);

impl<'a> Cx<'a> {
    /// Checks steps in the order of the text.
    pub(super) fn all_steps(&mut self, steps: &'a [ast::Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &'a ast::Step) {
        if self.report.depth() > 0 && !self.count_expanded(step.span) {
            return;
        }
        match &step.kind {
            ast::StepKind::When {
                condition,
                then,
                otherwise,
            } => return self.when(condition, then, otherwise.as_deref(), step.span),
            ast::StepKind::For {
                variable,
                list,
                steps,
            } => return self.repeat(variable, list, steps, step.span),
            ast::StepKind::Do { template, args } => return self.do_template(template, args, step.span),
            ast::StepKind::Try { branch, from, steps } => return self.trial(branch, from, steps, step.span),
            _ => {}
        }
        match self.simple_step(step) {
            Some((kind, display)) => self.emit(kind, display, step.span),
            // What a faulty statement would have written cannot be told.
            None if may_write(&step.kind) => self.at.last = Last::Unclear,
            None => {}
        }
    }

    pub(super) fn emit(&mut self, kind: StepKind, display: String, span: Span) {
        if self.dead > 0 || self.at.definition {
            return;
        }
        let step = Step {
            id: self.step_id(),
            kind,
            display,
            span,
            expanded_from: self.report.uses(),
        };
        self.steps.push(step);
    }

    fn simple_step(&mut self, step: &'a ast::Step) -> Option<Made> {
        let span = step.span;
        match &step.kind {
            ast::StepKind::Merge {
                mode,
                source,
                into,
                options,
            } => self.merge(mode.as_ref(), source, into, options, span),
            ast::StepKind::Rebase {
                branch,
                onto,
                options,
            } => self.rebase(branch, onto, options, span),
            ast::StepKind::CherryPick {
                sources,
                onto,
                options,
            } => self.cherry_pick(sources, onto, options, span),
            ast::StepKind::Revert { source, on, options } => self.revert(source, on, options, span),
            ast::StepKind::Branch {
                name,
                from,
                if_absent,
            } => self.create_branch(name, from, *if_absent, span),
            ast::StepKind::DeleteBranch { name, local } => self.delete_branch(name, *local, span),
            ast::StepKind::DeleteTag { name } => self.delete_tag(name, span),
            ast::StepKind::Tag { name, on, options } => self.tag(name, on, options, span),
            ast::StepKind::Push {
                refs,
                to,
                force,
                options,
            } => self.push(refs, to.as_ref(), force.is_some(), options, span),
            ast::StepKind::Reset { branch, to } => self.reset(branch, to, span),
            ast::StepKind::Commit { on, message, edits } => self.commit(on, message.as_ref(), edits, span),
            ast::StepKind::Gate(used) => self.gate_step(used),
            ast::StepKind::InlineGate {
                name,
                args,
                title,
                on,
                body,
            } => {
                let gate = self.inline_gate(name, *args, title.as_ref(), on.as_ref(), body)?;
                let display = gate_line(&gate, on.is_some());
                Some((StepKind::Gate(gate), display))
            }
            ast::StepKind::Command { command, on, options } => {
                self.command_step(command, on.as_ref(), options, span)
            }
            ast::StepKind::Deploy { source, to, options } => self.deploy(source, to, options, span),
            ast::StepKind::Shift { weight, to, options } => self.shift(weight, to, options, span),
            ast::StepKind::Backup { environment, options } => self.backup(environment, options),
            ast::StepKind::Restore { environment, options } => self.restore(environment, options, span),
            ast::StepKind::Soak { duration, entries } => self.soak(duration, entries, span),
            ast::StepKind::Wait { gate, every, timeout } => self.wait(gate, every, timeout),
            ast::StepKind::Notify { channel, message } => self.notify(channel, message),
            ast::StepKind::RollbackRevert => {
                self.only_in_rollback("revert", span)?;
                Some((StepKind::RollbackRevert, "revert".to_owned()))
            }
            ast::StepKind::RollbackReset { force } => {
                self.only_in_rollback("reset", span)?;
                let display = if *force { "reset force" } else { "reset" };
                Some((StepKind::RollbackReset { force: *force }, display.to_owned()))
            }
            ast::StepKind::RollbackUndo => {
                self.only_in_rollback("undo", span)?;
                Some((StepKind::RollbackUndo, "undo".to_owned()))
            }
            ast::StepKind::When { .. }
            | ast::StepKind::For { .. }
            | ast::StepKind::Do { .. }
            | ast::StepKind::Try { .. }
            | ast::StepKind::Error => None,
        }
    }

    fn gate_step(&mut self, used: &'a ast::GateUse) -> Option<Made> {
        let gate = self.placed_gate(used)?;
        let display = gate_line(&gate, used.on.is_some());
        Some((StepKind::Gate(gate), display))
    }

    fn command_step(
        &mut self,
        command: &'a ast::Command,
        on: Option<&'a ast::Text>,
        entries: &'a [ast::Entry<ast::CommandOption>],
        span: Span,
    ) -> Option<Made> {
        let live = entries
            .iter()
            .find(|entry| matches!(entry.kind, ast::CommandOption::Live));
        let site = if live.is_some() {
            Site::LIVE
        } else {
            Site::CHECKOUT
        };
        let command = self.command(command, site);
        let options = self.command_options(entries, Block::Command, site);
        let source = match on {
            Some(on) => Some(self.source(on)?),
            None => None,
        };
        let (command, options) = (command?, options?);
        let subject = match (source, live) {
            (Some(_), Some(live)) => {
                self.report.add(
                    Diagnostic::new(
                        Code::Misplaced,
                        live.span,
                        "the command is `live` and placed on a ref",
                    )
                    .here("`live` runs in the plan's directory, without a checkout")
                    .label(on.map_or(span, |on| on.span), "this asks for a checkout")
                    .help("keep one of them"),
                );
                return None;
            }
            (None, Some(_)) => Subject::Live,
            (Some(source), None) => Subject::Source(source),
            (None, None) => Subject::Source(self.default_subject(command.span, "the command")?),
        };
        self.outside(span, "the command")?;
        let mut display = self.one_line(command.span);
        if let (Subject::Source(source), Some(_)) = (&subject, on) {
            display = format!("{display} on {}", source.text);
        }
        let kind = StepKind::Command {
            command,
            subject: Some(subject),
            options,
        };
        Some((kind, display))
    }

    /// Inside `try` nothing may reach the outside.
    pub(super) fn outside(&mut self, span: Span, what: &str) -> Option<()> {
        let Some((branch, opened)) = self.at.tries.last() else {
            return Some(());
        };
        self.report.add(
            Diagnostic::new(Code::EffectInTry, span, format!("{what} acts on the outside from inside a `try`"))
                .here("cannot be thrown away")
                .label(*opened, format!("everything on `{branch}` is thrown away at the end of this block"))
                .help("a `try` may merge, rebase, pick and commit on its own branch, and check it with gates; move this step behind the block"),
        );
        None
    }

    /// Notes that a branch is written; inside `try` only its own branch may be.
    pub(super) fn written(&mut self, branch: &str, span: Span) -> Option<()> {
        if let Some((own, opened)) = self.at.tries.last()
            && own != branch
        {
            self.report.add(
                Diagnostic::new(
                    Code::EffectInTry,
                    span,
                    format!("`{branch}` is changed inside a `try` of `{own}`"),
                )
                .here(format!("only `{own}` may change here"))
                .label(*opened, "what happens in this block is thrown away")
                .help(format!(
                    "work on `{own}` inside the block, or move the step behind it"
                )),
            );
            return None;
        }
        self.at.last = Last::Branch(branch.to_owned());
        Some(())
    }

    fn only_in_rollback(&mut self, word: &str, span: Span) -> Option<()> {
        if self.at.rollback || self.at.definition {
            return Some(());
        }
        let mut finding = Diagnostic::new(
            Code::Misplaced,
            span,
            format!("`{word}` alone stands for the taking back of this phase, in its `rollback` block"),
        )
        .here("this is no rollback block");
        finding = match word {
            "revert" => finding
                .help("to take back a commit here, name it and the branch: `revert \"main~1\" on main`"),
            "reset" => finding.help("to move a branch here, say which and where to: `reset staging to main`"),
            _ => finding.fix(Applicability::Unsafe, "take it away", span, ""),
        };
        self.report.add(finding);
        None
    }
}

/// The subject only where the plan says it.
fn gate_line(gate: &super::plan::Gate, on: bool) -> String {
    match &gate.subject {
        Subject::Source(source) if on => format!("gate {} on {}", gate.display, source.text),
        Subject::Source(_) | Subject::Live => format!("gate {}", gate.display),
    }
}

/// Whether a statement of this kind writes branches.
fn may_write(kind: &ast::StepKind) -> bool {
    matches!(
        kind,
        ast::StepKind::Merge { .. }
            | ast::StepKind::Rebase { .. }
            | ast::StepKind::CherryPick { .. }
            | ast::StepKind::Revert { .. }
            | ast::StepKind::Branch { .. }
            | ast::StepKind::DeleteBranch { .. }
            | ast::StepKind::Reset { .. }
            | ast::StepKind::Commit { .. }
            | ast::StepKind::Error
    )
}
