//! The time of day, for what the harness tells others in AWS's stead.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time since 1970.
#[expect(clippy::disallowed_methods, reason = "the harness names no crate of Packhouse")]
pub(crate) fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("this machine's clock is set")
}

/// An id of the form of a UUID.
pub(crate) fn request_id() -> String {
    let random = rand::random::<u128>();
    let hex = format!("{random:032x}");
    format!(
        "{}-{}-4{}-8{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}
