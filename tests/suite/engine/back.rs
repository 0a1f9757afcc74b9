//! The way back, in every form.

use super::{World, git, last_run, plan, try_git};
use relplan::engine::{EngineError, RunEnd};

#[test]
fn a_failure_after_the_push_is_reverted_and_pushed() {
    for mode in ["squash", "no-ff", "ff-only", "rebase"] {
        let world = World::new();
        let before = (world.at("main^{tree}"), world.at_remote("main^{tree}"));
        let text = format!(
            "phase land {{ merge {mode} topic into main; push main; run \"false\" {{ live }}; rollback revert }}"
        );
        let (end, _) = world.apply(&plan(&text));
        assert!(matches!(end, RunEnd::RolledBack { .. }), "{mode}: {end:?}");
        assert_eq!(
            (world.at("main^{tree}"), world.at_remote("main^{tree}")),
            before,
            "{mode}"
        );
        assert_eq!(world.at("main"), world.at_remote("main"), "{mode}");
        assert_eq!(
            git(
                &world.work(),
                &["merge-base", "--is-ancestor", "origin/main", "main"]
            ),
            ""
        );
        world.fsck();
    }
}

#[test]
fn a_revert_keeps_what_others_have_added_since() {
    let world = World::new();
    let text = "phase land { merge no-ff topic into main; push main; rollback revert }";
    let plan = plan(text);
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    world.others_push("main", "later");
    let run = last_run(&world);
    assert_eq!(
        world
            .go_on(&plan, &run, |session| session.rollback("land", false))
            .unwrap(),
        RunEnd::Done
    );
    assert_eq!(git(&world.remote(), &["show", "main:later"]), "theirs");
    assert!(!try_git(&world.remote(), &["cat-file", "-e", "main:topic-a"]).0);
    assert_eq!(git(&world.remote(), &["show", "main:file"]), "one\ntwo\nthree");
}

#[test]
fn a_conflicting_revert_moves_nothing() {
    let world = World::new();
    let plan = plan("phase land { merge no-ff topic into main; push main; rollback revert }");
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    world.others_push("main", "file");
    let run = last_run(&world);
    let before = world.refs().1;
    let end = world
        .go_on(&plan, &run, |session| session.rollback("land", false))
        .unwrap();
    let RunEnd::RollbackFailed { reason, .. } = end else {
        panic!("{end:?}")
    };
    assert!(reason.contains("`file`"), "{reason}");
    assert_eq!(world.refs().1, before);
}

#[test]
fn branches_and_tags_go_and_come_back() {
    let world = World::new();
    let text = "phase land { branch fresh from main; merge topic into main; tag v1 on main; push main, fresh, v1; \
                delete branch topic; run \"false\" { live }; rollback revert }";
    let topic = world.at("topic");
    let (end, _) = world.apply(&plan(text));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
    assert_eq!(
        (world.at("topic"), world.at_remote("topic")),
        (topic.clone(), topic)
    );
    assert!(
        !try_git(
            &world.work(),
            &["rev-parse", "-q", "--verify", "refs/heads/fresh"]
        )
        .0
    );
    assert!(
        !try_git(
            &world.remote(),
            &["rev-parse", "-q", "--verify", "refs/heads/fresh"]
        )
        .0
    );
    assert!(
        try_git(&world.remote(), &["rev-parse", "-q", "--verify", "refs/tags/v1"]).0,
        "a pushed tag stays"
    );
}

#[test]
fn what_was_never_pushed_is_put_back() {
    let world = World::new();
    let main = world.at("main");
    let (end, _) = world.apply(&plan(
        "phase land { merge topic into main; tag v1 on main; run \"false\" { live }; rollback revert }",
    ));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
    assert_eq!(world.at("main"), main);
    assert!(!try_git(&world.work(), &["rev-parse", "-q", "--verify", "refs/tags/v1"]).0);
}

#[test]
fn a_reset_goes_back_exactly_and_never_drops_the_commits_of_others() {
    let world = World::new();
    let main = world.at("main");
    let text = "phase land { merge topic into main; push main; rollback reset }";
    let plan = plan(text);
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    world.others_push("main", "later");
    let run = last_run(&world);
    let end = world
        .go_on(&plan, &run, |session| session.rollback("land", false))
        .unwrap();
    let RunEnd::RollbackFailed { reason, .. } = end else {
        panic!("{end:?}")
    };
    assert!(
        reason.contains("would drop 1 later commit of others") && reason.contains("from others"),
        "{reason}"
    );
    let world = World::new();
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    let run = last_run(&world);
    assert_eq!(
        world
            .go_on(&plan, &run, |session| session.rollback("land", false))
            .unwrap(),
        RunEnd::Done
    );
    assert_eq!(world.at_remote("main"), main);
}

