//! Written types: which words are types, and what they mean.

use std::collections::HashMap;

use crate::check::cx::Cx;
use crate::check::suggest::closest;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::Type;
use crate::syntax::ast::{TypeExpr, TypeKind};
use crate::text::Span;

const SIMPLE: [(&str, Type); 14] = [
    ("string", Type::String),
    ("int", Type::Int),
    ("number", Type::Number),
    ("bool", Type::Bool),
    ("percent", Type::Percent),
    ("duration", Type::Duration),
    ("size", Type::Size),
    ("version", Type::Version),
    ("path", Type::Path),
    ("branch", Type::Branch),
    ("tag", Type::Tag),
    ("commit", Type::Commit),
    ("environment", Type::Environment),
    ("gate", Type::Gate),
];

/// What other languages call the same.
const ALIASES: [(&str, &str); 9] = [
    ("str", "string"),
    ("text", "string"),
    ("integer", "int"),
    ("float", "number"),
    ("boolean", "bool"),
    ("file", "path"),
    ("env", "environment"),
    ("semver", "version"),
    ("ref", "branch"),
];

impl Cx<'_> {
    /// The type that is written.
    pub(in crate::check) fn type_of(&mut self, written: &TypeExpr) -> Option<Type> {
        match &written.kind {
            TypeKind::Name { name } => self.type_named(name, written.span),
            TypeKind::List { of } => Some(Type::List(Box::new(self.type_of(of)?))),
            TypeKind::Enum { members } => {
                let mut seen: HashMap<&str, Span> = HashMap::new();
                for member in members {
                    if let Some(first) = seen.insert(&member.name, member.span) {
                        self.report.add(
                            Diagnostic::new(
                                Code::DuplicateName,
                                member.span,
                                format!("`{}` is a member twice", member.name),
                            )
                            .here("again")
                            .label(first, "first here"),
                        );
                    }
                }
                Some(Type::Enum(
                    members.iter().map(|member| member.name.clone()).collect(),
                ))
            }
        }
    }

    /// The type of that name.
    pub(in crate::check) fn type_named(&mut self, name: &str, span: Span) -> Option<Type> {
        if let Some((_, ty)) = SIMPLE.iter().find(|(known, _)| *known == name) {
            return Some(ty.clone());
        }
        let names = || SIMPLE.iter().map(|(known, _)| *known);
        let alias = ALIASES
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, ours)| *ours);
        let mut finding =
            Diagnostic::new(Code::UnknownName, span, format!("there is no type `{name}`")).here("not a type");
        match alias.or_else(|| closest(name, names())) {
            Some(near) => {
                finding = finding.here(format!("did you mean `{near}`?")).fix(
                    Applicability::Unsafe,
                    format!("write `{near}`"),
                    span,
                    near,
                );
            }
            None => {
                finding = finding.help(format!(
                    "the types are {}, `list<T>`, and enumerations such as `squash | no-ff`",
                    SIMPLE.map(|(known, _)| format!("`{known}`")).join(", ")
                ));
                if name == "list" {
                    finding = finding.help("say what the list is of: `list<string>`");
                }
            }
        }
        self.report.add(finding);
        None
    }
}
