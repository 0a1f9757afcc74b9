//! Results of gates: what was read, and the end of the output when it matters.

use super::super::escape;
use super::super::report::Page;
use super::super::theme::Ink;
use crate::journal::{GateResult, Verdict};

/// Lines of output that are shown at most.
const TAIL: usize = 12;

/// What each expectation met.
pub(super) fn readings(page: &mut Page, result: &GateResult) {
    let glyphs = page.theme.glyphs();
    // That a command must end well goes without saying.
    let said = result
        .readings
        .iter()
        .filter(|one| !one.holds || one.expect != "exit == 0");
    for reading in said {
        let expect = escape::line(&reading.expect);
        let found = reading.found.as_deref().map(escape::line);
        let found = match &found {
            Some(found) => format!("read {}", page.theme.fit(found, 40)),
            None => "nothing fitted".to_owned(),
        };
        if reading.holds {
            let text = page.ink(Ink::Dim, format!("{expect}: {found}"));
            page.line(&format!("      {text}"));
        } else {
            let mark = page.ink(Ink::Bad, glyphs.fail);
            page.line(&format!("      {mark} expected {expect}, {found}"));
        }
    }
    if result.reused {
        let text = page.ink(Ink::Dim, "the result of an earlier attempt on the same tree");
        page.line(&format!("      {text}"));
    }
    if result.advisory && result.verdict != Verdict::Passed {
        let reason = result.reason.as_deref().unwrap_or("did not pass");
        let text = page.ink(Ink::Warn, format!("advisory: {}", escape::line(reason)));
        page.line(&format!("      {text}"));
    }
}

/// A sample of a soak that did not pass.
pub(super) fn sample(page: &mut Page, result: &GateResult) {
    let glyphs = page.theme.glyphs();
    let (ink, mark) = match result.verdict {
        Verdict::Passed => (Ink::Good, glyphs.pass),
        Verdict::Failed => (Ink::Bad, glyphs.fail),
        Verdict::Inconclusive | Verdict::NotRun => (Ink::Warn, glyphs.unsure),
    };
    let mark = page.ink(ink, mark);
    let gate = page.ink(Ink::Gate, escape::line(&result.gate));
    let reason = result.reason.as_deref().map(escape::line).unwrap_or_default();
    page.wrapped(&format!("    {mark} {gate}  "), "      ", &reason);
}

/// The end of a command's output.
pub(super) fn tail(page: &mut Page, output: &str) {
    let output = escape::lines(output.trim_end());
    let lines: Vec<&str> = output.lines().collect();
    let from = lines.len().saturating_sub(TAIL);
    let rail = page.ink(Ink::Dim, page.theme.glyphs().rail);
    for line in &lines[from..] {
        let line = page
            .theme
            .fit(&line.replace('\t', "    "), page.theme.width.saturating_sub(9));
        page.line(&format!("      {rail} {line}"));
    }
}
