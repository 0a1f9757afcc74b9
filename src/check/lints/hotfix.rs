//! `hotfix-not-synced`: a hotfix lands on main, and the development branch never gets it.

use std::collections::HashSet;

use crate::check::cx::Cx;
use crate::check::effects::Refs;
use crate::check::phase::Draft;
use crate::check::plan::{Source, Step, StepKind};
use crate::diag::{Code, Diagnostic};
use crate::text::Span;

const MAIN: [&str; 2] = ["refs/heads/main", "refs/heads/master"];
const DEVELOPMENT: [&str; 3] = ["develop", "development", "dev"];

pub(super) fn check(cx: &mut Cx<'_>, drafts: &[Draft<'_>], sorted: &[usize], refs: &Refs) {
    let Some((development, spoken)) = development(cx, drafts) else {
        return;
    };
    let mut flow = Flow {
        refs,
        holding: HashSet::new(),
        landed: None,
    };
    for index in sorted {
        for step in &drafts[*index].phase.steps {
            flow.step(step);
        }
    }
    let Some((span, source, main)) = flow.landed else {
        return;
    };
    if flow.holding.contains(&format!("refs/heads/{development}")) {
        return;
    }
    let main = main.trim_start_matches("refs/heads/");
    let mut finding = Diagnostic::new(
        Code::HotfixNotSynced,
        span,
        format!("`{source}` lands on `{main}`, and `{development}` never gets it"),
    )
    .here("the next release from the development branch would bring the fault back")
    .help(format!(
        "bring it there as well: `merge {main} into {development}`"
    ));
    if let Some(spoken) = spoken {
        finding = finding.label(spoken, "the development branch");
    }
    cx.report.add(finding);
}

/// The development branch, if the plan or the repository has one.
fn development(cx: &Cx<'_>, drafts: &[Draft<'_>]) -> Option<(String, Option<Span>)> {
    for draft in drafts {
        let effects = &draft.phase.effects;
        for name in effects.reads.iter().chain(&effects.writes).chain(&effects.pushes) {
            let short = name.strip_prefix("refs/heads/");
            if let Some(short) = short.filter(|short| DEVELOPMENT.contains(short)) {
                return Some((short.to_owned(), Some(draft.phase.span)));
            }
        }
    }
    let facts = cx.input.facts?;
    let exists = |name: &&&str| {
        facts.branches.contains_key(**name)
            || facts.remotes.values().any(|remote| remote.contains_key(**name))
    };
    DEVELOPMENT
        .iter()
        .find(exists)
        .map(|name| ((*name).to_owned(), None))
}

/// Which refs hold the hotfix so far.
struct Flow<'a> {
    refs: &'a Refs,
    holding: HashSet<String>,
    landed: Option<(Span, String, String)>,
}

impl Flow<'_> {
    fn step(&mut self, step: &Step) {
        match &step.kind {
            StepKind::Merge { source, into, .. } => self.flow(step, &[source], &into.as_branch()),
            StepKind::Rebase { branch, onto, .. } => self.flow(step, &[onto], &branch.as_branch()),
            StepKind::CherryPick { sources, onto, .. } => {
                self.flow(step, &sources.iter().collect::<Vec<_>>(), &onto.as_branch());
            }
            StepKind::Branch { name, from, .. } => self.flow(step, &[from], &name.as_branch()),
            StepKind::Tag { name, on, .. } => self.flow(step, &[on], &name.as_tag()),
            StepKind::Reset { branch, to } => self.flow(step, &[to], &branch.as_branch()),
            _ => {}
        }
    }

    fn flow(&mut self, step: &Step, sources: &[&Source], target: &str) {
        for source in sources {
            let hotfix = source.text.starts_with("hotfix/") || source.text.contains("/hotfix/");
            let full = self
                .refs
                .of_source(&source.text)
                .unwrap_or_else(|| source.text.clone());
            if hotfix || self.holding.contains(&full) {
                self.holding.insert(target.to_owned());
                if hotfix && MAIN.contains(&target) && self.landed.is_none() {
                    self.landed = Some((step.span, source.text.clone(), target.to_owned()));
                }
            }
        }
    }
}
