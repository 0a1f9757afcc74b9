//! Plans that are sound, and plans that say exactly what is wrong with them.

use std::fs;
use std::path::{Path, PathBuf};

use relplan::check::{Checked, HostGates, Input, NoFiles, check};

pub(crate) fn checked(text: &str) -> Checked {
    check(&Input {
        name: "case.rel",
        path: "case.rel",
        text: text.as_bytes(),
        set: &[],
        loader: &NoFiles,
        facts: None,
        host_gates: &HostGates::default(),
        today: Some("2026-06-01"),
    })
}

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check");
    let mut files: Vec<_> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no case", root.display());
    files
}

/// Expectations stand under the line they are about: `#? E0401 part of the message`.
#[test]
fn files_report_exactly_what_they_declare() {
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        let mut declared = Vec::new();
        let mut subject = 0;
        for (index, line) in text.lines().enumerate() {
            match line.trim().strip_prefix("#? ") {
                Some(expectation) => {
                    let (code, message) = expectation.split_once(' ').unwrap_or((expectation, ""));
                    declared.push((subject, code.to_owned(), message.to_owned()));
                }
                None => subject = index + 1,
            }
        }
        let found = checked(&text);
        let mut reported: Vec<_> = found
            .diagnostics
            .iter()
            .map(|d| {
                let file = found.sources.get(d.primary().file);
                (
                    file.position(d.primary().start as usize).line,
                    d.code.code(),
                    d.message.clone(),
                )
            })
            .collect();
        declared.sort();
        reported.sort();
        let same = declared.len() == reported.len()
            && declared
                .iter()
                .zip(&reported)
                .all(|(want, got)| want.0 == got.0 && want.1 == got.1 && got.2.contains(&want.2));
        assert!(
            same,
            "{}:\ndeclared {declared:#?}\nreported {reported:#?}",
            path.display()
        );
    }
}

#[test]
fn a_library_is_no_plan() {
    let library = checked("gate g { run \"true\" }\n");
    assert!(library.is_library && library.plan.is_none() && library.diagnostics.is_empty());
}

#[test]
fn a_required_param_is_missing_only_for_the_plan() {
    let text = "plan \"p\"\nparam v: version\nphase a { merge x into main; tag v$v on main }\n";
    let open = checked(text);
    assert!(open.diagnostics.is_empty(), "{:#?}", open.diagnostics);
    assert!(open.plan.is_none());
    assert_eq!(open.param_required().len(), 1);
}
