//! The one place through which the command line speaks: standard output, standard error, and
//! whether a person is there.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::exit::{Exit, Failure};
use super::report::Page;
use super::theme::{Ink, Theme};
use crate::host::{self, Terminal as _};

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` or `TERM=dumb` says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Standard output and standard error, and what each may use.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    /// What standard output may use.
    pub(crate) out: Theme,
    /// What standard error may use.
    pub(crate) err: Theme,
    /// Draws the places of diagnostics; else they are told in words.
    pub(crate) graphics: bool,
    /// A person can be asked: standard input and standard error are a terminal, and no `CI`.
    pub(crate) person: bool,
    /// Progress may move: standard error is a terminal, no `CI`, no `--quiet`.
    pub(crate) progress: bool,
    /// Only what was asked for.
    pub(crate) quiet: bool,
    /// The person has asked to stop.
    pub(crate) interrupt: Arc<AtomicBool>,
    broken: bool,
    /// Why something that was said is lost.
    lost: Arc<Mutex<Option<String>>>,
}

impl Terminal {
    /// Looks at the streams and the environment.
    pub(crate) fn detect(color: ColorChoice, quiet: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let ci = set("CI");
        let (out_is, err_is) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let colored = |terminal: bool| match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !set("NO_COLOR") && !dumb,
        };
        let unicode = speaks_utf8();
        let columns = columns();
        let theme = |terminal: bool| Theme {
            color: colored(terminal),
            unicode,
            width: columns.filter(|_| terminal).unwrap_or(80).clamp(40, 120),
        };
        Self {
            out: theme(out_is),
            err: theme(err_is),
            graphics: !set("NO_GRAPHICS"),
            person: std::io::stdin().is_terminal() && err_is && !ci,
            progress: err_is && out_is && !ci && !dumb && !quiet,
            quiet,
            interrupt: Arc::default(),
            broken: false,
            lost: Arc::default(),
        }
    }

    /// Writes to standard output, as it is. A reader that has gone away is no error.
    pub(crate) fn print(&mut self, text: &str) {
        if self.broken {
            return;
        }
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        if let Err(error) = written {
            self.broken = true;
            // A reader that has gone away has seen enough; any other loss is told at the end.
            if error.kind() != std::io::ErrorKind::BrokenPipe {
                let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
                lost.get_or_insert_with(|| error.to_string());
            }
        }
    }

    /// Why not all of standard output could be written.
    pub(crate) fn lost(&self) -> Option<String> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes a line to standard output.
    pub(crate) fn line(&mut self, text: &str) {
        self.print(&format!("{text}\n"));
    }

    /// Writes to standard error, as it is.
    #[expect(clippy::unused_self, reason = "whoever speaks holds the terminal")]
    pub(crate) fn complain(&mut self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        // Nobody is left to be told.
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }

    /// A line to standard error that `--quiet` keeps back.
    pub(crate) fn note(&mut self, text: &str) {
        if !self.quiet {
            self.complain(&format!("{text}\n"));
        }
    }

    /// Says why the command could not do its work.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        let mut page = Page::new(self.err);
        let lead = format!("{} ", page.ink(Ink::Bad, "error:"));
        page.wrapped(&lead, "  ", &super::escape::lines(&failure.message));
        for help in &failure.help {
            let lead = format!("{} ", page.ink(Ink::Ref, "  help:"));
            page.wrapped(&lead, "        ", &super::escape::lines(help));
        }
        let text = page.finish();
        self.complain(&text);
    }

    /// Asks whether to go on; an interruption is no.
    pub(crate) fn confirm(&mut self, question: &str) -> bool {
        loop {
            self.complain(&format!("{} [y/N] ", self.err.paint(Ink::Title, question)));
            let Some(answer) = host::Console.read_line(&self.interrupt) else {
                self.complain("\n");
                return false;
            };
            match answer.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return true,
                "" | "n" | "no" => return false,
                _ => self.complain("please answer `y` or `n`\n"),
            }
        }
    }

    /// How a command ends that was stopped before it changed anything.
    pub(crate) fn declined(&mut self) -> Exit {
        self.note("nothing was changed");
        if self.interrupt.load(Ordering::SeqCst) {
            Exit::Interrupted
        } else {
            Exit::Findings
        }
    }
}

fn speaks_utf8() -> bool {
    let chosen = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match chosen {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        // Without a locale a terminal of today still shows UTF-8, unless it is the bare console.
        None => std::env::var_os("TERM").is_none_or(|term| term != "linux" && term != "dumb"),
    }
}

fn columns() -> Option<usize> {
    if let Some(columns) = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()) {
        return Some(columns);
    }
    let stdout = std::io::stdout();
    let size = rustix::termios::tcgetwinsize(&stdout).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// The directory a command works in.
pub(crate) fn working_directory(chosen: Option<&PathBuf>) -> Result<PathBuf, Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::wrong_use(format!("the current directory cannot be read: {error}")))?;
    let Some(chosen) = chosen else { return Ok(here) };
    let directory = here.join(chosen);
    if directory.is_dir() {
        return Ok(directory);
    }
    Err(
        Failure::wrong_use(format!("`{}` is no directory", chosen.display()))
            .help("`-C DIR` runs the command as if it had been started in DIR"),
    )
}
