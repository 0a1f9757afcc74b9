//! Reads the checked file and everything it uses, each file once, libraries before their users.

use std::collections::HashMap;

use super::report::Report;
use super::suggest::{closest, listed};
use super::{Input, words};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::stdlib;
use crate::syntax::ast::{self, ItemKind, TextPart, UseTarget};
use crate::text::{FileId, SourceMap, Span};

/// Every file of an analysis.
pub(super) struct Loaded {
    /// Their texts.
    pub(super) sources: SourceMap,
    /// Their trees, by [`FileId`].
    pub(super) files: Vec<ast::File>,
    /// The files in the order in which they build on each other; the checked one last.
    pub(super) order: Vec<FileId>,
    /// The checked file has no `plan` header.
    pub(super) is_library: bool,
}

/// A file that is being read: how far through its `use`s.
struct Open {
    file: FileId,
    uses: Vec<(UseTarget, Span)>,
    next: usize,
}

struct Loading<'a> {
    input: &'a Input<'a>,
    report: &'a mut Report,
    sources: SourceMap,
    files: Vec<ast::File>,
    /// By key: a path in the repository, or `std/NAME`.
    known: HashMap<String, FileId>,
    keys: Vec<String>,
    open: Vec<Open>,
    order: Vec<FileId>,
}

/// Reads the checked file and, depth first, what it uses.
pub(super) fn load(input: &Input<'_>, report: &mut Report) -> Loaded {
    let mut loading = Loading {
        input,
        report,
        sources: SourceMap::default(),
        files: Vec::new(),
        known: HashMap::new(),
        keys: Vec::new(),
        open: Vec::new(),
        order: Vec::new(),
    };
    let text = loading.decode();
    let root = loading.add(input.path.to_owned(), input.name, &text);
    loading.check_utf8(root);
    while let Some(open) = loading.open.last_mut() {
        let Some((target, span)) = open.uses.get(open.next).cloned() else {
            let done = open.file;
            loading.open.pop();
            loading.order.push(done);
            continue;
        };
        open.next += 1;
        let user = open.file;
        loading.follow(user, &target, span);
    }
    let is_library = header(&loading.files[root.0 as usize]).is_none();
    Loaded {
        is_library,
        sources: loading.sources,
        files: loading.files,
        order: loading.order,
    }
}

/// The `plan` header of a file.
pub(super) fn header(file: &ast::File) -> Option<&ast::Item> {
    file.items
        .iter()
        .find(|item| matches!(item.kind, ItemKind::Plan(_)))
}

