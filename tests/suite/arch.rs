//! The house as `ARCHITECTURE.md` describes it: its tables are read here, and the sources held against them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of `src/`, by its path below it, without its comments.
fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let src = root().join("src");
    collect(&src, &src, &mut found);
    assert!(found.len() > 100, "only {} sources found", found.len());
    found
}

fn collect(base: &Path, directory: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(base, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

fn without_comments(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |code, line| code + line + "\n")
}

/// The rows of the one table of `ARCHITECTURE.md` whose header begins with these cells.
fn table(header: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rows: Vec<Vec<String>> = text
        .lines()
        .skip_while(|line| !line.starts_with(header))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect();
    assert!(!rows.is_empty(), "ARCHITECTURE.md has no table `{header}`");
    rows
}

/// The words in backquotes, as names of modules.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(|word| word.trim_end_matches('/').trim_end_matches(".rs").to_owned())
        .collect()
}

/// Each module's floor.
fn floors() -> BTreeMap<String, u32> {
    table("| floor | module |")
        .iter()
        .map(|row| (quoted(&row[1])[0].clone(), row[0].parse().unwrap()))
        .collect()
}

/// The module of the first level that a source belongs to.
fn module(name: &str) -> &str {
    name.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Names of the first level that a source reaches: `crate::x`, `crate::{x, y::z}`, and `super::` that leads there.
/// An inline module climbs one step less far, so a climb counts where it meets a floor.
fn reached(name: &str, code: &str, floors: &BTreeMap<String, u32>) -> BTreeSet<String> {
    let depth = name.trim_end_matches("/mod.rs").split('/').count();
    let climb = format!("super::{}", "super::".repeat(depth - 1));
    let mut found = BTreeSet::new();
    for start in ["crate::", &climb] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == ':') {
                continue;
            }
            let heads = heads(&code[at + start.len()..]);
            found.extend(
                heads
                    .into_iter()
                    .filter(|head| start == "crate::" || floors.contains_key(head)),
            );
        }
    }
    found
}

/// The first names behind a path: one, or those of a `{ }` group.
fn heads(rest: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![word(rest)];
    };
    let (mut depth, mut names, mut fresh) = (0usize, Vec::new(), true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            _ if fresh && !c.is_whitespace() => {
                names.push(word(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn arrows_point_down() {
    let floors = floors();
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for (name, text) in sources() {
        let own = module(&name).to_owned();
        if ["lib", "main"].contains(&own.as_str()) {
            continue;
        }
        let Some(floor) = floors.get(&own) else {
            wrong.push(format!("src/{name}: ARCHITECTURE.md has no floor for `{own}`"));
            continue;
        };
        for other in reached(&name, &without_comments(&text), &floors) {
            arrows += 1;
            match floors.get(&other) {
                _ if other == own => {}
                Some(below) if below < floor => {}
                Some(above) => wrong.push(format!(
                    "src/{name}: `{own}` (floor {floor}) uses `{other}` (floor {above})"
                )),
                None => wrong.push(format!("src/{name}: uses `crate::{other}`, which has no floor")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        arrows > 100,
        "only {arrows} uses were found: the reader is broken"
    );
}

#[test]
fn every_floor_is_there() {
    for (module, floor) in floors() {
        let (folder, file) = (
            root().join("src").join(&module),
            root().join(format!("src/{module}.rs")),
        );
        assert!(
            folder.is_dir() || file.is_file(),
            "floor {floor}: `{module}` is not in src/"
        );
    }
}

#[test]
fn the_reader_sees_every_form_of_a_use() {
    let floors = floors();
    let code =
        "use crate::{model::{Oid, Version}, text};\nfn f() { crate::diag::x(); super::super::git::y() }";
    let found: Vec<String> = reached("check/a.rs", code, &floors).into_iter().collect();
    assert_eq!(found, ["diag", "git", "model", "text"]);
    let none = "use super::plan; use my_crate::x; use super::super_thing; use super::super::inline;";
    assert!(reached("check/a.rs", none, &floors).is_empty());
}

#[test]
fn dependencies_stay_at_home() {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in table("| crate | home |") {
        for krate in quoted(&row[0]) {
            homes.insert(krate, quoted(&row[1]));
        }
    }
    let manifest: toml_edit::DocumentMut = fs::read_to_string(root().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let declared: BTreeSet<String> = manifest["dependencies"]
        .as_table()
        .unwrap()
        .iter()
        .map(|(name, _)| name.to_owned())
        .collect();
    let listed: BTreeSet<String> = homes.keys().cloned().collect();
    assert_eq!(
        declared, listed,
        "Cargo.toml and ARCHITECTURE.md name the same crates"
    );

    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let code = without_comments(&text);
        for (krate, homes) in homes.iter().filter(|(_, homes)| !homes.is_empty()) {
            if homes.iter().any(|home| home == module(&name)) {
                continue;
            }
            let path = format!("{}::", krate.replace('-', "_"));
            let used = code
                .match_indices(&path)
                .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'));
            if used {
                wrong.push(format!("src/{name}: `{krate}` lives in {}", homes.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_source_says_what_it_is() {
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(name, _)| name)
        .collect();
    assert!(wrong.is_empty(), "no `//!` on the first line: {wrong:?}");
}

/// What belongs to one machine, or to nobody yet.
#[test]
fn nothing_is_left_over() {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .unwrap();
    // Outside a clone (a packed crate) the sources are what there is.
    let names: Vec<String> = if listed.status.success() {
        String::from_utf8(listed.stdout)
            .unwrap()
            .split_terminator('\0')
            .map(str::to_owned)
            .collect()
    } else {
        sources().into_keys().map(|name| format!("src/{name}")).collect()
    };
    // Put together here, or this file would find itself.
    let paths = ["work", "root"].map(|top| format!("/{top}/"));
    let unfinished = ["todo", "unimplemented", "dbg"].map(|name| format!("{name}!("));
    let mut wrong = Vec::new();
    for name in names {
        let Ok(text) = fs::read_to_string(root().join(&name)) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            let of_a_machine = paths.iter().any(|path| {
                line.match_indices(path.as_str()).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || ".-_~*}".contains(c))
                })
            });
            let open = name.starts_with("src/") && unfinished.iter().any(|mark| line.contains(mark.as_str()));
            if of_a_machine || open {
                wrong.push(format!("{name}:{}: {line}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
