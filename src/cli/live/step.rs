//! The step under way: what is gathered for the lines that it gets when it is done.

use super::super::report::{Page, moves, short_name};
use super::super::theme::{Ink, count, width};
use super::super::{escape, time};
use super::gates;
use crate::journal::{GateResult, Millis, PublicationIntent, Staged, Verdict};
use crate::model::{Duration, Oid};

/// The step under way.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) number: u32,
    /// Nothing has happened in it yet.
    pub(super) fresh: bool,
    /// What it is busy with.
    pub(super) busy: Option<String>,
    /// The last result of its gate.
    pub(super) gate: Option<GateResult>,
    display: String,
    at: Millis,
    /// Steps around it: it stands in a `try`.
    depth: usize,
    /// What stands below its line when it is done.
    details: Vec<String>,
    soak: Option<Soak>,
}

#[derive(Debug)]
struct Soak {
    samples: usize,
    progress: String,
    whole: Duration,
}

impl Step {
    pub(super) fn new(number: u32, display: &str, at: Millis, depth: usize) -> Self {
        Self {
            number,
            fresh: true,
            busy: None,
            gate: None,
            display: display.to_owned(),
            at,
            depth,
            details: Vec::new(),
            soak: None,
        }
    }

    /// For the spinner: what is being done.
    pub(super) fn under_way(&self) -> String {
        let display = escape::line(&self.display);
        if let Some(soak) = &self.soak {
            let samples = count(soak.samples, "time", "times");
            format!(
                "{display}  {} of {}, sampled {samples}",
                soak.progress, soak.whole
            )
        } else if let Some(busy) = &self.busy {
            format!("{display}  {}", escape::line(busy))
        } else {
            display.into_owned()
        }
    }

    pub(super) fn soak_begins(&mut self, whole: Duration) {
        self.soak = Some(Soak {
            samples: 0,
            progress: "0s".to_owned(),
            whole,
        });
    }

    pub(super) fn soaked(&mut self, so_far: Duration) {
        if let Some(soak) = &mut self.soak {
            soak.progress = time::elapsed(so_far.as_millis());
        }
    }

    /// Takes a gate's result in; a sample of a soak that did not pass is told at once.
    pub(super) fn gate(&mut self, page: &mut Page, result: &GateResult) {
        if let Some(soak) = &mut self.soak {
            soak.samples += 1;
            if result.verdict != Verdict::Passed {
                gates::sample(page, result);
            }
        } else if result.verdict != Verdict::Failed || result.advisory {
            // Why a gate failed is told with the failure.
            let mut lines = Page::new(page.theme);
            gates::readings(&mut lines, result);
            self.add(lines);
        }
        self.gate = Some(result.clone());
    }

    /// A line below its own.
    pub(super) fn detail(&mut self, line: String) {
        self.details.push(line);
    }

    /// Lines below its own.
    pub(super) fn add(&mut self, lines: Page) {
        self.details.extend(lines.finish().lines().map(str::to_owned));
    }

    /// It is done, or had nothing to do.
    pub(super) fn ends(&self, page: &mut Page, at: Millis, skipped: Option<&str>) {
        let glyphs = page.theme.glyphs();
        let (ink, mark) = match (skipped, self.gate.as_ref().map(|gate| gate.verdict)) {
            (Some(_), _) => (Ink::Dim, glyphs.skip),
            (None, Some(Verdict::Failed)) => (Ink::Warn, glyphs.fail),
            (None, Some(Verdict::Inconclusive)) => (Ink::Warn, glyphs.unsure),
            (None, Some(Verdict::Passed | Verdict::NotRun) | None) => (Ink::Good, glyphs.pass),
        };
        self.head(page, ink, mark, at);
        if let Some(why) = skipped {
            let text = page.ink(Ink::Dim, format!("nothing to do: {}", escape::line(why)));
            page.line(&format!("      {text}"));
        }
        if let Some(soak) = &self.soak {
            let text = format!("sampled {}", count(soak.samples, "time", "times"));
            page.line(&format!("      {}", page.ink(Ink::Dim, text)));
        }
        self.below(page);
    }

    /// It goes no further.
    pub(super) fn stops(&self, page: &mut Page, ink: Ink, mark: &str, at: Millis) {
        self.head(page, ink, mark, at);
        self.below(page);
    }

    /// Its mark, itself, how long it took.
    fn head(&self, page: &mut Page, ink: Ink, mark: &str, at: Millis) {
        let took = time::between(self.at, at);
        let indent = "  ".repeat(self.depth + 1);
        let used = indent.len() + width(mark) + 1;
        let room = page.theme.width.saturating_sub(used + took.len() + 2);
        let display = page.theme.fit(&escape::line(&self.display), room);
        let line = format!("{indent}{} {display}", page.ink(ink, mark));
        page.spread(&line, used + width(&display), &took);
    }

    fn below(&self, page: &mut Page) {
        let deeper = "  ".repeat(self.depth);
        for detail in &self.details {
            page.line(&format!("{deeper}{detail}"));
        }
    }
}

/// A ref that moves in the sandbox: `main  1a2b3c4d → 5e6f7a8b  squash · 2 commits`.
pub(super) fn staged(page: &Page, staged: &Staged) -> String {
    let glyphs = page.theme.glyphs();
    let name = page.ink(Ink::Ref, escape::line(short_name(&staged.change.name)));
    let id = |oid: &Option<Oid>, none: &str| oid.as_ref().map_or(none, Oid::short).to_owned();
    let (old, new) = (id(&staged.change.old, "new"), id(&staged.change.new, "deleted"));
    let mut facts = vec![staged.how.clone()];
    if staged.commit_count > 0 {
        facts.push(count(staged.commit_count as usize, "commit", "commits"));
    }
    if staged.file_count > 0 {
        let files = count(staged.file_count as usize, "file", "files");
        let lines = format!("+{} {}{}", staged.added, glyphs.minus, staged.removed);
        facts.push(format!("{files} {lines}"));
    }
    let facts = page.ink(Ink::Dim, facts.join(&format!(" {} ", glyphs.dot)));
    format!("{name}  {old} {} {new}  {facts}", glyphs.arrow)
}

/// What a publication has moved.
pub(super) fn published(page: &Page, intent: &PublicationIntent) -> Page {
    let mut lines = Page::new(page.theme);
    match &intent.remote {
        Some(remote) => moves(&mut lines, "      ", Some(remote), &intent.remote_moves),
        None => moves(&mut lines, "      ", None, &intent.local_moves),
    }
    lines
}
