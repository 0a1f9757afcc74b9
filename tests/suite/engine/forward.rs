//! Forward: what is simulated is what happens.

use super::{World, git, oid, plan, try_git};
use relplan::engine::RunEnd;
use relplan::journal::{Event, Verdict};

const RELEASE: &str = r#"
param version: version = 1.1.0
protect main
environment production {
  deploy  sh 'git -C "$home" rev-parse "$commit" > "$home/running"'
  current sh 'cat "$home/running"'
}
let home = "HOME"
gate tests { run "test -f topic-a"; expect exit == 0 }
gate alive { live; sh 'test -s "$home/running"' }
phase land {
  merge squash topic into main { message "feat: the topic" }
  commit on main "release $version" { bump VERSION to $version; changelog CHANGELOG.md $version "The topic." }
  gate tests
  tag v$version on main { message "Release $version" }
  push main, v$version
  deploy v$version to production
  soak 10m { gate alive every 5m }
  rollback { deploy previous to production; revert }
}
"#;

fn release(world: &World) -> String {
    RELEASE.replace("HOME", &world.work().display().to_string())
}

#[test]
fn a_release_lands_as_it_was_simulated() {
    let world = World::new();
    std::fs::write(world.work().join("running"), world.at("main")).unwrap();
    let plan = plan(&release(&world));
    let before = world.refs();
    let report = world.simulate(&plan);
    assert!(report.problems.is_empty(), "{:#?}", report.problems);
    assert_eq!(world.refs(), before, "a simulation moves nothing");
    let (end, records) = world.apply(&plan);
    assert_eq!(end, RunEnd::Done, "{records:#?}");
    for change in &report.phases[0].refs {
        let name = change.change.name.as_str();
        let here = if let Some(short) = name.strip_prefix("refs/remotes/origin/") {
            world.at_remote(short)
        } else {
            world.at(name)
        };
        assert_eq!(
            change.change.new.as_ref().map(|oid| oid.as_str().to_owned()),
            Some(here),
            "{name}"
        );
        assert!(change.known, "{name}");
    }
    assert_eq!(git(&world.work(), &["show", "main:VERSION"]), "1.1.0");
    assert!(git(&world.work(), &["show", "main:CHANGELOG.md"]).contains("## [1.1.0] - 2026-01-01"));
    assert_eq!(git(&world.work(), &["cat-file", "-t", "v1.1.0"]), "tag");
    let running = std::fs::read_to_string(world.work().join("running")).unwrap();
    assert_eq!(running.trim(), world.at("main"));
    let passed = records
        .iter()
        .filter(|r| matches!(&r.event, Event::Gate(g) if g.verdict == Verdict::Passed))
        .count();
    assert!(passed >= 3, "the gate and the samples of the soak: {passed}");
    world.fsck();
}

#[test]
fn a_failing_gate_leaves_everything_as_it_was() {
    let world = World::new();
    let plan = plan(
        "gate no { run \"false\"; help \"mend it\" }\nphase land { merge topic into main; gate no; push main; rollback revert }",
    );
    let before = world.refs();
    let (end, _) = world.apply(&plan);
    let RunEnd::Failed { reason, help, .. } = end else {
        panic!("{end:?}")
    };
    assert!(reason.contains("gate `no` failed"), "{reason}");
    assert_eq!(help.as_deref(), Some("mend it"));
    assert_eq!(world.refs(), before);
}

#[test]
fn a_refused_push_moves_nothing() {
    let world = World::new();
    world.hook(false, "pre-receive", "echo 'no releases on Fridays' >&2; exit 1");
    let plan =
        plan("phase land { merge no-ff topic into main; tag v1 on main; push main, v1; rollback revert }");
    let before = world.refs();
    let (end, _) = world.apply(&plan);
    let RunEnd::Failed { reason, .. } = end else {
        panic!("{end:?}")
    };
    assert!(reason.contains("no releases on Fridays"), "{reason}");
    assert_eq!(world.refs(), before);
}

#[test]
fn a_remote_that_moved_in_between_is_staged_upon_again() {
    let world = World::new();
    let script = world.home.path().join("others.sh");
    let remote = world.remote().display().to_string();
    let clone = world.home.path().join("late").display().to_string();
    std::fs::write(
        &script,
        format!(
            "test -d {clone} && exit 0\ngit clone -q {remote} {clone} && cd {clone} && echo x > late && git add late && \
             git -c user.name=B -c user.email=b@example.com commit -qm late && git push -q origin main\n"
        ),
    )
    .unwrap();
    let text = format!(
        "gate slow {{ run \"sh {}\" }}\nphase land {{ merge no-ff topic into main; gate slow; push main; rollback revert }}",
        script.display()
    );
    let (end, records) = world.apply(&plan(&text));
    assert_eq!(end, RunEnd::Done, "{records:#?}");
    assert_eq!(git(&world.remote(), &["show", "main:late"]), "x");
    assert_eq!(git(&world.remote(), &["show", "main:topic-a"]), "a");
    assert_eq!(world.at("main"), world.at_remote("main"));
}

