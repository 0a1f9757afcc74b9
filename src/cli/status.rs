//! `rel status`: where the latest run stands.

use serde::Serialize;

use super::context::Context;
use super::exit::{Exit, Failure, Outcome};
use super::live::outcome_words;
use super::report::Page;
use super::theme::{Ink, Theme, pad, width};
use super::{escape, time};
use crate::embed::RunSummary;
use crate::export;
use crate::journal::{Outcome as RunOutcome, Pause, Status};

/// Show where the latest run stands
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    plan: super::args::PlanArg,
    #[command(flatten)]
    run: super::args::RunArg,
    /// How it is shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// A JSON document
    Json,
}

/// `rel status --format json`.
#[derive(Serialize)]
struct StatusDocument {
    run: Option<RunDocument>,
}

/// A run in a few words, as JSON.
#[derive(Serialize)]
pub(super) struct RunDocument {
    id: String,
    title: String,
    who: String,
    began: i64,
    last: i64,
    outcome: Option<RunOutcome>,
    open: bool,
    paused: Option<PauseDocument>,
    stuck: Option<StuckDocument>,
    phases: Vec<PhaseDocument>,
}

#[derive(Serialize)]
struct PauseDocument {
    phase: String,
    cause: crate::journal::PauseCause,
    reason: String,
    way_out: String,
}

#[derive(Serialize)]
struct StuckDocument {
    phase: String,
    reason: String,
    way_out: String,
}

#[derive(Serialize)]
struct PhaseDocument {
    name: String,
    status: &'static str,
}

impl RunDocument {
    pub(super) fn new(run: &RunSummary) -> Self {
        let pause = |pause: &Pause| PauseDocument {
            phase: pause.phase.clone(),
            cause: pause.cause,
            reason: pause.reason.clone(),
            way_out: pause.way_out.clone(),
        };
        Self {
            id: run.id.clone(),
            title: run.title.clone(),
            who: run.who.clone(),
            began: run.began,
            last: run.last,
            outcome: run.outcome,
            open: run.is_open(),
            paused: run.paused.as_ref().map(pause),
            stuck: run.stuck.as_ref().map(|stuck| StuckDocument {
                phase: stuck.phase.clone(),
                reason: stuck.reason.clone(),
                way_out: stuck.way_out.clone(),
            }),
            phases: run
                .phases
                .iter()
                .map(|(name, status)| PhaseDocument {
                    name: name.clone(),
                    status: status.name(),
                })
                .collect(),
        }
    }
}

/// Shows the latest run, or says that there is none.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let named = context.named_plan(args.plan.path.as_ref())?;
    let mut engine = context.build(context.builder(named.as_deref()), false)?;
    let none = args.run.run.is_none()
        && engine
            .status()
            .map_err(|error| context.explain(&error))?
            .is_none();
    let found = if none {
        None
    } else {
        let mut run = engine
            .run(args.run.run.as_deref())
            .map_err(|error| context.explain(&error))?;
        let mut summary = run.summary();
        if let Ok(plan) = run.plan() {
            let begun: Vec<_> = summary.phases.iter().map(|(name, _)| name.clone()).collect();
            let rest = plan.phases().iter().filter(|phase| !begun.contains(&phase.name));
            summary
                .phases
                .extend(rest.map(|phase| (phase.name.clone(), Status::Pending)));
        }
        Some(summary)
    };
    let text = match args.format {
        Format::Json => export::json(StatusDocument {
            run: found.as_ref().map(RunDocument::new),
        })
        .map_err(|error| Failure::failed(error.to_string()))?,
        Format::Text => found.as_ref().map_or_else(
            || "nothing has been run in this repository yet\n".to_owned(),
            |found| text(context.terminal.out, found),
        ),
    };
    context.terminal.print(&text);
    Ok(Exit::Done)
}

fn text(theme: Theme, run: &RunSummary) -> String {
    let mut page = Page::new(theme);
    let title = page.ink(Ink::Title, escape::line(&run.title));
    page.line(&format!(
        "{title}  {}",
        page.ink(Ink::Dim, format!("run {}", run.id))
    ));
    let words = format!(
        "begun {} by {}, last event {}",
        time::moment(run.began),
        escape::line(&run.who),
        time::moment(run.last)
    );
    page.line(&page.ink(Ink::Dim, words));
    page.blank();
    let widest = run.phases.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    for (name, status) in &run.phases {
        let (ink, mark) = mark(theme, *status);
        let mark = page.ink(ink, mark);
        let word = match status {
            Status::Running if run.outcome.is_some() => "not finished",
            Status::Running if run.paused.is_some() => "waiting",
            _ => status.name(),
        };
        page.line(&format!("  {mark} {}  {word}", pad(name, widest)));
    }
    page.blank();
    match (&run.stuck, &run.paused, run.outcome) {
        (Some(stuck), _, _) => {
            let lead = page.ink(Ink::Bad, "rollback failed");
            waits(&mut page, &lead, &stuck.reason, &stuck.way_out);
        }
        (None, _, Some(outcome)) => page.line(outcome_words(outcome)),
        (None, Some(pause), None) => {
            let lead = page.ink(Ink::Warn, "waiting");
            waits(&mut page, &lead, &pause.reason, &pause.way_out);
        }
        (None, None, None) => {
            way_out(
                &mut page,
                "it is under way, or was interrupted; `rel resume` goes on",
            );
        }
    }
    page.finish()
}

fn waits(page: &mut Page, lead: &str, reason: &str, out: &str) {
    page.wrapped(&format!("{lead}: "), "  ", &escape::lines(reason));
    way_out(page, out);
}

fn way_out(page: &mut Page, text: &str) {
    let lead = format!("{} ", page.ink(Ink::Ref, page.theme.glyphs().arrow));
    page.wrapped(&lead, "  ", &escape::lines(text));
}

fn mark(theme: Theme, status: Status) -> (Ink, &'static str) {
    let glyphs = theme.glyphs();
    match status {
        Status::Pending => (Ink::Dim, glyphs.dot),
        Status::Running => (Ink::Warn, glyphs.phase),
        Status::Skipped => (Ink::Dim, glyphs.skip),
        Status::Done => (Ink::Good, glyphs.pass),
        Status::Failed | Status::Stuck => (Ink::Bad, glyphs.fail),
        Status::RollingBack | Status::RolledBack => (Ink::Warn, glyphs.back),
    }
}
