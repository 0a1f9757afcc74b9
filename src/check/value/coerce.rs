//! Conversions: int to number, and any scalar into a string or ref. Nothing else.

use super::with_article;
use crate::check::cx::Cx;
use crate::check::scope::Val;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::{Number, Type, Value};
use crate::syntax::ast::{Expr, ExprKind, Text, TextForm, TextPart};
use crate::text::Span;

impl Cx<'_> {
    /// Makes `val`, which `expr` is worth, a value of type `expected`.
    pub(in crate::check) fn coerce(&mut self, val: Val, expected: &Type, expr: &Expr) -> Option<Val> {
        if val.ty == *expected {
            return Some(val);
        }
        match (&val.ty, expected) {
            (Type::Int, Type::Number) => {
                let value = val.value.and_then(|value| match value {
                    #[allow(clippy::cast_precision_loss, reason = "a number is what was asked for")]
                    Value::Int(n) => Number::new(n as f64).map(Value::Number),
                    other => Some(other),
                });
                Some(Val {
                    ty: Type::Number,
                    value,
                })
            }
            (Type::Enum(from), Type::Enum(to)) => self.coerce_enum(val.value, from, to, expected, expr),
            (Type::List(from), Type::List(to)) => {
                let empty = matches!(&val.value, Some(Value::List(items)) if items.is_empty());
                if empty || widens(from, to) {
                    return Some(self.coerce_items(val.value, to));
                }
                self.mismatch(&val.ty, expected, expr);
                None
            }
            (Type::List(_), _) => {
                self.mismatch(&val.ty, expected, expr);
                None
            }
            (_, Type::String) => Some(Val {
                ty: Type::String,
                value: val.value.map(|value| Value::String(value.to_string())),
            }),
            (_, Type::Branch | Type::Tag | Type::Commit) => {
                let Some(value) = val.value else {
                    return Some(Val::unknown(expected.clone()));
                };
                match self.read(&value.to_string(), expected) {
                    Ok(value) => Some(Val::known(expected.clone(), value)),
                    Err(mut wrong) => {
                        wrong.instead = None;
                        self.unreadable(wrong, expr.span);
                        None
                    }
                }
            }
            _ => {
                self.mismatch(&val.ty, expected, expr);
                None
            }
        }
    }

    fn coerce_items(&mut self, value: Option<Value>, to: &Type) -> Val {
        let value = match value {
            Some(Value::List(items)) if *to == Type::String => Some(Value::List(
                items
                    .into_iter()
                    .map(|item| Value::String(item.to_string()))
                    .collect(),
            )),
            other => other,
        };
        Val {
            ty: Type::List(Box::new(to.clone())),
            value,
        }
    }

    fn coerce_enum(
        &mut self,
        value: Option<Value>,
        from: &[String],
        to: &[String],
        expected: &Type,
        expr: &Expr,
    ) -> Option<Val> {
        let strange = from.iter().find(|member| !to.contains(member));
        let fits = match &value {
            Some(Value::Enum(member)) => to.contains(member),
            _ => strange.is_none(),
        };
        if fits {
            return Some(Val {
                ty: expected.clone(),
                value,
            });
        }
        self.mismatch(&Type::Enum(from.to_vec()), expected, expr);
        None
    }

    fn mismatch(&mut self, found: &Type, expected: &Type, expr: &Expr) {
        if is_quantity(found) && is_quantity(expected) {
            self.wrong_unit(found, expected, expr);
            return;
        }
        let mut finding = Diagnostic::new(
            Code::WrongType,
            expr.span,
            format!("wanted {}, found {}", with_article(expected), with_article(found)),
        )
        .here(format!("this is {}", with_article(found)));
        if let ExprKind::Variable { variable } = &expr.kind
            && let Some(declared) = self.scope.get(&variable.name.name)
        {
            finding = finding.label(
                declared.span,
                format!("`${}` is declared here", variable.name.name),
            );
        }
        if let Some(inner) = quoted(expr)
            && !matches!(expected, Type::List(_))
            && self.read(inner, expected).is_ok()
        {
            finding = finding.fix(
                Applicability::Safe,
                "take away the quotes",
                expr.span,
                inner.to_owned(),
            );
        }
        if let Type::List(of) = expected
            && found == of.as_ref()
        {
            let text = format!("[{}]", self.slice(expr.span));
            finding = finding.fix(Applicability::Safe, "make it a list of one", expr.span, text);
        }
        self.report.add(finding);
    }

    fn wrong_unit(&mut self, found: &Type, expected: &Type, expr: &Expr) {
        let mut finding = Diagnostic::new(
            Code::WrongUnit,
            expr.span,
            format!("wanted {}, found {}", with_article(expected), with_article(found)),
        )
        .here(format!("this is {}", with_article(found)));
        let text = self.slice(expr.span).to_owned();
        if matches!(expr.kind, ExprKind::Literal { .. }) {
            match expected {
                Type::Percent if matches!(found, Type::Int | Type::Number) => {
                    finding = finding.fix(
                        Applicability::Unsafe,
                        "make it a percentage",
                        expr.span,
                        format!("{text}%"),
                    );
                }
                Type::Duration if *found == Type::Int => {
                    finding = finding.help(format!("say the unit: `{text}s`, `{text}m`, `{text}h`"));
                }
                Type::Size if *found == Type::Int => {
                    finding = finding.help(format!("say the unit: `{text}MB`, `{text}GiB`"));
                }
                _ => {}
            }
        }
        self.report.add(finding);
    }

    /// Says that two units meet that cannot be compared.
    pub(in crate::check) fn incomparable(&mut self, left: (&Type, Span), right: (&Type, Span)) {
        let code = if is_quantity(left.0) && is_quantity(right.0) {
            Code::WrongUnit
        } else {
            Code::WrongType
        };
        self.report.add(
            Diagnostic::new(
                code,
                right.1,
                format!(
                    "{} cannot be compared with {}",
                    with_article(left.0),
                    with_article(right.0)
                ),
            )
            .here(format!("this is {}", with_article(right.0)))
            .label(left.1, format!("this is {}", with_article(left.0))),
        );
    }
}

/// Whether every value of `from` is one of `to` without a look at it.
fn widens(from: &Type, to: &Type) -> bool {
    from == to
        || matches!(
            (from, to),
            (_, Type::String) | (Type::Int, Type::Number) | (Type::Branch | Type::Tag, Type::Commit)
        ) && !matches!(from, Type::List(_))
}

/// Numbers and everything with a unit.
pub(in crate::check) fn is_quantity(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Int | Type::Number | Type::Percent | Type::Duration | Type::Size
    )
}

/// The text of a quoted constant.
fn quoted(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Text {
            text:
                Text {
                    form: TextForm::Quoted | TextForm::Raw,
                    parts,
                    ..
                },
        } => match parts.as_slice() {
            [TextPart::Literal { text, .. }] => Some(text),
            _ => None,
        },
        _ => None,
    }
}
