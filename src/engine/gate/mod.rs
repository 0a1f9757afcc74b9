//! Gates: asked about exactly the commit that will land, or about the running system.

mod expect;
mod people;

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::outcome::Stop;
use super::session::Session;
use super::{ExecEnd, ExecOutcome, HostGateRequest, HostVerdict, Place, Waited};
use crate::check::{Command, CommandOptions, Expect, Gate, GateCheck, Phase, Source, Subject};
use crate::journal::{Event, GateReading, GateResult, PauseCause, Verdict};
use crate::model::{Duration, Oid};

/// What asking a command gave.
struct Answer {
    verdict: Verdict,
    readings: Vec<GateReading>,
    reason: Option<String>,
    output: String,
    elapsed: Duration,
}

impl Session<'_> {
    /// A gate that stands in a phase: what does not pass stops it.
    pub(super) fn placed_gate(&mut self, phase: &Phase, gate: &Gate) -> Result<(), Stop> {
        let result = self.ask_gate(phase, gate)?;
        if gate.advisory {
            return Ok(());
        }
        let reason = result.reason.unwrap_or_default();
        match result.verdict {
            Verdict::Passed | Verdict::NotRun => Ok(()),
            Verdict::Failed => Err(Stop::Failed(super::outcome::Failure {
                reason: format!("gate `{}` failed: {reason}", gate.display),
                help: gate.help.clone(),
                ..super::outcome::Failure::default()
            })),
            Verdict::Inconclusive
                if matches!(gate.check, GateCheck::Approve { .. } | GateCheck::Confirm { .. }) =>
            {
                Err(Stop::Paused {
                    cause: PauseCause::Approval,
                    reason: format!("gate `{}` waits for an answer: {reason}", gate.display),
                    way_out: "`rel resume` on a terminal asks for it".into(),
                })
            }
            Verdict::Inconclusive => Err(Stop::Paused {
                cause: PauseCause::Inconclusive,
                reason: format!("gate `{}` cannot tell: {reason}", gate.display),
                way_out: {
                    let help = gate
                        .help
                        .as_ref()
                        .map_or_else(String::new, |help| format!("{help}\n"));
                    format!(
                        "{help}mend what keeps it from telling, then `rel resume` asks again; it never counts as a pass"
                    )
                },
            }),
        }
    }

    /// Asks a gate and records the result; one of this run on the same tree serves as well.
    pub(super) fn ask_gate(&mut self, phase: &Phase, gate: &Gate) -> Result<GateResult, Stop> {
        self.ask_or_reuse(phase, gate, !self.options.fresh)
    }

    /// Asks a gate once more, whatever it has said before.
    pub(super) fn ask_again(&mut self, phase: &Phase, gate: &Gate) -> Result<GateResult, Stop> {
        self.ask_or_reuse(phase, gate, false)
    }

    fn ask_or_reuse(&mut self, phase: &Phase, gate: &Gate, reuse: bool) -> Result<GateResult, Stop> {
        let (commit, tree) = match &gate.subject {
            Subject::Live => (None, None),
            Subject::Source(source) => {
                let commit = self.sandbox.resolve(&source.text)?;
                let tree = self.sandbox.tree_of(&commit)?;
                (Some(commit), Some(tree))
            }
        };
        let key = self.key(gate, tree.as_ref());
        let mut result = GateResult {
            phase: phase.name.clone(),
            step: self.now_step.unwrap_or_default(),
            gate: gate.display.clone(),
            commit: commit.clone(),
            tree: tree.clone(),
            verdict: Verdict::NotRun,
            readings: Vec::new(),
            reason: None,
            help: gate.help.clone(),
            output: String::new(),
            elapsed: Duration::default(),
            advisory: gate.advisory,
            reused: false,
            key: key.clone(),
        };
        let earlier = key
            .as_ref()
            .filter(|_| reuse)
            .and_then(|key| self.state.gates.get(key))
            .cloned();
        if let Some(earlier) = earlier {
            let place = (result.phase, result.step, result.commit);
            result = GateResult {
                phase: place.0,
                step: place.1,
                commit: place.2,
                reused: true,
                ..earlier
            };
        } else {
            let answer = self.ask(phase, gate, commit.as_ref(), tree.as_ref())?;
            result.verdict = answer.verdict;
            result.readings = answer.readings;
            result.reason = answer.reason;
            result.output = answer.output;
            result.elapsed = answer.elapsed;
        }
        self.emit(Event::Gate(result.clone()))?;
        Ok(result)
    }

    /// What a result depends on, if that is the tree and the command alone.
    fn key(&self, gate: &Gate, tree: Option<&Oid>) -> Option<String> {
        let (GateCheck::Command { compare_to: None, .. }, Some(tree)) = (&gate.check, tree) else {
            return None;
        };
        let mut hash = Sha256::new();
        hash.update(tree.as_str());
        hash.update(serde_json::to_vec(&(&gate.check, &gate.checkout)).unwrap_or_default());
        Some(hash.finalize().iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }

    fn ask(
        &mut self,
        phase: &Phase,
        gate: &Gate,
        commit: Option<&Oid>,
        tree: Option<&Oid>,
    ) -> Result<Answer, Stop> {
        let attempts = gate.retry.map_or(0, |retry| retry.count);
        for attempt in 0.. {
            let answer = match &gate.check {
                GateCheck::Command {
                    command,
                    expects,
                    inconclusive,
                    compare_to,
                } => self.ask_command(phase, gate, command, expects, inconclusive, compare_to.as_ref())?,
                GateCheck::Approve {
                    count,
                    of,
                    not_author,
                    open,
                    ..
                } => {
                    let opened = open.map(|_| self.opened(phase, gate, tree)).transpose()?;
                    let answer = self.approve(phase, gate, *count, of, *not_author, tree)?;
                    if let (Some(open), Some(opened)) = (open, opened) {
                        self.stays_open(phase, gate, &answer, opened, *open)?;
                    }
                    answer
                }
                GateCheck::Confirm { text, evidence } => {
                    self.confirm(phase, gate, text, evidence.as_deref(), tree)?
                }
                GateCheck::Host { arguments } => self.ask_host(phase, gate, arguments, commit),
            };
            let done = matches!(answer.verdict, Verdict::Passed | Verdict::NotRun) || attempt >= attempts;
            let Some(retry) = gate.retry.filter(|_| !done) else {
                return Ok(answer);
            };
            if self.ports.pause(retry.every) == Waited::Interrupted {
                return Err(Stop::Interrupted);
            }
        }
        unreachable!("BUG: attempts end")
    }

    fn ask_command(
        &mut self,
        phase: &Phase,
        gate: &Gate,
        command: &Command,
        expects: &[Expect],
        inconclusive: &[i32],
        compare_to: Option<&Source>,
    ) -> Result<Answer, Stop> {
        let outcome = self.gate_run(phase, gate, command, &gate.subject)?;
        if outcome.end == ExecEnd::NotRun {
            return Ok(Answer::not_run());
        }
        let Some(source) = compare_to else {
            return Ok(verdict(&outcome, None, expects, inconclusive));
        };
        let Some(before) = self.before_phase(phase, source)? else {
            let mut answer = verdict(&outcome, None, expects, inconclusive);
            if answer.verdict != Verdict::Failed {
                answer.verdict = Verdict::Inconclusive;
                answer.reason = Some(format!("`{}` did not exist before this phase", source.text));
            }
            return Ok(answer);
        };
        let subject = Subject::Source(Source {
            text: before.to_string(),
            span: source.span,
        });
        let baseline = self.gate_run(phase, gate, command, &subject)?;
        let told = match baseline.end {
            ExecEnd::Exited(code) => !tells_nothing(code, inconclusive),
            _ => false,
        };
        let mut answer = verdict(&outcome, told.then_some(&baseline), expects, inconclusive);
        if !told && answer.verdict == Verdict::Inconclusive {
            answer.reason = Some(format!(
                "at `{}` ({}) the command {}",
                source.text,
                before.short(),
                super::step::how(&baseline.end)
            ));
        }
        Ok(answer)
    }

    /// A source as it was before this phase: a branch that the phase moves where it stood when the phase began.
    fn before_phase(&self, phase: &Phase, source: &Source) -> Result<Option<Oid>, Stop> {
        let split = source.text.find(['~', '^']).unwrap_or(source.text.len());
        let (text, suffix) = source.text.split_at(split);
        let state = self.state.phases.get(&phase.name);
        let begun = self.sandbox.find_ref(text).and_then(|(name, _)| {
            let mut refs = state?.refs.iter();
            refs.find(|at| at.name == name)
        });
        match begun.map(|at| &at.oid) {
            Some(Some(oid)) => Ok(Some(self.sandbox.resolve(&format!("{oid}{suffix}"))?)),
            Some(None) => Ok(None),
            None => Ok(Some(self.sandbox.resolve(&source.text)?)),
        }
    }

    fn gate_run(
        &mut self,
        phase: &Phase,
        gate: &Gate,
        command: &Command,
        subject: &Subject,
    ) -> Result<ExecOutcome, Stop> {
        let (place, variables) = self.place(phase, Some(subject), &gate.checkout)?;
        let place = if *subject == Subject::Live {
            Place::Plan
        } else {
            place
        };
        let options = CommandOptions {
            timeout: gate.timeout,
            ..CommandOptions::default()
        };
        let outcome = self.start(command, place, &options, &variables, false);
        if outcome.end == ExecEnd::Interrupted {
            Err(Stop::Interrupted)
        } else {
            Ok(outcome)
        }
    }

    fn ask_host(
        &mut self,
        phase: &Phase,
        gate: &Gate,
        arguments: &indexmap::IndexMap<String, crate::model::Value>,
        commit: Option<&Oid>,
    ) -> Answer {
        let variables = self.variables(phase);
        let request = HostGateRequest {
            name: gate.name.clone(),
            arguments: arguments.clone(),
            commit: commit.cloned(),
            checkout: None,
            variables: variables
                .into_iter()
                .map(|(variable, value)| (variable.name().to_owned(), value))
                .collect(),
        };
        let before = self.ports.now().millis;
        let (verdict, reason, output) = match self.ports.host_gate(&request) {
            HostVerdict::Passed(said) => (Verdict::Passed, None, said),
            HostVerdict::Failed(why) => (Verdict::Failed, Some(why), String::new()),
            HostVerdict::Inconclusive(why) => (Verdict::Inconclusive, Some(why), String::new()),
            HostVerdict::NotRun => (Verdict::NotRun, None, String::new()),
        };
        let elapsed = Duration::from_millis(u64::try_from(self.ports.now().millis - before).unwrap_or(0));
        Answer {
            verdict,
            readings: Vec::new(),
            reason,
            output,
            elapsed,
        }
    }
}

