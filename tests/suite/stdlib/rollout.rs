//! `std/rollout`: what each environment serves and which share of the traffic it takes, where all goes well and
//! where a watch ends badly. The environments are files that the plan's commands write.

use super::{End, applied, lines};
use crate::engine::World;

/// Environments `staging` and `production` whose histories are the lines of two files, and a phase that ships.
fn ship(world: &World, check: &str, steps: &str, back: &str) -> (End, Vec<String>) {
    let home = world.work().display().to_string();
    let environment = |name: &str| {
        format!(
            "environment {name} {{\n deploy sh 'echo \"deploy {name} $ref\" >> \"$home/log\"; echo \"$commit\" > \"$home/{name}\"'\n \
             shift sh 'echo \"shift {name} $weight\" >> \"$home/log\"'\n current sh 'cat \"$home/{name}\"'\n}}\n"
        )
    };
    for name in ["staging", "production"] {
        world.write(name, &world.at("main"));
    }
    let text = format!(
        "use std/rollout\nuse std/rollback\nlet home = \"{home}\"\n{}{}\
         gate healthy {{ live; sh '{check}' }}\ngate idle-healthy {{ live; sh 'test ! -f \"$home/sick-idle\"' }}\n\
         phase land {{ merge topic into main; tag v2 on main; push main, v2; rollback revert }}\n\
         phase ship after land {{ {steps}; rollback {{ {back} }} }}",
        environment("staging"),
        environment("production"),
    );
    let (end, _) = applied(world, &text);
    (end, lines(world, "log"))
}

#[test]
fn staged_goes_from_one_environment_to_the_next() {
    let steps = "do staged(release: v2, to: [staging, production], check: healthy, watch: 10m, every: 5m)";
    let back = "deploy previous to production; deploy previous to staging";
    let world = World::new();
    let (end, log) = ship(&world, "true", steps, back);
    assert!(matches!(end, End::Done), "{end:?}");
    assert_eq!(log, ["deploy staging v2", "deploy production v2"]);
    for name in ["staging", "production"] {
        assert_eq!(lines(&world, name), [world.at("v2^{commit}")]);
    }

    // It is not well once it is on staging: production never sees it.
    let world = World::new();
    let before = world.at("main");
    let (end, log) = ship(&world, "! grep -q v2 \"$home/log\"", steps, back);
    assert!(
        matches!(&end, End::Back(reason) if reason.contains("healthy")),
        "{end:?}"
    );
    assert!(!log.iter().any(|line| line == "deploy production v2"), "{log:?}");
    for name in ["staging", "production"] {
        assert_eq!(lines(&world, name).join(" "), before, "{log:?}");
    }
}

#[test]
fn a_canary_takes_more_and_more_traffic() {
    let steps = "do canary(release: v2, to: production, weights: [5%, 25%, 100%], check: healthy, hold: 10m, every: 5m)";
    let back = "do traffic-back(production)";
    let world = World::new();
    let (end, log) = ship(&world, "true", steps, back);
    assert!(matches!(end, End::Done), "{end:?}");
    let wanted = [
        "deploy production v2",
        "shift production 5",
        "shift production 25",
        "shift production 100",
    ];
    assert_eq!(log, wanted);

    let world = World::new();
    let before = world.at("main");
    let (end, log) = ship(
        &world,
        "! grep -q \"shift production 25\" \"$home/log\"",
        steps,
        back,
    );
    assert!(matches!(end, End::Back(_)), "{end:?}");
    assert_eq!(log[..3], wanted[..3]);
    assert_eq!(log[3], "shift production 0", "the traffic first");
    assert!(log[4].starts_with("deploy production"), "{log:?}");
    assert_eq!(log.len(), 5, "{log:?}");
    assert_eq!(lines(&world, "production"), [before]);
}

#[test]
fn blue_green_checks_before_it_switches() {
    let steps = "do blue-green(release: v2, to: production, idle: idle-healthy, check: healthy, watch: 10m, every: 5m)";
    let back = "do traffic-back(production)";
    let world = World::new();
    let (end, log) = ship(&world, "true", steps, back);
    assert!(matches!(end, End::Done), "{end:?}");
    assert_eq!(log, ["deploy production v2", "shift production 100"]);

    // The idle side is not well: no traffic ever goes there.
    let world = World::new();
    world.write("sick-idle", "");
    let (end, log) = ship(&world, "true", steps, back);
    assert!(
        matches!(&end, End::Back(reason) if reason.contains("idle-healthy")),
        "{end:?}"
    );
    assert!(!log.iter().any(|line| line == "shift production 100"), "{log:?}");

    // It is not well with traffic.
    let world = World::new();
    let (end, log) = ship(
        &world,
        "! grep -q \"shift production 100\" \"$home/log\"",
        steps,
        back,
    );
    assert!(matches!(end, End::Back(_)), "{end:?}");
    assert_eq!(log[2], "shift production 0");
}

#[test]
fn a_template_places_the_gate_that_it_is_given_and_nothing_else() {
    let found = |argument: &str| {
        let text = format!(
            "plan \"t\"\nuse std/rollout\nenvironment production {{ deploy run \"true\"; current run \"true\" }}\n\
             gate healthy {{ live; run \"true\" }}\n\
             phase ship {{ do staged(release: main, to: [production], check: {argument}, watch: 1h); rollback {{ deploy previous to production }} }}\n"
        );
        let found = crate::check::checked(&text).diagnostics;
        found.iter().map(|d| d.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(found("healthy"), [""; 0]);
    assert!(found("helathy")[0].contains("helathy"), "{:?}", found("helathy"));
    assert!(found("5m")[0].contains("gate"), "{:?}", found("5m"));
    let text = "plan \"t\"\nlet check = 5m\nphase p { merge topic into main; gate $check; push main; rollback revert }\n";
    let found = crate::check::checked(text).diagnostics;
    assert_eq!(found[0].message, "`$check` is a duration, not a gate");
    assert_eq!(found.len(), 1, "{found:#?}");
}
