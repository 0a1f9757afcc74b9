//! Statements to declarations: picks the rule that a statement's first word implies, and says what is
//! wrong where no rule fits.

use super::ast::{Entry, File, Ident, Text};
use super::context::Context;
use super::grammar::{self, Failure, Node, Nodes, Rule};
use super::outline::{Block, Part, Statement, outline};
use super::quote::cook;
use super::token::is_word;
use super::{Parsed, ast};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::text::{FileId, Span};

/// Builds the tree of one file.
pub(super) struct Parser<'t> {
    pub(super) file: FileId,
    pub(super) text: &'t str,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Parses a whole file.
pub(super) fn parse_file(file: FileId, text: &str) -> Parsed {
    let outline = outline(file, text);
    let mut parser = Parser {
        file,
        text,
        diagnostics: outline.diagnostics,
    };
    let items = outline
        .statements
        .iter()
        .map(|statement| parser.item(statement))
        .collect();
    let mut comments = outline.comments;
    let first_line = text.find('\n').unwrap_or(text.len());
    let shebang = text.starts_with("#!").then(|| Span::new(file, 0, first_line));
    if shebang.is_some() {
        comments.retain(|comment| comment.start != 0);
    }
    comments.sort_by_key(|comment| comment.start);
    let comments = comments
        .into_iter()
        .map(|range| ast::Comment {
            text: text[range.clone()].to_owned(),
            span: Span::new(file, range.start, range.end),
        })
        .collect();
    let file = File {
        shebang,
        items,
        comments,
        span: Span::new(file, 0, text.len()),
    };
    parser.diagnostics.sort_by_key(Diagnostic::primary);
    Parsed {
        file,
        diagnostics: parser.diagnostics,
    }
}

impl<'t> Parser<'t> {
    pub(super) fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The words of a head, cut at spaces: enough to choose a rule.
    pub(super) fn words(&self, part: &Part) -> (&'t str, &'t str) {
        let head = &self.text[part.head.clone()];
        let length = |text: &str| text.find(|c: char| !is_word(c)).unwrap_or(text.len());
        let first = &head[..length(head)];
        let rest = head[first.len()..].trim_start();
        (first, &rest[..length(rest)])
    }

