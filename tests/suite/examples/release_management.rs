//! `examples/05-release-management`: a feature, a release and a hot fix, each forward and back, and the five edge
//! cases of the runbook, with traffic that is really divided.

use std::path::PathBuf;
use std::time::Duration;

use super::{Example, Ran, text};

const QUICK: [&str; 6] = [
    "--set",
    "watch=200ms",
    "--set",
    "sample=50ms",
    "--set",
    "patience=300ms",
];

fn example() -> Example {
    Example::build("05-release-management")
}

fn with(first: &[&str], quick: &[&str], sets: &[&str]) -> Vec<String> {
    let sets = sets.iter().flat_map(|set| ["--set", *set]);
    let all = first.iter().copied().chain(quick.iter().copied()).chain(sets);
    all.map(str::to_owned).collect()
}

fn rel(example: &Example, args: &[String]) -> Ran {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    example.rel(&args)
}

fn feature(example: &Example, sets: &[&str]) -> Ran {
    let first = ["apply", "feature.rel", "--yes", "--set", "review=elsewhere"];
    rel(example, &with(&first, &[], sets))
}

fn release(example: &Example, sets: &[&str]) -> Ran {
    let first = ["apply", "release.rel", "--yes", "--set", "review=elsewhere"];
    rel(example, &with(&first, &QUICK, sets))
}

fn hotfix(example: &Example, sets: &[&str]) -> Ran {
    rel(example, &with(&["apply", "hotfix.rel", "--yes"], &QUICK, sets))
}

