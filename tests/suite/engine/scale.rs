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
            "phase p{n} {after}{{ branch b{n} from main; commit on b{n} \"c{n}\" {{ write f{n} \"{n}\" }}; \
             merge no-ff b{n} into main; tag t{n} on main; push main, t{n}; rollback revert }}"
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
fn measure() {
    for n in [50, 400, 800] {
        eprintln!("{n}: {:.2}", seconds(n));
    }
}
