//! `examples/02-phase8-merge-to-master`: both merges, all three rollouts, and what stops each of them.

use super::{Example, Ran};

const QUICK: [&str; 7] = [
    "people=elsewhere",
    "staging_soak=600ms",
    "canary_soak=600ms",
    "half_soak=600ms",
    "production_soak=600ms",
    "stability=300ms",
    "sample=300ms",
];

fn example() -> Example {
    Example::build("02-phase8-merge-to-master")
}

fn apply(example: &Example, sets: &[&str]) -> Ran {
    let mut args = vec!["apply", "--yes"];
    args.extend(QUICK.iter().chain(sets).flat_map(|set| ["--set", *set]));
    example.rel(&args)
}

/// What the process of an environment says, or nothing where nobody answers.
fn ask(example: &Example, environment: &str, path: &str) -> Option<String> {
    say(example, "service", &["ask", environment, path])
}

fn say(example: &Example, program: &str, args: &[&str]) -> Option<String> {
    let program = example.world().join(program);
    let mut command = example.command(program.to_str().unwrap(), &example.world());
    let output = command.args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    output.status.success().then_some(said)
}

fn runs(example: &Example, environment: &str) -> Option<String> {
    ask(example, environment, "/running")
}

const STAGING: &str = "staging";
const PRODUCTION: &str = "front/production";
const CANARY: &str = "front/canary";
const FEATURE: &str = "feature/resilience-hardening";

fn old(example: &Example) -> Option<String> {
    Some(example.remote("v0.9.9^{commit}"))
}

/// What is kept of a process that was taken back.
fn evidence(example: &Example, environment: &str) -> String {
    let commit = example.remote("v1.0.0-rc1^{commit}");
    let kept = example.world().join(environment).join("evidence").join(commit);
    assert!(kept.join("log").exists());
    std::fs::read_to_string(kept.join("metrics")).unwrap()
}

/// Master, its tag and the changelog are out; the environments are as they were.
fn landed_but_not_rolled_out(example: &Example) {
    assert_eq!(example.remote("v1.0.0-rc1^{commit}"), example.remote("master"));
    assert_eq!(runs(example, STAGING), old(example));
    assert_eq!(runs(example, PRODUCTION), old(example));
    assert_eq!(runs(example, CANARY), None);
    example.remote(FEATURE);
    assert_eq!(example.mail("operations"), Vec::<String>::new());
    assert_eq!(example.mail("incidents").len(), 1);
    example.sound();
}

#[test]
fn the_plan_is_silent_to_check_and_changes_nothing_to_plan() {
    let example = example();
    let refs = example.git("remote.git", &["show-ref"]);
    let checked = example.rel(&["check", "--deny", "warnings"]);
    assert_eq!((checked.code, checked.said.as_str()), (0, ""));
    for rollout in ["staged", "direct", "canary"] {
        for strategy in ["squash", "no-ff"] {
            let sets = [format!("rollout={rollout}"), format!("strategy={strategy}")];
            let planned = example.rel(&["plan", "--set", &sets[0], "--set", &sets[1]]);
            assert_eq!(planned.code, 0, "{}", planned.said);
            let said = &planned.said;
            assert!(said.contains("This plan goes through."), "{said}");
        }
    }
    assert_eq!(example.git("remote.git", &["show-ref"]), refs);
    assert_eq!(runs(&example, PRODUCTION), old(&example));
    example.sound();
}

