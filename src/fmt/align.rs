//! Columns: what stands below each other is aligned, and the lines become a text.

use std::ops::Range;

use super::line::STEP;
use super::print::Line;

/// The lines as a text.
pub(super) fn join(mut lines: Vec<Line>) -> String {
    for run in runs(&lines) {
        columns(&mut lines[run]);
    }
    let mut ends = vec![0; lines.len()];
    for run in runs(&lines) {
        let widest = lines[run.clone()]
            .iter()
            .filter(|line| line.comment.is_some())
            .map(width)
            .max()
            .unwrap_or(0);
        ends[run].fill(widest);
    }
    let mut text = String::new();
    for (line, end) in lines.iter().zip(ends) {
        if !line.text.is_empty() && !line.as_it_is {
            text.push_str(&" ".repeat(STEP * line.indent));
        }
        text.push_str(&line.text);
        if let Some(comment) = &line.comment {
            text.push_str(&" ".repeat(end.saturating_sub(width(line)) + 2));
            text.push_str(comment);
        }
        text.push('\n');
    }
    text
}

/// Lines that follow each other in one block, without an empty line, a comment or several lines between them.
fn runs(lines: &[Line]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let alone =
            line.is_blank() || line.as_it_is || line.text.starts_with('#') || line.text.contains('\n');
        match runs.last_mut() {
            Some(run) if !alone && run.end == index && lines[run.start].indent == line.indent => {
                run.end = index + 1;
            }
            _ if !alone => runs.push(index..index + 1),
            _ => {}
        }
    }
    runs
}

/// Aligns the second columns of lines of one class.
fn columns(lines: &mut [Line]) {
    let mut start = 0;
    while start < lines.len() {
        let class = lines[start].column.map(|(_, class)| class);
        let same = |line: &&Line| line.column.is_none_or(|(_, other)| Some(other) == class);
        let length = lines[start..].iter().take_while(same).count().max(1);
        let run = &mut lines[start..start + length];
        let widest = run.iter().filter_map(|line| line.column).map(|(at, _)| at).max();
        for line in run {
            if let (Some((at, _)), Some(widest)) = (line.column, widest) {
                let at = line
                    .text
                    .char_indices()
                    .nth(at)
                    .map_or(line.text.len(), |(at, _)| at);
                let gap = widest - line.text[..at].chars().count();
                line.text.insert_str(at, &" ".repeat(gap));
            }
        }
        start += length;
    }
}

fn width(line: &Line) -> usize {
    let last = line.text.rsplit('\n').next().unwrap_or_default();
    if line.as_it_is || line.text.contains('\n') {
        last.chars().count()
    } else {
        STEP * line.indent + last.chars().count()
    }
}
