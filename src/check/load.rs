//! The plan's file and all that it uses, parsed.

use std::collections::BTreeMap;

use super::Input;
use super::report::Report;
use super::suggest::{closest, listed};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::syntax::ast::{File, ItemKind, TextPart, UseTarget};
use crate::syntax::{decode, parse};
use crate::text::{FileId, SourceMap, Span};

/// All files, the plan first, libraries in the order of their first use.
pub(super) struct Loaded {
    pub(super) sources: SourceMap,
    pub(super) files: Vec<File>,
    pub(super) paths: Vec<String>,
    pub(super) is_library: bool,
}

struct Loading<'a> {
    input: &'a Input<'a>,
    report: &'a mut Report,
    loaded: Loaded,
    known: BTreeMap<String, usize>,
    chain: Vec<(String, Span)>,
}

pub(super) fn load(input: &Input<'_>, report: &mut Report) -> Loaded {
    let loaded = Loaded {
        sources: SourceMap::default(),
        files: Vec::new(),
        paths: Vec::new(),
        is_library: false,
    };
    let mut loading = Loading {
        input,
        report,
        loaded,
        known: BTreeMap::new(),
        chain: Vec::new(),
    };
    match decode(input.text) {
        Ok(text) => loading.file(input.name, input.path, text),
        Err(offset) => {
            let lossy = String::from_utf8_lossy(input.text).into_owned();
            let file = loading.loaded.sources.add(input.name, lossy);
            let before = String::from_utf8_lossy(&input.text[..offset]).len();
            let diagnostic = Diagnostic::new(
                Code::NotUtf8,
                Span::new(file, before, before + 3),
                "this file is not UTF-8 text",
            )
            .here(format!("byte {offset} is not UTF-8"))
            .help("save it as UTF-8; `iconv -f latin1 -t utf-8` converts older files");
            loading.report.add(diagnostic);
            loading.loaded.files.push(File {
                shebang: None,
                items: Vec::new(),
                comments: Vec::new(),
                span: Span::new(file, 0, 0),
            });
            loading.loaded.paths.push(input.path.to_owned());
        }
    }
    let mut loaded = loading.loaded;
    loaded.is_library = !loaded.files[0]
        .items
        .iter()
        .any(|item| matches!(item.kind, ItemKind::Plan(_)));
    loaded
}

impl Loading<'_> {
    fn file(&mut self, name: &str, path: &str, text: &str) {
        let file = self.loaded.sources.add(name, text);
        let parsed = parse(file, text);
        for diagnostic in parsed.diagnostics {
            self.report.add(diagnostic);
        }
        self.known.insert(path.to_owned(), self.loaded.files.len());
        let uses: Vec<(UseTarget, Span)> = parsed
            .file
            .items
            .iter()
            .filter_map(|item| match &item.kind {
                ItemKind::Use(wanted) => Some((wanted.target.clone(), item.span)),
                _ => None,
            })
            .collect();
        self.loaded.files.push(parsed.file);
        self.loaded.paths.push(path.to_owned());
        for (target, span) in uses {
            self.chain.push((path.to_owned(), span));
            self.used(path, &target, span, file);
            self.chain.pop();
        }
    }

    fn used(&mut self, from: &str, target: &UseTarget, span: Span, _file: FileId) {
        match target {
            UseTarget::Std { name } => {
                let path = format!("std/{}", name.name);
                if self.known.contains_key(&path) {
                    return;
                }
                match crate::stdlib::library(&name.name) {
                    Some(text) => self.file(&path, &path, text),
                    None => self.no_std(&name.name, name.span),
                }
            }
            UseTarget::Path { path } => {
                let text: Option<String> = path
                    .parts
                    .iter()
                    .map(|part| match part {
                        TextPart::Literal { text, .. } => Some(text.as_str()),
                        TextPart::Variable(_) => None,
                    })
                    .collect();
                let Some(wanted) = text else {
                    let diagnostic =
                        Diagnostic::new(Code::BadPath, path.span, "the path of `use` holds a variable")
                            .here("files are read before variables have a value")
                            .help("write the path out");
                    self.report.add(diagnostic);
                    return;
                };
                self.path(from, &wanted, path.span, span);
            }
        }
    }

    fn path(&mut self, from: &str, wanted: &str, at: Span, span: Span) {
        let Some(path) = resolve(from, wanted) else {
            let diagnostic = Diagnostic::new(
                Code::BadPath,
                at,
                format!("`{wanted}` leads out of the repository"),
            )
            .here("goes above its top")
            .help("a plan uses only files of its own repository, so that a checkout holds all of it");
            self.report.add(diagnostic);
            return;
        };
        if let Some(start) = self.chain.iter().position(|(file, _)| *file == path) {
            let circle: Vec<String> = self.chain[start..]
                .iter()
                .map(|(file, _)| format!("`{file}`"))
                .chain([format!("`{path}`")])
                .collect();
            let diagnostic = Diagnostic::new(
                Code::UseCycle,
                span,
                format!("files use each other in a circle: {}", circle.join(" -> ")),
            )
            .here("closes the circle")
            .help("move what both need into a third file");
            self.report.add(diagnostic);
            return;
        }
        if self.known.contains_key(&path) {
            return;
        }
        match self.input.loader.load(&path) {
            Ok((name, text)) => self.file(&name, &path, &text),
            Err(why) => {
                let diagnostic = Diagnostic::new(
                    Code::UnresolvedUse,
                    at,
                    format!("`{wanted}` cannot be read: {why}"),
                )
                .here(format!("looked for at `{path}`"))
                .help("the path is relative to the file that says it");
                self.report.add(diagnostic);
            }
        }
    }

    fn no_std(&mut self, name: &str, span: Span) {
        let mut diagnostic = Diagnostic::new(
            Code::UnresolvedUse,
            span,
            format!("there is no library `std/{name}`"),
        )
        .here("not a library that ships with rel")
        .help(format!("there are {}", listed(crate::stdlib::names())));
        if let Some(better) = closest(name, crate::stdlib::names()) {
            diagnostic = diagnostic.fix(Applicability::Unsafe, format!("use `std/{better}`"), span, better);
        }
        self.report.add(diagnostic);
    }
}

/// A path relative to the file that says it, from the repository's top; `None` where it leaves that.
fn resolve(from: &str, wanted: &str) -> Option<String> {
    if wanted.starts_with('/') || wanted.contains('\0') || wanted.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in wanted.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
