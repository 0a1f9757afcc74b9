//! `rel apply`: execute a plan, or exactly what was saved.

use std::path::{Path, PathBuf};

use super::context::{Context, Watch};
use super::exit::{Failure, Outcome};
use super::report;
use crate::embed::{Engine, EngineBuilder, SavedPlan};
use crate::engine::PlanReport;

/// Execute a plan
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A plan saved by `rel plan --out`, or the plan itself
    #[arg(value_name = "SAVED")]
    saved: Option<PathBuf>,
    /// Do not ask; nothing prompts then
    #[arg(short, long)]
    yes: bool,
    /// End with status 3 where it would wait; `rel resume` goes on
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
    set: super::args::SetArg,
}

/// Shows, asks, executes.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    match args.saved.as_deref().filter(|path| !is_plan(path)) {
        Some(path) => saved(args, &context.directory.join(path), context),
        None => plan(args, context),
    }
}

/// A plan is text that ends in `.rel`; what is saved never does.
fn is_plan(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rel")
}

fn saved(args: &Args, path: &Path, context: &mut Context) -> Outcome {
    if !args.set.set.is_empty() {
        return Err(Failure::wrong_use("a saved plan has its values already")
            .help("set them when it is saved: `rel plan --set NAME=VALUE --out FILE`"));
    }
    let saved = SavedPlan::read(path).map_err(|error| context.explain(&error))?;
    let directory = PathBuf::from(&saved.directory);
    let home = directory.join("plan");
    let (builder, watch) = options(args, context.builder(Some(&home)), context)?;
    let mut engine = context.build(builder, false)?;
    let end = engine
        .apply_saved(&saved)
        .map_err(|error| context.explain(&error))?;
    Ok(watch.end(&end))
}

fn plan(args: &Args, context: &mut Context) -> Outcome {
    if !args.yes && !context.terminal.person {
        return Err(Failure::wrong_use("nobody is there to be asked: this is no terminal")
            .help("say `--yes` to apply without being asked, or save a plan (`rel plan --out FILE`) and apply that"));
    }
    let named = context.named_plan(args.saved.as_ref())?;
    let (builder, watch) = options(args, context.builder(named.as_deref()), context)?;
    let mut engine = context.build(builder, false)?;
    let path = match named {
        Some(path) => path,
        None => engine.discover().map_err(|error| context.explain(&error))?,
    };
    let (report, saved) = {
        let mut loaded = engine.load_file(&path).map_err(|error| context.explain(&error))?;
        loaded.plan_to_save().map_err(|error| context.explain(&error))?
    };
    if !context.terminal.quiet || !args.yes {
        let text = report::plan(context.terminal.out, &report);
        context.terminal.print(&text);
    }
    if !report.problems.is_empty() {
        return Err(Failure::failed(
            "the plan would not go through; nothing was changed",
        ));
    }
    if !args.yes && !context.terminal.confirm("Apply this plan?") {
        return Ok(context.terminal.declined());
    }
    if !context.terminal.quiet {
        context.terminal.print("\n");
    }
    execute(&mut engine, &saved, &report, &watch, context)
}

/// What was shown is what is done: the simulation is held against the refs once more.
fn execute(
    engine: &mut Engine,
    saved: &SavedPlan,
    report: &PlanReport,
    watch: &Watch,
    context: &mut Context,
) -> Outcome {
    watch.titles(titles(report));
    let end = engine
        .apply_saved(saved)
        .map_err(|error| context.explain(&error))?;
    Ok(watch.end(&end))
}

/// The titles of a plan's phases.
pub(super) fn titles(report: &PlanReport) -> Vec<(String, String)> {
    let phases = report.phases.iter();
    phases
        .filter_map(|phase| Some((phase.name.clone(), phase.title.clone()?)))
        .collect()
}

fn options(
    args: &Args,
    builder: EngineBuilder,
    context: &Context,
) -> Result<(EngineBuilder, Watch), Failure> {
    let (builder, watch) = context.watched(builder)?;
    let mut builder = builder
        .offline(args.offline)
        .no_wait(args.no_wait)
        .fresh(args.fresh)
        .assume_yes(args.yes)
        .prompts(context.terminal.person && !args.yes);
    if let Some(reason) = &args.now {
        builder = builder.now(reason);
    }
    for (name, value) in &args.set.set {
        builder = builder.set(name, value);
    }
    Ok((builder, watch))
}
