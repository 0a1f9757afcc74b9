//! Killed in the middle: what a person has to judge, what can be found out, and rollbacks that go on.

use super::blocks::{environment, prepared};
use super::{Mortal, START, World, git, last_run, plan, there};
use relplan::engine::{Decision, EngineError, RunEnd};
use relplan::journal::{Event, Journals, Outcome, PauseCause, RunState, Status};

#[test]
fn a_rollback_killed_before_any_record_goes_on_to_the_same_end() {
    let text = |world: &World| {
        format!(
            "{}phase ship {{ branch fresh from main; merge no-ff topic into main; tag v1 on main; push main, fresh, v1; \
             deploy main to production; sh 'echo acted >> {home}/log' {{ live; undo sh 'echo undone >> {home}/log' }}; run \"false\" {{ live }}\n \
             rollback {{ undo; deploy previous to production; commit on main \"note\" {{ write NOTE \"taken back\" }}; revert }} }}\n",
            environment(world),
            home = world.home.path().display()
        )
    };
    let end_of = |world: &World| {
        let log = std::fs::read_to_string(world.home.path().join("log")).unwrap();
        let mut lines: Vec<String> = log.lines().map(str::to_owned).collect();
        // What was interrupted may have run again.
        lines.dedup();
        let running = std::fs::read_to_string(world.home.path().join("running")).unwrap();
        assert_eq!(
            running.trim(),
            world.at("v1^{commit}~"),
            "the environment runs what it ran before"
        );
        assert_eq!(world.at("main"), world.at_remote("main"));
        let names = git(&world.remote(), &["for-each-ref", "--format=%(refname)"]);
        (world.at_remote("main^{tree}"), names, lines.len())
    };
    // The phase has failed; all of what follows is still to come.
    let failed = World::new();
    prepared(&failed);
    let run = failed.killed(&plan(&text(&failed)), |event| {
        matches!(event, Event::RollbackPlanned { .. })
    });
    let before = failed.records(&run).len();
    let whole = failed.copy();
    let end = whole
        .go_on(&plan(&text(&whole)), &run, |session| session.resume(None))
        .unwrap();
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
    let wanted = end_of(&whole);
    assert_eq!(
        git(&whole.remote(), &["ls-tree", "--name-only", "main"]),
        "CHANGELOG.md\nNOTE\nVERSION\nfile"
    );
    assert!(!there(&whole.remote(), "refs/heads/fresh"));
    for left in 0..whole.records(&run).len() - before {
        let world = failed.copy();
        let plan = plan(&text(&world));
        let mut count = 0;
        let killed = world.go_on_until(
            &plan,
            &run,
            |_| {
                count += 1;
                count > left
            },
            |session| session.resume(None),
        );
        assert!(killed.is_err(), "after {left} records");
        let mut end = world.go_on(&plan, &run, |session| session.resume(None)).unwrap();
        if matches!(
            end,
            RunEnd::Waiting {
                cause: PauseCause::UnknownOutcome,
                ..
            }
        ) {
            // The undo ran, and its end is not on record.
            end = world
                .go_on(&plan, &run, |session| session.resume(Some(Decision::Again)))
                .unwrap();
        }
        assert!(
            matches!(end, RunEnd::RolledBack { .. }),
            "after {left} records: {end:?}"
        );
        assert_eq!(end_of(&world), wanted, "after {left} records");
    }
}

#[test]
fn a_rollback_that_a_person_asked_for_goes_on_with_all_of_its_chain() {
    let text = "phase one { merge no-ff topic into main; push main; rollback revert }\n\
         phase two after one { commit on main \"two\" { write two.txt \"2\" }; push main; rollback revert }";
    let plan = plan(text);
    let world = World::new();
    let tree = world.at("main^{tree}");
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    let run = last_run(&world);
    let killed = world.go_on_until(
        &plan,
        &run,
        |event| matches!(event, Event::RollbackFinished { .. }),
        |session| session.rollback("one", true),
    );
    assert!(killed.is_err());
    assert_ne!(
        world.at_remote("main^{tree}"),
        tree,
        "half of the way back is done"
    );
    assert_eq!(
        world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
        RunEnd::Done
    );
    assert_eq!(
        (world.at("main^{tree}"), world.at_remote("main^{tree}")),
        (tree.clone(), tree)
    );
    let state = RunState::replay(&world.records(&run));
    assert_eq!(state.outcome, Some(Outcome::RolledBack));
    assert!(
        state
            .phases
            .values()
            .all(|phase| phase.status == Status::RolledBack)
    );
    let again = world.go_on(&plan, &run, |session| session.resume(None));
    assert!(matches!(again, Err(EngineError::Refused { .. })), "{again:?}");
}

