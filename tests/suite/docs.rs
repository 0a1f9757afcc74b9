//! README and `docs/`: every `rel` block is checked, every `console` block is typed and compared, every link leads
//! somewhere.
//!
//! What stands behind ```` ```rel ```` says what the block is:
//!
//! | word | the block is |
//! | --- | --- |
//! | none | a plan that checks without a word |
//! | `library` | a file for `use` |
//! | `items` | declarations, put into a plan that is otherwise the shortest there is |
//! | `steps` | steps, put into the phase of the plan that `docs/reference/README.md` shows |
//! | `error=E0401` | a plan in which exactly that is found |
//! | `file=NAME` | a plan that checks, or does not where `faulty` follows; a page that is typed writes it there |
//! | `excerpt` | part of the `release.rel` beside the page; `excerpt=FILE`: of that file |

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use relplan::check::Checked;
use relplan::diag::{Code, Severity};

use crate::check::checked;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// README, the pages of `docs/`, and those of the examples.
pub(crate) fn pages() -> Vec<PathBuf> {
    let mut open = vec![root().join("docs"), root().join("examples")];
    let mut found: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .map(|name| root().join(name))
        .into();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            // The trees of examples are worlds of their own.
            if path.is_dir() && path.file_name().is_some_and(|name| name != "tree") {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A fenced block: where it begins, what stands behind the fence, and its text.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) line: usize,
    pub(crate) language: String,
    pub(crate) words: Vec<String>,
    pub(crate) text: String,
}

pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut inside = false;
    for (index, line) in page.lines().enumerate() {
        match (inside, line.strip_prefix("```")) {
            (false, Some(info)) => {
                let mut words = info.split_whitespace().map(str::to_owned);
                found.push(Block {
                    line: index + 1,
                    language: words.next().unwrap_or_default(),
                    words: words.collect(),
                    text: String::new(),
                });
                inside = true;
            }
            (true, Some("")) => inside = false,
            (true, _) => {
                let block = found.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            (false, None) => {}
        }
    }
    assert!(!inside, "a fence is never closed");
    found
}

fn rel_blocks(page: &str) -> Vec<Block> {
    let mut blocks = blocks(page);
    blocks.retain(|block| block.language == "rel");
    blocks
}

/// The plan that a list of steps stands in: the first block of the reference.
fn around_steps() -> (String, String) {
    let page = fs::read_to_string(root().join("docs/reference/README.md")).unwrap();
    let plan = rel_blocks(&page)[0].text.clone();
    let (before, after) = plan.split_once("  # the steps stand here\n").unwrap();
    (before.to_owned(), after.to_owned())
}

