//! Every page of `rel explain`: its failing example gives exactly its code, its corrected one is clean,
//! and a fix, where the finding has one, leaves nothing of the kind behind.

use relplan::diag::{Code, Diagnostic, Edit};

use crate::check::checked;

/// The fenced examples of a page, by their heading.
fn example(page: &str, heading: &str) -> Option<String> {
    let section = page.split(&format!("## {heading}\n")).nth(1)?;
    let fenced = section.split("```rel\n").nth(1)?;
    Some(fenced.split("```").next()?.to_owned())
}

/// Rules about bytes, files or the command line, which no text of a page can break.
const WITHOUT: [Code; 4] = [
    Code::NotUtf8,
    Code::UseCycle,
    Code::UnknownParam,
    Code::ParamRequired,
];

#[test]
fn every_page_shows_its_rule() {
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let page = code.page();
        assert!(
            page.starts_with(&format!("# {}: {}\n", code.code(), code.name())),
            "{code}: the heading"
        );
        assert!(page.len() > 200, "{code}: the page says too little");
        let (failing, corrected) = (example(page, "Failing"), example(page, "Corrected"));
        if WITHOUT.contains(code) {
            assert!(failing.is_none() && corrected.is_none(), "{code}");
            continue;
        }
        let (failing, corrected) = (failing.unwrap(), corrected.unwrap());
        let found: Vec<_> = checked(&failing).diagnostics;
        let short = |found: &[Diagnostic]| {
            found
                .iter()
                .map(|d| format!("{} {}", d.code, d.message))
                .collect::<Vec<_>>()
        };
        if found.iter().map(|d| d.code).ne([*code]) {
            wrong.push(format!("{code}: the failing example gives {:#?}", short(&found)));
            continue;
        }
        let clean = checked(&corrected).diagnostics;
        if !clean.is_empty() {
            wrong.push(format!(
                "{code}: the corrected example gives {:#?}",
                short(&clean)
            ));
        }
        for fix in &found[0].fixes {
            let mended = apply(&failing, &fix.edits);
            let left = checked(&mended).diagnostics;
            if left.iter().any(|d| d.code == *code) {
                wrong.push(format!(
                    "{code}: `{}` leaves it\n{mended}\n{:#?}",
                    fix.title,
                    short(&left)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.span.range(), &edit.replacement);
    }
    text
}
