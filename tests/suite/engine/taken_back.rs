//! What exactly a rollback takes back: the phase's own change, nobody else's, wherever the branches stood.

use super::{World, git, last_run, plan, there};
use relplan::engine::RunEnd;

const LANDS: &str =
    "phase land { merge no-ff topic into main; push main; run \"false\" { live }; rollback revert }";

#[test]
fn a_branch_that_was_behind_keeps_what_others_had_pushed() {
    let world = World::new();
    world.others_push("main", "later");
    let (end, _) = world.apply(&plan(LANDS));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
    assert_eq!(git(&world.remote(), &["show", "main:later"]), "theirs");
    assert!(!there(&world.remote(), "main:topic-a"));
    assert_eq!(world.at("main"), world.at_remote("main"));
    world.fsck();
}

#[test]
fn commits_of_others_between_two_publications_stay() {
    let world = World::new();
    let script = world.others_script("main", "between");
    let text = format!(
        "phase land {{ merge no-ff topic into main; push main; run \"sh {script}\" {{ live }}; \
         commit on main \"two\" {{ write two.txt \"2\" }}; push main; run \"false\" {{ live }}; rollback revert }}"
    );
    let (end, records) = world.apply(&plan(&text));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}: {records:#?}");
    let files = git(&world.remote(), &["ls-tree", "--name-only", "main"]);
    assert_eq!(files, "CHANGELOG.md\nVERSION\nbetween\nfile");
    assert_eq!(git(&world.remote(), &["show", "main:file"]), "one\ntwo\nthree");
    assert_eq!(world.at("main"), world.at_remote("main"));
}

#[test]
fn a_branch_that_was_only_here_stays_here_and_goes_there() {
    let world = World::new();
    git(&world.work(), &["branch", "mine", "topic"]);
    let text = "phase share { push mine; run \"false\" { live }; rollback revert }";
    let (end, _) = world.apply(&plan(text));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
    assert_eq!(world.at("mine"), world.at("topic"));
    assert!(!there(&world.remote(), "refs/heads/mine"));
}

#[test]
fn unpushed_commits_that_only_a_push_published_are_taken_back_there() {
    let world = World::new();
    git(&world.work(), &["checkout", "-q", "main"]);
    world.write("mine", "mine\n");
    world.commit("mine");
    git(&world.work(), &["checkout", "-q", "--detach"]);
    let before = world.at_remote("main^{tree}");
    let (end, _) = world.apply(&plan(
        "phase share { push main; run \"false\" { live }; rollback revert }",
    ));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
    assert_eq!(world.at_remote("main^{tree}"), before);
    assert_eq!(world.at("main"), world.at_remote("main"));
    assert_eq!(
        git(&world.work(), &["log", "-1", "--format=%s", "main^"]),
        "mine",
        "and the commits stay in history"
    );
}

#[test]
fn a_created_branch_that_others_have_advanced_stays() {
    let world = World::new();
    let plan = plan("phase cut { branch release/1 from main; push release/1; rollback revert }");
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    world.others_push("release/1", "more");
    let tip = world.at_remote("release/1");
    let run = last_run(&world);
    let end = world
        .go_on(&plan, &run, |session| session.rollback("cut", false))
        .unwrap();
    assert_eq!(end, RunEnd::Done);
    assert_eq!(world.at_remote("release/1"), tip);
    let notes = world.notes(&run);
    assert!(
        notes.iter().any(|note| note.contains("`release/1` stays")),
        "{notes:?}"
    );
}

#[test]
fn a_branch_that_moved_here_alone_is_reverted_once_others_stand_on_it() {
    let world = World::new();
    let plan = plan("phase land { merge no-ff topic into main; rollback revert }");
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    git(&world.work(), &["checkout", "-q", "main"]);
    world.write("mine", "mine\n");
    world.commit("mine");
    let run = last_run(&world);
    assert_eq!(
        world
            .go_on(&plan, &run, |session| session.rollback("land", false))
            .unwrap(),
        RunEnd::Done
    );
    let files = git(&world.work(), &["ls-tree", "--name-only", "main"]);
    assert_eq!(files, "CHANGELOG.md\nVERSION\nfile\nmine");
    assert_eq!(
        git(&world.work(), &["status", "--porcelain"]),
        "",
        "the work tree came along"
    );
    assert!(
        !there(&world.remote(), "main:mine"),
        "and nothing is pushed that was not"
    );
}

#[test]
fn the_commit_says_what_it_takes_back() {
    let world = World::new();
    let old = world.at("main");
    let (_, records) = world.apply(&plan(LANDS));
    let landed = records.iter().find_map(|record| match &record.event {
        relplan::journal::Event::PublicationIntent(intent) => intent.local_moves[0].new.clone(),
        _ => None,
    });
    let message = git(&world.work(), &["log", "-1", "--format=%B", "main"]);
    assert!(message.starts_with("Revert \"land\"\n"), "{message}");
    let trailers = git(
        &world.work(),
        &[
            "log",
            "-1",
            "--format=%(trailers:key=Rel-Reverts,valueonly)",
            "main",
        ],
    );
    assert_eq!(trailers.trim(), format!("{old}..{}", landed.unwrap()));
}

