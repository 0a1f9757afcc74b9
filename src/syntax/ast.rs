//! The syntax tree: what the text says, with byte spans, before any name has a meaning.
//!
//! It serialises with serde; `rel parse --format json` prints it. Statements that did not parse
//! stand as `Error` in their place, so that the healthy ones around them are still checked.

#![allow(
    missing_docs,
    reason = "the fields of small variants are named by the form in the line above"
)]

use serde::Serialize;

use crate::text::Span;

/// A whole file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct File {
    /// The first line, if it is `#!...`.
    pub shebang: Option<Span>,
    /// Declarations in the order of the text.
    pub items: Vec<Item>,
    /// Every comment that is not a doc comment, in the order of the text.
    pub comments: Vec<Comment>,
    /// The whole file.
    pub span: Span,
}

/// A `#` comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comment {
    /// The text with its `#`.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Ident {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// A top-level declaration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// The `##` lines before it, without the marker and one space.
    pub docs: Vec<String>,
    /// What is declared.
    pub kind: ItemKind,
    /// From the keyword to the last byte.
    pub span: Span,
}

/// The kinds of declarations.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "item", rename_all = "kebab-case")]
pub enum ItemKind {
    /// `plan "title" { ... }`
    Plan(PlanHeader),
    /// `use std/notify`, `use "./team.rel"`
    Use(Use),
    /// `param NAME: TYPE = VALUE`
    Param(Param),
    /// `let NAME = VALUE`
    Let(Let),
    /// `secret NAME`
    Secret {
        /// The environment variable.
        name: Ident,
    },
    /// `protect REF, ...`
    Protect {
        /// Branch names or globs.
        refs: Vec<Text>,
    },
    /// `environment NAME { ... }`
    Environment(Environment),
    /// `channel NAME { CMD }`
    Channel(Channel),
    /// `window NAME { ... }`
    Window(Window),
    /// `gate NAME(params) "title" { ... }`
    Gate(GateDecl),
    /// `template NAME(params) { steps }`
    Template(Template),
    /// `phase NAME ... { ... }`
    Phase(Phase),
    /// Text that did not parse; a diagnostic says why.
    Error,
}

/// `plan "title" [{ ... }]`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanHeader {
    /// The title.
    pub title: Text,
    /// The block's entries.
    pub entries: Vec<Entry<PlanEntry>>,
}

/// One statement of a block with a closed set of statements, and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry<T> {
    /// The statement.
    #[serde(flatten)]
    pub kind: T,
    /// From its first to its last byte.
    pub span: Span,
}

/// What may stand in the block of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum PlanEntry {
    /// `owner ".."`
    Owner { value: Text },
    /// `contact ".."`
    Contact { value: Text },
    /// `remote upstream`
    Remote { value: Text },
    /// `setup CMD`
    Setup { command: Command },
    /// `link PATH`
    Link { path: Text },
    /// Did not parse.
    Error,
}

/// `use std/NAME` or `use "./x.rel"`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Use {
    /// What is imported.
    pub target: UseTarget,
}

/// What `use` names.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum UseTarget {
    /// `std/NAME`
    Std {
        /// The part behind `std/`.
        name: Ident,
    },
    /// `"./x.rel"`
    Path {
        /// Relative to the file that says it.
        path: Text,
    },
}

/// `param NAME: TYPE [= VALUE]`; also the parameters of gates and templates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Param {
    /// Its name.
    pub name: Ident,
    /// Its declared type.
    pub ty: TypeExpr,
    /// Its default.
    pub default: Option<Expr>,
    /// The whole parameter.
    pub span: Span,
}

/// A written type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TypeExpr {
    /// The type.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a written type.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum TypeKind {
    /// `string`, `int`, ... any single word; the checker knows which exist.
    Name {
        /// The word.
        name: String,
    },
    /// `list<T>`
    List {
        /// `T`
        of: Box<TypeExpr>,
    },
    /// `a | b | c`
    Enum {
        /// The members.
        members: Vec<Ident>,
    },
}

/// `let NAME = VALUE`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Let {
    /// Its name.
    pub name: Ident,
    /// Its value.
    pub value: Expr,
}

