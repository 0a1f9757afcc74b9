//! Other people and other failures: refs that move, rewind or vanish, and phases that wait for a person.

use super::{World, git, plan};
use relplan::engine::RunEnd;
use relplan::journal::{Event, PauseCause};

/// A live gate that does something once, in the middle of a run.
fn meanwhile(world: &World, script: &str) -> String {
    let flag = world.home.path().join("done");
    format!(
        "gate meanwhile {{ live; sh 'test -e {0} || {{ touch {0}; {script}; }}' }}",
        flag.display()
    )
}

#[test]
fn a_published_branch_that_was_rewound_or_deleted_pauses_and_is_never_rolled_back() {
    for (script, said) in [
        (
            "git -C REMOTE update-ref refs/heads/main refs/heads/main~1",
            "was rewound",
        ),
        ("git -C REMOTE update-ref -d refs/heads/side", "was deleted"),
    ] {
        let world = World::new();
        git(&world.work(), &["branch", "side", "topic"]);
        let gate = meanwhile(
            &world,
            &script.replace("REMOTE", &world.remote().display().to_string()),
        );
        let text = format!(
            "{gate}\nphase one {{ commit on main \"one\" {{ write one \"1\" }}; push main, side; soak 10m {{ gate meanwhile every 5m }}; \
             commit on main \"two\" {{ write two \"2\" }}; push main; rollback revert }}"
        );
        let plan = plan(&text);
        let (end, records) = world.apply(&plan);
        let RunEnd::Waiting {
            cause: PauseCause::RefMoved,
            reason,
            way_out,
        } = end
        else {
            panic!("{end:?}")
        };
        assert!(reason.contains(said), "{reason}");
        assert!(way_out.contains("git push --force-with-lease"), "{way_out}");
        assert!(
            !records
                .iter()
                .any(|r| matches!(r.event, Event::RollbackStarted { .. }))
        );
        // A new process sees it as well, and what the message says puts it right.
        assert!(matches!(
            world.resume(&plan),
            RunEnd::Waiting {
                cause: PauseCause::RefMoved,
                ..
            }
        ));
        let command = way_out.split('`').nth(1).unwrap();
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        git(&world.work(), &words);
        assert_eq!(world.resume(&plan), RunEnd::Done);
        assert_eq!(git(&world.remote(), &["show", "main:two"]), "2");
    }
}

#[test]
fn a_local_branch_that_moves_meanwhile_is_staged_upon_again() {
    let world = World::new();
    git(&world.work(), &["branch", "mine", "main"]);
    let gate = meanwhile(
        &world,
        &format!(
            "git -C {} update-ref refs/heads/mine refs/heads/topic",
            world.work().display()
        ),
    );
    let text =
        format!("{gate}\nphase land {{ commit on mine \"mine\" {{ write mine \"m\" }}; gate meanwhile }}");
    let (end, records) = world.apply(&plan(&text));
    assert_eq!(end, RunEnd::Done, "{records:#?}");
    assert_eq!(world.at("mine~1"), world.at("topic"));
    assert_eq!(git(&world.work(), &["show", "mine:mine"]), "m");
}

#[test]
fn what_others_changed_is_not_held_against_touches() {
    let world = World::new();
    world.others_push("main", "theirs");
    let (end, _) = world.apply(&plan(
        "phase land { touches \"mine/**\"; commit on main \"m\" { write mine/a \"a\" }; push main; rollback revert }",
    ));
    assert_eq!(end, RunEnd::Done);
    assert_eq!(git(&world.remote(), &["show", "main:theirs"]), "theirs");
    for step in [
        "commit on main \"m\" { write other \"a\" }",
        "branch new from main; commit on new \"m\" { write other \"a\" }",
    ] {
        let before = world.refs();
        let (end, _) = world.apply(&plan(&format!(
            "phase land {{ touches \"mine/**\"; {step}; push topic; push main; rollback revert }}"
        )));
        let RunEnd::Failed { reason, .. } = end else {
            panic!("{step}: {end:?}")
        };
        assert!(
            reason.contains("`other`") && reason.contains("touches"),
            "{reason}"
        );
        assert_eq!(world.refs(), before);
    }
}

#[test]
fn a_phase_that_was_held_goes_on_where_it_stood() {
    let world = World::new();
    let flag = world.home.path().join("mended");
    let text = format!(
        "phase land {{ on failure hold; commit on main \"one\" {{ write one \"1\" }}; tag v1 on main; push main, v1; \
         sh 'test -e {}' {{ live; undo run \"true\" }}; commit on main \"two\" {{ write two \"2\" }}; push main; rollback revert }}",
        flag.display()
    );
    let plan = plan(&text);
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
    let first = world.at_remote("main");
    assert!(
        matches!(
            world.resume(&plan),
            RunEnd::Waiting {
                cause: PauseCause::Hold,
                ..
            }
        ),
        "it fails again"
    );
    std::fs::write(&flag, "").unwrap();
    assert_eq!(world.resume(&plan), RunEnd::Done);
    assert_eq!(world.at_remote("main~1"), first, "nothing was pushed twice");
    assert_eq!(git(&world.remote(), &["show", "main:two"]), "2");
}

#[test]
fn behind_the_point_of_no_return_a_failure_holds() {
    let world = World::new();
    let plan = plan(
        "phase land { commit on main \"one\" { write one \"1\" }; push main; run \"true\" { live; irreversible }; \
         run \"false\" { live }; rollback revert }",
    );
    let report = world.simulate(&plan);
    let tried = &report.phases[0].rollback.tried;
    assert!(tried.is_empty(), "no failure leads to a rollback: {tried:?}");
    let (end, _) = world.apply(&plan);
    let RunEnd::Waiting {
        cause: PauseCause::Hold,
        reason,
        ..
    } = end
    else {
        panic!("{end:?}")
    };
    assert!(reason.contains("point of no return"), "{reason}");
    assert_eq!(git(&world.remote(), &["show", "main:one"]), "1");
}

