//! Findings for other programs: SARIF, GitHub, GitLab.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::World;
use crate::tools;

const NAME: &str = "odd, 100%: a.rel";
const TEXT: &str = "plan \"x\"\nphase a { merge topic into main; push main }\nphase b after a { bogus \u{1b}[31m }\n\
                    phase c after b { merge topic into main; push mian; rollback revert }\n";

fn world(text: &str) -> World {
    let world = World::new();
    std::fs::write(world.shop().join(NAME), text).unwrap();
    world
}

#[test]
fn sarif_is_what_its_published_schema_says() {
    let world = world(TEXT);
    let said = world.says(&["check", NAME, "--format", "sarif"], 1);
    let log: Value = serde_json::from_str(&said).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(results.len() >= 2, "{said}");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert!(region["startLine"].as_u64().unwrap() >= 2, "{result:#}");
    }
    let missing = results.iter().find(|one| one["ruleId"] == "E0401").unwrap();
    let place = &missing["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "odd%2C%20100%25%3A%20a.rel");
    let inserted = &missing["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert!(
        inserted["insertedContent"]["text"]
            .as_str()
            .unwrap()
            .contains("rollback revert")
    );
    if !tools::present("check-jsonschema") {
        return;
    }
    let file = world.path().join("log.sarif");
    std::fs::write(&file, &said).unwrap();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/sarif-2.1.0.json");
    let held = Command::new("check-jsonschema")
        .args(["--schemafile", schema])
        .arg(&file)
        .output()
        .unwrap();
    assert!(held.status.success(), "{}", String::from_utf8_lossy(&held.stdout));
}

#[test]
fn github_gets_one_command_a_finding_and_never_another() {
    let world = world(TEXT);
    let said = world.says(&["check", NAME, "--format", "github"], 1);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() >= 2, "{said}");
    for line in &lines {
        assert!(
            line.starts_with("::error file=odd%2C 100%25%3A a.rel,line="),
            "{line}"
        );
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
    let missing = lines.iter().find(|line| line.contains("E0401")).unwrap();
    assert!(missing.contains(",line=2,endLine=2,col=7,endColumn=8,title=E0401 rollback-missing::"));
    assert!(
        world
            .says(&["check", "release.rel", "--format", "github"], 0)
            .is_empty()
    );
}

#[test]
fn gitlab_knows_a_finding_again_when_its_line_has_moved() {
    let fingerprints = |text: &str| -> BTreeSet<String> {
        let said = world(text).says(&["check", NAME, "--format", "gitlab"], 1);
        let report: Vec<Value> = serde_json::from_str(&said).unwrap();
        for finding in &report {
            assert_eq!(finding["location"]["path"], NAME);
            assert!(finding["location"]["lines"]["begin"].as_u64().unwrap() > 1);
            assert_eq!(finding["severity"], "major");
            assert!(!finding["description"].as_str().unwrap().is_empty());
        }
        let found: BTreeSet<_> = report
            .iter()
            .map(|one| one["fingerprint"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found.len(), report.len(), "each is its own: {said}");
        found
    };
    let twice = TEXT.replace("{ bogus", "{ bogus\n bogus");
    assert_eq!(
        fingerprints(TEXT),
        fingerprints(&TEXT.replacen('\n', "\n\n# a line more\n", 1))
    );
    assert!(fingerprints(&twice).len() > fingerprints(TEXT).len());
}
