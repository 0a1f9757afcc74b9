//! Where events go: a durable file per run, or memory.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Event, FORMAT, Millis, Record};

/// The journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system refuses a file.
    #[error(
        "the journal `{path}` cannot be {doing}: {source}; rel changes nothing that it cannot write down first"
    )]
    File {
        /// The file.
        path: String,
        /// What was tried.
        doing: &'static str,
        /// The system's words.
        source: std::io::Error,
    },
    /// A line makes no sense.
    #[error(
        "line {line} of the journal `{path}` cannot be read: {reason}; it was changed by something else than rel"
    )]
    Corrupt {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// Another rel wrote it.
    #[error(
        "the journal `{path}` has format {found}, and this rel reads format {FORMAT}; use the rel that wrote it"
    )]
    Format {
        /// The file.
        path: String,
        /// Its format.
        found: u32,
    },
    /// A write failed before, and what is in the file since then is not certain.
    #[error(
        "the journal `{path}` could not be written a moment ago, so nothing more is done; `rel resume` goes on when it can be"
    )]
    Broken {
        /// The file.
        path: String,
    },
    /// Another process is at work here.
    #[error("another rel is at work in this repository ({who}); wait for it, or end it and run `rel resume`")]
    Busy {
        /// Which process and run.
        who: String,
    },
    /// No run of that name, or none at all.
    #[error("{what}")]
    NoRun {
        /// In a sentence.
        what: String,
    },
}

/// Takes events; durable ones are on disk when `record` returns.
pub trait Sink {
    /// Appends an event.
    ///
    /// # Errors
    /// When it cannot be made durable; the effect it announces must not happen then.
    fn record(&mut self, at: Millis, event: Event) -> Result<Record, JournalError>;
}

/// Keeps events in memory: for simulations.
#[derive(Debug, Default)]
pub struct Memory {
    /// All events so far.
    pub records: Vec<Record>,
}

impl Sink for Memory {
    fn record(&mut self, at: Millis, event: Event) -> Result<Record, JournalError> {
        let record = Record {
            seq: self.records.len() as u64,
            at,
            event,
        };
        self.records.push(record.clone());
        Ok(record)
    }
}

/// The journals of a repository, below `rel/` in its common directory.
#[derive(Clone, Debug)]
pub struct Journals {
    root: PathBuf,
}

/// The right to act: held by one process per repository at a time.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// From here on whoever finds it taken learns by which run.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub fn taken_for(&mut self, run: &str) -> Result<(), JournalError> {
        self.note(&format!(" at the run {run}"))
    }

    fn note(&mut self, what: &str) -> Result<(), JournalError> {
        let note = format!("process {}{what}\n", std::process::id());
        let file = &mut self.file;
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(note.as_bytes()))
            .map_err(failed(&self.path, "written"))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing would not do: a child that is just being started may hold a copy of the file.
        let _ = fs4::FileExt::unlock(&self.file);
    }
}

impl Journals {
    /// The journals of the repository with that common directory. Nothing is made on disk yet.
    pub fn of(common_dir: &Path) -> Self {
        Self {
            root: common_dir.join("rel"),
        }
    }

    /// Takes the lock of the repository: the right to act on its refs.
    ///
    /// # Errors
    /// [`JournalError::Busy`], naming who holds it.
    pub fn lock(&self) -> Result<Lock, JournalError> {
        Self::lock_in(&self.root, "")
    }

    /// Takes the lock of one run: the right to go on with it, also while it waits and others act.
    ///
    /// # Errors
    /// [`JournalError::Busy`], naming who holds it.
    pub fn lock_run(&self, run: &str) -> Result<Lock, JournalError> {
        Self::lock_in(&self.root.join("runs").join(run), &format!(" at the run {run}"))
    }