/// What a script of the repository prints; it must succeed.
fn script(example: &Example, args: &[&str]) -> String {
    let mut command = example.command("sh", &example.repository());
    let output = command.args(args).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

fn runs(example: &Example, environment: &str) -> String {
    script(example, &["scripts/running-version.sh", environment])
}

/// The commits that twenty users in a row meet, asked through the router.
fn met(example: &Example) -> Vec<String> {
    let router = example.world().join("router");
    let ask = || {
        let mut command = example.command(router.to_str().unwrap(), &example.world());
        let output = command.args(["ask", "production", "/running"]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    };
    (0..20).map(|_| ask()).collect()
}

/// Everything that a failed release must leave as it was.
fn everything(example: &Example) -> [String; 4] {
    let weights = std::fs::read_to_string(example.world().join("production/weights")).unwrap();
    [
        example.git("remote.git", &["show-ref"]),
        runs(example, "staging"),
        runs(example, "production"),
        weights,
    ]
}

/// Where the run waits for somebody who resolves a conflict.
fn scratch(ran: &Ran) -> PathBuf {
    let words = ran.said.split_whitespace();
    let mut paths = words
        .map(|word| PathBuf::from(word.trim_matches(['`', '.', ',', ':', '"', '\''])))
        .filter(|path| path.is_absolute() && path.join("lib/price.sh").exists());
    paths.next().unwrap_or_else(|| panic!("{}", ran.said))
}

/// A person writes down how prices and tax are to be, and commits.
fn resolve(example: &Example, ran: &Ran, price: &str) {
    let checkout = scratch(ran);
    std::fs::write(checkout.join("lib/price.sh"), price).unwrap();
    let script =
        "git add lib/price.sh && git -c user.name=Frank -c user.email=frank@example.com commit -q -m both";
    let mut command = example.command("sh", &checkout);
    let output = command.args(["-eu", "-c", script]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn the_plans_are_silent_to_check_and_change_nothing_to_plan() {
    let example = example();
    let before = everything(&example);
    let laid_out = example.rel(&[
        "fmt",
        "--check",
        "feature.rel",
        "release.rel",
        "hotfix.rel",
        "delivery.rel",
    ]);
    assert_eq!(laid_out.code, 0, "{}", laid_out.said);
    for plan in ["feature.rel", "release.rel", "hotfix.rel"] {
        let checked = example.rel(&["check", plan, "--deny", "warnings"]);
        assert_eq!((checked.code, checked.said.as_str()), (0, ""), "{plan}");
        let planned = example.rel(&["plan", plan]);
        assert_eq!(planned.code, 0, "{}", planned.said);
        assert!(
            planned.said.contains("This plan goes through."),
            "{}",
            planned.said
        );
    }
    assert_eq!(everything(&example), before);
    example.sound();
}

#[test]
fn a_feature_is_integrated_and_shown_on_staging_and_taken_off_again() {
    let example = example();
    let (before, staged) = (example.remote("develop^{tree}"), runs(&example, "staging"));
    let ran = feature(&example, &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!(
        example.remote("develop^2"),
        example.remote("feature/express-delivery")
    );
    assert_eq!(runs(&example, "staging"), example.remote("develop"));
    assert_eq!(runs(&example, "production"), example.remote("v1.4.0^{commit}"));
    assert_eq!(example.mail("developers").len(), 1);

    let back = example.rel(&["rollback", "integrate", "--plan", "feature.rel", "--yes"]);
    assert_eq!(back.code, 0, "{}", back.said);
    assert_eq!(example.remote("develop^{tree}"), before);
    assert_eq!(runs(&example, "staging"), staged);
    example.sound();
}

#[test]
fn without_anybody_to_ask_a_feature_waits_for_its_review() {
    let example = example();
    let before = everything(&example);
    let ran = feature(&example, &["review=ask"]);
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert!(ran.said.contains("review"), "{}", ran.said);
    assert_eq!(everything(&example)[1..], before[1..]);
    assert_eq!(
        example.remote("develop"),
        example.remote("feature/express-delivery~1")
    );
}

#[test]
fn scenario_1_failed_tests_stop_a_feature_before_it_is_merged() {
    let example = example();
    let before = everything(&example);
    let ran = feature(&example, &["feature=feature/broken"]);
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert!(ran.said.contains("tests/discount.test.sh"), "{}", ran.said);
    assert_eq!(everything(&example), before);
    example.sound();
}

#[test]
fn scenario_2_a_busy_environment_is_tried_again() {
    let example = example();
    let lock = example.world().join("production/deploying");
    std::fs::create_dir(&lock).unwrap();
    let other = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1200));
        std::fs::remove_dir(lock).unwrap();
    });
    let ran = release(&example, &["rollout=blue-green", "patience=1s"]);
    other.join().unwrap();
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!(runs(&example, "production"), example.remote("main"));
    example.sound();
}

#[test]
fn scenario_2_a_deployment_that_never_succeeds_is_rolled_back() {
    let example = example();
    let before = everything(&example);
    let (main, develop) = (example.remote("main^{tree}"), example.remote("develop^{tree}"));
    std::fs::write(example.world().join("production/quota"), "1\n").unwrap();
    let ran = release(&example, &[]);
    assert_eq!(ran.code, 4, "{}", ran.said);
    assert!(
        ran.said.contains("more than the quota of production"),
        "{}",
        ran.said
    );
    assert_eq!(example.remote("main^{tree}"), main);
    assert_eq!(example.remote("develop^{tree}"), develop);
    assert_eq!(everything(&example)[2], before[2]);
    assert!(met(&example).iter().all(|commit| *commit == before[2]));
    assert_eq!(example.mail("stakeholders"), ["v1.5.0 was taken back.\n"]);
    example.sound();
}

#[test]
fn scenario_3_a_conflict_is_known_beforehand_and_resolved_by_a_person() {
    let example = example();
    let before = everything(&example);
    let refused = feature(&example, &["feature=feature/clash"]);
    assert_eq!(refused.code, 1, "{}", refused.said);
    assert!(refused.said.contains("lib/price.sh"), "{}", refused.said);
    assert_eq!(everything(&example), before);

    let paused = feature(&example, &["feature=feature/clash", "conflicts=pause"]);
    assert_eq!(paused.code, 3, "{}", paused.said);
    assert_eq!(everything(&example)[1..], before[1..]);
    let both =
        "price() { total=$(($1 * ($2 - $2 / 20 - $2 / 10))); }\ntax() { taxed=$(($1 * 121 / 100)); }\n";
    resolve(&example, &paused, both);
    let resumed = example.rel(&["resume", "--plan", "feature.rel", "--yes"]);
    assert_eq!(resumed.code, 0, "{}", resumed.said);
    assert_eq!(
        example.git("remote.git", &["show", "develop:lib/price.sh"]),
        both.trim_end()
    );
    assert_eq!(runs(&example, "staging"), example.remote("develop"));
    example.sound();
}

#[test]
fn scenario_4_environments_that_differ_stop_the_release_until_they_are_provisioned() {
    let example = example();
    let settings = example.world().join("production/settings");
    std::fs::write(&settings, "currency=EUR\nworkers=1\n").unwrap();
    let before = everything(&example);
    let ran = release(&example, &[]);
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert!(ran.said.contains("gate parity"), "{}", ran.said);
    assert_eq!(everything(&example), before);

    let ran = release(&example, &["provision=yes", "rollout=blue-green"]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert!(
        std::fs::read_to_string(settings)
            .unwrap()
            .ends_with("workers=3\n"),
        "as the commit says"
    );
}

#[test]
fn a_canary_grows_to_everybody_and_is_switched_back() {
    let example = example();
    assert_eq!(feature(&example, &[]).code, 0);
    let (main, before) = (example.remote("main^{tree}"), runs(&example, "production"));
    let ran = release(&example, &["flag=on"]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    for share in ["✓ shift 10%", "✓ shift 50%", "✓ shift 100%"] {
        assert!(ran.said.contains(share), "{}", ran.said);
    }
    let released = example.remote("v1.5.0^{commit}");
    assert_eq!(example.remote("main"), released);
    assert!(met(&example).iter().all(|commit| *commit == released));
    // Two for 12.50, delivered on the next day for five, and the tax.
    let health = script(&example, &["scripts/health.sh", "production", "candidate"]);
    assert!(health.contains(r#""receipt":3630"#), "{health}");
    example.sound();

    let back = example.rel(&["rollback", "release", "--plan", "release.rel", "--yes"]);
    assert_eq!(back.code, 0, "{}", back.said);
    assert_eq!(example.remote("main^{tree}"), main);
    assert!(met(&example).iter().all(|commit| *commit == before));
    let flag = example.world().join("production/green/state/flag-express");
    assert!(!flag.exists());
    example.sound();
}

#[test]
fn a_release_that_only_users_find_wanting_is_taken_from_them() {
    for rollout in ["canary", "blue-green"] {
        let example = example();
        let (main, before) = (example.remote("main^{tree}"), runs(&example, "production"));
        let develop = example.remote("develop^{tree}");
        let sets = ["source=release/leaky", "watch=4s", &format!("rollout={rollout}")];
        let ran = release(&example, &sets);
        assert_eq!(ran.code, 4, "{}", ran.said);
        assert!(ran.said.contains("orders failed"), "{}", ran.said);
        assert!(
            !ran.said.contains("✓ shift 50%") || rollout == "blue-green",
            "nine in ten never met it: {}",
            ran.said
        );
        assert_eq!(example.remote("main^{tree}"), main);
        assert_eq!(example.remote("develop^{tree}"), develop);
        assert_eq!(runs(&example, "production"), before);
        assert!(met(&example).iter().all(|commit| *commit == before));
        assert_eq!(example.mail("stakeholders"), ["v1.5.0 was taken back.\n"]);
        example.sound();
    }
}

#[test]
fn a_hot_fix_reaches_production_and_both_branches() {
    for sets in [
        ["rollout=blue-green", "conflicts=refuse"],
        ["rollout=canary", "conflicts=ours"],
        ["rollout=blue-green", "conflicts=theirs"],
    ] {
        let example = example();
        let ran = hotfix(&example, &sets);
        assert_eq!(ran.code, 0, "{}", ran.said);
        let fixed = example.remote("v1.4.1^{commit}");
        assert_eq!(example.remote("main"), fixed);
        assert!(met(&example).iter().all(|commit| *commit == fixed));
        example.git("remote.git", &["merge-base", "--is-ancestor", "main", "develop"]);
        let order = example.git("remote.git", &["show", "develop:lib/order.sh"]);
        assert!(order.contains("-lt 4"), "{order}");
        assert_eq!(runs(&example, "staging"), example.remote("develop"));
        example.sound();
    }
}

#[test]
fn a_hot_fix_is_taken_back_from_production_and_both_branches() {
    let example = example();
    let trees = ["main^{tree}", "develop^{tree}"];
    let (before, staged, served) = (
        trees.map(|tree| example.remote(tree)),
        runs(&example, "staging"),
        runs(&example, "production"),
    );
    assert_eq!(hotfix(&example, &[]).code, 0);
    let alone = example.rel(&["rollback", "fix", "--plan", "hotfix.rel", "--yes"]);
    assert_ne!(alone.code, 0, "develop has it: {}", alone.said);
    assert_ne!(runs(&example, "production"), served);

    let args = ["rollback", "fix", "--cascade", "--plan", "hotfix.rel", "--yes"];
    let back = example.rel(&args);
    assert_eq!(back.code, 0, "{}", back.said);
    assert_eq!(trees.map(|tree| example.remote(tree)), before);
    assert_eq!(runs(&example, "staging"), staged);
    assert!(met(&example).iter().all(|commit| *commit == served));
    example.sound();
}

#[test]
fn scenario_5_a_hot_fix_that_develop_contradicts_is_settled_by_a_person_and_the_tests() {
    let example = example();
    let before = everything(&example);
    let refused = hotfix(&example, &["fix=hotfix/rounding"]);
    assert_eq!(refused.code, 1, "{}", refused.said);
    assert!(refused.said.contains("lib/price.sh"), "{}", refused.said);
    assert_eq!(everything(&example), before);

    let paused = hotfix(&example, &["fix=hotfix/rounding", "conflicts=pause"]);
    assert_eq!(paused.code, 3, "{}", paused.said);
    assert_eq!(
        runs(&example, "production"),
        example.remote("main"),
        "production does not wait for develop"
    );
    assert_eq!(runs(&example, "staging"), before[1]);
    let both = "price() { total=$(($1 * ($2 - $2 / 10))); }\ntax() { taxed=$((($1 * 121 + 50) / 100)); }\n";
    resolve(&example, &paused, both);
    let resumed = example.rel(&["resume", "--plan", "hotfix.rel", "--yes"]);
    assert_eq!(resumed.code, 0, "{}", resumed.said);
    assert_eq!(runs(&example, "staging"), example.remote("develop"));
    example.git("remote.git", &["merge-base", "--is-ancestor", "main", "develop"]);
    example.sound();
}

#[test]
fn scenario_5_the_side_that_loses_the_fix_does_not_pass_its_tests() {
    let example = example();
    let develop = example.remote("develop");
    let ran = hotfix(&example, &["fix=hotfix/rounding", "conflicts=ours"]);
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert!(ran.said.contains("tests/rounding.test.sh"), "{}", ran.said);
    assert_eq!(example.remote("develop"), develop);
    assert_eq!(runs(&example, "production"), example.remote("main"));
}

#[test]
fn scenario_5_the_side_of_the_fix_keeps_what_develop_changed_elsewhere() {
    let example = self::example();
    let ran = hotfix(&example, &["fix=hotfix/rounding", "conflicts=theirs"]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    example.git("remote.git", &["merge-base", "--is-ancestor", "main", "develop"]);
    let price = example.git("remote.git", &["show", "develop:lib/price.sh"]);
    assert!(price.contains("121 + 50") && price.contains("$2 / 10"), "{price}");
    example.sound();
}
