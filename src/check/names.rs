//! What the files declare: one namespace per kind, names of the right shape, nothing twice.

use indexmap::IndexMap;

use super::load::Loaded;
use super::report::Report;
use crate::check::StepVariable;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{
    Channel, Environment, GateDecl, Ident, Item, ItemKind, Let, Param, Phase, PlanHeader, Template, Text,
    Window,
};
use crate::text::Span;

/// Declarations of one kind by name.
pub(super) type Names<'p, T> = IndexMap<&'p str, (&'p T, &'p Item)>;

/// Everything that is declared, imports first.
#[derive(Default)]
pub(super) struct Declared<'p> {
    pub(super) plan: Option<(&'p PlanHeader, &'p Item)>,
    pub(super) params: Names<'p, Param>,
    pub(super) lets: Names<'p, Let>,
    pub(super) secrets: IndexMap<&'p str, Span>,
    pub(super) protected: Vec<&'p Text>,
    pub(super) environments: Names<'p, Environment>,
    pub(super) channels: Names<'p, Channel>,
    pub(super) windows: Names<'p, Window>,
    pub(super) gates: Names<'p, GateDecl>,
    pub(super) templates: Names<'p, Template>,
    pub(super) phases: Names<'p, Phase>,
}

/// What names of a kind look like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Kebab,
    Snake,
    Upper,
}

pub(super) fn collect<'p>(loaded: &'p Loaded, report: &mut Report) -> Declared<'p> {
    let mut declared = Declared::default();
    // Imported files first, so that a clash is reported at the plan's own declaration.
    let order = (1..loaded.files.len()).chain([0]);
    for index in order {
        for item in &loaded.files[index].items {
            declare(&mut declared, item, index > 0, report);
        }
    }
    declared
}

fn declare<'p>(declared: &mut Declared<'p>, item: &'p Item, imported: bool, report: &mut Report) {
    match &item.kind {
        ItemKind::Plan(header) => {
            if imported {
                let diagnostic = Diagnostic::new(
                    Code::Misplaced,
                    item.span,
                    "a file that is used by another is a plan itself",
                )
                .here("`plan` makes it one")
                .help("move what both need into a file without `plan`");
                report.add(diagnostic);
            } else if let Some((_, first)) = declared.plan {
                let diagnostic = Diagnostic::new(
                    Code::DuplicateName,
                    item.span,
                    "a file is one plan, and this one says `plan` twice",
                )
                .here("the second one")
                .label(first.span, "the first one");
                report.add(diagnostic);
            } else {
                declared.plan = Some((header, item));
            }
        }
        ItemKind::Param(param) => enter(
            &mut declared.params,
            "param",
            &param.name,
            param,
            item,
            Shape::Snake,
            report,
        ),
        ItemKind::Let(value) => {
            if let Some((first, _)) = declared.params.get(value.name.name.as_str()) {
                twice("let", &value.name, first.name.span, report);
            }
            enter(
                &mut declared.lets,
                "let",
                &value.name,
                value,
                item,
                Shape::Snake,
                report,
            );
        }
        ItemKind::Secret { name } => {
            shape("secret", name, Shape::Upper, report);
            declared.secrets.insert(&name.name, name.span);
        }
        ItemKind::Protect { refs } => declared.protected.extend(refs),
        ItemKind::Environment(environment) => {
            enter(
                &mut declared.environments,
                "environment",
                &environment.name,
                environment,
                item,
                Shape::Kebab,
                report,
            );
        }
        ItemKind::Channel(channel) => {
            enter(
                &mut declared.channels,
                "channel",
                &channel.name,
                channel,
                item,
                Shape::Kebab,
                report,
            );
        }
        ItemKind::Window(window) => {
            enter(
                &mut declared.windows,
                "window",
                &window.name,
                window,
                item,
                Shape::Kebab,
                report,
            );
        }
        ItemKind::Gate(gate) => enter(
            &mut declared.gates,
            "gate",
            &gate.name,
            gate,
            item,
            Shape::Kebab,
            report,
        ),
        ItemKind::Template(template) => {
            enter(
                &mut declared.templates,
                "template",
                &template.name,
                template,
                item,
                Shape::Kebab,
                report,
            );
        }
        ItemKind::Phase(phase) => {
            if imported {
                let diagnostic =
                    Diagnostic::new(Code::Misplaced, phase.name.span, "a library declares no phases")
                        .here("only a plan has phases")
                        .help("make it a `template`, and call it with `do` in a phase of the plan");
                report.add(diagnostic);
                return;
            }
            enter(
                &mut declared.phases,
                "phase",
                &phase.name,
                phase,
                item,
                Shape::Kebab,
                report,
            );
        }
        ItemKind::Use(_) | ItemKind::Error => {}
    }
}

