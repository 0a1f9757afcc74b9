//! Which phases a rollback takes back, and in what order.

use crate::check::{Phase, Rollback};
use crate::engine::outcome::EngineError;
use crate::engine::session::Session;

impl<'a> Session<'a> {
    /// The phases to take back, dependents first; refuses where that is not possible.
    pub(super) fn chain(&self, name: &str, cascade: bool) -> Result<Vec<&'a Phase>, EngineError> {
        let plan = self.plan;
        if plan.phase(name).is_none() {
            let names: Vec<_> = plan
                .phases()
                .iter()
                .map(|phase| format!("`{}`", phase.name))
                .collect();
            return refused(format!(
                "the plan has no phase `{name}`; it has {}",
                names.join(", ")
            ));
        }
        let mut chain = plan.with_dependents(name, true);
        chain.retain(|phase| self.stands(phase));
        chain.reverse();
        if !chain.iter().any(|phase| phase.name == name) {
            return refused(format!(
                "`{name}` has nothing to take back: this run has published nothing of it"
            ));
        }
        let dependents: Vec<_> = chain
            .iter()
            .filter(|phase| phase.name != name)
            .map(|phase| format!("`{}`", phase.name))
            .collect();
        if !cascade && !dependents.is_empty() {
            return refused(format!(
                "{} landed after `{name}` and {}; `rel rollback {name} --cascade` takes {} back first",
                dependents.join(", "),
                if dependents.len() == 1 {
                    "depends on it"
                } else {
                    "depend on it"
                },
                if dependents.len() == 1 { "it" } else { "them" },
            ));
        }
        for phase in &chain {
            self.has_way_back(phase)?;
        }
        Ok(chain)
    }

    fn has_way_back(&self, phase: &Phase) -> Result<(), EngineError> {
        if let Some(Rollback::None { because }) = &phase.rollback {
            return refused(format!(
                "`{}` has no way back: {because}; nothing was changed",
                phase.name
            ));
        }
        let state = self.state.phase(&phase.name);
        let gone = phase
            .no_return
            .and_then(|id| phase.steps.iter().find(|step| step.id == id))
            .filter(|step| state.reached(step.id.0));
        match gone {
            Some(step) => refused(format!(
                "`{}` is past its point of no return, `{}`; nothing was changed",
                phase.name, step.display
            )),
            None => Ok(()),
        }
    }
}

fn refused<T>(what: String) -> Result<T, EngineError> {
    Err(EngineError::Refused { what })
}
