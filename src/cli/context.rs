//! What every command works with: the terminal, the directory, an engine made for it.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use super::args::Global;
use super::diagnostics;
use super::exit::{Exit, Failure};
use super::live::Live;
use super::terminal::{Terminal, working_directory};
use super::theme::Theme;
use crate::embed::{Engine, EngineBuilder, Error};
use crate::engine::RunEnd;
use crate::git;
use crate::host;

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where everything is said.
    pub(crate) terminal: Terminal,
    /// Where the command works.
    pub(crate) directory: PathBuf,
    global: Global,
    /// Signals are caught already: twice, the first Ctrl-C would count as the second.
    caught: std::cell::Cell<bool>,
}

impl Context {
    /// Finds the directory.
    pub(crate) fn new(global: Global, terminal: Terminal) -> Result<Self, Failure> {
        let directory = working_directory(global.directory.as_ref())?;
        Ok(Self {
            terminal,
            directory,
            global,
            caught: std::cell::Cell::new(false),
        })
    }

    /// The plan that was named, if one was; naming two is a mistake.
    pub(crate) fn named_plan(&self, positional: Option<&PathBuf>) -> Result<Option<PathBuf>, Failure> {
        match (positional, &self.global.plan) {
            (Some(_), Some(_)) => {
                Err(Failure::wrong_use("two plans are named").help("name it once: `rel plan FILE`"))
            }
            (named, other) => Ok(named.or(other.as_ref()).map(|path| self.directory.join(path))),
        }
    }

    /// An engine on the repository that the plan is in; else on that of the directory.
    pub(crate) fn builder(&self, plan: Option<&Path>) -> EngineBuilder {
        let builder = Engine::builder().directory(&self.directory);
        // Inside a hook git has said which repository it is.
        let in_hook = std::env::var_os("GIT_DIR").is_some();
        let home = plan
            .and_then(Path::parent)
            .filter(|home| !in_hook && in_repository(home));
        match home {
            Some(home) => builder.repository(home),
            None if self.global.directory.is_some() => builder.repository(&self.directory),
            None => builder,
        }
    }

    /// Builds an engine; outside a repository one that can only check, if `alone`.
    pub(crate) fn build(&self, builder: EngineBuilder, alone: bool) -> Result<Engine, Failure> {
        match builder.build() {
            Err(Error::Git(git::Error::NoRepository { .. } | git::Error::NoGit { .. })) if alone => {
                Engine::builder()
                    .directory(&self.directory)
                    .no_repository()
                    .build()
                    .map_err(|error| self.failure(&error))
            }
            other => other.map_err(|error| self.failure(&error)),
        }
    }

    /// Says what stopped a command: diagnostics with their places, anything else in words.
    pub(crate) fn explain(&mut self, error: &Error) -> Failure {
        let Some(checked) = error.checked() else {
            return self.failure(error);
        };
        let theme = self.terminal.err;
        let text = diagnostics::render(
            theme,
            self.terminal.graphics,
            &checked.sources,
            &checked.diagnostics,
        );
        self.terminal.complain(&text);
        let tally = diagnostics::tally(Theme::PLAIN, &checked.diagnostics);
        Failure::failed(format!("the plan has {tally}")).help("`rel explain CODE` says more about each")
    }

    /// The facade's error as a failure of the command; paths as they are seen from here.
    fn failure(&self, error: &Error) -> Failure {
        let here = self.directory.display().to_string();
        let text = error
            .to_string()
            .replace(&format!("{here}/"), "")
            .replace(&format!("`{here}`"), "this directory");
        match error.exit_code() {
            2 => Failure::wrong_use(text),
            _ => Failure::failed(text),
        }
    }

    /// The first Ctrl-C (or SIGTERM, SIGHUP) asks to stop where nothing is lost; a second ends rel.
    pub(crate) fn catch_signals(&self) -> Result<(), Failure> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        if self.caught.replace(true) {
            return Ok(());
        }
        let flag = &self.terminal.interrupt;
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let status = i32::from(Exit::Interrupted.status());
            signal_hook::flag::register_conditional_shutdown(signal, status, Arc::clone(flag))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(flag)))
                .map_err(|error| Failure::failed(format!("signals cannot be caught: {error}")))?;
        }
        Ok(())
    }

    /// A run to be watched: the builder with everything attached, and what watches.
    pub(crate) fn watched(&self, builder: EngineBuilder) -> Result<(EngineBuilder, Watch), Failure> {
        let live = Arc::new(Mutex::new(Live::new(self.terminal.clone())));
        let watch = Watch(Arc::clone(&live));
        self.catch_signals()?;
        let interrupt = Arc::clone(&self.terminal.interrupt);
        let observer = Arc::clone(&live);
        let builder = builder
            .prompts(self.terminal.person)
            .interrupted_by(interrupt)
            .terminal(Asking {
                live,
                person: self.terminal.person,
            })
            .observer(move |record| {
                observer
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .show(record);
            });
        Ok((builder, watch))
    }
}

/// Whether a directory is below a work tree or a bare repository, by the files that make one.
fn in_repository(directory: &Path) -> bool {
    let Ok(real) = directory.canonicalize() else {
        return false;
    };
    real.ancestors().any(|above| {
        above.join(".git").exists()
            || (above.join("HEAD").is_file() && above.join("objects").is_dir() && above.join("refs").is_dir())
    })
}

/// What watches a run.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Mutex<Live>>);

impl Watch {
    /// Tells the titles of phases.
    pub(crate) fn titles(&self, titles: impl IntoIterator<Item = (String, String)>) {
        self.lock().titles(titles);
    }

    /// Ends the watching, and says what the events have not said.
    pub(crate) fn end(&self, end: &RunEnd) -> Exit {
        self.lock().end(end);
        exit_of(end)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Live> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The status a run's end gives.
pub(crate) const fn exit_of(end: &RunEnd) -> Exit {
    match end {
        RunEnd::Done | RunEnd::Aborted => Exit::Done,
        RunEnd::Failed { .. } => Exit::Findings,
        RunEnd::Waiting { .. } => Exit::Waiting,
        RunEnd::RolledBack { .. } => Exit::RolledBack,
        RunEnd::RollbackFailed { .. } => Exit::PersonNeeded,
        RunEnd::Interrupted => Exit::Interrupted,
    }
}

/// Questions on the terminal, with the spinner out of their way.
struct Asking {
    live: Arc<Mutex<Live>>,
    person: bool,
}

impl host::Terminal for Asking {
    fn present(&self) -> bool {
        self.person && host::Console.present()
    }

    fn show(&mut self, text: &str) {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).stop();
        host::Console.show(text);
    }

    fn read_line(&mut self, interrupt: &AtomicBool) -> Option<String> {
        host::Console.read_line(interrupt)
    }
}
