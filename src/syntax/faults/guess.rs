//! Faults of words: misspelt, missing, or a keyword where a name is wanted.

use super::expected::{keyword, members};
use super::{Fault, Spot, shown, token};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::syntax::build::first_word;
use crate::syntax::grammar::Rule;
use crate::syntax::outline::is_word_byte;
use crate::syntax::words::{self, Block, Takes};

/// The candidate that a word was probably meant to be.
pub(super) fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let allowed = match lower.chars().count() {
        0 | 1 => 0,
        2..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    candidates
        .map(|candidate| (strsim::osa_distance(&lower, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The names of merge modes as people misspell them.
const MODES: [&str; 4] = ["squash", "no-ff", "ff-only", "rebase"];

impl Fault<'_> {
    /// A keyword stands where a name is wanted.
    pub(super) fn keyword_as_name(&self, spot: &Spot<'_>) -> Option<Diagnostic> {
        let rule = *spot.unexpected.first()?;
        let span = self.found_span(spot);
        let rest = &self.source[spot.at + spot.found.len()..self.head.end];
        let quoted = format!("\"{}\"", spot.found);
        if rule == Rule::operator_word {
            let word = spot.found;
            return Some(
                Diagnostic::new(
                    Code::KeywordAsName,
                    span,
                    format!("`{word}` is an operator here, and a value is wanted"),
                )
                .here("expected a value")
                .help("if a name of that spelling is meant, quote it")
                .fix(Applicability::Unsafe, "quote the name", span, quoted),
            );
        }
        let keyword = keyword(rule)?;
        let mode = spot.last_word();
        if self.word.rule == Rule::merge && MODES.contains(&mode) {
            let end = self.head.start + spot.before.len();
            let place = self.span(end - mode.len()..end);
            return Some(
                Diagnostic::new(
                    Code::KeywordAsName,
                    place,
                    format!("`{mode}` is read as the merge mode, so there is nothing left to merge"),
                )
                .here("the keyword wins over a branch of that name")
                .help("if the branch is meant, quote its name; if the mode is meant, say after it what to merge")
                .fix(Applicability::Safe, "quote the name", place, format!("\"{mode}\"")),
            );
        }
        if first_word(rest.trim_start()) == keyword {
            return Some(
                Diagnostic::new(
                    Code::KeywordAsName,
                    span,
                    format!("the first `{keyword}` is read as the keyword"),
                )
                .here("the keyword wins over a name of that spelling")
                .help(format!(
                    "quote the name: `{} {quoted} {keyword} ...`",
                    self.word.word
                ))
                .fix(Applicability::Safe, "quote the name", span, quoted),
            );
        }
        let wanted = super::expected::list(self.word, spot.last_word(), &[Rule::reference]);
        let wanted = if self.word.rule == Rule::bump {
            "the file".to_owned()
        } else {
            wanted
        };
        Some(
            self.error(span, format!("{wanted} is missing before `{keyword}`"))
                .here(format!("expected {wanted}"))
                .help(self.form()),
        )
    }

    /// A word that is almost one of the keywords that could stand here.
    pub(super) fn misspelt(&self, spot: &Spot<'_>) -> Option<Diagnostic> {
        if !spot.found.bytes().all(is_word_byte) || spot.found.is_empty() {
            return None;
        }
        let keywords: Vec<String> = spot.expected.iter().filter_map(|rule| keyword(*rule)).collect();
        let mut candidates: Vec<&str> = keywords.iter().map(String::as_str).collect();
        candidates.extend(spot.expected.iter().flat_map(|rule| members(*rule)));
        if candidates.contains(&spot.found) {
            return None;
        }
        let meant = closest(spot.found, candidates.into_iter())?;
        let span = self.found_span(spot);
        let found = spot.found;
        Some(
            self.error(
                span,
                format!("`{found}` is not expected here; did you mean `{meant}`?"),
            )
            .here(format!("expected `{meant}`"))
            .help(self.form())
            .fix(Applicability::Safe, format!("write `{meant}`"), span, meant),
        )
    }

    /// The one keyword that could stand here is left out.
    pub(super) fn missing_keyword(&self, spot: &Spot<'_>) -> Option<Diagnostic> {
        let keywords: Vec<String> = spot.expected.iter().filter_map(|rule| keyword(*rule)).collect();
        let others = spot.expected.iter().filter(|rule| {
            keyword(**rule).is_none()
                && !matches!(rule, Rule::args | Rule::comma | Rule::binary_op | Rule::params)
        });
        let ([missing], 0, false) = (keywords.as_slice(), others.count(), spot.found.is_empty()) else {
            return None;
        };
        let starts_name = spot
            .found
            .bytes()
            .next()
            .is_some_and(|b| is_word_byte(b) || matches!(b, b'"' | b'\''));
        if !starts_name {
            return None;
        }
        let span = self.found_span(spot);
        let found = shown(spot.found);
        Some(
            self.error(span, format!("`{missing}` is missing before {found}"))
                .here(format!("expected `{missing}`"))
                .help(self.form())
                .fix(
                    Applicability::Unsafe,
                    format!("insert `{missing}`"),
                    span.before(),
                    format!("{missing} "),
                ),
        )
    }

    /// Two entries of a list without a comma.
    pub(super) fn missing_comma(&self, spot: &Spot<'_>) -> Option<Diagnostic> {
        let byte = spot.found.bytes().next()?;
        let starts = is_word_byte(byte) || matches!(byte, b'"' | b'\'' | b'[');
        if !spot.expects(Rule::comma) || !starts {
            return None;
        }
        let end = self.head.start + spot.before.len();
        let span = self.found_span(spot);
        Some(
            self.error(span, format!("a comma is missing before {}", shown(spot.found)))
                .here("expected `,`")
                .help(format!(
                    "entries of a list are separated by commas; {}",
                    self.form()
                ))
                .fix(Applicability::Unsafe, "insert a comma", self.span(end..end), ","),
        )
    }

    /// A comma at the end of a line has swallowed the next statement.
    pub(super) fn list_runs_on(&self, spot: &Spot<'_>) -> Option<Diagnostic> {
        let text = if spot.found.is_empty() {
            spot.before
        } else {
            &self.source[self.head.start..spot.at]
        };
        let (comma, next) = if spot.found.is_empty() {
            (text.strip_suffix(',')?.len(), None)
        } else {
            let line = text.rfind('\n')?;
            let upper = text[..line].trim_end();
            let first = first_word(text[line..].trim_start());
            let begins = words::Block::ALL.iter().any(|block| block.find(first).is_some());
            (upper.strip_suffix(',').filter(|_| begins)?.len(), Some(first))
        };
        let at = self.head.start + comma;
        let span = self.span(at..at + 1);
        let message = match next {
            Some(next) => format!(
                "the comma at the end of this line joins it with the next, which begins with `{next}`"
            ),
            None => "the list ends with a comma, and nothing follows".to_owned(),
        };
        Some(
            self.error(span, message)
                .here("a comma continues the statement on the next line")
                .help("remove the comma, or write what is missing after it")
                .fix(Applicability::Safe, "remove the comma", span, ""),
        )
    }

    /// An option that stands behind its statement, not in the block.
    pub(super) fn option_without_block(&self, spot: &Spot<'_>) -> Option<Diagnostic> {
        let (Takes::Maybe(inner) | Takes::Always(inner)) = self.word.takes else {
            return None;
        };
        if !spot.expects(Rule::EOI) || inner == Block::Rollback || inner.find(spot.found).is_none() {
            return None;
        }
        let span = self.found_span(spot);
        let rest = self.source[spot.at..self.head.end].to_owned();
        let has_block = self.source[self.head.end..]
            .trim_start_matches([' ', '\t'])
            .starts_with('{');
        let mut diagnostic = self
            .error(
                span,
                format!(
                    "`{}` stands in the block of `{}`, not behind it",
                    spot.found, self.word.word
                ),
            )
            .here("belongs into `{ }`")
            .help(format!(
                "write `{} ... {{ {} }}`",
                self.word.word,
                token_line(&rest)
            ));
        if !has_block {
            let whole = self.span(spot.at..self.head.end);
            diagnostic = diagnostic.fix(
                Applicability::Safe,
                "put it into a block",
                whole,
                format!("{{ {rest} }}"),
            );
        }
        Some(diagnostic)
    }
}

/// The first line of a text, short enough for a message.
fn token_line(text: &str) -> String {
    let first = token(text);
    let rest = text[first.len()..].trim_start();
    let second = token(rest);
    if second.len() > 40 {
        first.to_owned()
    } else {
        format!("{first} {second}").trim_end().to_owned()
    }
}