impl Answer {
    fn not_run() -> Self {
        Self {
            verdict: Verdict::NotRun,
            readings: Vec::new(),
            reason: None,
            output: String::new(),
            elapsed: Duration::default(),
        }
    }
}

/// Whether an exit code says that the command could not tell.
fn tells_nothing(code: i32, inconclusive: &[i32]) -> bool {
    matches!(code, 126 | 127) || inconclusive.contains(&code)
}

/// Holds what a command did against what is expected of it.
fn verdict(
    outcome: &ExecOutcome,
    baseline: Option<&ExecOutcome>,
    expects: &[Expect],
    inconclusive: &[i32],
) -> Answer {
    let mut answer = Answer {
        verdict: Verdict::Inconclusive,
        readings: Vec::new(),
        reason: None,
        output: outcome.tail.clone(),
        elapsed: outcome.elapsed,
    };
    let code = match &outcome.end {
        ExecEnd::Exited(code) => *code,
        end => {
            answer.reason = Some(format!("the command {}", super::step::how(end)));
            return answer;
        }
    };
    if tells_nothing(code, inconclusive) {
        answer.reason = Some(format!("the command exited with {code}, which tells nothing"));
        return answer;
    }
    answer.verdict = Verdict::Passed;
    for expect in expects {
        let read = expect::read(outcome, &expect.source);
        let against = expect::against(baseline, expect);
        let holds = match (&read, &against) {
            (Some(read), Some(against)) => expect::compare(read, expect.op, against),
            _ => None,
        };
        let found = read.as_ref().map(expect::show);
        answer.readings.push(GateReading {
            expect: expect.display.clone(),
            found: found.clone(),
            holds: holds == Some(true),
        });
        match holds {
            Some(true) => {}
            Some(false) => {
                if answer.verdict != Verdict::Failed {
                    let found = found.unwrap_or_default();
                    let found = if found.chars().count() > 120 {
                        format!("{}...", found.chars().take(120).collect::<String>())
                    } else {
                        found
                    };
                    answer.reason = Some(format!("`{}` was expected, and it is {found}", expect.display));
                }
                answer.verdict = Verdict::Failed;
            }
            None => {
                if answer.verdict == Verdict::Passed {
                    answer.verdict = Verdict::Inconclusive;
                    answer.reason = Some(match (&read, &against) {
                        (None, _) => format!("`{}`: the command printed nothing that fits", expect.display),
                        (_, None) => format!("`{}`: there is no baseline to compare with", expect.display),
                        _ => format!("`{}`: what was read cannot be compared", expect.display),
                    });
                }
            }
        }
    }
    answer
}
