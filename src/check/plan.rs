//! The checked plan: what the engine runs.
//!
//! Every name is resolved, every value known, every template, `for` and `when` expanded. Only the
//! checker can make a [`Plan`]; that is what "checked" means.

#![allow(
    missing_docs,
    reason = "the fields of small variants are named by the form in the line above"
)]

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Serialize;

use crate::model::{Duration, Percent, RefName, Value, Version};
use crate::text::{SourceMap, Span};

/// A plan that has passed the checker.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(in crate::check) data: PlanData,
}

/// The contents of a [`Plan`], for the checker to fill.
#[derive(Clone, Debug)]
pub(in crate::check) struct PlanData {
    pub(in crate::check) title: String,
    pub(in crate::check) docs: Vec<String>,
    pub(in crate::check) owner: Option<String>,
    pub(in crate::check) contact: Option<String>,
    pub(in crate::check) remote: String,
    pub(in crate::check) remotes: Vec<String>,
    pub(in crate::check) checkout: CheckoutSetup,
    pub(in crate::check) params: IndexMap<String, Value>,
    pub(in crate::check) overridden: Vec<String>,
    pub(in crate::check) lets: IndexMap<String, Value>,
    pub(in crate::check) secrets: Vec<String>,
    pub(in crate::check) demanded: Vec<String>,
    pub(in crate::check) protected: Vec<String>,
    pub(in crate::check) environments: IndexMap<String, Environment>,
    pub(in crate::check) channels: IndexMap<String, Command>,
    pub(in crate::check) phases: Vec<Phase>,
    pub(in crate::check) sources: SourceMap,
    pub(in crate::check) digest: String,
}

impl Plan {
    /// The title after `plan`.
    pub fn title(&self) -> &str {
        &self.data.title
    }

    /// The doc comment of the plan.
    pub fn docs(&self) -> &[String] {
        &self.data.docs
    }

    /// Who answers for it.
    pub fn owner(&self) -> Option<&str> {
        self.data.owner.as_deref()
    }

    /// Where to reach them.
    pub fn contact(&self) -> Option<&str> {
        self.data.contact.as_deref()
    }

    /// The default remote; `origin` unless the plan says otherwise.
    pub fn remote(&self) -> &str {
        &self.data.remote
    }

    /// Every remote the plan names, the default one first. A repository may lack the default one
    /// as long as nothing is pushed to it.
    pub fn remotes(&self) -> &[String] {
        &self.data.remotes
    }

    /// How every scratch checkout of the plan is prepared; a gate may add to it.
    pub fn checkout(&self) -> &CheckoutSetup {
        &self.data.checkout
    }

    /// The params with the values they have in this run, in the order of the text.
    pub fn params(&self) -> &IndexMap<String, Value> {
        &self.data.params
    }

    /// The params that were set from outside.
    pub fn overridden(&self) -> &[String] {
        &self.data.overridden
    }

    /// The constants of the plan.
    pub fn lets(&self) -> &IndexMap<String, Value> {
        &self.data.lets
    }

    /// The secrets without which nothing begins: all but those that only a library of rel's own declares, which
    /// has channels for many services and is used for few.
    pub fn demanded_secrets(&self) -> &[String] {
        &self.data.demanded
    }

    /// The environment variables that are secrets.
    pub fn secrets(&self) -> &[String] {
        &self.data.secrets
    }

    /// Names and globs of protected branches.
    pub fn protected(&self) -> &[String] {
        &self.data.protected
    }

    /// The environments, in the order of the text, imports first.
    pub fn environments(&self) -> &IndexMap<String, Environment> {
        &self.data.environments
    }

    /// The channels; the command sees `$message`.
    pub fn channels(&self) -> &IndexMap<String, Command> {
        &self.data.channels
    }

    /// The phases in the order in which they run, skipped ones included.
    pub fn phases(&self) -> &[Phase] {
        &self.data.phases
    }

    /// The phase of that name.
    pub fn phase(&self, name: &str) -> Option<&Phase> {
        self.data.phases.iter().find(|phase| phase.name == name)
    }

