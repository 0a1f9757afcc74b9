//! Dates with their zone: `2026-12-01 09:00 Europe/Madrid`.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads a date, time and zone; gives milliseconds since 1970 UTC, or what is wrong with it.
pub(in crate::check) fn parse(text: &str) -> Result<i64, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (day, time, zone) = match words.as_slice() {
        [day, time, zone] => (*day, *time, *zone),
        [_, _] | [_] => {
            return Err(
                "says no zone; a release crosses them: add one, such as `Europe/Madrid` or `UTC`".to_owned(),
            );
        }
        _ => return Err("is not a day, a time and a zone".to_owned()),
    };
    let moment: DateTime = format!("{day}T{time}")
        .parse()
        .map_err(|_| format!("has no day and time of the form `2026-12-01 09:00`: `{day} {time}`"))?;
    let zone = match zone {
        "UTC" | "Z" => TimeZone::UTC,
        name => TimeZone::get(name).or_else(|_| offset(name).ok_or(())).map_err(|()| {
            format!("has the zone `{name}`, which does not exist; zones are named like `Europe/Madrid`, `America/New_York` or `UTC`")
        })?,
    };
    moment
        .to_zoned(zone)
        .map(|zoned| zoned.timestamp().as_millisecond())
        .map_err(|_| "is outside the calendar".to_owned())
}

/// `+02:00`
fn offset(text: &str) -> Option<TimeZone> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text[1..].split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if !(0..=14).contains(&hours) || !(0..60).contains(&minutes) {
        return None;
    }
    let offset = jiff::tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?;
    Some(TimeZone::fixed(offset))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_date_needs_its_zone() {
        assert_eq!(parse("1970-01-01 01:00 Europe/Madrid"), Ok(0));
        assert_eq!(parse("1970-01-01 00:00 UTC"), Ok(0));
        assert_eq!(parse("1970-01-01 02:00 +02:00"), Ok(0));
        for bad in [
            "2026-12-01 09:00",
            "2026-13-01 09:00 UTC",
            "2026-12-01 09:00 Europe/Nowhere",
            "soon",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
