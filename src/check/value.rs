//! Expressions: typed by what is expected, evaluated as far as params are known.

use super::phase::Checker;
use super::suggest::{closest, listed};
use super::words::Allowed;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::{Duration, Number, Percent, RefName, Size, Type, Value, Version};
use crate::syntax::ast::{
    Arg, BinaryOp, Expr, ExprKind, LiteralKind, Param, Text, TextForm, TextPart, TypeExpr, TypeKind, Variable,
};
use crate::text::Span;

/// A typed expression; its value where it is known. Faulty ones are `None` and have been reported.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) ty: Type,
    pub(super) value: Option<Value>,
}

const TYPES: [&str; 14] = [
    "string",
    "int",
    "number",
    "bool",
    "percent",
    "duration",
    "size",
    "version",
    "path",
    "branch",
    "tag",
    "commit",
    "environment",
    "gate",
];

const FIELDS: [&str; 9] = [
    "major",
    "minor",
    "patch",
    "pre",
    "release",
    "next_patch",
    "next_minor",
    "next_major",
    "is_prerelease",
];

impl Checker<'_> {
    pub(super) fn type_of(&mut self, written: &TypeExpr) -> Option<Type> {
        match &written.kind {
            TypeKind::List { of } => Some(Type::List(Box::new(self.type_of(of)?))),
            TypeKind::Enum { members } => Some(Type::Enum(
                members.iter().map(|member| member.name.clone()).collect(),
            )),
            TypeKind::Name { name } => {
                let found = match name.as_str() {
                    "string" => Type::String,
                    "int" => Type::Int,
                    "number" => Type::Number,
                    "bool" => Type::Bool,
                    "percent" => Type::Percent,
                    "duration" => Type::Duration,
                    "size" => Type::Size,
                    "version" => Type::Version,
                    "path" => Type::Path,
                    "branch" => Type::Branch,
                    "tag" => Type::Tag,
                    "commit" => Type::Commit,
                    "environment" => Type::Environment,
                    "gate" => Type::Gate,
                    _ => {
                        let mut diagnostic = Diagnostic::new(
                            Code::UnknownName,
                            written.span,
                            format!("there is no type `{name}`"),
                        )
                        .here("not a type")
                        .help(format!(
                            "the types are {}, list<T>, and enumerations such as `a | b`",
                            TYPES.join(", ")
                        ));
                        if let Some(better) = closest(name, TYPES) {
                            diagnostic = diagnostic.fix(
                                Applicability::Unsafe,
                                format!("write `{better}`"),
                                written.span,
                                better,
                            );
                        }
                        self.report.add(diagnostic);
                        return None;
                    }
                };
                Some(found)
            }
        }
    }

    /// Evaluates with a type in mind; converts where the language does.
    pub(super) fn want(&mut self, expr: &Expr, expected: &Type) -> Option<Typed> {
        let typed = self.eval(expr, Some(expected))?;
        self.convert(typed, expected, expr.span)
    }

    /// The known value, or a stand-in of that type where it is not known yet.
    pub(super) fn wanted<T>(
        &mut self,
        expr: &Expr,
        expected: &Type,
        take: impl Fn(&Value) -> Option<T>,
        stand_in: T,
    ) -> Option<T> {
        let typed = self.want(expr, expected)?;
        match &typed.value {
            Some(value) => take(value),
            None => Some(stand_in),
        }
    }

    fn convert(&mut self, typed: Typed, expected: &Type, span: Span) -> Option<Typed> {
        if fits(&typed.ty, expected) {
            return Some(Typed {
                ty: expected.clone(),
                ..typed
            });
        }
        let value = match (&typed.ty, expected) {
            (Type::Int, Type::Number) => typed.value.and_then(|value| match value {
                #[allow(clippy::cast_precision_loss, reason = "a whole number becomes a decimal one")]
                Value::Int(n) => Number::new(n as f64).map(Value::Number),
                _ => None,
            }),
            (Type::List(_), _) | (_, Type::List(_)) => return self.mismatch(&typed.ty, expected, span),
            (_, Type::String) => typed.value.map(|value| Value::String(value.to_string())),
            (Type::Branch | Type::Tag | Type::Commit | Type::Version | Type::String, Type::Commit) => {
                typed.value.map(|value| Value::Commit(value.to_string()))
            }
            (Type::String | Type::Version, Type::Branch | Type::Tag) => match typed.value {
                Some(value) => Some(self.ref_value(&value.to_string(), expected, span)?),
                None => None,
            },
            (Type::String, Type::Path) => typed.value.map(|value| Value::Path(value.to_string())),
            _ => return self.mismatch(&typed.ty, expected, span),
        };
        Some(Typed {
            ty: expected.clone(),
            value,
        })
    }

    fn mismatch(&mut self, found: &Type, expected: &Type, span: Span) -> Option<Typed> {
        let units = |ty: &Type| {
            matches!(
                ty,
                Type::Percent | Type::Duration | Type::Size | Type::Int | Type::Number
            )
        };
        let code = if units(found) && units(expected) {
            Code::WrongUnit
        } else {
            Code::WrongType
        };
        let diagnostic = Diagnostic::new(
            code,
            span,
            format!("this is a {}, and a {} is wanted", name(found), name(expected)),
        )
        .here(format!("a {}", name(found)))
        .help(example(expected));
        self.report.add(diagnostic);
        None
    }

    pub(super) fn eval(&mut self, expr: &Expr, expected: Option<&Type>) -> Option<Typed> {
        match &expr.kind {
            ExprKind::Literal { kind, text } => self.literal(*kind, text, expected, expr.span),
            ExprKind::Text { text } => self.text_value(text, expected),
            ExprKind::Variable { variable } => self.variable_value(variable),
            ExprKind::List { items } => self.list(items, expected, expr.span),
            ExprKind::Typed { ty, text } => {
                let ty = match ty.name.as_str() {
                    "branch" => Type::Branch,
                    "tag" => Type::Tag,
                    "commit" => Type::Commit,
                    "version" => Type::Version,
                    _ => Type::Path,
                };
                self.text_value(text, Some(&ty))
            }
            ExprKind::Not { operand } => {
                let typed = self.want(operand, &Type::Bool)?;
                let value = typed.value.map(|value| Value::Bool(value == Value::Bool(false)));
                Some(Typed {
                    ty: Type::Bool,
                    value,
                })
            }
            ExprKind::Binary {
                op,
                op_span,
                left,
                right,
            } => self.binary(*op, *op_span, left, right),
            ExprKind::Error => None,
        }
    }

    fn literal(
        &mut self,
        kind: LiteralKind,
        text: &str,
        expected: Option<&Type>,
        span: Span,
    ) -> Option<Typed> {
        match expected {
            Some(ty @ (Type::Version | Type::Branch | Type::Tag | Type::Commit | Type::Path)) => {
                return self.read(text, ty, span);
            }
            Some(Type::Enum(members)) if members.iter().any(|member| member == text) => {
                return Some(Typed {
                    ty: Type::Enum(members.clone()),
                    value: Some(Value::Enum(text.to_owned())),
                });
            }
            _ => {}
        }
        let (ty, value) = match kind {
            LiteralKind::Int => (Type::Int, text.parse().ok().map(Value::Int)),
            LiteralKind::Number => (Type::Number, Number::parse(text).map(Value::Number)),
            LiteralKind::Bool => (Type::Bool, Some(Value::Bool(text == "true"))),
            LiteralKind::Percent => (Type::Percent, Percent::parse(text).map(Value::Percent)),
            LiteralKind::Duration => (Type::Duration, Duration::parse(text).map(Value::Duration)),
            LiteralKind::Size => (Type::Size, Size::parse(text).map(Value::Size)),
        };
        if value.is_none() {
            let help = if kind == LiteralKind::Duration {
                "units go from large to small, each once: `1h30m`"
            } else {
                "write a smaller number"
            };
            let diagnostic = Diagnostic::new(
                Code::OutOfRange,
                span,
                format!("`{text}` is no {} that rel can hold", name(&ty)),
            )
            .here("cannot be read")
            .help(help);
            self.report.add(diagnostic);
            return None;
        }
        Some(Typed { ty, value })
    }

    /// A string or a bare word, read as the expected type says.
    fn text_value(&mut self, text: &Text, expected: Option<&Type>) -> Option<Typed> {
        let bare = text.form == TextForm::Bare;
        let Some(ty) = expected else {
            if !bare {
                let (value, known) = self.string(text, Allowed::NONE)?;
                return Some(Typed {
                    ty: Type::String,
                    value: known.then_some(Value::String(value)),
                });
            }
            return self.bare_word(text);
        };
        let (value, known) = self.string(text, Allowed::NONE)?;
        if !known {
            let ty = if *ty == Type::String {
                Type::String
            } else {
                ty.clone()
            };
            return Some(Typed { ty, value: None });
        }
        match ty {
            Type::String if !bare => Some(Typed {
                ty: Type::String,
                value: Some(Value::String(value)),
            }),
            Type::String => self.bare_string(&value, text.span),
            _ if bare || ref_like(ty) => self.read(&value, ty, text.span),
            _ => Some(Typed {
                ty: Type::String,
                value: Some(Value::String(value)),
            }),
        }
    }

    fn bare_word(&mut self, text: &Text) -> Option<Typed> {
        let word = self.source(text.span).to_owned();
        if let Some(version) = Version::parse(&word) {
            return Some(Typed {
                ty: Type::Version,
                value: Some(Value::Version(version)),
            });
        }
        self.bare_string(&word, text.span)
    }

    /// A bare word where a string or any value is wanted: never a variable.
    fn bare_string(&mut self, word: &str, span: Span) -> Option<Typed> {
        let mut diagnostic = Diagnostic::new(
            Code::BareWord,
            span,
            format!("`{word}` is a bare word, and nothing says what it means"),
        )
        .here("neither a string nor a variable");
        if self.scopes.find(word).is_some() {
            diagnostic = diagnostic
                .help(format!("`{word}` is declared: its value is `${word}`"))
                .fix(
                    Applicability::Unsafe,
                    "use the variable",
                    span,
                    format!("${word}"),
                );
        } else {
            diagnostic = diagnostic
                .help(format!(
                    "a text wants quotes: \"{word}\"; a ref says its type: `branch {word}`"
                ))
                .fix(Applicability::Unsafe, "quote it", span, format!("\"{word}\""));
        }
        self.report.add(diagnostic);
        None
    }

    /// Reads a text as a value of a type.
    pub(super) fn read(&mut self, text: &str, ty: &Type, span: Span) -> Option<Typed> {
        let value = match ty {
            Type::String => Some(Value::String(text.to_owned())),
            Type::Int => text.parse().ok().map(Value::Int),
            Type::Number => Number::parse(text).map(Value::Number),
            Type::Bool => text.parse().ok().map(Value::Bool),
            Type::Percent => Percent::parse(text).map(Value::Percent),
            Type::Duration => Duration::parse(text).map(Value::Duration),
            Type::Size => Size::parse(text).map(Value::Size),
            Type::Commit => (!text.is_empty()).then(|| Value::Commit(text.to_owned())),
            Type::Path => return self.path_value(text, span),
            Type::Version => {
                let version = Version::parse(text);
                if version.is_none() {
                    let diagnostic = Diagnostic::new(Code::BadVersion, span, format!("`{text}` is no version"))
                        .here("cannot be read as one")
                        .help("versions look like `4.5.2`, `1.0.0-rc.1`, `1.5.1rc1` or `2026.11.1`, with or without `v`");
                    self.report.add(diagnostic);
                    return None;
                }
                version.map(Value::Version)
            }
            Type::Branch | Type::Tag => {
                return Some(Typed {
                    ty: ty.clone(),
                    value: Some(self.ref_value(text, ty, span)?),
                });
            }
            Type::Environment => return self.declared(text, ty, span),
            Type::Gate => return self.declared(text, ty, span),
            Type::Enum(members) => {
                if !members.iter().any(|member| member == text) {
                    return self.no_member(text, members, span);
                }
                Some(Value::Enum(text.to_owned()))
            }
            Type::List(_) => None,
        };
        if value.is_none() {
            let diagnostic = Diagnostic::new(Code::WrongType, span, format!("`{text}` is no {}", name(ty)))
                .here(format!("a {} is wanted", name(ty)))
                .help(example(ty));
            self.report.add(diagnostic);
            return None;
        }
        Some(Typed {
            ty: ty.clone(),
            value,
        })
    }

    fn no_member(&mut self, text: &str, members: &[String], span: Span) -> Option<Typed> {
        let names = members.iter().map(String::as_str);
        let mut diagnostic = Diagnostic::new(
            Code::WrongType,
            span,
            format!("`{text}` is none of {}", listed(names.clone())),
        )
        .here("not a member of the enumeration")
        .help(format!("it may be {}", listed(names.clone())));
        if let Some(better) = closest(text, names) {
            diagnostic = diagnostic.fix(Applicability::Unsafe, format!("write `{better}`"), span, better);
        }
        self.report.add(diagnostic);
        None
    }

    fn declared(&mut self, text: &str, ty: &Type, span: Span) -> Option<Typed> {
        let known: Vec<&str> = if *ty == Type::Gate {
            self.declared
                .gates
                .keys()
                .copied()
                .chain(self.input.host_gates.gates.keys().map(String::as_str))
                .collect()
        } else {
            self.declared.environments.keys().copied().collect()
        };
        if !known.contains(&text) {
            self.unknown(name(ty).as_str(), text, &known, span);
            return None;
        }
        let value = if *ty == Type::Gate {
            Value::Gate(text.to_owned())
        } else {
            Value::Environment(text.to_owned())
        };
        Some(Typed {
            ty: ty.clone(),
            value: Some(value),
        })
    }

    /// Reports a name that nothing declares.
    pub(super) fn unknown(&mut self, kind: &str, wrong: &str, known: &[&str], span: Span) {
        let mut diagnostic =
            Diagnostic::new(Code::UnknownName, span, format!("there is no {kind} `{wrong}`"));
        if let Some(better) = closest(wrong, known.iter().copied()) {
            diagnostic = diagnostic.here(format!("did you mean `{better}`?")).fix(
                Applicability::Unsafe,
                format!("write `{better}`"),
                span,
                better,
            );
        } else {
            diagnostic = diagnostic.here("declared nowhere");
        }
        diagnostic = match known {
            [] => diagnostic.help(format!("the plan declares no {kind}; declare one at the top of the file, or `use` a library that does")),
            _ => diagnostic.help(format!("there is {}", listed(known.iter().copied()))),
        };
        self.report.add(diagnostic);
    }

    fn ref_value(&mut self, text: &str, ty: &Type, span: Span) -> Option<Value> {
        let name = self.ref_name(text, span)?;
        Some(if *ty == Type::Tag {
            Value::Tag(name)
        } else {
            Value::Branch(name)
        })
    }

    /// A ref name that git accepts.
    pub(super) fn ref_name(&mut self, text: &str, span: Span) -> Option<RefName> {
        match RefName::parse(text) {
            Ok(name) => Some(name),
            Err(error) => {
                let diagnostic = Diagnostic::new(
                    Code::BadRef,
                    span,
                    format!("`{text}` is no valid name for a branch or tag: it {error}"),
                )
                .here("git refuses this name")
                .help("the rules are in `git help check-ref-format`");
                self.report.add(diagnostic);
                None
            }
        }
    }

    fn path_value(&mut self, text: &str, span: Span) -> Option<Typed> {
        self.path(text, span).map(|path| Typed {
            ty: Type::Path,
            value: Some(Value::Path(path)),
        })
    }

    fn list(&mut self, items: &[Expr], expected: Option<&Type>, span: Span) -> Option<Typed> {
        let mut of = match expected {
            Some(Type::List(of)) => Some((**of).clone()),
            Some(other) => {
                let other = other.clone();
                return self.mismatch(&Type::List(Box::new(Type::String)), &other, span);
            }
            None => None,
        };
        let mut values = Vec::new();
        let (mut known, mut sound) = (true, true);
        for item in items {
            let typed = match &of {
                Some(of) => {
                    let of = of.clone();
                    self.want(item, &of)
                }
                None => self.eval(item, None),
            };
            let Some(typed) = typed else {
                sound = false;
                continue;
            };
            of.get_or_insert_with(|| typed.ty.clone());
            known &= typed.value.is_some();
            values.extend(typed.value);
        }
        let ty = Type::List(Box::new(of.unwrap_or(Type::String)));
        sound.then(|| Typed {
            ty,
            value: known.then_some(Value::List(values)),
        })
    }

    pub(super) fn variable_value(&mut self, variable: &Variable) -> Option<Typed> {
        let wanted = variable.name.name.as_str();
        if self.declared.secrets.contains_key(wanted) {
            self.secret_in_string(wanted, variable.span);
            return None;
        }
        let Some(bound) = self.scopes.find(wanted) else {
            if crate::check::StepVariable::ALL
                .iter()
                .any(|known| known.name() == wanted)
            {
                let diagnostic = Diagnostic::new(Code::VariableOutOfPlace, variable.span, format!("`${wanted}` has no value here"))
                    .here("only commands see it, while a step runs")
                    .help("`$ref $previous $weight` stand in the commands of an environment, `$message` in a channel, `$commit $branch $phase $run` in every command");
                self.report.add(diagnostic);
                return None;
            }
            let known: Vec<String> = self.scopes.visible().map(|(name, _)| name.to_owned()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.unknown("param, let or argument", wanted, &known, variable.name.span);
            return None;
        };
        let typed = Typed {
            ty: bound.ty.clone()?,
            value: bound.value.clone(),
        };
        match &variable.field {
            None => Some(typed),
            Some(field) => self.field(&typed, &field.name, field.span),
        }
    }

    fn field(&mut self, typed: &Typed, field: &str, span: Span) -> Option<Typed> {
        if typed.ty != Type::Version || !FIELDS.contains(&field) {
            let message = if typed.ty == Type::Version {
                format!("a version has no field `{field}`")
            } else {
                format!("a {} has no fields", name(&typed.ty))
            };
            let mut diagnostic = Diagnostic::new(Code::UnknownField, span, message)
                .here("no such field")
                .help(format!("a version has {}", listed(FIELDS)));
            if let Some(better) = closest(field, FIELDS) {
                diagnostic = diagnostic.fix(Applicability::Unsafe, format!("write `{better}`"), span, better);
            }
            self.report.add(diagnostic);
            return None;
        }
        let version = match &typed.value {
            Some(Value::Version(version)) => Some(version),
            _ => None,
        };
        let whole = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
        let value = version.map(|version| match field {
            "major" => whole(version.major()),
            "minor" => whole(version.minor()),
            "patch" => whole(version.patch()),
            "pre" => Value::String(version.pre().to_owned()),
            "release" => Version::parse(version.release())
                .map_or_else(|| Value::String(version.release().into()), Value::Version),
            "next_patch" => Value::Version(version.next_patch()),
            "next_minor" => Value::Version(version.next_minor()),
            "next_major" => Value::Version(version.next_major()),
            _ => Value::Bool(version.is_prerelease()),
        });
        let ty = match field {
            "major" | "minor" | "patch" => Type::Int,
            "pre" => Type::String,
            "is_prerelease" => Type::Bool,
            _ => Type::Version,
        };
        Some(Typed { ty, value })
    }

    fn binary(&mut self, op: BinaryOp, op_span: Span, left: &Expr, right: &Expr) -> Option<Typed> {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            let (a, b) = (self.want(left, &Type::Bool), self.want(right, &Type::Bool));
            let truth = |typed: &Typed| typed.value.as_ref().map(|value| *value == Value::Bool(true));
            let (a, b) = (truth(&a?), truth(&b?));
            let value = match (op, a, b) {
                (BinaryOp::And, Some(false), _) | (BinaryOp::And, _, Some(false)) => Some(false),
                (BinaryOp::Or, Some(true), _) | (BinaryOp::Or, _, Some(true)) => Some(true),
                (_, Some(a), Some(b)) => Some(if op == BinaryOp::And { a && b } else { a || b }),
                _ => None,
            };
            return Some(Typed {
                ty: Type::Bool,
                value: value.map(Value::Bool),
            });
        }
        // The side that says its own type goes first, so that a bare word on the other side has one.
        let bare = |expr: &Expr| matches!(&expr.kind, ExprKind::Text { text } if text.form == TextForm::Bare);
        let (a, b) = if bare(left) && !bare(right) {
            let b = self.eval(right, None)?;
            let wanted = element(op, &b.ty);
            (self.want(left, &wanted)?, b)
        } else {
            let a = self.eval(left, None)?;
            let b = match op {
                BinaryOp::In | BinaryOp::NotIn => self.want(right, &Type::List(Box::new(a.ty.clone())))?,
                _ if a.ty == Type::Int => self.eval(right, Some(&Type::Int))?,
                _ => self.want(right, &a.ty.clone())?,
            };
            (a, b)
        };
        self.compared(op, op_span, &a, &b)
    }

    fn compared(&mut self, op: BinaryOp, op_span: Span, a: &Typed, b: &Typed) -> Option<Typed> {
        let ordered = matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge);
        let orderable = matches!(
            a.ty,
            Type::Int | Type::Number | Type::Percent | Type::Duration | Type::Size | Type::Version
        );
        if ordered && !orderable {
            let diagnostic = Diagnostic::new(Code::WrongType, op_span, format!("a {} has no order", name(&a.ty)))
                .here("compares by size")
                .help("numbers, percentages, durations, sizes and versions have an order; the rest compares with `==` and `!=`");
            self.report.add(diagnostic);
            return None;
        }
        let value = match (&a.value, &b.value) {
            (Some(a), Some(b)) => Some(Value::Bool(match op {
                BinaryOp::Eq => a == b,
                BinaryOp::Ne => a != b,
                BinaryOp::In | BinaryOp::NotIn => {
                    let found = matches!(b, Value::List(items) if items.contains(a));
                    found == (op == BinaryOp::In)
                }
                _ => {
                    let order = order(a, b);
                    match op {
                        BinaryOp::Lt => order.is_lt(),
                        BinaryOp::Le => order.is_le(),
                        BinaryOp::Gt => order.is_gt(),
                        _ => order.is_ge(),
                    }
                }
            })),
            _ => None,
        };
        Some(Typed {
            ty: Type::Bool,
            value,
        })
    }

    /// Arguments against parameters; gives the bound names, or `None` where one is faulty.
    pub(super) fn arguments(
        &mut self,
        what: &str,
        params: &[Param],
        args: &[Arg],
        at: Span,
    ) -> Option<std::collections::BTreeMap<String, super::scope::Bound>> {
        let mut given: std::collections::BTreeMap<&str, &Arg> = std::collections::BTreeMap::new();
        let mut sound = true;
        for arg in args {
            let key = match &arg.name {
                Some(name) => name.name.as_str(),
                None if args.len() == 1 && !params.is_empty() => params[0].name.name.as_str(),
                None => {
                    let diagnostic = Diagnostic::new(
                        Code::UnknownArgument,
                        arg.span,
                        "this argument does not say which one it is",
                    )
                    .here("has no name")
                    .help(format!(
                        "only a single argument may go without its name; {}",
                        takes(what, params)
                    ));
                    self.report.add(diagnostic);
                    sound = false;
                    continue;
                }
            };
            if !params.iter().any(|param| param.name.name == key) {
                let names: Vec<&str> = params.iter().map(|param| param.name.name.as_str()).collect();
                let span = arg.name.as_ref().map_or(arg.span, |name| name.span);
                let mut diagnostic = Diagnostic::new(
                    Code::UnknownArgument,
                    span,
                    format!("{what} takes no argument `{key}`"),
                )
                .here("not one of its arguments")
                .help(takes(what, params));
                if let Some(better) = closest(key, names) {
                    diagnostic =
                        diagnostic.fix(Applicability::Unsafe, format!("write `{better}`"), span, better);
                }
                self.report.add(diagnostic);
                sound = false;
            } else if let Some(first) = given.get(key) {
                let diagnostic = Diagnostic::new(
                    Code::DuplicateProperty,
                    arg.span,
                    format!("`{key}` is given twice"),
                )
                .here("again")
                .label(first.span, "first here");
                self.report.add(diagnostic);
                sound = false;
            } else {
                given.insert(key, arg);
            }
        }
        let mut bound = std::collections::BTreeMap::new();
        for param in params {
            let ty = self.type_of(&param.ty);
            let typed = match (given.get(param.name.name.as_str()), &param.default, &ty) {
                (_, _, None) => None,
                (Some(arg), _, Some(ty)) => self.want(&arg.value, ty),
                (None, Some(default), Some(ty)) => self.want(default, ty),
                (None, None, Some(_)) => {
                    let diagnostic = Diagnostic::new(
                        Code::MissingArgument,
                        at,
                        format!("{what} wants `{}`", param.name.name),
                    )
                    .here(format!("`{}` is not given", param.name.name))
                    .label(param.span, "declared here, without a default")
                    .help(format!("write `{}: VALUE` in the brackets", param.name.name));
                    self.report.add(diagnostic);
                    None
                }
            };
            sound &= typed.is_some();
            let value = typed.and_then(|typed| typed.value);
            let entry = super::scope::Bound {
                ty,
                value,
                span: param.span,
                kind: "argument",
                used: false,
            };
            bound.insert(param.name.name.clone(), entry);
        }
        sound.then_some(bound)
    }

    /// A text with its variables filled in, and whether all of them are known.
    pub(super) fn string(&mut self, text: &Text, allowed: Allowed) -> Option<(String, bool)> {
        let mut out = String::new();
        let (mut known, mut sound) = (true, true);
        for (index, part) in text.parts.iter().enumerate() {
            match part {
                TextPart::Literal { text, .. } => out.push_str(text),
                TextPart::Variable(variable) => {
                    self.field_without_braces(variable, text.parts.get(index + 1));
                    if allowed.has(&variable.name.name) {
                        continue;
                    }
                    match self.variable_value(variable) {
                        Some(Typed {
                            ty: Type::List(_), ..
                        }) => {
                            let diagnostic = Diagnostic::new(Code::WrongType, variable.span, "a list cannot stand inside a text")
                                .here("a list")
                                .help("use `for` to go through it; `sh` finds it in its environment, comma-separated");
                            self.report.add(diagnostic);
                            sound = false;
                        }
                        Some(Typed {
                            value: Some(value), ..
                        }) => out.push_str(&value.to_string()),
                        Some(_) => {
                            known = false;
                            out.push_str(&format!("<{}>", variable.name.name));
                        }
                        None => sound = false,
                    }
                }
            }
        }
        sound.then_some((out, known))
    }

    /// `$version.major` in a text is the variable and a literal `.major`: probably not what was meant.
    fn field_without_braces(&mut self, variable: &Variable, next: Option<&TextPart>) {
        let Some(TextPart::Literal { text, .. }) = next else {
            return;
        };
        if variable.braced {
            return;
        }
        let Some(rest) = text.strip_prefix('.') else {
            return;
        };
        let field: String = rest
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        let version = self
            .scopes
            .find(&variable.name.name)
            .is_some_and(|bound| bound.ty == Some(Type::Version));
        if !version || !FIELDS.contains(&field.as_str()) {
            return;
        }
        let span = Span {
            end: variable.span.end + 1 + u32::try_from(field.len()).unwrap_or(0),
            ..variable.span
        };
        let name = &variable.name.name;
        let diagnostic = Diagnostic::new(
            Code::FieldWithoutBraces,
            span,
            format!("`${name}.{field}` is `${name}` and the text `.{field}`"),
        )
        .here("a field stands only inside braces")
        .help(format!("write `${{{name}.{field}}}`"))
        .fix(
            Applicability::Safe,
            "add the braces",
            span,
            format!("${{{name}.{field}}}"),
        );
        self.report.add(diagnostic);
    }
}

