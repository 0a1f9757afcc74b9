//! The form of each statement in one line, for messages.

const FORMS: [(&str, &str, &str); 60] = [
    ("plan", "", "plan \"TITLE\""),
    ("use", "", "use std/NAME` or `use \"./file.rel\""),
    ("param", "", "param NAME: TYPE = VALUE"),
    ("let", "", "let NAME = VALUE"),
    ("secret", "", "secret NAME"),
    ("protect", "", "protect REF, ..."),
    ("environment", "", "environment NAME { ... }"),
    ("channel", "", "channel NAME { run \"...\" }"),
    (
        "window",
        "",
        "window NAME { days mon-thu; hours 09:00-16:00; zone \"Europe/Madrid\" }",
    ),
    ("gate", "", "gate NAME(ARGUMENTS) on REF"),
    ("template", "", "template NAME(PARAMETERS) { ... }"),
    (
        "phase",
        "",
        "phase NAME \"TITLE\" after PHASE, ... when CONDITION { ... }",
    ),
    ("owner", "", "owner \"NAME\""),
    ("contact", "", "contact \"WHERE\""),
    ("remote", "", "remote NAME"),
    ("setup", "", "setup run \"...\""),
    ("link", "", "link PATH"),
    ("current", "", "current run \"...\""),
    ("days", "", "days mon-thu"),
    ("hours", "", "hours 09:00-16:00"),
    ("zone", "", "zone \"Europe/Madrid\""),
    ("live", "", "live"),
    ("expect", "", "expect SOURCE OPERATOR VALUE"),
    ("compare", "", "compare to REF"),
    (
        "approve",
        "",
        "approve N of LIST [signed] [not author] [open DURATION]",
    ),
    ("confirm", "", "confirm \"QUESTION\" [evidence \"URL\"]"),
    ("inconclusive", "", "inconclusive exit CODE, ..."),
    ("timeout", "", "timeout DURATION"),
    ("retry", "", "retry N every DURATION"),
    ("help", "", "help \"WHAT TO DO\""),
    ("touches", "", "touches GLOB, ..."),
    ("estimate", "", "estimate DURATION"),
    ("within", "", "within WINDOW"),
    ("not", "", "not before \"2026-12-01 09:00 Europe/Madrid\""),
    ("on", "", "on failure rollback` or `on failure hold"),
    (
        "rollback",
        "",
        "rollback revert | reset [force] | undo | none because \"...\" | { ... }",
    ),
    ("merge", "", "merge [squash|no-ff|ff-only|rebase] REF into BRANCH"),
    ("rebase", "", "rebase BRANCH onto REF"),
    ("cherry-pick", "", "cherry-pick REF, ... onto BRANCH"),
    ("revert", "", "revert REF on BRANCH"),
    ("branch", "", "branch NAME from REF [if absent]"),
    ("delete", "branch", "delete branch NAME [local]"),
    ("delete", "tag", "delete tag NAME"),
    ("delete", "", "delete branch NAME` or `delete tag NAME"),
    ("tag", "", "tag NAME on REF"),
    ("push", "", "push REF, ... [to REMOTE] [force]"),
    ("reset", "", "reset BRANCH to REF"),
    ("commit", "", "commit on BRANCH \"MESSAGE\" { ... }"),
    ("deploy", "", "deploy REF to ENVIRONMENT"),
    ("shift", "", "shift PERCENT to ENVIRONMENT"),
    ("soak", "", "soak DURATION { gate NAME every DURATION }"),
    ("wait", "", "wait for gate NAME every DURATION timeout DURATION"),
    ("notify", "", "notify CHANNEL \"MESSAGE\""),
    ("try", "", "try BRANCH from REF { ... }"),
    ("when", "", "when CONDITION { ... } else { ... }"),
    ("for", "", "for NAME in LIST { ... }"),
    ("do", "", "do TEMPLATE(ARGUMENTS)"),
    ("bump", "", "bump FILE to VERSION"),
    ("changelog", "", "changelog FILE VERSION \"TEXT\""),
    ("replace", "", "replace FILE 'REGEX' with \"TEXT\" [all]"),
];

/// The form of the statement that starts with these words.
pub(super) fn form(first: &str, second: &str) -> Option<&'static str> {
    let exact = FORMS
        .iter()
        .find(|(a, b, _)| *a == first && *b == second && !b.is_empty());
    exact
        .or_else(|| FORMS.iter().find(|(a, b, _)| *a == first && b.is_empty()))
        .map(|(_, _, form)| *form)
}

/// Whether a word can end a ref in some statement.
pub(super) fn is_keyword(word: &str) -> bool {
    matches!(word, "into" | "onto" | "from" | "to" | "on" | "force" | "local")
}
