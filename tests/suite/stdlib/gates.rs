//! `std/gates`: each gate passes, fails and is inconclusive where its page says so.

use super::loopback::{Loopback, nobody};
use super::{End, applied};
use crate::engine::{World, git};

/// A gate asked between landing `topic` by `mode` and pushing it.
fn asked_after(world: &World, mode: &str, gate: &str) -> End {
    let text = format!(
        "use std/gates\nphase land {{\n merge {mode} topic into main\n gate {gate}\n push main\n rollback revert\n}}"
    );
    let before = world.refs();
    let (end, _) = applied(world, &text);
    match end {
        End::Done => assert_eq!(world.at_remote("main"), world.at("main")),
        _ => assert_eq!(world.refs(), before, "nothing moves without a pass"),
    }
    end
}

fn asked(world: &World, gate: &str) -> End {
    asked_after(world, "ff-only", gate)
}

#[track_caller]
fn passes(world: &World, gate: &str) {
    let end = asked(world, gate);
    assert!(matches!(end, End::Done), "{gate}: {end:?}");
}

#[track_caller]
fn fails(world: &World, gate: &str, because: &str) {
    let end = asked(world, gate);
    assert!(
        matches!(&end, End::Failed(reason) if reason.contains(because)),
        "{gate}: {end:?}"
    );
}

#[track_caller]
fn cannot_tell(world: &World, gate: &str, because: &str) {
    let end = asked(world, gate);
    assert!(
        matches!(&end, End::Inconclusive(reason) if reason.contains(because)),
        "{gate}: {end:?}"
    );
}

/// One more commit on the topic branch, pushed.
fn on_topic(world: &World, path: &str, content: &str, message: &str) {
    git(&world.work(), &["checkout", "-q", "topic"]);
    world.write(path, content);
    world.commit(message);
    git(&world.work(), &["push", "-q", "origin", "topic"]);
    git(&world.work(), &["checkout", "-q", "--detach", "main"]);
}

#[test]
fn tests_pass_asks_the_candidate_and_no_shell() {
    cannot_tell(&World::new(), "tests-pass(\"no-such-program --all\")", "");
    fails(&World::new(), "tests-pass(\"test -f missing\")", "");
    passes(&World::new(), "tests-pass(\"test -f topic-a\")");
    // Were it a shell, all of these would pass.
    fails(&World::new(), "tests-pass(\"false ; true\")", "");
    fails(&World::new(), "tests-pass(\"test -f missing || true\")", "");
    fails(&World::new(), "tests-pass('test -f $(printf topic-a)')", "");
}

#[test]
fn coverage_is_the_last_percentage() {
    let world = World::new();
    on_topic(
        &world,
        "coverage.sh",
        "echo 'file 10%'\necho 'TOTAL 84.5%'\n",
        "coverage",
    );
    fails(
        &world.copy(),
        "coverage-at-least(command: \"sh coverage.sh\", min: 85%)",
        "84.5%",
    );
    cannot_tell(
        &world.copy(),
        "coverage-at-least(command: \"true\", min: 85%)",
        "",
    );
    passes(
        &world.copy(),
        "coverage-at-least(command: \"sh coverage.sh\", min: 84.5%)",
    );
    passes(&world, "coverage-at-least(\"sh coverage.sh\")");
}

#[test]
fn a_clean_tree_has_nothing_uncommitted() {
    let world = World::new();
    world.write("left-over", "x\n");
    fails(&world.copy(), "clean-tree", "");
    world.write(".git/info/exclude", "left-over\n");
    passes(&world.copy(), "clean-tree");
    world.write("file", "changed\n");
    fails(&world, "clean-tree", "");
}

#[test]
fn generated_files_are_as_the_generator_makes_them() {
    let world = World::new();
    on_topic(
        &world,
        "generate.sh",
        "cat VERSION > generated; echo noise\n",
        "generator",
    );
    fails(&world.copy(), "unchanged-by(\"sh generate.sh\")", "");
    on_topic(&world, "generated", "1.0.0\n", "generated");
    passes(&world, "unchanged-by(\"sh generate.sh\")");
    fails(&World::new(), "unchanged-by(\"false\")", "");
}

#[test]
fn history_is_linear_without_merges() {
    passes(&World::new(), "linear-history");
    let end = asked_after(&World::new(), "no-ff", "linear-history");
    assert!(matches!(end, End::Failed(_)), "{end:?}");
    cannot_tell(&World::new(), "linear-history(since: \"topic\")", "3");
    cannot_tell(&World::new(), "linear-history(since: \"--all\")", "128");
}

#[test]
fn fixup_commits_wait_for_an_autosquash() {
    passes(&World::new(), "no-fixup-commits");
    for subject in ["fixup! topic a", "squash! topic a", "amend! topic a"] {
        let world = World::new();
        on_topic(&world, "more", "x\n", subject);
        fails(&world, "no-fixup-commits", "");
    }
    cannot_tell(&World::new(), "no-fixup-commits(since: \"topic\")", "3");
    cannot_tell(&World::new(), "no-fixup-commits(since: \"nowhere\")", "128");
}