    /// The phase of that name and, if wanted, all that depend on it, in the order of the plan.
    pub fn with_dependents(&self, name: &str, dependents: bool) -> Vec<&Phase> {
        let mut wanted = BTreeSet::from([name]);
        let mut phases = Vec::new();
        for phase in &self.data.phases {
            let depends = phase.after.iter().any(|before| wanted.contains(before.as_str()));
            if phase.name == name || (dependents && depends) {
                wanted.insert(&phase.name);
                phases.push(phase);
            }
        }
        phases
    }

    /// The files the plan was made from, the plan itself first.
    pub fn sources(&self) -> &SourceMap {
        &self.data.sources
    }

    /// SHA-256 over all sources and the values of all params: two plans of one digest do the same.
    pub fn digest(&self) -> &str {
        &self.data.digest
    }
}

/// `setup CMD` and `link PATH`, once per checkout.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CheckoutSetup {
    /// Commands, in order.
    pub setup: Vec<Command>,
    /// Ignored paths borrowed from the plan's work tree, with `/`.
    pub links: Vec<String>,
}

/// Where things run.
#[derive(Clone, Debug, Serialize)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// How `deploy` works there.
    pub deploy: Option<DeployMethod>,
    /// Moves traffic; sees `$ref $weight`.
    pub shift: Option<Command>,
    /// Prints what runs.
    pub current: Option<Command>,
    /// Makes a backup.
    pub backup: Option<Command>,
    /// Restores the backup.
    pub restore: Option<Command>,
    /// The declaration.
    #[serde(skip)]
    pub span: Span,
}

/// How an environment is deployed to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeployMethod {
    /// A command that sees `$ref $previous`.
    Command(Command),
    /// Pushing this branch of the default remote is deploying.
    Branch(RefName),
}

/// One command, ready to run but for its step variables.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Command {
    /// What is executed.
    pub program: Program,
    /// Every param, let and template argument in scope, for the environment of `sh`; empty for `run`.
    pub variables: Vec<(String, String)>,
    /// As the plan writes it, on one line, for people.
    pub display: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// The two kinds of commands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// Words, each in pieces; never empty, the first word is the program.
    Run(Vec<Vec<Piece>>),
    /// A script for `sh -eu`, passed on untouched.
    Sh(String),
}

/// A piece of a word of `run`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Piece {
    /// Fixed characters.
    Text(String),
    /// Filled in when the step runs.
    Variable(StepVariable),
}

/// The variables that have a value only while a step runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepVariable {
    /// What is deployed, as the step names it.
    Ref,
    /// What ran before the deploy: a full commit id.
    Previous,
    /// The traffic weight of a `shift`: a whole or decimal number without `%`.
    Weight,
    /// The text of a notification.
    Message,
    /// The commit the command is about: a full id.
    Commit,
    /// The branch the command is about; empty when its subject is not a branch.
    Branch,
    /// The phase.
    Phase,
    /// The id of the run.
    Run,
}

impl StepVariable {
    /// Every step variable.
    pub const ALL: [StepVariable; 8] = [
        StepVariable::Ref,
        StepVariable::Previous,
        StepVariable::Weight,
        StepVariable::Message,
        StepVariable::Commit,
        StepVariable::Branch,
        StepVariable::Phase,
        StepVariable::Run,
    ];

    /// The name without `$`; also the name in the environment of commands.
    pub const fn name(self) -> &'static str {
        match self {
            StepVariable::Ref => "ref",
            StepVariable::Previous => "previous",
            StepVariable::Weight => "weight",
            StepVariable::Message => "message",
            StepVariable::Commit => "commit",
            StepVariable::Branch => "branch",
            StepVariable::Phase => "phase",
            StepVariable::Run => "run",
        }
    }
}

/// A thing to merge, tag, branch from, reset to, pick, deploy or check: resolved when it is used,
/// as a branch, then a tag, then `REMOTE/branch`, then a commit id, then a git revision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Source {
    /// The name, id or revision.
    pub text: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// A unit of order, atomicity and rollback.
