//! Whole runs on real repositories with real remotes, under a pinned clock.

mod asked;
mod back;
mod blocks;
mod by_hand;
mod edits;
mod equal;
mod forward;
mod hostile;
mod killed;
mod like_git;
mod others;
mod people;
mod resume;
mod scale;
mod soaks;
mod taken_back;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::process::Command;

use relplan::check::{HostGates, Input, NoFiles, Plan, check};
use relplan::engine::{
    Answer, EngineError, ExecOutcome, ExecRequest, HostGateRequest, HostVerdict, Now, Parts, PlanReport,
    Ports, PublishRequest, PushRequest, Question, RunEnd, RunOptions, Session, SignOutcome, SignRequest,
    Waited, simulate,
};
use relplan::git::{self, Git, PushOutcome, Repository, Sandbox};
use relplan::host::System;
use relplan::journal::{
    Event, JournalError, Journals, Memory, Millis, Record, RefMove, RunStarted, RunState, Sink,
};
use relplan::model::{Duration, Oid};

/// 2026-01-01 12:00 UTC.
pub(crate) const START: Millis = 1_767_268_800_000;

/// The real world with a clock that moves only when somebody waits.
pub(crate) struct Pinned {
    pub(crate) real: System,
    pub(crate) passed: Millis,
    /// What people answer, in this order; then nobody is there.
    pub(crate) answers: VecDeque<Answer>,
    /// Waiting is declined (`--no-wait`).
    pub(crate) declines: bool,
}

impl Ports for Pinned {
    fn now(&mut self) -> Now {
        Now {
            millis: START + self.passed,
            offset_minutes: 60,
        }
    }
    fn sleep(&mut self, duration: Duration) -> Waited {
        if self.declines {
            return Waited::Declined;
        }
        self.passed += Millis::try_from(duration.as_millis()).unwrap();
        Waited::Full
    }
    fn interrupted(&mut self) -> bool {
        false
    }
    fn step_begins(&mut self) {
        self.real.step_begins();
    }
    fn exec(&mut self, sandbox: &mut Sandbox, request: &ExecRequest) -> ExecOutcome {
        self.real.exec(sandbox, request)
    }
    fn sign(&mut self, sandbox: &mut Sandbox, request: &SignRequest) -> SignOutcome {
        self.real.sign(sandbox, request)
    }
    fn fetch(&mut self, sandbox: &mut Sandbox, remote: &str) -> Result<Vec<RefMove>, git::Error> {
        self.real.fetch(sandbox, remote)
    }
    fn local_refs(&mut self, sandbox: &Sandbox) -> Result<Option<BTreeMap<String, Oid>>, git::Error> {
        self.real.local_refs(sandbox)
    }
    fn push(&mut self, sandbox: &mut Sandbox, request: &PushRequest) -> PushOutcome {
        self.real.push(sandbox, request)
    }
    fn publish(&mut self, sandbox: &mut Sandbox, request: &PublishRequest) -> Result<(), git::Error> {
        self.real.publish(sandbox, request)
    }
    fn can_publish(&mut self, sandbox: &mut Sandbox, moves: &[RefMove]) -> Result<(), git::Error> {
        self.real.can_publish(sandbox, moves)
    }
    fn ask(&mut self, _: &Question) -> Answer {
        self.answers.pop_front().unwrap_or(Answer::NoTerminal)
    }
    fn host_gate(&mut self, request: &HostGateRequest) -> HostVerdict {
        self.real.host_gate(request)
    }
}

/// A repository `work` with a bare `remote.git` beside it: `main` pushed, `topic` two commits ahead of it.
pub(crate) struct World {
    pub(crate) home: tempfile::TempDir,
    /// What people answer in the next process.
    pub(crate) answers: RefCell<VecDeque<Answer>>,
    /// Whether the next processes decline to wait.
    pub(crate) declines: Cell<bool>,
}

