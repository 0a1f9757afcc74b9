//! The last line: what the plan would do, in numbers.

use std::collections::BTreeSet;

use super::super::theme::{Ink, count};
use super::Page;
use crate::engine::PlanReport;

pub(super) fn summary(page: &mut Page, report: &PlanReport) {
    let glyphs = page.theme.glyphs();
    let phases = report.phases.iter().filter(|phase| !phase.skipped);
    let steps: Vec<_> = phases.clone().flat_map(|phase| &phase.steps).collect();
    let moved = |prefix: &str| {
        let names: BTreeSet<_> = phases
            .clone()
            .flat_map(|phase| &phase.refs)
            .filter(|one| one.change.old != one.change.new && one.change.name.starts_with(prefix))
            .map(|one| one.change.name.as_str())
            .collect();
        names.len()
    };
    let kind = |kind: &str| steps.iter().filter(|step| step.kind == kind).count();
    let mut parts = vec![count(steps.len(), "step", "steps")];
    let counted = [
        (moved("refs/heads/"), "branch", "branches"),
        (moved("refs/tags/"), "tag", "tags"),
        (steps.iter().map(|step| step.gates.len()).sum(), "gate", "gates"),
        (kind("push"), "push", "pushes"),
        (kind("deploy"), "deploy", "deploys"),
    ];
    for (number, one, many) in counted {
        if number > 0 {
            parts.push(count(number, one, many));
        }
    }
    let separator = format!(" {} ", glyphs.dot);
    let numbers = page.ink(Ink::Dim, parts.join(&separator));
    if report.problems.is_empty() {
        let mark = page.ink(Ink::Good, glyphs.pass);
        page.line(&format!("{mark} This plan goes through.  {numbers}"));
    } else {
        let mark = page.ink(Ink::Bad, glyphs.fail);
        let problems = count(report.problems.len(), "problem", "problems");
        let verb = if report.problems.len() == 1 {
            "stops"
        } else {
            "stop"
        };
        page.line(&format!("{mark} {problems} {verb} this plan.  {numbers}"));
    }
    let unknown = phases.flat_map(|phase| &phase.refs).any(|one| !one.known);
    if unknown {
        let text = "  Ids that depend on a command or a signature are known after apply.";
        page.line(&page.ink(Ink::Dim, text));
    }
}
