//! One simulated step: what it moves, what it asks, what it would run.

use super::super::escape;
use super::super::theme::{Ink, count, pad, width};
use super::{Page, conflict, conflicts, diff, refs};
use crate::engine::{GatePreview, StepReport};
use crate::journal::{FileChange, Staged};

const MOST_COMMITS: usize = 6;
const MOST_FILES: usize = 8;
const INDENT: &str = "   ";
const DEEPER: &str = "     ";

/// The step, its mark on the rail.
pub(super) fn step(page: &mut Page, step: &StepReport) {
    let mark = page.ink(Ink::Dim, page.theme.glyphs().step);
    let mut head = if is_gate(&step.kind) {
        page.ink(Ink::Gate, escape::line(&step.display))
    } else {
        page.ink(Ink::Title, escape::line(&step.display))
    };
    if step.irreversible {
        head = format!("{head}  {}", page.ink(Ink::Bad, "irreversible"));
    }
    page.marked(&mark, &head);
    if let Some(why) = &step.skipped {
        let text = format!("{INDENT}nothing to do: {}", escape::line(why));
        page.line(&page.ink(Ink::Dim, text));
    }
    for staged in &step.staged {
        self::staged(page, staged);
    }
    conflicts(page, INDENT, &step.conflicts);
    let several = step.gates.len() > 1 || step.kind == "try";
    for gate in &step.gates {
        self::gate(page, gate, several);
    }
    if let Some(command) = &step.command {
        let text = format!("runs {}", escape::line(command));
        page.wrapped(INDENT, DEEPER, &text);
    }
    // Where a push moves a ref, its local branch follows: one line says both.
    match &step.remote {
        Some(remote) => refs::moves(page, INDENT, Some(remote), &step.remote_moves),
        None => refs::moves(page, INDENT, None, &step.local_moves),
    }
}

/// A ref that moves in the sandbox, and what that brings.
pub(super) fn staged(page: &mut Page, staged: &Staged) {
    let dot = format!(" {} ", page.theme.glyphs().dot);
    let name = page.ink(Ink::Ref, escape::line(refs::short_name(&staged.change.name)));
    let change = refs::change(page, &staged.change, staged.known, 0);
    let mut facts = vec![staged.how.clone()];
    if staged.commit_count > 0 {
        facts.push(count(staged.commit_count as usize, "commit", "commits"));
    }
    if staged.file_count > 0 {
        facts.push(count(staged.file_count as usize, "file", "files"));
        facts.push(format!(
            "+{} {}{}",
            staged.added,
            page.theme.glyphs().minus,
            staged.removed
        ));
    }
    let facts = page.ink(Ink::Dim, facts.join(&dot));
    page.line(&format!("{INDENT}{name}  {change}  {facts}"));
    commits(page, staged);
    for one in &staged.resolved {
        conflict(page, DEEPER, one);
    }
    match &staged.diff {
        Some(text) => diff::unified(page, DEEPER, text),
        None => files(page, staged),
    }
}

fn commits(page: &mut Page, staged: &Staged) {
    for commit in staged.commits.iter().take(MOST_COMMITS) {
        let author = escape::line(&commit.author);
        let author = page.theme.fit(&author, 20);
        let room = page
            .theme
            .width
            .saturating_sub(DEEPER.len() + 8 + 2 + 3 + width(&author));
        let subject = page.theme.fit(&escape::line(&commit.subject), room);
        let id = refs::id(page, &commit.oid);
        let used = DEEPER.len() + 8 + 2 + width(&subject);
        page.spread(&format!("{DEEPER}{id}  {subject}"), used, &author);
    }
    let shown = staged.commits.len().min(MOST_COMMITS);
    more(page, staged.commit_count as usize, shown, "commit", "commits");
}

fn files(page: &mut Page, staged: &Staged) {
    let widest = staged
        .files
        .iter()
        .take(MOST_FILES)
        .map(|file| width(&path(page, file)))
        .max()
        .unwrap_or(0);
    for file in staged.files.iter().take(MOST_FILES) {
        let (letter, ink) = letter(&file.kind);
        let letter = page.ink(ink, letter);
        let path = pad(&path(page, file), widest);
        let (added, removed) = (
            format!("+{}", file.added),
            format!("{}{}", page.theme.glyphs().minus, file.removed),
        );
        let (added, removed) = (page.ink(Ink::Good, added), page.ink(Ink::Bad, removed));
        page.line(&format!("{DEEPER}{letter} {path}  {added} {removed}"));
    }
    let shown = staged.files.len().min(MOST_FILES);
    more(page, staged.file_count as usize, shown, "file", "files");
}

fn path(page: &Page, file: &FileChange) -> String {
    let path = match &file.from {
        Some(from) => format!("{from} {} {}", page.theme.glyphs().arrow, file.path),
        None => file.path.clone(),
    };
    page.theme
        .fit(&escape::line(&path), page.theme.width.saturating_sub(25))
}

fn letter(kind: &str) -> (&'static str, Ink) {
    match kind {
        "added" => ("A", Ink::Good),
        "deleted" => ("D", Ink::Bad),
        "renamed" => ("R", Ink::Warn),
        "mode" => ("T", Ink::Warn),
        _ => ("M", Ink::Warn),
    }
}

fn more(page: &mut Page, all: usize, shown: usize, one: &str, many: &str) {
    if all > shown {
        let rest = all - shown;
        let noun = if rest == 1 { one } else { many };
        let text = format!("{} and {rest} more {noun}", page.theme.glyphs().more);
        let text = page.ink(Ink::Dim, text);
        page.line(&format!("{DEEPER}{text}"));
    }
}

/// Steps that are about a gate and nothing else.
fn is_gate(kind: &str) -> bool {
    matches!(kind, "gate" | "wait" | "soak")
}

fn gate(page: &mut Page, gate: &GatePreview, named: bool) {
    if named {
        let name = page.ink(Ink::Gate, escape::line(&gate.gate));
        page.line(&format!("{INDENT}{name}"));
    }
    if let Some(title) = &gate.title {
        let title = page.ink(Ink::Dim, escape::line(title));
        page.line(&format!("{INDENT}{title}"));
    }
    let dot = page.theme.glyphs().dot;
    let mut text = escape::line(&gate.subject).into_owned();
    if let Some(commit) = &gate.commit {
        let at = if page.unknown.contains(commit) {
            "known after apply"
        } else {
            commit.short()
        };
        text = format!("{text} ({at})");
    }
    if !gate.asks.is_empty() {
        // That a command must end well goes without saying.
        let asks = gate.asks.iter().filter(|ask| *ask != "exit == 0");
        let asks: Vec<_> = asks.map(|ask| unbroken(&escape::line(ask))).collect();
        text = format!("{text} {dot} {}", asks.join(&format!(" {dot} ")));
    }
    for limit in &gate.limits {
        text = format!("{text} {dot} {}", unbroken(&escape::line(limit)));
    }
    if gate.advisory {
        text = format!("{text} {dot} advisory");
    }
    if let Some((every, whole)) = gate.repeats {
        text = format!("{text} {dot} every {every} for {whole}");
    }
    page.wrapped(INDENT, INDENT, &text);
}

/// Keeps an expectation on one line: [`Page::wrapped`] breaks at plain spaces only.
fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}
