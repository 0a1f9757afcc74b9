//! `previous-unknown`: `deploy previous` where nothing says what ran before.

use std::collections::HashSet;

use crate::check::cx::Cx;
use crate::check::phase::Draft;
use crate::check::plan::{DeployMethod, DeploySource, Rollback, Step, StepKind};
use crate::diag::{Code, Diagnostic};

pub(super) fn check(cx: &mut Cx<'_>, drafts: &[Draft<'_>], sorted: &[usize]) {
    let mut deployed: HashSet<String> = HashSet::new();
    for index in sorted {
        let phase = &drafts[*index].phase;
        look(cx, &phase.steps, &deployed);
        if let Some(Rollback::Steps(steps)) = &phase.rollback {
            look(cx, steps, &deployed);
        }
        for step in &phase.steps {
            if let StepKind::Deploy { environment, .. } = &step.kind {
                deployed.insert(environment.clone());
            }
        }
    }
}

fn look(cx: &mut Cx<'_>, steps: &[Step], deployed: &HashSet<String>) {
    for step in steps {
        let StepKind::Deploy {
            what: DeploySource::Previous,
            environment,
            ..
        } = &step.kind
        else {
            continue;
        };
        let Some(Some(declared)) = cx.environments.get(environment.as_str()) else {
            continue;
        };
        let tells = declared.current.is_some() || matches!(declared.deploy, Some(DeployMethod::Branch(_)));
        if tells || deployed.contains(environment) {
            continue;
        }
        let finding = Diagnostic::new(
            Code::PreviousUnknown,
            step.span,
            format!("nothing says what ran in `{environment}` before"),
        )
        .here("`previous` is unknown")
        .label(declared.span, "declares no `current`")
        .help("let the environment tell: `current run \"scripts/running-version.sh\"` prints what runs, and rel asks it when the phase begins; or deploy to it in an earlier phase");
        cx.report.add(finding);
    }
}
