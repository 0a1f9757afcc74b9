//! Findings about statements whose first word begins nothing in their block.

use std::ops::Range;

use super::guess::closest;
use super::{shown, token};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::syntax::build::first_word;
use crate::syntax::words::{self, Block, Word};
use crate::text::{FileId, Span};

/// Explains it.
pub(in crate::syntax) fn explain(
    file: FileId,
    source: &str,
    head: Range<usize>,
    block: Block,
    has_body: bool,
) -> Diagnostic {
    let text = &source[head.clone()];
    let first = first_word(text);
    let shown_first = if first.is_empty() { token(text) } else { first };
    let len = shown_first.len().max(usize::from(has_body && text.is_empty()));
    let span = Span::new(file, head.start, (head.start + len).min(source.len()));
    if text.is_empty() {
        return Diagnostic::new(Code::SyntaxError, span, "a block without a statement before it")
            .here("what is this the block of?")
            .help("`{` follows the statement it belongs to, on the same line");
    }
    if let Some(diagnostic) = joined(first, span) {
        return diagnostic;
    }
    if let Some(diagnostic) = misplaced(first, block, span) {
        return diagnostic;
    }
    let end = Span::new(file, head.start, head.end);
    if let Some(diagnostic) = foreign(text, first, block, span, end) {
        return diagnostic;
    }
    let here: Vec<&str> = block.words().map(|word| word.word).collect();
    let anywhere = Block::ALL
        .iter()
        .flat_map(|block| block.words())
        .map(|word| word.word);
    let meant = closest(first, here.iter().copied()).or_else(|| closest(first, anywhere));
    if let Some(meant) = meant {
        let message = format!("`{first}` is not a statement of rel; did you mean `{meant}`?");
        let mut diagnostic = Diagnostic::new(Code::SyntaxError, span, message).here("unknown word");
        if let Some(word) = block.find(meant) {
            diagnostic = diagnostic.help(format!("the form is `{}`", word.form)).fix(
                Applicability::Safe,
                format!("write `{meant}`"),
                span,
                meant,
            );
        } else {
            diagnostic = diagnostic.help(format!(
                "`{meant}` does not stand {}, though; {}",
                block.place(),
                home(meant)
            ));
        }
        return diagnostic;
    }
    let message = if first.is_empty() {
        format!("no statement begins with {}", shown(shown_first))
    } else {
        format!("`{first}` is not a statement of rel")
    };
    Diagnostic::new(Code::SyntaxError, span, message)
        .here("unknown")
        .help(format!(
            "{} these can stand: {}",
            block.place(),
            vocabulary(&here)
        ))
}

fn vocabulary(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(" ")
}

/// Words that join a line with the one before.
fn joined(first: &str, span: Span) -> Option<Diagnostic> {
    let (message, help) = match first {
        "else" => (
            "`else` has no `when` before it",
            "write `} else {`: `else` stands on the line of the `}` that ends the `when` block",
        ),
        "and" | "or" => (
            "a line cannot begin with an operator",
            "a line end has ended the statement above; write the operator at the end of that line, which continues it",
        ),
        "into" | "onto" | "from" | "to" | "with" | "after" => (
            "a statement cannot begin with this word",
            "a line end has ended the statement above; write the whole statement on one line",
        ),
        _ => return None,
    };
    let message = if message.contains("this word") {
        message.replace("this word", &format!("`{first}`"))
    } else {
        message.to_owned()
    };
    Some(
        Diagnostic::new(Code::SyntaxError, span, message)
            .here("not a statement")
            .help(help),
    )
}

/// A statement of another block.
fn misplaced(first: &str, block: Block, span: Span) -> Option<Diagnostic> {
    Block::ALL.iter().find_map(|other| other.find(first))?;
    let message = format!("`{first}` cannot stand {}", block.place());
    let mut help = home(first);
    if let Some(why) = reason(first, block) {
        help = why.to_owned();
    }
    Some(
        Diagnostic::new(Code::Misplaced, span, message)
            .here("belongs elsewhere")
            .help(help),
    )
}

