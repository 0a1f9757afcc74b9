//! What the simulation shows is what happens, object id for object id, for every kind of step.

use super::{World, git, plan};
use relplan::journal::Event;

#[test]
fn every_way_of_landing() {
    for statement in [
        "merge topic into main",
        "merge squash topic into main",
        "merge no-ff topic into main",
        "merge ff-only topic into main",
        "merge rebase topic into main",
        "cherry-pick topic onto main",
        "cherry-pick \"topic~1\", topic onto main",
        "merge no-ff topic into main; revert main on main",
        "merge squash topic into main { message \"feat: all of it\" }",
    ] {
        let world = World::new();
        // Both sides have moved, so that nothing but `ff-only` and the default could be a fast-forward.
        if !statement.contains("ff-only") {
            git(&world.work(), &["checkout", "-q", "main"]);
            world.write("aside", "aside\n");
            world.commit("aside");
            git(&world.work(), &["push", "-q", "origin", "main"]);
            git(&world.work(), &["checkout", "-q", "--detach"]);
        }
        world.lands_as_simulated(&plan(&format!(
            "phase land {{ {statement}; push main; rollback revert }}"
        )));
    }
}

#[test]
fn branches_tags_and_deletions() {
    let world = World::new();
    git(&world.work(), &["tag", "old", "main"]);
    world.lands_as_simulated(&plan(
        "phase land {\n\
           branch release/1 from topic\n\
           branch release/1 from main if absent\n\
           reset release/1 to \"topic~1\"\n\
           tag v1 on release/1 { message \"one\" }\n\
           tag light on main { lightweight }\n\
           delete tag old\n\
           push release/1, v1, light\n\
           delete branch topic\n\
           rollback revert\n\
         }",
    ));
    assert_eq!(git(&world.work(), &["cat-file", "-t", "v1"]), "tag");
    assert_eq!(git(&world.work(), &["cat-file", "-t", "light"]), "commit");
    assert_eq!(git(&world.remote(), &["branch", "--list", "topic"]), "");
    assert_eq!(git(&world.work(), &["tag", "--list", "old"]), "");
}

#[test]
fn edits_gates_waits_and_later_phases() {
    let world = World::new();
    let log = world.home.path().join("log");
    let text = format!(
        "environment stage {{ branch staging }}\n\
         channel log {{ sh 'echo \"$message\" >> {0}' }}\n\
         gate here {{ run \"test -f VERSION\" }}\n\
         gate live_one {{ live; run \"true\" }}\n\
         phase edit {{\n\
           commit on main \"edits\" {{ bump VERSION to 1.1.0; changelog CHANGELOG.md 1.1.0 \"All.\"; replace file 'one' with \"1\"; write new.txt \"n\\n\" }}\n\
           gate here on main\n\
           wait for gate live_one every 1m timeout 10m\n\
           soak 1h {{ gate live_one every 10m }}\n\
           push main\n\
           deploy main to stage\n\
           rollback revert\n\
         }}\n\
         phase more after edit {{\n\
           soak 30m {{ gate live_one every 5m }}\n\
           try together from main {{ merge squash topic into together; gate here on together }}\n\
           merge no-ff topic into main\n\
           run \"true\" {{ live; undo run \"true\" }}\n\
           commit on main \"after the run\" {{ write late.txt \"l\" }}\n\
           push main\n\
           notify log \"done\"\n\
           rollback revert\n\
         }}",
        log.display()
    );
    let records = world.lands_as_simulated(&plan(&text));
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "done\n");
    assert_eq!(
        world.at_remote("staging"),
        git(&world.work(), &["rev-parse", "main~1^1"])
    );
    assert_eq!(git(&world.work(), &["branch", "--list", "together"]), "");
    let warned = records.iter().any(|record| {
        matches!(&record.event, Event::Warning { message, .. } if message.contains("is pushed only later by `push main`"))
    });
    assert!(warned, "a push behind the commit point is pointed out");
}

#[test]
fn what_a_command_makes_stays_unknown_in_later_phases() {
    let world = World::new();
    let plan = plan(
        "phase one { commit on main \"made\" { sh 'date > made' }; push main; rollback revert }\n\
         phase two after one { branch copy from main; tag v1 on copy; push v1; rollback revert }\n\
         phase three { tag other on topic; push other; rollback revert }",
    );
    let report = world.simulate(&plan);
    assert!(report.problems.is_empty(), "{:#?}", report.problems);
    for phase in &report.phases {
        for change in &phase.refs {
            assert_eq!(
                change.known,
                phase.name == "three",
                "{} {}",
                phase.name,
                change.change.name
            );
        }
    }
}

#[test]
fn a_try_is_shown_and_thrown_away() {
    let world = World::new();
    let plan = plan(
        "phase see { try both from main { merge squash topic into both; gate ok on both { run \"test -f topic-a\" } } }",
    );
    let report = world.simulate(&plan);
    assert!(
        report.problems.is_empty() && report.phases[0].refs.is_empty(),
        "{report:#?}"
    );
    assert_eq!(
        report.phases[0].steps[0].staged.len(),
        2,
        "the branch, and the merge inside"
    );
    let before = world.refs();
    let (end, _) = world.apply(&plan);
    assert_eq!(end, relplan::engine::RunEnd::Done);
    assert_eq!(world.refs(), before);
}
