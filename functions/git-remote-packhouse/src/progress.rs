//! The line that tells how far an upload is, as git tells such things.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

/// How often the line is written anew.
pub(crate) const EVERY: Duration = Duration::from_millis(500);

pub(crate) struct Meter {
    total: u64,
    /// What an earlier push has sent already.
    before: u64,
    begun: Instant,
    is_shown: bool,
}

impl Meter {
    pub(crate) fn new(total: u64, before: u64, is_shown: bool) -> Self {
        Self {
            total,
            before,
            begun: Instant::now(),
            is_shown,
        }
    }

    pub(crate) fn show(&self, sent: u64) {
        self.say(sent, "   \r");
    }

    pub(crate) fn finish(&self) {
        self.say(self.total, ", done.\n");
    }

    fn say(&self, sent: u64, end: &str) {
        if self.is_shown {
            let line = line(sent, self.total, sent.saturating_sub(self.before), self.begun.elapsed());
            // Where stderr is gone there is nobody left to tell.
            drop(write!(io::stderr(), "{line}{end}"));
        }
    }
}

/// `Uploading pack: 45% (137/305 MiB), 12.00 MiB/s`
fn line(sent: u64, total: u64, now: u64, elapsed: Duration) -> String {
    let sent = sent.min(total);
    let percent = sent.saturating_mul(100).checked_div(total).unwrap_or(100);
    let mib = |bytes: u64| bytes >> 20;
    let per_second = u128::from(now) * 1000 / elapsed.as_millis().max(1);
    let (whole, part) = (per_second >> 20, ((per_second & 0xf_ffff) * 100) >> 20);
    format!(
        "Uploading pack: {percent}% ({}/{} MiB), {whole}.{part:02} MiB/s",
        mib(sent),
        mib(total)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_tell_share_and_speed() {
        const MIB: u64 = 1 << 20;
        let check = |sent, total, now, millis, expect: &str| {
            assert_eq!(line(sent, total, now, Duration::from_millis(millis)), expect);
        };
        check(
            137 * MIB,
            305 * MIB,
            24 * MIB,
            2000,
            "Uploading pack: 44% (137/305 MiB), 12.00 MiB/s",
        );
        check(0, 305 * MIB, 0, 0, "Uploading pack: 0% (0/305 MiB), 0.00 MiB/s");
        check(
            5 * MIB,
            4 * MIB,
            MIB / 2,
            1000,
            "Uploading pack: 100% (4/4 MiB), 0.50 MiB/s",
        );
        check(0, 0, 0, 1, "Uploading pack: 100% (0/0 MiB), 0.00 MiB/s");
    }
}
