//! `rel fmt`: files in their canonical layout.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::exit::{Exit, Failure, Outcome};
use super::report;
use super::targets::{self, Target};
use super::theme::count;
use crate::embed::Error;
use crate::{fmt, syntax};

/// Lay files out
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Plans, libraries or directories of them; `-` is standard input, written to standard output
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write nothing; show what would change, and end with status 1 if something would
    #[arg(long)]
    check: bool,
}

/// Lays out, or shows what would change.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let targets = targets::of(&args.files, context)?;
    let (mut changed, mut left) = (0, 0);
    for target in &targets {
        let (name, bytes) = match target {
            Target::Stdin => ("<stdin>".to_owned(), targets::stdin()?),
            Target::File(path) => (shown(path, context), read(path, context)?),
        };
        let text = syntax::decode(&bytes).map_err(|at| {
            Failure::failed(format!(
                "`{name}` is not UTF-8 text: byte {at} does not belong to a character"
            ))
        })?;
        let formatted = fmt::format(text);
        left += formatted.left;
        let differs = formatted.text.as_bytes() != bytes;
        changed += usize::from(differs);
        match target {
            _ if args.check => {
                if differs {
                    let diff = report::text_diff(context.terminal.out, &name, text, &formatted.text);
                    context.terminal.print(&diff);
                }
            }
            Target::Stdin => context.terminal.print(&formatted.text),
            Target::File(path) if differs => write(path, &name, &formatted.text)?,
            Target::File(_) => {}
        }
    }
    if left > 0 {
        let statements = count(left, "statement does", "statements do");
        let they = if left == 1 { "it is" } else { "they are" };
        context.terminal.note(&format!(
            "{statements} not parse; {they} as before, and `rel check` says why"
        ));
    }
    let files = count(changed, "file", "files");
    if args.check && changed > 0 {
        context
            .terminal
            .note(&format!("{files} would change; `rel fmt` writes that"));
        return Ok(Exit::Findings);
    }
    let written = targets.iter().any(|target| matches!(target, Target::File(_)));
    if changed > 0 && written {
        context.terminal.note(&format!("{files} laid out"));
    }
    Ok(Exit::Done)
}

fn shown(path: &Path, context: &Context) -> String {
    path.strip_prefix(&context.directory)
        .unwrap_or(path)
        .display()
        .to_string()
}

fn read(path: &Path, context: &mut Context) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| context.explain(&Error::unreadable(path, &error)))
}

/// The file is written over, not replaced: its mode and a link to it stay.
fn write(path: &Path, name: &str, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text)
        .map_err(|error| Failure::failed(format!("`{name}` cannot be written: {error}")))
}
