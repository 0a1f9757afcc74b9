//! Variables: from `$name` and `${name.field}` to what they mean at their place.

use crate::check::cx::Cx;
use crate::check::plan::StepVariable;
use crate::check::scope::Val;
use crate::check::suggest::closest;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::{Type, Value, Version};
use crate::syntax::ast::Variable;

/// The fields of a version and their types.
const VERSION_FIELDS: [(&str, Type); 9] = [
    ("major", Type::Int),
    ("minor", Type::Int),
    ("patch", Type::Int),
    ("pre", Type::String),
    ("release", Type::Version),
    ("next_patch", Type::Version),
    ("next_minor", Type::Version),
    ("next_major", Type::Version),
    ("is_prerelease", Type::Bool),
];

/// What a variable means.
pub(in crate::check) enum Meaning {
    /// A value, known or not.
    Value(Val),
    /// It has a value only while a step runs.
    Step(StepVariable),
}

impl Cx<'_> {
    /// The value of a variable, where only values will do; `what` says what is wanted there.
    pub(in crate::check) fn value_of(&mut self, variable: &Variable, what: &str) -> Option<Val> {
        match self.meaning(variable)? {
            Meaning::Value(val) => Some(val),
            Meaning::Step(step) => {
                self.step_variable_misplaced(variable, step, what);
                None
            }
        }
    }

    /// What a variable means; `None` if that is nothing, which is then reported.
    pub(in crate::check) fn meaning(&mut self, variable: &Variable) -> Option<Meaning> {
        let name = variable.name.name.as_str();
        let Some(binding) = self.scope.get(name) else {
            if let Some(step) = StepVariable::ALL.into_iter().find(|step| step.name() == name) {
                if variable.field.is_some() {
                    self.no_field(variable, "a step variable has no fields");
                    return None;
                }
                return Some(Meaning::Step(step));
            }
            self.unknown_variable(variable);
            return None;
        };
        binding.used.set(true);
        let mut val = binding.val.clone()?;
        if self.dead > 0 {
            val.value = None;
        }
        match &variable.field {
            None => Some(Meaning::Value(val)),
            Some(field) if !variable.braced && field_type(&val.ty, &field.name).is_some() => {
                self.without_braces(variable, &field.name, variable.span);
                None
            }
            Some(_) => self.field(variable, val).map(Meaning::Value),
        }
    }

    fn field(&mut self, variable: &Variable, val: Val) -> Option<Val> {
        let field = variable.field.as_ref()?;
        let Some(ty) = field_type(&val.ty, &field.name) else {
            let text = if val.ty == Type::Version {
                format!(
                    "a version has {}",
                    VERSION_FIELDS.map(|(name, _)| format!("`{name}`")).join(", ")
                )
            } else {
                format!("`${}` is a {}, which has no fields", variable.name.name, val.ty)
            };
            self.no_field(variable, &text);
            return None;
        };
        let value = match val.value {
            Some(Value::Version(version)) => Some(field_value(&version, &field.name)),
            _ => None,
        };
        Some(Val { ty, value })
    }

    fn no_field(&mut self, variable: &Variable, why: &str) {
        let Some(field) = &variable.field else { return };
        let mut finding = Diagnostic::new(
            Code::UnknownField,
            field.span,
            format!("`${}` has no field `{}`", variable.name.name, field.name),
        )
        .here("no such field")
        .help(why);
        if let Some(near) = closest(&field.name, VERSION_FIELDS.iter().map(|(name, _)| *name))
            && why.starts_with("a version")
        {
            finding = finding.fix(Applicability::Unsafe, format!("write `{near}`"), field.span, near);
        }
        self.report.add(finding);
    }

    /// `$version.major`: the field counts only inside braces.
    pub(in crate::check) fn without_braces(
        &mut self,
        variable: &Variable,
        field: &str,
        span: crate::text::Span,
    ) {
        let name = &variable.name.name;
        self.report.add(
            Diagnostic::new(
                Code::FieldWithoutBraces,
                span,
                format!("`${name}.{field}` reads as `${name}` followed by `.{field}`"),
            )
            .here("the field needs braces")
            .help(format!(
                "for the field write `${{{name}.{field}}}`; for the value followed by a dot write `${{{name}}}.{field}`"
            ))
            .fix(
                Applicability::Safe,
                "put braces around it",
                span,
                format!("${{{name}.{field}}}"),
            ),
        );
    }

    /// Whether `$name` is a version whose field `rest` begins with, as in `$version.major`.
    pub(in crate::check) fn field_behind<'t>(&self, variable: &Variable, rest: &'t str) -> Option<&'t str> {
        if variable.braced || variable.field.is_some() {
            return None;
        }
        let rest = rest.strip_prefix('.')?;
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let binding = self.scope.get(&variable.name.name)?;
        let val = binding.val.as_ref()?;
        field_type(&val.ty, &rest[..end]).map(|_| &rest[..end])
    }

    fn unknown_variable(&mut self, variable: &Variable) {
        let name = variable.name.name.clone();
        if let Some(declared) = self.names.secrets.get(name.as_str()) {
            let declared = *declared;
            self.report.add(
                Diagnostic::new(Code::SecretInString, variable.span, format!("the secret `{name}` is put into text"))
                    .here("it would stand in journals, process lists and logs")
                    .label(declared, "declared secret here")
                    .help(format!(
                        "every command finds it in its environment under the name {name}: let the script read it there, or use `sh '... \"${name}\" ...'`"
                    )),
            );
            return;
        }
        let broken = self
            .names
            .broken_constants
            .iter()
            .any(|(file, known, _)| *file == self.scope.file && *known == name);
        if broken {
            return;
        }
        if let Some(later) = self.declared_later(&name) {
            self.report.add(
                Diagnostic::new(
                    Code::VariableOutOfPlace,
                    variable.span,
                    format!("`${name}` has no value yet"),
                )
                .here("used before its declaration")
                .label(later, "declared here")
                .help("params and lets get their values from top to bottom; move the declaration up"),
            );
            return;
        }
        let finding = Diagnostic::new(
            Code::UnknownName,
            variable.span,
            format!("there is no value `${name}`"),
        )
        .here("not declared");
        let near = closest(&name, self.scope.names()).map(str::to_owned);
        let step = || closest(&name, StepVariable::ALL.map(StepVariable::name));
        if let Some(near) = near.as_deref().or_else(step) {
            self.report
                .add(finding.here(format!("did you mean `${near}`?")).fix(
                    Applicability::Unsafe,
                    format!("write `${near}`"),
                    variable.name.span,
                    near,
                ));
            return;
        }
        let shouted = name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit());
        let help = if shouted {
            format!(
                "rel does not read the environment of the shell it was started from; for an environment variable of a command use `sh '...'`, and `secret {name}` for a password; a dollar sign is written `\\$`"
            )
        } else {
            format!(
                "declare it: `param {name}: string` for what is set from outside, `let {name} = ...` for a constant; a dollar sign is written `\\$`"
            )
        };
        self.report.add(finding.help(help));
    }

    pub(in crate::check) fn step_variable_misplaced(
        &mut self,
        variable: &Variable,
        step: StepVariable,
        what: &str,
    ) {
        let place = match step {
            StepVariable::Ref | StepVariable::Previous => {
                "the `deploy` command of an environment (`$ref` in `shift` too)"
            }
            StepVariable::Weight => "the `shift` command of an environment",
            StepVariable::Message => "the command of a channel",
            StepVariable::Commit | StepVariable::Branch => {
                "commands that run in a checkout: those of gates that are not `live`, `run` and `sh` steps, `deploy`, edits of a `commit`"
            }
            StepVariable::Phase | StepVariable::Run => "commands",
        };
        self.report.add(
            Diagnostic::new(
                Code::VariableOutOfPlace,
                variable.span,
                format!("`${}` has no meaning in {what}", step.name()),
            )
            .here("it has a value only while certain commands run")
            .help(format!("`${}` is for {place}", step.name())),
        );
    }
}

fn field_type(ty: &Type, field: &str) -> Option<Type> {
    if *ty != Type::Version {
        return None;
    }
    VERSION_FIELDS
        .iter()
        .find(|(name, _)| *name == field)
        .map(|(_, ty)| ty.clone())
}

fn field_value(version: &Version, field: &str) -> Value {
    let int = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
    match field {
        "major" => int(version.major()),
        "minor" => int(version.minor()),
        "patch" => int(version.patch()),
        "pre" => Value::String(version.pre().to_owned()),
        "release" => {
            let release = Version::parse(version.release());
            Value::Version(release.unwrap_or_else(|| version.clone()))
        }
        "next_patch" => Value::Version(version.next_patch()),
        "next_minor" => Value::Version(version.next_minor()),
        "next_major" => Value::Version(version.next_major()),
        _ => Value::Bool(version.is_prerelease()),
    }
}
