//! A real git that is too old: refused at once, by name, before anything happens.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use relplan::git::Git;

use super::host::git;
use super::tools::skipped;

const PLAN: &str = "plan \"p\"\nphase land {\n  merge topic into main\n  push main\n  rollback revert\n}\n";

fn repository(home: &Path) {
    git(home, &["init", "-q", "--bare", "-b", "main", "remote.git"]);
    git(home, &["init", "-q", "-b", "main", "repository"]);
    let repository = home.join("repository");
    git(&repository, &["config", "user.name", "Ann"]);
    git(&repository, &["config", "user.email", "ann@example.com"]);
    std::fs::write(repository.join("release.rel"), PLAN).unwrap();
    git(&repository, &["add", "--all"]);
    git(&repository, &["commit", "-q", "-m", "first"]);
    git(&repository, &["branch", "topic"]);
    git(&repository, &["remote", "add", "origin", "../remote.git"]);
    git(&repository, &["push", "-q", "-u", "origin", "main", "topic"]);
}

#[test]
fn an_old_git_is_refused_with_a_way_out() {
    let Some(old) = old_git() else { return };
    let home = tempfile::tempdir().unwrap();
    repository(home.path());
    let repository = home.path().join("repository");
    let refs = git(&repository, &["show-ref"]);
    let programs = home.path().join("programs");
    std::fs::create_dir(&programs).unwrap();
    std::os::unix::fs::symlink(old, programs.join("git")).unwrap();
    for command in [&["plan"][..], &["apply", "--yes"]] {
        let mut rel = Command::new(env!("CARGO_BIN_EXE_rel"));
        for name in Git::ties() {
            rel.env_remove(name);
        }
        let output = rel
            .args(command)
            .current_dir(&repository)
            .env("PATH", &programs)
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
        for part in ["git 2.3", "2.41"] {
            assert!(said.contains(part), "{command:?} does not say `{part}`: {said}");
        }
    }
    assert_eq!(git(&repository, &["show-ref"]), refs);
    assert!(!repository.join(".git/rel").exists());
}

/// A git older than rel supports: `REL_OLD_GIT`, or what the system has in its usual place.
fn old_git() -> Option<PathBuf> {
    let named = std::env::var_os("REL_OLD_GIT").map(PathBuf::from);
    let found = named
        .into_iter()
        .chain([PathBuf::from("/usr/bin/git")])
        .find(|git| version(git).is_some_and(|version| version < (2, 41)));
    if found.is_none() {
        skipped("a git older than 2.41 (`REL_OLD_GIT` may name one)");
    }
    found
}

fn version(git: &Path) -> Option<(u32, u32)> {
    let output = Command::new(git).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut parts = text.split(' ').nth(2)?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.trim().parse().ok()?))
}
