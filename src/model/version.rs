//! Versions in the three forms that releases use: semver, PEP 440-like, and calendar.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// The scheme a version's text follows; each orders by its own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VersionScheme {
    /// <https://semver.org>: `1.2.3-rc.1+build`.
    Semver,
    /// <https://peps.python.org/pep-0440>: `1.5.1rc1`, `1.0.dev3`, `1.0.post1`.
    Pep440,
    /// <https://calver.org>: `2024.01.1`, a four-digit year first.
    Calendar,
}

/// A version; an optional leading `v` in its text is not part of the value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    text: Box<str>,
    scheme: VersionScheme,
    release: Vec<u64>,
    pre: Pre,
    post: Option<u64>,
}

/// What stands behind the release numbers, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Pre {
    /// PEP 440's label (`dev` < `a` < `b` < `rc`) and number.
    Labelled(u8, u64),
    /// Semver's dot-separated identifiers.
    Identifiers(Vec<Identifier>),
    None,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Identifier {
    Numeric(u64),
    Text(String),
}

const LABELS: [(&str, u8); 9] = [
    ("dev", 0),
    ("alpha", 1),
    ("a", 1),
    ("beta", 2),
    ("b", 2),
    ("preview", 3),
    ("pre", 3),
    ("rc", 3),
    ("c", 3),
];

impl Version {
    /// Parses a version, with or without a leading `v`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        if text.len() > 200 {
            return None;
        }
        let tail = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let numbers = text[..tail].trim_end_matches('.');
        let release: Vec<u64> = numbers
            .split('.')
            .map(|n| n.parse().ok())
            .collect::<Option<_>>()?;
        if release.len() < 2 || release.len() > 6 {
            return None;
        }
        let rest = &text[numbers.len()..];
        let padded = numbers.split('.').any(|n| n.len() > 1 && n.starts_with('0'));
        let year = (1970..=2999).contains(&release[0]);
        let semver = if padded || release.len() != 3 {
            None
        } else {
            semver_tail(rest)
        };
        let (scheme, pre, post) = match semver {
            Some(pre) if !year => (VersionScheme::Semver, pre, None),
            Some(pre) => (VersionScheme::Calendar, pre, None),
            None if rest.is_empty() && year => (VersionScheme::Calendar, Pre::None, None),
            None if rest.is_empty() && padded => return None,
            None => {
                let (pre, post) = pep440_tail(rest)?;
                (
                    if year {
                        VersionScheme::Calendar
                    } else {
                        VersionScheme::Pep440
                    },
                    pre,
                    post,
                )
            }
        };
        Some(Self {
            text: text.into(),
            scheme,
            release,
            pre,
            post,
        })
    }

    /// The text without a leading `v`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme the text follows.
    pub fn scheme(&self) -> VersionScheme {
        self.scheme
    }

    /// First number.
    pub fn major(&self) -> u64 {
        self.release[0]
    }

    /// Second number.
    pub fn minor(&self) -> u64 {
        self.release[1]
    }

    /// Third number, 0 when there is none.
    pub fn patch(&self) -> u64 {
        self.release.get(2).copied().unwrap_or(0)
    }

    /// The pre-release part as written, empty for a final version: `rc.1`, `rc1`.
    pub fn pre(&self) -> &str {
        if !self.is_prerelease() {
            return "";
        }
        let core = self.text.split('+').next().unwrap_or_default();
        let numbers = core
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(core.len());
        core[numbers..].trim_start_matches(['-', '.', '_'])
    }

    /// The numbers alone: `1.5.1` of `1.5.1rc1`.
    pub fn release(&self) -> &str {
        let end = self
            .text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(self.text.len());
        self.text[..end].trim_end_matches('.')
    }

    /// Whether it comes before a final version: alpha, beta, rc, dev, or any semver pre-release.
    pub fn is_prerelease(&self) -> bool {
        !matches!(self.pre, Pre::None)
    }

    /// The next final version that changes only the third number; of a pre-release, its release.
    #[must_use]
    pub fn next_patch(&self) -> Self {
        if self.is_prerelease() {
            return self.with_release(&self.release);
        }
        self.with_release(&[self.major(), self.minor(), self.patch() + 1])
    }

    /// The next final version that changes the second number.
    #[must_use]
    pub fn next_minor(&self) -> Self {
        if self.is_prerelease() && self.patch() == 0 {
            return self.with_release(&self.release);
        }
        self.with_release(&[self.major(), self.minor() + 1, 0])
    }

    /// The next final version that changes the first number.
    #[must_use]
    pub fn next_major(&self) -> Self {
        if self.is_prerelease() && self.patch() == 0 && self.minor() == 0 {
            return self.with_release(&self.release);
        }
        self.with_release(&[self.major() + 1, 0, 0])
    }

    fn with_release(&self, numbers: &[u64]) -> Self {
        // A calendar's zero-padding (`2024.01.1`) stays: each number keeps at least its old width.
        let widths: Vec<usize> = self.release().split('.').map(str::len).collect();
        let padded = self
            .release()
            .split('.')
            .any(|n| n.len() > 1 && n.starts_with('0'));
        let text: Vec<String> = (0..numbers.len())
            .map(|i| {
                let width = if padded {
                    widths.get(i).copied().unwrap_or(1)
                } else {
                    1
                };
                format!("{:0width$}", numbers[i])
            })
            .collect();
        Self {
            text: text.join(".").into(),
            scheme: self.scheme,
            release: numbers.to_vec(),
            pre: Pre::None,
            post: None,
        }
    }
}

