//! The vocabulary: which words begin a statement in which block, the rule each implies, its form as
//! people read it, and the block it opens.

use super::grammar::Rule;

/// The kinds of blocks, by what may stand in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// The file itself.
    File,
    /// `plan { }`
    Plan,
    /// `environment { }`
    Environment,
    /// `channel { }`
    Channel,
    /// `window { }`
    Window,
    /// `gate { }`
    Gate,
    /// `phase { }`
    Phase,
    /// Steps: of a template, `try`, `when`, `for`.
    Steps,
    /// Steps of a rollback.
    Rollback,
    /// `merge { }` and its like.
    Merge,
    /// `tag { }`
    Tag,
    /// `run { }`, `push { }`, `deploy { }` and their like.
    Command,
    /// `commit { }`
    Commit,
    /// `soak { }`
    Soak,
    /// `env { }`
    Env,
}

/// Whether a statement has a block, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// It ends with its line.
    Nothing,
    /// It may have one.
    Maybe(Block),
    /// It must have one.
    Always(Block),
    /// It must have one of the same kind as the block it stands in.
    Same,
}

/// A word that begins a statement.
#[derive(Debug)]
pub(super) struct Word {
    /// The word.
    pub(super) word: &'static str,
    /// The rule of its head.
    pub(super) rule: Rule,
    /// The whole statement, as people write it.
    pub(super) form: &'static str,
    /// Its block.
    pub(super) takes: Takes,
}

const fn word(word: &'static str, rule: Rule, form: &'static str, takes: Takes) -> Word {
    Word {
        word,
        rule,
        form,
        takes,
    }
}

use Takes::{Always, Maybe, Nothing, Same};

const RUN: Word = word("run", Rule::only_command, "run \"COMMAND\"", Nothing);
const SH: Word = word("sh", Rule::only_command, "sh 'SCRIPT'", Nothing);
const RUN_STEP: Word = word(
    "run",
    Rule::command_step,
    "run \"COMMAND\" [on REF]",
    Maybe(Block::Command),
);
const SH_STEP: Word = word(
    "sh",
    Rule::command_step,
    "sh 'SCRIPT' [on REF]",
    Maybe(Block::Command),
);
const SETUP: Word = word("setup", Rule::setup, "setup run \"COMMAND\"", Nothing);
const LINK: Word = word("link", Rule::link, "link PATH", Nothing);
const OWNER: Word = word("owner", Rule::owner, "owner \"NAME\"", Nothing);
const TIMEOUT: Word = word("timeout", Rule::timeout, "timeout DURATION", Nothing);
const RETRY: Word = word("retry", Rule::retry, "retry TIMES every DURATION", Nothing);
const LIVE: Word = word("live", Rule::live, "live", Nothing);
const MESSAGE: Word = word("message", Rule::message, "message \"TEXT\"", Nothing);
const SIGNED: Word = word("signed", Rule::signed, "signed", Nothing);

const FILE: &[Word] = &[
    word(
        "phase",
        Rule::phase,
        "phase NAME [\"TITLE\"] [after A, B] [when CONDITION] { ... }",
        Always(Block::Phase),
    ),
    word(
        "gate",
        Rule::gate_decl,
        "gate NAME[(PARAMS)] [\"TITLE\"] { ... }",
        Always(Block::Gate),
    ),
    word("param", Rule::param, "param NAME: TYPE [= VALUE]", Nothing),
    word("let", Rule::let_decl, "let NAME = VALUE", Nothing),
    word("plan", Rule::plan, "plan \"TITLE\" [{ ... }]", Maybe(Block::Plan)),
    word(
        "use",
        Rule::use_decl,
        "use std/NAME, or use \"./FILE.rel\"",
        Nothing,
    ),
    word("secret", Rule::secret, "secret NAME", Nothing),
    word("protect", Rule::protect, "protect REF, ...", Nothing),
    word(
        "environment",
        Rule::environment,
        "environment NAME { ... }",
        Always(Block::Environment),
    ),
    word(
        "channel",
        Rule::channel,
        "channel NAME { run \"COMMAND\" }",
        Always(Block::Channel),
    ),
    word(
        "window",
        Rule::window,
        "window NAME { days mon-thu; hours 09:00-16:00; zone \"ZONE\" }",
        Always(Block::Window),
    ),
    word(
        "template",
        Rule::template,
        "template NAME(PARAMS) { STEPS }",
        Always(Block::Steps),
    ),
];