#[test]
fn a_command_whose_end_nobody_knows_is_for_a_person_to_judge() {
    for decision in [Decision::Done, Decision::Again, Decision::Failed] {
        let world = World::new();
        let log = world.home.path().join("log");
        let plan = plan(&format!(
            "phase ship {{ merge topic into main; push main; sh 'echo ran >> {}' {{ live }}; tag v1 on main; push v1; rollback revert }}",
            log.display()
        ));
        let run = world.killed_before_the_end_of(&plan, "echo ran");
        let end = world.go_on(&plan, &run, |session| session.resume(None)).unwrap();
        let RunEnd::Waiting {
            cause: PauseCause::UnknownOutcome,
            way_out,
            ..
        } = end
        else {
            panic!("{end:?}")
        };
        assert!(
            way_out.contains("--done") && way_out.contains("--again") && way_out.contains("--failed"),
            "{way_out}"
        );
        let end = world
            .go_on(&plan, &run, |session| session.resume(Some(decision)))
            .unwrap();
        let times = std::fs::read_to_string(&log).unwrap().lines().count();
        match decision {
            Decision::Done => assert_eq!((end, times), (RunEnd::Done, 1)),
            Decision::Again => assert_eq!((end, times), (RunEnd::Done, 2)),
            Decision::Failed => {
                assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
                assert!(!there(&world.remote(), "main:topic-a"));
            }
        }
    }
}

#[test]
fn what_runs_tells_what_became_of_a_deploy() {
    // Killed before the deploy began, after it was done, and where something else runs now.
    for (running, finishes) in [("main", true), ("topic", true), ("main~0^{tree}", false)] {
        let world = World::new();
        prepared(&world);
        let text = format!(
            "{}phase ship {{ push topic; deploy topic to production; rollback {{ deploy previous to production }} }}",
            environment(&world)
        );
        let plan = plan(&text);
        let run = world.killed_before_the_end_of(&plan, "echo deploy");
        std::fs::write(world.home.path().join("running"), world.at(running)).unwrap();
        std::fs::write(world.home.path().join("log"), "").unwrap();
        let end = world.go_on(&plan, &run, |session| session.resume(None)).unwrap();
        let deployed_again = !std::fs::read_to_string(world.home.path().join("log"))
            .unwrap()
            .is_empty();
        if finishes {
            assert_eq!(
                (end, deployed_again),
                (RunEnd::Done, running == "main"),
                "{running}"
            );
            let state = RunState::replay(&world.records(&run));
            assert_eq!(state.deployed["production"].as_str(), world.at("topic"));
        } else {
            assert!(
                matches!(
                    end,
                    RunEnd::Waiting {
                        cause: PauseCause::UnknownOutcome,
                        ..
                    }
                ),
                "{running}: {end:?}"
            );
            assert!(!deployed_again);
        }
    }
}

#[test]
fn a_push_that_others_have_built_on_has_happened() {
    let world = World::new();
    let plan = plan(
        "phase land { merge no-ff topic into main; push main; tag v1 on main; push v1; rollback revert }",
    );
    let run = world.killed(&plan, |event| matches!(event, Event::RemoteMoved { .. }));
    let landed = world.at_remote("main");
    world.others_push("main", "later");
    assert_eq!(
        world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
        RunEnd::Done
    );
    let merges = git(&world.remote(), &["log", "--merges", "--format=%H", "main"]);
    assert_eq!(merges, landed, "it is merged once");
    assert_eq!(git(&world.remote(), &["show", "main:later"]), "theirs");
    assert!(there(&world.remote(), "refs/tags/v1"));
}

#[test]
fn a_push_that_never_happened_is_staged_anew() {
    let world = World::new();
    let plan = plan("phase land { merge no-ff topic into main; push main; rollback revert }");
    world.hook(true, "pre-push", "kill -9 $PPID; sleep 0.2; exit 1");
    let (end, _) = world.apply(&plan);
    std::fs::remove_file(world.work().join(".git/hooks/pre-push")).unwrap();
    assert!(matches!(end, RunEnd::Failed { .. }), "{end:?}");
    world.others_push("main", "later");
    let run = last_run(&world);
    assert_eq!(
        world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
        RunEnd::Done
    );
    assert_eq!(git(&world.remote(), &["show", "main:later"]), "theirs");
    assert_eq!(git(&world.remote(), &["show", "main:topic-a"]), "a");
}

