//! Arguments meet parameters: of gates, of templates, and of gates that a host provides.

use indexmap::IndexMap;

use crate::check::cx::Cx;
use crate::check::facts::HostParam;
use crate::check::names::check_value_name;
use crate::check::scope::{Binding, Val};
use crate::check::suggest::{closest, listed};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::{Type, Value};
use crate::syntax::ast::{Arg, Ident, Param};
use crate::text::{FileId, Span};

/// The values of a call, one per parameter, in order.
pub(in crate::check) type Bound = Vec<(String, Binding)>;

impl Cx<'_> {
    /// Binds parameters without values, to check a definition for itself.
    pub(in crate::check) fn bind_unknown(&mut self, params: &[Param]) {
        let mut seen: IndexMap<&str, Span> = IndexMap::new();
        for param in params {
            check_value_name(&param.name, "parameter", &mut self.report);
            if let Some(first) = seen.insert(&param.name.name, param.name.span) {
                self.report.add(
                    Diagnostic::new(
                        Code::DuplicateName,
                        param.name.span,
                        format!("parameter `{}` is declared twice", param.name.name),
                    )
                    .here("declared again here")
                    .label(first, "first declared here"),
                );
            }
            let ty = self.type_of(&param.ty);
            if let (Some(ty), Some(default)) = (&ty, &param.default) {
                self.want(default, ty);
            }
            let used = self.used_mark(param.name.span);
            let binding = Binding {
                val: ty.map(Val::unknown),
                span: param.name.span,
                used,
            };
            self.scope.bind(&param.name.name, binding);
        }
    }

    /// Binds the values of a call.
    pub(in crate::check) fn bind_all(&mut self, bound: Bound) {
        for (name, binding) in bound {
            self.scope.bind(&name, binding);
        }
    }

    /// Matches arguments with parameters and reads them; `None` if any is faulty.
    pub(in crate::check) fn arguments(
        &mut self,
        params: &[Param],
        args: &[Arg],
        what: &str,
        used: Span,
        declared: Span,
        file: FileId,
    ) -> Option<Bound> {
        let names: Vec<&str> = params.iter().map(|param| param.name.name.as_str()).collect();
        let given = self.match_arguments(&names, args, what, declared);
        let mut sound = given.is_some();
        let given = given.unwrap_or_default();
        let mut bound = Vec::with_capacity(params.len());
        let mut missing = Vec::new();
        for param in params {
            let ty = self.type_of(&param.ty);
            let val = match (given.get(param.name.name.as_str()), &param.default) {
                (Some(arg), _) => {
                    let val = match &ty {
                        Some(ty) => self.want(&arg.value, ty),
                        None => None,
                    };
                    sound &= val.is_some();
                    val
                }
                (None, Some(default)) => {
                    let entered = self.scope.enter(file);
                    let val = ty.as_ref().and_then(|ty| self.want(default, ty));
                    self.scope.leave(&entered);
                    sound &= val.is_some();
                    val
                }
                (None, None) => {
                    missing.push(format!("{}: {}", param.name.name, self.slice(param.ty.span)));
                    None
                }
            };
            let used = self.used_mark(param.name.span);
            let span = param.name.span;
            bound.push((param.name.name.clone(), Binding { val, span, used }));
        }
        if sound && !missing.is_empty() {
            self.missing_arguments(what, &missing, used, declared);
        }
        (sound && missing.is_empty()).then_some(bound)
    }

    fn missing_arguments(&mut self, what: &str, missing: &[String], used: Span, declared: Span) {
        let list = listed(missing.iter().map(String::as_str));
        let which = if missing.len() == 1 {
            "argument"
        } else {
            "arguments"
        };
        self.report.add(
            Diagnostic::new(
                Code::MissingArgument,
                used,
                format!("{what} needs the {which} {list}"),
            )
            .here("not given here")
            .label(declared, "declared here, without a default")
            .help(format!(
                "write them in parentheses behind the name: `({})`",
                missing.join(", ")
            )),
        );
    }

    /// By parameter, the argument that is for it.
    fn match_arguments<'g>(
        &mut self,
        params: &[&str],
        args: &'g [Arg],
        what: &str,
        declared: Span,
    ) -> Option<IndexMap<String, &'g Arg>> {
        let mut given: IndexMap<String, &Arg> = IndexMap::new();
        let mut sound = true;
        for arg in args {
            let name = match &arg.name {
                Some(name) => name.name.clone(),
                None if args.len() == 1 && !params.is_empty() => params[0].to_owned(),
                None => {
                    self.positional(params, arg, what, declared);
                    sound = false;
                    continue;
                }
            };
            let span = arg.name.as_ref().map_or(arg.span, |name| name.span);
            if !params.contains(&name.as_str()) {
                self.unknown_argument(params, &name, span, what, declared);
                sound = false;
            } else if let Some(first) = given.get(&name) {
                self.report.add(
                    Diagnostic::new(
                        Code::DuplicateProperty,
                        span,
                        format!("argument `{name}` is given twice"),
                    )
                    .here("again")
                    .label(first.span, "first given here"),
                );
                sound = false;
            } else {
                given.insert(name, arg);
            }
        }
        sound.then_some(given)
    }

    fn positional(&mut self, params: &[&str], arg: &Arg, what: &str, declared: Span) {
        let (message, help) = if params.is_empty() {
            (
                format!("{what} takes no arguments"),
                "take away the parentheses".to_owned(),
            )
        } else {
            (
                format!("several arguments of {what} are given, and this one has no name"),
                format!(
                    "only a single argument may go without its name; the names: {}",
                    listed(params.iter().copied())
                ),
            )
        };
        self.report.add(
            Diagnostic::new(Code::UnknownArgument, arg.span, message)
                .here("which argument is this?")
                .label(declared, "declared here")
                .help(help),
        );
    }

    fn unknown_argument(&mut self, params: &[&str], name: &str, span: Span, what: &str, declared: Span) {
        let mut finding = Diagnostic::new(
            Code::UnknownArgument,
            span,
            format!("{what} has no argument `{name}`"),
        )
        .here("not declared")
        .label(declared, "declared here");
        if let Some(near) = closest(name, params.iter().copied()) {
            finding = finding.here(format!("did you mean `{near}`?")).fix(
                Applicability::Unsafe,
                format!("write `{near}`"),
                span,
                near,
            );
        } else if params.is_empty() {
            finding = finding.help("it takes no arguments");
        } else {
            finding = finding.help(format!("its arguments: {}", listed(params.iter().copied())));
        }
        self.report.add(finding);
    }

    /// Arguments for something that does not exist are read for their names only.
    pub(in crate::check) fn arguments_for_nothing(&mut self, args: &[Arg]) {
        for arg in args {
            if let crate::syntax::ast::ExprKind::Variable { variable } = &arg.value.kind {
                self.meaning(variable);
            }
        }
    }

    /// The arguments of a host's gate.
    pub(in crate::check) fn host_arguments(
        &mut self,
        params: &[HostParam],
        args: &[Arg],
        gate: &Ident,
    ) -> Option<IndexMap<String, Value>> {
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        let what = format!("gate `{}`", gate.name);
        let given = self.match_arguments(&names, args, &what, gate.span)?;
        let mut values = IndexMap::new();
        let mut missing = Vec::new();
        let mut sound = true;
        for param in params {
            match given.get(&param.name) {
                Some(arg) => match self.want(&arg.value, &param.ty) {
                    Some(val) => {
                        if let Some(value) = val.value {
                            values.insert(param.name.clone(), value);
                        }
                    }
                    None => sound = false,
                },
                None if !param.optional => missing.push(format!("{}: {}", param.name, param.ty)),
                None => {}
            }
        }
        if sound && !missing.is_empty() {
            self.missing_arguments(&what, &missing, gate.span, gate.span);
        }
        (sound && missing.is_empty()).then_some(values)
    }
}

/// `coverage(min: 75%)`: a gate's name with the arguments that this use gives.
pub(super) fn gate_display(name: &str, args: &[Arg], bound: &Bound) -> String {
    let shown: Vec<String> = bound
        .iter()
        .enumerate()
        .filter(|(index, (name, _))| {
            let given = |arg: &Arg| arg.name.as_ref().map_or(*index == 0, |given| given.name == *name);
            args.iter().any(given)
        })
        .filter_map(|(_, (name, binding))| {
            let val = binding.val.as_ref()?;
            Some(format!("{name}: {}", shown(val.value.as_ref()?, &val.ty)))
        })
        .collect();
    if shown.is_empty() {
        name.to_owned()
    } else {
        format!("{name}({})", shown.join(", "))
    }
}

fn shown(value: &Value, ty: &Type) -> String {
    match ty {
        Type::String => format!("{:?}", value.to_string()),
        Type::List(_) => format!("[{value}]"),
        _ => value.to_string(),
    }
}
