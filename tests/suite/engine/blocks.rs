//! `rollback { ... }` and `undo`: what ran is taken back, and what never ran is left alone.

use super::{World, git, last_run, plan, there};
use relplan::engine::{Decision, EngineError, RunEnd};
use relplan::journal::PauseCause;

/// An environment that is a file beside the repository; a commit with `boom` in it breaks the deploy half way.
pub(super) fn environment(world: &World) -> String {
    let home = world.home.path().display();
    format!(
        "environment production {{\n  deploy sh 'echo deploy $(git rev-parse --short $commit) >> {home}/log; git rev-parse $commit > {home}/running; test ! -f boom'\n  \
         current sh 'cat {home}/running'\n  shift sh 'echo shift $weight >> {home}/log'\n  backup sh 'echo backup >> {home}/log'\n  restore sh 'echo restore >> {home}/log'\n}}\n"
    )
}

pub(super) fn prepared(world: &World) {
    std::fs::write(world.home.path().join("running"), world.at("main")).unwrap();
}

fn log(world: &World) -> Vec<String> {
    let text = std::fs::read_to_string(world.home.path().join("log")).unwrap_or_default();
    text.lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

fn running(world: &World) -> String {
    std::fs::read_to_string(world.home.path().join("running"))
        .unwrap()
        .trim()
        .to_owned()
}

#[test]
fn a_deploy_that_failed_half_way_is_taken_back() {
    let world = World::new();
    prepared(&world);
    let main = world.at("main");
    let text = format!(
        "{}phase ship {{ commit on main \"broken\" {{ write boom \"x\" }}; push main; deploy main to production\n rollback {{ deploy previous to production; revert }} }}",
        environment(&world)
    );
    let (end, records) = world.apply(&plan(&text));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}: {records:#?}");
    assert_eq!(running(&world), main);
    assert!(!there(&world.remote(), "main:boom"));
}

#[test]
fn what_never_ran_is_not_taken_back() {
    let world = World::new();
    prepared(&world);
    let text = format!(
        "{}phase ship {{ merge topic into main; push main; run \"false\" {{ live }}; backup production; deploy main to production; shift 10% to production\n \
         rollback {{ shift 0% to production; deploy previous to production; restore production; revert }} }}",
        environment(&world)
    );
    let (end, records) = world.apply(&plan(&text));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}: {records:#?}");
    assert!(log(&world).is_empty(), "{:?}", log(&world));
    assert!(!there(&world.remote(), "main:topic-a"));
}

#[test]
fn what_ran_is_taken_back_in_the_order_of_the_block() {
    let world = World::new();
    prepared(&world);
    let main = world.at("main");
    let text = format!(
        "{}phase ship {{ merge topic into main; push main; backup production; deploy main to production; shift 10% to production; run \"false\" {{ live }}\n \
         rollback {{ shift 0% to production; deploy previous to production; restore production; revert }} }}",
        environment(&world)
    );
    let (end, records) = world.apply(&plan(&text));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}: {records:#?}");
    let short = |rev: &str| format!("deploy {}", git(&world.work(), &["rev-parse", "--short", rev]));
    let expected = [
        "backup".into(),
        short("topic"),
        "shift 10".into(),
        "shift 0".into(),
        short(&main),
        "restore".into(),
    ];
    assert_eq!(log(&world), expected);
    assert_eq!(running(&world), main);
}

#[test]
fn a_conflict_is_found_before_any_undo_runs() {
    let world = World::new();
    let undone = world.home.path().join("undone");
    let undo = format!("run \"true\" {{ live; undo sh 'touch {}' }}", undone.display());
    for rollback in [
        "rollback revert",
        "rollback { revert }",
        "rollback { undo; revert }",
    ] {
        let world = World::new();
        let plan = plan(&format!(
            "phase land {{ merge no-ff topic into main; push main; {undo}\n {rollback} }}"
        ));
        assert_eq!(world.apply(&plan).0, RunEnd::Done, "{rollback}");
        world.others_push("main", "file");
        let before = world.refs().1;
        let run = last_run(&world);
        let end = world
            .go_on(&plan, &run, |session| session.rollback("land", false))
            .unwrap();
        assert!(
            matches!(end, RunEnd::RollbackFailed { .. }),
            "{rollback}: {end:?}"
        );
        assert!(!undone.exists(), "{rollback}");
        assert_eq!(world.refs().1, before, "{rollback}");
    }
}

#[test]
fn an_undo_runs_on_the_commit_on_which_its_step_ran() {
    let world = World::new();
    let log = world.home.path().join("log");
    let text = format!(
        "phase act {{ commit on main \"tool\" {{ write tool.sh \"echo first\" }}; push main; run \"true\" on main {{ undo sh 'sh tool.sh >> {}' }}\n \
         commit on main \"tool gone\" {{ run \"rm tool.sh\" }}; push main; run \"false\" {{ live }}; rollback revert }}",
        log.display()
    );
    let (end, records) = world.apply(&plan(&text));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}: {records:#?}");
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "first\n");
}

#[test]
fn past_the_point_of_no_return_a_failure_waits() {
    let world = World::new();
    let plan = plan(
        "phase ship { merge topic into main; push main; run \"true\" { live; irreversible }; run \"test -e mended\" { live }; rollback revert }",
    );
    let (end, _) = world.apply(&plan);
    let RunEnd::Waiting {
        cause: PauseCause::Hold,
        reason,
        way_out,
    } = end
    else {
        panic!("{end:?}")
    };
    assert!(reason.contains("point of no return"), "{reason}");
    assert!(!way_out.contains("rollback"), "{way_out}");
    let run = last_run(&world);
    let refused = world.go_on(&plan, &run, |session| session.rollback("ship", false));
    assert!(
        matches!(refused, Err(EngineError::Refused { ref what }) if what.contains("point of no return")),
        "{refused:?}"
    );
    world.write("mended", "");
    assert_eq!(
        world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
        RunEnd::Done
    );
    assert_eq!(world.at_remote("main"), world.at("topic"));
}

