//! Texts: `$name` filled in.

use crate::check::cx::Cx;
use crate::check::scope::Val;
use crate::diag::{Code, Diagnostic};
use crate::model::{Type, Value};
use crate::syntax::ast::{Text, TextPart, Variable};
use crate::text::Span;

/// A text with its values filled in.
#[derive(Clone, Debug)]
pub(in crate::check) struct Filled {
    /// The text; a value that is not known stands as `${name}`.
    pub(in crate::check) text: String,
    /// Whether every value is known.
    pub(in crate::check) known: bool,
    /// The type of the value, if the text is one variable and nothing else.
    pub(in crate::check) only: Option<Type>,
}

impl Filled {
    /// As a string value.
    pub(in crate::check) fn into_val(self) -> Val {
        Val {
            ty: Type::String,
            value: self.known.then_some(Value::String(self.text)),
        }
    }
}

impl Cx<'_> {
    /// Fills in the variables of a text.
    pub(in crate::check) fn fill(&mut self, text: &Text) -> Option<Filled> {
        let mut filled = Filled {
            text: String::new(),
            known: true,
            only: None,
        };
        let mut sound = true;
        let mut parts = text.parts.iter().peekable();
        while let Some(part) = parts.next() {
            match part {
                TextPart::Literal { text, .. } => filled.text.push_str(text),
                TextPart::Variable(variable) => {
                    if self.braces_missing(variable, parts.peek().copied()) {
                        sound = false;
                        continue;
                    }
                    let Some(val) = self.value_of(variable, "text") else {
                        sound = false;
                        continue;
                    };
                    filled.only = (text.parts.len() == 1).then(|| val.ty.clone());
                    sound &= self.pour(&mut filled, variable, &val);
                }
            }
        }
        sound.then_some(filled)
    }

    /// A text that must be known wherever its values are; `None` when faulty.
    pub(in crate::check) fn string(&mut self, text: &Text) -> Option<String> {
        self.fill(text).map(|filled| filled.text)
    }

    /// Reports `$version.major` in a text.
    pub(in crate::check) fn braces_missing(&mut self, variable: &Variable, next: Option<&TextPart>) -> bool {
        let Some(TextPart::Literal { text, span }) = next else {
            return false;
        };
        let Some(field) = self.field_behind(variable, text) else {
            return false;
        };
        let field = field.to_owned();
        let end = span.start as usize + 1 + field.len();
        let whole = Span::new(span.file, variable.span.start as usize, end);
        if let Some(binding) = self.scope.get(&variable.name.name) {
            binding.used.set(true);
        }
        self.without_braces(variable, &field, whole);
        true
    }

    fn pour(&mut self, filled: &mut Filled, variable: &Variable, val: &Val) -> bool {
        if matches!(val.ty, Type::List(_)) {
            self.list_in_text(variable, &val.ty);
            return false;
        }
        if let Some(value) = &val.value {
            use std::fmt::Write;
            let _ = write!(filled.text, "{value}");
        } else {
            filled.known = false;
            filled.text.push_str(&placeholder(variable));
        }
        true
    }

    pub(in crate::check) fn list_in_text(&mut self, variable: &Variable, ty: &Type) {
        self.report.add(
            Diagnostic::new(
                Code::WrongType,
                variable.span,
                format!("`${}` is a {ty} and cannot stand in text", variable.name.name),
            )
            .here("a list has no single text")
            .help(format!(
                "repeat the statement with `for item in ${} {{ ... }}`",
                variable.name.name
            )),
        );
    }
}

/// How a value that is not known stands in a text.
pub(in crate::check) fn placeholder(variable: &Variable) -> String {
    match &variable.field {
        Some(field) => format!("${{{}.{}}}", variable.name.name, field.name),
        None => format!("${{{}}}", variable.name.name),
    }
}
