//! The story of a run, event by event: a pure function of the records so far.

use std::collections::BTreeMap;

use super::super::report::{Page, moves, short_name};
use super::super::theme::{Ink, Theme, count, width};
use super::super::{escape, time};
use super::gates;
use crate::engine::RunEnd;
use crate::journal::{
    CommandFinished, CommandRole, Event, GateResult, Millis, Outcome, PublicationIntent, Record, Staged,
    Verdict,
};

/// What has been told so far.
#[derive(Debug)]
pub(crate) struct Tale {
    theme: Theme,
    titles: BTreeMap<String, String>,
    quiet: bool,
    began: Option<Millis>,
    step: Option<Step>,
    publications: BTreeMap<u32, PublicationIntent>,
    rolling_back: bool,
    rolled_back: Vec<String>,
    /// Why the last phase failed.
    failed: Option<String>,
    /// The last sentence, which is not said twice.
    said: Option<String>,
    /// The end, or why it waits, has been told.
    ended: bool,
}

/// The step under way.
#[derive(Debug)]
struct Step {
    number: u32,
    display: String,
    at: Millis,
    /// What stands below its line when it is done.
    details: Vec<String>,
    /// What it is busy with.
    busy: Option<String>,
    soak: Option<Soak>,
    gate: Option<GateResult>,
}

#[derive(Debug, Default)]
struct Soak {
    samples: usize,
    progress: String,
    whole: String,
}

impl Tale {
    /// Nothing is told yet.
    pub(crate) fn new(theme: Theme, quiet: bool) -> Self {
        Self {
            theme,
            titles: BTreeMap::new(),
            ended: false,
            said: None,
            failed: None,
            quiet,
            began: None,
            step: None,
            publications: BTreeMap::new(),
            rolling_back: false,
            rolled_back: Vec::new(),
        }
    }

    /// Takes the titles of phases in.
    pub(crate) fn titles(&mut self, titles: impl IntoIterator<Item = (String, String)>) {
        self.titles.extend(titles);
    }

