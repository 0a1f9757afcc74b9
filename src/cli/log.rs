//! `rel log`: what a run did, event by event, or the list of runs.

use serde::Serialize;

use super::context::Context;
use super::exit::{Exit, Failure, Outcome};
use super::live::{outcome_words, sentence};
use super::report::Page;
use super::status::{Format, RunDocument};
use super::theme::{Ink, Theme};
use super::{escape, time};
use crate::embed::RunSummary;
use crate::export;
use crate::journal::{Event, Record};

/// Show what a run did, event by event
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    plan: super::args::PlanArg,
    #[command(flatten)]
    run: super::args::RunArg,
    /// List the runs instead
    #[arg(long, conflicts_with = "run")]
    runs: bool,
    /// How it is shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct LogDocument<'a> {
    run: &'a str,
    events: &'a [Record],
}

#[derive(Serialize)]
struct RunsDocument {
    runs: Vec<RunDocument>,
}

/// Shows the events of a run, or the runs.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let named = context.named_plan(args.plan.path.as_ref())?;
    let mut engine = context.build(context.builder(named.as_deref()), false)?;
    let theme = context.terminal.out;
    let broken = |error: serde_json::Error| Failure::failed(error.to_string());
    let text = if args.runs {
        let runs = engine.runs().map_err(|error| context.explain(&error))?;
        match args.format {
            Format::Text => list(theme, &runs),
            Format::Json => export::json(RunsDocument {
                runs: runs.iter().map(RunDocument::new).collect(),
            })
            .map_err(broken)?,
        }
    } else {
        let run = engine
            .run(args.run.run.as_deref())
            .map_err(|error| context.explain(&error))?;
        match args.format {
            Format::Text => events(theme, run.records()),
            Format::Json => export::json(LogDocument {
                run: run.id(),
                events: run.records(),
            })
            .map_err(broken)?,
        }
    };
    context.terminal.print(&text);
    Ok(Exit::Done)
}

fn list(theme: Theme, runs: &[RunSummary]) -> String {
    let mut page = Page::new(theme);
    if runs.is_empty() {
        page.line("nothing has been run in this repository yet");
    }
    for run in runs {
        let how = match (run.outcome, &run.paused) {
            (Some(outcome), _) => outcome_words(outcome),
            (None, Some(_)) => "waits",
            (None, None) => "is under way, or was interrupted",
        };
        let id = page.ink(Ink::Id, &run.id);
        let title = escape::line(&run.title);
        page.line(&format!("{id}  {}  {title}: {how}", time::moment(run.began)));
    }
    page.finish()
}

fn events(theme: Theme, records: &[Record]) -> String {
    let mut page = Page::new(theme);
    for record in records {
        // The step's own line has said it; the document has every event.
        if matches!(
            record.event,
            Event::StepFinished { .. } | Event::RemoteMoved { .. }
        ) {
            continue;
        }
        let (ink, text) = sentence(&record.event);
        let at = page.ink(Ink::Dim, time::clock(record.at));
        let indent = match record.event {
            Event::RunStarted(_) | Event::RunTakenUp { .. } | Event::RunFinished { .. } => "",
            Event::PhaseStarted { .. }
            | Event::PhaseSkipped { .. }
            | Event::PhaseFinished { .. }
            | Event::PhaseFailed { .. }
            | Event::HeldBack { .. }
            | Event::RollbackPlanned { .. }
            | Event::RollbackStarted { .. }
            | Event::RollbackFinished { .. }
            | Event::RollbackFailed { .. }
            | Event::Paused { .. }
            | Event::Fetched { .. }
            | Event::Reconciled { .. } => "  ",
            Event::StepStarted { .. } => "    ",
            _ => "      ",
        };
        let room = theme.width.saturating_sub(10 + indent.len()).max(20);
        for (index, line) in Theme::wrap(&text, room).iter().enumerate() {
            let line = ink.map_or_else(|| line.clone(), |ink| page.ink(ink, line));
            let lead = if index == 0 { at.clone() } else { " ".repeat(8) };
            page.line(&format!("{lead}  {indent}{line}"));
        }
    }
    page.finish()
}