const PLAN: &[Word] = &[
    OWNER,
    word("contact", Rule::contact, "contact \"WHOM\"", Nothing),
    word("remote", Rule::remote, "remote NAME", Nothing),
    SETUP,
    LINK,
];

const ENVIRONMENT: &[Word] = &[
    word("deploy", Rule::env_deploy, "deploy run \"COMMAND\"", Nothing),
    word("shift", Rule::env_shift, "shift run \"COMMAND\"", Nothing),
    word("current", Rule::env_current, "current run \"COMMAND\"", Nothing),
    word("backup", Rule::env_backup, "backup run \"COMMAND\"", Nothing),
    word("restore", Rule::env_restore, "restore run \"COMMAND\"", Nothing),
    word("branch", Rule::env_branch, "branch NAME", Nothing),
];

const CHANNEL: &[Word] = &[RUN, SH];

const WINDOW: &[Word] = &[
    word("days", Rule::days, "days mon-thu", Nothing),
    word("hours", Rule::hours, "hours 09:00-16:00", Nothing),
    word("zone", Rule::zone, "zone \"Europe/Madrid\"", Nothing),
];

const GATE: &[Word] = &[
    RUN,
    SH,
    word("expect", Rule::expect, "expect SOURCE OPERATOR VALUE", Nothing),
    LIVE,
    word("compare", Rule::compare, "compare to REF", Nothing),
    word(
        "approve",
        Rule::approve,
        "approve N of LIST [signed] [not author] [open DURATION]",
        Nothing,
    ),
    word(
        "confirm",
        Rule::confirm,
        "confirm \"TEXT\" [evidence \"URL\"]",
        Nothing,
    ),
    word(
        "inconclusive",
        Rule::inconclusive,
        "inconclusive exit 6, 7, 28",
        Nothing,
    ),
    TIMEOUT,
    RETRY,
    word("advisory", Rule::advisory, "advisory", Nothing),
    word("help", Rule::help, "help \"TEXT\"", Nothing),
    SETUP,
    LINK,
];

const PROPERTIES: &[Word] = &[
    word("touches", Rule::touches, "touches GLOB, ...", Nothing),
    OWNER,
    word("estimate", Rule::estimate, "estimate DURATION", Nothing),
    word("within", Rule::within, "within WINDOW", Nothing),
    word("not", Rule::not_before, "not before \"DATE TIME ZONE\"", Nothing),
    word(
        "on",
        Rule::on_failure,
        "on failure rollback, or on failure hold",
        Nothing,
    ),
];

const ROLLBACK_CLAUSE: &[Word] = &[word(
    "rollback",
    Rule::rollback,
    "rollback revert | reset [force] | undo | none because \"REASON\" | { STEPS }",
    Maybe(Block::Rollback),
)];

