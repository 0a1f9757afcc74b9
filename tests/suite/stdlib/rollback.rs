//! `std/rollback`: each way back, after a failure that needs it, and when it fails itself.

use super::{End, applied, lines};
use crate::engine::{World, plan, try_git};
use relplan::engine::RunEnd;

/// A phase that deploys and then fails its check; `back` is its way back.
fn text(world: &World, before: &str, back: &str) -> String {
    let home = world.work().display().to_string();
    world.write("production", &world.at("main"));
    world.write(
        "flag.sh",
        "test \"$1\" = production && test ! -f stuck && echo \"$2=$3\" >> flags\n",
    );
    format!(
        "use std/rollback\nlet home = \"{home}\"\n\
         environment production {{\n deploy sh 'echo \"$commit\" > \"$home/production\"; echo \"insert into t values (2)\" | sqlite3 \"$home/db\"'\n \
         current sh 'cat \"$home/production\"'\n backup sh 'sqlite3 \"$home/db\" \".backup $home/db.bak\"'\n \
         restore sh 'sqlite3 \"$home/db\" \".restore $home/db.bak\"'\n}}\n\
         gate healthy {{ live; run \"false\" }}\n\
         phase ship {{ merge topic into main; {before} push main; deploy main to production; gate healthy; rollback {{ {back} }} }}"
    )
}

fn sql(world: &World, statement: &str) -> String {
    let output = std::process::Command::new("sqlite3")
        .arg(world.work().join("db"))
        .arg(statement)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A world with a database of one row.
fn with_database() -> Option<World> {
    if !crate::tools::present("sqlite3") {
        return None;
    }
    let world = World::new();
    sql(&world, "create table t (n integer); insert into t values (1)");
    Some(world)
}

#[test]
fn what_ran_before_runs_again() {
    let Some(world) = with_database() else { return };
    let before = world.at("main");
    let (end, _) = applied(
        &world,
        &text(&world, "", "do redeploy-previous(production); revert"),
    );
    assert!(matches!(end, End::Back(_)), "{end:?}");
    assert_eq!(lines(&world, "production").join(" "), before);
    assert!(try_git(&world.work(), &["diff", "--quiet", &before, "main"]).0);
    assert_eq!(world.at("main"), world.at_remote("main"));
}

#[test]
fn a_feature_is_switched_off_and_the_release_stays() {
    let Some(world) = with_database() else { return };
    let back = "do feature-off(command: \"sh flag.sh production\", flag: \"check out; *\")";
    let (end, _) = applied(&world, &text(&world, "", back));
    assert!(matches!(end, End::Back(_)), "{end:?}");
    assert_eq!(lines(&world, "flags"), ["check out; *=off"]);
    assert_eq!(lines(&world, "production"), [world.at("main")]);

    // A switch that does not move needs a person.
    let Some(world) = with_database() else { return };
    world.write("stuck", "");
    let (end, _) = world.apply(&plan(&text(&world, "", back)));
    assert!(matches!(end, RunEnd::RollbackFailed { .. }), "{end:?}");
    assert_eq!(lines(&world, "flags"), [""; 0]);
}

#[test]
fn a_database_comes_back_as_it_was_saved() {
    let Some(world) = with_database() else { return };
    let before = world.at("main");
    let (end, _) = applied(
        &world,
        &text(
            &world,
            "backup production;",
            "do database-back(production); revert",
        ),
    );
    assert!(matches!(end, End::Back(_)), "{end:?}");
    assert_eq!(sql(&world, "select group_concat(n) from t"), "1");
    assert_eq!(lines(&world, "production"), [before]);

    // Without the restore, what both deployments wrote is there.
    let Some(world) = with_database() else { return };
    applied(&world, &text(&world, "", "do redeploy-previous(production)"));
    assert_eq!(sql(&world, "select group_concat(n) from t"), "1,2,2");
}
