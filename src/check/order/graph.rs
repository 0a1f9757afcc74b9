//! The graph of phases: topological order, circles, and who can be reached from whom.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Phases by number and who comes directly after whom.
pub(super) struct Graph {
    after: Vec<Vec<usize>>,
    before: Vec<Vec<usize>>,
}

impl Graph {
    pub(super) fn new(phases: usize) -> Self {
        Self {
            after: vec![Vec::new(); phases],
            before: vec![Vec::new(); phases],
        }
    }

    /// `second` comes after `first`.
    pub(super) fn add(&mut self, first: usize, second: usize) {
        self.after[first].push(second);
        self.before[second].push(first);
    }

    /// The phases in an order that keeps every `after`, ties in the order of the text; and the
    /// circles that stand in its way, each in the order of running.
    pub(super) fn sort(&self) -> (Vec<usize>, Vec<Vec<usize>>) {
        let mut waits: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut ready: BinaryHeap<Reverse<usize>> = (0..waits.len())
            .filter(|phase| waits[*phase] == 0)
            .map(Reverse)
            .collect();
        let mut sorted = Vec::with_capacity(waits.len());
        while let Some(Reverse(phase)) = ready.pop() {
            sorted.push(phase);
            for next in &self.after[phase] {
                waits[*next] -= 1;
                if waits[*next] == 0 {
                    ready.push(Reverse(*next));
                }
            }
        }
        let circles = if sorted.len() == waits.len() {
            Vec::new()
        } else {
            self.circles(&waits)
        };
        (sorted, circles)
    }

    /// Every phase left over waits for another left over: walking back from it meets a circle.
    fn circles(&self, waits: &[usize]) -> Vec<Vec<usize>> {
        let mut walked = vec![usize::MAX; waits.len()];
        let mut circles = Vec::new();
        for start in (0..waits.len()).filter(|phase| waits[*phase] > 0) {
            let mut path = Vec::new();
            let mut phase = start;
            while walked[phase] == usize::MAX {
                walked[phase] = start;
                path.push(phase);
                match self.before[phase].iter().find(|before| waits[**before] > 0) {
                    Some(before) => phase = *before,
                    None => break,
                }
            }
            if walked[phase] == start
                && let Some(at) = path.iter().position(|known| *known == phase)
                && self.before[path[path.len() - 1]].contains(&phase)
            {
                let mut circle = path.split_off(at);
                circle.reverse();
                let least = circle
                    .iter()
                    .enumerate()
                    .min_by_key(|(_, phase)| **phase)
                    .map_or(0, |(at, _)| at);
                circle.rotate_left(least);
                circles.push(circle);
            }
        }
        circles
    }

    /// For each pair of places in `sorted`, whether a path leads from the first to the second.
    ///
    /// Pairs are answered 64 sources at a time by one sweep over the phases between them, so pairs
    /// that are close to each other, as they mostly are, cost next to nothing.
    pub(super) fn reach(&self, sorted: &[usize], pairs: &[(usize, usize)]) -> Vec<bool> {
        let mut place = vec![0; sorted.len()];
        for (at, phase) in sorted.iter().enumerate() {
            place[*phase] = at;
        }
        let mut answers: Vec<bool> = pairs
            .iter()
            .map(|(from, to)| self.before[sorted[*to]].contains(&sorted[*from]))
            .collect();
        let mut open: Vec<usize> = (0..pairs.len()).filter(|pair| !answers[*pair]).collect();
        open.sort_by_key(|pair| pairs[*pair]);
        let mut reached: Vec<u64> = vec![0; sorted.len()];
        let mut rest = open.as_slice();
        while let Some(first) = rest.first() {
            let mut sources: Vec<usize> = vec![pairs[*first].0];
            let mut taken = 0;
            for pair in rest {
                let from = pairs[*pair].0;
                if sources.last() != Some(&from) {
                    if sources.len() == 64 {
                        break;
                    }
                    sources.push(from);
                }
                taken += 1;
            }
            let (batch, later) = rest.split_at(taken);
            rest = later;
            let low = sources[0];
            let high = batch.iter().map(|pair| pairs[*pair].1).max().unwrap_or(low);
            reached[low..=high].fill(0);
            for (bit, source) in sources.iter().enumerate() {
                reached[*source] |= 1 << bit;
            }
            for at in low..=high {
                let mut mask = reached[at];
                for before in &self.before[sorted[at]] {
                    let from = place[*before];
                    if from >= low {
                        mask |= reached[from];
                    }
                }
                reached[at] = mask;
            }
            let mut bit = 0;
            for pair in batch {
                let (from, to) = pairs[*pair];
                while sources[bit] != from {
                    bit += 1;
                }
                answers[*pair] = reached[to] & (1 << bit) != 0;
            }
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;

    #[test]
    fn ties_follow_the_text() {
        let mut graph = Graph::new(4);
        graph.add(3, 0);
        let (sorted, circles) = graph.sort();
        assert_eq!(sorted, [1, 2, 3, 0]);
        assert!(circles.is_empty());
    }

    #[test]
    fn every_circle_is_found_once() {
        let mut graph = Graph::new(7);
        for (first, second) in [(0, 1), (1, 2), (2, 0), (2, 3), (4, 5), (5, 4), (6, 6)] {
            graph.add(first, second);
        }
        let (_, circles) = graph.sort();
        assert_eq!(circles, [vec![0, 1, 2], vec![4, 5], vec![6]]);
    }

    #[test]
    fn reach_agrees_with_a_plain_search() {
        let count = 200;
        let mut graph = Graph::new(count);
        let mut reaches = vec![vec![false; count]; count];
        for second in 0..count {
            for first in 0..second {
                if (first * 31 + second * 17) % 61 == 0 {
                    graph.add(first, second);
                    for row in &mut reaches {
                        row[second] |= row[first];
                    }
                    reaches[first][second] = true;
                }
            }
        }
        let (sorted, _) = graph.sort();
        let mut pairs = Vec::new();
        for to in 0..count {
            for from in 0..to {
                pairs.push((from, to));
            }
        }
        for ((from, to), answer) in pairs.iter().zip(graph.reach(&sorted, &pairs)) {
            assert_eq!(answer, reaches[sorted[*from]][sorted[*to]], "{from} {to}");
        }
    }
}
