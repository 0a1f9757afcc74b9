//! `rel parse`: the syntax tree of a file.

use std::path::PathBuf;

use serde::Serialize;

use super::context::Context;
use super::diagnostics;
use super::exit::{Exit, Failure, Outcome};
use crate::diag::{Code, Diagnostic};
use crate::export;
use crate::syntax::{self, ast};
use crate::text::{SourceMap, Span};

/// Print the syntax tree of a file
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
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
    let name = if args.file.as_os_str() == "-" {
        "<stdin>".into()
    } else {
        args.file.display().to_string()
    };
    let bytes = read(args, context)?;
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

fn read(args: &Args, context: &Context) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let limit = crate::embed::LONGEST_FILE;
    let mut bytes = Vec::new();
    let read = if args.file.as_os_str() == "-" {
        std::io::stdin().take(limit + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(context.directory.join(&args.file))
            .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
    };
    let name = args.file.display();
    read.map_err(|error| Failure::wrong_use(format!("`{name}` cannot be read: {error}")))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::wrong_use(format!(
            "`{name}` is longer than 16 MiB, which no plan is"
        )));
    }
    Ok(bytes)
}
