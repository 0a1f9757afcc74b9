//! Programs that a test needs and a machine may lack. Such a test says so by name on standard error, past the
//! harness, and is counted; with `REL_ALL_TOOLS` set, as in `.ci/run`, it fails.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Whether a program is there; if not, the test that asks is to return.
pub(crate) fn present(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok();
    there || skipped(&format!("`{tool}`"))
}

/// A git older than rel supports: `REL_OLD_GIT`, or what the system has in its usual place.
pub(crate) fn old_git() -> Option<PathBuf> {
    let named = std::env::var_os("REL_OLD_GIT").map(PathBuf::from);
    let found = named
        .into_iter()
        .chain([PathBuf::from("/usr/bin/git")])
        .find(|git| version(git).is_some_and(|version| version < (2, 41)));
    if found.is_none() {
        skipped("a git older than 2.41 (`REL_OLD_GIT` may name one)");
    }
    found
}

fn version(git: &Path) -> Option<(u32, u32)> {
    let output = Command::new(git).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut parts = text.split(' ').nth(2)?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.trim().parse().ok()?))
}

fn skipped(what: &str) -> bool {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(std::env::var_os("REL_ALL_TOOLS").is_none(), "{test} needs {what}");
    let count = SKIPPED.fetch_add(1, Ordering::SeqCst) + 1;
    // Not `eprintln!`: the harness would keep it to itself.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED {test}: it needs {what} ({count} skipped so far)"
    );
    false
}