/// The type that the left side of an operator wants, when only the right one is known.
fn element(op: BinaryOp, right: &Type) -> Type {
    match (op, right) {
        (BinaryOp::In | BinaryOp::NotIn, Type::List(of)) => (**of).clone(),
        _ => right.clone(),
    }
}

fn ref_like(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Branch
            | Type::Tag
            | Type::Commit
            | Type::Path
            | Type::Version
            | Type::Environment
            | Type::Gate
            | Type::Enum(_)
    )
}

fn fits(found: &Type, expected: &Type) -> bool {
    match (found, expected) {
        (Type::Enum(found), Type::Enum(expected)) => found.iter().all(|member| expected.contains(member)),
        (Type::List(found), Type::List(expected)) => fits(found, expected) || **expected == Type::String,
        _ => found == expected,
    }
}

fn order(a: &Value, b: &Value) -> std::cmp::Ordering {
    #[allow(
        clippy::cast_precision_loss,
        reason = "an integer is compared with a decimal number as a number"
    )]
    let number = |value: &Value| match value {
        Value::Int(n) => Number::new(*n as f64),
        Value::Number(n) => Some(*n),
        _ => None,
    };
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Percent(a), Value::Percent(b)) => a.cmp(b),
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Size(a), Value::Size(b)) => a.cmp(b),
        (Value::Version(a), Value::Version(b)) => a.cmp(b),
        _ => number(a).cmp(&number(b)),
    }
}

