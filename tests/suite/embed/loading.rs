//! Which plan is meant, and what may be read.

use relplan::{Engine, Error};

use super::World;

const PLAN: &str = "plan \"x\"\nphase ship {\n  merge topic into main\n  push main\n  rollback revert\n}\n";

fn name_of(engine: &Engine) -> Result<String, Error> {
    let path = engine.discover()?;
    Ok(path.file_name().unwrap().to_string_lossy().into_owned())
}

#[test]
fn the_only_plan_is_meant_else_the_release_plan() {
    let world = World::new();
    let engine = world.engine();
    let error = name_of(&engine).unwrap_err();
    assert!(
        matches!(&error, Error::NoPlan { hint, .. } if hint.contains("no `.rel` file")),
        "{error}"
    );
    assert_eq!(error.exit_code(), 2);
    world.write("team.rel", "gate health { live; run \"true\" }\n");
    let error = name_of(&engine).unwrap_err();
    assert!(
        matches!(&error, Error::NoPlan { hint, .. } if hint.contains("`team.rel`")),
        "{error}"
    );
    world.write("ship.rel", PLAN);
    assert_eq!(name_of(&engine).unwrap(), "ship.rel");
    world.write("hotfix.rel", PLAN);
    let error = name_of(&engine).unwrap_err();
    assert!(
        matches!(&error, Error::AmbiguousPlan { plans, .. } if plans == "`hotfix.rel`, `ship.rel`"),
        "{error}"
    );
    world.write("release.rel", PLAN);
    assert_eq!(name_of(&engine).unwrap(), "release.rel");
}

#[test]
fn what_cannot_be_read_says_so() {
    let world = World::new();
    let mut engine = world.engine();
    std::fs::create_dir(world.repository().join("plans.rel")).unwrap();
    let long = "# ".repeat(9 * 1024 * 1024);
    world.write("long.rel", &long);
    let fifo = world.repository().join("pipe.rel");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    for (path, expected) in [
        ("absent.rel", "there is no such file"),
        ("plans.rel", "it is a directory"),
        ("long.rel", "longer than 16 MiB"),
        ("pipe.rel", "no regular file"),
    ] {
        let error = engine.load_file(path.as_ref()).unwrap_err();
        assert!(error.to_string().contains(expected), "{path}: {error}");
        assert_eq!(error.exit_code(), 2);
    }
}

#[test]
fn a_plan_that_is_not_text_is_a_finding_with_a_place() {
    let world = World::new();
    let mut engine = world.engine();
    let mut bytes = PLAN.as_bytes().to_vec();
    bytes.insert(7, 0xff);
    let checked = engine.load_text("release.rel", bytes).check();
    assert!(checked.plan.is_none() && checked.has_errors());
    let error = engine
        .load_text("release.rel", b"plan \"\xff\"".to_vec())
        .plan()
        .unwrap_err();
    assert!(error.checked().is_some() && error.exit_code() == 1, "{error}");
}

#[test]
fn what_is_used_stays_inside_the_repository() {
    let world = World::new();
    std::fs::write(
        world.home.path().join("outside.rel"),
        "gate out { live; run \"true\" }\n",
    )
    .unwrap();
    std::os::unix::fs::symlink("../outside.rel", world.repository().join("link.rel")).unwrap();
    world.write(
        "parts/inside.rel",
        "use \"./more.rel\"\ngate inside { live; run \"true\" }\n",
    );
    world.write("parts/more.rel", "gate more { live; run \"true\" }\n");
    let mut text = b"gate bad { live; run \"".to_vec();
    text.push(0xfe);
    text.extend(b"\" }\n");
    std::fs::write(world.repository().join("binary.rel"), text).unwrap();
    let mut engine = world.engine();
    let mut findings = |used: &str, gate: &str| {
        let text = format!(
            "plan \"x\"\nuse \"{used}\"\nphase ship {{\n  gate {gate}\n  merge topic into main\n  push main\n  rollback revert\n}}\n"
        );
        let checked = engine.load_text("release.rel", text).check();
        let lines = checked.diagnostics.iter().map(|finding| {
            let labels: Vec<_> = finding.labels.iter().map(|label| label.text.clone()).collect();
            format!("{} {labels:?} {:?}", finding.message, finding.help)
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(findings("./parts/inside.rel", "inside"), "");
    assert!(findings("./link.rel", "out").contains("leads out of the repository"));
    assert!(findings("./absent.rel", "out").contains("no such file"));
    assert!(findings("./binary.rel", "bad").contains("not UTF-8"));
}

#[test]
fn a_library_is_no_plan() {
    let world = World::new();
    let mut engine = world.engine();
    let mut library = engine.load_text("team.rel", "gate health { live; run \"true\" }\n");
    assert!(library.check().diagnostics.is_empty());
    let error = library.plan().unwrap_err();
    assert!(matches!(error, Error::Library { ref name } if name == "team.rel"));
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn without_a_repository_plans_are_checked_and_no_more() {
    let mut engine = Engine::builder().no_repository().build().unwrap();
    let mut plan = engine.load_text("release.rel", PLAN);
    assert!(plan.check().diagnostics.is_empty());
    assert!(matches!(plan.plan().unwrap_err(), Error::NoRepository));
    assert!(matches!(engine.status().unwrap_err(), Error::NoRepository));
}

#[test]
fn a_repository_is_optional_where_it_is_said_so() {
    let home = tempfile::tempdir().unwrap();
    let builder = || Engine::builder().repository(home.path());
    let error = builder().build().unwrap_err();
    assert!(
        error.to_string().contains("no git repository at") && error.exit_code() == 2,
        "{error}"
    );
    let mut engine = builder().repository_if_any().build().unwrap();
    assert!(
        engine
            .load_text("release.rel", PLAN)
            .check()
            .diagnostics
            .is_empty()
    );
    let error = builder().git("no-such-git").build().unwrap_err();
    assert!(
        error.to_string().contains("`no-such-git` cannot be started"),
        "{error}"
    );
    assert!(builder().git("no-such-git").repository_if_any().build().is_ok());
}