const STEPS: &[Word] = &[
    word(
        "merge",
        Rule::merge,
        "merge [squash|no-ff|ff-only|rebase] SOURCE into BRANCH",
        Maybe(Block::Merge),
    ),
    word(
        "push",
        Rule::push,
        "push REF, ... [to REMOTE] [force]",
        Maybe(Block::Command),
    ),
    word(
        "gate",
        Rule::gate,
        "gate NAME[(ARGUMENTS)] [on REF]",
        Maybe(Block::Gate),
    ),
    word("tag", Rule::tag, "tag NAME on REF", Maybe(Block::Tag)),
    RUN_STEP,
    SH_STEP,
    word(
        "commit",
        Rule::commit,
        "commit on BRANCH \"MESSAGE\" { EDITS }",
        Maybe(Block::Commit),
    ),
    word(
        "deploy",
        Rule::deploy,
        "deploy REF to ENVIRONMENT",
        Maybe(Block::Command),
    ),
    word("notify", Rule::notify, "notify CHANNEL \"TEXT\"", Nothing),
    word(
        "branch",
        Rule::branch,
        "branch NAME from REF [if absent]",
        Nothing,
    ),
    word(
        "delete",
        Rule::delete,
        "delete branch NAME [local], or delete tag NAME",
        Nothing,
    ),
    word(
        "rebase",
        Rule::rebase,
        "rebase BRANCH onto REF",
        Maybe(Block::Merge),
    ),
    word(
        "cherry-pick",
        Rule::cherry_pick,
        "cherry-pick COMMIT, ... onto BRANCH",
        Maybe(Block::Merge),
    ),
    word(
        "revert",
        Rule::revert,
        "revert COMMIT on BRANCH",
        Maybe(Block::Merge),
    ),
    word("reset", Rule::reset, "reset BRANCH to REF", Nothing),
    word(
        "shift",
        Rule::shift,
        "shift PERCENT to ENVIRONMENT",
        Maybe(Block::Command),
    ),
    word(
        "backup",
        Rule::backup,
        "backup ENVIRONMENT",
        Maybe(Block::Command),
    ),
    word(
        "restore",
        Rule::restore,
        "restore ENVIRONMENT",
        Maybe(Block::Command),
    ),
    word(
        "soak",
        Rule::soak,
        "soak DURATION { gate NAME every DURATION }",
        Always(Block::Soak),
    ),
    word(
        "wait",
        Rule::wait,
        "wait for gate NAME every DURATION timeout DURATION",
        Nothing,
    ),
    word(
        "try",
        Rule::try_branch,
        "try BRANCH from REF { STEPS }",
        Always(Block::Steps),
    ),
    word(
        "when",
        Rule::when,
        "when CONDITION { STEPS } [else { STEPS }]",
        Same,
    ),
    word("for", Rule::for_each, "for NAME in LIST { STEPS }", Same),
    word("do", Rule::do_template, "do TEMPLATE[(ARGUMENTS)]", Nothing),
];

const MERGE: &[Word] = &[
    MESSAGE,
    word(
        "resolve",
        Rule::resolve,
        "resolve GLOB with ours|theirs|union|pause|COMMAND",
        Nothing,
    ),
    word("reland", Rule::reland, "reland", Nothing),
    SIGNED,
];

const TAG: &[Word] = &[
    MESSAGE,
    SIGNED,
    word("lightweight", Rule::lightweight, "lightweight", Nothing),
];

const COMMAND: &[Word] = &[
    TIMEOUT,
    RETRY,
    word("env", Rule::env, "env { NAME \"VALUE\" }", Always(Block::Env)),
    word("in", Rule::in_directory, "in DIRECTORY", Nothing),
    LIVE,
    word("irreversible", Rule::irreversible, "irreversible", Nothing),
    word("undo", Rule::undo, "undo run \"COMMAND\"", Nothing),
];

const COMMIT: &[Word] = &[
    word("bump", Rule::bump, "bump FILE to VERSION", Nothing),
    word(
        "changelog",
        Rule::changelog,
        "changelog FILE VERSION \"TEXT\"",
        Nothing,
    ),
    word(
        "replace",
        Rule::replace,
        "replace FILE 'REGEX' with \"TEXT\" [all]",
        Nothing,
    ),
    word("write", Rule::write, "write FILE \"CONTENT\"", Nothing),
    word(
        "run",
        Rule::only_command,
        "run \"COMMAND\"",
        Maybe(Block::Command),
    ),
    word("sh", Rule::only_command, "sh 'SCRIPT'", Maybe(Block::Command)),
    MESSAGE,
    SIGNED,
    word(
        "when",
        Rule::when,
        "when CONDITION { EDITS } [else { EDITS }]",
        Same,
    ),
    word("for", Rule::for_each, "for NAME in LIST { EDITS }", Same),
];

