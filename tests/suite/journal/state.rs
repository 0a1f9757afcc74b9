//! The state is a fold: the same live, record by record, and from the file.

use super::{begun, change, ended, finished, intent, oid, paused, publication, started};
use proptest::prelude::*;
use relplan::journal::{
    CommandRole, Cursor, Event, Memory, Outcome, PauseCause, Record, RunState, Sink, Staged, Status,
};
use relplan::model::Duration;

fn state(events: Vec<Event>) -> RunState {
    let mut memory = Memory::default();
    for event in events {
        memory.record(0, event).unwrap();
    }
    RunState::replay(&memory.records)
}

fn staged(phase: &str, name: &str, old: u8, new: u8) -> Event {
    Event::Staged(Staged {
        phase: phase.into(),
        step: Some(1),
        change: change(name, old, new),
        tree: None,
        known: true,
        commits: Vec::new(),
        commit_count: 0,
        files: Vec::new(),
        file_count: 0,
        added: 0,
        removed: 0,
        how: "merge".into(),
        resolved: Vec::new(),
        diff: None,
    })
}

fn step(phase: &str, step: u32) -> Event {
    Event::StepFinished {
        phase: phase.into(),
        step,
    }
}

#[test]
fn a_phase_goes_on_behind_its_last_effect() {
    let main = change("refs/heads/main", 1, 2);
    let mut events = vec![
        begun("one"),
        step("one", 1),
        publication(0, "one", Some(2), false, &[main]),
    ];
    let at = |events: &[Event]| state(events.to_vec()).phase("one").cursor;
    assert_eq!(at(&events), None, "an intent is no effect");
    events.push(Event::RemoteMoved { publication: 0 });
    assert_eq!(at(&events), None);
    assert!(state(events.clone()).phase("one").acted, "the remote has moved");
    events.push(Event::PublicationFinished { publication: 0 });
    assert_eq!(at(&events), Some(Cursor::At(2)));
    events.push(step("one", 2));
    assert_eq!(at(&events), Some(Cursor::Behind(2)));
    events.push(step("one", 3));
    assert_eq!(
        at(&events),
        Some(Cursor::Behind(2)),
        "a step that only stages is done again"
    );
    events.push(begun("one"));
    assert_eq!(
        at(&events),
        Some(Cursor::Behind(2)),
        "what has happened belongs to the phase however often it begins"
    );
}

#[test]
fn a_refused_publication_has_not_happened() {
    let main = change("refs/heads/main", 1, 2);
    let refused = Event::PublicationRefused {
        publication: 0,
        reason: "no".into(),
    };
    let state = state(vec![
        begun("one"),
        publication(0, "one", Some(1), false, &[main]),
        refused,
    ]);
    assert!(!state.phase("one").acted);
    assert_eq!(state.published("one").count(), 0);
}

#[test]
fn a_publication_knows_what_its_refs_stood_on() {
    let main = change("refs/heads/main", 1, 5);
    let brought = Event::Reconciled {
        branch: "main".into(),
        from: Some(oid(1)),
        to: oid(3),
        unpushed: 0,
    };
    let base = |events: Vec<Event>| {
        state(events).publications[0]
            .bases
            .get("refs/heads/main")
            .cloned()
    };
    let intent = publication(0, "one", Some(2), false, &[main]);
    assert_eq!(base(vec![begun("one"), intent.clone()]), None);
    let events = vec![
        begun("one"),
        staged("one", "refs/heads/main", 1, 4),
        staged("one", "refs/heads/main", 4, 5),
        intent.clone(),
    ];
    assert_eq!(base(events), Some(Some(oid(1))), "before the first of its steps");
    let events = vec![
        begun("one"),
        brought.clone(),
        staged("one", "refs/heads/main", 3, 5),
        intent.clone(),
    ];
    assert_eq!(base(events), Some(Some(oid(3))), "behind what others had added");
    let thrown_away = Event::Discarded { phase: "one".into() };
    let events = vec![
        begun("one"),
        staged("one", "refs/heads/main", 1, 4),
        thrown_away,
        brought,
        staged("one", "refs/heads/main", 3, 5),
        intent.clone(),
    ];
    assert_eq!(base(events), Some(Some(oid(3))));
    let taken_up = Event::RunTakenUp {
        command: "resume".into(),
    };
    let events = vec![
        begun("one"),
        staged("one", "refs/heads/main", 1, 4),
        taken_up,
        staged("one", "refs/heads/main", 3, 5),
        intent,
    ];
    assert_eq!(
        base(events),
        Some(Some(oid(3))),
        "what another process had staged is lost"
    );
}

