//! Rules in human words.

use crate::syntax::grammar::Rule;
use crate::syntax::words::Word;

/// The keyword of a keyword's rule.
pub(super) fn keyword(rule: Rule) -> Option<String> {
    let name = format!("{rule:?}");
    name.strip_prefix("kw_").map(|word| word.replace('_', "-"))
}

/// Words that a rule is made of, for those that are closed sets.
pub(super) fn members(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::expect_source => &[
            "exit", "stdout", "stderr", "lines", "elapsed", "json", "number", "percent", "duration", "size",
            "version", "string",
        ],
        Rule::expect_op => &["contains", "matches", "in"],
        _ => &[],
    }
}

/// What was expected, as a list: "a ref, `to` or the end of the statement".
pub(super) fn list(word: &Word, after: &str, rules: &[Rule]) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut keywords: Vec<String> = Vec::new();
    let mut end = false;
    for rule in rules {
        if *rule == Rule::EOI {
            end = true;
        } else if let Some(word) = keyword(*rule) {
            keywords.push(format!("`{word}`"));
        } else if let Some(name) = name(word, after, *rule) {
            names.push(name.to_owned());
        }
    }
    names.extend(keywords);
    // A list of all that could follow helps nobody; the end of the statement is said only if it is all.
    if names.is_empty() && end {
        names.push("the end of the statement".to_owned());
    }
    let mut seen = Vec::new();
    names.retain(|name| {
        !seen.contains(name) && {
            seen.push(name.clone());
            true
        }
    });
    match names.as_slice() {
        [] => "something else".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn name(word: &Word, after: &str, rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::reference => reference(word, after),
        Rule::merge_mode | Rule::mode_word | Rule::mode_variable | Rule::lone_variable => return None,
        Rule::bare | Rule::bare_glob => "a word",
        Rule::name => declared_name(word, after),
        Rule::prose | Rule::quoted | Rule::quoted_block | Rule::any_string => "a text in quotes",
        Rule::raw | Rule::raw_block | Rule::raw_string => "a text in quotes",
        Rule::title => "a title in quotes",
        Rule::path => "a path",
        Rule::glob => "a path or pattern",
        Rule::expr | Rule::operand | Rule::list | Rule::literal | Rule::typed | Rule::group => {
            value(word, after)
        }
        Rule::type_expr | Rule::type_member | Rule::list_type => "a type",
        Rule::command => "a command, `run \"...\"` or `sh '...'`",
        Rule::params => "parameters in `( )`",
        Rule::args => "arguments in `( )`",
        Rule::parameter => "a parameter, `name: type`",
        Rule::arg | Rule::arg_name => "an argument, `name: value`",
        Rule::binary_op | Rule::op_compare | Rule::op_word | Rule::not_in => "an operator",
        Rule::equals => "`=`",
        Rule::comma => "`,`",
        Rule::colon => "`:`",
        Rule::bar => "`|`",
        Rule::less => "`<`",
        Rule::greater => "`>`",
        Rule::open_paren => "`(`",
        Rule::close_paren => "`)`",
        Rule::open_bracket => "`[`",
        Rule::close_bracket => "`]`",
        Rule::resolution => "`ours`, `theirs`, `union`, `pause` or a command",
        Rule::std_module => "`std/NAME`",
        Rule::expect_source => {
            "what to read: `exit`, `stdout`, `stderr`, `lines`, `elapsed`, `json \"path\"`, `number`, `percent`, `duration`, `size`, `version` or `string`"
        }
        Rule::expect_op => "one of `==` `!=` `<` `<=` `>` `>=` `contains` `matches` `in`",
        Rule::expect_value => "a value to compare with",
        Rule::days_range => "days such as `mon-thu`",
        Rule::hours_range => "hours such as `09:00-16:00`",
        Rule::not_author => "`not author`",
        Rule::open_for => "`open DURATION`",
        Rule::gate_use => "a gate's name",
        _ => return None,
    })
}

/// What a ref is for, by the statement and the word before it.
fn reference(word: &Word, after: &str) -> &'static str {
    match (word.word, after) {
        ("merge", "into") => "the branch to merge into",
        ("merge", _) => "what to merge",
        ("rebase" | "cherry-pick", "onto") => "where to put it",
        ("rebase", _) => "the branch to rebase",
        ("cherry-pick", _) => "the commits to pick",
        ("revert", "on") => "the branch to revert it on",
        ("revert", _) => "the commit to revert",
        ("branch" | "try", "from") => "where the branch starts",
        ("branch" | "try", _) => "the name of the branch",
        ("delete", _) => "the name to delete",
        ("tag", "on") => "what to tag",
        ("tag", _) => "the name of the tag",
        ("push", "to") => "a remote",
        ("push", _) => "what to push",
        ("reset", "to") => "where to reset it to",
        ("reset", _) => "the branch to reset",
        ("commit", _) => "the branch to commit on",
        ("deploy" | "shift", "to") | ("backup" | "restore", _) => "an environment",
        ("deploy", _) => "what to deploy",
        ("gate" | "wait" | "run" | "sh", "on") => "the ref to check out",
        ("compare", _) => "the ref to compare with",
        ("remote", _) => "the name of a remote",
        _ => "a ref",
    }
}

fn declared_name(word: &Word, after: &str) -> &'static str {
    match (word.word, after) {
        ("phase", "after") => "the name of a phase",
        ("phase", _) => "the name of the phase",
        ("gate" | "wait", _) => "the name of a gate",
        ("param" | "let" | "for", _) => "a name",
        ("environment", _) => "the name of the environment",
        ("channel" | "notify", _) => "the name of a channel",
        ("window" | "within", _) => "the name of a window",
        ("template" | "do", _) => "the name of a template",
        ("secret", _) => "the name of an environment variable",
        _ => "a name",
    }
}

fn value(word: &Word, after: &str) -> &'static str {
    match (word.word, after) {
        (_, "every" | "timeout" | "open") | ("soak" | "estimate", _) => "a duration such as `10m`",
        ("shift", _) => "a percentage such as `10%`",
        ("retry" | "fail" | "tolerate", _) => "a number",
        ("approve", "approve") => "how many approvals",
        ("approve", "of") => "a list of people",
        ("when", _) | ("phase", "when") => "a condition",
        ("for", _) => "a list",
        ("inconclusive", _) => "an exit code",
        ("bump" | "changelog", _) => "a version",
        _ => "a value",
    }
}
