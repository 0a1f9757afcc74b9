//! Applies the safe fixes of a file's diagnostics, until none is left.

use std::path::Path;

use super::context::Context;
use super::exit::Failure;
use crate::diag::{Applicability, Diagnostic, Edit};
use crate::embed::Engine;
use crate::text::FileId;

/// A fix may uncover another one; more rounds than this mean that two fixes fight.
const ROUNDS: usize = 20;

/// Fixes a file in place; gives the number of findings that were fixed.
pub(super) fn file(engine: &mut Engine, path: &Path, context: &mut Context) -> Result<usize, Failure> {
    let mut fixed = 0;
    for _ in 0..ROUNDS {
        let loaded = engine.load_file(path).map_err(|error| context.explain(&error))?;
        let marked = loaded.bytes().starts_with("\u{feff}".as_bytes());
        let checked = loaded.try_check().map_err(|error| context.explain(&error))?;
        let Some((home, source)) = checked.sources.iter().next() else {
            break;
        };
        let (text, count) = apply(source.text(), home, &checked.diagnostics);
        if count == 0 {
            break;
        }
        fixed += count;
        let bytes = if marked { format!("\u{feff}{text}") } else { text };
        // The file is written over, not replaced: its mode and a link to it stay.
        std::fs::write(path, bytes)
            .map_err(|error| Failure::failed(format!("`{}` cannot be written: {error}", path.display())))?;
    }
    Ok(fixed)
}

/// The text with every safe fix applied that does not overlap one before it.
fn apply(text: &str, home: FileId, found: &[Diagnostic]) -> (String, usize) {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut count = 0;
    for diagnostic in found {
        let safe = diagnostic
            .fixes
            .iter()
            .find(|fix| fix.applicability == Applicability::Safe);
        let Some(fix) = safe else { continue };
        let fits = |edit: &Edit| {
            edit.span.file == home
                && text.get(edit.span.range()).is_some()
                && taken.iter().all(|other| apart(edit, other))
        };
        if !fix.edits.is_empty() && fix.edits.iter().all(fits) {
            taken.extend(&fix.edits);
            count += 1;
        }
    }
    taken.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut fixed = String::with_capacity(text.len());
    let mut at = 0;
    for edit in taken {
        fixed.push_str(&text[at..edit.span.start as usize]);
        fixed.push_str(&edit.replacement);
        at = edit.span.end as usize;
    }
    fixed.push_str(&text[at..]);
    (fixed, count)
}

fn apart(a: &Edit, b: &Edit) -> bool {
    let insertions = a.span.start == a.span.end && b.span == a.span;
    !insertions && (a.span.end <= b.span.start || b.span.end <= a.span.start)
}

#[cfg(test)]
mod tests {
    use super::apply;
    use crate::diag::{Applicability, Code, Diagnostic};
    use crate::text::{FileId, Span};

    #[test]
    fn safe_fixes_that_do_not_overlap_are_applied() {
        let file = FileId(0);
        let at = |start, end| Span::new(file, start, end);
        let finding = |start, end, how, text: &str| {
            Diagnostic::new(Code::BadRef, at(start, end), "x").fix(how, "write it", at(start, end), text)
        };
        let found = [
            finding(4, 7, Applicability::Safe, "TWO"),
            finding(0, 3, Applicability::Safe, "1"),
            finding(5, 6, Applicability::Safe, "overlaps"),
            finding(8, 13, Applicability::Unsafe, "left alone"),
        ];
        assert_eq!(
            apply("one two three", file, &found),
            ("1 TWO three".to_owned(), 2)
        );
    }
}
