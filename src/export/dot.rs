//! The phases for Graphviz.

use std::fmt::Write as _;

use super::Graph;

/// A `digraph` (<https://graphviz.org/doc/info/lang.html>).
pub fn dot(graph: &Graph) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "digraph plan {{");
    let _ = writeln!(text, "  label = {};", quoted(&graph.title));
    let _ = writeln!(
        text,
        "  labelloc = t;\n  rankdir = TB;\n  node [shape = box, style = rounded];"
    );
    for node in &graph.phases {
        let mut label = node.heading();
        let detail = node.detail();
        if !detail.is_empty() {
            label = format!("{label}\n{detail}");
        }
        let style = if node.skipped {
            ", style = \"rounded,dashed\""
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "  {} [label = {}{style}];",
            quoted(&node.name),
            quoted(&label)
        );
    }
    for (from, to) in graph.edges() {
        let (from, to) = (&graph.phases[from].name, &graph.phases[to].name);
        let _ = writeln!(text, "  {} -> {};", quoted(from), quoted(to));
    }
    text.push_str("}\n");
    text
}

fn quoted(text: &str) -> String {
    let inner = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("\"{inner}\"")
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::diamond;

    #[test]
    fn names_are_quoted() {
        let text = super::dot(&diamond());
        assert!(text.contains("label = \"A \\\"quoted\\\" <plan>\";"), "{text}");
        assert!(
            text.contains("\"left\" [label = \"left: One & two\\npush main; rollback: revert\"];"),
            "{text}"
        );
        assert!(text.contains("\"right\" -> \"ship\";"), "{text}");
        assert_eq!(text.matches("->").count(), 4);
    }
}
