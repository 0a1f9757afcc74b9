//! Killed at every boundary, resumed, and the same as if nothing had happened.

use super::{Mortal, START, World, git, plan};
use relplan::engine::{Decision, RunEnd};
use relplan::journal::Journals;

const TEXT: &str = "gate ok { run \"test -f topic-a\" }\n\
    phase one { merge no-ff topic into main; gate ok; tag v1 on main; push main, v1; rollback revert }\n\
    phase two after one { commit on main \"two\" { write two.txt \"2\" }; push main; delete branch topic; rollback revert }";

#[test]
fn a_run_killed_before_any_record_resumes_to_the_same_refs() {
    let whole = World::new();
    let plan = plan(TEXT);
    let (end, records) = whole.apply(&plan);
    assert_eq!(end, RunEnd::Done);
    let tree = |world: &World| {
        (
            world.at("main^{tree}"),
            world.at_remote("main^{tree}"),
            git(&world.remote(), &["for-each-ref", "--format=%(refname)"]),
        )
    };
    for left in 1..records.len() {
        let world = World::new();
        let journals = Journals::of(&world.work().join(".git"));
        let (run, mut store) = journals.create(START).unwrap();
        let killed = world.apply_into(
            &plan,
            &mut Mortal {
                inner: &mut store,
                left,
            },
            &run,
        );
        assert!(killed.is_err(), "after {left} records");
        drop(store);
        let mut end = world.go_on(&plan, &run, |session| session.resume(None)).unwrap();
        if matches!(end, RunEnd::Waiting { .. }) {
            end = world
                .go_on(&plan, &run, |session| session.resume(Some(Decision::Again)))
                .unwrap();
        }
        assert_eq!(end, RunEnd::Done, "after {left} records");
        assert_eq!(tree(&world), tree(&whole), "after {left} records");
        assert_eq!(world.at("main"), world.at_remote("main"), "after {left} records");
        world.fsck();
    }
}

#[test]
fn a_torn_last_line_is_left_out() {
    let world = World::new();
    let plan = plan(TEXT);
    let journals = Journals::of(&world.work().join(".git"));
    let (run, mut store) = journals.create(START).unwrap();
    assert!(
        world
            .apply_into(
                &plan,
                &mut Mortal {
                    inner: &mut store,
                    left: 8
                },
                &run
            )
            .is_err()
    );
    drop(store);
    let path = world
        .work()
        .join(".git/rel/runs")
        .join(&run)
        .join("journal.jsonl");
    let mut text = std::fs::read(&path).unwrap();
    text.extend_from_slice(b"{\"seq\":8,\"at\":17");
    std::fs::write(&path, text).unwrap();
    assert_eq!(
        world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
        RunEnd::Done
    );
}

#[test]
fn a_second_process_is_locked_out() {
    let world = World::new();
    let journals = Journals::of(&world.work().join(".git"));
    let held = journals.lock().unwrap();
    let refused = journals.lock().unwrap_err().to_string();
    assert!(
        refused.contains("another rel is at work") && refused.contains("process"),
        "{refused}"
    );
    drop(held);
    journals.lock().unwrap();
}