    fn lock_in(directory: &Path, what: &str) -> Result<Lock, JournalError> {
        make_directory(directory)?;
        let path = directory.join("lock");
        let open = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let file = open.map_err(failed(&path, "opened"))?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(fs4::TryLockError::WouldBlock) => {
                let who = std::fs::read_to_string(&path).unwrap_or_default();
                let who = if who.trim().is_empty() {
                    "an unknown process".into()
                } else {
                    who.trim().to_owned()
                };
                return Err(JournalError::Busy { who });
            }
            Err(fs4::TryLockError::Error(source)) => return Err(failed(&path, "locked")(source)),
        }
        let mut lock = Lock { file, path };
        lock.note(what)?;
        Ok(lock)
    }

    /// The ids of all runs, oldest first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn runs(&self) -> Result<Vec<String>, JournalError> {
        let path = self.root.join("runs");
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(failed(&path, "listed")(source)),
        };
        let mut runs: Vec<String> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.path().join("journal.jsonl").is_file())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        runs.sort_by_key(|run| order(run));
        Ok(runs)
    }

    fn file(&self, run: &str) -> PathBuf {
        self.root.join("runs").join(run).join("journal.jsonl")
    }

    /// A new run; its id sorts by time: `20261120T201500Z`, with `-2` and so on when two start at once.
    ///
    /// # Errors
    /// When the journal cannot be made.
    pub fn create(&self, now: Millis) -> Result<(String, Store), JournalError> {
        let stamp = jiff::Timestamp::from_millisecond(now).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let base = stamp.strftime("%Y%m%dT%H%M%SZ").to_string();
        let taken = self.runs()?;
        for number in 1u32.. {
            let run = match number {
                1 => base.clone(),
                _ => format!("{base}-{number}"),
            };
            if taken.contains(&run) {
                continue;
            }
            if let Some(store) = self.begin(&run)? {
                return Ok((run, store));
            }
        }
        unreachable!("BUG: a moment has fewer runs than there are numbers")
    }

    /// The journal of a new run; `None` when another process has just begun one of that name.
    fn begin(&self, run: &str) -> Result<Option<Store>, JournalError> {
        let path = self.file(run);
        let directory = self.root.join("runs").join(run);
        make_directory(&directory)?;
        let open = OpenOptions::new()
            .read(true)
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        let file = match open {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(None),
            Err(source) => return Err(failed(&path, "made")(source)),
        };
        // The run's directory, `runs`, `rel` and the common directory: each may be new.
        for made in directory.ancestors().take(4) {
            sync_directory(made)?;
        }
        Ok(Some(Store {
            path,
            file,
            next: 0,
            length: 0,
            broken: false,
        }))
    }

    /// Everything a run has recorded; a last line that was cut off by a crash is left out.
    ///
    /// # Errors
    /// [`JournalError::NoRun`], [`JournalError::Corrupt`], [`JournalError::Format`].
    pub fn read(&self, run: &str) -> Result<Vec<Record>, JournalError> {
        named(run)?;
        let path = self.file(run);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(no_run(run));
            }
            Err(source) => return Err(failed(&path, "opened")(source)),
        };
        read_records(&path, file).map(|(records, _)| records)
    }

    /// Opens a run's journal to go on with it. A last line that a crash has cut off is taken out, and a
    /// warning in the journal says so.
    ///
    /// # Errors
    /// As [`Journals::read`].
    pub fn take_up(&self, run: &str) -> Result<(Vec<Record>, Store), JournalError> {
        named(run)?;
        let path = self.file(run);
        let open = OpenOptions::new().read(true).append(true).open(&path);
        let file = match open {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(no_run(run)),
            Err(source) => return Err(failed(&path, "opened")(source)),
        };
        let copy = file.try_clone().map_err(failed(&path, "opened"))?;
        let (mut records, length) = read_records(&path, copy)?;
        let torn = file.metadata().map_err(failed(&path, "read"))?.len() - length;
        let mut store = Store {
            next: records.last().map_or(0, |last| last.seq + 1),
            path,
            file,
            length,
            broken: false,
        };
        if torn > 0 {
            store.cut().map_err(failed(&store.path, "mended"))?;
        }
        if let Some(last) = records.last().filter(|_| torn > 0) {
            let message = format!(
                "the last line of the journal was cut off ({torn} bytes): rel or the machine ended while it was written, so \
                 what it would have announced did not happen"
            );
            let warning = Event::Warning { phase: None, message };
            let record = store.record(last.at, warning)?;
            records.push(record);
        }
        Ok((records, store))
    }

    /// Where the objects of a run are kept reachable: `refs/rel/runs/ID/`.
    pub fn refs(run: &str) -> String {
        format!("refs/rel/runs/{run}/")
    }
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    file: File,
    next: u64,
    /// The part that is whole and durable.
    length: u64,
    broken: bool,
}