#[test]
fn a_held_phase_goes_on_behind_what_it_did_or_is_taken_back() {
    for resumed in [true, false] {
        let world = World::new();
        let log = world.home.path().join("log");
        let plan = plan(&format!(
            "phase ship {{ on failure hold; merge no-ff topic into main; tag v1 on main; push main, v1; sh 'echo once >> {}' {{ live }}; run \"test -e mended\" {{ live }}; rollback revert }}",
            log.display()
        ));
        let (end, _) = world.apply(&plan);
        assert!(
            matches!(
                end,
                RunEnd::Waiting {
                    cause: PauseCause::Hold,
                    ..
                }
            ),
            "{end:?}"
        );
        let run = last_run(&world);
        if resumed {
            world.write("mended", "");
            assert_eq!(
                world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
                RunEnd::Done
            );
            assert!(there(&world.remote(), "main:topic-a"));
        } else {
            assert_eq!(
                world
                    .go_on(&plan, &run, |session| session.rollback("ship", false))
                    .unwrap(),
                RunEnd::Done
            );
            assert!(!there(&world.remote(), "main:topic-a"));
        }
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "once\n");
    }
}

#[test]
fn a_cascade_that_conflicts_leaves_all_as_it_was() {
    let world = World::new();
    let plan = plan(
        "phase one { merge no-ff topic into main; push main; rollback revert }\n\
         phase two after one { commit on main \"two\" { write two.txt \"2\" }; push main; rollback revert }",
    );
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    world.others_push("main", "file");
    let before = world.refs().1;
    let run = last_run(&world);
    let end = world
        .go_on(&plan, &run, |session| session.rollback("one", true))
        .unwrap();
    let RunEnd::RollbackFailed { phase, .. } = end else {
        panic!("{end:?}")
    };
    assert_eq!(phase, "one");
    assert_eq!(world.refs().1, before, "the dependent has not moved either");
    // The person takes the change back where the message says; then all of the chain is taken back.
    world.resolve(&run, "file", "one\ntwo\nthree\n");
    assert_eq!(
        world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
        RunEnd::Done
    );
    let files = git(&world.remote(), &["ls-tree", "--name-only", "main"]);
    assert_eq!(files, "CHANGELOG.md\nVERSION\nfile");
    assert_eq!(git(&world.remote(), &["show", "main:file"]), "one\ntwo\nthree");
    assert_eq!(world.at("main"), world.at_remote("main"));
}

#[test]
fn a_cascade_is_refused_before_anything_moves_when_one_has_no_way_back() {
    let world = World::new();
    let plan = plan(
        "phase one { merge no-ff topic into main; push main; rollback revert }\n\
         phase two after one { commit on main \"two\" { write two.txt \"2\" }; push main; rollback none because \"it is public\" }",
    );
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    let before = world.refs();
    let run = last_run(&world);
    let refused = world.go_on(&plan, &run, |session| session.rollback("one", true));
    assert!(
        matches!(refused, Err(EngineError::Refused { ref what }) if what.contains("it is public")),
        "{refused:?}"
    );
    assert_eq!(world.refs(), before);
}

#[test]
fn a_remote_that_is_away_does_not_hold_the_environment_back() {
    let world = World::new();
    prepared(&world);
    let main = world.at("main");
    let text = format!(
        "{}phase ship {{ merge topic into main; push main; deploy main to production; sh 'mv {remote} {remote}.away; false' {{ live }}\n rollback {{ deploy previous to production; notify chat \"back\" }} }}\nchannel chat {{ run \"true\" }}\n",
        environment(&world),
        remote = world.remote().display()
    );
    let (end, records) = world.apply(&plan(&text));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}: {records:#?}");
    assert_eq!(running(&world), main);
}

#[test]
fn an_interrupted_command_of_a_rollback_is_for_a_person_to_judge() {
    let world = World::new();
    let log = world.home.path().join("log");
    let text = format!(
        "phase land {{ merge topic into main; push main; run \"false\" {{ live }}\n rollback {{ revert; sh 'echo ran >> {}' {{ live }} }} }}",
        log.display()
    );
    let plan = plan(&text);
    for (decision, lines) in [(Decision::Done, 0), (Decision::Again, 1)] {
        let world = World::new();
        let _ = std::fs::remove_file(&log);
        let run = world.killed_before_the_end_of(&plan, "echo ran");
        let before = std::fs::read_to_string(&log).unwrap_or_default().lines().count();
        let end = world.go_on(&plan, &run, |session| session.resume(None)).unwrap();
        assert!(
            matches!(
                end,
                RunEnd::Waiting {
                    cause: PauseCause::UnknownOutcome,
                    ..
                }
            ),
            "{end:?}"
        );
        let end = world
            .go_on(&plan, &run, |session| session.resume(Some(decision)))
            .unwrap();
        assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
        let after = std::fs::read_to_string(&log).unwrap_or_default().lines().count();
        assert_eq!(after - before, lines, "{decision:?}");
        assert!(!there(&world.remote(), "main:topic-a"));
    }
}
