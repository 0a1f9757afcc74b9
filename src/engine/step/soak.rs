//! `soak` and `wait`: time passes, and gates are asked meanwhile.

use crate::check::{Gate, Phase, Soak, Step};
use crate::engine::Waited;
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::journal::{Event, Millis, PauseCause, Verdict};
use crate::model::Duration;

/// One gate of a soak.
struct Sampled<'s> {
    gate: &'s Gate,
    every: u64,
    /// How much must be soaked when it is asked next.
    due: u64,
    /// Failures in a row.
    failures: u32,
    /// Inconclusive samples in a row.
    doubts: u32,
}

impl Session<'_> {
    pub(super) fn soak(&mut self, phase: &Phase, step: &Step, soak: &Soak) -> Result<(), Stop> {
        let id = step.id.0;
        let state = self.state.phases.get(&phase.name);
        let done = state.and_then(|state| state.soaked.get(&id));
        let mut soaked = done.copied().unwrap_or_default().as_millis();
        let total = soak.duration.as_millis();
        self.emit(Event::SoakStarted {
            phase: phase.name.clone(),
            step: id,
            duration: soak.duration,
        })?;
        let mut gates: Vec<Sampled<'_>> = soak
            .gates
            .iter()
            .map(|(gate, every)| Sampled {
                gate,
                every: every.as_millis().max(1),
                due: soaked,
                failures: 0,
                doubts: 0,
            })
            .collect();
        let mut asked = self.ports.now().millis;
        loop {
            for gate in gates.iter_mut().filter(|gate| gate.due <= soaked) {
                self.sample(phase, soak, gate, soaked, total)?;
            }
            // A soak does not end on a sample that did not pass: it is asked again until it is clear.
            let clear = gates.iter().all(|gate| gate.failures == 0 && gate.doubts == 0);
            if soaked >= total && clear {
                break;
            }
            let next = gates.iter().map(|gate| gate.due).min().unwrap_or(total);
            let next = if soaked < total { next.min(total) } else { next };
            soaked = self.pass(phase, id, (soaked, next.max(soaked + 1), total), &mut asked)?;
        }
        self.after_wait(phase)
    }

    fn sample(
        &mut self,
        phase: &Phase,
        soak: &Soak,
        sampled: &mut Sampled<'_>,
        soaked: u64,
        total: u64,
    ) -> Result<(), Stop> {
        let gate = sampled.gate;
        // The last sample is taken when all of it has passed.
        sampled.due = if soaked < total {
            (soaked + sampled.every).min(total)
        } else {
            soaked + sampled.every
        };
        let result = self.ask_again(phase, gate)?;
        match result.verdict {
            _ if gate.advisory => {}
            Verdict::Failed => {
                (sampled.failures, sampled.doubts) = (sampled.failures + 1, 0);
                let failures = sampled.failures;
                if failures >= soak.fail_after {
                    let reason = result.reason.unwrap_or_default();
                    let times = if failures == 1 {
                        "failed".to_owned()
                    } else {
                        format!("failed {failures} times in a row")
                    };
                    return Err(Stop::failed_with(
                        format!("the soak failed: gate `{}` {times}: {reason}", gate.display),
                        gate.help
                            .clone()
                            .unwrap_or_else(|| "look at what runs now, and at its output above".into()),
                    ));
                }
            }
            Verdict::Inconclusive => {
                sampled.doubts += 1;
                if sampled.doubts > soak.tolerate {
                    return Err(Stop::Paused {
                        cause: PauseCause::Inconclusive,
                        reason: format!(
                            "gate `{}` could not tell {} times in a row: {}",
                            gate.display,
                            sampled.doubts,
                            result.reason.unwrap_or_default()
                        ),
                        way_out: format!(
                            "mend the gate, then `rel resume` goes on soaking; or `rel rollback {}`",
                            phase.name
                        ),
                    });
                }
            }
            Verdict::Passed => (sampled.failures, sampled.doubts) = (0, 0),
            Verdict::NotRun => {
                // Nothing can be learnt by asking more often: let the time pass at once.
                (sampled.failures, sampled.doubts) = (0, 0);
                sampled.due = total.max(soaked + 1);
            }
        }
        Ok(())
    }

    /// Waits until `next` is soaked. What counts is the time since the gates were last asked, asking included;
    /// a gap of over twice the wait (a sleeping machine) counts for nothing.
    fn pass(
        &mut self,
        phase: &Phase,
        step: u32,
        (soaked, next, total): (u64, u64, u64),
        asked: &mut Millis,
    ) -> Result<u64, Stop> {
        let since = |from: Millis, to: Millis| u64::try_from(to - from).unwrap_or(0);
        let before = self.ports.now().millis;
        let wanted = next - soaked;
        let asking = since(*asked, before).min(wanted);
        let waited = self.ports.sleep(Duration::from_millis(wanted - asking));
        let now = self.ports.now().millis;
        let passed = since(before, now);
        let counted = if passed > wanted.saturating_mul(2) + 1_000 {
            0
        } else {
            (asking + passed).max(u64::from(waited == Waited::Full) * wanted)
        };
        *asked = now;
        let soaked = soaked + counted;
        self.emit(Event::SoakProgress {
            phase: phase.name.clone(),
            step,
            soaked: Duration::from_millis(soaked.min(total)),
        })?;
        match waited {
            Waited::Full => Ok(soaked),
            Waited::Interrupted => Err(Stop::Interrupted),
            Waited::Declined => Err(Stop::Paused {
                cause: PauseCause::Time,
                reason: format!(
                    "the soak of `{}` goes on for {} more",
                    phase.name,
                    left(total, soaked)
                ),
                way_out: "`rel resume` goes on with it".into(),
            }),
        }
    }

    pub(super) fn wait(
        &mut self,
        phase: &Phase,
        gate: &Gate,
        every: Duration,
        timeout: Duration,
    ) -> Result<(), Stop> {
        let started = self.ports.now().millis;
        loop {
            let result = self.ask_again(phase, gate)?;
            if matches!(result.verdict, Verdict::Passed | Verdict::NotRun) {
                return self.after_wait(phase);
            }
            let waited = u64::try_from(self.ports.now().millis - started).unwrap_or(0);
            if waited >= timeout.as_millis() {
                return Err(Stop::Paused {
                    cause: PauseCause::Inconclusive,
                    reason: format!("gate `{}` has not passed within {timeout}", gate.display),
                    way_out: "`rel resume` waits again; `rel rollback` takes the phase back".into(),
                });
            }
            match self.ports.sleep(every) {
                Waited::Full => {}
                Waited::Interrupted => return Err(Stop::Interrupted),
                Waited::Declined => {
                    return Err(Stop::Paused {
                        cause: PauseCause::Time,
                        reason: format!("waiting for gate `{}`", gate.display),
                        way_out: "`rel resume` asks it again".into(),
                    });
                }
            }
        }
    }
}

fn left(total: u64, soaked: u64) -> Duration {
    Duration::from_secs(total.saturating_sub(soaked).div_ceil(1_000))
}