impl World {
    pub(crate) fn new() -> Self {
        let world = World {
            home: tempfile::tempdir().unwrap(),
            answers: RefCell::default(),
            declines: Cell::default(),
        };
        let home = world.home.path();
        git(home, &["init", "-q", "--bare", "-b", "main", "remote.git"]);
        git(home, &["init", "-q", "-b", "main", "work"]);
        let work = world.work();
        git(&work, &["config", "user.name", "Ann"]);
        git(&work, &["config", "user.email", "ann@example.com"]);
        git(
            &work,
            &[
                "remote",
                "add",
                "origin",
                &home.join("remote.git").display().to_string(),
            ],
        );
        world.write("file", "one\ntwo\nthree\n");
        world.write("VERSION", "1.0.0\n");
        world.write(
            "CHANGELOG.md",
            "# Changelog\n\n## [1.0.0] - 2025-01-01\n\n- first\n",
        );
        world.commit("first");
        git(&work, &["push", "-q", "-u", "origin", "main"]);
        git(&work, &["checkout", "-q", "-b", "topic"]);
        world.write("topic-a", "a\n");
        world.commit("topic a");
        world.write("file", "one\ntwo\nTHREE\n");
        world.commit("topic b");
        git(&work, &["push", "-q", "-u", "origin", "topic"]);
        git(&work, &["checkout", "-q", "--detach", "main"]);
        world
    }

    /// The same once more, journals included, in another place.
    pub(crate) fn copy(&self) -> Self {
        let world = World {
            home: tempfile::tempdir().unwrap(),
            answers: RefCell::default(),
            declines: Cell::default(),
        };
        let copied = Command::new("cp")
            .arg("-a")
            .arg(self.home.path().join("."))
            .arg(world.home.path())
            .status();
        assert!(copied.unwrap().success());
        git(
            &world.work(),
            &[
                "remote",
                "set-url",
                "origin",
                &world.remote().display().to_string(),
            ],
        );
        world
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.home.path().join("work")
    }