    /// Parses a head with a rule; reports what is wrong with it.
    pub(super) fn head(&mut self, part: &Part, rule: Rule) -> Option<Nodes<'t>> {
        match grammar::parse(self.file, self.text, part.head.clone(), rule) {
            Ok(nodes) => Some(nodes),
            Err(failure) => {
                let diagnostic = self.explain(part, &failure);
                self.report(diagnostic);
                None
            }
        }
    }

    /// What a head that fits no rule looks like to a person.
    fn explain(&self, part: &Part, failure: &Failure) -> Diagnostic {
        let (first, second) = self.words(part);
        let at = failure.at.min(part.head.end);
        let rest = &self.text[at..part.head.end];
        let found = rest.trim_start();
        let start = at + (rest.len() - found.len());
        let length = match found.chars().next() {
            Some(c) if is_word(c) => found.find(|c: char| !is_word(c)).unwrap_or(found.len()),
            Some(c) => c.len_utf8(),
            None => 0,
        };
        let word = &found[..length];
        let wanted = either(&failure.wanted);
        if first == "merge" && matches!(second, "squash" | "rebase" | "no-ff" | "ff-only") && word == "into" {
            let mode = second;
            let span = self.span(part.head.clone());
            let at = part.head.start + self.text[part.head.clone()].find(mode).unwrap_or(0);
            let name = Span::new(self.file, at, at + mode.len());
            return Diagnostic::new(Code::KeywordAsName, name, format!("`{mode}` is the mode here, and what to merge is missing"))
                .here("read as the mode of the merge")
                .label(Span::new(self.file, start, start + 4), "no source before `into`")
                .help(format!("write `merge {mode} BRANCH into ...`; a branch that is really called `{mode}` wants quotes: `merge \"{mode}\" into ...`"))
                .fix(Applicability::Unsafe, "quote the name", name, format!("\"{mode}\""))
                .label(span, "");
        }
        let form = super::keywords::form(first, second).map(|form| format!("the form is `{form}`"));
        let statement = if first.is_empty() {
            "this statement".to_owned()
        } else {
            format!("`{first}`")
        };
        if word.is_empty() {
            let before = &self.text[part.head.start..part.head.end];
            let last = before.trim_end().rfind(char::is_whitespace).map_or(0, |n| n + 1);
            let span = Span::new(self.file, part.head.start + last, part.head.end);
            return with_form(
                Diagnostic::new(
                    Code::SyntaxError,
                    span,
                    format!("{statement} is not finished: {wanted} is missing"),
                )
                .here(format!("wanted behind this: {wanted}")),
                form,
            );
        }
        let span = Span::new(self.file, start, start + length);
        let keyword_in_the_way =
            failure.wanted.contains(&"a ref or quoted text") && super::keywords::is_keyword(word);
        if keyword_in_the_way {
            return with_form(
                Diagnostic::new(
                    Code::KeywordAsName,
                    span,
                    format!("`{word}` is a keyword here, and {wanted} is missing before it"),
                )
                .here("read as a keyword")
                .help(format!("if it is a name, quote it: \"{word}\""))
                .fix(
                    Applicability::Unsafe,
                    "quote the name",
                    span,
                    format!("\"{word}\""),
                ),
                form,
            );
        }
        let message = match failure.wanted.as_slice() {
            [] => format!("`{word}` makes no sense in {statement}"),
            ["the end of the statement"] => format!("{statement} is complete before `{word}`"),
            _ => format!("{statement} wants {wanted} here, not `{word}`"),
        };
        let mut diagnostic =
            Diagnostic::new(Code::SyntaxError, span, message).here(format!("wanted: {wanted}"));
        if failure.wanted.as_slice() == ["the end of the statement"] {
            diagnostic = Diagnostic {
                labels: vec![],
                ..diagnostic
            };
            diagnostic.labels.push(crate::diag::Label {
                span,
                text: "nothing may follow here".into(),
            });
            diagnostic =
                diagnostic.help("one statement stands on one line; two are parted by a line end or `;`");
        }
        let choices: Vec<&str> = failure
            .wanted
            .iter()
            .filter_map(|w| w.strip_prefix('`')?.strip_suffix('`'))
            .collect();
        if let Some(better) = closest(word, choices.iter().copied()) {
            diagnostic = diagnostic.help(format!("did you mean `{better}`?")).fix(
                Applicability::Unsafe,
                format!("write `{better}`"),
                span,
                better,
            );
        }
        with_form(diagnostic, form)
    }

    /// Reports a statement whose first word starts nothing here. `true`: it is known here.
    pub(super) fn known(&mut self, statement: &Statement, context: Context) -> bool {
        let part = &statement.parts[0];
        let (first, _) = self.words(part);
        if context.keywords().contains(&first) {
            return true;
        }
        if statement.faulty {
            return false;
        }
        let head = part.head.clone();
        let length = if first.is_empty() {
            self.text[head.clone()].chars().next().map_or(0, char::len_utf8)
        } else {
            first.len()
        };
        let span = Span::new(self.file, head.start, head.start + length);
        let word = &self.text[span.range()];
        let diagnostic = Diagnostic::new(
            Code::SyntaxError,
            span,
            format!("no statement {} starts with `{word}`", context.place()),
        );
        let homes: Vec<&str> = Context::ALL
            .iter()
            .filter(|other| other.keywords().contains(&first))
            .map(|other| other.place())
            .collect();
        let diagnostic = if let Some(better) = closest(first, context.keywords().iter().copied()) {
            diagnostic.here(format!("did you mean `{better}`?")).fix(
                Applicability::Unsafe,
                format!("write `{better}`"),
                span,
                better,
            )
        } else if let Some(home) = homes.first() {
            Diagnostic::new(
                Code::Misplaced,
                span,
                format!("`{first}` does not stand {}", context.place()),
            )
            .here(format!("belongs {home}"))
            .help(format!(
                "{} may stand: {}",
                capital(context.place()),
                list(context.keywords())
            ))
        } else {
            diagnostic.here("not a keyword here").help(format!(
                "{} may stand: {}",
                capital(context.place()),
                list(context.keywords())
            ))
        };
        self.report(diagnostic);
        false
    }

    /// The entries of a block, in order; faulty ones stand as `error`.
    pub(super) fn entries<T>(
        &mut self,
        block: Option<&Block>,
        context: Context,
        error: fn() -> T,
        mut build: impl FnMut(&mut Self, &Statement, &str) -> Option<T>,
    ) -> Vec<Entry<T>> {
        let Some(block) = block else { return Vec::new() };
        block
            .statements
            .iter()
            .map(|statement| {
                let (first, _) = self.words(&statement.parts[0]);
                let known = self.known(statement, context);
                let built = if known && !statement.faulty {
                    build(self, statement, first)
                } else {
                    None
                };
                Entry {
                    kind: built.unwrap_or_else(error),
                    span: self.span(statement.range()),
                }
            })
            .collect()
    }

    /// The head of a statement that takes no block.
    pub(super) fn plain(&mut self, statement: &Statement, rule: Rule) -> Option<Nodes<'t>> {
        let part = &statement.parts[0];
        let nodes = self.head(part, rule)?;
        if let Some(block) = &part.block {
            let (first, _) = self.words(part);
            let span = Span::new(self.file, block.span.start, block.span.start + 1);
            let diagnostic =
                Diagnostic::new(Code::SyntaxError, span, format!("`{first}` takes no block here"))
                    .here("this block belongs to nothing")
                    .help("remove the block, or start a new line before it");
            self.report(diagnostic);
            return None;
        }
        self.no_else(statement);
        Some(nodes)
    }

    /// Reports an `else` behind anything but `when`.
    pub(super) fn no_else(&mut self, statement: &Statement) {
        if let Some(part) = statement.parts.get(1) {
            let span = self.span(part.head.clone());
            let diagnostic = Diagnostic::new(Code::Misplaced, span, "`else` belongs to a `when`")
                .here("the block before it is none of a `when`")
                .help("write `when CONDITION { ... } else { ... }`");
            self.report(diagnostic);
        }
    }

    /// The block that a statement must have.
    pub(super) fn needed_block<'s>(&mut self, part: &'s Part) -> Option<&'s Block> {
        if part.block.is_none() {
            let (first, _) = self.words(part);
            let span = self.span(part.head.clone());
            let diagnostic = Diagnostic::new(Code::SyntaxError, span, format!("`{first}` needs a block"))
                .here("no `{` at the end of this line")
                .help("write ` {` at the end of the line, and `}` where the block ends");
            self.report(diagnostic);
        }
        part.block.as_ref()
    }

    pub(super) fn ident(&self, node: &Node<'t>) -> Ident {
        Ident {
            name: node.text().to_owned(),
            span: node.span(),
        }
    }

    /// A node that is, or holds, a string or bare word.
    pub(super) fn text_of(&mut self, node: &Node<'t>) -> Text {
        self.cooked(node, false)
    }

    /// The text that replaces a match, in which `\1` to `\9` refer back.
    pub(super) fn replacement_of(&mut self, node: &Node<'t>) -> Text {
        self.cooked(node, true)
    }

    fn cooked(&mut self, node: &Node<'t>, groups: bool) -> Text {
        let span = node.span();
        cook(
            self.file,
            &self.text[span.range()],
            span.start as usize,
            groups,
            &mut self.diagnostics,
        )
    }
}

fn with_form(diagnostic: Diagnostic, form: Option<String>) -> Diagnostic {
    match form {
        Some(form) => diagnostic.help(form),
        None => diagnostic,
    }
}

/// The choice nearest to `word`, if it is near enough to be a slip of the keyboard.
pub(super) fn closest<'c>(word: &str, choices: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    if word.len() < 2 {
        return None;
    }
    choices
        .map(|choice| (strsim::damerau_levenshtein(word, choice), choice))
        .filter(|(distance, choice)| *distance > 0 && *distance <= 1 + choice.len().min(word.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, choice)| choice)
}

fn either(wanted: &[&'static str]) -> String {
    match wanted {
        [] => "something else".into(),
        [one] => (*one).into(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

fn list(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|c| c.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}
