//! Params and lets get their values, from top to bottom, and `--set` has its say.

use super::MissingParam;
use super::cx::Cx;
use super::names::Constant;
use super::scope::{Binding, Val};
use super::suggest::{closest, listed};
use crate::diag::{Code, Diagnostic};
use crate::model::Type;
use crate::syntax::ast;
use crate::text::{FileId, Span};

impl Cx<'_> {
    /// Gives the params and lets of every file their values.
    pub(super) fn globals(&mut self) {
        let names = self.names;
        for (file, constant) in &names.constants {
            self.scope.file = *file;
            match constant {
                Constant::Param(param, docs) => self.param(*file, param, docs),
                Constant::Let(constant) => {
                    let val = self.infer(&constant.value, None);
                    self.declare(*file, &constant.name, val);
                }
            }
        }
        self.scope.file = self.root();
        self.strange_settings();
    }

    /// The checked file.
    pub(super) fn root(&self) -> FileId {
        self.loaded.order.last().copied().unwrap_or_default()
    }

    fn declare(&mut self, file: FileId, name: &ast::Ident, val: Option<Val>) {
        let used = self.used_mark(name.span);
        let span = name.span;
        self.scope.declare(file, &name.name, Binding { val, span, used });
    }

    fn param(&mut self, file: FileId, param: &ast::Param, docs: &[String]) {
        let ty = self.type_of(&param.ty);
        let default = match (&ty, &param.default) {
            (Some(ty), Some(default)) => Some(self.want(default, ty)),
            _ => None,
        };
        let name = &param.name.name;
        let set = self
            .input
            .set
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, text)| text);
        let val = match (ty, set) {
            (None, _) => None,
            (Some(ty), Some(text)) => {
                self.overridden.push(name.clone());
                self.setting(param, &ty, text)
            }
            (Some(ty), None) => default.unwrap_or_else(|| {
                if param.default.is_none() && file == self.root() {
                    self.missing.push(MissingParam {
                        name: name.clone(),
                        ty: ty.clone(),
                        docs: docs.to_vec(),
                        span: param.name.span,
                    });
                }
                Some(Val::unknown(ty))
            }),
        };
        if let Some(value) = val.as_ref().and_then(|val| val.value.clone()) {
            self.params.insert(name.clone(), value);
        }
        self.declare(file, &param.name, val);
    }

    fn setting(&mut self, param: &ast::Param, ty: &Type, text: &str) -> Option<Val> {
        match self.read(text, ty) {
            Ok(value) => Some(Val::known(ty.clone(), value)),
            Err(wrong) => {
                let name = &param.name.name;
                let mut finding = Diagnostic::new(
                    wrong.code,
                    param.span,
                    format!("`--set {name}={text}`: {}", wrong.message),
                )
                .here(format!("param `{name}` is declared here"))
                .help(wrong.here);
                if let Some(help) = wrong.help {
                    finding = finding.help(help);
                }
                self.report.add(finding);
                None
            }
        }
    }

    /// Reports `--set` of what is no param.
    fn strange_settings(&mut self) {
        let root = self.root();
        let names = self.names;
        let params: Vec<&str> = names
            .constants
            .iter()
            .filter(|(file, _)| *file == root)
            .filter_map(|(_, constant)| match constant {
                Constant::Param(param, _) => Some(param.name.name.as_str()),
                Constant::Let(_) => None,
            })
            .collect();
        let at = match names.header {
            Some((header, item)) => item.span.before().to(header.title.span),
            None => Span::new(root, 0, 0),
        };
        let mut wrong: Vec<&str> = Vec::new();
        for (name, _) in self.input.set {
            let broken = names.broken_constants.iter().any(|(_, known, _)| known == name);
            if !params.contains(&name.as_str()) && !broken && !wrong.contains(&name.as_str()) {
                wrong.push(name);
            }
        }
        let Some(first) = wrong.first() else { return };
        let which = if wrong.len() == 1 { "a param" } else { "params" };
        let mut finding = Diagnostic::new(
            Code::UnknownParam,
            at,
            format!(
                "`--set` names {which} that the plan does not have: {}",
                listed(wrong.iter().copied())
            ),
        )
        .here("this plan");
        if let Some(near) = closest(first, params.iter().copied()) {
            finding = finding.help(format!("did you mean `--set {near}=...`?"));
        } else if params.is_empty() {
            finding = finding.help(format!(
                "the plan has no params; declare one: `param {first}: string`"
            ));
        } else {
            finding = finding.help(format!("its params: {}", listed(params.iter().copied())));
        }
        let is_let = self
            .scope
            .of_file(root)
            .find(|(name, _)| name == first)
            .map(|(_, b)| b.span);
        if let Some(span) = is_let {
            finding = finding.label(span, "a constant").help(format!(
                "`let` is fixed; to set it from outside declare `param {first}: ... = ...`"
            ));
        }
        self.report.add(finding);
    }
}
