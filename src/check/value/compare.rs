//! Operators: `and`, `or`, comparisons, and `in`.

use std::cmp::Ordering;

use super::coerce::is_quantity;
use super::with_article;
use crate::check::cx::Cx;
use crate::check::scope::Val;
use crate::diag::{Code, Diagnostic};
use crate::model::{Number, Type, Value};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind};
use crate::text::Span;

impl Cx<'_> {
    pub(in crate::check) fn binary(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: &Expr,
        right: &Expr,
    ) -> Option<Val> {
        let value = match op {
            BinaryOp::And | BinaryOp::Or => self.logical(op, left, right)?,
            BinaryOp::In | BinaryOp::NotIn => self
                .membership(left, right)?
                .map(|inside| inside == (op == BinaryOp::In)),
            BinaryOp::Eq | BinaryOp::Ne => self
                .equality(left, right)?
                .map(|equal| equal == (op == BinaryOp::Eq)),
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                self.order(op_span, left, right)?.map(|ordering| match op {
                    BinaryOp::Lt => ordering.is_lt(),
                    BinaryOp::Le => ordering.is_le(),
                    BinaryOp::Gt => ordering.is_gt(),
                    _ => ordering.is_ge(),
                })
            }
        };
        Some(Val {
            ty: Type::Bool,
            value: value.map(Value::Bool),
        })
    }

    fn logical(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Option<Option<bool>> {
        // The operators lean left; a long chain is walked, not recursed into.
        let mut operands = vec![right];
        let mut first = left;
        while let ExprKind::Binary {
            op: inner,
            left,
            right,
            ..
        } = &first.kind
            && *inner == op
        {
            operands.push(right);
            first = left;
        }
        operands.push(first);
        let mut decided = false;
        let mut unknown = false;
        let mut sound = true;
        for operand in operands.into_iter().rev() {
            match self.want(operand, &Type::Bool) {
                None => sound = false,
                Some(val) => match val.value {
                    Some(Value::Bool(holds)) => decided |= holds == (op == BinaryOp::Or),
                    _ => unknown = true,
                },
            }
        }
        sound.then_some(match (decided, unknown) {
            (true, _) => Some(op == BinaryOp::Or),
            (false, true) => None,
            (false, false) => Some(op == BinaryOp::And),
        })
    }

    /// Reads both sides, the one that says its type first, so that it says how to read the other.
    fn both(&mut self, left: &Expr, right: &Expr) -> Option<(Val, Val)> {
        if leans(left) && !leans(right) {
            let right = self.infer(right, None);
            let left = self.infer(left, right.as_ref().map(|val| &val.ty));
            return Some((left?, right?));
        }
        let left = self.infer(left, None);
        let hint = left.as_ref().map(|val| &val.ty);
        if hint.is_none() && leans(right) {
            return None;
        }
        let right = self.infer(right, hint);
        Some((left?, right?))
    }

    fn equality(&mut self, left: &Expr, right: &Expr) -> Option<Option<bool>> {
        let (l, r) = self.both(left, right)?;
        if !comparable(&l.ty, &r.ty) {
            self.incomparable((&l.ty, left.span), (&r.ty, right.span));
            return None;
        }
        Some(match (l.value, r.value) {
            (Some(l), Some(r)) => Some(same(&l, &r)),
            _ => None,
        })
    }

    fn order(&mut self, op_span: Span, left: &Expr, right: &Expr) -> Option<Option<Ordering>> {
        let (l, r) = self.both(left, right)?;
        if !comparable(&l.ty, &r.ty) {
            self.incomparable((&l.ty, left.span), (&r.ty, right.span));
            return None;
        }
        if !(is_quantity(&l.ty) || l.ty == Type::Version) {
            self.report.add(
                Diagnostic::new(
                    Code::WrongType,
                    op_span,
                    format!("{} has no order", with_article(&l.ty)),
                )
                .here("compares numbers, units and versions")
                .label(left.span, format!("this is {}", with_article(&l.ty)))
                .help("use `==`, `!=` or `in`"),
            );
            return None;
        }
        Some(match (l.value, r.value) {
            (Some(l), Some(r)) => ordering(&l, &r),
            _ => None,
        })
    }

    fn membership(&mut self, left: &Expr, right: &Expr) -> Option<Option<bool>> {
        let (item, list) = if leans(left) {
            let list = self.infer(right, None);
            let hint = match list.as_ref().map(|val| &val.ty) {
                Some(Type::List(of)) => Some(of.as_ref().clone()),
                _ => None,
            };
            (self.infer(left, hint.as_ref()), list)
        } else {
            let item = self.infer(left, None);
            let hint = item.as_ref().map(|val| Type::List(Box::new(val.ty.clone())));
            (item, self.infer(right, hint.as_ref()))
        };
        let (item, list) = (item?, list?);
        let Type::List(of) = &list.ty else {
            self.report.add(
                Diagnostic::new(
                    Code::WrongType,
                    right.span,
                    format!("`in` wants a list, found {}", with_article(&list.ty)),
                )
                .here(format!("this is {}", with_article(&list.ty)))
                .help("write the members in brackets: `[a, b]`"),
            );
            return None;
        };
        if !comparable(&item.ty, of) {
            self.incomparable((of, right.span), (&item.ty, left.span));
            return None;
        }
        Some(match (item.value, list.value) {
            (Some(item), Some(Value::List(items))) => Some(items.iter().any(|other| same(&item, other))),
            _ => None,
        })
    }
}

/// Whether an expression is read as its neighbour's type says: bare words, strings and literals.
fn leans(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Text { .. } | ExprKind::Literal { .. } => true,
        ExprKind::List { items } => items.iter().any(leans),
        ExprKind::Variable { .. }
        | ExprKind::Typed { .. }
        | ExprKind::Not { .. }
        | ExprKind::Binary { .. }
        | ExprKind::Error => false,
    }
}

fn comparable(left: &Type, right: &Type) -> bool {
    let number = |ty: &Type| matches!(ty, Type::Int | Type::Number);
    let text = |ty: &Type| {
        matches!(
            ty,
            Type::String | Type::Branch | Type::Tag | Type::Commit | Type::Path
        )
    };
    match (left, right) {
        (Type::Enum(a), Type::Enum(b)) => a.iter().any(|member| b.contains(member)),
        (Type::List(a), Type::List(b)) => comparable(a, b),
        _ => left == right || (number(left) && number(right)) || (text(left) && text(right)),
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Version(a), Value::Version(b)) => a == b,
        _ => match (number(left), number(right)) {
            (Some(a), Some(b)) => a == b,
            _ => left == right || left.to_string() == right.to_string(),
        },
    }
}

fn ordering(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Percent(a), Value::Percent(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Size(a), Value::Size(b)) => Some(a.cmp(b)),
        (Value::Version(a), Value::Version(b)) => Some(a.cmp(b)),
        _ => Some(number(left)?.cmp(&number(right)?)),
    }
}

fn number(value: &Value) -> Option<Number> {
    match value {
        #[allow(clippy::cast_precision_loss, reason = "compared as decimal numbers")]
        Value::Int(n) => Number::new(*n as f64),
        Value::Number(n) => Some(*n),
        _ => None,
    }
}