#[test]
fn commands_that_may_have_run_are_known_and_taken_back_newest_first() {
    use CommandRole::{Backup, Current, Deploy, Step, Undo};
    let events = vec![
        begun("one"),
        intent("one", 1, Step),
        ended("one", 1, Step, false),
        intent("one", 1, Step),
        ended("one", 1, Step, true),
        intent("one", 2, Backup),
        ended("one", 2, Backup, true),
        intent("one", 3, Deploy),
    ];
    let state = state(events.clone());
    let phase = state.phase("one");
    assert_eq!(phase.ran, [1, 3], "once however often it was tried");
    assert_eq!(phase.ran_at.get(&3), Some(&oid(7)));
    assert!(
        phase.deployed.contains("production"),
        "a deploy that began may have happened"
    );
    assert_eq!(phase.backups.get(&2), Some(&("production".to_owned(), true)));
    assert_eq!(state.unknown.as_ref().map(|command| command.step), Some(3));
    let mut more = events.clone();
    more.push(ended("one", 3, Current, true));
    assert!(
        super::state::state(more.clone()).unknown.is_some(),
        "`current` says nothing of another command's end"
    );
    more.extend([
        ended("one", 3, Deploy, false),
        Event::RollbackStarted {
            phase: "one".into(),
            why: "x".into(),
        },
    ]);
    more.extend([
        intent("one", 3, Undo),
        ended("one", 3, Undo, true),
        intent("one", 9, Step),
        ended("one", 9, Step, true),
        step("one", 9),
    ]);
    let state = super::state::state(more);
    let phase = state.phase("one");
    assert_eq!(
        (phase.ran.as_slice(), phase.undone.contains(&3)),
        ([1, 3].as_slice(), true)
    );
    assert_eq!(
        phase.back,
        Some(Cursor::Behind(9)),
        "the rollback goes on behind its own last effect"
    );
    assert_eq!(
        phase.cursor, None,
        "and the phase's own place is untouched: {phase:?}"
    );
}

#[test]
fn a_phase_that_was_held_goes_on_when_a_person_has_mended_it() {
    let failed = Event::PhaseFailed {
        phase: "one".into(),
        step: Some(2),
        reason: "no".into(),
        help: None,
        published: true,
    };
    let taken_up = Event::RunTakenUp {
        command: "resume".into(),
    };
    let run = |cause| {
        state(vec![
            begun("one"),
            intent("one", 1, CommandRole::Step),
            ended("one", 1, CommandRole::Step, true),
            step("one", 1),
            failed.clone(),
            paused("one", cause),
            taken_up.clone(),
        ])
    };
    let held = run(PauseCause::Hold).phase("one");
    assert_eq!(
        (held.status, held.cursor),
        (Status::Running, Some(Cursor::Behind(1)))
    );
    assert_eq!(run(PauseCause::RefMoved).phase("one").status, Status::Failed);
}

#[test]
fn what_is_left_to_take_back_shrinks() {
    let planned = Event::RollbackPlanned {
        phases: vec!["two".into(), "one".into()],
        asked: true,
    };
    let mut events = vec![begun("one"), begun("two"), planned];
    assert_eq!(state(events.clone()).left_to_take_back(), ["two", "one"]);
    events.push(Event::RollbackFinished { phase: "two".into() });
    assert_eq!(state(events.clone()).left_to_take_back(), ["one"]);
    events.push(Event::RollbackFailed {
        phase: "one".into(),
        reason: "x".into(),
        way_out: "y".into(),
    });
    events.push(finished(Outcome::RollbackFailed));
    let stuck = state(events.clone());
    assert_eq!(stuck.left_to_take_back(), ["one"]);
    assert!(!stuck.has_ended());
    events.extend([
        Event::RollbackFinished { phase: "one".into() },
        finished(Outcome::RolledBack),
    ]);
    assert!(state(events).has_ended());
}

