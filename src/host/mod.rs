//! The host: the real outside world behind [`Ports`].
//!
//! Commands in process groups of their own, the clock, the person at the terminal, signatures and
//! publication through the user's git, and the gates that an embedding program provides.

#![allow(
    clippy::disallowed_methods,
    reason = "this floor is the outside world: processes, the clock and the environment"
)]

mod checkouts;
mod command;
mod exec;
mod mask;
mod output;
mod refusal;
mod terminal;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use checkouts::Checkouts;
pub use terminal::{Console, Terminal};

use crate::engine::{
    Answer, ExecOutcome, ExecRequest, HostGateRequest, HostVerdict, Now, Ports, PublishRequest, PushRequest,
    Question, SignKind, SignOutcome, SignRequest, Waited,
};
use crate::git::{self, PushOutcome, RefUpdate, Sandbox};
use crate::journal::RefMove;
use crate::model::{Duration, Oid};

/// A gate that the embedding program provides: it is told what is asked and says what it finds.
pub type HostGate = Box<dyn FnMut(&HostGateRequest) -> HostVerdict + Send>;

/// The real outside world.
pub struct System {
    plan_directory: PathBuf,
    environment: BTreeMap<OsString, OsString>,
    interrupt: Arc<AtomicBool>,
    no_wait: bool,
    yes: bool,
    who: String,
    terminal: Box<dyn Terminal>,
    gates: BTreeMap<String, HostGate>,
    checkouts: Checkouts,
}

impl System {
    /// The world of this process: its environment and its terminal. Commands that are not about a tree
    /// run in `plan_directory`; `who` answers questions (`Name <mail>`).
    pub fn new(plan_directory: impl Into<PathBuf>, who: impl Into<String>) -> Self {
        Self {
            plan_directory: plan_directory.into(),
            environment: std::env::vars_os().collect(),
            interrupt: Arc::default(),
            no_wait: false,
            yes: false,
            who: who.into(),
            terminal: Box::new(Console),
            gates: BTreeMap::new(),
            checkouts: Checkouts::default(),
        }
    }

    /// Stops when this turns true: running commands are ended, waits end, questions are left open.
    #[must_use]
    pub fn interrupted_by(mut self, flag: Arc<AtomicBool>) -> Self {
        self.interrupt = flag;
        self
    }

    /// Declines to wait (`--no-wait`).
    #[must_use]
    pub fn no_wait(mut self, no_wait: bool) -> Self {
        self.no_wait = no_wait;
        self
    }

    /// Goes on without asking (`--yes`); what only a person can say stays open.
    #[must_use]
    pub fn assume_yes(mut self, yes: bool) -> Self {
        self.yes = yes;
        self
    }

    /// Asks there instead of at the terminal of this process.
    #[must_use]
    pub fn terminal(mut self, terminal: impl Terminal + 'static) -> Self {
        self.terminal = Box::new(terminal);
        self
    }

    /// Sets a variable of the environment that commands inherit; secrets are read from it too.
    #[must_use]
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Provides a gate.
    #[must_use]
    pub fn gate(mut self, name: impl Into<String>, gate: HostGate) -> Self {
        self.gates.insert(name.into(), gate);
        self
    }

    /// The directory of the plan.
    pub fn plan_directory(&self) -> &Path {
        &self.plan_directory
    }
}

impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The environment holds secrets.
        f.debug_struct("System")
            .field("plan_directory", &self.plan_directory)
            .field("no_wait", &self.no_wait)
            .field("yes", &self.yes)
            .field("gates", &self.gates.keys())
            .finish_non_exhaustive()
    }
}

impl Ports for System {
    fn now(&mut self) -> Now {
        let now = jiff::Zoned::now();
        Now {
            millis: now.timestamp().as_millisecond(),
            offset_minutes: now.offset().seconds() / 60,
        }
    }

    fn sleep(&mut self, duration: Duration) -> Waited {
        if self.no_wait {
            return Waited::Declined;
        }
        self.pause(duration)
    }

    fn pause(&mut self, duration: Duration) -> Waited {
        // The monotonic clock stands still while a machine sleeps, the other one may be set: whichever
        // says first that it is time.
        let clock = || jiff::Timestamp::now().as_millisecond();
        let until =
            i64::try_from(duration.as_millis()).map_or(i64::MAX, |millis| clock().saturating_add(millis));
        let started = std::time::Instant::now();
        loop {
            if self.interrupted() {
                return Waited::Interrupted;
            }
            let left = duration.to_std().saturating_sub(started.elapsed());
            if left.is_zero() || clock() >= until {
                return Waited::Full;
            }
            std::thread::sleep(left.min(std::time::Duration::from_millis(50)));
        }
    }

