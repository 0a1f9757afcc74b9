//! `rel man`: the manual page of rel, or of one of its commands.

use clap::CommandFactory as _;

use super::args::Rel;
use super::context::Context;
use super::exit::{Exit, Failure, Outcome};

/// Print the manual page
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A command; else rel itself
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// Prints the page, for `man -l -`.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut all = Rel::command();
    all.build();
    let page = match &args.command {
        None => clap_mangen::Man::new(all),
        Some(name) => {
            let found = all.find_subcommand(name).cloned();
            let command = found.ok_or_else(|| {
                Failure::wrong_use(format!("there is no command `{name}`")).help("`rel --help` lists them")
            })?;
            let title = format!("rel-{}", command.get_name());
            clap_mangen::Man::new(command).title(title)
        }
    };
    let mut text = Vec::new();
    page.render(&mut text)
        .map_err(|error| Failure::failed(error.to_string()))?;
    context.terminal.print(&String::from_utf8_lossy(&text));
    Ok(Exit::Done)
}
