//! Every kind of repository and every kind of bad input, met by the real binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::engine::{World, git, try_git};

const PLAN: &str = "plan \"p\"\nphase land { merge topic into main; push main; rollback revert }\n";

struct Ran {
    code: Option<i32>,
    said: String,
}

fn rel(directory: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rel"));
    for name in relplan::git::Git::ties() {
        command.env_remove(name);
    }
    let output: Output = command
        .args(args)
        .current_dir(directory)
        .env("HOME", directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ran {
        code: output.status.code(),
        said,
    }
}

fn lands(directory: &Path, world: &World) {
    let ran = rel(directory, &["plan"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    let ran = rel(directory, &["apply", "--yes"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!(world.at_remote("main"), world.at_remote("topic"));
}

fn with_plan(world: &World, text: &str) -> PathBuf {
    world.write("release.rel", text);
    world.work()
}

#[test]
fn a_linked_work_tree_is_a_repository_like_any_other() {
    let world = World::new();
    let linked = world.home.path().join("linked");
    git(
        &world.work(),
        &["worktree", "add", "-q", "--detach", &linked.display().to_string()],
    );
    std::fs::write(linked.join("release.rel"), PLAN).unwrap();
    lands(&linked, &world);
    assert!(
        world.work().join(".git/rel/runs").is_dir(),
        "the journal is where all work trees see it"
    );
}

#[test]
fn a_bare_repository_has_no_work_tree_to_care_for() {
    let world = World::new();
    let bare = world.home.path().join("bare.git");
    git(
        world.home.path(),
        &["clone", "-q", "--bare", "remote.git", "bare.git"],
    );
    for (key, value) in [("user.name", "A"), ("user.email", "a@example.com")] {
        git(&bare, &["config", key, value]);
    }
    std::fs::write(bare.join("release.rel"), PLAN).unwrap();
    lands(&bare, &world);
}

#[test]
fn inside_a_hook_git_s_own_variables_tie_nothing() {
    let world = World::new();
    let work = with_plan(&world, PLAN);
    git(&work, &["checkout", "-q", "-b", "elsewhere"]);
    let rel = env!("CARGO_BIN_EXE_rel");
    world.hook(
        true,
        "pre-commit",
        &format!("test -n \"$GIT_INDEX_FILE\" && {rel} check && {rel} plan --quiet && {rel} apply --yes"),
    );
    git(&work, &["add", "release.rel"]);
    let (ok, said) = try_git(&work, &["commit", "-q", "-m", "with a hook"]);
    assert!(ok, "{said}");
    assert_eq!(world.at_remote("main"), world.at_remote("topic"));
    assert_eq!(
        git(&work, &["show", "--name-only", "--format=", "HEAD"]),
        "release.rel"
    );
}

#[test]
fn a_shallow_clone_works_unless_history_is_missing() {
    let world = World::new();
    let url = format!("file://{}", world.remote().display());
    git(
        world.home.path(),
        &[
            "clone",
            "-q",
            "--depth",
            "3",
            "--no-single-branch",
            &url,
            "shallow",
        ],
    );
    let shallow = world.home.path().join("shallow");
    for (key, value) in [("user.name", "A"), ("user.email", "a@example.com")] {
        git(&shallow, &["config", key, value]);
    }
    std::fs::write(shallow.join("release.rel"), PLAN).unwrap();
    lands(&shallow, &world);
    let world = World::new();
    world.others_push("main", "later");
    let url = format!("file://{}", world.remote().display());
    git(
        world.home.path(),
        &["clone", "-q", "--depth", "1", "--no-single-branch", &url, "cut"],
    );
    let cut = world.home.path().join("cut");
    for (key, value) in [("user.name", "A"), ("user.email", "a@example.com")] {
        git(&cut, &["config", key, value]);
    }
    std::fs::write(cut.join("release.rel"), PLAN).unwrap();
    let before = world.refs();
    let ran = rel(&cut, &["apply", "--yes"]);
    assert_eq!(ran.code, Some(1), "{}", ran.said);
    assert!(ran.said.contains("git fetch --unshallow"), "{}", ran.said);
    assert_eq!(world.refs(), before);
}

#[test]
fn an_empty_repository_says_what_is_missing() {
    let home = tempfile::tempdir().unwrap();
    git(home.path(), &["init", "-q", "-b", "main"]);
    for (key, value) in [("user.name", "A"), ("user.email", "a@example.com")] {
        git(home.path(), &["config", key, value]);
    }
    std::fs::write(home.path().join("release.rel"), PLAN).unwrap();
    assert_eq!(rel(home.path(), &["check"]).code, Some(0));
    let ran = rel(home.path(), &["plan"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.said.contains("`topic` is no branch"), "{}", ran.said);
}

#[test]
fn nobody_s_name_is_a_clear_error() {
    let world = World::new();
    let work = with_plan(&world, PLAN);
    git(&work, &["config", "--unset", "user.name"]);
    git(&work, &["config", "--unset", "user.email"]);
    git(&work, &["config", "user.useConfigOnly", "true"]);
    let ran = rel(&work, &["plan"]);
    assert!(
        ran.code != Some(0) && ran.said.contains("git config user.name"),
        "{:?} {}",
        ran.code,
        ran.said
    );
}

#[test]
fn a_journal_that_cannot_be_written_stops_before_anything_moves() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let work = with_plan(&world, PLAN);
    // A file where the journal's directory should be: even root cannot write through it.
    std::fs::write(work.join(".git/rel"), "in the way").unwrap();
    let before = world.refs();
    let ran = rel(&work, &["apply", "--yes"]);
    assert!(!matches!(ran.code, Some(0) | None), "{}", ran.said);
    assert!(ran.said.contains(".git/rel"), "{}", ran.said);
    assert_eq!(world.refs(), before);
    let meta = std::fs::metadata(work.join(".git/rel")).unwrap();
    assert!(meta.permissions().mode() & 0o777 > 0);
}

#[test]
fn bad_files_end_in_a_clear_message_and_the_right_status() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| std::fs::write(home.path().join(name), content).unwrap();
    file("latin1.rel", b"plan \"caf\xe9\"\n");
    file(
        "long.rel",
        format!("plan \"p\"\nphase a {{ run \"{}\" }}\n", "x".repeat(1 << 20)).as_bytes(),
    );
    file("deep.rel", "phase a {".repeat(10_000).as_bytes());
    file("nul.rel", b"plan \"p\"\n\0\0\0\n");
    file(
        "binary.rel",
        &(0..=255u8).cycle().take(50_000).collect::<Vec<_>>(),
    );
    std::fs::create_dir(home.path().join("folder.rel")).unwrap();
    for (name, code, said) in [
        ("latin1.rel", 1, "not UTF-8"),
        ("long.rel", 1, "E0601"),
        ("deep.rel", 1, "64 levels"),
        ("nul.rel", 1, "E0001"),
        ("binary.rel", 1, "UTF-8"),
        ("folder.rel", 2, "folder.rel"),
        ("missing.rel", 2, "missing.rel"),
    ] {
        let ran = rel(home.path(), &["check", name]);
        assert_eq!(ran.code, Some(code), "{name}: {}", ran.said);
        assert!(ran.said.contains(said), "{name}: {}", ran.said);
        assert!(ran.said.len() < 20_000, "{name} says {} bytes", ran.said.len());
    }
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let world = World::new();
    let work = with_plan(&world, PLAN);
    let before = world.refs();
    let ran = rel(&work, &["apply"]);
    assert_eq!(ran.code, Some(2), "{}", ran.said);
    assert!(ran.said.contains("--yes"), "{}", ran.said);
    assert_eq!(world.refs(), before);
}

#[test]
fn a_killed_soak_is_resumed_and_an_interrupted_one_says_130() {
    let world = World::new();
    let text = "plan \"p\"\ngate ok { live; run \"true\" }\n\
                phase land { merge topic into main; push main; soak 3s { gate ok every 500ms }; tag done on main; rollback revert }\n";
    for (signal, code) in [("-KILL", None), ("-INT", Some(130))] {
        let world_ = World::new();
        let work = with_plan(&world_, text);
        let mut child = Command::new(env!("CARGO_BIN_EXE_rel"))
            .args(["apply", "--yes"])
            .current_dir(&work)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let journal = || {
            let runs = std::fs::read_dir(work.join(".git/rel/runs")).ok()?;
            let run = runs.into_iter().find_map(Result::ok)?;
            std::fs::read_to_string(run.path().join("journal.jsonl")).ok()
        };
        while !journal().is_some_and(|text| text.contains("soak-progress")) {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let killed = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        assert_eq!(child.wait().unwrap().code(), code, "{signal}");
        let ran = rel(&work, &["resume"]);
        assert_eq!(ran.code, Some(0), "{signal}: {}", ran.said);
        assert!(
            try_git(&work, &["rev-parse", "-q", "--verify", "refs/tags/done"]).0,
            "{signal}"
        );
    }
    world.fsck();
}

#[test]
fn submodules_are_in_checkouts_and_a_missing_one_is_named() {
    let world = World::new();
    let work = world.work();
    git(world.home.path(), &["init", "-q", "-b", "main", "part"]);
    let part = world.home.path().join("part");
    std::fs::write(part.join("inside"), "x\n").unwrap();
    git(&part, &["add", "--all"]);
    git(
        &part,
        &[
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.com",
            "commit",
            "-q",
            "-m",
            "part",
        ],
    );
    git(&work, &["checkout", "-q", "topic"]);
    git(
        &work,
        &[
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            "../part",
            "parts/one",
        ],
    );
    world.commit("with a part");
    git(&work, &["checkout", "-q", "--detach"]);
    let text = "plan \"p\"\ngate inside { run \"test -f parts/one/inside\" }\nphase land { merge topic into main; gate inside; push main; rollback revert }\n";
    let work = with_plan(&world, text);
    let ran = rel(&work, &["apply", "--yes"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    std::fs::remove_dir_all(work.join(".git/modules")).unwrap();
    git(&work, &["branch", "again", "main~1"]);
    let text = text
        .replace("main", "again")
        .replace("push again;", "")
        .replace("; rollback revert", "");
    world.write("release.rel", &text);
    let ran = rel(&work, &["apply", "--yes"]);
    assert_eq!(ran.code, Some(3), "{}", ran.said);
    assert!(ran.said.contains("git submodule update --init"), "{}", ran.said);
}

#[test]
fn files_kept_with_lfs_are_whole_in_checkouts() {
    if !crate::tools::present("git-lfs") {
        return;
    }
    let world = World::new();
    let work = world.work();
    git(&work, &["lfs", "install", "--local", "--skip-repo"]);
    git(&work, &["checkout", "-q", "topic"]);
    world.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    world.write("large.bin", "the real content\n");
    world.commit("kept with lfs");
    assert!(git(&work, &["show", "topic:large.bin"]).starts_with("version https://git-lfs"));
    git(&work, &["checkout", "-q", "--detach"]);
    let text = "plan \"p\"\ngate whole { run \"grep -q real large.bin\" }\nphase land { merge topic into main; gate whole }\n";
    let work = with_plan(&world, text);
    let ran = rel(&work, &["apply", "--yes"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    for key in [
        "filter.lfs.smudge",
        "filter.lfs.process",
        "filter.lfs.clean",
        "filter.lfs.required",
    ] {
        git(&work, &["config", "--unset-all", key]);
    }
    git(&work, &["branch", "again", "main~1"]);
    world.write("release.rel", &text.replace("main", "again"));
    let ran = rel(&work, &["apply", "--yes"]);
    assert_eq!(ran.code, Some(3), "{}", ran.said);
    assert!(ran.said.contains("git lfs install"), "{}", ran.said);
}
