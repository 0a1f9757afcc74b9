//! Commands: `run` is split into words, `sh` is passed on untouched.

use crate::check::cx::Cx;
use crate::check::plan::{Command, Piece, Program, StepVariable};
use crate::check::value::Meaning;
use crate::check::words::shell::{self, Part, Trouble};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::Type;
use crate::syntax::ast::{self, CommandKind, Text, TextForm, TextPart};
use crate::text::Span;

/// Where a command stands: what it may see.
#[derive(Clone, Copy)]
pub(in crate::check) struct Site {
    /// For messages: `a live gate`.
    pub(in crate::check) what: &'static str,
    /// The step variables that have a value there.
    pub(in crate::check) sees: &'static [StepVariable],
}

impl Site {
    pub(in crate::check) const CHECKOUT: Site = Site {
        what: "this command",
        sees: &[
            StepVariable::Commit,
            StepVariable::Branch,
            StepVariable::Phase,
            StepVariable::Run,
        ],
    };
    pub(in crate::check) const LIVE: Site = Site {
        what: "a `live` command, which has no checkout",
        sees: &[StepVariable::Phase, StepVariable::Run],
    };
    pub(in crate::check) const CHANNEL: Site = Site {
        what: "the command of a channel",
        sees: &[StepVariable::Message, StepVariable::Phase, StepVariable::Run],
    };
    pub(in crate::check) const DEPLOY: Site = Site {
        what: "the `deploy` command of an environment",
        sees: &[
            StepVariable::Ref,
            StepVariable::Previous,
            StepVariable::Commit,
            StepVariable::Branch,
            StepVariable::Phase,
            StepVariable::Run,
        ],
    };
    pub(in crate::check) const SHIFT: Site = Site {
        what: "the `shift` command of an environment",
        sees: &[
            StepVariable::Ref,
            StepVariable::Weight,
            StepVariable::Commit,
            StepVariable::Branch,
            StepVariable::Phase,
            StepVariable::Run,
        ],
    };
    pub(in crate::check) const ENVIRONMENT: Site = Site {
        what: "this command of an environment, which runs in the plan's directory",
        sees: &[StepVariable::Phase, StepVariable::Run],
    };
}

