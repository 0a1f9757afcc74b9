//! The order of phases: declared, free of circles, and enough for what they touch.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::effects::Access;
use super::phase::Checker;
use crate::check::Phase;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::text::Span;

impl Checker<'_> {
    /// The order in which phases run, ties broken by the text; with a circle, the order of the text.
    pub(super) fn order(&mut self, phases: &[Phase]) -> Vec<usize> {
        let index: BTreeMap<&str, usize> = phases
            .iter()
            .enumerate()
            .map(|(at, phase)| (phase.name.as_str(), at))
            .collect();
        let edges = self.edges(&index);
        let mut waiting: Vec<usize> = edges.iter().map(Vec::len).collect();
        let mut followers: Vec<Vec<usize>> = vec![Vec::new(); phases.len()];
        for (at, before) in edges.iter().enumerate() {
            for other in before {
                followers[*other].push(at);
            }
        }
        let ready = (0..phases.len()).filter(|at| waiting[*at] == 0);
        let mut heap: BinaryHeap<std::cmp::Reverse<usize>> = ready.map(std::cmp::Reverse).collect();
        let mut order = Vec::with_capacity(phases.len());
        while let Some(std::cmp::Reverse(at)) = heap.pop() {
            order.push(at);
            for next in &followers[at] {
                waiting[*next] -= 1;
                if waiting[*next] == 0 {
                    heap.push(std::cmp::Reverse(*next));
                }
            }
        }
        if order.len() < phases.len() {
            self.cycle(phases, &edges, &waiting);
            return (0..phases.len()).collect();
        }
        self.unordered(phases, &edges, &order);
        order
    }

    /// For each phase those that come before it; unknown ones are reported.
    fn edges(&mut self, index: &BTreeMap<&str, usize>) -> Vec<Vec<usize>> {
        let mut edges = vec![Vec::new(); index.len()];
        let declared: Vec<_> = self.declared.phases.values().copied().collect();
        for (phase, _) in declared {
            let Some(at) = index.get(phase.name.name.as_str()) else {
                continue;
            };
            for after in &phase.after {
                match index.get(after.name.as_str()) {
                    Some(before) => edges[*at].push(*before),
                    None => {
                        let known: Vec<&str> = index
                            .keys()
                            .copied()
                            .filter(|name| *name != phase.name.name)
                            .collect();
                        let mut diagnostic = Diagnostic::new(
                            Code::UnknownPhase,
                            after.span,
                            format!("there is no phase `{}`", after.name),
                        );
                        diagnostic = match self.did_you_mean(&after.name, &known) {
                            Some(better) => diagnostic.here(format!("did you mean `{better}`?")).fix(
                                Applicability::Unsafe,
                                format!("write `{better}`"),
                                after.span,
                                better,
                            ),
                            None => diagnostic.here("declared nowhere"),
                        };
                        let listed = super::suggest::listed(known.iter().copied());
                        self.report.add(diagnostic.help(if known.is_empty() {
                            "the plan has no other phase".into()
                        } else {
                            format!("there is {listed}")
                        }));
                    }
                }
            }
        }
        edges
    }

    fn cycle(&mut self, phases: &[Phase], edges: &[Vec<usize>], waiting: &[usize]) {
        let Some(mut at) = (0..phases.len()).find(|at| waiting[*at] > 0) else {
            return;
        };
        let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
        let mut way = Vec::new();
        while !seen.contains_key(&at) {
            seen.insert(at, way.len());
            way.push(at);
            let Some(next) = edges[at].iter().copied().find(|next| waiting[*next] > 0) else {
                return;
            };
            at = next;
        }
        let circle = &way[seen[&at]..];
        let names: Vec<String> = circle
            .iter()
            .chain([&at])
            .map(|at| format!("`{}`", phases[*at].name))
            .collect();
        let first = circle.iter().min().copied().unwrap_or(at);
        let mut diagnostic = Diagnostic::new(
            Code::PhaseCycle,
            phases[first].span,
            format!(
                "phases wait for each other in a circle: {}",
                names.join(" after ")
            ),
        )
        .here("can never begin");
        for other in circle.iter().filter(|other| **other != first).take(3) {
            diagnostic = diagnostic.label(phases[*other].span, "neither can this one");
        }
        self.report
            .add(diagnostic.help(
                "take one `after` out: the phase that really comes first waits for none of the others",
            ));
    }

    /// Two phases of which one writes what the other touches must be connected. It is enough to look at
    /// each access and the last write before it: the rest follows by transitivity.
    fn unordered(&mut self, phases: &[Phase], edges: &[Vec<usize>], order: &[usize]) {
        let mut last: BTreeMap<String, Last> = BTreeMap::new();
        let mut suspects: Vec<Suspect> = Vec::new();
        for at in order.iter().copied().filter(|at| !phases[*at].skipped) {
            let mut own: BTreeMap<String, Access> = BTreeMap::new();
            for access in self.accesses(&phases[at].steps) {
                let entry = own.entry(access.what.clone()).or_insert_with(|| access.clone());
                if access.writes && !entry.writes {
                    *entry = access;
                }
            }
            for (what, access) in own {
                let known = last.entry(what).or_default();
                let earlier = known
                    .writer
                    .iter()
                    .chain(known.readers.iter().filter(|_| access.writes));
                suspects.extend(earlier.map(|(before, first)| Suspect {
                    before: *before,
                    at,
                    first: first.clone(),
                    second: access.clone(),
                }));
                if access.writes {
                    *known = Last {
                        writer: Some((at, access)),
                        readers: Vec::new(),
                    };
                } else {
                    known.readers.push((at, access));
                }
            }
        }
        let ancestors = Ancestors::of(edges, order);
        let mut told: BTreeSet<(usize, usize)> = BTreeSet::new();
        for suspect in suspects {
            if !ancestors.connected(suspect.before, suspect.at) && told.insert((suspect.before, suspect.at)) {
                self.report_unordered(phases, &suspect);
            }
        }
    }

    fn report_unordered(&mut self, phases: &[Phase], suspect: &Suspect) {
        let (before, at) = (&phases[suspect.before], &phases[suspect.at]);
        let what = suspect
            .second
            .what
            .trim_start_matches("refs/heads/")
            .trim_start_matches("refs/tags/")
            .to_owned();
        let verb = |writes: bool| if writes { "changes" } else { "reads" };
        let message = format!(
            "phases `{}` and `{}` both touch `{what}`, and nothing says which comes first",
            before.name, at.name
        );
        let mut diagnostic = Diagnostic::new(
            Code::UnorderedPhases,
            first_line(self, suspect.second.span),
            message,
        )
        .here(format!(
            "`{}` {} `{what}` here",
            at.name,
            verb(suspect.second.writes)
        ))
        .label(
            first_line(self, suspect.first.span),
            format!("`{}` {} it here", before.name, verb(suspect.first.writes)),
        )
        .help(format!(
            "if `{}` comes first, write `phase {} after {}`",
            before.name, at.name, before.name
        ));
        if let Some((declared, _)) = self.declared.phases.get(at.name.as_str()) {
            let (place, text) = match declared.after.last() {
                Some(last) => (last.span.after(), format!(", {}", before.name)),
                None => (
                    declared
                        .title
                        .as_ref()
                        .map_or(declared.name.span, |title| title.span)
                        .after(),
                    format!(" after {}", before.name),
                ),
            };
            diagnostic = diagnostic.fix(
                Applicability::Unsafe,
                format!("let `{}` come first", before.name),
                place,
                text,
            );
        }
        self.report.add(diagnostic);
    }
}