#[derive(Clone, Debug, Serialize)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Option<String>,
    /// Its doc comment.
    pub docs: Vec<String>,
    /// The phases it comes after.
    pub after: Vec<String>,
    /// `when` does not hold: the phase does nothing and counts as done.
    pub skipped: bool,
    /// Only these paths may change; empty: any.
    pub touches: Vec<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How long it is thought to take.
    pub estimate: Option<Duration>,
    /// It may not begin before: milliseconds since 1970 UTC, and the text of the plan.
    pub not_before: Option<(i64, String)>,
    /// `on failure hold`: a failure after the commit point waits for a person.
    pub hold_on_failure: bool,
    /// Its steps, expanded. Ids of steps are unique in the plan.
    pub steps: Vec<Step>,
    /// The way back; `None` where it is not demanded and not given.
    pub rollback: Option<Rollback>,
    /// What the phase reads and writes.
    pub effects: Effects,
    /// The first step with an outside effect: its commit point.
    pub commit_point: Option<StepId>,
    /// The first step marked `irreversible`.
    pub no_return: Option<StepId>,
    /// The declaration's head.
    #[serde(skip)]
    pub span: Span,
}

/// The way back of a phase.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rollback {
    /// `rollback revert`
    Revert,
    /// `rollback reset [force]`
    Reset {
        /// Drops later commits of others, naming them.
        force: bool,
    },
    /// `rollback undo`
    Undo,
    /// `rollback none because "..."`
    None {
        /// Why there is none.
        because: String,
    },
    /// `rollback { ... }`
    Steps(Vec<Step>),
}

/// What a phase, a step or a rollback touches. Refs are full names (`refs/heads/main`,
/// `refs/tags/v1`); a source that is only a revision is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Effects {
    /// Refs that are read.
    pub reads: Vec<String>,
    /// Refs that are written locally.
    pub writes: Vec<String>,
    /// Refs that are pushed.
    pub pushes: Vec<String>,
    /// Environments that are asked or waited for.
    pub asks: Vec<String>,
    /// Environments that are deployed to, shifted, or restored.
    pub deploys: Vec<String>,
}

/// Names a step of the plan: its place in the expanded text, counted from 0, nested ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct StepId(pub u32);

/// One step, expanded.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Its name in journals.
    pub id: StepId,
    /// What it does.
    pub kind: StepKind,
    /// The statement in canonical form on one line, without its block: `push main, v4.5.2`.
    pub display: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
    /// The uses (`do`, `for`, gate uses) it was expanded from, outermost first.
    #[serde(skip)]
    pub expanded_from: Vec<Span>,
}

/// How a source comes into a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MergeMode {
    /// Fast-forward if possible, else a merge commit, whatever git's configuration says.
    Default,
    /// One new commit, one parent.
    Squash,
    /// Always a merge commit.
    NoFf,
    /// A fast-forward or nothing.
    FfOnly,
    /// The source's commits anew on top of the branch.
    Rebase,
}

