//! Commands: their ends, their output, their surroundings.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration as Std, Instant};

use relplan::engine::{CheckoutRequest, ExecEnd, Place, Ports, Waited};
use relplan::model::Duration;

use super::{World, checkout, git, request};

fn alive(pid: &str) -> bool {
    let checked = std::process::Command::new("kill")
        .args(["-0", pid])
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    // A process that has ended but that nobody has waited for is no longer alive.
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    checked.success() && !state.contains(") Z ")
}

fn eventually(what: &str, check: impl Fn() -> bool) {
    let started = Instant::now();
    while !check() {
        assert!(started.elapsed() < Std::from_secs(10), "never: {what}");
        std::thread::sleep(Std::from_millis(20));
    }
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_command_tells_how_it_ended() {
    let mut world = World::new();
    let done = world.sh("echo out; echo err >&2; exit 3", LONG);
    assert_eq!(done.end, ExecEnd::Exited(3));
    assert_eq!(
        (done.stdout.text.as_str(), done.stderr.text.as_str()),
        ("out\n", "err\n")
    );
    assert_eq!((done.tail.len(), done.stdout.omitted), (8, 0));
    assert_eq!(world.sh("kill -9 $$", LONG).end, ExecEnd::Killed(9));
    assert_eq!(
        world.sh("cat", LONG).end,
        ExecEnd::Exited(0),
        "standard input is empty"
    );
}

#[test]
fn a_command_sees_its_variables_and_nothing_of_gits() {
    let mut world = World::new();
    let system = std::mem::replace(
        &mut world.system,
        relplan::host::System::new("/", "Ann <ann@example.com>"),
    );
    world.system = system
        .variable("GIT_DIR", "/elsewhere")
        .variable("GIT_INDEX_FILE", "/elsewhere/index")
        .variable("KEPT", "kept");
    let script = "echo \"${GIT_DIR-none} ${GIT_INDEX_FILE-none} $KEPT $version $GIT_TERMINAL_PROMPT\"; test \"$PWD\" = \"$(pwd -P)\"";
    let mut asked = request(&["sh", "-eu", "-c", script], Place::Plan, LONG);
    asked.env = vec![("version".into(), "1.2.3 $(no shell)".into())];
    let done = world.exec(&asked);
    assert_eq!(done.end, ExecEnd::Exited(0));
    assert_eq!(done.stdout.text, "none none kept 1.2.3 $(no shell) 0\n");
}

#[test]
fn a_timeout_ends_the_whole_group() {
    let mut world = World::new();
    let script = "sleep 300 & echo $! > pids; (trap '' TERM; echo begun; sleep 300) & echo $! >> pids; wait";
    let started = Instant::now();
    let done = world.sh(script, Duration::from_millis(1500));
    assert_eq!(done.end, ExecEnd::TimedOut);
    assert_eq!(done.stdout.text, "begun\n", "what was printed before is kept");
    assert!(started.elapsed() < Std::from_secs(30), "{:?}", started.elapsed());
    let pids = std::fs::read_to_string(world.repository().join("pids")).unwrap();
    assert_eq!(pids.lines().count(), 2);
    for pid in pids.lines() {
        eventually("the grandchild ends", || !alive(pid));
    }
}

#[test]
fn who_heeds_the_first_signal_ends_in_its_own_way() {
    let mut world = World::new();
    let script = "trap 'sleep 0.3; echo cleaned up; exit 0' TERM; sleep 300 & wait";
    let done = world.sh(script, Duration::from_secs(1));
    assert_eq!(
        (done.end, done.stdout.text.as_str()),
        (ExecEnd::TimedOut, "cleaned up\n")
    );
}

#[test]
fn who_holds_the_pipe_holds_up_nothing_and_lives_on() {
    let mut world = World::new();
    let server = "i=0; while [ $i -lt 400 ]; do i=$((i+1)); head -c 2000 /dev/zero; echo beat >> beats; sleep 0.02; done";
    let script = format!("nohup sh -c '{server}' & echo $! > pid; echo started");
    let started = Instant::now();
    let done = world.sh(&script, LONG);
    assert!(started.elapsed() < Std::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(done.end, ExecEnd::Exited(0));
    assert!(
        done.stdout.text.starts_with("started\n"),
        "{:?}",
        &done.stdout.text[..20]
    );
    let pid = std::fs::read_to_string(world.repository().join("pid")).unwrap();
    let pid = pid.trim();
    // By then it has written more than a pipe holds.
    let beats = world.repository().join("beats");
    eventually("the server goes on", || {
        std::fs::read_to_string(&beats).is_ok_and(|text| text.lines().count() > 60)
    });
    assert!(alive(pid));
    std::process::Command::new("kill").arg(pid).status().unwrap();
}

#[test]
fn a_flood_is_fast_and_bounded() {
    let mut world = World::new();
    let mut asked = request(
        &[
            "sh",
            "-c",
            "head -c 200000000 /dev/zero | tr '\\0' x; echo the end; echo sesame >&2",
        ],
        Place::Plan,
        LONG,
    );
    asked.env = vec![("TOKEN".into(), "sesame".into())];
    asked.secrets = vec!["TOKEN".into()];
    let done = world.exec(&asked);
    assert_eq!(done.end, ExecEnd::Exited(0));
    assert_eq!(done.stdout.omitted, 200_000_008 - 1024 * 1024);
    assert!(done.stdout.text.len() < 1024 * 1024 + 16 && done.stdout.text.ends_with("xthe end\n"));
    assert_eq!(done.stderr.text, "***\n");
    assert!(done.tail.len() <= 64 * 1024);
    assert!(done.elapsed < Duration::from_secs(30), "{}", done.elapsed);
}

#[test]
fn secrets_are_hidden_also_when_they_come_in_pieces() {
    let mut world = World::new();
    let script = "printf 'a hunt'; sleep 0.2; printf 'er2-x b'; printf ' %s' \"$KEY\" >&2; printf '\\377\\0'";
    let mut asked = request(&["sh", "-eu", "-c", script], Place::Plan, LONG);
    asked.env = vec![
        ("TOKEN".into(), "hunter2-x".into()),
        ("KEY".into(), "first line of it\nsecond line of it".into()),
        ("EMPTY".into(), String::new()),
    ];
    asked.secrets = ["TOKEN", "KEY", "EMPTY", "UNSET"].map(str::to_owned).to_vec();
    let done = world.exec(&asked);
    assert_eq!(done.stdout.text, "a *** b\u{fffd}\0");
    assert_eq!(done.stderr.text, " ***");
    assert!(!done.tail.contains("hunter2") && !done.tail.contains("line of it"));
}

#[test]
fn what_does_not_start_says_why_and_what_to_do() {
    let mut world = World::new();
    std::fs::write(world.repository().join("scripts/new.sh"), "#!/bin/sh\n").unwrap();
    let cases: [(&[&str], &str); 11] = [
        (
            &["scripts/plain.sh"],
            "`scripts/plain.sh` is not executable; run `git update-index --chmod=+x",
        ),
        (
            &["scripts/windows.sh"],
            "has Windows line ends, so the system looks for an interpreter called `/bin/sh\\r`",
        ),
        (&["scripts/strange.sh"], "is to be run by `/no/such/interpreter`"),
        (&["scripts/okk.sh"], "did you mean `scripts/ok.sh`?"),
        (
            &["scripts/nowhere-near.sh"],
            "there is no `scripts/nowhere-near.sh` in the checkout of ",
        ),
        (
            &["scripts/new.sh"],
            "is in your work tree, but not in the checkout of ",
        ),
        (&["./scripts"], "`./scripts` is a directory"),
        (&["ok.sh"], "write its path: `scripts/ok.sh`"),
        (
            &["no-such-program"],
            "`no-such-program` is not on PATH; install it",
        ),
        (&["scripts/ok.sh", "a\0b"], "holds a NUL byte"),
        (&[""], "the command is empty"),
    ];
    for (words, expected) in cases {
        let done = world.in_checkout(words);
        match done.end {
            ExecEnd::NotStarted(why) => assert!(why.contains(expected), "{words:?}: {why}"),
            other => panic!("{words:?}: {other:?}"),
        }
    }
    let long = "x".repeat(200_000);
    assert!(matches!(
        world.in_checkout(&["scripts/ok.sh", &long]).end,
        ExecEnd::NotStarted(why) if why.contains("longer than the system allows")
    ));
    assert_eq!(
        world.in_checkout(&["scripts/ok.sh", "a b", "$HOME"]).stdout.text,
        "ok a b $HOME\n"
    );
}

#[test]
fn a_checkout_is_its_commit_and_is_shared_within_a_statement() {
    let mut world = World::new();
    let head = world.head();
    let script = "git rev-parse HEAD; git remote; ls; echo left >> left";
    let words = ["sh", "-eu", "-c", script];
    let first = world.in_checkout(&words);
    assert_eq!(first.stdout.text, format!("{head}\nfile\nscripts\n"));
    let again = world.in_checkout(&words);
    assert_eq!(again.stdout.text, format!("{head}\nfile\nleft\nscripts\n"));
    let other = world.in_checkout(&["sh", "-c", "ls"]);
    assert_eq!(
        other.stdout.text, "file\nscripts\n",
        "another statement has its own"
    );
    world.system.step_begins();
    assert_eq!(world.in_checkout(&words).stdout.text, first.stdout.text);
    assert_eq!(git(&world.repository(), &["status", "--porcelain"]), "");
    assert_eq!(git(&world.repository(), &["worktree", "list"]).lines().count(), 1);
}

#[test]
fn what_a_command_leaves_is_captured_as_a_tree() {
    let mut world = World::new();
    let mut asked = request(
        &[
            "sh",
            "-eu",
            "-c",
            "echo two > file; echo new > made; rm scripts/ok.sh",
        ],
        Place::Checkout(checkout(&world.head())),
        LONG,
    );
    asked.capture = true;
    let tree = world.exec(&asked).tree.unwrap();
    let again = world.exec(&asked).tree.unwrap();
    assert_eq!(tree, again, "a capture never meets a used checkout");
    let made = world.sandbox.file_in(&tree, "made").unwrap().unwrap();
    let changed = world.sandbox.file_in(&tree, "file").unwrap().unwrap();
    assert_eq!(
        (made.as_slice(), changed.as_slice()),
        (&b"new\n"[..], &b"two\n"[..])
    );
    assert_eq!(world.sandbox.file_in(&tree, "scripts/ok.sh").unwrap(), None);
}

#[test]
fn setup_runs_once_and_links_are_borrowed() {
    let mut world = World::new();
    std::fs::create_dir(world.repository().join("modules")).unwrap();
    std::fs::write(world.repository().join("modules/dependency"), "here").unwrap();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let prepared = |setup: &[&str]| CheckoutRequest {
        setup: vec![words(setup)],
        links: vec!["modules".into()],
        ..checkout(&world.head())
    };
    let (good, bad) = (
        prepared(&["sh", "-c", "echo ready >> setup-log"]),
        prepared(&["sh", "-c", "echo no such $THING; exit 4"]),
    );
    let asked = request(
        &["cat", "setup-log", "modules/dependency"],
        Place::Checkout(good),
        LONG,
    );
    for _ in 0..2 {
        assert_eq!(world.exec(&asked).stdout.text, "ready\nhere");
    }
    let mut asked = request(&["true"], Place::Checkout(bad), LONG);
    asked.env = vec![("THING".into(), "pass-phrase".into())];
    asked.secrets = vec!["THING".into()];
    match world.exec(&asked).end {
        ExecEnd::NoCheckout(why) => {
            assert!(
                why.contains("`setup` in the checkout of") && why.contains("exit status 4"),
                "{why}"
            );
            assert!(why.contains("\n  no such ***"), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_directory_stays_inside_its_place() {
    let mut world = World::new();
    std::os::unix::fs::symlink("/", world.repository().join("out")).unwrap();
    std::fs::create_dir(world.repository().join("web")).unwrap();
    let mut asked = request(&["pwd"], Place::Plan, LONG);
    for (directory, expected) in [
        ("out", "leads out of the directory of the plan"),
        ("../remote.git", "leads out of the directory of the plan"),
        (
            "absent",
            "there is no directory `absent` in the directory of the plan",
        ),
        ("file", "there is no directory `file`"),
    ] {
        asked.directory = Some(directory.into());
        assert!(
            matches!(&world.exec(&asked).end, ExecEnd::NotStarted(why) if why.contains(expected)),
            "{directory}"
        );
    }
    asked.directory = Some("web".into());
    assert!(world.exec(&asked).stdout.text.ends_with("/repository/web\n"));
}

#[test]
fn an_interrupt_ends_commands_and_waits() {
    let mut world = World::new();
    let flag = Arc::new(AtomicBool::new(false));
    world.system = relplan::host::System::new(world.repository(), "Ann <ann@example.com>")
        .interrupted_by(Arc::clone(&flag));
    let setter = Arc::clone(&flag);
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Std::from_millis(200));
        setter.store(true, Ordering::SeqCst);
    });
    let started = Instant::now();
    let done = world.sh("echo $$ > pid; echo begun; sleep 300", LONG);
    thread.join().unwrap();
    assert_eq!(
        (done.end, done.stdout.text.as_str()),
        (ExecEnd::Interrupted, "begun\n")
    );
    assert!(started.elapsed() < Std::from_secs(5));
    let pid = std::fs::read_to_string(world.repository().join("pid")).unwrap();
    eventually("it ends", || !alive(pid.trim()));
    assert!(world.system.interrupted());
    assert_eq!(world.system.sleep(Duration::from_secs(60)), Waited::Interrupted);
}

#[test]
fn waits_pass_or_are_declined() {
    let mut world = World::new();
    let before = world.system.now();
    assert_eq!(world.system.sleep(Duration::from_millis(120)), Waited::Full);
    assert!(world.system.now().millis - before.millis >= 120);
    assert!(before.offset_minutes.abs() <= 14 * 60);
    world.system = relplan::host::System::new("/", "Ann <ann@example.com>").no_wait(true);
    assert_eq!(world.system.sleep(LONG), Waited::Declined);
    assert_eq!(world.system.pause(Duration::from_millis(1)), Waited::Full);
}
