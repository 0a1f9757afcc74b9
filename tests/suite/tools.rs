//! Programs that a test needs and a machine may lack. Such a test says so by name on standard error, past the
//! harness, and is counted; with `REL_ALL_TOOLS` set, as in `.ci/run`, it fails.

use std::io::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Whether a program is there; if not, the test that asks is to return.
pub(crate) fn present(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok();
    there || skipped(&format!("`{tool}`"))
}

/// As [`present`], for a program that no machine of this project has to have: without it the test is only counted.
pub(crate) fn at_hand(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok();
    there || count(&format!("`{tool}`"))
}

/// Says that a test lacks something, counts it, and gives `false`.
pub(crate) fn skipped(what: &str) -> bool {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(std::env::var_os("REL_ALL_TOOLS").is_none(), "{test} needs {what}");
    count(what)
}

fn count(what: &str) -> bool {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let count = SKIPPED.fetch_add(1, Ordering::SeqCst) + 1;
    // Not `eprintln!`: the harness would keep it to itself.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED {test}: it needs {what} ({count} skipped so far)"
    );
    false
}