    fn interrupted(&mut self) -> bool {
        self.interrupt.load(Ordering::SeqCst)
    }

    fn step_begins(&mut self) {
        self.checkouts.clear();
    }

    fn has_secret(&mut self, name: &str) -> bool {
        self.environment
            .get(std::ffi::OsStr::new(name))
            .is_some_and(|value| !value.is_empty())
    }

    fn mask(&self, secrets: &[String], text: String) -> String {
        exec::masked(&self.environment, secrets, text)
    }

    fn exec(&mut self, sandbox: &mut Sandbox, request: &ExecRequest) -> ExecOutcome {
        self.run_command(sandbox, request)
    }

    fn sign(&mut self, sandbox: &mut Sandbox, request: &SignRequest) -> SignOutcome {
        let signed = match request.kind {
            SignKind::Tag => sandbox.sign_tag(&request.payload),
            SignKind::Commit => sandbox.sign_commit(&request.payload),
        };
        signed.map_or_else(
            |error| SignOutcome::Failed(error.to_string()),
            SignOutcome::Signed,
        )
    }

    fn fetch(&mut self, sandbox: &mut Sandbox, remote: &str) -> Result<Vec<RefMove>, git::Error> {
        let moved = sandbox.fetch(remote)?;
        Ok(moved.into_iter().map(event).collect())
    }

    fn local_refs(&mut self, sandbox: &Sandbox) -> Result<Option<BTreeMap<String, Oid>>, git::Error> {
        sandbox.real().refs().map(Some)
    }

    fn push(&mut self, sandbox: &mut Sandbox, request: &PushRequest) -> PushOutcome {
        let moves = updates(&request.moves);
        let pushed = sandbox
            .hand_over(&request.run, &objects(sandbox, &moves))
            .and_then(|()| sandbox.real().push(&request.remote, &moves));
        let outcome = pushed.unwrap_or_else(|error| PushOutcome::Refused {
            reason: error.to_string(),
        });
        if outcome == PushOutcome::Accepted {
            for update in &moves {
                sandbox.note_at_remote(&request.remote, &update.name, update.new.clone());
            }
        }
        outcome
    }

    fn publish(&mut self, sandbox: &mut Sandbox, request: &PublishRequest) -> Result<(), git::Error> {
        let moves = updates(&request.moves);
        sandbox.hand_over(&request.run, &objects(sandbox, &moves))?;
        sandbox.real().move_refs(&moves, &request.message)?;
        sandbox.real().bring_along(&moves)?;
        sandbox.real().bring_along(&updates(&request.arrived))
    }

    fn can_publish(&mut self, sandbox: &mut Sandbox, moves: &[RefMove]) -> Result<(), git::Error> {
        sandbox.can_move(&updates(moves))
    }

    fn ask(&mut self, question: &Question) -> Answer {
        terminal::ask(
            self.terminal.as_mut(),
            question,
            &self.who,
            self.yes,
            &self.interrupt,
        )
    }

    fn host_gate(&mut self, request: &HostGateRequest) -> HostVerdict {
        match self.gates.get_mut(&request.name) {
            Some(gate) => gate(request),
            None => HostVerdict::Inconclusive(format!(
                "the gate `{}` is provided by a program that embeds rel, and this one does not provide it",
                request.name
            )),
        }
    }
}

fn updates(moves: &[RefMove]) -> Vec<RefUpdate> {
    moves
        .iter()
        .map(|change| RefUpdate {
            name: change.name.clone(),
            old: change.old.clone(),
            new: change.new.clone(),
        })
        .collect()
}

fn event(update: RefUpdate) -> RefMove {
    RefMove {
        name: update.name,
        old: update.old,
        new: update.new,
    }
}

/// What must stay reachable: the new values, and the old ones that no new one contains (of a deleted or
/// rewound ref), or a rollback would find them gone one day.
fn objects(sandbox: &Sandbox, moves: &[RefUpdate]) -> Vec<Oid> {
    let mut objects: Vec<Oid> = moves.iter().filter_map(|update| update.new.clone()).collect();
    for update in moves {
        let Some(old) = update.old.as_ref().filter(|old| sandbox.has(old)) else {
            continue;
        };
        let contained = match &update.new {
            Some(new) => sandbox.contains(new, old).unwrap_or(false),
            None => false,
        };
        if !contained {
            objects.push(old.clone());
        }
    }
    objects
}
