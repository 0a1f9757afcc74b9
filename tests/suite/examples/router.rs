//! `examples/router.rs`: real processes behind it, asked through it.

use std::path::Path;
use std::process::Command;

use super::{program, text};

/// What a program said, and its status.
fn say(name: &str, directory: &Path, args: &[&str]) -> (i32, String) {
    let (word, rest) = args.split_first().unwrap();
    let mut command = Command::new(program(name));
    let output = command.arg(word).arg(directory).args(rest).output().unwrap();
    (output.status.code().unwrap(), text(&output).trim_end().to_owned())
}

fn start(directory: &Path, commit: &str) {
    let release = directory.join("release");
    std::fs::create_dir_all(&release).unwrap();
    let mut command = Command::new(program("service"));
    let status = command
        .arg("start")
        .args([directory, &release])
        .env("COMMIT", commit);
    assert!(status.status().unwrap().success());
}

#[test]
fn traffic_follows_the_weights_and_fails_where_a_backend_is_gone() {
    let home = tempfile::tempdir().unwrap();
    let front = home.path();
    let router = |args: &[&str]| say("router", front, args);
    assert_eq!(router(&["count"]).0, 7, "nobody is there");
    start(&front.join("blue"), "old");
    assert_eq!(router(&["start"]), (0, String::new()));
    assert_eq!(
        router(&["ask", "/running"]),
        (22, "no backend was ever set".to_owned())
    );

    assert_eq!(
        router(&["set", "blue=90", "green=10"]),
        (22, "`green` does not run".to_owned())
    );
    start(&front.join("green"), "new");
    assert_eq!(router(&["set", "blue=90", "green=10"]).0, 0);
    let answers: Vec<String> = (0..20).map(|_| router(&["ask", "/running"]).1).collect();
    assert_eq!(answers.iter().filter(|answer| *answer == "new").count(), 2);
    assert_eq!(router(&["count"]), (0, r#"{"blue": 18, "green": 2}"#.to_owned()));

    // Weights that are none change nothing, and those that were set outlive the process.
    assert_eq!(router(&["set", "blue=90", "green=20"]).0, 22);
    assert_eq!(router(&["stop"]).0, 0);
    assert_eq!(router(&["start"]).0, 0);
    assert_eq!(
        std::fs::read_to_string(front.join("weights")).unwrap(),
        "blue=90\ngreen=10"
    );
    assert_eq!(router(&["count"]), (0, r#"{"blue": 0, "green": 0}"#.to_owned()));

    assert_eq!(router(&["set", "blue=0", "green=100"]).0, 0);
    assert_eq!(router(&["ask", "/running"]), (0, "new".to_owned()));
    assert_eq!(say("service", &front.join("green"), &["stop"]).0, 0);
    let (code, said) = router(&["ask", "/running"]);
    assert_eq!(code, 22);
    assert!(said.starts_with("`green` does not answer"), "{said}");

    assert_eq!(say("service", &front.join("blue"), &["stop"]).0, 0);
    assert_eq!(router(&["stop"]).0, 0);
}
