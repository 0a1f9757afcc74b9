//! Expressions, parameters, arguments and types.
//!
//! The grammar gives a flat row of operands and operators; here they are folded, loosest first:
//! `or`, `and`, `not`, comparisons.

use std::iter::Peekable;

use super::Builder;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{
    Arg, BinaryOp, Expr, ExprKind, LiteralKind, Param, Text, TextForm, TextPart, TypeExpr, TypeKind,
};
use crate::syntax::grammar::{Nodes, Pair, Rule};
use crate::text::Span;

/// How many operators one statement may have: it bounds the depth of the tree.
const MAX_OPERATORS: usize = 256;

/// A row of operands and operators.
type Row<'a> = Peekable<Nodes<'a>>;

impl<'a> Builder<'a> {
    /// An `expr` or an `operand`.
    pub(super) fn expr(&mut self, pair: Pair<'a>) -> Expr {
        if pair.as_rule() == Rule::operand {
            return self.operand(pair);
        }
        let span = self.span(&pair);
        let mut row = Nodes::of(pair).peekable();
        let operators = row.clone().filter(|node| node.as_rule() != Rule::operand).count();
        let before = self.operators;
        self.operators += operators;
        if self.operators > MAX_OPERATORS {
            if before <= MAX_OPERATORS {
                self.report(
                    Diagnostic::new(
                        Code::NestingTooDeep,
                        span,
                        format!("one statement has more than {MAX_OPERATORS} operators"),
                    )
                    .here("too many to judge")
                    .help("put the values into a list and ask with `in`, or split the condition with `let`"),
                );
            }
            return Expr {
                kind: ExprKind::Error,
                span,
            };
        }
        self.either(&mut row)
    }

    fn either(&mut self, row: &mut Row<'a>) -> Expr {
        let mut left = self.both(row);
        while let Some((op, op_span)) = self.take_operator(row, |op| op == BinaryOp::Or) {
            let right = self.both(row);
            left = binary(op, op_span, left, right);
        }
        left
    }

    fn both(&mut self, row: &mut Row<'a>) -> Expr {
        let mut left = self.negation(row);
        while let Some((op, op_span)) = self.take_operator(row, |op| op == BinaryOp::And) {
            let right = self.negation(row);
            left = binary(op, op_span, left, right);
        }
        left
    }

    fn negation(&mut self, row: &mut Row<'a>) -> Expr {
        let Some(not) = row.next_if(|node| node.as_rule() == Rule::kw_not) else {
            return self.comparison(row);
        };
        let operand = self.negation(row);
        Expr {
            span: self.span(&not).to(operand.span),
            kind: ExprKind::Not {
                operand: Box::new(operand),
            },
        }
    }

    fn comparison(&mut self, row: &mut Row<'a>) -> Expr {
        let compares = |op| !matches!(op, BinaryOp::Or | BinaryOp::And);
        let first = row.next().expect("BUG: an operator has an operand");
        let left = self.operand(first);
        let Some((op, op_span)) = self.take_operator(row, compares) else {
            return left;
        };
        let right = self.compared(row);
        let mut whole = binary(op, op_span, left, right);
        let mut reported = false;
        while let Some((_, second)) = self.take_operator(row, compares) {
            let more = self.compared(row);
            whole.span = whole.span.to(more.span);
            whole.kind = ExprKind::Error;
            if !std::mem::replace(&mut reported, true) {
                self.report(
                    Diagnostic::new(Code::SyntaxError, second, "comparisons do not chain")
                        .here("a second comparison")
                        .label(op_span, "the first one")
                        .help("say both and join them: `$a < $b and $b < $c`"),
                );
            }
        }
        whole
    }

    /// The right side of a comparison, where `not` needs brackets.
    fn compared(&mut self, row: &mut Row<'a>) -> Expr {
        if let Some(not) = row.peek().filter(|node| node.as_rule() == Rule::kw_not) {
            let span = self.span(not);
            self.report(
                Diagnostic::new(
                    Code::SyntaxError,
                    span,
                    "`not` cannot stand right after a comparison",
                )
                .here("it binds looser than the comparison")
                .help("put it in brackets, `$a == (not $b)`, or write `!=` or `not in`"),
            );
            return self.negation(row);
        }
        let operand = row.next().expect("BUG: an operator has an operand");
        self.operand(operand)
    }

    fn take_operator(
        &self,
        row: &mut Row<'a>,
        wanted: impl Fn(BinaryOp) -> bool,
    ) -> Option<(BinaryOp, Span)> {
        let node = row.next_if(|node| node.as_rule() == Rule::binary_op && wanted(operator(node)))?;
        Some((operator(&node), self.span(&node)))
    }

