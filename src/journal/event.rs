//! The events of a run and of a simulation.

#![allow(
    missing_docs,
    reason = "the fields of small variants are named by the form in the line above"
)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Duration, Oid};

/// The version of the journal's format.
pub const FORMAT: u32 = 1;

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Counts from 0 without gaps.
    pub seq: u64,
    /// When.
    pub at: Millis,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// Something that is about to happen (`...Intent`, durable before the effect) or has happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The first event: all that is needed to go on in another process.
    RunStarted(RunStarted),
    /// `resume`, `rollback` or `abort` took the run up again in a new process.
    RunTakenUp { command: String },
    /// A remote was asked; `moved` lists its refs that are not where they were last seen.
    Fetched { remote: String, moved: Vec<RefMove> },
    /// A branch behind its upstream was brought along, or unpushed commits were noticed.
    Reconciled {
        branch: String,
        from: Option<Oid>,
        to: Oid,
        unpushed: u32,
    },
    /// A phase begins, or begins again. `refs` are the values its rollback goes back to.
    PhaseStarted {
        phase: String,
        refs: Vec<RefAt>,
        previous: Vec<Running>,
        attempt: u32,
    },
    /// `when` does not hold.
    PhaseSkipped { phase: String },
    /// Held back by `not before`; `reason` is there when a person overrode it.
    HeldBack {
        phase: String,
        until: Millis,
        overridden: Option<String>,
    },
    /// A step begins.
    StepStarted {
        phase: String,
        step: u32,
        display: String,
    },
    /// Refs moved in the sandbox.
    Staged(Staged),
    /// A step had nothing to do: `why` says what it found.
    StepSkipped { phase: String, step: u32, why: String },
    /// A step is done.
    StepFinished { phase: String, step: u32 },
    /// A gate's result.
    Gate(GateResult),
    /// A command of `run`, `sh`, `deploy`, `shift`, `backup`, `restore`, `undo`, an edit, or a channel is about to run.
    CommandIntent(CommandIntent),
    /// It ended.
    CommandFinished(CommandFinished),
    /// What is staged is about to be published; the refs as they are and as they will be.
    PublicationIntent(PublicationIntent),
    /// The remote took its part.
    RemoteMoved { publication: u32 },
    /// All of it is published.
    PublicationFinished { publication: u32 },
    /// The remote or git refused, and nothing of it moved.
    PublicationRefused { publication: u32, reason: String },
    /// What was staged was thrown away.
    Discarded { phase: String },
    /// An environment now runs this.
    Deployed {
        phase: String,
        step: u32,
        environment: String,
        source: String,
        commit: Oid,
        previous: Option<Oid>,
    },
    /// A soak begins.
    SoakStarted {
        phase: String,
        step: u32,
        duration: Duration,
    },
    /// What counts as soaked so far.
    SoakProgress {
        phase: String,
        step: u32,
        soaked: Duration,
    },
    /// Somebody was asked something; the answer as recorded.
    Answered {
        phase: String,
        step: Option<u32>,
        question: String,
        answer: String,
        by: String,
    },
    /// A channel was told, or could not be.
    Notified {
        phase: String,
        channel: String,
        message: String,
        error: Option<String>,
    },
    /// Worth knowing; nothing stops.
    Warning { phase: Option<String>, message: String },
    /// A phase is done.
    PhaseFinished { phase: String },
    /// A step failed. `published` tells whether anything outside had happened by then.
    PhaseFailed {
        phase: String,
        step: Option<u32>,
        reason: String,
        help: Option<String>,
        published: bool,
    },
    /// The run waits for a person or for time; `way_out` is what to type.
    Paused {
        phase: String,
        step: Option<u32>,
        cause: PauseCause,
        reason: String,
        way_out: String,
    },
    /// What is about to be taken back, in that order: dependents first. `asked`: a person wants it.
    RollbackPlanned { phases: Vec<String>, asked: bool },
    /// A phase is being taken back; what was staged before is discarded.
    RollbackStarted { phase: String, why: String },
    /// A step of the rollback's own; a rollback's other events carry the same kinds as a phase's.
    RollbackNote { phase: String, message: String },
    /// The phase is taken back.
    RollbackFinished { phase: String },
    /// A person is needed.
    RollbackFailed {
        phase: String,
        reason: String,
        way_out: String,
    },
    /// The last event of a run.
    RunFinished { outcome: Outcome },
}