fn enter<'p, T>(
    names: &mut Names<'p, T>,
    kind: &str,
    name: &'p Ident,
    value: &'p T,
    item: &'p Item,
    wanted: Shape,
    report: &mut Report,
) where
    T: Named,
{
    shape(kind, name, wanted, report);
    if let Some((first, _)) = names.get(name.name.as_str()) {
        twice(kind, name, first.ident().span, report);
        return;
    }
    names.insert(&name.name, (value, item));
}

/// A declaration that has a name.
trait Named {
    fn ident(&self) -> &Ident;
}

macro_rules! named {
    ($($kind:ty),*) => { $(impl Named for $kind { fn ident(&self) -> &Ident { &self.name } })* };
}

named!(
    Param,
    Let,
    Environment,
    Channel,
    Window,
    GateDecl,
    Template,
    Phase
);

fn twice(kind: &str, name: &Ident, first: Span, report: &mut Report) {
    let diagnostic = Diagnostic::new(
        Code::DuplicateName,
        name.span,
        format!("`{}` is declared twice", name.name),
    )
    .here(format!("this {kind} has the name again"))
    .label(first, "declared first here")
    .help("give one of them another name");
    report.add(diagnostic);
}

/// Whether a name has the characters of its kind, and is not one that rel defines itself.
fn shape(kind: &str, name: &Ident, wanted: Shape, report: &mut Report) {
    let text = name.name.as_str();
    let first = |c: char| {
        if wanted == Shape::Upper {
            c.is_ascii_uppercase()
        } else {
            c.is_ascii_lowercase() || c == '_'
        }
    };
    let other = |c: char| match wanted {
        Shape::Kebab => c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-',
        Shape::Snake => c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_',
        Shape::Upper => c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_',
    };
    let good = text.starts_with(first) && text.chars().all(other);
    if !good {
        let (form, better) = match wanted {
            Shape::Kebab => (
                "lower-case letters, digits, `-` and `_`",
                text.to_lowercase().replace(['.', '/'], "-"),
            ),
            Shape::Snake => (
                "lower-case letters, digits and `_`",
                text.to_lowercase().replace(['-', '.'], "_"),
            ),
            Shape::Upper => (
                "upper-case letters, digits and `_`",
                text.to_uppercase().replace(['-', '.'], "_"),
            ),
        };
        let diagnostic = Diagnostic::new(
            Code::BadName,
            name.span,
            format!("`{text}` is no name for a {kind}"),
        )
        .here(format!("wanted: {form}"))
        .help(format!("`{better}` would do"));
        report.add(diagnostic);
    } else if wanted == Shape::Snake && StepVariable::ALL.iter().any(|variable| variable.name() == text) {
        let diagnostic = Diagnostic::new(
            Code::ReservedName,
            name.span,
            format!("`${text}` has a meaning of its own in commands"),
        )
        .here("rel defines this variable itself")
        .help(format!("choose another name, such as `{text}_name`"));
        report.add(diagnostic);
    }
}
