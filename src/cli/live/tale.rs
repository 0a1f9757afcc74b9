//! The story of a run, event by event: a pure function of the records so far.

use std::collections::BTreeMap;

use super::super::report::Page;
use super::super::theme::{Ink, Theme};
use super::super::{escape, time};
use super::step::{self, Step};
use super::{ending, gates};
use crate::engine::RunEnd;
use crate::journal::{
    CommandFinished, CommandRole, Event, GateResult, Millis, PublicationIntent, Record, Staged,
};

/// What has been told so far.
#[derive(Debug)]
pub(crate) struct Tale {
    theme: Theme,
    titles: BTreeMap<String, String>,
    quiet: bool,
    began: Option<Millis>,
    /// Those under way, the innermost last: a `try` holds steps.
    steps: Vec<Step>,
    /// The command under way outside of any step.
    busy: Option<String>,
    publications: BTreeMap<u32, PublicationIntent>,
    rolled_back: Vec<String>,
    /// Why the last phase failed.
    failed: Option<String>,
    /// The last sentence, which is not said twice.
    said: Option<String>,
    /// The end, or why it waits, has been told.
    ended: bool,
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
            steps: Vec::new(),
            busy: None,
            publications: BTreeMap::new(),
            rolled_back: Vec::new(),
        }
    }

    /// Takes the titles of phases in.
    pub(crate) fn titles(&mut self, titles: impl IntoIterator<Item = (String, String)>) {
        self.titles.extend(titles);
    }

    /// What the events have not said about the end.
    pub(crate) fn end(&self, end: &RunEnd) -> String {
        if self.ended {
            return String::new();
        }
        ending::untold(self.theme, end)
    }

    /// For the spinner: what is being done.
    pub(crate) fn under_way(&self) -> Option<String> {
        self.steps.last().map(Step::under_way)
    }

    /// Whether the step under way has only begun.
    pub(crate) fn step_begins(&self) -> bool {
        self.steps.last().is_some_and(|step| step.fresh)
    }

    /// The lines for the next event; empty when it needs none.
    pub(crate) fn tell(&mut self, record: &Record) -> String {
        let mut page = Page::new(self.theme);
        self.began.get_or_insert(record.at);
        if let Some(step) = self.steps.last_mut() {
            step.fresh = false;
        }
        self.event(&mut page, record);
        let text = page.finish();
        match (self.quiet, important(&record.event)) {
            (true, false) => String::new(),
            (true, true) => text.trim_start_matches('\n').to_owned(),
            (false, _) => text,
        }
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
            Event::StepStarted { step, display, .. } => {
                let depth = self.steps.len();
                self.steps.push(Step::new(*step, display, record.at, depth));
            }
            Event::Staged(staged) => self.staged(page, staged),
            Event::StepFinished { step, .. } => self.step_ends(page, *step, record.at, None),
            Event::StepSkipped { step, why, .. } => self.step_ends(page, *step, record.at, Some(why)),
            Event::Gate(result) => self.gate(page, result),
            Event::CommandIntent(intent) => {
                let busy = Some(intent.display.clone());
                match self.steps.last_mut() {
                    Some(step) => step.busy = busy,
                    None => self.busy = busy,
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
                if let Some(step) = self.steps.last_mut() {
                    step.soak_begins(*duration);
                }
            }
            Event::SoakProgress { soaked, .. } => {
                if let Some(step) = self.steps.last_mut() {
                    step.soaked(*soaked);
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
                page.blank();
                let head = format!("{} rolling back {phase}", page.theme.glyphs().back);
                page.line(&page.ink(Ink::Title, head));
                // A failure has just been told.
                if self.failed.take().as_ref() != Some(why) && why != "asked for" {
                    page.wrapped("  ", "  ", &escape::line(why));
                }
            }
            Event::RollbackFinished { phase } => {
                self.rolled_back.push(phase.clone());
                let mark = page.ink(Ink::Good, page.theme.glyphs().pass);
                page.line(&format!("  {mark} {phase} is rolled back"));
            }
            Event::Paused { reason, way_out, .. } | Event::RollbackFailed { reason, way_out, .. } => {
                self.stops(page, record, reason, way_out);
            }
            Event::RunFinished { outcome } => {
                let took = time::between(self.began.unwrap_or(record.at), record.at);
                ending::outcome(page, *outcome, &took, &self.rolled_back);
                self.ended = true;
            }
            Event::RollbackPlanned { phases, .. } if phases.len() < 2 => {}
            other @ (Event::Fetched { .. }
            | Event::RollbackPlanned { .. }
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
        self.steps.clear();
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

    fn step_ends(&mut self, page: &mut Page, number: u32, at: Millis, skipped: Option<&str>) {
        if let Some(step) = self.steps.pop_if(|step| step.number == number) {
            step.ends(page, at, skipped);
        }
    }

    /// A line below the step under way, or at once when there is none.
    fn detail(&mut self, page: &mut Page, text: &str) {
        let line = format!("      {}", page.ink(Ink::Dim, escape::line(text)));
        self.detail_as_is(page, line);
    }

    fn detail_as_is(&mut self, page: &mut Page, line: String) {
        match self.steps.last_mut() {
            Some(step) => step.detail(line),
            None => page.line(&line),
        }
    }

    fn staged(&mut self, page: &mut Page, staged: &Staged) {
        let line = step::staged(page, staged);
        if let Some(step) = self.steps.last_mut() {
            step.detail(format!("      {line}"));
        } else {
            // A rollback of its own accord has no step.
            let mark = page.ink(Ink::Good, page.theme.glyphs().pass);
            page.line(&format!("  {mark} {line}"));
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
        if intent.step.is_none() && !intent.rollback && self.steps.is_empty() {
            let mark = page.ink(Ink::Good, page.theme.glyphs().pass);
            page.line(&format!("  {mark} published at the end of the phase"));
        }
        let lines = step::published(page, &intent);
        for line in lines.finish().lines() {
            self.detail_as_is(page, line.to_owned());
        }
    }

    fn gate(&mut self, page: &mut Page, result: &GateResult) {
        match self.steps.last_mut() {
            Some(step) => step.gate(page, result),
            None => gates::sample(page, result),
        }
    }

    fn command_ends(&mut self, page: &mut Page, finished: &CommandFinished) {
        let busy = match self.steps.last_mut() {
            Some(step) => step.busy.take(),
            None => self.busy.take(),
        };
        let mut lines = Page::new(self.theme);
        // Why a step failed is told with its failure, output and all.
        let of_step = matches!(
            finished.role,
            CommandRole::Step
                | CommandRole::Deploy
                | CommandRole::Shift
                | CommandRole::Backup
                | CommandRole::Restore
                | CommandRole::Edit
                | CommandRole::Undo
        );
        if !finished.ok && of_step {
            return;
        }
        if !finished.ok {
            let mark = page.ink(Ink::Bad, page.theme.glyphs().fail);
            lines.line(&format!("      {mark} {}", escape::line(&finished.how)));
            gates::tail(&mut lines, &finished.output);
        } else if finished.role == CommandRole::Undo {
            let mark = page.ink(Ink::Good, page.theme.glyphs().pass);
            let undo = busy.unwrap_or_default();
            lines.line(&format!("      {mark} undo: {}", escape::line(&undo)));
        }
        for line in lines.finish().lines() {
            self.detail_as_is(page, line.to_owned());
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
            .steps
            .pop()
            .filter(|step| number.is_none_or(|number| number == step.number));
        self.steps.clear();
        if let Some(step) = &step {
            step.stops(page, Ink::Bad, glyphs.fail, at);
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
        if let Some(step) = self.steps.pop() {
            step.stops(page, Ink::Warn, page.theme.glyphs().unsure, record.at);
        }
        self.steps.clear();
        ending::event(page, &record.event, reason, way_out);
        self.ended = true;
    }
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
