//! Times as policies, IAM and the audit log write them.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

const FORMAT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// `2026-01-02T03:04:05Z`, of seconds since the Unix epoch.
#[must_use]
pub fn format(seconds: u64) -> String {
    let at = i64::try_from(seconds)
        .ok()
        .and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    let at = at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(FORMAT).expect("a date of the calendar has all its parts")
}

/// The milliseconds since the Unix epoch of such a text, which may have fractions of seconds and another time zone. `None` of
/// any other text, and of times before.
#[must_use]
pub fn parse_millis(text: &str) -> Option<u64> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    u64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_767_323_045, "2026-01-02T03:04:05Z"),
            (u64::MAX, "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(format(seconds), text);
        }
    }

    #[test]
    fn what_was_written_is_read_and_so_are_fractions_and_zones() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-01-02T03:04:05Z", Some(1_767_323_045_000)),
            ("2026-01-02T04:04:05.25+01:00", Some(1_767_323_045_250)),
            ("1969-12-31T23:59:59Z", None),
            ("2026-01-02", None),
            ("", None),
        ] {
            assert_eq!(parse_millis(text), millis, "{text:?}");
        }
    }
}
