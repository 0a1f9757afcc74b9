//! The checker at work: what every part of it shares.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use indexmap::IndexMap;

use super::load::Loaded;
use super::names::Names;
use super::plan::{Command, Environment, Plan, Source, Step, StepId};
use super::report::Report;
use super::scope::Scope;
use super::{Input, MissingParam, effects, lints, order};
use crate::diag::{Code, Diagnostic};
use crate::model::Value;
use crate::text::Span;

/// What the checker gives back.
pub(super) struct Outcome {
    pub(super) plan: Option<Plan>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) missing: Vec<MissingParam>,
}

/// The state of a check.
pub(super) struct Cx<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) loaded: &'a Loaded,
    pub(super) names: &'a Names<'a>,
    pub(super) report: Report,
    pub(super) scope: Scope,
    /// Inside how many arms that known values rule out: there values count as unknown, so that
    /// only names and types are checked, and no step comes of it.
    pub(super) dead: u32,
    /// How many blocks and uses deep the expansion is.
    pub(super) depth: usize,
    /// How many steps came out of expansions.
    pub(super) expanded: usize,
    /// Whether each declared value is used, by its declaration.
    pub(super) used: HashMap<Span, Rc<Cell<bool>>>,
    /// Environments; `None` where the declaration is faulty.
    pub(super) environments: IndexMap<&'a str, Option<Environment>>,
    /// Channels; `None` where the declaration is faulty.
    pub(super) channels: IndexMap<&'a str, Option<Command>>,
    /// Templates that use themselves, or are faulty: not expanded.
    pub(super) closed_templates: std::collections::HashSet<&'a str>,
    pub(super) params: IndexMap<String, Value>,
    pub(super) overridden: Vec<String>,
    pub(super) missing: Vec<MissingParam>,
    /// Remotes that steps name.
    pub(super) remotes: Vec<String>,
    /// Short names that were read through a value of type `tag`.
    pub(super) tag_values: std::collections::HashSet<String>,
    /// Steps made since the block around them began.
    pub(super) steps: Vec<Step>,
    next_step: u32,
    pub(super) at: Place,
}

/// Where in a phase the checker is.
#[derive(Clone, Default)]
pub(super) struct Place {
    /// In its rollback.
    pub(super) rollback: bool,
    /// In a definition that is checked for itself: there is no phase around it.
    pub(super) definition: bool,
    /// The branches of the `try`s around, innermost last.
    pub(super) tries: Vec<(String, Span)>,
    /// The branch the phase last wrote.
    pub(super) last: Last,
    /// What the phase last deployed, by environment.
    pub(super) deployed: HashMap<String, Source>,
}

/// The branch a phase last wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Last {
    /// None yet.
    #[default]
    Nothing,
    /// This one.
    Branch(String),
    /// Cannot be told, because a statement is faulty.
    Unclear,
}

impl<'a> Cx<'a> {
    pub(super) fn new(
        input: &'a Input<'a>,
        loaded: &'a Loaded,
        names: &'a Names<'a>,
        report: Report,
    ) -> Self {
        Self {
            input,
            loaded,
            names,
            report,
            scope: Scope::default(),
            dead: 0,
            depth: 0,
            expanded: 0,
            used: HashMap::new(),
            environments: IndexMap::new(),
            channels: IndexMap::new(),
            closed_templates: std::collections::HashSet::new(),
            params: IndexMap::new(),
            overridden: Vec::new(),
            missing: Vec::new(),
            remotes: Vec::new(),
            tag_values: std::collections::HashSet::new(),
            steps: Vec::new(),
            next_step: 0,
            at: Place::default(),
        }
    }

    /// Checks everything, in the order in which the parts need each other.
    pub(super) fn run(mut self) -> Outcome {
        self.globals();
        let header = self.header();
        self.windows();
        self.all_environments();
        self.all_channels();
        self.gate_definitions();
        self.template_definitions();
        let protected = self.protected();
        let mut phases = self.all_phases();
        let faultless = self.report.errors() == 0;
        let refs = effects::Refs::gather(&phases, &self);
        effects::fill(&mut phases, &refs, self.input.facts);
        let sorted = order::check(&mut self, &phases, &refs);
        lints::check(&mut self, &phases, sorted.as_deref(), &refs, faultless);
        // Where a fault has kept rules from looking, what is unused cannot be told.
        if faultless && sorted.is_some() {
            self.report.unused_suppressions();
        }
        let plan = match (header, sorted) {
            (Some(header), Some(sorted)) if self.report.errors() == 0 && self.missing.is_empty() => {
                Some(self.assemble(header, protected, phases, &sorted))
            }
            _ => None,
        };
        Outcome {
            plan,
            diagnostics: self.report.finish(),
            missing: self.missing,
        }
    }

    /// The source text of a span.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.loaded.sources.slice(span)
    }

    /// The source text of a span on one line.
    pub(super) fn one_line(&self, span: Span) -> String {
        let mut line = String::new();
        for word in self.slice(span).split_whitespace() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        line
    }

    /// The mark that says whether the declaration at `span` is used.
    pub(super) fn used_mark(&mut self, span: Span) -> Rc<Cell<bool>> {
        Rc::clone(self.used.entry(span).or_default())
    }

    /// The next step's id.
    pub(super) fn step_id(&mut self) -> StepId {
        let id = StepId(self.next_step);
        self.next_step += 1;
        id
    }

    /// Reports a form that nothing would come of yet.
    pub(super) fn unsupported(&mut self, span: Span, what: &str, instead: &str) {
        self.report.add(
            Diagnostic::new(
                Code::Unsupported,
                span,
                format!("{what} cannot be executed by this version of rel yet"),
            )
            .here("parsed, but nothing would come of it")
            .help(instead),
        );
    }

    /// Reports the second of two entries of which only one makes sense; whether this is the first.
    pub(super) fn once(&mut self, slot: &mut Option<Span>, span: Span, what: &str) -> bool {
        let Some(first) = *slot else {
            *slot = Some(span);
            return true;
        };
        self.report.add(
            Diagnostic::new(Code::DuplicateProperty, span, format!("{what} is given twice"))
                .here("again")
                .label(first, "first given here")
                .help("keep one of them"),
        );
        false
    }
}
