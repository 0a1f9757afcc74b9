//! What waiting runs hold: another run may not write it.

use std::collections::BTreeSet;

use super::Error;
use crate::check::{Phase, Plan};
use crate::journal::{Journals, RunState, Status};

/// Refuses a plan that writes what an unfinished run holds: the refs and environments of its open phases.
/// `own` is the run that wants to go on.
pub(super) fn refuse_overlap(journals: &Journals, plan: &Plan, own: Option<&str>) -> Result<(), Error> {
    let phases: Vec<&Phase> = plan.phases().iter().collect();
    refuse_phases(journals, &phases, own)
}

/// As [`refuse_overlap`], for some phases.
pub(super) fn refuse_phases(journals: &Journals, phases: &[&Phase], own: Option<&str>) -> Result<(), Error> {
    let mut refs: BTreeSet<&str> = BTreeSet::new();
    let mut environments: BTreeSet<&str> = BTreeSet::new();
    for phase in phases.iter().filter(|phase| !phase.skipped) {
        let effects = &phase.effects;
        refs.extend(effects.writes.iter().chain(&effects.pushes).map(String::as_str));
        environments.extend(effects.deploys.iter().map(String::as_str));
    }
    for run in journals
        .runs()?
        .into_iter()
        .filter(|run| Some(run.as_str()) != own)
    {
        let state = RunState::replay(&journals.read(&run)?);
        if let Some(held) = held_by(&state).into_iter().find(|held| match held {
            Held::Ref(name) => refs.contains(name.as_str()),
            Held::Environment(name) => environments.contains(name.as_str()),
        }) {
            let title = state.started.map(|started| started.title).unwrap_or_default();
            return Err(Error::Locked {
                run,
                title,
                what: held.display(),
            });
        }
    }
    Ok(())
}

enum Held {
    Ref(String),
    Environment(String),
}

impl Held {
    fn display(&self) -> String {
        match self {
            Held::Ref(name) => {
                let short = name
                    .strip_prefix("refs/heads/")
                    .or_else(|| name.strip_prefix("refs/tags/"));
                format!("`{}`", short.unwrap_or(name))
            }
            Held::Environment(name) => format!("the environment `{name}`"),
        }
    }
}

fn held_by(state: &RunState) -> Vec<Held> {
    // A run that failed before anything happened, was given up or came to its end holds nothing.
    if state
        .outcome
        .is_some_and(|outcome| outcome != crate::journal::Outcome::RollbackFailed)
    {
        return Vec::new();
    }
    let open = state.phases.values().filter(|phase| {
        matches!(
            phase.status,
            Status::Running | Status::RollingBack | Status::Stuck
        ) || (phase.status == Status::Failed && phase.acted)
    });
    open.flat_map(|phase| {
        let refs = phase.refs.iter().map(|at| Held::Ref(at.name.clone()));
        let environments = phase
            .previous
            .iter()
            .map(|running| Held::Environment(running.environment.clone()));
        refs.chain(environments).collect::<Vec<_>>()
    })
    .collect()
}
