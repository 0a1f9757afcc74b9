//! Diffs and conflicts in colour.

use similar::{ChangeTag, TextDiff};

use super::super::escape;
use super::super::theme::{Ink, Theme, count};
use super::Page;
use crate::journal::Conflict;

/// Lines of one diff or conflict that are shown at most.
const MOST_LINES: usize = 40;

/// A unified diff, without the lines that only git needs.
pub(super) fn unified(page: &mut Page, indent: &str, diff: &str) {
    let diff = escape::lines(diff);
    let lines: Vec<&str> = diff.lines().filter(|line| !machinery(line)).collect();
    for line in lines.iter().take(MOST_LINES) {
        let ink = if line.starts_with("+++ ") || line.starts_with("--- ") {
            Some(Ink::Title)
        } else if line.starts_with('+') {
            Some(Ink::Good)
        } else if line.starts_with('-') {
            Some(Ink::Bad)
        } else if line.starts_with("@@") {
            Some(Ink::Dim)
        } else {
            None
        };
        code(page, indent, line, ink);
    }
    rest(page, indent, lines.len());
}

/// What would change in a file, whole.
pub(crate) fn text_diff(theme: Theme, name: &str, before: &str, after: &str) -> String {
    let mut page = Page::new(theme);
    let changes = TextDiff::from_lines(before, after);
    let diff = changes
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string();
    for line in diff.lines() {
        let ink = match line.as_bytes().first() {
            _ if line.starts_with("+++ ") || line.starts_with("--- ") => Some(Ink::Title),
            Some(b'+') => Some(Ink::Good),
            Some(b'-') => Some(Ink::Bad),
            Some(b'@') => Some(Ink::Dim),
            _ => None,
        };
        let line = escape::line(line);
        page.line(&ink.map_or_else(|| line.to_string(), |ink| page.ink(ink, &line)));
    }
    page.finish()
}

fn machinery(line: &str) -> bool {
    [
        "diff --git ",
        "index ",
        "new file mode ",
        "old mode ",
        "new mode ",
    ]
    .iter()
    .any(|lead| line.starts_with(lead))
}

fn code(page: &mut Page, indent: &str, line: &str, ink: Option<Ink>) {
    let line = line.replace('\t', "    ");
    let room = page.theme.width.saturating_sub(indent.len() + 1);
    let line = page.theme.fit(&line, room);
    let line = ink.map_or_else(|| line.clone(), |ink| page.ink(ink, &line));
    page.line(&format!("{indent}{line}"));
}

fn rest(page: &mut Page, indent: &str, lines: usize) {
    if lines > MOST_LINES {
        let more = count(lines - MOST_LINES, "more line", "more lines");
        let text = page.ink(Ink::Dim, format!("{} {more}", page.theme.glyphs().more));
        page.line(&format!("{indent}{text}"));
    }
}

/// Conflicts nothing resolves, each with its hunk.
pub(crate) fn conflicts(page: &mut Page, indent: &str, conflicts: &[Conflict]) {
    for one in conflicts {
        conflict(page, indent, one);
    }
}

/// A conflict; one that is resolved in a line, one that is not with its hunk.
pub(crate) fn conflict(page: &mut Page, indent: &str, conflict: &Conflict) {
    let path = escape::line(&conflict.path);
    let kind = escape::line(&conflict.kind);
    if let Some(how) = &conflict.resolution {
        let mark = page.ink(Ink::Good, page.theme.glyphs().pass);
        let how = escape::line(how);
        page.line(&format!(
            "{indent}{mark} conflict in {path} ({kind}), resolved with {how}"
        ));
        return;
    }
    let mark = page.ink(Ink::Bad, page.theme.glyphs().fail);
    page.line(&format!("{indent}{mark} conflict in {path} ({kind})"));
    if let Some(hunk) = &conflict.hunk {
        hunk_lines(page, &format!("{indent}    "), &escape::lines(hunk));
    }
}

/// The sides of a marked conflict, line by line: what only ours has, what only theirs has.
fn hunk_lines(page: &mut Page, indent: &str, hunk: &str) {
    let mut part = Part::Around;
    let (mut ours, mut theirs) = (String::new(), String::new());
    let mut shown = Vec::new();
    for line in hunk.lines() {
        match part.after(line) {
            Some(Part::Ours) => {
                shown.push((Some(Ink::Dim), "<<<<<<< ours -".to_owned()));
                part = Part::Ours;
            }
            Some(Part::Around) => {
                sides(
                    &mut shown,
                    &std::mem::take(&mut ours),
                    &std::mem::take(&mut theirs),
                );
                shown.push((Some(Ink::Dim), ">>>>>>> theirs +".to_owned()));
                part = Part::Around;
            }
            Some(next) => part = next,
            None => {
                let side = match part {
                    Part::Around => {
                        shown.push((None, format!("  {line}")));
                        continue;
                    }
                    Part::Base => continue,
                    Part::Ours => &mut ours,
                    Part::Theirs => &mut theirs,
                };
                side.push_str(line);
                side.push('\n');
            }
        }
    }
    for (ink, line) in shown.iter().take(MOST_LINES) {
        code(page, indent, line, *ink);
    }
    rest(page, indent, shown.len());
}

fn sides(shown: &mut Vec<(Option<Ink>, String)>, ours: &str, theirs: &str) {
    for change in TextDiff::from_lines(ours, theirs).iter_all_changes() {
        let line = change.value().trim_end_matches('\n');
        shown.push(match change.tag() {
            ChangeTag::Equal => (None, format!("  {line}")),
            ChangeTag::Delete => (Some(Ink::Bad), format!("- {line}")),
            ChangeTag::Insert => (Some(Ink::Good), format!("+ {line}")),
        });
    }
}

/// Where in a conflict a line stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Around,
    Ours,
    Base,
    Theirs,
}

impl Part {
    /// The part that begins with this line, if it is the marker that may come now.
    fn after(self, line: &str) -> Option<Part> {
        let marker = |sign: &str| {
            line.strip_prefix(&sign.repeat(7))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        match self {
            Part::Around if marker("<") => Some(Part::Ours),
            Part::Ours if marker("|") => Some(Part::Base),
            Part::Ours | Part::Base if marker("=") => Some(Part::Theirs),
            Part::Theirs if marker(">") => Some(Part::Around),
            Part::Around | Part::Ours | Part::Base | Part::Theirs => None,
        }
    }
}