fn any_event() -> impl Strategy<Value = Event> {
    let phase = prop_oneof![Just("one"), Just("two")];
    (0usize..24, phase, 0u32..4, 1u8..6, any::<bool>()).prop_map(|(kind, phase, number, digit, flag)| {
        use CommandRole::{Backup, Current, Deploy, Step, Undo};
        let role = [Step, Deploy, Undo, Backup, Current][usize::from(digit) % 5];
        let main = [change("refs/heads/main", digit, digit + 1)];
        let name = phase.to_owned();
        match kind {
            0 => started("run"),
            1 => Event::RunTakenUp {
                command: "resume".into(),
            },
            2 => Event::Reconciled {
                branch: "main".into(),
                from: Some(oid(digit)),
                to: oid(digit + 1),
                unpushed: 0,
            },
            3 => begun(phase),
            4 => Event::PhaseSkipped { phase: name },
            5 => staged(phase, "refs/heads/main", digit, digit + 1),
            6 => step(phase, number),
            7 => intent(phase, number, role),
            8 => ended(phase, number, role, flag),
            9 | 10 => publication(number, phase, flag.then_some(number), digit % 2 == 0, &main),
            11 => Event::RemoteMoved { publication: number },
            12 => Event::PublicationFinished { publication: number },
            13 => Event::PublicationRefused {
                publication: number,
                reason: "no".into(),
            },
            14 => Event::Discarded { phase: name },
            15 => Event::SoakProgress {
                phase: name,
                step: number,
                soaked: Duration::from_millis(u64::from(digit)),
            },
            16 => Event::Answered {
                phase: name,
                step: None,
                question: "q".into(),
                answer: "yes".into(),
                by: "Ann".into(),
            },
            17 => paused(phase, if flag { PauseCause::Hold } else { PauseCause::Time }),
            18 => Event::PhaseFailed {
                phase: name,
                step: None,
                reason: "no".into(),
                help: None,
                published: flag,
            },
            19 => Event::RollbackPlanned {
                phases: vec![name],
                asked: flag,
            },
            20 => Event::RollbackStarted {
                phase: name,
                why: "x".into(),
            },
            21 => Event::RollbackFinished { phase: name },
            22 => Event::Deployed {
                phase: name,
                step: number,
                environment: "production".into(),
                source: "main".into(),
                commit: oid(digit),
                previous: None,
            },
            _ => finished(if flag {
                Outcome::Done
            } else {
                Outcome::RollbackFailed
            }),
        }
    })
}

proptest! {
    /// A state after a crash is the state before it, wherever the journal was read in between.
    #[test]
    fn folding_is_the_same_live_from_the_file_and_from_any_point(
        events in prop::collection::vec(any_event(), 0..60),
        cut in 0usize..60,
    ) {
        let mut memory = Memory::default();
        let mut live = RunState::default();
        for event in events {
            let record = memory.record(0, event).unwrap();
            live.apply(&record);
        }
        let lines: Vec<String> = memory.records.iter().map(|record| serde_json::to_string(record).unwrap()).collect();
        let read: Vec<Record> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(&read, &memory.records);
        prop_assert_eq!(&RunState::replay(&read), &live);
        let cut = cut.min(read.len());
        let mut resumed = RunState::replay(&read[..cut]);
        for record in &read[cut..] {
            resumed.apply(record);
        }
        prop_assert_eq!(&resumed, &live);
    }

    /// What has happened outside is never forgotten, however often a phase begins.
    #[test]
    fn effects_stay(events in prop::collection::vec(any_event(), 0..60)) {
        let mut state = RunState::default();
        for (seq, event) in (0..).zip(events) {
            let before = state.phase("one");
            let again = matches!(&event, Event::PhaseStarted { phase, .. } if phase == "one") && !before.acted;
            state.apply(&Record { seq, at: 0, event });
            let after = state.phase("one");
            if !again {
                prop_assert!(after.acted || !before.acted);
                prop_assert!(after.ran.starts_with(&before.ran));
                prop_assert!(after.undone.is_superset(&before.undone));
                prop_assert!(after.deployed.is_superset(&before.deployed));
            }
        }
    }
}
