//! The `git` program: found, checked, and run with an environment that ties it to nothing.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::Error;

/// The oldest git that serves: `merge-tree --merge-base` came with 2.40, `--attr-source` with 2.41.
pub const OLDEST: &str = "2.41";

/// A git program.
#[derive(Clone, Debug)]
pub struct Git {
    program: OsString,
    version: (u32, u32),
    prompt: bool,
}

/// What a call of git gave.
#[derive(Clone, Debug)]
pub struct Output {
    /// The exit code; -1 when it was killed.
    pub code: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error as text.
    pub stderr: String,
}

impl Output {
    /// Whether it exited with 0.
    pub fn ok(&self) -> bool {
        self.code == 0
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard output without its last line end.
    pub fn line(&self) -> String {
        self.text().trim_end_matches(['\n', '\r']).to_owned()
    }
}

/// Variables that tie a git process to a repository (`git rev-parse --local-env-vars`) or change what
/// its output looks like.
const TIES: [&str; 24] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_QUARANTINE_PATH",
    "GIT_REFLOG_ACTION",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_EDITOR",
    "GIT_ATTR_SOURCE",
    "GIT_DEFAULT_HASH",
];

impl Git {
    /// Finds `program` and checks its version.
    ///
    /// # Errors
    /// [`Error::NoGit`], [`Error::TooOld`].
    pub fn find(program: impl Into<OsString>) -> Result<Self, Error> {
        let mut git = Self {
            program: program.into(),
            version: (0, 0),
            prompt: false,
        };
        let output = git.run(None, ["--version"])?;
        let text = output.line();
        let found = text.strip_prefix("git version ").unwrap_or(&text).to_owned();
        let mut numbers = found.split(['.', ' ']).map(|n| n.parse::<u32>().ok());
        let version = (
            numbers.next().flatten().unwrap_or(0),
            numbers.next().flatten().unwrap_or(0),
        );
        if version < (2, 41) {
            return Err(Error::TooOld {
                found,
                oldest: OLDEST,
            });
        }
        git.version = version;
        Ok(git)
    }

    /// The version: `(2, 47)`.
    pub fn version(&self) -> (u32, u32) {
        self.version
    }

    /// Lets git, ssh and gpg ask on the terminal.
    #[must_use]
    pub fn with_prompts(mut self, prompt: bool) -> Self {
        self.prompt = prompt;
        self
    }

    /// Whether git, ssh and gpg may ask on the terminal.
    pub fn prompts(&self) -> bool {
        self.prompt
    }

    /// The variables that are taken out of the environment of every command.
    pub fn ties() -> &'static [&'static str] {
        &TIES
    }

    /// Runs git with a clean environment, in `directory`.
    ///
    /// # Errors
    /// Only when git cannot be started; a failure is an [`Output`] with its code.
    pub fn run<I, S>(&self, directory: Option<&Path>, args: I) -> Result<Output, Error>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.run_with(directory, args, &[], None)
    }

    /// As [`Git::run`], with further variables and standard input.
    ///
    /// # Errors
    /// Only when git cannot be started.
    pub fn run_with<I, S>(
        &self,
        directory: Option<&Path>,
        args: I,
        env: &[(&str, &OsStr)],
        stdin: Option<Vec<u8>>,
    ) -> Result<Output, Error>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned());
        let mut call = duct::cmd(self.program.clone(), args)
            .stdout_capture()
            .stderr_capture()
            .unchecked();
        call = match stdin {
            Some(bytes) => call.stdin_bytes(bytes),
            None => call.stdin_null(),
        };
        // What is set first wins in duct: a variable that is wanted must not be removed here.
        for name in TIES {
            if !env.iter().any(|(wanted, _)| *wanted == name) {
                call = call.env_remove(name);
            }
        }
        call = call
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_EDITOR", ":");
        if !self.prompt {
            // With an askpass that fails, ssh and gpg give up instead of asking on the terminal.
            call = call
                .env("GIT_TERMINAL_PROMPT", "0")
                .env("SSH_ASKPASS", "false")
                .env("SSH_ASKPASS_REQUIRE", "force");
        }
        for (name, value) in env {
            call = call.env(name, value);
        }
        if let Some(directory) = directory {
            call = call.dir(directory);
        }
        let output = call.run().map_err(|error| Error::NoGit {
            program: self.program.to_string_lossy().into_owned(),
            reason: error.to_string(),
            oldest: OLDEST,
        })?;
        Ok(Output {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
        })
    }

    /// As [`Git::run`], where only success will do.
    ///
    /// # Errors
    /// [`Error::Git`] with git's own words.
    pub fn must<I, S>(&self, directory: Option<&Path>, args: I) -> Result<Output, Error>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let args: Vec<OsString> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let output = self.run(directory, &args)?;
        checked(&args, output)
    }
}

pub(super) fn checked(args: &[OsString], output: Output) -> Result<Output, Error> {
    if output.ok() {
        return Ok(output);
    }
    let mut words = args.iter().map(|arg| arg.to_string_lossy());
    let mut command = words.next().unwrap_or_default().into_owned();
    while command.starts_with('-') {
        command = words.next().unwrap_or_default().into_owned();
    }
    let detail = if output.stderr.is_empty() {
        format!("exit status {}", output.code)
    } else {
        output.stderr
    };
    Err(Error::Git { command, detail })
}
