//! What cannot be simulated: the only seam of the engine with more than one implementation.
//!
//! The real one is `host`; the simulation's answers "not run" and lets virtual time pass; tests
//! pin the clock and script outcomes.

#![allow(
    missing_docs,
    reason = "the fields of small variants are named by the form in the line above"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use indexmap::IndexMap;

use crate::git;
use crate::journal::{Millis, RefMove};
use crate::model::{Duration, Oid, Value};

/// A moment and the offset of the zone in which it is written into commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since 1970 UTC.
    pub millis: Millis,
    /// Minutes east of UTC.
    pub offset_minutes: i32,
}

/// The outside world, as the engine sees it.
pub trait Ports {
    /// What time it is.
    fn now(&mut self) -> Now;

    /// Waits, or returns early when the person interrupts.
    fn sleep(&mut self, duration: Duration) -> Waited;

    /// The wait between two attempts of one command or gate: `--no-wait` does not decline it.
    fn pause(&mut self, duration: Duration) -> Waited {
        self.sleep(duration)
    }

    /// Whether the person has asked to stop (Ctrl-C, SIGTERM).
    fn interrupted(&mut self) -> bool;

    /// A step begins: scratch checkouts of the step before are not used again.
    fn step_begins(&mut self) {}

    /// Whether the environment variable of a secret is set.
    fn has_secret(&mut self, _name: &str) -> bool {
        true
    }

    /// A text without the values of these secrets: `***` stands in their place.
    fn mask(&self, _secrets: &[String], text: String) -> String {
        text
    }

    /// Runs a command and waits for its end. A checkout it needs is made in `sandbox`.
    fn exec(&mut self, sandbox: &mut git::Sandbox, request: &ExecRequest) -> ExecOutcome;

    /// Makes a signed tag or commit with the user's own gpg or ssh configuration.
    fn sign(&mut self, sandbox: &mut git::Sandbox, request: &SignRequest) -> SignOutcome;

    /// Fetches a remote into the sandbox.
    ///
    /// # Errors
    /// When the remote cannot be read.
    fn fetch(&mut self, sandbox: &mut git::Sandbox, remote: &str) -> Result<Vec<RefMove>, git::Error>;

    /// The refs of the real repository as they are now; `None` in a simulation, where nobody else moves them.
    ///
    /// # Errors
    /// When git fails.
    fn local_refs(&mut self, sandbox: &git::Sandbox) -> Result<Option<BTreeMap<String, Oid>>, git::Error>;

    /// Pushes, atomically and with an exact lease per ref.
    fn push(&mut self, sandbox: &mut git::Sandbox, request: &PushRequest) -> git::PushOutcome;

    /// Moves the refs of the real repository in one verified transaction, and brings clean
    /// checked-out work trees along. `sandbox` holds the new objects.
    ///
    /// # Errors
    /// When a ref is not where it was, a hook refuses, or a work tree would lose something.
    fn publish(&mut self, sandbox: &mut git::Sandbox, request: &PublishRequest) -> Result<(), git::Error>;

    /// Refuses beforehand what [`Ports::publish`] would refuse.
    ///
    /// # Errors
    /// As [`Ports::publish`].
    fn can_publish(&mut self, sandbox: &mut git::Sandbox, moves: &[RefMove]) -> Result<(), git::Error>;

    /// Has a person resolve a conflict: in a scratch checkout that stays until they have.
    ///
    /// # Errors
    /// When the checkout cannot be made or read.
    fn by_hand(
        &mut self,
        sandbox: &mut git::Sandbox,
        request: &ByHandRequest,
    ) -> Result<ByHandOutcome, git::Error> {
        let made = sandbox.by_hand(&request.run, &request.ours, &request.merged)?;
        Ok(match made {
            git::ByHand::Resolved(tree) => ByHandOutcome::Resolved(tree),
            git::ByHand::Waiting { path, left } => ByHandOutcome::Waiting { path, left },
        })
    }

    /// Asks the person at the terminal.
    fn ask(&mut self, question: &Question) -> Answer;

    /// Asks a gate that the embedding program provides.
    fn host_gate(&mut self, request: &HostGateRequest) -> HostVerdict;
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// All of it passed.
    Full,
    /// The person interrupted.
    Interrupted,
    /// Waiting is not wanted (`--no-wait`).
    Declined,
}

/// A command, all values filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecRequest {
    /// The program and its arguments; never empty.
    pub words: Vec<String>,
    /// Set on top of the inherited environment, git's own variables taken out.
    pub env: Vec<(String, String)>,
    /// Names of the environment variables whose values are masked in all output.
    pub secrets: Vec<String>,
    /// Where it runs.
    pub place: Place,
    /// A directory inside that place, with `/`.
    pub directory: Option<String>,
    /// When it is ended, its whole process group.
    pub timeout: Duration,
    /// Wants what the command left in its checkout, as a tree.
    pub capture: bool,
    /// For progress: what is being done, as the plan writes it.
    pub display: String,
}

