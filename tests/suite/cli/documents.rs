//! Every JSON document is what its schema says.

use std::path::Path;

use serde_json::Value;

use super::World;
use super::schema::mistakes;

fn held(name: &str, text: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schema/{name}.schema.json"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    let found = mistakes(&schema, &value);
    assert!(found.is_empty(), "{name}: {found:#?}");
    assert!(
        text.starts_with("{\n  \"version\": 1,\n"),
        "{name} begins with its version"
    );
    value
}

#[test]
fn findings_are_documents() {
    let world = World::new();
    let none = held("check", &world.says(&["check", "--format", "json"], 0));
    assert_eq!(none["diagnostics"], Value::Array(Vec::new()));
    std::fs::write(
        world.shop().join("bad.rel"),
        "plan \"x\"\nphase ä {\n  push main\n}\nphase b { bogus }\n",
    )
    .unwrap();
    let some = held("check", &world.says(&["check", "bad.rel", "--format", "json"], 1));
    let all = some["diagnostics"].as_array().unwrap();
    let syntax = all
        .iter()
        .find(|one| one["code"] == "E0001")
        .expect("the unknown statement is found");
    let label = &syntax["labels"][0];
    assert_eq!(
        (&label["line"], &label["column"]),
        (&5.into(), &11.into()),
        "{syntax:#}"
    );
    let text = std::fs::read_to_string(world.shop().join("bad.rel")).unwrap();
    let range = usize::try_from(label["start"].as_u64().unwrap()).unwrap()
        ..usize::try_from(label["end"].as_u64().unwrap()).unwrap();
    assert_eq!(&text[range], "bogus");
}

#[test]
fn syntax_trees_are_documents() {
    let world = World::new();
    let tree = held("parse", &world.says(&["parse", "release.rel"], 0));
    assert_eq!(tree["tree"]["items"].as_array().unwrap().len(), 6);
    std::fs::write(world.shop().join("latin.rel"), b"plan \"caf\xe9\"\n").unwrap();
    let unread = held("parse", &world.says(&["parse", "latin.rel"], 1));
    assert_eq!(unread["tree"], Value::Null);
    assert_eq!(unread["diagnostics"][0]["code"], "E0007");
}

#[test]
fn plans_and_runs_are_documents() {
    let world = World::new();
    let none = held("status", &world.says(&["status", "--format", "json"], 0));
    assert_eq!(none["run"], Value::Null);
    let what_if = held(
        "plan",
        &world.says(&["plan", "--fail", "spelling", "--format", "json"], 0),
    );
    assert_eq!(what_if["what_if"][0]["then"]["kind"], "discarded");
    std::fs::write(
        world.shop().join("watch.rel"),
        "plan \"watch\"\ngate up { live; run \"true\" }\n\
         phase a { merge squash topic into main; push main; gate up; rollback revert }\n",
    )
    .unwrap();
    let arguments = ["plan", "watch.rel", "--fail", "up", "--format", "json"];
    let what_if = held("plan", &world.says(&arguments, 0));
    assert_eq!(what_if["what_if"][0]["then"]["restores"], true);
    std::fs::remove_file(world.shop().join("watch.rel")).unwrap();
    let plan = held("plan", &world.says(&["plan", "--format", "json"], 0));
    assert_eq!(plan["phases"][0]["steps"][0]["staged"][0]["how"], "squash");
    assert_eq!(plan["params"][0]["value"], "1.1.0");

    world.says(&["apply", "--yes"], 0);
    let status = held("status", &world.says(&["status", "--format", "json"], 0));
    assert_eq!(status["run"]["outcome"], "done");
    let log = held("log", &world.says(&["log", "--format", "json"], 0));
    let events = log["events"].as_array().unwrap();
    assert_eq!(events[0]["event"], "run-started");
    assert_eq!(events.last().unwrap()["event"], "run-finished");
    let runs = held("runs", &world.says(&["log", "--runs", "--format", "json"], 0));
    assert_eq!(runs["runs"][0]["id"], log["run"]);
}

#[test]
fn a_plan_that_conflicts_is_a_document() {
    let world = World::new();
    std::fs::write(world.shop().join("greeting"), "good day\nworld\n").unwrap();
    world.git(&world.shop(), &["commit", "-qam", "Say good day"]);
    let plan = held("plan", &world.says(&["plan", "--format", "json"], 1));
    let conflict = &plan["problems"][0]["conflicts"][0];
    assert_eq!(conflict["path"], "greeting");
    assert!(
        conflict["hunk"].as_str().unwrap().contains("good day"),
        "{conflict}"
    );
}
