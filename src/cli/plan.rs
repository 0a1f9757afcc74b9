//! `rel plan`: simulate everything, show it, write it down.

use std::path::PathBuf;

use serde::Serialize;

use super::context::Context;
use super::exit::{Exit, Failure, Outcome};
use super::report;
use crate::engine::{PlanReport, WhatIf};
use crate::export;

/// Simulate everything and show what would happen
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    plan: super::args::PlanArg,
    /// Save it, so that this is applied or nothing: `rel apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How the plan is shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Say what happens where this gate fails
    #[arg(long, value_name = "GATE")]
    fail: Option<String>,
    /// Do not fetch: take remotes as they were last seen
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    set: super::args::SetArg,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Phase by phase
    #[default]
    Text,
    /// A JSON document
    Json,
}

#[derive(Serialize)]
struct PlanDocument<'r> {
    #[serde(flatten)]
    report: &'r PlanReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    what_if: Option<Vec<WhatIf>>,
}

fn no_gate(gate: &str, report: &PlanReport) -> Failure {
    let gates = report.gates();
    let help = if gates.is_empty() {
        "the plan asks no gate".to_owned()
    } else {
        format!("the plan asks {}", gates.join(", "))
    };
    Failure::wrong_use(format!("the plan never asks a gate `{gate}`")).help(&help)
}

/// Simulates and shows.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let named = context.named_plan(args.plan.path.as_ref())?;
    let mut builder = context
        .builder(named.as_deref())
        .offline(args.offline)
        .prompts(context.terminal.person);
    for (name, value) in &args.set.set {
        builder = builder.set(name, value);
    }
    let mut engine = context.build(builder, false)?;
    let path = match named {
        Some(path) => path,
        None => engine.discover().map_err(|error| context.explain(&error))?,
    };
    let mut loaded = engine.load_file(&path).map_err(|error| context.explain(&error))?;
    let (report, saved) = loaded.plan_to_save().map_err(|error| context.explain(&error))?;
    let what_if = match &args.fail {
        Some(gate) if report.if_fails(gate).is_empty() => return Err(no_gate(gate, &report)),
        Some(gate) => Some(report.if_fails(gate)),
        None => None,
    };
    let text = match args.format {
        Format::Text => report::plan_if(context.terminal.out, &report, args.fail.as_deref()),
        Format::Json => export::json(PlanDocument {
            report: &report,
            what_if,
        })
        .map_err(|error| Failure::failed(error.to_string()))?,
    };
    context.terminal.print(&text);
    if !report.problems.is_empty() {
        return Ok(Exit::Findings);
    }
    if let Some(out) = &args.out {
        saved
            .write(&context.directory.join(out))
            .map_err(|error| context.explain(&error))?;
        let out = out.display();
        context.terminal.note(&format!(
            "saved; `rel apply {out}` does this, or nothing when a ref it read has moved"
        ));
    }
    Ok(Exit::Done)
}