    pub(crate) fn remote(&self) -> PathBuf {
        self.home.path().join("remote.git")
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.work().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn commit(&self, message: &str) {
        git(&self.work(), &["add", "--all"]);
        git(&self.work(), &["commit", "-q", "-m", message]);
    }

    /// A commit on a branch of the remote, made elsewhere.
    pub(crate) fn others_push(&self, branch: &str, path: &str) {
        let clone = self
            .home
            .path()
            .join(format!("elsewhere-{}", path.replace('/', "-")));
        git(
            self.home.path(),
            &[
                "clone",
                "-q",
                "-b",
                branch,
                "remote.git",
                &clone.display().to_string(),
            ],
        );
        std::fs::write(clone.join(path), "theirs\n").unwrap();
        git(&clone, &["add", "--all"]);
        git(
            &clone,
            &[
                "-c",
                "user.name=Bob",
                "-c",
                "user.email=bob@example.com",
                "commit",
                "-q",
                "-m",
                "from others",
            ],
        );
        git(&clone, &["push", "-q", "origin", branch]);
    }

    /// A script that pushes a commit of somebody else to a branch of the remote, once.
    pub(crate) fn others_script(&self, branch: &str, path: &str) -> String {
        let script = self.home.path().join(format!("push-{path}.sh"));
        let (remote, clone) = (self.remote(), self.home.path().join(format!("late-{path}")));
        let (remote, clone) = (remote.display(), clone.display());
        let text = format!(
            "test -d {clone} && exit 0\ngit clone -q -b {branch} {remote} {clone} && cd {clone} && echo theirs > {path} && \
             git add {path} && git -c user.name=Bob -c user.email=bob@example.com commit -qm {path} && git push -q origin {branch}\n"
        );
        std::fs::write(&script, text).unwrap();
        script.display().to_string()
    }

    pub(crate) fn records(&self, run: &str) -> Vec<Record> {
        Journals::of(&self.work().join(".git")).read(run).unwrap()
    }

    /// What a rollback has noted.
    pub(crate) fn notes(&self, run: &str) -> Vec<String> {
        let notes = self
            .records(run)
            .into_iter()
            .filter_map(|record| match record.event {
                Event::RollbackNote { message, .. } => Some(message),
                _ => None,
            });
        notes.collect()
    }

    /// A person resolves the conflict that was left, where the message says, and commits.
    pub(crate) fn resolve(&self, run: &str, path: &str, content: &str) {
        let runs = self.work().join(".git/rel/runs").join(run);
        let mut places = std::fs::read_dir(runs)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let directory = places
            .find(|path| path.join(".git").is_dir())
            .expect("a conflict was left");
        let status = git(&directory, &["status", "--porcelain"]);
        assert!(status.contains(&format!("UU {path}")), "{status}");
        assert!(
            std::fs::read_to_string(directory.join(path))
                .unwrap()
                .contains("<<<<<<<")
        );
        std::fs::write(directory.join(path), content).unwrap();
        git(&directory, &["add", path]);
        git(&directory, &["commit", "-q", "-m", "by hand"]);
    }

    /// Applies a plan in a process that dies before it can record an event that `fatal` names; gives the run.
    pub(crate) fn killed(&self, plan: &Plan, fatal: impl FnMut(&Event) -> bool) -> String {
        let journals = Journals::of(&self.work().join(".git"));
        let (run, mut store) = journals.create(START).unwrap();
        let mut fuse = Fuse {
            inner: &mut store,
            fatal,
        };
        assert!(
            self.apply_into(plan, &mut fuse, &run).is_err(),
            "it should have been killed"
        );
        run
    }

    /// As [`World::killed`]: a command that contains `words` has run, and its end is not on record.
    pub(crate) fn killed_before_the_end_of(&self, plan: &Plan, words: &str) -> String {
        let mut runs = false;
        self.killed(plan, |event| match event {
            Event::CommandIntent(intent) => {
                runs = intent.display.contains(words);
                false
            }
            Event::CommandFinished(_) => runs,
            _ => false,
        })
    }

    /// A hook of the remote or, with `local`, of the repository.
    pub(crate) fn hook(&self, local: bool, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let root = if local {
            self.work().join(".git")
        } else {
            self.remote()
        };
        let path = root.join("hooks").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn at(&self, revision: &str) -> String {
        git(&self.work(), &["rev-parse", revision])
    }

    pub(crate) fn at_remote(&self, revision: &str) -> String {
        git(&self.remote(), &["rev-parse", revision])
    }

    /// Every ref here and at the remote.
    pub(crate) fn refs(&self) -> (String, String) {
        let refs = |path: &Path| {
            let all = git(path, &["for-each-ref", "--format=%(refname) %(objectname)"]);
            all.lines()
                .filter(|line| !line.starts_with("refs/rel/"))
                .collect::<Vec<_>>()
                .join("\n")
        };
        (refs(&self.work()), refs(&self.remote()))
    }

    pub(crate) fn fsck(&self) {
        for path in [self.work(), self.remote()] {
            let (ok, said) = try_git(&path, &["fsck", "--strict", "--no-dangling"]);
            assert!(ok, "{said}");
        }
    }

    pub(crate) fn ports(&self) -> Pinned {
        Pinned {
            real: System::new(self.work(), "Ann <ann@example.com>"),
            passed: 0,
            answers: self.answers.take(),
            declines: self.declines.get(),
        }
    }

    /// The only run there is, or the newest.
    pub(crate) fn last_run(&self) -> String {
        Journals::of(&self.work().join(".git"))
            .runs()
            .unwrap()
            .pop()
            .unwrap()
    }

    /// Resumes the newest run in a new process.
    pub(crate) fn resume(&self, plan: &Plan) -> RunEnd {
        let run = self.last_run();
        self.go_on(plan, &run, |session| session.resume(None)).unwrap()
    }

    /// Simulates, applies, and holds every ref of the simulation against the real ones.
    pub(crate) fn lands_as_simulated(&self, plan: &Plan) -> Vec<Record> {
        let before = self.refs();
        let report = self.simulate(plan);
        assert!(report.problems.is_empty(), "{:#?}", report.problems);
        assert_eq!(self.refs(), before, "a simulation moves nothing");
        let (end, records) = self.apply(plan);
        assert_eq!(end, RunEnd::Done, "{records:#?}");
        let mut last = BTreeMap::new();
        for change in report.phases.iter().flat_map(|phase| &phase.refs) {
            assert!(change.known, "{}", change.change.name);
            last.insert(change.change.name.clone(), change.change.new.clone());
        }
        assert!(!last.is_empty(), "the plan moves something");
        for (name, new) in last {
            let (place, full) = match name.strip_prefix("refs/remotes/origin/") {
                Some(short) => (self.remote(), short.to_owned()),
                None => (self.work(), name.clone()),
            };
            let (ok, now) = try_git(&place, &["rev-parse", "--verify", "--quiet", &full]);
            let now = ok.then_some(now);
            assert_eq!(new.map(|oid| oid.as_str().to_owned()), now, "{name}");
        }
        self.fsck();
        records
    }

    pub(crate) fn repository(&self) -> Repository {
        Repository::discover(Git::find("git").unwrap(), &self.work()).unwrap()
    }

    pub(crate) fn simulate(&self, plan: &Plan) -> PlanReport {
        let repository = self.repository();
        let mut ports = self.ports();
        let mut sink = Memory::default();
        let mut observer = |_: &Record| {};
        simulate(Parts {
            plan,
            repository: &repository,
            directory: self.work(),
            ports: &mut ports,
            sink: &mut sink,
            observer: &mut observer,
            options: RunOptions::default(),
            state: RunState::default(),
            run: "simulation".into(),
        })
        .unwrap()
    }

    /// Applies a plan; gives how it ended and all it recorded.
    pub(crate) fn apply(&self, plan: &Plan) -> (RunEnd, Vec<Record>) {
        let journals = Journals::of(&self.work().join(".git"));
        let (run, mut store) = journals.create(START).unwrap();
        let end = self.apply_into(plan, &mut store, &run).unwrap();
        (end, journals.read(&run).unwrap())
    }

    pub(crate) fn apply_into(
        &self,
        plan: &Plan,
        sink: &mut dyn Sink,
        run: &str,
    ) -> Result<RunEnd, EngineError> {
        let repository = self.repository();
        let mut ports = self.ports();
        let live = RefCell::new((RunState::default(), Vec::new()));
        let mut observer = |record: &Record| {
            let (state, records) = &mut *live.borrow_mut();
            state.apply(record);
            records.push(record.clone());
        };
        let session = Session::open(Parts {
            plan,
            repository: &repository,
            directory: self.work(),
            ports: &mut ports,
            sink,
            observer: &mut observer,
            options: RunOptions::default(),
            state: RunState::default(),
            run: run.into(),
        })?;
        let end = session.apply(started(plan, run));
        let (state, records) = live.into_inner();
        assert_eq!(
            RunState::replay(&records),
            state,
            "a state is the fold of its records"
        );
        end
    }

    /// Opens a session on what a run has recorded, and does something with it.
    pub(crate) fn go_on<T>(&self, plan: &Plan, run: &str, act: impl FnOnce(Session<'_>) -> T) -> T {
        self.go_on_until(plan, run, |_| false, act)
    }

    /// As [`World::go_on`], in a process that dies before it can record an event that `fatal` names.
    pub(crate) fn go_on_until<T>(
        &self,
        plan: &Plan,
        run: &str,
        fatal: impl FnMut(&Event) -> bool,
        act: impl FnOnce(Session<'_>) -> T,
    ) -> T {
        let journals = Journals::of(&self.work().join(".git"));
        let (records, mut store) = journals.take_up(run).unwrap();
        let mut fuse = Fuse {
            inner: &mut store,
            fatal,
        };
        let repository = self.repository();
        let mut ports = self.ports();
        ports.passed = records.last().map_or(0, |last| last.at - START);
        let mut observer = |_: &Record| {};
        let session = Session::open(Parts {
            plan,
            repository: &repository,
            directory: self.work(),
            ports: &mut ports,
            sink: &mut fuse,
            observer: &mut observer,
            options: RunOptions::default(),
            state: RunState::replay(&records),
            run: run.into(),
        })
        .unwrap();
        act(session)
    }
}

pub(crate) fn started(plan: &Plan, run: &str) -> RunStarted {
    RunStarted {
        version: relplan::journal::FORMAT,
        run: run.into(),
        title: plan.title().into(),
        digest: plan.digest().into(),
        sources: Vec::new(),
        params: Vec::new(),
        directory: String::new(),
        remote: Some("origin".into()),
        who: "Ann <ann@example.com>".into(),
        offline: false,
    }
}

/// A sink that dies before it records event number `left`.
pub(crate) struct Mortal<'s> {
    pub(crate) inner: &'s mut dyn Sink,
    pub(crate) left: usize,
}

impl Sink for Mortal<'_> {
    fn record(&mut self, at: Millis, event: Event) -> Result<Record, JournalError> {
        if self.left == 0 {
            return Err(JournalError::NoRun {
                what: "killed here".into(),
            });
        }
        self.left -= 1;
        self.inner.record(at, event)
    }
}

/// A sink that dies before it records an event that `fatal` names.
pub(crate) struct Fuse<'s, F> {
    pub(crate) inner: &'s mut dyn Sink,
    pub(crate) fatal: F,
}

impl<F: FnMut(&Event) -> bool> Sink for Fuse<'_, F> {
    fn record(&mut self, at: Millis, event: Event) -> Result<Record, JournalError> {
        if (self.fatal)(&event) {
            return Err(JournalError::NoRun {
                what: "killed here".into(),
            });
        }
        self.inner.record(at, event)
    }
}

