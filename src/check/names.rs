//! Collects what the files declare: one namespace per kind, over all files of the analysis.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::load::{self, Loaded};
use super::plan::StepVariable;
use super::report::Report;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::syntax::ast::{self, Ident, Item, ItemKind};
use crate::text::{FileId, Span};

/// A declaration and where it stands.
pub(super) struct Declared<'a, T> {
    /// The declaration; `None` if it did not parse and only its name is known.
    pub(super) ast: Option<&'a T>,
    /// Its name.
    pub(super) name: Span,
    /// Its doc comment.
    pub(super) docs: &'a [String],
    /// The file.
    pub(super) file: FileId,
}

/// Declarations of one kind, in the order of files and text, imports first.
pub(super) type Table<'a, T> = IndexMap<&'a str, Declared<'a, T>>;

/// A value of a file: a param or a let.
pub(super) enum Constant<'a> {
    /// `param`
    Param(&'a ast::Param, &'a [String]),
    /// `let`
    Let(&'a ast::Let),
}

/// Everything that is declared.
#[derive(Default)]
pub(super) struct Names<'a> {
    pub(super) header: Option<(&'a ast::PlanHeader, &'a Item)>,
    pub(super) environments: Table<'a, ast::Environment>,
    pub(super) channels: Table<'a, ast::Channel>,
    pub(super) gates: Table<'a, ast::GateDecl>,
    pub(super) templates: Table<'a, ast::Template>,
    pub(super) windows: Table<'a, ast::Window>,
    pub(super) phases: Table<'a, ast::Phase>,
    pub(super) secrets: IndexMap<&'a str, Span>,
    /// Params and lets by file, in the order of the text.
    pub(super) constants: Vec<(FileId, Constant<'a>)>,
    /// Names of params and lets whose declaration did not parse.
    pub(super) broken_constants: Vec<(FileId, &'a str, Span)>,
    pub(super) protected: Vec<&'a ast::Text>,
}

struct Collecting<'a, 'r> {
    names: Names<'a>,
    report: &'r mut Report,
    values: HashMap<(FileId, &'a str), Span>,
    root: FileId,
}

/// Collects the declarations of all files.
pub(super) fn collect<'a>(loaded: &'a Loaded, report: &mut Report) -> Names<'a> {
    let root = loaded.order.last().copied().unwrap_or_default();
    let mut collecting = Collecting {
        names: Names::default(),
        report,
        values: HashMap::new(),
        root,
    };
    for file in &loaded.order {
        let tree = &loaded.files[file.0 as usize];
        let imported_plan = *file != root && load::header(tree).is_some();
        collecting.shape(tree, *file, loaded.is_library);
        for item in &tree.items {
            // An imported plan has been reported; what it declares besides phases still counts.
            if imported_plan
                && matches!(
                    item.kind,
                    ItemKind::Phase(_) | ItemKind::Plan(_) | ItemKind::Param(_)
                )
            {
                continue;
            }
            collecting.item(item, *file, loaded);
        }
    }
    collecting.inline_gates(loaded);
    collecting.names
}

