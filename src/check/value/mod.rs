//! Expressions: what they are worth, read as the expected type says.
//!
//! `infer` reads an expression with a type as a hint; `want` demands that type. Both give `None`
//! where something is wrong and has been reported, so that nothing is said about its consequences.
//! What is sound but has no value yet is `Some(None)`.

#![allow(clippy::option_option)]

mod coerce;
mod compare;
mod fill;
mod look_up;
mod read;
mod types;

pub(super) use coerce::is_quantity;
pub(super) use fill::Filled;
pub(super) use look_up::Meaning;
pub(super) use read::Unreadable;

use super::cx::Cx;
use super::scope::Val;
use super::suggest::{closest, listed};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::{Duration, Number, Percent, Size, Type, Value};
use crate::syntax::ast::{Expr, ExprKind, LiteralKind, Text, TextForm, TextPart};
use crate::text::Span;

impl Cx<'_> {
    /// Reads an expression whose type must be `expected`.
    pub(super) fn want(&mut self, expr: &Expr, expected: &Type) -> Option<Val> {
        let val = self.infer(expr, Some(expected))?;
        self.coerce(val, expected, expr)
    }

    /// Reads an expression; `hint` says how bare words and literals are meant.
    pub(super) fn infer(&mut self, expr: &Expr, hint: Option<&Type>) -> Option<Val> {
        match &expr.kind {
            ExprKind::Literal { kind, text } => self.literal(*kind, text, hint, expr.span),
            ExprKind::Text { text } => self.word_or_string(text, hint),
            ExprKind::Variable { variable } => self.value_of(variable, "a value"),
            ExprKind::List { items } => self.list(items, hint),
            ExprKind::Typed { ty, text } => {
                let ty = self.type_named(&ty.name, ty.span)?;
                self.text_as(text, &ty)
            }
            ExprKind::Not { operand } => {
                let operand = self.want(operand, &Type::Bool)?;
                Some(match operand.value {
                    Some(Value::Bool(holds)) => Val::known(Type::Bool, Value::Bool(!holds)),
                    _ => Val::unknown(Type::Bool),
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

    /// A duration longer than nothing.
    pub(super) fn want_duration(&mut self, expr: &Expr, what: &str) -> Option<Option<Duration>> {
        let val = self.want(expr, &Type::Duration)?;
        match val.value {
            Some(Value::Duration(duration)) if duration.as_millis() == 0 => {
                self.out_of_range(expr.span, &format!("{what} of no time at all"), "more than zero");
                None
            }
            Some(Value::Duration(duration)) => Some(Some(duration)),
            _ => Some(None),
        }
    }

    /// A whole number from `least` to `most`.
    pub(super) fn want_count(
        &mut self,
        expr: &Expr,
        what: &str,
        least: i64,
        most: i64,
    ) -> Option<Option<u32>> {
        let val = self.want(expr, &Type::Int)?;
        let Some(Value::Int(count)) = val.value else {
            return Some(None);
        };
        if (least..=most).contains(&count) {
            return Some(u32::try_from(count).ok());
        }
        self.out_of_range(
            expr.span,
            &format!("{what} of {count}"),
            &format!("{least} to {most}"),
        );
        None
    }

    pub(super) fn out_of_range(&mut self, span: Span, what: &str, range: &str) {
        self.report.add(
            Diagnostic::new(Code::OutOfRange, span, format!("{what} makes no sense"))
                .here(format!("wanted: {range}")),
        );
    }

    fn literal(&mut self, kind: LiteralKind, text: &str, hint: Option<&Type>, span: Span) -> Option<Val> {
        let as_text = match hint {
            // `85%` is no version that went wrong, but a percentage in the wrong place.
            Some(Type::Version) => matches!(kind, LiteralKind::Int | LiteralKind::Number),
            Some(Type::String | Type::Branch | Type::Tag | Type::Commit | Type::Path) => true,
            _ => false,
        };
        if let (Some(ty), true) = (hint, as_text) {
            // Units and numbers that stand where text is wanted count as they are written.
            return match self.read(text, ty) {
                Ok(value) => Some(Val::known(ty.clone(), value)),
                Err(wrong) => {
                    self.unreadable(wrong, span);
                    None
                }
            };
        }
        if let Some(ty @ Type::Enum(members)) = hint
            && members.iter().any(|member| member == text)
        {
            return Some(Val::known(ty.clone(), Value::Enum(text.to_owned())));
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
            self.report.add(
                Diagnostic::new(
                    Code::OutOfRange,
                    span,
                    format!("`{text}` is not a {ty} that rel can hold"),
                )
                .here(match ty {
                    Type::Duration => "wanted: units `d h m s ms`, largest first, each once",
                    Type::Size => "wanted: a number and one of `B KB MB GB TB KiB MiB GiB TiB`",
                    _ => "too large",
                }),
            );
            return None;
        }
        Some(Val { ty, value })
    }

    fn list(&mut self, items: &[Expr], hint: Option<&Type>) -> Option<Val> {
        let wanted = match hint {
            Some(Type::List(of)) => Some((**of).clone()),
            _ => None,
        };
        let mut of = wanted.clone();
        let mut values = Some(Vec::with_capacity(items.len()));
        let mut sound = true;
        for item in items {
            let val = match &of {
                Some(ty) => self.want(item, ty),
                None => self.infer(item, None),
            };
            let Some(val) = val else {
                sound = false;
                continue;
            };
            of.get_or_insert(val.ty);
            match (&mut values, val.value) {
                (Some(values), Some(value)) => values.push(value),
                (values, _) => *values = None,
            }
        }
        sound.then(|| Val {
            ty: Type::List(Box::new(of.unwrap_or(Type::String))),
            value: values.map(Value::List),
        })
    }

    fn word_or_string(&mut self, text: &Text, hint: Option<&Type>) -> Option<Val> {
        if let ([TextPart::Variable(variable)], TextForm::Bare) = (text.parts.as_slice(), text.form) {
            return self.value_of(variable, "a value");
        }
        let bare = text.form == TextForm::Bare;
        match hint {
            Some(ty @ (Type::Version | Type::Path | Type::Branch | Type::Tag | Type::Commit)) => {
                self.text_as(text, ty)
            }
            Some(ty @ (Type::Environment | Type::Gate | Type::Enum(_))) if bare => self.text_as(text, ty),
            _ if bare => {
                self.bare_word(text, hint);
                None
            }
            _ => {
                let filled = self.fill(text)?;
                Some(filled.into_val())
            }
        }
    }

    /// Reads a text as a value of `ty`, whatever its quotes.
    pub(super) fn text_as(&mut self, text: &Text, ty: &Type) -> Option<Val> {
        let filled = self.fill(text)?;
        if !filled.known {
            return Some(Val::unknown(ty.clone()));
        }
        match self.read(&filled.text, ty) {
            Ok(value) => Some(Val::known(ty.clone(), value)),
            Err(wrong) => {
                self.unreadable(wrong, text.span);
                None
            }
        }
    }

    pub(super) fn unreadable(&mut self, wrong: Unreadable, span: Span) {
        let mut finding = Diagnostic::new(wrong.code, span, wrong.message).here(wrong.here);
        if let Some(help) = wrong.help {
            finding = finding.help(help);
        }
        if let Some(instead) = wrong.instead {
            finding = finding.fix(Applicability::Unsafe, format!("write `{instead}`"), span, instead);
        }
        self.report.add(finding);
    }

    fn bare_word(&mut self, text: &Text, hint: Option<&Type>) {
        let word = self.slice(text.span).to_owned();
        let mut finding = Diagnostic::new(
            Code::BareWord,
            text.span,
            format!("the bare word `{word}` means nothing here"),
        );
        let binding = self.scope.get(&word).map(|binding| binding.span);
        finding = match (binding, hint) {
            (Some(declared), _) => {
                // Whoever wrote the bare name meant to use the value.
                if let Some(binding) = self.scope.get(&word) {
                    binding.used.set(true);
                }
                finding
                    .here("a value is used with `$`")
                    .label(declared, "declared here")
                    .fix(
                        Applicability::Safe,
                        format!("write `${word}`"),
                        text.span,
                        format!("${word}"),
                    )
            }
            (None, Some(Type::Bool)) => finding.here("wanted: `true`, `false` or a comparison"),
            (None, Some(Type::List(of))) => finding.here(format!("wanted: a list of {of}")).fix(
                Applicability::Unsafe,
                "make it a list",
                text.span,
                format!("[{word}]"),
            ),
            (None, Some(Type::String)) => finding.here("wanted: a string, in quotes").fix(
                Applicability::Safe,
                "quote it",
                text.span,
                format!("\"{word}\""),
            ),
            (None, Some(ty)) => finding.here(format!("wanted: {}", with_article(ty))),
            (None, None) => {
                let mut finding = finding
                    .here("a string, or a ref, version or path with its type said")
                    .help(format!("write `\"{word}\"` for a string, `branch {word}` for a branch, `tag {word}` for a tag"));
                if crate::model::Version::parse(&word).is_some() {
                    finding = finding.fix(
                        Applicability::Safe,
                        "say that it is a version",
                        text.span,
                        format!("version {word}"),
                    );
                }
                let near = closest(&word, self.scope.names()).map(str::to_owned);
                if let Some(near) = near {
                    finding = finding.fix(
                        Applicability::Unsafe,
                        format!("use the value `${near}`"),
                        text.span,
                        format!("${near}"),
                    );
                }
                finding
            }
        };
        self.report.add(finding);
    }

    /// Reports a name that nothing declares, with what was probably meant.
    pub(super) fn unknown_name<'n>(
        &mut self,
        kind: &str,
        wrong: &str,
        span: Span,
        known: impl IntoIterator<Item = &'n str> + Clone,
        declare: &str,
    ) {
        let mut finding = Diagnostic::new(Code::UnknownName, span, format!("there is no {kind} `{wrong}`"))
            .here("not declared");
        if let Some(near) = closest(wrong, known.clone()) {
            finding = finding.here(format!("did you mean `{near}`?")).fix(
                Applicability::Unsafe,
                format!("write `{near}`"),
                span,
                near,
            );
        } else {
            if known.clone().into_iter().next().is_some() {
                finding = finding.help(format!("declared: {}", listed(known)));
            }
            finding = finding.help(declare);
        }
        self.report.add(finding);
    }
}

/// `a string`, `an int`, `one of a | b`.
pub(super) fn with_article(ty: &Type) -> String {
    match ty {
        Type::Enum(_) => format!("one of `{ty}`"),
        Type::Int => "a whole number (int)".to_owned(),
        Type::Environment => "an environment".to_owned(),
        Type::String
        | Type::Number
        | Type::Bool
        | Type::Percent
        | Type::Duration
        | Type::Size
        | Type::Version
        | Type::Path
        | Type::Branch
        | Type::Tag
        | Type::Commit
        | Type::Gate
        | Type::List(_) => format!("a {ty}"),
    }
}

/// Whether `<` makes sense between two values of the type.
pub(super) fn is_ordered(ty: &Type) -> bool {
    is_quantity(ty) || *ty == Type::Version
}
