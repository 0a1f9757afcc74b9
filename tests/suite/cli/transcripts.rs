//! `tests/cli/*.txt`: what is typed and what is said.
//!
//! A line `$ COMMAND` is run by `sh` in the seed repository (`> ` goes on with it); what it prints, both
//! streams together, stands below it, and `? STATUS` where that is not 0. Ids and times are not the same
//! twice: they are written as `<id-->` and the like. `REL_BLESS=1` writes the files anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::World;

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli");
    let mut cases: Vec<_> = root
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

/// The commands of a transcript, with what stands before the first.
fn commands(text: &str) -> (String, Vec<String>) {
    let mut head = String::new();
    let mut commands: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(command.to_owned());
            open = true;
        } else if let (true, Some(more)) = (open, line.strip_prefix('>')) {
            let command = commands.last_mut().unwrap();
            command.push('\n');
            command.push_str(more.strip_prefix(' ').unwrap_or(more));
        } else {
            open = false;
            if commands.is_empty() {
                head.push_str(line);
                head.push('\n');
            }
        }
    }
    (head, commands)
}

fn transcript(head: String, commands: &[String]) -> String {
    let world = World::new();
    let mut text = head;
    for command in commands {
        let output = world
            .command("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .output()
            .unwrap();
        let said = normal(&world, &String::from_utf8(output.stdout).unwrap());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "$ {}", command.replace('\n', "\n> ").replace("> \n", ">\n"));
        text.push_str(&said);
        let status = output.status.code().unwrap();
        if status != 0 {
            let _ = writeln!(text, "? {status}");
        }
        text.push('\n');
    }
    text.trim_end().to_owned() + "\n"
}

/// Takes out what is not the same twice, without changing widths.
pub(super) fn normal(world: &World, text: &str) -> String {
    let text = text.replace(&world.path().display().to_string(), "HOME");
    let patterns = [
        (r"\b[0-9a-f]{40}\b", "<full-id>"),
        (r"\b\d{8}T\d{6}Z(-\d+)?\b", "<run>"),
        (r"\bplan [0-9a-f]{12}\b", "plan <digest>"),
        (r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z0-9+-]+", "<moment>"),
        (r"\b\d\d:\d\d:\d\d\b", "<clock>"),
        (r"\b20\d\d-\d\d-\d\d\b", "<day>"),
        (r"\b\d\.\ds\b", "0.0s"),
    ];
    let mut text = text;
    for (pattern, name) in patterns {
        text = Regex::new(pattern).unwrap().replace_all(&text, name).into_owned();
    }
    let ids = Regex::new(r"\b[0-9a-f]{8}\b").unwrap();
    ids.replace_all(&text, "<id--->").into_owned()
}

#[test]
fn what_is_typed_and_what_is_said() {
    let bless = std::env::var_os("REL_BLESS").is_some();
    let mut wrong = Vec::new();
    for path in cases() {
        let expected = std::fs::read_to_string(&path).unwrap();
        let (head, commands) = commands(&expected);
        assert!(!commands.is_empty(), "{} has no command", path.display());
        let found = transcript(head, &commands);
        if found == expected {
            continue;
        }
        if bless {
            std::fs::write(&path, &found).unwrap();
        } else {
            let diff = similar::TextDiff::from_lines(&expected, &found);
            wrong.push(format!("{}\n{}", path.display(), diff.unified_diff()));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nREL_BLESS=1 writes them anew",
        wrong.join("\n")
    );
}
