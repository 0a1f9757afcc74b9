//! A length of time as plans write it: `500ms`, `10m`, `48h`, `3d`, `1h30m`.

use serde::{Deserialize, Serialize};

/// A length of time in whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Duration(u64);

const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

impl Duration {
    /// That many milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// That many seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// The length in milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The standard library's type.
    pub const fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0)
    }

    /// Parses one or more number-unit pairs with units `d h m s ms`, largest first, none twice.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut total = 0u64;
        let mut allowed = 0;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let amount: u64 = rest.get(..digits)?.parse().ok()?;
            rest = &rest[digits..];
            let letters = rest.bytes().take_while(u8::is_ascii_lowercase).count();
            let unit = UNITS.iter().position(|(name, _)| *name == &rest[..letters])?;
            if unit < allowed {
                return None;
            }
            allowed = unit + 1;
            rest = &rest[letters..];
            total = total.checked_add(amount.checked_mul(UNITS[unit].1)?)?;
        }
        (allowed > 0).then_some(Self(total))
    }
}

impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return f.write_str("0s");
        }
        // `48h` and `72h` are how soaks are spoken of: days only from whole days past two.
        for (name, millis) in UNITS {
            if name == "d" && !(rest.is_multiple_of(millis) && rest >= 3 * millis) {
                continue;
            }
            let amount = rest / millis;
            if amount > 0 {
                write!(f, "{amount}{name}")?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Duration {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not a duration"))
    }
}

impl From<Duration> for String {
    fn from(duration: Duration) -> Self {
        duration.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn reads_and_writes_what_people_write() {
        for text in ["500ms", "30s", "10m", "48h", "3d", "1h30m", "0s"] {
            assert_eq!(
                Duration::parse(text).map(|d| d.to_string()).as_deref(),
                Some(text)
            );
        }
        for bad in [
            "",
            "10",
            "m",
            "10m1h",
            "1h1h",
            "10x",
            "1.5h",
            "99999999999999999999d",
        ] {
            assert_eq!(Duration::parse(bad), None, "{bad}");
        }
    }
}
