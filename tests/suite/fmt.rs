//! The canonical layout: nothing but layout changes, twice is as once, and what does not parse stays.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proptest::prelude::*;
use relplan::diag::Code;
use relplan::fmt::{WIDTH, format};
use relplan::syntax::{TokenKind, parse, tokens};
use relplan::text::FileId;
use serde_json::Value;

use crate::docs;

/// Every `.rel` file of the repository.
fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = ["examples", "stdlib", "src", "tests"]
        .map(|name| root.join(name))
        .into();
    let mut found = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in directory.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rel") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 5, "{found:?}");
    found
}

/// Every text that parses: those files, and the plans in the documentation and its pages on diagnostics.
fn corpus() -> Vec<String> {
    let texts = files()
        .into_iter()
        .filter_map(|path| std::fs::read_to_string(path).ok());
    let written = docs::pages()
        .into_iter()
        .map(|page| std::fs::read_to_string(page).unwrap());
    let explained = Code::ALL.iter().map(|code| code.page().to_owned());
    let blocks = written.chain(explained).flat_map(|page| {
        let blocks = docs::blocks(&page).into_iter();
        blocks
            .filter(|block| block.language == "rel")
            .map(|block| block.text)
            .collect::<Vec<_>>()
    });
    let sound = |text: &String| parse(FileId(0), text).diagnostics.is_empty();
    let all: Vec<String> = texts.chain(blocks).filter(sound).collect();
    assert!(all.len() > 100, "only {}", all.len());
    all
}

/// The tree without places.
fn tree(text: &str) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) if members.contains_key("start") => *value = Value::Null,
            Value::Object(members) => {
                members.retain(|name, _| name != "comments" && !name.ends_with("span"));
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(parse(FileId(0), text).file).unwrap();
    strip(&mut value);
    value
}

/// What must stay: every token and comment, in order.
fn kept(text: &str) -> Vec<(TokenKind, String)> {
    let kept = tokens(text).into_iter().filter_map(|token| {
        let layout = matches!(token.kind, TokenKind::LineEnd | TokenKind::Semicolon);
        (!layout).then(|| (token.kind, text[token.start..token.end].trim_end().to_owned()))
    });
    kept.collect()
}

fn sound(text: &str) -> String {
    let once = format(text);
    assert_eq!(kept(text), kept(&once.text), "{text}\n--- became\n{}", once.text);
    let twice = format(&once.text);
    assert_eq!(twice.text, once.text, "twice is not as once");
    once.text
}

#[test]
fn every_plan_keeps_its_tree() {
    for text in corpus() {
        assert!(tree(&text) == tree(&sound(&text)), "{text}");
    }
}

#[test]
fn what_is_shipped_is_laid_out() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for path in files().into_iter().filter(|path| !path.starts_with(&tests)) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            format(&text).text == text,
            "`rel fmt {}` would change it",
            path.display()
        );
    }
}

#[test]
fn what_is_canonical() {
    let cases = [
        (
            "phase   a   {\n\n\n  push main ;;\n\n\n  push v1\n\n}\n",
            "phase a {\n  push main\n\n  push v1\n}\n",
        ),
        (
            "phase a{push main;rollback revert}",
            "phase a { push main; rollback revert }\n",
        ),
        ("phase a { }\nphase b {\n}\n", "phase a { }\n\nphase b {\n}\n"),
        (
            "plan \"x\"\n# about a\nphase a {\npush main # why\n  rollback revert    # because\n}\n# about b\nphase b { }\n",
            "plan \"x\"\n\n# about a\nphase a {\n  push main        # why\n  rollback revert  # because\n}\n\n# about b\nphase b { }\n",
        ),
        (
            "gate g(min:percent=85%) {\nrun \"x\"\nexpect percent>=$min\nlive\ncompare to main\n}\n",
            "gate g(min: percent = 85%) {\n  run        \"x\"\n  expect     percent >= $min\n  live\n  compare to main\n}\n",
        ),
        (
            "let all = [\n\"a\" , # first\n   \"b\",\n]\ntouches_ = 1\n",
            "let all = [\n  \"a\",  # first\n  \"b\",\n]\ntouches_ = 1\n",
        ),
        (
            "phase a {\n  when $x==1 { push main } else {\n push v1 }\n}\n",
            "phase a {\n  when $x == 1 {\n    push main\n  } else {\n    push v1\n  }\n}\n",
        ),
        (
            "window w { days mon-thu; hours 09:00-16:00; zone \"Europe/Madrid\" }\n",
            "window w { days mon-thu; hours 09:00-16:00; zone \"Europe/Madrid\" }\n",
        ),
        (
            "phase a {\r\n\tmerge x into main {\r\n\tmessage \"\"\"\n    one\n      two\n  \"\"\"\r\n}\r\n}\r\n",
            "phase a {\n  merge x into main {\n    message \"\"\"\n    one\n      two\n  \"\"\"\n  }\n}\n",
        ),
    ];
    for (text, wanted) in cases {
        assert_eq!(sound(text), wanted, "of {text:?}");
    }
}

