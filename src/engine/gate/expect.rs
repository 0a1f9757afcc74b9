//! `expect`: what is read from a command, and how it is compared.

use std::cmp::Ordering;

use crate::check::{Against, Comparison, Expect, JsonStep, Reading};
use crate::engine::{ExecEnd, ExecOutcome};
use crate::model::{Duration, Number, Percent, Size, Value, Version};

/// What an expectation reads; `None` where nothing fits.
pub(super) fn read(outcome: &ExecOutcome, reading: &Reading) -> Option<Value> {
    let stdout = &outcome.stdout.text;
    match reading {
        Reading::Exit => match outcome.end {
            ExecEnd::Exited(code) => Some(Value::Int(code.into())),
            _ => None,
        },
        Reading::Stdout => Some(Value::String(stdout.trim_end_matches(['\n', '\r']).to_owned())),
        Reading::Stderr => Some(Value::String(
            outcome.stderr.text.trim_end_matches(['\n', '\r']).to_owned(),
        )),
        Reading::Lines => i64::try_from(stdout.lines().count()).ok().map(Value::Int),
        Reading::Elapsed => Some(Value::Duration(outcome.elapsed)),
        Reading::Json(path) => json(stdout, path),
        Reading::Number(regex) => last(
            stdout,
            regex.as_deref(),
            &format!(r"[-+]?{DIGITS}(?:[eE][-+]?\d+)?"),
            |text| Number::parse(&plain(text)).map(Value::Number),
        ),
        Reading::Percent(regex) => last(stdout, regex.as_deref(), &format!(r"[-+]?{DIGITS}\s?%"), |text| {
            let text = plain(text.strip_suffix('%').unwrap_or(text));
            Percent::parse(&format!("{text}%")).map(Value::Percent)
        }),
        Reading::Duration(regex) => last(
            stdout,
            regex.as_deref(),
            &format!(r"{DIGITS}\s?(?:ms|d|h|m|s)(?:\d+(?:\.\d+)?(?:ms|h|m|s))*\b"),
            |text| duration(&plain(text)).map(Value::Duration),
        ),
        Reading::Size(regex) => last(
            stdout,
            regex.as_deref(),
            &format!(r"{DIGITS}\s?(?:[KMGT]i?B|kB|B)\b"),
            |text| Size::parse(&plain(text)).map(Value::Size),
        ),
        Reading::Version(regex) => last(stdout, regex.as_deref(), r"v?\d+\.\d+[0-9A-Za-z.+-]*%?", |text| {
            Version::parse(text.trim_end_matches('.')).map(Value::Version)
        }),
        Reading::String(regex) => match regex {
            Some(regex) => last(stdout, Some(regex), "", |text| {
                Some(Value::String(text.to_owned()))
            }),
            None => stdout
                .lines()
                .rev()
                .find(|line| !line.trim().is_empty())
                .map(|line| Value::String(line.trim().to_owned())),
        },
    }
}

/// Digits as programs print them: `1234`, `1,234`, `0.5`.
const DIGITS: &str = r"(?:\d{1,3}(?:,\d{3})+\b|\d+)(?:\.\d+)?";

/// Without the commas between thousands.
fn plain(text: &str) -> String {
    text.trim().replace(',', "")
}

/// `1.5s` as well as `1h30m`.
fn duration(text: &str) -> Option<Duration> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(whole) = Duration::parse(&text) {
        return Some(whole);
    }
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let unit = Duration::parse(&format!("1{}", &text[split..]))?;
    let amount = Number::parse(&text[..split])?.get();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a printed time is small and not negative"
    )]
    let millis = (amount * unit.as_millis() as f64).round() as u64;
    Some(Duration::from_millis(millis))
}