#[test]
fn a_remote_that_moved_otherwise_pauses_and_says_where_it_is() {
    let world = World::new();
    let plan = plan("phase land { merge no-ff topic into main; push main, topic; rollback revert }");
    git(&world.work(), &["branch", "-f", "topic", "main"]);
    git(&world.work(), &["push", "-qf", "origin", "topic"]);
    git(&world.work(), &["checkout", "-q", "topic"]);
    world.write("more", "more\n");
    world.commit("more");
    git(&world.work(), &["checkout", "-q", "--detach", "main"]);
    let run = world.killed(&plan, |event| matches!(event, Event::RemoteMoved { .. }));
    // Both have landed; one of them is taken away again.
    git(&world.remote(), &["branch", "-D", "topic"]);
    let end = world.go_on(&plan, &run, |session| session.resume(None)).unwrap();
    let RunEnd::Waiting {
        cause: PauseCause::RefMoved,
        reason,
        ..
    } = end
    else {
        panic!("{end:?}")
    };
    assert!(
        reason.contains("refs/heads/topic") && reason.contains("absent"),
        "{reason}"
    );
    git(&world.work(), &["push", "-q", "origin", "topic"]);
    assert_eq!(
        world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
        RunEnd::Done
    );
}

#[test]
fn a_published_branch_that_is_rewound_pauses_and_rolls_nothing_back() {
    let world = World::new();
    let old = world.at("main");
    let script = world.home.path().join("rewind.sh");
    std::fs::write(
        &script,
        format!(
            "git -C {} update-ref refs/heads/main {old}\n",
            world.remote().display()
        ),
    )
    .unwrap();
    let plan = plan(&format!(
        "gate fine {{ live; run \"true\" }}\nphase land {{ merge no-ff topic into main; push main; run \"sh {}\" {{ live }}; soak 2s {{ gate fine every 1s }}; \
         tag v1 on main; push v1; rollback revert }}",
        script.display()
    ));
    let (end, records) = world.apply(&plan);
    let RunEnd::Waiting {
        cause: PauseCause::RefMoved,
        reason,
        way_out,
    } = end
    else {
        panic!("{end:?}: {records:#?}")
    };
    let landed = world.at("main");
    assert!(
        reason.contains("`main` of `origin`") && reason.contains(&landed[..7]) && reason.contains(&old[..7]),
        "{reason}"
    );
    assert!(
        way_out.contains("git push --force-with-lease=refs/heads/main:"),
        "{way_out}"
    );
    assert_eq!(
        world.at_remote("main"),
        old,
        "nothing is put back behind anybody's back"
    );
    let run = last_run(&world);
    let end = world.go_on(&plan, &run, |session| session.resume(None)).unwrap();
    assert!(
        matches!(
            end,
            RunEnd::Waiting {
                cause: PauseCause::RefMoved,
                ..
            }
        ),
        "it stays so: {end:?}"
    );
    git(
        &world.work(),
        &["push", "-q", "origin", &format!("{landed}:refs/heads/main")],
    );
    assert_eq!(
        world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
        RunEnd::Done
    );
    assert!(there(&world.remote(), "refs/tags/v1"));
}