    fn operand(&mut self, pair: Pair<'a>) -> Expr {
        let span = self.span(&pair);
        let inner = Nodes::of(pair).next().expect("BUG: an operand has a form");
        let kind = match inner.as_rule() {
            Rule::group => {
                let mut expr = self.expr(Nodes::of(inner).want(Rule::expr));
                expr.span = span;
                return expr;
            }
            Rule::list => ExprKind::List {
                items: Nodes::of(inner)
                    .all(Rule::expr)
                    .map(|item| self.expr(item))
                    .collect(),
            },
            Rule::literal => literal(inner),
            Rule::typed => {
                let mut nodes = Nodes::of(inner);
                let ty = self.ident(&nodes.want(Rule::typed_kind));
                let text = nodes.next().expect("BUG: a typed text has a text");
                ExprKind::Typed {
                    ty,
                    text: self.text(text),
                }
            }
            _ => text_or_variable(self.text(inner)),
        };
        Expr { kind, span }
    }

    /// `(name: value, ...)`
    pub(super) fn args(&mut self, pair: Option<Pair<'a>>) -> Vec<Arg> {
        let Some(pair) = pair else {
            return Vec::new();
        };
        let args = Nodes::of(pair).all(Rule::arg);
        args.map(|arg| {
            let span = self.span(&arg);
            let mut nodes = Nodes::of(arg);
            Arg {
                name: nodes.maybe(Rule::arg_name).map(|name| self.ident(&name)),
                value: self.expr(nodes.want(Rule::expr)),
                span,
            }
        })
        .collect()
    }

    /// `(name: type = value, ...)`
    pub(super) fn params(&mut self, pair: Option<Pair<'a>>) -> Vec<Param> {
        let Some(pair) = pair else {
            return Vec::new();
        };
        let params = Nodes::of(pair).all(Rule::parameter);
        params.map(|param| self.param(param)).collect()
    }

    /// `name: type = value`
    pub(super) fn param(&mut self, pair: Pair<'a>) -> Param {
        let span = self.span(&pair);
        let mut nodes = Nodes::of(pair);
        let name = self.ident(&nodes.want(Rule::name));
        let ty = self.type_expr(nodes.want(Rule::type_expr));
        let default = nodes.all(Rule::expr).next().map(|value| self.expr(value));
        Param {
            name,
            ty,
            default,
            span,
        }
    }

    fn type_expr(&self, pair: Pair<'a>) -> TypeExpr {
        let span = self.span(&pair);
        let mut nodes = Nodes::of(pair);
        let kind = if let Some(list) = nodes.maybe(Rule::list_type) {
            let of = self.type_expr(Nodes::of(list).want(Rule::type_expr));
            TypeKind::List { of: Box::new(of) }
        } else {
            let mut members: Vec<_> = nodes
                .all(Rule::type_member)
                .map(|member| self.ident(&member))
                .collect();
            if members.len() == 1 {
                TypeKind::Name {
                    name: members.remove(0).name,
                }
            } else {
                TypeKind::Enum { members }
            }
        };
        TypeExpr { kind, span }
    }
}

fn binary(op: BinaryOp, op_span: Span, left: Expr, right: Expr) -> Expr {
    Expr {
        span: left.span.to(right.span),
        kind: ExprKind::Binary {
            op,
            op_span,
            left: Box::new(left),
            right: Box::new(right),
        },
    }
}

fn operator(node: &Pair<'_>) -> BinaryOp {
    match node.as_str() {
        "or" => BinaryOp::Or,
        "and" => BinaryOp::And,
        "==" => BinaryOp::Eq,
        "!=" => BinaryOp::Ne,
        "<" => BinaryOp::Lt,
        "<=" => BinaryOp::Le,
        ">" => BinaryOp::Gt,
        ">=" => BinaryOp::Ge,
        "in" => BinaryOp::In,
        _ => BinaryOp::NotIn,
    }
}

fn literal(pair: Pair<'_>) -> ExprKind {
    let text = pair.as_str().to_owned();
    let form = Nodes::of(pair).next().expect("BUG: a literal has a form");
    let kind = match form.as_rule() {
        Rule::truth => LiteralKind::Bool,
        Rule::percent => LiteralKind::Percent,
        Rule::size => LiteralKind::Size,
        Rule::duration => LiteralKind::Duration,
        Rule::number => LiteralKind::Number,
        _ => LiteralKind::Int,
    };
    ExprKind::Literal { kind, text }
}

/// A bare text that is nothing but one variable is that variable.
fn text_or_variable(text: Text) -> ExprKind {
    match (text.form, text.parts.as_slice()) {
        (TextForm::Bare, [TextPart::Variable(variable)]) => ExprKind::Variable {
            variable: variable.clone(),
        },
        _ => ExprKind::Text { text },
    }
}
