//! `rel explain`: the page of a diagnostic, or the list of all.

use super::context::Context;
use super::exit::{Exit, Failure, Outcome};
use super::markdown;
use super::report::Page;
use super::theme::{Ink, Theme, pad};
use crate::diag::{Code, Group, Severity};

/// Explain a diagnostic
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Its code (E0401) or name (rollback-missing); all of them are listed without
    #[arg(value_name = "CODE|NAME")]
    rule: Option<String>,
}

/// Shows the page or the list.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let theme = context.terminal.out;
    let Some(wanted) = &args.rule else {
        let text = list(theme);
        context.terminal.print(&text);
        return Ok(Exit::Done);
    };
    match Code::find(wanted) {
        Some(code) => {
            let text = markdown::render(theme, code.page());
            context.terminal.print(&text);
            Ok(Exit::Done)
        }
        None => Err(unknown(wanted)),
    }
}

fn list(theme: Theme) -> String {
    let mut page = Page::new(theme);
    let mut group: Option<Group> = None;
    let names = Code::ALL.iter().map(|code| code.name().len()).max().unwrap_or(0);
    for code in Code::ALL {
        if group != Some(code.group()) {
            if group.is_some() {
                page.blank();
            }
            page.line(&page.ink(Ink::Title, code.group().name()));
            group = Some(code.group());
        }
        let ink = match code.severity() {
            Severity::Error => Ink::Bad,
            Severity::Warning => Ink::Warn,
        };
        let lead = format!("  {}  {}  ", page.ink(ink, code.code()), pad(code.name(), names));
        page.wrapped(&lead, &" ".repeat(names + 11), code.summary());
    }
    page.finish()
}

fn unknown(wanted: &str) -> Failure {
    let lower = wanted.to_ascii_lowercase();
    let nearest = Code::ALL
        .iter()
        .flat_map(|code| [code.name().to_owned(), code.code().to_ascii_lowercase()])
        .map(|name| (strsim::damerau_levenshtein(&name, &lower), name))
        .min()
        .filter(|(distance, name)| *distance <= 1.max(name.len() / 3));
    let failure = Failure::wrong_use(format!("no diagnostic is called `{wanted}`"));
    let failure = match nearest {
        Some((_, name)) => {
            let name = Code::find(&name)
                .filter(|code| code.name() != name)
                .map_or(name, |code| code.code().to_owned());
            failure.help(format!("did you mean `{name}`?"))
        }
        None => failure,
    };
    failure.help("`rel explain` lists them all")
}
