//! What each step touches: refs by full name, and environments.

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexSet;

use super::cx::Cx;
use super::facts::Facts;
use super::phase::Draft;
use super::plan::{
    DeployMethod, DeploySource, Effects, Gate, GateCheck, Phase, RefKind, Rollback, Source, Step, StepId,
    StepKind, Subject,
};
use super::words::refs;

/// Which names are branches, tags and remotes: made by the plan, or known to exist.
#[derive(Default)]
pub(super) struct Refs {
    /// Branches that the plan makes or writes.
    branches: HashSet<String>,
    /// Tags that the plan makes.
    tags: HashSet<String>,
    remotes: BTreeSet<String>,
    /// Environments that are branches.
    deploy_branches: Vec<(String, String)>,
    known_branches: HashSet<String>,
    known_tags: HashSet<String>,
}

/// One thing that a step touches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Touch {
    /// Reads a ref.
    Reads(String),
    /// Writes a ref locally.
    Writes(String),
    /// Pushes a ref to a remote (empty: the default one).
    Pushes(String, String),
    /// Asks an environment.
    Asks(String),
    /// Changes an environment.
    Deploys(String),
}

impl Refs {
    /// Looks through all steps.
    pub(super) fn gather(drafts: &[Draft<'_>], cx: &Cx<'_>) -> Self {
        let mut all = Refs {
            tags: cx.tag_values.iter().cloned().collect(),
            remotes: cx.remotes.iter().cloned().collect(),
            ..Refs::default()
        };
        all.remotes.insert("origin".to_owned());
        for (name, environment) in &cx.environments {
            if let Some(DeployMethod::Branch(branch)) = environment.as_ref().and_then(|e| e.deploy.as_ref()) {
                all.branches.insert(branch.to_string());
                all.deploy_branches.push(((*name).to_owned(), branch.as_branch()));
            }
        }
        if let Some(facts) = cx.input.facts {
            all.known_branches.extend(facts.branches.keys().cloned());
            all.known_tags.extend(facts.tags.keys().cloned());
            all.remotes.extend(facts.remotes.keys().cloned());
        }
        for draft in drafts {
            all.note(&draft.phase.steps);
            if let Some(Rollback::Steps(steps)) = &draft.phase.rollback {
                all.note(steps);
            }
        }
        all
    }

    fn note(&mut self, steps: &[Step]) {
        for step in steps {
            let written = match &step.kind {
                StepKind::Merge { into, .. } => into,
                StepKind::Rebase { branch, .. } | StepKind::Reset { branch, .. } => branch,
                StepKind::CherryPick { onto, .. } => onto,
                StepKind::Revert { on, .. } | StepKind::Commit { on, .. } => on,
                StepKind::Branch { name, .. } | StepKind::DeleteBranch { name, .. } => name,
                StepKind::Tag { name, .. } | StepKind::DeleteTag { name } => {
                    self.tags.insert(name.to_string());
                    continue;
                }
                StepKind::Try { branch, steps, .. } => {
                    self.note(steps);
                    branch
                }
                _ => continue,
            };
            self.branches.insert(written.to_string());
        }
    }

    /// What a short name is, if that can be told.
    fn kind(&self, name: &str) -> Option<RefKind> {
        if self.branches.contains(name) {
            Some(RefKind::Branch)
        } else if self.tags.contains(name) {
            Some(RefKind::Tag)
        } else if self.known_branches.contains(name) {
            Some(RefKind::Branch)
        } else if self.known_tags.contains(name) {
            Some(RefKind::Tag)
        } else {
            None
        }
    }

    /// The full name of a short one, taken for a branch if nothing says otherwise.
    fn full(&self, name: &str) -> String {
        match self.kind(name) {
            Some(RefKind::Tag) => format!("refs/tags/{name}"),
            Some(RefKind::Branch) | None => format!("refs/heads/{name}"),
        }
    }

    /// The ref that a source reads, if it is one or starts from one.
    pub(super) fn of_source(&self, text: &str) -> Option<String> {
        let base = refs::base(text);
        if self.kind(base).is_some() {
            return Some(self.full(base));
        }
        if let Some((remote, _)) = base.split_once('/')
            && self.remotes.contains(remote)
        {
            return Some(format!("refs/remotes/{base}"));
        }
        let name = !base.is_empty() && base != "HEAD" && !refs::is_commit_id(base);
        name.then(|| self.full(base))
    }

    /// Everything a step touches, in order.
    pub(super) fn touches(&self, step: &Step, touches: &mut Vec<Touch>) {
        let read = |source: &Source, touches: &mut Vec<Touch>| {
            touches.extend(self.of_source(&source.text).map(Touch::Reads));
        };
        match &step.kind {
            StepKind::Merge { source, into, .. } => {
                read(source, touches);
                touches.push(Touch::Writes(into.as_branch()));
            }
            StepKind::Rebase { branch, onto, .. } => {
                read(onto, touches);
                touches.push(Touch::Writes(branch.as_branch()));
            }
            StepKind::CherryPick { sources, onto, .. } => {
                for source in sources {
                    read(source, touches);
                }
                touches.push(Touch::Writes(onto.as_branch()));
            }
            StepKind::Revert { source, on, .. } => {
                read(source, touches);
                touches.push(Touch::Writes(on.as_branch()));
            }
            StepKind::Branch { name, from, .. } => {
                read(from, touches);
                touches.push(Touch::Writes(name.as_branch()));
            }
            StepKind::DeleteBranch { name, .. } => touches.push(Touch::Writes(name.as_branch())),
            StepKind::DeleteTag { name } => touches.push(Touch::Writes(name.as_tag())),
            StepKind::Tag { name, on, .. } => {
                read(on, touches);
                touches.push(Touch::Writes(name.as_tag()));
            }
            StepKind::Push { refs, remote, .. } => {
                for pushed in refs {
                    touches.push(Touch::Pushes(self.full(pushed.name.as_str()), remote.clone()));
                }
            }
            StepKind::Reset { branch, to } => {
                read(to, touches);
                touches.push(Touch::Writes(branch.as_branch()));
            }
            StepKind::Commit { on, .. } => touches.push(Touch::Writes(on.as_branch())),
            StepKind::Gate(gate) | StepKind::Wait { gate, .. } => self.gate(gate, touches),
            StepKind::Soak(soak) => soak.gates.iter().for_each(|(gate, _)| self.gate(gate, touches)),
            StepKind::Command { subject, .. } => {
                if let Some(Subject::Source(source)) = subject {
                    read(source, touches);
                }
            }
            StepKind::Deploy {
                what, environment, ..
            } => {
                match what {
                    DeploySource::Source(source) => read(source, touches),
                    DeploySource::Previous => touches.push(Touch::Asks(environment.clone())),
                }
                touches.push(Touch::Deploys(environment.clone()));
                for (_, branch) in self
                    .deploy_branches
                    .iter()
                    .filter(|(name, _)| name == environment)
                {
                    touches.push(Touch::Writes(branch.clone()));
                    touches.push(Touch::Pushes(branch.clone(), String::new()));
                }
            }
            StepKind::Shift { environment, .. } | StepKind::Restore { environment, .. } => {
                touches.push(Touch::Deploys(environment.clone()));
            }
            StepKind::Backup { environment, .. } => touches.push(Touch::Asks(environment.clone())),
            StepKind::Try { branch, from, steps } => {
                read(from, touches);
                self.trial(&branch.as_branch(), steps, touches);
            }
            StepKind::Notify { .. }
            | StepKind::RollbackRevert
            | StepKind::RollbackReset { .. }
            | StepKind::RollbackUndo => {}
        }
    }

    /// What a `try` reads besides its own branch; it writes nothing that stays.
    fn trial(&self, own: &str, steps: &[Step], touches: &mut Vec<Touch>) {
        for step in steps {
            let mut inner = Vec::new();
            self.touches(step, &mut inner);
            touches.extend(inner.into_iter().filter(|touch| match touch {
                Touch::Reads(name) => name != own,
                Touch::Asks(_) => true,
                Touch::Writes(_) | Touch::Pushes(..) | Touch::Deploys(_) => false,
            }));
        }
    }

    fn gate(&self, gate: &Gate, touches: &mut Vec<Touch>) {
        if let Subject::Source(source) = &gate.subject {
            touches.extend(self.of_source(&source.text).map(Touch::Reads));
        }
        if let GateCheck::Command {
            compare_to: Some(source),
            ..
        } = &gate.check
        {
            touches.extend(self.of_source(&source.text).map(Touch::Reads));
        }
    }
}

/// Fills in what phases touch, what their pushed refs are, and their commit points.
pub(super) fn fill(drafts: &mut [Draft<'_>], refs: &Refs, facts: Option<&Facts>) {
    for draft in drafts {
        let phase = &mut draft.phase;
        push_kinds(&mut phase.steps, refs);
        if let Some(Rollback::Steps(steps)) = &mut phase.rollback {
            push_kinds(steps, refs);
        }
        phase.effects = summed(phase, refs);
        phase.commit_point = first(&phase.steps, |step| is_outside(step, phase, facts));
        phase.no_return = first(&phase.steps, is_irreversible);
    }
}

fn push_kinds(steps: &mut [Step], refs: &Refs) {
    for step in steps {
        if let StepKind::Push { refs: pushed, .. } = &mut step.kind {
            for pushed in pushed {
                pushed.kind = refs.kind(pushed.name.as_str());
            }
        }
    }
}

fn summed(phase: &Phase, refs: &Refs) -> Effects {
    let mut sets: [IndexSet<String>; 5] = Default::default();
    let mut touches = Vec::new();
    for step in &phase.steps {
        refs.touches(step, &mut touches);
        for touch in touches.drain(..) {
            let (set, name) = match touch {
                Touch::Reads(name) => (0, name),
                Touch::Writes(name) => (1, name),
                Touch::Pushes(name, _) => (2, name),
                Touch::Asks(name) => (3, name),
                Touch::Deploys(name) => (4, name),
            };
            sets[set].insert(name);
        }
    }
    let [reads, writes, pushes, asks, deploys] = sets.map(|set| set.into_iter().collect());
    Effects {
        reads,
        writes,
        pushes,
        asks,
        deploys,
    }
}

fn first(steps: &[Step], is: impl Fn(&Step) -> bool) -> Option<StepId> {
    steps.iter().find(|step| is(step)).map(|step| step.id)
}

/// Whether a step acts on the outside, so that what was staged is published before it.
fn is_outside(step: &Step, phase: &Phase, facts: Option<&Facts>) -> bool {
    match &step.kind {
        StepKind::Push { .. }
        | StepKind::Command { .. }
        | StepKind::Deploy { .. }
        | StepKind::Shift { .. }
        | StepKind::Restore { .. } => true,
        StepKind::DeleteBranch { name, local } => {
            !local
                && match facts {
                    Some(facts) => facts.upstreams.contains_key(name.as_str()),
                    None => phase.effects.pushes.contains(&name.as_branch()),
                }
        }
        StepKind::Merge { .. }
        | StepKind::Rebase { .. }
        | StepKind::CherryPick { .. }
        | StepKind::Revert { .. }
        | StepKind::Branch { .. }
        | StepKind::DeleteTag { .. }
        | StepKind::Tag { .. }
        | StepKind::Reset { .. }
        | StepKind::Commit { .. }
        | StepKind::Gate(_)
        | StepKind::Backup { .. }
        | StepKind::Soak(_)
        | StepKind::Wait { .. }
        | StepKind::Notify { .. }
        | StepKind::Try { .. }
        | StepKind::RollbackRevert
        | StepKind::RollbackReset { .. }
        | StepKind::RollbackUndo => false,
    }
}

fn is_irreversible(step: &Step) -> bool {
    match &step.kind {
        StepKind::Push { irreversible, .. } => *irreversible,
        StepKind::Command { options, .. }
        | StepKind::Deploy { options, .. }
        | StepKind::Shift { options, .. }
        | StepKind::Backup { options, .. }
        | StepKind::Restore { options, .. } => options.irreversible,
        _ => false,
    }
}
