//! What only the whole plan shows: unused names, no outcome, a hotfix that is not brought back.

use super::phase::{Checker, walk};
use crate::check::{Phase, StepKind};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::text::{FileId, Span};

impl Checker<'_> {
    pub(super) fn lints(&mut self, phases: &[Phase]) {
        if self.loaded.is_library {
            return;
        }
        let unused: Vec<(String, &'static str, Span)> = self
            .scopes
            .unused_globals()
            .filter(|(_, bound)| bound.span.file == FileId(0))
            .map(|(name, bound)| (name.to_owned(), bound.kind, bound.span))
            .collect();
        // After an error a use may simply not have been reached.
        if self.report.errors() == 0 {
            for (name, kind, span) in unused {
                self.unused_name(&name, kind, span);
            }
            self.without_outcome(phases);
            self.hotfix(phases);
        }
    }

    pub(super) fn unused_name(&mut self, name: &str, kind: &str, span: Span) {
        let diagnostic = Diagnostic::new(Code::UnusedParam, span, format!("{kind} `{name}` is never used"))
            .here("nothing reads it")
            .help(format!(
                "use it as `${name}`, or remove it: a value that does nothing misleads whoever sets it"
            ));
        self.report.add(diagnostic);
    }

    fn without_outcome(&mut self, phases: &[Phase]) {
        let acts = phases
            .iter()
            .any(|phase| phase.commit_point.is_some() || !phase.effects.writes.is_empty());
        let Some((_, item)) = self.declared.plan else {
            return;
        };
        if acts {
            return;
        }
        let first_line = self.source(item.span).lines().next().unwrap_or_default().len();
        let span = Span {
            end: item.span.start + u32::try_from(first_line).unwrap_or(0),
            ..item.span
        };
        let diagnostic = Diagnostic::new(
            Code::PlanWithoutOutcome,
            span,
            "nothing in this plan changes anything",
        )
        .here("moves no ref, runs no command, deploys nothing")
        .help("add a `phase` with a `merge`, `tag`, `push` or `deploy`");
        self.report.add(diagnostic);
    }

    /// A hotfix that lands on main and never reaches the branch where development goes on.
    fn hotfix(&mut self, phases: &[Phase]) {
        const DEVELOPMENT: [&str; 3] = ["develop", "development", "dev"];
        let mut landed = None;
        let mut named: Option<&str> = None;
        let mut synced = false;
        for phase in phases {
            walk(&phase.steps, &mut |step| {
                let StepKind::Merge { source, into, .. } = &step.kind else {
                    return;
                };
                for known in DEVELOPMENT {
                    if into.as_str() == known || source.text == known {
                        named = Some(known);
                    }
                }
                if source.text.starts_with("hotfix/") && matches!(into.as_str(), "main" | "master") {
                    landed = landed
                        .take()
                        .or(Some((source.text.clone(), into.to_string(), step.span)));
                } else if let Some((hotfix, main, _)) = &landed
                    && DEVELOPMENT.contains(&into.as_str())
                    && (source.text == *hotfix || source.text == *main)
                {
                    synced = true;
                }
            });
        }
        let known = self.input.facts.and_then(|facts| {
            DEVELOPMENT
                .into_iter()
                .find(|name| facts.branches.contains_key(*name))
        });
        let (Some((hotfix, main, span)), Some(development), false) = (landed, named.or(known), synced) else {
            return;
        };
        let diagnostic = Diagnostic::new(
            Code::HotfixNotSynced,
            span,
            format!("`{hotfix}` lands on `{main}` and never reaches `{development}`"),
        )
        .here("the fix would be lost with the next release from there")
        .help(format!("merge it back: `merge {main} into {development}`"))
        .fix(
            Applicability::Unsafe,
            format!("merge `{main}` into `{development}`"),
            span.after(),
            format!("\n  merge {main} into {development}"),
        );
        self.report.add(diagnostic);
    }
}
