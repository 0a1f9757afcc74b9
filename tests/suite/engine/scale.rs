//! Long plans; how their time grows is measured in `benches/scale.rs`.

use std::fmt::Write as _;

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

#[test]
fn a_long_chain_of_phases_is_simulated_to_its_end() {
    let world = World::new();
    let phases = 250;
    let report = world.simulate(&plan(&chain(phases)));
    assert!(report.problems.is_empty(), "{:#?}", report.problems);
    assert_eq!(report.phases.len(), phases);
    for phase in &report.phases {
        let way_back = &phase.rollback.tried;
        assert!(
            !way_back.is_empty() && way_back.iter().all(|trial| trial.restores),
            "{}: {way_back:#?}",
            phase.name
        );
    }
}
