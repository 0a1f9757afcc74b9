//! A run as it happens: one line per finished step, a spinner while one is under way.

mod describe;
mod ending;
mod gates;
mod step;
mod tale;

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

pub(crate) use describe::{outcome_words, sentence};
pub(crate) use tale::Tale;

use super::terminal::Terminal;
use crate::engine::RunEnd;
use crate::journal::Record;

/// Shows the events of a run on a terminal.
#[derive(Debug)]
pub(crate) struct Live {
    terminal: Terminal,
    tale: Tale,
    spinner: Option<ProgressBar>,
}

impl Live {
    /// Begins with nothing told.
    pub(crate) fn new(terminal: Terminal) -> Self {
        let tale = Tale::new(terminal.out, terminal.quiet);
        Self {
            terminal,
            tale,
            spinner: None,
        }
    }

    /// Tells the titles of phases.
    pub(crate) fn titles(&mut self, titles: impl IntoIterator<Item = (String, String)>) {
        self.tale.titles(titles);
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

    /// Says of a run's end what its events have not said.
    pub(crate) fn end(&mut self, end: &RunEnd) {
        self.stop();
        let text = self.tale.end(end);
        self.terminal.print(&text);
    }

    fn spin(&mut self) {
        if !self.terminal.progress {
            return;
        }
        match (self.tale.under_way(), &self.spinner) {
            (Some(message), Some(spinner)) => {
                if self.tale.step_begins() {
                    spinner.reset_elapsed();
                }
                spinner.set_message(message);
            }
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

impl Drop for Live {
    fn drop(&mut self) {
        self.stop();
    }
}

fn begin(message: String, unicode: bool) -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    let ticks = if unicode {
        "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "
    } else {
        "|/-\\ "
    };
    let style = ProgressStyle::with_template("  {spinner} {wide_msg} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .tick_chars(ticks);
    spinner.set_style(style);
    spinner.set_message(message);
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}