#[test]
fn a_block_that_does_not_fit_is_opened() {
    let long = format!(
        "phase a {{ push main; push {}; rollback revert }}\n",
        "x".repeat(WIDTH)
    );
    let formatted = sound(&long);
    assert_eq!(formatted.lines().count(), 5, "{formatted}");
    assert!(formatted.starts_with("phase a {\n  push main\n  push xxx"));
}

#[test]
fn what_does_not_parse_stays_as_it_is() {
    let text = "plan \"x\"\nphase a {\npush   main\n      mrege   a    into b   # odd\npush v1\n}\n";
    let formatted = format(text);
    assert_eq!(formatted.left, 1);
    assert!(
        formatted
            .text
            .contains("\n  push main\n      mrege   a    into b  # odd\n  push v1\n"),
        "{}",
        formatted.text
    );
    for unclosed in [
        "phase a {\n   push   main\n",
        "plan \"x\n",
        "phase a {  }  }\n",
        "x ( [  \n",
    ] {
        assert_eq!(format(unclosed).text, unclosed);
    }
}

/// The same tokens with other spaces, empty lines and line ends, where that means nothing.
fn mangled(text: &str, seeds: &[u8]) -> String {
    let mut seeds = seeds.iter().copied().cycle();
    let mut out = String::new();
    let (mut end, mut fresh) = (0, true);
    for token in tokens(text) {
        let gap = &text[end..token.start];
        let seed = seeds.next().unwrap_or(0);
        let wide = " ".repeat(1 + usize::from(seed % 3));
        if !out.is_empty() && (fresh || !gap.is_empty()) {
            out.push_str(&wide);
        }
        fresh = token.kind == TokenKind::LineEnd;
        match token.kind {
            TokenKind::LineEnd if seed % 5 == 0 => out.push_str(" \r\n\n \n"),
            TokenKind::Semicolon if seed % 4 == 0 => out.push_str(";\n"),
            _ => out.push_str(&text[token.start..token.end]),
        }
        end = token.end;
    }
    out
}

static CORPUS: OnceLock<Vec<String>> = OnceLock::new();

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_mangled_plan_means_the_same(seeds in prop::collection::vec(any::<u8>(), 1..60), pick in any::<prop::sample::Index>()) {
        let corpus = CORPUS.get_or_init(corpus);
        let text = &corpus[pick.index(corpus.len())];
        let odd = mangled(text, &seeds);
        prop_assert!(tree(&odd) == tree(text), "the mangling is at fault:\n{odd}");
        let formatted = sound(&odd);
        prop_assert!(tree(&formatted) == tree(text), "another tree:\n{formatted}");
    }

    #[test]
    fn anything_at_all_is_survived(text in "[a-z#{}()\\[\\];,:|=<>\"'$ \\n\\t.%~^-]{0,200}") {
        sound(&text);
    }

    #[test]
    fn any_words_of_the_language_are_survived(words in prop::collection::vec(prop::sample::select(vec![
        "plan", "\"x\"", "phase", "a", "{", "}", "push", "main", "\n", "\n", ";", "# c\n", "## d\n", "gate", "when", "else",
        "$x", "==", "1", "[", "]", "(", ")", ",", "run", "merge", "into", "rollback", "revert", "\"\"\"\n a\n\"\"\"", "and",
    ]), 0..80)) {
        sound(&words.join(" "));
    }
}
