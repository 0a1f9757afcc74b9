//! `run` and `sh`, and how every command of a plan is started.

use std::collections::BTreeMap;

use crate::check::{
    CheckoutSetup, Command, CommandOptions, Phase, Piece, Program, Step, StepVariable, Subject,
};
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::engine::{CheckoutRequest, ExecEnd, ExecOutcome, ExecRequest, Place, Waited};
use crate::journal::{CommandFinished, CommandIntent, CommandRole, Event, PauseCause};
use crate::model::Oid;

/// The values of the step variables, by name.
pub(crate) type Variables = BTreeMap<StepVariable, String>;

impl Session<'_> {
    pub(super) fn run_command(
        &mut self,
        phase: &Phase,
        step: &Step,
        command: &Command,
        subject: Option<&Subject>,
        options: &CommandOptions,
    ) -> Result<(), Stop> {
        let (place, variables) = self.place(phase, subject, &CheckoutSetup::default())?;
        self.publish(phase, None)?;
        let outcome = self.act(phase, CommandRole::Step, command, place, options, variables, None)?;
        self.judge(&outcome, &command.display, step)
    }

    /// Where a command about `subject` runs, and what it is told.
    pub(crate) fn place(
        &mut self,
        phase: &Phase,
        subject: Option<&Subject>,
        setup: &CheckoutSetup,
    ) -> Result<(Place, Variables), Stop> {
        let mut variables = self.variables(phase);
        let Some(Subject::Source(source)) = subject else {
            return Ok((Place::Plan, variables));
        };
        let commit = self.sandbox.resolve(&source.text)?;
        let branch = self.sandbox.find_ref(&source.text).map(|(name, _)| name);
        let branch = branch
            .and_then(|name| name.strip_prefix("refs/heads/").map(str::to_owned))
            .unwrap_or_default();
        variables.insert(StepVariable::Commit, commit.to_string());
        variables.insert(StepVariable::Branch, branch);
        Ok((
            Place::Checkout(self.checkout_of(&commit, setup, &variables)),
            variables,
        ))
    }

    /// A checkout of a commit, prepared as the plan and the gate say.
    pub(crate) fn checkout_of(
        &self,
        commit: &Oid,
        setup: &CheckoutSetup,
        variables: &Variables,
    ) -> CheckoutRequest {
        let commands = self.plan.checkout().setup.iter().chain(&setup.setup);
        let commands = commands.map(|command| words(command, variables)).collect();
        let links = self
            .plan
            .checkout()
            .links
            .iter()
            .chain(&setup.links)
            .cloned()
            .collect();
        CheckoutRequest {
            commit: commit.clone(),
            tree: None,
            setup: commands,
            links,
        }
    }

    pub(crate) fn variables(&self, phase: &Phase) -> Variables {
        Variables::from([
            (StepVariable::Phase, phase.name.clone()),
            (StepVariable::Run, self.run.clone()),
        ])
    }

    /// Runs a command once, with an intent on record before it.
    #[allow(clippy::too_many_arguments, reason = "a command has this many sides")]
    pub(crate) fn act(
        &mut self,
        phase: &Phase,
        role: CommandRole,
        command: &Command,
        place: Place,
        options: &CommandOptions,
        variables: Variables,
        environment: Option<&str>,
    ) -> Result<ExecOutcome, Stop> {
        let attempts = options.retry.map_or(0, |retry| retry.count);
        for attempt in 0.. {
            let commit = match &place {
                Place::Checkout(request) => Some(request.commit.clone()),
                Place::Plan => None,
            };
            self.emit(Event::CommandIntent(CommandIntent {
                phase: phase.name.clone(),
                step: self.now_step.unwrap_or_default(),
                role,
                display: command.display.clone(),
                commit,
                environment: environment.map(str::to_owned),
            }))?;
            let outcome = self.start(command, place.clone(), options, &variables, false);
            if outcome.end == ExecEnd::Interrupted {
                // Its end is not recorded: what it did is for a person to say when the run is resumed.
                return Err(Stop::Interrupted);
            }
            let ok = matches!(outcome.end, ExecEnd::Exited(0) | ExecEnd::NotRun);
            self.finished(phase, role, &outcome, ok)?;
            let Some(retry) = options.retry.filter(|_| !ok && attempt < attempts) else {
                return Ok(outcome);
            };
            if self.ports.pause(retry.every) == Waited::Interrupted {
                return Err(Stop::Interrupted);
            }
        }
        unreachable!("BUG: attempts end")
    }

    /// Runs a command without an intent: gates, edits, resolutions, `current`, which change nothing outside.
    pub(crate) fn exec(
        &mut self,
        phase: &Phase,
        role: CommandRole,
        command: &Command,
        place: Place,
        options: &CommandOptions,
        capture: bool,
    ) -> Result<ExecOutcome, Stop> {
        let mut variables = self.variables(phase);
        if let Place::Checkout(request) = &place {
            variables.insert(StepVariable::Commit, request.commit.to_string());
        }
        let outcome = self.start(command, place, options, &variables, capture);
        if outcome.end == ExecEnd::Interrupted {
            return Err(Stop::Interrupted);
        }
        let ok = matches!(outcome.end, ExecEnd::Exited(0) | ExecEnd::NotRun);
        self.finished(phase, role, &outcome, ok)?;
        Ok(outcome)
    }

    pub(crate) fn start(
        &mut self,
        command: &Command,
        place: Place,
        options: &CommandOptions,
        variables: &Variables,
        capture: bool,
    ) -> ExecOutcome {
        let mut env: Vec<(String, String)> = command.variables.clone();
        env.extend(
            variables
                .iter()
                .map(|(variable, value)| (variable.name().to_owned(), value.clone())),
        );
        env.extend(options.env.iter().cloned());
        let request = ExecRequest {
            words: words(command, variables),
            env,
            secrets: self.plan.secrets().to_vec(),
            place,
            directory: options.directory.clone(),
            timeout: options.timeout,
            capture,
            display: command.display.clone(),
        };
        self.ports.exec(&mut self.sandbox, &request)
    }

    fn finished(
        &mut self,
        phase: &Phase,
        role: CommandRole,
        outcome: &ExecOutcome,
        ok: bool,
    ) -> Result<(), Stop> {
        let exit = match outcome.end {
            ExecEnd::Exited(code) => Some(code),
            _ => None,
        };
        self.emit(Event::CommandFinished(CommandFinished {
            phase: phase.name.clone(),
            step: self.now_step.unwrap_or_default(),
            role,
            exit,
            how: how(&outcome.end),
            ok,
            output: outcome.tail.clone(),
            elapsed: outcome.elapsed,
        }))?;
        Ok(())
    }

    /// Turns a command's end into a step's.
    pub(crate) fn judge(&mut self, outcome: &ExecOutcome, display: &str, step: &Step) -> Result<(), Stop> {
        match &outcome.end {
            ExecEnd::Exited(0) | ExecEnd::NotRun => Ok(()),
            ExecEnd::Interrupted => Err(Stop::Paused {
                cause: PauseCause::UnknownOutcome,
                reason: format!("`{display}` was interrupted, and only a person can tell what it did"),
                way_out: "`rel resume --done` if it did its work, `--again` to run it again, `--failed` to treat it as failed".into(),
            }),
            end => {
                let tail = last_lines(&outcome.tail, 12);
                let said = if tail.is_empty() { String::new() } else { format!("\n{tail}") };
                Err(Stop::failed(format!("`{}` failed: `{display}` {}{said}", step.display, how(end))))
            }
        }
    }
}

