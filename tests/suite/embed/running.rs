//! Plans and runs through the facade.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use relplan::engine::HostVerdict;
use relplan::journal::{Event, Outcome, PauseCause, Status};
use relplan::{Decision, Error, RunEnd};

use super::{World, at, everything, git, quality};

const PLAN: &str = r#"plan "ship"
param version: version
phase land {
  merge no-ff topic into main
  gate quality(level: 3) on main
  tag v$version on main { message "Release v$version" }
  push main, v$version
  rollback revert
}
"#;

fn passes(_: &str) -> HostVerdict {
    HostVerdict::Passed("good".into())
}

#[test]
fn a_plan_changes_nothing_and_a_run_does_what_it_showed() {
    let world = World::new();
    world.write("release.rel", PLAN);
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let pinned =
        |system: relplan::host::System| -> Box<dyn relplan::engine::Ports> { Box::new(Pinned(system)) };
    let mut engine = quality(world.builder(), passes)
        .set("version", "1.0.0")
        .ports(pinned)
        .observer(move |record| seen.lock().unwrap().push(record.clone()))
        .build()
        .unwrap();
    let before = everything(world.home.path());
    let report = engine.load().unwrap().plan().unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert!(
        everything(world.home.path()) == before,
        "a plan leaves every byte as it was"
    );
    assert!(events.lock().unwrap().is_empty());

    assert_eq!(engine.load().unwrap().apply().unwrap(), RunEnd::Done);
    for change in report.phases[0].refs.iter().map(|report| &report.change) {
        let new = change.new.as_ref().unwrap().as_str();
        let found = match change.name.strip_prefix("refs/remotes/origin/") {
            Some(name) => at(&world.remote(), name),
            None => at(&world.repository(), &change.name),
        };
        assert_eq!(found, new, "{}", change.name);
    }
    assert_eq!(at(&world.remote(), "main"), at(&world.repository(), "main"));
    assert_eq!(git(&world.remote(), &["tag"]), "v1.0.0");
    git(&world.repository(), &["fsck", "--strict", "--no-dangling"]);

    let recorded = engine.log(None).unwrap();
    assert_eq!(
        *events.lock().unwrap(),
        recorded,
        "the observer sees what is recorded"
    );
    let run = engine.status().unwrap().unwrap();
    assert_eq!((run.title.as_str(), run.outcome), ("ship", Some(Outcome::Done)));
    assert_eq!(run.phases, [("land".to_owned(), Status::Done)]);
    assert!(!run.is_open());
}

/// The real world at one moment.
struct Pinned(relplan::host::System);

impl relplan::engine::Ports for Pinned {
    fn now(&mut self) -> relplan::engine::Now {
        relplan::engine::Now {
            millis: 1_700_000_000_000,
            offset_minutes: 60,
        }
    }
    fn sleep(&mut self, duration: relplan::model::Duration) -> relplan::engine::Waited {
        self.0.sleep(duration)
    }
    fn interrupted(&mut self) -> bool {
        self.0.interrupted()
    }
    fn exec(
        &mut self,
        sandbox: &mut relplan::git::Sandbox,
        request: &relplan::engine::ExecRequest,
    ) -> relplan::engine::ExecOutcome {
        self.0.exec(sandbox, request)
    }
    fn sign(
        &mut self,
        sandbox: &mut relplan::git::Sandbox,
        request: &relplan::engine::SignRequest,
    ) -> relplan::engine::SignOutcome {
        self.0.sign(sandbox, request)
    }
    fn fetch(
        &mut self,
        sandbox: &mut relplan::git::Sandbox,
        remote: &str,
    ) -> Result<Vec<relplan::journal::RefMove>, relplan::git::Error> {
        self.0.fetch(sandbox, remote)
    }
    fn local_refs(
        &mut self,
        sandbox: &relplan::git::Sandbox,
    ) -> Result<Option<std::collections::BTreeMap<String, relplan::model::Oid>>, relplan::git::Error> {
        self.0.local_refs(sandbox)
    }
    fn push(
        &mut self,
        sandbox: &mut relplan::git::Sandbox,
        request: &relplan::engine::PushRequest,
    ) -> relplan::git::PushOutcome {
        self.0.push(sandbox, request)
    }
    fn publish(
        &mut self,
        sandbox: &mut relplan::git::Sandbox,
        request: &relplan::engine::PublishRequest,
    ) -> Result<(), relplan::git::Error> {
        self.0.publish(sandbox, request)
    }
    fn can_publish(
        &mut self,
        sandbox: &mut relplan::git::Sandbox,
        moves: &[relplan::journal::RefMove],
    ) -> Result<(), relplan::git::Error> {
        self.0.can_publish(sandbox, moves)
    }
    fn ask(&mut self, question: &relplan::engine::Question) -> relplan::engine::Answer {
        self.0.ask(question)
    }
    fn host_gate(&mut self, request: &relplan::engine::HostGateRequest) -> HostVerdict {
        self.0.host_gate(request)
    }
}

