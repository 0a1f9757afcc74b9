//! The file: durable, private, exclusive, and honest about what it cannot read.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::{begun, finished, started};
use relplan::journal::{Event, JournalError, Journals, Outcome, Record, RunState, Sink};

const AT: i64 = 1_767_268_800_000;

fn journals() -> (tempfile::TempDir, Journals) {
    let home = tempfile::tempdir().unwrap();
    let journals = Journals::of(home.path());
    (home, journals)
}

/// A run with three records; gives its id and the path of its file.
fn written(home: &tempfile::TempDir, journals: &Journals) -> (String, std::path::PathBuf) {
    let (run, mut store) = journals.create(AT).unwrap();
    for event in [started(&run), begun("one"), finished(Outcome::Done)] {
        store.record(AT, event).unwrap();
    }
    let path = home.path().join("rel/runs").join(&run).join("journal.jsonl");
    (run, path)
}

#[test]
fn ids_sort_by_time_and_then_by_number() {
    let (_home, journals) = journals();
    let mut made = Vec::new();
    for _ in 0..12 {
        made.push(journals.create(AT).unwrap().0);
    }
    made.push(journals.create(AT + 1_000).unwrap().0);
    assert_eq!(
        (made[0].as_str(), made[1].as_str()),
        ("20260101T120000Z", "20260101T120000Z-2")
    );
    assert_eq!(journals.runs().unwrap(), made, "the tenth comes after the second");
}

#[test]
fn what_is_recorded_is_there_and_goes_on() {
    let (home, journals) = journals();
    let (run, path) = written(&home, &journals);
    let records = journals.read(&run).unwrap();
    assert_eq!(
        records.iter().map(|record| record.seq).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    let (taken, mut store) = journals.take_up(&run).unwrap();
    assert_eq!(taken, records);
    let record = store.record(AT + 5, finished(Outcome::Aborted)).unwrap();
    assert_eq!(record.seq, 3);
    assert_eq!(journals.read(&run).unwrap().last(), Some(&record));
    assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 4);
}

#[test]
fn files_are_for_their_owner_alone() {
    let (home, journals) = journals();
    let (run, path) = written(&home, &journals);
    let _lock = (journals.lock().unwrap(), journals.lock_run(&run).unwrap());
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&home.path().join("rel")), 0o700);
    assert_eq!(mode(&home.path().join("rel/lock")), 0o600);
}

#[test]
fn a_line_torn_anywhere_is_cut_off_and_said() {
    let (home, journals) = journals();
    let (run, path) = written(&home, &journals);
    let whole = std::fs::read(&path).unwrap();
    let last = whole[..whole.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap()
        + 1;
    for length in [last + 1, last + 9, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(journals.read(&run).unwrap().len(), 2, "{length}");
        let (records, mut store) = journals.take_up(&run).unwrap();
        assert_eq!(records.len(), 3, "{length}");
        let Event::Warning { message, .. } = &records[2].event else {
            panic!("{records:?}")
        };
        assert!(
            message.contains("cut off") && message.contains("did not happen"),
            "{message}"
        );
        store.record(AT, finished(Outcome::Done)).unwrap();
        assert_eq!(journals.read(&run).unwrap().len(), 4, "{length}");
    }
}

#[test]
fn any_other_damage_is_an_error_that_names_file_and_line() {
    let (home, journals) = journals();
    let (run, path) = written(&home, &journals);
    let whole = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let damaged = [
        (format!("{}\n{{oops\n{}\n", lines[0], lines[2]), 2),
        (format!("{}\n{}\n", lines[0], lines[2]), 2),
        (format!("{}\n{}\n\n{}\n", lines[0], lines[1], lines[2]), 3),
        (whole.replace("phase-started", "phase-invented"), 2),
        (whole.replacen("\"seq\":1", "\"seq\":7", 1), 2),
    ];
    for (text, line) in damaged {
        std::fs::write(&path, &text).unwrap();
        let error = journals.read(&run).unwrap_err();
        assert!(
            matches!(error, JournalError::Corrupt { line: found, .. } if found == line),
            "{error}: {text}"
        );
        let said = error.to_string();
        assert!(
            said.contains(&path.display().to_string()) && said.contains(&format!("line {line}")),
            "{said}"
        );
        assert!(journals.take_up(&run).is_err());
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            text,
            "nothing is mended that nobody understands"
        );
    }
}

#[test]
fn another_format_is_said_whatever_else_it_has() {
    let (home, journals) = journals();
    let (run, path) = written(&home, &journals);
    std::fs::write(&path, "{\"event\":\"began\",\"version\":9,\"shape\":[1]}\n").unwrap();
    let error = journals.read(&run).unwrap_err();
    assert!(matches!(error, JournalError::Format { found: 9, .. }), "{error}");
    assert!(error.to_string().contains("use the rel that wrote it"), "{error}");
}

