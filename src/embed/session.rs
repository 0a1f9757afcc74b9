//! From an engine's settings to a session over real ports.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::Error;
use super::engine::{Engine, SharedGate};
use crate::check::Plan;
use crate::engine::{Parts, Ports};
use crate::host::{HostGate, System, Terminal};
use crate::journal::{Record, RunState, Sink};

/// What a session is about, besides the engine's own settings.
pub(super) struct About<'a> {
    pub(super) plan: &'a Plan,
    pub(super) directory: &'a Path,
    pub(super) state: RunState,
    pub(super) run: String,
}

impl Engine {
    /// The real ports, or what the embedding program makes of them.
    pub(super) fn ports(&mut self, directory: &Path) -> Result<Box<dyn Ports>, Error> {
        let who = self.repository()?.identity()?.to_string();
        let settings = &mut self.settings;
        let mut system = System::new(directory, who)
            .interrupted_by(Arc::clone(&settings.interrupt))
            .no_wait(settings.no_wait)
            .assume_yes(settings.yes);
        for (name, value) in &settings.variables {
            system = system.variable(name, value);
        }
        for (name, gate) in &settings.gates {
            system = system.gate(name, shared(gate));
        }
        if let Some(terminal) = &settings.terminal {
            system = system.terminal(SharedTerminal(Arc::clone(terminal)));
        }
        Ok(match &mut settings.world {
            Some(world) => world(system),
            None => Box::new(system),
        })
    }

    /// Runs `body` with the parts of a session.
    pub(super) fn with_parts<T, E: Into<Error>>(
        &mut self,
        about: About<'_>,
        ports: &mut dyn Ports,
        sink: &mut dyn Sink,
        body: impl FnOnce(Parts<'_>) -> Result<T, E>,
    ) -> Result<T, Error> {
        let repository = self.repository.as_ref().ok_or(Error::NoRepository)?;
        let watch = &mut self.settings.observer;
        let mut observer = |record: &Record| watch(record);
        body(Parts {
            plan: about.plan,
            repository,
            directory: about.directory.to_owned(),
            ports,
            sink,
            observer: &mut observer,
            options: self.settings.options.clone(),
            state: about.state,
            run: about.run,
        })
        .map_err(Into::into)
    }
}

/// A gate for one session. One that has panicked before is asked all the same: its state is its own.
fn shared(gate: &SharedGate) -> HostGate {
    let gate = Arc::clone(gate);
    Box::new(move |request| {
        let mut gate = gate.lock().unwrap_or_else(PoisonError::into_inner);
        gate(request)
    })
}

struct SharedTerminal(Arc<Mutex<dyn Terminal>>);

impl Terminal for SharedTerminal {
    fn present(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).present()
    }

    fn show(&mut self, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).show(text);
    }

    fn read_line(&mut self, interrupt: &std::sync::atomic::AtomicBool) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .read_line(interrupt)
    }
}