    /// What the events have not said about the end.
    pub(crate) fn end(&mut self, end: &RunEnd) -> String {
        let mut page = Page::new(self.theme);
        let glyphs = self.theme.glyphs();
        if self.ended {
            return String::new();
        }
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
                stop(
                    &mut page,
                    Ink::Warn,
                    &format!("rolled back {phase}"),
                    reason,
                    None,
                );
            }
            RunEnd::RollbackFailed { reason, way_out, .. } => {
                stop(&mut page, Ink::Bad, "rollback failed", reason, Some(way_out));
            }
            RunEnd::Interrupted => {
                let way_out = "`rel resume` goes on where it stopped";
                stop(
                    &mut page,
                    Ink::Warn,
                    "interrupted",
                    "what was under way is in the journal",
                    Some(way_out),
                );
            }
        }
        page.finish()
    }

    /// For the spinner: what is being done.
    pub(crate) fn under_way(&self) -> Option<String> {
        let step = self.step.as_ref()?;
        let mut message = escape::line(&step.display).into_owned();
        if let Some(soak) = &step.soak {
            message = format!(
                "{message}  {} of {}, sampled {}",
                soak.progress,
                soak.whole,
                count(soak.samples, "time", "times")
            );
        } else if let Some(busy) = &step.busy {
            message = format!("{message}  {}", escape::line(busy));
        }
        Some(message)
    }

    /// The lines for the next event; empty when it needs none.
    pub(crate) fn tell(&mut self, record: &Record) -> String {
        let mut page = Page::new(self.theme);
        self.began.get_or_insert(record.at);
        self.event(&mut page, record);
        let text = page.finish();
        if self.quiet && !important(&record.event) {
            return String::new();
        }
        text
    }

    fn event(&mut self, page: &mut Page, record: &Record) {
        match &record.event {
            Event::RunStarted(run) => {
                let title = page.ink(Ink::Title, escape::line(&run.title));
                let id = page.ink(Ink::Dim, format!("run {}", run.run));
                page.line(&format!("{title}  {id}"));
            }
            Event::RunTakenUp { command } => {
                self.began = Some(record.at);
                page.line(&page.ink(Ink::Dim, format!("taken up again by `rel {command}`")));
            }
            Event::PhaseStarted { phase, attempt, .. } => self.phase_starts(page, phase, *attempt),
            Event::StepStarted { step, display, .. } => self.step_starts(*step, display, record.at),
            Event::Staged(staged) => self.staged(page, staged),
            Event::StepFinished { step, .. } => self.step_ends(page, *step, record.at, None),
            Event::StepSkipped { step, why, .. } => self.step_ends(page, *step, record.at, Some(why)),
            Event::Gate(result) => self.gate(page, result),
            Event::CommandIntent(intent) => {
                if let Some(step) = &mut self.step {
                    step.busy = Some(intent.display.clone());
                }
            }
            Event::CommandFinished(finished) => self.command_ends(page, finished),
            Event::PublicationIntent(intent) => {
                self.publications.insert(intent.publication, intent.clone());
            }
            Event::PublicationFinished { publication } => self.published(page, *publication),
            Event::Deployed {
                environment,
                source,
                commit,
                previous,
                ..
            } => {
                let short = commit.short();
                let what = if *source == commit.as_str() {
                    short.to_owned()
                } else {
                    format!("{source} ({short})")
                };
                let text = match previous {
                    Some(previous) if previous == commit => format!("{environment} runs {what} again"),
                    Some(previous) => format!("{environment} runs {what}, before {}", previous.short()),
                    None => format!("{environment} runs {what}"),
                };
                self.detail(page, &text);
            }
            Event::SoakStarted { duration, .. } => {
                if let Some(step) = &mut self.step {
                    step.soak = Some(Soak {
                        progress: "0s".into(),
                        whole: duration.to_string(),
                        samples: 0,
                    });
                }
            }
            Event::SoakProgress { soaked, .. } => {
                if let Some(soak) = self.step.as_mut().and_then(|step| step.soak.as_mut()) {
                    soak.progress = time::elapsed(soaked.as_millis());
                }
            }
            Event::PhaseFailed {
                step,
                reason,
                help,
                published,
                ..
            } => {
                self.fails(page, *step, record.at, reason, help.as_deref(), *published);
            }
            Event::RollbackStarted { phase, why } => {
                self.rolling_back = true;
                page.blank();
                let head = format!("{} rolling back {phase}", page.theme.glyphs().back);
                page.line(&page.ink(Ink::Title, head));
                // A failure has just been told.
                if self.failed.take().as_ref() != Some(why) {
                    page.wrapped("  ", "  ", &escape::line(why));
                }
            }
            Event::RollbackFinished { phase } => {
                self.rolling_back = false;
                self.rolled_back.push(phase.clone());
                let mark = page.ink(Ink::Good, page.theme.glyphs().pass);
                page.line(&format!("  {mark} {phase} is rolled back"));
            }
            Event::Paused { reason, way_out, .. } | Event::RollbackFailed { reason, way_out, .. } => {
                self.stops(page, record, reason, way_out);
            }
            Event::RunFinished { outcome } => self.run_ends(page, *outcome, record.at),
            Event::RollbackPlanned { phases, .. } if phases.len() < 2 => {}
            other @ (Event::Fetched { .. }
            | Event::RollbackPlanned { .. }
            | Event::ConflictKept { .. }
            | Event::Reconciled { .. }
            | Event::PhaseSkipped { .. }
            | Event::HeldBack { .. }
            | Event::RemoteMoved { .. }
            | Event::PublicationRefused { .. }
            | Event::Discarded { .. }
            | Event::Answered { .. }
            | Event::Notified { .. }
            | Event::Warning { .. }
            | Event::PhaseFinished { .. }
            | Event::RollbackNote { .. }) => self.plain(page, other),
        }
    }

    /// Events that are a sentence of their own.
    fn plain(&mut self, page: &mut Page, event: &Event) {
        let quiet = match event {
            Event::RemoteMoved { .. } | Event::PhaseFinished { .. } => true,
            Event::Fetched { moved, .. } => moved.is_empty(),
            Event::Reconciled {
                from, to, unpushed, ..
            } => from.as_ref() == Some(to) && *unpushed == 0,
            _ => false,
        };
        if quiet {
            return;
        }
        let (ink, text) = super::sentence(event);
        if self.said.as_ref() == Some(&text) {
            return;
        }
        self.said = Some(text.clone());
        let text = match event {
            Event::Warning { .. } => format!("{} {text}", page.theme.glyphs().note),
            _ => text,
        };
        for (index, line) in Theme::wrap(&text, page.theme.width.saturating_sub(4))
            .iter()
            .enumerate()
        {
            let indent = if index == 0 { "  " } else { "    " };
            let line = ink.map_or_else(|| line.clone(), |ink| page.ink(ink, line));
            page.line(&format!("{indent}{line}"));
        }
    }

    fn phase_starts(&mut self, page: &mut Page, phase: &str, attempt: u32) {
        self.step = None;
        page.blank();
        let mut head = page.ink(Ink::Title, format!("{} {phase}", page.theme.glyphs().phase));
        if let Some(title) = self.titles.get(phase) {
            head = format!("{head}  {}", escape::line(title));
        }
        if attempt > 1 {
            head = format!("{head}  {}", page.ink(Ink::Dim, format!("attempt {attempt}")));
        }
        page.line(&head);
    }

    fn step_starts(&mut self, number: u32, display: &str, at: Millis) {
        self.step = Some(Step {
            number,
            display: display.to_owned(),
            at,
            details: Vec::new(),
            busy: None,
            soak: None,
            gate: None,
        });
    }

    fn step_ends(&mut self, page: &mut Page, number: u32, at: Millis, skipped: Option<&str>) {
        let Some(step) = self.step.take_if(|step| step.number == number) else {
            return;
        };
        let glyphs = page.theme.glyphs();
        let (ink, mark) = match (skipped, step.gate.as_ref().map(|gate| gate.verdict)) {
            (Some(_), _) => (Ink::Dim, glyphs.skip),
            (None, Some(Verdict::Failed)) => (Ink::Warn, glyphs.fail),
            (None, Some(Verdict::Inconclusive)) => (Ink::Warn, glyphs.unsure),
            (None, Some(Verdict::Passed | Verdict::NotRun) | None) => (Ink::Good, glyphs.pass),
        };
        head(page, ink, mark, &step, at);
        if let Some(why) = skipped {
            let text = format!("nothing to do: {}", escape::line(why));
            let text = page.ink(Ink::Dim, text);
            page.line(&format!("      {text}"));
        }
        if let Some(soak) = &step.soak {
            let text = format!("sampled {}", count(soak.samples, "time", "times"));
            page.line(&format!("      {}", page.ink(Ink::Dim, text)));
        }
        for detail in &step.details {
            page.line(detail);
        }
    }

    /// A line below the step under way, or at once when there is none.
    fn detail(&mut self, page: &mut Page, text: &str) {
        let line = format!("      {}", page.ink(Ink::Dim, escape::line(text)));
        self.detail_as_is(page, line);
    }

    fn detail_as_is(&mut self, page: &mut Page, line: String) {
        match &mut self.step {
            Some(step) => step.details.push(line),
            None => page.line(&line),
        }
    }

    fn staged(&mut self, page: &mut Page, staged: &Staged) {
        let glyphs = page.theme.glyphs();
        let name = page.ink(Ink::Ref, escape::line(short_name(&staged.change.name)));
        let id = |oid: Option<&crate::model::Oid>, none: &str| {
            oid.map_or(none.to_owned(), |o| o.short().to_owned())
        };
        let ids = format!(
            "{} {} {}",
            id(staged.change.old.as_ref(), "new"),
            glyphs.arrow,
            id(staged.change.new.as_ref(), "deleted")
        );
        let mut facts = vec![staged.how.clone()];
        if staged.commit_count > 0 {
            facts.push(count(staged.commit_count as usize, "commit", "commits"));
        }
        if staged.file_count > 0 {
            let files = count(staged.file_count as usize, "file", "files");
            facts.push(format!(
                "{files} +{} {}{}",
                staged.added, glyphs.minus, staged.removed
            ));
        }
        let facts = page.ink(Ink::Dim, facts.join(&format!(" {} ", glyphs.dot)));
        if self.step.is_none() {
            let mark = page.ink(Ink::Good, glyphs.pass);
            page.line(&format!("  {mark} {name}  {ids}  {facts}"));
        } else {
            self.detail_as_is(page, format!("      {name}  {ids}  {facts}"));
        }
        for conflict in &staged.resolved {
            let how = conflict.resolution.as_deref().unwrap_or("a person");
            let text = format!("conflict in {} resolved with {how}", conflict.path);
            self.detail(page, &text);
        }
    }

    fn published(&mut self, page: &mut Page, publication: u32) {
        let Some(intent) = self.publications.remove(&publication) else {
            return;
        };
        let mut lines = Page::new(page.theme);
        if let Some(remote) = &intent.remote {
            moves(&mut lines, "      ", Some(remote), &intent.remote_moves);
        } else {
            moves(&mut lines, "      ", None, &intent.local_moves);
        }
        for line in lines.finish().lines() {
            self.detail_as_is(page, line.to_owned());
        }
    }

    fn gate(&mut self, page: &mut Page, result: &GateResult) {
        let Some(step) = &mut self.step else {
            gates::sample(page, result);
            return;
        };
        if let Some(soak) = &mut step.soak {
            soak.samples += 1;
            if result.verdict != Verdict::Passed {
                gates::sample(page, result);
            }
        } else {
            let mut lines = Page::new(page.theme);
            gates::readings(&mut lines, result);
            step.details.extend(lines.finish().lines().map(str::to_owned));
        }
        step.gate = Some(result.clone());
    }

    fn command_ends(&mut self, page: &mut Page, finished: &CommandFinished) {
        if let Some(step) = &mut self.step {
            step.busy = None;
        }
        if !finished.ok {
            let mark = page.ink(Ink::Bad, page.theme.glyphs().fail);
            page.line(&format!("    {mark} {}", escape::line(&finished.how)));
            gates::tail(page, &finished.output);
        } else if finished.role == CommandRole::Undo {
            let mark = page.ink(Ink::Good, page.theme.glyphs().back);
            page.line(&format!("    {mark} undone"));
        }
    }

    fn fails(
        &mut self,
        page: &mut Page,
        number: Option<u32>,
        at: Millis,
        reason: &str,
        help: Option<&str>,
        published: bool,
    ) {
        let glyphs = page.theme.glyphs();
        let step = self
            .step
            .take()
            .filter(|step| number.is_none_or(|number| number == step.number));
        if let Some(step) = &step {
            head(page, Ink::Bad, glyphs.fail, step, at);
            for detail in &step.details {
                page.line(detail);
            }
        }
        self.failed = Some(reason.to_owned());
        let lead = page.ink(Ink::Bad, "      failed: ");
        page.wrapped(&lead, "              ", &escape::lines(reason));
        if let Some(gate) = step.and_then(|step| step.gate) {
            gates::tail(page, &gate.output);
        }
        if let Some(help) = help {
            let lead = page.ink(Ink::Ref, "      help: ");
            page.wrapped(&lead, "            ", &escape::lines(help));
        }
        if !published {
            let text = "      Nothing outside had happened; nothing has to be undone.";
            page.line(&page.ink(Ink::Dim, text));
        }
    }

    fn stops(&mut self, page: &mut Page, record: &Record, reason: &str, way_out: &str) {
        let glyphs = page.theme.glyphs();
        if let Some(step) = self.step.take() {
            head(page, Ink::Warn, glyphs.unsure, &step, record.at);
            for detail in &step.details {
                page.line(detail);
            }
        }
        page.blank();
        let (ink, lead) = match record.event {
            Event::RollbackFailed { .. } => (Ink::Bad, "rollback failed"),
            _ => (Ink::Warn, "waiting"),
        };
        stop(page, ink, lead, reason, Some(way_out));
        self.ended = true;
    }

    fn run_ends(&mut self, page: &mut Page, outcome: Outcome, at: Millis) {
        let glyphs = page.theme.glyphs();
        let took = time::between(self.began.unwrap_or(at), at);
        let (ink, mark, text) = match outcome {
            Outcome::Done => (Ink::Good, glyphs.pass, format!("done in {took}")),
            Outcome::Failed => (
                Ink::Bad,
                glyphs.fail,
                format!("failed after {took}; nothing had to be undone"),
            ),
            Outcome::RolledBack => (
                Ink::Warn,
                glyphs.back,
                format!("rolled back {} after {took}", self.rolled_back.join(", ")),
            ),
            Outcome::RollbackFailed => (Ink::Bad, glyphs.fail, "a person is needed".to_owned()),
            Outcome::Aborted => (Ink::Warn, glyphs.skip, "given up".to_owned()),
        };
        page.blank();
        page.line(&page.ink(ink, format!("{mark} {text}")));
        self.ended = true;
    }
}