#[test]
fn squashed_and_staged_it_is_released_and_all_of_it_is_taken_back_by_hand() {
    let example = example();
    let before = example.remote("master^{tree}");
    let feature = example.remote(FEATURE);
    let fix = example.remote(&format!("{FEATURE}:inventario"));
    let ran = apply(&example, &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);

    // One commit for the feature, one for the version; what was squashed is kept by a tag.
    assert_eq!(example.remote("master:inventario"), fix);
    let count = ["rev-list", "--count", "v0.9.9..master"];
    assert_eq!(example.git("remote.git", &count), "3");
    assert_eq!(example.remote("archive/v1.0.0^{commit}"), feature);
    let branches = example.git("remote.git", &["branch", "--list", FEATURE]);
    assert_eq!(branches, "");
    let master = example.remote("master");
    assert_eq!(example.remote("v1.0.0^{commit}"), master);
    assert_eq!(example.remote("v1.0.0-rc1^{commit}"), master);
    assert_eq!(example.git("remote.git", &["show", "master:VERSION"]), "1.0.0");

    assert_eq!(runs(&example, STAGING), Some(master.clone()));
    assert_eq!(runs(&example, PRODUCTION), Some(master));
    let health = ask(&example, PRODUCTION, "/api/health").unwrap();
    assert!(health.contains(r#""version":"1.0.0""#), "{health}");
    assert_eq!(example.mail("operations"), ["v1.0.0 runs on production.\n"]);
    assert_eq!(example.mail("incidents"), Vec::<String>::new());
    example.sound();

    let back = example.rel(&["rollback", "land", "--cascade", "--yes"]);
    assert_eq!(back.code, 0, "{}", back.said);
    assert_eq!(example.remote("master^{tree}"), before);
    assert_eq!(example.remote(FEATURE), feature);
    assert_eq!(runs(&example, STAGING), old(&example));
    assert_eq!(runs(&example, PRODUCTION), old(&example));
    example.sound();
}

#[test]
fn merged_with_its_history_it_goes_to_production_directly() {
    let example = example();
    let feature = example.remote(FEATURE);
    let ran = apply(&example, &["rollout=direct", "strategy=no-ff"]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    example.git("remote.git", &["merge-base", "--is-ancestor", &feature, "master"]);
    assert_eq!(example.remote("master~1^2"), feature);
    assert_eq!(example.git("remote.git", &["tag", "--list", "archive/*"]), "");
    assert_eq!(runs(&example, STAGING), old(&example));
    assert_eq!(runs(&example, PRODUCTION), Some(example.remote("master")));
    example.sound();
}

#[test]
fn a_canary_gets_its_share_and_makes_room_for_production() {
    let example = example();
    let ran = apply(&example, &["rollout=canary"]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!(runs(&example, PRODUCTION), Some(example.remote("master")));
    assert_eq!(runs(&example, CANARY), None);
    assert_eq!(runs(&example, STAGING), old(&example));
    let count = say(&example, "router", &["count", "front"]).unwrap();
    assert!(count.contains(r#""canary": 0"#), "{count}");
    assert!(!count.contains(r#""production": 0"#), "{count}");
    // All traffic is production's again, and the soak's customers came through the door.
    let weights = std::fs::read_to_string(example.world().join("front/weights")).unwrap();
    assert_eq!(weights.trim_end(), "production=100\ncanary=0");
    example.sound();

    let back = example.rel(&["rollback", "land", "--cascade", "--yes"]);
    assert_eq!(back.code, 0, "{}", back.said);
    assert_eq!(
        example.remote("master^{tree}"),
        example.remote("master~3^{tree}"),
        "as it was before the merge and the version"
    );
    assert_eq!(runs(&example, PRODUCTION), old(&example));
    assert_eq!(runs(&example, CANARY), None);
    example.sound();
}

#[test]
fn a_production_without_room_leaves_no_customer_with_the_canary() {
    let example = example();
    std::fs::write(example.world().join(PRODUCTION).join("room"), "1\n").unwrap();
    let ran = apply(&example, &["rollout=canary", "strategy=no-ff"]);
    assert_eq!(ran.code, 4, "{}", ran.said);
    assert!(ran.said.contains("no room on production"), "{}", ran.said);
    landed_but_not_rolled_out(&example);
    let running = say(&example, "router", &["ask", "front", "/running"]);
    assert_eq!(running, old(&example));
}

#[test]
fn errors_fail_on_staging_and_production_never_sees_them() {
    let example = example();
    let ran = apply(&example, &["feature=feature/errors"]);
    assert_eq!(ran.code, 4, "{}", ran.said);
    assert!(ran.said.contains("percent 'errors"), "{}", ran.said);
    landed_but_not_rolled_out(&example);
    let metrics = evidence(&example, STAGING);
    assert!(metrics.contains("errors ") && !metrics.contains("errors 0.0%"));
    let asked = ask(&example, PRODUCTION, "/metrics").unwrap();
    assert!(asked.starts_with("requests 0\n"), "{asked}");
}

#[test]
fn errors_of_a_canary_reach_a_tenth_of_the_customers() {
    let example = example();
    let sets = ["rollout=canary", "feature=feature/errors", "canary_soak=5s"];
    let ran = apply(&example, &sets);
    assert_eq!(ran.code, 4, "{}", ran.said);
    landed_but_not_rolled_out(&example);
    // Three samples of ten customers each, before the third failure in a row.
    assert_eq!(evidence(&example, CANARY).lines().next(), Some("requests 3"));
    let asked = ask(&example, PRODUCTION, "/metrics").unwrap();
    assert!(asked.starts_with("requests 27\nerrors 0.0%"), "{asked}");
    let weights = std::fs::read_to_string(example.world().join("front/weights")).unwrap();
    assert_eq!(weights.trim_end(), "production=100\ncanary=0");
}

#[test]
fn a_leak_of_a_canary_is_found_while_it_has_half_of_the_traffic() {
    let example = example();
    let sets = [
        "rollout=canary",
        "feature=feature/slow-leak",
        "memory=600B",
        "half_soak=20s",
    ];
    let ran = apply(&example, &sets);
    assert_eq!(ran.code, 4, "{}", ran.said);
    assert!(ran.said.contains("size 'memory"), "{}", ran.said);
    landed_but_not_rolled_out(&example);
    // Of ten customers the canary got one, then five: 10a = a + 9a, 10b = 5b + 5b.
    let requests = |metrics: String| -> u32 {
        let first = metrics.lines().next().unwrap();
        first.strip_prefix("requests ").unwrap().parse().unwrap()
    };
    let canary = requests(evidence(&example, CANARY));
    let production = requests(ask(&example, PRODUCTION, "/metrics").unwrap());
    let tenths = (production - canary) / 8;
    assert_eq!((production - canary) % 8, 0);
    assert_eq!((canary - tenths) % 5, 0);
    assert!(tenths >= 1 && canary - tenths >= 15, "{canary} {production}");
}

#[test]
fn a_leak_that_staging_is_too_small_for_fails_production_and_is_quickly_rolled_back() {
    let example = example();
    let sets = ["feature=feature/slow-leak", "production_soak=20s"];
    let ran = apply(&example, &sets);
    assert_eq!(ran.code, 4, "{}", ran.said);
    assert!(ran.said.contains("size 'memory"), "{}", ran.said);
    let master = example.remote("master");
    assert_eq!(runs(&example, STAGING), Some(master.clone()));
    assert_eq!(runs(&example, PRODUCTION), old(&example));
    assert_eq!(example.remote("v1.0.0^{commit}"), master);
    assert!(evidence(&example, PRODUCTION).contains("errors 0.0%"));
    assert_eq!(example.mail("incidents").len(), 1);
    assert_eq!(example.mail("operations"), Vec::<String>::new());
    example.remote(FEATURE);
    example.sound();
}

#[test]
fn what_a_gate_or_a_conflict_stops_moves_nothing() {
    let example = example();
    let refs = example.git("remote.git", &["show-ref"]);
    for (sets, why) in [
        (["feature=feature/untested", "rc=1"], "not entered: export_csv"),
        (["feature=feature/conflict", "rc=1"], "a conflict in"),
        (["left_behind=100B", "rc=1"], "gate `load` failed"),
        (["people=ask", "rc=1"], "review"),
    ] {
        let ran = apply(&example, &sets);
        let code = if sets[0] == "people=ask" { 3 } else { 1 };
        assert_eq!(ran.code, code, "{}", ran.said);
        assert!(ran.said.contains(why), "{}", ran.said);
        let given_up = example.rel(&["abort"]);
        assert!(given_up.code <= 2, "{}", given_up.said);
        let now = example.git("remote.git", &["for-each-ref", "refs/heads", "refs/tags"]);
        assert_eq!(now.lines().count(), refs.lines().count());
        assert_eq!(example.git("remote.git", &["show-ref"]), refs);
        assert_eq!(runs(&example, PRODUCTION), old(&example));
        example.sound();
    }
}
