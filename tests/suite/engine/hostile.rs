//! Hanging, flooding and missing commands; odd names; a repository that stays untouched.

use std::collections::BTreeMap;
use std::path::Path;

use super::{World, git, plan};
use relplan::engine::RunEnd;
use relplan::journal::PauseCause;

fn inconclusive(gate: &str) -> String {
    let world = World::new();
    let before = world.refs();
    let text = format!(
        "gate g {{ {gate} }}\nphase land {{ merge topic into main; gate g; push main; rollback revert }}"
    );
    let (end, _) = world.apply(&plan(&text));
    let RunEnd::Waiting {
        cause: PauseCause::Inconclusive,
        reason,
        ..
    } = end
    else {
        panic!("{end:?}")
    };
    assert_eq!(world.refs(), before);
    reason
}

#[test]
fn a_gate_that_cannot_tell_pauses() {
    assert!(inconclusive("sh 'sleep 30'; timeout 300ms").contains("timeout"));
    assert!(inconclusive("run \"no-such-command-anywhere\"").contains("could not start"));
    assert!(inconclusive("run \"sh -c 'exit 127'\"").contains("127"));
    assert!(inconclusive("run \"echo nothing\"; expect percent >= 85%").contains("nothing that fits"));
}

#[test]
fn a_flood_is_bounded() {
    let world = World::new();
    let text = "gate g { sh 'yes | head -c 20000000; echo 90%'; expect percent >= 85% }\nphase land { merge topic into main; gate g; push main; rollback revert }";
    let (end, _) = world.apply(&plan(text));
    assert_eq!(end, RunEnd::Done);
    let journal: u64 = walk(&world.work().join(".git/rel"))
        .values()
        .map(|(size, _)| size)
        .sum();
    assert!(journal < 1_000_000, "{journal} bytes of journal");
}

/// Every file below a directory: its size, and its content as a number.
fn walk(root: &Path) -> BTreeMap<String, (u64, u64)> {
    use std::hash::{DefaultHasher, Hasher};
    use std::os::unix::fs::PermissionsExt;
    let mut found = BTreeMap::new();
    let mut left = vec![root.to_owned()];
    while let Some(path) = left.pop() {
        for entry in std::fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let mut hash = DefaultHasher::new();
            hash.write_u32(meta.permissions().mode());
            if meta.is_dir() {
                left.push(path.clone());
            } else if meta.is_file() {
                hash.write(&std::fs::read(&path).unwrap());
            }
            found.insert(path.display().to_string(), (meta.len(), hash.finish()));
        }
    }
    found
}

#[test]
fn a_simulation_leaves_every_byte_as_it_was_and_runs_nothing() {
    let world = World::new();
    git(&world.work(), &["checkout", "-q", "main"]);
    world.others_push("main", "later");
    let trace = world.home.path().join("trace");
    let text = format!(
        "environment prod {{ deploy sh 'touch {0}'; current sh 'touch {0}; echo main' }}\n\
         gate g {{ run \"touch {0}\" }}\n\
         phase land {{ merge no-ff topic into main; gate g; commit on main \"c\" {{ run \"touch {0}\" }}; push main; deploy main to prod; \
         run \"touch {0}\" {{ live; undo run \"touch {0}\" }}; rollback revert }}",
        trace.display()
    );
    let plan = plan(&text);
    let before = (walk(&world.work()), walk(&world.remote()));
    let report = world.simulate(&plan);
    assert!(report.problems.is_empty(), "{:#?}", report.problems);
    assert_eq!((walk(&world.work()), walk(&world.remote())), before);
    assert!(!trace.exists(), "no command of the plan may run");
}

#[test]
fn values_never_become_words_or_shell() {
    let world = World::new();
    let log = world.home.path().join("log");
    let text = format!(
        "param note: string = \"a b; touch {0} $(touch {0}) `touch {0}` | ' x\"\n\
         phase act {{ run \"printf '<%s>' $note\" {{ live; undo run \"true\" }}; \
         sh 'printf %s \"$note\" > {0}' {{ live }}; rollback undo }}",
        log.display()
    );
    let text = text.replace("$(", "\\$(");
    let (end, records) = world.apply(&plan(&text));
    assert_eq!(end, RunEnd::Done, "{records:#?}");
    let written = std::fs::read_to_string(&log).unwrap();
    assert!(
        written.starts_with("a b; touch ") && written.ends_with("| ' x"),
        "{written}"
    );
}

#[test]
fn odd_branch_names_are_only_names() {
    let world = World::new();
    for name in ["fix/#12", "feature/$(touch,x)", "a'b\"c", "ünïcode", "x;y|z&w"] {
        git(&world.work(), &["branch", name, "topic"]);
        let quoted = name.replace('"', "\\\"").replace('$', "\\$");
        let text = format!(
            "phase land {{ branch target from main if absent; merge no-ff \"{quoted}\" into target; reset target to main }}"
        );
        assert_eq!(world.apply(&plan(&text)).0, RunEnd::Done, "{name}");
    }
    assert!(!world.work().join("x").exists());
}
