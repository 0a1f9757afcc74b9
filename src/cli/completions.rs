//! `rel completions`: what a shell needs to complete commands and options.

use clap::CommandFactory as _;

use super::args::Rel;
use super::context::Context;
use super::exit::{Exit, Outcome};

/// Print completions for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Prints the script.
#[expect(clippy::unnecessary_wraps, reason = "every command has this form")]
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Rel::command(), "rel", &mut script);
    context.terminal.print(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
