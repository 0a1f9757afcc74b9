//! `rel resume`: go on with a run that waits or was interrupted.

use super::context::Context;
use super::exit::Outcome;
use crate::engine::Decision;

/// Go on with a run that waits or was interrupted
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that a person types")]
pub(crate) struct Args {
    /// The command whose outcome is unknown did its work
    #[arg(long, group = "decision")]
    done: bool,
    /// The command whose outcome is unknown may run again
    #[arg(long, group = "decision")]
    again: bool,
    /// The command whose outcome is unknown failed
    #[arg(long, group = "decision")]
    failed: bool,
    /// Do not ask; nothing prompts then
    #[arg(short, long)]
    yes: bool,
    /// End with status 3 where it would wait
    #[arg(long)]
    no_wait: bool,
    /// Begin in spite of `not before`, for this reason, which is recorded
    #[arg(long, value_name = "REASON")]
    now: Option<String>,
    /// Do not fetch: take remotes as they were last seen
    #[arg(long)]
    offline: bool,
    /// Ask every gate again, even on a tree that has passed it
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    run: super::args::RunArg,
}

/// Takes the run up where it stopped.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let decision = match (args.done, args.again, args.failed) {
        (true, ..) => Some(Decision::Done),
        (_, true, _) => Some(Decision::Again),
        (_, _, true) => Some(Decision::Failed),
        (false, false, false) => None,
    };
    let named = context.named_plan(None)?;
    let (builder, watch) = context.watched(context.builder(named.as_deref()))?;
    let mut builder = builder
        .offline(args.offline)
        .no_wait(args.no_wait)
        .fresh(args.fresh)
        .assume_yes(args.yes)
        .prompts(context.terminal.person && !args.yes);
    if let Some(reason) = &args.now {
        builder = builder.now(reason);
    }
    let mut engine = context.build(builder, false)?;
    let mut run = engine
        .run(args.run.run.as_deref())
        .map_err(|error| context.explain(&error))?;
    if let Ok(plan) = run.plan() {
        let phases = plan.phases().iter();
        watch.titles(phases.filter_map(|phase| Some((phase.name.clone(), phase.title.clone()?))));
    }
    let end = run.resume(decision).map_err(|error| context.explain(&error))?;
    Ok(watch.end(&end))
}
