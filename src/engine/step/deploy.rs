//! `deploy`, `shift`, `backup`, `restore`: environments.

use crate::check::{
    CheckoutSetup, Command, CommandOptions, DeployMethod, DeploySource, Environment, Phase, Source, Step,
    StepVariable, Subject,
};
use crate::engine::outcome::Stop;
use crate::engine::publish::Push;
use crate::engine::session::Session;
use crate::engine::{ExecEnd, Place};
use crate::journal::{CommandRole, Event, RefMove, Running};
use crate::model::{Oid, Percent, RefName};

impl Session<'_> {
    fn environment(&self, name: &str) -> Result<Environment, Stop> {
        let found = self.plan.environments().get(name).cloned();
        found.ok_or_else(|| Stop::failed(format!("there is no environment `{name}`")))
    }

    /// What the environments of a phase run when it begins: asked, or known from an earlier deploy.
    pub(crate) fn previous(&mut self, phase: &Phase) -> Result<Vec<Running>, Stop> {
        let mut running = Vec::new();
        for name in phase.effects.deploys.clone() {
            let environment = self.environment(&name)?;
            let (commit, said) = self.current(phase, &environment)?;
            let commit = commit.or_else(|| self.state.deployed.get(&name).cloned());
            running.push(Running {
                environment: name,
                commit,
                said,
            });
        }
        Ok(running)
    }

    /// Asks an environment what runs there.
    pub(crate) fn current(
        &mut self,
        phase: &Phase,
        environment: &Environment,
    ) -> Result<(Option<Oid>, Option<String>), Stop> {
        if let Some(DeployMethod::Branch(branch)) = &environment.deploy {
            return Ok((
                self.sandbox.at_remote(self.plan.remote(), &branch.as_branch()),
                None,
            ));
        }
        let Some(command) = &environment.current else {
            return Ok((None, None));
        };
        let outcome = self.exec(
            phase,
            CommandRole::Current,
            command,
            Place::Plan,
            &CommandOptions::default(),
            false,
        )?;
        if outcome.end == ExecEnd::NotRun {
            self.unasked.insert(environment.name.clone());
            return Ok((None, None));
        }
        let said = outcome.stdout.text.trim().to_owned();
        if outcome.end != ExecEnd::Exited(0) || said.is_empty() {
            self.warn(
                phase,
                format!(
                    "`{}` does not say what runs: `{}`",
                    environment.name, command.display
                ),
            )?;
            return Ok((None, None));
        }
        match self.sandbox.resolve(&said) {
            Ok(commit) => Ok((Some(commit), Some(said))),
            Err(_) => {
                self.warn(
                    phase,
                    format!(
                        "`{}` runs `{said}`, which is no commit of this repository",
                        environment.name
                    ),
                )?;
                Ok((None, Some(said)))
            }
        }
    }

    pub(crate) fn previous_of(&self, phase: &Phase, environment: &str) -> Option<Oid> {
        let state = self.state.phases.get(&phase.name)?;
        state
            .previous
            .iter()
            .find(|running| running.environment == environment)?
            .commit
            .clone()
    }

    pub(super) fn deploy(
        &mut self,
        phase: &Phase,
        step: &Step,
        what: &DeploySource,
        name: &str,
        options: &CommandOptions,
    ) -> Result<(), Stop> {
        let environment = self.environment(name)?;
        if self.never_ran(phase, name) {
            return self.skip(phase, format!("this phase had not deployed to `{name}`"));
        }
        let previous = self.previous_of(phase, name);
        let (text, commit) = match what {
            DeploySource::Source(source) => (source.text.clone(), self.sandbox.resolve(&source.text)?),
            DeploySource::Previous => match previous.clone() {
                Some(commit) => (commit.to_string(), commit),
                None => {
                    return self.no_previous(phase, name);
                }
            },
        };
        match &environment.deploy {
            Some(DeployMethod::Branch(branch)) => {
                self.deploy_branch(phase, branch, &commit, *what == DeploySource::Previous)?;
            }
            Some(DeployMethod::Command(command)) => {
                self.publish(phase, None)?;
                let source = Source {
                    text: text.clone(),
                    span: step.span,
                };
                let (place, mut variables) =
                    self.place(phase, Some(&Subject::Source(source)), &CheckoutSetup::default())?;
                variables.insert(StepVariable::Ref, text.clone());
                variables.insert(
                    StepVariable::Previous,
                    previous.as_ref().map(Oid::to_string).unwrap_or_default(),
                );
                let outcome = self.act(
                    phase,
                    CommandRole::Deploy,
                    command,
                    place,
                    options,
                    variables,
                    Some(name),
                )?;
                self.judge(&outcome, &command.display, step)?;
            }
            None => return Err(Stop::failed(format!("`{name}` does not say how to deploy"))),
        }
        self.emit(Event::Deployed {
            phase: phase.name.clone(),
            step: step.id.0,
            environment: name.to_owned(),
            source: text,
            commit,
            previous,
        })?;
        Ok(())
    }

    /// Where nobody was asked what runs (a simulation), that is known after apply; else it is an error.
    fn no_previous(&mut self, phase: &Phase, name: &str) -> Result<(), Stop> {
        if self.unasked.contains(name) {
            return self.skip(phase, format!("what ran on `{name}` before is known after apply"));
        }
        Err(Stop::failed_with(
            format!("nobody knows what ran on `{name}` before this phase"),
            format!("let `current` of `{name}` print a commit, tag or branch of this repository"),
        ))
    }

    fn deploy_branch(
        &mut self,
        phase: &Phase,
        branch: &RefName,
        commit: &Oid,
        back: bool,
    ) -> Result<(), Stop> {
        if back {
            self.not_protected(branch, "moved back")?;
        }
        let (remote, full) = (self.plan.remote().to_owned(), branch.as_branch());
        let old = self.sandbox.at_remote(&remote, &full);
        if old.as_ref() == Some(commit) {
            return self.skip(phase, format!("`{branch}` is there already"));
        }
        if self.sandbox.get(&full).is_some() {
            self.stage(&full, Some(commit.clone()));
            // Deploying changes nothing: what `touches` is about has been landed before.
            self.bases.insert(full.clone(), commit.clone());
        }
        let moves = vec![RefMove {
            name: full,
            old,
            new: Some(commit.clone()),
        }];
        self.publish(
            phase,
            Some(Push {
                remote,
                moves,
                force: back,
            }),
        )
    }

    pub(super) fn shift(
        &mut self,
        phase: &Phase,
        step: &Step,
        weight: Percent,
        name: &str,
        source: Option<&Source>,
        options: &CommandOptions,
    ) -> Result<(), Stop> {
        let environment = self.environment(name)?;
        if self.never_ran(phase, name) {
            return self.skip(phase, format!("this phase had not deployed to `{name}`"));
        }
        let Some(command) = &environment.shift else {
            return Err(Stop::failed(format!("`{name}` has no `shift`")));
        };
        self.publish(phase, None)?;
        let subject = source.map(|source| Subject::Source(source.clone()));
        let (place, mut variables) = self.place(phase, subject.as_ref(), &CheckoutSetup::default())?;
        variables.insert(
            StepVariable::Ref,
            source.map(|source| source.text.clone()).unwrap_or_default(),
        );
        variables.insert(StepVariable::Weight, weight.get().to_string());
        let outcome = self.act(
            phase,
            CommandRole::Shift,
            command,
            place,
            options,
            variables,
            Some(name),
        )?;
        self.judge(&outcome, &command.display, step)
    }

    pub(super) fn backup(
        &mut self,
        phase: &Phase,
        step: &Step,
        name: &str,
        options: &CommandOptions,
    ) -> Result<(), Stop> {
        let environment = self.environment(name)?;
        self.on_environment(
            phase,
            step,
            name,
            environment.backup.as_ref(),
            CommandRole::Backup,
            options,
        )
    }

    pub(super) fn restore(
        &mut self,
        phase: &Phase,
        step: &Step,
        name: &str,
        options: &CommandOptions,
    ) -> Result<(), Stop> {
        let environment = self.environment(name)?;
        if self.no_backup(phase, name) {
            return self.skip(phase, format!("this phase had made no backup of `{name}`"));
        }
        self.publish(phase, None)?;
        self.on_environment(
            phase,
            step,
            name,
            environment.restore.as_ref(),
            CommandRole::Restore,
            options,
        )
    }

    fn on_environment(
        &mut self,
        phase: &Phase,
        step: &Step,
        name: &str,
        command: Option<&Command>,
        role: CommandRole,
        options: &CommandOptions,
    ) -> Result<(), Stop> {
        let Some(command) = command else {
            return Err(Stop::failed(format!("`{name}` does not say how")));
        };
        let variables = self.variables(phase);
        let outcome = self.act(phase, role, command, Place::Plan, options, variables, Some(name))?;
        self.judge(&outcome, &command.display, step)
    }
}
