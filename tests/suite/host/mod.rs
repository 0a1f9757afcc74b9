//! The real outside world: processes, checkouts, signatures, publication.

mod commands;
mod publication;
mod signatures;

use std::path::{Path, PathBuf};
use std::process::Command;

use relplan::engine::{CheckoutRequest, ExecOutcome, ExecRequest, Place, Ports};
use relplan::git::{Git, Repository, Sandbox};
use relplan::host::System;
use relplan::model::{Duration, Oid};

/// A small real repository with a bare remote beside it, and the world around it.
struct World {
    home: tempfile::TempDir,
    system: System,
    sandbox: Sandbox,
}

impl World {
    fn new() -> Self {
        Self::with(&[])
    }

    /// With further configuration of the repository, as `key=value`.
    fn with(config: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let repository = home.path().join("repository");
        let remote = home.path().join("remote.git");
        std::fs::create_dir_all(repository.join("scripts")).unwrap();
        git(home.path(), &["init", "-q", "--bare", "-b", "main", "remote.git"]);
        git(home.path(), &["init", "-q", "-b", "main", "repository"]);
        for (key, value) in [("user.name", "Ann"), ("user.email", "ann@example.com")]
            .iter()
            .chain(config)
        {
            git(&repository, &["config", key, value]);
        }
        git(
            &repository,
            &["remote", "add", "origin", &remote.display().to_string()],
        );
        std::fs::write(repository.join("scripts/plain.sh"), "#!/bin/sh\necho plain\n").unwrap();
        std::fs::write(repository.join("scripts/windows.sh"), "#!/bin/sh\r\necho no\r\n").unwrap();
        std::fs::write(
            repository.join("scripts/strange.sh"),
            "#!/no/such/interpreter -x\n",
        )
        .unwrap();
        std::fs::write(repository.join("scripts/ok.sh"), "#!/bin/sh\necho \"ok $*\"\n").unwrap();
        std::fs::write(repository.join("file"), "one\n").unwrap();
        git(&repository, &["add", "--all"]);
        for script in ["windows", "strange", "ok"] {
            let script = format!("scripts/{script}.sh");
            git(&repository, &["update-index", "--chmod=+x", &script]);
        }
        git(&repository, &["commit", "-q", "-m", "first"]);
        git(&repository, &["checkout", "-q", "--force", "main"]);
        git(&repository, &["push", "-q", "-u", "origin", "main"]);
        let real = Repository::discover(Git::find("git").unwrap(), &repository).unwrap();
        let sandbox = Sandbox::create(&real, "origin").unwrap();
        let system = System::new(&repository, "Ann <ann@example.com>");
        World {
            home,
            system,
            sandbox,
        }
    }

    fn repository(&self) -> PathBuf {
        self.home.path().join("repository")
    }

    fn head(&self) -> Oid {
        Oid::parse(&git(&self.repository(), &["rev-parse", "HEAD"])).unwrap()
    }

    fn exec(&mut self, request: &ExecRequest) -> ExecOutcome {
        self.system.exec(&mut self.sandbox, request)
    }

    /// Runs a script of `sh` in the directory of the plan.
    fn sh(&mut self, script: &str, timeout: Duration) -> ExecOutcome {
        self.exec(&request(&["sh", "-eu", "-c", script], Place::Plan, timeout))
    }

    fn in_checkout(&mut self, words: &[&str]) -> ExecOutcome {
        let place = Place::Checkout(checkout(&self.head()));
        self.exec(&request(words, place, Duration::from_secs(20)))
    }
}

fn checkout(commit: &Oid) -> CheckoutRequest {
    CheckoutRequest {
        commit: commit.clone(),
        tree: None,
        setup: Vec::new(),
        links: Vec::new(),
    }
}

fn request(words: &[&str], place: Place, timeout: Duration) -> ExecRequest {
    ExecRequest {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        env: Vec::new(),
        secrets: Vec::new(),
        place,
        directory: None,
        timeout,
        capture: false,
        display: words.join(" "),
    }
}

/// Calls git apart from the machine's own configuration; gives what it printed.
pub(crate) fn git(directory: &Path, args: &[&str]) -> String {
    let (ok, printed) = try_git(directory, args);
    assert!(ok, "git {args:?}: {printed}");
    printed
}

fn try_git(directory: &Path, args: &[&str]) -> (bool, String) {
    let mut command = Command::new("git");
    for name in Git::ties() {
        command.env_remove(name);
    }
    let output = command
        .args(args)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let mut printed = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    if !output.status.success() {
        printed.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    (output.status.success(), printed)
}
