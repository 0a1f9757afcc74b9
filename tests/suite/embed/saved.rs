//! Saved plans: applied exactly as they were looked at, or not at all.

use relplan::{Error, RunEnd, SavedPlan};

use super::{World, at, git};

const PLAN: &str = "plan \"ship\"\nuse \"./parts/gates.rel\"\nparam version: version = 1.0.0\nphase land {\n  merge no-ff topic into main\n  gate fine on main\n  tag v$version on main\n  push main, v$version\n  rollback revert\n}\n";

fn world() -> World {
    let world = World::new();
    world.write("release.rel", PLAN);
    world.write("parts/gates.rel", "gate fine { run \"true\" }\n");
    world
}

fn save(world: &World) -> SavedPlan {
    let mut engine = world.builder().set("version", "1.2.0").build().unwrap();
    let (report, saved) = engine.load().unwrap().plan_to_save().unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let path = world.home.path().join("saved.json");
    saved.write(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("{\n  \"version\": 1,\n"), "{text}");
    let read = SavedPlan::read(&path).unwrap();
    assert_eq!(read, saved);
    read
}

#[test]
fn a_saved_plan_is_applied_as_it_was_saved() {
    let world = world();
    let saved = save(&world);
    // What the files say by now does not count, nor do params of this engine.
    world.write("release.rel", "plan \"other\"\n");
    world.write("parts/gates.rel", "gate fine { run \"false\" }\n");
    let mut engine = world.builder().set("version", "9.9.9").build().unwrap();
    assert_eq!(engine.apply_saved(&saved).unwrap(), RunEnd::Done);
    assert_eq!(git(&world.remote(), &["tag"]), "v1.2.0");
}

#[test]
fn a_moved_ref_is_named_from_where_to_where() {
    let world = world();
    let saved = save(&world);
    let before = at(&world.remote(), "main");
    let clone = world.home.path().join("other");
    let remote = world.remote().display().to_string();
    git(world.home.path(), &["clone", "-q", &remote, "other"]);
    let theirs = [
        "-c",
        "user.name=Bob",
        "-c",
        "user.email=bob@example.com",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
    ];
    git(&clone, &theirs);
    git(&clone, &["push", "-q"]);
    let after = at(&world.remote(), "main");
    let error = world.engine().apply_saved(&saved).unwrap_err();
    let text = error.to_string();
    assert!(matches!(&error, Error::Stale { .. }), "{text}");
    assert!(
        text.contains(&format!("main: {} -> {}", &before[..8], &after[..8])),
        "{text}"
    );
    assert_eq!(error.exit_code(), 1);
    assert!(world.engine().status().unwrap().is_none(), "no run has begun");
    assert_eq!(at(&world.remote(), "main"), after);
}

#[test]
fn what_is_no_saved_plan_is_refused() {
    let world = world();
    let mut saved = save(&world);
    for (text, expected) in [
        ("", "EOF"),
        ("{}", "missing field `version`"),
        ("{\"version\": 2}", "it has format 2, and this rel reads format 1"),
        ("{\"version\": 1}", "missing field"),
        ("plan \"x\"", "expected value"),
    ] {
        let error = SavedPlan::parse("saved.json", text.as_bytes()).unwrap_err();
        assert!(
            error.to_string().contains(expected) && error.exit_code() == 2,
            "{text}: {error}"
        );
    }
    saved.digest = "0".repeat(64);
    let error = world.engine().apply_saved(&saved).unwrap_err();
    assert!(matches!(&error, Error::OtherMeaning { .. }), "{error}");
    let error = SavedPlan::read(&world.home.path().join("absent")).unwrap_err();
    assert!(error.to_string().contains("there is no such file"), "{error}");
}