#[test]
fn commits_are_signed_by_who_may() {
    if !crate::tools::present("git") || std::process::Command::new("ssh-keygen").output().is_err() {
        crate::tools::skipped("`ssh-keygen`");
        return;
    }
    let world = World::new();
    fails(&world.copy(), "signed-commits", "");
    let key = world.home.path().join("key");
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let signers = world.home.path().join("signers");
    std::fs::write(&signers, format!("ann@example.com {public}")).unwrap();
    let set = |name: &str, value: &str| git(&world.work(), &["config", name, value]);
    set("gpg.format", "ssh");
    set("user.signingKey", key.to_str().unwrap());
    set("gpg.ssh.allowedSignersFile", signers.to_str().unwrap());
    git(&world.work(), &["checkout", "-q", "topic"]);
    git(&world.work(), &["rebase", "-q", "--force-rebase", "-S", "main"]);
    git(&world.work(), &["push", "-q", "--force", "origin", "topic"]);
    git(&world.work(), &["checkout", "-q", "--detach", "main"]);
    passes(&world.copy(), "signed-commits");
    cannot_tell(&world.copy(), "signed-commits(since: \"topic\")", "3");
    std::fs::write(&signers, format!("bob@example.com {public}")).unwrap();
    on_topic(&world, "unsigned", "x\n", "unsigned");
    fails(&world, "signed-commits", "");
}

#[test]
fn conflict_markers_are_found_where_they_are() {
    passes(&World::new(), "no-conflict-markers");
    let world = World::new();
    on_topic(
        &world,
        "deep/notes",
        "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n",
        "oops",
    );
    fails(&world, "no-conflict-markers", "");
}

/// A service with a health page, a figure and a page that is broken.
fn service() -> Loopback {
    Loopback::serve(|request| {
        let answer = match request.line.as_str() {
            "GET /" => (200, "welcome"),
            "GET /health" => (200, r#"{"status": "ok"}"#),
            "GET /sick" => (200, r#"{"status": "degraded"}"#),
            "GET /errors" => (200, "errors 4.5\n"),
            "GET /moved" => (302, ""),
            _ => (500, "sorry"),
        };
        (answer.0, answer.1.to_owned())
    })
}

#[test]
fn what_runs_is_asked_over_http() {
    let service = service();
    let at = |path: &str| format!("{}{path}", service.url);
    passes(&World::new(), &format!("http-ok(\"{}\")", at("/")));
    fails(&World::new(), &format!("http-ok(\"{}\")", at("/broken")), "");
    assert_eq!(
        service.asked().iter().filter(|r| r.line == "GET /broken").count(),
        4,
        "three more attempts"
    );
    cannot_tell(&World::new(), &format!("http-ok(\"{}\")", nobody()), "7");
    passes(&World::new(), &format!("http-health(\"{}\")", at("/health")));
    fails(
        &World::new(),
        &format!("http-health(\"{}\")", at("/sick")),
        "degraded",
    );
    passes(
        &World::new(),
        &format!("http-health(url: \"{}\", status: \"degraded\")", at("/sick")),
    );
    cannot_tell(&World::new(), &format!("http-health(\"{}\")", at("/")), "");
    cannot_tell(&World::new(), &format!("http-health(\"{}\")", nobody()), "7");
    // An address is never an option.
    cannot_tell(&World::new(), "http-ok(\"--version\")", "6");
    fails(&World::new(), "http-ok(\"file:///etc/passwd\")", "");
}

#[test]
fn a_figure_stays_below_its_limit() {
    let service = service();
    let errors = format!("\"{}/errors\"", service.url);
    passes(&World::new(), &format!("http-metric(url: {errors}, below: 4.6)"));
    fails(
        &World::new(),
        &format!("http-metric(url: {errors}, below: 4.5)"),
        "4.5",
    );
    cannot_tell(
        &World::new(),
        &format!("http-metric(url: \"{}/health\", below: 1)", service.url),
        "",
    );
    passes(&World::new(), "metric(command: \"echo used 511 MB\", below: 512)");
    fails(&World::new(), "metric(command: \"echo 512\", below: 512)", "512");
    cannot_tell(&World::new(), "metric(command: \"echo nothing\", below: 512)", "");
}

#[test]
fn a_figure_is_held_against_what_it_was() {
    let world = World::new();
    git(&world.work(), &["checkout", "-q", "main"]);
    world.write("size", "100\n");
    world.commit("measured");
    git(&world.work(), &["push", "-q", "origin", "main"]);
    git(&world.work(), &["checkout", "-q", "topic"]);
    git(&world.work(), &["rebase", "-q", "main"]);
    git(&world.work(), &["push", "-q", "--force", "origin", "topic"]);
    on_topic(&world, "size", "105\n", "grows");
    fails(&world.copy(), "no-regression(\"cat size\")", "105");
    fails(
        &world.copy(),
        "no-regression(command: \"cat size\", allow: 104%)",
        "105",
    );
    cannot_tell(&world.copy(), "no-regression(\"cat file\")", "");
    passes(&world, "no-regression(command: \"cat size\", allow: 105%)");
}
