//! The examples, from end to end: the real binary on the real repository, production and mailboxes that each
//! example's own `setup.sh` builds.

mod merge_to_master;
mod release_management;
mod router;
mod session_cleanup;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use relplan::git::Git;

/// An example's world, built for one test. Its production ends with it.
struct Example {
    home: tempfile::TempDir,
    setup: PathBuf,
}

/// How a run of `rel` ended.
struct Ran {
    code: i32,
    said: String,
}

impl Example {
    fn build(name: &str) -> Self {
        let setup = root().join("examples").join(name).join("setup.sh");
        let example = Self {
            home: tempfile::tempdir().unwrap(),
            setup,
        };
        let output = example
            .command("sh", &root())
            .arg(&example.setup)
            .arg(example.world())
            .env("SERVICE", program("service"))
            .env("ROUTER", program("router"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
        example
    }

    /// Where everything is.
    fn world(&self) -> PathBuf {
        self.home.path().join("world")
    }

    fn repository(&self) -> PathBuf {
        self.world().join("repository")
    }

    /// A program that knows nothing of this machine's configuration, and has nobody to ask.
    fn command(&self, program: &str, directory: &Path) -> Command {
        let mut command = Command::new(program);
        for name in Git::ties() {
            command.env_remove(name);
        }
        command
            .current_dir(directory)
            .env("HOME", self.home.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    /// `rel` in the repository.
    fn rel(&self, args: &[&str]) -> Ran {
        let mut command = self.command(env!("CARGO_BIN_EXE_rel"), &self.repository());
        let output = command.args(args).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            said: text(&output),
        }
    }

    /// `git` in a directory of the world; it must succeed.
    fn git(&self, directory: &str, args: &[&str]) -> String {
        let mut command = self.command("git", &self.world().join(directory));
        let output = command.args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", text(&output));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// What a name means at the remote.
    fn remote(&self, name: &str) -> String {
        self.git("remote.git", &["rev-parse", name])
    }

    /// What production says when it is asked.
    fn production(&self, path: &str) -> String {
        let service = self.world().join("service");
        let output = self
            .command(service.to_str().unwrap(), &self.world())
            .args(["ask", "production", path])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// The messages that a team was told, sorted.
    fn mail(&self, team: &str) -> Vec<String> {
        let Ok(letters) = std::fs::read_dir(self.world().join("mail").join(team).join("new")) else {
            return Vec::new();
        };
        let mut letters: Vec<String> = letters
            .map(|letter| std::fs::read_to_string(letter.unwrap().path()).unwrap())
            .collect();
        letters.sort();
        letters
    }

    /// git itself finds nothing wrong, and nothing is left lying about in the work tree.
    fn sound(&self) {
        for directory in ["repository", "remote.git"] {
            self.git(directory, &["fsck", "--strict", "--no-dangling"]);
        }
        assert_eq!(self.git("repository", &["status", "--porcelain"]), "");
        assert_eq!(self.git("repository", &["worktree", "list"]).lines().count(), 1);
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // A production that never started has nothing to stop.
        let _ = self
            .command("sh", &root())
            .arg(&self.setup)
            .arg("--stop")
            .arg(self.world())
            .output();
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(output: &Output) -> String {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    format!("{out}{err}")
}

/// A process of the examples: the `service` that an environment runs, the `router` before several of them.
/// `cargo test` has built it; `cargo test --test suite` has not.
fn program(name: &str) -> PathBuf {
    static BUILDING: Mutex<()> = Mutex::new(());
    let _alone = BUILDING.lock().unwrap();
    let binaries = Path::new(env!("CARGO_BIN_EXE_rel")).parent().unwrap();
    let program = binaries.join("examples").join(name);
    if !program.exists() {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", name, "--target-dir"])
            .arg(binaries.parent().unwrap())
            .current_dir(root())
            .status()
            .unwrap();
        assert!(built.success() && program.exists());
    }
    program
}
