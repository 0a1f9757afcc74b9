//! `notify`: tells a channel; never fails a release.

use crate::check::{CommandOptions, Phase, StepVariable};
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::engine::{ExecEnd, Place};
use crate::journal::Event;

impl Session<'_> {
    pub(super) fn notify(&mut self, phase: &Phase, channel: &str, message: &str) -> Result<(), Stop> {
        let Some(command) = self.plan.channels().get(channel) else {
            return Err(Stop::failed(format!("there is no channel `{channel}`")));
        };
        let mut variables = self.variables(phase);
        variables.insert(StepVariable::Message, message.to_owned());
        let outcome = self.start(
            command,
            Place::Plan,
            &CommandOptions::default(),
            &variables,
            false,
        );
        let error = match &outcome.end {
            ExecEnd::Exited(0) | ExecEnd::NotRun => None,
            end => Some(super::command::how(end)),
        };
        self.emit(Event::Notified {
            phase: phase.name.clone(),
            channel: channel.to_owned(),
            message: message.to_owned(),
            error: error.clone(),
        })?;
        if let Some(error) = error {
            self.warn(
                phase,
                format!("`{channel}` could not be told: `{}` {error}", command.display),
            )?;
        }
        Ok(())
    }
}
