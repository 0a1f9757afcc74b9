//! `approve` and `confirm`: what only people can say, asked on the terminal.

use std::collections::BTreeSet;

use super::Answer;
use crate::check::{Gate, Phase};
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::engine::{Answer as Said, Question, QuestionKind};
use crate::journal::{Event, Verdict};
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
            .filter(|person| !authors.contains(person.as_str()))
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
        let mut authors = BTreeSet::new();
        let begun = self.state.phase(&phase.name).refs;
        for at in begun.iter().filter(|at| at.name.starts_with("refs/heads/")) {
            if let (Some(old), Some(new)) = (&at.oid, self.sandbox.get(&at.name)) {
                authors.extend(
                    self.sandbox
                        .log(Some(old), new, 10_000)?
                        .0
                        .into_iter()
                        .map(|commit| commit.email),
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
