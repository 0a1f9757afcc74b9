//! The command line: one file per command, everything said through one terminal.
//!
//! A command takes its arguments and a context and gives an exit status back. What it
//! shows is made by functions from data to text, so that a terminal is needed only at the end.

#![allow(
    clippy::disallowed_methods,
    reason = "the command line is where files, the environment and processes meet a person"
)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod abort;
mod apply;
mod args;
mod check;
mod completions;
mod context;
mod demo;
mod diagnostics;
mod escape;
mod exit;
mod explain;
mod fix;
mod fmt;
mod graph;
mod init;
mod live;
mod log;
mod man;
mod markdown;
mod parse;
mod plan;
mod report;
mod resume;
mod rollback;
mod snippet;
mod status;
mod targets;
mod terminal;
mod theme;
mod time;

use std::process::ExitCode;

use args::{Command, Rel};
use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};
use context::Context;
use exit::{Exit, Failure, Outcome};
use terminal::{ColorChoice, Terminal};

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let command = Rel::command().color(help_color(&arguments));
    let parsed = command
        .try_get_matches_from(arguments)
        .and_then(|matches| Rel::from_arg_matches(&matches));
    let rel = match parsed {
        Ok(rel) => rel,
        Err(error) => {
            if let Some(text) = not_yet(&error) {
                Terminal::detect(ColorChoice::Auto, false).failure(&Failure::wrong_use(text));
                return Exit::WrongUse.into();
            }
            // clap knows which of its messages are asked for (`--help`) and which are errors.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::WrongUse
            } else {
                Exit::Done
            }
            .into();
        }
    };
    let mut terminal = Terminal::detect(rel.global.color, rel.global.quiet);
    let exit = match Context::new(rel.global, terminal.clone()) {
        Ok(mut context) => run(rel.command, &mut context).unwrap_or_else(|failure| {
            context.terminal.failure(&failure);
            failure.exit
        }),
        Err(failure) => {
            terminal.failure(&failure);
            failure.exit
        }
    };
    if let Some(error) = terminal.lost() {
        terminal.failure(&Failure::failed(format!(
            "not all that was to be said could be written to standard output: {error}"
        )));
        return if exit == Exit::Done { Exit::Findings } else { exit }.into();
    }
    exit.into()
}

/// Commands that the language's design names and this version does not have.
fn not_yet(error: &clap::Error) -> Option<String> {
    let wanted = match error.get(clap::error::ContextKind::InvalidSubcommand) {
        Some(clap::error::ContextValue::String(wanted)) if error.kind() == ErrorKind::InvalidSubcommand => {
            wanted
        }
        _ => return None,
    };
    let instead = match wanted.as_str() {
        "approve" | "confirm" => "answers are given on the terminal of `rel apply` and `rel resume`",
        "repl" => "`rel plan` simulates, and `rel plan --fail GATE` asks what if",
        "lsp" => "`rel check --format short` speaks to editors",
        _ => return None,
    };
    Some(format!("`rel {wanted}` comes with a later version; {instead}"))
}

fn run(command: Command, context: &mut Context) -> Outcome {
    match command {
        Command::Check(args) => check::run(&args, context),
        Command::Fmt(args) => fmt::run(&args, context),
        Command::Plan(args) => plan::run(&args, context),
        Command::Apply(args) => apply::run(&args, context),
        Command::Rollback(args) => rollback::run(&args, context),
        Command::Resume(args) => resume::run(&args, context),
        Command::Status(args) => status::run(&args, context),
        Command::Log(args) => log::run(&args, context),
        Command::Abort(args) => abort::run(&args, context),
        Command::Graph(args) => graph::run(&args, context),
        Command::Explain(args) => explain::run(&args, context),
        Command::Init(args) => init::run(&args, context),
        Command::Demo(args) => demo::run(&args, context),
        Command::Parse(args) => parse::run(&args, context),
        Command::Completions(args) => completions::run(&args, context),
        Command::Man(args) => man::run(&args, context),
    }
}

/// `--color` counts for help and usage errors too, which are printed before it is parsed.
fn help_color(arguments: &[std::ffi::OsString]) -> clap::ColorChoice {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let spaced = words
        .windows(2)
        .find(|pair| pair[0] == "--color")
        .map(|pair| pair[1].as_ref());
    let joined = words.iter().find_map(|word| word.strip_prefix("--color="));
    match <ColorChoice as clap::ValueEnum>::from_str(joined.or(spaced).unwrap_or("auto"), true) {
        Ok(ColorChoice::Always) => clap::ColorChoice::Always,
        Ok(ColorChoice::Never) => clap::ColorChoice::Never,
        Ok(ColorChoice::Auto) | Err(_) => clap::ColorChoice::Auto,
    }
}