#[test]
fn a_remote_that_moves_during_a_rollback_is_staged_upon_again() {
    let world = World::new();
    // The first push of the rollback meets a commit that somebody pushed a moment before.
    let script = world.others_script("main", "late");
    let text = format!(
        "phase land {{ merge no-ff topic into main; push main; run \"false\" {{ live }}\n \
         rollback {{ run \"sh {script}\" {{ live }}; revert }} }}"
    );
    let (end, records) = world.apply(&plan(&text));
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}: {records:#?}");
    assert_eq!(git(&world.remote(), &["show", "main:late"]), "theirs");
    assert!(!there(&world.remote(), "main:topic-a"));
    let ran = records
        .iter()
        .filter(|record| matches!(&record.event, relplan::journal::Event::CommandIntent(_)))
        .count();
    assert_eq!(ran, 2, "the command of the rollback ran once: {records:#?}");
}

#[test]
fn a_reset_names_the_commits_it_drops_and_drops_them_only_by_force() {
    for force in [false, true] {
        let world = World::new();
        let main = world.at("main");
        let word = if force { " force" } else { "" };
        let plan = plan(&format!(
            "phase land {{ merge topic into main; push main; rollback reset{word} }}"
        ));
        assert_eq!(world.apply(&plan).0, RunEnd::Done);
        world.others_push("main", "later");
        let before = world.refs();
        let run = last_run(&world);
        let end = world
            .go_on(&plan, &run, |session| session.rollback("land", false))
            .unwrap();
        if force {
            assert_eq!(end, RunEnd::Done);
            assert_eq!((world.at("main"), world.at_remote("main")), (main.clone(), main));
            let notes = world.notes(&run);
            assert!(
                notes
                    .iter()
                    .any(|note| note.contains("loses 1 later commit") && note.contains("from others")),
                "{notes:?}"
            );
        } else {
            assert!(matches!(end, RunEnd::RollbackFailed { .. }), "{end:?}");
            assert_eq!(world.refs(), before);
        }
    }
}

#[test]
fn what_is_protected_is_never_rewritten() {
    let cases = [
        "phase a { merge topic into main; push main; rollback reset }",
        "phase a { push main force; rollback none because \"x\" }",
        "phase a { reset main to topic; push main; rollback revert }",
        "phase a { rebase release/1 onto topic; push release/1 force; rollback revert }",
        "phase a { delete tag v1; delete branch main; rollback revert }",
        "phase a { merge topic into main; push main; rollback { reset main to topic; push main } }",
    ];
    for text in cases {
        let text = format!("plan \"x\"\nprotect main, release/*, \"v*\"\n{text}\n");
        let found = crate::check::checked(&text);
        assert!(found.plan.is_none(), "{text}");
        assert!(
            found
                .diagnostics
                .iter()
                .any(|finding| finding.code == relplan::diag::Code::ForceOnProtected),
            "{text}: {:#?}",
            found.diagnostics
        );
    }
    let sound = "plan \"x\"\nprotect main\nphase a { merge topic into main; push main; reset side to topic; push side force; rollback revert }\n";
    assert!(crate::check::checked(sound).plan.is_some());
}

#[test]
fn a_reset_never_drops_what_others_landed_between_two_publications() {
    for force in [false, true] {
        let world = World::new();
        let main = world.at("main");
        let script = world.home.path().join("late.sh");
        let late = "git clone -q -b main remote.git colleague && cd colleague && echo late > late && git add late && \
                    git -c user.name=Bob -c user.email=bob@example.com commit -qm late && git push -q origin main";
        std::fs::write(&script, format!("cd \"$(dirname \"$0\")\" && {late}\n")).unwrap();
        let word = if force { " force" } else { "" };
        let plan = plan(&format!(
            "phase land {{ merge topic into main; push main; run \"sh {}\" {{ live }}; commit on main \"c\" {{ write c \"c\" }}; \
             push main; run \"false\" {{ live }}; rollback reset{word} }}",
            script.display()
        ));
        let (end, _) = world.apply(&plan);
        let run = last_run(&world);
        if force {
            assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
            assert_eq!(world.at_remote("main"), main);
            let notes = world.notes(&run);
            assert!(
                notes
                    .iter()
                    .any(|note| note.contains("loses 1 later commit") && note.contains("late (Bob")),
                "{notes:?}"
            );
        } else {
            let RunEnd::RollbackFailed { reason, .. } = end else {
                panic!("{end:?}")
            };
            assert!(
                reason.contains("would drop 1 later commit") && reason.contains("late (Bob"),
                "{reason}"
            );
            assert_eq!(git(&world.remote(), &["show", "main:late"]), "late");
        }
    }
}
