//! Diagnostics for people: drawn by miette, told in words for screen readers, or one line each.

use std::fmt::Write as _;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, NarratableReportHandler, ThemeCharacters,
    ThemeStyles,
};

use super::escape;
use super::snippet::{self, Snippet};
use super::theme::{Ink, Theme, count};
use crate::diag::{Applicability, Diagnostic, Label, Severity};
use crate::text::{FileId, SourceMap, Span};

/// All of them, in the order given.
pub(crate) fn render(theme: Theme, graphics: bool, sources: &SourceMap, found: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in found {
        let shown = Shown::new(sources, diagnostic);
        let drawn = if graphics {
            graphical(theme).render_report(&mut text, &shown)
        } else {
            NarratableReportHandler::new().render_report(&mut text, &shown)
        };
        if drawn.is_err() {
            // miette could not place it; the short form always can.
            text.push_str(&short(sources, diagnostic));
        }
        text.push('\n');
    }
    text
}

/// `release.rel:3:5: error[E0101] unknown-name: ...`, ended by a line end.
pub(crate) fn short(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let primary = diagnostic.primary();
    let file = sources.get(primary.file);
    let at = file.position(primary.start as usize);
    format!(
        "{}:{}:{}: {}[{}] {}: {}\n",
        escape::line(file.name()),
        at.line,
        at.column,
        diagnostic.severity.name(),
        diagnostic.code,
        diagnostic.code.name(),
        clipped(&escape::line(&diagnostic.message)),
    )
}

/// `2 errors, 1 warning`; empty when there is nothing.
pub(crate) fn tally(theme: Theme, found: &[Diagnostic]) -> String {
    let errors = found.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = found.len() - errors;
    let mut parts = Vec::new();
    if errors > 0 {
        parts.push(theme.paint(Ink::Bad, count(errors, "error", "errors")));
    }
    if warnings > 0 {
        parts.push(theme.paint(Ink::Warn, count(warnings, "warning", "warnings")));
    }
    parts.join(", ")
}

/// A text that quotes a name of a million letters is shown by its beginning and its end.
fn clipped(text: &str) -> String {
    const LONGEST: usize = 600;
    let count = text.chars().count();
    if count <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST / 2).collect();
    let tail: String = text.chars().skip(count - LONGEST / 4).collect();
    format!("{head} ... {tail}")
}

fn graphical(theme: Theme) -> GraphicalReportHandler {
    let look = GraphicalTheme {
        characters: if theme.unicode {
            ThemeCharacters::unicode()
        } else {
            ThemeCharacters::ascii()
        },
        styles: if theme.color {
            ThemeStyles::ansi()
        } else {
            ThemeStyles::none()
        },
    };
    GraphicalReportHandler::new_themed(look)
        .with_width(theme.width)
        .with_links(false)
        .with_context_lines(1)
        .tab_width(4)
        .without_syntax_highlighting()
}

/// A diagnostic as miette wants it; labels in other files become related ones.
#[derive(Debug)]
struct Shown {
    code: Option<String>,
    severity: miette::Severity,
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    source: Snippet,
    related: Vec<Shown>,
}

impl Shown {
    fn new(sources: &SourceMap, diagnostic: &Diagnostic) -> Self {
        let home = diagnostic.primary().file;
        let (here, elsewhere): (Vec<_>, Vec<_>) = diagnostic
            .labels
            .iter()
            .partition(|label| label.span.file == home);
        let (source, labels) = labels(sources, home, &here);
        let related = elsewhere
            .into_iter()
            .map(|label| Shown::elsewhere(sources, label))
            .collect();
        Self {
            code: Some(format!("{} {}", diagnostic.code, diagnostic.code.name())),
            severity: match diagnostic.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
            },
            message: clipped(&escape::lines(&diagnostic.message)),
            help: help(diagnostic),
            labels,
            source,
            related,
        }
    }

    fn elsewhere(sources: &SourceMap, label: &Label) -> Self {
        let bare = Label {
            span: label.span,
            text: String::new(),
        };
        let (source, labels) = labels(sources, label.span.file, &[&bare]);
        let message = if label.text.is_empty() {
            "see also"
        } else {
            &label.text
        };
        Self {
            code: None,
            severity: miette::Severity::Advice,
            message: clipped(&escape::lines(message)),
            help: None,
            labels,
            source,
            related: Vec::new(),
        }
    }
}