#[test]
fn undo_runs_newest_first_and_only_for_what_ran() {
    let world = World::new();
    let log = world.home.path().join("log");
    let step = |name: &str, fails: bool| {
        let command = if fails {
            "false".to_owned()
        } else {
            "true".to_owned()
        };
        format!(
            "run \"{command}\" {{ live; undo sh 'echo {name} >> {}' }}",
            log.display()
        )
    };
    let text = format!(
        "phase act {{ {}; {}; {}; {}; rollback undo }}",
        step("first", false),
        step("second", false),
        step("third", true),
        step("fourth", false)
    );
    // Commands about no tree: their undo is in the directory of the plan as well.
    let (end, _) = world.apply(&plan(&text));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "third\nsecond\nfirst\n");
}

#[test]
fn dependents_stand_in_the_way_unless_they_come_along() {
    let world = World::new();
    let plan = plan(
        "phase one { commit on main \"one\" { write one.txt \"1\" }; push main; rollback revert }\n\
         phase two after one { commit on main \"two\" { write two.txt \"2\" }; push main; rollback revert }",
    );
    let tree = world.at("main^{tree}");
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    let run = last_run(&world);
    let refused = world.go_on(&plan, &run, |session| session.rollback("one", false));
    assert!(
        matches!(refused, Err(EngineError::Refused { ref what }) if what.contains("--cascade")),
        "{refused:?}"
    );
    assert_eq!(
        world
            .go_on(&plan, &run, |session| session.rollback("one", true))
            .unwrap(),
        RunEnd::Done
    );
    assert_eq!(world.at_remote("main^{tree}"), tree);
}

#[test]
fn merging_again_after_a_revert_wants_reland() {
    let world = World::new();
    let plan_ = plan(
        "phase land { merge no-ff topic into main; push main; run \"false\" { live }; rollback revert }",
    );
    assert!(matches!(world.apply(&plan_).0, RunEnd::RolledBack { .. }));
    let (end, _) = world.apply(&plan(
        "phase again { merge topic into main; push main; rollback revert }",
    ));
    let RunEnd::Failed { reason, .. } = end else {
        panic!("{end:?}")
    };
    assert!(reason.contains("silently bring nothing back"), "{reason}");
    let (end, _) = world.apply(&plan(
        "phase again { merge topic into main { reland }; push main; rollback revert }",
    ));
    assert_eq!(end, RunEnd::Done);
    assert_eq!(git(&world.remote(), &["show", "main:topic-a"]), "a");
    assert_eq!(git(&world.remote(), &["show", "main:file"]), "one\ntwo\nTHREE");
}

#[test]
fn a_created_branch_that_others_have_advanced_at_the_remote_is_never_dropped() {
    for (rollback, refused) in [("reset", true), ("revert", false)] {
        let world = World::new();
        let text = format!(
            "phase land {{ branch fresh from main; commit on fresh \"x\" {{ write q \"q\" }}; push fresh; rollback {rollback} }}"
        );
        let plan = plan(&text);
        assert_eq!(world.apply(&plan).0, RunEnd::Done);
        world.others_push("fresh", "later");
        let there = world.at_remote("fresh");
        let run = last_run(&world);
        let end = world
            .go_on(&plan, &run, |session| session.rollback("land", false))
            .unwrap();
        assert_eq!(
            matches!(end, RunEnd::RollbackFailed { .. }),
            refused,
            "{rollback}: {end:?}"
        );
        assert_eq!(world.at_remote("fresh"), there, "{rollback}");
    }
}

#[test]
fn a_held_phase_that_fails_again_can_still_be_taken_back() {
    let world = World::new();
    let plan = plan(
        "phase land { on failure hold; merge topic into main; push main; gate no on main { run \"false\" }; rollback revert }",
    );
    let before = world.at_remote("main^{tree}");
    assert!(matches!(world.apply(&plan).0, RunEnd::Waiting { .. }));
    let run = last_run(&world);
    let end = world.go_on(&plan, &run, |session| session.resume(None)).unwrap();
    assert!(matches!(end, RunEnd::Waiting { .. }), "{end:?}");
    assert_eq!(
        world
            .go_on(&plan, &run, |session| session.rollback("land", false))
            .unwrap(),
        RunEnd::Done
    );
    assert_eq!(world.at_remote("main^{tree}"), before);
}
