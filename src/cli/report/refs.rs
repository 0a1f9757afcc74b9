//! Refs before and after.

use super::super::escape;
use super::super::theme::{Ink, pad, width};
use super::Page;
use crate::engine::RefReport;
use crate::journal::RefMove;
use crate::model::Oid;

/// `main`, `v4.5.2`, `origin/main`: a full ref name as people say it.
pub(crate) fn short_name(full: &str) -> &str {
    ["refs/heads/", "refs/tags/", "refs/remotes/"]
        .iter()
        .find_map(|prefix| full.strip_prefix(prefix))
        .unwrap_or(full)
}

/// Ref moves in a column; `remote` is put before the names of a remote's own refs.
pub(crate) fn moves(page: &mut Page, indent: &str, remote: Option<&str>, moves: &[RefMove]) {
    let names: Vec<String> = moves
        .iter()
        .map(|one| {
            let name = escape::line(short_name(&one.name));
            remote.map_or_else(|| name.to_string(), |remote| format!("{remote}/{name}"))
        })
        .collect();
    let column = column(moves.iter());
    let widest = names.iter().map(|name| width(name)).max().unwrap_or(0);
    for (name, one) in names.iter().zip(moves) {
        let name = page.ink(Ink::Ref, pad(name, widest));
        let change = change(page, one, true, column);
        page.line(&format!("{indent}{name}  {change}"));
    }
}

/// The refs of a phase, before and after, with their trees.
pub(super) fn table(page: &mut Page, indent: &str, refs: &[RefReport]) {
    let column = column(refs.iter().map(|one| &one.change));
    let widest = refs
        .iter()
        .map(|one| width(&escape::line(short_name(&one.change.name))))
        .max()
        .unwrap_or(0);
    for one in refs {
        let name = page.ink(Ink::Ref, pad(&escape::line(short_name(&one.change.name)), widest));
        let change = change(page, &one.change, one.known, column);
        let tree = match (&one.tree, one.known) {
            (Some(tree), true) => page.ink(Ink::Dim, format!("  tree {}", tree.short())),
            _ => String::new(),
        };
        page.line(&format!("{indent}{name}  {change}{tree}"));
    }
}

/// How wide the ids before are: none where every ref is new.
fn column<'m>(mut moves: impl Iterator<Item = &'m RefMove>) -> usize {
    if moves.any(|one| one.old.is_some()) { 8 } else { 0 }
}

/// `1a2b3c4d → 5e6f7a8b`; an id that only apply will give is not shown.
pub(super) fn change(page: &Page, one: &RefMove, known: bool, column: usize) -> String {
    let arrow = page.ink(Ink::Dim, page.theme.glyphs().arrow);
    let before = match &one.old {
        Some(old) => id(page, old),
        None => page.ink(Ink::Good, pad("new", column)),
    };
    let after = match &one.new {
        None => page.ink(Ink::Bad, "deleted"),
        Some(new) if !known || page.unknown.contains(new) => page.ink(Ink::Unknown, "known after apply"),
        Some(new) => id(page, new),
    };
    format!("{before} {arrow} {after}")
}

/// A short id, or as many dots where only apply will give one.
pub(super) fn id(page: &Page, oid: &Oid) -> String {
    if page.unknown.contains(oid) {
        page.ink(Ink::Unknown, page.theme.glyphs().dot.repeat(8))
    } else {
        page.ink(Ink::Id, oid.short())
    }
}
