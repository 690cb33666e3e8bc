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

/// Whole seconds since the Unix epoch.
#[must_use]
pub fn now_secs() -> u64 {
    now().as_secs()
}
