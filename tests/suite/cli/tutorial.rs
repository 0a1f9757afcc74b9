//! The `console` blocks of the docs: typed anew, in the order of the page, and compared.
//!
//! The tutorial is typed as a whole, its `file=NAME` blocks written where they stand; `REL_BLESS=1` writes what was
//! said into the page. A block `excerpt` elsewhere shows part of what one command says.

use std::fs;
use std::path::{Path, PathBuf};

use super::World;
use super::transcripts::normal;
use crate::docs::{Block, blocks, pages};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The commands of a block.
fn commands(block: &Block) -> Vec<&str> {
    block
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .collect()
}

/// A block as it would be if typed now.
fn typed(world: &World, block: &Block) -> String {
    let mut text = String::new();
    for command in commands(block) {
        let output = world
            .command("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .output()
            .unwrap();
        text.push_str(&format!("$ {command}\n"));
        let said = String::from_utf8(output.stdout).unwrap();
        text.push_str(said.trim_matches('\n'));
        if !said.trim().is_empty() {
            text.push('\n');
        }
        if !output.status.success() {
            text.push_str(&format!("(exit status {})\n", output.status.code().unwrap()));
        }
    }
    text
}

#[test]
fn the_tutorial_is_what_happens() {
    let path = root().join("docs/tutorial.md");
    let page = fs::read_to_string(&path).unwrap();
    let world = World::empty();
    let (mut fresh, mut wrong) = (page.clone(), Vec::new());
    for block in blocks(&page) {
        let file = block.words.first().and_then(|word| word.strip_prefix("file="));
        match (block.language.as_str(), file) {
            (_, Some(file)) => fs::write(world.shop().join(file), &block.text).unwrap(),
            ("console", None) => {
                let found = typed(&world, &block);
                if normal(&world, &found) != normal(&world, &block.text) {
                    fresh = fresh.replacen(&block.text, &found, 1);
                    wrong.push(format!("docs/tutorial.md:{}\n{found}", block.line));
                }
            }
            _ => {}
        }
    }
    if std::env::var_os("REL_BLESS").is_some() {
        fs::write(path, fresh).unwrap();
        return;
    }
    assert!(
        wrong.is_empty(),
        "{}\nREL_BLESS=1 writes it anew",
        wrong.join("\n")
    );
}

#[test]
fn excerpts_are_said_in_that_order() {
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for block in blocks(&text) {
            if block.language != "console" || block.words != ["excerpt"] {
                continue;
            }
            seen += 1;
            let world = World::new();
            let [command] = commands(&block)[..] else {
                panic!("{}:{}: an excerpt shows one command", page.display(), block.line)
            };
            let output = world.command("sh").args(["-c", command]).output().unwrap();
            let said = normal(&world, &String::from_utf8(output.stdout).unwrap());
            let mut lines = said.lines();
            for line in normal(&world, &block.text).lines().skip(1) {
                let gap = line.trim().is_empty() || line.trim() == "…";
                assert!(
                    gap || lines.any(|found| found == line),
                    "{}:{}: `{command}` does not say, in this order:\n{line}",
                    page.display(),
                    block.line
                );
            }
        }
    }
    assert!(seen > 0, "{}", Path::new("README.md").display());
}
