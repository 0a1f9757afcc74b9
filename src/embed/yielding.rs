//! While a run waits, others may act: the repository's lock is let go for the time of a wait.
//!
//! The run's own lock stays, so that nobody else goes on with it meanwhile; what its open phase holds
//! is in the journal, where `locked` looks.

use std::collections::BTreeMap;

use crate::engine::{
    Answer, ExecOutcome, ExecRequest, HostGateRequest, HostVerdict, Now, Ports, PublishRequest, PushRequest,
    Question, SignOutcome, SignRequest, Waited,
};
use crate::git::{self, PushOutcome, Sandbox};
use crate::journal::{JournalError, Journals, Lock, RefMove};
use crate::model::{Duration, Oid};

/// How often a lock that somebody else holds is tried again.
const AGAIN: Duration = Duration::from_millis(100);

/// Ports that hold the repository's lock, but for waits.
pub(super) struct Yielding {
    inner: Box<dyn Ports>,
    journals: Journals,
    /// The run, once it has a name.
    run: Option<String>,
    lock: Option<Lock>,
}

impl Yielding {
    /// Takes the lock and holds it.
    ///
    /// # Errors
    /// [`JournalError::Busy`].
    pub(super) fn over(inner: Box<dyn Ports>, journals: &Journals) -> Result<Self, JournalError> {
        Ok(Self {
            inner,
            run: None,
            lock: Some(journals.lock()?),
            journals: journals.clone(),
        })
    }

    /// From here on whoever finds the lock taken learns by which run.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub(super) fn acts_for(&mut self, run: &str) -> Result<(), JournalError> {
        self.run = Some(run.to_owned());
        match &mut self.lock {
            Some(lock) => lock.taken_for(run),
            None => Ok(()),
        }
    }

    fn lock(&self) -> Result<Lock, JournalError> {
        let mut lock = self.journals.lock()?;
        if let Some(run) = &self.run {
            lock.taken_for(run)?;
        }
        Ok(lock)
    }

    fn retake(&mut self) -> Waited {
        loop {
            match self.lock() {
                Ok(lock) => {
                    self.lock = Some(lock);
                    return Waited::Full;
                }
                Err(JournalError::Busy { .. }) => {
                    if self.inner.pause(AGAIN) == Waited::Interrupted {
                        return Waited::Interrupted;
                    }
                }
                // Without the lock nothing may be done: the run stops, and can be resumed.
                Err(_) => return Waited::Interrupted,
            }
        }
    }
}

impl Ports for Yielding {
    fn now(&mut self) -> Now {
        self.inner.now()
    }

    fn sleep(&mut self, duration: Duration) -> Waited {
        self.lock = None;
        let waited = self.inner.sleep(duration);
        match self.retake() {
            Waited::Interrupted => Waited::Interrupted,
            Waited::Full | Waited::Declined => waited,
        }
    }

    fn pause(&mut self, duration: Duration) -> Waited {
        self.inner.pause(duration)
    }

    fn interrupted(&mut self) -> bool {
        self.inner.interrupted()
    }

    fn step_begins(&mut self) {
        self.inner.step_begins();
    }

    fn has_secret(&mut self, name: &str) -> bool {
        self.inner.has_secret(name)
    }

    fn mask(&self, secrets: &[String], text: String) -> String {
        self.inner.mask(secrets, text)
    }

    fn exec(&mut self, sandbox: &mut Sandbox, request: &ExecRequest) -> ExecOutcome {
        self.inner.exec(sandbox, request)
    }

    fn sign(&mut self, sandbox: &mut Sandbox, request: &SignRequest) -> SignOutcome {
        self.inner.sign(sandbox, request)
    }

    fn fetch(&mut self, sandbox: &mut Sandbox, remote: &str) -> Result<Vec<RefMove>, git::Error> {
        self.inner.fetch(sandbox, remote)
    }

    fn local_refs(&mut self, sandbox: &Sandbox) -> Result<Option<BTreeMap<String, Oid>>, git::Error> {
        self.inner.local_refs(sandbox)
    }

    fn push(&mut self, sandbox: &mut Sandbox, request: &PushRequest) -> PushOutcome {
        self.inner.push(sandbox, request)
    }

    fn publish(&mut self, sandbox: &mut Sandbox, request: &PublishRequest) -> Result<(), git::Error> {
        self.inner.publish(sandbox, request)
    }

    fn can_publish(&mut self, sandbox: &mut Sandbox, moves: &[RefMove]) -> Result<(), git::Error> {
        self.inner.can_publish(sandbox, moves)
    }

    fn ask(&mut self, question: &Question) -> Answer {
        self.inner.ask(question)
    }

    fn host_gate(&mut self, request: &HostGateRequest) -> HostVerdict {
        self.inner.host_gate(request)
    }
}
