//! A simulated plan as text: `rel plan`, and what `rel apply` shows before it asks.
//!
//! Goes in: an [`engine::PlanReport`](crate::engine::PlanReport). Comes out: text for a [`Theme`].

mod diff;
mod page;
mod phase;
mod refs;
mod rollback;
mod step;
mod summary;
mod what_if;

pub(crate) use diff::{conflict, conflicts, text_diff};
pub(crate) use page::Page;
pub(crate) use refs::{moves, short_name};
pub(crate) use rollback::preview;

use super::theme::{Ink, Theme, count};
use crate::engine::PlanReport;

/// The whole report.
pub(crate) fn plan(theme: Theme, report: &PlanReport) -> String {
    plan_if(theme, report, None)
}

/// The whole report, and what happens where a gate of this name fails.
pub(crate) fn plan_if(theme: Theme, report: &PlanReport, fails: Option<&str>) -> String {
    let mut page = Page::new(theme);
    page.unknown.clone_from(&report.known_after_apply);
    head(&mut page, report);
    for phase in &report.phases {
        page.blank();
        phase::phase(&mut page, phase);
    }
    problems(&mut page, report);
    if !report.warnings.is_empty() {
        page.blank();
        for warning in &report.warnings {
            let mark = page.ink(Ink::Warn, "warning:");
            page.wrapped(&format!("{mark} "), "         ", &super::escape::lines(warning));
        }
    }
    if let Some(gate) = fails {
        what_if::what_if(&mut page, report, gate);
    }
    page.blank();
    summary::summary(&mut page, report);
    page.finish()
}

fn head(page: &mut Page, report: &PlanReport) {
    let title = page.ink(Ink::Title, super::escape::line(&report.title));
    page.line(&title);
    let dot = page.theme.glyphs().dot;
    let digest: String = report.digest.chars().take(12).collect();
    let phases = count(report.phases.len(), "phase", "phases");
    page.line(&page.ink(Ink::Dim, format!("plan {digest} {dot} {phases}")));
    let owner = report
        .owner
        .iter()
        .map(|owner| format!("owner {}", super::escape::line(owner)));
    let contact = report
        .contact
        .iter()
        .map(|contact| format!("contact {}", super::escape::line(contact)));
    let people: Vec<String> = owner.chain(contact).collect();
    if !people.is_empty() {
        page.line(&page.ink(Ink::Dim, people.join(&format!(" {dot} "))));
    }
    let values: Vec<String> = report
        .params
        .iter()
        .map(|(name, value, set)| {
            let set = if *set { " (set)" } else { "" };
            format!("{name} = {}{set}", super::escape::line(value))
        })
        .collect();
    if !values.is_empty() {
        for line in Theme::wrap(&values.join(", "), page.theme.width.saturating_sub(2)) {
            page.line(&page.ink(Ink::Dim, line));
        }
    }
}

/// What would stop `apply`.
fn problems(page: &mut Page, report: &PlanReport) {
    let steps = || report.phases.iter().flat_map(|phase| &phase.steps);
    for problem in &report.problems {
        page.blank();
        let place = match (&problem.phase, &problem.step) {
            (Some(phase), Some(step)) => format!("{phase}: {}: ", super::escape::line(step)),
            (Some(phase), None) => format!("{phase}: "),
            (None, Some(step)) => format!("{}: ", super::escape::line(step)),
            (None, None) => String::new(),
        };
        let mark = page.ink(Ink::Bad, page.theme.glyphs().fail);
        let text = format!("{place}{}", super::escape::lines(&problem.message));
        page.wrapped(&format!("{mark} "), "  ", &text);
        if let Some(help) = &problem.help {
            let lead = page.ink(Ink::Ref, "  help: ");
            page.wrapped(&lead, "        ", &super::escape::lines(help));
        }
        // Beside its step a conflict has been shown already.
        if !steps().any(|step| step.conflicts == problem.conflicts) {
            conflicts(page, "  ", &problem.conflicts);
        }
    }
}
