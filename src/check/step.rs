//! Steps: names resolved, values filled in, templates, `for` and `when` expanded.

use std::collections::BTreeMap;

use super::phase::Checker;
use super::scope::Bound;
use super::words::Allowed;
use crate::check::{
    CommandOptions, DeploySource, Edit, MergeMode, MergeOptions, PushRef, Resolution, Retry, Soak, Source,
    Step, StepKind, Subject,
};
use crate::diag::{Code, Diagnostic};
use crate::model::{Duration, Percent, RefName, Type, Value, Version};
use crate::syntax::ast::{
    self, CommandOption, CommitEdit, Entry, Expr, MergeOption, SoakEntry, TagOption, Text,
};
use crate::text::Span;

/// How deep templates may use each other.
const MAX_EXPANSION: usize = 64;

impl Checker<'_> {
    pub(super) fn steps(&mut self, steps: &[ast::Step]) -> Vec<Step> {
        let mut built = Vec::new();
        for step in steps {
            self.step_into(step, &mut built);
        }
        built
    }

    fn step_into(&mut self, step: &ast::Step, built: &mut Vec<Step>) {
        match &step.kind {
            ast::StepKind::When {
                condition,
                then,
                otherwise,
            } => {
                match self.want(condition, &Type::Bool).map(|typed| typed.value) {
                    Some(Some(value)) => {
                        let holds = value == Value::Bool(true);
                        let (taken, left) = if holds {
                            (Some(then), otherwise.as_ref())
                        } else {
                            (otherwise.as_ref(), Some(then))
                        };
                        // The arm that is ruled out is checked for names and types, and gives no steps.
                        self.aside(left);
                        for step in taken.into_iter().flatten() {
                            self.step_into(step, built);
                        }
                    }
                    _ => {
                        for step in then.iter().chain(otherwise.iter().flatten()) {
                            self.step_into(step, built);
                        }
                    }
                }
            }
            ast::StepKind::For {
                variable,
                list,
                steps,
            } => {
                for bound in self.rounds(variable, list, step.span) {
                    self.scopes
                        .push(BTreeMap::from([(variable.name.clone(), bound)]), false);
                    self.report.enter(list.span, "in this `for`");
                    for step in steps {
                        self.step_into(step, built);
                    }
                    self.report.leave();
                    self.scopes.pop();
                }
            }
            ast::StepKind::Do { template, args } => self.template(template, args, step.span, built),
            _ => {
                if let Some(kind) = self.step_kind(step) {
                    let id = self.step_id();
                    let display = self.head_of(step.span);
                    built.push(Step {
                        id,
                        kind,
                        display,
                        span: step.span,
                        expanded_from: self.report.uses(),
                    });
                }
            }
        }
    }

    fn aside(&mut self, steps: Option<&Vec<ast::Step>>) {
        let saved = (
            self.last_written.clone(),
            self.deployed.clone(),
            self.last_deployed.clone(),
            self.next_step,
        );
        if let Some(steps) = steps {
            self.steps(steps);
        }
        (
            self.last_written,
            self.deployed,
            self.last_deployed,
            self.next_step,
        ) = saved;
    }

    /// The values of a loop variable, one a round; a list that is not known is gone through once.
    fn rounds(&mut self, variable: &ast::Ident, list: &Expr, _span: Span) -> Vec<Bound> {
        let Some(typed) = self.eval(list, None) else {
            return Vec::new();
        };
        let Type::List(of) = typed.ty else {
            let diagnostic = Diagnostic::new(
                Code::WrongType,
                list.span,
                format!(
                    "this is a {}, and `for` goes through a list",
                    super::value::name(&typed.ty)
                ),
            )
            .here("not a list")
            .help("a list looks like `[a, b]`");
            self.report.add(diagnostic);
            return Vec::new();
        };
        let bound = |value| Bound {
            ty: Some((*of).clone()),
            value,
            span: variable.span,
            kind: "loop variable",
            used: true,
        };
        match typed.value {
            Some(Value::List(items)) => items.into_iter().map(|item| bound(Some(item))).collect(),
            _ => vec![bound(None)],
        }
    }

    fn template(&mut self, name: &ast::Ident, args: &[ast::Arg], span: Span, built: &mut Vec<Step>) {
        let Some((template, _)) = self.declared.templates.get(name.name.as_str()).copied() else {
            let known: Vec<&str> = self.declared.templates.keys().copied().collect();
            self.unknown("template", &name.name, &known, name.span);
            return;
        };
        if self.expanding.contains(&name.name) || self.expanding.len() >= MAX_EXPANSION {
            let mut way: Vec<String> = self.expanding.iter().map(|name| format!("`{name}`")).collect();
            way.push(format!("`{}`", name.name));
            let diagnostic = Diagnostic::new(
                Code::RecursiveTemplate,
                name.span,
                format!("template `{}` uses itself: {}", name.name, way.join(" -> ")),
            )
            .here("would never end")
            .help("templates are expanded while checking; use `for` to repeat steps");
            self.report.add(diagnostic);
            return;
        }
        let Some(bound) = self.arguments(&format!("template `{}`", name.name), &template.params, args, span)
        else {
            return;
        };
        self.scopes.push(bound, true);
        self.report
            .enter(span, format!("template `{}` is used here", name.name));
        self.expanding.push(name.name.clone());
        for step in &template.steps {
            self.step_into(step, built);
        }
        self.expanding.pop();
        self.report.leave();
        self.scopes.pop();
    }

    /// The statement on one line, without its block, values filled in where a variable stands alone.
    fn head_of(&self, span: Span) -> String {
        let text = self.source(span);
        let mut quote: Option<char> = None;
        let mut end = text.len();
        let mut previous = ' ';
        for (at, c) in text.char_indices() {
            match (quote, c) {
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if c == open && previous != '\\' => quote = None,
                (None, '{') if previous != '$' => {
                    end = at;
                    break;
                }
                _ => {}
            }
            previous = c;
        }
        let head = text[..end].split_whitespace().collect::<Vec<_>>().join(" ");
        self.filled(&head)
    }

    fn filled(&self, head: &str) -> String {
        let mut out = head.to_owned();
        let mut names: Vec<(&str, String)> = self
            .scopes
            .visible()
            .filter_map(|(name, bound)| Some((name, bound.value.as_ref()?.to_string())))
            .collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        if out.contains('$') && !out.starts_with("run ") && !out.starts_with("sh ") {
            for (name, value) in names {
                out = out
                    .replace(&format!("${{{name}}}"), &value)
                    .replace(&format!("${name}"), &value);
            }
        }
        out
    }

    fn wrote(&mut self, branch: &RefName, span: Span) {
        self.last_written = Some(Source {
            text: branch.to_string(),
            span,
        });
    }

    fn step_kind(&mut self, step: &ast::Step) -> Option<StepKind> {
        use ast::StepKind as From;
        match &step.kind {
            From::Merge {
                mode,
                source,
                into,
                options,
            } => {
                let (source_, into_) = (self.source_of(source), self.reference(into));
                let mode = self.merge_mode(mode.as_ref());
                let options = self.merge_options(options);
                let (source, into) = (source_?, into_?);
                self.wrote(&into, step.span);
                Some(StepKind::Merge {
                    mode: mode?,
                    source,
                    into,
                    options: options?,
                })
            }
            From::Rebase {
                branch,
                onto,
                options,
            } => {
                let (branch_, onto_, options) = (
                    self.reference(branch),
                    self.source_of(onto),
                    self.merge_options(options),
                );
                let branch = branch_?;
                self.wrote(&branch, step.span);
                Some(StepKind::Rebase {
                    branch,
                    onto: onto_?,
                    options: options?,
                })
            }
            From::CherryPick {
                sources,
                onto,
                options,
            } => {
                let sources: Option<Vec<_>> = sources.iter().map(|source| self.source_of(source)).collect();
                let (onto_, options) = (self.reference(onto), self.merge_options(options));
                let onto = onto_?;
                self.wrote(&onto, step.span);
                Some(StepKind::CherryPick {
                    sources: sources?,
                    onto,
                    options: options?,
                })
            }
            From::Revert { source, on, options } => {
                let (source_, on_, options) = (
                    self.source_of(source),
                    self.reference(on),
                    self.merge_options(options),
                );
                let on = on_?;
                self.wrote(&on, step.span);
                Some(StepKind::Revert {
                    source: source_?,
                    on,
                    options: options?,
                })
            }
            From::Branch {
                name,
                from,
                if_absent,
            } => {
                let (name_, from_) = (self.reference(name), self.source_of(from));
                let name = name_?;
                self.wrote(&name, step.span);
                Some(StepKind::Branch {
                    name,
                    from: from_?,
                    if_absent: *if_absent,
                })
            }
            From::DeleteBranch { name, local } => {
                if !*local {
                    self.acts(step.span, "deleting a branch")?;
                }
                Some(StepKind::DeleteBranch {
                    name: self.reference(name)?,
                    local: *local,
                })
            }
            From::DeleteTag { name } => Some(StepKind::DeleteTag {
                name: self.reference(name)?,
            }),
            From::Tag { name, on, options } => self.tag_step(name, on, options),
            From::Push {
                refs,
                to,
                force,
                options,
            } => {
                self.acts(step.span, "`push`")?;
                let refs: Option<Vec<_>> = refs
                    .iter()
                    .map(|text| {
                        Some(PushRef {
                            name: self.reference(text)?,
                            kind: None,
                            span: text.span,
                        })
                    })
                    .collect();
                let remote = match to {
                    Some(to) => Some(self.reference(to)?.to_string()),
                    None => None,
                };
                let remote = remote.unwrap_or_else(|| self.default_remote());
                self.remotes.push(remote.clone());
                let options = self.command_options(options, &["irreversible"], "push")?;
                Some(StepKind::Push {
                    refs: refs?,
                    remote,
                    force: force.is_some(),
                    irreversible: options.0.irreversible,
                })
            }
            From::Reset { branch, to } => {
                let (branch_, to_) = (self.reference(branch), self.source_of(to));
                let branch = branch_?;
                self.wrote(&branch, step.span);
                Some(StepKind::Reset { branch, to: to_? })
            }
            From::Commit { on, message, edits } => self.commit_step(step.span, on, message.as_ref(), edits),
            From::Gate(used) => self.gate_use(used).map(StepKind::Gate),
            From::InlineGate {
                name,
                args,
                title,
                on,
                body,
            } => self
                .inline_gate(name, *args, title.as_ref(), on.as_ref(), body)
                .map(StepKind::Gate),
            From::Command { command, on, options } => {
                self.command_step(step.span, command, on.as_ref(), options)
            }
            From::Deploy { source, to, options } => self.deploy_step(step.span, source, to, options),
            From::Shift { weight, to, options } => self.shift_step(step.span, weight, to, options),
            From::Backup { environment, options } => {
                self.acts(step.span, "`backup`")?;
                let environment = self.declaring(environment, "backup", step.span)?;
                let options = self.command_options(options, OUTSIDE, "backup")?.0;
                Some(StepKind::Backup { environment, options })
            }
            From::Restore { environment, options } => {
                self.acts(step.span, "`restore`")?;
                let environment = self.declaring(environment, "restore", step.span)?;
                let options = self.command_options(options, OUTSIDE, "restore")?.0;
                Some(StepKind::Restore { environment, options })
            }
            From::Soak { duration, entries } => {
                self.acts(step.span, "`soak`")?;
                self.soak_step(step.span, duration, entries)
            }
            From::Wait { gate, every, timeout } => {
                self.acts(step.span, "`wait`")?;
                let (gate, every, timeout) =
                    (self.gate_use(gate), self.duration(every), self.duration(timeout));
                Some(StepKind::Wait {
                    gate: gate?,
                    every: every?,
                    timeout: timeout?,
                })
            }
            From::Notify { channel, message } => {
                self.acts(step.span, "`notify`")?;
                if !self.declared.channels.contains_key(channel.name.as_str()) {
                    let known: Vec<&str> = self.declared.channels.keys().copied().collect();
                    self.unknown("channel", &channel.name, &known, channel.span);
                    return None;
                }
                let (message, _) = self.string(message, Allowed::NONE)?;
                Some(StepKind::Notify {
                    channel: channel.name.clone(),
                    message,
                })
            }
            From::Try { branch, from, steps } => {
                let (branch_, from_) = (self.reference(branch), self.source_of(from));
                let (outer, written) = (self.in_try.replace(step.span), self.last_written.clone());
                if let Some(branch) = &branch_ {
                    self.wrote(branch, step.span);
                }
                let steps = self.steps(steps);
                (self.in_try, self.last_written) = (outer, written);
                Some(StepKind::Try {
                    branch: branch_?,
                    from: from_?,
                    steps,
                })
            }
            From::RollbackRevert => Some(StepKind::RollbackRevert),
            From::RollbackReset { force } => Some(StepKind::RollbackReset { force: *force }),
            From::RollbackUndo => Some(StepKind::RollbackUndo),
            From::When { .. } | From::For { .. } | From::Do { .. } | From::Error => None,
        }
    }

    /// Refuses what acts outside inside a `try`.
    fn acts(&mut self, span: Span, what: &str) -> Option<()> {
        let Some(outer) = self.in_try else { return Some(()) };
        let head = Span {
            end: outer.start + 3,
            ..outer
        };
        let diagnostic = Diagnostic::new(Code::Misplaced, span, format!("{what} does not stand in a `try`"))
            .here("would act outside")
            .label(head, "everything in here is thrown away")
            .help("a `try` only merges, commits and asks gates; move this behind it");
        self.report.add(diagnostic);
        None
    }

    fn default_remote(&mut self) -> String {
        let entries = self.declared.plan.map(|(plan, _)| &plan.entries);
        let named = entries.into_iter().flatten().find_map(|entry| match &entry.kind {
            ast::PlanEntry::Remote { value } => Some(value),
            _ => None,
        });
        named
            .and_then(|text| self.reference(text))
            .map_or_else(|| "origin".into(), |name| name.to_string())
    }

    fn merge_mode(&mut self, mode: Option<&ast::MergeMode>) -> Option<MergeMode> {
        let (word, span) = match mode {
            None => return Some(MergeMode::Default),
            Some(ast::MergeMode::Word { name }) => (name.name.clone(), name.span),
            Some(ast::MergeMode::Variable { variable }) => match self.variable_value(variable)?.value {
                Some(value) => (value.to_string(), variable.span),
                None => return Some(MergeMode::Default),
            },
        };
        Some(match word.as_str() {
            "squash" => MergeMode::Squash,
            "no-ff" => MergeMode::NoFf,
            "ff-only" => MergeMode::FfOnly,
            "rebase" => MergeMode::Rebase,
            _ => {
                let diagnostic = Diagnostic::new(Code::WrongType, span, format!("`{word}` is no mode of a merge"))
                    .here("not a mode")
                    .help("the modes are `squash`, `no-ff`, `ff-only` and `rebase`: declare the param as `squash | no-ff`");
                self.report.add(diagnostic);
                return None;
            }
        })
    }

    fn merge_options(&mut self, entries: &[Entry<MergeOption>]) -> Option<MergeOptions> {
        let mut options = MergeOptions::default();
        let mut sound = true;
        for entry in entries {
            match &entry.kind {
                MergeOption::Message { text } => match self.string(text, Allowed::NONE) {
                    Some((message, _)) => options.message = Some(message),
                    None => sound = false,
                },
                MergeOption::Resolve { glob, with } => {
                    let glob = self.glob(glob);
                    let with = match with {
                        ast::Resolution::Command { command } => {
                            self.command(command, Allowed::COMMAND).map(Resolution::Command)
                        }
                        ast::Resolution::Word { name } => Some(match name.name.as_str() {
                            "ours" => Resolution::Ours,
                            "theirs" => Resolution::Theirs,
                            "union" => Resolution::Union,
                            _ => Resolution::Pause,
                        }),
                    };
                    match (glob, with) {
                        (Some(glob), Some(with)) => options.resolve.push((glob, with)),
                        _ => sound = false,
                    }
                }
                MergeOption::Reland => options.reland = true,
                MergeOption::Signed => options.signed = true,
                MergeOption::Error => sound = false,
            }
        }
        sound.then_some(options)
    }

    fn tag_step(&mut self, name: &Text, on: &Text, entries: &[Entry<TagOption>]) -> Option<StepKind> {
        let (name_, on_) = (self.reference(name), self.source_of(on));
        let (mut message, mut signed, mut lightweight) = (None, None, None);
        for entry in entries {
            match &entry.kind {
                TagOption::Message { text } => {
                    message = Some((self.string(text, Allowed::NONE)?.0, entry.span));
                }
                TagOption::Signed => signed = Some(entry.span),
                TagOption::Lightweight => lightweight = Some(entry.span),
                TagOption::Error => return None,
            }
        }
        if let (Some(light), Some(other)) = (lightweight, signed.or(message.as_ref().map(|(_, span)| *span)))
        {
            let diagnostic = Diagnostic::new(
                Code::Misplaced,
                other,
                "a lightweight tag has neither a message nor a signature",
            )
            .here("has no place in it")
            .label(light, "makes it a bare name for a commit")
            .help("drop `lightweight`: an annotated tag also says who tagged and when");
            self.report.add(diagnostic);
            return None;
        }
        let message = message.map(|(message, _)| message);
        Some(StepKind::Tag {
            name: name_?,
            on: on_?,
            message,
            signed: signed.is_some(),
            lightweight: lightweight.is_some(),
        })
    }

    pub(super) fn duration(&mut self, expr: &Expr) -> Option<Duration> {
        let take = |value: &Value| match value {
            Value::Duration(duration) => Some(*duration),
            _ => None,
        };
        let duration = self.wanted(expr, &Type::Duration, take, Duration::from_secs(1))?;
        if duration.as_millis() == 0 {
            self.out_of_range(expr.span, "no time at all", "write at least `1s`");
            return None;
        }
        Some(duration)
    }

    fn count(&mut self, expr: &Expr, least: u32) -> Option<u32> {
        let take = |value: &Value| match value {
            Value::Int(n) => Some(*n),
            _ => None,
        };
        let count = self.wanted(expr, &Type::Int, take, i64::from(least.max(1)))?;
        match u32::try_from(count)
            .ok()
            .filter(|count| (least..=10_000).contains(count))
        {
            Some(count) => Some(count),
            None => {
                self.out_of_range(
                    expr.span,
                    "nothing would be counted that way",
                    &format!("write a number from {least} to 10000"),
                );
                None
            }
        }
    }

    pub(super) fn retry(&mut self, retry: &ast::Retry) -> Option<Retry> {
        let (count, every) = (self.count(&retry.count, 1), self.duration(&retry.every));
        Some(Retry {
            count: count?,
            every: every?,
        })
    }

    /// The block of a command; `live` comes apart, since it is no option of most.
    fn command_options(
        &mut self,
        entries: &[Entry<CommandOption>],
        may: &[&str],
        what: &str,
    ) -> Option<(CommandOptions, bool)> {
        let mut options = CommandOptions::default();
        let (mut live, mut sound) = (false, true);
        for entry in entries {
            let key = match &entry.kind {
                CommandOption::Timeout { .. } => "timeout",
                CommandOption::Retry(_) => "retry",
                CommandOption::Env { .. } => "env",
                CommandOption::In { .. } => "in",
                CommandOption::Live => "live",
                CommandOption::Irreversible => "irreversible",
                CommandOption::Undo { .. } => "undo",
                CommandOption::Error => {
                    sound = false;
                    continue;
                }
            };
            if !may.contains(&key) {
                let diagnostic = Diagnostic::new(
                    Code::Misplaced,
                    entry.span,
                    format!("`{key}` does not stand in the block of `{what}`"),
                )
                .here("nothing would come of it")
                .help(format!(
                    "there may stand {}",
                    super::suggest::listed(may.iter().copied())
                ));
                self.report.add(diagnostic);
                sound = false;
                continue;
            }
            sound &= self
                .command_option(&mut options, &mut live, &entry.kind)
                .is_some();
        }
        sound.then_some((options, live))
    }

    fn command_option(
        &mut self,
        options: &mut CommandOptions,
        live: &mut bool,
        entry: &CommandOption,
    ) -> Option<()> {
        match entry {
            CommandOption::Timeout { value } => options.timeout = self.duration(value)?,
            CommandOption::Retry(retry) => options.retry = Some(self.retry(retry)?),
            CommandOption::Env { variables } => {
                for variable in variables {
                    let (value, _) = self.string(&variable.value, Allowed::NONE)?;
                    options.env.push((variable.name.name.clone(), value));
                }
            }
            CommandOption::In { directory } => options.directory = Some(self.path_text(directory)?),
            CommandOption::Live => *live = true,
            CommandOption::Irreversible => options.irreversible = true,
            CommandOption::Undo { command } => options.undo = Some(self.command(command, Allowed::COMMAND)?),
            CommandOption::Error => return None,
        }
        Some(())
    }

    fn command_step(
        &mut self,
        span: Span,
        command: &ast::Command,
        on: Option<&Text>,
        entries: &[Entry<CommandOption>],
    ) -> Option<StepKind> {
        self.acts(span, "a command")?;
        let may = ["timeout", "retry", "env", "in", "live", "irreversible", "undo"];
        let (options, live) = self.command_options(entries, &may, "run")?;
        let built = self.command(command, if live { Allowed::LIVE } else { Allowed::COMMAND });
        let subject = match (on, live) {
            (Some(on), true) => {
                let diagnostic = Diagnostic::new(
                    Code::Misplaced,
                    on.span,
                    "this command is `live`, and says what tree it is about",
                )
                .here("has no place beside `live`")
                .help("drop one of the two");
                self.report.add(diagnostic);
                return None;
            }
            (Some(on), false) => Some(Subject::Source(self.source_of(on)?)),
            (None, true) => Some(Subject::Live),
            (None, false) => match &self.last_written {
                Some(source) => Some(Subject::Source(source.clone())),
                None => {
                    let diagnostic = Diagnostic::new(Code::GateWithoutSubject, command.span, "this command has no tree to run in")
                        .here("this phase has written no branch before this")
                        .help("say which: `run \"...\" on main` runs in a checkout of main; `run \"...\" { live }` runs in the directory of the plan");
                    self.report.add(diagnostic);
                    return None;
                }
            },
        };
        Some(StepKind::Command {
            command: built?,
            subject,
            options,
        })
    }

    fn deploy_step(
        &mut self,
        span: Span,
        source: &Text,
        to: &Text,
        entries: &[Entry<CommandOption>],
    ) -> Option<StepKind> {
        self.acts(span, "`deploy`")?;
        let options = self.command_options(entries, OUTSIDE, "deploy");
        let environment = self.environment_name(to)?;
        let built = self.environments.get(&environment).cloned()?;
        if built.deploy.is_none() {
            let diagnostic = Diagnostic::new(Code::MissingProperty, to.span, format!("environment `{environment}` does not say how to deploy"))
                .here("is deployed to here")
                .label(built.span, "declared without `deploy` or `branch`")
                .help("write `deploy run \"scripts/deploy.sh $ref\"` in its block, or `branch REF` if pushing that branch deploys");
            self.report.add(diagnostic);
            return None;
        }
        let previous = source.form == ast::TextForm::Bare && self.source(source.span) == "previous";
        let what = if previous {
            let known = built.current.is_some()
                || self.deployed.contains(&environment)
                || matches!(built.deploy, Some(crate::check::DeployMethod::Branch(_)));
            if !known {
                let diagnostic = Diagnostic::new(Code::PreviousUnknown, span, format!("nothing says what ran on `{environment}` before"))
                    .here("goes back to something nobody has written down")
                    .label(built.span, "declared without `current`")
                    .help("write `current run \"...\"` in the environment: a command that prints the commit, tag or branch that runs");
                self.report.add(diagnostic);
                return None;
            }
            DeploySource::Previous
        } else {
            let source = self.source_of(source)?;
            self.last_deployed.insert(environment.clone(), source.clone());
            DeploySource::Source(source)
        };
        if !self.in_rollback {
            self.deployed.insert(environment.clone());
        }
        Some(StepKind::Deploy {
            what,
            environment,
            options: options?.0,
        })
    }

    fn shift_step(
        &mut self,
        span: Span,
        weight: &Expr,
        to: &Text,
        entries: &[Entry<CommandOption>],
    ) -> Option<StepKind> {
        self.acts(span, "`shift`")?;
        let options = self.command_options(entries, OUTSIDE, "shift");
        let take = |value: &Value| match value {
            Value::Percent(percent) => Some(*percent),
            _ => None,
        };
        let percent = self.wanted(weight, &Type::Percent, take, Percent::default())?;
        if !(0.0..=100.0).contains(&percent.get()) {
            self.out_of_range(
                weight.span,
                "there is no such share of the traffic",
                "a share goes from `0%` to `100%`",
            );
            return None;
        }
        let environment = self.declaring(to, "shift", span)?;
        let source = self.last_deployed.get(&environment).cloned();
        Some(StepKind::Shift {
            weight: percent,
            environment,
            source,
            options: options?.0,
        })
    }

    /// An environment that declares a command of that name.
    fn declaring(&mut self, text: &Text, what: &str, _span: Span) -> Option<String> {
        let name = self.environment_name(text)?;
        let environment = self.environments.get(&name)?;
        let there = match what {
            "shift" => environment.shift.is_some(),
            "backup" => environment.backup.is_some(),
            _ => environment.restore.is_some(),
        };
        if !there {
            let diagnostic = Diagnostic::new(
                Code::MissingProperty,
                text.span,
                format!("environment `{name}` does not say how to {what}"),
            )
            .here("wanted here")
            .label(environment.span, format!("declared without `{what}`"))
            .help(format!("write `{what} run \"...\"` in its block"));
            self.report.add(diagnostic);
            return None;
        }
        Some(name)
    }

    fn soak_step(&mut self, span: Span, duration: &Expr, entries: &[Entry<SoakEntry>]) -> Option<StepKind> {
        let duration = self.duration(duration);
        let mut soak = Soak {
            duration: Duration::default(),
            gates: Vec::new(),
            fail_after: 3,
            tolerate: 3,
        };
        let mut sound = true;
        for entry in entries {
            match &entry.kind {
                SoakEntry::Gate { gate, every } => match (self.gate_use(gate), self.duration(every)) {
                    (Some(gate), Some(every)) => soak.gates.push((gate, every)),
                    _ => sound = false,
                },
                SoakEntry::FailAfter { count } => match self.count(count, 1) {
                    Some(count) => soak.fail_after = count,
                    None => sound = false,
                },
                SoakEntry::Tolerate { count } => match self.count(count, 0) {
                    Some(count) => soak.tolerate = count,
                    None => sound = false,
                },
                SoakEntry::Error => sound = false,
            }
        }
        if soak.gates.is_empty() && sound {
            let head = Span {
                end: span.start + 4,
                ..span
            };
            let diagnostic = Diagnostic::new(Code::MissingProperty, head, "this soak watches nothing")
                .here("only lets time pass")
                .help("write `gate NAME every 5m` in its block");
            self.report.add(diagnostic);
            return None;
        }
        soak.duration = duration?;
        sound.then_some(StepKind::Soak(soak))
    }

    fn commit_step(
        &mut self,
        span: Span,
        on: &Text,
        message: Option<&Text>,
        entries: &[Entry<CommitEdit>],
    ) -> Option<StepKind> {
        let on_ = self.reference(on);
        let mut draft = Draft {
            message: None,
            edits: Vec::new(),
            signed: false,
            sound: true,
        };
        if let Some(message) = message {
            draft.message = self.string(message, Allowed::NONE).map(|(message, _)| message);
            draft.sound &= draft.message.is_some();
        }
        self.edits(&mut draft, entries);
        let head = Span {
            end: on.span.end,
            ..span
        };
        if draft.sound
            && draft
                .message
                .as_ref()
                .is_none_or(|message| message.trim().is_empty())
        {
            let diagnostic = Diagnostic::new(Code::MissingProperty, head, "this commit has no message")
                .here("says nothing about itself")
                .help("write it behind the branch: `commit on main \"docs: changelog\" { ... }`");
            self.report.add(diagnostic);
            draft.sound = false;
        }
        if draft.sound && entries.is_empty() {
            let diagnostic = Diagnostic::new(Code::MissingProperty, head, "this commit changes nothing")
                .here("has no edits")
                .help("write `bump`, `changelog`, `replace`, `write` or a command in its block");
            self.report.add(diagnostic);
            draft.sound = false;
        }
        let branch = on_?;
        self.wrote(&branch, span);
        let message = draft.message?;
        draft.sound.then_some(StepKind::Commit {
            on: branch,
            message,
            edits: draft.edits,
            signed: draft.signed,
        })
    }

    fn edits(&mut self, draft: &mut Draft, entries: &[Entry<CommitEdit>]) {
        for entry in entries {
            if self.edit(draft, entry).is_none() {
                draft.sound = false;
            }
        }
    }

    fn version(&mut self, expr: &Expr) -> Option<Version> {
        let take = |value: &Value| match value {
            Value::Version(version) => Some(version.clone()),
            _ => None,
        };
        self.wanted(expr, &Type::Version, take, Version::parse("0.0")?)
    }

    fn edit(&mut self, draft: &mut Draft, entry: &Entry<CommitEdit>) -> Option<()> {
        let span = entry.span;
        match &entry.kind {
            CommitEdit::Message { text } => draft.message = Some(self.string(text, Allowed::NONE)?.0),
            CommitEdit::Signed => draft.signed = true,
            CommitEdit::Bump { file, to } => {
                let (file, to) = (self.path_text(file), self.version(to));
                draft.edits.push(Edit::Bump {
                    file: file?,
                    to: to?,
                    span,
                });
            }
            CommitEdit::Changelog { file, version, text } => {
                let (file, version, text) = (
                    self.path_text(file),
                    self.version(version),
                    self.string(text, Allowed::NONE),
                );
                draft.edits.push(Edit::Changelog {
                    file: file?,
                    version: version?,
                    text: text?.0,
                    span,
                });
            }
            CommitEdit::Replace {
                file,
                regex,
                with,
                all,
            } => {
                let (file, regex, with) = (
                    self.path_text(file),
                    self.regex(regex),
                    self.string(with, Allowed::NONE),
                );
                draft.edits.push(Edit::Replace {
                    file: file?,
                    regex: regex?,
                    with: with?.0,
                    all: *all,
                    span,
                });
            }
            CommitEdit::Write { file, content } => {
                let (file, content) = (self.path_text(file), self.string(content, Allowed::NONE));
                let mut content = content?.0;
                if !content.is_empty() && !content.ends_with('\n') {
                    content.push('\n');
                }
                draft.edits.push(Edit::Write {
                    file: file?,
                    content,
                    span,
                });
            }
            CommitEdit::Command { command, options } => {
                let may = ["timeout", "retry", "env", "in"];
                let options = self.command_options(options, &may, "run")?.0;
                draft.edits.push(Edit::Command {
                    command: self.command(command, Allowed::COMMAND)?,
                    options,
                });
            }
            CommitEdit::When {
                condition,
                then,
                otherwise,
            } => match self.want(condition, &Type::Bool)?.value {
                Some(Value::Bool(true)) => self.edits(draft, then),
                Some(_) => self.edits(draft, otherwise.as_deref().unwrap_or_default()),
                None => {
                    self.edits(draft, then);
                    self.edits(draft, otherwise.as_deref().unwrap_or_default());
                }
            },
            CommitEdit::For {
                variable,
                list,
                edits,
            } => {
                for bound in self.rounds(variable, list, span) {
                    self.scopes
                        .push(BTreeMap::from([(variable.name.clone(), bound)]), false);
                    self.edits(draft, edits);
                    self.scopes.pop();
                }
            }
            CommitEdit::Error => return None,
        }
        Some(())
    }

    /// The only branch that a suggestion can name: a `main` or `master` that the plan protects.
    pub(super) fn only_branch(&self) -> Option<String> {
        let names = self
            .declared
            .protected
            .iter()
            .map(|text| self.source(text.span).to_owned());
        names
            .into_iter()
            .find(|name| matches!(name.as_str(), "main" | "master"))
    }
}

/// What may stand in the block of what acts on an environment.
const OUTSIDE: &[&str] = &["timeout", "retry", "env", "in", "irreversible", "undo"];

/// A commit as its block is read.
struct Draft {
    message: Option<String>,
    edits: Vec<Edit>,
    signed: bool,
    sound: bool,
}
