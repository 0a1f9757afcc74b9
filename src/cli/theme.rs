//! What a rendering may use: colours, characters and columns. Renderers are functions of it.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What a rendering may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    /// ANSI colours.
    pub(crate) color: bool,
    /// Characters beyond ASCII for lines and marks.
    pub(crate) unicode: bool,
    /// Columns.
    pub(crate) width: usize,
}

/// What a piece of text is, which decides how it is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Titles and names of phases.
    Title,
    /// Of lesser interest.
    Dim,
    /// Passed, added.
    Good,
    /// Failed, removed.
    Bad,
    /// Worth a look.
    Warn,
    /// Object ids.
    Id,
    /// Names of refs.
    Ref,
    /// Gates.
    Gate,
    /// What is known only after apply.
    Unknown,
}

impl Ink {
    const fn code(self) -> &'static str {
        match self {
            Ink::Title => "1",
            Ink::Dim => "2",
            Ink::Good => "32",
            Ink::Bad => "31",
            Ink::Warn | Ink::Id => "33",
            Ink::Ref => "36",
            Ink::Gate => "34",
            Ink::Unknown => "3;33",
        }
    }
}

/// Characters for lines and marks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyphs {
    pub(crate) phase: &'static str,
    pub(crate) rail: &'static str,
    pub(crate) step: &'static str,
    pub(crate) last: &'static str,
    pub(crate) heavy_start: &'static str,
    pub(crate) heavy: &'static str,
    pub(crate) line: &'static str,
    pub(crate) arrow: &'static str,
    pub(crate) pass: &'static str,
    pub(crate) fail: &'static str,
    pub(crate) unsure: &'static str,
    pub(crate) skip: &'static str,
    pub(crate) back: &'static str,
    pub(crate) dot: &'static str,
    pub(crate) minus: &'static str,
    pub(crate) more: &'static str,
    pub(crate) note: &'static str,
}

const UNICODE: Glyphs = Glyphs {
    phase: "●",
    rail: "│",
    step: "├",
    last: "╰",
    heavy_start: "┝",
    heavy: "━",
    line: "─",
    arrow: "→",
    pass: "✓",
    fail: "✗",
    unsure: "?",
    skip: "–",
    back: "↩",
    dot: "·",
    minus: "−",
    more: "…",
    note: "▲",
};

const ASCII: Glyphs = Glyphs {
    phase: "*",
    rail: "|",
    step: "+",
    last: "`",
    heavy_start: "+",
    heavy: "=",
    line: "-",
    arrow: "->",
    pass: "ok",
    fail: "x",
    unsure: "?",
    skip: "-",
    back: "<-",
    dot: "-",
    minus: "-",
    more: "...",
    note: "!",
};

impl Theme {
    /// No colours, all characters, 80 columns.
    pub(crate) const PLAIN: Theme = Theme {
        color: false,
        unicode: true,
        width: 80,
    };

    /// The characters.
    pub(crate) const fn glyphs(&self) -> &'static Glyphs {
        if self.unicode { &UNICODE } else { &ASCII }
    }

    /// Colours `text`.
    pub(crate) fn paint(&self, ink: Ink, text: impl AsRef<str>) -> String {
        let text = text.as_ref();
        if self.color && !text.is_empty() {
            format!("\u{1b}[{}m{text}\u{1b}[0m", ink.code())
        } else {
            text.to_owned()
        }
    }

    /// Shortens `text` to `columns`.
    pub(crate) fn fit(&self, text: &str, columns: usize) -> String {
        if text.width() <= columns {
            return text.to_owned();
        }
        let mark = self.glyphs().more;
        let room = columns.saturating_sub(mark.width());
        let mut used = 0;
        let mut kept = String::new();
        for c in text.chars() {
            used += c.width().unwrap_or(0);
            if used > room {
                break;
            }
            kept.push(c);
        }
        kept + mark
    }

    /// Breaks `text` into lines of at most `columns`, at spaces, but not inside a short `command`.
    pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
        Self::wrap_behind(text, columns, columns)
    }

    /// As [`Theme::wrap`], with another number of columns for the first line.
    pub(crate) fn wrap_behind(text: &str, first: usize, columns: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            for word in words(paragraph) {
                let room = if lines.is_empty() { first } else { columns };
                if !line.is_empty() && line.width() + 1 + word.width() > room {
                    lines.push(std::mem::take(&mut line));
                }
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
            lines.push(line);
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
        lines
    }
}

/// The words of a line; what stands between backticks is one, unless it is long.
fn words(line: &str) -> Vec<&str> {
    const LONGEST: usize = 40;
    let mut words = Vec::new();
    let mut start = 0;
    let mut quoted: Option<usize> = None;
    for (at, c) in line.char_indices() {
        match c {
            '`' => quoted = if quoted.is_some() { None } else { Some(at) },
            ' ' => {
                let closes =
                    quoted.and_then(|from| line[from + 1..].find('`').map(|length| length <= LONGEST));
                if closes != Some(true) {
                    words.push(&line[start..at]);
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    words.push(&line[start..]);
    words
}

/// Fills `text` with spaces up to `columns`.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The columns that `text`, which holds no colours, takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The columns that `text` takes, its colours apart.
pub(crate) fn painted_width(text: &str) -> usize {
    let mut columns = text.width();
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        let Some(length) = rest[start..].find('m') else {
            break;
        };
        columns = columns.saturating_sub(rest[start..=start + length].width());
        rest = &rest[start + length + 1..];
    }
    columns
}

/// `1 file`, `3 files`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::{Ink, Theme, painted_width};

    #[test]
    fn text_is_fitted_and_wrapped_by_columns() {
        let theme = Theme::PLAIN;
        assert_eq!(theme.fit("漢字漢字", 5), "漢字…");
        assert_eq!(theme.fit("short", 5), "short");
        assert_eq!(Theme::wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(Theme::wrap("say `rel plan` now", 8), ["say", "`rel plan`", "now"]);
        assert_eq!(Theme::wrap("a ` b c", 3), ["a `", "b c"]);
        assert_eq!(Theme::wrap_behind("one two three", 4, 9), ["one", "two three"]);
        assert_eq!(painted_width("\u{1b}[1;31m漢字\u{1b}[0m!"), 5);
        assert_eq!(theme.paint(Ink::Bad, "x"), "x");
    }
}
