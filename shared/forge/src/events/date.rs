//! Times as events write them: what Java makes of a date.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short] [month repr:short] [day] [hour]:[minute]:[second] UTC [year]");

/// `Wed Mar 04 05:06:01 UTC 2026`, of a time since the Unix epoch.
pub(super) fn format(time: Duration) -> String {
    let at = i64::try_from(time.as_secs())
        .ok()
        .and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    let at = at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(FORMAT).expect("a date of the calendar has all its parts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_java_does() {
        for (seconds, text) in [
            (0, "Thu Jan 01 00:00:00 UTC 1970"),
            (1_772_600_761, "Wed Mar 04 05:06:01 UTC 2026"),
        ] {
            assert_eq!(format(Duration::from_secs(seconds)), text);
        }
    }
}