#[test]
fn a_missing_param_is_named() {
    let world = World::new();
    let mut engine = quality(world.builder(), passes).build().unwrap();
    let error = engine.load_text("release.rel", PLAN).plan().unwrap_err();
    let checked = error.checked().unwrap();
    assert_eq!(checked.diagnostics.len(), 1, "{error}");
    assert!(error.to_string().starts_with("release.rel:2:"), "{error}");
    assert!(error.to_string().contains("`version` has no value"), "{error}");
}

#[test]
fn a_gate_of_the_program_decides() {
    let world = World::new();
    let before = at(&world.repository(), "main");
    for (verdict, code) in [
        (HostVerdict::Failed("level 2".into()), 1),
        (HostVerdict::Inconclusive("no answer".into()), 3),
    ] {
        let answer = verdict.clone();
        let mut engine = quality(world.builder(), move |level| {
            assert_eq!(level, "3");
            answer.clone()
        })
        .set("version", "1.0.0")
        .build()
        .unwrap();
        let end = engine.load_text("release.rel", PLAN).apply().unwrap();
        assert_eq!(end.exit_code(), code, "{end:?}");
        assert_eq!(at(&world.repository(), "main"), before);
        assert_eq!(at(&world.remote(), "main"), before);
    }
    // The run that waits can be gone on with, by a program whose gate has an answer.
    let mut engine = quality(world.builder(), passes).build().unwrap();
    assert_eq!(engine.resume(None).unwrap(), RunEnd::Done);
    assert_eq!(git(&world.remote(), &["tag"]), "v1.0.0");
    assert!(matches!(engine.resume(None).unwrap_err(), Error::Engine(_)));
}

#[test]
fn a_phase_is_previewed_and_taken_back() {
    let world = World::new();
    let tree = at(&world.remote(), "main^{tree}");
    let mut engine = quality(world.builder(), passes)
        .set("version", "1.0.0")
        .build()
        .unwrap();
    assert_eq!(
        engine.load_text("release.rel", PLAN).apply().unwrap(),
        RunEnd::Done
    );
    let landed = at(&world.remote(), "main");
    let preview = engine.preview_rollback("land", false).unwrap();
    assert!(
        preview.problem.is_none() && !preview.actions.is_empty(),
        "{preview:?}"
    );
    assert_eq!(at(&world.remote(), "main"), landed);
    assert!(matches!(
        engine.rollback("nothing", false).unwrap_err(),
        Error::Engine(_)
    ));
    assert_eq!(engine.rollback("land", false).unwrap(), RunEnd::Done);
    assert_eq!(at(&world.remote(), "main^{tree}"), tree);
    assert_eq!(at(&world.repository(), "main"), at(&world.remote(), "main"));
}

const SOAK: &str = r#"plan "soak"
gate health { live; run "test -e healthy" }
phase ship {
  merge topic into main
  push main
  soak 300ms { gate health every 100ms }
  rollback revert
}
"#;

#[test]
fn a_wait_is_declined_and_taken_up_again() {
    let world = World::new();
    world.write("healthy", "");
    world.commit("healthy");
    git(&world.repository(), &["push", "-q"]);
    let mut engine = world.builder().no_wait(true).build().unwrap();
    let end = engine.load_text("release.rel", SOAK).apply().unwrap();
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
    let run = engine.status().unwrap().unwrap();
    assert!(run.is_open() && run.paused.is_some());

    // What the waiting run holds, no other run writes.
    let other = "plan \"other\"\nphase ship {\n  merge topic into main\n  push main\n  rollback revert\n}\n";
    let mut second = world.engine();
    let error = second.load_text("other.rel", other).apply().unwrap_err();
    assert!(
        matches!(&error, Error::Locked { run: held, what, .. } if *held == run.id && what == "`main`"),
        "{error}"
    );
    let apart = "plan \"apart\"\nphase note { tag looked-at on topic }\n";
    assert_eq!(
        second.load_text("apart.rel", apart).apply().unwrap(),
        RunEnd::Done
    );

    let mut waiting = second.run(Some(&run.id)).unwrap();
    assert_eq!(waiting.resume(None).unwrap(), RunEnd::Done);
    assert_eq!(waiting.summary().outcome, Some(Outcome::Done));
}

