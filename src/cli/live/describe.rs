//! Every event as one sentence: what `rel log` shows, and what a live run says between steps.

use super::super::theme::{Ink, count};
use super::super::{escape, time};
use crate::cli::report::short_name;
use crate::journal::{
    CommandFinished, Event, GateResult, Outcome, PublicationIntent, RefMove, Staged, Verdict,
};

/// The sentence, and the ink that fits it.
pub(crate) fn sentence(event: &Event) -> (Option<Ink>, String) {
    let (ink, text) = match event {
        Event::RunStarted(run) => (
            Some(Ink::Title),
            format!("run {} of {} by {}", run.run, run.title, run.who),
        ),
        Event::RunTakenUp { command } => (Some(Ink::Dim), format!("taken up again by `rel {command}`")),
        Event::Fetched { remote, moved } if moved.is_empty() => {
            (Some(Ink::Dim), format!("fetched {remote}: nothing new"))
        }
        Event::Fetched { remote, moved } => (Some(Ink::Dim), format!("fetched {remote}: {}", list(moved))),
        Event::Reconciled {
            branch,
            from,
            to,
            unpushed,
        } => (
            Some(Ink::Dim),
            reconciled(branch, from.as_ref() != Some(to), to.short(), *unpushed),
        ),
        Event::PhaseStarted { phase, attempt, .. } => (
            Some(Ink::Title),
            if *attempt > 1 {
                format!("phase {phase} begins, attempt {attempt}")
            } else {
                format!("phase {phase} begins")
            },
        ),
        Event::PhaseSkipped { phase } => (
            Some(Ink::Dim),
            format!("phase {phase} is skipped: its `when` does not hold"),
        ),
        Event::HeldBack {
            phase,
            until,
            overridden,
        } => (Some(Ink::Warn), held_back(phase, *until, overridden.as_deref())),
        Event::StepStarted { display, .. } => (None, display.clone()),
        Event::Staged(staged) => (None, staged_line(staged)),
        Event::StepSkipped { why, .. } => (Some(Ink::Dim), format!("nothing to do: {why}")),
        Event::StepFinished { .. } => (Some(Ink::Dim), "step done".to_owned()),
        Event::Gate(result) => gate(result),
        Event::CommandIntent(intent) => (Some(Ink::Dim), format!("runs {}", intent.display)),
        Event::CommandFinished(finished) => command(finished),
        Event::PublicationIntent(intent) => (None, publication(intent)),
        Event::RemoteMoved { .. } => (Some(Ink::Dim), "the remote has moved".to_owned()),
        Event::PublicationFinished { .. } => (Some(Ink::Good), "published".to_owned()),
        Event::PublicationRefused { reason, .. } => (
            Some(Ink::Bad),
            format!("refused, and nothing of it moved: {reason}"),
        ),
        Event::Discarded { .. } => (Some(Ink::Dim), "what was staged is discarded".to_owned()),
        Event::Deployed {
            environment,
            source,
            commit,
            ..
        } => (
            Some(Ink::Good),
            format!("{environment} runs {source} ({})", commit.short()),
        ),
        Event::SoakStarted { duration, .. } => (Some(Ink::Dim), format!("soaks for {duration}")),
        Event::SoakProgress { soaked, .. } => (
            Some(Ink::Dim),
            format!("soaked {}", time::elapsed(soaked.as_millis())),
        ),
        Event::Answered {
            question, answer, by, ..
        } => (None, answered(question, answer, by)),
        Event::Notified {
            channel,
            message,
            error,
            ..
        } => match error {
            None => (Some(Ink::Dim), format!("told {channel}: {message}")),
            Some(error) => (Some(Ink::Warn), format!("could not tell {channel}: {error}")),
        },
        Event::Warning { message, .. } => (Some(Ink::Warn), format!("warning: {message}")),
        Event::PhaseFinished { phase } => (Some(Ink::Good), format!("phase {phase} is done")),
        Event::PhaseFailed { phase, reason, .. } => {
            (Some(Ink::Bad), format!("phase {phase} failed: {reason}"))
        }
        Event::Paused { reason, way_out, .. } => (Some(Ink::Warn), format!("waits: {reason}; {way_out}")),
        Event::RollbackPlanned { phases, .. } => (
            Some(Ink::Warn),
            format!("to be rolled back: {}", phases.join(", then ")),
        ),
        Event::RollbackStarted { phase, why } => (Some(Ink::Warn), format!("rolling back {phase}: {why}")),
        Event::RollbackNote { message, .. } => (None, message.clone()),
        Event::RollbackFinished { phase } => (Some(Ink::Good), format!("phase {phase} is rolled back")),
        Event::RollbackFailed { phase, reason, .. } => {
            (Some(Ink::Bad), format!("rolling back {phase} failed: {reason}"))
        }
        Event::RunFinished { outcome } => (Some(Ink::Title), outcome_words(*outcome).to_owned()),
    };
    (ink, escape::line(&text).into_owned())
}