impl Cx<'_> {
    /// Checks a command.
    pub(in crate::check) fn command(&mut self, command: &ast::Command, site: Site) -> Option<Command> {
        let program = match command.kind {
            CommandKind::Run => Program::Run(self.words(&command.text, site)?),
            CommandKind::Sh => Program::Sh(self.script(&command.text)?),
        };
        let variables = match command.kind {
            CommandKind::Sh if self.dead == 0 && !self.at.definition => self.scope.values(),
            _ => Vec::new(),
        };
        Some(Command {
            program,
            variables,
            display: self.shown(command),
            span: command.span,
        })
    }

    /// The command as people know it: without `run` and quotes, and of a longer one the first line.
    fn shown(&self, command: &ast::Command) -> String {
        let written = self.slice(command.text.span);
        let inner = ["\"\"\"", "'''", "\"", "'"]
            .iter()
            .find_map(|quote| written.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(written);
        let mut lines = inner.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or_default();
        if lines.next().is_some() {
            format!("{first} ...")
        } else {
            first.to_owned()
        }
    }

    fn words(&mut self, text: &Text, site: Site) -> Option<Vec<Vec<Piece>>> {
        let pieces = text.parts.iter().enumerate().map(|(number, part)| match part {
            TextPart::Literal { text, .. } => shell::Input::Literal(text.as_str()),
            TextPart::Variable(_) => shell::Input::Variable(number),
        });
        let words = match shell::split(pieces) {
            Ok(words) => words,
            Err(trouble) => {
                self.trouble(text, &trouble);
                return None;
            }
        };
        let mut values: Vec<Option<Piece>> = Vec::with_capacity(text.parts.len());
        let mut sound = true;
        for (number, part) in text.parts.iter().enumerate() {
            values.push(match part {
                TextPart::Literal { .. } => None,
                TextPart::Variable(variable) => {
                    let piece = if self.braces_missing(variable, text.parts.get(number + 1)) {
                        None
                    } else {
                        self.piece(variable, site)
                    };
                    sound &= piece.is_some();
                    piece
                }
            });
        }
        if !sound {
            return None;
        }
        let words: Vec<Vec<Piece>> = words.into_iter().map(|word| join(word, &values)).collect();
        self.program_word(text, &words).then_some(words)
    }

    fn piece(&mut self, variable: &ast::Variable, site: Site) -> Option<Piece> {
        match self.meaning(variable)? {
            Meaning::Step(step) if site.sees.contains(&step) => Some(Piece::Variable(step)),
            Meaning::Step(step) => {
                self.step_variable_misplaced(variable, step, site.what);
                None
            }
            Meaning::Value(val) => {
                if matches!(val.ty, Type::List(_)) {
                    self.list_in_text(variable, &val.ty);
                    return None;
                }
                Some(Piece::Text(val.value.map_or_else(
                    || format!("${{{}}}", variable.name.name),
                    |value| value.to_string(),
                )))
            }
        }
    }

    /// The first word is a program.
    fn program_word(&mut self, text: &Text, words: &[Vec<Piece>]) -> bool {
        let wrong = match words.first().map(Vec::as_slice) {
            None => "names no program",
            Some([Piece::Text(first)]) if first.is_empty() => "names an empty program",
            Some([Piece::Text(first), ..]) => {
                let Some((name, value)) = first.split_once('=') else {
                    return true;
                };
                let variable = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                if !variable {
                    return true;
                }
                self.report.add(
                    Diagnostic::new(Code::BadCommand, text.span, format!("`{first}` is not a program"))
                        .here("setting a variable before a command needs a shell, and `run` has none")
                        .help(format!("put the variable into the step's block, `{{ env {{ {name} \"{value}\" }} }}`, or use `sh '...'`")),
                );
                return false;
            }
            Some(_) => return true,
        };
        self.report.add(
            Diagnostic::new(Code::BadCommand, text.span, format!("the command {wrong}"))
                .here("wanted: a program and its arguments")
                .help("write it as in a terminal: `run \"scripts/check.sh --fast\"`"),
        );
        false
    }

    fn script(&mut self, text: &Text) -> Option<String> {
        let raw = matches!(text.form, TextForm::Raw | TextForm::RawBlock);
        let mut script = String::new();
        for part in &text.parts {
            if let TextPart::Literal { text, .. } = part {
                script.push_str(text);
            }
        }
        if !raw {
            let written = self.slice(text.span);
            let inner = written.trim_matches('"');
            let mut finding = Diagnostic::new(Code::BadCommand, text.span, "`sh` takes a raw string, in single quotes")
                .here("rel would fill in the `$`s here before the shell sees them")
                .help("every param, let and step variable is in the environment of the script under its own name: `sh 'echo \"$version\"'`");
            if !inner.contains('\'') && !inner.contains('\\') && text.form == TextForm::Quoted {
                finding = finding.fix(
                    Applicability::Unsafe,
                    "use single quotes",
                    text.span,
                    format!("'{inner}'"),
                );
            }
            self.report.add(finding);
            return None;
        }
        if script.trim().is_empty() {
            self.report.add(
                Diagnostic::new(Code::BadCommand, text.span, "the script is empty").here("nothing to run"),
            );
            return None;
        }
        self.mark_shell_uses(&script);
        Some(script)
    }

    /// `$name` in a script uses the value `name`, which is in its environment.
    fn mark_shell_uses(&mut self, script: &str) {
        for (at, _) in script.match_indices('$') {
            let rest = script[at + 1..].trim_start_matches('{');
            let length = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            if let Some(binding) = self.scope.get(&rest[..length]) {
                binding.used.set(true);
            }
        }
    }

    fn trouble(&mut self, text: &Text, trouble: &Trouble) {
        let finding = match trouble {
            Trouble::Unclosed { quote, at } => Diagnostic::new(
                Code::BadCommand,
                place(text, *at, 1),
                format!("a quote {quote} in the command is never closed"),
            )
            .here("opened here")
            .help(format!("close it, or write `\\{quote}` for the character itself (`\\\\{quote}` in a string in double quotes)")),
            Trouble::LooseBackslash { at } => Diagnostic::new(
                Code::BadCommand,
                place(text, *at, 1),
                "the command ends with a backslash that escapes nothing",
            )
            .here("nothing follows"),
            Trouble::Operator { operator, at } => self.operator(text, operator, *at),
        };
        self.report.add(finding);
    }

    fn operator(&self, text: &Text, operator: &str, at: (usize, usize)) -> Diagnostic {
        let (shown, length) = match operator {
            "a line end" => ("a line end".to_owned(), 1),
            other => (format!("`{other}`"), other.len()),
        };
        let mut finding = Diagnostic::new(
            Code::ShellOperator,
            place(text, at, length),
            format!("{shown} needs a shell, and `run` has none"),
        )
        .here("would be passed on as it is, or mean nothing")
        .help("`run` starts one program with these words; for pipes, redirections and several commands use `sh '...'`, where every value is in the environment under its own name; to pass the character itself, quote it");
        if let Some(script) = as_script(text) {
            let keyword = Span::new(
                text.span.file,
                self.keyword_before(text.span),
                text.span.end as usize,
            );
            finding = finding.fix(Applicability::Unsafe, "use `sh`", keyword, script);
        }
        finding
    }

    /// The byte at which the word `run` before this text begins.
    fn keyword_before(&self, text: Span) -> usize {
        let before = &self.loaded.sources.get(text.file).text()[..text.start as usize];
        before.rfind("run").unwrap_or(text.start as usize)
    }
}