fn said(found: &Checked) -> String {
    let lines = found.diagnostics.iter().map(|diagnostic| {
        let file = found.sources.get(diagnostic.primary().file);
        let line = file.position(diagnostic.primary().start as usize).line;
        format!("  line {line}: {} {}", diagnostic.code, diagnostic.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Complains of an excerpt that does not stand in the file beside the page, spaces apart.
fn absent(page: &Path, file: &str, block: &Block) -> Option<String> {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let plan = fs::read_to_string(page.with_file_name(file)).unwrap();
    (!plain(&plan).contains(&plain(&block.text))).then(|| format!("  is not in {file}"))
}

/// What is wrong with a block; nothing if it is what it says.
fn fault(page: &Path, block: &Block, around: &(String, String)) -> Option<String> {
    let word = block.words.first().map(String::as_str);
    let errors = |found: &Checked| {
        found
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.code.severity() == Severity::Error)
    };
    match word {
        None => {
            let found = checked(&block.text);
            (found.is_library || !found.diagnostics.is_empty()).then(|| said(&found))
        }
        Some("library") => {
            let found = checked(&block.text);
            (!found.is_library || !found.diagnostics.is_empty()).then(|| said(&found))
        }
        Some("items") => {
            let phase = if block.text.contains("\nphase ") || block.text.starts_with("phase ") {
                ""
            } else {
                "phase x { merge dev into main }\n"
            };
            let found = checked(&format!("plan \"x\"\n{}{phase}", block.text));
            errors(&found).then(|| said(&found))
        }
        Some("steps") => {
            let found = checked(&format!("{}{}{}", around.0, block.text, around.1));
            errors(&found).then(|| said(&found))
        }
        Some("excerpt") => absent(page, "release.rel", block),
        Some(word) => match word.split_once('=') {
            Some(("excerpt", file)) => absent(page, file, block),
            Some(("error", code)) => {
                let found = checked(&block.text);
                let codes: Vec<&str> = found.diagnostics.iter().map(|d| d.code.code()).collect();
                (codes != [code]).then(|| format!("  {code} was expected\n{}", said(&found)))
            }
            Some(("file", _)) => {
                let found = checked(&block.text);
                let faulty = block.words.iter().any(|word| word == "faulty");
                (found.diagnostics.is_empty() == faulty).then(|| said(&found))
            }
            _ => Some(format!("  `{word}` means nothing here")),
        },
    }
}

#[test]
fn every_plan_in_the_docs_is_what_it_says() {
    let around = around_steps();
    let (mut wrong, mut kinds) = (Vec::new(), BTreeMap::<String, usize>::new());
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for block in rel_blocks(&text) {
            let kind = block.words.first().cloned().unwrap_or_default();
            *kinds
                .entry(kind.split('=').next().unwrap_or_default().to_owned())
                .or_default() += 1;
            if let Some(fault) = fault(&page, &block, &around) {
                let name = page.strip_prefix(root()).unwrap().display();
                wrong.push(format!("{name}:{}\n{fault}", block.line));
            }
        }
    }
    println!("checked {} blocks of rel", kinds.values().sum::<usize>());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for kind in ["", "items", "steps", "error", "excerpt"] {
        assert!(
            kinds.get(kind).is_some_and(|count| *count > 0),
            "{kind:?}: {kinds:?}"
        );
    }
}

/// The tables of `docs/reference/diagnostics.md`, as the registry has them.
fn tables() -> String {
    let mut page = String::new();
    let mut group = None;
    for code in Code::ALL {
        if group.replace(code.group()) != Some(code.group()) {
            let heading = code.group().name();
            write!(
                page,
                "\n## {heading}\n\n| code | name | finds |\n| --- | --- | --- |\n"
            )
            .unwrap();
        }
        let (number, name, summary) = (code.code(), code.name(), code.summary());
        let link = format!("[{number}](../../src/diag/explain/{number}.md)");
        writeln!(page, "| {link} | `{name}` | {summary} |").unwrap();
    }
    page
}

/// The page is written from the registry below its first heading of a group: `REL_BLESS=1` does it anew.
#[test]
fn the_list_of_diagnostics_is_that_of_the_registry() {
    let path = root().join("docs/reference/diagnostics.md");
    let page = fs::read_to_string(&path).unwrap();
    let prose = page.split("\n## ").next().unwrap();
    let wanted = format!("{prose}{}", tables());
    if std::env::var_os("REL_BLESS").is_some() {
        fs::write(&path, wanted).unwrap();
        return;
    }
    assert!(
        page == wanted,
        "docs/reference/diagnostics.md is behind the registry; REL_BLESS=1 writes it anew"
    );
    assert_eq!(page.matches("/explain/").count(), Code::ALL.len());
}

/// The names under which code hosts let the headings of a page be linked.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            let kept = heading
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for (at, _) in text.match_indices("](") {
            let target: String = text[at + 2..].chars().take_while(|c| *c != ')').collect();
            let file = target.split('#').next().unwrap_or_default();
            let outside = target.contains("://");
            if outside || target.contains(char::is_whitespace) {
                continue;
            }
            let there = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            let found = match target.split_once('#') {
                Some((_, place)) => {
                    fs::read_to_string(&there).is_ok_and(|text| anchors(&text).contains(place))
                }
                None => there.exists(),
            };
            if !found {
                let name = page.strip_prefix(root()).unwrap().display();
                wrong.push(format!("{name}: {target}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
