//! What may be typed: the commands and what they have in common.

use std::path::PathBuf;

use super::terminal::ColorChoice;
use super::{
    abort, apply, check, completions, demo, explain, fmt, graph, init, log, man, parse, plan, resume,
    rollback, status,
};

const AFTER: &str = "\
Exit status:
    0  done; warnings alone are no failure
    1  diagnostics, or something failed and nothing had to be undone
    2  wrong use
    3  waiting: a soak, an approval, a conflict, a gate that cannot tell
    4  failed and rolled back
    5  a rollback failed, a person is needed
  130  interrupted; `rel resume` goes on

Begin with `rel demo`, then `rel init` in a repository of yours.";

/// Release plans that are checked, simulated, executed, resumed and rolled back
#[derive(Debug, clap::Parser)]
#[command(name = "rel", version, after_help = AFTER, arg_required_else_help = true)]
#[command(
    subcommand_required = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Rel {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The plan; else the only plan in the directory, else `release.rel`
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) plan: Option<PathBuf>,
    /// Work in DIR as if started there
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) directory: Option<PathBuf>,
    /// Colours: on a terminal, always, or never
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        global = true
    )]
    pub(crate) color: ColorChoice,
    /// Say only what was asked for, and what went wrong
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Look for mistakes, without running or changing anything
    #[command(visible_alias = "lint")]
    Check(check::Args),
    /// Lay files out
    Fmt(fmt::Args),
    /// Simulate everything and show what would happen
    Plan(plan::Args),
    /// Execute a plan
    Apply(apply::Args),
    /// Take a phase back
    Rollback(rollback::Args),
    /// Go on with a run that waits or was interrupted
    Resume(resume::Args),
    /// Show where the latest run stands
    Status(status::Args),
    /// Show what a run did, event by event
    Log(log::Args),
    /// Give a run up: nothing is undone
    Abort(abort::Args),
    /// Draw the phases and their order
    Graph(graph::Args),
    /// Explain a diagnostic
    Explain(explain::Args),
    /// Write a first plan for this repository
    Init(init::Args),
    /// Watch a throw-away release ship, fail its soak and roll back
    Demo(demo::Args),
    /// Print the syntax tree of a file
    Parse(parse::Args),
    /// Print completions for a shell
    Completions(completions::Args),
    /// Print the manual page
    Man(man::Args),
}

/// A plan, named or found.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct PlanArg {
    /// The plan
    #[arg(value_name = "PLAN")]
    pub(crate) path: Option<PathBuf>,
}

/// Values of params.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct SetArg {
    /// Set a param of the plan; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) set: Vec<(String, String)>,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) => Err("there is no name before `=`; write NAME=VALUE".to_owned()),
        None => Err("there is no `=`; write NAME=VALUE, for example version=4.5.3".to_owned()),
    }
}

/// Names a run.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct RunArg {
    /// The run; else the latest
    #[arg(long, value_name = "ID")]
    pub(crate) run: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        super::Rel::command().debug_assert();
    }
}
