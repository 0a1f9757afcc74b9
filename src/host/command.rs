//! Runs one command in a process group of its own, with its output read to a bound.
//!
//! A command ends when its first process does. What it left behind (a server that a deploy started)
//! lives on and keeps somebody who reads its output; after a timeout or an interrupt the whole group
//! is ended.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, PipeReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, Signal};

use super::mask::Mask;
use super::output::Gathered;
use super::refusal;
use crate::engine::{ExecEnd, Output};

/// After an end, how long to wait for output that others still hold the pipe of.
const DRAIN: Duration = Duration::from_millis(200);

/// When output keeps coming after the end, this much longer at most.
const FLOODED_DRAIN: Duration = Duration::from_secs(1);

/// Between asking a group to end and ending it.
const GRACE: Duration = Duration::from_secs(2);

/// What a pipe holds.
const PIPE: usize = 64 * 1024;

/// How often an interrupt is looked for.
const GLANCE: Duration = Duration::from_millis(50);

/// A command about to run.
pub(super) struct Launch<'a> {
    /// The program and its arguments; never empty.
    pub(super) words: &'a [String],
    /// Where it runs.
    pub(super) directory: &'a Path,
    /// What messages call that: "the checkout of 1a2b3c4d".
    pub(super) place: &'a str,
    /// Where people have their files, for messages about what is missing.
    pub(super) plan_directory: &'a Path,
    /// All of its environment.
    pub(super) environment: &'a BTreeMap<OsString, OsString>,
    /// When it is ended.
    pub(super) timeout: Duration,
    /// What is hidden in its output.
    pub(super) mask: &'a Mask,
    /// Turns true when the person wants to stop.
    pub(super) interrupt: &'a AtomicBool,
}

/// A command that has ended.
pub(super) struct Ended {
    /// How.
    pub(super) end: ExecEnd,
    /// Standard output.
    pub(super) stdout: Output,
    /// Standard error.
    pub(super) stderr: Output,
    /// The end of both.
    pub(super) tail: String,
    /// How long it took.
    pub(super) elapsed: Duration,
}

/// Runs a command to its end.
pub(super) fn run(launch: &Launch<'_>) -> Ended {
    let started = Instant::now();
    let mut gathered = Gathered::new(launch.mask);
    let end = if launch.interrupt.load(Ordering::SeqCst) {
        ExecEnd::Interrupted
    } else {
        match Running::start(launch) {
            Ok(running) => running.watch(launch, started, &mut gathered),
            Err(error) => ExecEnd::NotStarted(refusal::why(launch, &error)),
        }
    };
    let elapsed = started.elapsed();
    let (stdout, stderr, tail) = gathered.finish();
    Ended {
        end,
        stdout,
        stderr,
        tail,
        elapsed,
    }
}

/// A process group and the pipes it writes to.
struct Running {
    handle: Arc<duct::Handle>,
    group: Option<Pid>,
    /// Standard output and error, until their end.
    streams: [Option<PipeReader>; 2],
    /// Comes to its end when the first process does.
    exit: Option<PipeReader>,
    buffer: Vec<u8>,
}

/// What the watch is waiting for.
enum Stage {
    /// The end.
    Running,
    /// That the group goes, having been asked to.
    Ending { kill_at: Instant, killed: bool },
    /// The rest of the output.
    Draining { until: Instant },
}