/// A type in messages.
pub(super) fn name(ty: &Type) -> String {
    match ty {
        Type::Enum(members) => format!("value out of {}", members.join(" | ")),
        Type::Int => "whole number".into(),
        other => other.to_string(),
    }
}

fn takes(what: &str, params: &[Param]) -> String {
    if params.is_empty() {
        return format!("{what} takes no arguments");
    }
    format!(
        "{what} takes {}",
        listed(params.iter().map(|param| param.name.name.as_str()))
    )
}

/// What a value of a type looks like.
fn example(ty: &Type) -> String {
    match ty {
        Type::String => "a text looks like \"this\"".into(),
        Type::Int => "a whole number looks like `3`".into(),
        Type::Number => "a number looks like `3.5`".into(),
        Type::Bool => "it is `true` or `false`, or a comparison".into(),
        Type::Percent => "a percentage looks like `85%`".into(),
        Type::Duration => "a duration looks like `30s`, `10m`, `48h` or `1h30m`".into(),
        Type::Size => "a size looks like `10MB` or `4GiB`".into(),
        Type::Version => "a version looks like `4.5.2`".into(),
        Type::Path => "a path looks like `docs/notes.md`".into(),
        Type::Branch => "a branch looks like `branch feature/login`".into(),
        Type::Tag => "a tag looks like `tag v1.0.0`".into(),
        Type::Commit => "a commit looks like `commit \"main~2\"`".into(),
        Type::Environment => "it is the name of an `environment`".into(),
        Type::Gate => "it is the name of a `gate`".into(),
        Type::List(of) => format!("a list looks like `[...]`, each item a {}", name(of)),
        Type::Enum(members) => format!("it is one of {}", listed(members.iter().map(String::as_str))),
    }
}
