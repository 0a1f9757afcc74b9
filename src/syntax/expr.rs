//! Expressions, types, arguments and commands.

use super::ast::{
    Arg, BinaryOp, Command, CommandKind, Expr, ExprKind, LiteralKind, Param, TypeExpr, TypeKind, Variable,
};
use super::grammar::{Node, Rule};
use super::parser::Parser;
use crate::syntax::ast::TextPart;

impl<'t> Parser<'t> {
    pub(super) fn expr(&mut self, node: &Node<'t>) -> Expr {
        let span = node.span();
        let kind = match node.rule() {
            Rule::expr | Rule::group | Rule::atom | Rule::version_value => return self.expr(&node.only()),
            Rule::or_expr | Rule::and_expr => return self.chain(node),
            Rule::not_expr => {
                let mut children = node.children();
                if children.next_if(Rule::kw_not).is_none() {
                    return self.expr(&node.only());
                }
                let operand = children.next().map(|child| self.expr(&child));
                match operand {
                    Some(operand) => ExprKind::Not {
                        operand: Box::new(operand),
                    },
                    None => ExprKind::Error,
                }
            }
            Rule::comparison => return self.comparison(node),
            Rule::list => ExprKind::List {
                items: node.children().map(|item| self.expr(&item)).collect(),
            },
            Rule::typed => {
                let mut children = node.children();
                let ty = children.need(Rule::type_word);
                let text = children.need(Rule::typed_text);
                ExprKind::Typed {
                    ty: self.ident(&ty),
                    text: self.text_of(&text),
                }
            }
            Rule::sole => ExprKind::Variable {
                variable: self.variable(node),
            },
            Rule::percent => literal(node, LiteralKind::Percent),
            Rule::duration => literal(node, LiteralKind::Duration),
            Rule::size => literal(node, LiteralKind::Size),
            Rule::number => literal(node, LiteralKind::Number),
            Rule::int => literal(node, LiteralKind::Int),
            Rule::true_false => literal(node, LiteralKind::Bool),
            _ => ExprKind::Text {
                text: self.text_of(node),
            },
        };
        Expr { kind, span }
    }

    /// `A or B or C`, `A and B and C`: to the left.
    fn chain(&mut self, node: &Node<'t>) -> Expr {
        let mut children = node.children();
        let first = children.next().expect("BUG: a chain has a first operand");
        let mut left = self.expr(&first);
        while let (Some(op), Some(right)) = (children.next(), children.next()) {
            let right = self.expr(&right);
            let span = left.span.to(right.span);
            let kind = if op.rule() == Rule::kw_or {
                BinaryOp::Or
            } else {
                BinaryOp::And
            };
            left = binary(kind, &op, left, right, span);
        }
        left
    }

    fn comparison(&mut self, node: &Node<'t>) -> Expr {
        let mut children = node.children();
        let first = children.next().expect("BUG: a comparison has a left side");
        let left = self.expr(&first);
        let (Some(op), Some(right)) = (children.next(), children.next()) else {
            return left;
        };
        let right = self.expr(&right);
        let kind = match op.text().split_whitespace().next().unwrap_or_default() {
            "==" => BinaryOp::Eq,
            "!=" => BinaryOp::Ne,
            "<=" => BinaryOp::Le,
            ">=" => BinaryOp::Ge,
            "<" => BinaryOp::Lt,
            ">" => BinaryOp::Gt,
            "in" => BinaryOp::In,
            _ => BinaryOp::NotIn,
        };
        binary(kind, &op, left, right, node.span())
    }

    /// A node that is one variable and nothing else.
    pub(super) fn variable(&mut self, node: &Node<'t>) -> Variable {
        let text = self.text_of(node);
        match text.parts.into_iter().next() {
            Some(TextPart::Variable(variable)) => variable,
            _ => unreachable!("BUG: the grammar gives exactly a variable here"),
        }
    }

    pub(super) fn type_expr(&mut self, node: &Node<'t>) -> TypeExpr {
        let inner = node.only();
        let kind = if inner.rule() == Rule::type_list {
            let of = inner.children().need(Rule::type_expr);
            TypeKind::List {
                of: Box::new(self.type_expr(&of)),
            }
        } else {
            let members: Vec<_> = inner.children().map(|member| self.ident(&member)).collect();
            match <[_; 1]>::try_from(members) {
                Ok([only]) => TypeKind::Name { name: only.name },
                Err(members) => TypeKind::Enum { members },
            }
        };
        TypeExpr {
            kind,
            span: node.span(),
        }
    }

    pub(super) fn parameter(&mut self, node: &Node<'t>) -> Param {
        let mut children = node.children();
        let name = children.need(Rule::member_name);
        let ty = children.need(Rule::type_expr);
        let default = children.seek(Rule::expr).map(|value| self.expr(&value));
        Param {
            name: self.ident(&name),
            ty: self.type_expr(&ty),
            default,
            span: node.span(),
        }
    }

    pub(super) fn parameters(&mut self, node: Option<Node<'t>>) -> Vec<Param> {
        node.map(|node| {
            node.children()
                .map(|parameter| self.parameter(&parameter))
                .collect()
        })
        .unwrap_or_default()
    }

    pub(super) fn args(&mut self, node: Option<Node<'t>>) -> Vec<Arg> {
        let Some(node) = node else { return Vec::new() };
        node.children()
            .map(|arg| {
                let mut children = arg.children();
                let name = children.next_if(Rule::arg_name).map(|name| self.ident(&name));
                let value = children.need(Rule::expr);
                Arg {
                    name,
                    value: self.expr(&value),
                    span: arg.span(),
                }
            })
            .collect()
    }

    pub(super) fn command(&mut self, node: &Node<'t>) -> Command {
        let mut children = node.children();
        let kind = if children.next_if(Rule::kw_sh).is_some() {
            CommandKind::Sh
        } else {
            CommandKind::Run
        };
        let text = children.need(Rule::string);
        Command {
            kind,
            text: self.text_of(&text),
            span: node.span(),
        }
    }
}

fn literal(node: &Node<'_>, kind: LiteralKind) -> ExprKind {
    ExprKind::Literal {
        kind,
        text: node.text().to_owned(),
    }
}

fn binary(op: BinaryOp, at: &Node<'_>, left: Expr, right: Expr, span: crate::text::Span) -> Expr {
    Expr {
        kind: ExprKind::Binary {
            op,
            op_span: at.span(),
            left: Box::new(left),
            right: Box::new(right),
        },
        span,
    }
}