#[test]
fn a_run_that_is_not_there_and_a_name_that_is_none() {
    let (home, journals) = journals();
    written(&home, &journals);
    std::fs::write(home.path().join("journal.jsonl"), "").unwrap();
    for run in ["20200101T000000Z", "../..", "/", ""] {
        for error in [
            journals.read(run).unwrap_err(),
            journals.take_up(run).unwrap_err(),
        ] {
            assert!(matches!(error, JournalError::NoRun { .. }), "{run}: {error}");
        }
    }
}

#[test]
fn where_nothing_can_be_written_nothing_begins() {
    let (home, journals) = journals();
    // A file stands where the directory should be: this holds for root as well.
    std::fs::write(home.path().join("rel"), "").unwrap();
    for error in [journals.create(AT).unwrap_err(), journals.lock().unwrap_err()] {
        let said = error.to_string();
        assert!(
            said.contains("rel changes nothing that it cannot write down first"),
            "{said}"
        );
    }
}

/// A child of this test binary, under a limit on the size of files.
#[test]
#[ignore = "run by `a_write_that_fails_is_the_last`"]
fn write_until_it_fails() {
    let root = std::env::var("REL_TEST_ROOT").expect("run by another test");
    let (run, mut store) = Journals::of(std::path::Path::new(&root)).create(AT).unwrap();
    store.record(AT, started(&run)).unwrap();
    let mut written = 1;
    let error = loop {
        match store.record(AT, begun("one")) {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::File { .. }), "{error}");
    let again = store.record(AT, finished(Outcome::Done)).unwrap_err();
    assert!(matches!(again, JournalError::Broken { .. }), "{again}");
    println!("written {written} in {run}");
}

#[test]
fn a_write_that_fails_is_the_last() {
    let (home, journals) = journals();
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "journal::store::write_until_it_fails",
            "--ignored",
            "--nocapture",
        ])
        .env("REL_TEST_ROOT", home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line = said
        .lines()
        .find_map(|line| Some(line.split_once("written ")?.1))
        .expect(&said);
    let (written, run) = line.split_once(" in ").unwrap();
    let whole = written.parse::<usize>().unwrap();
    // What the failed write left is gone, and the run goes on.
    let (records, mut store) = journals.take_up(run.trim()).unwrap();
    assert_eq!(records.len(), whole);
    store.record(AT, finished(Outcome::Aborted)).unwrap();
    assert_eq!(journals.read(run.trim()).unwrap().len(), whole + 1);
}

#[test]
fn one_acts_at_a_time_and_the_other_learns_who() {
    let (_home, journals) = journals();
    let (run, _store) = journals.create(AT).unwrap();
    let held = journals.lock_run(&run).unwrap();
    let refused = journals.lock_run(&run).unwrap_err().to_string();
    let own = format!("process {} at the run {run}", std::process::id());
    assert!(
        refused.contains("another rel is at work") && refused.contains(&own),
        "{refused}"
    );
    let mut repository = journals.lock().expect("a run's own lock holds nobody else back");
    repository.taken_for("20260101T120000Z-7").unwrap();
    let refused = journals.lock().unwrap_err().to_string();
    assert!(refused.contains("at the run 20260101T120000Z-7)"), "{refused}");
    drop(held);
    journals.lock_run(&run).unwrap();
}

/// A child of this test binary that takes the lock, says so, and keeps it until it is ended.
#[test]
#[ignore = "run by `a_lock_ends_with_its_process`"]
fn hold_the_lock() {
    let root = std::env::var("REL_TEST_LOCK").expect("run by another test");
    let _lock = Journals::of(std::path::Path::new(&root)).lock().unwrap();
    println!("held");
    std::thread::sleep(std::time::Duration::from_secs(60));
}

#[test]
fn a_lock_ends_with_its_process() {
    let (home, journals) = journals();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "journal::store::hold_the_lock",
            "--ignored",
            "--nocapture",
        ])
        .env("REL_TEST_LOCK", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("held") {
        line.clear();
        let read = std::io::BufRead::read_line(&mut output, &mut line).unwrap();
        assert!(read > 0, "the child ended without the lock");
    }
    let refused = journals.lock().unwrap_err().to_string();
    assert!(refused.contains(&format!("process {}", child.id())), "{refused}");
    child.kill().unwrap();
    child.wait().unwrap();
    journals.lock().unwrap();
}

#[test]
fn a_record_survives_its_way_through_the_file() {
    let (home, journals) = journals();
    let (run, _) = written(&home, &journals);
    let records: Vec<Record> = journals.read(&run).unwrap();
    for record in &records {
        let line = serde_json::to_string(record).unwrap();
        assert_eq!(&serde_json::from_str::<Record>(&line).unwrap(), record);
    }
    assert_eq!(RunState::replay(&records).outcome, Some(Outcome::Done));
}