const SOAK: &[Word] = &[
    word(
        "gate",
        Rule::soak_gate,
        "gate NAME[(ARGUMENTS)] [on REF] every DURATION",
        Nothing,
    ),
    word("fail", Rule::fail_after, "fail after N", Nothing),
    word("tolerate", Rule::tolerate, "tolerate N", Nothing),
];

impl Block {
    /// Every kind, in the order in which a misplaced statement is looked for.
    pub(super) const ALL: &[Block] = &[
        Block::File,
        Block::Phase,
        Block::Gate,
        Block::Merge,
        Block::Command,
        Block::Commit,
        Block::Tag,
        Block::Soak,
        Block::Environment,
        Block::Window,
        Block::Plan,
        Block::Channel,
        Block::Steps,
        Block::Rollback,
    ];

    /// The words that begin a statement here.
    pub(super) fn words(self) -> impl Iterator<Item = &'static Word> {
        let tables: [&'static [Word]; 3] = match self {
            Block::File => [FILE, &[], &[]],
            Block::Plan => [PLAN, &[], &[]],
            Block::Environment => [ENVIRONMENT, &[], &[]],
            Block::Channel => [CHANNEL, &[], &[]],
            Block::Window => [WINDOW, &[], &[]],
            Block::Gate => [GATE, &[], &[]],
            Block::Phase => [STEPS, PROPERTIES, ROLLBACK_CLAUSE],
            Block::Steps | Block::Rollback => [STEPS, &[], &[]],
            Block::Merge => [MERGE, &[], &[]],
            Block::Tag => [TAG, &[], &[]],
            Block::Command => [COMMAND, &[], &[]],
            Block::Commit => [COMMIT, &[], &[]],
            Block::Soak => [SOAK, &[], &[]],
            Block::Env => [&[], &[], &[]],
        };
        tables.into_iter().flatten()
    }

    /// The entry of a word that begins a statement here.
    pub(super) fn find(self, word: &str) -> Option<&'static Word> {
        self.words().find(|entry| entry.word == word)
    }

    /// What this block is, as people say it: `in a phase`.
    pub(super) const fn place(self) -> &'static str {
        match self {
            Block::File => "at the top level of a file",
            Block::Plan => "in the block of `plan`",
            Block::Environment => "in an environment",
            Block::Channel => "in a channel",
            Block::Window => "in a window",
            Block::Gate => "in a gate",
            Block::Phase => "in a phase",
            Block::Steps => "among steps",
            Block::Rollback => "in a rollback block",
            Block::Merge => "in the block of a merge, rebase, cherry-pick or revert",
            Block::Tag => "in the block of a tag",
            Block::Command => "in the block of a command, push or deploy",
            Block::Commit => "in the block of a commit",
            Block::Soak => "in a soak",
            Block::Env => "in `env`",
        }
    }
}

const OWN_WAYS: &[Word] = &[
    word("revert", Rule::rollback_revert, "revert", Nothing),
    word("undo", Rule::rollback_undo, "undo", Nothing),
    word("reset", Rule::rollback_reset, "reset [force]", Nothing),
];

/// In a rollback block: the entry of a head that stands for a way back of its own.
pub(super) fn own_way_back(word: &str, rest: &str) -> Option<&'static Word> {
    let alone = rest.is_empty() || (word == "reset" && rest == "force") || word == "undo";
    OWN_WAYS.iter().find(|entry| alone && entry.word == word)
}

/// The entry of a line in `env { }`, whose first word is the variable's own name.
pub(super) const ENV_VARIABLE: &Word = &word("", Rule::env_variable, "NAME \"VALUE\"", Nothing);

/// Whether a word begins a property of a phase.
pub(super) fn is_property(word: &str) -> bool {
    PROPERTIES.iter().any(|entry| entry.word == word)
}

/// The words that begin a declaration, but for `gate`, which is a step as well.
pub(super) fn is_declaration(word: &str) -> bool {
    word != "gate" && FILE.iter().any(|entry| entry.word == word)
}