#[test]
fn a_conflict_left_to_a_person_is_resolved_where_it_says() {
    let world = World::new();
    git(&world.work(), &["checkout", "-q", "main"]);
    world.write("file", "one\ntwo\nmine\n");
    world.commit("clash");
    git(&world.work(), &["push", "-q", "origin", "main"]);
    git(&world.work(), &["checkout", "-q", "--detach"]);
    let plan = plan(
        "phase land { merge no-ff topic into main { resolve \"file\" with pause }; push main; rollback revert }",
    );
    let report = world.simulate(&plan);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert!(report.phases[0].refs.iter().all(|change| !change.known));
    let before = world.refs();
    let (end, _) = world.apply(&plan);
    let RunEnd::Waiting {
        cause: PauseCause::Conflict,
        way_out,
        ..
    } = end
    else {
        panic!("{end:?}")
    };
    assert_eq!(world.refs(), before);
    let run = last_run(&world);
    let again = world.go_on(&plan, &run, |session| session.resume(None)).unwrap();
    assert!(
        matches!(
            again,
            RunEnd::Waiting {
                cause: PauseCause::Conflict,
                ..
            }
        ),
        "nothing is resolved yet: {again:?}"
    );
    world.resolve(&run, "file", "one\ntwo\nboth\n");
    assert_eq!(
        world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
        RunEnd::Done
    );
    assert_eq!(git(&world.remote(), &["show", "main:file"]), "one\ntwo\nboth");
    assert_eq!(
        git(&world.remote(), &["log", "-1", "--format=%p", "main"])
            .split(' ')
            .count(),
        2,
        "it is the merge"
    );
    assert!(
        way_out.contains("conflict-") && way_out.contains("git commit"),
        "{way_out}"
    );
    world.fsck();
}

#[test]
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method is of one lifetime, the closure of every"
)]
fn a_run_that_is_given_up_names_what_stays_and_what_nobody_knows() {
    let world = World::new();
    prepared(&world);
    let text = format!(
        "{}phase ship {{ merge topic into main; push main; deploy main to production; run \"true\" {{ live }}; rollback revert }}",
        environment(&world)
    );
    let plan = plan(&text);
    let run = world.killed_before_the_end_of(&plan, "true");
    let (end, stays) = world.go_on(&plan, &run, |session| session.abort()).unwrap();
    assert_eq!(end, RunEnd::Aborted);
    let names: Vec<_> = stays.iter().map(|change| change.name.as_str()).collect();
    assert_eq!(names, ["refs/heads/main", "refs/remotes/origin/main"]);
    let warnings: Vec<String> = world
        .records(&run)
        .into_iter()
        .filter_map(|record| match record.event {
            Event::Warning { message, .. } => Some(message),
            _ => None,
        })
        .collect();
    assert!(
        warnings
            .iter()
            .any(|text| text.contains("nobody knows what it did")),
        "{warnings:?}"
    );
    assert!(
        warnings.iter().any(|text| text.contains("`production` runs")),
        "{warnings:?}"
    );
    let again = world.go_on(&plan, &run, |session| session.abort());
    assert!(matches!(again, Err(EngineError::Refused { .. })));
}

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

#[test]
fn a_work_tree_that_could_not_follow_its_branch_follows_when_the_run_goes_on() {
    let world = World::new();
    let before = world.at("main");
    git(&world.work(), &["checkout", "-q", "main"]);
    let plan = plan("phase land { merge squash topic into main; push main; rollback revert }");
    let run = world.killed(&plan, |event| matches!(event, Event::PublicationFinished { .. }));
    assert_ne!(world.at("main"), before);
    // As if the process had ended between the refs and the work tree.
    git(&world.work(), &["read-tree", "--reset", "-u", &before]);
    std::fs::write(world.work().join("note"), "somebody's own file\n").unwrap();
    assert!(!git(&world.work(), &["diff", "--cached", "--name-only"]).is_empty());
    assert_eq!(
        world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
        RunEnd::Done
    );
    assert_eq!(git(&world.work(), &["status", "--porcelain"]), "?? note");
    assert_eq!(world.at("main"), world.at_remote("main"));
}

#[test]
fn a_push_that_never_happened_is_staged_upon_what_others_pushed_meanwhile() {
    let world = World::new();
    let plan =
        plan("phase land { merge no-ff topic into main; tag v1 on main; push main, v1; rollback revert }");
    world.hook(true, "pre-push", "exit 1");
    // The intent is on record; the process ends before git has spoken to the remote.
    let run = world.killed(&plan, |event| {
        matches!(
            event,
            Event::RemoteMoved { .. } | Event::PublicationRefused { .. }
        )
    });
    std::fs::remove_file(world.work().join(".git/hooks/pre-push")).unwrap();
    world.others_push("main", "later");
    assert_eq!(
        world.go_on(&plan, &run, |session| session.resume(None)).unwrap(),
        RunEnd::Done
    );
    assert_eq!(git(&world.remote(), &["show", "main:later"]), "theirs");
    assert_eq!(git(&world.remote(), &["show", "v1:topic-a"]), "a");
    assert_eq!(world.at("v1^{commit}"), world.at("main"));
}
