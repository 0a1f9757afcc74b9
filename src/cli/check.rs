//! `rel check`: look for mistakes.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::context::Context;
use super::exit::{Exit, Failure, Outcome};
use super::targets::{self, Target};
use super::theme::count;
use super::{diagnostics, fix};
use crate::check::Checked;
use crate::diag::Severity;
use crate::embed::Engine;
use crate::export;

/// Look for mistakes, without running or changing anything
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Plans, libraries or directories of them; `-` is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How findings are shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Apply the fixes that keep what the plan means
    #[arg(long)]
    fix: bool,
    /// Leave the repository out: its branches, tags and files are not known
    #[arg(long, visible_alias = "offline")]
    no_repo: bool,
    /// Fail on these too
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Vec<Deny>,
    #[command(flatten)]
    set: super::args::SetArg,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// With the text around each place
    #[default]
    Text,
    /// One line each
    Short,
    /// A JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// A code quality report of GitLab
    Gitlab,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Deny {
    /// Warnings end with status 1 as errors do
    Warnings,
}

#[derive(Serialize)]
struct CheckDocument {
    diagnostics: Vec<export::DiagnosticDocument>,
}

/// Checks, shows, and fixes if asked to.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let targets = targets::of(&args.files, context)?;
    if args.fix && targets.iter().any(|target| matches!(target, Target::Stdin)) {
        return Err(Failure::wrong_use("standard input cannot be fixed in place").help("name the file"));
    }
    let mut engines = Engines::default();
    let mut all = Vec::new();
    let mut fixed = 0;
    for target in &targets {
        let checked = match target {
            Target::Stdin => stdin(args, context)?,
            Target::File(path) => {
                let engine = engines.at(path, args, context)?;
                if args.fix {
                    fixed += fix::file(engine, path, context)?;
                }
                let loaded = engine.load_file(path).map_err(|error| context.explain(&error))?;
                loaded.try_check().map_err(|error| context.explain(&error))?
            }
        };
        all.push(checked);
    }
    show(args.format, &all, context)?;
    if fixed > 0 {
        let mistakes = count(fixed, "finding", "findings");
        context.terminal.note(&format!("fixed {mistakes}"));
    }
    let found = || all.iter().flat_map(|checked| &checked.diagnostics);
    let denied = args.deny.contains(&Deny::Warnings) && found().any(|one| one.severity == Severity::Warning);
    let failed = denied || found().any(crate::diag::Diagnostic::is_error);
    Ok(if failed { Exit::Findings } else { Exit::Done })
}

fn show(format: Format, all: &[Checked], context: &mut Context) -> Result<(), Failure> {
    let found = || all.iter().map(|one| (&one.sources, one.diagnostics.as_slice()));
    let document = match format {
        Format::Json => export::json(CheckDocument {
            diagnostics: found()
                .flat_map(|(sources, found)| export::diagnostics(sources, found))
                .collect(),
        }),
        Format::Sarif => export::sarif(found()),
        Format::Github => Ok(export::github(found())),
        Format::Gitlab => export::gitlab(found()),
        Format::Short | Format::Text => Ok(String::new()),
    };
    let document = document.map_err(|error| Failure::failed(error.to_string()))?;
    context.terminal.print(&document);
    match format {
        Format::Json | Format::Sarif | Format::Github | Format::Gitlab => {}
        Format::Short => {
            for checked in all {
                for one in &checked.diagnostics {
                    let line = diagnostics::short(&checked.sources, one);
                    context.terminal.print(&line);
                }
            }
        }
        Format::Text => {
            let (theme, graphics) = (context.terminal.out, context.terminal.graphics);
            for checked in all {
                let text = diagnostics::render(theme, graphics, &checked.sources, &checked.diagnostics);
                context.terminal.print(&text);
            }
            let found: Vec<_> = all
                .iter()
                .flat_map(|one| one.diagnostics.iter().cloned())
                .collect();
            if !found.is_empty() {
                let tally = diagnostics::tally(theme, &found);
                context.terminal.line(&tally);
            }
        }
    }
    Ok(())
}

fn stdin(args: &Args, context: &mut Context) -> Result<Checked, Failure> {
    let bytes = targets::stdin()?;
    let mut engine = engine(None, args, context)?;
    let checked = engine.load_text("<stdin>", bytes).try_check();
    checked.map_err(|error| context.explain(&error))
}

fn engine(path: Option<&Path>, args: &Args, context: &Context) -> Result<Engine, Failure> {
    let mut builder = context.builder(path);
    if args.no_repo {
        builder = builder.no_repository();
    }
    for (name, value) in &args.set.set {
        builder = builder.set(name, value);
    }
    context.build(builder, true)
}

/// One engine serves all files of a directory.
#[derive(Default)]
struct Engines {
    last: Option<(PathBuf, Engine)>,
}

impl Engines {
    fn at(&mut self, path: &Path, args: &Args, context: &Context) -> Result<&mut Engine, Failure> {
        let home = path.parent().unwrap_or(path).to_owned();
        let same = self.last.take().filter(|(known, _)| *known == home);
        let engine = match same {
            Some((_, engine)) => engine,
            None => engine(Some(path), args, context)?,
        };
        Ok(&mut self.last.insert((home, engine)).1)
    }
}
