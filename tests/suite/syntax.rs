//! Files that parse, and files that say what is wrong with them.

use std::fs;
use std::path::{Path, PathBuf};

use relplan::syntax::parse;
use relplan::text::SourceMap;

fn files(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<_> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no case", root.display());
    files
}

/// What a file reports, as `LINE CODE message` lines.
fn reported(text: &str) -> Vec<(usize, &'static str, String)> {
    let mut sources = SourceMap::default();
    let file = sources.add("case.rel", text);
    let parsed = parse(file, text);
    let mut found: Vec<_> = parsed
        .diagnostics
        .iter()
        .map(|d| {
            (
                sources.get(file).position(d.primary().start as usize).line,
                d.code.code(),
                d.message.clone(),
            )
        })
        .collect();
    found.sort();
    found
}

/// Expectations: `#? E0001 part of the message` stands under the line it is about.
fn declared(text: &str) -> Vec<(usize, String, String)> {
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
    declared.sort();
    declared
}

#[test]
fn sound_files_parse_without_a_word() {
    for path in files("syntax/ok") {
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(reported(&text), [], "{}", path.display());
    }
}

#[test]
fn faulty_files_report_exactly_what_they_declare() {
    for path in files("syntax/err") {
        let text = fs::read_to_string(&path).unwrap();
        let (declared, reported) = (declared(&text), reported(&text));
        let matches = declared.len() == reported.len()
            && declared
                .iter()
                .zip(&reported)
                .all(|(want, got)| want.0 == got.0 && want.1 == got.1 && got.2.contains(&want.2));
        assert!(
            matches,
            "{}:\ndeclared {declared:#?}\nreported {reported:#?}",
            path.display()
        );
    }
}

#[test]
fn deep_long_and_binary_inputs_end_quickly() {
    let deep = "phase a {".repeat(10_000);
    assert_eq!(reported(&deep).len(), 1);
    let brackets = format!("let x = {}", "[".repeat(10_000));
    assert_eq!(reported(&brackets).len(), 1);
    let long = format!("run \"{}\"", "x".repeat(1 << 20));
    assert_eq!(reported(&long).len(), 1);
    let garbage: String = (0..100_000u32)
        .filter_map(|n| char::from_u32(n.wrapping_mul(2_654_435_761) % 0x250))
        .collect();
    assert!(!reported(&garbage).is_empty());
}
