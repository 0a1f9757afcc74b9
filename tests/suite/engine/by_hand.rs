//! `resolve ... with pause`: a person resolves, in a scratch checkout that outlives the process.

use std::path::PathBuf;

use super::{World, git, plan};
use relplan::engine::RunEnd;
use relplan::journal::PauseCause;

fn clashing() -> World {
    let world = World::new();
    git(&world.work(), &["checkout", "-q", "main"]);
    world.write("file", "one\ntwo\nmine\n");
    world.write("topic-a", "mine too\n");
    world.commit("clash");
    git(&world.work(), &["push", "-q", "origin", "main"]);
    world
}

fn place(end: RunEnd) -> (PathBuf, String) {
    let RunEnd::Waiting {
        cause: PauseCause::Conflict,
        way_out,
        ..
    } = end
    else {
        panic!("{end:?}")
    };
    let rest = way_out.strip_prefix("in ").unwrap();
    let (path, left) = rest.split_once(": ").unwrap();
    (PathBuf::from(path), left.to_owned())
}

#[test]
fn a_person_resolves_and_the_run_goes_on() {
    for statement in [
        "merge no-ff topic into main",
        "merge squash topic into main",
        "merge rebase topic into main",
    ] {
        let world = clashing();
        let before = world.refs();
        let text = format!(
            "phase land {{ {statement} {{ resolve topic-a with ours; resolve file with pause }}; push main; rollback revert }}"
        );
        let plan = plan(&text);
        let report = world.simulate(&plan);
        assert!(
            report.problems.is_empty(),
            "a person is foreseen: {:#?}",
            report.problems
        );
        assert!(
            report.phases[0].refs.iter().all(|change| !change.known),
            "and what they make is not known"
        );
        let (path, left) = place(world.apply(&plan).0);
        assert!(
            left.contains("resolve `file`") && left.contains("git commit"),
            "{left}"
        );
        assert_eq!(world.refs(), before, "nothing has moved");
        assert!(
            std::fs::read_to_string(path.join("file"))
                .unwrap()
                .contains("<<<<<<<")
        );
        assert_eq!(git(&path, &["diff", "--name-only", "--diff-filter=U"]), "file");
        assert_eq!(git(&path, &["show", ":2:file"]), "one\ntwo\nmine");
        assert_eq!(git(&path, &["show", ":3:file"]), "one\ntwo\nTHREE");
        // Half of the work is not enough.
        let (again, _) = place(world.resume(&plan));
        assert_eq!(again, path);
        git(&path, &["add", "file"]);
        git(&path, &["commit", "-q", "-m", "as it is"]);
        let (_, left) = place(world.resume(&plan));
        assert!(left.contains("conflict markers"), "{left}");
        std::fs::write(path.join("file"), "one\ntwo\nboth\n").unwrap();
        git(&path, &["commit", "-q", "-a", "-m", "resolved"]);
        assert_eq!(world.resume(&plan), RunEnd::Done, "{statement}");
        assert_eq!(git(&world.remote(), &["show", "main:file"]), "one\ntwo\nboth");
        assert_eq!(git(&world.remote(), &["show", "main:topic-a"]), "mine too");
        world.fsck();
    }
}
