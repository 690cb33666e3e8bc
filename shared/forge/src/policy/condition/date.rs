//! Points in time: ISO 8601 as the W3C's note on date and time formats has it, or seconds since 1970.

use std::str::FromStr;

use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// What [`read`] takes.
pub(super) const EXPECTED: &str = "a date such as 2026-01-31 or 2026-01-31T12:00:00Z, or seconds since 1970";

/// Nanoseconds since 1970; `None` if `text` is not what is expected. Four digits are a year.
pub(super) fn read(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() != 4 {
        let seconds: i64 = text.parse().ok()?;
        return Some(i128::from(seconds) * NANOS_PER_SECOND);
    }
    let (date, clock) = match text.split_once('T') {
        Some((date, clock)) => (date, Some(clock)),
        None => (text, None),
    };
    let (date, complete) = read_date(date)?;
    let (clock, offset) = match clock {
        Some(clock) if complete => read_clock(clock)?,
        Some(_) => return None,
        None => (Time::MIDNIGHT, UtcOffset::UTC),
    };
    Some(OffsetDateTime::new_in_offset(date, clock, offset).unix_timestamp_nanos())
}

/// The date, and whether it says the day.
fn read_date(text: &str) -> Option<(Date, bool)> {
    let mut parts = text.split('-');
    let year: i32 = number(parts.next()?, 4)?;
    let month: u8 = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let day = parts.next();
    if parts.next().is_some() {
        return None;
    }
    let complete = day.is_some();
    let day: u8 = day.map_or(Some(1), |part| number(part, 2))?;
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    Some((date, complete))
}

fn read_clock(text: &str) -> Option<(Time, UtcOffset)> {
    let (clock, offset) = if let Some(clock) = text.strip_suffix('Z') {
        (clock, UtcOffset::UTC)
    } else {
        let at = text.rfind(['+', '-'])?;
        let (clock, offset) = text.split_at_checked(at)?;
        let sign = if offset.starts_with('-') { -1 } else { 1 };
        let (hours, minutes) = offset.get(1..)?.split_once(':')?;
        let (hours, minutes): (i8, i8) = (number(hours, 2)?, number(minutes, 2)?);
        (clock, UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()?)
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let (second, fraction) = match parts.next() {
        Some(seconds) => match seconds.split_once('.') {
            Some((_, "")) => return None,
            Some((second, fraction)) => (number(second, 2)?, fraction),
            None => (number(seconds, 2)?, ""),
        },
        None => (0, ""),
    };
    if parts.next().is_some() || fraction.len() > 9 {
        return None;
    }
    let nanos = number(&format!("{fraction:0<9}"), 9)?;
    Some((Time::from_hms_nano(hour, minute, second, nanos).ok()?, offset))
}

/// A number of that many digits.
fn number<T: FromStr>(text: &str, digits: usize) -> Option<T> {
    if text.len() != digits || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_form() {
        let rows: [(&str, Option<i128>); 36] = [
            ("1970", Some(0)),
            ("1971", Some(365 * 86_400)),
            ("1970-02", Some(31 * 86_400)),
            ("1970-01-02", Some(86_400)),
            ("1970-01-01T00:01Z", Some(60)),
            ("1970-01-01T00:00:01Z", Some(1)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1970-01-01T00:00:00-01:30", Some(5_400)),
            ("2026-01-31T12:00:00Z", Some(1_769_860_800)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800)),
            ("0", Some(0)),
            ("1769860800", Some(1_769_860_800)),
            ("-1", Some(-1)),
            ("1969-12-31T23:59:59Z", Some(-1)),
            ("", None),
            ("-", None),
            ("99999999999999999999", None),
            ("2023-02-29", None),
            ("2026-13", None),
            ("2026-00-01", None),
            ("2026-1-1", None),
            ("2026-01-01T", None),
            ("2026-01-01T12Z", None),
            ("2026-01-01T12:00:00", None),
            ("2026-01-01T24:00:00Z", None),
            ("2026-01-01T12:60Z", None),
            ("2026-01-01T12:00:00.Z", None),
            ("2026-01-01T12:00:00.0123456789Z", None),
            ("2026-01-01T12:00:00:00Z", None),
            ("2026-01-01T12:00:00+0100", None),
            ("2026-01-01T12:00:00+99:00", None),
            ("2026-01T12:00Z", None),
            ("2026-01-01-01", None),
            ("2026-01-01 12:00:00Z", None),
            ("20260101T120000Z", None),
            ("2026-01-01T12:00:00+ü1:00", None),
        ];
        for (text, seconds) in rows {
            assert_eq!(read(text), seconds.map(|seconds| seconds * NANOS_PER_SECOND), "{text}");
        }
        assert_eq!(read("1970-01-01T00:00:00.25Z"), Some(250_000_000));
    }
}
