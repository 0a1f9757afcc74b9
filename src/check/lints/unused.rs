//! `unused-param`: a param, let or argument that nothing uses.

use crate::check::cx::Cx;
use crate::check::names::{Constant, Names};
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::Param;
use crate::text::Span;

pub(super) fn check(cx: &mut Cx<'_>) {
    let names = cx.names;
    for (_, constant) in &names.constants {
        let (name, span, what) = match constant {
            Constant::Param(param, _) => (&param.name.name, param.name.span, "param"),
            Constant::Let(constant) => (&constant.name.name, constant.name.span, "let"),
        };
        report(cx, what, name, span);
    }
    for param in arguments(names) {
        report(cx, "argument", &param.name.name, param.name.span);
    }
}

fn arguments<'a>(names: &Names<'a>) -> Vec<&'a Param> {
    let gates = names
        .gates
        .values()
        .filter_map(|gate| gate.ast)
        .flat_map(|gate| &gate.params);
    let templates = names
        .templates
        .values()
        .filter_map(|t| t.ast)
        .flat_map(|template| &template.params);
    gates.chain(templates).collect()
}

fn report(cx: &mut Cx<'_>, what: &str, name: &str, span: Span) {
    if cx.used_mark(span).get() || name.starts_with('_') {
        return;
    }
    let mut finding = Diagnostic::new(Code::UnusedParam, span, format!("{what} `{name}` is never used"))
        .here("nothing says its name")
        .help(format!("take it away, or use it as `${name}`"));
    if what != "argument" {
        finding = finding.help(format!(
            "a script that is called by `sh` finds it in its environment; to show that it is meant, hand it over: `sh 'scripts/release.sh \"${name}\"'`"
        ));
    }
    cx.report.add(finding);
}
