//! How checking and planning grow with a plan, in one run: `cargo bench --bench scale`.
//!
//! Every size is checked and simulated as a chain of phases of five steps each (branch, commit, merge, tag, push) on
//! a fresh repository with a bare remote. A step costs the same in a long plan as in a short one when the last two
//! columns stay level. The yardstick beside it is plain git doing the same steps, one process each, for real.

#![allow(clippy::disallowed_methods, reason = "it builds repositories and takes time")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use relplan::Engine;

const SIZES: [usize; 4] = [125, 250, 500, 1_000];
const STEPS: usize = 5;
const RUNS: usize = 3;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("phases  steps   check/ms   plan/ms   check/step/us   plan/step/us");
    for phases in SIZES {
        let home = tempfile::tempdir()?;
        let repository = build(home.path())?;
        let text = chain(phases);
        let (mut check, mut plan) = (Duration::MAX, Duration::MAX);
        for _ in 0..RUNS {
            let mut engine = Engine::builder().repository(&repository).build()?;
            let began = Instant::now();
            let mut loaded = engine.load_text("release.rel", text.as_str());
            let checked = loaded.check();
            check = check.min(began.elapsed());
            assert!(checked.plan.is_some(), "the plan is sound");
            let began = Instant::now();
            let report = loaded.plan()?;
            plan = plan.min(began.elapsed());
            assert!(report.problems.is_empty() && report.phases.len() == phases);
        }
        let steps = phases * STEPS;
        println!(
            "{phases:>6} {steps:>6} {:>10.1} {:>9.0} {:>15.1} {:>14.0}",
            millis(check),
            millis(plan),
            millis(check) * 1_000.0 / ratio(steps),
            millis(plan) * 1_000.0 / ratio(steps),
        );
    }
    let home = tempfile::tempdir()?;
    let repository = build(home.path())?;
    let phases = SIZES[0];
    let began = Instant::now();
    by_git(&repository, phases)?;
    let took = millis(began.elapsed());
    let each = took * 1_000.0 / ratio(phases * STEPS);
    println!("git, one process a step, {phases} phases: {took:.0} ms, {each:.0} us a step");
    Ok(())
}

fn chain(phases: usize) -> String {
    let mut text = String::from("plan \"Scale\"\n");
    for n in 1..=phases {
        let after = if n > 1 {
            format!("after p{} ", n - 1)
        } else {
            String::new()
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "phase p{n} {after}{{ branch b{n} from main; commit on b{n} \"c{n}\" {{ write d{}/f{n} \"{n}\" }}; \
             merge no-ff b{n} into main; tag t{n} on main; push main, t{n}; rollback revert }}",
            n / 32
        );
    }
    text
}

fn by_git(repository: &Path, phases: usize) -> Result<(), Failure> {
    for n in 1..=phases {
        let (branch, tag) = (format!("b{n}"), format!("t{n}"));
        git(repository, &["checkout", "-q", "-b", &branch])?;
        std::fs::write(repository.join(format!("f{n}")), n.to_string())?;
        git(repository, &["add", "--all"])?;
        git(repository, &["commit", "-q", "-m", &branch])?;
        git(repository, &["checkout", "-q", "main"])?;
        git(repository, &["merge", "-q", "--no-ff", "-m", &branch, &branch])?;
        git(repository, &["tag", &tag])?;
        git(repository, &["push", "-q", "--atomic", "origin", "main", &tag])?;
    }
    Ok(())
}

fn build(home: &Path) -> Result<std::path::PathBuf, Failure> {
    let repository = home.join("repository");
    std::fs::create_dir(&repository)?;
    git(home, &["init", "-q", "--bare", "-b", "main", "remote.git"])?;
    git(&repository, &["init", "-q", "-b", "main"])?;
    git(&repository, &["config", "user.name", "Bench"])?;
    git(&repository, &["config", "user.email", "bench@example.com"])?;
    git(&repository, &["remote", "add", "origin", "../remote.git"])?;
    std::fs::write(repository.join("README"), "a repository to measure on\n")?;
    git(&repository, &["add", "--all"])?;
    git(&repository, &["commit", "-q", "-m", "begin"])?;
    git(&repository, &["push", "-q", "-u", "origin", "main"])?;
    Ok(repository)
}

fn git(directory: &Path, args: &[&str]) -> Result<(), Failure> {
    let status = Command::new("git").current_dir(directory).args(args).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("git {args:?}: {status}").into())
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn ratio(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
