//! `rel init`: a first plan that fits this repository.

mod survey;
mod write;

use std::io::Write as _;

use survey::Survey;

use super::context::Context;
use super::exit::{Exit, Failure, Outcome};
use super::theme::Ink;
use super::{diagnostics, escape};
use crate::embed::DEFAULT_PLAN;

/// Write a first plan for this repository
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the plan instead of writing it
    #[arg(long)]
    print: bool,
}

/// Looks around, writes, and checks what it wrote. What is there already is never overwritten.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let path = context
        .named_plan(None)?
        .unwrap_or_else(|| context.directory.join(DEFAULT_PLAN));
    let builder = context.builder(Some(&path));
    let mut engine = context.build(builder, false)?;
    let repository = engine.repository().map_err(|error| context.explain(&error))?;
    let survey = Survey::of(repository)?;
    let text = write::plan(&survey);
    if args.print {
        context.terminal.print(&text);
        return Ok(Exit::Done);
    }
    let shown = path
        .strip_prefix(&context.directory)
        .unwrap_or(&path)
        .display()
        .to_string();
    let created = std::fs::File::options()
        .write(true)
        .create_new(true)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    match created {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(Failure::wrong_use(format!(
                "`{shown}` is there already, and nothing is ever overwritten"
            ))
            .help("`rel init --plan FILE` writes elsewhere, `rel init --print` shows what it would write"));
        }
        Err(error) => {
            return Err(Failure::wrong_use(format!(
                "`{shown}` cannot be written: {error}"
            )));
        }
    }
    let loaded = engine.load_file(&path).map_err(|error| context.explain(&error))?;
    let checked = loaded.try_check().map_err(|error| context.explain(&error))?;
    tell(context, &shown, &survey);
    if checked.has_errors() {
        let (theme, graphics) = (context.terminal.err, context.terminal.graphics);
        let found = diagnostics::render(theme, graphics, &checked.sources, &checked.diagnostics);
        context.terminal.complain(&found);
        return Ok(Exit::Findings);
    }
    Ok(Exit::Done)
}

fn tell(context: &mut Context, shown: &str, survey: &Survey) {
    let theme = context.terminal.out;
    let mark = theme.paint(Ink::Good, theme.glyphs().pass);
    context.terminal.line(&format!("{mark} wrote {shown}"));
    for line in survey.findings() {
        let dot = theme.paint(Ink::Dim, theme.glyphs().dot);
        context.terminal.line(&format!("  {dot} {}", escape::line(&line)));
    }
    context.terminal.line("");
    context.terminal.line("Read it and make it yours. Then:");
    for (command, what) in [
        ("rel check", "looks for mistakes"),
        ("rel plan ", "shows all that would happen, and changes nothing"),
        ("rel apply", "does it, after asking"),
    ] {
        let command = theme.paint(Ink::Ref, command);
        context
            .terminal
            .line(&format!("  {command}  {}", theme.paint(Ink::Dim, what)));
    }
}
