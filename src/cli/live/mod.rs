//! A run as it happens: one line per finished step, a spinner while one is under way.

mod describe;
mod gates;
mod tale;

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

pub(crate) use describe::sentence;
pub(crate) use tale::Tale;

use super::terminal::Terminal;
use crate::journal::Record;

/// Shows the events of a run on a terminal.
pub(crate) struct Live<'t> {
    terminal: &'t mut Terminal,
    tale: Tale,
    spinner: Option<ProgressBar>,
}

impl<'t> Live<'t> {
    /// Begins; `titles` are those of the phases.
    pub(crate) fn new(terminal: &'t mut Terminal, titles: BTreeMap<String, String>) -> Self {
        let tale = Tale::new(terminal.out, titles, terminal.quiet);
        Self {
            terminal,
            tale,
            spinner: None,
        }
    }

    /// Takes the next event in.
    pub(crate) fn show(&mut self, record: &Record) {
        let text = self.tale.tell(record);
        if !text.is_empty() {
            match &self.spinner {
                Some(spinner) => spinner.suspend(|| self.terminal.print(&text)),
                None => self.terminal.print(&text),
            }
        }
        self.spin();
    }

    fn spin(&mut self) {
        if !self.terminal.progress {
            return;
        }
        match (self.tale.under_way(), &self.spinner) {
            (Some(message), Some(spinner)) => spinner.set_message(message),
            (Some(message), None) => self.spinner = Some(begin(message, self.terminal.err.unicode)),
            (None, _) => self.stop(),
        }
    }

    /// Clears the spinner, so that a question or the prompt stands on a line of its own.
    pub(crate) fn stop(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.stop();
    }
}

fn begin(message: String, unicode: bool) -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    let ticks = if unicode { "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ " } else { "|/-\\ " };
    let style = ProgressStyle::with_template("  {spinner} {wide_msg} {elapsed:.dim}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .tick_chars(ticks);
    spinner.set_style(style);
    spinner.set_message(message);
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}
