//! One simulated phase on its rail: steps, the lines of no return, refs, the way back.

use super::super::escape;
use super::super::theme::Ink;
use super::{Page, refs, rollback, step};
use crate::engine::PhaseReport;

pub(super) fn phase(page: &mut Page, phase: &PhaseReport) {
    let glyphs = page.theme.glyphs();
    let mut head = page.ink(Ink::Title, &phase.name);
    if let Some(title) = &phase.title {
        head = format!("{head}  {}", escape::line(title));
    }
    if !phase.after.is_empty() {
        let after = format!("after {}", phase.after.join(", "));
        head = format!("{head}  {}", page.ink(Ink::Dim, after));
    }
    let mark = page.ink(Ink::Title, glyphs.phase);
    page.marked(&mark, &head);
    if phase.skipped {
        let text = format!(
            "  skipped: its `when` does not hold {} counts as done",
            glyphs.dot
        );
        page.line(&page.ink(Ink::Dim, text));
        return;
    }
    page.rail(true);
    let owner = phase
        .owner
        .iter()
        .map(|owner| format!("owner {}", escape::line(owner)));
    let estimate = phase
        .estimate
        .iter()
        .map(|estimate| format!("estimated {estimate}"));
    let about: Vec<String> = owner.chain(estimate).collect();
    if !about.is_empty() {
        let separator = format!(" {} ", page.theme.glyphs().dot);
        let text = page.ink(Ink::Dim, about.join(&separator));
        page.line(&format!("   {text}"));
    }
    if let Some(moment) = &phase.not_before {
        let text = format!("   begins not before {}", escape::line(moment));
        page.line(&page.ink(Ink::Warn, text));
    }
    for (index, one) in phase.steps.iter().enumerate() {
        if phase.commit_point == Some(index) {
            let staged = phase.steps[..index].iter().any(|step| !step.staged.is_empty());
            let rest = if staged {
                "what is staged above is published here, or none of it"
            } else {
                ""
            };
            page.ruled(Ink::Gate, "commit point", rest);
        }
        step::step(page, one);
        if phase.no_return == Some(index) {
            page.ruled(Ink::Bad, "point of no return", "no way back from here on");
        }
    }
    if !phase.refs.is_empty() {
        page.blank();
        page.rail(false);
        let mark = page.ink(Ink::Dim, glyphs.step);
        let text = page.ink(Ink::Dim, "refs, before and after");
        page.marked(&mark, &text);
        page.rail(true);
        refs::table(page, "   ", &phase.refs);
    }
    page.blank();
    page.rail(false);
    rollback::rollback(page, phase);
}
