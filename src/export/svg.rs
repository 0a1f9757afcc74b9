//! The phases as a drawing of its own: boxes in layers, arrows between them.

use std::fmt::Write as _;

use super::Graph;

const HEIGHT: usize = 52;
const GAP_X: usize = 28;
const GAP_Y: usize = 44;
const MARGIN: usize = 24;
const TOP: usize = 64;

struct Box {
    x: usize,
    y: usize,
    width: usize,
}

/// A standalone SVG 1.1 document without scripts and fonts of its own.
pub fn svg(graph: &Graph) -> String {
    let (boxes, width, height) = layout(graph);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"13\">\n"
    );
    text.push_str(STYLE);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  <title>{}</title>", xml(&graph.title));
    let _ = writeln!(text, "  <rect width=\"100%\" height=\"100%\" class=\"page\"/>");
    let _ = writeln!(
        text,
        "  <text x=\"{MARGIN}\" y=\"36\" class=\"title\">{}</text>",
        xml(&graph.title)
    );
    for (from, to) in graph.edges() {
        let (a, b) = (&boxes[from], &boxes[to]);
        let (x1, y1, x2, y2) = (a.x + a.width / 2, a.y + HEIGHT, b.x + b.width / 2, b.y - 4);
        let bend = GAP_Y / 2;
        let _ = writeln!(
            text,
            "  <path class=\"edge\" marker-end=\"url(#tip)\" d=\"M {x1} {y1} C {x1} {} {x2} {} {x2} {y2}\"/>",
            y1 + bend,
            y2.saturating_sub(bend)
        );
    }
    for (node, at) in graph.phases.iter().zip(&boxes) {
        let class = match (node.skipped, node.irreversible) {
            (true, _) => "phase skipped",
            (false, true) => "phase final",
            (false, false) => "phase",
        };
        let (x, y, width) = (at.x, at.y, at.width);
        let _ = writeln!(
            text,
            "  <rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" rx=\"8\"/>"
        );
        let (tx, ty) = (x + 14, y + 22);
        let _ = writeln!(
            text,
            "  <text x=\"{tx}\" y=\"{ty}\" class=\"name\">{}</text>",
            xml(&node.heading())
        );
        let detail = xml(&node.detail());
        let _ = writeln!(
            text,
            "  <text x=\"{tx}\" y=\"{}\" class=\"detail\">{detail}</text>",
            ty + 18
        );
    }
    text.push_str("</svg>\n");
    text
}

const STYLE: &str = "  <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"8\" \
markerHeight=\"8\" orient=\"auto\"><path d=\"M 0 0 L 8 4 L 0 8 z\" class=\"tip\"/></marker></defs>
  <style>
    .page { fill: #ffffff } .title { font-size: 16px; font-weight: 600; fill: #1f2933 }
    .phase { fill: #f4f7fb; stroke: #52708f; stroke-width: 1.5 } .final { stroke: #b3432f }
    .skipped { stroke-dasharray: 5 4; fill: #ffffff } .edge { fill: none; stroke: #8797a8; stroke-width: 1.5 }
    .tip { fill: #8797a8 } .name { font-weight: 600; fill: #1f2933 } .detail { font-size: 11px; fill: #5f6f80 }
  </style>
";

/// One layer per longest way from a first phase; boxes of a layer side by side, centred.
fn layout(graph: &Graph) -> (Vec<Box>, usize, usize) {
    let edges = graph.edges();
    let mut layer = vec![0usize; graph.phases.len()];
    for node in 0..graph.phases.len() {
        let deepest = edges
            .iter()
            .filter(|(_, to)| *to == node)
            .map(|(from, _)| layer[*from] + 1)
            .max();
        layer[node] = deepest.unwrap_or(0);
    }
    let widths: Vec<usize> = graph
        .phases
        .iter()
        .map(|node| {
            let name = node.heading().chars().count() * 8;
            let detail = node.detail().chars().count() * 7;
            name.max(detail).max(80) + 28
        })
        .collect();
    let layers = layer.iter().max().map_or(0, |last| last + 1);
    let row_width = |row: usize| {
        let members: Vec<_> = (0..widths.len()).filter(|node| layer[*node] == row).collect();
        members.iter().map(|node| widths[*node]).sum::<usize>() + GAP_X * members.len().saturating_sub(1)
    };
    let title = graph.title.chars().count() * 10;
    let widest = (0..layers).map(row_width).max().unwrap_or(0).max(title);
    let mut next: Vec<usize> = (0..layers)
        .map(|row| MARGIN + (widest - row_width(row)) / 2)
        .collect();
    let boxes = (0..widths.len())
        .map(|node| {
            let x = next[layer[node]];
            next[layer[node]] += widths[node] + GAP_X;
            Box {
                x,
                y: TOP + layer[node] * (HEIGHT + GAP_Y),
                width: widths[node],
            }
        })
        .collect();
    let height = TOP + layers * (HEIGHT + GAP_Y) - if layers > 0 { GAP_Y } else { 0 } + MARGIN;
    (boxes, widest + 2 * MARGIN, height)
}

fn xml(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::diamond;

    #[test]
    fn every_phase_has_a_box_and_every_edge_an_arrow() {
        let text = super::svg(&diamond());
        assert_eq!(text.matches("class=\"phase\"").count(), 4);
        assert_eq!(text.matches("class=\"edge\"").count(), 4);
        assert!(text.contains("A &quot;quoted&quot; &lt;plan&gt;"), "{text}");
        assert!(text.contains("left: One &amp; two"), "{text}");
    }

    #[test]
    fn boxes_of_one_layer_do_not_overlap() {
        let (boxes, width, height) = super::layout(&diamond());
        assert_eq!(boxes[1].y, boxes[2].y);
        assert!(boxes[1].x + boxes[1].width < boxes[2].x);
        assert!(
            boxes
                .iter()
                .all(|one| one.x + one.width <= width && one.y < height)
        );
    }
}
