//! `approve` and `confirm`: what only people can say, asked on the terminal.

use std::collections::BTreeSet;

use super::Answer;
use crate::check::{Gate, Phase};
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::engine::{Answer as Said, Question, QuestionKind, Waited};
use crate::journal::{Event, Millis, PauseCause, Verdict};
use crate::model::{Duration, Oid};

impl Session<'_> {
    /// Asks until enough people of the list have approved this tree.
    pub(super) fn approve(
        &mut self,
        phase: &Phase,
        gate: &Gate,
        count: u32,
        of: &[String],
        not_author: bool,
        tree: Option<&Oid>,
    ) -> Result<Answer, Stop> {
        let authors = if not_author {
            self.landing_authors(phase)?
        } else {
            BTreeSet::new()
        };
        let candidates: Vec<String> = of
            .iter()
            .filter(|person| !authors.contains(&person.to_lowercase()))
            .cloned()
            .collect();
        let mut given: Vec<String> = Vec::new();
        for person in &candidates {
            let question = self.question(gate, person, tree);
            if self
                .state
                .answers
                .get(&(phase.name.clone(), question))
                .is_some_and(|(answer, _)| answer == "yes")
            {
                given.push(person.clone());
            }
        }
        while u32::try_from(given.len()).unwrap_or(u32::MAX) < count {
            let left: Vec<String> = candidates
                .iter()
                .filter(|person| !given.contains(person))
                .cloned()
                .collect();
            if left.is_empty() {
                let reason = format!("{} of {count} approved, and nobody else may", given.len());
                return Ok(told(Verdict::Failed, Some(reason)));
            }
            let ask = Question {
                kind: QuestionKind::Approve {
                    candidates: left.clone(),
                },
                text: format!(
                    "{}: {} of {count} approvals given; who approves?",
                    gate.display,
                    given.len()
                ),
                details: self.about(gate, tree),
            };
            match self.ports.ask(&ask) {
                Said::Yes(who) if left.contains(&who) => {
                    self.answered(phase, self.question(gate, &who, tree), "yes", &who)?;
                    given.push(who);
                }
                Said::Yes(who) => {
                    return Ok(told(
                        Verdict::Failed,
                        Some(format!("`{who}` is not one of those who may approve")),
                    ));
                }
                Said::No(who) => {
                    self.answered(phase, self.question(gate, &who, tree), "no", &who)?;
                    return Ok(told(Verdict::Failed, Some(format!("{who} rejected it"))));
                }
                Said::NoTerminal => {
                    let reason = format!(
                        "{} of {count} approvals given, and nobody is here to ask",
                        given.len()
                    );
                    return Ok(told(Verdict::Inconclusive, Some(reason)));
                }
                Said::NotAsked => return Ok(told(Verdict::NotRun, None)),
                Said::Interrupted => return Err(Stop::Interrupted),
            }
        }
        Ok(told(
            Verdict::Passed,
            Some(format!("approved by {} (unsigned)", given.join(", "))),
        ))
    }

    pub(super) fn confirm(
        &mut self,
        phase: &Phase,
        gate: &Gate,
        text: &str,
        evidence: Option<&str>,
        tree: Option<&Oid>,
    ) -> Result<Answer, Stop> {
        let key = self.question(gate, text, tree);
        if self
            .state
            .answers
            .get(&(phase.name.clone(), key.clone()))
            .is_some_and(|(answer, _)| answer == "yes")
        {
            return Ok(told(Verdict::Passed, None));
        }
        let mut details = self.about(gate, tree);
        details.extend(evidence.map(|evidence| format!("evidence: {evidence}")));
        let ask = Question {
            kind: QuestionKind::Confirm,
            text: text.to_owned(),
            details,
        };
        match self.ports.ask(&ask) {
            Said::Yes(who) => {
                self.answered(phase, key, "yes", &who)?;
                Ok(told(Verdict::Passed, Some(format!("confirmed by {who}"))))
            }
            Said::No(who) => {
                self.answered(phase, key, "no", &who)?;
                Ok(told(Verdict::Failed, Some(format!("{who} did not confirm it"))))
            }
            Said::NoTerminal => Ok(told(Verdict::Inconclusive, Some("nobody is here to ask".into()))),
            Said::NotAsked => Ok(told(Verdict::NotRun, None)),
            Said::Interrupted => Err(Stop::Interrupted),
        }
    }

    /// When people were first asked about this tree.
    pub(super) fn opened(&mut self, phase: &Phase, gate: &Gate, tree: Option<&Oid>) -> Result<Millis, Stop> {
        let key = self.question(gate, "asked since", tree);
        let earlier = self.state.answers.get(&(phase.name.clone(), key.clone()));
        if let Some(since) = earlier.and_then(|(since, _)| since.parse().ok()) {
            return Ok(since);
        }
        let now = self.ports.now().millis;
        self.answered(phase, key, &now.to_string(), "rel")?;
        Ok(now)
    }

    /// `open D`: what has been approved still waits for objections until so much time has passed.
    pub(super) fn stays_open(
        &mut self,
        phase: &Phase,
        gate: &Gate,
        answer: &Answer,
        opened: Millis,
        open: Duration,
    ) -> Result<(), Stop> {
        if !matches!(answer.verdict, Verdict::Passed | Verdict::NotRun) {
            return Ok(());
        }
        let passed = u64::try_from(self.ports.now().millis - opened).unwrap_or(0);
        let left = open.as_millis().saturating_sub(passed);
        if left == 0 {
            return Ok(());
        }
        let left = Duration::from_millis(left);
        match self.ports.sleep(left) {
            Waited::Full => Ok(()),
            Waited::Interrupted => Err(Stop::Interrupted),
            Waited::Declined => Err(Stop::Paused {
                cause: PauseCause::Time,
                reason: format!(
                    "gate `{}` is approved, and stays open to objections for {left} more",
                    gate.display
                ),
                way_out: format!("`rel resume` then, or `rel abort` to give `{}` up", phase.name),
            }),
        }
    }

    /// An answer is bound to the gate with its arguments, to the person or question, and to the tree.
    fn question(&self, gate: &Gate, what: &str, tree: Option<&Oid>) -> String {
        format!("{} | {what} | {}", gate.display, tree.map_or("live", Oid::as_str))
    }

    fn answered(&mut self, phase: &Phase, question: String, answer: &str, by: &str) -> Result<(), Stop> {
        self.emit(Event::Answered {
            phase: phase.name.clone(),
            step: self.now_step,
            question,
            answer: answer.to_owned(),
            by: by.to_owned(),
        })?;
        Ok(())
    }

    fn about(&self, gate: &Gate, tree: Option<&Oid>) -> Vec<String> {
        let mut details: Vec<String> = gate.title.iter().cloned().collect();
        details.extend(tree.map(|tree| format!("about the tree {}", tree.short())));
        details.extend(gate.help.clone());
        details
    }

    /// The mail addresses of everybody who wrote a commit that this phase lands.
    fn landing_authors(&self, phase: &Phase) -> Result<BTreeSet<String>, Stop> {
        let mut authors: BTreeSet<String> = self.squashed.iter().map(|email| email.to_lowercase()).collect();
        let begun = self.state.phase(&phase.name).refs;
        for at in begun.iter().filter(|at| at.name.starts_with("refs/heads/")) {
            if let (Some(old), Some(new)) = (&at.oid, self.sandbox.get(&at.name)) {
                authors.extend(
                    self.sandbox
                        .log(Some(old), new, 10_000)?
                        .0
                        .into_iter()
                        .map(|commit| commit.email.to_lowercase()),
                );
            }
        }
        Ok(authors)
    }
}

fn told(verdict: Verdict, reason: Option<String>) -> Answer {
    Answer {
        verdict,
        readings: Vec::new(),
        reason,
        output: String::new(),
        elapsed: Duration::default(),
    }
}
