//! Numbers, percentages and sizes, compared exactly as their decimal text reads.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// A finite decimal number, as `3.5`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(f64);

impl Number {
    /// Takes any finite number.
    pub fn new(value: f64) -> Option<Self> {
        // Adding zero turns -0.0 into 0.0, so that equal numbers display alike.
        value.is_finite().then_some(Self(value + 0.0))
    }

    /// Parses decimal text such as `3.5`, `-1` or `1e3`.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
        plain.then(|| text.parse().ok().and_then(Self::new)).flatten()
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A percentage: `85%` holds 85.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(Number);

impl Percent {
    /// Takes any finite number of hundredths.
    pub fn new(hundredths: f64) -> Option<Self> {
        Number::new(hundredths).map(Self)
    }

    /// Parses `85%` or `99.5 %`.
    pub fn parse(text: &str) -> Option<Self> {
        Number::parse(text.strip_suffix('%')?.trim_end()).map(Self)
    }

    /// The number before the sign.
    pub const fn get(self) -> f64 {
        self.0.get()
    }
}

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}%", self.0)
    }
}

/// An amount of data in bytes, written `10MB` (powers of 1000) or `4GiB` (powers of 1024).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(u64);

const SIZES: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1_000),
    ("B", 1),
];

impl Size {
    /// That many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The amount in bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// Parses a whole or decimal number and a unit: `10MB`, `1.5GiB`, `512B` (`kB` serves as well).
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = &text[number.len()..];
        let unit = if unit == "kB" { "KB" } else { unit };
        let factor = SIZES.iter().find(|(name, _)| *name == unit)?.1;
        let number = number.trim_end();
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(part) || number.ends_with('.') || part.len() > 9 {
            return None;
        }
        let scale = 10u128.pow(u32::try_from(part.len()).ok()?);
        let scaled = format!("{whole}{part}").parse::<u128>().ok()?;
        u64::try_from(scaled.checked_mul(u128::from(factor))? / scale)
            .ok()
            .map(Self)
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, factor) = SIZES
            .iter()
            .find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor))
            .unwrap_or(&("B", 1));
        write!(f, "{}{name}", self.0 / factor)
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not a size"))
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        size.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{Percent, Size};

    #[test]
    fn sizes_keep_their_unit() {
        for text in ["10MB", "4GiB", "512B", "1KiB"] {
            assert_eq!(Size::parse(text).map(|s| s.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Size::parse("1.5KB"), Some(Size::from_bytes(1500)));
        assert_eq!(Size::parse("10mb"), None);
        assert_eq!(Size::parse(".5KB"), None);
    }

    #[test]
    fn percentages_compare_as_numbers() {
        assert!(Percent::parse("85.74%") > Percent::parse("85%"));
        assert_eq!(Percent::parse("85"), None);
    }
}