impl Loading<'_> {
    /// The text; of a file that is not UTF-8, what can be read of it.
    fn decode(&self) -> String {
        crate::syntax::decode(self.input.text).map_or_else(
            |_| String::from_utf8_lossy(self.input.text).into_owned(),
            str::to_owned,
        )
    }

    fn check_utf8(&mut self, root: FileId) {
        let Err(at) = crate::syntax::decode(self.input.text) else {
            return;
        };
        let span = Span::new(root, at, at + '\u{FFFD}'.len_utf8());
        self.report.add(
            Diagnostic::new(
                Code::NotUtf8,
                span,
                format!("`{}` is not UTF-8 text", self.input.name),
            )
            .here(format!("byte {at} does not belong to a character"))
            .help("save the file as UTF-8; in most editors this is \"save with encoding\""),
        );
    }

    fn add(&mut self, key: String, name: &str, text: &str) -> FileId {
        let file = self.sources.add(name, text);
        // Of what is no text nothing more is said than that.
        let readable = !(file == FileId::default() && std::str::from_utf8(self.input.text).is_err());
        let parsed = crate::syntax::parse(file, if readable { text } else { "" });
        for diagnostic in parsed.diagnostics {
            self.report.add(diagnostic);
        }
        for finding in self.report.suppressions.read(text, &parsed.file.comments) {
            self.report.add(finding);
        }
        let uses = parsed
            .file
            .items
            .iter()
            .filter_map(|item| match &item.kind {
                ItemKind::Use(used) => Some((used.target.clone(), item.span)),
                _ => None,
            })
            .collect();
        self.files.push(parsed.file);
        self.known.insert(key.clone(), file);
        self.keys.push(key);
        self.open.push(Open { file, uses, next: 0 });
        file
    }

    fn follow(&mut self, user: FileId, target: &UseTarget, span: Span) {
        match target {
            UseTarget::Std { name } => self.follow_std(name),
            UseTarget::Path { path } => self.follow_path(user, path, span),
        }
    }

    fn follow_std(&mut self, name: &ast::Ident) {
        let key = format!("std/{}", name.name);
        if self.known.contains_key(&key) {
            return;
        }
        if let Some(text) = stdlib::library(&name.name) {
            self.add(key.clone(), &key, text);
            return;
        }
        let mut finding = Diagnostic::new(
            Code::UnresolvedUse,
            name.span,
            format!("rel has no library `{key}`"),
        )
        .here("no such library")
        .help(format!(
            "the libraries that ship with rel: {}",
            listed(stdlib::names())
        ));
        if let Some(near) = closest(&name.name, stdlib::names()) {
            finding = finding.fix(
                Applicability::Unsafe,
                format!("use `std/{near}`"),
                name.span,
                near,
            );
        }
        self.report.add(finding);
    }

    fn follow_path(&mut self, user: FileId, path: &ast::Text, span: Span) {
        let Some(written) = self.constant(path) else {
            return;
        };
        let base = self.keys[user.0 as usize].clone();
        let key = match words::paths::join(&base, &written) {
            Ok(key) => key,
            Err(reason) => {
                self.report.add(
                    Diagnostic::new(Code::BadPath, path.span, format!("`{written}` cannot be used"))
                        .here(reason)
                        .help("the path of `use` is relative to the file that says it and stays inside the repository: `use \"./team.rel\"`"),
                );
                return;
            }
        };
        if let Some(known) = self.known.get(&key).copied() {
            self.reuse(known, path.span);
            return;
        }
        if base.starts_with("std/") {
            return;
        }
        match self.input.loader.load(&key) {
            Ok((name, text)) => {
                let file = self.add(key, &name, &text);
                if header(&self.files[file.0 as usize]).is_some() {
                    self.plan_used(path.span, &name);
                }
            }
            Err(reason) => self.report.add(
                Diagnostic::new(
                    Code::UnresolvedUse,
                    path.span,
                    format!("`{written}` cannot be read"),
                )
                .here(reason)
                .label(span, "")
                .help(format!("looked for `{key}`, counted from the repository's root")),
            ),
        }
    }

    /// `use` of a file that was read before: a circle if it is still being read.
    fn reuse(&mut self, known: FileId, span: Span) {
        let Some(start) = self.open.iter().position(|open| open.file == known) else {
            return;
        };
        let name = |file: FileId| self.sources.get(file).name().to_owned();
        let mut circle: Vec<String> = self.open[start..].iter().map(|open| name(open.file)).collect();
        circle.push(name(known));
        let message = if circle.len() == 2 {
            format!("`{}` uses itself", circle[0])
        } else {
            format!("files use each other in a circle: {}", circle.join(" → "))
        };
        self.report.add(
            Diagnostic::new(Code::UseCycle, span, message)
                .here("closes the circle")
                .help("move what both need into a third file that uses neither"),
        );
    }

    fn plan_used(&mut self, span: Span, name: &str) {
        self.report.add(
            Diagnostic::new(Code::Misplaced, span, format!("`{name}` is a plan, and only libraries can be used"))
                .here("this file starts with `plan`")
                .help("move the gates, templates, channels and environments that both plans need into a file of their own, without a `plan` line, and use that from both"),
        );
    }

    /// The text of a path, which is read before any variable has a value.
    fn constant(&mut self, text: &ast::Text) -> Option<String> {
        let mut all = String::new();
        for part in &text.parts {
            match part {
                TextPart::Literal { text, .. } => all.push_str(text),
                TextPart::Variable(variable) => {
                    self.report.add(
                        Diagnostic::new(
                            Code::VariableOutOfPlace,
                            variable.span,
                            format!("`${}` cannot stand in the path of `use`", variable.name.name),
                        )
                        .here("files are read before any variable has a value")
                        .help("write the path out"),
                    );
                    return None;
                }
            }
        }
        Some(all)
    }
}