#[test]
fn a_checked_out_branch_is_brought_along_unless_that_would_lose_something() {
    let world = World::new();
    git(&world.work(), &["checkout", "-q", "main"]);
    let text = "phase land { merge topic into main; push main; rollback revert }";
    world.write("file", "one\ntwo\nmine\n");
    let before = world.refs();
    let (end, _) = world.apply(&plan(text));
    let RunEnd::Failed { reason, .. } = end else {
        panic!("{end:?}")
    };
    assert!(reason.contains("is checked out"), "{reason}");
    assert_eq!(world.refs(), before);
    assert_eq!(
        std::fs::read_to_string(world.work().join("file")).unwrap(),
        "one\ntwo\nmine\n"
    );
    git(&world.work(), &["checkout", "-q", "--", "file"]);
    world.write("unrelated", "stays\n");
    assert_eq!(world.apply(&plan(text)).0, RunEnd::Done);
    assert_eq!(
        std::fs::read_to_string(world.work().join("topic-a")).unwrap(),
        "a\n"
    );
    assert_eq!(git(&world.work(), &["status", "--porcelain"]), "?? unrelated");
}

#[test]
fn a_diverged_branch_is_an_error_with_a_way_out() {
    let world = World::new();
    world.others_push("main", "theirs");
    git(&world.work(), &["checkout", "-q", "main"]);
    world.write("mine", "mine\n");
    world.commit("mine");
    let before = world.refs();
    let (end, _) = world.apply(&plan(
        "phase land { merge topic into main; push main; rollback revert }",
    ));
    let RunEnd::Failed { reason, .. } = end else {
        panic!("{end:?}")
    };
    assert!(
        reason.contains("have diverged") && reason.contains("git pull --rebase"),
        "{reason}"
    );
    let after = world.refs();
    assert_eq!(after.1, before.1);
    assert_eq!(world.at("main"), git(&world.work(), &["rev-parse", "HEAD"]));
}

#[test]
fn without_a_remote_and_in_a_bare_repository_local_work_is_done() {
    let world = World::new();
    git(&world.work(), &["remote", "remove", "origin"]);
    let text = "phase land { merge topic into main; tag v1 on main }";
    assert_eq!(world.apply(&plan(text)).0, RunEnd::Done);
    assert_eq!(world.at("main"), world.at("topic"));
    assert!(try_git(&world.work(), &["rev-parse", "refs/tags/v1"]).0);
}

#[test]
fn what_depends_on_a_command_is_known_after_apply() {
    let world = World::new();
    let plan = plan(
        "phase land { commit on main \"generated\" { run \"touch generated\" }; tag v1 on main; push main, v1; rollback revert }",
    );
    let report = world.simulate(&plan);
    assert!(
        report.phases[0].refs.iter().all(|change| !change.known),
        "{:#?}",
        report.phases[0].refs
    );
    assert_eq!(world.apply(&plan).0, RunEnd::Done);
    assert_eq!(git(&world.work(), &["cat-file", "-t", "main:generated"]), "blob");
}

#[test]
fn a_conflict_is_known_before_and_moves_nothing() {
    let world = World::new();
    git(&world.work(), &["checkout", "-q", "main"]);
    world.write("file", "one\ntwo\nmine\n");
    world.commit("clash");
    git(&world.work(), &["push", "-q", "origin", "main"]);
    let text = "phase land { merge no-ff topic into main; push main; rollback revert }";
    let report = world.simulate(&plan(text));
    assert_eq!(report.problems.len(), 1);
    assert_eq!(report.problems[0].conflicts[0].path, "file");
    assert!(
        report.problems[0].conflicts[0]
            .hunk
            .as_deref()
            .unwrap_or_default()
            .contains("<<<<<<<")
    );
    let before = world.refs();
    assert!(matches!(world.apply(&plan(text)).0, RunEnd::Failed { .. }));
    assert_eq!(world.refs(), before);
    for (side, content) in [
        ("ours", "one\ntwo\nmine"),
        ("theirs", "one\ntwo\nTHREE"),
        ("union", "one\ntwo\nmine\nTHREE"),
    ] {
        let world = World::new();
        git(&world.work(), &["checkout", "-q", "main"]);
        world.write("file", "one\ntwo\nmine\n");
        world.commit("clash");
        git(&world.work(), &["push", "-q", "origin", "main"]);
        let text = format!(
            "phase land {{ merge no-ff topic into main {{ resolve file with {side} }}; push main; rollback revert }}"
        );
        assert_eq!(world.apply(&plan(&text)).0, RunEnd::Done);
        assert_eq!(git(&world.work(), &["show", "main:file"]), content);
        assert_eq!(
            git(&world.work(), &["rev-list", "--parents", "-1", "main"])
                .split(' ')
                .count(),
            3
        );
    }
}

#[test]
fn a_moved_remote_tag_is_never_moved() {
    let world = World::new();
    git(&world.work(), &["push", "-q", "origin", "main:refs/tags/v1"]);
    let before = world.refs();
    let (end, _) = world.apply(&plan(
        "phase land { merge topic into main; tag v1 on main; push main, v1; rollback revert }",
    ));
    let RunEnd::Failed { reason, .. } = end else {
        panic!("{end:?}")
    };
    assert!(reason.contains("`v1`"), "{reason}");
    assert_eq!(world.refs().1, before.1);
    let _ = oid(&world.at("main"));
}
