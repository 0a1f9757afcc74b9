//! The phases for Mermaid, which code hosts draw in Markdown.

use std::fmt::Write as _;

use super::Graph;

/// A `flowchart` (<https://mermaid.js.org/syntax/flowchart.html>).
pub fn mermaid(graph: &Graph) -> String {
    let mut text = format!("---\ntitle: {}\n---\nflowchart TD\n", yaml(&graph.title));
    for (index, node) in graph.phases.iter().enumerate() {
        let mut label = entities(&node.heading());
        let detail = node.detail();
        if !detail.is_empty() {
            label = format!("{label}<br/><small>{}</small>", entities(&detail));
        }
        // Names may be words of Mermaid (`end`), so nodes are numbered. Writing to a string cannot fail.
        let _ = writeln!(text, "  p{index}[\"{label}\"]");
        if node.skipped {
            let _ = writeln!(text, "  style p{index} stroke-dasharray: 4 4");
        }
    }
    for (from, to) in graph.edges() {
        let _ = writeln!(text, "  p{from} --> p{to}");
    }
    text
}

fn entities(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("#quot;"),
            '#' => escaped.push_str("#35;"),
            '&' => escaped.push_str("#38;"),
            '<' => escaped.push_str("#60;"),
            '>' => escaped.push_str("#62;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

fn yaml(text: &str) -> String {
    let inner: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::diamond;

    #[test]
    fn nothing_of_a_title_is_taken_for_syntax() {
        let text = super::mermaid(&diamond());
        assert!(
            text.starts_with("---\ntitle: \"A \\\"quoted\\\" <plan>\"\n---\nflowchart TD\n"),
            "{text}"
        );
        assert!(text.contains("p1[\"left: One #38; two<br/>"), "{text}");
        assert!(text.contains("  p2 --> p3\n"), "{text}");
    }
}