/// All that is needed to go on in another process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// The format's version: [`FORMAT`].
    pub version: u32,
    /// The run's id: sortable by time, safe in refs and file names.
    pub run: String,
    /// The plan's title.
    pub title: String,
    /// The plan's digest.
    pub digest: String,
    /// The sources, the plan first: the path from the repository's root and the text.
    pub sources: Vec<(String, String)>,
    /// Params set from outside, as text.
    pub params: Vec<(String, String)>,
    /// The directory of the plan.
    pub directory: String,
    /// The default remote, when the repository has it.
    pub remote: Option<String>,
    /// Who runs it: `Name <mail>`.
    pub who: String,
    /// Whether remotes are left alone (`--offline`).
    pub offline: bool,
}

/// A ref and its value; `None` where it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefAt {
    /// The full name.
    pub name: String,
    /// Where it is; a tag's own object.
    pub oid: Option<Oid>,
}

/// A ref that moves; `None` stands for "does not exist".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefMove {
    /// The full name.
    pub name: String,
    /// Before.
    pub old: Option<Oid>,
    /// After.
    pub new: Option<Oid>,
}

/// What an environment runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The environment.
    pub environment: String,
    /// The commit, where it is known.
    pub commit: Option<Oid>,
    /// What `current` printed, where that is no commit of the repository.
    pub said: Option<String>,
}

/// Refs that moved in the sandbox, and what that brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Staged {
    /// The phase.
    pub phase: String,
    /// The step; `None` for `rollback revert` and `rollback reset`.
    pub step: Option<u32>,
    /// The move.
    pub change: RefMove,
    /// The tree after, of a branch.
    pub tree: Option<Oid>,
    /// `false`: the id depends on a command or a signature, and is known after apply.
    pub known: bool,
    /// Commits that come in, newest first: id, author, subject.
    pub commits: Vec<CommitLine>,
    /// How many come in; `commits` may hold only the newest.
    pub commit_count: u32,
    /// Files that change.
    pub files: Vec<FileChange>,
    /// How many files change; `files` may hold only the first.
    pub file_count: u32,
    /// Lines added, over all files.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// How it came about: `fast-forward`, `merge`, `squash`, `rebase`, `commit`, `revert`, `tag`, ...
    pub how: String,
    /// Conflicts that were resolved, and how.
    pub resolved: Vec<Conflict>,
    /// For edits of files: a unified diff.
    pub diff: Option<String>,
}

/// A commit in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitLine {
    /// Its id.
    pub oid: Oid,
    /// Its author's name.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
}

/// A file that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// The path, with `/`.
    pub path: String,
    /// The path before, of a rename.
    pub from: Option<String>,
    /// `added`, `deleted`, `modified`, `renamed`, `mode`.
    pub kind: String,
    /// Lines added; 0 for a binary file.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// A conflicted path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The path, with `/`.
    pub path: String,
    /// git's word for it: `content`, `add/add`, `modify/delete`, ...
    pub kind: String,
    /// How it is resolved: `ours`, `theirs`, `union`, a command; `None` when it is not.
    pub resolution: Option<String>,
    /// The file with conflict markers, or the part around them.
    pub hunk: Option<String>,
}

/// Pass, fail, or cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All expectations hold.
    Passed,
    /// One does not.
    Failed,
    /// Cannot tell; never counts as a pass.
    Inconclusive,
    /// Simulation: it would be asked here.
    NotRun,
}

/// A gate's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// The phase.
    pub phase: String,
    /// The step; several results of a soak share one.
    pub step: u32,
    /// `coverage(min: 75%)`
    pub gate: String,
    /// The commit that was checked; `None` for a live gate.
    pub commit: Option<Oid>,
    /// Its tree.
    pub tree: Option<Oid>,
    /// The result.
    pub verdict: Verdict,
    /// Each expectation: as written, what was read, whether it holds.
    pub readings: Vec<GateReading>,
    /// Why it failed or cannot tell, in a sentence.
    pub reason: Option<String>,
    /// What to do, from the plan.
    pub help: Option<String>,
    /// The end of its output, bounded and masked.
    pub output: String,
    /// How long it took.
    pub elapsed: Duration,
    /// It reports, and blocks nothing.
    pub advisory: bool,
    /// The result of an earlier attempt on the same tree.
    pub reused: bool,
    /// The key under which a result may be reused: digest of tree, command and expectations.
    pub key: Option<String>,
}

