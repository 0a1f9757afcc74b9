//! `rel abort`: give a run up. Nothing is undone, and what it has published is named.

use super::context::{Context, exit_of};
use super::exit::Outcome;
use super::report::{Page, moves};
use super::theme::Ink;

/// Give a run up: nothing is undone
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    run: super::args::RunArg,
}

/// Gives the run up.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let named = context.named_plan(None)?;
    let mut engine = context.build(context.builder(named.as_deref()), false)?;
    let mut run = engine
        .run(args.run.run.as_deref())
        .map_err(|error| context.explain(&error))?;
    let id = run.id().to_owned();
    let (end, mut published) = run.abort().map_err(|error| context.explain(&error))?;
    // Here and at the remote a ref has moved alike.
    published.sort_by(|a, b| a.name.cmp(&b.name));
    published.dedup();
    let mut page = Page::new(context.terminal.out);
    page.line(&format!("run {id} is given up"));
    if published.is_empty() {
        page.line("It had published nothing.");
    } else {
        page.line("What it had published stays:");
        moves(&mut page, "  ", None, &published);
        let text = "`rel rollback PHASE` still takes a phase back.";
        page.line(&page.ink(Ink::Dim, text));
    }
    context.terminal.print(&page.finish());
    Ok(exit_of(&end))
}
