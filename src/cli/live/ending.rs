//! How a run ends or stops, in words.

use super::super::escape;
use super::super::report::Page;
use super::super::theme::{Ink, Theme};
use crate::engine::RunEnd;
use crate::journal::{Event, Outcome, PauseCause};

/// Why it goes no further, and the way out.
pub(super) fn stop(page: &mut Page, ink: Ink, lead: &str, reason: &str, way_out: Option<&str>) {
    let lead = format!("{}: ", page.ink(ink, lead));
    page.wrapped(&lead, "  ", &escape::lines(reason));
    if let Some(way_out) = way_out {
        let arrow = page.theme.glyphs().arrow;
        let lead = format!("{} ", page.ink(Ink::Ref, arrow));
        page.wrapped(&lead, "  ", &escape::lines(way_out));
    }
}

/// The event that says so: a pause or a failed rollback.
pub(super) fn event(page: &mut Page, event: &Event, reason: &str, way_out: &str) {
    let (ink, lead) = match event {
        Event::RollbackFailed { .. } => (Ink::Bad, "rollback failed"),
        Event::Paused {
            cause: PauseCause::Interrupted,
            ..
        } => (Ink::Warn, "stopped"),
        _ => (Ink::Warn, "waiting"),
    };
    page.blank();
    stop(page, ink, lead, reason, Some(way_out));
}

/// The last event of a run.
pub(super) fn outcome(page: &mut Page, outcome: Outcome, took: &str, rolled_back: &[String]) {
    let glyphs = page.theme.glyphs();
    let (ink, mark, text) = match outcome {
        Outcome::Done => (Ink::Good, glyphs.pass, format!("done in {took}")),
        Outcome::Failed => {
            let text = format!("failed after {took}; nothing had to be undone");
            (Ink::Bad, glyphs.fail, text)
        }
        Outcome::RolledBack => {
            let text = format!("rolled back {} after {took}", rolled_back.join(", "));
            (Ink::Warn, glyphs.back, text)
        }
        Outcome::RollbackFailed => (Ink::Bad, glyphs.fail, "a person is needed".to_owned()),
        Outcome::Aborted => (Ink::Warn, glyphs.skip, "given up".to_owned()),
    };
    page.blank();
    page.line(&page.ink(ink, format!("{mark} {text}")));
}

/// An end that no event has told.
pub(super) fn untold(theme: Theme, end: &RunEnd) -> String {
    let mut page = Page::new(theme);
    let glyphs = theme.glyphs();
    match end {
        RunEnd::Done => page.line(&page.ink(Ink::Good, format!("{} done", glyphs.pass))),
        RunEnd::Aborted => page.line(&page.ink(Ink::Warn, format!("{} given up", glyphs.skip))),
        RunEnd::Failed { reason, help, .. } => {
            stop(&mut page, Ink::Bad, "failed", reason, help.as_deref());
        }
        RunEnd::Waiting { reason, way_out, .. } => {
            stop(&mut page, Ink::Warn, "waiting", reason, Some(way_out));
        }
        RunEnd::RolledBack { phase, reason } => {
            let lead = format!("rolled back {phase}");
            stop(&mut page, Ink::Warn, &lead, reason, None);
        }
        RunEnd::RollbackFailed { reason, way_out, .. } => {
            stop(&mut page, Ink::Bad, "rollback failed", reason, Some(way_out));
        }
        RunEnd::Interrupted => {
            let way_out = Some("`rel resume` goes on where it stopped");
            stop(&mut page, Ink::Warn, "stopped", "it was interrupted", way_out);
        }
    }
    page.finish()
}
