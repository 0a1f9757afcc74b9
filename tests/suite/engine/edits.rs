//! Edits of a `commit`, on real files of a real branch.

use super::{World, git, plan};
use relplan::engine::RunEnd;

fn edited(world: &World, edits: &str) -> RunEnd {
    world
        .apply(&plan(&format!(
            "phase edit {{ commit on main \"edit\" {{ {edits} }} }}"
        )))
        .0
}

fn refused(world: &World, edits: &str) -> String {
    let before = world.refs();
    let end = edited(world, edits);
    let RunEnd::Failed { reason, .. } = end else {
        panic!("{edits}: {end:?}")
    };
    assert_eq!(world.refs(), before, "{edits}");
    reason
}

fn prepared(files: &[(&str, &str)]) -> World {
    let world = World::new();
    git(&world.work(), &["checkout", "-q", "main"]);
    for (path, content) in files {
        world.write(path, content);
    }
    world.commit("files");
    git(&world.work(), &["push", "-q", "origin", "main"]);
    git(&world.work(), &["checkout", "-q", "--detach"]);
    world
}

/// A file of `main`, byte for byte.
fn content(world: &World, path: &str) -> String {
    let output = std::process::Command::new("git")
        .args(["cat-file", "blob", &format!("main:{path}")])
        .current_dir(world.work())
        .output()
        .unwrap();
    assert!(output.status.success(), "{path}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_version_is_bumped_where_each_file_keeps_it_and_nothing_else_changes() {
    let cases = [
        (
            "pyproject.toml",
            "[tool.black]\r\nline-length = 100\r\n\r\n[project] # here\r\nname = 'x'\r\nversion = '1.0.0'  # ours\r\n",
        ),
        (
            "Cargo.toml",
            "[package]\nname = \"x\"\nversion = \"1.0.0\"\n\n[dependencies]\nserde = { version = \"1.0.0\" }\n",
        ),
        ("poetry/pyproject.toml", "[tool.poetry]\nversion = \"1.0.0\"\n"),
        (
            "package.json",
            "{\n    \"name\": \"x\",\n    \"config\": {\n    \"version\": \"7\" },\n    \"version\" : \"1.0.0\",\n    \"list\": [\"version\"]\n}\n",
        ),
        ("min.json", "{\"a\":{\"version\":\"9\"},\"version\":\"1.0.0\"}"),
        ("src/x/__init__.py", "\"\"\"x\"\"\"\n__version__ = \"1.0.0\"\n"),
        ("setup.py", "setup(\n    name=\"x\",\n    version=\"1.0.0\",\n)\n"),
        ("plain/VERSION", "v1.0.0\n"),
    ];
    let world = prepared(&cases);
    let edits: Vec<String> = cases
        .iter()
        .map(|(path, _)| format!("bump {path} to 1.1.0"))
        .collect();
    assert_eq!(edited(&world, &edits.join("; ")), RunEnd::Done);
    for (path, before) in cases {
        assert_eq!(
            content(&world, path),
            before.replacen("1.0.0", "1.1.0", 1),
            "{path}"
        );
    }
    assert_eq!(
        edited(&world, &edits.join("; ")),
        RunEnd::Done,
        "a second time there is nothing to do"
    );
    assert_eq!(
        world.at("main~1^{tree}"),
        world.at("origin/main^{tree}"),
        "and no commit is made"
    );
}

#[test]
fn a_version_that_cannot_be_told_is_an_error() {
    let world = prepared(&[
        ("two.py", "version = \"1.0.0\"\n__version__ = \"1.0.0\"\n"),
        ("none.json", "{\"a\": 1}"),
        ("bad.toml", "version = \n"),
    ]);
    assert!(refused(&world, "bump two.py to 2.0.0").contains("in 2 places"));
    assert!(refused(&world, "bump none.json to 2.0.0").contains("`none.json`"));
    assert!(refused(&world, "bump bad.toml to 2.0.0").contains("not TOML"));
    assert!(refused(&world, "bump absent to 2.0.0").contains("no file `absent`"));
}

#[test]
fn a_changelog_keeps_its_form() {
    let world = prepared(&[
        (
            "crlf.md",
            "# Changelog\r\n\r\n## [Unreleased]\r\n\r\n- soon\r\n\r\n## [1.0.0] - 2025-01-01\r\n\r\n- first\r\n",
        ),
        (
            "links.md",
            "# Changelog\n\n## [Unreleased]\n\n[Unreleased]: https://example.com/compare/v1...HEAD\n",
        ),
        ("empty.md", ""),
    ]);
    let edits = "changelog crlf.md 1.1.0 \"More.\"; changelog links.md 1.1.0 \"More.\"; changelog empty.md 1.1.0 \"More.\"";
    assert_eq!(edited(&world, edits), RunEnd::Done);
    assert_eq!(
        content(&world, "crlf.md"),
        "# Changelog\r\n\r\n## [Unreleased]\r\n\r\n- soon\r\n\r\n## [1.1.0] - 2026-01-01\r\n\r\n- More.\r\n\r\n## [1.0.0] - 2025-01-01\r\n\r\n- first\r\n"
    );
    assert_eq!(
        content(&world, "links.md"),
        "# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-01-01\n\n- More.\n\n[Unreleased]: https://example.com/compare/v1...HEAD\n"
    );
    assert_eq!(
        content(&world, "empty.md"),
        "## [1.1.0] - 2026-01-01\n\n- More.\n"
    );
    let once = world.at("main");
    assert_eq!(edited(&world, edits), RunEnd::Done);
    assert_eq!(world.at("main"), once, "a second time there is nothing to do");
    assert!(refused(&world, "changelog absent.md 1.1.0 \"x\"").contains("no file `absent.md`"));
    assert!(refused(&world, "changelog crlf.md 1.1.0 \"Other.\"").contains("says something else"));
}

#[test]
fn edits_stay_in_the_tree_and_off_links() {
    let world = World::new();
    git(&world.work(), &["checkout", "-q", "main"]);
    std::os::unix::fs::symlink("/etc", world.work().join("away")).unwrap();
    std::os::unix::fs::symlink("file", world.work().join("link")).unwrap();
    world.commit("links");
    git(&world.work(), &["push", "-q", "origin", "main"]);
    git(&world.work(), &["checkout", "-q", "--detach"]);
    assert!(refused(&world, "write away/passwd \"x\"").contains("away"));
    assert!(refused(&world, "write link \"x\"").contains("link"));
    assert!(refused(&world, "write file/below \"x\"").contains("file"));
    assert!(refused(&world, "replace link 'one' with \"x\"").contains("links"));
    assert!(refused(&world, "replace file 'e' with \"x\"").contains("places"));
    assert!(refused(&world, "replace file 'absent' with \"x\"").contains("nothing"));
    assert_eq!(
        edited(&world, r#"replace file '(o)(n)e' with "\2\\1" all"#),
        RunEnd::Done
    );
    assert_eq!(content(&world, "file"), "no\ntwo\nthree\n");
}

#[test]
fn a_command_makes_changes_and_its_failure_makes_none() {
    let world = World::new();
    assert_eq!(
        edited(&world, "sh 'echo made > made; rm VERSION; chmod +x file'"),
        RunEnd::Done
    );
    assert_eq!(content(&world, "made"), "made\n");
    let changed = git(&world.work(), &["diff", "--summary", "main~1", "main"]);
    assert!(
        changed.contains("delete mode 100644 VERSION")
            && changed.contains("mode change 100644 => 100755 file"),
        "{changed}"
    );
    let reason = refused(&world, "sh 'echo half > half; echo because of this >&2; exit 3'");
    assert!(
        reason.contains("exited with 3") && reason.contains("because of this"),
        "{reason}"
    );
    assert_eq!(edited(&world, "sh 'true'"), RunEnd::Done);
    assert_eq!(
        git(&world.work(), &["rev-list", "--count", "origin/main..main"]),
        "1",
        "no change, no commit"
    );
}
