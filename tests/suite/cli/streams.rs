//! Where things are said: colours, quiet, closed pipes, control characters, saved plans, statuses.

use std::io::Write as _;
use std::process::Stdio;

use super::World;

#[test]
fn colours_only_where_they_are_wanted() {
    let world = World::new();
    let plain = world.says(&["plan"], 0);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let colored = world.says(&["plan", "--color", "always"], 0);
    assert!(colored.contains("\u{1b}[1mland\u{1b}[0m"), "{colored}");
    let output = world
        .command("rel")
        .args(["plan"])
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(!output.stdout.contains(&0x1b));
    let ascii = world
        .command("rel")
        .args(["plan"])
        .env("LANG", "C")
        .output()
        .unwrap();
    assert!(
        ascii.stdout.is_ascii(),
        "{}",
        String::from_utf8_lossy(&ascii.stdout)
    );
}

#[test]
fn every_line_fits_its_width() {
    let world = World::new();
    for (columns, args) in [("80", "plan"), ("60", "plan"), ("80", "explain"), ("80", "graph")] {
        let output = world
            .command("rel")
            .args([args])
            .env("COLUMNS", columns)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // A pipe has no width: 80 columns are taken.
        let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(long.is_empty(), "{long:#?}");
    }
}

#[test]
fn nothing_of_the_repository_drives_the_terminal() {
    let world = World::new();
    let shop = world.shop();
    world.git(&shop, &["checkout", "-q", "topic"]);
    std::fs::write(
        shop.join("greeting"),
        "hello \u{1b}]0;owned\u{7}\u{1b}[2J\nworld\n",
    )
    .unwrap();
    world.git(
        &shop,
        &[
            "-c",
            "user.name=Eve\u{1b}[31m",
            "commit",
            "-qam",
            "Subject \u{1b}[2J with more",
        ],
    );
    world.git(&shop, &["checkout", "-q", "main"]);
    let text = std::fs::read_to_string(shop.join("release.rel")).unwrap();
    let text = text.replace(
        "merge squash topic into main { message \"feat: a warmer greeting\" }",
        "merge no-ff topic into main",
    );
    // The gate's output is shown when it fails.
    let text = text.replace("contains \"hello\"", "contains \"never\"");
    std::fs::write(shop.join("other.rel"), text).unwrap();
    let plan = world.says(&["plan", "other.rel"], 0);
    assert!(plan.contains("Subject \\u{1b}[2J with more"), "{plan}");
    let output = world.rel(&["apply", "other.rel", "--yes"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\\u{1b}]0;owned\\u{7}"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let world = World::new();
    let mut child = world
        .command("rel")
        .args(["explain"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_full_disk_is_an_error() {
    // A device that takes nothing: Linux has one.
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let world = World::new();
    let output = world.command("rel").args(["plan"]).stdout(full).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("could be written to standard output"), "{said}");
}

#[test]
fn a_saved_plan_is_applied_exactly_or_not_at_all() {
    let world = World::new();
    let shop = world.shop();
    world.says(&["plan", "--out", "saved.json", "--quiet"], 0);
    world.git(&shop, &["commit", "-q", "--allow-empty", "-m", "in between"]);
    let before = world.git(&shop, &["for-each-ref"]);
    let output = world.rel(&["apply", "saved.json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("out of date") && said.contains("refs/heads/main"),
        "{said}"
    );
    assert_eq!(world.git(&shop, &["for-each-ref"]), before);

    world.says(&["plan", "--out", "saved.json", "--quiet"], 0);
    let told = world.says(&["apply", "saved.json"], 0);
    assert!(told.contains("✓ push main"), "{told}");
    let tag = world.git(
        &world.path().join("origin.git"),
        &["describe", "--exact-match", "main"],
    );
    assert_eq!(tag, "v1.1.0");
}

#[test]
fn without_a_terminal_nothing_is_asked_and_nothing_happens() {
    let world = World::new();
    let before = world.git(&world.shop(), &["for-each-ref"]);
    for args in [vec!["apply"], vec!["rollback", "land"]] {
        let output = world.rel(&args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("nobody is there to be asked") && said.contains("--yes"),
            "{said}"
        );
    }
    assert_eq!(world.git(&world.shop(), &["for-each-ref"]), before);
}

#[test]
fn standard_input_and_strange_files_can_be_checked() {
    let world = World::new();
    let mut child = world
        .command("rel")
        .args(["check", "-", "--format", "short"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"plan \"x\"\nphase a { push main }\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        output
            .stdout
            .starts_with(b"<stdin>:2:7: error[E0401] rollback-missing: ")
    );

    let shop = world.shop();
    std::fs::write(
        shop.join("long.rel"),
        format!("plan \"x\" {}\n", "y".repeat(1 << 20)),
    )
    .unwrap();
    let said = world.says(&["check", "long.rel"], 1);
    assert!(said.len() < 4_000, "{} bytes", said.len());
    std::fs::write(shop.join("deep.rel"), "phase a {".repeat(10_000)).unwrap();
    let said = world.says(&["check", "deep.rel", "--format", "short"], 1);
    assert!(said.contains("E0003"), "{said}");
    let output = world.rel(&["check", "missing.rel"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn fixes_are_written_into_the_file() {
    let world = World::new();
    let path = world.shop().join("fix.rel");
    // A byte-order mark and the mode of the file stay.
    let text = "\u{feff}plan \"x\"\nphase a\n{\n  merge topic into main\n}\n";
    std::fs::write(&path, text).unwrap();
    let before = world.says(&["check", "fix.rel", "--format", "json"], 1);
    let found: serde_json::Value = serde_json::from_str(&before).unwrap();
    let safe = found["diagnostics"].as_array().unwrap().iter().filter(|one| {
        one["fixes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|fix| fix["safe"] == true)
    });
    assert_eq!(safe.count(), 1, "{before}");
    world.says(&["check", "fix.rel", "--fix"], 0);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("\u{feff}plan \"x\"\nphase a {\n"), "{text}");
}

#[test]
fn the_demonstration_is_true_and_leaves_nothing() {
    let world = World::new();
    let scratch = world.path().join("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let output = world
        .command("rel")
        .args(["demo"])
        .env("TMPDIR", &scratch)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in [
        "E0401 rollback-missing",
        "✓ push main, v1.1.0",
        "✗ soak 10s",
        "rolled back",
        "(exit status 4)",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert_eq!(scratch.read_dir().unwrap().count(), 0, "something is left behind");

    let kept = world.path().join("kept");
    world.says(&["demo", "--keep", kept.to_str().unwrap()], 0);
    let origin = kept.join("origin.git");
    let tree = |revision: &str| world.git(&origin, &["rev-parse", &format!("{revision}^{{tree}}")]);
    assert_eq!(tree("main"), tree("v1.0.0"));
    assert_ne!(tree("main"), tree("v1.1.0"));
    world.git(&origin, &["fsck", "--strict"]);
    let again = world.rel(&["demo", "--keep", kept.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2));
}

#[test]
fn completions_and_manuals_are_printed() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(
            world.says(&["completions", shell], 0).contains("rollback"),
            "{shell}"
        );
    }
    assert!(world.says(&["man"], 0).contains(".SH NAME"));
    assert!(world.says(&["man", "apply"], 0).contains("no\\-wait"));
}

#[test]
fn an_interrupted_run_can_be_resumed() {
    let world = World::new();
    let plan = "plan \"Slow\"\ngate ok { live; run \"true\" }\nphase slow {\n  merge topic into main\n  push main\n  \
                soak 2s { gate ok every 100ms }\n  rollback revert\n}\n";
    std::fs::write(world.shop().join("slow.rel"), plan).unwrap();
    let mut child = world
        .command("rel")
        .args(["apply", "slow.rel", "--yes"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("origin/main  ") || !line.starts_with("      ") {
        line.clear();
        assert!(
            std::io::BufRead::read_line(&mut told, &mut line).unwrap() > 0,
            "the push was never told"
        );
    }
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut told, &mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains("`rel resume` goes on"), "{rest}");
    let resumed = world.says(&["resume"], 0);
    assert!(
        resumed.contains("✓ soak 2s") && resumed.contains("✓ done"),
        "{resumed}"
    );
}
