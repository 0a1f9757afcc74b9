//! `when`, `for`, `do`, `try`: expanded here.

use std::collections::{HashMap, HashSet};

use crate::check::cx::{Cx, Last};
use crate::check::gate::Bound;
use crate::check::names::{Declared, check_value_name};
use crate::check::plan::{Step, StepKind};
use crate::check::scope::{Binding, Val};
use crate::diag::{Code, Diagnostic};
use crate::model::{Type, Value};
use crate::syntax::ast::{self, Arg, Expr, Ident, Text};
use crate::text::Span;

/// How deep blocks and uses may nest in one another, once expanded.
const MAX_DEPTH: usize = 100;

/// How many steps and edits may come out of templates and loops.
const MAX_EXPANDED: usize = 50_000;

/// What a loop goes over.
pub(super) enum Items {
    /// These values.
    Known(Type, Vec<Value>),
    /// A list that is not known yet.
    Unknown(Option<Type>),
}

impl<'a> Cx<'a> {
    /// Whether a condition holds; `None` if that cannot be told yet.
    pub(in crate::check) fn condition(&mut self, condition: &Expr) -> Option<bool> {
        match self.want(condition, &Type::Bool)?.value {
            Some(Value::Bool(holds)) => Some(holds),
            _ => None,
        }
    }

    pub(super) fn when(
        &mut self,
        condition: &Expr,
        then: &'a [ast::Step],
        otherwise: Option<&'a [ast::Step]>,
        span: Span,
    ) {
        let holds = self.condition(condition);
        if !self.deepen(span) {
            return;
        }
        let before = (self.at.last.clone(), self.at.deployed.clone());
        self.arm(then, holds != Some(false));
        let after_then = std::mem::replace(&mut self.at.last, before.0.clone());
        let deployed_then = std::mem::replace(&mut self.at.deployed, before.1);
        self.arm(otherwise.unwrap_or_default(), holds != Some(true));
        match holds {
            Some(true) => {
                self.at.last = after_then;
                self.at.deployed = deployed_then;
            }
            Some(false) => {}
            None if self.at.last == after_then => {}
            None => self.at.last = Last::Unclear,
        }
        self.depth -= 1;
    }

    fn arm(&mut self, steps: &'a [ast::Step], live: bool) {
        self.dead += u32::from(!live);
        self.all_steps(steps);
        self.dead -= u32::from(!live);
    }

    pub(super) fn repeat(&mut self, variable: &'a Ident, list: &Expr, steps: &'a [ast::Step], span: Span) {
        let items = self.loop_items(variable, list);
        if !self.deepen(span) {
            return;
        }
        self.each(variable, items, span, &mut |cx| cx.all_steps(steps));
        self.depth -= 1;
    }

    /// Reads what a loop goes over.
    pub(super) fn loop_items(&mut self, variable: &Ident, list: &Expr) -> Items {
        check_value_name(variable, "loop variable", &mut self.report);
        let Some(val) = self.infer(list, None) else {
            return Items::Unknown(None);
        };
        let Type::List(of) = val.ty else {
            self.report.add(
                Diagnostic::new(
                    Code::WrongType,
                    list.span,
                    format!("`for` wants a list, found a {}", val.ty),
                )
                .here(format!("this is a {}", val.ty))
                .help("write the items in brackets: `for region in [\"eu\", \"us\"] { ... }`"),
            );
            return Items::Unknown(None);
        };
        match val.value {
            Some(Value::List(items)) => Items::Known(*of, items),
            _ => Items::Unknown(Some(*of)),
        }
    }

