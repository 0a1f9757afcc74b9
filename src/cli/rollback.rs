//! `rel rollback`: take a phase back, after showing what that does.

use super::context::Context;
use super::exit::{Exit, Failure, Outcome};
use super::report;

/// Take a phase back
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The phase
    #[arg(value_name = "PHASE")]
    phase: String,
    /// Take back first what depends on it and has landed
    #[arg(long)]
    cascade: bool,
    /// Do not ask; nothing prompts then
    #[arg(short, long)]
    yes: bool,
    /// Do not fetch: take remotes as they were last seen
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    run: super::args::RunArg,
}

/// Shows, asks, executes.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    if !args.yes && !context.terminal.person {
        return Err(
            Failure::wrong_use("nobody is there to be asked: this is no terminal")
                .help("say `--yes` to roll back without being asked"),
        );
    }
    let named = context.named_plan(None)?;
    let (builder, watch) = context.watched(context.builder(named.as_deref()))?;
    let builder = builder
        .offline(args.offline)
        .assume_yes(args.yes)
        .prompts(context.terminal.person && !args.yes);
    let mut engine = context.build(builder, false)?;
    let mut run = engine
        .run(args.run.run.as_deref())
        .map_err(|error| context.explain(&error))?;
    let preview = run
        .preview_rollback(&args.phase, args.cascade)
        .map_err(|error| context.explain(&error))?;
    let text = report::preview(context.terminal.out, &args.phase, &preview);
    context.terminal.print(&text);
    let question = if preview.problem.is_none() {
        "Roll back?"
    } else if preview.conflicts.is_empty() {
        context.terminal.note("nothing was moved; mend that first");
        return Ok(Exit::PersonNeeded);
    } else {
        "Lay the conflict out in a checkout, to be resolved by hand before anything moves?"
    };
    if !args.yes && !context.terminal.confirm(question) {
        return Ok(context.terminal.declined());
    }
    context.terminal.print("\n");
    let end = run
        .rollback(&args.phase, args.cascade)
        .map_err(|error| context.explain(&error))?;
    Ok(watch.end(&end))
}
