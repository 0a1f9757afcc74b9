//! Text in the making: lines with a rail on the left.

use std::collections::BTreeSet;

use super::super::theme::{Ink, Theme, pad, painted_width, width};
use crate::model::Oid;

/// Lines for one theme.
#[derive(Debug)]
pub(crate) struct Page {
    /// What may be used.
    pub(crate) theme: Theme,
    /// Ids that stand for what is known only after apply.
    pub(super) unknown: BTreeSet<Oid>,
    text: String,
    rail: bool,
}

impl Page {
    /// An empty page.
    pub(crate) fn new(theme: Theme) -> Self {
        Self {
            theme,
            unknown: BTreeSet::new(),
            text: String::new(),
            rail: false,
        }
    }

    /// Colours `text`.
    pub(crate) fn ink(&self, ink: Ink, text: impl AsRef<str>) -> String {
        self.theme.paint(ink, text)
    }

    /// From here on lines stand beside the rail of a phase, or no longer.
    pub(crate) fn rail(&mut self, on: bool) {
        self.rail = on;
    }

    /// A line.
    pub(crate) fn line(&mut self, text: &str) {
        if self.rail {
            let rail = self.ink(Ink::Dim, self.theme.glyphs().rail);
            self.text.push_str(&rail);
        }
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// An empty line.
    pub(crate) fn blank(&mut self) {
        self.line("");
    }

    /// A line that begins with a mark in place of the rail.
    pub(crate) fn marked(&mut self, mark: &str, text: &str) {
        self.text.push_str(mark);
        self.text.push(' ');
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// A heavy line across the page with words in it.
    pub(crate) fn ruled(&mut self, ink: Ink, words: &str, rest: &str) {
        let glyphs = self.theme.glyphs();
        let used = 3 + width(words) + if rest.is_empty() { 0 } else { width(rest) + 3 };
        let fill = glyphs
            .heavy
            .repeat(self.theme.width.saturating_sub(used + 2).max(2));
        let head = self.ink(
            ink,
            format!("{}{} {words} {}", glyphs.heavy_start, glyphs.heavy, glyphs.heavy),
        );
        let line = if rest.is_empty() {
            format!("{head}{}", self.ink(ink, fill))
        } else {
            let rest = self.ink(Ink::Dim, rest);
            format!("{head} {rest} {}", self.ink(ink, fill))
        };
        self.text.push_str(&line);
        self.text.push('\n');
    }

    /// Text broken at the page's width; `lead` may hold colours, `indent` is as wide.
    pub(crate) fn wrapped(&mut self, lead: &str, indent: &str, text: &str) {
        let rail = usize::from(self.rail);
        let room = |taken: usize| self.theme.width.saturating_sub(taken + rail).max(20);
        let (first, more) = (room(painted_width(lead)), room(width(indent)));
        for (index, line) in Theme::wrap_behind(text, first, more).iter().enumerate() {
            let start = if index == 0 { lead } else { indent };
            self.line(&format!("{start}{}", line.replace('\u{a0}', " ")));
        }
    }

    /// Two texts, the second at the right edge where there is room.
    pub(crate) fn spread(&mut self, left: &str, left_width: usize, right: &str) {
        let room = self.theme.width.saturating_sub(usize::from(self.rail));
        let gap = room.saturating_sub(left_width + width(right)).max(2);
        let right = self.ink(Ink::Dim, right);
        self.line(&format!("{left}{}{right}", pad("", gap)));
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}
