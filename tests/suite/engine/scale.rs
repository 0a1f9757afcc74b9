//! A thousand phases: simulated in time that grows with their number, not with its square.

use std::fmt::Write as _;
use std::time::Instant;

use super::{World, plan};

fn chain(phases: usize) -> String {
    let mut text = String::new();
    for n in 1..=phases {
        let after = if n > 1 {
            format!("after p{} ", n - 1)
        } else {
            String::new()
        };
        writeln!(
            text,
            "phase p{n} {after}{{ branch b{n} from main; commit on b{n} \"c{n}\" {{ write d{}/f{n} \"{n}\" }}; \
             merge no-ff b{n} into main; tag t{n} on main; push main, t{n}; rollback revert }}",
            n / 32
        )
        .unwrap();
    }
    text
}

fn seconds(phases: usize) -> f64 {
    let world = World::new();
    let plan = plan(&chain(phases));
    let begun = Instant::now();
    let report = world.simulate(&plan);
    assert!(report.problems.is_empty(), "{:#?}", report.problems);
    assert_eq!(report.phases.len(), phases);
    begun.elapsed().as_secs_f64()
}

#[test]
fn time_grows_with_the_plan_and_not_with_its_square() {
    seconds(10);
    // Other tests share the machine, so the better of two runs counts, and much room is left: five times the
    // plan takes five times the time, where a square would take twenty-five times.
    let best = |phases| seconds(phases).min(seconds(phases));
    let (short, long) = (best(50), best(250));
    assert!(long < short * 13.0, "50 phases in {short:.2}s, 250 in {long:.2}s");
}
