//! `rel graph`: the phases and their order.

use super::context::Context;
use super::escape;
use super::exit::{Exit, Outcome};
use super::report::Page;
use super::theme::{Ink, Theme, pad, width};
use crate::export::{self, Graph};

/// Draw the phases and their order
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    plan: super::args::PlanArg,
    /// How it is drawn
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Leave the repository out
    #[arg(long, visible_alias = "offline")]
    no_repo: bool,
    #[command(flatten)]
    set: super::args::SetArg,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Rails of text
    #[default]
    Text,
    /// For Graphviz
    Dot,
    /// For Markdown on code hosts
    Mermaid,
    /// A drawing
    Svg,
}

/// Draws.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let named = context.named_plan(args.plan.path.as_ref())?;
    let mut builder = context.builder(named.as_deref());
    if args.no_repo {
        builder = builder.no_repository();
    }
    for (name, value) in &args.set.set {
        builder = builder.set(name, value);
    }
    let mut engine = context.build(builder, true)?;
    let path = match named {
        Some(path) => path,
        None => engine.discover().map_err(|error| context.explain(&error))?,
    };
    let loaded = engine.load_file(&path).map_err(|error| context.explain(&error))?;
    let plan = loaded.checked_plan().map_err(|error| context.explain(&error))?;
    let graph = Graph::of(&plan);
    let text = match args.format {
        Format::Text => text(context.terminal.out, &graph),
        Format::Dot => export::dot(&graph),
        Format::Mermaid => export::mermaid(&graph),
        Format::Svg => export::svg(&graph),
    };
    context.terminal.print(&text);
    Ok(Exit::Done)
}

fn text(theme: Theme, graph: &Graph) -> String {
    let mut page = Page::new(theme);
    page.line(&page.ink(Ink::Title, escape::line(&graph.title)));
    let rows = export::rails(graph, theme.unicode);
    let rails = rows.iter().map(|row| width(&row.rails)).max().unwrap_or(0);
    let names = graph
        .phases
        .iter()
        .map(|node| width(&node.name))
        .max()
        .unwrap_or(0);
    for row in &rows {
        let Some(node) = row.phase.and_then(|index| graph.phases.get(index)) else {
            page.line(&page.ink(Ink::Dim, &row.rails));
            continue;
        };
        let name = page.ink(Ink::Title, pad(&node.name, names));
        let title = node.title.as_deref().unwrap_or_default();
        let room = theme.width.saturating_sub(rails + names + 4);
        let detail = node.detail();
        let words = match (title.is_empty(), detail.is_empty()) {
            (true, _) => detail,
            (false, true) => title.to_owned(),
            (false, false) => format!("{title} ({detail})"),
        };
        let words = page.ink(Ink::Dim, theme.fit(&escape::line(&words), room));
        page.line(&format!("{}  {name}  {words}", pad(&row.rails, rails)));
    }
    page.finish()
}