/// The place of bytes inside a text; the whole piece where escapes have moved them.
fn place(text: &Text, (number, offset): (usize, usize), length: usize) -> Span {
    match text.parts.get(number) {
        Some(TextPart::Literal { text: literal, span })
            if literal.len() == (span.end - span.start) as usize && offset + length <= literal.len() =>
        {
            let start = span.start as usize + offset;
            Span::new(span.file, start, start + length)
        }
        Some(TextPart::Literal { span, .. }) => *span,
        _ => text.span,
    }
}

fn join(word: Vec<Part<usize>>, values: &[Option<Piece>]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::with_capacity(word.len());
    for part in word {
        let piece = match part {
            Part::Text(text) => Piece::Text(text),
            Part::Variable(number) => values[number]
                .clone()
                .unwrap_or_else(|| Piece::Text(String::new())),
        };
        match (pieces.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => pieces.push(piece),
        }
    }
    pieces
}

/// The text as `sh '...'` says it, where that is possible: values become quoted shell variables.
fn as_script(text: &Text) -> Option<String> {
    let mut script = String::new();
    let mut double = false;
    let mut single = false;
    for part in &text.parts {
        match part {
            TextPart::Literal { text: literal, .. } => {
                for c in literal.chars() {
                    match c {
                        '\'' if !double => single = !single,
                        '"' if !single => double = !double,
                        // A dollar sign that was none of rel's would become the shell's.
                        '$' if !single => return None,
                        _ => {}
                    }
                    script.push(c);
                }
            }
            TextPart::Variable(variable) => {
                if single || variable.field.is_some() {
                    return None;
                }
                let name = &variable.name.name;
                script.push_str(&if double {
                    format!("${{{name}}}")
                } else {
                    format!("\"${name}\"")
                });
            }
        }
    }
    if script.contains("'''") || script.ends_with('\'') {
        return None;
    }
    let block = script.contains('\'') || script.contains('\n');
    Some(if block {
        format!("sh '''{script}'''")
    } else {
        format!("sh '{script}'")
    })
}
