//! `std/gitflow`: each template against what plain git commands give, and stopped by its gate.

use super::{End, applied};
use crate::engine::{World, git, there, try_git};

/// `main` and `development` at the same commit, with `topic` begun from them.
fn flow() -> World {
    let world = World::new();
    git(&world.work(), &["branch", "-q", "development", "main"]);
    git(&world.work(), &["push", "-q", "-u", "origin", "development"]);
    world
}

/// A branch begun from another, with one file, pushed.
fn branch(world: &World, name: &str, from: &str, path: &str) {
    git(&world.work(), &["checkout", "-q", "-b", name, from]);
    world.write(path, "x\n");
    world.commit(path);
    git(&world.work(), &["push", "-q", "-u", "origin", name]);
    git(&world.work(), &["checkout", "-q", "--detach", "main"]);
}

fn phase(steps: &str) -> String {
    format!(
        "use std/gitflow\nprotect main\ngate tests {{ run \"test ! -f broken\" }}\nphase flow {{ {steps}; rollback revert }}"
    )
}

/// The tree that plain git makes of merging branches into a branch, one after the other.
fn merged(world: &World, into: &str, branches: &[&str]) -> String {
    let place = world.home.path().join("plain");
    let place = place.to_str().unwrap();
    git(&world.work(), &["worktree", "add", "-q", "--detach", place, into]);
    for branch in branches {
        git(place.as_ref(), &["merge", "-q", "--no-ff", "-m", "m", branch]);
    }
    let tree = git(place.as_ref(), &["rev-parse", "HEAD^{tree}"]);
    git(&world.work(), &["worktree", "remove", "--force", place]);
    tree
}

/// Whether the remote has the same commit, and where it is.
fn published(world: &World, name: &str) -> String {
    let here = world.at(name);
    assert_eq!(here, world.at_remote(name), "{name}");
    here
}

fn gone(world: &World, branch: &str) {
    let name = format!("refs/heads/{branch}");
    assert!(
        !there(&world.work(), &name) && !there(&world.remote(), &name),
        "{branch}"
    );
}

/// A gate in the way: nothing moved.
#[track_caller]
fn stopped(world: &World, steps: &str) {
    let before = world.refs();
    let (end, _) = applied(world, &phase(steps));
    assert!(
        matches!(&end, End::Failed(reason) if reason.contains("tests")),
        "{end:?}"
    );
    assert_eq!(world.refs(), before);
}

#[test]
fn a_feature_lands_and_its_branch_goes() {
    let world = flow();
    let wanted = merged(&world, "development", &["topic"]);
    let (end, _) = applied(&world, &phase("do feature(name: topic, check: tests)"));
    assert!(matches!(end, End::Done), "{end:?}");
    let landed = published(&world, "development");
    assert_eq!(git(&world.work(), &["rev-parse", "development^{tree}"]), wanted);
    assert_eq!(
        git(&world.work(), &["rev-list", "--parents", "-1", &landed])
            .split(' ')
            .count(),
        3
    );
    gone(&world, "topic");

    let world = flow();
    branch(&world, "feature/bad", "development", "broken");
    stopped(&world, "do feature(name: feature/bad, check: tests)");
}

#[test]
fn a_release_is_cut_and_finished() {
    let world = flow();
    git(&world.work(), &["checkout", "-q", "development"]);
    world.write("feature", "x\n");
    world.commit("feature");
    git(&world.work(), &["push", "-q", "origin", "development"]);
    git(&world.work(), &["checkout", "-q", "--detach", "main"]);
    let (end, _) = applied(&world, &phase("do cut-release(1.1.0)"));
    assert!(matches!(end, End::Done), "{end:?}");
    assert_eq!(published(&world, "release/1.1.0"), world.at("development"));

    let wanted = merged(&world, "main", &["release/1.1.0"]);
    let (end, _) = applied(&world, &phase("do finish-release(version: 1.1.0, check: tests)"));
    assert!(matches!(end, End::Done), "{end:?}");
    let main = published(&world, "main");
    assert_eq!(git(&world.work(), &["rev-parse", "main^{tree}"]), wanted);
    published(&world, "v1.1.0");
    assert_eq!(world.at("v1.1.0^{commit}"), main);
    published(&world, "development");
    assert!(
        try_git(
            &world.work(),
            &["merge-base", "--is-ancestor", "main", "development"]
        )
        .0
    );
    gone(&world, "release/1.1.0");
}

#[test]
fn a_release_that_fails_its_gate_moves_nothing() {
    let world = flow();
    branch(&world, "release/1.1.0", "development", "broken");
    stopped(&world, "do finish-release(version: 1.1.0, check: tests)");
}

#[test]
fn a_hotfix_comes_back_to_development() {
    let world = flow();
    branch(&world, "hotfix/login", "main", "fix");
    git(&world.work(), &["checkout", "-q", "development"]);
    world.write("coming", "x\n");
    world.commit("coming");
    git(&world.work(), &["push", "-q", "origin", "development"]);
    git(&world.work(), &["checkout", "-q", "--detach", "main"]);
    let wanted = merged(&world, "development", &["hotfix/login"]);
    let (end, _) = applied(
        &world,
        &phase("do hotfix(name: hotfix/login, version: 1.0.1, check: tests)"),
    );
    assert!(matches!(end, End::Done), "{end:?}");
    assert_eq!(world.at("v1.0.1^{commit}"), published(&world, "main"));
    published(&world, "development");
    assert_eq!(git(&world.work(), &["rev-parse", "development^{tree}"]), wanted);
    assert!(!there(&world.work(), "main:coming"), "main has the fix alone");
    gone(&world, "hotfix/login");

    let world = flow();
    branch(&world, "hotfix/bad", "main", "broken");
    stopped(
        &world,
        "do hotfix(name: hotfix/bad, version: 1.0.1, check: tests)",
    );
}