/// The first group of the plan's regex (or its whole match), else the last text that looks right.
fn last(
    text: &str,
    regex: Option<&str>,
    pattern: &str,
    parse: impl Fn(&str) -> Option<Value>,
) -> Option<Value> {
    if let Some(regex) = regex {
        let compiled = regex::Regex::new(regex).ok()?;
        let captures = compiled.captures(text)?;
        return parse(captures.get(1).or_else(|| captures.get(0))?.as_str().trim());
    }
    let compiled = regex::Regex::new(pattern).expect("BUG: the pattern is fixed and compiles");
    // `74` is not what `ISS-0074` says, and `1_000` says neither 1 nor 0.
    let whole = |found: &regex::Match<'_>| {
        let before = text[..found.start()].chars().next_back();
        let behind = text[found.end()..].chars().next();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_') && behind != Some('_')
    };
    compiled
        .find_iter(text)
        .filter(whole)
        .filter_map(|found| parse(found.as_str()))
        .last()
}

fn json(text: &str, path: &[JsonStep]) -> Option<Value> {
    let document: serde_json::Value = serde_json::from_str(text.trim()).ok()?;
    let mut at = &document;
    for step in path {
        at = match step {
            JsonStep::Key(key) => at.get(key)?,
            JsonStep::Index(index) => at.get(*index)?,
        };
    }
    Some(match at {
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Number(Number::new(number.as_f64()?)?),
        },
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Null => Value::String("null".into()),
        other => Value::String(other.to_string()),
    })
}

/// The right side: a value, or so many percent of what the command printed at the baseline.
pub(super) fn against(baseline: Option<&ExecOutcome>, expect: &Expect) -> Option<Value> {
    match &expect.against {
        Against::Value(value) => Some(value.clone()),
        Against::Baseline(percent) => scale(&read(baseline?, &expect.source)?, *percent),
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a measured amount"
)]
fn scale(value: &Value, percent: Percent) -> Option<Value> {
    let share = percent.get() / 100.0;
    Some(match value {
        Value::Int(n) => Value::Number(Number::new(*n as f64 * share)?),
        Value::Number(n) => Value::Number(Number::new(n.get() * share)?),
        Value::Percent(p) => Value::Percent(Percent::new(p.get() * share)?),
        Value::Duration(d) => Value::Duration(Duration::from_millis(
            (d.as_millis() as f64 * share).round() as u64
        )),
        Value::Size(s) => Value::Size(Size::from_bytes((s.bytes() as f64 * share).round() as u64)),
        other if (share - 1.0).abs() < f64::EPSILON => other.clone(),
        _ => return None,
    })
}

