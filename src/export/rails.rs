//! The phases as rails of text, in the manner of `git log --graph`.

use super::Graph;

/// A line of the drawing: the rails, and for a phase its index in the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The rails.
    pub rails: String,
    /// The phase that stands on this line.
    pub phase: Option<usize>,
}

struct Signs {
    node: char,
    rail: char,
    across: char,
    cross: char,
    leave: char,
    arrive: char,
    tee: char,
}

const UNICODE: Signs = Signs {
    node: '●',
    rail: '│',
    across: '─',
    cross: '┼',
    leave: '╮',
    arrive: '╯',
    tee: '├',
};

const ASCII: Signs = Signs {
    node: '*',
    rail: '|',
    across: '-',
    cross: '+',
    leave: '.',
    arrive: '\'',
    tee: '|',
};

/// One row per phase, and rows between them where rails part or meet.
pub fn rails(graph: &Graph, unicode: bool) -> Vec<Row> {
    let signs = if unicode { &UNICODE } else { &ASCII };
    let edges = graph.edges();
    // Each lane leads to a phase that is still to come.
    let mut lanes: Vec<Option<usize>> = Vec::new();
    let mut rows = Vec::new();
    for node in 0..graph.phases.len() {
        let arriving: Vec<usize> = (0..lanes.len())
            .filter(|lane| lanes[*lane] == Some(node))
            .collect();
        let lane = arriving.first().copied().unwrap_or_else(|| free(&mut lanes));
        if arriving.len() > 1 {
            rows.push(between(&lanes, lane, &arriving[1..], signs, signs.arrive));
        }
        for other in &arriving {
            lanes[*other] = None;
        }
        lanes[lane] = None;
        rows.push(Row {
            rails: draw(&lanes, signs, |at| (at == lane).then_some(signs.node)),
            phase: Some(node),
        });
        let mut children = edges.iter().filter(|(from, _)| *from == node).map(|(_, to)| *to);
        lanes[lane] = children.next();
        let mut leaving = Vec::new();
        for child in children {
            let next = free(&mut lanes);
            lanes[next] = Some(child);
            leaving.push(next);
        }
        if !leaving.is_empty() {
            rows.push(between(&lanes, lane, &leaving, signs, signs.leave));
        } else if node + 1 < graph.phases.len() {
            rows.push(Row {
                rails: draw(&lanes, signs, |_| None),
                phase: None,
            });
        }
        while lanes.last() == Some(&None) {
            lanes.pop();
        }
    }
    rows
}

fn free(lanes: &mut Vec<Option<usize>>) -> usize {
    if let Some(empty) = lanes.iter().position(Option::is_none) {
        return empty;
    }
    lanes.push(None);
    lanes.len() - 1
}

fn draw(lanes: &[Option<usize>], signs: &Signs, special: impl Fn(usize) -> Option<char>) -> String {
    let mut text = String::new();
    for (at, lane) in lanes.iter().enumerate() {
        let sign = special(at).unwrap_or(if lane.is_some() { signs.rail } else { ' ' });
        text.push(sign);
        text.push(' ');
    }
    text.trim_end().to_owned()
}

/// Rails that leave `home` for `others`, or arrive there from them.
fn between(lanes: &[Option<usize>], home: usize, others: &[usize], signs: &Signs, end: char) -> Row {
    let last = others.iter().copied().max().unwrap_or(home).max(home);
    let first = others.iter().copied().min().unwrap_or(home).min(home);
    let mut text = String::new();
    for (at, lane) in lanes.iter().enumerate() {
        let inside = at > first && at < last;
        let sign = if at == home {
            signs.tee
        } else if others.contains(&at) {
            if at == last { end } else { signs.cross }
        } else {
            match (lane.is_some(), inside) {
                (true, true) => signs.cross,
                (true, false) => signs.rail,
                (false, true) => signs.across,
                (false, false) => ' ',
            }
        };
        text.push(sign);
        text.push(if at >= first && at < last {
            signs.across
        } else {
            ' '
        });
    }
    Row {
        rails: text.trim_end().to_owned(),
        phase: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::{diamond, node};
    use super::super::{Graph, rails};

    fn drawn(graph: &Graph, unicode: bool) -> Vec<String> {
        let name =
            |phase: Option<usize>| phase.map_or(String::new(), |index| graph.phases[index].name.clone());
        rails(graph, unicode)
            .iter()
            .map(|row| format!("{} {}", row.rails, name(row.phase)).trim_end().to_owned())
            .collect()
    }

    #[test]
    fn a_chain_is_one_rail() {
        let graph = Graph {
            title: "chain".into(),
            phases: vec![
                node("a", None, &[]),
                node("b", None, &["a"]),
                node("c", None, &["b"]),
            ],
        };
        assert_eq!(drawn(&graph, true), ["● a", "│", "● b", "│", "● c"]);
    }

    #[test]
    fn rails_part_and_meet() {
        let expected = [
            "● prepare",
            "├─╮",
            "● │ left",
            "│ │",
            "│ ● right",
            "│ │",
            "├─╯",
            "● ship",
        ];
        assert_eq!(drawn(&diamond(), true), expected);
        assert_eq!(drawn(&diamond(), false)[1], "|-.");
    }

    #[test]
    fn phases_without_order_stand_alone() {
        let graph = Graph {
            title: "apart".into(),
            phases: vec![node("a", None, &[]), node("b", None, &[])],
        };
        assert_eq!(drawn(&graph, true), ["● a", "", "● b"]);
    }
}
