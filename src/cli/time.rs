//! Times and lengths of time for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::journal::Millis;
use crate::model::Duration;

/// `0.1s`, `12s`, `2m5s`, `1h30m`: as exact as a person cares.
pub(crate) fn elapsed(millis: u64) -> String {
    match millis {
        0..10_000 => format!("{}.{}s", millis / 1000, millis % 1000 / 100),
        10_000..60_000 => format!("{}s", millis / 1000),
        60_000..3_600_000 => Duration::from_secs(millis / 1000).to_string(),
        _ => Duration::from_secs(millis / 60_000 * 60).to_string(),
    }
}

/// Between two moments; a clock that was set back counts as none.
pub(crate) fn between(from: Millis, to: Millis) -> String {
    elapsed(u64::try_from(to.saturating_sub(from)).unwrap_or(0))
}

/// `2026-11-20 14:03:11 CET`, in the zone of this machine.
pub(crate) fn moment(at: Millis) -> String {
    format(at, "%Y-%m-%d %H:%M:%S %Z")
}

/// `14:03:11`, in the zone of this machine.
pub(crate) fn clock(at: Millis) -> String {
    format(at, "%H:%M:%S")
}

fn format(at: Millis, pattern: &str) -> String {
    Timestamp::from_millisecond(at).map_or_else(
        |_| format!("{at} ms after 1970"),
        |time| time.to_zoned(TimeZone::system()).strftime(pattern).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::{between, elapsed};

    #[test]
    fn as_exact_as_a_person_cares() {
        assert_eq!(elapsed(140), "0.1s");
        assert_eq!(elapsed(12_900), "12s");
        assert_eq!(elapsed(125_400), "2m5s");
        assert_eq!(elapsed(5_461_000), "1h31m");
        assert_eq!(between(2_000, 1_000), "0.0s");
    }
}