impl Running {
    fn start(launch: &Launch<'_>) -> io::Result<Self> {
        let (stdout, stdout_end) = io::pipe()?;
        let (stderr, stderr_end) = io::pipe()?;
        let (exit, exit_end) = io::pipe()?;
        let program = refusal::program(launch);
        let environment = launch.environment.iter();
        // The expression holds the writing ends of the pipes: it must not outlive this block.
        let handle = {
            let expression = duct::cmd(program, &launch.words[1..])
                .dir(launch.directory)
                .full_env(environment.map(|(name, value)| (name.clone(), value.clone())))
                .stdin_null()
                .stdout_file(stdout_end)
                .stderr_file(stderr_end)
                .unchecked()
                .before_spawn(|command| {
                    command.process_group(0);
                    Ok(())
                });
            Arc::new(expression.start()?)
        };
        let pid = handle.pids().first().copied();
        let group = pid
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw);
        let waiter = Arc::clone(&handle);
        let waiting = std::thread::Builder::new()
            .name("rel-wait".into())
            .spawn(move || {
                // Its result is kept in the handle; here only the moment counts.
                let _ = waiter.wait();
                drop(exit_end);
            });
        let running = Self {
            handle,
            group,
            streams: [Some(stdout), Some(stderr)],
            exit: Some(exit),
            buffer: vec![0; PIPE],
        };
        if let Err(error) = waiting {
            running.signal(Signal::KILL);
            return Err(error);
        }
        Ok(running)
    }

    fn watch(mut self, launch: &Launch<'_>, started: Instant, gathered: &mut Gathered<'_>) -> ExecEnd {
        let deadline = started.checked_add(launch.timeout);
        let mut stage = Stage::Running;
        let mut ended_for = None;
        loop {
            let quiet = self.read(gathered, self.patience(&stage, deadline));
            let now = Instant::now();
            stage = match stage {
                Stage::Running if self.exit.is_none() => Stage::Draining { until: now + DRAIN },
                Stage::Running => {
                    ended_for = if launch.interrupt.load(Ordering::SeqCst) {
                        Some(ExecEnd::Interrupted)
                    } else {
                        deadline
                            .filter(|deadline| now >= *deadline)
                            .map(|_| ExecEnd::TimedOut)
                    };
                    if ended_for.is_none() {
                        Stage::Running
                    } else {
                        self.signal(Signal::TERM);
                        Stage::Ending {
                            kill_at: now + GRACE,
                            killed: false,
                        }
                    }
                }
                Stage::Ending { .. } if self.exit.is_none() && !self.alive() => {
                    Stage::Draining { until: now + DRAIN }
                }
                Stage::Ending {
                    kill_at,
                    killed: false,
                } if now >= kill_at => {
                    self.signal(Signal::KILL);
                    Stage::Ending {
                        kill_at: now + GRACE,
                        killed: true,
                    }
                }
                // What not even that ends (a process stuck in the kernel) is left to its fate.
                Stage::Ending {
                    kill_at,
                    killed: true,
                } if now >= kill_at => Stage::Draining { until: now },
                Stage::Draining { until } => {
                    let over = now >= until && (quiet || now >= until + FLOODED_DRAIN);
                    if over || self.streams.iter().all(Option::is_none) {
                        break;
                    }
                    Stage::Draining { until }
                }
                ending @ Stage::Ending { .. } => ending,
            };
        }
        if ended_for.is_none() {
            self.streams.into_iter().flatten().for_each(keep_reading);
        }
        ended_for.unwrap_or_else(|| outcome(&self.handle))
    }

    /// How long the next look may wait.
    fn patience(&self, stage: &Stage, deadline: Option<Instant>) -> Duration {
        let until = match stage {
            Stage::Running => deadline,
            Stage::Ending { kill_at, .. } if self.exit.is_some() => Some(*kill_at),
            // The first process is gone; the rest of its group tells nobody when it goes.
            Stage::Ending { .. } => return Duration::from_millis(5),
            Stage::Draining { until } => Some(*until),
        };
        until.map_or(GLANCE, |until| {
            until.saturating_duration_since(Instant::now()).min(GLANCE)
        })
    }

    /// Waits for output or the end, reads what is there, and tells whether nothing was.
    fn read(&mut self, gathered: &mut Gathered<'_>, patience: Duration) -> bool {
        let sources = [
            self.streams[0].as_ref(),
            self.streams[1].as_ref(),
            self.exit.as_ref(),
        ];
        let mut ready = [false; 3];
        {
            let (indices, mut polled): (Vec<usize>, Vec<PollFd<'_>>) = sources
                .into_iter()
                .enumerate()
                .filter_map(|(index, source)| Some((index, PollFd::new(source?, PollFlags::IN))))
                .unzip();
            let patience = Timespec::try_from(patience).unwrap_or_default();
            if rustix::event::poll(&mut polled, Some(&patience)).is_ok() {
                for (index, fd) in indices.into_iter().zip(&polled) {
                    ready[index] = !fd.revents().is_empty();
                }
            }
        }
        for (number, stream) in self.streams.iter_mut().enumerate() {
            let Some(reader) = stream.as_mut().filter(|_| ready[number]) else {
                continue;
            };
            match reader.read(&mut self.buffer) {
                Ok(count) if count > 0 => gathered.take(number, &self.buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => {
                    gathered.close(number);
                    *stream = None;
                }
            }
        }
        if ready[2] {
            self.exit = None;
        }
        ready == [false; 3]
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // A group that is gone already is what is wanted.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    fn alive(&self) -> bool {
        self.group
            .is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
    }
}

fn outcome(handle: &duct::Handle) -> ExecEnd {
    match handle.wait() {
        Ok(output) => match (output.status.code(), output.status.signal()) {
            (Some(code), _) => ExecEnd::Exited(code),
            (None, signal) => ExecEnd::Killed(signal.unwrap_or_default()),
        },
        Err(error) => ExecEnd::NotStarted(format!("the end of the command was lost: {error}")),
    }
}

/// What a command leaves running may go on writing: without a reader it would block, or be ended by
/// `SIGPIPE` at its next line. The reader ends with it, and does not depend on this process.
fn keep_reading(stream: PipeReader) {
    let Ok(spare) = stream.try_clone() else { return };
    let reader = duct::cmd("cat", Vec::<String>::new())
        .dir("/")
        .stdin_file(stream)
        .stdout_null()
        .stderr_null()
        .unchecked()
        .before_spawn(|command| {
            command.process_group(0);
            Ok(())
        })
        .start();
    if reader.is_err() {
        let _ = std::thread::Builder::new()
            .name("rel-read".into())
            .spawn(move || io::copy(&mut { spare }, &mut io::sink()));
    }
}