/// Why it goes no further, and the way out.
fn stop(page: &mut Page, ink: Ink, lead: &str, reason: &str, way_out: Option<&str>) {
    let lead = format!("{}: ", page.ink(ink, lead));
    page.wrapped(&lead, "  ", &escape::lines(reason));
    if let Some(way_out) = way_out {
        let arrow = page.theme.glyphs().arrow;
        let lead = format!("{} ", page.ink(Ink::Ref, arrow));
        page.wrapped(&lead, "  ", &escape::lines(way_out));
    }
}

/// The line of a step: its mark, itself, how long it took.
fn head(page: &mut Page, ink: Ink, mark: &str, step: &Step, at: Millis) {
    let took = time::between(step.at, at);
    let room = page.theme.width.saturating_sub(4 + width(mark) + took.len() + 2);
    let display = page.theme.fit(&escape::line(&step.display), room);
    let used = 3 + width(mark) + width(&display);
    page.spread(&format!("  {} {display}", page.ink(ink, mark)), used, &took);
}

/// What `--quiet` still says.
fn important(event: &Event) -> bool {
    matches!(
        event,
        Event::PhaseFailed { .. }
            | Event::Paused { .. }
            | Event::RollbackFailed { .. }
            | Event::RollbackFinished { .. }
            | Event::Warning { .. }
            | Event::RunFinished { .. }
    )
}
