//! The built binary, as a person meets it: transcripts, documents, statuses.

mod documents;
mod formats;
mod schema;
mod streams;
mod transcripts;
mod tutorial;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A private home with a small repository, its bare remote, and nothing else of this machine.
struct World {
    home: tempfile::TempDir,
}

impl World {
    /// Without any repository yet.
    fn empty() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// Built by `tests/cli/seed.sh`.
    fn new() -> Self {
        let world = Self::empty();
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/seed.sh");
        let output = world
            .command("sh")
            .arg(seed)
            .current_dir(world.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        world
    }

    fn path(&self) -> PathBuf {
        self.home.path().canonicalize().unwrap()
    }

    fn shop(&self) -> PathBuf {
        self.path().join("shop")
    }

    /// A program with a hermetic environment, started in the repository if there is one yet.
    fn command(&self, program: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_rel")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", binary.display()))
            .env("HOME", self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command.current_dir(if self.shop().is_dir() {
            self.shop()
        } else {
            self.path()
        });
        command
    }

    /// Runs rel.
    fn rel(&self, args: &[&str]) -> Output {
        self.command("rel").args(args).output().unwrap()
    }

    /// Runs rel, which ends with this status; gives its standard output.
    fn says(&self, args: &[&str], status: i32) -> String {
        let output = self.rel(args);
        let (out, err) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8_lossy(&output.stderr),
        );
        assert_eq!(output.status.code(), Some(status), "rel {args:?}\n{out}\n{err}");
        out
    }

    fn git(&self, directory: &Path, args: &[&str]) -> String {
        let output = self
            .command("git")
            .args(args)
            .current_dir(directory)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }
}