fn first_line(checker: &Checker<'_>, span: Span) -> Span {
    let text = checker.source(span);
    let length = text.find('\n').unwrap_or(text.len());
    Span {
        end: span.start + u32::try_from(length).unwrap_or(0),
        ..span
    }
}

/// Who touched a ref or environment last.
#[derive(Default)]
struct Last {
    writer: Option<(usize, Access)>,
    readers: Vec<(usize, Access)>,
}

/// Two touches that must be ordered.
struct Suspect {
    before: usize,
    at: usize,
    first: Access,
    second: Access,
}

/// For each phase all that come before it, as bits.
struct Ancestors {
    words: usize,
    bits: Vec<u64>,
}

impl Ancestors {
    fn of(edges: &[Vec<usize>], order: &[usize]) -> Self {
        let words = edges.len().div_ceil(64);
        let mut bits = vec![0u64; words * edges.len()];
        for at in order {
            for before in &edges[*at] {
                for word in 0..words {
                    bits[at * words + word] |= bits[before * words + word];
                }
                bits[at * words + before / 64] |= 1 << (before % 64);
            }
        }
        Self { words, bits }
    }

    fn connected(&self, before: usize, after: usize) -> bool {
        self.bits[after * self.words + before / 64] & (1 << (before % 64)) != 0
    }
}