#[test]
fn an_interrupted_command_needs_a_word_from_a_person() {
    let world = World::new();
    let text = "plan \"x\"\nphase ship {\n  branch release/1 from main\n  run \"sleep 60\" { live }\n  rollback revert\n}\n";
    let flag = Arc::new(AtomicBool::new(false));
    let setter = Arc::clone(&flag);
    let mut engine = world
        .builder()
        .interrupted_by(Arc::clone(&flag))
        .observer(move |record| {
            if matches!(record.event, Event::CommandIntent(_)) {
                setter.store(true, Ordering::SeqCst);
            }
        })
        .build()
        .unwrap();
    let end = engine.load_text("release.rel", text).apply().unwrap();
    assert_eq!(end, RunEnd::Interrupted);
    assert_eq!(end.exit_code(), 130);
    assert_eq!(engine.status().unwrap().unwrap().outcome, None);
    let mut engine = world.engine();
    let end = engine.resume(None).unwrap();
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
    assert_eq!(engine.resume(Some(Decision::Done)).unwrap(), RunEnd::Done);
    assert!(!at(&world.repository(), "release/1").is_empty());
}

#[test]
fn a_run_is_given_up() {
    let world = World::new();
    let mut engine = world.builder().no_wait(true).build().unwrap();
    assert!(matches!(engine.resume(None).unwrap_err(), Error::NoRun(_)));
    assert!(engine.status().unwrap().is_none());
    let end = engine.load_text("release.rel", SOAK).apply().unwrap();
    assert_eq!(end.exit_code(), 3);
    let (end, stays) = engine.abort().unwrap();
    assert_eq!(end, RunEnd::Aborted);
    assert!(stays.iter().any(|change| change.name == "refs/heads/main"));
    assert!(!engine.status().unwrap().unwrap().is_open());
    assert!(engine.run(Some("no-such-run")).is_err());
}

#[test]
fn commits_are_made_in_the_name_that_is_given() {
    let world = World::new();
    let mut engine = quality(world.builder(), passes)
        .set("version", "1.0.0")
        .identity("Release Bot", "bot@example.com")
        .build()
        .unwrap();
    assert_eq!(
        engine.load_text("release.rel", PLAN).apply().unwrap(),
        RunEnd::Done
    );
    let who = git(
        &world.repository(),
        &["log", "-1", "--format=%an <%ae> %cn", "main"],
    );
    assert_eq!(who, "Release Bot <bot@example.com> Release Bot");
    assert_eq!(
        engine.status().unwrap().unwrap().who,
        "Release Bot <bot@example.com>"
    );
}

#[test]
fn while_a_run_waits_others_act_and_nobody_takes_it_up() {
    let world = World::new();
    world.write("healthy", "");
    world.commit("healthy");
    git(&world.repository(), &["push", "-q"]);
    let (sender, soaking) = std::sync::mpsc::channel();
    let mut engine = world
        .builder()
        .observer(move |record| {
            if matches!(
                record.event,
                Event::SoakProgress { .. } | Event::SoakStarted { .. }
            ) {
                // Nobody listens any more when the test has failed.
                let _ = sender.send(());
            }
        })
        .build()
        .unwrap();
    let text = SOAK.replace("300ms", "2s");
    let waiting = std::thread::spawn(move || engine.load_text("release.rel", text).apply().unwrap());
    soaking.recv().unwrap();

    let mut second = world.engine();
    let error = second.resume(None).unwrap_err();
    assert!(error.to_string().contains("another rel is at work"), "{error}");
    let apart = "plan \"apart\"\nphase note { tag looked-at on topic }\n";
    let started = std::time::Instant::now();
    let end = loop {
        // Between two waits the run itself is at work for a moment.
        match second.load_text("apart.rel", apart).apply() {
            Err(Error::Journal(relplan::journal::JournalError::Busy { .. }))
                if started.elapsed().as_secs() < 10 =>
            {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            other => break other.unwrap(),
        }
    };
    assert_eq!(end, RunEnd::Done);
    assert!(!waiting.is_finished(), "the other acted while the first waited");
    assert_eq!(waiting.join().unwrap(), RunEnd::Done);
}

#[test]
fn a_run_that_means_something_else_by_now_is_not_gone_on_with() {
    let world = World::new();
    let mut engine = world.builder().no_wait(true).build().unwrap();
    assert_eq!(
        engine.load_text("release.rel", SOAK).apply().unwrap().exit_code(),
        3
    );
    let run = engine.status().unwrap().unwrap();
    let journal = world
        .repository()
        .join(format!(".git/rel/runs/{}/journal.jsonl", run.id));
    let text = std::fs::read_to_string(&journal).unwrap();
    let digest = engine.run(None).unwrap().started().digest.clone();
    std::fs::write(&journal, text.replace(&digest, &"0".repeat(digest.len()))).unwrap();
    let error = engine.resume(None).unwrap_err();
    assert!(
        matches!(&error, Error::OtherMeaning { what, .. } if what.contains(&run.id)),
        "{error}"
    );
    assert!(error.to_string().contains("rel abort"), "{error}");
    let (end, _) = engine.abort().unwrap();
    assert_eq!(end, RunEnd::Aborted, "the way out that it names is one");
}
