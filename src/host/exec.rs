//! A command from its request to its outcome: where it runs, what it sees, what is hidden.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::System;
use super::checkouts::Checkouts;
use super::command::{self, Ended, Launch};
use super::mask::Mask;
use crate::engine::{CheckoutRequest, ExecEnd, ExecOutcome, ExecRequest, Output, Place};
use crate::git::{Checkout, Git, Sandbox};
use crate::model::Duration;

/// How much of the output of a failed `setup` stands in the message.
const SETUP_LINES: usize = 5;

impl System {
    pub(super) fn run_command(&mut self, sandbox: &mut Sandbox, request: &ExecRequest) -> ExecOutcome {
        let environment = self.environment_of(request);
        let mask = secrets(&environment, &request.secrets);
        let surroundings = Surroundings {
            system: self,
            request,
            environment: &environment,
            mask: &mask,
        };
        let wanted = match &request.place {
            Place::Plan => {
                let root = self.plan_directory.clone();
                return surroundings.run(&root, "the directory of the plan").into();
            }
            Place::Checkout(wanted) => wanted,
        };
        let place = format!("the checkout of {}", wanted.commit.short());
        if let Some(root) = self.checkouts.find(request, wanted) {
            return surroundings.run(root, &place).into();
        }
        let made = Checkouts::make(sandbox, wanted).map_err(ExecEnd::NoCheckout);
        let prepared = made.and_then(|checkout| surroundings.prepare(checkout, wanted, &place));
        let checkout = match prepared {
            Ok(checkout) => checkout,
            Err(end) => return nothing(end),
        };
        let mut outcome = ExecOutcome::from(surroundings.run(checkout.path(), &place));
        if request.capture {
            if let ExecEnd::Exited(_) = outcome.end {
                match sandbox.capture(&checkout) {
                    Ok(tree) => outcome.tree = Some(tree),
                    Err(error) => outcome.end = ExecEnd::NoCheckout(error.to_string()),
                }
            }
        } else {
            self.checkouts.keep(request, wanted, checkout);
        }
        outcome
    }

    /// What this process has, less what ties git to a repository, and what the request adds. Nobody can
    /// answer a command, so what it starts is told not to ask.
    fn environment_of(&self, request: &ExecRequest) -> BTreeMap<OsString, OsString> {
        let mut environment = self.environment.clone();
        for name in Git::ties() {
            environment.remove(OsStr::new(name));
        }
        environment.remove(OsStr::new("OLDPWD"));
        environment.insert("GIT_TERMINAL_PROMPT".into(), "0".into());
        if !environment.contains_key(OsStr::new("SSH_ASKPASS")) {
            environment.insert("SSH_ASKPASS".into(), "false".into());
            environment.insert("SSH_ASKPASS_REQUIRE".into(), "force".into());
        }
        for (name, value) in &request.env {
            environment.insert(name.into(), value.into());
        }
        environment
    }
}

/// What the commands of one request have in common.
struct Surroundings<'a> {
    system: &'a System,
    request: &'a ExecRequest,
    environment: &'a BTreeMap<OsString, OsString>,
    mask: &'a Mask,
}

impl Surroundings<'_> {
    fn run(&self, root: &Path, place: &str) -> Ended {
        let directory = self.request.directory.as_deref();
        match inside(root, directory, place) {
            Ok(directory) => self.launch(&self.request.words, &directory, place),
            Err(reason) => Ended::never(ExecEnd::NotStarted(reason)),
        }
    }

    fn launch(&self, words: &[String], directory: &Path, place: &str) -> Ended {
        let mut environment = self.environment.clone();
        environment.insert("PWD".into(), directory.into());
        command::run(&Launch {
            words,
            directory,
            place,
            plan_directory: &self.system.plan_directory,
            environment: &environment,
            timeout: self.request.timeout.to_std(),
            mask: self.mask,
            interrupt: &self.system.interrupt,
        })
    }

    /// Runs the plan's `setup` in a fresh checkout.
    fn prepare(
        &self,
        checkout: Checkout,
        wanted: &CheckoutRequest,
        place: &str,
    ) -> Result<Checkout, ExecEnd> {
        for words in &wanted.setup {
            let ended = self.launch(words, checkout.path(), place);
            let how = match ended.end {
                ExecEnd::Exited(0) => continue,
                ExecEnd::Interrupted => return Err(ExecEnd::Interrupted),
                ExecEnd::Exited(code) => format!("ended with exit status {code}"),
                ExecEnd::Killed(signal) => format!("was ended by signal {signal}"),
                ExecEnd::TimedOut => format!("took longer than {}", self.request.timeout),
                ExecEnd::NotStarted(reason) | ExecEnd::NoCheckout(reason) => {
                    format!("could not start: {reason}")
                }
                ExecEnd::NotRun => "did not run".to_owned(),
            };
            let command = self.mask.text(&words.join(" "));
            let command = command.lines().next().unwrap_or_default();
            let said = last_lines(&ended.tail);
            return Err(ExecEnd::NoCheckout(format!(
                "`setup` in {place} failed: `{command}` {how}{said}"
            )));
        }
        Ok(checkout)
    }
}

fn last_lines(tail: &str) -> String {
    let lines: Vec<&str> = tail.lines().filter(|line| !line.trim().is_empty()).collect();
    let from = lines.len().saturating_sub(SETUP_LINES);
    lines[from..]
        .iter()
        .fold(String::new(), |said, line| said + "\n  " + line)
}

/// The directory inside a place; a symbolic link does not lead out of it.
fn inside(root: &Path, directory: Option<&str>, place: &str) -> Result<PathBuf, String> {
    let absent = |error: std::io::Error| format!("{place} cannot be entered: {error}");
    let root = root.canonicalize().map_err(absent)?;
    let Some(directory) = directory else {
        return Ok(root);
    };
    let found = root
        .join(directory)
        .canonicalize()
        .ok()
        .filter(|found| found.is_dir())
        .ok_or_else(|| format!("there is no directory `{directory}` in {place}"))?;
    if found.starts_with(&root) {
        Ok(found)
    } else {
        Err(format!("the directory `{directory}` leads out of {place}"))
    }
}

/// A text that is no command's output, without these secrets.
pub(super) fn masked(environment: &BTreeMap<OsString, OsString>, names: &[String], text: String) -> String {
    if names.is_empty() {
        return text;
    }
    secrets(environment, names).text(&text)
}

fn secrets(environment: &BTreeMap<OsString, OsString>, names: &[String]) -> Mask {
    let values = names.iter().filter_map(|name| environment.get(OsStr::new(name)));
    Mask::new(values.map(|value| value.as_bytes()))
}

fn nothing(end: ExecEnd) -> ExecOutcome {
    Ended::never(end).into()
}

impl Ended {
    fn never(end: ExecEnd) -> Self {
        Self {
            end,
            stdout: Output::default(),
            stderr: Output::default(),
            tail: String::new(),
            elapsed: std::time::Duration::ZERO,
        }
    }
}

impl From<Ended> for ExecOutcome {
    fn from(ended: Ended) -> Self {
        Self {
            end: ended.end,
            stdout: ended.stdout,
            stderr: ended.stderr,
            tail: ended.tail,
            elapsed: Duration::from_millis(u64::try_from(ended.elapsed.as_millis()).unwrap_or(u64::MAX)),
            tree: None,
        }
    }
}