/// `environment NAME { ... }`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Environment {
    /// Its name.
    pub name: Ident,
    /// The block's entries.
    pub entries: Vec<Entry<EnvironmentEntry>>,
}

/// What may stand in the block of an environment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum EnvironmentEntry {
    /// `deploy CMD`
    Deploy { command: Command },
    /// `shift CMD`
    Shift { command: Command },
    /// `current CMD`
    Current { command: Command },
    /// `backup CMD`
    Backup { command: Command },
    /// `restore CMD`
    Restore { command: Command },
    /// `branch REF`
    Branch { name: Text },
    /// Did not parse.
    Error,
}

/// `channel NAME { CMD }`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Channel {
    /// Its name.
    pub name: Ident,
    /// Its commands; the checker wants exactly one.
    pub commands: Vec<Command>,
}

/// `window NAME { days mon-thu; hours 09:00-16:00; zone "Europe/Madrid" }`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Window {
    /// Its name.
    pub name: Ident,
    /// The block's entries.
    pub entries: Vec<Entry<WindowEntry>>,
}

/// What may stand in the block of a window.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum WindowEntry {
    /// `days mon-thu, sat`: each as written.
    Days { days: Vec<Ident> },
    /// `hours 09:00-16:00`: each as written.
    Hours { hours: Vec<Ident> },
    /// `zone "Europe/Madrid"`
    Zone { zone: Text },
    /// Did not parse.
    Error,
}

/// `gate NAME(params) "title" { ... }`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateDecl {
    /// Its name.
    pub name: Ident,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its title.
    pub title: Option<Text>,
    /// What it checks.
    pub body: GateBody,
}

/// The block of a gate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateBody {
    /// Its entries.
    pub entries: Vec<Entry<GateEntry>>,
    /// From `{` to `}`.
    pub span: Span,
}

/// What may stand in the block of a gate.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum GateEntry {
    /// `run "..."`, `sh '...'`
    Command { command: Command },
    /// `live`
    Live,
    /// `expect SOURCE OP VALUE`
    Expect(Expect),
    /// `compare to REF`
    CompareTo { source: Text },
    /// `approve N of LIST [signed] [not author] [open D]`
    Approve {
        /// N
        count: Expr,
        /// LIST
        of: Expr,
        /// `signed`
        signed: Option<Span>,
        /// `not author`
        not_author: Option<Span>,
        /// `open D`
        open: Option<Expr>,
    },
    /// `confirm "text" [evidence "url"]`
    Confirm {
        /// The question.
        text: Text,
        /// Where the answer can be seen.
        evidence: Option<Text>,
    },
    /// `inconclusive exit 6, 7, 28`
    Inconclusive { exits: Vec<Expr> },
    /// `timeout D`
    Timeout { value: Expr },
    /// `retry N every D`
    Retry(Retry),
    /// `advisory`
    Advisory,
    /// `help "..."`
    Help { text: Text },
    /// `setup CMD`
    Setup { command: Command },
    /// `link PATH`
    Link { path: Text },
    /// Did not parse.
    Error,
}

/// `retry N every D`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Retry {
    /// How often to try again.
    pub count: Expr,
    /// How long to wait before each.
    pub every: Expr,
}

/// `expect SOURCE OP VALUE`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expect {
    /// What is read.
    pub source: ExpectSource,
    /// Where the source stands.
    pub source_span: Span,
    /// How it is compared.
    pub op: ExpectOp,
    /// Where the operator stands.
    pub op_span: Span,
    /// With what.
    pub value: ExpectValue,
}

/// What an expectation reads from a command.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "source", rename_all = "kebab-case")]
pub enum ExpectSource {
    /// `exit`
    Exit,
    /// `stdout`
    Stdout,
    /// `stderr`
    Stderr,
    /// `lines`
    Lines,
    /// `elapsed`
    Elapsed,
    /// `json "a.b[0].c"`
    Json { path: Text },
    /// `number percent duration size version string ['regex']`
    Reading {
        /// Which type is read.
        ty: Ident,
        /// The first group, else the last such value.
        regex: Option<Text>,
    },
}