    /// Does the body once per item; once for its names and types if there are none.
    pub(super) fn each(
        &mut self,
        variable: &Ident,
        items: Items,
        span: Span,
        body: &mut dyn FnMut(&mut Self),
    ) {
        let (ty, items, dead) = match items {
            Items::Known(ty, items) if items.is_empty() => (Some(ty), vec![None], true),
            Items::Known(ty, items) => (Some(ty), items.into_iter().map(Some).collect(), false),
            Items::Unknown(ty) => (ty, vec![None], false),
        };
        let head = Span {
            end: variable.span.end,
            ..span
        };
        for value in items {
            let note = value.as_ref().map_or_else(
                || "in this loop".to_owned(),
                |value| format!("with `{}` = `{value}`", variable.name),
            );
            let entered = self.scope.mark();
            let used = self.used_mark(variable.span);
            let val = ty.clone().map(|ty| Val { ty, value });
            let span = variable.span;
            self.scope.bind(&variable.name, Binding { val, span, used });
            self.report.enter(head, note);
            self.dead += u32::from(dead);
            body(self);
            self.dead -= u32::from(dead);
            self.report.leave();
            self.scope.leave(&entered);
        }
    }

    pub(super) fn do_template(&mut self, name: &'a Ident, args: &'a [Arg], span: Span) {
        let names = self.names;
        let Some(declared) = names.templates.get(name.name.as_str()) else {
            self.arguments_for_nothing(args);
            self.at.last = Last::Unclear;
            let known: Vec<&str> = names.templates.keys().copied().collect();
            let help = format!("declare it: `template {} {{ ... }}`", name.name);
            self.unknown_name("template", &name.name, name.span, known, &help);
            return;
        };
        let Declared {
            ast: Some(template),
            file,
            ..
        } = declared
        else {
            self.arguments_for_nothing(args);
            self.at.last = Last::Unclear;
            return;
        };
        let what = format!("template `{}`", name.name);
        let bound = self.arguments(&template.params, args, &what, span, template.name.span, *file);
        let (Some(bound), false) = (bound, self.closed_templates.contains(name.name.as_str())) else {
            self.at.last = Last::Unclear;
            return;
        };
        // Definitions are checked each for itself; what they use has its own turn.
        if self.at.definition {
            self.at.last = Last::Unclear;
            return;
        }
        self.expand(template, bound, span, *file);
    }

    fn expand(&mut self, template: &'a ast::Template, bound: Bound, span: Span, file: crate::text::FileId) {
        if !self.deepen(span) {
            return;
        }
        let entered = self.scope.enter(file);
        self.bind_all(bound);
        self.report.enter(span, "expanded from here");
        self.all_steps(&template.steps);
        self.report.leave();
        self.scope.leave(&entered);
        self.depth -= 1;
    }

    pub(super) fn trial(&mut self, branch: &Text, from: &Text, steps: &'a [ast::Step], span: Span) {
        let name = self.branch(branch);
        let source = self.source(from);
        if !self.deepen(span) {
            return;
        }
        let head = span.before().to(from.span);
        let before = (self.at.last.clone(), self.at.deployed.clone());
        let outer = std::mem::take(&mut self.steps);
        let id = (self.dead == 0 && !self.at.definition).then(|| self.step_id());
        let own = name
            .as_ref()
            .map_or_else(|| self.slice(branch.span).to_owned(), ToString::to_string);
        self.at.last = Last::Branch(own.clone());
        self.at.tries.push((own, head));
        self.all_steps(steps);
        self.at.tries.pop();
        (self.at.last, self.at.deployed) = before;
        self.depth -= 1;
        let inner = std::mem::replace(&mut self.steps, outer);
        if let (Some(branch), Some(from), Some(id)) = (name, source, id) {
            let display = format!("try {branch} from {}", from.text);
            self.steps.push(Step {
                id,
                kind: StepKind::Try {
                    branch,
                    from,
                    steps: inner,
                },
                display,
                span,
                expanded_from: self.report.uses(),
            });
        }
    }

    /// Goes one level down; not without end.
    fn deepen(&mut self, span: Span) -> bool {
        if self.depth < MAX_DEPTH {
            self.depth += 1;
            return true;
        }
        self.report.add(
            Diagnostic::new(
                Code::NestingTooDeep,
                span,
                format!("templates and blocks nest deeper than {MAX_DEPTH} levels here"),
            )
            .here("too deep")
            .help("a chain of templates that long is better one template with a `for`"),
        );
        self.at.last = Last::Unclear;
        false
    }

