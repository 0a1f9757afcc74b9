//! Gates: their definitions, and their uses with arguments and subject filled in.

mod arguments;
mod body;
mod expect;

pub(super) use arguments::Bound;

use super::cx::{Cx, Last};
use super::names::Declared;
use super::plan::{CheckoutSetup, DEFAULT_TIMEOUT, Gate, GateCheck, Source, Subject};
use super::suggest::closest;
use super::value::with_article;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::{Type, Value};
use crate::syntax::ast::{self, GateBody, GateDecl, GateUse, Text};
use crate::text::Span;

impl<'a> Cx<'a> {
    /// Checks every gate once for itself, its parameters having types but no values.
    pub(super) fn gate_definitions(&mut self) {
        let names = self.names;
        self.at.definition = true;
        for declared in names.gates.values() {
            let Some(gate) = declared.ast else { continue };
            let entered = self.scope.enter(declared.file);
            self.bind_unknown(&gate.params);
            if let Some(title) = &gate.title {
                self.string(title);
            }
            self.gate_body(&gate.name, &gate.body);
            self.scope.leave(&entered);
        }
        self.at.definition = false;
    }

    /// A gate that is used: declared in the plan, imported, or provided by the embedding program.
    pub(super) fn placed_gate(&mut self, used: &'a GateUse) -> Option<Gate> {
        let on = self.gate_on(used.on.as_ref());
        let names = self.names;
        let name = match &used.value {
            Some(value) => self.gate_of(value)?,
            None => used.name.name.clone(),
        };
        let Some(declared) = names.gates.get(name.as_str()) else {
            return self.host_gate(used, name, on?);
        };
        let Declared {
            ast: Some(gate),
            file,
            ..
        } = declared
        else {
            self.arguments_for_nothing(&used.args);
            return None;
        };
        let bound = self.arguments(
            &gate.params,
            &used.args,
            &format!("gate `{}`", gate.name.name),
            used.span,
            gate.name.span,
            *file,
        );
        let entered = self.scope.enter(*file);
        let display = bound
            .as_ref()
            .map(|bound| arguments::gate_display(&gate.name.name, &used.args, bound));
        let Some(bound) = bound else {
            self.scope.leave(&entered);
            return None;
        };
        self.bind_all(bound);
        self.report.enter(used.span, "expanded from here");
        let placed = self.define(gate, display.unwrap_or_default());
        self.report.leave();
        self.scope.leave(&entered);
        self.with_subject(placed?, on?, used.on.as_ref(), used.span)
    }

    /// The name of the gate that a value is; `None` where it is none, and in a template's definition, where it
    /// is not known yet.
    fn gate_of(&mut self, variable: &ast::Variable) -> Option<String> {
        let val = self.value_of(variable, "the gate to place")?;
        match val.value {
            Some(Value::Gate(name)) => Some(name),
            _ if val.ty == Type::Gate => None,
            _ => {
                let finding = Diagnostic::new(
                    Code::WrongType,
                    variable.span,
                    format!(
                        "`${}` is {}, not a gate",
                        variable.name.name,
                        with_article(&val.ty)
                    ),
                );
                self.report.add(finding.here("wanted: a gate").help(
                    "to place whichever gate is asked for, declare the parameter as one: `template ship(check: gate) { ... }`",
                ));
                None
            }
        }
    }

    /// A gate defined on the spot.
    pub(super) fn inline_gate(
        &mut self,
        name: &'a ast::Ident,
        args: Option<Span>,
        title: Option<&Text>,
        on: Option<&'a Text>,
        body: &'a GateBody,
    ) -> Option<Gate> {
        if let Some(args) = args {
            self.report.add(
                Diagnostic::new(
                    Code::Misplaced,
                    args,
                    format!("gate `{}` is given arguments and defined at once", name.name),
                )
                .here("arguments are for gates declared elsewhere")
                .label(body.span, "defined here")
                .help(format!(
                    "`gate {0} {{ ... }}` defines a gate and places it; `gate {0}(...)` uses a declared one; write the values into the block",
                    name.name
                ))
                .fix(Applicability::Unsafe, "take away the arguments", args, ""),
            );
            return None;
        }
        let subject = self.gate_on(on);
        let title = match title {
            Some(title) => Some(self.string(title)?),
            None => None,
        };
        let parts = self.gate_body(name, body)?;
        let gate = Unplaced {
            gate: parts.into_gate(name.name.clone(), name.name.clone(), title, name.span),
        };
        self.with_subject(gate, subject?, on, name.span)
    }

    fn define(&mut self, gate: &'a GateDecl, display: String) -> Option<Unplaced> {
        let title = match &gate.title {
            Some(title) => Some(self.string(title)?),
            None => None,
        };
        let parts = self.gate_body(&gate.name, &gate.body)?;
        Some(Unplaced {
            gate: parts.into_gate(gate.name.name.clone(), display, title, gate.name.span),
        })
    }