fn labels(sources: &SourceMap, file: FileId, labels: &[&Label]) -> (Snippet, Vec<LabeledSpan>) {
    let spans: Vec<Span> = labels.iter().map(|label| label.span).collect();
    let (source, places) = snippet::of(sources.get(file), &spans);
    let labels = labels
        .iter()
        .zip(places)
        .enumerate()
        .map(|(index, (label, place))| {
            let text = (!label.text.is_empty()).then(|| clipped(&escape::line(&label.text)));
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, place)
            } else {
                LabeledSpan::new_with_span(text, place)
            }
        })
        .collect();
    (source, labels)
}

fn help(diagnostic: &Diagnostic) -> Option<String> {
    let mut text = String::new();
    for paragraph in &diagnostic.help {
        let _ = writeln!(text, "{}", clipped(&escape::lines(paragraph)));
    }
    for fix in &diagnostic.fixes {
        let how = match fix.applicability {
            Applicability::Safe => "`rel check --fix` does it",
            Applicability::Unsafe => "look before you do it",
        };
        let _ = writeln!(text, "fix: {} ({how})", clipped(&escape::lines(&fix.title)));
    }
    let text = text.trim_end();
    (!text.is_empty()).then(|| text.to_owned())
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as _)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(
            self.related.iter().map(|one| one as &dyn miette::Diagnostic),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{render, short};
    use crate::cli::theme::Theme;
    use crate::diag::{Applicability, Code, Diagnostic};
    use crate::text::{SourceMap, Span};

    fn sample() -> (SourceMap, Diagnostic) {
        let mut sources = SourceMap::default();
        let plan = sources.add("release.rel", "plan \"x\"\nphase a {\n  push mian\n}\n");
        let team = sources.add("team.rel", "gate ok { run \"true\" }\n");
        let found = Diagnostic::new(Code::BadRef, Span::new(plan, 26, 30), "no branch `mian`")
            .here("is not known")
            .label(Span::new(team, 5, 7), "defined here")
            .help("did you mean `main`?")
            .fix(
                Applicability::Safe,
                "write `main`",
                Span::new(plan, 26, 30),
                "main",
            );
        (sources, found)
    }

    #[test]
    fn a_place_in_every_file_is_drawn() {
        let (sources, found) = sample();
        let text = render(Theme::PLAIN, true, &sources, std::slice::from_ref(&found));
        for part in [
            "E0301 bad-ref",
            "no branch `mian`",
            "[release.rel:3:8]",
            "is not known",
            "[team.rel:1:6]",
            "defined here",
            "did you mean `main`?",
            "fix: write `main` (`rel check --fix` does it)",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert_eq!(
            short(&sources, &found),
            "release.rel:3:8: error[E0301] bad-ref: no branch `mian`\n"
        );
        let told = render(Theme::PLAIN, false, &sources, &[found]);
        assert!(
            told.contains("label at line 3, columns 8 to 11") && told.contains("defined here"),
            "{told}"
        );
    }

    #[test]
    fn an_endless_line_is_cut_and_counted_right() {
        let mut sources = SourceMap::default();
        let text = format!("{}\u{1b}[31m{}", "é".repeat(50_000), "y".repeat(500_000));
        let file = sources.add("long.rel", text);
        let found = Diagnostic::new(Code::SyntaxError, Span::new(file, 100_000, 100_001), "odd").here("here");
        let drawn = render(Theme::PLAIN, true, &sources, &[found]);
        assert!(drawn.len() < 2_000, "{} bytes", drawn.len());
        assert!(drawn.contains("[long.rel:1:50001]"), "{drawn}");
        assert!(
            !drawn.contains('\u{1b}') && drawn.contains("\\u{1b}[31m"),
            "{drawn}"
        );
    }

    #[test]
    fn the_end_of_a_file_can_be_shown() {
        let mut sources = SourceMap::default();
        for text in ["", "plan", "plan {\n\n"] {
            let file = sources.add("end.rel", text);
            let found = Diagnostic::new(
                Code::Unclosed,
                Span::new(file, text.len(), text.len()),
                "never closed",
            );
            let drawn = render(Theme::PLAIN, true, &sources, &[found]);
            assert!(
                drawn.contains("never closed") && drawn.contains("[end.rel:1:"),
                "{drawn}"
            );
        }
    }
}
