//! `soak`, `wait for gate`, `notify`.

use super::Made;
use crate::check::cx::Cx;
use crate::check::plan::{Soak, StepKind};
use crate::diag::{Code, Diagnostic};
use crate::model::Duration;
use crate::syntax::ast::{Entry, Expr, GateUse, Ident, SoakEntry, Text};
use crate::text::Span;

/// How many failures in a row fail a soak, and how many inconclusive samples are borne, unless stated.
const DEFAULT_STREAK: u32 = 3;

impl<'a> Cx<'a> {
    pub(super) fn soak(
        &mut self,
        duration: &Expr,
        entries: &'a [Entry<SoakEntry>],
        span: Span,
    ) -> Option<Made> {
        let length = self.want_duration(duration, "a soak");
        let mut soak = Soak {
            duration: length.flatten().unwrap_or_default(),
            gates: Vec::new(),
            fail_after: DEFAULT_STREAK,
            tolerate: DEFAULT_STREAK,
        };
        let (mut fail_at, mut tolerate_at) = (None, None);
        let mut sound = length.is_some();
        let mut watched = false;
        for entry in entries {
            let fine = match &entry.kind {
                SoakEntry::Gate { gate, every } => {
                    watched = true;
                    let interval = self.want_duration(every, "an interval");
                    let gate = self.placed_gate(gate);
                    let sampled =
                        self.sampled(interval.flatten(), length.flatten(), every.span, duration.span);
                    match (gate, interval) {
                        (Some(gate), Some(interval)) => {
                            soak.gates.push((gate, interval.unwrap_or_default()));
                            sampled
                        }
                        _ => false,
                    }
                }
                SoakEntry::FailAfter { count } => {
                    let count = self.want_count(count, "a number of failures", 1, 10_000);
                    let fresh = self.once(&mut fail_at, entry.span, "`fail after`");
                    soak.fail_after = count.flatten().unwrap_or(DEFAULT_STREAK);
                    fresh && count.is_some()
                }
                SoakEntry::Tolerate { count } => {
                    let count = self.want_count(count, "a number of samples", 0, 10_000);
                    let fresh = self.once(&mut tolerate_at, entry.span, "`tolerate`");
                    soak.tolerate = count.flatten().unwrap_or(DEFAULT_STREAK);
                    fresh && count.is_some()
                }
                SoakEntry::Error => {
                    watched = true;
                    false
                }
            };
            sound &= fine;
        }
        if !watched {
            self.report.add(
                Diagnostic::new(Code::MissingProperty, span.before().to(duration.span), "the soak watches nothing")
                    .here("wanted: a gate in its block")
                    .help("`soak 48h { gate health every 5m }` samples the gate all the time and fails the phase after three failures in a row"),
            );
            return None;
        }
        let shown = length
            .flatten()
            .map_or_else(|| self.one_line(duration.span), |length| length.to_string());
        let display = format!("soak {shown}");
        sound.then_some((StepKind::Soak(soak), display))
    }

    /// A sample at least once in the soak.
    fn sampled(&mut self, every: Option<Duration>, length: Option<Duration>, at: Span, soak: Span) -> bool {
        let (Some(every), Some(length)) = (every, length) else {
            return true;
        };
        if every <= length {
            return true;
        }
        self.report.add(
            Diagnostic::new(
                Code::OutOfRange,
                at,
                format!("a sample every {every} in a soak of {length} is never taken"),
            )
            .here("longer than the soak")
            .label(soak, "the soak"),
        );
        false
    }

    pub(super) fn wait(&mut self, gate: &'a GateUse, every: &Expr, timeout: &Expr) -> Option<Made> {
        let placed = self.placed_gate(gate);
        let every = self.want_duration(every, "an interval");
        let timeout = self.want_duration(timeout, "a timeout");
        let (gate, every, timeout) = (placed?, every?, timeout?);
        let display = format!("wait for gate {}", gate.display);
        let kind = StepKind::Wait {
            gate,
            every: every.unwrap_or_default(),
            timeout: timeout.unwrap_or_default(),
        };
        Some((kind, display))
    }

    pub(super) fn notify(&mut self, channel: &Ident, message: &Text) -> Option<Made> {
        let message = self.string(message);
        let Some(declared) = self.channels.get(channel.name.as_str()) else {
            let names = self.names;
            let known: Vec<&str> = names.channels.keys().copied().collect();
            let help = format!(
                "declare it: `channel {} {{ run \"scripts/tell.sh $message\" }}`",
                channel.name
            );
            self.unknown_name("channel", &channel.name, channel.span, known, &help);
            return None;
        };
        // A faulty channel has been reported.
        declared.as_ref()?;
        let message = message?;
        let display = format!("notify {} {:?}", channel.name, message);
        let kind = StepKind::Notify {
            channel: channel.name.clone(),
            message,
        };
        Some((kind, display))
    }
}