impl Store {
    /// Takes what stands behind the whole records out.
    fn cut(&mut self) -> std::io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.sync_all()
    }
}

impl Sink for Store {
    fn record(&mut self, at: Millis, event: Event) -> Result<Record, JournalError> {
        if self.broken {
            let path = self.path.display().to_string();
            return Err(JournalError::Broken { path });
        }
        let record = Record {
            seq: self.next,
            at,
            event,
        };
        let mut line = serde_json::to_vec(&record)
            .map_err(|error| failed(&self.path, "written")(std::io::Error::other(error)))?;
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            // Half a line may stand there: nobody may write behind it. What cannot be cut now is cut at
            // the next start.
            self.broken = true;
            let _ = self.cut();
            return Err(failed(&self.path, "written")(source));
        }
        self.length += line.len() as u64;
        self.next += 1;
        Ok(record)
    }
}

/// The records of a file, and the length of the part that is whole.
fn read_records(path: &Path, file: File) -> Result<(Vec<Record>, u64), JournalError> {
    let mut reader = BufReader::new(file);
    let (mut records, mut length, mut line) = (Vec::new(), 0u64, Vec::new());
    for number in 1.. {
        line.clear();
        let read = reader
            .read_until(b'\n', &mut line)
            .map_err(failed(path, "read"))?;
        if read == 0 || !line.ends_with(b"\n") {
            break;
        }
        let corrupt = |reason: String| JournalError::Corrupt {
            path: path.display().to_string(),
            line: number,
            reason,
        };
        if number == 1 {
            readable(path, &line)?;
        }
        let record: Record = serde_json::from_slice(&line).map_err(|error| corrupt(error.to_string()))?;
        if record.seq != records.len() as u64 {
            return Err(corrupt(format!(
                "it should be number {}, and is number {}",
                records.len(),
                record.seq
            )));
        }
        length += read as u64;
        records.push(record);
    }
    Ok((records, length))
}

/// The first line names the format; another one may have any shape otherwise.
fn readable(path: &Path, line: &[u8]) -> Result<(), JournalError> {
    #[derive(serde::Deserialize)]
    struct First {
        version: u32,
    }
    match serde_json::from_slice::<First>(line) {
        Ok(First { version: FORMAT }) | Err(_) => Ok(()),
        Ok(First { version: found }) => Err(JournalError::Format {
            path: path.display().to_string(),
            found,
        }),
    }
}

/// Sorts runs by time, and those of one second by their number.
fn order(run: &str) -> (String, u32) {
    match run.split_once('-') {
        Some((stamp, number)) => (stamp.to_owned(), number.parse().unwrap_or(u32::MAX)),
        None => (run.to_owned(), 1),
    }
}

/// Refuses what is no id of a run, lest it lead out of the directory.
fn named(run: &str) -> Result<(), JournalError> {
    let good = run
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if good && !run.is_empty() {
        return Ok(());
    }
    Err(no_run(run))
}

fn no_run(run: &str) -> JournalError {
    JournalError::NoRun {
        what: format!("there is no run `{run}` here; `rel log` lists them"),
    }
}

fn failed(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> JournalError {
    let path = path.display().to_string();
    move |source| JournalError::File { path, doing, source }
}

fn make_directory(path: &Path) -> Result<(), JournalError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(failed(path, "made"))
}

fn sync_directory(path: &Path) -> Result<(), JournalError> {
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(failed(path, "made durable"))
}