impl<'a> Collecting<'a, '_> {
    /// The header comes first, and phases need one.
    fn shape(&mut self, tree: &'a ast::File, file: FileId, is_library: bool) {
        let phase = tree
            .items
            .iter()
            .find(|item| matches!(item.kind, ItemKind::Phase(_)));
        if file == self.root && is_library {
            // A `plan` line that does not parse has been reported.
            let faulty = self.report.errors() > 0;
            if let Some(phase) = phase.filter(|_| !faulty) {
                let start = Span::new(file, 0, 0);
                let start = tree.shebang.map_or(start, Span::after);
                let text = if tree.shebang.is_some() {
                    "\nplan \"...\"\n"
                } else {
                    "plan \"...\"\n\n"
                };
                self.report.add(
                    Diagnostic::new(Code::Misplaced, head(phase), "a phase stands in a file that is not a plan")
                        .here("phases belong to plans")
                        .help("a file without a `plan \"title\"` line is a library for `use`; if this is the plan itself, start it with that line")
                        .fix(Applicability::Unsafe, "start the file with `plan`", start, text),
                );
            }
            return;
        }
        if file != self.root
            && load::header(tree).is_none()
            && let Some(phase) = phase
        {
            self.report.add(
                Diagnostic::new(Code::Misplaced, head(phase), "a library cannot have phases")
                    .here("this file is imported with `use`")
                    .help("make it a `template`, and say `do NAME` in a phase of the plan"),
            );
        }
    }

    fn item(&mut self, item: &'a Item, file: FileId, loaded: &'a Loaded) {
        match &item.kind {
            ItemKind::Plan(header) => self.header(header, item),
            ItemKind::Use(_) => {}
            ItemKind::Param(param) => self.param(param, item, file),
            ItemKind::Let(constant) => {
                if self.value(&constant.name, file, "let") {
                    self.names.constants.push((file, Constant::Let(constant)));
                }
            }
            ItemKind::Secret { name } => self.secret(name, file),
            ItemKind::Protect { refs } => self.names.protected.extend(refs),
            ItemKind::Environment(ast) => {
                self.table(|n| &mut n.environments, "environment", ast, &ast.name, item, file);
            }
            ItemKind::Channel(ast) => self.table(|n| &mut n.channels, "channel", ast, &ast.name, item, file),
            ItemKind::Window(ast) => self.table(|n| &mut n.windows, "window", ast, &ast.name, item, file),
            ItemKind::Gate(ast) => self.table(|n| &mut n.gates, "gate", ast, &ast.name, item, file),
            ItemKind::Template(ast) => {
                self.table(|n| &mut n.templates, "template", ast, &ast.name, item, file);
            }
            ItemKind::Phase(ast) => self.table(|n| &mut n.phases, "phase", ast, &ast.name, item, file),
            ItemKind::Error => self.broken(item, file, loaded),
        }
    }

    fn header(&mut self, header: &'a ast::PlanHeader, item: &'a Item) {
        if let Some((_, first)) = self.names.header {
            self.report.add(
                Diagnostic::new(
                    Code::DuplicateProperty,
                    head(item),
                    "the file has two `plan` lines",
                )
                .here("the second")
                .label(head(first), "the first")
                .help("a file is one plan; move the other into a file of its own"),
            );
            return;
        }
        self.names.header = Some((header, item));
    }

    fn param(&mut self, param: &'a ast::Param, item: &'a Item, file: FileId) {
        if file != self.root {
            self.report.add(
                Diagnostic::new(Code::Misplaced, item.span, "a library cannot have params")
                    .here("only the plan is set from outside")
                    .help("give the gate or template that needs the value a parameter of its own, or use `let` for a constant"),
            );
        }
        if self.value(&param.name, file, "param") {
            self.names
                .constants
                .push((file, Constant::Param(param, &item.docs)));
        }
    }

    /// Notes the name of a param or let; whether it is the first of its name.
    fn value(&mut self, name: &'a Ident, file: FileId, kind: &str) -> bool {
        check_value_name(name, kind, self.report);
        if let Some(first) = self.values.get(&(file, name.name.as_str())) {
            self.report
                .add(duplicate(&format!("`{}`", name.name), name.span, *first));
            return false;
        }
        self.values.insert((file, &name.name), name.span);
        true
    }

    fn secret(&mut self, name: &'a Ident, _file: FileId) {
        let shaped = name.name.starts_with(|c: char| c.is_ascii_uppercase())
            && name
                .name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if !shaped {
            let upper = name.name.to_ascii_uppercase().replace('-', "_");
            self.report.add(
                Diagnostic::new(
                    Code::BadName,
                    name.span,
                    format!("`{}` cannot name a secret", name.name),
                )
                .here("capitals, digits and `_`, a capital first")
                .help("a secret is the environment variable of that name")
                .fix(
                    Applicability::Unsafe,
                    format!("name it `{upper}`"),
                    name.span,
                    upper,
                ),
            );
        }
        // Two libraries may need the same secret; it is one variable all the same.
        match self.names.secrets.get(name.name.as_str()) {
            Some(first) if first.file == name.span.file => {
                let first = *first;
                self.report
                    .add(duplicate(&format!("secret `{}`", name.name), name.span, first));
            }
            Some(first) if first.file.0 == 0 => {}
            Some(_) | None => {
                self.names.secrets.insert(&name.name, name.span);
            }
        }
    }

    fn table<T>(
        &mut self,
        table: impl for<'n> Fn(&'n mut Names<'a>) -> &'n mut Table<'a, T>,
        kind: &str,
        ast: &'a T,
        name: &'a Ident,
        item: &'a Item,
        file: FileId,
    ) {
        check_name(name, kind, self.report);
        let declared = Declared {
            ast: Some(ast),
            name: name.span,
            docs: &item.docs,
            file,
        };
        if let Some(first) = table(&mut self.names).get(name.name.as_str()) {
            let first = first.name;
            self.report
                .add(duplicate(&format!("{kind} `{}`", name.name), name.span, first));
            return;
        }
        table(&mut self.names).insert(&name.name, declared);
    }

    /// A declaration that did not parse still declares its name, so that uses of it are not reported.
    fn broken(&mut self, item: &'a Item, file: FileId, loaded: &'a Loaded) {
        for line in loaded.sources.slice(item.span).lines() {
            self.broken_line(line, item.span, file);
        }
    }

    fn broken_line(&mut self, line: &'a str, span: Span, file: FileId) {
        let mut words = line.split_whitespace();
        let (Some(keyword), Some(second)) = (words.next(), words.next()) else {
            return;
        };
        let length = second
            .find(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c)))
            .unwrap_or(second.len());
        let name = &second[..length];
        if name.is_empty() {
            return;
        }
        let names = &mut self.names;
        match keyword {
            "environment" => note(&mut names.environments, name, span, file),
            "channel" => note(&mut names.channels, name, span, file),
            "window" => note(&mut names.windows, name, span, file),
            "gate" => note(&mut names.gates, name, span, file),
            "template" => note(&mut names.templates, name, span, file),
            "phase" => note(&mut names.phases, name, span, file),
            "param" | "let" => names.broken_constants.push((file, name, span)),
            "secret" => {
                names.secrets.entry(name).or_insert(span);
            }
            _ => {}
        }
    }

    /// Gates defined on the spot share the namespace of declared ones: their names are unique in a
    /// plan. Only their names are kept: they cannot be used elsewhere.
    fn inline_gates(&mut self, loaded: &'a Loaded) {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for file in &loaded.order {
            for item in &loaded.files[file.0 as usize].items {
                let steps: &[ast::Step] = match &item.kind {
                    ItemKind::Phase(phase) => &phase.steps,
                    ItemKind::Template(template) => &template.steps,
                    _ => continue,
                };
                let mut open: Vec<&'a ast::Step> = steps.iter().rev().collect();
                if let ItemKind::Phase(phase) = &item.kind {
                    for rollback in &phase.rollbacks {
                        if let ast::RollbackKind::Steps { steps } = &rollback.kind {
                            open.extend(steps.iter().rev());
                        }
                    }
                }
                while let Some(step) = open.pop() {
                    match &step.kind {
                        ast::StepKind::InlineGate { name, .. } => {
                            check_name(name, "gate", self.report);
                            let declared = self.names.gates.get(name.name.as_str()).map(|gate| gate.name);
                            if let Some(first) = declared.or_else(|| seen.get(name.name.as_str()).copied()) {
                                let again = duplicate(&format!("gate `{}`", name.name), name.span, first);
                                self.report.add(again.help("`gate NAME { ... }` defines a gate and places it; to place a declared one, leave its block away"));
                            } else {
                                seen.insert(&name.name, name.span);
                            }
                        }
                        ast::StepKind::When { then, otherwise, .. } => {
                            open.extend(then);
                            open.extend(otherwise.iter().flatten());
                        }
                        ast::StepKind::For { steps, .. } | ast::StepKind::Try { steps, .. } => {
                            open.extend(steps);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

fn note<'a, T>(table: &mut Table<'a, T>, name: &'a str, span: Span, file: FileId) {
    table.entry(name).or_insert(Declared {
        ast: None,
        name: span,
        docs: &[],
        file,
    });
}

/// Where a declaration begins: its first line at most.
fn head(item: &Item) -> Span {
    match &item.kind {
        ItemKind::Phase(phase) => item.span.before().to(phase.name.span),
        ItemKind::Plan(header) => item.span.before().to(header.title.span),
        _ => item.span,
    }
}

fn duplicate(what: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateName, second, format!("{what} is declared twice"))
        .here("declared again here")
        .label(first, "first declared here")
        .help("give one of them another name")
}

/// Names of phases, gates, templates, environments, channels: `[a-z_][a-z0-9_-]*`.
fn check_name(name: &Ident, kind: &str, report: &mut Report) {
    let good = name
        .name
        .starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    if !good {
        report.add(
            Diagnostic::new(
                Code::BadName,
                name.span,
                format!("`{}` cannot name a {kind}", name.name),
            )
            .here("small letters, digits, `-` and `_`, a letter first")
            .help(format!("by custom in kebab-case: `{}`", kebab(&name.name))),
        );
    }
}

/// Names of params, lets, arguments and loop variables: `[a-z_][a-z0-9_]*`, none of rel's own.
pub(super) fn check_value_name(name: &Ident, kind: &str, report: &mut Report) {
    let good = name
        .name
        .starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !good {
        let snake = kebab(&name.name).replace('-', "_");
        report.add(
            Diagnostic::new(
                Code::BadName,
                name.span,
                format!("`{}` cannot name a {kind}", name.name),
            )
            .here("small letters, digits and `_`, a letter first")
            .help(format!(
                "values are named in snake_case, so that `$name-rc1` reads as `$name` and `-rc1`: `{snake}`"
            )),
        );
    } else if StepVariable::ALL
        .iter()
        .any(|variable| variable.name() == name.name)
    {
        report.add(
            Diagnostic::new(Code::ReservedName, name.span, format!("`{}` is a name of rel's own", name.name))
                .here("reserved")
                .help(format!(
                    "while a step runs, `${0}` means what rel says it means; choose another name, such as `my_{0}`",
                    name.name
                )),
        );
    }
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !kebab.is_empty() && !kebab.ends_with('-') {
            kebab.push('-');
        }
        match c {
            c if c.is_ascii_alphanumeric() => kebab.push(c.to_ascii_lowercase()),
            _ if kebab.ends_with('-') => {}
            _ => kebab.push('-'),
        }
    }
    let kebab = kebab.trim_matches('-');
    if kebab.starts_with(|c: char| c.is_ascii_lowercase()) {
        kebab.to_owned()
    } else {
        format!("x-{kebab}").trim_end_matches('-').to_owned()
    }
}
