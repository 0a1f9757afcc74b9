//! The way back: as the plan says it, and what the simulation found when it tried.

use super::super::escape;
use super::super::theme::{Ink, Theme};
use super::{Page, conflicts, refs, step};
use crate::engine::{PhaseReport, RollbackAction, RollbackPreview, RollbackTrial};
use crate::journal::PublicationIntent;

/// The last part of a phase on the page.
pub(super) fn rollback(page: &mut Page, phase: &PhaseReport) {
    let glyphs = page.theme.glyphs();
    let mark = page.ink(Ink::Dim, glyphs.last);
    let report = &phase.rollback;
    if report.display.is_empty() {
        let text = if phase.commit_point.is_none() {
            "no rollback needed: nothing outside is touched"
        } else {
            "no rollback"
        };
        page.marked(&mark, &page.ink(Ink::Dim, text));
        return;
    }
    let shown: Vec<_> = report.display.iter().map(|line| escape::line(line)).collect();
    let label = page.ink(Ink::Title, "rollback");
    if shown.len() == 1 {
        page.marked(&mark, &format!("{label}  {}", shown[0]));
    } else {
        page.marked(&mark, &label);
        for line in &shown {
            page.line(&format!("     {line}"));
        }
    }
    trials(page, phase, &report.tried);
}

fn trials(page: &mut Page, phase: &PhaseReport, tried: &[RollbackTrial]) {
    let glyphs = page.theme.glyphs();
    if tried.is_empty() {
        return;
    }
    if tried.iter().all(|one| one.restores && one.remains.is_empty()) {
        let mark = page.ink(Ink::Good, glyphs.pass);
        let when = match tried {
            [only] => after(phase, only),
            several => format!("tried after {} steps", several.len()),
        };
        page.line(&format!("    {mark} {when}: all is as it was before"));
        return;
    }
    let mut index = 0;
    while index < tried.len() {
        let same = tried[index..]
            .iter()
            .take_while(|other| alike(&tried[index], other))
            .count();
        let last = &tried[index + same - 1];
        trial(page, phase, &tried[index], last, same);
        index += same;
    }
}

/// Up to where the phase had come when the rollback was tried.
fn after(phase: &PhaseReport, trial: &RollbackTrial) -> String {
    if trial.fails_at + 1 >= phase.steps.len() {
        return "tried after its last step".to_owned();
    }
    format!("tried where `{}` fails", name(phase, trial))
}

fn name(phase: &PhaseReport, trial: &RollbackTrial) -> String {
    let display = phase
        .steps
        .get(trial.fails_at)
        .map_or("the end", |step| step.display.as_str());
    escape::line(display).into_owned()
}

fn alike(a: &RollbackTrial, b: &RollbackTrial) -> bool {
    a.restores == b.restores && a.remains == b.remains && a.conflicts == b.conflicts
}

/// What a tried rollback came to, in a few words.
pub(super) struct Found {
    pub(super) ink: Ink,
    pub(super) mark: &'static str,
    pub(super) what: &'static str,
}

pub(super) fn found(page: &Page, trial: &RollbackTrial) -> Found {
    let glyphs = page.theme.glyphs();
    let (ink, mark, what) = if !trial.conflicts.is_empty() {
        (Ink::Bad, glyphs.fail, "the rollback meets a conflict")
    } else if trial.restores && trial.remains.is_empty() {
        (Ink::Good, glyphs.pass, "all is as it was before")
    } else if trial.restores {
        (Ink::Good, glyphs.pass, "every branch has its tree again")
    } else {
        (Ink::Warn, glyphs.note, "the state is not restored")
    };
    Found { ink, mark, what }
}

fn trial(page: &mut Page, phase: &PhaseReport, first: &RollbackTrial, last: &RollbackTrial, same: usize) {
    let glyphs = page.theme.glyphs();
    let when = match same {
        1 => after(phase, first),
        _ => format!("{}, up to `{}`", after(phase, first), name(phase, last)),
    };
    let Found { ink, mark, what } = found(page, first);
    let mark = page.ink(ink, mark);
    page.wrapped(&format!("    {mark} "), "      ", &format!("{when}: {what}"));
    for remains in &first.remains {
        let remains = escape::line(remains);
        let dash = page.ink(Ink::Dim, glyphs.dot);
        page.wrapped(&format!("      {dash} "), "        ", &remains);
    }
    conflicts(page, "      ", &first.conflicts);
}

/// What a simulated rollback would do.
pub(crate) fn preview(theme: Theme, phase: &str, preview: &RollbackPreview) -> String {
    let mut page = Page::new(theme);
    let glyphs = theme.glyphs();
    let head = page.ink(
        Ink::Title,
        format!("{} rollback of {}", glyphs.back, escape::line(phase)),
    );
    page.line(&head);
    page.rail(true);
    let several = preview
        .actions
        .iter()
        .filter(|one| matches!(one, RollbackAction::Phase { .. }));
    let several = several.count() > 1;
    if preview.actions.is_empty() && preview.problem.is_none() {
        page.line("   nothing would move");
    }
    for action in &preview.actions {
        self::action(&mut page, action, several);
    }
    conflicts(&mut page, "   ", &preview.conflicts);
    page.rail(false);
    page.blank();
    if let Some(problem) = &preview.problem {
        let mark = page.ink(Ink::Bad, glyphs.fail);
        page.wrapped(&format!("{mark} "), "  ", &escape::lines(problem));
    } else {
        let mark = page.ink(Ink::Good, glyphs.pass);
        page.line(&format!("{mark} This rollback goes through."));
    }
    page.finish()
}

fn action(page: &mut Page, action: &RollbackAction, several: bool) {
    let dot = page.ink(Ink::Dim, page.theme.glyphs().dot);
    match action {
        RollbackAction::Phase { name } if several => {
            let mark = page.ink(Ink::Dim, page.theme.glyphs().step);
            let name = page.ink(Ink::Title, escape::line(name));
            page.marked(&mark, &name);
        }
        RollbackAction::Phase { .. } => {}
        RollbackAction::Stage(staged) => step::staged(page, staged),
        RollbackAction::Publish(intent) => publish(page, intent),
        RollbackAction::Run { what, command } => {
            page.line(&format!("   {}", escape::line(what)));
            let runs = page.ink(Ink::Dim, format!("runs {}", escape::line(command)));
            page.wrapped("     ", "       ", &runs);
        }
        RollbackAction::Note { message } => {
            page.wrapped(&format!("   {dot} "), "     ", &escape::line(message));
        }
    }
}

/// What moves at the remote; local refs follow, and have been shown when they were staged.
fn publish(page: &mut Page, intent: &PublicationIntent) {
    if let Some(remote) = &intent.remote {
        refs::moves(page, "   ", Some(remote), &intent.remote_moves);
    }
}