    /// What `on REF` says: `None` if faulty, `Some(None)` if absent.
    #[allow(clippy::option_option, reason = "faulty and absent are two things")]
    fn gate_on(&mut self, on: Option<&Text>) -> Option<Option<Source>> {
        match on {
            None => Some(None),
            Some(text) => self.source(text).map(Some),
        }
    }

    /// Says what a gate is about: `live`, `on REF`, or the branch the phase last wrote.
    fn with_subject(
        &mut self,
        unplaced: Unplaced,
        on: Option<Source>,
        on_text: Option<&Text>,
        used: Span,
    ) -> Option<Gate> {
        let mut gate = unplaced.gate;
        let live = gate.subject == Subject::Live;
        gate.subject = match (on, live) {
            (Some(_), true) => {
                let at = on_text.map_or(used, |text| text.span);
                self.report.add(
                    Diagnostic::new(
                        Code::Misplaced,
                        at,
                        format!("gate `{}` is `live` and placed on a ref", gate.name),
                    )
                    .here("a `live` gate asks the running system, and no tree")
                    .label(gate.span, "the gate says `live`")
                    .help("take away `on ...` here, or `live` there"),
                );
                return None;
            }
            (None, true) => Subject::Live,
            (Some(source), false) => Subject::Source(source),
            (None, false) => Subject::Source(self.default_subject(used, &format!("gate `{}`", gate.name))?),
        };
        Some(gate)
    }

    /// The branch the phase last wrote, for a gate or command that says nothing else.
    pub(super) fn default_subject(&mut self, span: Span, what: &str) -> Option<Source> {
        match self.at.last.clone() {
            Last::Branch(text) => Some(Source { text, span }),
            Last::Unclear => None,
            Last::Nothing if self.at.definition => Some(Source {
                text: "HEAD".to_owned(),
                span,
            }),
            Last::Nothing => {
                self.report.add(
                    Diagnostic::new(Code::GateWithoutSubject, span, format!("{what} has nothing to run on"))
                        .here("no branch was written in this phase before")
                        .help(format!(
                            "say which: `on main` for a ref, in whose checkout it runs; `live` in its block if it is about the running system; or place it behind the merge or commit it is about. {}",
                            "The default is the branch that the phase wrote last."
                        )),
                );
                None
            }
        }
    }

    fn host_gate(&mut self, used: &'a GateUse, name: String, on: Option<Source>) -> Option<Gate> {
        let input = self.input;
        let Some(params) = input.host_gates.gates.get(&name) else {
            self.arguments_for_nothing(&used.args);
            self.unknown_gate(&used.name);
            return None;
        };
        let arguments = self.host_arguments(params, &used.args, &used.name)?;
        let shown: Vec<String> = arguments
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let display = if shown.is_empty() {
            name.clone()
        } else {
            format!("{name}({})", shown.join(", "))
        };
        // A host's gate cannot say `live`: without a tree to look at, that is what it is.
        let subject = match (on, self.at.last.clone()) {
            (Some(source), _) => Subject::Source(source),
            (None, Last::Branch(text)) => Subject::Source(Source {
                text,
                span: used.span,
            }),
            (None, Last::Nothing | Last::Unclear) => Subject::Live,
        };
        Some(Gate {
            name,
            display,
            title: None,
            check: GateCheck::Host { arguments },
            subject,
            timeout: DEFAULT_TIMEOUT,
            retry: None,
            advisory: false,
            help: None,
            checkout: CheckoutSetup::default(),
            span: used.span,
        })
    }

    fn unknown_gate(&mut self, name: &ast::Ident) {
        let names = self.names;
        if closest(&name.name, names.gates.keys().copied()).is_none()
            && let Some(library) = library_with_gate(&name.name)
        {
            self.report.add(
                Diagnostic::new(
                    Code::UnknownName,
                    name.span,
                    format!("there is no gate `{}`", name.name),
                )
                .here("not declared")
                .help(format!(
                    "`std/{library}` has one: add `use std/{library}` at the top"
                )),
            );
            return;
        }
        let known: Vec<&str> = names.gates.keys().copied().collect();
        let declare = format!(
            "declare it, `gate {0} {{ run \"...\" }}`, or give it a block right here",
            name.name
        );
        self.unknown_name("gate", &name.name, name.span, known, &declare);
    }
}

/// A gate without its subject, but for `live`, which its block says.
struct Unplaced {
    gate: Gate,
}

fn library_with_gate(name: &str) -> Option<&'static str> {
    crate::stdlib::names().find(|library| {
        crate::stdlib::library(library).is_some_and(|text| {
            text.lines().any(|line| {
                line.strip_prefix("gate ").is_some_and(|rest| {
                    let end = rest.find([' ', '(']).unwrap_or(rest.len());
                    &rest[..end] == name
                })
            })
        })
    })
}