#[test]
fn the_way_back_is_tried_in_every_state_in_which_a_step_can_fail() {
    let world = World::new();
    let report = world.simulate(&plan(
        "gate ok { live; run \"true\" }\n\
         phase land { commit on main \"one\" { write one \"1\" }; push main; gate ok; tag v1 on main; push v1; \
         run \"true\" { live; undo run \"true\" }; soak 1h { gate ok every 10m }; rollback revert }",
    ));
    let tried = &report.phases[0].rollback.tried;
    let states: Vec<_> = tried
        .iter()
        .map(|trial| (trial.fails_at, trial.remains.len()))
        .collect();
    // The gate, the tag and the second push fail with `main` pushed; what follows, with the tag pushed as well.
    assert_eq!(states, [(2, 0), (3, 0), (4, 0), (5, 1), (6, 1)], "{tried:?}");
    assert!(tried.iter().all(|trial| trial.restores));
}

#[test]
fn a_network_that_is_down_behind_the_commit_point_pauses() {
    let world = World::new();
    let (remote, away) = (world.remote(), world.home.path().join("away.git"));
    let gate = meanwhile(&world, &format!("mv {} {}", remote.display(), away.display()));
    let plan = plan(&format!(
        "{gate}\nphase land {{ commit on main \"one\" {{ write one \"1\" }}; push main; soak 10m {{ gate meanwhile every 5m }}; \
         commit on main \"two\" {{ write two \"2\" }}; push main; rollback revert }}"
    ));
    let (end, records) = world.apply(&plan);
    let RunEnd::Waiting { reason, .. } = end else {
        panic!("{end:?}")
    };
    assert!(reason.contains("cannot be reached"), "{reason}");
    assert!(
        !records
            .iter()
            .any(|r| matches!(r.event, Event::RollbackStarted { .. }))
    );
    std::fs::rename(&away, &remote).unwrap();
    assert_eq!(world.resume(&plan), RunEnd::Done);
    assert_eq!(git(&world.remote(), &["show", "main:two"]), "2");
}

#[test]
fn when_the_remote_has_moved_and_a_local_ref_cannot_follow_the_run_waits() {
    let world = World::new();
    world.hook(
        true,
        "reference-transaction",
        "test \"$1\" = prepared && grep -q ' refs/heads/main$' && { echo 'not today' >&2; exit 1; }; exit 0",
    );
    let plan = plan("phase land { commit on main \"one\" { write one \"1\" }; push main; rollback revert }");
    let before = world.at("main");
    let (end, _) = world.apply(&plan);
    let RunEnd::Waiting {
        cause: PauseCause::RefMoved,
        reason,
        ..
    } = end
    else {
        panic!("{end:?}")
    };
    assert!(
        reason.contains("cannot follow") && reason.contains("not today"),
        "{reason}"
    );
    assert_eq!(world.at("main"), before);
    assert_eq!(
        git(&world.remote(), &["show", "main:one"]),
        "1",
        "the remote is never undone behind anybody's back"
    );
    std::fs::remove_file(world.work().join(".git/hooks/reference-transaction")).unwrap();
    assert_eq!(world.resume(&plan), RunEnd::Done);
    assert_eq!(world.at("main"), world.at_remote("main"));
}

#[test]
fn deploying_a_branch_changes_nothing_that_touches_is_about() {
    let world = World::new();
    git(&world.work(), &["branch", "production", "main"]);
    git(&world.work(), &["push", "-q", "-u", "origin", "production"]);
    let text = "environment production { branch production }\n\
                phase land { merge no-ff topic into main; push main; rollback revert }\n\
                phase ship after land { touches \"nothing/**\"; deploy main to production; rollback { deploy previous to production } }";
    let before = world.at("production");
    let (end, records) = world.apply(&plan(text));
    assert_eq!(end, RunEnd::Done, "{records:#?}");
    assert_eq!(world.at_remote("production"), world.at("main"));
    let run = world.last_run();
    let end = world
        .go_on(&plan(text), &run, |session| session.rollback("ship", false))
        .unwrap();
    assert_eq!(end, RunEnd::Done);
    assert_eq!(
        world.at_remote("production"),
        before,
        "and back, under an exact lease"
    );
}

#[test]
fn what_others_pushed_before_a_failure_survives_the_rollback() {
    let world = World::new();
    let clone = world.home.path().join("clone");
    let gate = format!(
        "gate busy {{ live; sh 'test -d {0} || {{ git clone -q {1} {0} && cd {0} && echo t > theirs && git add theirs && \
         git -c user.name=B -c user.email=b@example.com commit -qm theirs && git push -q origin main; }}; exit 1' }}",
        clone.display(),
        world.remote().display()
    );
    let text = format!(
        "{gate}\nphase land {{ commit on main \"one\" {{ write one \"1\" }}; push main; soak 10m {{ gate busy every 1m }}; rollback revert }}"
    );
    let (end, records) = world.apply(&plan(&text));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{records:#?}");
    let files = git(&world.remote(), &["ls-tree", "--name-only", "main"]);
    assert!(
        files.lines().any(|file| file == "theirs") && !files.lines().any(|file| file == "one"),
        "{files}"
    );
    assert_eq!(world.at("main"), world.at_remote("main"));
}
