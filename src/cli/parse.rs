//! `rel parse`: the syntax tree of a file.

use std::path::PathBuf;

use serde::Serialize;

use super::context::Context;
use super::diagnostics;
use super::exit::{Exit, Failure, Outcome};
use super::targets::{self, Target};
use crate::diag::{Code, Diagnostic};
use crate::export;
use crate::syntax::{self, ast};
use crate::text::{SourceMap, Span};

/// Print the syntax tree of a file
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file, or the plan of the directory; `-` is standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A JSON document
    #[default]
    Json,
}

#[derive(Serialize)]
struct ParseDocument {
    file: String,
    tree: Option<ast::File>,
    diagnostics: Vec<export::DiagnosticDocument>,
}

/// Parses and prints; what is wrong with the text is in the document.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let Format::Json = args.format;
    let files: Vec<PathBuf> = args.file.iter().cloned().collect();
    let target = targets::of(&files, context)?.into_iter().next();
    let (name, bytes) = match target {
        Some(Target::File(path)) => {
            let mut engine = context.build(context.builder(Some(&path)), true)?;
            let loaded = engine.load_file(&path).map_err(|error| context.explain(&error))?;
            let name = args.file.as_ref().map_or_else(|| path.clone(), Clone::clone);
            (name.display().to_string(), loaded.bytes().to_vec())
        }
        Some(Target::Stdin) | None => ("<stdin>".to_owned(), targets::stdin()?),
    };
    let mut sources = SourceMap::default();
    let (tree, found) = match syntax::decode(&bytes) {
        Ok(text) => {
            let file = sources.add(&name, text);
            let parsed = syntax::parse(file, text);
            (Some(parsed.file), parsed.diagnostics)
        }
        Err(offset) => {
            let readable = String::from_utf8_lossy(&bytes[..offset]).into_owned();
            let file = sources.add(&name, readable);
            let span = Span::new(file, offset, offset);
            let found = Diagnostic::new(Code::NotUtf8, span, format!("byte {offset} is not UTF-8"));
            (None, vec![found])
        }
    };
    let document = ParseDocument {
        file: name,
        tree,
        diagnostics: export::diagnostics(&sources, &found),
    };
    let text = export::json(document).map_err(|error| Failure::failed(error.to_string()))?;
    context.terminal.print(&text);
    let failed = found.iter().any(Diagnostic::is_error);
    if failed {
        let tally = diagnostics::tally(context.terminal.err, &found);
        context.terminal.note(&tally);
    }
    Ok(if failed { Exit::Findings } else { Exit::Done })
}