/// The operators of `expect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ExpectOp {
    /// `==`
    #[serde(rename = "==")]
    Eq,
    /// `!=`
    #[serde(rename = "!=")]
    Ne,
    /// `<`
    #[serde(rename = "<")]
    Lt,
    /// `<=`
    #[serde(rename = "<=")]
    Le,
    /// `>`
    #[serde(rename = ">")]
    Gt,
    /// `>=`
    #[serde(rename = ">=")]
    Ge,
    /// `contains`
    #[serde(rename = "contains")]
    Contains,
    /// `matches`
    #[serde(rename = "matches")]
    Matches,
    /// `in`
    #[serde(rename = "in")]
    In,
}

/// The right side of `expect`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "against", rename_all = "kebab-case")]
pub enum ExpectValue {
    /// Any expression.
    Plain {
        /// The expression.
        value: Expr,
    },
    /// `baseline`, `110% of baseline`
    Baseline {
        /// `110%`
        percent: Option<Expr>,
        /// The whole value.
        span: Span,
    },
}

/// `template NAME(params) { steps }`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Template {
    /// Its name.
    pub name: Ident,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// `phase NAME ["title"] [after A, B] [when COND] { ... }`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phase {
    /// Its name.
    pub name: Ident,
    /// Its title.
    pub title: Option<Text>,
    /// The phases that come before.
    pub after: Vec<Ident>,
    /// Its condition.
    pub when: Option<Expr>,
    /// Properties, before the first step.
    pub properties: Vec<Entry<PhaseProperty>>,
    /// Steps.
    pub steps: Vec<Step>,
    /// Rollback clauses; the checker wants at most one.
    pub rollbacks: Vec<Rollback>,
}

/// The properties of a phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "property", rename_all = "kebab-case")]
pub enum PhaseProperty {
    /// `touches GLOB, ...`
    Touches { globs: Vec<Text> },
    /// `owner ".."`
    Owner { value: Text },
    /// `estimate 2h`
    Estimate { value: Expr },
    /// `within WINDOW`
    Within { window: Ident },
    /// `not before "..."`
    NotBefore { when: Text },
    /// `on failure rollback | hold`
    OnFailure {
        /// `hold`, else `rollback`.
        hold: bool,
    },
    /// Did not parse.
    Error,
}

/// `rollback ...`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rollback {
    /// Which form.
    pub kind: RollbackKind,
    /// The whole clause.
    pub span: Span,
}

/// The forms of a rollback.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "rollback", rename_all = "kebab-case")]
pub enum RollbackKind {
    /// `rollback revert`
    Revert,
    /// `rollback reset [force]`
    Reset {
        /// `force`
        force: bool,
    },
    /// `rollback undo`
    Undo,
    /// `rollback none because "..."`
    None {
        /// Why there is no way back.
        because: Text,
    },
    /// `rollback { ... }`
    Steps {
        /// The steps.
        steps: Vec<Step>,
    },
    /// Did not parse.
    Error,
}

/// A step of a phase, template or rollback.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The `##` lines before it.
    pub docs: Vec<String>,
    /// What it does.
    pub kind: StepKind,
    /// From its first to its last byte, the block included.
    pub span: Span,
}