/// The words of a command with its variables filled in; a script becomes an argument of `sh`.
pub(crate) fn words(command: &Command, variables: &Variables) -> Vec<String> {
    match &command.program {
        Program::Sh(script) => ["sh", "-eu", "-c", script, "rel"].map(str::to_owned).to_vec(),
        Program::Run(words) => words
            .iter()
            .map(|word| {
                word.iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.as_str(),
                        Piece::Variable(variable) => variables.get(variable).map_or("", String::as_str),
                    })
                    .collect()
            })
            .collect(),
    }
}

/// How a command ended, in words.
pub(crate) fn how(end: &ExecEnd) -> String {
    match end {
        ExecEnd::Exited(code) => format!("exited with {code}"),
        ExecEnd::Killed(signal) => format!("was killed by signal {signal}"),
        ExecEnd::TimedOut => "took longer than its timeout and was ended".into(),
        ExecEnd::NotStarted(why) => format!("could not start: {why}"),
        ExecEnd::NoCheckout(why) => format!("had nowhere to run: {why}"),
        ExecEnd::Interrupted => "was interrupted".into(),
        ExecEnd::NotRun => "would run here".into(),
    }
}

pub(crate) fn last_lines(text: &str, most: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(most)..]
        .iter()
        .map(|line| format!("  | {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
