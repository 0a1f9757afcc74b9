//! Words with rules of their own: refs, sources, commands, globs, regexes, JSON paths, dates.

use super::phase::Checker;
use super::suggest::closest;
use crate::check::{Command, JsonStep, Piece, Program, Source, StepVariable};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::RefName;
use crate::syntax::ast::{self, CommandKind, Text, TextForm, TextPart};
use crate::text::Span;

/// Which step variables have a value in a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowed(&'static [StepVariable]);

impl Allowed {
    pub(super) const NONE: Allowed = Allowed(&[]);
    pub(super) const COMMAND: Allowed = Allowed(&[
        StepVariable::Commit,
        StepVariable::Branch,
        StepVariable::Phase,
        StepVariable::Run,
    ]);
    pub(super) const DEPLOY: Allowed = Allowed(&[
        StepVariable::Ref,
        StepVariable::Previous,
        StepVariable::Commit,
        StepVariable::Branch,
        StepVariable::Phase,
        StepVariable::Run,
    ]);
    pub(super) const SHIFT: Allowed = Allowed(&[
        StepVariable::Ref,
        StepVariable::Weight,
        StepVariable::Commit,
        StepVariable::Branch,
        StepVariable::Phase,
        StepVariable::Run,
    ]);
    pub(super) const LIVE: Allowed = Allowed(&[StepVariable::Phase, StepVariable::Run]);
    pub(super) const CHANNEL: Allowed =
        Allowed(&[StepVariable::Message, StepVariable::Phase, StepVariable::Run]);

    pub(super) fn has(self, name: &str) -> bool {
        self.0.iter().any(|variable| variable.name() == name)
    }
}