/// The kinds of steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum StepKind {
    /// `merge [MODE] REF into BRANCH { ... }`
    Merge {
        /// How.
        mode: Option<MergeMode>,
        /// What.
        source: Text,
        /// Where to.
        into: Text,
        /// The block.
        options: Vec<Entry<MergeOption>>,
    },
    /// `rebase BRANCH onto REF`
    Rebase {
        /// Which branch moves.
        branch: Text,
        /// On top of what.
        onto: Text,
        /// The block.
        options: Vec<Entry<MergeOption>>,
    },
    /// `cherry-pick REF, ... onto BRANCH`
    CherryPick {
        /// Which commits.
        sources: Vec<Text>,
        /// Where to.
        onto: Text,
        /// The block.
        options: Vec<Entry<MergeOption>>,
    },
    /// `revert REF on BRANCH`
    Revert {
        /// Which commit.
        source: Text,
        /// Where.
        on: Text,
        /// The block.
        options: Vec<Entry<MergeOption>>,
    },
    /// `branch REF from REF [if absent]`
    Branch {
        /// The new branch.
        name: Text,
        /// Where it starts.
        from: Text,
        /// `if absent`
        if_absent: bool,
    },
    /// `delete branch REF [local]`
    DeleteBranch {
        /// Which.
        name: Text,
        /// `local`: the upstream stays.
        local: bool,
    },
    /// `delete tag REF`
    DeleteTag {
        /// Which.
        name: Text,
    },
    /// `tag REF on REF { ... }`
    Tag {
        /// The new tag.
        name: Text,
        /// What it names.
        on: Text,
        /// The block.
        options: Vec<Entry<TagOption>>,
    },
    /// `push REF, ... [to REMOTE] [force]`
    Push {
        /// What.
        refs: Vec<Text>,
        /// Where to.
        to: Option<Text>,
        /// `force`: with an exact lease.
        force: Option<Span>,
        /// The block.
        options: Vec<Entry<CommandOption>>,
    },
    /// `reset BRANCH to REF`
    Reset {
        /// Which branch.
        branch: Text,
        /// Where to.
        to: Text,
    },
    /// `commit on BRANCH "message" { edits }`
    Commit {
        /// Which branch.
        on: Text,
        /// The message; the block may hold it instead.
        message: Option<Text>,
        /// The block.
        edits: Vec<Entry<CommitEdit>>,
    },
    /// `gate NAME[(args)] [on REF]`
    Gate(GateUse),
    /// `gate NAME [on REF] { ... }`
    InlineGate {
        /// Its name.
        name: Ident,
        /// Arguments given although it is defined here; the checker explains.
        args: Option<Span>,
        /// Its title.
        title: Option<Text>,
        /// Its subject.
        on: Option<Text>,
        /// What it checks.
        body: GateBody,
    },
    /// `run "..."`, `sh '...'`
    Command {
        /// What is run.
        command: Command,
        /// Where.
        on: Option<Text>,
        /// The block.
        options: Vec<Entry<CommandOption>>,
    },
    /// `deploy REF|previous to ENV`
    Deploy {
        /// A ref; `previous` as a bare word is the earlier deploy.
        source: Text,
        /// Where to.
        to: Text,
        /// The block.
        options: Vec<Entry<CommandOption>>,
    },
    /// `shift PERCENT to ENV`
    Shift {
        /// How much traffic.
        weight: Expr,
        /// Where to.
        to: Text,
        /// The block.
        options: Vec<Entry<CommandOption>>,
    },
    /// `backup ENV`
    Backup {
        /// Which.
        environment: Text,
        /// The block.
        options: Vec<Entry<CommandOption>>,
    },
    /// `restore ENV`
    Restore {
        /// Which.
        environment: Text,
        /// The block.
        options: Vec<Entry<CommandOption>>,
    },
    /// `soak DURATION { ... }`
    Soak {
        /// How long.
        duration: Expr,
        /// The block.
        entries: Vec<Entry<SoakEntry>>,
    },
    /// `wait for gate NAME[(args)] [on REF] every D timeout D`
    Wait {
        /// Which gate.
        gate: GateUse,
        /// How often.
        every: Expr,
        /// How long.
        timeout: Expr,
    },
    /// `notify CHANNEL "..."`
    Notify {
        /// Whom.
        channel: Ident,
        /// What.
        message: Text,
    },
    /// `try BRANCH from REF { steps }`
    Try {
        /// The branch that exists only inside.
        branch: Text,
        /// Where it starts.
        from: Text,
        /// What is tried.
        steps: Vec<Step>,
    },
    /// `when COND { } else { }`
    When {
        /// The condition.
        condition: Expr,
        /// Where it holds.
        then: Vec<Step>,
        /// Where it does not.
        otherwise: Option<Vec<Step>>,
    },
    /// `for X in LIST { }`
    For {
        /// The variable.
        variable: Ident,
        /// The list.
        list: Expr,
        /// The body.
        steps: Vec<Step>,
    },
    /// `do TEMPLATE(args)`
    Do {
        /// Which template.
        template: Ident,
        /// Its arguments.
        args: Vec<Arg>,
    },
    /// In a rollback block: `revert`.
    RollbackRevert,
    /// In a rollback block: `reset [force]`.
    RollbackReset {
        /// `force`
        force: bool,
    },
    /// In a rollback block: `undo`.
    RollbackUndo,
    /// Did not parse.
    Error,
}

