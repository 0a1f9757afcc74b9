//! rel inside a program of your own: a throw-away repository, a gate that this program answers, an
//! observer for events, a plan that is looked at, applied and taken back.
//!
//! Run it with `cargo run --example embed`.

#![allow(clippy::disallowed_methods, reason = "it builds its own repository")]

use std::path::Path;
use std::process::Command;

use relplan::check::HostParam;
use relplan::engine::HostVerdict;
use relplan::journal::{Event, Record};
use relplan::model::Type;
use relplan::{Engine, RunEnd};

const PLAN: &str = r#"
plan "Embedded release"

param version: version = 1.0.0

phase land "Land and tag" {
  merge no-ff feature into main
  gate error-budget(at_least: 20%) on main   # answered by this program
  tag v$version on main { message "Release v$version" }
  push main, v$version
  rollback revert
}
"#;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let home = tempfile::tempdir()?;
    let repository = home.path().join("repository");
    build_repository(home.path(), &repository)?;

    let mut engine = Engine::builder()
        .repository(&repository)
        .set("version", "1.1.0")
        .gate("error-budget", vec![percentage("at_least")], |request| {
            // Here a real program would ask its monitoring.
            let left = 42;
            let wanted = &request.arguments["at_least"];
            match wanted.to_string().trim_end_matches('%').parse::<u32>() {
                Ok(wanted) if left >= wanted => HostVerdict::Passed(format!("{left}% left")),
                Ok(wanted) => HostVerdict::Failed(format!("{left}% left, {wanted}% wanted")),
                Err(error) => HostVerdict::Inconclusive(error.to_string()),
            }
        })
        .observer(narrate)
        .build()?;

    let mut plan = engine.load_text("release.rel", PLAN);
    let report = plan.plan()?;
    println!("{} would move:", report.title);
    for moved in report.phases.iter().flat_map(|phase| &phase.refs) {
        let new = moved.change.new.as_ref().map_or("nothing", |oid| oid.short());
        println!("  {} -> {new}", moved.change.name);
    }
    for problem in &report.problems {
        println!("  in the way: {}", problem.message);
    }

    println!("applying:");
    match plan.apply()? {
        RunEnd::Done => println!("released; main at the remote is {}", remote_main(home.path())?),
        other => return Err(format!("{other:?}; exit status {}", other.exit_code()).into()),
    }

    println!("taking it back:");
    engine.rollback("land", false)?;
    println!("main at the remote is {}", remote_main(home.path())?);
    Ok(())
}

/// Says what happens as it happens.
fn narrate(record: &Record) {
    match &record.event {
        Event::StepStarted { display, .. } => println!("  {display}"),
        Event::Gate(result) => println!("    {} {:?}", result.gate, result.verdict),
        Event::RemoteMoved { .. } => println!("    the remote has moved"),
        Event::RollbackStarted { phase, .. } => println!("  rolling {phase} back"),
        Event::PhaseFailed { reason, .. } => println!("  failed: {reason}"),
        _ => {}
    }
}

fn percentage(name: &str) -> HostParam {
    HostParam {
        name: name.to_owned(),
        ty: Type::Percent,
        optional: false,
    }
}

/// `main`, a feature ahead of it, and a bare remote.
fn build_repository(home: &Path, repository: &Path) -> Result<(), Failure> {
    git(home, &["init", "-q", "--bare", "-b", "main", "remote.git"])?;
    git(home, &["init", "-q", "-b", "main", "repository"])?;
    git(repository, &["config", "user.name", "Ann"])?;
    git(repository, &["config", "user.email", "ann@example.com"])?;
    std::fs::write(repository.join("README"), "a service\n")?;
    git(repository, &["add", "README"])?;
    git(repository, &["commit", "-q", "-m", "first"])?;
    git(repository, &["checkout", "-q", "-b", "feature"])?;
    std::fs::write(repository.join("feature"), "new\n")?;
    git(repository, &["add", "feature"])?;
    git(repository, &["commit", "-q", "-m", "the feature"])?;
    git(repository, &["checkout", "-q", "main"])?;
    git(repository, &["remote", "add", "origin", "../remote.git"])?;
    git(repository, &["push", "-q", "-u", "origin", "main", "feature"])?;
    Ok(())
}

fn remote_main(home: &Path) -> Result<String, Failure> {
    git(&home.join("remote.git"), &["log", "-1", "--format=%h %s", "main"])
}

fn git(directory: &Path, args: &[&str]) -> Result<String, Failure> {
    let output = Command::new("git").args(args).current_dir(directory).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}
