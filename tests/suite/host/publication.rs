//! Fetching, pushing and moving refs, on a real remote.

use relplan::engine::{Ports, PublishRequest, PushRequest};
use relplan::git::{Error, FileEdit, PushOutcome, Stamp};
use relplan::journal::RefMove;
use relplan::model::Oid;

use super::{World, git};

/// A commit on top of `HEAD` that only the sandbox has.
fn staged(world: &World, content: &str) -> Oid {
    let head = world.head();
    let tree = world.sandbox.tree_of(&head).unwrap();
    let edit = FileEdit {
        path: "file".into(),
        content: Some(content.as_bytes().to_vec()),
    };
    let tree = world.sandbox.edit_tree(&tree, &[edit]).unwrap();
    let stamp = Stamp {
        name: "Ann".into(),
        email: "ann@example.com".into(),
        seconds: 1_700_000_000,
        offset_minutes: 0,
    };
    world
        .sandbox
        .commit(&tree, &[head], &stamp, &stamp, "second")
        .unwrap()
}

fn main_to(world: &World, new: &Oid) -> Vec<RefMove> {
    vec![RefMove {
        name: "refs/heads/main".into(),
        old: Some(world.head()),
        new: Some(new.clone()),
    }]
}

#[test]
fn a_publication_reaches_remote_refs_and_work_tree() {
    let mut world = World::new();
    let new = staged(&world, "two\n");
    let moves = main_to(&world, &new);
    world.system.can_publish(&mut world.sandbox, &moves).unwrap();
    let pushed = world.system.push(
        &mut world.sandbox,
        &PushRequest {
            remote: "origin".into(),
            moves: moves.clone(),
            run: "r1".into(),
        },
    );
    assert_eq!(pushed, PushOutcome::Accepted);
    assert_eq!(
        world.sandbox.at_remote("origin", "refs/heads/main"),
        Some(new.clone())
    );
    assert_ne!(world.head(), new, "the remote moves first");
    let request = PublishRequest {
        arrived: Vec::new(),
        moves: moves.clone(),
        run: "r1".into(),
        message: "rel: push main".into(),
    };
    world.system.publish(&mut world.sandbox, &request).unwrap();
    assert_eq!(world.head(), new);
    assert_eq!(
        std::fs::read_to_string(world.repository().join("file")).unwrap(),
        "two\n"
    );
    assert_eq!(git(&world.repository(), &["status", "--porcelain"]), "");
    assert_eq!(
        git(&world.home.path().join("remote.git"), &["rev-parse", "main"]),
        new.as_str()
    );

    let stale = world.system.push(
        &mut world.sandbox,
        &PushRequest {
            remote: "origin".into(),
            moves: vec![RefMove {
                old: moves[0].old.clone(),
                new: moves[0].old.clone(),
                name: moves[0].name.clone(),
            }],
            run: "r1".into(),
        },
    );
    assert!(
        matches!(stale, PushOutcome::Stale { ref found, .. } if found.as_ref() == Some(&new)),
        "{stale:?}"
    );
}

#[test]
fn changes_that_a_publication_would_overwrite_stop_it_beforehand() {
    let mut world = World::new();
    let new = staged(&world, "two\n");
    let moves = main_to(&world, &new);
    std::fs::write(world.repository().join("file"), "mine\n").unwrap();
    let refused = world.system.can_publish(&mut world.sandbox, &moves).unwrap_err();
    assert!(
        matches!(&refused, Error::DirtyWorktree { detail, .. } if detail.contains("file")),
        "{refused}"
    );
    std::fs::write(world.repository().join("file"), "one\n").unwrap();
    std::fs::write(world.repository().join("scripts/ok.sh"), "mine\n").unwrap();
    world.system.can_publish(&mut world.sandbox, &moves).unwrap();
}

#[test]
fn what_others_pushed_is_fetched_into_the_sandbox_alone() {
    let mut world = World::new();
    let other = world.home.path().join("other");
    let remote = world.home.path().join("remote.git").display().to_string();
    git(world.home.path(), &["clone", "-q", &remote, "other"]);
    let who = ["-c", "user.name=Bob", "-c", "user.email=bob@example.com"];
    let commit: Vec<&str> = who
        .iter()
        .copied()
        .chain(["commit", "-q", "--allow-empty", "-m", "theirs"])
        .collect();
    git(&other, &commit);
    git(&other, &["push", "-q"]);
    let theirs = git(&other, &["rev-parse", "HEAD"]);
    let before = git(&world.repository(), &["for-each-ref"]);
    let moved = world.system.fetch(&mut world.sandbox, "origin").unwrap();
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].new.as_ref().map(Oid::as_str), Some(theirs.as_str()));
    assert_eq!(git(&world.repository(), &["for-each-ref"]), before);
    assert!(!world.repository().join(".git/FETCH_HEAD").exists());
}