/// `squash`, `no-ff`, `ff-only`, `rebase`, or a `$param` of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "mode", rename_all = "kebab-case")]
pub enum MergeMode {
    /// One of the words.
    Word {
        /// The word.
        name: Ident,
    },
    /// A variable.
    Variable {
        /// The variable.
        variable: Variable,
    },
}

/// `$name`, `${name}`, `${name.field}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// The name without `$`.
    pub name: Ident,
    /// A field of it.
    pub field: Option<Ident>,
    /// Whether it is written with braces.
    pub braced: bool,
    /// From `$` on.
    pub span: Span,
}

/// What may stand in the block of `merge`, `rebase`, `cherry-pick` and `revert`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum MergeOption {
    /// `message "..."`
    Message { text: Text },
    /// `resolve GLOB with ours|theirs|union|CMD|pause`
    Resolve {
        /// Which conflicted paths.
        glob: Text,
        /// How.
        with: Resolution,
    },
    /// `reland`
    Reland,
    /// `signed`
    Signed,
    /// Did not parse.
    Error,
}

/// How a conflicted path is resolved.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "with", rename_all = "kebab-case")]
pub enum Resolution {
    /// `ours`, `theirs`, `union`, `pause`
    Word {
        /// The word; the checker knows which exist.
        name: Ident,
    },
    /// A command.
    Command {
        /// The command, run in the scratch checkout.
        command: Command,
    },
}

/// What may stand in the block of `tag`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum TagOption {
    /// `message "..."`
    Message { text: Text },
    /// `signed`
    Signed,
    /// `lightweight`
    Lightweight,
    /// Did not parse.
    Error,
}

/// What may stand in the block of a command, push, deploy, shift, backup or restore.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum CommandOption {
    /// `timeout D`
    Timeout { value: Expr },
    /// `retry N every D`
    Retry(Retry),
    /// `env { NAME "value" }`
    Env {
        /// The variables.
        variables: Vec<EnvVariable>,
    },
    /// `in DIR`
    In { directory: Text },
    /// `live`
    Live,
    /// `irreversible`
    Irreversible,
    /// `undo CMD`
    Undo { command: Command },
    /// Did not parse.
    Error,
}

/// `NAME "value"` in `env { }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnvVariable {
    /// The variable.
    pub name: Ident,
    /// Its value.
    pub value: Text,
}

/// What may stand in the block of `commit`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "edit", rename_all = "kebab-case")]
pub enum CommitEdit {
    /// `message "..."`
    Message { text: Text },
    /// `bump FILE to V`
    Bump {
        /// The file.
        file: Text,
        /// The version.
        to: Expr,
    },
    /// `changelog FILE V TEXT`
    Changelog {
        /// The file.
        file: Text,
        /// The version.
        version: Expr,
        /// The entry.
        text: Text,
    },
    /// `replace FILE 'regex' with "..." [all]`
    Replace {
        /// The file.
        file: Text,
        /// What is looked for.
        regex: Text,
        /// What stands there afterwards.
        with: Text,
        /// `all`, else exactly one match.
        all: bool,
    },
    /// `write FILE "..."`
    Write {
        /// The file.
        file: Text,
        /// Its whole content.
        content: Text,
    },
    /// A command whose changes are committed.
    Command {
        /// The command.
        command: Command,
        /// Its block.
        options: Vec<Entry<CommandOption>>,
    },
    /// `when COND { } else { }`
    When {
        /// The condition.
        condition: Expr,
        /// Where it holds.
        then: Vec<Entry<CommitEdit>>,
        /// Where it does not.
        otherwise: Option<Vec<Entry<CommitEdit>>>,
    },
    /// `for X in LIST { }`
    For {
        /// The variable.
        variable: Ident,
        /// The list.
        list: Expr,
        /// The body.
        edits: Vec<Entry<CommitEdit>>,
    },
    /// `signed`
    Signed,
    /// Did not parse.
    Error,
}

