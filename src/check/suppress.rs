//! `# rel: allow NAME because "..." [until DATE]`: findings that somebody has looked at and wants to keep.
//!
//! On the line before a finding, or above everything else in a file for all of it. Only judgements can be
//! suppressed: what has no meaning cannot be run, whatever a comment says.

use std::cell::Cell;
use std::ops::Range;

use crate::diag::{Applicability, Code, Diagnostic, Group};
use crate::syntax::ast::Comment;
use crate::text::Span;

const LEAD: &str = "rel:";
const FORM: &str = "the form is `# rel: allow NAME because \"...\" [until 2026-12-31]`";

/// The suppressions of all files.
#[derive(Default)]
pub(super) struct Suppressions {
    all: Vec<Suppression>,
}

struct Suppression {
    code: Code,
    span: Span,
    /// The bytes of its file in which a finding may begin.
    covers: Range<u32>,
    /// The last day on which it counts.
    until: Option<String>,
    used: Cell<bool>,
}

impl Code {
    /// Whether a comment can suppress the rule: it is a judgement about a plan that has a meaning.
    pub const fn is_judgement(self) -> bool {
        matches!(
            self,
            Code::RollbackMissing
                | Code::UnorderedPhases
                | Code::UnusedParam
                | Code::PlanWithoutOutcome
                | Code::HotfixNotSynced
        )
    }
}

impl Suppressions {
    /// Reads the comments of a file; gives what is wrong with them.
    pub(super) fn read(&mut self, text: &str, comments: &[Comment]) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        for comment in comments {
            let Some(words) = comment.text.trim_start_matches('#').trim().strip_prefix(LEAD) else {
                continue;
            };
            match parse(words.trim()) {
                Ok((code, until)) => self.all.push(Suppression {
                    code,
                    span: comment.span,
                    covers: covered(text, comment.span),
                    until,
                    used: Cell::new(false),
                }),
                Err((message, help)) => wrong.push(
                    Diagnostic::new(Code::BadSuppression, comment.span, message)
                        .here("suppresses nothing")
                        .help(help),
                ),
            }
        }
        wrong
    }

    /// What becomes of a finding on this day (`YYYY-MM-DD`, if it is known).
    pub(super) fn judge(&self, found: &Diagnostic, today: Option<&str>) -> Verdict {
        let primary = found.primary();
        let covering = |one: &&Suppression| {
            one.code == found.code && one.span.file == primary.file && one.covers.contains(&primary.start)
        };
        let mut verdict = Verdict::Stands;
        for one in self.all.iter().filter(covering) {
            one.used.set(true);
            match &one.until {
                // Days in this form are ordered as their text is (ISO 8601).
                Some(until) if today.is_some_and(|today| until.as_str() < today) => {
                    verdict = Verdict::Lapsed(Box::new(lapsed(found, one.span, until)));
                }
                _ => return Verdict::Suppressed,
            }
        }
        verdict
    }

    /// What has suppressed nothing.
    pub(super) fn unused(&self) -> Vec<Diagnostic> {
        let unused = self.all.iter().filter(|one| !one.used.get());
        unused
            .map(|one| {
                let message = format!("nothing here is found by `{}`", one.code.name());
                Diagnostic::new(Code::UnusedSuppression, one.span, message)
                    .here("suppresses nothing")
                    .help("remove it; were the mistake to come back, it would be found again")
                    .fix(Applicability::Safe, "remove the comment", one.span, "")
            })
            .collect()
    }
}

/// What becomes of a finding.
pub(super) enum Verdict {
    /// It is reported.
    Stands,
    /// It is not.
    Suppressed,
    /// It was suppressed until a day that is over: this is reported in its place.
    Lapsed(Box<Diagnostic>),
}

fn lapsed(found: &Diagnostic, comment: Span, until: &str) -> Diagnostic {
    let name = found.code.name();
    let message = format!(
        "`{name}` was suppressed until {until}, and stands again: {}",
        found.message
    );
    let mut lapsed = Diagnostic::new(Code::LapsedSuppression, comment, message)
        .here("counts no longer")
        .label(found.primary(), "what it is about")
        .help("give it another day and a reason, or mend what it is about");
    for help in &found.help {
        lapsed = lapsed.help(help.clone());
    }
    lapsed
}

/// `allow NAME because "..." [until DATE]`
fn parse(words: &str) -> Result<(Code, Option<String>), (String, String)> {
    let form = || FORM.to_owned();
    let rest = words
        .strip_prefix("allow ")
        .ok_or_else(|| ("a comment for rel says `allow`".to_owned(), form()))?
        .trim_start();
    let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let code = Code::find(name).ok_or_else(|| {
        let near = super::suggest::closest(name, Code::ALL.iter().map(|code| code.name()));
        let help = near.map_or_else(
            || "`rel explain` lists all rules".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        (format!("there is no rule `{name}`"), help)
    })?;
    if !code.is_judgement() {
        let group = match code.group() {
            Group::Unsupported => "what this version cannot do",
            _ => "what has no meaning",
        };
        return Err((
            format!("`{name}` cannot be suppressed"),
            format!("{group} cannot run, whatever a comment says: mend it"),
        ));
    }
    let reason = rest
        .trim_start()
        .strip_prefix("because ")
        .and_then(|rest| rest.trim_start().strip_prefix('"'))
        .and_then(|rest| rest.split_once('"'));
    let (_, rest) = reason
        .filter(|(reason, _)| !reason.trim().is_empty())
        .ok_or_else(|| ("a suppression says why".to_owned(), form()))?;
    let rest = rest.trim();
    if rest.is_empty() {
        return Ok((code, None));
    }
    let day = rest
        .strip_prefix("until ")
        .map(str::trim)
        .ok_or_else(|| (format!("`{rest}` does not belong to a suppression"), form()))?;
    match day.parse::<jiff::civil::Date>() {
        Ok(date) => Ok((code, Some(date.to_string()))),
        Err(_) => Err((
            format!("`{day}` is no day"),
            "write it as year, month and day: `until 2026-12-31`".to_owned(),
        )),
    }
}

/// The next line that holds a statement; for a comment above everything else the whole file.
fn covered(text: &str, comment: Span) -> Range<u32> {
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let is_comment = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let line_start = text[..comment.start as usize].rfind('\n').map_or(0, |at| at + 1);
    let alone = text[line_start..comment.start as usize].trim().is_empty();
    let mut at = text[comment.range()].len() + comment.start as usize;
    at += text[at..].find('\n').map_or(text.len() - at, |length| length + 1);
    let empty_below = text[at..]
        .lines()
        .next()
        .is_some_and(|line| line.trim().is_empty());
    let on_top = text[..line_start].lines().all(is_comment);
    if alone && on_top && empty_below {
        return 0..end;
    }
    for line in text[at..].split_inclusive('\n') {
        if !is_comment(line) {
            return u32::try_from(at).unwrap_or(end)..u32::try_from(at + line.len()).unwrap_or(end);
        }
        at += line.len();
    }
    end..end
}
