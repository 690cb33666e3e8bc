//! The one home of the clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time since the Unix epoch, to the millisecond.
#[must_use]
pub fn now() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "this is the home that the ban points to")]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::new(since.as_secs(), since.subsec_millis() * 1_000_000)
}

/// Milliseconds since the Unix epoch.
#[must_use]
pub fn now_millis() -> u64 {
    millis(now())
}

/// A time or a span in whole milliseconds; the most that fits where it is longer.
#[must_use]
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Whole seconds since the Unix epoch.
#[must_use]
pub fn now_secs() -> u64 {
    now().as_secs()
}
