//! Gates that compare, windows that hold back, names that clash, signatures on everything that is new.

use super::{World, git, plan, try_git};
use crate::tools::present;
use relplan::engine::RunEnd;
use relplan::journal::{Event, PauseCause, Record};

fn gate<'r>(records: &'r [Record], name: &str) -> &'r relplan::journal::GateResult {
    let found = records.iter().rev().find_map(|record| match &record.event {
        Event::Gate(result) if result.gate == name => Some(result),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn a_gate_compares_with_the_branch_as_it_was_before_the_phase() {
    let world = World::new();
    // `file` has three lines on main; the phase makes four of them, and then six.
    let text = |lines: &str, share: &str| {
        format!(
            "gate size {{ sh 'wc -l < file'; compare to main; expect number <= {share} of baseline }}\n\
             phase grow {{ commit on main \"more\" {{ write file \"{lines}\" }}; gate size on main }}"
        )
    };
    let (end, records) = world.apply(&plan(&text("a\\nb\\nc\\nd\\n", "150%")));
    assert_eq!(end, RunEnd::Done, "{records:#?}");
    let read = &gate(&records, "size").readings;
    assert!(
        read.iter().any(|reading| reading.found.as_deref() == Some("4")),
        "{read:?}"
    );
    let (end, _) = world.apply(&plan(&text("a\\nb\\nc\\nd\\ne\\nf\\ng\\n", "150%")));
    let RunEnd::Failed { reason, .. } = end else {
        panic!("{end:?}")
    };
    assert!(reason.contains("it is 7"), "{reason}");
}

#[test]
fn a_baseline_may_be_any_revision_and_must_be_told() {
    let world = World::new();
    let text = |command: &str, to: &str| {
        format!(
            "gate same {{ {command}; compare to {to}; expect number <= baseline }}\n\
             phase look {{ merge topic into main; gate same on main }}"
        )
    };
    let (end, records) = world.apply(&plan(&text("sh 'ls | wc -l'", "\"topic~1\"")));
    assert_eq!(end, RunEnd::Done, "{records:#?}");
    let world = World::new();
    // On main, before the phase, there is no topic-a.
    let (end, _) = world.apply(&plan(&text("sh 'test -f topic-a || exit 127; echo 1'", "main")));
    let RunEnd::Waiting {
        cause: PauseCause::Inconclusive,
        reason,
        ..
    } = end
    else {
        panic!("{end:?}")
    };
    assert!(
        reason.contains("at `main`") && reason.contains("exited with 127"),
        "{reason}"
    );
}

#[test]
fn a_phase_begins_when_it_may() {
    let world = World::new();
    let plan = plan("phase later { not before \"2026-01-03 12:00 UTC\"; tag v1 on main }");
    world.declines.set(true);
    let (end, _) = world.apply(&plan);
    let RunEnd::Waiting {
        cause: PauseCause::Window,
        reason,
        ..
    } = end
    else {
        panic!("{end:?}")
    };
    assert!(reason.contains("2026-01-03 12:00"), "{reason}");
    world.declines.set(false);
    assert_eq!(world.resume(&plan), RunEnd::Done);
    let made = git(
        &world.work(),
        &[
            "for-each-ref",
            "--format=%(taggerdate:iso8601-strict)",
            "refs/tags/v1",
        ],
    );
    assert_eq!(made, "2026-01-03T13:00:00+01:00");
}

#[test]
fn names_that_git_cannot_keep_side_by_side_are_found_before_anything_moves() {
    let world = World::new();
    for (statement, other) in [
        ("branch topic/part from main", "`topic`"),
        ("branch made from main; tag v on main; tag v/1 on main", "`v`"),
    ] {
        let plan = plan(&format!("phase p {{ {statement} }}"));
        let report = world.simulate(&plan);
        assert!(
            report.problems[0].message.contains(other),
            "{:?}",
            report.problems
        );
        let before = world.refs();
        assert!(matches!(world.apply(&plan).0, RunEnd::Failed { .. }));
        assert_eq!(world.refs(), before);
    }
}

#[test]
fn every_new_commit_of_a_landing_is_signed_and_none_that_was_there() {
    if !present("ssh-keygen") {
        return;
    }
    let world = World::new();
    let key = world.home.path().join("key").display().to_string();
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f", &key])
        .status()
        .unwrap();
    assert!(made.success());
    for (name, value) in [("gpg.format", "ssh"), ("user.signingkey", key.as_str())] {
        git(&world.work(), &["config", name, value]);
    }
    git(&world.work(), &["checkout", "-q", "main"]);
    world.write("aside", "aside\n");
    world.commit("aside");
    git(&world.work(), &["push", "-q", "origin", "main"]);
    git(&world.work(), &["checkout", "-q", "--detach"]);
    let start = world.at("main");
    let plan = plan("phase land { merge rebase topic into main { signed }; push main; rollback revert }");
    let report = world.simulate(&plan);
    assert!(
        report.phases[0].refs.iter().all(|change| !change.known),
        "a signature is known after apply"
    );
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    let commits = git(&world.work(), &["rev-list", &format!("{start}..main")]);
    assert_eq!(commits.lines().count(), 2);
    let signed = |commit: &str| git(&world.work(), &["cat-file", "commit", commit]).contains("\ngpgsig ");
    assert!(commits.lines().all(signed));
    assert!(!signed(&start) && !signed("topic"));
    let (clean, said) = try_git(&world.work(), &["fsck", "--strict", "--no-dangling"]);
    assert!(clean, "{said}");
}