    /// Counts what comes out of templates and loops; not without end.
    pub(super) fn count_expanded(&mut self, span: Span) -> bool {
        self.expanded += 1;
        if self.expanded <= MAX_EXPANDED {
            return true;
        }
        if self.expanded == MAX_EXPANDED + 1 {
            self.report.add(
                Diagnostic::new(Code::ExpansionTooLarge, span, format!("templates and loops expand to more than {MAX_EXPANDED} steps"))
                    .here("the first step too many")
                    .help("loops in loops and templates that use templates multiply; a plan of that size cannot be reviewed by anybody"),
            );
        }
        self.at.last = Last::Unclear;
        false
    }

    /// Checks every template once for itself, its parameters having types but no values.
    pub(in crate::check) fn template_definitions(&mut self) {
        self.recursive_templates();
        let names = self.names;
        for declared in names.templates.values() {
            let Some(template) = declared.ast else { continue };
            self.at = crate::check::cx::Place {
                definition: true,
                ..Default::default()
            };
            let entered = self.scope.enter(declared.file);
            self.bind_unknown(&template.params);
            self.all_steps(&template.steps);
            self.scope.leave(&entered);
        }
        self.at = crate::check::cx::Place::default();
    }

    /// Finds templates that use themselves, each circle once.
    fn recursive_templates(&mut self) {
        let names = self.names;
        let uses: Vec<Vec<(usize, Span)>> = names
            .templates
            .values()
            .map(|declared| {
                let steps = declared.ast.map_or(&[][..], |template| &template.steps);
                template_uses(steps)
                    .into_iter()
                    .filter_map(|(name, span)| Some((names.templates.get_index_of(name)?, span)))
                    .collect()
            })
            .collect();
        let mut done: HashSet<usize> = HashSet::new();
        for start in 0..uses.len() {
            let mut path: Vec<(usize, usize)> = vec![(start, 0)];
            let mut on_path: HashMap<usize, usize> = HashMap::from([(start, 0)]);
            if done.contains(&start) {
                continue;
            }
            while let Some((template, next)) = path.last_mut() {
                let Some((used, span)) = uses[*template].get(*next).copied() else {
                    done.insert(*template);
                    on_path.remove(template);
                    path.pop();
                    continue;
                };
                *next += 1;
                if let Some(at) = on_path.get(&used) {
                    let circle: Vec<usize> = path[*at..].iter().map(|(template, _)| *template).collect();
                    self.recursive(&circle, span);
                } else if !done.contains(&used) {
                    on_path.insert(used, path.len());
                    path.push((used, 0));
                }
            }
        }
    }

    fn recursive(&mut self, circle: &[usize], span: Span) {
        let names = self.names;
        let name = |index: &usize| *names.templates.get_index(*index).map_or(&"", |(name, _)| name);
        self.closed_templates.extend(circle.iter().map(name));
        let mut path: Vec<&str> = circle.iter().map(name).collect();
        path.push(name(&circle[0]));
        let declared = names
            .templates
            .get_index(circle[0])
            .map(|(_, declared)| declared.name);
        let mut finding = Diagnostic::new(
            Code::RecursiveTemplate,
            span,
            format!("template `{}` uses itself: {}", path[0], path.join(" → ")),
        )
        .here("closes the circle");
        if let Some(declared) = declared {
            finding = finding.label(declared, "the template");
        }
        self.report.add(finding.help(
            "a template is expanded where it is used, so it cannot contain itself; to repeat steps use `for`",
        ));
    }
}

/// The templates that steps use, blocks included.
fn template_uses(steps: &[ast::Step]) -> Vec<(&str, Span)> {
    let mut uses = Vec::new();
    let mut open: Vec<&ast::Step> = steps.iter().rev().collect();
    while let Some(step) = open.pop() {
        match &step.kind {
            ast::StepKind::Do { template, .. } => uses.push((template.name.as_str(), step.span)),
            ast::StepKind::When { then, otherwise, .. } => {
                open.extend(otherwise.iter().flatten().rev());
                open.extend(then.iter().rev());
            }
            ast::StepKind::For { steps, .. } | ast::StepKind::Try { steps, .. } => {
                open.extend(steps.iter().rev());
            }
            _ => {}
        }
    }
    uses
}
