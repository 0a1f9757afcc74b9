//! `docs/reference/stdlib.md` is written from the doc comments of the libraries: `REL_BLESS=1` does it anew.

use std::fmt::Write as _;
use std::path::Path;

use relplan::stdlib;

const HEAD: &str = "# The standard library\n\n\
The libraries that ship with rel. `use std/NAME` brings in all of one: [Declarations](declarations.md#use). This page is written from \
the comments in `stdlib/`.\n";

/// The doc comments of a library: those of the file, which an empty line follows, and each item with its own.
fn parts(text: &str) -> (Vec<&str>, Vec<(&str, Vec<&str>)>) {
    let (mut file, mut items, mut docs) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        if let Some(doc) = line.strip_prefix("##") {
            docs.push(doc.strip_prefix(' ').unwrap_or(doc));
        } else if line.is_empty() {
            if file.is_empty() {
                file = std::mem::take(&mut docs);
            }
        } else if ["gate ", "template ", "channel "]
            .iter()
            .any(|kind| line.starts_with(kind))
        {
            items.push((line.trim_end_matches(" {"), std::mem::take(&mut docs)));
        }
    }
    (file, items)
}

fn name_of(head: &str) -> &str {
    let rest = head.split_once(' ').unwrap().1;
    &rest[..rest.find([' ', '(']).unwrap_or(rest.len())]
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for library in stdlib::names() {
        let (file, items) = parts(stdlib::library(library).unwrap());
        write!(page, "\n## `std/{library}`\n\n{}\n", file.join("\n")).unwrap();
        for (head, docs) in items {
            write!(page, "\n### `{}`\n\n", name_of(head)).unwrap();
            write!(page, "```text\n{head}\n```\n\n{}\n", docs.join("\n")).unwrap();
        }
    }
    page
}

#[test]
fn the_page_is_what_the_libraries_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/stdlib.md");
    if std::env::var_os("REL_BLESS").is_some() {
        std::fs::write(&path, page()).unwrap();
        return;
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == page(),
        "docs/reference/stdlib.md is behind stdlib/; REL_BLESS=1 writes it anew"
    );
}

#[test]
fn every_item_says_what_it_takes_and_shows_its_use() {
    let around = "environment staging { deploy run \"d\"; current run \"c\"; shift run \"s\" }\n\
                  environment production { deploy run \"d\"; current run \"c\"; shift run \"s\"; backup run \"b\"; restore run \"r\" }\n\
                  gate tests { run \"t\" }\ngate healthy { live; run \"h\" }\ngate green-healthy { live; run \"g\" }\n\
                  param version: version = 1.0.0\n";
    let mut shown = 0;
    for library in stdlib::names() {
        let (file, items) = parts(stdlib::library(library).unwrap());
        assert!(!file.is_empty(), "{library}");
        for (head, docs) in items {
            let text = docs.join("\n");
            let (said, example) = text.split_once("```\n").unwrap_or_else(|| panic!("{head}"));
            assert!(said.len() > 30, "{head}: what does it measure or do?");
            if let Some((_, arguments)) = head.split_once('(') {
                for argument in arguments.split(", ").filter_map(|one| one.split_once(": ")) {
                    assert!(
                        said.contains(&format!("`{}`", argument.0)),
                        "{head}: `{}`",
                        argument.0
                    );
                }
            }
            assert!(
                !head.starts_with("gate ") || said.contains("Inconclusive: "),
                "{head}"
            );
            let example = example.trim_end_matches("```").trim();
            let (steps, back) = match example.strip_prefix("rollback") {
                Some(_) => (
                    "backup production; deploy main to production; shift 5% to production",
                    example,
                ),
                None => (example, "rollback none because \"an example\""),
            };
            let plan = format!(
                "plan \"x\"\nuse std/{library}\n{around}phase p {{\n merge topic into main\n tag v$version on main\n push main, v$version\n {steps}\n {back}\n}}\n"
            );
            // Beside this plan's own tag, an example that tags would clash.
            let plan = if steps.contains("finish-release") || steps.contains("hotfix") {
                plan.replace(" tag v$version on main\n push main, v$version\n", "")
            } else {
                plan
            };
            let found = crate::check::checked(&plan);
            let errors: Vec<_> = found
                .diagnostics
                .iter()
                .filter(|d| d.is_error())
                .map(|d| &d.message)
                .collect();
            assert!(errors.is_empty(), "{head}: {errors:?}\n{plan}");
            shown += 1;
        }
    }
    assert!(shown >= 28, "{shown}");
}
