//! The phases of a plan and their order, as plain data for every drawing.

use crate::check::{Plan, Rollback, Step, StepKind};

/// The phases in the order in which they run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// The plan's title.
    pub title: String,
    /// One node per phase; `after` names earlier nodes only.
    pub phases: Vec<GraphPhase>,
}

/// A phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphPhase {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Option<String>,
    /// The phases it comes after.
    pub after: Vec<String>,
    /// `when` does not hold.
    pub skipped: bool,
    /// What it does to the outside, in order, each once: `push`, `deploy`, ...
    pub acts: Vec<String>,
    /// It has a step marked `irreversible`.
    pub irreversible: bool,
    /// How it is taken back: `revert`, `reset`, `steps`, `undo`, `none`.
    pub rollback: Option<String>,
}

impl Graph {
    /// The graph of a plan.
    pub fn of(plan: &Plan) -> Self {
        let phases = plan
            .phases()
            .iter()
            .map(|phase| GraphPhase {
                name: phase.name.clone(),
                title: phase.title.clone(),
                after: phase.after.clone(),
                skipped: phase.skipped,
                acts: acts(&phase.steps),
                irreversible: phase.no_return.is_some(),
                rollback: phase.rollback.as_ref().map(|way| way_back(way).to_owned()),
            })
            .collect();
        Self {
            title: plan.title().to_owned(),
            phases,
        }
    }

    /// The index of a node.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.phases.iter().position(|node| node.name == name)
    }

    /// The edges that say something: those that a longer way does not say already.
    pub(super) fn edges(&self) -> Vec<(usize, usize)> {
        let count = self.phases.len();
        let parents: Vec<Vec<usize>> = self
            .phases
            .iter()
            .map(|node| node.after.iter().filter_map(|name| self.index(name)).collect())
            .collect();
        // reaches[n] holds every node before n.
        let mut reaches: Vec<std::collections::BTreeSet<usize>> =
            vec![std::collections::BTreeSet::new(); count];
        let mut edges = Vec::new();
        for child in 0..count {
            let mut before = std::collections::BTreeSet::new();
            for parent in &parents[child] {
                before.insert(*parent);
                before.extend(reaches[*parent].iter().copied());
            }
            for parent in &parents[child] {
                let said = parents[child]
                    .iter()
                    .any(|other| other != parent && reaches[*other].contains(parent));
                if !said && !edges.contains(&(*parent, child)) {
                    edges.push((*parent, child));
                }
            }
            reaches[child] = before;
        }
        edges
    }
}

impl GraphPhase {
    /// Name and title on one line.
    pub fn heading(&self) -> String {
        self.title
            .as_ref()
            .map_or_else(|| self.name.clone(), |title| format!("{}: {title}", self.name))
    }

    /// What it does to the outside and how it is taken back, in a few words.
    pub fn detail(&self) -> String {
        if self.skipped {
            return "skipped".to_owned();
        }
        let mut parts = Vec::new();
        if !self.acts.is_empty() {
            parts.push(self.acts.join(", "));
        }
        if self.irreversible {
            parts.push("irreversible".to_owned());
        }
        if let Some(rollback) = &self.rollback {
            parts.push(format!("rollback: {rollback}"));
        }
        parts.join("; ")
    }
}

fn way_back(rollback: &Rollback) -> &'static str {
    match rollback {
        Rollback::Revert => "revert",
        Rollback::Reset { .. } => "reset",
        Rollback::Undo => "undo",
        Rollback::None { .. } => "none",
        Rollback::Steps(_) => "steps",
    }
}

fn acts(steps: &[Step]) -> Vec<String> {
    let mut acts: Vec<String> = Vec::new();
    for step in steps {
        let act = match &step.kind {
            StepKind::Push { refs, .. } => {
                let names: Vec<_> = refs.iter().map(|one| one.name.as_str()).collect();
                format!("push {}", names.join(" "))
            }
            StepKind::Deploy { environment, .. } => format!("deploy {environment}"),
            StepKind::Shift { environment, .. } => format!("shift {environment}"),
            StepKind::Restore { environment, .. } => format!("restore {environment}"),
            StepKind::Command { .. } => "run".to_owned(),
            StepKind::Soak(soak) => format!("soak {}", soak.duration),
            StepKind::Merge { .. }
            | StepKind::Rebase { .. }
            | StepKind::CherryPick { .. }
            | StepKind::Revert { .. }
            | StepKind::Branch { .. }
            | StepKind::DeleteBranch { .. }
            | StepKind::DeleteTag { .. }
            | StepKind::Tag { .. }
            | StepKind::Reset { .. }
            | StepKind::Commit { .. }
            | StepKind::Gate(_)
            | StepKind::Backup { .. }
            | StepKind::Wait { .. }
            | StepKind::Notify { .. }
            | StepKind::Try { .. }
            | StepKind::RollbackRevert
            | StepKind::RollbackReset { .. }
            | StepKind::RollbackUndo => continue,
        };
        if !acts.contains(&act) {
            acts.push(act);
        }
    }
    acts
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Graph, GraphPhase};

    pub(crate) fn node(name: &str, title: Option<&str>, after: &[&str]) -> GraphPhase {
        GraphPhase {
            name: name.into(),
            title: title.map(str::to_owned),
            after: after.iter().map(|one| (*one).to_owned()).collect(),
            skipped: false,
            acts: vec!["push main".into()],
            irreversible: false,
            rollback: Some("revert".into()),
        }
    }

    pub(crate) fn diamond() -> Graph {
        Graph {
            title: "A \"quoted\" <plan>".into(),
            phases: vec![
                node("prepare", None, &[]),
                node("left", Some("One & two"), &["prepare"]),
                node("right", None, &["prepare"]),
                node("ship", Some("Land, tag, ship"), &["left", "right", "prepare"]),
            ],
        }
    }

    #[test]
    fn an_edge_that_a_longer_way_says_is_left_out() {
        assert_eq!(diamond().edges(), [(0, 1), (0, 2), (1, 3), (2, 3)]);
    }
}