/// Where a command runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// In the directory of the plan.
    Plan,
    /// In a scratch checkout.
    Checkout(CheckoutRequest),
}

/// A scratch checkout; one with equal contents is reused within a step, never between a capture
/// and anything else.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckoutRequest {
    /// The commit.
    pub commit: Oid,
    /// Instead of the commit's own tree: a tree with conflict markers in it.
    pub tree: Option<Oid>,
    /// Run once in a fresh checkout, in order.
    pub setup: Vec<Vec<String>>,
    /// Ignored paths borrowed from the plan's work tree.
    pub links: Vec<String>,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecOutcome {
    /// How.
    pub end: ExecEnd,
    /// Standard output: the first and last part when there was more than the bound (1 MiB), masked.
    pub stdout: Output,
    /// Standard error, likewise.
    pub stderr: Output,
    /// Both as they came, the last 64 KiB, masked: for people.
    pub tail: String,
    /// How long it took.
    pub elapsed: Duration,
    /// What it left in its checkout, when the request wanted it.
    pub tree: Option<Oid>,
}

/// Bounded output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// What was kept; invalid UTF-8 replaced.
    pub text: String,
    /// How many bytes were left out.
    pub omitted: u64,
}

/// The ways a command ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecEnd {
    /// With a code.
    Exited(i32),
    /// By a signal.
    Killed(i32),
    /// It was ended after its timeout.
    TimedOut,
    /// It could not start; a sentence says why and what to do.
    NotStarted(String),
    /// Its checkout or its setup failed; a sentence says why.
    NoCheckout(String),
    /// The person interrupted; it was ended.
    Interrupted,
    /// Simulation: it would run here.
    NotRun,
}

/// A conflict that a person resolves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHandRequest {
    /// The run.
    pub run: String,
    /// The commit that something is merged into.
    pub ours: Oid,
    /// The merge, with the conflicts that are left to the person.
    pub merged: git::Merged,
}

/// What has become of a conflict that a person resolves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByHandOutcome {
    /// It is resolved: the tree.
    Resolved(Oid),
    /// It waits in this directory, where this is still to be done.
    Waiting { path: PathBuf, left: String },
    /// Simulation: a person would be asked here.
    NotAsked,
}

/// A tag or commit to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignRequest {
    /// The raw object without its signature: what `git cat-file tag|commit` would print.
    pub payload: String,
    /// Which of the two.
    pub kind: SignKind,
}

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignKind {
    /// An annotated tag.
    Tag,
    /// A commit.
    Commit,
}

/// What signing gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignOutcome {
    /// The signed object, already in the sandbox.
    Signed(Oid),
    /// Simulation: the id is known after apply.
    NotSigned,
    /// git, gpg or ssh refused; a sentence says why and what to do.
    Failed(String),
}

/// A push; what it moves is exactly `moves`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushRequest {
    /// The remote.
    pub remote: String,
    /// Refs of the remote: before (the lease) and after.
    pub moves: Vec<RefMove>,
    /// The run, under whose refs the objects are kept.
    pub run: String,
}

/// A local publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishRequest {
    /// Local refs: before and after.
    pub moves: Vec<RefMove>,
    /// Refs that have moved already, in a process that was ended before the work trees could follow: they do now.
    pub arrived: Vec<RefMove>,
    /// The run, under whose refs the objects are kept.
    pub run: String,
    /// For the reflog.
    pub message: String,
}

/// Something only a person can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What it is about.
    pub kind: QuestionKind,
    /// The question in one line.
    pub text: String,
    /// What to know before answering; each a line.
    pub details: Vec<String>,
}

/// The kinds of questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuestionKind {
    /// One of these people approves: `approve N of LIST`.
    Approve { candidates: Vec<String> },
    /// `confirm "..."`
    Confirm,
    /// Whether to go on at all: apply, rollback.
    Proceed,
}

/// What the person said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes, and who said it.
    Yes(String),
    /// No, and who said it.
    No(String),
    /// Nobody is there to ask.
    NoTerminal,
    /// Simulation: it would be asked here.
    NotAsked,
    /// Interrupted.
    Interrupted,
}

/// A call of a gate that the embedding program provides.
#[derive(Clone, Debug, PartialEq)]
pub struct HostGateRequest {
    /// The gate.
    pub name: String,
    /// Its arguments.
    pub arguments: IndexMap<String, Value>,
    /// The commit it is about; `None` when live.
    pub commit: Option<Oid>,
    /// A directory with the commit checked out, when the gate asked for one.
    pub checkout: Option<PathBuf>,
    /// Step variables.
    pub variables: BTreeMap<String, String>,
}

/// What a gate of the embedding program says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostVerdict {
    /// It passes; what it read, for people.
    Passed(String),
    /// It fails; why.
    Failed(String),
    /// It cannot tell; why.
    Inconclusive(String),
    /// Simulation: it would be asked here.
    NotRun,
}
