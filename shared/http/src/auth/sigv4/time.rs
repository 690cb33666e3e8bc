//! The times of signatures.

use ::time::format_description::BorrowedFormatItem;
use ::time::format_description::well_known::Rfc2822;
use ::time::macros::format_description;
use ::time::{OffsetDateTime, PrimitiveDateTime};

const BASIC: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// Writes seconds since the Unix epoch as `YYYYMMDDTHHMMSSZ`; what lies beyond the year 9999 as its end.
#[must_use]
pub fn format(seconds: u64) -> String {
    let at = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    at.and_then(|at| at.format(BASIC).ok())
        .unwrap_or_else(|| "99991231T235959Z".to_owned())
}

/// Reads seconds since the Unix epoch from `YYYYMMDDTHHMMSSZ`.
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    // The length first, as the parser takes longer years with a sign.
    let at = (text.len() == 16).then(|| PrimitiveDateTime::parse(text, BASIC).ok())??;
    u64::try_from(at.assume_utc().unix_timestamp()).ok()
}

/// Reads seconds since the Unix epoch from an HTTP `Date` header, or from the form that signatures use.
pub(super) fn parse_date_header(text: &str) -> Option<u64> {
    parse(text).or_else(|| {
        let at = OffsetDateTime::parse(text, &Rfc2822).ok()?;
        u64::try_from(at.unix_timestamp()).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_round_trip_and_others_are_refused() {
        assert_eq!(parse("20150830T123600Z"), Some(1_440_938_160));
        for seconds in [0, 1_440_938_160, 253_402_300_799] {
            assert_eq!(parse(&format(seconds)), Some(seconds));
        }
        assert_eq!(format(u64::MAX), "99991231T235959Z");
        assert_eq!(parse_date_header("Sun, 30 Aug 2015 12:36:00 GMT"), Some(1_440_938_160));
        for bad in [
            "",
            "20150830T123600",
            "20151330T123600Z",
            "20150830T126100Z",
            "2015-08-30T12:36:00Z",
            "+2015083T123600Z",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse("19691231T235959Z"), None);
    }
}
