//! The phases of a plan and what they come after, as plain data.

use serde::Serialize;

use crate::check::Plan;

/// The order of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// The plan's title.
    pub title: String,
    /// The phases in the order in which they run.
    pub phases: Vec<GraphPhase>,
}

/// A phase in the order of its plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GraphPhase {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Option<String>,
    /// The phases it comes after.
    pub after: Vec<String>,
    /// `when` does not hold.
    pub skipped: bool,
    /// Whether it says how it is taken back.
    pub has_rollback: bool,
}

impl Graph {
    /// The order of a checked plan.
    pub fn of(plan: &Plan) -> Self {
        let phases = plan.phases().iter().map(|phase| GraphPhase {
            name: phase.name.clone(),
            title: phase.title.clone(),
            after: phase.after.clone(),
            skipped: phase.skipped,
            has_rollback: phase.rollback.is_some(),
        });
        Self {
            title: plan.title().to_owned(),
            phases: phases.collect(),
        }
    }
}