fn semver_tail(rest: &str) -> Option<Pre> {
    let (rest, build) = match rest.split_once('+') {
        Some((rest, build)) => (rest, Some(build)),
        None => (rest, None),
    };
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if build.is_some_and(|build| !build.split('.').all(word)) {
        return None;
    }
    if rest.is_empty() {
        return Some(Pre::None);
    }
    let identifiers = rest.strip_prefix('-')?.split('.').map(|part| {
        let numeric = part.bytes().all(|b| b.is_ascii_digit());
        if !word(part) || (numeric && part.len() > 1 && part.starts_with('0')) {
            return None;
        }
        Some(
            part.parse()
                .map_or_else(|_| Identifier::Text(part.into()), Identifier::Numeric),
        )
    });
    identifiers.collect::<Option<_>>().map(Pre::Identifiers)
}

fn pep440_tail(rest: &str) -> Option<(Pre, Option<u64>)> {
    let rest = rest.split('+').next().unwrap_or_default().to_ascii_lowercase();
    if rest.is_empty() {
        return Some((Pre::None, None));
    }
    let rest = rest.trim_start_matches(['.', '-', '_']);
    let letters = rest.bytes().take_while(u8::is_ascii_lowercase).count();
    let number = rest[letters..].trim_start_matches(['.', '-', '_']);
    let number: u64 = if number.is_empty() {
        0
    } else {
        number.parse().ok()?
    };
    let label = &rest[..letters];
    if label == "post" {
        return Some((Pre::None, Some(number)));
    }
    let rank = LABELS.iter().find(|(name, _)| *name == label)?.1;
    Some((Pre::Labelled(rank, number), None))
}

impl Ord for Version {
    /// Compares release numbers first (a missing one is 0), then the pre-release part, which
    /// precedes the final version; build metadata does not count (semver 11, PEP 440).
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.release.len().max(other.release.len());
        let number = |v: &Self, i: usize| v.release.get(i).copied().unwrap_or(0);
        (0..length)
            .map(|i| number(self, i).cmp(&number(other, i)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| self.pre.precedence(&other.pre))
            .then_with(|| self.post.cmp(&other.post))
    }
}

impl Pre {
    fn precedence(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Pre::None, Pre::None) => Ordering::Equal,
            (Pre::None, _) => Ordering::Greater,
            (_, Pre::None) => Ordering::Less,
            (Pre::Labelled(a, n), Pre::Labelled(b, m)) => (a, n).cmp(&(b, m)),
            (Pre::Identifiers(a), Pre::Identifiers(b)) => a.cmp(b),
            // Two schemes meet only by mistake; the text's form decides, so that the order is total.
            (Pre::Labelled(..), Pre::Identifiers(_)) => Ordering::Less,
            (Pre::Identifiers(_), Pre::Labelled(..)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not a version"))
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::{Version, VersionScheme};

    fn v(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| panic!("{text} is a version"))
    }

    #[test]
    fn the_three_schemes_are_told_apart() {
        assert_eq!(v("v1.2.3-rc.1").scheme(), VersionScheme::Semver);
        assert_eq!(v("1.5.1rc1").scheme(), VersionScheme::Pep440);
        assert_eq!(v("8.4.9RC1").scheme(), VersionScheme::Pep440);
        assert_eq!(v("2024.01.1").scheme(), VersionScheme::Calendar);
        for bad in [
            "", "1", "v", "1.2.x", "1.2.3-", "1.2.3-01", "1..2", "feature", "01.2.3",
        ] {
            assert!(Version::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn each_scheme_orders_by_its_own_rules() {
        let semver = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
        ];
        assert!(semver.windows(2).all(|w| v(w[0]) < v(w[1])));
        let pep440 = [
            "1.5.1.dev1",
            "1.5.1a1",
            "1.5.1b2",
            "1.5.1rc1",
            "1.5.1",
            "1.5.1.post1",
            "1.5.2",
        ];
        assert!(pep440.windows(2).all(|w| v(w[0]) < v(w[1])), "{pep440:?}");
        assert!(v("2024.01.1") < v("2024.02.0"));
        assert_eq!(v("v1.2.3"), v("1.2.3"));
    }

    #[test]
    fn fields_read_as_in_the_language() {
        let rc = v("v4.5.2-rc.1");
        assert_eq!(
            (rc.major(), rc.minor(), rc.patch(), rc.pre(), rc.release()),
            (4, 5, 2, "rc.1", "4.5.2")
        );
        assert_eq!(rc.next_patch().to_string(), "4.5.2");
        assert_eq!(v("4.5.2").next_minor().to_string(), "4.6.0");
        assert_eq!(v("4.5.2").next_major().to_string(), "5.0.0");
        assert_eq!(v("1.5.1rc1").pre(), "rc1");
        assert_eq!(v("2024.01.1").next_patch().to_string(), "2024.01.2");
    }
}
