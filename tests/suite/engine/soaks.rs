//! Soaks and waits: who is asked how often, what fails, what does not count.

use super::{World, plan};
use relplan::engine::RunEnd;
use relplan::journal::{Event, PauseCause, Record, Verdict};

fn samples(records: &[Record], gate: &str) -> usize {
    records
        .iter()
        .filter(|record| matches!(&record.event, Event::Gate(result) if result.gate == gate))
        .count()
}

fn soak(world: &World, gates: &str, soak: &str) -> (RunEnd, Vec<Record>) {
    world.apply(&plan(&format!(
        "{gates}\nphase watch {{ run \"true\" {{ live; undo run \"true\" }}; {soak}; rollback undo }}"
    )))
}

#[test]
fn a_gate_that_always_fails_is_not_excused_by_one_that_passes() {
    let world = World::new();
    let gates = "gate bad { live; run \"false\" }\ngate good { live; run \"true\" }";
    let (end, records) = soak(
        &world,
        gates,
        "soak 1h { gate bad every 10m; gate good every 5m }",
    );
    let RunEnd::RolledBack { reason, .. } = end else {
        panic!("{end:?}")
    };
    assert!(reason.contains("`bad` failed 3 times in a row"), "{reason}");
    assert_eq!(samples(&records, "bad"), 3);
}

#[test]
fn fail_after_and_tolerate_count_for_themselves() {
    let world = World::new();
    let (end, records) = soak(
        &world,
        "gate bad { live; run \"false\" }",
        "soak 1h { gate bad every 10m; fail after 1 }",
    );
    assert!(matches!(end, RunEnd::RolledBack { .. }), "{end:?}");
    assert_eq!(samples(&records, "bad"), 1);
    let world = World::new();
    let gate = "gate lost { live; run \"sh -c 'exit 127'\" }";
    let (end, records) = soak(&world, gate, "soak 10h { gate lost every 10m; tolerate 1 }");
    assert!(
        matches!(
            end,
            RunEnd::Waiting {
                cause: PauseCause::Inconclusive,
                ..
            }
        ),
        "{end:?}"
    );
    assert_eq!(samples(&records, "lost"), 2);
}

#[test]
fn a_soak_does_not_end_on_a_failing_sample() {
    let world = World::new();
    let count = world.home.path().join("count");
    // Fails at the third and the fourth sample; the soak would be over at the third.
    let gate = format!(
        "gate flaky {{ live; sh 'echo x >> {0}; n=$(wc -l < {0}); test \"$n\" -ne 3 && test \"$n\" -ne 4' }}",
        count.display()
    );
    let (end, records) = soak(&world, &gate, "soak 20m { gate flaky every 10m }");
    assert_eq!(end, RunEnd::Done, "{records:#?}");
    assert_eq!(samples(&records, "flaky"), 5);
}

#[test]
fn no_wait_stops_at_the_soak_and_resume_goes_on() {
    let world = World::new();
    world.declines.set(true);
    let text = "gate good { live; run \"true\" }\nphase watch { commit on main \"c\" { write new \"n\" }; push main; soak 1h { gate good every 10m }; rollback revert }";
    let plan = plan(text);
    let (end, _) = world.apply(&plan);
    assert!(
        matches!(
            end,
            RunEnd::Waiting {
                cause: PauseCause::Time,
                ..
            }
        ),
        "{end:?}"
    );
    let pushed = world.at_remote("main");
    world.declines.set(false);
    assert_eq!(world.resume(&plan), RunEnd::Done);
    assert_eq!(world.at_remote("main"), pushed, "nothing is pushed twice");
}

#[test]
fn what_others_push_during_a_soak_is_built_upon() {
    let world = World::new();
    let clone = world.home.path().join("clone");
    let gate = format!(
        "gate busy {{ live; sh 'test -d {0} || {{ git clone -q {1} {0} && cd {0} && echo t > theirs && git add theirs && \
         git -c user.name=B -c user.email=b@example.com commit -qm theirs && git push -q origin main; }}' }}",
        clone.display(),
        world.remote().display()
    );
    let text = format!(
        "{gate}\nphase land {{ commit on main \"a\" {{ write a \"a\" }}; push main; soak 10m {{ gate busy every 5m }}; \
         commit on main \"b\" {{ write b \"b\" }}; push main; rollback revert }}"
    );
    let (end, records) = world.apply(&plan(&text));
    assert_eq!(end, RunEnd::Done, "{records:#?}");
    let files = super::git(&world.remote(), &["ls-tree", "--name-only", "main"]);
    for file in ["a", "b", "theirs"] {
        assert!(files.lines().any(|line| line == file), "{file} in {files}");
    }
}

#[test]
fn a_wait_ends_when_its_gate_passes_or_time_is_over() {
    let world = World::new();
    let count = world.home.path().join("count");
    let gate = format!(
        "gate third {{ live; sh 'echo x >> {0}; test $(wc -l < {0}) -ge 3' }}",
        count.display()
    );
    let (end, records) = world.apply(&plan(&format!(
        "{gate}\nphase p {{ wait for gate third every 1m timeout 10m }}"
    )));
    assert_eq!(end, RunEnd::Done);
    assert_eq!(samples(&records, "third"), 3);
    let (end, records) = world.apply(&plan(
        "gate never { live; run \"false\" }\nphase p { wait for gate never every 1m timeout 3m }",
    ));
    assert!(
        matches!(
            end,
            RunEnd::Waiting {
                cause: PauseCause::Inconclusive,
                ..
            }
        ),
        "{end:?}"
    );
    assert_eq!(samples(&records, "never"), 4);
    assert!(
        records
            .iter()
            .all(|r| !matches!(&r.event, Event::Gate(g) if g.verdict == Verdict::Passed))
    );
}

#[test]
fn a_soak_asks_every_time_also_about_a_tree_that_has_passed() {
    let world = World::new();
    let text = "gate files { run \"test -f VERSION\" }\n\
                phase watch { gate files on main; gate files on main; commit on main \"c\" { write new \"n\" }; push main; \
                soak 20m { gate files on main every 10m }; rollback revert }";
    let (end, records) = world.apply(&plan(text));
    assert_eq!(end, RunEnd::Done);
    let asked = |reused: bool| {
        let results = records
            .iter()
            .filter(|r| matches!(&r.event, Event::Gate(g) if g.reused == reused));
        results.count()
    };
    assert_eq!((asked(true), asked(false)), (1, 4));
}