/// What may stand in the block of `soak`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum SoakEntry {
    /// `gate NAME[(args)] [on REF] every D`
    Gate {
        /// Which gate.
        gate: GateUse,
        /// How often.
        every: Expr,
    },
    /// `fail after N`
    FailAfter { count: Expr },
    /// `tolerate N`
    Tolerate { count: Expr },
    /// Did not parse.
    Error,
}

/// `NAME[(args)] [on REF]`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateUse {
    /// Which gate, or, in the form `$name`, the value that says which.
    pub name: Ident,
    /// The value, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<Variable>>,
    /// Its arguments.
    pub args: Vec<Arg>,
    /// Its subject.
    pub on: Option<Text>,
    /// From the name to the last byte.
    pub span: Span,
}

/// `name: value` or `value`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Arg {
    /// The name, absent for a single positional argument.
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
    /// Both.
    pub span: Span,
}

/// `run "..."` or `sh '...'`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Command {
    /// Which of the two.
    pub kind: CommandKind,
    /// Its text.
    pub text: Text,
    /// Both.
    pub span: Span,
}

/// The two kinds of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommandKind {
    /// Never meets a shell.
    Run,
    /// Is a script for `sh -eu`.
    Sh,
}

/// A string or a bare ref, in pieces.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Text {
    /// How it is written.
    pub form: TextForm,
    /// Its pieces, escapes and indentation already taken out.
    pub parts: Vec<TextPart>,
    /// With its quotes.
    pub span: Span,
}

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextForm {
    /// Without quotes: a ref, path or word.
    Bare,
    /// `"..."`
    Quoted,
    /// `"""..."""`
    QuotedBlock,
    /// `'...'`
    Raw,
    /// `'''...'''`
    RawBlock,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum TextPart {
    /// Characters.
    Literal {
        /// As they count, escapes taken out.
        text: String,
        /// As they stand.
        span: Span,
    },
    /// A variable.
    Variable(Variable),
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "expr", rename_all = "kebab-case")]
pub enum ExprKind {
    /// `42`, `85%`, `10m`, `4GiB`, `true`: the kind is by form; the checker may read the text
    /// otherwise where another type is expected (`1.10` as a version).
    Literal {
        /// Which form it has.
        kind: LiteralKind,
        /// As written.
        text: String,
    },
    /// A string, or a bare word: an enumeration member, version or ref as the expected type says.
    Text {
        /// The text.
        text: Text,
    },
    /// `$name`, `${name.field}`
    Variable {
        /// The variable.
        variable: Variable,
    },
    /// `[a, b]`
    List {
        /// The items.
        items: Vec<Expr>,
    },
    /// `branch feature/x`, `tag v1`, `commit "main~2"`, `version 1.2.3`, `path "a b"`: a text with its type said.
    Typed {
        /// The type.
        ty: Ident,
        /// The text.
        text: Text,
    },
    /// `not X`
    Not {
        /// X
        operand: Box<Expr>,
    },
    /// `A and B`, `A == B`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Where it stands.
        op_span: Span,
        /// A
        left: Box<Expr>,
        /// B
        right: Box<Expr>,
    },
    /// Did not parse.
    Error,
}

/// The forms of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LiteralKind {
    /// `42`
    Int,
    /// `3.5`
    Number,
    /// `true`, `false`
    Bool,
    /// `85%`
    Percent,
    /// `10m`
    Duration,
    /// `4GiB`
    Size,
}

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum BinaryOp {
    /// `or`
    #[serde(rename = "or")]
    Or,
    /// `and`
    #[serde(rename = "and")]
    And,
    /// `==`
    #[serde(rename = "==")]
    Eq,
    /// `!=`
    #[serde(rename = "!=")]
    Ne,
    /// `<`
    #[serde(rename = "<")]
    Lt,
    /// `<=`
    #[serde(rename = "<=")]
    Le,
    /// `>`
    #[serde(rename = ">")]
    Gt,
    /// `>=`
    #[serde(rename = ">=")]
    Ge,
    /// `in`
    #[serde(rename = "in")]
    In,
    /// `not in`
    #[serde(rename = "not in")]
    NotIn,
}