/// The kinds of steps.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum StepKind {
    /// `merge [MODE] REF into BRANCH`
    Merge {
        mode: MergeMode,
        source: Source,
        into: RefName,
        options: MergeOptions,
    },
    /// `rebase BRANCH onto REF`
    Rebase {
        branch: RefName,
        onto: Source,
        options: MergeOptions,
    },
    /// `cherry-pick REF, ... onto BRANCH`
    CherryPick {
        sources: Vec<Source>,
        onto: RefName,
        options: MergeOptions,
    },
    /// `revert REF on BRANCH`
    Revert {
        source: Source,
        on: RefName,
        options: MergeOptions,
    },
    /// `branch REF from REF [if absent]`
    Branch {
        name: RefName,
        from: Source,
        if_absent: bool,
    },
    /// `delete branch REF [local]`
    DeleteBranch { name: RefName, local: bool },
    /// `delete tag REF`
    DeleteTag { name: RefName },
    /// `tag REF on REF`
    Tag {
        name: RefName,
        on: Source,
        message: Option<String>,
        signed: bool,
        lightweight: bool,
    },
    /// `push REF, ... [to REMOTE] [force]`
    Push {
        refs: Vec<PushRef>,
        remote: String,
        force: bool,
        irreversible: bool,
    },
    /// `reset BRANCH to REF`
    Reset { branch: RefName, to: Source },
    /// `commit on BRANCH "message" { edits }`
    Commit {
        on: RefName,
        message: String,
        edits: Vec<Edit>,
        signed: bool,
    },
    /// `gate ...`: placed here.
    Gate(Gate),
    /// `run "..."`, `sh '...'`
    Command {
        command: Command,
        subject: Option<Subject>,
        options: CommandOptions,
    },
    /// `deploy REF|previous to ENV`
    Deploy {
        what: DeploySource,
        environment: String,
        options: CommandOptions,
    },
    /// `shift PERCENT to ENV`; `source` is what the phase last deployed there.
    Shift {
        weight: Percent,
        environment: String,
        source: Option<Source>,
        options: CommandOptions,
    },
    /// `backup ENV`
    Backup {
        environment: String,
        options: CommandOptions,
    },
    /// `restore ENV`
    Restore {
        environment: String,
        options: CommandOptions,
    },
    /// `soak DURATION { ... }`
    Soak(Soak),
    /// `wait for gate ... every D timeout D`
    Wait {
        gate: Gate,
        every: Duration,
        timeout: Duration,
    },
    /// `notify CHANNEL "..."`
    Notify { channel: String, message: String },
    /// `try BRANCH from REF { steps }`
    Try {
        branch: RefName,
        from: Source,
        steps: Vec<Step>,
    },
    /// In a rollback block: `revert`.
    RollbackRevert,
    /// In a rollback block: `reset [force]`.
    RollbackReset { force: bool },
    /// In a rollback block: `undo`.
    RollbackUndo,
}

/// A pushed ref: a branch or a tag, decided by what the plan made or by what exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushRef {
    /// The short name.
    pub name: RefName,
    /// What it is, where the text tells; else whatever exists when it is pushed, branches first.
    pub kind: Option<RefKind>,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// Branch or tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefKind {
    /// `refs/heads/`
    Branch,
    /// `refs/tags/`
    Tag,
}

/// The block of `merge`, `rebase`, `cherry-pick` and `revert`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MergeOptions {
    /// The commit's message; git's own default when absent.
    pub message: Option<String>,
    /// How conflicts are resolved; the first glob that matches a path wins.
    pub resolve: Vec<(String, Resolution)>,
    /// Reverts the revert first.
    pub reland: bool,
    /// Signs the commit.
    pub signed: bool,
}

/// How a conflicted path is resolved.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolution {
    /// The branch's side.
    Ours,
    /// The source's side.
    Theirs,
    /// Both, ours first, as `merge=union`.
    Union,
    /// A command in the scratch checkout with the conflict in it.
    Command(Command),
    /// A person.
    Pause,
}

/// An edit of a `commit`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "edit", rename_all = "kebab-case")]
pub enum Edit {
    /// `bump FILE to V`
    Bump {
        file: String,
        to: Version,
        #[serde(skip)]
        span: Span,
    },
    /// `changelog FILE V TEXT`
    Changelog {
        file: String,
        version: Version,
        text: String,
        #[serde(skip)]
        span: Span,
    },
    /// `replace FILE 'regex' with "..." [all]`
    Replace {
        file: String,
        regex: String,
        with: String,
        all: bool,
        #[serde(skip)]
        span: Span,
    },
    /// `write FILE "..."`
    Write {
        file: String,
        content: String,
        #[serde(skip)]
        span: Span,
    },
    /// A command in a scratch checkout; its changes are committed.
    Command {
        command: Command,
        options: CommandOptions,
    },
}

/// What a check or command is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The named ref, as it is staged then.
    Source(Source),
    /// The running system: the directory of the plan, no checkout.
    Live,
}

/// The block of a command, deploy, shift, backup or restore.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommandOptions {
    /// 30 minutes unless stated.
    pub timeout: Duration,
    /// How often to try again.
    pub retry: Option<Retry>,
    /// Further environment variables.
    pub env: Vec<(String, String)>,
    /// A directory of the checkout, with `/`.
    pub directory: Option<String>,
    /// Cannot be taken back.
    pub irreversible: bool,
    /// Takes the step back.
    pub undo: Option<Command>,
}