/// Whether a comparison holds; `None` where the two cannot be compared.
pub(super) fn compare(read: &Value, op: Comparison, against: &Value) -> Option<bool> {
    match op {
        Comparison::In => match against {
            Value::List(items) => Some(
                items
                    .iter()
                    .any(|item| order(read, item) == Some(Ordering::Equal)),
            ),
            _ => None,
        },
        Comparison::Contains => Some(read.to_string().contains(&against.to_string())),
        Comparison::Matches => {
            let regex = regex::Regex::new(&against.to_string()).ok()?;
            Some(regex.is_match(&read.to_string()))
        }
        Comparison::Eq => order(read, against).map(Ordering::is_eq),
        Comparison::Ne => order(read, against).map(Ordering::is_ne),
        Comparison::Lt => order(read, against).map(Ordering::is_lt),
        Comparison::Le => order(read, against).map(Ordering::is_le),
        Comparison::Gt => order(read, against).map(Ordering::is_gt),
        Comparison::Ge => order(read, against).map(Ordering::is_ge),
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "an integer is compared with a decimal number as a number"
)]
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    let number = |value: &Value| match value {
        Value::Int(n) => Number::new(*n as f64),
        Value::Number(n) => Some(*n),
        _ => None,
    };
    match (left, right) {
        (Value::Percent(a), Value::Percent(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Size(a), Value::Size(b)) => Some(a.cmp(b)),
        (Value::Version(a), Value::Version(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        _ => match (number(left), number(right)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            (Some(a), None) => Some(a.cmp(&Number::parse(&right.to_string())?)),
            (None, Some(b)) => Some(Number::parse(&left.to_string())?.cmp(&b)),
            (None, None) => typed(left, right),
        },
    }
}

/// A printed text against a typed value is read as that type; two texts compare as text.
fn typed(left: &Value, right: &Value) -> Option<Ordering> {
    let text = left.to_string();
    match right {
        Value::Percent(p) => Some(Percent::parse(&text)?.cmp(p)),
        Value::Duration(d) => Some(duration(&text)?.cmp(d)),
        Value::Size(s) => Some(Size::parse(&text)?.cmp(s)),
        Value::Version(v) => Some(Version::parse(&text)?.cmp(v)),
        Value::Bool(b) => Some(text.parse::<bool>().ok()?.cmp(b)),
        other => Some(text.cmp(&other.to_string())),
    }
}

/// A read value in messages.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{compare, read};
    use crate::check::{Comparison, JsonStep, Reading};
    use crate::engine::{ExecEnd, ExecOutcome, Output};
    use crate::model::{Duration, Percent, Value};

    fn printed(text: &str) -> ExecOutcome {
        ExecOutcome {
            end: ExecEnd::Exited(0),
            stdout: Output {
                text: text.into(),
                omitted: 0,
            },
            stderr: Output::default(),
            tail: String::new(),
            elapsed: Duration::from_millis(5),
            tree: None,
        }
    }

    #[test]
    fn typed_readings_take_the_last_that_fits() {
        let text = "TOTAL 12 files 85.74%\nTook 1.5s, 20 MB\n";
        let found = |reading| read(&printed(text), &reading).map(|value| value.to_string());
        assert_eq!(found(Reading::Percent(None)).as_deref(), Some("85.74%"));
        assert_eq!(found(Reading::Duration(None)).as_deref(), Some("1s500ms"));
        assert_eq!(found(Reading::Size(None)).as_deref(), Some("20MB"));
        assert_eq!(
            found(Reading::Number(Some(r"TOTAL (\d+)".into()))).as_deref(),
            Some("12")
        );
        assert_eq!(found(Reading::Lines).as_deref(), Some("2"));
        assert_eq!(found(Reading::Version(None)), None);
    }

    #[test]
    fn a_reading_is_never_a_part_of_what_is_printed() {
        let found = |text: &str, reading| read(&printed(text), &reading).map(|value| value.to_string());
        let cases = [
            ("took 1m30s", Reading::Duration(None), "1m30s"),
            ("1h5s", Reading::Duration(None), "1h5s"),
            ("1,500 ms", Reading::Duration(None), "1s500ms"),
            ("after 2s, then 3s.", Reading::Duration(None), "3s"),
            ("1,234 errors", Reading::Number(None), "1234"),
            ("1,234,567.5", Reading::Number(None), "1234567.5"),
            ("1,2,3", Reading::Number(None), "3"),
            ("-4", Reading::Number(None), "-4"),
            ("1,024 KB", Reading::Size(None), "1000KiB"),
            ("up 1,200 %", Reading::Percent(None), "1200%"),
        ];
        for text in ["ISS-0074", "1_000", "v2"] {
            assert_eq!(found(text, Reading::Number(None)), None, "{text}");
        }
        for (text, reading, wanted) in cases {
            assert_eq!(found(text, reading).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn json_is_read_by_path() {
        let path = vec![
            JsonStep::Key("a".into()),
            JsonStep::Index(1),
            JsonStep::Key("ok".into()),
        ];
        let value = read(&printed(r#"{"a":[0,{"ok":true}]}"#), &Reading::Json(path));
        assert_eq!(value, Some(Value::Bool(true)));
    }

    #[test]
    fn comparisons_respect_types() {
        let percent = |n| Value::Percent(Percent::new(n).unwrap());
        assert_eq!(compare(&percent(9.0), Comparison::Lt, &percent(10.0)), Some(true));
        assert_eq!(
            compare(
                &Value::String("ok".into()),
                Comparison::Eq,
                &Value::String("ok".into())
            ),
            Some(true)
        );
        assert_eq!(
            compare(&Value::String("x".into()), Comparison::Gt, &percent(1.0)),
            None
        );
        assert_eq!(
            compare(&Value::Int(3), Comparison::In, &Value::List(vec![Value::Int(3)])),
            Some(true)
        );
    }
}
