//! `rel plan --fail GATE`: what becomes of the plan where a gate fails.

use super::super::escape;
use super::super::theme::Ink;
use super::Page;
use super::rollback::{Found, found};
use crate::engine::{Consequence, PlanReport, WhatIf};

/// One paragraph for each step that asks the gate.
pub(super) fn what_if(page: &mut Page, report: &PlanReport, gate: &str) {
    page.blank();
    let title = page.ink(Ink::Title, format!("if gate {} fails", escape::line(gate)));
    page.line(&title);
    for one in report.if_fails(gate) {
        consequence(page, report, &one);
    }
}

fn consequence(page: &mut Page, report: &PlanReport, one: &WhatIf) {
    let phase = report.phases.iter().find(|phase| phase.name == one.phase);
    let step = phase.and_then(|phase| phase.steps.get(one.step));
    let step = step.map_or("", |step| step.display.as_str());
    let glyphs = page.theme.glyphs();
    let mark = page.ink(Ink::Bad, glyphs.fail);
    page.line(&format!("  {mark} {}: {}", one.phase, escape::line(step)));
    let lead = format!("    {} ", page.ink(Ink::Dim, glyphs.arrow));
    let say = |page: &mut Page, text: &str| page.wrapped(&lead, "      ", text);
    match &one.then {
        Consequence::GoesOn => say(page, "it is advisory: the phase goes on"),
        Consequence::Discarded => say(
            page,
            "nothing outside has happened yet: what is staged is discarded, and `apply` ends with status 1",
        ),
        Consequence::Held => say(
            page,
            "the phase is held as it stands, for a person to decide; `apply` ends with status 3",
        ),
        Consequence::RolledBack(trial) => {
            let (status, Found { ink, mark, what }) =
                (status(trial.conflicts.is_empty()), found(page, trial));
            let mark = page.ink(ink, mark);
            say(
                page,
                &format!("it is rolled back; `apply` ends with status {status}"),
            );
            page.wrapped(&format!("      {mark} "), "        ", what);
            for remains in &trial.remains {
                let dot = page.ink(Ink::Dim, glyphs.dot);
                page.wrapped(&format!("        {dot} "), "          ", &escape::line(remains));
            }
        }
    }
    if !one.not_run.is_empty() {
        say(page, &format!("not begun: {}", one.not_run.join(", ")));
    }
}

const fn status(goes_through: bool) -> u8 {
    if goes_through { 4 } else { 5 }
}
