//! Two phases of which one writes what the other touches must be connected by `after`.
//!
//! Per thing that is touched, accesses are looked at in the order of running: a write must come
//! after the write before it and after every read since then, a read after the write before it.
//! Every other pair follows, because `after` is transitive.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::graph::Graph;
use crate::check::cx::Cx;
use crate::check::effects::{Refs, Touch};
use crate::check::phase::Draft;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::text::Span;

/// How a phase touches a thing, and where first.
#[derive(Clone, Copy)]
struct Access {
    /// Its place in the order of running.
    place: usize,
    writes: bool,
    verb: &'static str,
    span: Span,
}

/// Two accesses of which the second must come after the first.
struct Conflict {
    thing: usize,
    first: Access,
    second: Access,
}

pub(super) fn check(cx: &mut Cx<'_>, drafts: &[Draft<'_>], refs: &Refs, graph: &Graph, sorted: &[usize]) {
    let accesses = accesses(drafts, refs, sorted);
    let mut conflicts = Vec::new();
    for (thing, list) in accesses.values().enumerate() {
        must_follow(thing, list, &mut conflicts);
    }
    let pairs: Vec<(usize, usize)> = conflicts
        .iter()
        .map(|c| (c.first.place, c.second.place))
        .collect();
    let reached = graph.reach(sorted, &pairs);
    let mut reported: HashSet<(usize, usize)> = HashSet::new();
    for (conflict, connected) in conflicts.iter().zip(reached) {
        let pair = (conflict.first.place, conflict.second.place);
        if !connected && reported.insert(pair) {
            let first = &drafts[sorted[conflict.first.place]];
            let second = &drafts[sorted[conflict.second.place]];
            let thing = accesses
                .get_index(conflict.thing)
                .map_or("", |(name, _)| name.as_str());
            report(cx, conflict, &shown(thing), first, second);
        }
    }
}

/// By thing, who touches it, in the order of running.
fn accesses(drafts: &[Draft<'_>], refs: &Refs, sorted: &[usize]) -> IndexMap<String, Vec<Access>> {
    let mut all: IndexMap<String, Vec<Access>> = IndexMap::new();
    let mut touches = Vec::new();
    for (place, phase) in sorted.iter().enumerate() {
        for step in &drafts[*phase].phase.steps {
            refs.touches(step, &mut touches);
            for touch in touches.drain(..) {
                let (thing, writes, verb) = match touch {
                    Touch::Reads(name) => (name, false, "reads"),
                    Touch::Writes(name) => (name, true, "writes"),
                    Touch::Pushes(name, remote) => {
                        if let Some(branch) = name.strip_prefix("refs/heads/") {
                            let remote = if remote.is_empty() { "origin" } else { &remote };
                            let copy = format!("refs/remotes/{remote}/{branch}");
                            note(&mut all, copy, place, true, "pushes", step.span);
                        }
                        (name, true, "pushes")
                    }
                    Touch::Asks(name) => (format!("environment {name}"), false, "asks"),
                    Touch::Deploys(name) => (format!("environment {name}"), true, "changes"),
                };
                note(&mut all, thing, place, writes, verb, step.span);
            }
        }
    }
    all
}

/// Keeps of each phase its first access, and its first write.
fn note(
    all: &mut IndexMap<String, Vec<Access>>,
    thing: String,
    place: usize,
    writes: bool,
    verb: &'static str,
    span: Span,
) {
    let list = all.entry(thing).or_default();
    let access = Access {
        place,
        writes,
        verb,
        span,
    };
    match list.last_mut() {
        Some(last) if last.place == place => {
            if writes && !last.writes {
                *last = access;
            }
        }
        _ => list.push(access),
    }
}

fn must_follow(thing: usize, list: &[Access], conflicts: &mut Vec<Conflict>) {
    let mut write: Option<Access> = None;
    let mut reads: Vec<Access> = Vec::new();
    let mut conflict = |first: Access, second: Access| conflicts.push(Conflict { thing, first, second });
    for access in list {
        if access.writes {
            if let (Some(write), true) = (write, reads.is_empty()) {
                conflict(write, *access);
            }
            for read in reads.drain(..) {
                conflict(read, *access);
            }
            write = Some(*access);
        } else {
            if let Some(write) = write {
                conflict(write, *access);
            }
            reads.push(*access);
        }
    }
}

fn report(cx: &mut Cx<'_>, conflict: &Conflict, thing: &str, first: &Draft<'_>, second: &Draft<'_>) {
    let (one, other) = (&first.phase.name, &second.phase.name);
    let (at, text) = match (second.ast.after.last(), &second.ast.title) {
        (Some(last), _) => (last.span.after(), format!(", {one}")),
        (None, Some(title)) => (title.span.after(), format!(" after {one}")),
        (None, None) => (second.ast.name.span.after(), format!(" after {one}")),
    };
    cx.report.add(
        Diagnostic::new(
            Code::UnorderedPhases,
            conflict.second.span,
            format!("phases `{one}` and `{other}` both touch {thing}, and nothing says which comes first"),
        )
        .here(format!("`{other}` {} {thing} here", conflict.second.verb))
        .label(conflict.first.span, format!("`{one}` {} {thing} here", conflict.first.verb))
        .help(format!(
            "as the text stands `{one}` would run first; say so, so that moving a paragraph does not change the release: `phase {other} after {one}`"
        ))
        .fix(
            Applicability::Unsafe,
            format!("let `{other}` come after `{one}`"),
            at,
            text,
        ),
    );
}

fn shown(thing: &str) -> String {
    if let Some(name) = thing.strip_prefix("refs/heads/") {
        format!("`{name}`")
    } else if let Some(name) = thing.strip_prefix("refs/tags/") {
        format!("tag `{name}`")
    } else if let Some(name) = thing.strip_prefix("refs/remotes/") {
        format!("`{name}`")
    } else if let Some(name) = thing.strip_prefix("environment ") {
        format!("environment `{name}`")
    } else {
        format!("`{thing}`")
    }
}