impl Checker<'_> {
    pub(super) fn source(&self, span: Span) -> &str {
        self.loaded.sources.slice(span)
    }

    pub(super) fn secret_in_string(&mut self, name: &str, span: Span) {
        let diagnostic = Diagnostic::new(Code::SecretInString, span, format!("the secret `{name}` is put into a text"))
            .here("would stand in journals, process lists and on the screen")
            .help(format!("commands find it in their environment: in `sh '...'` write \"${name}\", and programs read the variable `{name}`"));
        self.report.add(diagnostic);
    }

    /// The name of a branch or tag that a statement moves.
    pub(super) fn reference(&mut self, text: &Text) -> Option<RefName> {
        let (name, known) = self.string(text, Allowed::NONE)?;
        if !known && name.contains(['<', '>']) {
            // The stand-in of an unknown value is a valid name by construction.
            return RefName::parse(&name)
                .ok()
                .or_else(|| RefName::parse("unknown").ok());
        }
        self.ref_name(&name, text.span)
    }

    /// What to merge, tag, branch from, reset to, pick, deploy or check.
    pub(super) fn source_of(&mut self, text: &Text) -> Option<Source> {
        let (name, known) = self.string(text, Allowed::NONE)?;
        if known && text.form == TextForm::Bare {
            self.ref_name(&name, text.span)?;
        } else if known && (name.is_empty() || name.starts_with('-') || name.chars().any(char::is_control)) {
            let diagnostic = Diagnostic::new(Code::BadRef, text.span, format!("{name:?} names no commit"))
                .here("neither a ref nor a git revision")
                .help("a revision looks like \"main~2\", \"v1.0.0^{commit}\" or a commit id");
            self.report.add(diagnostic);
            return None;
        }
        Some(Source {
            text: name,
            span: text.span,
        })
    }

    /// A path inside the repository, with `/`.
    pub(super) fn path(&mut self, text: &str, span: Span) -> Option<String> {
        let odd = text
            .split('/')
            .any(|part| part == ".." || part.eq_ignore_ascii_case(".git"));
        if text.is_empty() || text.starts_with('/') || text.contains('\0') || odd {
            let diagnostic = Diagnostic::new(
                Code::BadPath,
                span,
                format!("{text:?} is no path inside the repository"),
            )
            .here("leaves the repository, or means git's own files")
            .help("paths are relative to the top of the repository, with `/` and without `..`");
            self.report.add(diagnostic);
            return None;
        }
        Some(text.trim_start_matches("./").to_owned())
    }

    pub(super) fn path_text(&mut self, text: &Text) -> Option<String> {
        let (path, _) = self.string(text, Allowed::NONE)?;
        self.path(&path, text.span)
    }

    pub(super) fn glob(&mut self, text: &Text) -> Option<String> {
        let (glob, known) = self.string(text, Allowed::NONE)?;
        if known && let Err(error) = globset::Glob::new(&glob) {
            let diagnostic = Diagnostic::new(Code::BadGlob, text.span, format!("`{glob}` is no path pattern: {}", error.kind()))
                .here("cannot be read")
                .help("`*` stands for anything but `/`, `**` for any folders, `?` for one character, `[ab]` for one of them");
            self.report.add(diagnostic);
            return None;
        }
        Some(glob)
    }

    /// A regex is raw: nothing in it is a variable.
    pub(super) fn regex(&mut self, text: &Text) -> Option<String> {
        let (pattern, _) = self.string(text, Allowed::NONE)?;
        match regex::Regex::new(&pattern) {
            Ok(_) => Some(pattern),
            Err(error) => {
                let said = error.to_string();
                let why = said
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ")
                    .to_owned();
                let diagnostic = Diagnostic::new(Code::BadRegex, text.span, format!("this regular expression does not compile: {why}"))
                    .here("cannot be read")
                    .help("the syntax is that of https://docs.rs/regex; write it in '...' so that a backslash stays one");
                self.report.add(diagnostic);
                None
            }
        }
    }

    /// `a.b[0].c`
    pub(super) fn json_path(&mut self, text: &Text) -> Option<Vec<JsonStep>> {
        let (path, _) = self.string(text, Allowed::NONE)?;
        let mut steps = Vec::new();
        let mut rest = path.as_str();
        let bad = loop {
            if rest.is_empty() {
                break steps.is_empty();
            }
            if let Some(inner) = rest.strip_prefix('[') {
                let Some((index, after)) = inner.split_once(']') else {
                    break true;
                };
                let Ok(index) = index.parse() else { break true };
                steps.push(JsonStep::Index(index));
                rest = after;
            } else {
                if !steps.is_empty() {
                    let Some(after) = rest.strip_prefix('.') else {
                        break true;
                    };
                    rest = after;
                }
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if end == 0 {
                    break true;
                }
                steps.push(JsonStep::Key(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        };
        if bad {
            let diagnostic = Diagnostic::new(
                Code::BadJsonPath,
                text.span,
                format!("{path:?} is no path into a JSON document"),
            )
            .here("cannot be read")
            .help("a path looks like \"status\", \"checks.db\" or \"items[0].name\"");
            self.report.add(diagnostic);
            return None;
        }
        Some(steps)
    }

    /// `2026-12-01 09:00 Europe/Madrid`: milliseconds since 1970 UTC.
    pub(super) fn moment(&mut self, text: &Text) -> Option<(i64, String)> {
        let (written, known) = self.string(text, Allowed::NONE)?;
        if !known {
            return Some((0, written));
        }
        let mut parts = written.split_whitespace();
        let (date, time, zone) = (parts.next(), parts.next(), parts.next());
        let parsed = date
            .zip(time)
            .zip(zone)
            .filter(|_| parts.next().is_none())
            .and_then(|((date, time), zone)| {
                let civil: jiff::civil::DateTime = format!("{date}T{time}").parse().ok()?;
                let zone = jiff::tz::TimeZone::get(zone).ok()?;
                civil
                    .to_zoned(zone)
                    .ok()
                    .map(|moment| moment.timestamp().as_millisecond())
            });
        match parsed {
            Some(millis) => Some((millis, written)),
            None => {
                let diagnostic = Diagnostic::new(Code::BadDate, text.span, format!("{written:?} is no date and time with a zone"))
                    .here("cannot be read")
                    .help("it looks like \"2026-12-01 09:00 Europe/Madrid\": date, time and an IANA time zone (`UTC` is one)");
                self.report.add(diagnostic);
                None
            }
        }
    }

    /// A command: `run` is split into words before any value is filled in, `sh` is left as it is.
    pub(super) fn command(&mut self, command: &ast::Command, allowed: Allowed) -> Option<Command> {
        let display = self.display(command);
        match command.kind {
            CommandKind::Sh => {
                if !matches!(command.text.form, TextForm::Raw | TextForm::RawBlock) {
                    let diagnostic = Diagnostic::new(Code::BadCommand, command.text.span, "`sh` takes a raw string")
                        .here("would be interpolated, and a value could then become part of the script")
                        .help("write it in '...' or '''...''': the script finds every param under its own name in its environment");
                    self.report.add(diagnostic);
                    return None;
                }
                let (script, _) = self.string(&command.text, Allowed::NONE)?;
                self.script_uses(&script);
                let variables = self.environment_of_script();
                Some(Command {
                    program: Program::Sh(script),
                    variables,
                    display,
                    span: command.span,
                })
            }
            CommandKind::Run => {
                let words = self.words(&command.text, allowed)?;
                Some(Command {
                    program: Program::Run(words),
                    variables: Vec::new(),
                    display,
                    span: command.span,
                })
            }
        }
    }

    /// The command on one line, as the plan writes it.
    fn display(&self, command: &ast::Command) -> String {
        let text = unquoted(self.source(command.text.span)).trim().to_owned();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or_default().to_owned();
        if lines.next().is_some() {
            format!("{first} ...")
        } else {
            first
        }
    }

    /// A script uses the names it mentions as `$name` or `${name`.
    fn script_uses(&mut self, script: &str) {
        for (at, _) in script.match_indices('$') {
            let rest = script[at + 1..].trim_start_matches('{');
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            self.scopes.find(&rest[..end]);
        }
    }

    fn environment_of_script(&self) -> Vec<(String, String)> {
        let mut variables = std::collections::BTreeMap::new();
        for (name, bound) in self.scopes.visible() {
            if let Some(value) = &bound.value {
                variables.insert(name.to_owned(), value.to_string());
            }
        }
        variables.into_iter().collect()
    }

    /// Splits by the rules of a POSIX shell (quotes and backslashes), and refuses what only a shell could do.
    fn words(&mut self, text: &Text, allowed: Allowed) -> Option<Vec<Vec<Piece>>> {
        let mut splitter = Splitter::default();
        let mut sound = true;
        for (index, part) in text.parts.iter().enumerate() {
            match part {
                TextPart::Literal { text: literal, span } => {
                    for (offset, c) in literal.char_indices() {
                        if let Some(operator) = splitter.take(c, &literal[offset..]) {
                            // An escape makes the text shorter than its source; then the whole part is shown.
                            let exact = span.range().len() == literal.len();
                            let start = span.start + u32::try_from(offset).unwrap_or(0);
                            let end = start + u32::try_from(operator.len()).unwrap_or(1);
                            let at = if exact {
                                Span { start, end, ..*span }
                            } else {
                                *span
                            };
                            self.shell_operator(text, operator, at);
                            return None;
                        }
                    }
                }
                TextPart::Variable(variable) => {
                    let name = variable.name.name.as_str();
                    if allowed.has(name) && variable.field.is_none() {
                        let found = StepVariable::ALL.into_iter().find(|known| known.name() == name);
                        splitter.variable(found.map(Piece::Variable).into_iter());
                        continue;
                    }
                    let one = Text {
                        form: text.form,
                        parts: text.parts[index..=index].to_vec(),
                        span: variable.span,
                    };
                    match self.string(&one, Allowed::NONE) {
                        Some((value, _)) => splitter.variable(std::iter::once(Piece::Text(value))),
                        None => sound = false,
                    }
                }
            }
        }
        if !sound {
            return None;
        }
        let problem = if splitter.open.is_some() {
            Some("a quote inside it is not closed")
        } else {
            None
        };
        let words = splitter.finish();
        let problem = problem.or_else(|| words.is_empty().then_some("it is empty"));
        if let Some(problem) = problem {
            let diagnostic = Diagnostic::new(
                Code::BadCommand,
                text.span,
                format!("this command cannot be split into words: {problem}"),
            )
            .here("no program to run")
            .help("words are split as in a shell: at spaces, with '...' and \"...\" holding a word together");
            self.report.add(diagnostic);
            return None;
        }
        Some(words)
    }

    fn shell_operator(&mut self, text: &Text, operator: &str, at: Span) {
        let raw = self.source(text.span).to_owned();
        let inner = raw.trim_matches('"');
        let mut diagnostic = Diagnostic::new(
            Code::ShellOperator,
            at,
            format!("`{operator}` means something only to a shell, and `run` never meets one"),
        )
        .here("would be passed on as plain text")
        .help("write `sh '...'` for a script; it finds every param under its own name in its environment");
        let plain = text.form == TextForm::Quoted && !inner.contains(['\'', '\\', '{']);
        if plain {
            let keyword = Span {
                start: text.span.start.saturating_sub(4),
                ..text.span
            };
            if self.source(keyword).starts_with("run ") {
                diagnostic = diagnostic.fix(
                    Applicability::Unsafe,
                    "make it a script",
                    keyword,
                    format!("sh '{inner}'"),
                );
            }
        }
        self.report.add(diagnostic);
    }

    /// The name of an environment, bare or through a variable.
    pub(super) fn environment_name(&mut self, text: &Text) -> Option<String> {
        let (name, known) = self.string(text, Allowed::NONE)?;
        if !known {
            return None;
        }
        if !self.declared.environments.contains_key(name.as_str()) {
            let known: Vec<&str> = self.declared.environments.keys().copied().collect();
            self.unknown("environment", &name, &known, text.span);
            return None;
        }
        Some(name)
    }

    pub(super) fn did_you_mean(&self, wrong: &str, known: &[&str]) -> Option<String> {
        closest(wrong, known.iter().copied()).map(str::to_owned)
    }
}

/// Splits characters and variables into words.
#[derive(Default)]
struct Splitter {
    words: Vec<Vec<Piece>>,
    word: Vec<Piece>,
    text: String,
    started: bool,
    open: Option<char>,
    escaped: bool,
}

impl Splitter {
    /// Takes a character; gives the operator that stands there unquoted, if one does.
    fn take<'t>(&mut self, c: char, rest: &'t str) -> Option<&'t str> {
        if self.escaped {
            self.escaped = false;
            if self.open == Some('"') && !"\"\\$`".contains(c) {
                self.text.push('\\');
            }
            self.text.push(c);
            return None;
        }
        match (self.open, c) {
            (Some('\''), '\'') | (Some('"'), '"') => self.open = None,
            (Some('\''), c) => self.text.push(c),
            (_, '\\') => {
                self.escaped = true;
                self.started = true;
            }
            (Some(_), c) => self.text.push(c),
            (None, '\'' | '"') => {
                self.open = Some(c);
                self.started = true;
            }
            (None, ' ' | '\t' | '\n' | '\r') => self.end_word(),
            (None, '|' | '&' | ';' | '<' | '>' | '`' | '(' | ')') => {
                let length = if ["&&", "||", ">>", "<<"].iter().any(|two| rest.starts_with(two)) {
                    2
                } else {
                    1
                };
                return Some(&rest[..length]);
            }
            (None, c) => {
                self.text.push(c);
                self.started = true;
            }
        }
        None
    }

    fn variable(&mut self, pieces: impl Iterator<Item = Piece>) {
        self.flush();
        self.word.extend(pieces);
        self.started = true;
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.word.push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }

    fn end_word(&mut self) {
        self.flush();
        if self.started {
            self.words.push(std::mem::take(&mut self.word));
        }
        self.started = false;
    }

    fn finish(mut self) -> Vec<Vec<Piece>> {
        self.end_word();
        self.words
    }
}

/// A text without the quotes around it; those inside stay.
fn unquoted(text: &str) -> &str {
    ["\"\"\"", "'''", "\"", "'"]
        .iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text)
}