impl Default for CommandOptions {
    fn default() -> Self {
        Self {
            timeout: DEFAULT_TIMEOUT,
            retry: None,
            env: Vec::new(),
            directory: None,
            irreversible: false,
            undo: None,
        }
    }
}

/// How long a command may take unless the plan says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// `retry N every D`: at most N further attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Retry {
    /// N
    pub count: u32,
    /// D
    pub every: Duration,
}

/// What is deployed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeploySource {
    /// A ref.
    Source(Source),
    /// What ran before this phase.
    Previous,
}

/// A gate, placed: its arguments filled in.
#[derive(Clone, Debug, Serialize)]
pub struct Gate {
    /// Its name.
    pub name: String,
    /// Its name with its arguments: `coverage(min: 75%)`.
    pub display: String,
    /// Its title.
    pub title: Option<String>,
    /// What is asked.
    pub check: GateCheck,
    /// About what.
    pub subject: Subject,
    /// For one attempt.
    pub timeout: Duration,
    /// How often to try again.
    pub retry: Option<Retry>,
    /// Reports, never blocks.
    pub advisory: bool,
    /// What to do when it fails.
    pub help: Option<String>,
    /// How its checkout is prepared, on top of the plan's own.
    pub checkout: CheckoutSetup,
    /// The definition.
    #[serde(skip)]
    pub span: Span,
}

/// What a gate asks.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "check", rename_all = "kebab-case")]
pub enum GateCheck {
    /// A command and what is expected of it.
    Command {
        command: Command,
        /// All must hold; `exit == 0` is among them unless the plan names `exit`.
        expects: Vec<Expect>,
        /// Codes that mean "cannot tell", besides 126 and 127.
        inconclusive: Vec<i32>,
        /// Runs there too, for `baseline`.
        compare_to: Option<Source>,
    },
    /// People.
    Approve {
        count: u32,
        of: Vec<String>,
        signed: bool,
        not_author: bool,
        open: Option<Duration>,
    },
    /// One person.
    Confirm { text: String, evidence: Option<String> },
    /// Provided by the program that embeds rel; the arguments by name.
    Host { arguments: IndexMap<String, Value> },
}

/// One expectation.
#[derive(Clone, Debug, Serialize)]
pub struct Expect {
    /// What is read.
    pub source: Reading,
    /// How it is compared.
    pub op: Comparison,
    /// With what.
    pub against: Against,
    /// As the plan writes it.
    pub display: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// What an expectation reads. A regex takes the first group (or the whole match without one).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// The exit code.
    Exit,
    /// All of standard output, without the last line end.
    Stdout,
    /// All of standard error, without the last line end.
    Stderr,
    /// How many lines standard output has.
    Lines,
    /// How long the command took.
    Elapsed,
    /// A value in the JSON document on standard output.
    Json(Vec<JsonStep>),
    /// The last decimal number printed.
    Number(Option<String>),
    /// The last percentage printed.
    Percent(Option<String>),
    /// The last duration printed.
    Duration(Option<String>),
    /// The last size printed.
    Size(Option<String>),
    /// The last version printed.
    Version(Option<String>),
    /// The last non-empty line printed.
    String(Option<String>),
}

/// One step of a JSON path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JsonStep {
    /// `.name`
    Key(String),
    /// `[0]`
    Index(usize),
}

/// The operators of `expect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `contains`
    Contains,
    /// `matches`: the regex is a `Value::String`.
    Matches,
    /// `in`: against a `Value::List`.
    In,
}

/// The right side of an expectation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    /// A value of the reading's type.
    Value(Value),
    /// So many percent of what the command printed at `compare to`.
    Baseline(Percent),
}

/// `soak DURATION { ... }`
#[derive(Clone, Debug, Serialize)]
pub struct Soak {
    /// How long.
    pub duration: Duration,
    /// What is sampled, and how often.
    pub gates: Vec<(Gate, Duration)>,
    /// So many failures in a row fail the phase.
    pub fail_after: u32,
    /// More inconclusive samples in a row than this pause it.
    pub tolerate: u32,
}
