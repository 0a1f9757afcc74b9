//! The little Markdown that pages are written in, for a terminal.

use super::theme::{Ink, Theme};

/// Headings, paragraphs, lists and blocks of code; `code` inside a line.
pub(crate) fn render(theme: Theme, page: &str) -> String {
    let mut text = String::new();
    let mut paragraph = String::new();
    let mut code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            flush(theme, &mut text, &mut paragraph);
            code = !code;
            continue;
        }
        if code {
            let rail = theme.paint(Ink::Dim, theme.glyphs().rail);
            let line = if line.trim_start().starts_with('#') {
                theme.paint(Ink::Dim, line)
            } else {
                line.to_owned()
            };
            text.push_str(format!("  {rail} {line}").trim_end());
            text.push('\n');
        } else if let Some(heading) = heading(line) {
            flush(theme, &mut text, &mut paragraph);
            text.push_str(&theme.paint(Ink::Title, inline(theme, heading)));
            text.push('\n');
        } else if line.trim().is_empty() {
            flush(theme, &mut text, &mut paragraph);
            if !text.is_empty() && !text.ends_with("\n\n") {
                text.push('\n');
            }
        } else {
            let item = line.trim_start().starts_with("- ") || line.trim_start().starts_with("* ");
            if item {
                flush(theme, &mut text, &mut paragraph);
            }
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
    }
    flush(theme, &mut text, &mut paragraph);
    format!("{}\n", text.trim_end())
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    (rest.len() < line.len() && rest.starts_with(' ')).then(|| rest.trim())
}

fn flush(theme: Theme, text: &mut String, paragraph: &mut String) {
    let words = std::mem::take(paragraph);
    if words.is_empty() {
        return;
    }
    let (lead, rest, words) = match words.strip_prefix("- ").or_else(|| words.strip_prefix("* ")) {
        Some(item) => (format!("  {} ", theme.glyphs().dot), "    ", item),
        None => (String::new(), "", words.as_str()),
    };
    for (index, line) in Theme::wrap(words, theme.width.saturating_sub(rest.len() + 2).min(88))
        .iter()
        .enumerate()
    {
        let start = if index == 0 { lead.as_str() } else { rest };
        text.push_str(start);
        text.push_str(&inline(theme, line));
        text.push('\n');
    }
}

/// Colours what stands between backticks, which stay where there are no colours.
fn inline(theme: Theme, line: &str) -> String {
    if !theme.color {
        return line.to_owned();
    }
    let parts: Vec<&str> = line.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return line.to_owned();
    }
    let painted = parts.iter().enumerate().map(|(index, part)| {
        if index % 2 == 1 {
            theme.paint(Ink::Ref, part)
        } else {
            (*part).to_owned()
        }
    });
    painted.collect()
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::cli::theme::Theme;

    #[test]
    fn pages_read_well_without_colours() {
        let page =
            "# E0101 `x`\n\nOne\ntwo.\n\n- first\n  goes on\n- second\n\n```rel\nplan \"x\"\n\n```\nEnd.\n";
        let expected =
            "E0101 `x`\n\nOne two.\n\n  · first goes on\n  · second\n\n  │ plan \"x\"\n  │\nEnd.\n";
        assert_eq!(render(Theme::PLAIN, page), expected);
    }
}
