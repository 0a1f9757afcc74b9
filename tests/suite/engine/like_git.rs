//! Every way of landing gives the tree that the same commands of git give.

use super::{World, git, plan, try_git};
use relplan::engine::RunEnd;

type Change = fn(&World);

fn shell(world: &World, script: &str) {
    let status = std::process::Command::new("sh")
        .args(["-eu", "-c", script])
        .current_dir(world.work())
        .status()
        .unwrap();
    assert!(status.success(), "{script}");
}

/// Two sides of a history, each a change of the same start.
const CASES: [(&str, Change, Change); 7] = [
    ("apart", |w| w.write("ours", "o\n"), |w| w.write("theirs", "t\n")),
    (
        "rename against edit",
        |w| shell(w, "git mv big moved"),
        |w| shell(w, "sed -i 's/^line 3$/changed/' big"),
    ),
    (
        "folder rename against new file",
        |w| shell(w, "git mv dir other"),
        |w| w.write("dir/new", "n\n"),
    ),
    (
        "delete on one side",
        |w| shell(w, "git rm -q gone"),
        |w| w.write("theirs", "t\n"),
    ),
    (
        "mode change against edit",
        |w| shell(w, "chmod +x script"),
        |w| shell(w, "echo more >> script"),
    ),
    (
        "symbolic link",
        |w| shell(w, "ln -s big link"),
        |w| shell(w, "sed -i 's/^line 9$/nine/' big"),
    ),
    (
        "both edit apart in one file",
        |w| shell(w, "sed -i 's/^line 1$/one/' big"),
        |w| shell(w, "sed -i 's/^line 18$/x/' big"),
    ),
];

fn prepared(ours: Change, theirs: Change) -> World {
    let world = World::new();
    git(&world.work(), &["config", "merge.directoryRenames", "true"]);
    git(&world.work(), &["checkout", "-q", "main"]);
    let big: String = (1..=20).map(|n| format!("line {n}\n")).collect();
    world.write("big", &big);
    world.write("gone", "g\n");
    world.write("script", "#!/bin/sh\n");
    world.write("dir/a", "aaaa\naaaa\n");
    world.write("dir/b", "bbbb\nbbbb\n");
    world.commit("ground");
    git(&world.work(), &["checkout", "-q", "-b", "side"]);
    theirs(&world);
    world.commit("their change");
    git(&world.work(), &["checkout", "-q", "main"]);
    ours(&world);
    world.commit("our change");
    git(&world.work(), &["checkout", "-q", "--detach"]);
    world
}

/// The tree that git gives for a script run on a copy of the repository.
fn git_says(world: &World, script: &str) -> String {
    let copy = world.home.path().join("copy");
    let _ = std::fs::remove_dir_all(&copy);
    git(world.home.path(), &["clone", "-q", "work", "copy"]);
    for branch in ["main", "side"] {
        try_git(&copy, &["branch", "-f", branch, &format!("origin/{branch}")]);
    }
    git(&copy, &["checkout", "-q", "main"]);
    let script = format!(
        "git config user.name A && git config user.email a@example.com && git config merge.directoryRenames true && {script}"
    );
    let status = std::process::Command::new("sh")
        .args(["-eu", "-c", &script])
        .current_dir(&copy)
        .output()
        .unwrap();
    assert!(
        status.status.success(),
        "{script}: {}",
        String::from_utf8_lossy(&status.stderr)
    );
    git(&copy, &["rev-parse", "HEAD^{tree}"])
}

#[test]
fn trees_are_those_of_git() {
    let ways = [
        (
            "merge no-ff side into main",
            "git merge -q --no-ff --no-edit side",
        ),
        ("merge side into main", "git merge -q --no-edit side"),
        (
            "merge squash side into main",
            "git merge -q --squash side && git commit -qm x",
        ),
        (
            "merge rebase side into main",
            "git checkout -q side && git rebase -q main && git checkout -q main && git merge -q --ff-only side",
        ),
        ("cherry-pick side onto main", "git cherry-pick -x side"),
    ];
    for (case, ours, theirs) in CASES {
        for (statement, script) in ways {
            let world = prepared(ours, theirs);
            let expected = git_says(&world, script);
            let (end, _) = world.apply(&plan(&format!("phase land {{ {statement} }}")));
            assert_eq!(end, RunEnd::Done, "{case}: {statement}");
            assert_eq!(world.at("main^{tree}"), expected, "{case}: {statement}");
            world.fsck();
        }
    }
}

#[test]
fn reverts_and_resets_are_those_of_git() {
    for (case, ours, theirs) in CASES {
        let world = prepared(ours, theirs);
        let expected = git_says(
            &world,
            "git merge -q --no-ff --no-edit side && git revert -m 1 --no-edit HEAD",
        );
        let (end, _) = world.apply(&plan(
            "phase land { merge no-ff side into main; revert main on main }",
        ));
        assert_eq!(end, RunEnd::Done, "{case}");
        assert_eq!(world.at("main^{tree}"), expected, "{case}");
        let (end, _) = world.apply(&plan("phase back { reset side to \"main~2\" }"));
        assert_eq!(end, RunEnd::Done, "{case}");
        assert_eq!(world.at("side"), world.at("main~2"), "{case}");
        world.fsck();
    }
}