pub(crate) fn last_run(world: &World) -> String {
    let journals = Journals::of(&world.work().join(".git"));
    journals.runs().unwrap().pop().unwrap()
}

/// Whether a repository has an object of that name.
pub(crate) fn there(repository: &Path, revision: &str) -> bool {
    try_git(repository, &["rev-parse", "-q", "--verify", revision]).0
}

/// A checked plan; the text goes behind a header.
pub(crate) fn plan(text: &str) -> Plan {
    let text = format!("plan \"test\"\n{text}\n");
    let checked = check(&Input {
        name: "release.rel",
        path: "release.rel",
        text: text.as_bytes(),
        set: &[],
        loader: &NoFiles,
        facts: None,
        host_gates: &HostGates::default(),
        today: None,
    });
    let errors: Vec<_> = checked.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    checked.plan.unwrap()
}

pub(crate) fn oid(text: &str) -> Oid {
    Oid::parse(text).unwrap()
}

/// Calls git apart from the machine's own configuration; gives what it printed.
pub(crate) fn git(directory: &Path, args: &[&str]) -> String {
    let (ok, printed) = try_git(directory, args);
    assert!(ok, "git {args:?}: {printed}");
    printed
}

pub(crate) fn try_git(directory: &Path, args: &[&str]) -> (bool, String) {
    let mut command = Command::new("git");
    for name in Git::ties() {
        command.env_remove(name);
    }
    let output = command
        .args(args)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", "2025-12-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2025-12-01T00:00:00Z")
        .output()
        .unwrap();
    let mut printed = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    if !output.status.success() {
        printed.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    (output.status.success(), printed)
}
