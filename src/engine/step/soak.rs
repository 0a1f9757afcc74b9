//! `soak` and `wait`: time passes, and gates are asked meanwhile.

use crate::check::{Gate, Phase, Soak, Step};
use crate::engine::Waited;
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::journal::{Event, PauseCause, Verdict};
use crate::model::Duration;

impl Session<'_> {
    pub(super) fn soak(&mut self, phase: &Phase, step: &Step, soak: &Soak) -> Result<(), Stop> {
        let id = step.id.0;
        let done = self
            .state
            .phase(&phase.name)
            .soaked
            .get(&id)
            .copied()
            .unwrap_or_default();
        self.emit(Event::SoakStarted {
            phase: phase.name.clone(),
            step: id,
            duration: soak.duration,
        })?;
        let mut soaked = done.as_millis();
        let total = soak.duration.as_millis();
        let mut due: Vec<u64> = soak.gates.iter().map(|_| soaked).collect();
        let (mut failures, mut doubts) = (0u32, 0u32);
        while soaked < total {
            for (index, (gate, every)) in soak.gates.iter().enumerate() {
                if due[index] > soaked {
                    continue;
                }
                due[index] = soaked + every.as_millis().max(1);
                let result = self.ask_gate(phase, gate)?;
                match result.verdict {
                    Verdict::Failed if !gate.advisory => {
                        failures += 1;
                        if failures >= soak.fail_after {
                            let reason = result.reason.unwrap_or_default();
                            return Err(Stop::failed_with(
                                format!(
                                    "the soak failed: gate `{}` failed {failures} times in a row: {reason}",
                                    gate.display
                                ),
                                gate.help.clone().unwrap_or_else(|| {
                                    "look at what runs now, and at its output above".into()
                                }),
                            ));
                        }
                    }
                    Verdict::Inconclusive if !gate.advisory => {
                        doubts += 1;
                        if doubts > soak.tolerate {
                            return Err(Stop::Paused {
                                cause: PauseCause::Inconclusive,
                                reason: format!(
                                    "gate `{}` could not tell {doubts} times in a row",
                                    gate.display
                                ),
                                way_out:
                                    "mend the gate, then `rel resume` goes on soaking; or `rel rollback`"
                                        .into(),
                            });
                        }
                    }
                    _ => (failures, doubts) = (0, 0),
                }
                if result.verdict == Verdict::NotRun {
                    // Nothing can be learnt by asking more often: let the time pass at once.
                    due[index] = total;
                }
            }
            let next = due.iter().copied().min().unwrap_or(total).min(total);
            soaked = self.pass(phase, id, soaked, next.max(soaked + 1), total)?;
        }
        self.after_wait(phase)
    }

    /// Waits until `next`; a gap of over twice the wait (a sleeping machine) does not count.
    fn pass(&mut self, phase: &Phase, step: u32, soaked: u64, next: u64, total: u64) -> Result<u64, Stop> {
        let wanted = next - soaked;
        let before = self.ports.now().millis;
        let waited = self.ports.sleep(Duration::from_millis(wanted));
        let passed = u64::try_from(self.ports.now().millis - before).unwrap_or(0);
        let counted = if passed > wanted.saturating_mul(2) + 1_000 {
            0
        } else {
            passed.max(u64::from(waited == Waited::Full) * wanted)
        };
        let soaked = soaked + counted;
        self.emit(Event::SoakProgress {
            phase: phase.name.clone(),
            step,
            soaked: Duration::from_millis(soaked),
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
            let result = self.ask_gate(phase, gate)?;
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
