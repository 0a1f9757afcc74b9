//! The journal: what is written down is there after a crash, and says the same then as it did live.

mod state;
mod store;

use relplan::journal::{
    CommandFinished, CommandIntent, CommandRole, Event, FORMAT, Outcome, PauseCause, PublicationIntent,
    RefAt, RefMove, RunStarted, Running,
};
use relplan::model::{Duration, Oid};

/// An object id of one digit.
fn oid(digit: u8) -> Oid {
    let digit = char::from_digit(u32::from(digit % 16), 16).unwrap();
    Oid::parse(&digit.to_string().repeat(40)).unwrap()
}

fn started(run: &str) -> Event {
    Event::RunStarted(RunStarted {
        version: FORMAT,
        run: run.into(),
        title: "test".into(),
        digest: "d".into(),
        sources: Vec::new(),
        params: Vec::new(),
        directory: String::new(),
        remote: None,
        who: "Ann <ann@example.com>".into(),
        offline: false,
    })
}

fn change(name: &str, old: u8, new: u8) -> RefMove {
    RefMove {
        name: name.into(),
        old: (old > 0).then(|| oid(old)),
        new: (new > 0).then(|| oid(new)),
    }
}

fn publication(number: u32, phase: &str, step: Option<u32>, rollback: bool, moves: &[RefMove]) -> Event {
    Event::PublicationIntent(PublicationIntent {
        publication: number,
        phase: phase.into(),
        step,
        rollback,
        remote: Some("origin".into()),
        remote_moves: moves.to_vec(),
        local_moves: moves.to_vec(),
        force: false,
    })
}

fn intent(phase: &str, step: u32, role: CommandRole) -> Event {
    Event::CommandIntent(CommandIntent {
        phase: phase.into(),
        step,
        role,
        display: "run \"x\"".into(),
        commit: Some(oid(7)),
        environment: Some("production".into()),
    })
}

fn ended(phase: &str, step: u32, role: CommandRole, ok: bool) -> Event {
    Event::CommandFinished(CommandFinished {
        phase: phase.into(),
        step,
        role,
        exit: Some(i32::from(!ok)),
        how: "exited".into(),
        ok,
        output: String::new(),
        elapsed: Duration::from_millis(1),
    })
}

fn begun(phase: &str) -> Event {
    Event::PhaseStarted {
        phase: phase.into(),
        refs: vec![RefAt {
            name: "refs/heads/main".into(),
            oid: Some(oid(1)),
        }],
        previous: vec![Running {
            environment: "production".into(),
            commit: Some(oid(1)),
            said: None,
        }],
        attempt: 1,
    }
}

fn paused(phase: &str, cause: PauseCause) -> Event {
    Event::Paused {
        phase: phase.into(),
        step: Some(1),
        cause,
        reason: "because".into(),
        way_out: "type this".into(),
    }
}

fn finished(outcome: Outcome) -> Event {
    Event::RunFinished { outcome }
}