/// Where a statement belongs.
fn home(first: &str) -> String {
    let homes: Vec<(&Block, &Word)> = Block::ALL
        .iter()
        .filter(|block| !matches!(block, Block::Steps | Block::Rollback))
        .filter_map(|block| Some((block, block.find(first)?)))
        .collect();
    let places: Vec<String> = homes
        .iter()
        .map(|(block, word)| format!("{} as `{}`", block.place(), word.form))
        .collect();
    let kind = if words::is_property(first) && first != "owner" {
        "it is a property of a phase: it stands "
    } else if Block::Steps.find(first).is_some() {
        "it is a step: it stands "
    } else {
        "it stands "
    };
    format!("{kind}{}", places.join("; or "))
}

fn reason(first: &str, block: Block) -> Option<&'static str> {
    match (first, block) {
        ("expect", Block::Phase | Block::Steps | Block::Rollback | Block::Command) => Some(
            "`expect` judges the command of a gate: write `gate NAME { run \"...\"; expect ... }` at this place",
        ),
        ("rollback", Block::File) => Some("`rollback` stands last inside the phase it takes back"),
        ("rollback", Block::Steps) => {
            Some("`rollback` stands last in a phase, outside of `when`, `for` and `try`: one per phase")
        }
        ("rollback", Block::Rollback) => Some(
            "a rollback has no rollback of its own; `revert`, `reset` and `undo` stand for the ways back that rel knows",
        ),
        ("undo", Block::Phase | Block::Steps) => Some(
            "`undo` stands in the block of the step it takes back, `run \"...\" { undo run \"...\" }`, or in a `rollback { }` block",
        ),
        ("phase", Block::Phase) => {
            Some("phases do not nest: close this phase with `}` first, and order the two with `after`")
        }
        ("phase", _) => Some("phases stand at the top level of a plan"),
        ("message", Block::Phase | Block::Steps) => Some(
            "`message` stands in the block of a `merge`, `commit` or `tag`: `merge a into b { message \"...\" }`",
        ),
        ("timeout" | "retry" | "irreversible" | "env" | "live", Block::Phase | Block::Steps) => {
            Some("it stands in the block of the command it is about: `run \"...\" { timeout 5m }`")
        }
        (word, Block::Gate) if Block::Steps.find(word).is_some() => {
            Some("a gate only checks and changes nothing; steps stand in a phase")
        }
        (word, _) if words::is_declaration(word) => {
            Some("declarations stand at the top level of the file, outside of every block")
        }
        _ => None,
    }
}

/// Words of git and of other languages.
fn foreign(text: &str, first: &str, block: Block, span: Span, whole: Span) -> Option<Diagnostic> {
    let steps = matches!(block, Block::Phase | Block::Steps | Block::Rollback);
    let error = |message: String| Diagnostic::new(Code::SyntaxError, span, message).here("unknown word");
    let rest = text[first.len()..].trim_start();
    if first == "if" && steps {
        return Some(
            error("rel says `when`, not `if`".to_owned())
                .help("the form is `when CONDITION { STEPS } else { STEPS }`")
                .fix(Applicability::Safe, "write `when`", span, "when"),
        );
    }
    if matches!(first, "checkout" | "switch") && steps {
        return Some(error(format!("rel has no `{first}`: every step names its branch")).help(
            "write the branch into the step: `merge feature/x into main`, `commit on main \"...\"`, `tag v1.0.0 on main`",
        ));
    }
    if matches!(
        first,
        "git" | "npm" | "cargo" | "make" | "docker" | "kubectl" | "curl" | "python" | "echo" | "bash"
    ) && steps
    {
        let mut diagnostic = error(format!(
            "`{first}` is a command, and commands stand behind `run` or `sh`"
        ));
        diagnostic = if first == "git" {
            diagnostic.help("what git does has statements of its own, `merge`, `tag`, `push`, `reset`, ..., which rel can check and take back")
        } else {
            diagnostic.help("`run` starts it without a shell; `sh '...'` is a shell script")
        };
        if !text.contains(['"', '\'', '\\', '$', '\n', '|', '&', '>', '<']) && first != "git" {
            diagnostic = diagnostic.fix(Applicability::Safe, "run it", whole, format!("run \"{text}\""));
        }
        return Some(diagnostic);
    }
    if first.starts_with('$') || rest.starts_with('=') {
        return Some(error(format!("`{first}` is not a statement of rel")).help(
            "values are named at the top level, `let NAME = VALUE` or `param NAME: TYPE = VALUE`, and never change",
        ));
    }
    None
}
