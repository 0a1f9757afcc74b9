//! Approvals and confirmations, given by people on the terminal.

use super::{World, git, plan};
use relplan::engine::{Answer, RunEnd};
use relplan::journal::{Event, PauseCause};

fn yes(who: &str) -> Answer {
    Answer::Yes(who.into())
}

const TWO: &str = "gate signoff { approve 2 of [\"bob@example.com\", \"eve@example.com\", \"ann@example.com\"] not author }\n\
                   phase land { MERGE; gate signoff on main; push main; rollback revert }";

#[test]
fn enough_people_approve_across_processes() {
    let world = World::new();
    let plan = plan(&TWO.replace("MERGE", "merge no-ff topic into main"));
    world.answers.borrow_mut().push_back(yes("bob@example.com"));
    let (end, _) = world.apply(&plan);
    assert!(
        matches!(
            end,
            RunEnd::Waiting {
                cause: PauseCause::Approval,
                ..
            }
        ),
        "{end:?}"
    );
    world.answers.borrow_mut().push_back(yes("eve@example.com"));
    assert_eq!(world.resume(&plan), RunEnd::Done);
}

#[test]
fn whoever_wrote_what_lands_may_not_approve_it_squashed_or_not() {
    for merge in ["merge no-ff topic into main", "merge squash topic into main"] {
        let world = World::new();
        let plan = plan(&TWO.replace("MERGE", merge));
        world
            .answers
            .borrow_mut()
            .extend([yes("bob@example.com"), yes("ann@example.com")]);
        let (end, _) = world.apply(&plan);
        let RunEnd::Failed { reason, .. } = end else {
            panic!("{merge}: {end:?}")
        };
        assert!(
            reason.contains("`ann@example.com` is not one of those who may approve"),
            "{reason}"
        );
    }
}

#[test]
fn a_rejection_fails_the_phase_and_a_confirmation_is_remembered() {
    let world = World::new();
    let rejected = plan(&TWO.replace("MERGE", "merge no-ff topic into main"));
    world
        .answers
        .borrow_mut()
        .push_back(Answer::No("eve@example.com".into()));
    let before = world.refs();
    let RunEnd::Failed { reason, .. } = world.apply(&rejected).0 else {
        panic!("it was rejected")
    };
    assert!(reason.contains("eve@example.com rejected"), "{reason}");
    assert_eq!(world.refs(), before);
    let world = World::new();
    let flag = world.home.path().join("flag");
    let text = format!(
        "gate sure {{ confirm \"Is the window open?\" }}\ngate flag {{ live; sh 'test -e {} || exit 127' }}\n\
         phase land {{ merge topic into main; gate sure on main; gate flag; push main; rollback revert }}",
        flag.display()
    );
    let plan = plan(&text);
    world.answers.borrow_mut().push_back(yes("Ann"));
    assert!(matches!(
        world.apply(&plan).0,
        RunEnd::Waiting {
            cause: PauseCause::Inconclusive,
            ..
        }
    ));
    std::fs::write(&flag, "").unwrap();
    assert_eq!(
        world.resume(&plan),
        RunEnd::Done,
        "the tree is the same, so nobody is asked again"
    );
}

#[test]
fn an_approval_stays_open_to_objections() {
    let world = World::new();
    let plan = plan(
        "gate signoff { approve 1 of [\"bob@example.com\"] open 2h }\nphase land { merge topic into main; gate signoff on main; push main; rollback revert }",
    );
    world.answers.borrow_mut().push_back(yes("bob@example.com"));
    let (end, records) = world.apply(&plan);
    assert_eq!(end, RunEnd::Done);
    let at = |wanted: fn(&Event) -> bool| records.iter().find(|record| wanted(&record.event)).unwrap().at;
    let open = at(|event| matches!(event, Event::Answered { answer, .. } if answer == "yes"));
    let pushed = at(|event| matches!(event, Event::PublicationIntent(_)));
    assert_eq!(pushed - open, 2 * 60 * 60 * 1000);
    assert_eq!(git(&world.remote(), &["show", "main:topic-a"]), "a");
}
