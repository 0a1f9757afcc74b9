//! A run that fails behind its push, killed before any of its records: resumed, it is rolled back all the same.

use super::{Mortal, START, World, plan};
use relplan::engine::{Decision, RunEnd};
use relplan::journal::{Event, Journals};

const TEXT: &str = "phase land { commit on main \"one\" { write one \"1\" }; push main; run \"true\" { live; undo run \"true\" }; \
                    commit on main \"two\" { write two \"2\" }; run \"false\" { live }; rollback revert }";

#[test]
fn a_failing_run_killed_before_any_record_is_rolled_back() {
    let whole = World::new();
    let plan = plan(TEXT);
    let before = whole.at("main^{tree}");
    let (end, records) = whole.apply(&plan);
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
    let failed = |record: &relplan::journal::Record| matches!(record.event, Event::PhaseFailed { .. });
    let pushed = records
        .iter()
        .position(|record| matches!(record.event, Event::RemoteMoved { .. }));
    assert!(records.iter().any(failed) && pushed.is_some());
    for left in 1..records.len() {
        let world = World::new();
        let journals = Journals::of(&world.work().join(".git"));
        let (run, mut store) = journals.create(START).unwrap();
        let mortal = &mut Mortal {
            inner: &mut store,
            left,
        };
        assert!(world.apply_into(&plan, mortal, &run).is_err());
        drop(store);
        let mut end = world.go_on(&plan, &run, |session| session.resume(None)).unwrap();
        for _ in 0..3 {
            if matches!(end, RunEnd::Waiting { .. }) {
                end = world
                    .go_on(&plan, &run, |session| session.resume(Some(Decision::Again)))
                    .unwrap();
            }
        }
        assert!(
            matches!(end, RunEnd::RolledBack { .. }),
            "after {left} records: {end:?}"
        );
        assert_eq!(world.at("main^{tree}"), before, "after {left} records");
        assert_eq!(world.at_remote("main^{tree}"), before, "after {left} records");
        assert_eq!(world.at("main"), world.at_remote("main"), "after {left} records");
        world.fsck();
    }
}