/// How a run ended, in words.
pub(crate) const fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Failed => "failed; nothing had to be undone",
        Outcome::RolledBack => "rolled back",
        Outcome::RollbackFailed => "the rollback failed; a person is needed",
        Outcome::Aborted => "given up",
    }
}

fn list(moves: &[RefMove]) -> String {
    let one = |one: &RefMove| {
        let to = one.new.as_ref().map_or("deleted", |oid| oid.short());
        format!("{} is {to}", short_name(&one.name))
    };
    let shown: Vec<_> = moves.iter().take(4).map(one).collect();
    let rest = moves.len().saturating_sub(4);
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

fn reconciled(branch: &str, moved: bool, to: &str, unpushed: u32) -> String {
    let mut parts = Vec::new();
    if moved {
        parts.push(format!("is brought along to {to}"));
    }
    if unpushed > 0 {
        parts.push(format!(
            "has {} that its remote does not have",
            count(unpushed as usize, "commit", "commits")
        ));
    }
    if parts.is_empty() {
        parts.push("is where its remote is".to_owned());
    }
    format!("{branch} {}", parts.join(" and "))
}

/// What is recorded of an answer binds it to a gate and a tree; for people the gate and the person count.
fn answered(question: &str, answer: &str, by: &str) -> String {
    let about = question.rsplit_once(" | ").map_or(question, |(about, _)| about);
    match about.strip_suffix(by).and_then(|rest| rest.strip_suffix(" | ")) {
        Some(gate) => format!("{by} says {answer} to gate {gate}"),
        None => {
            let asked = about.split_once(" | ").map_or(about, |(_, what)| what);
            format!("{by} says {answer} to: {asked}")
        }
    }
}

fn held_back(phase: &str, until: i64, overridden: Option<&str>) -> String {
    let until = time::moment(until);
    match overridden {
        Some(reason) => format!("phase {phase} begins before {until}: {reason}"),
        None => format!(
            "phase {phase} waits until {until}; to begin at once stop this and say `rel resume --now REASON`"
        ),
    }
}

fn staged_line(staged: &Staged) -> String {
    let to = match (&staged.change.new, staged.known) {
        (None, _) => "deleted".to_owned(),
        (Some(oid), _) => oid.short().to_owned(),
    };
    format!("{} {}: {to}", staged.how, short_name(&staged.change.name))
}

fn gate(result: &GateResult) -> (Option<Ink>, String) {
    let took = time::elapsed(result.elapsed.as_millis());
    let reason = result.reason.as_deref().unwrap_or("no reason given");
    match result.verdict {
        Verdict::Passed => (Some(Ink::Good), format!("gate {} passed in {took}", result.gate)),
        Verdict::Failed => (Some(Ink::Bad), format!("gate {} failed: {reason}", result.gate)),
        Verdict::Inconclusive => (
            Some(Ink::Warn),
            format!("gate {} cannot tell: {reason}", result.gate),
        ),
        Verdict::NotRun => (Some(Ink::Dim), format!("gate {} would be asked", result.gate)),
    }
}

fn command(finished: &CommandFinished) -> (Option<Ink>, String) {
    let took = time::elapsed(finished.elapsed.as_millis());
    if finished.ok {
        (Some(Ink::Dim), format!("the command ended well in {took}"))
    } else {
        (
            Some(Ink::Bad),
            format!("the command {} after {took}", finished.how),
        )
    }
}

fn publication(intent: &PublicationIntent) -> String {
    match &intent.remote {
        Some(remote) => format!("pushes to {remote}: {}", list(&intent.remote_moves)),
        None => format!("moves here: {}", list(&intent.local_moves)),
    }
}