/// One expectation and what it met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateReading {
    /// `percent >= 85%`
    pub expect: String,
    /// What was read: `85.74%`; `None` when nothing fitted.
    pub found: Option<String>,
    /// Whether it holds.
    pub holds: bool,
}

/// What a command is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommandRole {
    /// `run`, `sh`
    Step,
    /// `deploy`
    Deploy,
    /// `shift`
    Shift,
    /// `backup`
    Backup,
    /// `restore`
    Restore,
    /// `undo`
    Undo,
    /// An edit of a `commit`.
    Edit,
    /// `resolve ... with`
    Resolve,
    /// `current`
    Current,
    /// A channel.
    Notify,
    /// `setup`
    Setup,
}

/// A command that is about to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandIntent {
    /// The phase.
    pub phase: String,
    /// The step.
    pub step: u32,
    /// What for.
    pub role: CommandRole,
    /// As the plan writes it, values filled in, masked.
    pub display: String,
    /// The commit of its checkout; `None` in the directory of the plan.
    pub commit: Option<Oid>,
    /// For `deploy` and `shift`: where to.
    pub environment: Option<String>,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandFinished {
    /// The phase.
    pub phase: String,
    /// The step.
    pub step: u32,
    /// What for.
    pub role: CommandRole,
    /// The exit code, if it exited.
    pub exit: Option<i32>,
    /// `exited`, `timed out`, `killed by signal 9`, `not found`, `not run` (simulation), ...
    pub how: String,
    /// Whether it did what it should.
    pub ok: bool,
    /// The end of its output, bounded and masked.
    pub output: String,
    /// How long it took.
    pub elapsed: Duration,
}

/// What is about to be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicationIntent {
    /// Counts from 0 within the run.
    pub publication: u32,
    /// The phase.
    pub phase: String,
    /// The step that is the reason; `None` at the end of a phase.
    pub step: Option<u32>,
    /// Whether it belongs to the phase's rollback.
    pub rollback: bool,
    /// Where to, when it is a push.
    pub remote: Option<String>,
    /// Refs of the remote.
    pub remote_moves: Vec<RefMove>,
    /// Refs here.
    pub local_moves: Vec<RefMove>,
    /// Whether a remote ref may move other than forward, under its exact lease.
    pub force: bool,
}

impl PublicationIntent {
    /// The first and last value of every ref that publications move, where they differ; a ref of a remote as
    /// `refs/remotes/REMOTE/NAME`.
    pub fn net<'p>(publications: impl Iterator<Item = &'p PublicationIntent>) -> Vec<RefMove> {
        let mut net: BTreeMap<String, RefMove> = BTreeMap::new();
        let mut add = |name: String, change: &RefMove| {
            let entry = net.entry(name.clone()).or_insert_with(|| RefMove {
                name,
                old: change.old.clone(),
                new: None,
            });
            entry.new.clone_from(&change.new);
        };
        for intent in publications {
            for change in &intent.local_moves {
                add(change.name.clone(), change);
            }
            let remote = intent.remote.as_deref().unwrap_or_default();
            for change in &intent.remote_moves {
                let short = change
                    .name
                    .trim_start_matches("refs/heads/")
                    .trim_start_matches("refs/tags/");
                add(format!("refs/remotes/{remote}/{short}"), change);
            }
        }
        net.into_values()
            .filter(|change| change.old != change.new)
            .collect()
    }
}

/// Why a run waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PauseCause {
    /// A soak or `wait` under `--no-wait`, or interrupted.
    Time,
    /// An approval or a confirmation.
    Approval,
    /// `not before`.
    Window,
    /// A conflict that a person resolves.
    Conflict,
    /// A gate that cannot tell.
    Inconclusive,
    /// A command whose outcome is unknown.
    UnknownOutcome,
    /// A published ref moved in a way rel does not undo, or a local ref could not follow.
    RefMoved,
    /// `on failure hold`, or past the point of no return.
    Hold,
    /// Ctrl-C or a signal.
    Interrupted,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every phase is done.
    Done,
    /// A phase failed before anything outside had happened; nothing had to be undone.
    Failed,
    /// A phase failed and was rolled back.
    RolledBack,
    /// A rollback failed.
    RollbackFailed,
    /// A person gave it up.
    Aborted,
}
