//! `examples/01-session-cleanup`: every way forward, every way back.

use super::{Example, Ran};

const QUICK: [&str; 8] = [
    "--set",
    "review=elsewhere",
    "--set",
    "soak=400ms",
    "--set",
    "sample=50ms",
    // Other tests are busy beside this one.
    "--set",
    "slowdown=1000%",
];

fn example() -> Example {
    Example::build("01-session-cleanup")
}

fn apply(example: &Example, sets: &[&str]) -> Ran {
    let mut args = vec!["apply", "--yes"];
    args.extend(QUICK);
    args.extend(sets.iter().flat_map(|set| ["--set", *set]));
    example.rel(&args)
}

/// Makes production lose a backend from its fourth question on.
fn lose_a_backend(example: &Example) {
    std::fs::write(example.world().join("production/state/outage"), "tickets 4\n").unwrap();
}

/// What plain git makes of the same merges, in a clone of the remote as it was.
fn by_hand(example: &Example, merge: &str) -> String {
    let script = format!(
        "git clone -q remote.git by-hand && cd by-hand && git config user.name E && git config user.email e@example.com\n\
         git checkout -q main && {merge}\n\
         echo 4.5.2 >VERSION && git commit -q -a -m version && git rev-parse HEAD:claude_pm HEAD:VERSION HEAD:README.md"
    );
    let mut command = example.command("sh", &example.world());
    let output = command.args(["-eu", "-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", super::text(&output));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

fn released(example: &Example) -> String {
    let names = ["main:claude_pm", "main:VERSION", "main:README.md"];
    names.map(|name| example.remote(name)).join("\n")
}

#[test]
fn the_plan_is_silent_to_check_and_changes_nothing_to_plan() {
    let example = example();
    let checked = example.rel(&["check", "--deny", "warnings"]);
    assert_eq!((checked.code, checked.said.as_str()), (0, ""));
    let (refs, mail) = (
        example.git("remote.git", &["show-ref"]),
        example.mail("developers"),
    );
    let planned = example.rel(&["plan"]);
    assert_eq!(planned.code, 0, "{}", planned.said);
    assert!(
        planned.said.contains("This plan goes through."),
        "{}",
        planned.said
    );
    assert_eq!(example.git("remote.git", &["show-ref"]), refs);
    assert_eq!(example.mail("developers"), mail);
    assert_eq!(example.production("/running"), example.remote("v4.5.1^{commit}"));
    example.sound();
}

#[test]
fn squashed_it_is_released_and_taken_back_by_hand() {
    let example = example();
    let feature = "feature/ISS-0074-session-cleanup-fixes";
    let expected = by_hand(
        &example,
        &format!("git merge -q --squash origin/{feature} >merged && git commit -q -m squashed"),
    );
    let before = example.remote("main^{tree}");
    let history = example.remote(feature);
    let ran = apply(&example, &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);

    // One commit for the feature, one for the version; the phases stay on their branch.
    assert_eq!(released(&example), expected);
    assert_eq!(
        example.git(
            "remote.git",
            &["rev-list", "--count", "--no-merges", "v4.5.1..main"]
        ),
        "3"
    );
    assert_eq!(example.remote(feature), history);
    assert_eq!(example.remote("v4.5.2^{commit}"), example.remote("main"));
    assert_eq!(
        example.remote("development^{tree}"),
        example.remote("main^{tree}")
    );
    example.git(
        "remote.git",
        &["merge-base", "--is-ancestor", "main", "development"],
    );
    assert_eq!(
        example.git("repository", &["rev-parse", "main"]),
        example.remote("main")
    );

    // Production runs it, and says that it is well.
    assert_eq!(example.production("/running"), example.remote("main"));
    let health = example.production("/api/health");
    assert!(health.contains(r#""status":"ok","version":"4.5.2""#), "{health}");
    assert!(
        health.contains(r#""reliability":100,"open_sessions":0"#),
        "{health}"
    );
    assert_eq!(example.mail("developers").len(), 4);
    assert_eq!(
        example.mail("users"),
        ["v4.5.2 is released. Nothing needs to be migrated.\n"]
    );
    example.sound();

    let back = example.rel(&["rollback", "release", "--yes"]);
    assert_eq!(back.code, 0, "{}", back.said);
    assert_eq!(example.remote("main^{tree}"), before);
    assert_eq!(
        example.remote("development:claude_pm"),
        example.remote("feature/ISS-0074-phase-3:claude_pm"),
        "what the phases brought stays"
    );
    assert_eq!(example.production("/running"), example.remote("v4.5.1^{commit}"));
    assert!(example.production("/api/health").contains(r#""version":"4.5.1""#));
    example.sound();
}

#[test]
fn merged_with_its_history_it_is_released() {
    let example = example();
    let feature = "feature/ISS-0074-session-cleanup-fixes";
    let expected = by_hand(
        &example,
        &format!("git merge -q --no-ff --no-edit origin/{feature}"),
    );
    let ran = apply(&example, &["strategy=no-ff"]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!(released(&example), expected);
    example.git("remote.git", &["merge-base", "--is-ancestor", feature, "main"]);
    assert_eq!(example.production("/running"), example.remote("main"));
    example.sound();
}

#[test]
fn a_slow_leak_that_every_gate_likes_fails_the_soak_and_is_reverted() {
    let example = example();
    lose_a_backend(&example);
    let before = example.remote("main^{tree}");
    let ran = apply(
        &example,
        &["soak=5s", "strategy=no-ff", "feature=feature/ISS-0074-slow-leak"],
    );
    assert_eq!(ran.code, 4, "{}", ran.said);
    assert!(
        ran.said
            .contains("the soak failed: gate `health` failed 3 times in a row"),
        "{}",
        ran.said
    );

    assert_eq!(example.remote("main^{tree}"), before);
    assert_eq!(
        example.remote("development^{tree}"),
        example.remote("development~2^{tree}"),
        "as it was before main was merged into it"
    );
    assert_eq!(
        example.git("remote.git", &["log", "-1", "--format=%s", "main"]),
        "Revert \"Land, tag, ship\""
    );
    // A tag that was pushed stays: others may have it.
    assert_eq!(example.remote("v4.5.2^{commit}"), example.remote("main~1"));
    assert_eq!(example.production("/running"), example.remote("v4.5.1^{commit}"));
    assert!(
        example
            .mail("operations")
            .contains(&"v4.5.2 was taken back (revert).\n".to_owned())
    );
    assert_eq!(example.mail("users"), Vec::<String>::new());
    example.sound();
}

#[test]
fn a_flag_takes_the_new_way_back_and_leaves_the_code() {
    for (way, of) in [("flag", "all\n"), ("service", "tickets\n")] {
        let example = example();
        lose_a_backend(&example);
        let sets = [
            "soak=5s",
            "strategy=no-ff",
            "feature=feature/ISS-0074-slow-leak",
            "service=tickets",
            &format!("way_back={way}"),
        ];
        let ran = apply(&example, &sets);
        assert_eq!(ran.code, 4, "{}", ran.said);
        assert_eq!(example.production("/running"), example.remote("main"));
        assert_eq!(example.remote("v4.5.2^{commit}"), example.remote("main"));
        let health = example.production("/api/health");
        assert!(health.contains(r#""version":"4.5.2""#), "{health}");
        assert!(health.contains(r#""handling":"legacy""#), "{health}");
        let flag = std::fs::read_to_string(example.world().join("production/state/legacy"));
        assert_eq!(flag.unwrap(), of);
        example.sound();
    }
}

#[test]
fn a_squash_of_more_than_the_phases_brought_is_a_conflict_that_the_plan_knows() {
    let example = example();
    let refs = example.git("remote.git", &["show-ref"]);
    let ran = apply(&example, &["feature=feature/ISS-0074-slow-leak"]);
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert!(
        ran.said.contains("merge main into development: a conflict in"),
        "{}",
        ran.said
    );
    assert!(ran.said.contains("nothing was changed"), "{}", ran.said);
    assert_eq!(example.git("remote.git", &["show-ref"]), refs);
    example.sound();
}

#[test]
fn a_gate_that_fails_moves_nothing_of_its_phase() {
    let example = example();
    let main = example.remote("main");
    let ran = apply(&example, &["slowdown=1%"]);
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert!(ran.said.contains("gate performance"), "{}", ran.said);
    assert_eq!(
        example.remote("development^2"),
        example.remote("feature/ISS-0074-phase-1"),
        "the first phase has landed, the second has not"
    );
    assert_eq!(
        example.git("repository", &["rev-parse", "development"]),
        example.remote("development")
    );
    assert_eq!(example.remote("main"), main);
    assert_eq!(
        example.mail("developers"),
        ["Phase 1 of ISS-0074 is on development.\n"]
    );
    example.sound();
}

#[test]
fn without_anybody_to_ask_it_waits_for_the_review() {
    let example = example();
    let main = example.remote("main");
    let ran = apply(&example, &["review=ask"]);
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert!(ran.said.contains("review"), "{}", ran.said);
    assert_eq!(example.remote("main"), main);
    assert_eq!(example.git("remote.git", &["tag"]), "v4.5.1");
    let status = example.rel(&["status"]);
    assert!(status.said.contains("review"), "{}", status.said);
    assert_eq!(example.rel(&["abort", "--yes"]).code, 2, "abort asks nothing");
    let aborted = example.rel(&["abort"]);
    assert_eq!(aborted.code, 0, "{}", aborted.said);
    assert_eq!(example.remote("main"), main);
    example.sound();
}
