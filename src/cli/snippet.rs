//! A source file as miette may show it: control characters made visible, endless lines cut, and
//! places counted as rel counts them.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::escape;
use crate::text::{Position, SourceFile, Span};

/// Lines longer than this are cut around what is shown of them.
const LONG_LINE: usize = 240;

/// The text of one file for one diagnostic.
#[derive(Clone, Debug)]
pub(crate) struct Snippet {
    shown: SourceFile,
    /// Where shown spans begin in the file itself.
    places: Vec<(usize, Position)>,
}

/// Takes the file and the places to show; gives the snippet and where those places are in it.
pub(crate) fn of(file: &SourceFile, spans: &[Span]) -> (Snippet, Vec<SourceSpan>) {
    let text = file.text();
    let end = text.trim_end().len();
    let ranges: Vec<_> = spans
        .iter()
        .map(|span| {
            // A place behind the last line is shown at its end, where something is to be seen.
            let start = (span.start as usize).min(end);
            start..(span.end as usize).clamp(start, text.len())
        })
        .collect();
    let (cut, moved) = shorten(file, &ranges);
    let (clean, moved) = clean(cut, moved);
    let places = moved
        .iter()
        .zip(&ranges)
        .map(|(shown, range)| (shown.start, file.position(range.start)))
        .collect();
    let snippet = Snippet {
        shown: SourceFile::new(escape::line(file.name()), clean),
        places,
    };
    let spans = moved
        .iter()
        .map(|range| SourceSpan::new(range.start.into(), range.len()))
        .collect();
    (snippet, spans)
}

type Range = std::ops::Range<usize>;

/// Cuts lines that are too long to show, keeping a window around the first place in each.
fn shorten(file: &SourceFile, ranges: &[Range]) -> (String, Vec<Range>) {
    let text = file.text();
    let long = (1..=file.line_count())
        .filter_map(|line| file.line_range(line))
        .any(|line| line.len() > LONG_LINE);
    if !long {
        return (text.to_owned(), ranges.to_vec());
    }
    let mut cut = String::new();
    let mut kept: Vec<(Range, usize)> = Vec::new();
    for number in 1..=file.line_count() {
        let Some(line) = file.line_range(number) else {
            continue;
        };
        let window = window(text, &line, ranges);
        if window.start > line.start {
            cut.push_str("...");
        }
        kept.push((window.clone(), cut.len()));
        cut.push_str(&text[window.clone()]);
        if window.end < line.end {
            cut.push_str("...");
        }
        cut.push('\n');
    }
    let map = |offset: usize| {
        let index = kept.partition_point(|(window, _)| window.start <= offset).max(1) - 1;
        let Some((window, start)) = kept.get(index) else {
            return 0;
        };
        start + offset.min(window.end) - window.start.min(offset)
    };
    let moved = ranges
        .iter()
        .map(|r| map(r.start)..map(r.end).max(map(r.start)))
        .collect();
    (cut, moved)
}

fn window(text: &str, line: &Range, ranges: &[Range]) -> Range {
    if line.len() <= LONG_LINE {
        return line.clone();
    }
    let first = ranges
        .iter()
        .map(|range| range.start)
        .find(|start| line.contains(start));
    let mut start = first.map_or(line.start, |at| at.saturating_sub(40).max(line.start));
    let mut end = (start + 100).min(line.end);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end
}

/// Makes control characters visible.
fn clean(text: String, ranges: Vec<Range>) -> (String, Vec<Range>) {
    if !text.chars().any(|c| escape::is_control(c) && c != '\r') {
        return (text, ranges);
    }
    let map = |offset: usize| escape::lines(text.get(..offset).unwrap_or(&text)).len();
    let moved = ranges
        .iter()
        .map(|range| map(range.start)..map(range.end))
        .collect();
    (escape::lines(&text).into_owned(), moved)
}

impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.shown.text();
        let (start, end) = (span.offset(), span.offset() + span.len());
        if end > text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let last = self.shown.position(if end > start { end - 1 } else { end }).line + after;
        let first = self.shown.position(start).line.saturating_sub(before).max(1);
        let from = match (before, self.shown.line_range(first)) {
            (0, _) | (_, None) => start,
            (_, Some(line)) => line.start,
        };
        let to = self
            .shown
            .line_range(last + 1)
            .map_or(text.len(), |next| next.start)
            .max(end);
        let place = self
            .places
            .iter()
            .find(|(shown, _)| before == 0 && *shown == start);
        let column = match place {
            Some((_, place)) => place.column - 1,
            None if before == 0 => self.shown.position(start).column - 1,
            None => 0,
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.shown.name().to_owned(),
            &text.as_bytes()[from..to],
            SourceSpan::new(from.into(), to - from),
            first - 1,
            column,
            last + 1 - first,
        )))
    }
}
