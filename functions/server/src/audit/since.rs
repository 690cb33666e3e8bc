//! How far back to look.

use std::str::FromStr;

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// A point in time: some time ago, or one of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// So many seconds ago.
    Ago(u64),
    /// So many seconds after the Unix epoch.
    At(u64),
}

impl Since {
    /// The point in seconds since the Unix epoch, where it is `now` now.
    pub(crate) const fn seconds(self, now: u64) -> u64 {
        match self {
            Self::Ago(seconds) => now.saturating_sub(seconds),
            Self::At(seconds) => seconds,
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ago = text.char_indices().last().and_then(|(at, unit)| {
            let unit: u64 = match unit {
                's' => 1,
                'm' => 60,
                'h' => 60 * 60,
                'd' => 24 * 60 * 60,
                'w' => 7 * 24 * 60 * 60,
                _ => return None,
            };
            text[..at].parse::<u64>().ok()?.checked_mul(unit).map(Self::Ago)
        });
        let calendar = || {
            let date = Date::parse(text, DATE).map(|date| date.midnight().assume_utc());
            let at = date.or_else(|_| OffsetDateTime::parse(text, &Rfc3339)).ok()?;
            u64::try_from(at.unix_timestamp()).ok().map(Self::At)
        };
        ago.or_else(calendar).ok_or_else(|| {
            "give a number with a unit, such as 90m, 24h, 7d or 2w, or a date or time such as 2026-11-01 or \
             2026-11-01T08:00:00Z"
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_are_read() {
        let rows = [
            ("0s", Some(Since::Ago(0))),
            ("90m", Some(Since::Ago(5400))),
            ("24h", Some(Since::Ago(86_400))),
            ("7d", Some(Since::Ago(604_800))),
            ("2w", Some(Since::Ago(1_209_600))),
            ("1970-01-02", Some(Since::At(86_400))),
            ("2026-01-02T03:04:05Z", Some(Since::At(1_767_323_045))),
            ("2026-01-02T04:04:05+01:00", Some(Since::At(1_767_323_045))),
            ("", None),
            ("h", None),
            ("-1h", None),
            ("1.5h", None),
            ("1H", None),
            ("1ü", None),
            ("1960-01-01", None),
            ("2026-02-30", None),
            ("18446744073709551615w", None),
        ];
        for (text, expect) in rows {
            assert_eq!(text.parse().ok(), expect, "{text}");
        }
    }

    #[test]
    fn what_lies_before_the_epoch_is_the_epoch() {
        assert_eq!(Since::Ago(10).seconds(4), 0);
        assert_eq!(Since::Ago(10).seconds(100), 90);
        assert_eq!(Since::At(10).seconds(100), 10);
    }
}
