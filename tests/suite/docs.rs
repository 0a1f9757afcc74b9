//! The documentation is checked as the code is: every block of rel in it is what it claims to be, and
//! the list of diagnostics is that of the registry.
//!
//! A block opened by `rel` is a whole file, a plan or a library, and clean, warnings included. `rel fragment`
//! holds statements of a phase; it is put into [`BEFORE`] and [`AFTER`]. `rel error=E0401` is a whole file
//! that gives exactly that code, `rel fragment error=E0401` a fragment that does.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use relplan::check::{HostGates, Input, Loader, check};
use relplan::diag::{Code, Diagnostic, Group};

/// Set it to anything to write the list of diagnostics anew.
const UPDATE: &str = "REL_UPDATE_DOCS";

/// What fragments may use without declaring it; `docs/reference/README.md` shows the same to readers.
const BEFORE: &str = r#"plan "A fragment"
param version: version = 4.5.2
param strategy: squash | no-ff = squash
let managers = ["alice@example.com", "bob@example.com"]
protect main
environment production {
  deploy  run "scripts/deploy.sh $ref"
  shift   run "scripts/shift.sh $ref $weight"
  current run "scripts/current.sh"
  backup  run "scripts/backup.sh"
  restore run "scripts/restore.sh"
}
channel team { run "scripts/tell.sh $message" }
gate tests { run "scripts/test.sh" }
gate coverage(min: percent = 85%) { run "scripts/coverage.sh"; expect percent >= $min }
gate health { live; run "scripts/health.sh" }
phase fragment {
"#;

/// What stands behind a fragment that has no `rollback` of its own.
const AFTER: &str = "\nrollback revert\n}\n";

/// The file that examples of `use` name.
struct Team;

impl Loader for Team {
    fn load(&self, path: &str) -> Result<(String, String), String> {
        match path {
            "team.rel" => Ok((
                path.into(),
                "gate smoke { live; run \"scripts/smoke.sh\" }\n".into(),
            )),
            _ => Err("no such file".into()),
        }
    }
}

/// A fenced block, and where it stands.
struct Block {
    file: PathBuf,
    line: usize,
    fragment: bool,
    error: Option<String>,
    text: String,
}

impl Block {
    fn place(&self) -> String {
        format!("{}:{}", self.file.display(), self.line)
    }

    /// The text to check, and the bytes of it that the documentation shows.
    fn wrapped(&self) -> (String, std::ops::Range<usize>) {
        if !self.fragment {
            return (self.text.clone(), 0..self.text.len());
        }
        let own = self
            .text
            .lines()
            .any(|line| line.trim_start().starts_with("rollback"));
        let after = if own { "\n}\n" } else { AFTER };
        let shown = BEFORE.len()..BEFORE.len() + self.text.len();
        (format!("{BEFORE}{}{after}", self.text), shown)
    }

    /// What is wrong with it.
    fn verdict(&self) -> Result<(), String> {
        let (text, shown) = self.wrapped();
        let checked = check(&Input {
            name: "release.rel",
            path: "release.rel",
            text: text.as_bytes(),
            set: &[],
            loader: &Team,
            facts: None,
            host_gates: &HostGates::default(),
        });
        // Warnings about what only the frame of a fragment declares are no fault of the fragment.
        let counts = |found: &&Diagnostic| {
            found.is_error() || !self.fragment || shown.contains(&(found.primary().start as usize))
        };
        let found: Vec<_> = checked.diagnostics.iter().filter(counts).collect();
        let codes: Vec<_> = found.iter().map(|found| found.code.code()).collect();
        let wanted: Vec<_> = self.error.iter().map(String::as_str).collect();
        if codes == wanted {
            return Ok(());
        }
        let mut said = format!("{}: wanted {wanted:?}, found {codes:?}", self.place());
        for found in found {
            let _ = write!(said, "\n    {} {}", found.code, found.message);
        }
        Err(said)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `README.md` and every page under `docs/`, by their path from the top.
fn pages() -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("README.md")];
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn blocks(file: &Path) -> Vec<Block> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<(String, Option<Block>)> = None;
    for (index, line) in text.lines().enumerate() {
        let bare = line.trim();
        match &mut open {
            Some((fence, block)) if bare == fence => {
                blocks.extend(block.take());
                open = None;
            }
            Some((_, block)) => {
                if let Some(block) = block {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            }
            None if bare.starts_with("```") => {
                let info = bare.trim_start_matches('`');
                let fence = bare[..bare.len() - info.len()].to_owned();
                let mut words = info.split_whitespace();
                let block = (words.next() == Some("rel")).then(|| {
                    let mut block = Block {
                        file: file.to_owned(),
                        line: index + 1,
                        fragment: false,
                        error: None,
                        text: String::new(),
                    };
                    for word in words {
                        match word.strip_prefix("error=") {
                            Some(code) => block.error = Some(code.to_owned()),
                            None if word == "fragment" => block.fragment = true,
                            None => panic!("{}: no kind of block: {word}", block.place()),
                        }
                    }
                    block
                });
                open = Some((fence, block));
            }
            None => {}
        }
    }
    assert!(open.is_none(), "{}: a block is not closed", file.display());
    blocks
}

#[test]
fn every_block_of_rel_is_what_it_claims() {
    let blocks: Vec<Block> = pages().iter().flat_map(|page| blocks(page)).collect();
    let wrong: Vec<String> = blocks.iter().filter_map(|block| block.verdict().err()).collect();
    println!("checked {} blocks of rel", blocks.len());
    assert!(blocks.len() > 20, "only {} blocks were found", blocks.len());
    assert!(
        blocks.iter().any(|block| block.fragment) && blocks.iter().any(|block| block.error.is_some()),
        "every kind of block is used"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn readers_see_the_frame_of_fragments() {
    let page = fs::read_to_string(root().join("docs/reference/README.md")).unwrap();
    assert!(
        page.contains(BEFORE) && page.contains(AFTER.trim_start()),
        "docs/reference/README.md shows another frame than fragments are checked in"
    );
}

/// A relative link leads to a file.
#[test]
fn links_between_pages_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in pages().iter().filter(|page| page.starts_with("docs")) {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || link.contains("://") || link.contains(char::is_whitespace) {
                continue;
            }
            seen += 1;
            let target = root().join(page.parent().unwrap()).join(path);
            if !target.exists() {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(seen > 20, "only {seen} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const GROUPS: [Group; 9] = [
    Group::Syntax,
    Group::Names,
    Group::Types,
    Group::Words,
    Group::Rollback,
    Group::Refs,
    Group::Gates,
    Group::Order,
    Group::Unsupported,
];

/// The page of all diagnostics, as the registry has it.
fn diagnostics() -> String {
    let mut page = String::from(
        "# Diagnostics\n\n\
         Everything `rel check` can find, by what it is about. A code whose letter is `E` is an error: the plan\n\
         does not run. `W` is a warning: it runs, unless `--deny warnings` is given. Codes and names never change\n\
         their meaning. `rel explain E0401` and `rel explain rollback-missing` print the same page, which holds a\n\
         failing and a corrected example.\n\n\
         This file is written from the registry by the tests; do not edit it.\n",
    );
    let mut told = 0;
    for group in GROUPS {
        let codes: Vec<_> = Code::ALL.iter().filter(|code| code.group() == group).collect();
        if codes.is_empty() {
            continue;
        }
        let _ = write!(
            page,
            "\n## {}\n\n| code | name | finds |\n| --- | --- | --- |\n",
            group.name()
        );
        for code in codes {
            told += 1;
            let (number, name) = (code.code(), code.name());
            let summary = code.summary().replace('|', "\\|");
            let _ = writeln!(
                page,
                "| [{number}](../../src/diag/explain/{number}.md) | `{name}` | {summary} |"
            );
        }
    }
    assert_eq!(told, Code::ALL.len(), "a group of the registry is not listed");
    let _ = write!(page, "\n{told} diagnostics.\n");
    page
}

#[test]
fn the_list_of_diagnostics_is_that_of_the_registry() {
    let path = root().join("docs/reference/diagnostics.md");
    let wanted = diagnostics();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/reference/diagnostics.md is behind the registry; write it anew: {UPDATE}=1 cargo test docs"
    );
}
